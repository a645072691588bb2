// What llama-server keeps of prompts beside its context: checkpoints of what can not be rolled back, and earlier prompts.
// Source: llama.cpp v0.5.0, tools/server/server-context.cpp (create_checkpoint), tools/server/server-task.cpp
// (server_prompt_cache), src/llama-kv-cache.cpp and src/llama-memory-recurrent.cpp (state_write).
#ifndef MEMBOUND_ENGINES_LLAMA_CPP_SERVER_HPP
#define MEMBOUND_ENGINES_LLAMA_CPP_SERVER_HPP

#include <membound/budget.hpp>
#include <membound/engines/llama_cpp_compute.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace detail {

// Bytes of one checkpoint of a sequence: the cells of layers with a sliding window that the window reaches, and the
// recurrent states, each layer behind its type and the size of a row. 0 where a sequence can be cut anywhere.
constexpr bytes checkpoint_bytes(const model &m, const workload &w, const llama_cpp_context &c) {
    bool slides = false, recurs = false;
    for (int i = 0; i < m.layer_count(); ++i) {
        const layer &l = m.layers[i];
        slides = slides || (l.kind == layer_kind::sliding_attention && !w.full_swa_cache && c.rules.sliding_cache);
        recurs = recurs || l.state != state_kind::none;
    }
    if (m.family->cache != cache_use::read || !(slides || recurs)) return 0_B;
    constexpr bytes row_header = 12_B;
    const std::int64_t cells = min(m.sliding_window, c.per_sequence);
    bytes sum = 8_B; // magic, sequence
    if (slides) {
        const std::int64_t cell = m.multi_axis_rope ? 20 : 12; // position, sequences, their number; and where in an image
        sum += bytes(4 + 4 * c.streams + 8) + bytes(multiply(cells, cell));
    }
    if (recurs) sum += 20_B;
    for (int i = 0; i < m.layer_count(); ++i) {
        const layer &l = m.layers[i];
        if (slides && l.kind == layer_kind::sliding_attention && !l.shares_cache) {
            sum += row_header + storage_bytes(w.type_k, cached_key_size(m, l), cells);
            const std::int64_t values = cached_value_size(m, l);
            if (values > 0) sum += row_header + storage_bytes(w.type_v, values, cells);
        }
        if (l.state == state_kind::none) continue;
        sum += row_header + storage_bytes(formats::f32::value, convolution_state_size(m, l));
        sum += row_header + storage_bytes(formats::f32::value, recurrent_state_size(m, l));
    }
    return sum;
}

// All that may come together. A slot makes a checkpoint at the end of a prompt, a pass before it, and every 8192 tokens, up
// to the most that it keeps; earlier prompts are kept up to a limit, and taken for as large as the context is.
constexpr amount prompts_of(const model &m, const workload &w, const llama_cpp_context &c, bytes context) {
    constexpr std::int64_t spacing = 8192; // common/common.h, checkpoint_min_step
    const bytes one = w.checkpoints > 0 ? checkpoint_bytes(m, w, c) : 0_B;
    const std::int64_t usual = min<std::int64_t>(w.checkpoints, 2 + c.per_sequence / spacing);
    amount kept;
    kept.known = knowledge::assumed;
    kept.expected = one * multiply(w.sequences, usual) + min(w.prompt_cache, context);
    kept.upper = one * multiply(w.sequences, w.checkpoints) + w.prompt_cache;
    return kept.upper > 0_B ? kept : amount{};
}

} // namespace detail
MEMBOUND_END_NAMESPACE

#endif

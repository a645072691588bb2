// ExLlamaV2 and ExLlamaV3 on one GPU.
// Source: exllamav3 v1.4.1 (2026-08-08), exllamav2 v0.3.2 (2025-12-09); the file stands beside each rule.
#ifndef MEMBOUND_ENGINES_EXLLAMA_HPP
#define MEMBOUND_ENGINES_EXLLAMA_HPP

#include <membound/engines/fitted_efficiency.hpp>
#include <membound/engines/one_device.hpp>
#include <membound/quantizations.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace detail {

// Recipes that name the head apart are ExLlama's: those of its third version have no scales, but a sign for each input and
// output.
constexpr bool is_of_exllama(const quantization &q) {
    return q.kind == quantization::scheme::linear && q.rules[1].modules.has(module_kind::head);
}
constexpr bool is_of_exllama_v3(const quantization &q) { return is_of_exllama(q) && !q.rules[0].how.quantized(); }
constexpr bool is_of_exllama_v2(const quantization &q) { return is_of_exllama(q) && q.rules[0].how.quantized(); }
constexpr bool runs_in_exllama_v3(const quantization &q) { return is_of_exllama_v3(q) || plain_bits(q) == 16; }
constexpr bool runs_in_exllama_v2(const quantization &q) {
    const bool gptq = q.kind == quantization::scheme::linear && q.rules[0].how == quantizations::linear::gptq_int4_g128;
    return is_of_exllama_v2(q) || plain_bits(q) == 16 || gptq;
}

// Bytes of a weight: of exl3 a trellis, and 16 bits for each input and output of each matrix (modules/quant/exl3.py: suh, svh).
constexpr bytes exllama_bytes(const quantization &q, const tensor &t, module_kind module) {
    linear_format how;
    if (q.kind == quantization::scheme::linear && module != module_kind::other) how = linear_format_of(q, module, t.layer);
    bytes size = linear_bytes_of(how, t);
    if (is_of_exllama_v3(q) && how.bits < 16)
        size += bytes(multiply(multiply(2, add(t.dims.ne[0], t.dims.ne[1])), multiply(t.dims.ne[2], t.dims.ne[3])));
    return size;
}

// What a pass takes: the states, what attention or the feed-forward block computes, and the largest matrix of the layer as it
// is unpacked (exllamav2: attn.py, mlp.py, scratch_space; exllamav3: modules/quant/exl3.py, reconstruct_hgemm).
constexpr amount exllama_compute(const model &m, const quantization &q, std::int64_t step) {
    constexpr std::int64_t most_unpacked = std::int64_t{512} << 20; // numbers (max_dq_size)
    std::int64_t largest = 0;
    if (q.kind == quantization::scheme::linear)
        for_each_weight(m, [&](const tensor &t, tensor_use, int) {
            if (module_of(m, t) != module_kind::other && t.name != tensor_name::token_embd)
                largest = max(largest, min(multiply(t.dims.ne[0], t.dims.ne[1]), most_unpacked));
        });
    std::int64_t most = 0;
    for (int i = 0; i < m.layer_count(); ++i) {
        if (i > 0 && same_shape(m.layers[i], m.layers[i - 1])) continue;
        most = max(most, torch_numbers_of(m, m.layers[i], step, step, false));
    }
    const bytes expected(multiply(2, add(most, largest)));
    return {expected / 2, expected, expected + expected / 2, knowledge::modelled}; // not measured
}

constexpr result<bool> exllama_accepts(const engine &e, const model &m, const quantization &q, const machine &on,
                                       const workload &w) {
    const auto refused = [](const char *where, const char *what, const char *why) {
        return model_error(errc::unsupported, where, what, why);
    };
    const auto accepted = one_device_accepts(m, on, w);
    if (!accepted) return accepted;
    if (on.device_count == 0) return refused("machine", "has no GPU", "ExLlama computes on CUDA devices");
    if (!e.runs(q)) return refused("quantization", "is not one of ExLlama's", "it loads no such weights");
    const bool second = e.runs == runs_in_exllama_v2;
    for (int i = 0; i < m.layer_count(); ++i)
        if (second && attends(m.layers[i]) && m.is_latent(m.layers[i]))
            return refused("architecture", "has latent attention", "ExLlamaV2 does not run it");
    if (keeps_states(m)) return refused("architecture", "keeps states", "how ExLlama stores them is not accounted for");
    return true;
}

constexpr result<loaded_model> exllama_load(const engine &e, const model &m, const quantization &q, const machine &on,
                                            const workload &w) {
    const auto accepted = exllama_accepts(e, m, q, on, w);
    if (!accepted) return accepted.error();
    // The embedding stays on the host (modules/embedding.py, prefer_cpu).
    auto loaded = one_device_load(
        m, on, [&](const tensor &t) { return exllama_bytes(q, t, module_of(m, t)); },
        [](const tensor &t) { return t.name == tensor_name::token_embd; });
    if (!loaded) return loaded;
    loaded_model held = *loaded;
    // A head that is the embedding is a matrix of its own there.
    for_each_weight(m, [&](const tensor &t, tensor_use use, int) {
        if (use == tensor_use::tied_output) held.weights.on[0] += exllama_bytes(q, t, module_kind::head);
    });
    return held;
}

// Pages of 256 tokens, which sequences share (constants.py); layers with a window keep every token too. Latent attention
// keeps the compressed vector, of which the rotated part is never quantized (cache/mla.py).
constexpr bytes exllama_cache_bytes(const model &m, const layer &l, const workload &w, std::int64_t cells) {
    if (!attends(l) || l.shares_cache) return bytes();
    if (m.is_latent(l))
        return storage_bytes(w.type_k, m.latent_rank(l), cells) + storage_bytes(formats::f16::value, m.qk_rope_head_dim, cells);
    return storage_bytes(w.type_k, cached_key_size(m, l), cells) + storage_bytes(w.type_v, cached_value_size(m, l), cells);
}

constexpr result<budget> exllama_account(const engine &e, const model &m, const quantization &q, const loaded_model &loaded,
                                         const machine &on, const workload &w) {
    const auto accepted = exllama_accepts(e, m, q, on, w);
    if (!accepted) return accepted.error();
    const std::int64_t asked = w.context.count() > 0 ? w.context.count() : m.max_position_embeddings;
    const std::int64_t cells = round_up(asked, 256);
    const std::int64_t step = min<std::int64_t>(cells, w.ubatch > 0 ? w.ubatch : 2048);
    workload plain = w;
    plain.type_k = plain.type_v = formats::f16::value;

    one_device_terms terms;
    bytes unpacked; // keys and values of a layer, which ExLlamaV2 unpacks into a place of their own (cache.py, temp_tensors)
    for (int i = 0; i < m.layer_count(); ++i) {
        terms.kv_cache += exllama_cache_bytes(m, m.layers[i], w, cells);
        unpacked = max(unpacked, exllama_cache_bytes(m, m.layers[i], plain, cells));
    }
    terms.compute = exllama_compute(m, q, step);
    if (w.type_k.block_elements > 1 || w.type_v.block_elements > 1) {
        if (e.runs == runs_in_exllama_v2)
            terms.compute += exactly(unpacked);
        else
            terms.compute.upper += unpacked; // where its kernels read no packed cache
    }
    terms.output = bytes(multiply(m.vocab_size, 4)) * w.sequences;
    terms.overhead = torch_overhead(device_at(on, 0));
    terms.host_overhead = torch_overhead(device{});
    terms.context_per_sequence = cells;
    auto b = one_device_budget(loaded, on, w, terms);
    if (!b) return b;
    budget shared = *b;
    shared.context = tokens(cells);
    if (is_of_exllama_v2(q)) { // bits on average, which a conversion nearly meets
        amount &held = shared.devices[0].weights;
        held = {held.expected - held.expected / 100, held.expected, held.expected + held.expected / 100, knowledge::modelled};
    }
    return shared;
}

constexpr tokens exllama_context_step(const workload &) { return tokens(256); }

inline constexpr const format *exllama_v3_cache_types[] = {
    &formats::f16::value,      &formats::cache_q8::value, &formats::cache_q7::value, &formats::cache_q6::value,
    &formats::cache_q5::value, &formats::cache_q4::value, &formats::cache_q3::value, &formats::cache_q2::value,
};
// Its Q6 has keys of 8 and values of 4 bits (cache.py, ExLlamaV2Cache_Q6).
inline constexpr const format *exllama_v2_cache_types[] = {&formats::f16::value, &formats::cache_q8::value,
                                                           &formats::cache_q4::value};

} // namespace detail

namespace engines {

struct exllama_v3 {
    static constexpr engine value = [] {
        engine e;
        e.name = "exllamav3";
        e.version = "v1.4.1 (2026-08-08)";
        e.date = 20260808;
        e.defaults.batch = 2048;
        e.defaults.ubatch = 2048; // max_chunk_size
        e.defaults.outputs = -1;
        e.caches_in(detail::exllama_v3_cache_types);
        e.runs = detail::runs_in_exllama_v3;
        e.load_by = detail::exllama_load;
        e.account_by = detail::exllama_account;
        e.context_step = detail::exllama_context_step;
        return e;
    }();
};

struct exllama_v2 {
    static constexpr engine value = [] {
        engine e = exllama_v3::value;
        e.name = "exllamav2";
        e.version = "v0.3.2 (2025-12-09)";
        e.date = 20251209;
        e.caches_in(detail::exllama_v2_cache_types);
        e.runs = detail::runs_in_exllama_v2;
        e.efficiency_on = detail::exllamav2_efficiency_on;
        return e;
    }();
};

} // namespace engines

MEMBOUND_END_NAMESPACE

#endif

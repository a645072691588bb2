// The compute buffers of llama.cpp: the graph that it builds, run through its scheduler and its allocator.
// Source: llama.cpp v0.5.0; file and function stand beside each rule.
#ifndef MEMBOUND_ENGINES_LLAMA_CPP_COMPUTE_HPP
#define MEMBOUND_ENGINES_LLAMA_CPP_COMPUTE_HPP

#include <membound/engine.hpp>
#include <membound/engines/llama_cpp_graph.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace detail {

// The context's sizes: src/llama-context.cpp (llama_context::llama_context), src/llama-kv-cache-iswa.cpp.
struct llama_cpp_context {
    std::int64_t total = 0;        // tokens, of all sequences together
    std::int64_t per_sequence = 0; // cells of a layer that keeps every token, in each stream
    std::int64_t sliding = 0;      // cells of a sliding-window layer
    std::int64_t streams = 1;
    std::int64_t ubatch = 0;
    std::int64_t largest_output = 0; // rows of logits that a batch may ask for
};

constexpr llama_cpp_context llama_cpp_context_of(const model &m, const workload &w) {
    constexpr std::int64_t step = 256;
    llama_cpp_context c;
    const std::int64_t asked = w.context.count() > 0 ? w.context.count() : m.max_position_embeddings;
    const std::int64_t batch = min<std::int64_t>(asked, w.batch);
    c.ubatch = min<std::int64_t>(batch, w.ubatch);
    c.largest_output = w.outputs > 0 ? w.outputs : batch;
    c.total = round_up(asked, step);
    if (w.unified_cache) {
        c.per_sequence = c.total;
    } else {
        c.streams = w.sequences;
        c.per_sequence = round_up(c.total / w.sequences, step);
        c.total = multiply(c.per_sequence, w.sequences);
    }
    const std::int64_t seen = add(multiply(m.sliding_window, w.unified_cache ? w.sequences : 1), c.ubatch);
    c.sliding = w.full_swa_cache ? c.per_sequence : round_up(min(c.per_sequence, seen), step);
    return c;
}

constexpr result<ggml_type> ggml_type_named(const format &f, const char *where) {
    for (int i = 0; i < static_cast<int>(ggml_type::count); ++i)
        if (format_of(static_cast<ggml_type>(i)) == f) return static_cast<ggml_type>(i);
    return model_error(errc::unsupported, where, "is not a type of ggml", "llama.cpp keeps its cache in types of ggml");
}

// What a replay came to.
enum class replay_outcome : std::uint8_t { exact, unsteady, exceeded };

// Draws the graph of one pass and replays it, for at most this many tensors and devices beside the host.
template <unsigned Capacity, unsigned Devices>
constexpr replay_outcome measure_pass(const model &m, const quantization &q, const loaded_model &loaded,
                                      const machine &on, const llama_cpp_pass &pass, const representative_layers &shown,
                                      const schedule_options &options, bytes *peaks) {
    graph<Capacity> g;
    llama_cpp_graph<Capacity> drawn(g, m, q, on, loaded.placed, shown, pass);
    walk(m, drawn);
    arena arenas[Devices + 1u] = {};
    buffer_rules rules[Devices + 1u] = {};
    for (int d = 0; d <= on.device_count; ++d) {
        rules[d] = buffer_rules_of(on, d);
        arenas[d] = arena(rules[d].alignment, rules[d].largest_buffer);
    }
    const auto size = [&](const graph_tensor &t, int d) { return compute_bytes(rules[d], g, t); };
    schedule<Capacity, decltype(size)> run(g, arenas, size, options);
    for (int i = 0; i < drawn.repeat_count(); ++i) run.expect_steady(drawn.repeat_begin(i), drawn.repeat_end(i));
    if (run.exceeded()) return replay_outcome::exceeded;
    run.run();
    for (int d = 0; d <= on.device_count; ++d) {
        if (run.exceeded() || arenas[d].exceeded()) return replay_outcome::exceeded;
        peaks[d] = arenas[d].peak();
    }
    return run.steady() ? replay_outcome::exact : replay_outcome::unsteady;
}

// About how many tensors a graph of this model has.
constexpr std::int64_t graph_size_estimate(const model &m, const representative_layers &shown, bool sizes_weights) {
    std::int64_t count = 48;
    for (int i = 0; i < m.layer_count(); ++i)
        if (shown.keeps(i)) {
            count += sizes_weights ? 52 : 42;
            if (m.layers[i].ffn == feed_forward_kind::experts) count += 40 + 2 * m.num_experts_per_tok;
        }
    return count;
}

// In no more room on the stack than the graph needs: about 40 kB for most models, 700 kB for the largest.
constexpr replay_outcome measure_pass(const model &m, const quantization &q, const loaded_model &loaded,
                                      const machine &on, const llama_cpp_pass &pass, const representative_layers &shown,
                                      const schedule_options &options, bytes *peaks) {
    const std::int64_t tensors = graph_size_estimate(m, shown, pass.sizes_weights());
    auto outcome = replay_outcome::exceeded;
    if (on.device_count <= 1 && tensors <= 224)
        outcome = measure_pass<224, 1>(m, q, loaded, on, pass, shown, options, peaks);
    if (outcome == replay_outcome::exceeded && on.device_count <= 1 && tensors <= 1024)
        outcome = measure_pass<1024, 1>(m, q, loaded, on, pass, shown, options, peaks);
    if (outcome == replay_outcome::exceeded)
        outcome = measure_pass<4096, unsigned{max_devices}>(m, q, loaded, on, pass, shown, options, peaks);
    return outcome;
}

// The pass that llama.cpp reserves memory for: src/llama-context.cpp (sched_reserve, graph_reserve).
constexpr llama_cpp_pass pass_of(const model &m, const loaded_model &loaded, const machine &on, const workload &w,
                                 const llama_cpp_context &c) {
    const layout &at = loaded.placed;
    llama_cpp_pass pass;
    pass.tokens = round_up(c.ubatch, w.sequences);
    pass.outputs = min(c.ubatch, c.largest_output);
    pass.streams = c.streams;
    pass.cells = c.per_sequence;
    pass.sliding_cells = c.sliding;
    pass.type_k = *ggml_type_named(w.type_k, "type_k");
    pass.type_v = *ggml_type_named(w.type_v, "type_v");
    pass.flash = w.flash != flash_attention::off;
    pass.pins_norms = !w.dry_run && (pass.tokens < 32 || at.all_offloaded);
    pass.pins_attention = !w.dry_run && !at.kv_on_device;
    pass.moves_weights = w.offload_operations && on.device_count > 0 && pass.tokens >= 32 &&
                         (!at.all_offloaded || at.cpu_moe_layers > 0);
    // Vulkan leaves the decompression of latent attention over several streams, with its weight, to the host.
    pass.leaves_weights = loaded.weights.left_behind || (has_vulkan_host(on) && m.kv_lora_rank > 0 && c.streams > 1);
    return pass;
}

constexpr schedule_options schedule_of(const loaded_model &loaded, const machine &on, const workload &w) {
    const layout &at = loaded.placed;
    schedule_options options;
    options.device_count = on.device_count + 1;
    options.offload_operations = w.offload_operations;
    // Pipeline parallelism keeps four batches in flight (GGML_SCHED_MAX_COPIES).
    const bool pipelined = on.device_count > 1 && at.all_offloaded && at.kv_on_device && at.cpu_moe_layers == 0;
    options.copies = pipelined ? 4 : 1;
    for (int d = 0; d < on.device_count; ++d)
        if (on.devices[d].api == backend::vulkan) options.vulkan_devices |= 1u << d;
    if (on.device_count > 0) options.largest_operand = buffer_rules_of(on, 0).largest_tensor;
    return options;
}

// Peaks of the compute buffers. `w` is one that the engine accepts.
constexpr replay_outcome measure_compute(const model &m, const quantization &q, const loaded_model &loaded,
                                         const machine &on, const workload &w, const llama_cpp_context &c,
                                         bytes *peaks) {
    const llama_cpp_pass pass = pass_of(m, loaded, on, w, c);
    const schedule_options options = schedule_of(loaded, on, w);
    // Copies for a pipeline are never freed: where layers are split, each adds its own, and none stands for another.
    const bool grows = options.copies > 1 && pass.leaves_weights;

    // What is usually enough for a steady state, what nearly always is, and all.
    const int shown_layers[] = {on.device_count == 0 ? 3 : pass.moves_weights ? 5 : 4, 7, max_layers};
    auto best = replay_outcome::exceeded;
    bytes fewer[max_devices + 1] = {}; // peaks with fewer layers shown
    std::int64_t fewer_kept = 0;
    std::int64_t kept = 0;
    for (const int layers : shown_layers) {
        const representative_layers shown(m, loaded.placed, loaded.weights, pass.sizes_weights(), layers);
        bytes now[max_devices + 1] = {};
        const auto outcome = measure_pass(m, q, loaded, on, pass, shown, options, now);
        if (outcome == replay_outcome::exceeded) break;
        for (int d = 0; d <= on.device_count; ++d) fewer[d] = peaks[d], peaks[d] = now[d];
        fewer_kept = kept;
        kept = shown.kept_count();
        best = grows && kept < m.layer_count() ? replay_outcome::unsteady : outcome;
        if (best == replay_outcome::exact) return best;
    }
    if (best == replay_outcome::exceeded) {
        // More kinds of layers than there is room for: one of each shape stands for all its formats.
        const representative_layers shown(m, loaded.placed, loaded.weights, false, 3);
        if (measure_pass(m, q, loaded, on, pass, shown, options, peaks) != replay_outcome::exceeded)
            best = replay_outcome::unsteady;
    }
    if (grows && kept > fewer_kept && kept < m.layer_count())
        for (int d = 0; d <= on.device_count; ++d)
            peaks[d] += (peaks[d] - fewer[d]) / (kept - fewer_kept) * (m.layer_count() - kept);
    return best;
}

} // namespace detail
MEMBOUND_END_NAMESPACE

#endif

// vLLM: what it takes on each GPU, and how much its cache then holds.
// Source: vLLM v0.33.0, v1/worker/gpu_worker.py (determine_available_memory), v1/worker/gpu_model_runner.py (profile_run),
// engine/arg_utils.py (get_batch_defaults), config/cache.py.
#ifndef MEMBOUND_ENGINES_VLLM_HPP
#define MEMBOUND_ENGINES_VLLM_HPP

#include <membound/engines/vllm_cache.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace detail {

// max_num_batched_tokens and max_num_seqs of the server, where they are not asked for: by the memory of the device. GB10 and
// A100 are of the small kind.
struct vllm_batch {
    std::int64_t tokens = 2048;
    std::int64_t sequences = 256;
};

constexpr vllm_batch vllm_batch_of(const workload &w, const device &d) {
    vllm_batch b;
    const bool large = d.usable_capacity() >= 70_GiB && !d.unified_memory && !contains(d.name.c_str(), "a100");
    if (large) b = {d.usable_capacity() >= 160_GiB ? 16384 : 8192, 1024};
    if (w.batch > 0) b.tokens = w.batch;
    if (w.served.max_sequences > 0) b.sequences = w.served.max_sequences;
    b.sequences = min(b.sequences, b.tokens);
    return b;
}

constexpr server_shares vllm_shares(const placement &p) {
    return shares_of(p, multiply(p.tensor_parallel, p.data_parallel)); // experts are divided among replicas too
}

// The kernel that runs experts in MXFP4, by the device: FlashInfer on Blackwell's servers, Triton on Hopper (Marlin before
// v0.11), whose layout pads the inputs alone, Marlin elsewhere. Source: fused_moe/oracle/mxfp4.py
// (mxfp4_round_up_hidden_size_and_intermediate_size); triton_kernels, tensor_details/layout_details/hopper_value.py.
constexpr mxfp4_padding vllm_mxfp4_padding(const device &d, int date) {
    if (is_large_blackwell(d)) return {256, 1, 256, 1};
    if (is_hopper(d) && date >= 20251002) return {1, 1, 64, 256};
    return {256, 1, 128, 1};
}

// The peak of the profiling run above the weights: a layer with all tokens, or the logits of all sequences, in 16 bits, in
// fp32, and a copy that the sampler works on; earlier ones sort them with their numbers (28 bytes each).
// In published logs the peak lies between three quarters and five quarters of it.
constexpr amount vllm_activations(const model &m, const server_shares &by, const vllm_batch &batch, const vllm_rules &rules) {
    const bytes layer = bytes(multiply(multiply(batch.tokens, most_live_numbers(m, by)), 2));
    const bytes hidden = bytes(multiply(multiply(batch.tokens, m.hidden_size), 2));
    const std::int64_t of_logit = 2 + 4 + 4 + (rules.sorts_logits ? 28 : 0);
    const bytes logits = bytes(multiply(multiply(batch.sequences, m.vocab_size), of_logit));
    const bytes peak = max(layer, hidden + logits);
    return {peak - peak / 4, peak, peak + peak / 2 + 256_MiB, knowledge::modelled};
}

// Graphs of 51 batch sizes, which share one pool, since they are measured before the cache is laid out. From published logs:
// 0.1 to 0.5 GiB for 28 to 48 layers, 10 MiB for each.
constexpr amount vllm_graphs(const workload &w, const layer_range &mine) {
    if (!w.served.graphs) return exactly({});
    const bytes all = 10_MiB * mine.count();
    return {all / 4, all, all * 3, knowledge::assumed};
}

constexpr result<loaded_model> vllm_load(const engine &e, const model &m, const quantization &q, const machine &on,
                                         const workload &w) {
    server_shares by = vllm_shares(w.placed);
    by.padded = vllm_mxfp4_padding(on.devices[0], e.date);
    by.fp8_by_marlin = lacks_fp8(on.devices[0]);
    by.unnested_scales = vllm_rules_at(e.date).unnests_scales;
    // What the driver has less, under ROCm (platforms/rocm.py, get_current_memory_usage).
    by.counted = on.devices[0].api == backend::rocm ? torch_memory::reserved : vllm_rules_at(e.date).counted;
    // torch's smallest block for each number
    const auto alone = server_load(m, q, on, w, by, rotary_rules{2, true, true}, 512_B * vllm_rules_at(e.date).attention_scalars);
    if (!alone || m.vision == nullptr) return alone;
    // For each token of a batch there is a place for what deeper layers read of images (models/qwen3_vl.py,
    // deepstack_input_embeds) and for the embeddings of each layer (models/gemma4_mm.py, per_layer_embeddings).
    const std::int64_t deep = w.served.text_only ? 0 : multiply(m.deepstack_layers, m.hidden_size);
    const std::int64_t numbers = add(deep, multiply(m.per_layer_size, m.num_hidden_layers));
    const bytes beside = bytes(multiply(multiply(vllm_batch_of(w, on.devices[0]).tokens, numbers), 2));
    loaded_model loaded = *alone;
    for (int d = 0; d < devices_used(w.placed); ++d)
        if (stage_of(w.placed, d) == 0) loaded.weights.on[d] += beside;
    return loaded;
}

constexpr double vllm_fraction(const workload &w, const vllm_rules &rules) {
    return w.served.memory_fraction > 0 ? w.served.memory_fraction : rules.memory_fraction;
}

constexpr result<budget> vllm_account(const engine &e, const model &m, const quantization &q, const loaded_model &loaded,
                                      const machine &on, const workload &w) {
    const auto allowed = servable(m, q, on, w);
    if (!allowed) return allowed.error();
    const server_shares by = vllm_shares(w.placed);
    const std::int64_t length = request_length(m, w);
    if (length > m.max_position_embeddings)
        return model_error(errc::unsupported, "context", "is longer than the model's own", "vLLM refuses such a max_model_len");
    budget b = empty_server_budget(m, on, w);
    for (int d = 0; d < devices_used(w.placed); ++d) {
        const device &at = on.devices[d];
        const vllm_rules rules = vllm_rules_on(at, e.date);
        device_budget &held = b.devices[d];
        const layer_range mine = layers_on(m, w.placed, d);
        const vllm_batch batch = vllm_batch_of(w, at);
        const auto cache = vllm_cache_of(m, w, mine, batch.tokens, rules);
        if (!cache) return cache.error();
        held.weights = server_weights_of(loaded.weights.on[d]);
        const std::int64_t here = divide_up(w.sequences, w.placed.data_parallel);
        bytes states, keys;
        for (int i = 0; i < cache->spec_count; ++i) {
            const vllm_cache_spec &s = cache->specs[i];
            const std::int64_t blocks = multiply(cache->blocks_of(s, length), cache->one_group ? 1 : cache->groups_of(s));
            const std::int64_t block = cache->one_group ? multiply(s.page_bytes, s.layers_here) : cache->block_bytes;
            (s.kind == vllm_cache_kind::state ? states : keys) += bytes(multiply(multiply(blocks, block), here));
        }
        if (rules.null_block && cache->caches()) keys += bytes(cache->block_bytes);
        held.kv_cache = exactly(keys);
        held.recurrent_state = exactly(states);
        held.compute = vllm_activations(m, by, batch, rules);
        held.overhead = server_libraries(w);
        if (rules.estimates_graphs) held.overhead += vllm_graphs(w, mine);
        held.overhead += cuda_context();
        // What vLLM allows itself begins above the context.
        const bytes share = fraction_of(at.usable_capacity(), vllm_fraction(w, rules)) + cuda_context().upper;
        held.usable_capacity = min(at.usable_capacity(), share);
    }
    return completed(b, on);
}

} // namespace detail

// What is left for the cache on the device that has least, and what it holds at a max_model_len of the workload's context
// per sequence.
struct vllm_report {
    amount available; // "Available KV cache memory"
    vllm_cache cache;
    vllm_capacity lower; // of the least that may be left
    vllm_capacity expected;
    vllm_capacity upper;
};

constexpr result<vllm_report> vllm_capacity_of(const model &m, const quantization &q, const machine &on, const engine &e,
                                               const workload &w) {
    using namespace detail;
    const auto loaded = e.load(m, q, on, w);
    if (!loaded) return loaded.error();
    const auto b = e.account(m, q, *loaded, on, w);
    if (!b) return b.error();
    vllm_report least;
    bool any = false;
    for (int d = 0; d < devices_used(w.placed); ++d) {
        const device_budget &held = b->devices[d];
        const vllm_rules rules = vllm_rules_on(on.devices[d], e.date);
        const layer_range mine = layers_on(m, w.placed, d);
        const auto cache = vllm_cache_of(m, w, mine, vllm_batch_of(w, on.devices[d]).tokens, rules);
        if (!cache) return cache.error();
        const bytes asked = fraction_of(on.devices[d].usable_capacity(), vllm_fraction(w, rules));
        amount used = held.weights;
        used += held.compute;
        used += held.overhead;
        const amount context = cuda_context(); // which is in the overhead, and not in what vLLM counts
        vllm_report r;
        r.cache = *cache;
        r.available = {asked - used.upper + context.upper, asked - used.expected + context.expected,
                       asked - used.lower + context.lower, used.known};
        const std::int64_t length = b->context_per_sequence.count();
        r.lower = capacity_of(*cache, r.available.lower, length, m.max_position_embeddings, rules);
        r.expected = capacity_of(*cache, r.available.expected, length, m.max_position_embeddings, rules);
        r.upper = capacity_of(*cache, r.available.upper, length, m.max_position_embeddings, rules);
        if (!any || r.expected.blocks < least.expected.blocks) least = r;
        any = true;
    }
    return least;
}

namespace engines {

// `vllm serve` with its defaults.
struct vllm {
    static constexpr engine value = [] {
        engine e = detail::gpu_server("vllm", "v0.33.0 (2026-11)", detail::vllm_today);
        e.load_by = detail::vllm_load;
        e.account_by = detail::vllm_account;
        return e;
    }();
};

} // namespace engines

MEMBOUND_END_NAMESPACE

#endif

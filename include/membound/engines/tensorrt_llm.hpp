// TensorRT-LLM with its PyTorch backend: weights, the peak of a trial run, and a share of what is then left for the cache.
// Source: TensorRT-LLM 1.2, tensorrt_llm/_torch/pyexecutor/_util.py (KvCacheCreator), tensorrt_llm/llmapi/llm_args.py
// (KvCacheConfig), resource_manager.py (blocks).
#ifndef MEMBOUND_ENGINES_TENSORRT_LLM_HPP
#define MEMBOUND_ENGINES_TENSORRT_LLM_HPP

#include <membound/engines/gpu_server.hpp>

MEMBOUND_BEGIN_NAMESPACE

// Paged blocks of one device.
struct tensorrt_llm_cache {
    std::int64_t block_size = 32;  // tokens_per_block
    std::int64_t token_bytes = 0;  // of all layers
    std::int64_t state_bytes = 0;  // of all layers, of one request
    std::int64_t slots = 0;        // requests that have states

    constexpr std::int64_t block_bytes() const { return detail::multiply(block_size, token_bytes); }
};

struct tensorrt_llm_capacity {
    std::int64_t tokens_within = 0; // "max_tokens"
    std::int64_t blocks = 0;        // "primary blocks"
    bytes allocated;
};

namespace detail {

struct tensorrt_llm_batch {
    std::int64_t tokens = 8192;   // max_num_tokens
    std::int64_t requests = 2048; // max_batch_size
};

constexpr tensorrt_llm_batch tensorrt_llm_batch_of(const workload &w) {
    tensorrt_llm_batch b;
    if (w.batch > 0) b.tokens = w.batch;
    if (w.served.max_sequences > 0) b.requests = w.served.max_sequences;
    return b;
}

// The kernel that runs experts in MXFP4, by the device: TRTLLM-Gen on Blackwell's servers, Triton on Hopper, whose layout pads
// the inputs alone, CUTLASS elsewhere. Source: fused_moe/quantization.py (MXFP4WeightFusedMoEMethod).
constexpr mxfp4_padding tensorrt_llm_mxfp4_padding(const device &d) {
    if (is_large_blackwell(d)) return {128, 512, 128, 1};
    if (is_hopper(d)) return {1, 1, 64, 256};
    return {128, 1, 128, 1};
}

constexpr server_shares tensorrt_llm_shares(const placement &p) { return shares_of(p, p.tensor_parallel); }

} // namespace detail

// The cache of the layers in `mine`. Layers with a window keep every token unless max_attention_window is given.
constexpr tensorrt_llm_cache tensorrt_llm_cache_of(const model &m, const workload &w, detail::layer_range mine) {
    using namespace detail;
    tensorrt_llm_cache c;
    if (w.served.block_size > 0) c.block_size = w.served.block_size;
    c.slots = tensorrt_llm_batch_of(w).requests;
    const std::int64_t by = w.placed.tensor_parallel;
    for (int i = mine.first; i < mine.last; ++i) {
        const layer &l = m.layers[i];
        c.token_bytes = add(c.token_bytes, server_token_bytes(m, l, w.type_k, w.type_v, by));
        if (attends(l) && cached_indexer_size(m, l) > 0)
            c.token_bytes = add(c.token_bytes, packed_indexer_key(m));
        const std::int64_t number = w.served.state_type.block_bytes > 0 ? w.served.state_type.block_bytes : 2;
        if (l.state != state_kind::none) c.state_bytes = add(c.state_bytes, server_state_bytes(m, l, number, by, 0));
    }
    return c;
}

namespace detail {

// free_gpu_memory_fraction of what is left of the device behind the peak of the trial run.
constexpr double tensorrt_llm_fraction(const workload &w) {
    return w.served.memory_fraction > 0 ? w.served.memory_fraction : 0.9;
}

constexpr tensorrt_llm_capacity tensorrt_llm_capacity_of(const tensorrt_llm_cache &c, bytes available) {
    tensorrt_llm_capacity out;
    const std::int64_t left = available.count() - multiply(c.state_bytes, c.slots);
    if (left <= 0 || c.token_bytes == 0) return out;
    out.tokens_within = left / c.token_bytes;
    out.blocks = divide_up(out.tokens_within, c.block_size);
    out.allocated = bytes(multiply(out.blocks, c.block_bytes()));
    return out;
}

// The trial run: a layer with max_num_tokens, the logits of all its requests.
constexpr amount tensorrt_llm_activations(const model &m, const workload &w, const server_shares &by) {
    const tensorrt_llm_batch batch = tensorrt_llm_batch_of(w);
    const std::int64_t length = max<std::int64_t>(1, request_length(m, w));
    const std::int64_t rows = min(batch.requests, divide_up(batch.tokens, length));
    const bytes peak = bytes(multiply(multiply(batch.tokens, most_live_numbers(m, by)), 2)) +
                       bytes(multiply(multiply(rows, m.vocab_size), 4));
    return {peak / 2, peak, peak * 2 + 256_MiB, knowledge::modelled};
}

// Outside torch: the context, modules of kernels, cuBLAS, NCCL. 2.5 GiB in a published log of one H200.
constexpr amount tensorrt_llm_libraries(const workload &w) {
    if (w.placed.tensor_parallel > 1) return {1_GiB, 3_GiB, 5_GiB, knowledge::assumed};
    return {1_GiB, 2560_MiB, 4_GiB, knowledge::assumed};
}

constexpr result<loaded_model> tensorrt_llm_load(const engine &, const model &m, const quantization &q, const machine &on,
                                                 const workload &w) {
    server_shares by = tensorrt_llm_shares(w.placed);
    by.padded = tensorrt_llm_mxfp4_padding(on.devices[0]);
    return server_load(m, q, on, w, by, rotary_rules{4, false, false}, {});
}

constexpr result<budget> tensorrt_llm_account(const engine &, const model &m, const quantization &q, const loaded_model &loaded,
                                              const machine &on, const workload &w) {
    const auto allowed = servable(m, q, on, w);
    if (!allowed) return allowed.error();
    if (const auto known = has_server_cache(m); !known) return known.error();
    const std::int64_t length = request_length(m, w);
    budget b = empty_server_budget(m, on, w);
    for (int d = 0; d < devices_used(w.placed); ++d) {
        device_budget &held = b.devices[d];
        const layer_range mine = layers_on(m, w.placed, d);
        const tensorrt_llm_cache c = tensorrt_llm_cache_of(m, w, mine);
        const std::int64_t here = divide_up(w.sequences, w.placed.data_parallel);
        held.weights = server_weights_of(loaded.weights.on[d]);
        held.compute = tensorrt_llm_activations(m, w, tensorrt_llm_shares(w.placed));
        held.overhead = tensorrt_llm_libraries(w);
        // The share is of what the rest leaves.
        const bytes used = held.total().upper;
        if (used < held.usable_capacity)
            held.usable_capacity = used + fraction_of(held.usable_capacity - used, tensorrt_llm_fraction(w));
        held.kv_cache = exactly(bytes(multiply(multiply(divide_up(length, c.block_size), c.block_bytes()), here)));
        held.recurrent_state = exactly(bytes(multiply(c.state_bytes, c.state_bytes > 0 ? c.slots : 0)));
    }
    return completed(b, on);
}

} // namespace detail

// What the cache holds on the device that has least, as expected.
constexpr result<tensorrt_llm_capacity> tensorrt_llm_capacity_of(const model &m, const quantization &q, const machine &on,
                                                                 const engine &e, const workload &w) {
    using namespace detail;
    const auto loaded = e.load(m, q, on, w);
    if (!loaded) return loaded.error();
    const auto b = e.account(m, q, *loaded, on, w);
    if (!b) return b.error();
    tensorrt_llm_capacity least;
    for (int d = 0; d < devices_used(w.placed); ++d) {
        const device_budget &held = b->devices[d];
        const layer_range mine = layers_on(m, w.placed, d);
        const bytes used = held.weights.expected + held.compute.expected + held.overhead.expected;
        const bytes left = fraction_of(on.devices[d].usable_capacity() - used, tensorrt_llm_fraction(w));
        const tensorrt_llm_capacity c = detail::tensorrt_llm_capacity_of(tensorrt_llm_cache_of(m, w, mine), left);
        if (d == 0 || c.blocks < least.blocks) least = c;
    }
    return least;
}

namespace engines {

// `trtllm-serve` with its defaults.
struct tensorrt_llm {
    static constexpr engine value = [] {
        engine e = detail::gpu_server("tensorrt-llm", "1.2.0rc4 (2025-12)", 20251215);
        e.load_by = detail::tensorrt_llm_load;
        e.account_by = detail::tensorrt_llm_account;
        return e;
    }();
};

} // namespace engines

MEMBOUND_END_NAMESPACE

#endif

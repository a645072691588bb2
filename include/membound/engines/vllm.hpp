// vLLM: what it takes on each GPU, and how much its cache then holds.
// Source: vLLM v0.33.0, v1/worker/gpu_worker.py (determine_available_memory), v1/worker/gpu_model_runner.py (profile_run),
// engine/arg_utils.py (get_batch_defaults), config/cache.py.
#ifndef MEMBOUND_ENGINES_VLLM_HPP
#define MEMBOUND_ENGINES_VLLM_HPP

#include <membound/engines/vllm_cache.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace detail {

// max_num_batched_tokens and max_num_seqs of the server, where they are not asked for: by the memory of the device. The GB10
// is of the small kind, and so is the A100.
struct vllm_batch {
    std::int64_t tokens = 2048;
    std::int64_t sequences = 256;
};

constexpr bool contains(const char *text, const char *word) {
    for (; *text != '\0'; ++text) {
        const char *a = text, *b = word;
        while (*b != '\0' && *a == *b) ++a, ++b;
        if (*b == '\0') return true;
    }
    return false;
}

constexpr vllm_batch vllm_batch_of(const workload &w, const device &d) {
    vllm_batch b;
    const bool large = d.usable_capacity() >= 70_GiB && !d.unified_memory && !contains(d.name.c_str(), "A100") &&
                       !contains(d.name.c_str(), "GB10");
    if (large) b = {d.usable_capacity() >= 160_GiB ? 16384 : 8192, 1024};
    if (w.batch > 0) b.tokens = w.batch;
    if (w.served.max_sequences > 0) b.sequences = w.served.max_sequences;
    b.sequences = min(b.sequences, b.tokens);
    return b;
}

constexpr server_shares vllm_shares(const placement &p) {
    server_shares by;
    by.attention = by.dense = by.vocabulary = by.head = p.tensor_parallel;
    const std::int64_t all = multiply(p.tensor_parallel, p.data_parallel); // experts are divided among replicas too
    (p.expert_parallel ? by.experts : by.expert_matrix) = all;
    return by;
}

// Numbers of a layer that live at once while its tokens run through it: the residual, what the block reads, and the widest
// of what it makes (the joined projections and the result, both branches and their product, or the experts' workspaces).
constexpr std::int64_t live_numbers(const model &m, const layer &l, const server_shares &by) {
    const std::int64_t hidden = m.hidden_size;
    std::int64_t widest = 0;
    if (attends(l)) {
        const std::int64_t queries = divide_up(multiply(l.num_attention_heads, m.key_head_dim(l)), by.attention);
        const std::int64_t kv = multiply(kv_heads_on(l.num_key_value_heads, by.attention), add(m.key_head_dim(l), m.value_head_dim(l)));
        widest = add(multiply(2, queries), kv);
    }
    if (l.state != state_kind::none) // z, x, B and C, and what the convolution makes of them; the scan runs in fp32
        widest = max(widest, divide_up(multiply(6, m.ssm_inner_size), by.attention));
    if (l.ffn == feed_forward_kind::experts) {
        const std::int64_t inner = divide_up(m.moe_intermediate_size, by.expert_matrix);
        widest = max(widest, multiply(m.num_experts_per_tok, add(max(multiply(2, inner), hidden), inner)));
    } else {
        widest = max(widest, divide_up(multiply(3, static_cast<std::int64_t>(l.intermediate_size)), by.dense));
    }
    return add(multiply(2, hidden), widest);
}

// The peak of the profiling run above the weights: a layer with all tokens, or the logits of all sequences, in 16 bits, in
// fp32, and a copy that the sampler works on; earlier ones sort them with their numbers (28 bytes each).
// In published logs the peak lies between three quarters and five quarters of it.
constexpr amount vllm_activations(const model &m, const server_shares &by, const vllm_batch &batch, const vllm_rules &rules) {
    std::int64_t widest = 0;
    for (int i = 0; i < m.layer_count(); ++i) {
        if (i > 0 && same_shape(m.layers[i], m.layers[i - 1])) continue;
        widest = max(widest, live_numbers(m, m.layers[i], by));
    }
    const bytes layer = bytes(multiply(multiply(batch.tokens, widest), 2));
    const bytes hidden = bytes(multiply(multiply(batch.tokens, m.hidden_size), 2));
    const std::int64_t of_logit = 2 + 4 + 4 + (rules.sorts_logits ? 28 : 0);
    const bytes logits = bytes(multiply(multiply(batch.sequences, m.vocab_size), of_logit));
    const bytes peak = max(layer, hidden + logits);
    return {peak - peak / 4, peak, peak + peak / 2 + 256_MiB, knowledge::modelled};
}

// Graphs of 51 batch sizes, which share one pool (their arguments and workspaces), a third of a MiB for each layer in all.
// From published logs: 0.5 to 1.2 GiB for 28 to 48 layers at first, 0.1 to 0.5 GiB of late.
constexpr amount vllm_graphs(const workload &w, const layer_range &mine, const vllm_rules &rules) {
    if (!w.served.graphs) return exactly({});
    const bytes each = bytes(multiply(mine.count(), (rules.estimates_graphs ? 10_MiB : 18_MiB).count()));
    return {each / 4, each, each * 3, knowledge::assumed};
}

// What libraries allocate beside torch while it profiles: workspaces of cuBLAS and of attention, and NCCL's buffers.
constexpr amount vllm_libraries(const workload &w) {
    if (w.placed.tensor_parallel * w.placed.pipeline_parallel > 1) return {100_MiB, 500_MiB, 1536_MiB, knowledge::assumed};
    return {32_MiB, 150_MiB, 512_MiB, knowledge::assumed};
}

// The context of CUDA, which is there before vLLM looks at what is free.
constexpr amount cuda_context() { return {300_MiB, 450_MiB, 600_MiB, knowledge::assumed}; }

constexpr int stage_of(const placement &p, int device) { return device / p.tensor_parallel % p.pipeline_parallel; }
constexpr int devices_used(const placement &p) { return p.tensor_parallel * p.pipeline_parallel * p.data_parallel; }

constexpr result<loaded_model> vllm_load(const engine &e, const model &m, const quantization &q, const machine &on,
                                         const workload &w) {
    const auto allowed = servable(m, q, on, w);
    if (!allowed) return allowed.error();
    loaded_model loaded;
    loaded.placed.host = on.device_count;
    loaded.placed.layer_count = m.layer_count();
    loaded.placed.output_layer = m.layer_count();
    const server_shares by = vllm_shares(w.placed);
    const bytes tables = rotary_tables(m, 2);
    const int scalars = vllm_rules_at(e.date).attention_scalars;
    bytes of_stage[max_devices] = {};
    for (int s = 0; s < w.placed.pipeline_parallel; ++s) {
        of_stage[s] = stage_weights(m, q, by, s, w.placed.pipeline_parallel,
                                    s == 0 ? tables + vision_weights(m, w) : tables);
        if (w.served.speculative_tokens > 0 && s == w.placed.pipeline_parallel - 1) of_stage[s] += draft_weights(m, q, by);
        const layer_range mine = layers_of_stage(m.layer_count(), s, w.placed.pipeline_parallel);
        for (int i = mine.first; i < mine.last; ++i) {
            loaded.placed.layer_device[i] = static_cast<std::int8_t>(s * w.placed.tensor_parallel);
            if (attends(m.layers[i])) of_stage[s] += 512_B * scalars; // torch's smallest block
        }
    }
    loaded.placed.layer_device[m.layer_count()] = static_cast<std::int8_t>((w.placed.pipeline_parallel - 1) * w.placed.tensor_parallel);
    loaded.placed.all_offloaded = true;
    for (int d = 0; d < devices_used(w.placed); ++d) loaded.weights.on[d] = of_stage[stage_of(w.placed, d)];
    return loaded;
}

// The length of one request: max_model_len.
constexpr std::int64_t request_length(const model &m, const workload &w) {
    return w.context.count() > 0 ? max<std::int64_t>(1, w.context.count() / w.sequences) : m.max_position_embeddings;
}

constexpr double vllm_fraction(const workload &w, const vllm_rules &rules) {
    return w.served.memory_fraction > 0 ? w.served.memory_fraction : rules.memory_fraction;
}

constexpr bytes fraction_of(bytes b, double f) { return bytes(static_cast<std::int64_t>(static_cast<double>(b.count()) * f)); }

// Within a hundredth: torch's rounding, and what a kernel repacks.
constexpr amount server_weights_of(bytes b) { return {b - b / 100, b, b + b / 100, knowledge::modelled}; }

constexpr result<budget> vllm_account(const engine &e, const model &m, const quantization &q, const loaded_model &loaded,
                                      const machine &on, const workload &w) {
    const auto allowed = servable(m, q, on, w);
    if (!allowed) return allowed.error();
    const vllm_rules rules = vllm_rules_at(e.date);
    const server_shares by = vllm_shares(w.placed);
    const std::int64_t length = request_length(m, w);
    if (length > m.max_position_embeddings)
        return model_error(errc::unsupported, "context", "is longer than the model's own", "vLLM refuses such a max_model_len");
    budget b;
    b.count = on.device_count + 1;
    b.sequences = w.sequences;
    b.context_per_sequence = tokens(length);
    b.context = tokens(multiply(length, w.sequences));
    for (int d = 0; d < b.count; ++d) {
        const device &at = device_at(on, d);
        device_budget held;
        held.name = d < on.device_count ? at.name : fixed_text<63>("host");
        held.capacity = at.capacity;
        held.usable_capacity = at.usable_capacity();
        b.devices[d] = held;
        if (d >= devices_used(w.placed)) continue;
        const layer_range mine = layers_of_stage(m.layer_count(), stage_of(w.placed, d), w.placed.pipeline_parallel);
        const vllm_batch batch = vllm_batch_of(w, at);
        const auto cache = vllm_cache_of(m, w, mine, batch.tokens, rules);
        if (!cache) return cache.error();
        held.weights = server_weights_of(loaded.weights.on[d]);
        const std::int64_t here = divide_up(w.sequences, w.placed.data_parallel);
        bytes states, keys;
        for (int i = 0; i < cache->spec_count; ++i) {
            const vllm_cache_spec &s = cache->specs[i];
            const std::int64_t blocks = multiply(cache->blocks_of(s, length), cache->one_group ? 1 : cache->groups_of(s));
            const std::int64_t block = cache->one_group ? multiply(s.page_bytes, s.layers) : cache->block_bytes;
            (s.kind == vllm_cache_kind::state ? states : keys) += bytes(multiply(multiply(blocks, block), here));
        }
        if (rules.null_block && cache->caches()) keys += bytes(cache->block_bytes);
        held.kv_cache = exactly(keys);
        held.recurrent_state = exactly(states);
        held.compute = vllm_activations(m, by, batch, rules);
        const amount graphs = vllm_graphs(w, mine, rules), context = cuda_context();
        held.overhead = vllm_libraries(w);
        if (rules.estimates_graphs) held.overhead += graphs;
        held.overhead += context;
        // What vLLM allows itself begins above the context.
        const bytes share = fraction_of(at.usable_capacity(), vllm_fraction(w, rules)) + cuda_context().upper;
        held.usable_capacity = min(at.usable_capacity(), share);
        b.devices[d] = held;
    }
    b.devices[on.device_count].overhead = server_process();
    for (int d = 0; d < on.device_count; ++d)
        if (on.devices[d].unified_memory) b.devices[d].beside = b.host().total().upper;
    if (b.total().upper.overflowed())
        return model_error(errc::overflow, "budget", "is too large", "its bytes do not fit in 63 bits");
    return b;
}

// Of one request a block is 16 tokens; whatever the length, it is not rounded.
constexpr tokens server_context_step(const workload &w) { return tokens(max(w.sequences, 1)); }

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
    const vllm_rules rules = vllm_rules_at(e.date);
    vllm_report least;
    bool any = false;
    for (int d = 0; d < devices_used(w.placed); ++d) {
        const device_budget &held = b->devices[d];
        const layer_range mine = layers_of_stage(m.layer_count(), stage_of(w.placed, d), w.placed.pipeline_parallel);
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
        engine e;
        e.name = "vllm";
        e.version = "v0.33.0 (2026-11)";
        e.date = detail::vllm_today;
        e.defaults.batch = 0;
        e.load_by = detail::vllm_load;
        e.account_by = detail::vllm_account;
        e.context_step = detail::server_context_step;
        return e;
    }();
};

} // namespace engines

MEMBOUND_END_NAMESPACE

#endif

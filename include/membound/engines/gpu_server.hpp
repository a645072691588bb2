// What servers on GPUs have in common beside their weights: what they accept, what a token and a state take, what lives while
// a layer is computed, and what libraries take.
#ifndef MEMBOUND_ENGINES_GPU_SERVER_HPP
#define MEMBOUND_ENGINES_GPU_SERVER_HPP

#include <membound/engine.hpp>
#include <membound/engines/gpu_server_weights.hpp>
#include <membound/formats/float.hpp>
#include <membound/name.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace detail {

// Of the host: Python, torch and what it pins.
constexpr amount server_process() { return {512_MiB, 4_GiB, 8_GiB, knowledge::assumed}; }

// 16 bits, and what quantization_config knows; embeddings are not quantized.
constexpr bool runs_on_gpu_server(const quantization &q) {
    if (q.kind == quantization::scheme::linear) return !q.rules[0].modules.has(module_kind::embedding);
    return plain_bits(q) == 16;
}

// What --kv-cache-dtype takes; "auto" is the model's own 16 bits.
inline constexpr const format *gpu_server_cache_types[] = {&formats::bf16::value, &formats::f16::value, &formats::fp8_e4m3::value,
                                                           &formats::fp8_e5m2::value, &formats::nvfp4::value};

// A length is not rounded.
constexpr tokens server_context_step(const workload &w) { return tokens(max(w.sequences, 1)); }

// An engine of this kind.
constexpr engine gpu_server(const char *name, const char *version, int date) {
    engine e;
    e.name = name;
    e.version = version;
    e.date = date;
    e.defaults.batch = 0;
    e.defaults.type_k = e.defaults.type_v = formats::bf16::value;
    e.caches_in(gpu_server_cache_types);
    e.runs = runs_on_gpu_server;
    e.divides_matrices = true;
    e.context_step = server_context_step;
    return e;
}

// Why a deployment is none that such a server can have; `true` where it is one.
constexpr result<bool> servable(const model &m, const quantization &q, const machine &on, const workload &w) {
    const placement &p = w.placed;
    if (m.family == nullptr)
        return model_error(errc::unknown, "architecture", "is not known", "its weights and its cache can not be told");
    if (is_part_of_another(m))
        return model_error(errc::unsupported, "architecture", "is no language model by itself", "the engine runs no part of one");
    if (p.tensor_parallel < 1 || p.pipeline_parallel < 1 || p.data_parallel < 1)
        return model_error(errc::bad_value, "tensor_parallel", "is less than 1", "it counts devices");
    if (on.device_count == 0)
        return model_error(errc::unsupported, "devices", "are none", "the engine runs on GPUs");
    const std::int64_t needed = multiply(multiply(p.tensor_parallel, p.pipeline_parallel), p.data_parallel);
    if (needed > on.device_count)
        return model_error(errc::bad_value, "tensor_parallel", "asks for more devices than the machine has",
                           "each share lies on a device of its own");
    if (p.pipeline_parallel > m.layer_count())
        return model_error(errc::bad_value, "pipeline_parallel", "is more than the layers", "each stage has a layer");
    for (int i = 0; i < m.layer_count(); ++i) {
        const layer &l = m.layers[i];
        if (!attends(l)) continue;
        if (l.num_attention_heads % p.tensor_parallel != 0)
            return model_error(errc::unsupported, "tensor_parallel", "does not divide the attention heads",
                               "each device has whole heads");
    }
    if (w.sequences < 1) return model_error(errc::bad_value, "sequences", "are less than 1", "a request is one");
    if (w.context.count() < 0) return model_error(errc::bad_value, "context", "is negative", "it counts tokens");
    if (!runs_on_gpu_server(q))
        return model_error(errc::unsupported, "quantization", "is not of this engine",
                           "it runs 16-bit weights, and what quantization_config knows");
    return true;
}

// Whether it is known how servers cache the model: of compressed keys (DeepSeek V4) each has a layout of its own.
constexpr result<bool> has_server_cache(const model &m) {
    for (int i = 0; i < m.layer_count(); ++i)
        if (m.layers[i].compression != key_compression::none)
            return model_error(errc::unsupported, "layers", "cache compressed keys",
                               "how this engine lays them out is not covered");
    return true;
}

// Bytes of one token in one layer on one device.
constexpr std::int64_t server_token_bytes(const model &m, const layer &l, const format &k, const format &v, std::int64_t by) {
    if (!attends(l)) return 0;
    if (m.is_latent(l)) return storage_bytes(k, cached_key_size(m, l)).count();
    const std::int64_t heads = kv_heads_on(l.num_key_value_heads, by);
    return multiply(heads, (storage_bytes(k, m.key_head_dim(l)) + storage_bytes(v, m.value_head_dim(l))).count());
}

// Bytes of one key of the indexer, which is packed in 8 bits with an fp32 scale for 128 (vLLM:
// v1/attention/backends/mla/indexer.py).
constexpr std::int64_t packed_indexer_key(const model &m) {
    return add(m.indexer_head_dim, multiply(divide_up(m.indexer_head_dim, 128), 4));
}

// Whether an indexer chooses the tokens that latent attention reads (DeepSeek V3.2, GLM 5).
constexpr bool has_sparse_latents(const model &m) {
    for (int i = 0; i < m.layer_count(); ++i)
        if (attends(m.layers[i]) && m.is_latent(m.layers[i]) && cached_indexer_size(m, m.layers[i]) > 0) return true;
    return false;
}

// Bytes that the layout of FlashMLA's sparse kernel adds to a token of a layer in 8 bits: an fp32 scale for each 128 numbers
// of the latent, and a second byte for each number that is rotated (vLLM: v1/attention/backends/mla/flashmla_sparse.py;
// SGLang: srt/mem_cache/memory_pool.py, DSATokenToKVPool).
constexpr std::int64_t added_by_flash_mla(const model &m, const layer &l, const format &k) {
    if (!attends(l) || !m.is_latent(l) || storage_bytes(k, 128) != 128_B) return 0;
    return add(multiply(divide_up(m.latent_rank(l), 128), 4), m.qk_rope_head_dim);
}

// Numbers of the two parts of a layer's state on one device. Groups of B and C that are fewer than devices are repeated;
// tokens that are predicted ahead lengthen the convolution.
struct server_state {
    std::int64_t convolution = 0;
    std::int64_t recurrent = 0;
};

constexpr server_state server_state_of(const model &m, const layer &l, std::int64_t by, std::int64_t speculative) {
    server_state s;
    if (l.state == state_kind::none) return s;
    const std::int64_t seen = m.ssm_conv_kernel > 0 ? m.ssm_conv_kernel - 1 : 0;
    if (l.state == state_kind::short_convolution) {
        s.convolution = multiply(divide_up(m.ssm_inner_size, by), seen);
        return s;
    }
    s.recurrent = divide_up(recurrent_state_size(m, l), by);
    if (l.state == state_kind::lightning_attention) return s;
    std::int64_t channels = m.ssm_inner_size;
    if (l.state != state_kind::mamba) {
        const bool repeats = l.state == state_kind::mamba_2 && m.ssm_group_count % by != 0;
        const std::int64_t groups = repeats ? by : m.ssm_group_count;
        channels = add(channels, multiply(2, multiply(groups, m.ssm_state_size)));
    }
    s.convolution = multiply(divide_up(channels, by), add(seen, speculative));
    return s;
}

constexpr std::int64_t server_state_bytes(const model &m, const layer &l, std::int64_t number_bytes, std::int64_t by,
                                          std::int64_t speculative) {
    const server_state size = server_state_of(m, l, by, speculative);
    return add(multiply(size.convolution, 2), multiply(size.recurrent, number_bytes));
}

// Numbers of a layer that live at once while its tokens run through it: the residual, what the block reads, and the widest
// of what it makes (the joined projections and the result, both branches and their product, or the experts' workspaces).
constexpr std::int64_t live_numbers(const model &m, const layer &l, const server_shares &by) {
    const std::int64_t hidden = m.hidden_size;
    std::int64_t widest = 0;
    if (attends(l)) {
        const std::int64_t queries = divide_up(multiply(l.num_attention_heads, m.key_head_dim(l)), by.attention);
        const std::int64_t kv =
            multiply(kv_heads_on(l.num_key_value_heads, by.attention), add(m.key_head_dim(l), m.value_head_dim(l)));
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

constexpr std::int64_t most_live_numbers(const model &m, const server_shares &by) {
    std::int64_t most = 0;
    for (int i = 0; i < m.layer_count(); ++i)
        if (i == 0 || !same_shape(m.layers[i], m.layers[i - 1])) most = max(most, live_numbers(m, m.layers[i], by));
    return most;
}

// What libraries allocate beside torch: workspaces of cuBLAS and of attention, and NCCL's buffers.
constexpr amount server_libraries(const workload &w) {
    if (w.placed.tensor_parallel * w.placed.pipeline_parallel > 1) return {100_MiB, 500_MiB, 1536_MiB, knowledge::assumed};
    return {32_MiB, 150_MiB, 512_MiB, knowledge::assumed};
}

// The context of CUDA, which is there before a server looks at what is free.
constexpr amount cuda_context() { return {300_MiB, 450_MiB, 600_MiB, knowledge::assumed}; }

// A model on the devices of its stages, with its rotary tables, and beside each layer with attention `beside_attention`.
constexpr result<loaded_model> server_load(const model &m, const quantization &q, const machine &on, const workload &w,
                                           const server_shares &by, const rotary_rules &kept, bytes beside_attention) {
    const auto allowed = servable(m, q, on, w);
    if (!allowed) return allowed.error();
    const int stages = w.placed.pipeline_parallel;
    loaded_model loaded;
    loaded.placed.host = on.device_count;
    loaded.placed.layer_count = m.layer_count();
    loaded.placed.output_layer = m.layer_count();
    loaded.placed.all_offloaded = true;
    const bytes tables = rotary_tables(m, kept);
    bytes of_stage[max_devices] = {};
    for (int s = 0; s < stages; ++s) {
        of_stage[s] = stage_weights(m, q, by, s, stages, s == 0 ? tables + vision_weights(m, w) : tables);
        if (w.served.speculative_tokens > 0 && s == stages - 1) of_stage[s] += draft_weights(m, q, by);
        const layer_range mine = layers_of_stage(m.layer_count(), s, stages);
        for (int i = mine.first; i < mine.last; ++i) {
            loaded.placed.layer_device[i] = static_cast<std::int8_t>(s * w.placed.tensor_parallel);
            if (attends(m.layers[i])) of_stage[s] += beside_attention;
        }
    }
    loaded.placed.layer_device[m.layer_count()] = static_cast<std::int8_t>((stages - 1) * w.placed.tensor_parallel);
    for (int d = 0; d < devices_used(w.placed); ++d) loaded.weights.on[d] = of_stage[stage_of(w.placed, d)];
    return loaded;
}

// The length of one request: max_model_len, context_length.
constexpr std::int64_t request_length(const model &m, const workload &w) {
    return w.context.count() > 0 ? max<std::int64_t>(1, w.context.count() / w.sequences) : m.max_position_embeddings;
}

// A machine on which nothing is but the server's own process, and the requests that it is to serve.
constexpr budget empty_server_budget(const model &m, const machine &on, const workload &w) {
    const std::int64_t length = request_length(m, w);
    budget b = empty_budget(on);
    b.sequences = w.sequences;
    b.context_per_sequence = tokens(length);
    b.context = tokens(multiply(length, w.sequences));
    b.devices[b.count - 1].overhead = server_process();
    return b;
}

constexpr bool is_named(const device &d, const char *word) { return contains(d.name.c_str(), word); }
constexpr bool is_large_blackwell(const device &d) { return is_named(d, "b100") || is_named(d, "b200") || is_named(d, "b300"); }
constexpr bool is_hopper(const device &d) {
    return is_named(d, "h100") || is_named(d, "h200") || is_named(d, "h800") || is_named(d, "h20");
}

constexpr bytes fraction_of(bytes b, double f) { return bytes(static_cast<std::int64_t>(static_cast<double>(b.count()) * f)); }

// Within a hundredth: torch's rounding, and what a kernel repacks.
constexpr amount server_weights_of(bytes b) { return {b - b / 100, b, b + b / 100, knowledge::modelled}; }

} // namespace detail
MEMBOUND_END_NAMESPACE

#endif

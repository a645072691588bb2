// Hugging Face Transformers in PyTorch: model.generate with the cache that grows.
// Source: transformers v5.23.0, cache_utils.py, modeling_utils.py, quantizers/, models/; bitsandbytes; the file stands beside
// each rule.
#ifndef MEMBOUND_ENGINES_TRANSFORMERS_HPP
#define MEMBOUND_ENGINES_TRANSFORMERS_HPP

#include <membound/engines/one_device.hpp>
#include <membound/quantizations.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace detail {

inline constexpr int transformers_today = 20261101;
// From version 5 on, routed experts are one parameter of three dimensions, no Linear (models/qwen3_moe/modeling_qwen3_moe.py,
// and the like), and latent attention caches what it compresses (models/deepseek_v3/modeling_deepseek_v3.py).
inline constexpr int transformers_5 = 20251201;

constexpr bool runs_in_transformers(const quantization &q) {
    if (q.kind == quantization::scheme::linear)
        return !q.rules[0].modules.has(module_kind::embedding) && !q.rules[1].modules.has(module_kind::head);
    return plain_bits(q) > 0;
}

// bitsandbytes replaces every Linear but the head and what is tied to it (quantizers/base.py, get_modules_to_not_convert).
constexpr bool is_of_bitsandbytes(const quantization &q) {
    return same_text(q.name, quantizations::nf4::value.name) || same_text(q.name, quantizations::nf4_double::value.name) ||
           same_text(q.name, quantizations::int8::value.name);
}

constexpr linear_format transformers_format_of(const model &m, const quantization &q, const tensor &t, int date) {
    linear_format plain;
    if (q.kind != quantization::scheme::linear) {
        plain.bits = plain_bits(q);
        return plain;
    }
    const module_kind module = module_of(m, t);
    if (module == module_kind::other) return plain;
    if (module == module_kind::experts && date >= transformers_5 && is_of_bitsandbytes(q)) return plain;
    return linear_format_of(q, module, t.layer);
}

// Tokens of a sequence, and those that are read at once: all, unless generation is given a prefill_chunk_size.
struct transformers_context {
    std::int64_t tokens = 0;
    std::int64_t step = 0;
    std::int64_t sequences = 1;
    std::int64_t element = 2; // bytes
    bool latent_cache = true;
};

constexpr transformers_context transformers_context_of(const model &m, const quantization &q, const workload &w, int date) {
    transformers_context c;
    const std::int64_t asked = w.context.count() > 0 ? w.context.count() : multiply(m.max_position_embeddings, w.sequences);
    c.sequences = w.sequences;
    c.tokens = divide_up(asked, c.sequences);
    c.step = w.ubatch > 0 ? min<std::int64_t>(c.tokens, w.ubatch) : c.tokens;
    c.element = plain_bits(q) == 32 ? 4 : 2;
    c.latent_cache = date >= transformers_5;
    return c;
}

// DynamicLayer keeps each token, DynamicSlidingWindowLayer all but one of the window; QuantizedLayer keeps the last 128 tokens
// as they are and the others by groups along a head.
constexpr bytes transformers_rows(const format &f, const format &plain, std::int64_t row, std::int64_t heads,
                                  std::int64_t tokens) {
    constexpr std::int64_t residual = 128;
    if (f.block_elements == 1) return storage_bytes(plain, row, multiply(tokens, heads));
    const std::int64_t newest = min(tokens, residual);
    return storage_bytes(f, row, multiply(tokens - newest, heads)) + storage_bytes(plain, row, multiply(newest, heads));
}

constexpr bytes transformers_cache_bytes(const model &m, const layer &l, const workload &w, const transformers_context &c) {
    if (!attends(l) || l.shares_cache) return bytes();
    const format plain{"", 1, c.element};
    const bool windowed = l.kind == layer_kind::sliding_attention && m.sliding_window > 0;
    const std::int64_t cells = windowed ? min(c.tokens, max<std::int64_t>(m.sliding_window - 1, 1)) : c.tokens;
    const auto rows = [&](const format &f, std::int64_t row, std::int64_t heads) {
        return transformers_rows(windowed ? plain : f, plain, row, heads, cells) * c.sequences;
    };
    if (m.is_latent(l) && c.latent_cache)
        return rows(w.type_k, m.latent_rank(l), 1) + rows(w.type_v, m.qk_rope_head_dim, 1) +
               rows(plain, cached_indexer_size(m, l), 1);
    // Without a compressed cache each head of latent attention has keys and values.
    const std::int64_t heads = m.is_latent(l) ? l.num_attention_heads : l.num_key_value_heads;
    return rows(w.type_k, m.key_head_dim(l), heads) + rows(w.type_v, m.value_head_dim(l), heads);
}

// LinearAttentionCacheLayer: the window of the convolution in the model's own type (as wide as the kernel), the state in F32.
constexpr bytes transformers_state_bytes(const model &m, const layer &l, const transformers_context &c) {
    if (l.state == state_kind::none) return bytes();
    const std::int64_t kept = m.ssm_conv_kernel > 1 ? convolution_state_size(m, l) / (m.ssm_conv_kernel - 1) : 0;
    return (bytes(multiply(multiply(kept, m.ssm_conv_kernel), c.element)) + bytes(multiply(recurrent_state_size(m, l), 4))) *
           c.sequences;
}

// The widest moment of a layer while the prompt is read, and the keys of a layer once more while they grow (torch.cat); a
// quantized cache is there in full for the layer that reads it. Without attention kernels each head has scores in F32.
constexpr amount transformers_compute(const model &m, const workload &w, const transformers_context &c) {
    const bool scores = w.flash == flash_attention::off;
    bytes most;
    for (int i = 0; i < m.layer_count(); ++i) {
        const layer &l = m.layers[i];
        if (i > 0 && same_shape(l, m.layers[i - 1])) continue;
        const std::int64_t numbers = torch_numbers_of(m, l, multiply(c.step, c.sequences), c.tokens, scores);
        workload plain = w;
        plain.type_k = plain.type_v = formats::f16::value;
        const bytes cache = transformers_cache_bytes(m, l, plain, c);
        const bytes grown = w.type_k.block_elements > 1 ? cache * 2 : cache / 2;
        most = max(most, bytes(multiply(numbers, c.element)) + grown);
    }
    // Not measured: the allocator rounds to 2 MiB and can not join what is not adjacent.
    return {most * 3 / 4, most, most + most / 2, knowledge::modelled};
}

constexpr result<bool> transformers_accepts(const model &m, const quantization &q, const machine &on, const workload &w) {
    const auto accepted = one_device_accepts(m, on, w);
    if (!accepted) return accepted;
    if (!runs_in_transformers(q))
        return model_error(errc::unsupported, "quantization", "is not one of Transformers'", "it loads no such weights");
    if (w.type_k != w.type_v)
        return model_error(errc::unsupported, "type_v", "is not type_k", "Transformers has one number of bits for both");
    const bool quantized = w.type_k.block_elements > 1;
    for (int i = 0; i < m.layer_count() && quantized; ++i)
        if (attends(m.layers[i]) && !divides(w.type_k, m.key_head_dim(m.layers[i])))
            return model_error(errc::unsupported, "type_k", "does not divide a head", "a head is stored in whole groups");
    return true;
}

constexpr result<loaded_model> transformers_load(const engine &e, const model &m, const quantization &q, const machine &on,
                                                 const workload &w) {
    const auto accepted = transformers_accepts(m, q, on, w);
    if (!accepted) return accepted.error();
    return one_device_load(
        m, on, [&](const tensor &t) { return linear_bytes_of(transformers_format_of(m, q, t, e.date), t); },
        [](const tensor &) { return false; });
}

constexpr result<budget> transformers_account(const engine &e, const model &m, const quantization &q, const loaded_model &loaded,
                                              const machine &on, const workload &w) {
    const auto accepted = transformers_accepts(m, q, on, w);
    if (!accepted) return accepted.error();
    const transformers_context c = transformers_context_of(m, q, w, e.date);
    one_device_terms terms;
    for (int i = 0; i < m.layer_count(); ++i) {
        terms.kv_cache += transformers_cache_bytes(m, m.layers[i], w, c);
        terms.recurrent_state += transformers_state_bytes(m, m.layers[i], c);
    }
    terms.compute = transformers_compute(m, w, c);
    // Logits of the last token (logits_to_keep), and a copy in F32 (generation/utils.py, _sample).
    terms.output = bytes(multiply(m.vocab_size, c.element + 4)) * c.sequences;
    terms.overhead = torch_overhead(device_at(on, 0));
    terms.host_overhead = torch_overhead(device{});
    terms.context_per_sequence = c.tokens;
    return one_device_budget(loaded, on, w, terms);
}

constexpr tokens one_token_a_sequence(const workload &w) { return tokens(max(w.sequences, 1)); }

inline constexpr const format *transformers_cache_types[] = {&formats::f16::value, &formats::bf16::value,
                                                             &formats::int8_g64::value, &formats::int4_g64::value,
                                                             &formats::int2_g64::value};

} // namespace detail

namespace engines {

// A cache that grows, attention by PyTorch's own kernels (sdpa). A static cache of the same length takes as much.
struct transformers {
    static constexpr engine value = [] {
        engine e;
        e.name = "transformers";
        e.version = "v5.23.0";
        e.date = detail::transformers_today;
        e.defaults.batch = 0;
        e.defaults.ubatch = 0; // the whole prompt
        e.defaults.outputs = -1;
        e.caches_in(detail::transformers_cache_types);
        e.runs = detail::runs_in_transformers;
        e.load_by = detail::transformers_load;
        e.account_by = detail::transformers_account;
        e.context_step = detail::one_token_a_sequence;
        return e;
    }();
};

} // namespace engines

MEMBOUND_END_NAMESPACE

#endif

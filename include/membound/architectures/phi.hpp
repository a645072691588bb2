// Phi-2, Phi-3, Phi-3.5 (with experts too) and Phi-4.
// Source: llama.cpp v0.5.0, src/models/phi2.cpp, phi3.cpp, phimoe.cpp. The sliding window of Phi-3's configuration
// is not used: the cache is full.
#ifndef MEMBOUND_ARCHITECTURES_PHI_HPP
#define MEMBOUND_ARCHITECTURES_PHI_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct phi3 {
    static constexpr void arrange(model &m) { m.sliding_window = 0; }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "phi3";
        a.ffn = feed_forward_form::fused_gated;
        a.scaled_query = true;
        a.residual = residual_first::behind_feed_forward;
        a.arrange = arrange;
        a.gguf.heads_span_hidden = true;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 32064}, {"max_position_embeddings", 4096}, {"hidden_size", 3072}, {"num_hidden_layers", 32},
        {"intermediate_size", 8192}, {"num_attention_heads", 32}};
    static constexpr config_type types[] = {{"phi3", defaults}};
    static constexpr void describe(config_query &q) {
        q.fused_qkv = true;
        q.qkv_bias = q.attention_output_bias = false;
        q.put("rope.dimension_count", q.rotated_part_of(q.head_dim()), "partial_rotary_factor");
        describe_long_rope(q);
    }
    static constexpr config_reader config{value, types, describe};
};

struct phimoe {
    static constexpr void arrange(model &m) {
        m.sliding_window = 0;
        m.attention_output_bias = true;
        m.output_bias = true;
        m.norm_topk_prob = true;
        m.moe_intermediate_size = m.intermediate_size;
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "phimoe";
        a.norm = norm_kind::rms_with_bias;
        a.scaled_query = true;
        a.residual = residual_first::behind_feed_forward;
        a.arrange = arrange;
        a.gguf.experts = key_use::required;
        a.gguf.heads_span_hidden = true;
        a.gguf.own_output = true;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 32064}, {"max_position_embeddings", 131072}, {"hidden_size", 4096}, {"num_hidden_layers", 32},
        {"intermediate_size", 6400}, {"num_attention_heads", 32}, {"num_key_value_heads", 8}, {"num_local_experts", 16},
        {"num_experts_per_tok", 2}};
    static constexpr config_type types[] = {{"phimoe", defaults}};
    static constexpr void describe(config_query &q) {
        for (const char *key : {"attention_bias", "lm_head_bias"})
            if (!q.boolean(key))
                q.fail(errc::unsupported, key, "is false", "llama.cpp's models of the family have biases");
        describe_long_rope(q);
    }
    static constexpr config_reader config{value, types, describe};
};

struct phi2 {
    static constexpr void arrange(model &m) {
        m.attention_output_bias = true;
        m.mlp_bias = true;
        m.output_bias = true;
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "phi2";
        a.norm = norm_kind::layer;
        a.ffn = feed_forward_form::plain;
        a.ffn_place = feed_forward_place::beside;
        a.order = sum_order::attention_feed_forward_residual;
        a.scaled_query = true;
        a.arrange = arrange;
        a.gguf.heads_span_hidden = true;
        a.gguf.own_output = true;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 51200}, {"max_position_embeddings", 2048}, {"hidden_size", 2048}, {"num_hidden_layers", 24},
        {"intermediate_size", 8192}, {"num_attention_heads", 32}};
    static constexpr config_type types[] = {{"phi", defaults}, {"phi-msft"}};
    static constexpr void describe(config_query &q) {
        if (q.boolean("qk_layernorm"))
            q.fail(errc::unsupported, "qk_layernorm", "is true", "llama.cpp has no such norms in the family");
        q.qkv_bias = q.attention_output_bias = q.mlp_bias = true;
        if (q.number_of("feed_forward_length") == 0)
            q.put("feed_forward_length", membound::detail::multiply(4, q.number_of("embedding_length")), "n_inner");
        if (q.has("rotary_dim")) return q.copy("rope.dimension_count", "rotary_dim");
        q.put("rope.dimension_count", q.rotated_part_of(q.head_dim(), 0.5), "partial_rotary_factor");
    }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

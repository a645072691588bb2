// StarCoder 1 and 2.
// Source: llama.cpp v0.5.0, src/models/starcoder.cpp, starcoder2.cpp.
#ifndef MEMBOUND_ARCHITECTURES_STARCODER_HPP
#define MEMBOUND_ARCHITECTURES_STARCODER_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct starcoder2 {
    static constexpr void arrange(model &m) {
        m.attention_output_bias = true;
        m.mlp_bias = true;
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "starcoder2";
        a.norm = norm_kind::layer;
        a.ffn = feed_forward_form::plain;
        a.arrange = arrange;
        a.gguf.rotates_whole_head = true;
        a.gguf.heads_span_hidden = true;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 49152}, {"max_position_embeddings", 4096}, {"hidden_size", 3072}, {"num_hidden_layers", 30},
        {"intermediate_size", 12288}, {"num_attention_heads", 24}, {"num_key_value_heads", 2},
        {"tie_word_embeddings", true}, {"use_bias", true}};
    static constexpr config_type types[] = {{"starcoder2", defaults}};
    static constexpr void describe(config_query &q) {
        if (!q.boolean("use_bias", true))
            q.fail(errc::unsupported, "use_bias", "is false", "the family has biases in llama.cpp");
        q.qkv_bias = q.attention_output_bias = q.mlp_bias = true;
    }
    static constexpr config_reader config{value, types, describe};
};

struct starcoder {
    static constexpr void arrange(model &m) { membound::detail::set_biases_and_fused_qkv(m); }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "starcoder";
        a.norm = norm_kind::layer;
        a.position = position_kind::learned;
        a.ffn = feed_forward_form::plain;
        a.arrange = arrange;
        a.gguf.heads_span_hidden = true;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 50257}, {"n_positions", 1024}, {"n_embd", 768}, {"n_layer", 12}, {"n_head", 12},
        {"tie_word_embeddings", true}, {"multi_query", true}};
    static constexpr config_type types[] = {{"gpt_bigcode", defaults}};
    static constexpr void describe(config_query &q) {
        describe_gpt2(q);
        if (q.boolean("multi_query", true)) q.put("attention.head_count_kv", 1, "multi_query");
    }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

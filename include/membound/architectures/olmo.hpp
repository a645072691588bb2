// OLMo 1 to 3, and OLMoE.
// Source: llama.cpp v0.5.0, src/models/olmo.cpp, olmo2.cpp, olmoe.cpp.
#ifndef MEMBOUND_ARCHITECTURES_OLMO_HPP
#define MEMBOUND_ARCHITECTURES_OLMO_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct olmo {
    static constexpr void read(gguf_query &q, model &m) {
        m.clamped_qkv = q.real("attention.clamp_kqv", key_use::optional) > 0;
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "olmo";
        a.norm = norm_kind::layer_without_weight;
        a.gguf.rotates_whole_head = true;
        a.gguf.heads_span_hidden = true;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 50304}, {"max_position_embeddings", 2048}, {"hidden_size", 4096}, {"num_hidden_layers", 32},
        {"intermediate_size", 11008}, {"num_attention_heads", 32}};
    static constexpr config_type types[] = {{"olmo", defaults}};
    static constexpr void describe(config_query &q) { q.put("attention.clamp_kqv", q.real("clip_qkv"), "clip_qkv"); }
    static constexpr config_reader config{value, types, describe};
};

struct olmo2 {
    static constexpr void arrange(model &m) { membound::detail::set_sliding_pattern(m, 4); }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "olmo2";
        a.head_norms = query_key_norm::all_heads;
        a.input_norms = false;
        a.post_norms = true;
        a.arrange = arrange;
        a.gguf.window = key_use::optional;
        a.gguf.rotates_whole_head = true;
        a.gguf.heads_span_hidden = true;
        a.gguf.own_output = true;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 50304}, {"max_position_embeddings", 2048}, {"hidden_size", 4096}, {"num_hidden_layers", 32},
        {"intermediate_size", 11008}, {"num_attention_heads", 32}};
    static constexpr config_default olmo3_defaults[] = {
        {"vocab_size", 50304}, {"max_position_embeddings", 2048}, {"hidden_size", 4096}, {"num_hidden_layers", 32},
        {"intermediate_size", 11008}, {"num_attention_heads", 32}, {"sliding_window", 4096}};
    static constexpr config_type types[] = {{"olmo2", defaults}, {"olmo3", olmo3_defaults}};
    static constexpr void describe(config_query &q) {
        if (q.integer("sliding_window") > 0) describe_window(q);
    }
    static constexpr config_reader config{value, types, describe};
};

struct olmoe {
    static constexpr void arrange(model &m) {
        if (m.moe_intermediate_size == 0) m.moe_intermediate_size = m.intermediate_size;
    }
    static constexpr void read(gguf_query &q, model &m) {
        if (m.num_key_value_heads > 0 && m.num_key_value_heads != m.num_attention_heads)
            q.fail(errc::unsupported, "attention.head_count_kv", "is not attention.head_count",
                   "the norm of keys is as wide as that of queries");
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "olmoe";
        a.head_norms = query_key_norm::all_heads;
        a.arrange = arrange;
        a.gguf.experts = key_use::required;
        a.gguf.rotates_whole_head = true;
        a.gguf.heads_span_hidden = true;
        a.gguf.own_output = true;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 50304}, {"max_position_embeddings", 4096}, {"hidden_size", 2048}, {"num_hidden_layers", 16},
        {"intermediate_size", 2048}, {"num_attention_heads", 16}, {"num_experts", 64}, {"num_experts_per_tok", 8}};
    static constexpr config_type types[] = {{"olmoe", defaults}};
    static constexpr void describe(config_query &q) {
        if (q.real("clip_qkv") > 0)
            q.fail(errc::unsupported, "clip_qkv", "is there", "llama.cpp has no limits in the family");
    }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

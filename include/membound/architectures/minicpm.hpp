// MiniCPM 1 to 3.
// Source: llama.cpp v0.5.0, src/models/minicpm.cpp, minicpm3.cpp.
#ifndef MEMBOUND_ARCHITECTURES_MINICPM_HPP
#define MEMBOUND_ARCHITECTURES_MINICPM_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct minicpm {
    static constexpr void arrange(model &m) {
        m.scaled_logits = true;
        m.norm_topk_prob = true;
        if (m.moe_intermediate_size == 0) m.moe_intermediate_size = m.intermediate_size;
    }
    static constexpr void read(gguf_query &q, model &m) {
        m.scaled_embedding = q.real("embedding_scale", key_use::optional, 12) != 0;
        m.scaled_residual = q.real("residual_scale", key_use::optional, 1) != 0;
        q.real("logit_scale", key_use::optional);
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "minicpm";
        a.arrange = arrange;
        a.gguf.experts = key_use::optional;
        a.gguf.experts_may_lack_gates = true;
        a.gguf.rotates_whole_head = true;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {{"tie_word_embeddings", true}};
    static constexpr config_type types[] = {{"minicpm", defaults}, {"MiniCPMForCausalLM", defaults}};
    static constexpr void describe(config_query &q) {
        q.put("embedding_scale", q.real("scale_emb", 1), "scale_emb");
        q.put("residual_scale", q.real("scale_depth", 1), "scale_depth");
        q.put("logit_scale", 1.0);
        describe_long_rope(q);
    }
    static constexpr config_reader config{value, types, describe};
};

// Keys and values are decompressed before they are cached.
struct minicpm3 {
    static constexpr void arrange(model &m) {
        minicpm::arrange(m);
        m.scaled_embedding = true;
        m.scaled_residual = true;
    }
    static constexpr void read(gguf_query &q, model &m) {
        m.q_lora_rank = q.integer("attention.q_lora_rank", key_use::required, 0, 1);
        read_decompressed_heads(q, m);
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "minicpm3";
        a.scales_before_head = true;
        a.arrange = arrange;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 73448}, {"max_position_embeddings", 32768}, {"hidden_size", 2560}, {"num_hidden_layers", 62},
        {"intermediate_size", 6400}, {"num_attention_heads", 40}, {"num_key_value_heads", 40},
        {"tie_word_embeddings", true}, {"kv_lora_rank", 256}, {"q_lora_rank", 768}, {"qk_rope_head_dim", 32},
        {"qk_nope_head_dim", 64}};
    static constexpr config_type types[] = {{"minicpm3", defaults}};
    static constexpr void describe(config_query &q) {
        minicpm::describe(q);
        q.copy("attention.q_lora_rank", "q_lora_rank");
        q.copy("attention.kv_lora_rank", "kv_lora_rank");
        const std::int64_t rotated = q.integer("qk_rope_head_dim");
        q.put("attention.key_length", q.integer("qk_nope_head_dim") + rotated, "qk_nope_head_dim");
        q.put("attention.value_length", q.integer("v_head_dim", q.head_dim()), "v_head_dim");
        q.put("rope.dimension_count", rotated, "qk_rope_head_dim");
    }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

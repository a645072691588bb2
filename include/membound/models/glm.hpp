// GLM 4 32B, 4.5 to 4.7, and 5.
// Source: config.json of the Hugging Face repository above each entry, as copied by THUDM/slime (scripts/models) and
// ai-dynamo/aiconfigurator (model_configs).
// The layer that predicts a further token is in num_nextn_predict_layers: the converter puts it into the file.
#ifndef MEMBOUND_MODELS_GLM_HPP
#define MEMBOUND_MODELS_GLM_HPP

#include <membound/architectures/deepseek.hpp>
#include <membound/architectures/glm.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace models {

namespace detail {

constexpr model glm_4_5() {
    model m;
    m.family = &architectures::glm4moe::value;
    m.max_position_embeddings = 131072;
    m.vocab_size = 151552;
    m.head_dim = 128;
    m.rotary_dim = 64;
    m.num_nextn_predict_layers = 1;
    m.num_attention_heads = 96;
    m.num_key_value_heads = 8;
    m.num_experts_per_tok = 8;
    m.num_shared_experts = 1;
    m.router = router_kind::sigmoid;
    m.norm_topk_prob = true;
    m.attention_bias = true;
    return m;
}

constexpr model glm_5() {
    model m;
    m.family = &architectures::glm_dsa::value;
    m.vocab_size = 154880;
    m.num_nextn_predict_layers = 1;
    m.num_hidden_layers = 78;
    m.hidden_size = 6144;
    m.num_attention_heads = 64;
    m.intermediate_size = 12288;
    m.num_experts = 256;
    m.num_experts_per_tok = 8;
    m.moe_intermediate_size = 2048;
    m.num_shared_experts = 1;
    m.first_k_dense_replace = 3;
    m.router = router_kind::sigmoid;
    m.norm_topk_prob = true;
    m.scaled_expert_weights = true;
    m.router_bias = true;
    m.q_lora_rank = 2048;
    m.kv_lora_rank = 512;
    m.qk_nope_head_dim = 192;
    m.qk_rope_head_dim = 64;
    m.v_head_dim = 256;
    m.indexer_heads = 32;
    m.indexer_head_dim = 128;
    m.indexer_top_k = 2048;
    return m;
}

} // namespace detail

// zai-org/GLM-4-32B-0414
struct glm_4_32b {
    static constexpr model value = [] {
        model m;
        m.name = "glm-4-32b";
        m.family = &architectures::glm4::value;
        m.vocab_size = 151552;
        m.max_position_embeddings = 32768;
        m.num_hidden_layers = 61;
        m.hidden_size = 6144;
        m.num_attention_heads = 48;
        m.num_key_value_heads = 2;
        m.intermediate_size = 23040;
        m.head_dim = 128;
        m.rotary_dim = 64;
        return arranged(m).value();
    }();
};

// zai-org/GLM-4.5-Air (slime)
struct glm_4_5_air {
    static constexpr model value = [] {
        model m = detail::glm_4_5();
        m.name = "glm-4.5-air";
        m.num_hidden_layers = 46;
        m.hidden_size = 4096;
        m.intermediate_size = 10944;
        m.num_experts = 128;
        m.moe_intermediate_size = 1408;
        m.first_k_dense_replace = 1;
        m.further.embedding = true;
        m.further.head = true;
        return arranged(m).value();
    }();
};

// zai-org/GLM-4.5 (slime)
struct glm_4_5 {
    static constexpr model value = [] {
        model m = detail::glm_4_5();
        m.name = "glm-4.5";
        m.num_hidden_layers = 92;
        m.hidden_size = 5120;
        m.intermediate_size = 12288;
        m.num_experts = 160;
        m.moe_intermediate_size = 1536;
        m.first_k_dense_replace = 3;
        m.scaled_expert_weights = true;
        m.head_norms = query_key_norm::each_head;
        m.further.embedding = true;
        m.further.head = true;
        return arranged(m).value();
    }();
};

// zai-org/GLM-4.6
struct glm_4_6 {
    static constexpr model value = [] {
        model m = glm_4_5::value;
        m.name = "glm-4.6";
        m.max_position_embeddings = 202752;
        m.further.embedding = false;
        m.further.head = false;
        return m;
    }();
};

// zai-org/GLM-4.7
struct glm_4_7 {
    static constexpr model value = variant_of(glm_4_5::value, "glm-4.7", 202752);
};

// zai-org/GLM-5 (aiconfigurator)
struct glm_5 {
    static constexpr model value = [] {
        model m = detail::glm_5();
        m.name = "glm-5";
        m.max_position_embeddings = 202752;
        return arranged(m).value();
    }();
};

// zai-org/GLM-5.1 (aiconfigurator)
struct glm_5_1 {
    static constexpr model value = variant_of(glm_5::value, "glm-5.1");
};

// zai-org/GLM-4.7-Flash (slime), of the layout of DeepSeek V3; the layer that predicts a further token is not in the file
struct glm_4_7_flash {
    static constexpr model value = [] {
        model m;
        m.name = "glm-4.7-flash";
        m.family = &architectures::deepseek2::value;
        m.vocab_size = 154880;
        m.max_position_embeddings = 202752;
        m.num_hidden_layers = 47;
        m.hidden_size = 2048;
        m.num_attention_heads = 20;
        m.intermediate_size = 10240;
        m.num_experts = 64;
        m.num_experts_per_tok = 4;
        m.moe_intermediate_size = 1536;
        m.num_shared_experts = 1;
        m.first_k_dense_replace = 1;
        m.num_expert_groups = 1;
        m.num_expert_groups_used = 1;
        m.router = router_kind::sigmoid;
        m.norm_topk_prob = true;
        m.scaled_expert_weights = true;
        m.router_bias = true;
        m.q_lora_rank = 768;
        m.kv_lora_rank = 512;
        m.qk_nope_head_dim = 192;
        m.qk_rope_head_dim = 64;
        m.v_head_dim = 256;
        return arranged(m).value();
    }();
};

} // namespace models
MEMBOUND_END_NAMESPACE

#endif

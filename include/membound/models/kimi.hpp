// Kimi Linear and Kimi K3. Kimi K2 is in deepseek.hpp.
// Source: config.json of the Hugging Face repository above the entry.
#ifndef MEMBOUND_MODELS_KIMI_HPP
#define MEMBOUND_MODELS_KIMI_HPP

#include <membound/architectures/kimi.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace models {

namespace detail {

// Latent attention in every fourth layer and the last.
constexpr model kimi_linear(int layers) {
    model m;
    m.vocab_size = 163840;
    m.max_position_embeddings = 1048576;
    m.num_hidden_layers = layers;
    m.first_k_dense_replace = 1;
    m.router = router_kind::sigmoid;
    m.kv_lora_rank = 512;
    m.qk_nope_head_dim = 128;
    m.qk_rope_head_dim = 64;
    m.v_head_dim = 128;
    m.ssm_conv_kernel = 4;
    m.ssm_state_size = 128;
    m.layer_kinds_given = true;
    for (int i = 0; i < layers - 1; ++i) {
        if (i % 4 == 3) continue;
        m.layers[i].kind = layer_kind::no_attention;
        m.layers[i].state = state_kind::kimi_delta;
    }
    return m;
}

} // namespace detail

// moonshotai/Kimi-Linear-48B-A3B-Instruct
struct kimi_linear_48b_a3b {
    static constexpr model value = [] {
        model m = detail::kimi_linear(27);
        m.name = "kimi-linear-48b-a3b";
        m.family = &architectures::kimi_linear::value;
        m.hidden_size = 2304;
        m.num_attention_heads = 32;
        m.intermediate_size = 9216;
        m.num_experts = 256;
        m.num_experts_per_tok = 8;
        m.moe_intermediate_size = 1024;
        m.num_shared_experts = 1;
        m.scaled_expert_weights = true;
        return arranged(m).value();
    }();
};

// moonshotai/Kimi-K3, the text model
struct kimi_k3 {
    static constexpr model value = [] {
        model m = detail::kimi_linear(93);
        m.name = "kimi-k3";
        m.family = &architectures::kimi_k3::value;
        m.hidden_size = 7168;
        m.num_attention_heads = 96;
        m.intermediate_size = 33792;
        m.num_experts = 896;
        m.num_experts_per_tok = 16;
        m.moe_intermediate_size = 3072;
        m.moe_latent_size = 3584;
        m.latent_expert_norm = true;
        m.num_shared_experts = 2;
        m.norm_topk_prob = true;
        m.bounded_branches = true;
        m.q_lora_rank = 1536;
        m.gate = attention_gate::each_number;
        m.bounded_decay = true;
        m.residual_interval = 12;
        return arranged(m).value();
    }();
};

} // namespace models
MEMBOUND_END_NAMESPACE

#endif

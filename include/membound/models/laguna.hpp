// Laguna (Poolside).
// Source: metadata of the repository's GGUF file.
#ifndef MEMBOUND_MODELS_LAGUNA_HPP
#define MEMBOUND_MODELS_LAGUNA_HPP

#include <membound/architectures/laguna.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace models {

// poolside/Laguna-S-2.1: of four layers one sees all, with 48 heads for 72
struct laguna_s_2_1 {
    static constexpr model value = [] {
        model m;
        m.name = "laguna-s-2.1";
        m.family = &architectures::laguna::value;
        m.vocab_size = 100352;
        m.max_position_embeddings = 262144;
        m.num_hidden_layers = 48;
        m.hidden_size = 3072;
        m.num_attention_heads = 72;
        m.num_key_value_heads = 8;
        m.head_dim = 128;
        m.rotary_dim = 64;
        m.intermediate_size = 12288;
        m.first_k_dense_replace = 1;
        m.num_experts = 256;
        m.num_experts_per_tok = 10;
        m.moe_intermediate_size = 1024;
        m.shared_expert_intermediate_size = 1024;
        m.sliding_window = 512;
        for (int i = 0; i < 48; i += 4) m.layers[i].num_attention_heads = 48;
        return arranged(m).value();
    }();
};

} // namespace models
MEMBOUND_END_NAMESPACE

#endif

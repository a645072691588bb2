// MiniMax M2.
// Source: config.json of the Hugging Face repository above each entry, as copied by THUDM/slime (scripts/models) and
// ai-dynamo/aiconfigurator (model_configs).
#ifndef MEMBOUND_MODELS_MINIMAX_HPP
#define MEMBOUND_MODELS_MINIMAX_HPP

#include <membound/architectures/minimax.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace models {

// MiniMaxAI/MiniMax-M2 (slime)
struct minimax_m2 {
    static constexpr model value = [] {
        model m;
        m.name = "minimax-m2";
        m.family = &architectures::minimax_m2::value;
        m.vocab_size = 200064;
        m.max_position_embeddings = 196608;
        m.num_hidden_layers = 62;
        m.hidden_size = 3072;
        m.num_attention_heads = 48;
        m.num_key_value_heads = 8;
        m.intermediate_size = 1536;
        m.head_dim = 128;
        m.rotary_dim = 64;
        m.num_experts = 256;
        m.num_experts_per_tok = 8;
        m.router = router_kind::sigmoid;
        return arranged(m).value();
    }();
};

// MiniMaxAI/MiniMax-M2.5 (aiconfigurator)
struct minimax_m2_5 {
    static constexpr model value = variant_of(minimax_m2::value, "minimax-m2.5");
};

// MiniMaxAI/MiniMax-M2.7 (aiconfigurator)
struct minimax_m2_7 {
    static constexpr model value = variant_of(minimax_m2::value, "minimax-m2.7", 204800);
};

} // namespace models
MEMBOUND_END_NAMESPACE

#endif

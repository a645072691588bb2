// Jamba.
// Source: config.json of the Hugging Face repository above the entry.
#ifndef MEMBOUND_MODELS_JAMBA_HPP
#define MEMBOUND_MODELS_JAMBA_HPP

#include <membound/architectures/jamba.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace models {

// ai21labs/Jamba-v0.1: attention in every eighth layer from the fifth on, experts in every second
struct jamba_v0_1 {
    static constexpr model value = [] {
        model m;
        m.name = "jamba-v0.1";
        m.family = &architectures::jamba::value;
        m.vocab_size = 65536;
        m.max_position_embeddings = 262144;
        m.num_hidden_layers = 32;
        m.hidden_size = 4096;
        m.num_attention_heads = 32;
        m.num_key_value_heads = 8;
        m.intermediate_size = 14336;
        m.num_experts = 16;
        m.num_experts_per_tok = 2;
        m.ssm_conv_kernel = 4;
        m.ssm_inner_size = 8192;
        m.ssm_state_size = 16;
        m.ssm_time_step_rank = 256;
        m.layer_kinds_given = true;
        m.feed_forward_kinds_given = true;
        for (int i = 0; i < m.layer_count(); ++i) {
            if (i % 2 == 1) m.layers[i].ffn = feed_forward_kind::experts;
            if (i % 8 == 4) continue;
            m.layers[i].kind = layer_kind::no_attention;
            m.layers[i].state = state_kind::mamba;
        }
        return arranged(m).value();
    }();
};

} // namespace models
MEMBOUND_END_NAMESPACE

#endif

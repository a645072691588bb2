// DeepSeek V2, V3 and R1, Kimi K2 and others with latent attention.
// Source: llama.cpp v0.5.0, src/models/deepseek2.cpp.
#ifndef MEMBOUND_ARCHITECTURES_DEEPSEEK_HPP
#define MEMBOUND_ARCHITECTURES_DEEPSEEK_HPP

#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct deepseek2 {
    static constexpr void arrange(model &m) {
        if (m.shared_expert_intermediate_size == 0)
            m.shared_expert_intermediate_size =
                membound::detail::multiply(m.moe_intermediate_size, m.num_shared_experts);
        if (m.layer_kinds_given) return;
        for (int i = 0; i < m.layer_count(); ++i) m.layers[i].kind = layer_kind::latent_attention;
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "deepseek2";
        a.arrange = arrange;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

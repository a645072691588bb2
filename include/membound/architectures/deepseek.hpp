// DeepSeek V1 (deepseek), and DeepSeek V2, V3 and R1, Kimi K2 and others with latent attention.
// Source: llama.cpp v0.5.0, src/models/deepseek.cpp, deepseek2.cpp.
#ifndef MEMBOUND_ARCHITECTURES_DEEPSEEK_HPP
#define MEMBOUND_ARCHITECTURES_DEEPSEEK_HPP

#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct deepseek2 {
    static constexpr void arrange(model &m) {
        membound::detail::set_shared_expert_size(m);
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

struct deepseek {
    static constexpr void arrange(model &m) { membound::detail::set_shared_expert_size(m); }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "deepseek";
        a.arrange = arrange;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

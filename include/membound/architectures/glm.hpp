// GLM 4 and 4.5.
// Source: llama.cpp v0.5.0, src/models/glm4.cpp, glm4-moe.cpp.
#ifndef MEMBOUND_ARCHITECTURES_GLM_HPP
#define MEMBOUND_ARCHITECTURES_GLM_HPP

#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct glm4 {
    static constexpr architecture value = [] {
        architecture a;
        a.name = "glm4";
        a.ffn = feed_forward_form::fused_gated;
        a.post_norms = true;
        return a;
    }();
};

struct glm4moe {
    static constexpr void arrange(model &m) {
        m.router_bias = true;
        membound::detail::set_expert_size(m);
        membound::detail::set_shared_expert_size(m);
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "glm4moe";
        a.ffn_norm = tensor_name::post_attention_norm;
        a.files_hold_unloaded_layers = true;
        a.arrange = arrange;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

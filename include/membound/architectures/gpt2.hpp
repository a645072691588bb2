// GPT-2.
// Source: llama.cpp v0.5.0, src/models/gpt2.cpp.
#ifndef MEMBOUND_ARCHITECTURES_GPT2_HPP
#define MEMBOUND_ARCHITECTURES_GPT2_HPP

#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct gpt2 {
    static constexpr void arrange(model &m) { membound::detail::set_biases_and_fused_qkv(m); }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "gpt2";
        a.norm = norm_kind::layer;
        a.position = position_kind::learned;
        a.ffn = feed_forward_form::plain;
        a.arrange = arrange;
        a.gguf.heads_span_hidden = true;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

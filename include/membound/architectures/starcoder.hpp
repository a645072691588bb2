// StarCoder 1 and 2.
// Source: llama.cpp v0.5.0, src/models/starcoder.cpp, starcoder2.cpp.
#ifndef MEMBOUND_ARCHITECTURES_STARCODER_HPP
#define MEMBOUND_ARCHITECTURES_STARCODER_HPP

#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct starcoder2 {
    static constexpr void arrange(model &m) {
        m.attention_output_bias = true;
        m.mlp_bias = true;
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "starcoder2";
        a.norm = norm_kind::layer;
        a.ffn = feed_forward_form::plain;
        a.arrange = arrange;
        a.gguf.rotates_whole_head = true;
        a.gguf.heads_span_hidden = true;
        return a;
    }();
};

struct starcoder {
    static constexpr void arrange(model &m) { membound::detail::set_biases_and_fused_qkv(m); }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "starcoder";
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

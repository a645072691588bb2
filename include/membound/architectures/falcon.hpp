// Falcon 7B, 40B and 180B; Falcon H1, with a state space beside attention.
// Source: llama.cpp v0.5.0, src/models/falcon.cpp, falcon-h1.cpp.
#ifndef MEMBOUND_ARCHITECTURES_FALCON_HPP
#define MEMBOUND_ARCHITECTURES_FALCON_HPP

#include <membound/gguf_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct falcon {
    static constexpr void arrange(model &m) { m.fused_qkv = true; }
    static constexpr void read(gguf_query &q, model &m) {
        m.attention_norm_2 = q.has(tensor_name::attn_norm_2);
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "falcon";
        a.norm = norm_kind::layer;
        a.ffn = feed_forward_form::plain;
        a.ffn_place = feed_forward_place::beside;
        a.order = sum_order::feed_forward_attention_residual;
        a.arrange = arrange;
        a.gguf.rotates_whole_head = true;
        a.gguf.heads_span_hidden = true;
        a.gguf.read = read;
        return a;
    }();
};

struct falcon_h1 {
    static constexpr void arrange(model &m) {
        for (int i = 0; i < m.layer_count(); ++i) m.layers[i].state = state_kind::mamba_2;
    }
    static constexpr void read(gguf_query &q, model &m) {
        read_state_space(q, m, key_use::required);
        require_convolution_bias(q);
        m.ssm_output_norm = q.has(tensor_name::ssm_norm);
        if (m.attention_output_bias)
            q.fail_at(errc::unsupported, "attn_output.bias", "is there", "llama.cpp loads it and leaves it alone");
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "falcon-h1";
        a.bare_ffn_norm = true;
        a.unused_rope_tensors = true;
        a.arrange = arrange;
        a.gguf.value_heads_differ = true;
        a.gguf.read = read;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

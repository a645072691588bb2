// Phi-2, Phi-3, Phi-3.5 (with experts too) and Phi-4.
// Source: llama.cpp v0.5.0, src/models/phi2.cpp, phi3.cpp, phimoe.cpp. The sliding window of Phi-3's configuration
// is not used: the cache is full.
#ifndef MEMBOUND_ARCHITECTURES_PHI_HPP
#define MEMBOUND_ARCHITECTURES_PHI_HPP

#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct phi3 {
    static constexpr void arrange(model &m) { m.sliding_window = 0; }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "phi3";
        a.ffn = feed_forward_form::fused_gated;
        a.scaled_query = true;
        a.residual = residual_first::behind_feed_forward;
        a.arrange = arrange;
        a.gguf.heads_span_hidden = true;
        return a;
    }();
};

struct phimoe {
    static constexpr void arrange(model &m) {
        m.sliding_window = 0;
        m.attention_output_bias = true;
        m.output_bias = true;
        m.norm_topk_prob = true;
        m.moe_intermediate_size = m.intermediate_size;
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "phimoe";
        a.norm = norm_kind::rms_with_bias;
        a.scaled_query = true;
        a.residual = residual_first::behind_feed_forward;
        a.arrange = arrange;
        a.gguf.experts = key_use::required;
        a.gguf.heads_span_hidden = true;
        a.gguf.own_output = true;
        return a;
    }();
};

struct phi2 {
    static constexpr void arrange(model &m) {
        m.attention_output_bias = true;
        m.mlp_bias = true;
        m.output_bias = true;
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "phi2";
        a.norm = norm_kind::layer;
        a.ffn = feed_forward_form::plain;
        a.ffn_place = feed_forward_place::beside;
        a.order = sum_order::attention_feed_forward_residual;
        a.scaled_query = true;
        a.arrange = arrange;
        a.gguf.heads_span_hidden = true;
        a.gguf.own_output = true;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

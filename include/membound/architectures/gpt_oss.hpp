// gpt-oss.
// Source: llama.cpp v0.5.0, src/models/openai-moe.cpp.
#ifndef MEMBOUND_ARCHITECTURES_GPT_OSS_HPP
#define MEMBOUND_ARCHITECTURES_GPT_OSS_HPP

#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct gpt_oss {
    static constexpr void arrange(model &m) {
        m.router = router_kind::softmax_of_chosen;
        m.attention_output_bias = true;
        m.mlp_bias = true;
        m.expert_bias = true;
        membound::detail::set_sliding_pattern(m, 2);
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "gpt-oss";
        a.attention_sinks = true;
        a.ffn_norm = tensor_name::post_attention_norm;
        a.outputs = output_rows::behind_layers;
        a.arrange = arrange;
        a.gguf.experts = key_use::required;
        a.gguf.expert_size = key_use::required;
        a.gguf.window = key_use::required;
        a.gguf.rotates_whole_head = true;
        a.gguf.own_output = true;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

// InternLM 2.
// Source: llama.cpp v0.5.0, src/models/internlm2.cpp.
#ifndef MEMBOUND_ARCHITECTURES_INTERNLM2_HPP
#define MEMBOUND_ARCHITECTURES_INTERNLM2_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct internlm2 {
    static constexpr architecture value = [] {
        architecture a;
        a.name = "internlm2";
        a.gguf.rotates_whole_head = true;
        a.gguf.heads_span_hidden = true;
        a.gguf.own_output = true;
        return a;
    }();
    // config.json.
    static constexpr config_type types[] = {{"internlm2"}, {"InternLM2ForCausalLM"}};
    static constexpr void describe(config_query &q) { q.qkv_bias = q.attention_output_bias = q.boolean("bias"); }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

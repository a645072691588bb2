// OLMo 1 to 3, and OLMoE.
// Source: llama.cpp v0.5.0, src/models/olmo.cpp, olmo2.cpp, olmoe.cpp.
#ifndef MEMBOUND_ARCHITECTURES_OLMO_HPP
#define MEMBOUND_ARCHITECTURES_OLMO_HPP

#include <membound/gguf_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct olmo {
    static constexpr void read(gguf_query &q, model &m) {
        m.clamped_qkv = q.real("attention.clamp_kqv", key_use::optional) > 0;
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "olmo";
        a.norm = norm_kind::layer_without_weight;
        a.gguf.rotates_whole_head = true;
        a.gguf.heads_span_hidden = true;
        a.gguf.read = read;
        return a;
    }();
};

struct olmo2 {
    static constexpr void arrange(model &m) { membound::detail::set_sliding_pattern(m, 4); }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "olmo2";
        a.head_norms = query_key_norm::all_heads;
        a.input_norms = false;
        a.post_norms = true;
        a.arrange = arrange;
        a.gguf.window = key_use::optional;
        a.gguf.rotates_whole_head = true;
        a.gguf.heads_span_hidden = true;
        a.gguf.own_output = true;
        return a;
    }();
};

struct olmoe {
    static constexpr void arrange(model &m) {
        if (m.moe_intermediate_size == 0) m.moe_intermediate_size = m.intermediate_size;
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "olmoe";
        a.head_norms = query_key_norm::all_heads;
        a.arrange = arrange;
        a.gguf.experts = key_use::required;
        a.gguf.rotates_whole_head = true;
        a.gguf.heads_span_hidden = true;
        a.gguf.own_output = true;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

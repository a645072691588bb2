// LLaMA 1 to 3, Mistral, Mixtral and the many models of the same layout.
// Source: llama.cpp v0.5.0, src/models/llama.cpp, src/models/mistral3.cpp.
#ifndef MEMBOUND_ARCHITECTURES_LLAMA_HPP
#define MEMBOUND_ARCHITECTURES_LLAMA_HPP

#include <membound/gguf_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct llama {
    static constexpr void arrange(model &m) {
        m.norm_topk_prob = true;
        if (m.moe_intermediate_size == 0) m.moe_intermediate_size = m.intermediate_size;
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "llama";
        a.arrange = arrange;
        a.gguf.experts = key_use::optional;
        a.gguf.rotates_whole_head = true;
        return a;
    }();
};

struct llama_embed {
    static constexpr architecture value = [] {
        architecture a = llama::value;
        a.name = "llama-embed";
        a.cache = cache_use::unread;
        a.head = head_use::unread;
        return a;
    }();
};

struct mistral3 {
    static constexpr void read(gguf_query &q, model &m) {
        m.attention_temperature = q.real("attention.temperature_scale", key_use::optional) != 0;
    }
    static constexpr architecture value = [] {
        architecture a = llama::value;
        a.name = "mistral3";
        a.gguf.read = read;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

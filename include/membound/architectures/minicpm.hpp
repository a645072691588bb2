// MiniCPM 1 to 3.
// Source: llama.cpp v0.5.0, src/models/minicpm.cpp, minicpm3.cpp.
#ifndef MEMBOUND_ARCHITECTURES_MINICPM_HPP
#define MEMBOUND_ARCHITECTURES_MINICPM_HPP

#include <membound/gguf_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct minicpm {
    static constexpr void arrange(model &m) {
        m.scaled_logits = true;
        m.norm_topk_prob = true;
        if (m.moe_intermediate_size == 0) m.moe_intermediate_size = m.intermediate_size;
    }
    static constexpr void read(gguf_query &q, model &m) {
        m.scaled_embedding = q.real("embedding_scale", key_use::optional, 12) != 0;
        m.scaled_residual = q.real("residual_scale", key_use::optional, 1) != 0;
        q.real("logit_scale", key_use::optional);
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "minicpm";
        a.arrange = arrange;
        a.gguf.experts = key_use::optional;
        a.gguf.rotates_whole_head = true;
        a.gguf.read = read;
        return a;
    }();
};

// Keys and values are decompressed before they are cached.
struct minicpm3 {
    static constexpr void read(gguf_query &q, model &m) {
        m.q_lora_rank = q.integer("attention.q_lora_rank", key_use::required, 0, 1);
        read_decompressed_heads(q, m);
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "minicpm3";
        a.scales_before_head = true;
        a.arrange = minicpm::arrange;
        a.gguf.read = read;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

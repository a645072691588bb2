// BLOOM.
// Source: llama.cpp v0.5.0, src/models/bloom.cpp.
#ifndef MEMBOUND_ARCHITECTURES_BLOOM_HPP
#define MEMBOUND_ARCHITECTURES_BLOOM_HPP

#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct bloom {
    static constexpr void arrange(model &m) { membound::detail::set_biases_and_fused_qkv(m); }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "bloom";
        a.norm = norm_kind::layer;
        a.position = position_kind::by_distance;
        a.ffn = feed_forward_form::plain;
        a.embedding_norm = true;
        a.arrange = arrange;
        a.gguf.heads_span_hidden = true;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

// DeciLM and Llama Nemotron: layers may be without attention, have a matrix in its place, or have no feed-forward block.
// Source: llama.cpp v0.5.0, src/models/deci.cpp.
#ifndef MEMBOUND_ARCHITECTURES_DECI_HPP
#define MEMBOUND_ARCHITECTURES_DECI_HPP

#include <membound/gguf_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct deci {
    static constexpr void read(gguf_query &q, model &m) {
        const gguf_value heads = q.keys.find("attention.head_count");
        const gguf_value kv_heads = q.keys.find("attention.head_count_kv");
        const gguf_value sizes = q.keys.find("feed_forward_length");
        const auto is_0 = [](const gguf_value &v, int i) {
            return v.type == gguf_value::kind::array ? v.elements != nullptr && i < v.integer && v.elements[i] == 0
                                                     : v.type == gguf_value::kind::integer && v.integer == 0;
        };
        for (int i = 0; i < m.layer_count(); ++i) {
            layer &l = m.layers[i];
            if (is_0(heads, i))
                l.kind = layer_kind::no_attention;
            else if (is_0(kv_heads, i))
                l.kind = layer_kind::linear_map;
            if (is_0(sizes, i) || sizes.type == gguf_value::kind::absent) l.ffn = feed_forward_kind::none;
        }
        if (m.num_attention_heads == 0)
            q.fail(errc::unsupported, "attention.head_count", "is 0 in the first layer", "the size of a head follows from it");
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "deci";
        a.blocks_left_out = true;
        a.gguf.rotates_whole_head = true;
        a.gguf.heads_by_layer = true;
        a.gguf.feed_forward_by_layer = true;
        a.gguf.parts_left_out = true;
        a.gguf.read = read;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

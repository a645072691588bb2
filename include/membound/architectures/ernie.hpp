// ERNIE 4.5, dense and with experts, and PaddleOCR.
// Source: llama.cpp v0.5.0, src/models/ernie4-5.cpp, ernie4-5-moe.cpp, paddleocr.cpp.
#ifndef MEMBOUND_ARCHITECTURES_ERNIE_HPP
#define MEMBOUND_ARCHITECTURES_ERNIE_HPP

#include <membound/gguf_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct ernie4_5 {
    static constexpr architecture value = [] {
        architecture a;
        a.name = "ernie4_5";
        a.gguf.rotates_whole_head = true;
        return a;
    }();
};

struct paddleocr {
    static constexpr void arrange(model &m) { m.multi_axis_rope = true; }
    static constexpr architecture value = [] {
        architecture a = ernie4_5::value;
        a.name = "paddleocr";
        a.arrange = arrange;
        return a;
    }();
};

struct ernie4_5_moe {
    static constexpr void arrange(model &m) { m.norm_topk_prob = true; }
    static constexpr void read(gguf_query &q, model &m) {
        m.first_k_dense_replace = q.integer("leading_dense_block_count", key_use::optional);
        m.shared_expert_intermediate_size = q.integer("expert_shared_feed_forward_length", key_use::optional);
        if (q.integer("interleave_moe_layer_step", key_use::required) != 1)
            q.fail(errc::unsupported, "interleave_moe_layer_step", "is not 1",
                   "every layer behind the dense ones has experts");
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "ernie4_5-moe";
        a.arrange = arrange;
        a.gguf.experts = key_use::required;
        a.gguf.expert_size = key_use::required;
        a.gguf.rotates_whole_head = true;
        a.gguf.read = read;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

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
        // All layers behind the dense ones have experts, and every n-th makes use of them.
        const std::int64_t step = q.integer("interleave_moe_layer_step", key_use::required, 1, 1);
        m.feed_forward_kinds_given = true;
        for (std::int64_t i = m.first_k_dense_replace; i < m.num_hidden_layers; ++i)
            m.layers[i].ffn = (i + 1) % step == 0 ? feed_forward_kind::experts : feed_forward_kind::activation;
        if (step > 1) m.idle = idle_experts::all;
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

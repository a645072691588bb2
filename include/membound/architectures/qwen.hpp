// Qwen 2 and 3, dense and with experts, and what reads images with them.
// Source: llama.cpp v0.5.0, src/models/qwen2.cpp, qwen2moe.cpp, qwen2vl.cpp, qwen3.cpp, qwen3moe.cpp, qwen3vl.cpp,
// qwen3vlmoe.cpp.
#ifndef MEMBOUND_ARCHITECTURES_QWEN_HPP
#define MEMBOUND_ARCHITECTURES_QWEN_HPP

#include <membound/gguf_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct qwen {
    // The size of the feed-forward block counts both its branches.
    static constexpr void arrange(model &m) {
        m.fused_qkv = true;
        m.attention_bias = true;
        for (int i = 0; i < m.layer_count(); ++i)
            m.layers[i].intermediate_size = static_cast<std::int32_t>(m.intermediate_size / 2);
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "qwen";
        a.triple_qkv = true;
        a.arrange = arrange;
        a.gguf.heads_span_hidden = true;
        a.gguf.own_output = true;
        return a;
    }();
};

struct qwen2 {
    static constexpr architecture value = [] {
        architecture a;
        a.name = "qwen2";
        a.gguf.rotates_whole_head = true;
        a.gguf.heads_span_hidden = true;
        return a;
    }();
};

struct qwen2moe {
    static constexpr void arrange(model &m) {
        membound::detail::set_expert_size(m);
        if (m.shared_expert_intermediate_size == 0) m.shared_expert_intermediate_size = m.intermediate_size;
    }
    static constexpr void read(gguf_query &q, model &m) {
        constexpr const char *key = "expert_shared_feed_forward_length";
        m.shared_expert_intermediate_size = q.integer(key, key_use::optional);
        if (m.shared_expert_intermediate_size == 0 && m.intermediate_size == 0)
            q.fail(errc::missing, key, "is missing or 0", "the family has a shared expert");
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "qwen2moe";
        a.shared_expert_gate = expert_gate::sigmoid_by_division;
        a.arrange = arrange;
        a.gguf.experts = key_use::required;
        a.gguf.expert_size = key_use::optional;
        a.gguf.rotates_whole_head = true;
        a.gguf.heads_span_hidden = true;
        a.gguf.own_output = true;
        a.gguf.read = read;
        return a;
    }();
};

struct qwen2vl {
    static constexpr void arrange(model &m) { m.multi_axis_rope = true; }
    static constexpr void read(gguf_query &q, model &m) {
        q.ask("rope.dimension_sections", key_use::required);
        if (m.output_bias)
            q.fail_at(errc::unsupported, "output.bias", "is there", "the family loads it and does not compute with it");
    }
    static constexpr architecture value = [] {
        architecture a = qwen2::value;
        a.name = "qwen2vl";
        a.arrange = arrange;
        a.gguf.norm_epsilon = key_use::optional;
        a.gguf.read = read;
        return a;
    }();
};

struct qwen3 {
    static constexpr void read(gguf_query &q, model &m) { read_scores(q, m); }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "qwen3";
        a.head_norms = query_key_norm::each_head;
        a.ranks_by_probability = true;
        a.gguf.rotates_whole_head = true;
        a.gguf.read = read;
        return a;
    }();
};

struct qwen3vl {
    static constexpr void arrange(model &m) {
        m.multi_axis_rope = true;
        membound::detail::set_deepstack(m);
    }
    static constexpr void read(gguf_query &q, model &m) {
        q.ask("rope.dimension_sections", key_use::required);
        m.deepstack_layers = q.integer("n_deepstack_layers", key_use::optional);
        read_scores(q, m);
    }
    static constexpr architecture value = [] {
        architecture a = qwen3::value;
        a.name = "qwen3vl";
        a.arrange = arrange;
        a.gguf.read = read;
        return a;
    }();
};

struct qwen3moe {
    static constexpr void arrange(model &m) {
        m.norm_topk_prob = true;
        membound::detail::set_expert_size(m);
    }
    static constexpr architecture value = [] {
        architecture a = qwen3::value;
        a.name = "qwen3moe";
        a.ranks_by_probability = false;
        a.gguf.read = nullptr;
        a.arrange = arrange;
        a.gguf.experts = key_use::required;
        a.gguf.expert_size = key_use::optional;
        return a;
    }();
};

struct qwen3vlmoe {
    static constexpr void arrange(model &m) {
        qwen3vl::arrange(m);
        qwen3moe::arrange(m);
    }
    static constexpr architecture value = [] {
        architecture a = qwen3moe::value;
        a.name = "qwen3vlmoe";
        a.arrange = arrange;
        a.gguf.read = qwen3vl::read;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

// GLM 4, 4.5 and 5.
// Source: llama.cpp v0.5.0, src/models/glm4.cpp, glm4-moe.cpp, glm-dsa.cpp.
#ifndef MEMBOUND_ARCHITECTURES_GLM_HPP
#define MEMBOUND_ARCHITECTURES_GLM_HPP

#include <membound/architectures/deepseek.hpp>
#include <membound/gguf_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct chatglm {
    static constexpr architecture value = [] {
        architecture a;
        a.name = "chatglm";
        a.ffn = feed_forward_form::fused_gated;
        a.gguf.heads_span_hidden = true;
        return a;
    }();
};

struct glm4 {
    static constexpr architecture value = [] {
        architecture a;
        a.name = "glm4";
        a.further = further_loading::never;
        a.gguf.read = read_rope_sections;
        a.ffn = feed_forward_form::fused_gated;
        a.post_norms = true;
        return a;
    }();
};

struct glm4moe {
    static constexpr void arrange(model &m) {
        m.router_bias = true;
        membound::detail::set_expert_size(m);
        membound::detail::set_shared_expert_size(m);
    }
    static constexpr void read(gguf_query &q, model &m) {
        read_routing(q, m, key_use::required, router_kind::sigmoid);
        read_rope_sections(q, m);
        if (q.has(tensor_name::attn_q_norm)) m.head_norms = query_key_norm::each_head;
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "glm4moe";
        a.further = further_loading::on_request;
        a.ffn_norm = tensor_name::post_attention_norm;
        a.files_hold_unloaded_layers = true;
        a.arrange = arrange;
        a.gguf.experts = key_use::required;
        a.gguf.expert_size = key_use::optional;
        a.gguf.read = read;
        return a;
    }();
};

// GLM 5. Where it does not say it, only models for long contexts have layers that share an indexer: GLM 5.2.
struct glm_dsa {
    static constexpr void read(gguf_query &q, model &m) {
        deepseek32::read_sizes(q, m);
        constexpr std::int64_t shortest_of_5_2 = 1048576; // context_length
        for (int i = 0; i < m.layer_count() + m.num_nextn_predict_layers; ++i) {
            const bool own = m.max_position_embeddings < shortest_of_5_2 || (i < 78 && (i < 2 || i % 4 == 2));
            m.layers[i].choice = own ? token_choice::by_indexer : token_choice::as_before;
        }
        read_indexer_types(q, m, key_use::optional);
        for (int i = 0; i < m.layer_count() + m.num_nextn_predict_layers; ++i) {
            const bool there = q.has(tensor_name::indexer_attn_k, tensor_part::weight, i);
            const bool bias = q.has(tensor_name::indexer_k_norm, tensor_part::bias, i);
            const bool own = m.layers[i].choice == token_choice::by_indexer;
            if (!own && there) m.layers[i].choice = token_choice::as_before_with_unused_indexer;
            if (i < m.layer_count() && ((own && !there) || there != bias))
                q.fail_at(errc::missing, "indexer", there ? "has no bias of its norm" : "is missing",
                          "a layer chooses tokens by it");
        }
        if (m.layers[0].choice != token_choice::by_indexer)
            q.fail(errc::bad_value, "attention.indexer.types", "shares an indexer in the first layer", "no layer before has one");
    }
    static constexpr architecture value = [] {
        architecture a = deepseek32::value;
        a.name = "glm-dsa";
        a.gguf.read = read;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

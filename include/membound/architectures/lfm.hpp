// LFM2, dense and with experts.
// Source: llama.cpp v0.5.0, src/models/lfm2.cpp, lfm2moe.cpp.
#ifndef MEMBOUND_ARCHITECTURES_LFM_HPP
#define MEMBOUND_ARCHITECTURES_LFM_HPP

#include <membound/gguf_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct lfm2 {
    static constexpr void arrange(model &m) { m.ssm_inner_size = m.hidden_size; }
    static constexpr void read_convolutions(gguf_query &q, model &m) {
        m.ssm_conv_kernel = q.integer("shortconv.l_cache", key_use::required, 0, 2);
        read_state_layers(q, m, state_kind::short_convolution);
        const gguf_value causal = q.keys.find("attention.causal");
        if (causal.type == gguf_value::kind::boolean && causal.integer == 0)
            q.fail(errc::unsupported, "attention.causal", "is false", "the convolutions look back only");
        if (q.has(tensor_name::dense_2)) {
            m.embedding_size = q.integer("embedding_length_out", key_use::optional);
            m.pooled_dense_size = m.embedding_size > 0 ? m.embedding_size : m.hidden_size;
            m.pooled_dense_bias = q.has(tensor_name::dense_2, tensor_part::bias);
        }
    }
    static constexpr void read(gguf_query &q, model &m) {
        read_convolutions(q, m);
        m.sliding_window = q.integer("attention.sliding_window", key_use::optional);
        if (m.sliding_window == 0) return;
        for (int i = 0; i < m.layer_count(); ++i)
            if (m.layers[i].kind == layer_kind::full_attention) m.layers[i].kind = layer_kind::sliding_attention;
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "lfm2";
        a.head_norms = query_key_norm::each_head;
        a.residual = residual_first::always;
        a.head = head_use::logits_or_embeddings;
        a.final_norm = tensor_name::token_embd_norm;
        a.arrange = arrange;
        a.gguf.heads_span_hidden = true;
        a.gguf.heads_by_layer = a.gguf.parts_left_out = true;
        a.gguf.read = read;
        return a;
    }();
};

struct lfm2moe {
    static constexpr void arrange(model &m) {
        lfm2::arrange(m);
        m.norm_topk_prob = m.router_bias = true;
    }
    static constexpr void read(gguf_query &q, model &m) {
        lfm2::read_convolutions(q, m);
        q.ask("expert_gating_func", key_use::required);
        read_routing(q, m, key_use::none, router_kind::softmax);
        m.scaled_expert_weights = false;
        m.num_shared_experts = 0;
    }
    static constexpr architecture value = [] {
        architecture a = lfm2::value;
        a.name = "lfm2moe";
        a.arrange = arrange;
        a.gguf.experts = key_use::required;
        a.gguf.expert_size = key_use::required;
        a.gguf.read = read;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

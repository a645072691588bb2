// Hunyuan, dense and with experts, HY V3 and V4 (Tencent).
// Source: llama.cpp v0.5.0, src/models/hunyuan-dense.cpp, hunyuan-vl.cpp, hunyuan-moe.cpp, hy-v3.cpp, hy-v4.cpp.
#ifndef MEMBOUND_ARCHITECTURES_HY_HPP
#define MEMBOUND_ARCHITECTURES_HY_HPP

#include <membound/gguf_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct hunyuan_dense {
    static constexpr architecture value = [] {
        architecture a;
        a.name = "hunyuan-dense";
        a.head_norms = query_key_norm::each_rotated_head;
        a.gguf.rotates_whole_head = true;
        return a;
    }();
};

struct hunyuan_vl {
    static constexpr architecture value = [] {
        architecture a = hunyuan_dense::value;
        a.name = "hunyuan_vl";
        a.gguf.read = read_rope_sections;
        return a;
    }();
};

struct hunyuan_moe {
    static constexpr void arrange(model &m) {
        m.norm_topk_prob = true;
        m.moe_intermediate_size = m.intermediate_size;
        if (m.shared_expert_intermediate_size == 0) m.shared_expert_intermediate_size = m.intermediate_size;
    }
    static constexpr void read(gguf_query &q, model &m) {
        m.shared_expert_intermediate_size = q.integer("expert_shared_feed_forward_length", key_use::optional);
        m.moe_intermediate_size = m.intermediate_size; // expert_feed_forward_length is read and not used
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "hunyuan-moe";
        a.head_norms = query_key_norm::each_rotated_head;
        a.arrange = arrange;
        a.gguf.experts = key_use::required;
        a.gguf.expert_size = key_use::required;
        a.gguf.rotates_whole_head = true;
        a.gguf.read = read;
        return a;
    }();
};

struct hy_v3 {
    static constexpr void arrange(model &m) {
        membound::detail::set_expert_size(m);
        if (m.shared_expert_intermediate_size == 0) m.shared_expert_intermediate_size = m.moe_intermediate_size;
    }
    static constexpr void read(gguf_query &q, model &m) {
        read_routing(q, m, key_use::none, router_kind::sigmoid);
        read_feed_forward_kinds(q, m);
        m.router_bias = q.has(tensor_name::exp_probs_b, tensor_part::bare);
        m.shared_expert_intermediate_size = q.integer("expert_shared_feed_forward_length", key_use::optional);
        if (q.has(tensor_name::ffn_gate_inp) && !q.has(tensor_name::ffn_up_shexp))
            q.fail_at(errc::unsupported, "ffn_up_shexp", "is missing", "experts without a shared one are not supported");
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "hy_v3";
        a.further = further_loading::feed_forward_always;
        a.files_hold_unloaded_layers = true;
        a.head_norms = query_key_norm::each_head;
        a.outputs = output_rows::behind_last_norm;
        a.router_bias = tensor_part::bare;
        a.arrange = arrange;
        a.gguf.fused_experts = true;
        a.gguf.experts = key_use::optional;
        a.gguf.expert_size = key_use::required;
        a.gguf.rotates_whole_head = true;
        a.gguf.read = read;
        return a;
    }();
};

// With gated latent attention and hyper-connections.
struct hy_v4 {
    static constexpr void arrange(model &m) {
        membound::detail::set_shared_expert_size(m);
        for (int i = 0; i < m.layer_count(); ++i) m.layers[i].kind = layer_kind::latent_attention;
    }
    static constexpr void read(gguf_query &q, model &m) {
        const std::int64_t key = m.head_dim;
        q.ask("expert_gating_func", key_use::required); // optional when the file is loaded, but the graph asks for it
        q.real("hyper_connection.epsilon", key_use::required);
        q.real("hyper_connection.magnitude", key_use::required);
        m.hyper_connections = q.integer("hyper_connection.count", key_use::required, 0, 1);
        m.q_lora_rank = q.integer("attention.q_lora_rank", key_use::required, 0, 1);
        q.integer("attention.key_length_mla", key_use::required, 0, 1);
        read_latent_heads(q, m);
        check_latent_row(q, m, "attention.key_length", key, m.kv_lora_rank);
        read_routing(q, m, key_use::required, router_kind::sigmoid);
        if (m.first_k_dense_replace < m.num_hidden_layers) q.insist_on_experts(m);
        if (q.integer("attention.indexer.top_k", key_use::optional) == 0) return; // every layer attends to all tokens
        read_indexer(q, m);
        if (m.indexer_head_dim == m.rotary_dim)
            q.fail(errc::bad_value, "attention.indexer.key_length", "is not larger than what is rotated",
                   "llama.cpp refuses the model");
        read_indexer_types(q, m, key_use::required);
        if (m.layers[0].choice != token_choice::by_indexer)
            q.fail(errc::bad_value, "attention.indexer.types", "shares an indexer in the first layer", "no layer before has one");
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "hy_v4";
        a.flat_latent_query = true;
        a.attention_sinks = true;
        a.gate = attention_gate::each_number;
        a.outputs = output_rows::all;
        a.arrange = arrange;
        a.gguf.experts = key_use::optional;
        a.gguf.expert_size = key_use::required;
        a.gguf.own_output = true;
        a.gguf.read = read;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

// Hunyuan, dense and with experts, HY V3 and V4 (Tencent).
// Source: llama.cpp v0.5.0, src/models/hunyuan-dense.cpp, hunyuan-vl.cpp, hunyuan-moe.cpp, hy-v3.cpp, hy-v4.cpp.
#ifndef MEMBOUND_ARCHITECTURES_HY_HPP
#define MEMBOUND_ARCHITECTURES_HY_HPP

#include <membound/architectures/deepseek.hpp>

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
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 290943}, {"max_position_embeddings", 2048}, {"hidden_size", 4096}, {"num_hidden_layers", 32},
        {"intermediate_size", 11008}, {"num_attention_heads", 32}};
    static constexpr config_type types[] = {{"hunyuan_v1_dense", defaults}, {"hunyuan"}};
    static constexpr void describe(config_query &q) { q.put("expert_count", 0); }
    static constexpr config_reader config{value, types, describe};
};

struct hunyuan_vl {
    static constexpr architecture value = [] {
        architecture a = hunyuan_dense::value;
        a.name = "hunyuan_vl";
        a.gguf.read = read_rope_sections;
        return a;
    }();
    // config.json.
    static constexpr config_type types[] = {{"hunyuan_vl"}, {"HunYuanVLForConditionalGeneration"}};
    static constexpr config_reader config{value, types, hunyuan_dense::describe};
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
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 290943}, {"max_position_embeddings", 2048}, {"hidden_size", 4096}, {"num_hidden_layers", 32},
        {"intermediate_size", 11008}, {"num_attention_heads", 32}, {"num_experts", 1}, {"moe_topk", 1}};
    static constexpr config_type types[] = {{"hunyuan_v1_moe", defaults}};
    // One number, or a list with the same for each layer.
    static constexpr std::int64_t of_first_layer(config_query &q, const char *key, std::int64_t otherwise) {
        const json_value v = q.at(key);
        if (kind_of(v) != json_value::kind::array) return q.integer(key, otherwise);
        std::int64_t first = -1;
        for_each_element(v, [&](json_value e) {
            const std::int64_t n = q.integer_in(e, key, 0);
            if (first >= 0 && n != first)
                q.fail(errc::unsupported, key, "differs from layer to layer", "one number for all layers is supported");
            first = n;
        });
        return membound::detail::max<std::int64_t>(first, 0);
    }
    static constexpr void describe(config_query &q) {
        constexpr const char *size = "intermediate_size";
        q.copy("expert_shared_feed_forward_length", size);
        q.put("expert_feed_forward_length", of_first_layer(q, "moe_intermediate_size", q.integer(size)),
              "moe_intermediate_size");
        q.put("expert_used_count", of_first_layer(q, "moe_topk", 1), "moe_topk");
        if (q.number_of("expert_feed_forward_length") != q.integer(size))
            q.fail(errc::unsupported, "moe_intermediate_size", "is not intermediate_size",
                   "llama.cpp has one size for both");
    }
    static constexpr config_reader config{value, types, describe};
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
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 120832}, {"max_position_embeddings", 131072}, {"hidden_size", 4096}, {"num_hidden_layers", 80},
        {"intermediate_size", 13312}, {"num_attention_heads", 64}, {"num_key_value_heads", 8}, {"head_dim", 128},
        {"num_experts", 192}, {"num_experts_per_tok", 8}, {"moe_intermediate_size", 1536}, {"num_shared_experts", 1},
        {"router_scaling_factor", 2.826},
        {"first_k_dense_replace", 1}};
    static constexpr config_type types[] = {{"hy_v3", defaults}};
    static constexpr void describe(config_query &q) {
        describe_further_layers(q, "num_nextn_predict_layers");
        describe_leading_dense_layers(q);
        const std::int64_t dense = q.number_of("leading_dense_block_count");
        q.copy("expert_feed_forward_length", "moe_intermediate_size");
        q.put("expert_shared_feed_forward_length",
              membound::detail::multiply(q.integer("num_shared_experts"), q.integer("moe_intermediate_size")),
              "num_shared_experts");
        q.put("expert_weights_norm", q.boolean("route_norm", true), "route_norm");
        q.copy_real("expert_weights_scale", "router_scaling_factor");
        q.put("expert_gating_func", 2);
        q.tensor_in(tensor_name::ffn_up, tensor_part::weight, [&](int i) { return i < dense; });
        q.tensor_in(tensor_name::ffn_gate_inp, tensor_part::weight, [&](int i) { return i >= dense; });
        q.tensor(tensor_name::ffn_up_shexp);
        q.tensor(tensor_name::exp_probs_b, tensor_part::bare);
    }
    static constexpr config_reader config{value, types, describe};
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
    // config.json.
    static constexpr config_type types[] = {{"hy_v4"}, {"HYV4ForCausalLM"}};
    static constexpr void describe(config_query &q) {
        deepseek2::describe_heads(q);
        deepseek2::describe_experts(q);
        if (q.integer("n_group") == 1 && q.integer("topk_group") == 1) q.put("expert_group_count", 0);
        q.put("expert_gating_func", 2);
        q.copy("hyper_connection.count", "hc_mult");
        q.copy_real("hyper_connection.epsilon", "hc_eps");
        q.copy_real("hyper_connection.magnitude", "hc_magnitude");
        bool sparse = q.put_layers("attention.indexer.types", "indexer_types", "full");
        if (!sparse)
            for_each_element(q.at("layer_types"), [&](json_value v) {
                sparse = sparse || is_text(v, "sparse_attention") || is_text(v, "deepseek_sparse_attention");
            });
        if (!sparse) return;
        if (!q.has("indexer_types"))
            q.put_each("attention.indexer.types", "layer_types", [](json_value v) -> std::int64_t {
                return is_text(v, "sparse_attention") || is_text(v, "deepseek_sparse_attention") ? 1 : 0;
            });
        q.copy("attention.indexer.head_count", "index_n_heads");
        q.copy("attention.indexer.key_length", "index_head_dim");
        q.copy("attention.indexer.top_k", "index_topk");
    }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

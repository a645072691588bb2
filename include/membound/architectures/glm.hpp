// GLM 4, 4.5 and 5.
// Source: llama.cpp v0.5.0, src/models/glm4.cpp, glm4-moe.cpp, glm-dsa.cpp.
#ifndef MEMBOUND_ARCHITECTURES_GLM_HPP
#define MEMBOUND_ARCHITECTURES_GLM_HPP

#include <membound/architectures/deepseek.hpp>
#include <membound/config_query.hpp>
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
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 151552}, {"max_position_embeddings", 131072}, {"hidden_size", 4096}, {"num_hidden_layers", 40},
        {"intermediate_size", 13696}, {"num_attention_heads", 32}, {"num_key_value_heads", 2}, {"head_dim", 128},
        {"attention_bias", true}};
    static constexpr config_type types[] = {{"glm", defaults}, {"chatglm"}};
    static constexpr void describe(config_query &q) {
        q.fused_qkv = q.is("model_type", "chatglm");
        q.attention_output_bias = false;
        if (q.fused_qkv) {
            q.copy("feed_forward_length", "ffn_hidden_size");
            if (q.boolean("multi_query_attention")) q.copy("attention.head_count_kv", "multi_query_group_num");
            q.qkv_bias = q.boolean("add_qkv_bias");
        }
        q.put("rope.dimension_count", q.rotated_part_of(q.head_dim(), 0.5), "partial_rotary_factor");
    }
    static constexpr config_reader config{value, types, describe};
};

struct glm4 {
    static constexpr architecture value = [] {
        architecture a;
        a.name = "glm4";
        a.further = further_loading::never;
        a.files_hold_unloaded_layers = true;
        a.gguf.read = read_rope_sections;
        a.ffn = feed_forward_form::fused_gated;
        a.post_norms = true;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 151552}, {"max_position_embeddings", 131072}, {"hidden_size", 4096}, {"num_hidden_layers", 40},
        {"intermediate_size", 13696}, {"num_attention_heads", 32}, {"num_key_value_heads", 2}, {"head_dim", 128},
        {"attention_bias", true}};
    static constexpr config_default vision_defaults[] = {
        {"vocab_size", 151552}, {"max_position_embeddings", 32768}, {"hidden_size", 4096}, {"num_hidden_layers", 40},
        {"intermediate_size", 13696}, {"num_attention_heads", 32}, {"num_key_value_heads", 2}};
    static constexpr config_default ocr_defaults[] = {
        {"vocab_size", 59392}, {"max_position_embeddings", 131072}, {"hidden_size", 1024}, {"num_hidden_layers", 16},
        {"intermediate_size", 4096}, {"num_attention_heads", 16}, {"num_key_value_heads", 8}};
    static constexpr config_type types[] = {
        {"glm4", defaults}, {"glm4v"}, {"glm4v_text", vision_defaults}, {"glm_ocr"}, {"glm_ocr_text", ocr_defaults}};
    static constexpr void describe(config_query &q) {
        if (q.is("model_type", "glm_ocr_text")) describe_further_layers(q, "num_nextn_predict_layers");
        q.attention_output_bias = false;
        if (q.is("model_type", "glm4v_text")) q.qkv_bias = true;
        if (q.is("model_type", "glm_ocr_text")) q.qkv_bias = false;
        q.put("rope.dimension_count", q.rotated_part_of(q.head_dim(), 0.5), "partial_rotary_factor");
    }
    static constexpr config_reader config{value, types, describe};
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
        a.activates_for_no_shared_expert = true;
        a.arrange = arrange;
        a.gguf.experts = key_use::required;
        a.gguf.expert_size = key_use::optional;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 151552}, {"max_position_embeddings", 131072}, {"hidden_size", 4096}, {"num_hidden_layers", 46},
        {"intermediate_size", 10944}, {"num_attention_heads", 96}, {"num_key_value_heads", 8}, {"n_routed_experts", 128},
        {"num_experts_per_tok", 8}, {"moe_intermediate_size", 1408}, {"n_shared_experts", 1},
        {"first_k_dense_replace", 1}, {"norm_topk_prob", true}, {"n_group", 1}, {"topk_group", 1},
        {"routed_scaling_factor", 1.0}};
    static constexpr config_default vision_defaults[] = {
        {"vocab_size", 151424}, {"max_position_embeddings", 65536}, {"hidden_size", 4096}, {"num_hidden_layers", 46},
        {"intermediate_size", 10944}, {"num_attention_heads", 96}, {"num_key_value_heads", 8}, {"attention_bias", true},
        {"n_routed_experts", 128}, {"num_experts_per_tok", 8}, {"moe_intermediate_size", 1408}, {"n_shared_experts", 1},
        {"first_k_dense_replace", 1}, {"norm_topk_prob", true}, {"n_group", 1}, {"topk_group", 1},
        {"routed_scaling_factor", 1.0}};
    static constexpr config_default solar_defaults[] = {
        {"vocab_size", 196608}, {"max_position_embeddings", 131072}, {"hidden_size", 4096}, {"num_hidden_layers", 48},
        {"num_attention_heads", 64}, {"num_key_value_heads", 8}, {"head_dim", 128}, {"n_routed_experts", 128},
        {"num_experts_per_tok", 8}, {"moe_intermediate_size", 1280}, {"n_shared_experts", 1}, {"norm_topk_prob", true},
        {"n_group", 1}, {"topk_group", 1}, {"routed_scaling_factor", 1.0}};
    static constexpr config_type types[] = {
        {"glm4_moe", defaults}, {"glm4v_moe"}, {"glm4v_moe_text", vision_defaults}, {"solar_open", solar_defaults}};
    static constexpr void describe(config_query &q) {
        if (q.is("model_type", "glm4_moe")) describe_complete_further_layers(q);
        describe_routing(q);
        q.put("expert_gating_func", 2);
        q.copy("expert_feed_forward_length", "moe_intermediate_size");
        q.attention_output_bias = false;
        if (q.boolean("use_qk_norm")) q.tensor(tensor_name::attn_q_norm);
        q.tensor(tensor_name::exp_probs_b, tensor_part::bias);
        q.put("rope.dimension_count", q.rotated_part_of(q.head_dim(), 0.5), "partial_rotary_factor");
    }
    static constexpr config_reader config{value, types, describe};
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
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 154880}, {"max_position_embeddings", 202752}, {"hidden_size", 6144}, {"num_hidden_layers", 78},
        {"intermediate_size", 12288}, {"num_attention_heads", 64}, {"num_key_value_heads", 64}, {"head_dim", 64},
        {"n_routed_experts", 256}, {"num_experts_per_tok", 8}, {"moe_intermediate_size", 2048}, {"n_shared_experts", 1},
        {"first_k_dense_replace", 3}, {"norm_topk_prob", true}, {"kv_lora_rank", 512}, {"q_lora_rank", 2048},
        {"qk_rope_head_dim", 64}, {"qk_nope_head_dim", 192}, {"v_head_dim", 256}, {"n_group", 1}, {"topk_group", 1},
        {"routed_scaling_factor", 2.5}, {"index_n_heads", 32}, {"index_head_dim", 128}, {"index_topk", 2048}};
    static constexpr config_type types[] = {{"glm_moe_dsa", defaults}};
    static constexpr void describe(config_query &q) {
        deepseek32::describe_indexer(q);
        // Which layers run an indexer: a list, letters, or every so many (index_topk_freq).
        bool own[max_layers] = {};
        const std::int64_t every = membound::detail::max<std::int64_t>(q.integer("index_topk_freq", 1), 1);
        const std::int64_t offset = q.integer("index_skip_topk_offset", 2);
        for (std::int64_t i = 0; i < max_layers; ++i)
            own[i] = membound::detail::max<std::int64_t>(i - offset + 1, 0) % every == 0;
        std::int64_t i = 0;
        for (const char *key : {"indexer_types", "index_topk_pattern"})
            for_each_element(q.at(key), [&](json_value v) {
                if (i < max_layers) own[i] = is_text(v, "full");
                ++i;
            });
        if (kind_of(q.at("index_topk_pattern")) == json_value::kind::text && i == 0)
            for (const char *p = q.at("index_topk_pattern").at + 1; *p != '"' && i < max_layers; ++p)
                own[i++] = *p == 'F';
        const std::int64_t end = membound::detail::min<std::int64_t>(q.layers + q.further_layers, max_layers);
        for (i = q.layers; i < end; ++i) own[i] = true;
        q.put_list("attention.indexer.types", "indexer_types", q.layers,
                   [&](std::int64_t l) -> std::int64_t { return own[l]; });
        q.tensor_in(tensor_name::indexer_attn_k, tensor_part::weight, [&](int l) { return own[l]; });
        q.tensor_in(tensor_name::indexer_k_norm, tensor_part::bias, [&](int l) { return own[l]; });
    }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

// ERNIE 4.5, dense and with experts, and PaddleOCR.
// Source: llama.cpp v0.5.0, src/models/ernie4-5.cpp, ernie4-5-moe.cpp, paddleocr.cpp.
#ifndef MEMBOUND_ARCHITECTURES_ERNIE_HPP
#define MEMBOUND_ARCHITECTURES_ERNIE_HPP

#include <membound/config_query.hpp>
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
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 103424}, {"max_position_embeddings", 131072}, {"hidden_size", 1024}, {"num_hidden_layers", 18},
        {"intermediate_size", 3072}, {"num_attention_heads", 16}, {"num_key_value_heads", 2}, {"head_dim", 128},
        {"tie_word_embeddings", true}};
    static constexpr config_type types[] = {{"ernie4_5", defaults}};
    static constexpr void describe(config_query &q) {
        q.qkv_bias = q.attention_output_bias = q.mlp_bias = q.boolean("use_bias");
    }
    static constexpr config_reader config{value, types, describe};
};

struct paddleocr {
    static constexpr void arrange(model &m) { m.multi_axis_rope = true; }
    static constexpr architecture value = [] {
        architecture a = ernie4_5::value;
        a.name = "paddleocr";
        a.arrange = arrange;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 103424}, {"max_position_embeddings", 131072}, {"hidden_size", 1024}, {"num_hidden_layers", 18},
        {"intermediate_size", 3072}, {"num_attention_heads", 16}, {"num_key_value_heads", 2}, {"head_dim", 128},
        {"tie_word_embeddings", true}};
    static constexpr config_type types[] = {{"paddleocr_vl", defaults}, {"paddleocr_vl_text", defaults}};
    static constexpr config_reader config{value, types, ernie4_5::describe};
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
        a.gguf.experts_may_lack_gates = true;
        a.gguf.expert_size = key_use::required;
        a.gguf.rotates_whole_head = true;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 103424}, {"max_position_embeddings", 131072}, {"hidden_size", 2560}, {"num_hidden_layers", 28},
        {"intermediate_size", 12288}, {"num_attention_heads", 20}, {"num_key_value_heads", 4},
        {"tie_word_embeddings", true}, {"moe_intermediate_size", 1536}, {"moe_k", 6}, {"moe_num_experts", 64},
        {"moe_num_shared_experts", 2}, {"moe_layer_start_index", 1}, {"moe_layer_interval", 1}};
    static constexpr config_type types[] = {{"ernie4_5_moe", defaults}};
    static constexpr void describe(config_query &q) {
        ernie4_5::describe(q);
        q.copy("expert_count", "moe_num_experts");
        q.copy("expert_used_count", "moe_k");
        q.copy("interleave_moe_layer_step", "moe_layer_interval");
        q.copy("leading_dense_block_count", "moe_layer_start_index");
        q.copy("expert_feed_forward_length", "moe_intermediate_size");
        q.put("expert_shared_feed_forward_length",
              detail::multiply(q.integer("moe_num_shared_experts"), q.integer("moe_intermediate_size")),
              "moe_num_shared_experts");
        q.tensor(tensor_name::exp_probs_b, tensor_part::bias);
    }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

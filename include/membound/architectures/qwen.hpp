// Qwen 2 and 3, dense and with experts, and what reads images with them.
// Source: llama.cpp v0.5.0, src/models/qwen2.cpp, qwen2moe.cpp, qwen2vl.cpp, qwen3.cpp, qwen3moe.cpp, qwen3vl.cpp,
// qwen3vlmoe.cpp.
#ifndef MEMBOUND_ARCHITECTURES_QWEN_HPP
#define MEMBOUND_ARCHITECTURES_QWEN_HPP

#include <membound/config_query.hpp>
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
    // config.json.
    static constexpr config_type types[] = {{"qwen"}, {"QWenLMHeadModel"}};
    static constexpr void describe(config_query &q) {
        q.fused_qkv = true;
        q.qkv_bias = true;
    }
    static constexpr config_reader config{value, types, describe};
};

struct qwen2 {
    static constexpr architecture value = [] {
        architecture a;
        a.name = "qwen2";
        a.gguf.rotates_whole_head = true;
        a.gguf.heads_span_hidden = true;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 151936}, {"max_position_embeddings", 32768}, {"hidden_size", 4096}, {"num_hidden_layers", 32},
        {"intermediate_size", 22016}, {"num_attention_heads", 32}, {"num_key_value_heads", 32}, {"sliding_window", 4096},
        {"max_window_layers", 28}};
    static constexpr config_type types[] = {{"qwen2", defaults}, {"mimo"}};
    static constexpr void describe(config_query &q) { q.qkv_bias = true; }
    static constexpr config_reader config{value, types, describe};
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
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 151936}, {"max_position_embeddings", 32768}, {"hidden_size", 2048}, {"num_hidden_layers", 24},
        {"intermediate_size", 5632}, {"num_attention_heads", 16}, {"num_key_value_heads", 16}, {"sliding_window", 4096},
        {"max_window_layers", 28}, {"qkv_bias", true}, {"num_experts", 60}, {"num_experts_per_tok", 4},
        {"moe_intermediate_size", 1408}, {"shared_expert_intermediate_size", 5632}, {"decoder_sparse_step", 1}};
    static constexpr config_type types[] = {{"qwen2_moe", defaults}};
    // Layers without experts among those that have them.
    static constexpr void refuse_dense_layers(config_query &q) {
        if (q.integer("decoder_sparse_step", 1) != 1)
            q.fail(errc::unsupported, "decoder_sparse_step", "is not 1", "llama.cpp has experts in every layer");
        if (for_each_element(q.at("mlp_only_layers"), [](json_value) {}) > 0)
            q.fail(errc::unsupported, "mlp_only_layers", "is not empty", "llama.cpp has experts in every layer");
    }
    static constexpr void describe(config_query &q) {
        refuse_dense_layers(q);
        q.copy("expert_feed_forward_length", "moe_intermediate_size");
        q.copy("expert_shared_feed_forward_length", "shared_expert_intermediate_size");
        q.qkv_bias = q.boolean("qkv_bias");
    }
    static constexpr config_reader config{value, types, describe};
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
    // config.json.
    static constexpr config_default defaults_2[] = {
        {"vocab_size", 152064}, {"max_position_embeddings", 32768}, {"hidden_size", 8192}, {"num_hidden_layers", 80},
        {"intermediate_size", 29568}, {"num_attention_heads", 64}, {"num_key_value_heads", 8}, {"sliding_window", 4096},
        {"max_window_layers", 80}};
    static constexpr config_default defaults_2_5[] = {
        {"vocab_size", 152064}, {"max_position_embeddings", 32768}, {"hidden_size", 8192}, {"num_hidden_layers", 80},
        {"intermediate_size", 29568}, {"num_attention_heads", 64}, {"num_key_value_heads", 8}, {"sliding_window", 4096},
        {"max_window_layers", 80}};
    static constexpr config_type types[] = {{"qwen2_vl", defaults_2},
                                            {"qwen2_vl_text", defaults_2},
                                            {"qwen2_5_vl", defaults_2_5},
                                            {"qwen2_5_vl_text", defaults_2_5},
                                            {"qwen2_5_omni"},
                                            {"qwen2_5_omni_text", defaults_2_5}};
    static constexpr config_reader config{value, types, qwen2::describe};
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
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 151936}, {"max_position_embeddings", 32768}, {"hidden_size", 4096}, {"num_hidden_layers", 32},
        {"intermediate_size", 22016}, {"num_attention_heads", 32}, {"num_key_value_heads", 32}, {"head_dim", 128},
        {"sliding_window", 4096}, {"max_window_layers", 28}};
    static constexpr config_type types[] = {{"qwen3", defaults}};
    static constexpr config_reader config{value, types};
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
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 151936}, {"max_position_embeddings", 128000}, {"hidden_size", 4096}, {"num_hidden_layers", 32},
        {"intermediate_size", 22016}, {"num_attention_heads", 32}, {"num_key_value_heads", 32}, {"head_dim", 128}};
    static constexpr config_type types[] = {{"qwen3_vl"}, {"qwen3_vl_text", defaults}};
    static constexpr std::int64_t usual_deepstack_layers =
        3; // deepstack_visual_indexes of the vision configuration's class
    static constexpr void describe(config_query &q) {
        const json_value vision = q.whole.find("vision_config");
        const json_value indexes = member_of(vision, "deepstack_visual_indexes");
        const std::int64_t parts = for_each_element(indexes, [](json_value) {});
        constexpr std::int64_t sections[] = {24, 20, 20, 0}; // where the rotary embedding does not say
        if (q.number_of("rope.dimension_sections") == 0)
            q.put_list("rope.dimension_sections", "rope_parameters", 4, [&](std::int64_t i) { return sections[i]; });
        q.put("n_deepstack_layers", vision && !indexes ? usual_deepstack_layers : parts, "vision_config");
    }
    static constexpr config_reader config{value, types, describe};
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
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 151936}, {"max_position_embeddings", 32768}, {"hidden_size", 2048}, {"num_hidden_layers", 24},
        {"intermediate_size", 6144}, {"num_attention_heads", 32}, {"num_key_value_heads", 4}, {"sliding_window", 4096},
        {"num_experts", 128}, {"num_experts_per_tok", 8}, {"moe_intermediate_size", 768}, {"decoder_sparse_step", 1}};
    static constexpr config_type types[] = {{"qwen3_moe", defaults}};
    static constexpr void describe(config_query &q) {
        qwen2moe::refuse_dense_layers(q);
        q.copy("expert_feed_forward_length", "moe_intermediate_size");
    }
    static constexpr config_reader config{value, types, describe};
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
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 151936}, {"max_position_embeddings", 128000}, {"hidden_size", 2048}, {"num_hidden_layers", 24},
        {"intermediate_size", 5632}, {"num_attention_heads", 16}, {"num_key_value_heads", 16},
        {"tie_word_embeddings", true}, {"num_experts", 60}, {"num_experts_per_tok", 4}, {"moe_intermediate_size", 1408},
        {"decoder_sparse_step", 1}};
    static constexpr config_default omni_defaults[] = {
        {"vocab_size", 3584}, {"max_position_embeddings", 32768}, {"hidden_size", 2048}, {"num_hidden_layers", 28},
        {"intermediate_size", 18944}, {"num_attention_heads", 28}, {"num_key_value_heads", 4}, {"num_experts", 128},
        {"num_experts_per_tok", 8}, {"moe_intermediate_size", 768}, {"norm_topk_prob", true}, {"decoder_sparse_step", 1}};
    static constexpr config_type types[] = {
        {"qwen3_vl_moe"}, {"qwen3_vl_moe_text", defaults}, {"qwen3_omni_moe"}, {"qwen3_omni_moe_text", omni_defaults}};
    static constexpr void describe(config_query &q) {
        qwen3moe::describe(q);
        qwen3vl::describe(q);
    }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

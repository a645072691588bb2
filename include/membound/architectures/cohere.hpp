// Command R, Command R7B, and Cohere 2 with experts.
// Source: llama.cpp v0.5.0, src/models/command-r.cpp, cohere2.cpp, cohere2moe.cpp.
#ifndef MEMBOUND_ARCHITECTURES_COHERE_HPP
#define MEMBOUND_ARCHITECTURES_COHERE_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct command_r {
    static constexpr void arrange(model &m) {
        m.tie_word_embeddings = true;
        // Command R+ is known by its layers.
        if (m.layer_count() >= 64) m.head_norms = query_key_norm::each_head_own_weights;
    }
    static constexpr void read(gguf_query &q, model &m) {
        m.scaled_logits = q.real("logit_scale", key_use::optional) != 0;
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "command-r";
        a.norm = norm_kind::layer_without_bias;
        a.ffn_place = feed_forward_place::beside;
        a.arrange = arrange;
        a.gguf.heads_span_hidden = true;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 256000}, {"max_position_embeddings", 8192}, {"hidden_size", 8192}, {"num_hidden_layers", 40},
        {"intermediate_size", 22528}, {"num_attention_heads", 64}, {"tie_word_embeddings", true},
        {"logit_scale", 0.0625}};
    static constexpr config_type types[] = {{"cohere", defaults}};
    static constexpr void describe(config_query &q) {
        q.copy("context_length", {"model_max_length", "max_position_embeddings"});
        q.copy_real("logit_scale", "logit_scale");
        if (q.boolean("use_qk_norm") != (q.layers >= 64))
            q.fail(errc::unsupported, "use_qk_norm", "does not go with the number of layers",
                   "llama.cpp has the norms from 64 layers on");
    }
    static constexpr config_reader config{value, types, describe};
};

struct cohere2 {
    static constexpr void arrange(model &m) {
        m.tie_word_embeddings = true;
        membound::detail::set_sliding_pattern(m, 4);
        membound::detail::rotate_only_in_windows(m);
    }
    static constexpr void read(gguf_query &q, model &m) {
        m.scaled_logits = q.real("logit_scale", key_use::required) != 0;
    }
    static constexpr architecture value = [] {
        architecture a = command_r::value;
        a.name = "cohere2";
        a.arrange = arrange;
        a.gguf.window = key_use::required;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 256000}, {"max_position_embeddings", 8192}, {"hidden_size", 8192}, {"num_hidden_layers", 40},
        {"intermediate_size", 22528}, {"num_attention_heads", 64}, {"sliding_window", 4096},
        {"tie_word_embeddings", true}, {"logit_scale", 0.0625}};
    static constexpr config_type types[] = {{"cohere2", defaults}};
    static constexpr void describe(config_query &q) {
        q.copy_real("logit_scale", "logit_scale");
        describe_window(q);
        if (!q.has("layer_types")) q.copy("attention.sliding_window_pattern", "sliding_window_pattern");
        q.put("rope.dimension_count", q.rotated_part_of(q.head_dim()), "rotary_pct");
    }
    static constexpr config_reader config{value, types, describe};
};

struct cohere2moe {
    static constexpr void arrange(model &m) {
        if (m.moe_intermediate_size == 0) m.moe_intermediate_size = m.intermediate_size;
        membound::detail::set_shared_expert_size(m);
        membound::detail::set_sliding_pattern(m, 4, membound::detail::full_layer::first);
        membound::detail::rotate_only_in_windows(m);
        for (int i = 0; i < m.layer_count() && i < m.first_k_dense_replace; ++i) m.layers[i].unrotated = false;
    }
    static constexpr void read(gguf_query &q, model &m) {
        constexpr const char *epsilon = "attention.layer_norm_rms_epsilon";
        const bool rms = q.keys.find(epsilon).type != gguf_value::kind::absent;
        if (!rms) m.family = &with_layer_norms;
        q.real(rms ? epsilon : "attention.layer_norm_epsilon", key_use::required);
        m.scaled_logits = q.real("logit_scale", key_use::required) != 0;
        q.ask("leading_dense_block_count", key_use::required);
        read_routing(q, m, key_use::optional, router_kind::sigmoid);
        const std::int64_t size = q.integer("expert_shared_feed_forward_length", key_use::optional);
        m.shared_expert_intermediate_size = m.num_shared_experts > 0 ? size : 0;
        m.router_bias = false;
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "cohere2moe";
        a.further = further_loading::head_always;
        a.files_hold_unloaded_layers = true;
        a.ffn_place = feed_forward_place::beside;
        a.outputs = output_rows::behind_last_norm;
        a.halved_shared_expert = true;
        a.arrange = arrange;
        a.gguf.fused_experts = true;
        a.gguf.experts = key_use::required;
        a.gguf.expert_size = key_use::required;
        a.gguf.window = key_use::required;
        a.gguf.norm_epsilon = key_use::none; // read() asks
        a.gguf.rotates_whole_head = true;
        a.gguf.read = read;
        return a;
    }();
    static constexpr architecture with_layer_norms = [] {
        architecture a = value;
        a.norm = norm_kind::layer_without_bias;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 256000}, {"max_position_embeddings", 8192}, {"hidden_size", 8192}, {"num_hidden_layers", 40},
        {"intermediate_size", 22528}, {"num_attention_heads", 64}, {"head_dim", 128}, {"sliding_window", 4096},
        {"tie_word_embeddings", true}, {"num_experts", 8}, {"num_experts_per_tok", 2}, {"norm_topk_prob", true},
        {"logit_scale", 0.0625}, {"expert_selection_fn", "softmax"}};
    static constexpr config_type types[] = {{"cohere2_moe", defaults}};
    static constexpr void describe(config_query &q) {
        describe_further_layers(q, "num_nextn_predict_layers");
        q.copy_real("logit_scale", "logit_scale");
        describe_window(q);
        if (!q.has("layer_types")) {
            const std::int64_t dense = q.integer("first_k_dense_replace"); // with a pattern of their own
            const auto period_of = [&](const char *key, std::int64_t usual) {
                return membound::detail::max<std::int64_t>(q.integer(key, usual), 1);
            };
            const std::int64_t dense_period = period_of("prefix_dense_sliding_window_pattern", 1);
            const std::int64_t period = period_of("sliding_window_pattern", 4);
            q.put_list("attention.sliding_window_pattern", "layer_types", q.layers, [&](std::int64_t i) -> std::int64_t {
                return i < dense ? (i + 1) % dense_period != 0 : (i - dense + 1) % period != 0;
            });
        }
        describe_routing(q);
        q.copy("expert_feed_forward_length", "intermediate_size");
        q.copy("feed_forward_length", {"prefix_dense_intermediate_size", "intermediate_size"});
        q.copy("expert_shared_count", "num_shared_experts");
        q.put("expert_shared_feed_forward_length",
              membound::detail::multiply(q.integer("num_shared_experts"), q.integer("intermediate_size")),
              "num_shared_experts");
        q.put("rope.dimension_count", q.head_dim(), "head_dim");
    }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

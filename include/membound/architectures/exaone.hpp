// EXAONE 3 and 4, and K-EXAONE with experts.
// Source: llama.cpp v0.5.0, src/models/exaone.cpp, exaone4.cpp, exaone-moe.cpp.
#ifndef MEMBOUND_ARCHITECTURES_EXAONE_HPP
#define MEMBOUND_ARCHITECTURES_EXAONE_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct exaone {
    static constexpr architecture value = [] {
        architecture a;
        a.name = "exaone";
        a.gguf.rotates_whole_head = true;
        return a;
    }();
    // config.json.
    static constexpr config_type types[] = {{"exaone"}, {"ExaoneForCausalLM"}};
    static constexpr void describe(config_query &q) {
        q.put("rope.dimension_count", q.rotated_part_of(q.head_dim()), "partial_rotary_factor");
        describe_llama_3_rope(q);
    }
    static constexpr config_reader config{value, types, describe};
};

struct exaone4 {
    static constexpr std::int64_t usual_window = 4096;
    static constexpr void arrange(model &m) {
        // Only the model of 64 layers has windows.
        if (m.layer_count() == 64) {
            if (m.sliding_window == 0) m.sliding_window = usual_window;
            membound::detail::set_sliding_pattern(m, 4);
            membound::detail::rotate_only_in_windows(m);
        } else {
            m.sliding_window = 0;
            for (layer &l : m.layers) l.kind = layer_kind::full_attention;
        }
    }
    static constexpr void read(gguf_query &q, model &m) {
        constexpr const char *width = "attention.sliding_window";
        if (m.num_hidden_layers == 64 && q.integer(width, key_use::optional, usual_window) == 0)
            q.fail(errc::bad_value, width, "is 0", "a model of 64 layers has some with a sliding window");
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "exaone4";
        a.further = further_loading::never;
        a.head_norms = query_key_norm::each_head;
        a.input_norms = false;
        a.post_norms = true;
        a.files_hold_unloaded_layers = true;
        a.arrange = arrange;
        a.gguf.window_may_be_zero = true;
        a.gguf.read = read;
        a.gguf.window = key_use::optional;
        a.gguf.usual_window = usual_window;
        a.gguf.rotates_whole_head = true;
        a.gguf.heads_span_hidden = true;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 102400}, {"max_position_embeddings", 2048}, {"hidden_size", 4096}, {"num_hidden_layers", 32},
        {"intermediate_size", 16384}, {"num_attention_heads", 32}, {"num_key_value_heads", 32}, {"sliding_window", 4096},
        {"sliding_window_pattern", 4}};
    static constexpr config_type types[] = {{"exaone4", defaults}};
    // By a list, by a number, or by letters that repeat.
    static constexpr void describe_windows(config_query &q) {
        describe_window(q);
        if (q.has("layer_types")) return;
        constexpr const char *key = "sliding_window_pattern";
        const json_value pattern = q.at(key);
        if (kind_of(pattern) != json_value::kind::text) return q.copy("attention.sliding_window_pattern", key);
        std::int64_t length = 0;
        while (pattern.at[1 + length] != '"') ++length;
        if (length == 0) return q.fail(errc::bad_value, key, "is empty", "each letter is a layer");
        q.put_list("attention.sliding_window_pattern", key, q.layers,
                   [&](std::int64_t i) -> std::int64_t { return pattern.at[1 + i % length] == 'L'; });
    }
    static constexpr void describe(config_query &q) {
        if (q.integer("sliding_window") > 0) describe_windows(q);
        describe_llama_3_rope(q);
    }
    static constexpr config_reader config{value, types, describe};
};

struct exaone_moe {
    static constexpr void arrange(model &m) {
        if (m.shared_expert_intermediate_size == 0) m.shared_expert_intermediate_size = m.moe_intermediate_size;
        membound::detail::set_sliding_pattern(m, 4);
        membound::detail::rotate_only_in_windows(m);
        const std::int64_t end = m.num_hidden_layers + m.num_nextn_predict_layers;
        for (std::int64_t i = m.num_hidden_layers; i < end; ++i) m.layers[i].ffn = feed_forward_kind::dense;
    }
    static constexpr void read(gguf_query &q, model &m) {
        q.ask("expert_gating_func", key_use::required);
        read_routing(q, m, key_use::optional, router_kind::softmax);
        m.shared_expert_intermediate_size = q.integer("expert_shared_feed_forward_length", key_use::optional);
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "exaone-moe";
        a.further = further_loading::never;
        a.head_norms = query_key_norm::each_head;
        a.files_hold_unloaded_layers = true;
        a.arrange = arrange;
        a.gguf.experts = key_use::required;
        a.gguf.expert_size = key_use::required;
        a.gguf.window = key_use::required;
        a.gguf.rotates_whole_head = true;
        a.gguf.own_output = true;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 102400}, {"max_position_embeddings", 2048}, {"hidden_size", 4096}, {"num_hidden_layers", 32},
        {"intermediate_size", 16384}, {"num_attention_heads", 32}, {"num_key_value_heads", 32}, {"sliding_window", 4096},
        {"num_experts", 64}, {"num_experts_per_tok", 8}, {"moe_intermediate_size", 1024}, {"num_shared_experts", 1},
        {"first_k_dense_replace", 1}, {"norm_topk_prob", true}, {"n_group", 1}, {"topk_group", 1},
        {"routed_scaling_factor", 2.5}, {"sliding_window_pattern", 4}};
    static constexpr config_type types[] = {{"exaone_moe", defaults}};
    static constexpr void describe(config_query &q) {
        describe_further_layers(q, "num_nextn_predict_layers");
        exaone4::describe_windows(q);
        describe_routing(q);
        if (q.number_of("expert_gating_func") == 0) q.put("expert_gating_func", 2);
        q.copy("expert_shared_count", "num_shared_experts");
        q.copy("expert_feed_forward_length", "moe_intermediate_size");
        q.put("expert_shared_feed_forward_length",
              membound::detail::multiply(q.integer("num_shared_experts"), q.integer("moe_intermediate_size")),
              "num_shared_experts");
        q.tensor(tensor_name::exp_probs_b, tensor_part::bias);
    }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

// Step 3.5 (StepFun).
// Source: llama.cpp v0.5.0, src/models/step35.cpp.
#ifndef MEMBOUND_ARCHITECTURES_STEP_HPP
#define MEMBOUND_ARCHITECTURES_STEP_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct step35 {
    static constexpr void read(gguf_query &q, model &m) {
        read_routing(q, m, key_use::none, router_kind::sigmoid);
        read_feed_forward_kinds(q, m);
        m.shared_expert_intermediate_size = q.integer("expert_shared_feed_forward_length", key_use::optional);
        if (q.has(tensor_name::ffn_gate_inp) && !q.has(tensor_name::ffn_up_shexp))
            q.fail_at(errc::unsupported, "ffn_up_shexp", "is missing", "experts without a shared one are not supported");
        if (q.has(tensor_name::attn_q_norm)) m.head_norms = query_key_norm::each_head;
        if (q.has(tensor_name::attn_gate)) m.gate = attention_gate::each_head;

        const std::int64_t layers = m.num_hidden_layers + m.num_nextn_predict_layers;
        constexpr double least = 1e-6;
        q.each_real("swiglu_clamp_exp", key_use::optional, layers,
                    [&](std::int64_t i, double limit) { m.layers[i].clamped_experts = limit > least; });
        q.each_real("swiglu_clamp_shexp", key_use::optional, layers,
                    [&](std::int64_t i, double limit) { m.layers[i].clamped_feed_forward = limit > least; });

        // Layers with full attention rotate half of what those with a window do.
        bool any = false;
        for (int i = 0; i < m.layer_count(); ++i) any = any || m.layers[i].kind == layer_kind::sliding_attention;
        m.rotary_dim = any ? q.integer("rope.dimension_count_swa", key_use::optional, m.rotary_dim) : m.rotary_dim / 2;
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "step35";
        a.further = further_loading::options_always;
        a.files_hold_unloaded_layers = true;
        a.outputs = output_rows::behind_layers;
        a.late_outputs_date = 20260602; // PR 23274
        a.copied_qkv = true;
        a.gguf.experts = key_use::optional;
        a.gguf.experts_may_lack_gates = true;
        a.gguf.expert_size = key_use::required;
        a.gguf.window = key_use::required;
        a.gguf.window_listed = true;
        a.gguf.heads_by_layer = true;
        a.gguf.value_heads_differ = true;
        a.gguf.own_output = true;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 128815}, {"max_position_embeddings", 128000}, {"hidden_size", 4096}, {"num_hidden_layers", 45},
        {"intermediate_size", 11264}, {"num_attention_heads", 64}, {"num_key_value_heads", 8}, {"head_dim", 128},
        {"num_local_experts", 128}, {"n_routed_experts", 288}, {"num_experts_per_tok", 8},
        {"moe_intermediate_size", 1280}, {"share_expert_dim", 1280}, {"moe_router_scaling_factor", 1.0}};
    static constexpr config_type types[] = {
        {"step3p5", defaults}, {"step3p7"}, {"step3p5_text", defaults}, {"step3p7_text", defaults}};
    static constexpr void describe(config_query &q) {
        describe_further_layers(q, "num_nextn_predict_layers");
        bool sliding[max_layers] = {};
        std::int64_t count = 0;
        for_each_element(q.at("layer_types"), [&](json_value v) { // may go on for the further layers
            if (count < max_layers) sliding[count] = is_text(v, "sliding_attention");
            ++count;
        });
        if (count < q.layers) q.lacks("layer_types");
        const json_value other = q.at("attention_other_setting"); // of layers with a window
        const std::int64_t heads = q.integer("num_attention_heads");
        const std::int64_t kv_heads =
            q.integer(q.has("num_attention_groups") ? "num_attention_groups" : "num_key_value_heads");
        const std::int64_t window_heads =
            q.integer_in(member_of(other, "num_attention_heads"), "attention_other_setting", heads);
        const std::int64_t window_kv_heads =
            q.integer_in(member_of(other, "num_attention_groups"), "attention_other_setting", kv_heads);
        const std::int64_t all = q.layers + q.further_layers;
        q.put_list("attention.head_count", "num_attention_heads", all,
                   [&](std::int64_t i) { return sliding[i] ? window_heads : heads; });
        q.put_list("attention.head_count_kv", "num_key_value_heads", all,
                   [&](std::int64_t i) { return sliding[i] ? window_kv_heads : kv_heads; });
        q.put_list("attention.sliding_window_pattern", "layer_types", all,
                   [&](std::int64_t i) -> std::int64_t { return sliding[i]; });
        q.copy("attention.sliding_window", "sliding_window");
        q.copy("expert_count", {"moe_num_experts", "num_experts", "n_routed_experts"});
        q.copy("expert_used_count", {"moe_top_k", "num_experts_per_tok"});
        q.copy("expert_feed_forward_length", "moe_intermediate_size");
        q.copy("expert_shared_feed_forward_length", {"share_expert_dim", "share_expert_dims"});
        q.copy_real("expert_weights_scale", "moe_router_scaling_factor");
        q.copy_boolean("expert_weights_norm", "norm_expert_weight");
        // The layers with experts, by a text of numbers or by the first of them.
        std::int64_t dense = q.integer("first_k_dense_replace", 3);
        const json_value routed = q.at("moe_layers_enum");
        if (kind_of(routed) == json_value::kind::text) dense = integer_of(json_value{routed.at + 1});
        for (const char *key : {"swiglu_limits", "swiglu_limits_shared"}) {
            double limits[max_layers] = {};
            std::int64_t i = 0;
            for_each_element(q.at(key), [&](json_value v) {
                if (i < max_layers) limits[i] = q.real_in(v, key, 0);
                ++i;
            });
            if (i > 0)
                q.put_reals(same_text(key, "swiglu_limits") ? "swiglu_clamp_exp" : "swiglu_clamp_shexp", key, all,
                            [&](std::int64_t l) { return limits[l]; });
        }
        using n = tensor_name;
        q.tensor_in(n::ffn_up, tensor_part::weight, [&](int i) { return i < dense || i >= q.layers; });
        q.tensor_in(n::ffn_gate_inp, tensor_part::weight, [&](int i) { return i >= dense && i < q.layers; });
        q.tensor(n::ffn_up_shexp);
        if (q.boolean("use_qk_norm", true)) q.tensor(n::attn_q_norm);
        if (q.boolean("use_head_wise_attn_gate", true)) q.tensor(n::attn_gate);
        if (q.boolean("use_moe_router_bias", true)) q.tensor(n::exp_probs_b, tensor_part::bias);
        describe_llama_3_rope(q);
    }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

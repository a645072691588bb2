// Nemotron H: each layer is one block, a state space, attention, or a feed-forward block with or without experts.
// Source: llama.cpp v0.5.0, src/models/nemotron-h.cpp, nemotron-h-moe.cpp.
#ifndef MEMBOUND_ARCHITECTURES_NEMOTRON_H_HPP
#define MEMBOUND_ARCHITECTURES_NEMOTRON_H_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct nemotron_h {
    static constexpr void arrange(model &m) {
        m.ssm_output_norm = true;
        m.router = router_kind::sigmoid;
        m.router_bias = true;
    }
    // A layer with a size has a feed-forward block; one without has attention where it has heads for keys.
    static constexpr void read_layers(gguf_query &q, model &m) {
        read_state_layers(q, m, state_kind::mamba_2);
        const bool listed = q.keys.find("feed_forward_length").type == gguf_value::kind::array;
        m.feed_forward_kinds_given = true;
        for (int i = 0; i < m.layer_count(); ++i) {
            layer &l = m.layers[i];
            const std::int64_t size = listed ? l.intermediate_size : m.intermediate_size;
            if (size == 0) {
                l.ffn = feed_forward_kind::none;
                continue;
            }
            l.kind = layer_kind::no_attention;
            l.state = state_kind::none;
            l.ffn = m.num_experts > 0 ? feed_forward_kind::experts : feed_forward_kind::dense;
            if (m.num_experts > 0 && m.moe_intermediate_size == 0 && m.num_experts_per_tok > 0)
                m.moe_intermediate_size = size / m.num_experts_per_tok;
        }
        for (int i = m.layer_count(); i < m.layer_count() + m.num_nextn_predict_layers; ++i)
            m.layers[i].ffn = feed_forward_kind::experts;
    }
    static constexpr void read(gguf_query &q, model &m) {
        read_state_space(q, m, key_use::required);
        q.real("attention.layer_norm_epsilon", key_use::required);
        m.mlp_output_bias = q.has(tensor_name::ffn_down, tensor_part::bias);
        if (m.mlp_bias && !m.mlp_output_bias)
            q.fail_at(errc::unsupported, "ffn_down.bias", "is missing", "ffn_up has a bias");
        m.shared_expert_intermediate_size = q.integer("expert_shared_feed_forward_length", key_use::optional);
        m.norm_topk_prob = q.boolean("expert_weights_norm");
        const double scale = q.real("expert_weights_scale", key_use::optional);
        m.scaled_expert_weights = scale != 0 && scale != 1;
        read_layers(q, m);
        if (keeps_states(m)) require_convolution_bias(q);
        const std::int64_t latent = q.integer("moe_latent_size", key_use::optional);
        const bool down = q.has(tensor_name::ffn_latent_down);
        if (down != q.has(tensor_name::ffn_latent_up) || (latent > 0 && m.num_experts > 0 && !down))
            q.fail_at(errc::unsupported, "ffn_latent_down.weight, ffn_latent_up.weight", "are not both there",
                      "experts read what the first makes, and the second reads what they make");
        if (down) m.moe_latent_size = latent > 0 ? latent : m.hidden_size;
        if (m.num_experts > 0 && m.shared_expert_intermediate_size == 0)
            q.fail(errc::missing, "expert_shared_feed_forward_length", "is missing or 0", "every layer has a shared expert");
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "nemotron_h";
        a.position = position_kind::none;
        a.ffn = feed_forward_form::squared;
        a.shared_expert = feed_forward_form::squared;
        a.ffn_norm = tensor_name::post_attention_norm; // in layers that predict further tokens
        a.outputs = output_rows::behind_last_norm;
        a.late_outputs_date = 20260810; // PR 26725
        a.further = further_loading::on_request;
        a.files_hold_unloaded_layers = true;
        a.caches_further_layers = true;
        a.arrange = arrange;
        a.gguf.norm_epsilon = key_use::optional;
        a.gguf.experts = key_use::optional;
        a.gguf.expert_size = key_use::optional;
        a.gguf.heads_by_layer = true;
        a.gguf.feed_forward_by_layer = true;
        a.gguf.parts_left_out = true;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 131072}, {"max_position_embeddings", 4096}, {"hidden_size", 4096}, {"intermediate_size", 21504},
        {"num_attention_heads", 32}, {"num_key_value_heads", 8}, {"head_dim", 128}, {"n_routed_experts", 8},
        {"num_experts_per_tok", 2}, {"moe_intermediate_size", 7688}, {"n_shared_experts", 1}, {"norm_topk_prob", true},
        {"n_group", 1}, {"topk_group", 1}, {"routed_scaling_factor", 1.0}, {"ssm_state_size", 128},
        {"mamba_num_heads", 128}, {"mamba_head_dim", 64}, {"n_groups", 8}, {"conv_kernel", 4}, {"use_conv_bias", true},
        {"moe_shared_expert_intermediate_size", 7688}};
    static constexpr config_type types[] = {{"nemotron_h", defaults}};
    // What each layer is: M(amba), E(xperts), - (a dense block) or * (attention).
    static constexpr void describe(config_query &q) {
        char kinds[max_layers + 1] = {};
        std::int64_t count = 0;
        const auto add = [&](char kind) {
            if (count < max_layers) kinds[count] = kind;
            ++count;
        };
        const json_value letters = q.at("hybrid_override_pattern");
        if (kind_of(letters) == json_value::kind::text)
            for (const char *p = letters.at + 1; *p != '"'; ++p) add(*p);
        else
            for (const char *key : {"layers_block_type", "layer_types"})
                if (count == 0)
                    for_each_element(q.at(key), [&](json_value v) {
                        add(is_text(v, "mamba") || is_text(v, "linear_attention") ? 'M'
                            : is_text(v, "moe")                                   ? 'E'
                            : is_text(v, "mlp")                                   ? '-'
                                                                                  : '*');
                    });
        if (count == 0) q.lacks("hybrid_override_pattern");
        // Newer configurations do not count their layers.
        q.layers = membound::detail::min<std::int64_t>(count, max_layers);
        q.put("block_count", count, "num_hidden_layers");
        bool experts = false;
        for (std::int64_t i = 0; i < q.layers; ++i) experts = experts || kinds[i] == 'E';
        if (experts) {
            describe_further_layers(q, "num_nextn_predict_layers");
            const std::int64_t end = membound::detail::min<std::int64_t>(q.layers + q.further_layers, max_layers);
            for (std::int64_t i = q.layers; i < end; ++i) kinds[i] = '+'; // attention and experts
        }
        const std::int64_t all = q.layers + q.further_layers;
        const std::int64_t heads = q.integer("num_key_value_heads");
        const std::int64_t size = q.integer(experts ? "moe_intermediate_size" : "intermediate_size");
        q.put_list("attention.head_count_kv", "num_key_value_heads", all,
                   [&](std::int64_t i) { return kinds[i] == '*' || kinds[i] == '+' ? heads : 0; });
        q.put_list("feed_forward_length", "intermediate_size", all,
                   [&](std::int64_t i) { return kinds[i] == '-' || kinds[i] == 'E' || kinds[i] == '+' ? size : 0; });
        q.copy("attention.key_length", {"head_dim", "attention_head_dim"});
        q.copy("attention.value_length", {"head_dim", "attention_head_dim"});
        q.copy("ssm.conv_kernel", "conv_kernel");
        q.copy("ssm.state_size", "ssm_state_size");
        q.copy("ssm.group_count", "n_groups");
        q.copy("ssm.time_step_rank", "mamba_num_heads");
        q.put("ssm.inner_size", membound::detail::multiply(q.integer("mamba_num_heads"), q.integer("mamba_head_dim")),
              "mamba_head_dim");
        if (q.boolean("use_conv_bias", true)) q.tensor(tensor_name::ssm_conv1d, tensor_part::bias);
        if (q.mlp_bias) q.tensor(tensor_name::ffn_down, tensor_part::bias);
        if (!experts) {
            q.put("expert_count", 0);
            q.put("expert_used_count", 0);
            q.put("expert_group_count", 0);
            return;
        }
        q.copy("expert_feed_forward_length", "moe_intermediate_size");
        q.copy("expert_shared_feed_forward_length", "moe_shared_expert_intermediate_size");
        q.copy_boolean("expert_weights_norm", "norm_topk_prob");
        q.copy_real("expert_weights_scale", "routed_scaling_factor");
        if (q.integer("moe_latent_size") == 0) return;
        q.copy("moe_latent_size", "moe_latent_size");
        q.tensor(tensor_name::ffn_latent_down);
        q.tensor(tensor_name::ffn_latent_up);
    }
    static constexpr bool has_experts(const config_query &q) {
        bool any = false;
        const json_value letters = q.at("hybrid_override_pattern");
        if (kind_of(letters) == json_value::kind::text)
            for (const char *p = letters.at + 1; *p != '"'; ++p) any = any || *p == 'E';
        for (const char *key : {"layers_block_type", "layer_types"})
            for_each_element(q.at(key), [&](json_value v) { any = any || is_text(v, "moe"); });
        return any;
    }
    static constexpr bool accepts(const config_query &q) { return !has_experts(q); }
    static constexpr config_reader config{value, types, describe, accepts};
};

struct nemotron_h_moe {
    static constexpr architecture value = [] {
        architecture a = nemotron_h::value;
        a.name = "nemotron_h_moe";
        return a;
    }();
    // config.json.
    static constexpr config_reader config{value, nemotron_h::types, nemotron_h::describe, nemotron_h::has_experts};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

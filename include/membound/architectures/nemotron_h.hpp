// Nemotron H: each layer is one block, a state space, attention, or a feed-forward block with or without experts.
// Source: llama.cpp v0.5.0, src/models/nemotron-h.cpp, nemotron-h-moe.cpp.
#ifndef MEMBOUND_ARCHITECTURES_NEMOTRON_H_HPP
#define MEMBOUND_ARCHITECTURES_NEMOTRON_H_HPP

#include <membound/gguf_query.hpp>
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
        require_convolution_bias(q);
        m.mlp_output_bias = q.has(tensor_name::ffn_down, tensor_part::bias);
        if (m.mlp_bias && !m.mlp_output_bias)
            q.fail_at(errc::unsupported, "ffn_down.bias", "is missing", "ffn_up has a bias");
        m.shared_expert_intermediate_size = q.integer("expert_shared_feed_forward_length", key_use::optional);
        m.norm_topk_prob = q.boolean("expert_weights_norm");
        const double scale = q.real("expert_weights_scale", key_use::optional);
        m.scaled_expert_weights = scale != 0 && scale != 1;
        read_layers(q, m);
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
};

struct nemotron_h_moe {
    static constexpr architecture value = [] {
        architecture a = nemotron_h::value;
        a.name = "nemotron_h_moe";
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

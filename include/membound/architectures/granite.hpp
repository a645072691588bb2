// Granite 3, dense and with experts; Granite 4.
// Source: llama.cpp v0.5.0, src/models/granite.cpp, granite-moe.cpp, granite-hybrid.cpp.
#ifndef MEMBOUND_ARCHITECTURES_GRANITE_HPP
#define MEMBOUND_ARCHITECTURES_GRANITE_HPP

#include <membound/gguf_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

// What of an image each layer adds to what it reads: a part, or none (-1).
constexpr void read_deepstack_mapping(gguf_query &q, model &m) {
    constexpr const char *key = "deepstack_mapping";
    const gguf_value parts = q.keys.find(key);
    if (parts.type != gguf_value::kind::array) return;
    if (parts.elements == nullptr || parts.integer > max_layers) {
        q.fail(errc::bad_value, key, "is not a list of whole numbers", "it has one for each layer, up to 512");
        return;
    }
    for (std::int64_t i = 0; i < parts.integer; ++i) {
        bool first = parts.elements[i] >= 0;
        for (std::int64_t j = 0; j < i; ++j) first = first && parts.elements[j] != parts.elements[i];
        if (first) ++m.deepstack_layers;
        if (i > 0 && i < m.num_hidden_layers && parts.elements[i] >= 0) m.layers[i - 1].adds_image = true;
    }
    for (std::int64_t i = 0; i < parts.integer; ++i)
        if (parts.elements[i] > m.deepstack_layers)
            q.fail(errc::bad_value, key, "names a part that is not there", "llama.cpp refuses the model");
}

struct granite {
    static constexpr void arrange(model &m) {
        m.scaled_logits = true;
        m.norm_topk_prob = true;
        if (m.moe_intermediate_size == 0) m.moe_intermediate_size = m.intermediate_size;
    }
    static constexpr void read_multipliers(gguf_query &q, model &m) {
        q.real("logit_scale", key_use::required);
        m.scaled_residual = q.real("residual_scale", key_use::optional) != 0;
        m.scaled_embedding = q.real("embedding_scale", key_use::optional) != 0;
        m.shared_expert_intermediate_size = q.integer("expert_shared_feed_forward_length", key_use::optional);
    }
    static constexpr void read_rotation(gguf_query &q, model &m) {
        const gguf_value rotated = q.keys.find("rope.scaling.finetuned");
        if (rotated.type == gguf_value::kind::boolean && rotated.integer == 0)
            for (layer &l : m.layers) l.unrotated = true;
    }
    static constexpr void read(gguf_query &q, model &m) {
        read_multipliers(q, m);
        read_rotation(q, m);
        read_deepstack_mapping(q, m);
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "granite";
        a.arrange = arrange;
        a.gguf.experts = key_use::optional;
        a.gguf.rotates_whole_head = true;
        a.gguf.read = read;
        return a;
    }();
};

struct granite_swa {
    static constexpr void read(gguf_query &q, model &m) {
        granite::read_multipliers(q, m);
        read_deepstack_mapping(q, m);
        const gguf_value rotated = q.keys.find("attention.rope_pattern");
        if (rotated.type == gguf_value::kind::array) {
            if (rotated.elements == nullptr || rotated.integer > max_layers)
                q.fail(errc::bad_value, "attention.rope_pattern", "is not a list of yes and no",
                       "it has one for each layer, up to 512");
            else
                for (int i = 0; i < m.layer_count() && i < rotated.integer; ++i)
                    m.layers[i].unrotated = rotated.elements[i] == 0;
        }
    }
    static constexpr architecture value = [] {
        architecture a = granite::value;
        a.name = "granite_swa";
        a.attention_sinks = true;
        a.shared_expert = feed_forward_form::fused_gated;
        a.gguf.fused_experts = true;
        a.gguf.window = key_use::required;
        a.gguf.window_listed = true;
        a.gguf.read = read;
        return a;
    }();
};

struct granitemoe {
    static constexpr architecture value = [] {
        architecture a = granite::value;
        a.name = "granitemoe";
        a.gguf.read = granite::read_multipliers;
        return a;
    }();
};

// Granite 4: state spaces, and attention in some layers.
struct granitehybrid {
    static constexpr void arrange(model &m) {
        m.ssm_output_norm = true;
        m.norm_topk_prob = true;
        if (m.moe_intermediate_size == 0) m.moe_intermediate_size = m.intermediate_size;
    }
    static constexpr void read(gguf_query &q, model &m) {
        granite::read_rotation(q, m);
        m.scaled_logits = q.real("logit_scale", key_use::optional) != 0;
        m.scaled_residual = q.real("residual_scale", key_use::optional) != 0;
        m.scaled_embedding = q.real("embedding_scale", key_use::optional) != 0;
        m.shared_expert_intermediate_size = q.integer("expert_shared_feed_forward_length", key_use::optional);
        m.ungated_experts = m.num_experts > 0 && !q.has(tensor_name::ffn_gate_exps);
        read_state_space(q, m, key_use::required);
        read_state_layers(q, m, state_kind::mamba_2);
        require_convolution_bias(q);
        if (m.ssm_inner_size != membound::detail::multiply(2, m.hidden_size))
            q.fail(errc::unsupported, "ssm.inner_size", "is not twice embedding_length", "llama.cpp refuses the model");
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "granitehybrid";
        a.arrange = arrange;
        a.gguf.experts = key_use::optional;
        a.gguf.heads_by_layer = true;
        a.gguf.parts_left_out = true;
        a.gguf.read = read;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

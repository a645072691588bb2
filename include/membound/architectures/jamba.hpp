// Jamba: state spaces, and attention in some layers; experts in some.
// Source: llama.cpp v0.5.0, src/models/jamba.cpp.
#ifndef MEMBOUND_ARCHITECTURES_JAMBA_HPP
#define MEMBOUND_ARCHITECTURES_JAMBA_HPP

#include <membound/gguf_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct jamba {
    static constexpr void arrange(model &m) {
        m.ssm_norms = ssm_norm_kind::weighted;
        if (m.moe_intermediate_size == 0) m.moe_intermediate_size = m.intermediate_size;
    }
    static constexpr void read(gguf_query &q, model &m) {
        read_state_space(q, m, key_use::none);
        read_state_layers(q, m, state_kind::mamba);
        if (m.ssm_inner_size != membound::detail::multiply(2, m.hidden_size))
            q.fail(errc::unsupported, "ssm.inner_size", "is not twice embedding_length", "llama.cpp refuses the model");
        q.uniform("attention.head_count", key_use::required, m.num_hidden_layers);
        m.feed_forward_kinds_given = true;
        for (int i = 0; i < m.layer_count(); ++i)
            if (m.num_experts > 0 && q.has(tensor_name::ffn_gate_inp, tensor_part::weight, i))
                m.layers[i].ffn = feed_forward_kind::experts;
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "jamba";
        a.position = position_kind::none;
        a.residual = residual_first::always;
        a.arrange = arrange;
        a.gguf.experts = key_use::optional;
        a.gguf.heads_span_hidden = true;
        a.gguf.heads_by_layer = true;
        a.gguf.parts_left_out = true;
        a.gguf.read = read;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

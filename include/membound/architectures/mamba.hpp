// Mamba (and Falcon Mamba) and Mamba 2.
// Source: llama.cpp v0.5.0, src/models/mamba.cpp, mamba2.cpp, mamba-base.cpp.
#ifndef MEMBOUND_ARCHITECTURES_MAMBA_HPP
#define MEMBOUND_ARCHITECTURES_MAMBA_HPP

#include <membound/gguf_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct mamba {
    static constexpr void keep_states(model &m, state_kind kind) {
        for (int i = 0; i < m.layer_count(); ++i) {
            m.layers[i].kind = layer_kind::no_attention;
            m.layers[i].state = kind;
            m.layers[i].ffn = feed_forward_kind::none;
        }
    }
    static constexpr void arrange(model &m) { keep_states(m, state_kind::mamba); }
    static constexpr void read(gguf_query &q, model &m) {
        read_state_space(q, m, key_use::none);
        if (q.boolean("ssm.dt_b_c_rms")) m.ssm_norms = ssm_norm_kind::weightless;
        if (m.ssm_inner_size != detail::multiply(2, m.hidden_size))
            q.fail(errc::unsupported, "ssm.inner_size", "is not twice embedding_length", "llama.cpp refuses the model");
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "mamba";
        a.arrange = arrange;
        a.gguf.parts_left_out = true;
        a.gguf.read = read;
        return a;
    }();
};

struct mamba2 {
    static constexpr void arrange(model &m) {
        mamba::keep_states(m, state_kind::mamba_2);
        m.ssm_output_norm = true;
    }
    static constexpr void read(gguf_query &q, model &m) { read_state_space(q, m, key_use::required); }
    static constexpr architecture value = [] {
        architecture a = mamba::value;
        a.name = "mamba2";
        a.arrange = arrange;
        a.gguf.read = read;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

// PLaMo 2: state spaces and attention in turn.
// Source: llama.cpp v0.5.0, src/models/plamo2.cpp.
#ifndef MEMBOUND_ARCHITECTURES_PLAMO2_HPP
#define MEMBOUND_ARCHITECTURES_PLAMO2_HPP

#include <membound/gguf_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct plamo2 {
    static constexpr void arrange(model &m) {
        m.fused_qkv = true;
        m.ssm_norms = ssm_norm_kind::weighted;
    }
    static constexpr void read(gguf_query &q, model &m) {
        read_state_space(q, m, key_use::required);
        read_state_layers(q, m, state_kind::plamo_2);
        if (m.ssm_group_count != 0)
            q.fail(errc::unsupported, "ssm.group_count", "is not 0", "llama.cpp refuses the model");
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "plamo2";
        a.ffn = feed_forward_form::fused_gated;
        a.head_norms = query_key_norm::each_head_own_rms;
        a.post_norms = true;
        a.bare_post_norms = true;
        a.arrange = arrange;
        a.gguf.heads_by_layer = true;
        a.gguf.parts_left_out = true;
        a.gguf.value_heads_differ = true;
        a.gguf.read = read;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

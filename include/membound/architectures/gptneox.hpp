// GPT-NeoX and Pythia.
// Source: llama.cpp v0.5.0, src/models/gptneox.cpp.
#ifndef MEMBOUND_ARCHITECTURES_GPTNEOX_HPP
#define MEMBOUND_ARCHITECTURES_GPTNEOX_HPP

#include <membound/gguf_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct gptneox {
    static constexpr void arrange(model &m) { membound::detail::set_biases_and_fused_qkv(m); }
    static constexpr void read(gguf_query &q, model &m) {
        q.ask("use_parallel_residual", key_use::required);
        m.residual_in_turn = !q.boolean("use_parallel_residual");
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "gptneox";
        a.norm = norm_kind::layer;
        a.ffn = feed_forward_form::plain;
        a.ffn_place = feed_forward_place::beside_with_own_norm;
        a.arrange = arrange;
        a.gguf.heads_span_hidden = true;
        a.gguf.own_output = true;
        a.gguf.read = read;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

// GPT-NeoX and Pythia.
// Source: llama.cpp v0.5.0, src/models/gptneox.cpp.
#ifndef MEMBOUND_ARCHITECTURES_GPTNEOX_HPP
#define MEMBOUND_ARCHITECTURES_GPTNEOX_HPP

#include <membound/config_query.hpp>
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
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 50432}, {"max_position_embeddings", 2048}, {"hidden_size", 6144}, {"num_hidden_layers", 44},
        {"intermediate_size", 24576}, {"num_attention_heads", 64}, {"attention_bias", true},
        {"use_parallel_residual", true}};
    static constexpr config_type types[] = {{"gpt_neox", defaults}};
    static constexpr void describe(config_query &q) {
        if (!q.boolean("attention_bias", true))
            q.fail(errc::unsupported, "attention_bias", "is false", "the family has biases in llama.cpp");
        q.fused_qkv = q.qkv_bias = q.attention_output_bias = q.mlp_bias = true;
        q.put("rope.dimension_count", q.rotated_part_of(q.head_dim(), 0.25), "rotary_pct");
        q.put("use_parallel_residual", q.boolean("use_parallel_residual", true), "use_parallel_residual");
    }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

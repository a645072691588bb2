// Jamba: state spaces, and attention in some layers; experts in some.
// Source: llama.cpp v0.5.0, src/models/jamba.cpp.
#ifndef MEMBOUND_ARCHITECTURES_JAMBA_HPP
#define MEMBOUND_ARCHITECTURES_JAMBA_HPP

#include <membound/config_query.hpp>
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
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 65536}, {"max_position_embeddings", 262144}, {"hidden_size", 4096}, {"num_hidden_layers", 32},
        {"intermediate_size", 14336}, {"num_attention_heads", 32}, {"num_key_value_heads", 8}, {"num_experts", 16},
        {"num_experts_per_tok", 2}, {"attn_layer_period", 8}, {"attn_layer_offset", 4}, {"expert_layer_period", 2},
        {"expert_layer_offset", 1}, {"mamba_d_state", 16}, {"mamba_d_conv", 4}, {"mamba_expand", 2},
        {"mamba_conv_bias", true}};
    static constexpr config_type types[] = {{"jamba", defaults}};
    static constexpr void describe(config_query &q) {
        const auto period_of = [&](const char *key) {
            return membound::detail::max<std::int64_t>(q.integer(key), 1);
        };
        const std::int64_t period = period_of("attn_layer_period");
        const std::int64_t offset = q.integer("attn_layer_offset");
        const std::int64_t heads = q.integer("num_key_value_heads", q.number_of("attention.head_count"));
        q.put_list("attention.head_count_kv", "num_key_value_heads", q.layers,
                   [&](std::int64_t i) { return i % period == offset % period && i >= offset ? heads : 0; });
        const std::int64_t expert_period = period_of("expert_layer_period");
        const std::int64_t expert_offset = q.integer("expert_layer_offset");
        const bool experts = q.number_of("expert_count") > 1;
        q.tensor_in(tensor_name::ffn_gate_inp, tensor_part::weight, [&](int i) {
            return experts && i % expert_period == expert_offset % expert_period && i >= expert_offset;
        });
        q.copy("ssm.conv_kernel", "mamba_d_conv");
        q.copy("ssm.state_size", "mamba_d_state");
        q.put("ssm.inner_size", membound::detail::multiply(q.integer("mamba_expand"), q.number_of("embedding_length")),
              "mamba_expand");
        describe_time_step_rank(q, "mamba_dt_rank");
        if (!q.boolean("mamba_conv_bias", true) || q.boolean("mamba_proj_bias"))
            q.fail(errc::unsupported, q.boolean("mamba_proj_bias") ? "mamba_proj_bias" : "mamba_conv_bias",
                   "is not as in other models", "llama.cpp has a bias on the convolution alone");
    }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

// PLaMo 2: state spaces and attention in turn.
// Source: llama.cpp v0.5.0, src/models/plamo2.cpp.
#ifndef MEMBOUND_ARCHITECTURES_PLAMO2_HPP
#define MEMBOUND_ARCHITECTURES_PLAMO2_HPP

#include <membound/config_query.hpp>
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
    // config.json.
    static constexpr config_default defaults[] = {
        {"mamba_step", 2}, {"num_key_value_heads", 4}, {"num_attention_heads", 32}, {"max_position_embeddings", 2048},
        {"hidden_size_per_head", 128}, {"mamba_d_state", 64}, {"mamba_d_conv", 4}, {"mamba_num_heads", 64}};
    static constexpr config_type types[] = {
        {"plamo2", defaults}, {"Plamo2ForCausalLM", defaults}, {"PLaMo2ForCausalLM", defaults}};
    static constexpr void describe(config_query &q) {
        const std::int64_t step = membound::detail::max<std::int64_t>(q.integer("mamba_step"), 1);
        const bool states = q.boolean("mamba_enabled", true);
        const auto attends = [&](std::int64_t i) {
            return !states || (q.layers <= step / 2 ? i == q.layers - 1 : i % step == step / 2);
        };
        const std::int64_t heads = q.integer("num_attention_heads");
        const std::int64_t kv_heads = q.integer("num_key_value_heads");
        q.put_list("attention.head_count", "num_attention_heads", q.layers,
                   [&](std::int64_t i) { return attends(i) ? heads : 0; });
        q.put_list("attention.head_count_kv", "num_key_value_heads", q.layers,
                   [&](std::int64_t i) { return attends(i) ? kv_heads : 0; });
        q.copy("attention.key_length", "hidden_size_per_head");
        q.copy("attention.value_length", "hidden_size_per_head");
        q.copy("ssm.state_size", "mamba_d_state");
        q.copy("ssm.conv_kernel", "mamba_d_conv");
        q.copy("ssm.time_step_rank", "mamba_num_heads");
        q.put("ssm.inner_size",
              membound::detail::multiply(q.integer("mamba_num_heads"), q.integer("hidden_size_per_head")),
              "mamba_num_heads");
        q.put("ssm.group_count", 0);
        q.fused_qkv = true;
    }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

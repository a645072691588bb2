// gpt-oss.
// Source: llama.cpp v0.5.0, src/models/openai-moe.cpp.
#ifndef MEMBOUND_ARCHITECTURES_GPT_OSS_HPP
#define MEMBOUND_ARCHITECTURES_GPT_OSS_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct gpt_oss {
    static constexpr void arrange(model &m) {
        m.router = router_kind::softmax_of_chosen;
        m.attention_output_bias = true;
        m.mlp_bias = true;
        m.expert_bias = true;
        membound::detail::set_sliding_pattern(m, 2);
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "gpt-oss";
        a.attention_sinks = true;
        a.ffn_norm = tensor_name::post_attention_norm;
        a.outputs = output_rows::behind_layers;
        a.late_outputs_date = 20260728; // PR 25794
        a.arrange = arrange;
        a.gguf.experts = key_use::required;
        a.gguf.expert_size = key_use::required;
        a.gguf.window = key_use::required;
        a.gguf.rotates_whole_head = true;
        a.gguf.own_output = true;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 201088}, {"max_position_embeddings", 131072}, {"hidden_size", 2880}, {"num_hidden_layers", 36},
        {"intermediate_size", 2880}, {"num_attention_heads", 64}, {"num_key_value_heads", 8}, {"head_dim", 64},
        {"sliding_window", 128}, {"attention_bias", true}, {"num_local_experts", 128}, {"num_experts_per_tok", 4}};
    static constexpr config_type types[] = {{"gpt_oss", defaults}};
    static constexpr void describe(config_query &q) {
        if (!q.boolean("attention_bias"))
            q.fail(errc::unsupported, "attention_bias", "is false", "the family has biases in llama.cpp");
        describe_window(q);
        q.copy("expert_feed_forward_length", "intermediate_size");
        q.tensor(tensor_name::ffn_up_exps, tensor_part::bias);
    }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

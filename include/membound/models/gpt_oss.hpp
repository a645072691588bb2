// gpt-oss.
// Source: config.json of the Hugging Face repository above each entry, as copied by ai-dynamo/aiconfigurator
// (model_configs).
#ifndef MEMBOUND_MODELS_GPT_OSS_HPP
#define MEMBOUND_MODELS_GPT_OSS_HPP

#include <membound/architectures/gpt_oss.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace models {

namespace detail {

constexpr model gpt_oss() {
    model m;
    m.family = &architectures::gpt_oss::value;
    m.vocab_size = 201088;
    m.max_position_embeddings = 131072;
    m.hidden_size = 2880;
    m.num_attention_heads = 64;
    m.num_key_value_heads = 8;
    m.head_dim = 64;
    m.intermediate_size = 2880;
    m.sliding_window = 128;
    m.num_experts_per_tok = 4;
    m.moe_intermediate_size = 2880;
    m.attention_bias = true;
    return m;
}

} // namespace detail

// openai/gpt-oss-20b
struct gpt_oss_20b {
    static constexpr model value = [] {
        model m = detail::gpt_oss();
        m.name = "gpt-oss-20b";
        m.num_hidden_layers = 24;
        m.num_experts = 32;
        return arranged(m).value();
    }();
};

// openai/gpt-oss-120b
struct gpt_oss_120b {
    static constexpr model value = [] {
        model m = detail::gpt_oss();
        m.name = "gpt-oss-120b";
        m.num_hidden_layers = 36;
        m.num_experts = 128;
        return arranged(m).value();
    }();
};

} // namespace models
MEMBOUND_END_NAMESPACE

#endif

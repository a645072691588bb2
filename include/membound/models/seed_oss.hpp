// Seed-OSS.
// Source: config.json of the Hugging Face repository above the entry.
#ifndef MEMBOUND_MODELS_SEED_OSS_HPP
#define MEMBOUND_MODELS_SEED_OSS_HPP

#include <membound/architectures/seed_oss.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace models {

// ByteDance-Seed/Seed-OSS-36B-Instruct
struct seed_oss_36b {
    static constexpr model value = [] {
        model m;
        m.family = &architectures::seed_oss::value;
        m.name = "seed-oss-36b";
        m.vocab_size = 155136;
        m.max_position_embeddings = 524288;
        m.num_hidden_layers = 64;
        m.hidden_size = 5120;
        m.num_attention_heads = 80;
        m.num_key_value_heads = 8;
        m.head_dim = 128;
        m.intermediate_size = 27648;
        m.attention_bias = true;
        return arranged(m).value();
    }();
};

} // namespace models
MEMBOUND_END_NAMESPACE

#endif

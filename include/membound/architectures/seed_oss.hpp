// Seed-OSS.
// Source: llama.cpp v0.5.0, src/models/seed-oss.cpp.
#ifndef MEMBOUND_ARCHITECTURES_SEED_OSS_HPP
#define MEMBOUND_ARCHITECTURES_SEED_OSS_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct seed_oss {
    static constexpr architecture value = [] {
        architecture a;
        a.name = "seed_oss";
        a.ffn_norm = tensor_name::post_attention_norm;
        a.gguf.rotates_whole_head = true;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 155136}, {"max_position_embeddings", 524288}, {"hidden_size", 4096}, {"num_hidden_layers", 64},
        {"intermediate_size", 27648}, {"num_attention_heads", 80}, {"num_key_value_heads", 8}, {"head_dim", 128},
        {"attention_bias", true}};
    static constexpr config_type types[] = {{"seed_oss", defaults}};
    static constexpr void describe(config_query &q) { q.attention_output_bias = q.boolean("attention_out_bias"); }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

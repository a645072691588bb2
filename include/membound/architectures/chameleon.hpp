// Chameleon.
// Source: llama.cpp v0.5.0, src/models/chameleon.cpp.
#ifndef MEMBOUND_ARCHITECTURES_CHAMELEON_HPP
#define MEMBOUND_ARCHITECTURES_CHAMELEON_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct chameleon {
    static constexpr void read(gguf_query &q, model &m) {
        m.norms_behind = q.boolean("swin_norm");
        m.head_norm_bias = q.has(tensor_name::attn_q_norm, tensor_part::bias);
        if (m.head_norm_bias != q.has(tensor_name::attn_k_norm, tensor_part::bias))
            q.fail_at(errc::unsupported, "attn_k_norm.bias", "is not as attn_q_norm.bias", "both are there or none");
        if (m.vocab_size < 8192)
            q.fail(errc::bad_value, "vocab_size", "is smaller than the number of image tokens", "llama.cpp hides 8192 of them");
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "chameleon";
        a.head_norms = query_key_norm::each_head_own_weights;
        a.hides_image_tokens = true;
        a.gguf.rotates_whole_head = true;
        a.gguf.heads_span_hidden = true;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 65536}, {"max_position_embeddings", 4096}, {"hidden_size", 4096}, {"num_hidden_layers", 32},
        {"intermediate_size", 11008}, {"num_attention_heads", 32}, {"num_key_value_heads", 32}};
    static constexpr config_type types[] = {{"chameleon", defaults}};
    static constexpr void describe(config_query &q) {
        q.copy_boolean("swin_norm", "swin_norm");
        q.tensor(tensor_name::attn_q_norm, tensor_part::bias);
        q.tensor(tensor_name::attn_k_norm, tensor_part::bias);
    }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

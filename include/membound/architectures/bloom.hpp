// BLOOM.
// Source: llama.cpp v0.5.0, src/models/bloom.cpp.
#ifndef MEMBOUND_ARCHITECTURES_BLOOM_HPP
#define MEMBOUND_ARCHITECTURES_BLOOM_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct bloom {
    static constexpr void arrange(model &m) { membound::detail::set_biases_and_fused_qkv(m); }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "bloom";
        a.norm = norm_kind::layer;
        a.position = position_kind::by_distance;
        a.ffn = feed_forward_form::plain;
        a.embedding_norm = true;
        a.arrange = arrange;
        a.gguf.heads_span_hidden = true;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 250880}, {"hidden_size", 64}, {"n_layer", 2}, {"n_head", 8}, {"tie_word_embeddings", true}};
    static constexpr config_type types[] = {{"bloom", defaults}};
    static constexpr void describe(config_query &q) {
        describe_gpt2(q);
        if (q.number_of("context_length") == 0) q.put("context_length", q.number_of("embedding_length"), "seq_length");
    }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

// BitNet b1.58.
// Source: llama.cpp v0.5.0, src/models/bitnet.cpp.
#ifndef MEMBOUND_ARCHITECTURES_BITNET_HPP
#define MEMBOUND_ARCHITECTURES_BITNET_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct bitnet {
    static constexpr void arrange(model &m) { m.tie_word_embeddings = true; }
    static constexpr void read(gguf_query &q, model &m) {
        m.weight_scales = q.has(tensor_name::attn_q, tensor_part::scale);
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "bitnet";
        a.sub_norms = true;
        a.head_reads_embedding = true;
        a.arrange = arrange;
        a.gguf.heads_span_hidden = true;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 128256}, {"max_position_embeddings", 2048}, {"hidden_size", 2560}, {"num_hidden_layers", 30},
        {"intermediate_size", 6912}, {"num_attention_heads", 20}, {"num_key_value_heads", 5}};
    static constexpr config_type types[] = {{"bitnet", defaults}};
    static constexpr config_reader config{value, types};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

// T5 (T5, Flan-T5, mT5, UMT5), whole and its encoder alone.
// Source: llama.cpp v0.5.0, src/models/t5.cpp, t5encoder.cpp.
#ifndef MEMBOUND_ARCHITECTURES_T5_HPP
#define MEMBOUND_ARCHITECTURES_T5_HPP

#include <membound/gguf_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct t5encoder {
    static constexpr relative_bias tables_of(gguf_query &q, const model &m, tensor_name name) {
        if (!q.has(name, tensor_part::weight, 0)) return relative_bias::none;
        const bool all = m.num_hidden_layers > 1 &&
                         q.has(name, tensor_part::weight, static_cast<int>(m.num_hidden_layers) - 1);
        return all ? relative_bias::every_layer : relative_bias::first_layer;
    }
    static constexpr void read(gguf_query &q, model &m) {
        using n = tensor_name;
        m.relative_attention_num_buckets = q.integer("attention.relative_buckets_count", key_use::required);
        m.distances = tables_of(q, m, n::enc_attn_rel_b);
        m.ffn = q.has(n::enc_ffn_gate) ? feed_forward_form::gated : feed_forward_form::plain;
        if (m.num_key_value_heads != 0 && m.num_key_value_heads != m.num_attention_heads)
            q.fail(errc::unsupported, "attention.head_count_kv", "is not attention.head_count",
                   "each head of the family has its own keys");
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "t5encoder";
        a.position = position_kind::by_bucket;
        a.ffn = feed_forward_form::by_model;
        a.final_norm = tensor_name::enc_output_norm;
        a.cache = cache_use::unread;
        a.head = head_use::unread;
        a.stacks = layer_stacks::encoder;
        a.gguf.read = read;
        return a;
    }();
};

struct t5 {
    static constexpr void read(gguf_query &q, model &m) {
        using n = tensor_name;
        t5encoder::read(q, m);
        m.cross_distances = t5encoder::tables_of(q, m, n::dec_cross_attn_rel_b);
        if (q.integer("decoder_block_count", key_use::optional, m.num_hidden_layers) != m.num_hidden_layers)
            q.fail(errc::unsupported, "decoder_block_count", "is not block_count",
                   "encoder and decoder have as many layers here");
        if (q.has(n::enc_ffn_gate) != q.has(n::dec_ffn_gate) ||
            m.distances != t5encoder::tables_of(q, m, n::dec_attn_rel_b))
            q.fail_at(errc::unsupported, "enc.blk, dec.blk", "have not the same tensors",
                      "encoder and decoder are alike here");
    }
    static constexpr architecture value = [] {
        architecture a = t5encoder::value;
        a.name = "t5";
        a.final_norm = tensor_name::dec_output_norm;
        a.cache = cache_use::read;
        a.head = head_use::logits;
        a.stacks = layer_stacks::encoder_and_decoder;
        a.gguf.read = read;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

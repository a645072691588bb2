// T5 (T5, Flan-T5, mT5, UMT5), whole and its encoder alone.
// Source: llama.cpp v0.5.0, src/models/t5.cpp, t5encoder.cpp.
#ifndef MEMBOUND_ARCHITECTURES_T5_HPP
#define MEMBOUND_ARCHITECTURES_T5_HPP

#include <membound/config_query.hpp>
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
    // config.json.
    static constexpr config_default t5_defaults[] = {
        {"vocab_size", 32128}, {"d_model", 512}, {"d_kv", 64}, {"d_ff", 2048}, {"num_layers", 6}, {"num_heads", 8},
        {"relative_attention_num_buckets", 32},
        {"tie_word_embeddings", true}};
    static constexpr config_default mt5_defaults[] = {
        {"vocab_size", 250112}, {"d_model", 512}, {"tie_word_embeddings", true}, {"d_kv", 64}, {"d_ff", 1024},
        {"num_layers", 8}, {"num_heads", 6}, {"relative_attention_num_buckets", 32},
        {"feed_forward_proj", "gated-gelu"}};
    static constexpr config_default umt5_defaults[] = {
        {"vocab_size", 250112}, {"d_model", 512}, {"d_kv", 64}, {"d_ff", 1024}, {"num_layers", 8}, {"num_heads", 6},
        {"relative_attention_num_buckets", 32},
        {"feed_forward_proj", "gated-gelu"}, {"tie_word_embeddings", true}};
    static constexpr config_type types[] = {{"t5", t5_defaults}, {"mt5", mt5_defaults}, {"umt5", umt5_defaults}};
    static constexpr bool is_gated(const config_query &q) {
        constexpr const char *key = "feed_forward_proj";
        const json_value given = q.at(key);
        if (given) return is_text(given, "gated-gelu") || is_text(given, "gated-silu") || is_text(given, "gated-relu");
        const gguf_value *unsaid = q.default_of(key);
        return unsaid != nullptr && same_text(unsaid->text, "gated-gelu");
    }
    static constexpr void describe(config_query &q) {
        using n = tensor_name;
        q.put("context_length", q.integer("n_positions", 512), "n_positions");
        q.copy("feed_forward_length", "d_ff");
        q.copy("attention.head_count", "num_heads");
        q.copy("attention.key_length", "d_kv");
        q.copy("attention.value_length", "d_kv");
        q.copy("attention.relative_buckets_count", "relative_attention_num_buckets");
        if (is_gated(q)) q.tensor(n::enc_ffn_gate);
        const bool every = q.is("model_type", "umt5");
        q.tensor_in(n::enc_attn_rel_b, tensor_part::weight, [&](int i) { return i == 0 || every; });
    }
    static constexpr bool accepts(const config_query &q) {
        return q.has_architecture("T5EncoderModel") || q.has_architecture("UMT5EncoderModel");
    }
    static constexpr config_reader config{value, types, describe, accepts};
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
    // config.json.
    static constexpr config_type types[] = {
        {"t5", t5encoder::t5_defaults}, {"mt5", t5encoder::mt5_defaults}, {"umt5", t5encoder::umt5_defaults}};
    static constexpr void describe(config_query &q) {
        using n = tensor_name;
        t5encoder::describe(q);
        q.copy("decoder_block_count", "num_decoder_layers");
        if (t5encoder::is_gated(q)) q.tensor(n::dec_ffn_gate);
        const bool every = q.is("model_type", "umt5");
        q.tensor_in(n::dec_attn_rel_b, tensor_part::weight, [&](int i) { return i == 0 || every; });
    }
    static constexpr bool accepts(const config_query &q) { return !t5encoder::accepts(q); }
    static constexpr config_reader config{value, types, describe, accepts};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

// MPT.
// Source: llama.cpp v0.5.0, src/models/mpt.cpp.
#ifndef MEMBOUND_ARCHITECTURES_MPT_HPP
#define MEMBOUND_ARCHITECTURES_MPT_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct mpt {
    static constexpr void arrange(model &m) { m.fused_qkv = true; }
    static constexpr void read(gguf_query &q, model &m) {
        m.clamped_qkv = q.real("attention.clamp_kqv", key_use::optional) > 0;
        m.learned_positions = q.has(tensor_name::position_embd);
        m.norm_bias = q.has(tensor_name::attn_norm, tensor_part::bias);
        if (q.has(tensor_name::ffn_norm, tensor_part::bias) != m.norm_bias ||
            q.has(tensor_name::output_norm, tensor_part::bias) != m.norm_bias)
            q.fail_at(errc::unsupported, "tensors", "have a bias in some norms only", "all norms have one or none");
        if (q.has(tensor_name::ffn_down, tensor_part::bias) != m.mlp_bias)
            q.fail_at(errc::unsupported, "tensors", "have a bias in one matrix of a block only", "both have one or none");
        if (q.has(tensor_name::attn_q_norm))
            q.fail_at(errc::unsupported, "blk.*.attn_q_norm.weight", "is there", "llama.cpp computes nothing with it");
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "mpt";
        a.norm = norm_kind::layer_without_bias;
        a.position = position_kind::by_distance;
        a.ffn = feed_forward_form::plain;
        a.arrange = arrange;
        a.gguf.heads_span_hidden = true;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 50368}, {"d_model", 2048}, {"n_heads", 16}, {"n_layers", 24}, {"tie_word_embeddings", true},
        {"d_model", 2048}, {"max_seq_len", 2048}, {"expansion_ratio", 4}, {"no_bias", true}};
    static constexpr config_type types[] = {{"mpt", defaults}};
    static constexpr void describe(config_query &q) {
        const json_value attention = q.at("attn_config");
        const std::int64_t hidden = q.number_of("embedding_length");
        q.fused_qkv = true;
        q.put("feed_forward_length", membound::detail::multiply(q.integer("expansion_ratio"), hidden),
              "expansion_ratio");
        const json_value heads = member_of(attention, "kv_n_heads");
        if (heads) q.put("attention.head_count_kv", q.integer_in(heads, "kv_n_heads", 0), "attn_config");
        q.put("attention.clamp_kqv", q.real_in(member_of(attention, "clip_qkv"), "clip_qkv", 0), "attn_config");
        const json_value alibi = member_of(attention, "alibi");
        if (kind_of(alibi) == json_value::kind::boolean && *alibi.at == 'f') q.tensor(tensor_name::position_embd);
        if (q.boolean("no_bias", true)) return;
        using n = tensor_name;
        q.qkv_bias = q.attention_output_bias = q.mlp_bias = true;
        for (const n name : {n::ffn_down, n::attn_norm, n::ffn_norm, n::output_norm}) q.tensor(name, tensor_part::bias);
    }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

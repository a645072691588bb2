// Models that draft tokens for others: EAGLE 3 and DFlash.
// Source: llama.cpp v0.5.0, src/models/eagle3.cpp, dflash.cpp.
#ifndef MEMBOUND_ARCHITECTURES_DRAFTS_HPP
#define MEMBOUND_ARCHITECTURES_DRAFTS_HPP

#include <membound/gguf_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct eagle3 {
    // The layers of the target whose hidden states are read.
    static constexpr std::int64_t read_targets(gguf_query &q) {
        const gguf_value layers = q.ask("target_layers", key_use::required);
        if (layers.type != gguf_value::kind::absent && (layers.type != gguf_value::kind::array || layers.integer < 1))
            q.fail(errc::bad_value, "target_layers", "is not a list of layers", "the draft reads what they give");
        return layers.integer;
    }
    // Tokens of the draft that stand for others of the target.
    static constexpr void read_vocabulary(gguf_query &q, model &m) {
        const shape *places = q.keys.tensor_shape(tensor_name::d2t, tensor_part::bare, -1);
        if (places == nullptr) return;
        m.head_vocab_size = places->ne[0];
        if (m.head_vocab_size < 1) q.fail_at(errc::missing, "d2t", "has no length", "it has one for each token of the draft");
    }
    static constexpr void read(gguf_query &q, model &m) {
        const std::int64_t targets = read_targets(q);
        if (targets != 0 && targets != 3)
            q.fail(errc::bad_value, "target_layers", "are not three", "llama.cpp refuses the model");
        m.target_features = membound::detail::multiply(targets, q.integer("target_hidden_size", key_use::required, 0, 1));
        m.residual_of_norm = q.boolean("norm_before_residual");
        m.normed_features = q.boolean("norm_before_fc");
        read_vocabulary(q, m);
        m.borrows_embedding = !q.has(tensor_name::token_embd);
        m.borrows_head = m.tie_word_embeddings;
        m.tie_word_embeddings = m.fused_qkv = m.attention_bias = m.attention_output_bias = m.mlp_bias = false;
        if (m.num_hidden_layers != 1)
            q.fail(errc::unsupported, "block_count", "is not 1", "llama.cpp computes one layer");
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "eagle3";
        a.drafts = draft_kind::in_turn;
        a.outputs = output_rows::all;
        a.gguf.read = read;
        return a;
    }();
};

struct dflash {
    static constexpr void read(gguf_query &q, model &m) {
        m.target_features = membound::detail::multiply(eagle3::read_targets(q), m.hidden_size);
        m.scaled_embedding = q.real("embedding_scale", key_use::optional) != 0;
        const gguf_value sections = q.keys.find("rope.dimension_sections");
        if (sections.type == gguf_value::kind::array && sections.elements != nullptr)
            for (std::int64_t i = 0; i < sections.integer && i < 4; ++i)
                m.multi_axis_rope = m.multi_axis_rope || sections.elements[i] != 0;
        if (m.multi_axis_rope && m.rope != rope_tensors::none)
            q.fail(errc::unsupported, "rope.dimension_sections", "stands beside rope_freqs.weight",
                   "one of the two is supported");
        if (m.rope != rope_tensors::none && m.rotary_dim != m.head_dim)
            q.fail(errc::unsupported, "rope.dimension_count", "differs from the size of a head",
                   "corrections are of whole heads");
        eagle3::read_vocabulary(q, m);
        m.borrows_embedding = !q.has(tensor_name::token_embd);
        const bool own_head = !m.tie_word_embeddings;
        m.borrows_head = !own_head && m.borrows_embedding;
        m.tie_word_embeddings = !own_head && !m.borrows_embedding;
        m.fused_qkv = m.attention_bias = m.attention_output_bias = m.mlp_bias = false;
        m.post_norms = q.has(tensor_name::post_attention_norm);
        m.layer_output_scale = q.has(tensor_name::layer_output_scale);
        const bool shared = !q.has(tensor_name::attn_v);
        for (int i = 0; i < m.layer_count(); ++i) {
            m.layers[i].values_are_keys = shared;
            m.layers[i].sinks = q.has(tensor_name::attn_sinks, tensor_part::weight, i);
        }
        if (m.post_norms != q.has(tensor_name::post_ffw_norm))
            q.fail_at(errc::unsupported, "post_ffw_norm.weight", "is not where post_attention_norm.weight is",
                      "both or neither are supported");
        if (q.integer("hyper_connection.count", key_use::optional) > 0)
            q.fail(errc::unsupported, "hyper_connection.count", "is there",
                   "drafts made of DeepSeek 4's layers are not supported");
        if (q.integer("selector_rank", key_use::optional) > 0)
            q.fail(errc::unsupported, "selector_rank", "is there", "drafts with a selector are not supported");
        if (q.has(tensor_name::markov_w1))
            q.fail_at(errc::unsupported, "markov_w1.weight", "is there", "drafts with a Markov head are not supported");
        if (m.head_vocab_size > 0 && m.tie_word_embeddings)
            q.fail_at(errc::unsupported, "d2t", "is there", "the head is the embedding of all tokens");
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "dflash";
        a.drafts = draft_kind::in_blocks;
        a.head_norms = query_key_norm::each_head;
        a.outputs = output_rows::all;
        a.gguf.window = key_use::optional;
        a.gguf.window_may_be_zero = true;
        a.gguf.window_listed = true;
        a.gguf.read = read;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

// Reads the hyper-parameters of a config.json, in a constant expression or at run time.
#ifndef MEMBOUND_READ_CONFIG_KEYS_HPP
#define MEMBOUND_READ_CONFIG_KEYS_HPP

#include <membound/config_query.hpp>
#include <membound/read/gguf_keys.hpp>

MEMBOUND_BEGIN_NAMESPACE

namespace detail {

// The part that describes the language model, if the configuration describes several models; otherwise all of it.
constexpr json_value language_part(json_value whole) {
    for (const char *key : {"text_config", "llm_config", "lm_config", "language_config"}) {
        const json_value part = member_of(whole, key);
        if (kind_of(part) == json_value::kind::object) return part;
    }
    const json_value thinker = member_of(whole, "thinker_config");
    return kind_of(thinker) == json_value::kind::object ? language_part(thinker) : whole;
}

// The reader of a model_type; null if no family has it, or none with what this file says.
constexpr const config_reader *find_config_reader(config_query &q, const char *model_type) {
    for (const config_reader *r : architectures::configs)
        for (int i = 0; i < r->type_count; ++i) {
            if (!same_text(r->types[i].name, model_type)) continue;
            q.type = &r->types[i];
            if (r->accepts == nullptr || r->accepts(q)) return r;
        }
    q.type = nullptr;
    return nullptr;
}

constexpr void describe_layer_count(config_query &q) {
    constexpr const char *listed = "layers_block_type"; // newer files of Nemotron H have the list alone
    const std::int64_t counted = q.has("num_hidden_layers") ? 0 : for_each_element(q.at(listed), [](json_value) {});
    const std::int64_t layers =
        counted > 0 ? counted
                    : q.size({"num_hidden_layers", "n_layers", "n_layer", "num_layers", "num_transformer_layers"});
    if (layers > max_layers)
        q.fail(errc::bad_value, counted > 0 ? listed : "num_hidden_layers", "is too large",
               "no model has more than 512 layers");
    q.layers = min<std::int64_t>(layers, max_layers);
    q.put("block_count", layers, "num_hidden_layers");
}

constexpr void describe_sizes(config_query &q) {
    constexpr const char *vocab = "vocab_size";
    q.put(vocab, q.size({vocab, "padded_vocab_size"}), vocab);
    q.put("embedding_length", q.size({"hidden_size", "n_embd", "n_embed", "dim", "d_model", "model_dim"}),
          "hidden_size");
    q.copy("context_length", {"max_position_embeddings", "n_ctx", "n_positions", "max_sequence_length",
                              "model_max_length", "seq_length", "max_seq_len"});
    if (!q.put_sizes("feed_forward_length", "intermediate_size"))
        q.copy_size("feed_forward_length", {"intermediate_size", "n_inner", "hidden_dim"});
    q.copy_size("attention.head_count", {"num_attention_heads", "n_head", "n_heads"});
    if (!q.put_sizes("attention.head_count_kv", "num_key_value_heads"))
        q.copy("attention.head_count_kv", {"num_key_value_heads", "n_kv_heads"});
    if (const std::int64_t heads = q.number_of("attention.head_count"); heads > 0 && q.number_of("attention.head_count_kv") == 0)
        q.put("attention.head_count_kv", heads, "num_attention_heads");
    q.copy("attention.key_length", "head_dim");
    q.copy("attention.value_length", "head_dim");
    // The rules ask whether a file has these two; their values change no size.
    q.put("attention.layer_norm_rms_epsilon", 1e-6);
    q.put("attention.layer_norm_epsilon", 1e-6);
}

constexpr void describe_experts(config_query &q) {
    q.copy("expert_count", {"num_local_experts", "num_experts", "n_routed_experts"});
    q.copy("expert_used_count", {"num_experts_per_tok", "num_experts_per_token", "top_k_experts"});
    q.copy("expert_group_count", "n_group");
    q.copy("expert_group_used_count", "topk_group");
    for (const char *key :
         {"score_function", "scoring_func", "score_func", "moe_router_activation_func", "expert_selection_fn"}) {
        const auto is = [&](const char *word) { return q.is_or_is_by_default(key, word); };
        if (is("sigmoid") || is("softmax") || is("sqrtsoftplus"))
            q.put("expert_gating_func", is("softmax") ? 1 : is("sigmoid") ? 2 : 4, key);
        else if (q.has(key))
            q.fail(errc::unsupported, key, "is not softmax, sigmoid or sqrtsoftplus", "no other router is known here");
    }
}

constexpr void describe_rotary_embedding(config_query &q) {
    if (q.rope_type_is("linear")) {
        q.put("rope.scaling.type", "linear", "rope_parameters");
        q.put("rope.scaling.factor", q.real_in(member_of(q.rope_parameters(), "factor"), "factor", 1), "rope_parameters");
    }
    const json_value sections = member_of(q.rope_parameters(), "mrope_section");
    if (kind_of(sections) == json_value::kind::array) {
        std::int64_t given[4] = {};
        std::int64_t count = 0;
        for_each_element(sections, [&](json_value v) {
            if (count < 4) given[count++] = q.integer_in(v, "mrope_section", 0);
        });
        q.put_list("rope.dimension_sections", "rope_parameters", 4, [&](std::int64_t i) { return given[i]; });
    }
}

// What all families have in common (conversion/base.py, set_gguf_parameters).
constexpr void describe_common(config_query &q) {
    describe_layer_count(q);
    describe_sizes(q);
    describe_experts(q);
    describe_rotary_embedding(q);
    const json_value causal = q.at("is_causal");
    if (kind_of(causal) == json_value::kind::boolean && *causal.at == 'f')
        q.put("attention.causal", false, "is_causal");

    // If the language model is only a part of the configuration, that part or the whole may have this key.
    constexpr const char *tie = "tie_word_embeddings";
    const json_value outer = q.whole.find(tie);
    q.tied = !q.at(tie) && kind_of(outer) == json_value::kind::boolean ? *outer.at == 't' : q.boolean(tie);
    q.qkv_bias = q.attention_output_bias = q.boolean("attention_bias");
    q.mlp_bias = q.boolean("mlp_bias");
}

constexpr void describe_tensors(config_query &q) {
    using n = tensor_name;
    q.tensor(n::token_embd);
    if (!q.tied) q.tensor(n::output);
    if (!q.said(n::attn_norm)) q.tensor(n::attn_norm);
    const auto query = q.fused_qkv ? n::attn_qkv : n::attn_q;
    q.tensor(query);
    if (q.qkv_bias) q.tensor(query, tensor_part::bias);
    if (q.attention_output_bias) q.tensor(n::attn_output, tensor_part::bias);
    if (q.mlp_bias) q.tensor(n::ffn_up, tensor_part::bias);
}

} // namespace detail

// The model that the text of a config.json describes, arranged (see arranged()). A key that is not there has the default of
// transformers' configuration class; but it is an error if a size is missing that every file has. An error names the key and
// its line, or the byte at which the text is not JSON.
constexpr result<model> model_from_config(const char *text, std::int64_t length) {
    using detail::model_error;
    const result<json_value> root = json_root(text, length);
    if (!root) return root.error();
    if (kind_of(*root) != json_value::kind::object)
        return model_error(errc::malformed, "config.json", "is not an object", "keys have values in it");
    config_query q;
    q.begin = text;
    q.whole = json_object(*root);
    const json_value part = detail::language_part(*root);
    q.nested = part.at != root->at;
    q.text = q.nested ? json_object(part) : q.whole;
    if (q.whole.has_too_many() || q.text.has_too_many())
        return model_error(errc::unsupported, "config.json", "has more than 256 keys", "no model needs as many");

    const auto outer = text_of_json<63>(q.whole.find("model_type"));
    const auto inner = text_of_json<63>(q.text.find("model_type"));
    const config_reader *reader = detail::find_config_reader(q, outer.c_str());
    if (q.nested) { // defaults are those of the part
        const config_reader *own = detail::find_config_reader(q, inner.c_str());
        if (reader == nullptr) reader = own;
    }
    // Models that bring their own code go by the name of their class.
    if (reader == nullptr)
        for_each_element(q.whole.find("architectures"), [&](json_value v) {
            if (reader == nullptr) reader = detail::find_config_reader(q, text_of_json<63>(v).c_str());
        });
    if (reader == nullptr) {
        if (outer.empty() && inner.empty())
            return model_error(errc::missing, "model_type", "is missing", "it says what the other keys mean");
        return model_error(errc::unknown, "model_type", (inner.empty() ? outer : inner).c_str(),
                           "no family of this name is known");
    }
    detail::describe_common(q);
    if (reader->describe != nullptr) reader->describe(q);
    detail::describe_tensors(q);
    if (!reader->family->gguf.parts_left_out) {
        q.insist_on("attention.head_count", "num_attention_heads");
        const bool dense = q.number_of("expert_count") == 0 || q.number_of("leading_dense_block_count") > 0;
        if (dense) q.insist_on("feed_forward_length", "intermediate_size");
    }
    q.insist_on("context_length", "max_position_embeddings");
    q.finish();
    if (q.failed) return q.failure;
    const result<model> described = detail::described_by(q, reader->family->name);
    if (described && described->tie_word_embeddings && !q.tied && reader->family->head != head_use::none)
        q.fail(errc::unsupported, "tie_word_embeddings", "is false",
               "models of the family have no head of their own in llama.cpp");
    return q.failed ? q.failure : described;
}

constexpr result<model> model_from_config(const char *text) {
    std::int64_t length = 0;
    while (text[length] != '\0') ++length;
    return model_from_config(text, length);
}

MEMBOUND_END_NAMESPACE

#endif

// Encoders after BERT: BERT (BGE, E5, MiniLM), Nomic Embed, Jina Embeddings 2 and 3, ModernBERT, NeoBERT, EuroBERT.
// Source: llama.cpp v0.5.0, src/models/bert.cpp, nomic-bert.cpp, nomic-bert-moe.cpp, jina-bert-v2.cpp, jina-bert-v3.cpp,
// modern-bert.cpp, neo-bert.cpp, eurobert.cpp.
#ifndef MEMBOUND_ARCHITECTURES_BERT_HPP
#define MEMBOUND_ARCHITECTURES_BERT_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct bert {
    static constexpr void arrange(model &m) { m.tie_word_embeddings = true; } // llama-quantize takes it as that
    static constexpr void read_token_types(gguf_query &q, model &m) {
        const std::int64_t kinds = q.integer("tokenizer.ggml.token_type_count", key_use::optional);
        if (kinds == 0)
            q.fail_at(errc::missing, "tokenizer.ggml.token_type_count", "is missing or 0",
                      "the family tells tokens apart");
        m.type_vocab_size = q.has(tensor_name::token_types) ? kinds : 0;
    }
    static constexpr void read_biases(gguf_query &q, model &m) {
        m.mlp_output_bias = q.has(tensor_name::ffn_down, tensor_part::bias);
        if (m.mlp_bias && !m.mlp_output_bias) // in no model there is
            q.fail_at(errc::unsupported, "ffn_up.bias", "stands without ffn_down.bias", "the biases come together");
    }
    static constexpr void read(gguf_query &q, model &m) {
        read_token_types(q, m);
        read_biases(q, m);
        read_classifier(q, m);
        m.ranks.norm = false;
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "bert";
        a.norm = norm_kind::layer;
        a.position = position_kind::learned;
        a.ffn = feed_forward_form::plain;
        a.cache = cache_use::none;
        a.head = head_use::none;
        a.embedding_norm = true;
        a.residual_norms = true;
        a.position_first = true;
        a.arrange = arrange;
        a.gguf.heads_span_hidden = true;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 30522}, {"max_position_embeddings", 512}, {"hidden_size", 768}, {"num_hidden_layers", 12},
        {"intermediate_size", 3072}, {"num_attention_heads", 12}, {"tie_word_embeddings", true}, {"type_vocab_size", 2}};
    static constexpr config_default distilled[] = {
        {"vocab_size", 30522}, {"max_position_embeddings", 512}, {"n_heads", 12}, {"n_layers", 6},
        {"tie_word_embeddings", true}};
    static constexpr config_type types[] = {{"bert", defaults},
                                            {"camembert", defaults},
                                            {"roberta", defaults},
                                            {"xlm-roberta", defaults},
                                            {"distilbert", distilled}};
    static constexpr void describe_token_types(config_query &q) {
        const std::int64_t kinds = q.integer("type_vocab_size");
        q.put("tokenizer.ggml.token_type_count", kinds > 0 ? kinds : 1, "type_vocab_size");
        if (kinds > 0) q.tensor(tensor_name::token_types);
        q.put("attention.causal", false);
    }
    static constexpr void describe(config_query &q) {
        describe_token_types(q);
        q.qkv_bias = q.attention_output_bias = q.mlp_bias = true;
        q.tensor(tensor_name::ffn_down, tensor_part::bias);
        // The first positions are those of no token.
        const bool offset =
            q.is("model_type", "roberta") || q.is("model_type", "xlm-roberta") || q.is("model_type", "camembert");
        if (offset)
            q.put("context_length", q.integer("max_position_embeddings") - 1 - q.integer("pad_token_id", 1),
                  "max_position_embeddings");
    }
    static constexpr config_reader config{value, types, describe};
};

struct nomic_bert {
    static constexpr void read(gguf_query &q, model &m) {
        bert::read_token_types(q, m);
        if (m.mlp_bias || q.has(tensor_name::ffn_down, tensor_part::bias))
            q.fail_at(errc::unsupported, "ffn_up.bias", "is there", "the family computes without it");
    }
    static constexpr architecture value = [] {
        architecture a = bert::value;
        a.name = "nomic-bert";
        a.position = position_kind::rotary;
        a.ffn = feed_forward_form::gated;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 30528}, {"max_position_embeddings", 2048}, {"hidden_size", 768}, {"num_hidden_layers", 12},
        {"intermediate_size", 3072}, {"num_attention_heads", 12}, {"type_vocab_size", 2}};
    static constexpr config_type types[] = {{"nomic_bert", defaults}};
    static constexpr bool has_experts(const config_query &q) { return q.has("moe_every_n_layers"); }
    static constexpr void describe_trunk(config_query &q) {
        bert::describe_token_types(q);
        q.fused_qkv = q.has("n_embd");
        q.qkv_bias = q.attention_output_bias = q.boolean("qkv_proj_bias");
    }
    static constexpr void describe(config_query &q) {
        describe_trunk(q);
        constexpr std::int64_t trained = 2048; // positions of v1 and v1.5
        if (q.integer("n_positions") > trained) q.put("context_length", trained, "n_positions");
    }
    static constexpr bool accepts(const config_query &q) { return !has_experts(q); }
    static constexpr config_reader config{value, types, describe, accepts};
};

struct nomic_bert_moe {
    static constexpr void arrange(model &m) {
        bert::arrange(m);
        if (m.moe_intermediate_size == 0) m.moe_intermediate_size = m.intermediate_size;
        for (int i = 0; i < m.layer_count(); ++i)
            m.layers[i].ffn = m.moe_every_n_layers > 0 && i % m.moe_every_n_layers == 1 ? feed_forward_kind::experts
                                                                                      : feed_forward_kind::dense;
    }
    static constexpr void read(gguf_query &q, model &m) {
        bert::read_token_types(q, m);
        bert::read_biases(q, m);
        m.moe_every_n_layers = q.integer("moe_every_n_layers", key_use::optional);
        if (m.moe_every_n_layers > 1 && m.num_hidden_layers > 1) q.insist_on_experts(m);
    }
    static constexpr architecture value = [] {
        architecture a = bert::value;
        a.name = "nomic-bert-moe";
        a.position = position_kind::rotary;
        a.arrange = arrange;
        a.gguf.experts = key_use::optional;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_type types[] = {{"nomic_bert", nomic_bert::defaults}};
    static constexpr void describe(config_query &q) {
        nomic_bert::describe_trunk(q);
        q.copy("moe_every_n_layers", "moe_every_n_layers");
        q.copy("expert_used_count", "moe_top_k");
        q.mlp_bias = q.boolean("mlp_fc1_bias");
        if (q.boolean("mlp_fc2_bias")) q.tensor(tensor_name::ffn_down, tensor_part::bias);
        q.put("context_length", 512, "n_positions"); // as it was trained
    }
    static constexpr config_reader config{value, types, describe, nomic_bert::has_experts};
};

struct jina_bert_v2 {
    static constexpr void arrange(model &m) {
        bert::arrange(m);
        m.attention_output_bias = true;
        m.mlp_output_bias = true;
    }
    static constexpr void read(gguf_query &q, model &m) {
        bert::read_token_types(q, m);
        m.type_vocab_size = q.integer("tokenizer.ggml.token_type_count", key_use::optional);
        const bool gated = q.has(tensor_name::ffn_gate);
        const bool both = q.rows_of(tensor_name::ffn_up) == detail::multiply(2, m.intermediate_size);
        m.ffn = gated ? feed_forward_form::gated : both ? feed_forward_form::fused_gated : feed_forward_form::plain;
        if (gated && (both || m.mlp_bias))
            q.fail_at(errc::unsupported, "ffn_up", "has a bias or both branches, beside ffn_gate",
                      "the family's blocks have one or the other");
        if (q.has(tensor_name::attn_q_norm) || q.has(tensor_name::attn_k_norm)) {
            m.head_norms = query_key_norm::all_heads;
            if (m.fused_qkv || !q.has(tensor_name::attn_q_norm, tensor_part::bias) ||
                !q.has(tensor_name::attn_k_norm, tensor_part::bias))
                q.fail_at(errc::unsupported, "attn_q_norm.bias, attn_k_norm.bias", "are not both there",
                          "the norms of queries and keys have biases, and stand behind matrices of their own");
        }
        m.attention_norm_2 = q.has(tensor_name::attn_norm_2);
        if (m.attention_norm_2 && !q.has(tensor_name::attn_norm_2, tensor_part::bias))
            q.fail_at(errc::unsupported, "attn_norm_2.bias", "is missing", "the norms of the family have biases");
        if (q.has(tensor_name::cls)) m.ranks.dense_size = 1;
        m.ranks.dense_bias = q.has(tensor_name::cls, tensor_part::bias);
    }
    static constexpr architecture value = [] {
        architecture a = bert::value;
        a.name = "jina-bert-v2";
        a.position = position_kind::by_distance;
        a.ffn = feed_forward_form::by_model;
        a.arrange = arrange;
        a.gguf.read = read;
        return a;
    }();
};

struct jina_bert_v3 {
    static constexpr void read(gguf_query &q, model &m) {
        bert::read_token_types(q, m);
        bert::read_biases(q, m);
    }
    static constexpr architecture value = [] {
        architecture a = bert::value;
        a.name = "jina-bert-v3";
        a.position = position_kind::rotary;
        a.gguf.read = read;
        return a;
    }();
};

// The first layer has no norm before attention.
struct modern_bert {
    static constexpr void arrange(model &m) {
        m.tie_word_embeddings = true;
        m.fused_qkv = true;
        membound::detail::set_sliding_pattern(m, 3, membound::detail::full_layer::first);
    }
    static constexpr void read(gguf_query &q, model &m) {
        read_classifier(q, m);
        m.first_norm = q.has(tensor_name::attn_norm, tensor_part::weight, 0);
        const gguf_value act = q.keys.find("hidden_activation");
        if (act.type == gguf_value::kind::text && (same_text(act.text, "relu") || same_text(act.text, "reglu")))
            q.fail(errc::unsupported, "hidden_activation", "is relu or reglu", "the family has gated units of others");
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "modern-bert";
        a.norm = norm_kind::layer_without_bias;
        a.ffn = feed_forward_form::fused_gated;
        a.cache = cache_use::none;
        a.head = head_use::none;
        a.embedding_norm = true;
        a.first_norm = false;
        a.triple_qkv = true;
        a.ranks_by_mean = true;
        a.arrange = arrange;
        a.gguf.window = key_use::optional;
        a.gguf.heads_span_hidden = true;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 50368}, {"max_position_embeddings", 8192}, {"hidden_size", 768}, {"num_hidden_layers", 22},
        {"intermediate_size", 1152}, {"num_attention_heads", 12}, {"tie_word_embeddings", true},
        {"local_attention", 128},
        {"global_attn_every_n_layers", 3}};
    static constexpr config_type types[] = {{"modernbert", defaults}};
    static constexpr void describe(config_query &q) {
        q.copy("attention.sliding_window", "local_attention");
        if (!q.put_layers("attention.sliding_window_pattern", "layer_types", "sliding_attention"))
            q.copy("attention.sliding_window_pattern", "global_attn_every_n_layers");
        q.fused_qkv = true;
        q.tensor_in(tensor_name::attn_norm, tensor_part::weight, [](int i) { return i > 0; });
    }
    static constexpr config_reader config{value, types, describe};
};

struct neo_bert {
    static constexpr void arrange(model &m) {
        m.tie_word_embeddings = true;
        m.fused_qkv = true;
    }
    static constexpr void read(gguf_query &q, model &m) {
        read_classifier(q, m);
        m.ranks.norm = false;
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "neo-bert";
        a.ffn = feed_forward_form::fused_gated;
        a.final_norm = tensor_name::enc_output_norm;
        a.cache = cache_use::none;
        a.head = head_use::none;
        a.arrange = arrange;
        a.gguf.heads_span_hidden = true;
        a.gguf.read = read;
        return a;
    }();
};

struct eurobert {
    static constexpr void arrange(model &m) { m.tie_word_embeddings = true; }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "eurobert";
        a.cache = cache_use::none;
        a.head = head_use::none;
        a.arrange = arrange;
        a.gguf.heads_span_hidden = true;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 128256}, {"max_position_embeddings", 8192}, {"hidden_size", 768}, {"num_hidden_layers", 12},
        {"intermediate_size", 3072}, {"num_attention_heads", 12}};
    static constexpr config_type types[] = {{"eurobert", defaults}};
    static constexpr void describe(config_query &q) { q.put("attention.causal", false); }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

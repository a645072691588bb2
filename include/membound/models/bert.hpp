// Encoders: BERT, and embeddings of BGE, Snowflake and Nomic.
// Source: config.json of the Hugging Face repository above each entry, as copied by mlc-ai/mlc-llm (model_preset.py)
// and cli99/llm-analysis (model_configs). The pooler and the head of BERT are not in the file.
#ifndef MEMBOUND_MODELS_BERT_HPP
#define MEMBOUND_MODELS_BERT_HPP

#include <membound/architectures/bert.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace models {

namespace detail {

constexpr model bert() {
    model m;
    m.family = &architectures::bert::value;
    m.vocab_size = 30522;
    m.max_position_embeddings = 512;
    m.type_vocab_size = 2;
    m.bidirectional = true;
    m.attention_bias = true;
    m.attention_output_bias = true;
    m.mlp_bias = true;
    m.mlp_output_bias = true;
    return m;
}

} // namespace detail

// google-bert/bert-base-uncased (llm-analysis)
struct bert_base_uncased {
    static constexpr model value = [] {
        model m = detail::bert();
        m.name = "bert-base-uncased";
        m.num_hidden_layers = 12;
        m.hidden_size = 768;
        m.num_attention_heads = 12;
        m.intermediate_size = 3072;
        return arranged(m).value();
    }();
};

// google-bert/bert-large-uncased (llm-analysis)
struct bert_large_uncased {
    static constexpr model value = [] {
        model m = detail::bert();
        m.name = "bert-large-uncased";
        m.num_hidden_layers = 24;
        m.hidden_size = 1024;
        m.num_attention_heads = 16;
        m.intermediate_size = 4096;
        return arranged(m).value();
    }();
};

// BAAI/bge-base-en-v1.5
struct bge_base_en_v1_5 {
    static constexpr model value = [] {
        model m = bert_base_uncased::value;
        m.name = "bge-base-en-v1.5";
        m.pooling = pooling_kind::first;
        return m;
    }();
};

// Snowflake/snowflake-arctic-embed-m (mlc-llm)
struct snowflake_arctic_embed_m {
    static constexpr model value = [] {
        model m = bert_base_uncased::value;
        m.name = "snowflake-arctic-embed-m";
        m.pooling = pooling_kind::first;
        return m;
    }();
};

// nomic-ai/nomic-embed-text-v1.5: the converter takes the context that it was trained for, and the file is without the
// six rows that fill up the embedding
struct nomic_embed_text_v1_5 {
    static constexpr model value = [] {
        model m;
        m.name = "nomic-embed-text-v1.5";
        m.family = &architectures::nomic_bert::value;
        m.vocab_size = 30522;
        m.max_position_embeddings = 2048;
        m.type_vocab_size = 2;
        m.bidirectional = true;
        m.fused_qkv = true;
        m.pooling = pooling_kind::mean;
        m.num_hidden_layers = 12;
        m.hidden_size = 768;
        m.num_attention_heads = 12;
        m.intermediate_size = 3072;
        return arranged(m).value();
    }();
};

} // namespace models
MEMBOUND_END_NAMESPACE

#endif

// Gemma 1 to 3, 3n, CodeGemma and EmbeddingGemma; of Gemma 3 from 4B on and of 3n, the text part.
// Source: config.json of the Hugging Face repository above each entry, as copied by mlc-ai/mlc-llm (model_preset.py),
// Lightning-AI/litgpt (config.py) and AI-Hypercomputer/maxtext (hf_model_configs.py). Where an entry names no copy of
// its configuration, none was at hand to compare with.
#ifndef MEMBOUND_MODELS_GEMMA_HPP
#define MEMBOUND_MODELS_GEMMA_HPP

#include <membound/architectures/gemma.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace models {

namespace detail {

constexpr model gemma_1() {
    model m;
    m.family = &architectures::gemma::value;
    m.vocab_size = 256000;
    m.max_position_embeddings = 8192;
    m.head_dim = 256;
    m.tie_word_embeddings = true;
    return m;
}

constexpr model gemma_2() {
    model m;
    m.family = &architectures::gemma2::value;
    m.vocab_size = 256000;
    m.max_position_embeddings = 8192;
    m.head_dim = 256;
    m.sliding_window = 4096;
    m.tie_word_embeddings = true;
    return m;
}

// From 4B on the embedding has 262208 rows, of which the converter keeps those of the tokenizer, and the configuration
// leaves max_position_embeddings to its default of 131072 (litgpt; maxtext has 163840).
constexpr model gemma_3() {
    model m;
    m.family = &architectures::gemma3::value;
    m.vocab_size = 262144;
    m.max_position_embeddings = 131072;
    m.head_dim = 256;
    m.sliding_window = 1024;
    m.tie_word_embeddings = true;
    return m;
}

} // namespace detail

// google/gemma-2b (mlc-llm)
struct gemma_2b {
    static constexpr model value = [] {
        model m = detail::gemma_1();
        m.name = "gemma-2b";
        m.num_hidden_layers = 18;
        m.hidden_size = 2048;
        m.num_attention_heads = 8;
        m.num_key_value_heads = 1;
        m.intermediate_size = 16384;
        return arranged(m).value();
    }();
};

// google/gemma-7b (litgpt)
struct gemma_7b {
    static constexpr model value = [] {
        model m = detail::gemma_1();
        m.name = "gemma-7b";
        m.num_hidden_layers = 28;
        m.hidden_size = 3072;
        m.num_attention_heads = 16;
        m.num_key_value_heads = 16;
        m.intermediate_size = 24576;
        return arranged(m).value();
    }();
};

// google/codegemma-2b
struct codegemma_2b {
    static constexpr model value = [] {
        model m = gemma_2b::value;
        m.name = "codegemma-2b";
        return m;
    }();
};

// google/codegemma-7b-it (litgpt)
struct codegemma_7b {
    static constexpr model value = [] {
        model m = gemma_7b::value;
        m.name = "codegemma-7b";
        return m;
    }();
};

// google/gemma-2-2b-it (mlc-llm)
struct gemma_2_2b {
    static constexpr model value = [] {
        model m = detail::gemma_2();
        m.name = "gemma-2-2b";
        m.num_hidden_layers = 26;
        m.hidden_size = 2304;
        m.num_attention_heads = 8;
        m.num_key_value_heads = 4;
        m.intermediate_size = 9216;
        return arranged(m).value();
    }();
};

// google/gemma-2-9b-it (mlc-llm)
struct gemma_2_9b {
    static constexpr model value = [] {
        model m = detail::gemma_2();
        m.name = "gemma-2-9b";
        m.num_hidden_layers = 42;
        m.hidden_size = 3584;
        m.num_attention_heads = 16;
        m.num_key_value_heads = 8;
        m.intermediate_size = 14336;
        return arranged(m).value();
    }();
};

// google/gemma-2-27b-it (mlc-llm)
struct gemma_2_27b {
    static constexpr model value = [] {
        model m = detail::gemma_2();
        m.name = "gemma-2-27b";
        m.num_hidden_layers = 46;
        m.hidden_size = 4608;
        m.num_attention_heads = 32;
        m.num_key_value_heads = 16;
        m.head_dim = 128;
        m.intermediate_size = 36864;
        return arranged(m).value();
    }();
};

// google/gemma-3-270m
struct gemma_3_270m {
    static constexpr model value = [] {
        model m = detail::gemma_3();
        m.name = "gemma-3-270m";
        m.max_position_embeddings = 32768;
        m.num_hidden_layers = 18;
        m.hidden_size = 640;
        m.num_attention_heads = 4;
        m.num_key_value_heads = 1;
        m.intermediate_size = 2048;
        m.sliding_window = 512;
        return arranged(m).value();
    }();
};

// google/gemma-3-1b-it (mlc-llm)
struct gemma_3_1b {
    static constexpr model value = [] {
        model m = detail::gemma_3();
        m.name = "gemma-3-1b";
        m.max_position_embeddings = 32768;
        m.num_hidden_layers = 26;
        m.hidden_size = 1152;
        m.num_attention_heads = 4;
        m.num_key_value_heads = 1;
        m.intermediate_size = 6912;
        m.sliding_window = 512;
        return arranged(m).value();
    }();
};

// google/gemma-3-4b-it (maxtext)
struct gemma_3_4b {
    static constexpr model value = [] {
        model m = detail::gemma_3();
        m.name = "gemma-3-4b";
        m.num_hidden_layers = 34;
        m.hidden_size = 2560;
        m.num_attention_heads = 8;
        m.num_key_value_heads = 4;
        m.intermediate_size = 10240;
        return arranged(m).value();
    }();
};

// google/gemma-3-12b-it (maxtext)
struct gemma_3_12b {
    static constexpr model value = [] {
        model m = detail::gemma_3();
        m.name = "gemma-3-12b";
        m.num_hidden_layers = 48;
        m.hidden_size = 3840;
        m.num_attention_heads = 16;
        m.num_key_value_heads = 8;
        m.intermediate_size = 15360;
        return arranged(m).value();
    }();
};

// google/gemma-3-27b-it (maxtext)
struct gemma_3_27b {
    static constexpr model value = [] {
        model m = detail::gemma_3();
        m.name = "gemma-3-27b";
        m.num_hidden_layers = 62;
        m.hidden_size = 5376;
        m.num_attention_heads = 32;
        m.num_key_value_heads = 16;
        m.head_dim = 128;
        m.intermediate_size = 21504;
        return arranged(m).value();
    }();
};

// google/gemma-3n-E4B-it (transformers): the file is without the rows of the embedding for images and sound
struct gemma_3n_e4b {
    static constexpr model value = [] {
        model m;
        m.name = "gemma-3n-e4b";
        m.family = &architectures::gemma3n::value;
        m.vocab_size = 262144;
        m.max_position_embeddings = 32768;
        m.num_hidden_layers = 35;
        m.hidden_size = 2048;
        m.num_attention_heads = 8;
        m.num_key_value_heads = 2;
        m.intermediate_size = 16384;
        m.head_dim = 256;
        m.sliding_window = 512;
        m.tie_word_embeddings = true;
        return arranged(m).value();
    }();
};

// google/embeddinggemma-300m, without the dense layers behind it
struct embeddinggemma_300m {
    static constexpr model value = [] {
        model m;
        m.name = "embeddinggemma-300m";
        m.family = &architectures::gemma_embedding::value;
        m.vocab_size = 262144;
        m.max_position_embeddings = 2048;
        m.num_hidden_layers = 24;
        m.hidden_size = 768;
        m.num_attention_heads = 3;
        m.num_key_value_heads = 1;
        m.intermediate_size = 1152;
        m.head_dim = 256;
        m.sliding_window = 512;
        m.tie_word_embeddings = true;
        m.pooling = pooling_kind::mean;
        return arranged(m).value();
    }();
};

} // namespace models
MEMBOUND_END_NAMESPACE

#endif

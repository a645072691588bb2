// Gemma 1 to 4, 3n, CodeGemma and EmbeddingGemma; of 3n, the text part.
// Source: config.json of the Hugging Face repository above each entry, as copied by mlc-ai/mlc-llm (model_preset.py),
// Lightning-AI/litgpt (config.py) and AI-Hypercomputer/maxtext (hf_model_configs.py). Where an entry names no copy of
// its configuration, none was at hand to compare with.
#ifndef MEMBOUND_MODELS_GEMMA_HPP
#define MEMBOUND_MODELS_GEMMA_HPP

#include <membound/architectures/gemma.hpp>
#include <membound/models/vision.hpp>

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

// Layers with full attention have heads of 512 and `full_heads` of them for keys, from 12B on without a matrix for values.
constexpr model gemma_4(std::int64_t layers, std::int64_t period, std::int64_t full_heads, bool keys_are_values) {
    model m;
    m.family = &architectures::gemma4::value;
    m.vocab_size = 262144;
    m.max_position_embeddings = 262144;
    m.num_hidden_layers = layers;
    m.head_dim = 512;
    m.sliding_head_dim = 256;
    m.sliding_window = 1024;
    m.sliding_window_pattern = period;
    m.tie_word_embeddings = true;
    m.final_logit_softcapping = true;
    m.layer_output_scale = true;
    m.vision = &vision::gemma_4_large;
    for (std::int64_t i = period - 1; i < layers; i += period) {
        m.layers[i].num_key_value_heads = static_cast<std::int32_t>(full_heads);
        m.layers[i].values_are_keys = keys_are_values;
    }
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
    static constexpr model value = variant_of(gemma_2b::value, "codegemma-2b");
};

// google/codegemma-7b-it (litgpt)
struct codegemma_7b {
    static constexpr model value = variant_of(gemma_7b::value, "codegemma-7b");
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
        m.vision = &vision::siglip_400m;
        m.linear_rope_factor = 8;
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
        m.vision = &vision::siglip_400m;
        m.linear_rope_factor = 8;
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
        m.vision = &vision::siglip_400m;
        m.linear_rope_factor = 8;
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

// google/gemma-4-E2B-it (maxtext)
struct gemma_4_e2b {
    static constexpr model value = [] {
        model m = detail::gemma_4(35, 5, 1, false);
        m.name = "gemma-4-e2b";
        m.max_position_embeddings = 131072;
        m.hidden_size = 1536;
        m.num_attention_heads = 8;
        m.num_key_value_heads = 1;
        m.intermediate_size = 6144;
        for (int i = 15; i < 35; ++i) m.layers[i].intermediate_size = 12288; // of layers that share a cache
        m.sliding_window = 512;
        m.num_kv_shared_layers = 20;
        m.per_layer_size = 256;
        m.unused_keys = true;
        m.vision = &vision::gemma_4_small;
        return arranged(m).value();
    }();
};

// google/gemma-4-E4B-it (maxtext)
struct gemma_4_e4b {
    static constexpr model value = [] {
        model m = detail::gemma_4(42, 6, 2, false);
        m.name = "gemma-4-e4b";
        m.max_position_embeddings = 131072;
        m.hidden_size = 2560;
        m.num_attention_heads = 8;
        m.num_key_value_heads = 2;
        m.intermediate_size = 10240;
        m.sliding_window = 512;
        m.num_kv_shared_layers = 18;
        m.per_layer_size = 256;
        m.unused_keys = true;
        m.vision = &vision::gemma_4_small;
        return arranged(m).value();
    }();
};

// google/gemma-4-12B-it: the heads of keys and values as SGLang prints the cache, the rest as Gemma 3 12B's; with what reads
// images and sound, its parameters are the 11,959,730,224 of the repository
struct gemma_4_12b {
    static constexpr model value = [] {
        model m = detail::gemma_4(48, 6, 1, true);
        m.name = "gemma-4-12b";
        m.hidden_size = 3840;
        m.num_attention_heads = 16;
        m.num_key_value_heads = 8;
        m.intermediate_size = 15360;
        m.vision = &vision::gemma_4_unified;
        return arranged(m).value();
    }();
};

// google/gemma-4-26B-A4B-it (maxtext)
struct gemma_4_26b_a4b {
    static constexpr model value = [] {
        model m = detail::gemma_4(30, 6, 2, true);
        m.name = "gemma-4-26b-a4b";
        m.hidden_size = 2816;
        m.num_attention_heads = 16;
        m.num_key_value_heads = 8;
        m.intermediate_size = 2112;
        m.num_experts = 128;
        m.num_experts_per_tok = 8;
        m.moe_intermediate_size = 704;
        m.norm_topk_prob = true;
        m.expert_scale = true;
        return arranged(m).value();
    }();
};

// google/gemma-4-31B-it (maxtext)
struct gemma_4_31b {
    static constexpr model value = [] {
        model m = detail::gemma_4(60, 6, 4, true);
        m.name = "gemma-4-31b";
        m.hidden_size = 5376;
        m.num_attention_heads = 32;
        m.num_key_value_heads = 16;
        m.intermediate_size = 21504;
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

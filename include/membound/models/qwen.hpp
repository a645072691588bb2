// Qwen 1.5 with experts, Qwen 2, 2.5 and 3, dense and with experts, their Coder variants, and QwQ.
// Source: config.json of the Hugging Face repository above each entry, as copied by ai-dynamo/aiconfigurator
// (model_configs), mlc-ai/mlc-llm (model_preset.py), Lightning-AI/litgpt (config.py), AI-Hypercomputer/maxtext
// (hf_model_configs.py) and NVIDIA/TensorRT-LLM (tests). vocab_size counts the padded rows of the embedding. Where an
// entry names no copy of its configuration, none was at hand to compare with.
#ifndef MEMBOUND_MODELS_QWEN_HPP
#define MEMBOUND_MODELS_QWEN_HPP

#include <membound/architectures/qwen.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace models {

namespace detail {

// Of Qwen 2.5 from 7B on, the base models say 131072 positions, the Instruct models 32768.
constexpr model qwen2() {
    model m;
    m.family = &architectures::qwen2::value;
    m.vocab_size = 151936;
    m.max_position_embeddings = 32768;
    m.attention_bias = true;
    return m;
}

constexpr model qwen2_moe() {
    model m;
    m.family = &architectures::qwen2moe::value;
    m.vocab_size = 151936;
    m.attention_bias = true;
    return m;
}

constexpr model qwen3() {
    model m;
    m.family = &architectures::qwen3::value;
    m.vocab_size = 151936;
    m.max_position_embeddings = 40960;
    m.num_key_value_heads = 8;
    m.head_dim = 128;
    return m;
}

constexpr model qwen3_moe() {
    model m;
    m.family = &architectures::qwen3moe::value;
    m.vocab_size = 151936;
    m.max_position_embeddings = 40960;
    m.head_dim = 128;
    m.num_experts = 128;
    m.num_experts_per_tok = 8;
    return m;
}

} // namespace detail

// Qwen/Qwen1.5-MoE-A2.7B (mlc-llm)
struct qwen1_5_moe_a2_7b {
    static constexpr model value = [] {
        model m = detail::qwen2_moe();
        m.name = "qwen1.5-moe-a2.7b";
        m.max_position_embeddings = 32768;
        m.num_hidden_layers = 24;
        m.hidden_size = 2048;
        m.num_attention_heads = 16;
        m.num_key_value_heads = 16;
        m.intermediate_size = 5632;
        m.num_experts = 60;
        m.num_experts_per_tok = 4;
        m.moe_intermediate_size = 1408;
        m.shared_expert_intermediate_size = 5632;
        return arranged(m).value();
    }();
};

// Qwen/Qwen2-0.5B-Instruct (mlc-llm)
struct qwen2_0_5b {
    static constexpr model value = [] {
        model m = detail::qwen2();
        m.name = "qwen2-0.5b";
        m.num_hidden_layers = 24;
        m.hidden_size = 896;
        m.num_attention_heads = 14;
        m.num_key_value_heads = 2;
        m.intermediate_size = 4864;
        m.tie_word_embeddings = true;
        return arranged(m).value();
    }();
};

// Qwen/Qwen2-1.5B-Instruct (mlc-llm)
struct qwen2_1_5b {
    static constexpr model value = [] {
        model m = detail::qwen2();
        m.name = "qwen2-1.5b";
        m.num_hidden_layers = 28;
        m.hidden_size = 1536;
        m.num_attention_heads = 12;
        m.num_key_value_heads = 2;
        m.intermediate_size = 8960;
        m.tie_word_embeddings = true;
        return arranged(m).value();
    }();
};

// Qwen/Qwen2-7B-Instruct (mlc-llm)
struct qwen2_7b {
    static constexpr model value = [] {
        model m = detail::qwen2();
        m.name = "qwen2-7b";
        m.vocab_size = 152064;
        m.num_hidden_layers = 28;
        m.hidden_size = 3584;
        m.num_attention_heads = 28;
        m.num_key_value_heads = 4;
        m.intermediate_size = 18944;
        return arranged(m).value();
    }();
};

// Qwen/Qwen2-72B-Instruct
struct qwen2_72b {
    static constexpr model value = [] {
        model m = detail::qwen2();
        m.name = "qwen2-72b";
        m.vocab_size = 152064;
        m.num_hidden_layers = 80;
        m.hidden_size = 8192;
        m.num_attention_heads = 64;
        m.num_key_value_heads = 8;
        m.intermediate_size = 29568;
        return arranged(m).value();
    }();
};

// Qwen/Qwen2-57B-A14B (TensorRT-LLM)
struct qwen2_57b_a14b {
    static constexpr model value = [] {
        model m = detail::qwen2_moe();
        m.name = "qwen2-57b-a14b";
        m.max_position_embeddings = 131072;
        m.num_hidden_layers = 28;
        m.hidden_size = 3584;
        m.num_attention_heads = 28;
        m.num_key_value_heads = 4;
        m.intermediate_size = 18944;
        m.num_experts = 64;
        m.num_experts_per_tok = 8;
        m.moe_intermediate_size = 2560;
        m.shared_expert_intermediate_size = 20480;
        return arranged(m).value();
    }();
};

// Qwen/Qwen2.5-0.5B-Instruct (litgpt)
struct qwen2_5_0_5b {
    static constexpr model value = variant_of(qwen2_0_5b::value, "qwen2.5-0.5b");
};

// Qwen/Qwen2.5-1.5B-Instruct (maxtext)
struct qwen2_5_1_5b {
    static constexpr model value = variant_of(qwen2_1_5b::value, "qwen2.5-1.5b");
};

// Qwen/Qwen2.5-3B-Instruct (mlc-llm)
struct qwen2_5_3b {
    static constexpr model value = [] {
        model m = detail::qwen2();
        m.name = "qwen2.5-3b";
        m.num_hidden_layers = 36;
        m.hidden_size = 2048;
        m.num_attention_heads = 16;
        m.num_key_value_heads = 2;
        m.intermediate_size = 11008;
        m.tie_word_embeddings = true;
        return arranged(m).value();
    }();
};

// Qwen/Qwen2.5-7B-Instruct (maxtext)
struct qwen2_5_7b {
    static constexpr model value = variant_of(qwen2_7b::value, "qwen2.5-7b");
};

// Qwen/Qwen2.5-14B-Instruct (maxtext)
struct qwen2_5_14b {
    static constexpr model value = [] {
        model m = detail::qwen2();
        m.name = "qwen2.5-14b";
        m.vocab_size = 152064;
        m.num_hidden_layers = 48;
        m.hidden_size = 5120;
        m.num_attention_heads = 40;
        m.num_key_value_heads = 8;
        m.intermediate_size = 13824;
        return arranged(m).value();
    }();
};

// Qwen/Qwen2.5-32B-Instruct (litgpt)
struct qwen2_5_32b {
    static constexpr model value = [] {
        model m = detail::qwen2();
        m.name = "qwen2.5-32b";
        m.vocab_size = 152064;
        m.num_hidden_layers = 64;
        m.hidden_size = 5120;
        m.num_attention_heads = 40;
        m.num_key_value_heads = 8;
        m.intermediate_size = 27648;
        return arranged(m).value();
    }();
};

// Qwen/Qwen2.5-72B-Instruct (litgpt)
struct qwen2_5_72b {
    static constexpr model value = variant_of(qwen2_72b::value, "qwen2.5-72b");
};

// Qwen/Qwen2.5-Math-1.5B-Instruct
struct qwen2_5_math_1_5b {
    static constexpr model value = variant_of(qwen2_5_1_5b::value, "qwen2.5-math-1.5b", 4096);
};

// Qwen/Qwen2.5-Math-7B-Instruct
struct qwen2_5_math_7b {
    static constexpr model value = variant_of(qwen2_5_7b::value, "qwen2.5-math-7b", 4096);
};

// Qwen/Qwen2.5-Math-72B-Instruct
struct qwen2_5_math_72b {
    static constexpr model value = variant_of(qwen2_5_72b::value, "qwen2.5-math-72b", 4096);
};

// Qwen/Qwen2.5-Coder-0.5B-Instruct (litgpt)
struct qwen2_5_coder_0_5b {
    static constexpr model value = variant_of(qwen2_5_0_5b::value, "qwen2.5-coder-0.5b");
};

// Qwen/Qwen2.5-Coder-1.5B-Instruct (litgpt)
struct qwen2_5_coder_1_5b {
    static constexpr model value = variant_of(qwen2_5_1_5b::value, "qwen2.5-coder-1.5b");
};

// Qwen/Qwen2.5-Coder-3B-Instruct (litgpt)
struct qwen2_5_coder_3b {
    static constexpr model value = variant_of(qwen2_5_3b::value, "qwen2.5-coder-3b");
};

// Qwen/Qwen2.5-Coder-7B-Instruct (litgpt)
struct qwen2_5_coder_7b {
    static constexpr model value = variant_of(qwen2_5_7b::value, "qwen2.5-coder-7b");
};

// Qwen/Qwen2.5-Coder-14B-Instruct (litgpt)
struct qwen2_5_coder_14b {
    static constexpr model value = variant_of(qwen2_5_14b::value, "qwen2.5-coder-14b");
};

// Qwen/Qwen2.5-Coder-32B-Instruct (litgpt)
struct qwen2_5_coder_32b {
    static constexpr model value = variant_of(qwen2_5_32b::value, "qwen2.5-coder-32b");
};

// Qwen/QwQ-32B (litgpt)
struct qwq_32b {
    static constexpr model value = variant_of(qwen2_5_32b::value, "qwq-32b", 131072);
};

// Qwen/Qwen3-0.6B (aiconfigurator)
struct qwen3_0_6b {
    static constexpr model value = [] {
        model m = detail::qwen3();
        m.name = "qwen3-0.6b";
        m.num_hidden_layers = 28;
        m.hidden_size = 1024;
        m.num_attention_heads = 16;
        m.intermediate_size = 3072;
        m.tie_word_embeddings = true;
        return arranged(m).value();
    }();
};

// Qwen/Qwen3-1.7B (aiconfigurator)
struct qwen3_1_7b {
    static constexpr model value = [] {
        model m = detail::qwen3();
        m.name = "qwen3-1.7b";
        m.num_hidden_layers = 28;
        m.hidden_size = 2048;
        m.num_attention_heads = 16;
        m.intermediate_size = 6144;
        m.tie_word_embeddings = true;
        return arranged(m).value();
    }();
};

// Qwen/Qwen3-4B (maxtext)
struct qwen3_4b {
    static constexpr model value = [] {
        model m = detail::qwen3();
        m.name = "qwen3-4b";
        m.num_hidden_layers = 36;
        m.hidden_size = 2560;
        m.num_attention_heads = 32;
        m.intermediate_size = 9728;
        m.tie_word_embeddings = true;
        return arranged(m).value();
    }();
};

// Qwen/Qwen3-8B (aiconfigurator)
struct qwen3_8b {
    static constexpr model value = [] {
        model m = detail::qwen3();
        m.name = "qwen3-8b";
        m.num_hidden_layers = 36;
        m.hidden_size = 4096;
        m.num_attention_heads = 32;
        m.intermediate_size = 12288;
        return arranged(m).value();
    }();
};

// Qwen/Qwen3-Embedding-0.6B
struct qwen3_embedding_0_6b {
    static constexpr model value = [] {
        model m = qwen3_0_6b::value;
        m.name = "qwen3-embedding-0.6b";
        m.vocab_size = 151669;
        m.max_position_embeddings = 32768;
        return arranged(m).value();
    }();
};

// Qwen/Qwen3-Embedding-4B
struct qwen3_embedding_4b {
    static constexpr model value = [] {
        model m = qwen3_4b::value;
        m.name = "qwen3-embedding-4b";
        m.vocab_size = 151665;
        return arranged(m).value();
    }();
};

// Qwen/Qwen3-Embedding-8B
struct qwen3_embedding_8b {
    static constexpr model value = [] {
        model m = qwen3_8b::value;
        m.name = "qwen3-embedding-8b";
        m.vocab_size = 151665;
        m.tie_word_embeddings = true; // its files have no head
        return arranged(m).value();
    }();
};

// Qwen/Qwen3-14B (maxtext)
struct qwen3_14b {
    static constexpr model value = [] {
        model m = detail::qwen3();
        m.name = "qwen3-14b";
        m.num_hidden_layers = 40;
        m.hidden_size = 5120;
        m.num_attention_heads = 40;
        m.intermediate_size = 17408;
        return arranged(m).value();
    }();
};

// Qwen/Qwen3-32B (aiconfigurator)
struct qwen3_32b {
    static constexpr model value = [] {
        model m = detail::qwen3();
        m.name = "qwen3-32b";
        m.num_hidden_layers = 64;
        m.hidden_size = 5120;
        m.num_attention_heads = 64;
        m.intermediate_size = 25600;
        return arranged(m).value();
    }();
};

// Qwen/Qwen3-4B-Instruct-2507 and Thinking-2507 (litgpt)
struct qwen3_4b_2507 {
    static constexpr model value = variant_of(qwen3_4b::value, "qwen3-4b-2507", 262144);
};

// Qwen/Qwen3-30B-A3B (aiconfigurator)
struct qwen3_30b_a3b {
    static constexpr model value = [] {
        model m = detail::qwen3_moe();
        m.name = "qwen3-30b-a3b";
        m.num_hidden_layers = 48;
        m.hidden_size = 2048;
        m.num_attention_heads = 32;
        m.num_key_value_heads = 4;
        m.intermediate_size = 6144;
        m.moe_intermediate_size = 768;
        return arranged(m).value();
    }();
};

// Qwen/Qwen3-235B-A22B (aiconfigurator)
struct qwen3_235b_a22b {
    static constexpr model value = [] {
        model m = detail::qwen3_moe();
        m.name = "qwen3-235b-a22b";
        m.num_hidden_layers = 94;
        m.hidden_size = 4096;
        m.num_attention_heads = 64;
        m.num_key_value_heads = 4;
        m.intermediate_size = 12288;
        m.moe_intermediate_size = 1536;
        return arranged(m).value();
    }();
};

// Qwen/Qwen3-30B-A3B-Instruct-2507 and Thinking-2507 (litgpt)
struct qwen3_30b_a3b_2507 {
    static constexpr model value = variant_of(qwen3_30b_a3b::value, "qwen3-30b-a3b-2507", 262144);
};

// Qwen/Qwen3-235B-A22B-Instruct-2507 and Thinking-2507 (litgpt)
struct qwen3_235b_a22b_2507 {
    static constexpr model value = variant_of(qwen3_235b_a22b::value, "qwen3-235b-a22b-2507", 262144);
};

// Qwen/Qwen3-Coder-30B-A3B-Instruct
struct qwen3_coder_30b_a3b {
    static constexpr model value = variant_of(qwen3_30b_a3b_2507::value, "qwen3-coder-30b-a3b");
};

// Qwen/Qwen3-Coder-480B-A35B-Instruct (aiconfigurator)
struct qwen3_coder_480b_a35b {
    static constexpr model value = [] {
        model m = detail::qwen3_moe();
        m.name = "qwen3-coder-480b-a35b";
        m.max_position_embeddings = 262144;
        m.num_hidden_layers = 62;
        m.hidden_size = 6144;
        m.num_attention_heads = 96;
        m.num_key_value_heads = 8;
        m.intermediate_size = 8192;
        m.num_experts = 160;
        m.moe_intermediate_size = 2560;
        return arranged(m).value();
    }();
};

} // namespace models
MEMBOUND_END_NAMESPACE

#endif

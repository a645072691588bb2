// Qwen3-Next, Qwen 3.5 and 3.6.
// Source: config.json of the Hugging Face repository above each entry, as copied by ai-dynamo/aiconfigurator
// (model_configs) and AI-Hypercomputer/maxtext (hf_model_configs.py).
// The layer that predicts a further token is in num_nextn_predict_layers: the converter puts it into the file.
#ifndef MEMBOUND_MODELS_QWEN_NEXT_HPP
#define MEMBOUND_MODELS_QWEN_NEXT_HPP

#include <membound/architectures/qwen_next.hpp>
#include <membound/models/vision.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace models {

namespace detail {

constexpr model qwen3_next() {
    model m;
    m.family = &architectures::qwen3next::value;
    m.vocab_size = 151936;
    m.max_position_embeddings = 262144;
    m.head_dim = 256;
    m.rotary_dim = 64;
    m.full_attention_interval = 4;
    m.num_nextn_predict_layers = 1;
    m.ssm_conv_kernel = 4;
    m.ssm_state_size = 128;
    m.ssm_group_count = 16;
    return m;
}

constexpr model qwen3_5() {
    model m = qwen3_next();
    m.family = &architectures::qwen35::value;
    m.vocab_size = 248320;
    m.vision = &vision::qwen3_5;
    return m;
}

constexpr model qwen3_5_small() {
    model m = qwen3_5();
    m.vision = &vision::qwen3_5_small;
    m.tie_word_embeddings = true;
    m.num_hidden_layers = 24;
    m.num_attention_heads = 8;
    m.num_key_value_heads = 2;
    m.ssm_inner_size = 2048;
    m.ssm_time_step_rank = 16;
    return m;
}

constexpr model qwen3_5_moe() {
    model m = qwen3_5();
    m.family = &architectures::qwen35moe::value;
    m.num_key_value_heads = 2;
    m.num_experts = 256;
    m.num_experts_per_tok = 8;
    return m;
}

} // namespace detail

// Qwen/Qwen3-Next-80B-A3B-Instruct (maxtext)
struct qwen3_next_80b_a3b {
    static constexpr model value = [] {
        model m = detail::qwen3_next();
        m.name = "qwen3-next-80b-a3b";
        m.num_hidden_layers = 48;
        m.hidden_size = 2048;
        m.num_attention_heads = 16;
        m.num_key_value_heads = 2;
        m.intermediate_size = 5120;
        m.num_experts = 512;
        m.num_experts_per_tok = 10;
        m.moe_intermediate_size = 512;
        m.shared_expert_intermediate_size = 512;
        m.ssm_inner_size = 4096;
        m.ssm_time_step_rank = 32;
        return arranged(m).value();
    }();
};

// Qwen/Qwen3.5-0.8B
struct qwen3_5_0_8b {
    static constexpr model value = [] {
        model m = detail::qwen3_5_small();
        m.name = "qwen3.5-0.8b";
        m.vision = &vision::qwen3_5_smallest;
        m.hidden_size = 1024;
        m.intermediate_size = 3584;
        return arranged(m).value();
    }();
};

// Qwen/Qwen3.5-2B
struct qwen3_5_2b {
    static constexpr model value = [] {
        model m = detail::qwen3_5_small();
        m.name = "qwen3.5-2b";
        m.hidden_size = 2048;
        m.intermediate_size = 6144;
        return arranged(m).value();
    }();
};

// Qwen/Qwen3.5-4B
struct qwen3_5_4b {
    static constexpr model value = [] {
        model m = detail::qwen3_5_small();
        m.name = "qwen3.5-4b";
        m.num_hidden_layers = 32;
        m.hidden_size = 2560;
        m.num_attention_heads = 16;
        m.num_key_value_heads = 4;
        m.intermediate_size = 9216;
        m.ssm_inner_size = 4096;
        m.ssm_time_step_rank = 32;
        return arranged(m).value();
    }();
};

// Qwen/Qwen3.5-9B: the heads as SGLang prints cache and states
struct qwen3_5_9b {
    static constexpr model value = [] {
        model m = detail::qwen3_5();
        m.name = "qwen3.5-9b";
        m.num_hidden_layers = 32;
        m.hidden_size = 4096;
        m.num_attention_heads = 16;
        m.num_key_value_heads = 4;
        m.intermediate_size = 12288;
        m.ssm_inner_size = 4096;
        m.ssm_time_step_rank = 32;
        return arranged(m).value();
    }();
};

// Qwen/Qwen3.5-27B (aiconfigurator)
struct qwen3_5_27b {
    static constexpr model value = [] {
        model m = detail::qwen3_5();
        m.name = "qwen3.5-27b";
        m.num_hidden_layers = 64;
        m.hidden_size = 5120;
        m.num_attention_heads = 24;
        m.num_key_value_heads = 4;
        m.intermediate_size = 17408;
        m.ssm_inner_size = 6144;
        m.ssm_time_step_rank = 48;
        return arranged(m).value();
    }();
};

// Qwen/Qwen3.5-35B-A3B (aiconfigurator)
struct qwen3_5_35b_a3b {
    static constexpr model value = [] {
        model m = detail::qwen3_5_moe();
        m.name = "qwen3.5-35b-a3b";
        m.num_hidden_layers = 40;
        m.hidden_size = 2048;
        m.num_attention_heads = 16;
        m.moe_intermediate_size = 512;
        m.shared_expert_intermediate_size = 512;
        m.ssm_inner_size = 4096;
        m.ssm_time_step_rank = 32;
        return arranged(m).value();
    }();
};

// Qwen/Qwen3.5-122B-A10B (aiconfigurator)
struct qwen3_5_122b_a10b {
    static constexpr model value = [] {
        model m = detail::qwen3_5_moe();
        m.name = "qwen3.5-122b-a10b";
        m.num_hidden_layers = 48;
        m.hidden_size = 3072;
        m.num_attention_heads = 32;
        m.moe_intermediate_size = 1024;
        m.shared_expert_intermediate_size = 1024;
        m.ssm_inner_size = 8192;
        m.ssm_time_step_rank = 64;
        return arranged(m).value();
    }();
};

// Qwen/Qwen3.5-397B-A17B (aiconfigurator)
struct qwen3_5_397b_a17b {
    static constexpr model value = [] {
        model m = detail::qwen3_5_moe();
        m.name = "qwen3.5-397b-a17b";
        m.num_hidden_layers = 60;
        m.hidden_size = 4096;
        m.num_attention_heads = 32;
        m.num_experts = 512;
        m.num_experts_per_tok = 10;
        m.moe_intermediate_size = 1024;
        m.shared_expert_intermediate_size = 1024;
        m.ssm_inner_size = 8192;
        m.ssm_time_step_rank = 64;
        return arranged(m).value();
    }();
};

// Qwen/Qwen3.6-27B (aiconfigurator)
struct qwen3_6_27b {
    static constexpr model value = variant_of(qwen3_5_27b::value, "qwen3.6-27b");
};

// Qwen/Qwen3.8-27B: cache and states are those of Qwen 3.5 27B in vLLM's logs
struct qwen3_8_27b {
    static constexpr model value = variant_of(qwen3_5_27b::value, "qwen3.8-27b");
};

// Qwen/Qwen3.6-35B-A3B (aiconfigurator)
struct qwen3_6_35b_a3b {
    static constexpr model value = variant_of(qwen3_5_35b_a3b::value, "qwen3.6-35b-a3b");
};

} // namespace models
MEMBOUND_END_NAMESPACE

#endif

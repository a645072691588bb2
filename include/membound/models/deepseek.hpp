// DeepSeek LLM, Coder, V2, V3, V3.2, V4 and R1, and others of the layout of V3: Kimi K2, Moonlight. The models distilled
// from R1 are in deepseek_r1_distill.hpp.
// Source: config.json of the Hugging Face repository above each entry, as copied by ai-dynamo/aiconfigurator
// (model_configs), mlc-ai/mlc-llm (model_preset.py) and THUDM/slime (scripts/models). Of all but V3.2 the layers for
// multi-token prediction are left out, as by the converter. Where an entry names no copy of its configuration, none was
// at hand to compare with.
#ifndef MEMBOUND_MODELS_DEEPSEEK_HPP
#define MEMBOUND_MODELS_DEEPSEEK_HPP

#include <membound/architectures/deepseek.hpp>
#include <membound/architectures/llama.hpp>
#include <membound/models/vision.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace models {

namespace detail {

constexpr model deepseek_llm() {
    model m;
    m.family = &architectures::llama::value;
    m.vocab_size = 102400;
    m.max_position_embeddings = 4096;
    return m;
}

constexpr model deepseek_coder() {
    model m;
    m.family = &architectures::llama::value;
    m.vocab_size = 32256;
    m.max_position_embeddings = 16384;
    return m;
}

constexpr model deepseek_v2() {
    model m;
    m.family = &architectures::deepseek2::value;
    m.vocab_size = 102400;
    m.max_position_embeddings = 163840;
    m.num_experts_per_tok = 6;
    m.num_shared_experts = 2;
    m.first_k_dense_replace = 1;
    m.num_expert_groups = 1;
    m.num_expert_groups_used = 1;
    m.kv_lora_rank = 512;
    m.qk_nope_head_dim = 128;
    m.qk_rope_head_dim = 64;
    m.v_head_dim = 128;
    return m;
}

constexpr model deepseek_v3() {
    model m;
    m.family = &architectures::deepseek2::value;
    m.vocab_size = 129280;
    m.max_position_embeddings = 163840;
    m.num_hidden_layers = 61;
    m.hidden_size = 7168;
    m.num_attention_heads = 128;
    m.intermediate_size = 18432;
    m.num_experts = 256;
    m.num_experts_per_tok = 8;
    m.moe_intermediate_size = 2048;
    m.num_shared_experts = 1;
    m.first_k_dense_replace = 3;
    m.num_expert_groups = 8;
    m.num_expert_groups_used = 4;
    m.router = router_kind::sigmoid;
    m.norm_topk_prob = true;
    m.scaled_expert_weights = true;
    m.router_bias = true;
    m.q_lora_rank = 1536;
    m.kv_lora_rank = 512;
    m.qk_nope_head_dim = 128;
    m.qk_rope_head_dim = 64;
    m.v_head_dim = 128;
    return m;
}

constexpr model kimi_k2() {
    model m = deepseek_v3();
    m.vocab_size = 163840;
    m.max_position_embeddings = 131072;
    m.num_attention_heads = 64;
    m.num_experts = 384;
    m.first_k_dense_replace = 1;
    m.num_expert_groups = 1;
    m.num_expert_groups_used = 1;
    return m;
}

} // namespace detail

// deepseek-ai/deepseek-llm-7b-base
struct deepseek_llm_7b {
    static constexpr model value = [] {
        model m = detail::deepseek_llm();
        m.name = "deepseek-llm-7b";
        m.num_hidden_layers = 30;
        m.hidden_size = 4096;
        m.num_attention_heads = 32;
        m.intermediate_size = 11008;
        return arranged(m).value();
    }();
};

// deepseek-ai/deepseek-llm-67b-base
struct deepseek_llm_67b {
    static constexpr model value = [] {
        model m = detail::deepseek_llm();
        m.name = "deepseek-llm-67b";
        m.num_hidden_layers = 95;
        m.hidden_size = 8192;
        m.num_attention_heads = 64;
        m.num_key_value_heads = 8;
        m.intermediate_size = 22016;
        return arranged(m).value();
    }();
};

// deepseek-ai/deepseek-coder-1.3b-base
struct deepseek_coder_1_3b {
    static constexpr model value = [] {
        model m = detail::deepseek_coder();
        m.name = "deepseek-coder-1.3b";
        m.num_hidden_layers = 24;
        m.hidden_size = 2048;
        m.num_attention_heads = 16;
        m.intermediate_size = 5504;
        return arranged(m).value();
    }();
};

// deepseek-ai/deepseek-coder-6.7b-base
struct deepseek_coder_6_7b {
    static constexpr model value = [] {
        model m = detail::deepseek_coder();
        m.name = "deepseek-coder-6.7b";
        m.num_hidden_layers = 32;
        m.hidden_size = 4096;
        m.num_attention_heads = 32;
        m.intermediate_size = 11008;
        return arranged(m).value();
    }();
};

// deepseek-ai/deepseek-coder-33b-base
struct deepseek_coder_33b {
    static constexpr model value = [] {
        model m = detail::deepseek_coder();
        m.name = "deepseek-coder-33b";
        m.num_hidden_layers = 62;
        m.hidden_size = 7168;
        m.num_attention_heads = 56;
        m.num_key_value_heads = 8;
        m.intermediate_size = 19200;
        return arranged(m).value();
    }();
};

// deepseek-ai/DeepSeek-V2-Lite (mlc-llm)
struct deepseek_v2_lite {
    static constexpr model value = [] {
        model m = detail::deepseek_v2();
        m.name = "deepseek-v2-lite";
        m.num_hidden_layers = 27;
        m.hidden_size = 2048;
        m.num_attention_heads = 16;
        m.intermediate_size = 10944;
        m.num_experts = 64;
        m.moe_intermediate_size = 1408;
        return arranged(m).value();
    }();
};

// deepseek-ai/DeepSeek-V2
struct deepseek_v2 {
    static constexpr model value = [] {
        model m = detail::deepseek_v2();
        m.name = "deepseek-v2";
        m.num_hidden_layers = 60;
        m.hidden_size = 5120;
        m.num_attention_heads = 128;
        m.intermediate_size = 12288;
        m.num_experts = 160;
        m.moe_intermediate_size = 1536;
        m.num_expert_groups = 8;
        m.num_expert_groups_used = 3;
        m.scaled_expert_weights = true;
        m.q_lora_rank = 1536;
        return arranged(m).value();
    }();
};

// deepseek-ai/DeepSeek-Coder-V2-Lite-Instruct
struct deepseek_coder_v2_lite {
    static constexpr model value = variant_of(deepseek_v2_lite::value, "deepseek-coder-v2-lite");
};

// deepseek-ai/DeepSeek-Coder-V2-Instruct
struct deepseek_coder_v2 {
    static constexpr model value = variant_of(deepseek_v2::value, "deepseek-coder-v2");
};

// deepseek-ai/DeepSeek-V2.5
struct deepseek_v2_5 {
    static constexpr model value = variant_of(deepseek_v2::value, "deepseek-v2.5");
};

// deepseek-ai/DeepSeek-V3 and V3-0324 (aiconfigurator)
struct deepseek_v3 {
    static constexpr model value = [] {
        model m = detail::deepseek_v3();
        m.name = "deepseek-v3";
        return arranged(m).value();
    }();
};

// deepseek-ai/DeepSeek-V3.1 (aiconfigurator)
struct deepseek_v3_1 {
    static constexpr model value = variant_of(deepseek_v3::value, "deepseek-v3.1");
};

// deepseek-ai/DeepSeek-R1 and R1-0528 (aiconfigurator)
struct deepseek_r1 {
    static constexpr model value = variant_of(deepseek_v3::value, "deepseek-r1");
};

// moonshotai/Kimi-K2-Instruct (aiconfigurator)
struct kimi_k2 {
    static constexpr model value = [] {
        model m = detail::kimi_k2();
        m.name = "kimi-k2";
        return arranged(m).value();
    }();
};

// moonshotai/Kimi-K2-Thinking (slime)
struct kimi_k2_thinking {
    static constexpr model value = variant_of(kimi_k2::value, "kimi-k2-thinking", 262144);
};

// moonshotai/Kimi-K2.5 (aiconfigurator)
struct kimi_k2_5 {
    static constexpr model value = [] {
        model m = variant_of(kimi_k2_thinking::value, "kimi-k2.5");
        m.vision = &vision::moon_vit_3d;
        return m;
    }();
};

// moonshotai/Moonlight-16B-A3B (slime)
struct moonlight_16b_a3b {
    static constexpr model value = [] {
        model m = detail::deepseek_v3();
        m.name = "moonlight-16b-a3b";
        m.vocab_size = 163840;
        m.max_position_embeddings = 8192;
        m.num_hidden_layers = 27;
        m.hidden_size = 2048;
        m.num_attention_heads = 16;
        m.intermediate_size = 11264;
        m.num_experts = 64;
        m.num_experts_per_tok = 6;
        m.moe_intermediate_size = 1408;
        m.num_shared_experts = 2;
        m.first_k_dense_replace = 1;
        m.num_expert_groups = 1;
        m.num_expert_groups_used = 1;
        m.q_lora_rank = 0;
        return arranged(m).value();
    }();
};

// moonshotai/Kimi-K2.6 (aiconfigurator)
struct kimi_k2_6 {
    static constexpr model value = variant_of(kimi_k2_5::value, "kimi-k2.6");
};

// deepseek-ai/DeepSeek-V3.2 (aiconfigurator); the converter puts the layer that predicts a further token into the file
struct deepseek_v3_2 {
    static constexpr model value = [] {
        model m = detail::deepseek_v3();
        m.name = "deepseek-v3.2";
        m.family = &architectures::deepseek32::value;
        m.num_nextn_predict_layers = 1;
        m.indexer_heads = 64;
        m.indexer_head_dim = 128;
        m.indexer_top_k = 2048;
        m.further.embedding = true;
        m.further.head = true;
        return arranged(m).value();
    }();
};

// deepseek-ai/DeepSeek-V4-Flash: a window of 128 tokens, and in all but three layers compressed keys of those before
struct deepseek_v4_flash {
    static constexpr model value = [] {
        model m;
        m.name = "deepseek-v4-flash";
        m.family = &architectures::deepseek4::value;
        m.vocab_size = 129280;
        m.max_position_embeddings = 1048576;
        m.num_hidden_layers = 43;
        m.hidden_size = 4096;
        m.num_attention_heads = 64;
        m.num_key_value_heads = 1;
        m.head_dim = 512;
        m.rotary_dim = 64;
        m.q_lora_rank = 1024;
        m.output_groups = 8;
        m.output_rank = 1024;
        m.sliding_window = 128;
        m.indexer_heads = 64;
        m.indexer_head_dim = 128;
        m.indexer_top_k = 512;
        m.num_experts = 256;
        m.num_experts_per_tok = 6;
        m.moe_intermediate_size = 2048;
        m.num_shared_experts = 1;
        m.norm_topk_prob = true;
        m.scaled_expert_weights = true;
        m.hyper_connections = 4;
        m.sinkhorn_iterations = 20;
        for (int i = 0; i < m.layer_count(); ++i) {
            m.layers[i].routed_by_token = i < 3;
            if (i >= 2) m.layers[i].compression = i % 2 == 0 ? key_compression::overlapping : key_compression::apart;
        }
        return arranged(m).value();
    }();
};

// deepseek-ai/DeepSeek-V4-Pro
struct deepseek_v4_pro {
    static constexpr model value = [] {
        model m = deepseek_v4_flash::value;
        m.name = "deepseek-v4-pro";
        m.num_hidden_layers = 61;
        m.hidden_size = 7168;
        m.num_attention_heads = 128;
        m.q_lora_rank = 1536;
        m.output_groups = 16;
        m.indexer_top_k = 1024;
        m.num_experts = 384;
        m.moe_intermediate_size = 3072;
        m.shared_expert_intermediate_size = 0;
        for (int i = 0; i < m.layer_count(); ++i) {
            m.layers[i] = layer{};
            m.layers[i].routed_by_token = i < 3;
            m.layers[i].compression = i >= 2 && i % 2 == 0 ? key_compression::overlapping : key_compression::apart;
        }
        return arranged(m).value();
    }();
};

} // namespace models
MEMBOUND_END_NAMESPACE

#endif

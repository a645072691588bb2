// Nemotron 3 8B of 2023, Nemotron H, Nano 2, and Nemotron 3.
// Source: config.json of the Hugging Face repository above each entry, as copied by ai-dynamo/aiconfigurator
// (model_configs) and NVIDIA-NeMo/Megatron-Bridge (recipes/nemotronh). The converter puts the layer of Nemotron 3 Super
// that predicts a further token into the file.
#ifndef MEMBOUND_MODELS_NEMOTRON_HPP
#define MEMBOUND_MODELS_NEMOTRON_HPP

#include <membound/architectures/nemotron.hpp>
#include <membound/architectures/nemotron_h.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace models {

namespace detail {

// M: a state space; *: attention; -: a dense block; E: experts.
constexpr model nemotron_h(const char *pattern) {
    model m;
    m.family = &architectures::nemotron_h::value;
    m.vocab_size = 131072;
    m.head_dim = 128;
    m.num_key_value_heads = 8;
    m.ssm_conv_kernel = 4;
    m.ssm_state_size = 128;
    m.ssm_group_count = 8;
    m.layer_kinds_given = true;
    m.feed_forward_kinds_given = true;
    for (; pattern[m.num_hidden_layers] != '\0'; ++m.num_hidden_layers) {
        const char c = pattern[m.num_hidden_layers];
        layer &l = m.layers[m.num_hidden_layers];
        l.kind = c == '*' ? layer_kind::full_attention : layer_kind::no_attention;
        l.state = c == 'M' ? state_kind::mamba_2 : state_kind::none;
        l.ffn = c == '-' ? feed_forward_kind::dense : c == 'E' ? feed_forward_kind::experts : feed_forward_kind::none;
    }
    return m;
}

constexpr model nemotron_3(const char *pattern) {
    model m = nemotron_h(pattern);
    m.family = &architectures::nemotron_h_moe::value;
    m.max_position_embeddings = 262144;
    m.num_attention_heads = 32;
    m.num_key_value_heads = 2;
    m.num_shared_experts = 1;
    m.norm_topk_prob = true;
    m.scaled_expert_weights = true;
    return m;
}

} // namespace detail

// nvidia/Nemotron-H-56B-Base-8K (aiconfigurator)
struct nemotron_h_56b {
    static constexpr model value = [] {
        model m = detail::nemotron_h("M-M-M-M*-M-M-M-M-M*-M-M-M-M-M*-M-M-M-M-M*-M-M-M-M-M*-M-M-M-M-M*"
                                     "-M-M-M-M-M*-M-M-M-M-M*-M-M-M-M-M*-M-M-M-M-M*-M-M-M-M-M-");
        m.name = "nemotron-h-56b";
        m.max_position_embeddings = 8192;
        m.hidden_size = 8192;
        m.num_attention_heads = 64;
        m.intermediate_size = 32768;
        m.ssm_inner_size = 16384;
        m.ssm_state_size = 256;
        m.ssm_time_step_rank = 256;
        return arranged(m).value();
    }();
};

// nvidia/NVIDIA-Nemotron-Nano-9B-v2 (Megatron-Bridge)
struct nemotron_nano_9b_v2 {
    static constexpr model value = [] {
        model m = detail::nemotron_h("M-M-M-MM-M-M-M*-M-M-M*-M-M-M-M*-M-M-M-M*-M-MM-M-M-M-M-M-");
        m.name = "nemotron-nano-9b-v2";
        m.max_position_embeddings = 131072;
        m.hidden_size = 4480;
        m.num_attention_heads = 40;
        m.intermediate_size = 15680;
        m.ssm_inner_size = 10240;
        m.ssm_time_step_rank = 128;
        return arranged(m).value();
    }();
};

// nvidia/NVIDIA-Nemotron-Nano-12B-v2 (Megatron-Bridge)
struct nemotron_nano_12b_v2 {
    static constexpr model value = [] {
        model m = detail::nemotron_h("M-M-M-M*-M-M-M-M*-M-M-M-M*-M-M-M-M*-M-M-M-M*-M-M-M-M*-M-M-M-M-");
        m.name = "nemotron-nano-12b-v2";
        m.max_position_embeddings = 131072;
        m.hidden_size = 5120;
        m.num_attention_heads = 40;
        m.intermediate_size = 20480;
        m.ssm_inner_size = 10240;
        m.ssm_time_step_rank = 128;
        return arranged(m).value();
    }();
};

// nvidia/NVIDIA-Nemotron-3-Nano-4B-BF16: 21 state spaces, 4 layers of attention and 17 dense blocks as in vLLM's logs of
// it; the order of the layers was not at hand
struct nemotron_3_nano_4b {
    static constexpr model value = [] {
        model m = detail::nemotron_h("M-M-M-MM-M-M*-M-M-M*-M-M-M-M*-M-M-MM-MM*M-");
        m.name = "nemotron-3-nano-4b";
        m.max_position_embeddings = 262144;
        m.hidden_size = 3136;
        m.num_attention_heads = 40;
        m.intermediate_size = 12544;
        m.ssm_inner_size = 7680;
        m.ssm_time_step_rank = 96;
        return arranged(m).value();
    }();
};

// nvidia/nemotron-3-8b-base-4k
struct nemotron_3_8b {
    static constexpr model value = [] {
        model m;
        m.name = "nemotron-3-8b";
        m.family = &architectures::nemotron::value;
        m.vocab_size = 256000;
        m.max_position_embeddings = 4096;
        m.num_hidden_layers = 32;
        m.hidden_size = 4096;
        m.num_attention_heads = 32;
        m.num_key_value_heads = 32;
        m.intermediate_size = 16384;
        m.rotary_dim = 64;
        return arranged(m).value();
    }();
};

// nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16 (aiconfigurator)
struct nemotron_3_nano_30b_a3b {
    static constexpr model value = [] {
        model m = detail::nemotron_3("MEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEMEM*EMEMEMEME");
        m.name = "nemotron-3-nano-30b-a3b";
        m.hidden_size = 2688;
        m.intermediate_size = 1856;
        m.num_experts = 128;
        m.num_experts_per_tok = 6;
        m.moe_intermediate_size = 1856;
        m.shared_expert_intermediate_size = 3712;
        m.ssm_inner_size = 4096;
        m.ssm_time_step_rank = 64;
        return arranged(m).value();
    }();
};

// nvidia/NVIDIA-Nemotron-3-Super-120B-A12B-FP8 (aiconfigurator)
struct nemotron_3_super_120b_a12b {
    static constexpr model value = [] {
        model m = detail::nemotron_3("MEMEMEM*EMEMEMEM*EMEMEMEM*EMEMEMEMEM*EMEMEMEMEM*"
                                     "EMEMEMEMEM*EMEMEMEMEM*EMEMEMEM*EMEMEMEME");
        m.name = "nemotron-3-super-120b-a12b";
        m.hidden_size = 4096;
        m.intermediate_size = 2688;
        m.num_experts = 512;
        m.num_experts_per_tok = 22;
        m.moe_intermediate_size = 2688;
        m.shared_expert_intermediate_size = 5376;
        m.moe_latent_size = 1024;
        m.ssm_inner_size = 8192;
        m.ssm_time_step_rank = 128;
        m.num_nextn_predict_layers = 1;
        m.layers[m.num_hidden_layers].ffn = feed_forward_kind::experts;
        return arranged(m).value();
    }();
};

} // namespace models
MEMBOUND_END_NAMESPACE

#endif

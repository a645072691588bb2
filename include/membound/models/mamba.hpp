// Mamba, Falcon Mamba, Mamba 2 and Codestral Mamba.
// Source: config.json of the Hugging Face repository above each entry. There is no limit of positions: the converter
// writes 2^20.
#ifndef MEMBOUND_MODELS_MAMBA_HPP
#define MEMBOUND_MODELS_MAMBA_HPP

#include <membound/architectures/mamba.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace models {

namespace detail {

constexpr model mamba_1() {
    model m;
    m.family = &architectures::mamba::value;
    m.max_position_embeddings = 1048576;
    m.num_hidden_layers = 64;
    m.ssm_conv_kernel = 4;
    m.ssm_state_size = 16;
    return m;
}

constexpr model mamba_2() {
    model m;
    m.family = &architectures::mamba2::value;
    m.max_position_embeddings = 1048576;
    m.num_hidden_layers = 64;
    m.ssm_conv_kernel = 4;
    m.ssm_state_size = 128;
    return m;
}

} // namespace detail

// state-spaces/mamba-2.8b-hf
struct mamba_2_8b {
    static constexpr model value = [] {
        model m = detail::mamba_1();
        m.name = "mamba-2.8b";
        m.vocab_size = 50280;
        m.hidden_size = 2560;
        m.ssm_inner_size = 5120;
        m.ssm_time_step_rank = 160;
        m.tie_word_embeddings = true;
        return arranged(m).value();
    }();
};

// tiiuae/Falcon3-Mamba-7B-Base
struct falcon3_mamba_7b {
    static constexpr model value = [] {
        model m = detail::mamba_1();
        m.name = "falcon3-mamba-7b";
        m.vocab_size = 65024;
        m.hidden_size = 4096;
        m.ssm_inner_size = 8192;
        m.ssm_time_step_rank = 256;
        m.ssm_norms = ssm_norm_kind::weightless;
        return arranged(m).value();
    }();
};

// state-spaces/mamba2-2.7b
struct mamba2_2_7b {
    static constexpr model value = [] {
        model m = detail::mamba_2();
        m.name = "mamba2-2.7b";
        m.vocab_size = 50288;
        m.hidden_size = 2560;
        m.ssm_inner_size = 5120;
        m.ssm_time_step_rank = 80;
        m.ssm_group_count = 1;
        m.tie_word_embeddings = true;
        return arranged(m).value();
    }();
};

// mistralai/Mamba-Codestral-7B-v0.1
struct mamba_codestral_7b {
    static constexpr model value = [] {
        model m = detail::mamba_2();
        m.name = "mamba-codestral-7b";
        m.vocab_size = 32768;
        m.hidden_size = 4096;
        m.ssm_inner_size = 8192;
        m.ssm_time_step_rank = 128;
        m.ssm_group_count = 8;
        return arranged(m).value();
    }();
};

} // namespace models
MEMBOUND_END_NAMESPACE

#endif

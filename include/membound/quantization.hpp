// Which format each tensor of a model is stored in.
#ifndef MEMBOUND_QUANTIZATION_HPP
#define MEMBOUND_QUANTIZATION_HPP

#include <membound/formats/ggml.hpp>
#include <membound/model.hpp>
#include <membound/tensor.hpp>

MEMBOUND_BEGIN_NAMESPACE

// A tensor as a file has it.
struct stored_tensor {
    tensor which;
    format type;
    fixed_text<63> name; // as in the file; longer names do not occur (GGML_MAX_NAME)
};

// llama.cpp's file types (enum llama_ftype, include/llama.h).
enum class file_type : std::int8_t {
    f32 = 0, f16 = 1, q4_0 = 2, q4_1 = 3, q8_0 = 7, q5_0 = 8, q5_1 = 9, q2_k = 10, q3_k_s = 11, q3_k_m = 12, q3_k_l = 13,
    q4_k_s = 14, q4_k_m = 15, q5_k_s = 16, q5_k_m = 17, q6_k = 18, iq2_xxs = 19, iq2_xs = 20, q2_k_s = 21, iq3_xs = 22,
    iq3_xxs = 23, iq1_s = 24, iq4_nl = 25, iq3_s = 26, iq3_m = 27, iq2_s = 28, iq2_m = 29, iq4_xs = 30, iq1_m = 31,
    bf16 = 32, tq1_0 = 36, tq2_0 = 37, mxfp4_moe = 38, nvfp4 = 39, q1_0 = 40, q2_0 = 41
};

// A recipe. `mix` gives each tensor the type that llama-quantize gives it; `uniform` gives every matrix the same format
// and leaves norms, biases and the like in f32; `stored` is what a file has.
struct quantization {
    enum class scheme : std::uint8_t { mix, uniform, stored };

    const char *name = "";
    scheme kind = scheme::mix;
    file_type type = file_type::f16; // of a mix
    bool importance_matrix = false;  // of a mix: llama-quantize was given one
    format matrices;                 // of a uniform recipe
    const stored_tensor *stored = nullptr; // of a file; not owned
    std::int64_t stored_count = 0;
};

MEMBOUND_END_NAMESPACE

#endif

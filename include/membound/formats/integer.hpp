// Integer formats that are not ggml's. Where a scale is kept for a whole matrix or row, it is not counted.
#ifndef MEMBOUND_FORMATS_INTEGER_HPP
#define MEMBOUND_FORMATS_INTEGER_HPP

#include <membound/format.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace formats {

struct int8 { static constexpr format value{"int8", 1, 1}; };
struct int4 { static constexpr format value{"int4", 2, 1}; };

// Groups of 128 numbers of 4 bits with a 16-bit scale (compressed-tensors, W4A16).
struct int4_g128 { static constexpr format value{"int4_g128", 128, 66}; };
// The same with a zero point of 4 bits beside the scale: two groups take 133 bytes (AWQ and GPTQ).
struct int4_g128_zero { static constexpr format value{"int4_g128_zero", 256, 133}; };

// Groups of 64 numbers with a 16-bit scale and a 16-bit bias. Source: MLX, mlx/ops.cpp, quantize (mode affine).
struct mlx_2bit { static constexpr format value{"mlx_2bit", 64, 20}; };
struct mlx_4bit { static constexpr format value{"mlx_4bit", 64, 36}; };
struct mlx_6bit { static constexpr format value{"mlx_6bit", 64, 52}; };
struct mlx_8bit { static constexpr format value{"mlx_8bit", 64, 68}; };

// The same of HQQ and quanto, as caches of Transformers are stored.
struct int8_g64 { static constexpr format value{"int8_g64", 64, 68}; };
struct int4_g64 { static constexpr format value{"int4_g64", 64, 36}; };
struct int2_g64 { static constexpr format value{"int2_g64", 64, 20}; };

// Groups of 32 numbers with a 16-bit scale: caches of ExLlama. Source: exllamav3, cache/quant.py.
struct cache_q8 { static constexpr format value{"q8", 32, 34}; };
struct cache_q7 { static constexpr format value{"q7", 32, 30}; };
struct cache_q6 { static constexpr format value{"q6", 32, 26}; };
struct cache_q5 { static constexpr format value{"q5", 32, 22}; };
struct cache_q4 { static constexpr format value{"q4", 32, 18}; };
struct cache_q3 { static constexpr format value{"q3", 32, 14}; };
struct cache_q2 { static constexpr format value{"q2", 32, 10}; };

} // namespace formats
MEMBOUND_END_NAMESPACE

#endif

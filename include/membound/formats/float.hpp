// Floating-point formats that are not ggml's. Where a scale is kept for a whole matrix or row, it is not counted.
#ifndef MEMBOUND_FORMATS_FLOAT_HPP
#define MEMBOUND_FORMATS_FLOAT_HPP

#include <membound/format.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace formats {

struct fp8_e4m3 { static constexpr format value{"fp8_e4m3", 1, 1}; };
struct fp8_e5m2 { static constexpr format value{"fp8_e5m2", 1, 1}; };
// 32 numbers of 8 bits and one E8M0 scale. Source: OCP Microscaling Formats 1.0.
struct mxfp8 { static constexpr format value{"mxfp8", 32, 33}; };
// 64 numbers of 4 bits and an fp32 absmax. Source: bitsandbytes, Linear4bit, blocksize 64.
struct nf4 { static constexpr format value{"nf4", 64, 36}; };
// The same with the absmax in 8 bits, and an fp32 scale for 256 of those (bnb_4bit_use_double_quant).
struct nf4_double { static constexpr format value{"nf4_double", 16384, 8452}; };

} // namespace formats
MEMBOUND_END_NAMESPACE

#endif

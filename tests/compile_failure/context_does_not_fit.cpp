// A deployment that does not fit: the message has the names of the model, the quantization, the device and the engine,
// and the bytes that are needed and there.
// expect: needed_bytes is more than the device's usable_bytes
// expect: fits_in<false, .*models::llama_3_1_8b, .*q4_k_m, .*devices::geforce_rtx_3060_12gb, .*engines::llama_cpp>
// expect: context_tokens<131072L?L?>
// expect: needed_bytes<22697468160L?L?>
// expect: usable_bytes<12884901888L?L?>
#include <membound/devices/nvidia.hpp>
#include <membound/membound.hpp>
#include <membound/models/llama.hpp>

using edge = membound::deployment<membound::models::llama_3_1_8b, membound::quantizations::q4_k_m,
                                  membound::devices::geforce_rtx_3060_12gb, membound::engines::llama_cpp>;

#ifdef GOOD
static_assert(membound::assert_fits<edge, 32768>::value, "");
#else
static_assert(membound::assert_fits<edge, 131072>::value, "");
#endif

// What the engine refuses is a compile-time error: a quantized V cache without flash attention.
// expect: no_value_in_result
// expect g++: in .constexpr. expansion of
// expect clang++: constexpr variable 'yes' must be initialized by a constant expression
#include <membound/membound.hpp>
#include <membound/models/gpt2.hpp>

using namespace membound;

struct any_card {
    static constexpr device value = bare_memory(24_GiB);
};
using edge = deployment<models::gpt2, quantizations::q8_0, any_card, engines::llama_cpp>;

constexpr workload asked = [] {
    workload w = edge::use(tokens{1024});
    w.flash = flash_attention::off;
#ifndef GOOD
    w.type_v = formats::q8_0::value;
#endif
    return w;
}();
constexpr bool yes = edge::fits(asked);
static_assert(yes, "");

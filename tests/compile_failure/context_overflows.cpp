// A context whose cache does not fit in 63 bits is a compile-time error.
// expect: no_value_in_result
// expect g++: in .constexpr. expansion of
// expect clang++: constexpr variable 'all' must be initialized by a constant expression
#include <membound/membound.hpp>
#include <membound/models/gpt2.hpp>

using namespace membound;

struct large_machine {
    static constexpr device value = bare_memory(bytes(std::int64_t{1} << 62), backend::vulkan);
};
using huge = deployment<models::gpt2, quantizations::q8_0, large_machine, engines::llama_cpp>;

#ifdef GOOD
constexpr tokens asked{1024};
#else
constexpr tokens asked{std::int64_t{1} << 50};
#endif
constexpr bytes all = huge::budget(asked).total().upper;
static_assert(all > 0_B, "");

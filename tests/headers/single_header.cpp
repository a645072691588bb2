// The single header, pasted beside a program and compiled alone.
#include "membound.hpp"

using edge = membound::deployment<membound::models::llama_3_1_8b, membound::quantizations::q4_k_m,
                                  membound::devices::geforce_rtx_3060_12gb, membound::engines::llama_cpp>;
static_assert(edge::fits(membound::tokens{32768}), "");
static_assert(!edge::fits(edge::max_context() * 2), "");

int main() {
    constexpr membound::budget planned = edge::budget(membound::tokens{32768});
    return planned.fits() && planned.total().expected > membound::bytes{0} ? 0 : 1;
}

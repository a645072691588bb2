// A product that ships one model for one card: where the two no longer fit, it does not compile.
#include <membound/devices/nvidia.hpp>
#include <membound/membound.hpp>
#include <membound/models/llama.hpp>

#include <cstdio>

using shipped = membound::deployment<membound::models::llama_3_2_3b, membound::quantizations::q4_k_m,
                                     membound::devices::geforce_rtx_4060, membound::engines::llama_cpp>;
constexpr membound::tokens context{8192};

static_assert(membound::assert_fits<shipped, context.count()>::value, "");
static_assert(shipped::max_context() >= 2 * context, "the next release doubles the context");

int main() {
    constexpr membound::budget b = shipped::budget(context);
    constexpr double mib = 1024 * 1024;
    std::printf("%.0f MiB at most on the card, %.0f MiB left\n",
                static_cast<double>(b.devices[0].total().upper.count()) / mib,
                static_cast<double>(b.devices[0].headroom().count()) / mib);
}

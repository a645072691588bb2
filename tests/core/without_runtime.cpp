// The core, asked through both doors: no more of it than this reaches a program.
#include <membound/devices/nvidia.hpp>
#include <membound/membound.hpp>
#include <membound/models/llama.hpp>

using namespace membound;

using edge =
    deployment<models::llama_3_1_8b, quantizations::q4_k_m, devices::geforce_rtx_3060_12gb, engines::llama_cpp>;

int main(int argc, char **) {
    constexpr bytes planned = edge::budget(tokens{32768}).total().expected;
    const model &asked_model = models::llama_3_1_8b::value;
    const machine on = machine_of(devices::geforce_rtx_3060_12gb::value);
    workload use = engines::llama_cpp::value.defaults;
    use.context = tokens{32767 + argc};
    const auto found = budget_of(asked_model, quantizations::q4_k_m::value, on, engines::llama_cpp::value, use);
    const auto most = max_context(asked_model, quantizations::q4_k_m::value, on, engines::llama_cpp::value, use);
    return found && found->total().expected == planned && most && *most >= use.context ? 0 : 1;
}

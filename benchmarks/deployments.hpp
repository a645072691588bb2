// The deployments that are asked about: a model of each kind of layers, on a CPU, on a GPU, and on both.
#ifndef MEMBOUND_BENCHMARKS_DEPLOYMENTS_HPP
#define MEMBOUND_BENCHMARKS_DEPLOYMENTS_HPP

#include <membound/devices/nvidia.hpp>
#include <membound/membound.hpp>
#include <membound/models/deepseek.hpp>
#include <membound/models/gemma.hpp>
#include <membound/models/gpt_oss.hpp>
#include <membound/models/kimi.hpp>
#include <membound/models/llama.hpp>
#include <membound/models/qwen.hpp>
#include <membound/models/qwen_next.hpp>

namespace membound_benchmarks {

struct subject {
    const char *name;
    const membound::model &model;
    const membound::quantization &recipe;
};

inline constexpr subject subjects[] = {
    {"dense", membound::models::llama_3_1_8b::value, membound::quantizations::q4_k_m::value},
    {"experts", membound::models::qwen3_30b_a3b::value, membound::quantizations::q4_k_m::value},
    {"sliding", membound::models::gemma_3_12b::value, membound::quantizations::q4_k_m::value},
    {"latent", membound::models::deepseek_v3::value, membound::quantizations::q4_k_m::value},
    {"gpt_oss", membound::models::gpt_oss_120b::value, membound::quantizations::mxfp4_moe::value},
    {"hybrid", membound::models::qwen3_next_80b_a3b::value, membound::quantizations::q4_k_m::value},
    {"largest_hybrid", membound::models::kimi_k3::value, membound::quantizations::q4_k_m::value},
};

inline constexpr membound::engine engine = membound::engines::llama_cpp::value;

constexpr membound::workload of_32k_tokens() {
    membound::workload w = engine.defaults;
    w.context = membound::tokens{32768};
    return w;
}

inline const membound::machine cpu{};
inline const membound::machine cuda = membound::machine_of(membound::devices::geforce_rtx_4090::value);

inline membound::machine cuda_of(membound::bytes capacity) {
    return membound::machine_of(membound::bare_memory(capacity));
}

} // namespace membound_benchmarks

#endif

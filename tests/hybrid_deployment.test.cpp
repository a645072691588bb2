// Budgets in constant expressions, within the limits that compilers have unless told otherwise: a dense model, one with
// experts, hybrids, and latent attention; on a host alone, with one CUDA device, and on a Mac.
#include <membound/devices/apple.hpp>
#include <membound/devices/nvidia.hpp>
#include <membound/membound.hpp>
#include <membound/models/deepseek.hpp>
#include <membound/models/falcon.hpp>
#include <membound/models/gemma.hpp>
#include <membound/models/granite.hpp>
#include <membound/models/llama.hpp>
#include <membound/models/qwen.hpp>
#include <membound/models/qwen_next.hpp>

#include <doctest/doctest.h>

namespace {

using namespace membound;

struct host_of_64_gib {
    static constexpr device value = bare_memory(64_GiB, backend::cpu);
};
using card = devices::rtx_pro_6000_blackwell_server;
using mac = devices::apple_m4_max_128gb;

template <class Model, class Device>
using planned = deployment<Model, quantizations::q4_k_m, Device, engines::llama_cpp>;

// Quietly, and with every name in the error.
template <class Deployment>
constexpr bool fits_both_ways() {
    return Deployment::fits(tokens{8192}) && assert_fits<Deployment, 8192>::value;
}

using dense_on_host = planned<models::llama_3_1_8b, host_of_64_gib>;
static_assert(fits_both_ways<dense_on_host>(), "");
using dense_on_card = planned<models::llama_3_1_8b, card>;
static_assert(fits_both_ways<dense_on_card>(), "");

using experts_on_host = planned<models::qwen3_30b_a3b, host_of_64_gib>;
static_assert(fits_both_ways<experts_on_host>(), "");
using experts_on_card = planned<models::qwen3_30b_a3b, card>;
static_assert(fits_both_ways<experts_on_card>(), "");

using delta_net_on_host = planned<models::qwen3_next_80b_a3b, host_of_64_gib>;
static_assert(fits_both_ways<delta_net_on_host>(), "");
using delta_net_on_card = planned<models::qwen3_next_80b_a3b, card>;
static_assert(fits_both_ways<delta_net_on_card>(), "");

using delta_net_on_mac = planned<models::qwen3_next_80b_a3b, mac>;
static_assert(fits_both_ways<delta_net_on_mac>(), "");

static_assert(planned<models::gemma_3_27b, mac>::fits(tokens{8192}), "");

using state_space_on_host = planned<models::falcon_h1_7b, host_of_64_gib>;
static_assert(fits_both_ways<state_space_on_host>(), "");
using state_space_on_card = planned<models::falcon_h1_7b, card>;
static_assert(fits_both_ways<state_space_on_card>(), "");

static_assert(planned<models::granite_4_0_h_small, card>::fits(tokens{8192}), "");

using latent_on_host = planned<models::deepseek_v2_lite, host_of_64_gib>;
static_assert(fits_both_ways<latent_on_host>(), "");
using latent_on_card = planned<models::deepseek_v2_lite, card>;
static_assert(fits_both_ways<latent_on_card>(), "");

template <class Deployment, class Device>
bool is_that_of_run_time(const model &m) {
    constexpr budget compiled = Deployment::budget(tokens{8192});
    workload w = engines::llama_cpp::value.defaults;
    w.context = tokens{8192};
    const auto b = budget_of(m, quantizations::q4_k_m::value, machine_of(Device::value), engines::llama_cpp::value, w);
    return b && b->total().expected == compiled.total().expected && b->total().upper == compiled.total().upper;
}

} // namespace

TEST_CASE("budgets of constant expressions are those of run time") {
    CHECK(is_that_of_run_time<dense_on_host, host_of_64_gib>(models::llama_3_1_8b::value));
    CHECK(is_that_of_run_time<dense_on_card, card>(models::llama_3_1_8b::value));
    CHECK(is_that_of_run_time<experts_on_host, host_of_64_gib>(models::qwen3_30b_a3b::value));
    CHECK(is_that_of_run_time<experts_on_card, card>(models::qwen3_30b_a3b::value));
    CHECK(is_that_of_run_time<delta_net_on_host, host_of_64_gib>(models::qwen3_next_80b_a3b::value));
    CHECK(is_that_of_run_time<delta_net_on_card, card>(models::qwen3_next_80b_a3b::value));
    CHECK(is_that_of_run_time<delta_net_on_mac, mac>(models::qwen3_next_80b_a3b::value));
    CHECK(is_that_of_run_time<state_space_on_host, host_of_64_gib>(models::falcon_h1_7b::value));
    CHECK(is_that_of_run_time<state_space_on_card, card>(models::falcon_h1_7b::value));
    CHECK(is_that_of_run_time<latent_on_host, host_of_64_gib>(models::deepseek_v2_lite::value));
    CHECK(is_that_of_run_time<latent_on_card, card>(models::deepseek_v2_lite::value));
}

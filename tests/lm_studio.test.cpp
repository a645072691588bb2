// LM Studio runs llama.cpp and MLX under defaults of its own.
#include <membound/devices/apple.hpp>
#include <membound/devices/nvidia.hpp>
#include <membound/engines/lm_studio.hpp>
#include <membound/models/gemma.hpp>
#include <membound/models/llama.hpp>
#include <membound/solve.hpp>

#include <doctest/doctest.h>

namespace {

using namespace membound;
namespace d = membound::devices;
namespace m = membound::models;
namespace q = membound::quantizations;
constexpr const engine &studio = engines::lm_studio::value;

// Four predictions share 4096 tokens, and windows are kept whole.
TEST_CASE("a GGUF file takes what llama.cpp takes") {
    const machine on = machine_of(d::geforce_rtx_3090::value);
    const auto b = budget_of(m::gemma_3_4b::value, q::q4_k_m::value, on, studio, studio.defaults);
    workload w = engines::llama_server::value.defaults;
    w.context = 4096_tokens;
    w.batch = w.ubatch = 512;
    w.full_swa_cache = true;
    const auto same = budget_of(m::gemma_3_4b::value, q::q4_k_m::value, on, engines::llama_cpp::value, w);
    REQUIRE(b);
    REQUIRE(same);
    CHECK(b->context == 4096_tokens);
    CHECK(b->sequences == 4);
    CHECK(b->devices[0].weights.expected == same->devices[0].weights.expected);
    CHECK(b->devices[0].kv_cache.expected == same->devices[0].kv_cache.expected);
    CHECK(b->devices[0].kv_cache.expected == bytes(34LL * 4096 * 2 * 4 * 256 * 2));
    CHECK(b->devices[0].compute.expected == same->devices[0].compute.expected);
    CHECK(b->devices[0].compute.known == knowledge::modelled);
    CHECK(*max_context(m::llama_3_1_8b::value, q::q4_k_m::value, on, studio, studio.defaults) > 4096_tokens);
}

TEST_CASE("a model of MLX takes what MLX takes") {
    const machine mac = machine_of(d::apple_m2_max_64gb::value);
    workload w = studio.defaults;
    w.context = 8192_tokens;
    const auto b = budget_of(m::llama_3_1_8b::value, q::mlx_4bit::value, mac, studio, w);
    w.ubatch = 2048;
    const auto same = budget_of(m::llama_3_1_8b::value, q::mlx_4bit::value, mac, engines::mlx::value, w);
    REQUIRE(b);
    REQUIRE(same);
    CHECK(b->devices[0].total().upper == same->devices[0].total().upper);
    CHECK(!budget_of(m::llama_3_1_8b::value, q::awq::value, mac, studio, w));
}

} // namespace

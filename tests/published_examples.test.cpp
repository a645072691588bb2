// Figures that articles about this question give, and what they come to.
#include <membound/devices/nvidia.hpp>
#include <membound/membound.hpp>
#include <membound/models/llama.hpp>

#include <doctest/doctest.h>

namespace {

using namespace membound;
namespace f = membound::formats;

// The rule of thumb, parameters times bytes: 8 billion of them at each precision, and 7 billion at 16 bits.
constexpr bool parameters_times_bytes() {
    constexpr std::int64_t eight = 8000000000, seven = 7000000000;
    return storage_bytes(f::f32::value, eight) == 32_GB && storage_bytes(f::f16::value, eight) == 16_GB &&
           storage_bytes(f::bf16::value, eight) == 16_GB && storage_bytes(f::int8::value, eight) == 8_GB &&
           storage_bytes(f::int4::value, eight) == 4_GB && storage_bytes(f::f16::value, seven) == 14_GB;
}
static_assert(parameters_times_bytes(), "");

struct memory {
    static constexpr device value = bare_memory(80_GiB);
};
using llama_8b = deployment<models::llama_3_1_8b, quantizations::q4_k_m, memory, engines::llama_cpp>;

constexpr bytes cache_of(std::int64_t context, const format &type) {
    workload w = llama_8b::use(tokens(context));
    w.type_k = w.type_v = type;
    return llama_8b::budget(w).devices[0].kv_cache.expected;
}

// Llama 3.1 8B: 32 layers with 8 key heads of 128 numbers, for keys and for values.
static_assert(cache_of(131072, f::f16::value) == 16_GiB, "");
static_assert(cache_of(131072, f::q8_0::value) == 8704_MiB, ""); // 8.5 GiB: 34 bytes for each 32 numbers
// One article says 1 GB at 16k: that is the keys alone, or a cache of 8 bits without its scales. Keys and values of
// 16,384 tokens are 2 * 32 * 1024 numbers of 2 bytes for each.
static_assert(cache_of(16384, f::f16::value) == 2_GiB, "");
static_assert(cache_of(16384, f::f16::value) == bytes(16384) * (2 * 32 * 8 * 128 * 2), "");

// "70B at 16 bits is about 140 GB": 70.6 billion parameters, and a little that stays in 32 bits.
constexpr bytes at_16_bits = file_weight_bytes(models::llama_3_1_70b::value, quantizations::f16::value);
static_assert(at_16_bits > 140_GB && at_16_bits < 142_GB, "");

// At 4 bits it fits a card of 48 GB, and not one of 24 GB with every layer on it.
template <class Card>
using llama_70b_on = deployment<models::llama_3_1_70b, quantizations::q4_k_m, Card, engines::llama_cpp>;
static_assert(llama_70b_on<devices::rtx_6000_ada>::fits(tokens{4096}), "");
static_assert(!llama_70b_on<devices::geforce_rtx_4090>::fits(tokens{512}), "");
static_assert(llama_70b_on<devices::geforce_rtx_4090>::max_context() == tokens{0}, "");

// With some of the layers on the host it does: the device need not hold all.
constexpr workload offloaded(int layers) {
    workload w = llama_70b_on<devices::geforce_rtx_4090>::use(tokens{4096});
    w.placed.gpu_layers = layers;
    return w;
}
static_assert(llama_70b_on<devices::geforce_rtx_4090>::fits(offloaded(35)), "");
static_assert(!llama_70b_on<devices::geforce_rtx_4090>::fits(offloaded(60)), "");

} // namespace

TEST_CASE("rules of thumb") { CHECK(parameters_times_bytes()); }

TEST_CASE("a cache of 128k tokens") {
    CHECK(cache_of(131072, f::f16::value) == 16_GiB);
    CHECK(cache_of(131072, f::q8_0::value) == 8704_MiB);
    CHECK(cache_of(16384, f::f16::value) == 2_GiB);
}

TEST_CASE("70 billion parameters") {
    CHECK(at_16_bits.count() == 141110051072);
    CHECK(llama_70b_on<devices::rtx_6000_ada>::fits(tokens{4096}));
    CHECK_FALSE(llama_70b_on<devices::geforce_rtx_4090>::fits(tokens{512}));
    CHECK(llama_70b_on<devices::geforce_rtx_4090>::fits(offloaded(35)));
}

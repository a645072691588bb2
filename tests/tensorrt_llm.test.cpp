#include <membound/engines/tensorrt_llm.hpp>

#include <membound/deployment.hpp>
#include <membound/devices/nvidia.hpp>
#include <membound/models/deepseek.hpp>
#include <membound/models/gpt_oss.hpp>
#include <membound/models/llama.hpp>
#include <membound/models/qwen_next.hpp>
#include <membound/quantizations.hpp>
#include <membound/solve.hpp>

#include <doctest/doctest.h>

namespace {

using namespace membound;
namespace q = quantizations;

constexpr workload served(std::int64_t context = 0) {
    workload w = engines::tensorrt_llm::value.defaults;
    w.context = tokens(context);
    return w;
}

constexpr tensorrt_llm_cache cache_of(const model &m, const workload &w) {
    return tensorrt_llm_cache_of(m, w, {0, m.layer_count()});
}

// 1.2.0rc4 on an H200, Llama 3 8B: 109.96 GiB, 131,072 bytes a token, 28,150 blocks of 32 tokens.
constexpr bool blocks_as_printed() {
    const tensorrt_llm_cache c = cache_of(models::llama_3_8b::value, served());
    const auto filled = detail::tensorrt_llm_capacity_of(c, bytes(900796 * std::int64_t{131072} + 5));
    return c.token_bytes == 131072 && c.block_size == 32 && filled.tokens_within == 900796 && filled.blocks == 28150 &&
           filled.allocated == bytes(28150 * 32 * std::int64_t{131072});
}
static_assert(blocks_as_printed(), "");

constexpr bool shares_of_the_cache() {
    workload w = served();
    w.placed.tensor_parallel = 4;
    workload eight = w;
    eight.type_k = eight.type_v = formats::fp8_e4m3::value;
    return cache_of(models::llama_3_1_70b::value, w).token_bytes == 80 * 2 * 256 * 2 &&
           cache_of(models::llama_3_1_70b::value, eight).token_bytes == 80 * 2 * 256 &&
           cache_of(models::deepseek_v3::value, w).token_bytes == 61 * 576 * 2;
}
static_assert(shares_of_the_cache(), "");

constexpr bool states_come_first() {
    workload w = served();
    w.served.max_sequences = 16;
    const tensorrt_llm_cache c = cache_of(models::qwen3_next_80b_a3b::value, w);
    const auto filled = detail::tensorrt_llm_capacity_of(c, 10_GiB);
    return c.slots == 16 && c.state_bytes > 0 &&
           filled.tokens_within == ((10_GiB).count() - 16 * c.state_bytes) / c.token_bytes &&
           detail::tensorrt_llm_capacity_of(c, bytes(c.state_bytes)).blocks == 0;
}
static_assert(states_come_first(), "");

using on_a_h100 = deployment<models::llama_3_1_8b, q::fp8, devices::h100_sxm_80gb, engines::tensorrt_llm>;
static_assert(on_a_h100::fits(tokens(131072)), "");

// CUTLASS pads both widths of an expert to 128, TRTLLM-Gen what the first matrices read to 512.
constexpr bool experts_are_padded_for_their_kernel() {
    using n = tensor_name;
    const auto is = [](const detail::weight_share &s, std::int64_t in, std::int64_t out) { return s.in == in && s.out == out; };
    const detail::weight_share square{2880, 2880, 32};
    const auto cutlass = detail::tensorrt_llm_mxfp4_padding(devices::gb10::value);
    const auto trtllm_gen = detail::tensorrt_llm_mxfp4_padding(devices::b200_180gb::value);
    const auto triton = detail::tensorrt_llm_mxfp4_padding(devices::h100_sxm_80gb::value);
    return is(detail::padded_share(square, n::ffn_up_exps, cutlass), 2944, 2944) &&
           is(detail::padded_share(square, n::ffn_down_exps, cutlass), 2944, 2944) &&
           is(detail::padded_share(square, n::ffn_up_exps, trtllm_gen), 3072, 2944) &&
           is(detail::padded_share(square, n::ffn_down_exps, trtllm_gen), 2944, 2944) &&
           is(detail::padded_share(square, n::ffn_up_exps, triton), 2880, 2880) && triton.inputs == 256;
}
static_assert(experts_are_padded_for_their_kernel(), "");

// Of a log of 1.2.0rc on a GB10: 63.52 GiB inside torch.
TEST_CASE("weights as printed") {
    const engine &e = engines::tensorrt_llm::value;
    const auto l = e.load(models::gpt_oss_120b::value, q::mxfp4::value, machine_of(devices::gb10::value), served());
    REQUIRE(l);
    CHECK(static_cast<double>(l->weights.on[0].count()) / (1024.0 * 1024 * 1024) == doctest::Approx(63.52).epsilon(4e-3));
}

TEST_CASE("a share of what is left") {
    const machine one = machine_of(devices::h100_sxm_80gb::value);
    const engine &e = engines::tensorrt_llm::value;
    workload w = served(8192);
    const auto b = budget_of(models::llama_3_1_8b::value, q::bf16::value, one, e, w);
    REQUIRE(b);
    const device_budget &d = b->devices[0];
    const bytes used = d.total().upper - d.kv_cache.upper;
    const double left = static_cast<double>((d.capacity - used).count());
    CHECK(static_cast<double>((d.usable_capacity - used).count()) <= 0.9 * left + 1);
    CHECK(d.kv_cache.expected == bytes(8192 * std::int64_t{131072}));

    const auto expected = tensorrt_llm_capacity_of(models::llama_3_1_8b::value, q::bf16::value, one, e, w);
    REQUIRE(expected);
    const auto longest = max_context(models::llama_3_1_8b::value, q::bf16::value, one, e, w);
    REQUIRE(longest);
    CHECK(expected->tokens_within >= longest->count());
    w.served.memory_fraction = 0.5;
    const auto half = tensorrt_llm_capacity_of(models::llama_3_1_8b::value, q::bf16::value, one, e, w);
    REQUIRE(half);
    CHECK(half->blocks * 9 / 5 == doctest::Approx(static_cast<double>(expected->blocks)).epsilon(0.001));
}

} // namespace

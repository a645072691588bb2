#include <membound/engines/sglang.hpp>

#include <membound/deployment.hpp>
#include <membound/engines/tensorrt_llm.hpp>
#include <membound/engines/vllm.hpp>
#include <membound/devices/amd.hpp>
#include <membound/devices/nvidia.hpp>
#include <membound/models/deepseek.hpp>
#include <membound/models/gemma.hpp>
#include <membound/models/glm.hpp>
#include <membound/models/gpt_oss.hpp>
#include <membound/models/llama.hpp>
#include <membound/models/qwen.hpp>
#include <membound/models/qwen_next.hpp>
#include <membound/quantizations.hpp>
#include <membound/solve.hpp>

#include <doctest/doctest.h>

namespace {

using namespace membound;
namespace q = quantizations;

constexpr workload served(std::int64_t context = 0) {
    workload w = engines::sglang::value.defaults;
    w.context = tokens(context);
    return w;
}

constexpr sglang_cache cache_of(const model &m, const workload &w, int date = detail::sglang_today) {
    return sglang_cache_of(m, w, {0, m.layer_count()}, detail::sglang_pools_windows(m, date));
}
constexpr sglang_capacity filled_by(const sglang_cache &c, const workload &w, bytes budget, int date = detail::sglang_today) {
    return detail::sglang_capacity_of(c, w, budget, 40960, detail::sglang_rules_at(date));
}

constexpr bool bytes_of_a_token() {
    workload sixteen = served();
    sixteen.placed.tensor_parallel = 16;
    workload replicas = sixteen;
    replicas.placed.data_parallel = 16;
    replicas.served.attention_replicas = true;
    const std::int64_t qwen = 94 * 2 * 128 * 2; // of one head
    return cache_of(models::llama_3_2_3b::value, served()).full_token == 28 * 8 * 256 * 2 &&
           cache_of(models::qwen3_235b_a22b::value, sixteen).full_token == qwen &&      // 4 heads for 16 devices
           cache_of(models::qwen3_235b_a22b::value, replicas).full_token == 4 * qwen && // each has all of them
           cache_of(models::deepseek_r1::value, sixteen).full_token == 61 * 576 * 2;
}
static_assert(bytes_of_a_token(), "");

// FlashMLA has 656 bytes for the 576 numbers that it reads, and the indexer 132 for its key. Until v0.5.17 the first were not
// counted, but allocated. From a published log: GLM 5 on eight MI355X (v0.5.8), 3262823 tokens in 186.77 GiB.
constexpr bool packs_sparse_latents() {
    const model &m = models::glm_5::value;
    workload w = served();
    w.type_k = w.type_v = formats::fp8_e4m3::value;
    constexpr int v0_5_8 = 20260123;
    const auto on = [&](const device &d, int date) {
        return sglang_cache_of(m, w, {0, m.layer_count()}, false, detail::sglang_sparse_on(m, d, date));
    };
    const sglang_cache old = on(devices::instinct_mi355x::value, v0_5_8);
    const sglang_cache hopper = on(devices::h200_sxm_141gb::value, detail::sglang_today);
    return old.full_token == 78 * 788 && old.page_size == 1 && hopper.full_token == 78 * 788 && hopper.page_size == 64 &&
           on(devices::b200_180gb::value, v0_5_8).full_token == 78 * 788 &&
           on(devices::b200_180gb::value, detail::sglang_today).full_token == 78 * 708 &&
           on(devices::instinct_mi355x::value, detail::sglang_today).full_token == 78 * 708 &&
           on(devices::gb10::value, detail::sglang_today).full_token == 78 * 788 &&
           filled_by(old, w, 167_GiB, v0_5_8).size == tokens((167_GiB).count() / (78 * 708)) &&
           filled_by(hopper, w, 167_GiB).size == tokens((167_GiB).count() / (78 * 788) / 64 * 64) &&
           cache_of(m, served()).full_token == 78 * (1152 + 132);
}
static_assert(packs_sparse_latents(), "");

// Gemma 4 E4B: 35 layers with a window, 7 without; those that share a cache have a pool all the same.
constexpr bool pools_with_a_window() {
    const sglang_cache c = cache_of(models::gemma_4_e4b::value, served());
    const auto filled = filled_by(c, served(), 10_GiB);
    return c.sliding_token == 35 * 2 * 512 * 2 && c.full_token == 7 * 2 * 1024 * 2 && c.token_bytes() == 28672 + 0.8 * 71680 &&
           filled.size == tokens((10_GiB).count() / 86016) && filled.sliding_size.count() == filled.size.count() * 4 / 5 &&
           filled.full_pool + filled.sliding_pool <= 10_GiB + bytes(2 * 71680) &&
           filled.full_pool == bytes((filled.size.count() + 1) * 28672);
}
static_assert(pools_with_a_window(), "");

// "KV Cache is allocated": pages of 128, Qwen3-Coder 480B on 32 devices in 32 replicas of attention, 17.37 GiB.
constexpr bool whole_pages() {
    workload w = served();
    w.placed.tensor_parallel = w.placed.data_parallel = 32;
    w.served.attention_replicas = true;
    w.served.block_size = 128;
    const auto filled = filled_by(cache_of(models::qwen3_coder_480b_a35b::value, w), w, bytes(18650000000));
    return filled.size == tokens(73344);
}
static_assert(whole_pages(), "");

// States have nine nineteenths of the budget where prefixes are cached, else a slot for each request, and one more.
constexpr bool states_share_the_budget() {
    workload w = served();
    const sglang_cache c = cache_of(models::qwen3_5_9b::value, w);
    const auto shared = filled_by(c, w, 38_GiB);
    w.served.prefix_caching = false;
    w.served.max_sequences = 80;
    const auto each = filled_by(cache_of(models::qwen3_5_9b::value, w), w, 38_GiB);
    const std::int64_t state = 24 * (8192 * 3 * 2 + 32 * 128 * 128 * 4);
    return c.state == state && c.full_token == 8 * 4 * 512 * 2 &&
           shared.state_slots == (18_GiB).count() / state - 1 && shared.state_pool <= 18_GiB &&
           each.state_slots == 80 && each.state_pool == bytes(81 * state) && each.size > shared.size;
}
static_assert(states_share_the_budget(), "");

// Before v0.5.17 the slot that pads batches came on top of the share.
constexpr bool spare_states() {
    const workload w = served();
    const sglang_cache c = cache_of(models::qwen3_5_9b::value, w);
    const auto before = filled_by(c, w, 38_GiB, 20260725), now = filled_by(c, w, 38_GiB, 20260807);
    return before.state_slots == now.state_slots + 1 && before.state_pool == now.state_pool + bytes(c.state) &&
           before.size == now.size;
}
static_assert(spare_states(), "");

// Gemma 3 has no pool for its windows, Gemma 4 since v0.5.11, GPT-OSS since v0.5.8.
constexpr bool windows_by_model_and_date() {
    const auto windowed = [](const model &m, int date) { return cache_of(m, served(), date).sliding_token > 0; };
    const model &gemma = models::gemma_3_27b::value;
    return !windowed(gemma, detail::sglang_today) && cache_of(gemma, served()).full_token == 62 * 16 * 256 * 2 &&
           windowed(models::gemma_4_e4b::value, 20260507) && !windowed(models::gemma_4_e4b::value, 20260406) &&
           windowed(models::gpt_oss_20b::value, 20260123) && !windowed(models::gpt_oss_20b::value, 20251203);
}
static_assert(windows_by_model_and_date(), "");

// The layer that drafts shares the budget since v0.5.14; before v0.5.10 there was room for 120 requests of 2 drafted and 3
// verified tokens, and 100.
constexpr bool drafted_tokens() {
    workload w = served();
    w.served.speculative_tokens = 2;
    w.served.max_sequences = 120; // of all replicas
    const model &m = models::qwen3_32b::value;
    const sglang_cache c = cache_of(m, w);
    const std::int64_t token = 64 * 8 * 256 * 2;
    const auto at = [&](int date) { return filled_by(c, w, bytes(1000000 * token), date).size.count(); };
    return c.draft_token == 8 * 256 * 2 && at(detail::sglang_today) == 1000000 * 64 / 65 && at(20260410) == 1000000 &&
           at(20260201) == 1000000 + 120 * 5 + 100 && detail::sglang_requests(served().served, 1000000, 40960) == 4096 &&
           detail::sglang_requests(served().served, 1000000, 204800) == 2500;
}
static_assert(drafted_tokens(), "");

// Of a mem_fraction_static of 0.8 as well AITER leaves 0.85 from 8193 tokens on; latent attention runs by it with 16 or 128
// heads.
constexpr bool attention_by_aiter() {
    constexpr device d = devices::instinct_mi355x::value;
    const auto of = [&](const model &m, std::int64_t context, int tensor_parallel) {
        workload w = served();
        w.context = tokens(context);
        w.placed.tensor_parallel = tensor_parallel;
        w.served.memory_fraction = 0.8;
        return detail::sglang_defaults_of(m, w, d).fraction;
    };
    const model &latent = models::deepseek_v3::value;
    return of(models::qwen3_8b::value, 8192, 1) == 0.8 && of(models::qwen3_8b::value, 8193, 1) == 0.8 * 0.85 &&
           of(latent, 16384, 8) == 0.8 * 0.85 && of(latent, 16384, 4) == 0.8;
}
static_assert(attention_by_aiter(), "");

TEST_CASE("mem_fraction_static by device") {
    const auto of = [](const device &d, int tensor_parallel) {
        workload w = served();
        w.placed.tensor_parallel = tensor_parallel;
        return detail::sglang_defaults_of(models::llama_3_1_8b::value, w, d);
    };
    const auto small = of(bare_memory(24_GiB), 1);
    CHECK(small.chunked_prefill == 4096);
    CHECK(small.graph_batch == 48);
    CHECK(small.reserved == doctest::Approx(512 + 4096 * 1.5 + 128 + 96 + 8 * detail::captured_prefills(4096)));
    CHECK(small.fraction == doctest::Approx((24 * 1024 - small.reserved) / (24 * 1024)).epsilon(1e-3));
    const auto large = of(bare_memory(80_GiB), 1);
    CHECK(large.chunked_prefill == 8192);
    CHECK(large.reserved >= 10 * 1024);
    CHECK(of(bare_memory(180_GiB), 8).chunked_prefill == 16384);
    CHECK(detail::captured_prefills(32) == 8);
    CHECK(detail::captured_prefills(1024) == 8 + 14 + 8 + 8);
    CHECK(detail::captured_prefills(8192) == 8 + 14 + 8 + 8 + 12 + 8);
}

using on_a_h100 = deployment<models::llama_3_1_8b, q::bf16, devices::h100_sxm_80gb, engines::sglang>;
static_assert(on_a_h100::fits(tokens(131072)), "");

TEST_CASE("caches of compressed keys are not told") {
    const auto on = machine_of(bare_memory(1024_GiB));
    for (const engine *e : {&engines::sglang::value, &engines::vllm::value, &engines::tensorrt_llm::value}) {
        const auto b = budget_of(models::deepseek_v4_flash::value, q::fp8_block::value, on, *e, served(4096));
        REQUIRE(!b);
        CHECK(b.error().code == errc::unsupported);
        CHECK(e->load(models::deepseek_v4_flash::value, q::fp8_block::value, on, served(4096)));
    }
    CHECK(!sglang_capacity_of(models::deepseek_v4_flash::value, q::fp8_block::value, on, engines::sglang::value, served(4096)));
}

TEST_CASE("questions") {
    const machine one = machine_of(devices::geforce_rtx_4090::value);
    const engine &e = engines::sglang::value;
    const auto longest = max_context(models::llama_3_1_8b::value, q::bf16::value, one, e, served());
    REQUIRE(longest);
    CHECK(longest->count() > 0);
    CHECK(!fits(models::llama_3_1_8b::value, q::bf16::value, one, e, served(longest->count() + 1)));
    const auto c = sglang_capacity_of(models::llama_3_1_8b::value, q::bf16::value, one, e, served());
    REQUIRE(c);
    CHECK(c->size >= *longest);
    workload replicas = served(4096);
    replicas.placed.tensor_parallel = 2;
    replicas.placed.data_parallel = 3;
    replicas.served.attention_replicas = true;
    const machine two = machine_of(one.devices[0], one.devices[0]);
    CHECK(!budget_of(models::llama_3_1_8b::value, q::bf16::value, two, e, replicas));
    replicas.placed.data_parallel = 2;
    CHECK(budget_of(models::llama_3_1_8b::value, q::bf16::value, two, e, replicas));
}

} // namespace

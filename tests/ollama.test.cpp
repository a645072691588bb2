// Ollama's choice of context, batch and slots, and what it plans before it loads.
#include <membound/devices/nvidia.hpp>
#include <membound/engines/ollama.hpp>
#include <membound/models/bert.hpp>
#include <membound/models/gemma.hpp>
#include <membound/models/llama.hpp>
#include <membound/models/qwen.hpp>
#include <membound/models/qwen_next.hpp>
#include <membound/quantizations.hpp>
#include <membound/solve.hpp>

#include <doctest/doctest.h>

#include <initializer_list>

namespace {

using namespace membound;
namespace d = membound::devices;
namespace m = membound::models;
namespace q = membound::quantizations;
constexpr const engine &ollama = engines::ollama::value;

constexpr workload chosen(const model &of, const quantization &recipe, const device &on, workload w = ollama.defaults,
                          int date = ollama.date) {
    return ollama_workload(of, recipe, machine_of(on), date, w);
}
constexpr workload asked(int context, int sequences = 1) {
    workload w = ollama.defaults;
    w.context = tokens(context);
    w.sequences = sequences;
    return w;
}
constexpr bool is(const workload &w, int context, int batch) {
    return w.context == tokens(context) && w.batch == batch && w.ubatch == batch;
}

// server/routes.go: 4k below 23 GiB, 32k below 47 GiB, 256k from there on, and no more than the model was trained for.
constexpr bool context_goes_by_memory() {
    const model &of = m::llama_3_1_8b::value;
    const quantization &r = q::q4_k_m::value;
    bool ok = is(chosen(of, r, d::geforce_rtx_3060_12gb::value), 4096, 512);
    ok = ok && chosen(of, r, d::geforce_rtx_3090::value).context == tokens(32768);
    ok = ok && chosen(of, r, d::a100_pcie_80gb::value).context == tokens(131072);
    workload four = ollama.defaults;
    four.sequences = 4;
    return ok && chosen(of, r, d::geforce_rtx_3060_12gb::value, four).context == tokens(4 * 4096);
}
static_assert(context_goes_by_memory(), "");
TEST_CASE("the default context goes by the memory of the devices") { CHECK(context_goes_by_memory()); }

// At earlier dates it was 4096, and 2048 before v0.6.7.
constexpr bool context_was_shorter() {
    const model &of = m::llama_3_1_8b::value;
    const auto at = [&](int date) {
        return chosen(of, q::q4_k_m::value, d::geforce_rtx_3090::value, ollama.defaults, date).context;
    };
    return at(20260126) == tokens(4096) && at(20250427) == tokens(2048);
}
static_assert(context_was_shorter(), "");
TEST_CASE("the default context was shorter at earlier dates") { CHECK(context_was_shorter()); }

// server/sched.go: 512 up to 4096 tokens, 1024 up to 32768, 2048 above, as long as there is room: 8B in Q4_K_M is 4.9e9
// bytes, and a token 128 KiB.
constexpr bool batch_goes_by_context_and_room() {
    const model &of = m::llama_3_1_8b::value;
    const quantization &r = q::q4_k_m::value;
    const device &large = d::a100_pcie_80gb::value, &small = d::geforce_rtx_3060_12gb::value;
    bool ok = is(chosen(of, r, large, asked(4096)), 4096, 512) && is(chosen(of, r, large, asked(4097)), 4097, 1024);
    ok = ok && is(chosen(of, r, large, asked(32769)), 32769, 2048);
    // On 12 GiB: 4.58 GiB + 3.75 GiB is 69 %; 4.58 + 4.34 is 74 %, but with 0.75 more above 80 %; 4.58 + 4.5 is above 75 %.
    ok = ok && is(chosen(of, r, small, asked(30720)), 30720, 1024);
    ok = ok && is(chosen(of, r, small, asked(35584)), 35584, 512);
    ok = ok && is(chosen(of, r, small, asked(36864)), 36864, 512);
    workload off = asked(8192);
    off.flash = flash_attention::off;
    ok = ok && is(chosen(of, r, small, off), 8192, 512);
    return ok && is(chosen(of, r, bare_memory(8_GiB), off), 8192, 256);
}
static_assert(batch_goes_by_context_and_room(), "");
TEST_CASE("the batch goes by context and room") { CHECK(batch_goes_by_context_and_room()); }

constexpr bool settings_that_are_given_stay() {
    workload w = asked(8192, 2);
    w.batch = 256;
    const workload c = chosen(m::llama_3_1_8b::value, q::q4_k_m::value, d::geforce_rtx_3090::value, w);
    return is(c, 8192, 256) && c.sequences == 2 && c.outputs == -1;
}
static_assert(settings_that_are_given_stay(), "");
TEST_CASE("what is given stays as it is") { CHECK(settings_that_are_given_stay()); }

// One sequence at a time, whatever is asked.
constexpr bool hybrids_have_one_slot() {
    return chosen(m::qwen3_next_80b_a3b::value, q::q4_k_m::value, d::a100_pcie_80gb::value, asked(8192, 4)).sequences == 1;
}
static_assert(hybrids_have_one_slot(), "");
TEST_CASE("hybrids have one slot") { CHECK(hybrids_have_one_slot()); }

// Ollama's budget is llama.cpp's under those settings.
TEST_CASE("a budget is that of llama.cpp with Ollama's settings") {
    const machine on = machine_of(d::geforce_rtx_3090::value);
    const auto b = budget_of(m::llama_3_1_8b::value, q::q4_k_m::value, on, ollama, ollama.defaults);
    workload w = engines::llama_server::value.defaults;
    w.context = 32768_tokens;
    w.sequences = 1;
    w.unified_cache = false;
    w.batch = w.ubatch = 1024;
    const auto same = budget_of(m::llama_3_1_8b::value, q::q4_k_m::value, on,
                                at_date(engines::llama_cpp::value, ollama.date), w);
    REQUIRE(b);
    REQUIRE(same);
    CHECK(b->context == 32768_tokens);
    for (int i = 0; i < 2; ++i) {
        CHECK(b->devices[i].weights.expected == same->devices[i].weights.expected);
        CHECK(b->devices[i].kv_cache.expected == same->devices[i].kv_cache.expected);
        CHECK(b->devices[i].compute.expected == same->devices[i].compute.expected);
        CHECK(b->devices[i].output.expected == same->devices[i].output.expected);
    }
    CHECK(b->devices[0].kv_cache.expected == 4_GiB);
    CHECK(b->host().total().upper == same->host().total().upper); // with the prompts that the server keeps
    CHECK(max_context(m::llama_3_1_8b::value, q::q4_k_m::value, on, ollama, ollama.defaults)->count() == 131072);
}

TEST_CASE("what Ollama does not do is refused") {
    const machine on = machine_of(d::geforce_rtx_3090::value);
    const auto refused = [&](const model &of, const workload &w, int date) {
        return !budget_of(of, q::q4_k_m::value, on, at_date(ollama, date), w);
    };
    CHECK(refused(m::gemma_3_4b::value, ollama.defaults, 20250901)); // its own engine
    CHECK_FALSE(refused(m::gemma_3_4b::value, ollama.defaults, 20260601));
    workload w = ollama.defaults;
    w.type_k = formats::q8_0::value;
    CHECK(refused(m::llama_3_1_8b::value, w, ollama.date)); // one type for both
    w.type_v = w.type_k;
    CHECK_FALSE(refused(m::llama_3_1_8b::value, w, ollama.date));
    w.type_k = w.type_v = formats::q5_1::value;
    CHECK(refused(m::llama_3_1_8b::value, w, 20260401));
    w = ollama.defaults;
    w.sequences = 0;
    CHECK(refused(m::llama_3_1_8b::value, w, ollama.date));
    model unknown = m::llama_3_1_8b::value;
    unknown.family = nullptr;
    CHECK(refused(unknown, ollama.defaults, ollama.date));
}

// fs/ggml/ggml.go, GraphSize: 70B at 4096 tokens in batches of 512 needs 4 * 512 * (1 + 4 * 8192 + 4096 * 65) bytes.
constexpr bool plan_of_one_device() {
    workload w = asked(4096);
    w.batch = w.ubatch = 512;
    const auto p = ollama_plan_of(m::llama_3_1_70b::value, q::q4_k_m::value, machine_of(bare_memory(45456_MiB)), 20251218, w);
    return p->graph_full == bytes(2048LL * (1 + 4 * 8192 + 4096 * 65)) && p->kv == 1280_MiB && p->layers == 81 &&
           p->kv_on[0] == 1280_MiB && p->required_full == p->required_partial &&
           p->weights_on[0] == p->repeating + p->nonrepeating;
}
static_assert(plan_of_one_device(), "");
TEST_CASE("what fits one device goes there") { CHECK(plan_of_one_device()); }

// On the processor alone a layer's worth is to spare too (a log of v0.9.6: 782.6 MiB for Qwen 2.5 0.5B, twice 4096 tokens). Where
// its memory is short the graph of a part is counted, which is larger (another: 8.4 GiB of 6.4 for Llama 2 7B).
constexpr bool plan_of_the_processor() {
    workload w = asked(8192);
    w.sequences = 2;
    w.batch = w.ubatch = 512;
    const auto p = ollama_plan_of(m::qwen2_5_0_5b::value, q::q4_k_m::value, machine{}, 20250626, w);
    machine small;
    small.host.usable = 700_MiB;
    const auto cut = ollama_plan_of(m::qwen2_5_0_5b::value, q::q4_k_m::value, small, 20250626, w);
    if (!p || !cut || cut->required_full != p->required_full + p->graph_partial - p->graph_full) return false;
    return p->layers == 0 && p->required_partial == 0_B && p->kv == 96_MiB && p->graph_full == bytes(4 * 512 * (896 + 151936)) &&
           p->required_full > p->repeating + p->nonrepeating + p->kv + p->graph_full + 13_MiB &&
           p->required_full < p->repeating + p->nonrepeating + p->kv + p->graph_full + 15_MiB;
}
static_assert(plan_of_the_processor(), "");

// 12 heads that the file does not give count as one (a log of v0.13.0: 6 MiB for 2048 tokens).
constexpr bool plan_of_an_encoder() {
    workload w = asked(2048);
    const auto p = ollama_plan_of(m::nomic_embed_text_v1_5::value, q::f16::value, machine_of(bare_memory(8_GiB)), 20251118, w);
    return p && p->kv == 6_MiB;
}
static_assert(plan_of_an_encoder(), "");

// llama.cpp had one cache for all sequences until July 2025.
constexpr bool one_cache_at_first() {
    const machine on = machine_of(d::geforce_rtx_3060_12gb::value);
    const auto unified = [&](int date) {
        return ollama_workload(m::llama_3_1_8b::value, q::q4_k_m::value, on, date, asked(8192)).unified_cache;
    };
    return unified(20250626) && !unified(20250904) && !unified(ollama.date);
}
static_assert(one_cache_at_first(), "");

// Evenly among two, the last layers on the one with less room.
TEST_CASE("what fits two devices is split evenly") {
    machine on = machine_of(bare_memory(24018_MiB));
    on.devices[on.device_count++] = bare_memory(23854_MiB);
    workload w = asked(4096);
    w.batch = w.ubatch = 512;
    const auto p = ollama_plan_of(m::llama_3_1_70b::value, q::q4_k_m::value, on, 20251218, w);
    REQUIRE(p);
    CHECK(p->layers_on[0] == 41);
    CHECK(p->layers_on[1] == 40);
    CHECK(p->kv_on[0] == 656_MiB);
    CHECK(p->kv_on[1] == 624_MiB);
    const workload c = ollama_workload(m::llama_3_1_70b::value, q::q4_k_m::value, on, 20251218, w);
    CHECK(c.placed.tensor_split[0] == 41);
}

// The output layer is left out first, and then as many as there is no room for.
TEST_CASE("what does not fit stays on the host") {
    workload w = asked(4096);
    w.batch = w.ubatch = 512;
    for (const int date : {20250904, 20251218}) {
        const auto all = ollama_plan_of(m::llama_3_1_70b::value, q::q4_0::value, machine_of(bare_memory(48_GiB)), date, w);
        const auto p = ollama_plan_of(m::llama_3_1_70b::value, q::q4_0::value, machine_of(bare_memory(40202_MiB)), date, w);
        const auto half = ollama_plan_of(m::llama_3_1_70b::value, q::q4_0::value, machine_of(bare_memory(20_GiB)), date, w);
        CHECK(all->layers == 81);
        CHECK(p->layers == 80);
        CHECK(half->layers > 20);
        CHECK(half->layers < 40);
        CHECK(half->required_partial < 20_GiB);
        CHECK(half->required_full > all->repeating);
    }
    w.placed.gpu_layers = 10;
    CHECK(ollama_plan_of(m::llama_3_1_70b::value, q::q4_0::value, machine_of(bare_memory(80_GiB)), 20251218, w)->layers == 10);
    CHECK(!ollama_plan_of(m::llama_3_1_70b::value, q::q4_0::value, machine_of(bare_memory(80_GiB)), ollama.date, w));
}

} // namespace

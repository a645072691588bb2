// What MLX keeps: groups of weights, caches that grow and rotate, states.
#include <membound/devices/apple.hpp>
#include <membound/engines/mlx.hpp>
#include <membound/models/deepseek.hpp>
#include <membound/models/gpt_oss.hpp>
#include <membound/models/granite.hpp>
#include <membound/models/llama.hpp>
#include <membound/models/qwen.hpp>
#include <membound/models/qwen_next.hpp>
#include <membound/solve.hpp>

#include <doctest/doctest.h>

namespace {

using namespace membound;
namespace d = membound::devices;
namespace f = membound::formats;
namespace m = membound::models;
namespace q = membound::quantizations;
constexpr const engine &mlx = engines::mlx::value;
constexpr machine mac = machine_of(d::apple_m2_max_64gb::value);

constexpr workload asked(int context, int sequences = 1) {
    workload w = mlx.defaults;
    w.context = tokens(context);
    w.sequences = sequences;
    return w;
}
constexpr device_budget of(const model &what, const quantization &how, const workload &w) {
    return budget_of(what, how, mac, mlx, w)->devices[0];
}

// mlx.core.quantize: bits for each number, and 32 for each group of 64: a scale and a bias.
constexpr bool groups_have_a_scale_and_a_bias() {
    using namespace q::linear;
    return linear_bytes(mlx_affine(4, 64), 4096, 4096) == bytes(4096 * 4096 / 64 * 36) &&
           linear_bytes(mlx_affine(3, 64), 4096, 4096) == bytes(4096 * 4096 / 64 * 28) &&
           linear_bytes(mlx_affine(4, 32), 4096, 4096) == bytes(4096 * 4096 / 32 * 20) &&
           linear_bytes(mxfp4, 4096, 4096) == bytes(4096 * 4096 / 32 * 17) &&
           linear_bytes(mlx_nvfp4, 4096, 4096) == bytes(4096 * 4096 / 16 * 9);
}
static_assert(groups_have_a_scale_and_a_bias(), "");
TEST_CASE("groups have a scale and a bias") { CHECK(groups_have_a_scale_and_a_bias()); }

// 8,030,261,248 parameters, of which 266,240 are norms in 16 bits; embedding and head are quantized too.
constexpr bool embedding_and_head_are_quantized() {
    return of(m::llama_3_1_8b::value, q::mlx_4bit::value, asked(4096)).weights.expected ==
           bytes((8030261248LL - 266240) / 64 * 36 + 2 * 266240);
}
static_assert(embedding_and_head_are_quantized(), "");
TEST_CASE("embedding and head are quantized") { CHECK(embedding_and_head_are_quantized()); }

// models/qwen3_moe.py: 48 routers of 2048 by 128 are in 8 bits; deepseek_v3.py keeps them in 16.
TEST_CASE("routers have their own bits") {
    const auto routers = [](const model &what, const quantization &how) {
        bytes sum;
        for_each_weight(what, [&](const tensor &t, tensor_use, int) {
            if (t.name == tensor_name::ffn_gate_inp)
                sum += linear_bytes(detail::mlx_format_of(what, how, t), t.dims.ne[0], t.dims.ne[1]);
        });
        return sum;
    };
    CHECK(routers(m::qwen3_30b_a3b::value, q::mlx_4bit::value) == bytes(48LL * 2048 * 128 / 64 * 68));
    CHECK(routers(m::qwen3_30b_a3b::value, q::mlx_mixed_3_6::value) == bytes(48LL * 2048 * 128 / 64 * 28));
    CHECK(routers(m::deepseek_v3::value, q::mlx_4bit::value) == bytes(58LL * 7168 * 256 * 2));
}

// models/cache.py: a cache grows by 256 tokens; one of 8 bits has a scale and a bias for each 64 numbers of a head.
constexpr bool caches_grow_by_256() {
    const auto cache = [](int tokens, int sequences, const format &type) {
        workload w = asked(tokens, sequences);
        w.type_k = w.type_v = type;
        return of(m::llama_3_1_8b::value, q::mlx_4bit::value, w).kv_cache.expected;
    };
    constexpr std::int64_t token = 32 * 2 * 8 * 128; // numbers
    return cache(4096, 1, f::f16::value) == bytes(4096 * token * 2) && cache(4097, 1, f::f16::value) == bytes(4352 * token * 2) &&
           cache(8192, 2, f::f16::value) == bytes(8192 * token * 2) &&
           cache(4096, 1, f::mlx_8bit::value) == bytes(4096 * token / 64 * 68) &&
           cache(4096, 1, f::mlx_4bit::value) == bytes(4096 * token / 64 * 36);
}
static_assert(caches_grow_by_256(), "");
TEST_CASE("caches grow by 256 tokens") { CHECK(caches_grow_by_256()); }

// RotatingKVCache: window - 1 tokens and the step that is read behind them; gpt-oss-20b has 12 of 24 layers with a window of
// 128, and 8 heads of 64.
constexpr bool caches_rotate() {
    constexpr std::int64_t row = 2 * 8 * 64 * 2;
    const bytes kv = of(m::gpt_oss_20b::value, q::mlx_4bit::value, asked(32768)).kv_cache.expected;
    return kv == bytes(12 * row * (32768 + 127 + 2048));
}
static_assert(caches_rotate(), "");
TEST_CASE("layers with a window keep no more than it and a step") { CHECK(caches_rotate()); }

// 576 numbers a token; 36 of 40 layers keep 3 tokens of 8448 channels and a state of 8192 by 128 in F32.
constexpr bool other_caches() {
    const device_budget granite = of(m::granite_4_0_h_small::value, q::mlx_4bit::value, asked(4096));
    return budget_of(m::deepseek_v3::value, q::mlx_4bit::value, mac, mlx, asked(4096))->devices[0].kv_cache.expected ==
               bytes(61LL * 4096 * 576 * 2) &&
           granite.recurrent_state.expected == bytes(36LL * (3 * 8448 * 2 + 8192 * 128 * 4)) &&
           granite.kv_cache.expected == bytes(4LL * 4096 * 2 * 8 * 128 * 2);
}
static_assert(other_caches(), "");
TEST_CASE("latent vectors and states") { CHECK(other_caches()); }

// 28 layers compute 40,960 numbers a token and keep 2048 of 2304 tokens; their caches are there twice while they grow. Eleven
// command buffers of 50 Mi numbers, among them the residual, the weights' words and both caches, are some 5 of these layers.
constexpr bool command_buffers_hold_layers() {
    const device_budget b = of(m::llama_3_2_3b::value, q::mlx_4bit::value, asked(2176));
    constexpr std::int64_t numbers = 40960 * 2048;
    constexpr std::int64_t cache = 2304 * 2048 * 2;
    const std::int64_t touched = b.weights.expected.count() / 4 + 28 * (numbers + cache);
    const double layers = 28. * 11 * (50 * 1048576 - 3072 * 2048) / static_cast<double>(touched);
    const double less = static_cast<double>(b.compute.expected.count()) - layers * (2 * numbers + cache);
    return layers > 4 && layers < 6 && less > -2 && less < 2;
}
static_assert(command_buffers_hold_layers(), "");
static_assert(detail::mlx_numbers_under_way(d::apple_m2_ultra_192gb::value, 1000) == 11 * ((50 << 20) - 1000), "");
static_assert(detail::mlx_numbers_under_way(d::apple_m4_pro_48gb::value, 0) == 11 * (40 << 20), "");
static_assert(detail::mlx_numbers_under_way(bare_memory(64_GiB, backend::metal), 0) == 11 * (45 << 20), "");
static_assert(detail::mlx_numbers_under_way(d::apple_m2_ultra_192gb::value, INT64_MAX) == 11 * (1 << 20), "");
TEST_CASE("command buffers hold layers") { CHECK(command_buffers_hold_layers()); }

// A command buffer counts numbers, of which those in F32 take as much as two: of a layer with Mamba's scans 270,336 of 564,368,
// six of its seven operations on the scores of 128 heads among 256 tokens and nine on its 8192 channels.
constexpr bool scans_are_in_single_precision() {
    const model &granite = m::granite_4_0_h_small::value;
    const auto n = detail::mlx_numbers_of(granite, granite.layers[0], detail::mlx_context_of(granite, asked(2050)));
    return n.all == 564368 && n.single == 6 * 128 * 256 + 9 * 8192;
}
static_assert(scans_are_in_single_precision(), "");

// Granite's largest layer is one with a scan: 564,368 numbers a token, and what else is under way, some of 40 layers.
constexpr bool scans_are_held_whole() {
    const device_budget b = of(m::granite_4_0_h_small::value, q::mlx_4bit::value, asked(2050));
    const std::int64_t whole = 2048LL * (2 * 564368 + 2 * (6 * 128 * 256 + 9 * 8192));
    return b.compute.expected > bytes(whole + 1000000000) && b.compute.expected < bytes(whole + 2500000000);
}
static_assert(scans_are_held_whole(), "");

// Before v0.27 the head ran over all tokens of the last step (mlx-lm#406). A published peak of Llama 3.2 3B from before it,
// 3.285 GB for a prompt of 2048 tokens, is 0.5 GB above what its layers hold.
constexpr bool logits_of_a_step() {
    engine before = mlx;
    before.date = detail::mlx_lm_0_27 - 1;
    const model &llama = m::llama_3_2_3b::value;
    const workload w = asked(2176);
    const bytes all = budget_of(llama, q::mlx_4bit::value, mac, before, w)->devices[0].output.expected;
    const bytes one = of(llama, q::mlx_4bit::value, w).output.expected;
    return one == bytes(2LL * 2 * 128256) && all == bytes(2049LL * 2 * 128256);
}
static_assert(logits_of_a_step(), "");
TEST_CASE("logits of a step") { CHECK(logits_of_a_step()); }

// 16 heads of 256 have no kernel; 128 of latent vectors store those of the rotated part twice, and keys and values of 128.
bool scores_are_stored() {
    const auto compute = [](const model &what, int context) {
        return of(what, q::mlx_4bit::value, asked(context)).compute.expected;
    };
    const auto grows = [&](const model &what) { return compute(what, 65536) - compute(what, 32768); };
    const bytes plain = bytes(32768LL * 2048 * (16 * 2 + 1));
    const bytes latent = bytes(32768LL * (2048 * (128 * 4 + 1) + 128 * 256 * 2));
    const bytes qwen = grows(m::qwen3_6_35b_a3b::value);
    const bytes deepseek = grows(m::deepseek_v3::value);
    return qwen > plain - 128_MiB && qwen < plain + 128_MiB && deepseek >= latent && deepseek < latent + 128_MiB &&
           grows(m::llama_3_1_8b::value) < 1_GiB;
}
TEST_CASE("scores are stored where no kernel has the size of the head") { CHECK(scores_are_stored()); }

TEST_CASE("what a Mac holds") {
    const auto b = budget_of(m::llama_3_1_8b::value, q::mlx_4bit::value, mac, mlx, asked(8192));
    REQUIRE(b);
    CHECK(b->fits());
    CHECK(b->devices[0].usable_capacity == d::metal_working_set(64_GiB));
    CHECK(b->devices[0].compute.known == knowledge::modelled);
    CHECK(b->devices[0].compute.lower < b->devices[0].compute.expected);
    CHECK(max_context(m::llama_3_1_8b::value, q::mlx_4bit::value, mac, mlx, mlx.defaults)->count() == 131072);
    // On a host without a GPU everything lies there.
    const auto host = budget_of(m::llama_3_1_8b::value, q::mlx_4bit::value, machine{}, mlx, asked(8192));
    REQUIRE(host);
    CHECK(host->count == 1);
    CHECK(host->devices[0].weights.expected == b->devices[0].weights.expected);
}

TEST_CASE("what mlx-lm does not do is refused") {
    const auto refused = [](const model &what, const quantization &how, const workload &w, const machine &on) {
        return !budget_of(what, how, on, mlx, w);
    };
    const model &llama = m::llama_3_1_8b::value;
    CHECK_FALSE(refused(llama, q::bf16::value, asked(4096), mac));
    CHECK(refused(llama, q::q4_k_m::value, asked(4096), mac));
    CHECK(refused(llama, q::awq::value, asked(4096), mac));
    machine two = mac;
    two.devices[two.device_count++] = mac.devices[0];
    CHECK(refused(llama, q::mlx_4bit::value, asked(4096), two));
    workload w = asked(4096);
    w.type_k = w.type_v = f::mlx_8bit::value;
    CHECK(refused(m::gpt_oss_20b::value, q::mlx_4bit::value, w, mac)); // no rotating cache is quantized
    CHECK(refused(m::deepseek_v3::value, q::mlx_4bit::value, w, mac));
    w.type_v = f::f16::value;
    CHECK(refused(llama, q::mlx_4bit::value, w, mac));
    w = asked(4096);
    w.placed.gpu_layers = 10;
    CHECK(refused(llama, q::mlx_4bit::value, w, mac));
    w = asked(4096, 0);
    CHECK(refused(llama, q::mlx_4bit::value, w, mac));
    model unknown = llama;
    unknown.family = nullptr;
    CHECK(refused(unknown, q::mlx_4bit::value, asked(4096), mac));
}

} // namespace

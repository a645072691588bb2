// What Transformers and ExLlama keep: weights by type, caches, what a prompt takes.
#include <membound/devices/nvidia.hpp>
#include <membound/engines/exllama.hpp>
#include <membound/engines/transformers.hpp>
#include <membound/models/deepseek.hpp>
#include <membound/models/gpt_oss.hpp>
#include <membound/models/llama.hpp>
#include <membound/models/qwen.hpp>
#include <membound/solve.hpp>

#include <doctest/doctest.h>

namespace {

using namespace membound;
namespace d = membound::devices;
namespace f = membound::formats;
namespace m = membound::models;
namespace q = membound::quantizations;
constexpr const engine &transformers = engines::transformers::value;
constexpr machine gpu = machine_of(d::h100_sxm_80gb::value);

constexpr workload asked(int context, int sequences = 1) {
    workload w = transformers.defaults;
    w.context = tokens(context);
    w.sequences = sequences;
    return w;
}
constexpr device_budget of(const model &what, const quantization &how, const workload &w, const engine &e = transformers) {
    return budget_of(what, how, gpu, e, w)->devices[0];
}

// Of 8,030,261,248 parameters 1,050,673,152 are embedding and head, 266,240 norms: bitsandbytes leaves them alone. A block of
// 64 numbers of four bits has an absmax in F32; with double quantization one of 8 bits, an F32 for 256 of those, and a mean.
constexpr bool weights_by_type() {
    const model &llama = m::llama_3_1_8b::value;
    constexpr std::int64_t kept = 1050673152 + 266240, linear = 8030261248 - kept;
    const auto weights = [&](const quantization &how) { return of(llama, how, asked(512)).weights.expected.count(); };
    constexpr std::int64_t outputs = 32 * (4096 + 1024 + 1024 + 4096 + 14336 + 14336 + 4096);
    return weights(q::bf16::value) == 8030261248 * 2 && weights(q::f32::value) == 8030261248 * 4 &&
           weights(q::nf4::value) == kept * 2 + linear / 2 + linear / 16 &&
           weights(q::nf4_double::value) == kept * 2 + linear / 2 + linear / 64 + linear / 64 / 256 * 4 + 224 * 4 &&
           weights(q::int8::value) == kept * 2 + linear + outputs * 4;
}
static_assert(weights_by_type(), "");
TEST_CASE("weights by type") { CHECK(weights_by_type()); }

// From version 5 on experts are no Linear: 48 layers of 128 experts of three matrices of 2048 by 768 keep 16 bits.
TEST_CASE("bitsandbytes leaves experts alone") {
    const model &moe = m::qwen3_30b_a3b::value;
    const bytes now = budget_of(moe, q::nf4::value, gpu, transformers, asked(512))->devices[0].weights.expected;
    const bytes before =
        budget_of(moe, q::nf4::value, gpu, at_date(transformers, 20250901), asked(512))->devices[0].weights.expected;
    constexpr std::int64_t experts = 48LL * 128 * 3 * 2048 * 768;
    CHECK((now - before).count() == experts * 2 - experts / 2 - experts / 16);
}

// Each token, exactly; gpt-oss keeps 127 of a window of 128.
constexpr bool caches() {
    const auto cache = [](const model &what, int context, const format &type, int sequences = 1) {
        workload w = asked(context, sequences);
        w.type_k = w.type_v = type;
        return of(what, q::bf16::value, w).kv_cache.expected;
    };
    constexpr std::int64_t token = 32 * 2 * 8 * 128, row = 2 * 8 * 64 * 2;
    const model &llama = m::llama_3_1_8b::value;
    return cache(llama, 1000, f::bf16::value) == bytes(1000 * token * 2) &&
           cache(llama, 2000, f::bf16::value, 2) == bytes(2000 * token * 2) &&
           cache(llama, 4096, f::int4_g64::value) == bytes((4096 - 128) * token / 64 * 36 + 128 * token * 2) &&
           cache(m::gpt_oss_20b::value, 4096, f::bf16::value) == bytes(12 * row * (4096 + 127)) &&
           cache(m::deepseek_v3::value, 1000, f::bf16::value) == bytes(61LL * 1000 * 576 * 2);
}
static_assert(caches(), "");
TEST_CASE("caches") { CHECK(caches()); }

// Eager attention has scores of each token with each other in each head.
TEST_CASE("a prompt is read at once") {
    const model &llama = m::llama_3_1_8b::value;
    const amount fused = of(llama, q::bf16::value, asked(8192)).compute;
    CHECK(fused.known == knowledge::modelled);
    CHECK(fused.expected == bytes(8192LL * (3 * 4096 + 3 * 14336) * 2 + 8192LL * 8 * 128 * 2));
    workload w = asked(8192);
    w.ubatch = 1024;
    CHECK(of(llama, q::bf16::value, w).compute.expected < fused.expected / 4);
    w.ubatch = 0;
    w.flash = flash_attention::off;
    const amount eager = of(llama, q::bf16::value, w).compute;
    CHECK(eager.expected > bytes(32LL * 8192 * 8192 * 6));
    CHECK(of(llama, q::bf16::value, asked(8192)).output.expected == bytes(128256 * 6));
}

TEST_CASE("what Transformers does not do is refused") {
    const auto refused = [](const model &what, const quantization &how, const workload &w, const machine &on) {
        return !budget_of(what, how, on, transformers, w);
    };
    const model &llama = m::llama_3_1_8b::value;
    CHECK_FALSE(refused(llama, q::awq::value, asked(512), gpu));
    CHECK(refused(llama, q::q4_k_m::value, asked(512), gpu));
    CHECK(refused(llama, q::mlx_4bit::value, asked(512), gpu));
    CHECK(refused(llama, q::exl3_4bpw::value, asked(512), gpu));
    machine two = gpu;
    two.devices[two.device_count++] = gpu.devices[0];
    CHECK(refused(llama, q::bf16::value, asked(512), two));
    workload w = asked(512);
    w.type_k = f::int4_g64::value;
    CHECK(refused(llama, q::bf16::value, w, gpu));
    CHECK(*max_context(llama, q::bf16::value, gpu, transformers, transformers.defaults) > 16384_tokens);
}

// exl3: 4 bits, and 16 for each input and output; the head at 6 bits; the embedding on the host.
constexpr bool exllama_weights() {
    const model &llama = m::llama_3_1_8b::value;
    const auto b = budget_of(llama, q::exl3_4bpw::value, gpu, engines::exllama_v3::value, asked(4096));
    constexpr std::int64_t embedding = 128256LL * 4096, linear = 8030261248 - 2 * embedding - 266240;
    constexpr std::int64_t ends = 32 * (2 * 8192 + 2 * 5120 + 3 * 18432) + 128256 + 4096;
    return b->devices[0].weights.expected == bytes(linear / 2 + embedding / 4 * 3 + ends * 2 + 266240 * 2) &&
           b->devices[1].weights.expected == bytes(embedding * 2);
}
static_assert(exllama_weights(), "");
TEST_CASE("weights of exl3") { CHECK(exllama_weights()); }

// Q4: 4 bits and a scale of 16 for 32 numbers. ExLlamaV2 unpacks a layer's keys and values into a place of their own.
TEST_CASE("caches of ExLlama") {
    const model &llama = m::llama_3_1_8b::value;
    workload w = asked(5000);
    constexpr std::int64_t cells = 5120, token = 32 * 2 * 8 * 128;
    CHECK(of(llama, q::exl3_4bpw::value, w, engines::exllama_v3::value).kv_cache.expected == bytes(cells * token * 2));
    const amount plain = of(llama, q::exl2_4bpw::value, w, engines::exllama_v2::value).compute;
    w.type_k = w.type_v = f::cache_q4::value;
    CHECK(of(llama, q::exl3_4bpw::value, w, engines::exllama_v3::value).kv_cache.expected == bytes(cells * token / 32 * 18));
    const device_budget second = of(llama, q::exl2_4bpw::value, w, engines::exllama_v2::value);
    CHECK(second.kv_cache.expected == bytes(cells * token / 32 * 18));
    CHECK(second.weights.known == knowledge::modelled);
    CHECK(second.compute.expected - plain.expected == bytes(cells * 2 * 8 * 128 * 2));
}

// 4.5 bits on average.
TEST_CASE("weights of exl2") {
    CHECK(linear_bytes(q::exl2_4_5bpw::value.rules[0].how, 4096, 4096).count() ==
          doctest::Approx(4096 * 4096 * 4.5 / 8).epsilon(0.001));
    CHECK(linear_bytes(q::exl2_4bpw::value.rules[0].how, 4096, 4096).count() == 4096 * 4096 / 2);
    CHECK(!budget_of(m::llama_3_1_8b::value, q::exl2_4bpw::value, gpu, engines::exllama_v3::value, asked(512)));
    CHECK(!budget_of(m::llama_3_1_8b::value, q::exl3_4bpw::value, machine{}, engines::exllama_v3::value, asked(512)));
    CHECK(!budget_of(m::deepseek_v3::value, q::exl2_4bpw::value, gpu, engines::exllama_v2::value, asked(512)));
}

} // namespace

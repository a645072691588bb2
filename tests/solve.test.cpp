// The questions: what fits, and what is the most that fits.
#include <membound/devices/apple.hpp>
#include <membound/devices/nvidia.hpp>
#include <membound/engines/llama_cpp.hpp>
#include <membound/models/deepseek.hpp>
#include <membound/models/gemma.hpp>
#include <membound/models/gpt2.hpp>
#include <membound/models/gpt_oss.hpp>
#include <membound/models/llama.hpp>
#include <membound/models/phi.hpp>
#include <membound/models/qwen.hpp>
#include <membound/quantizations.hpp>
#include <membound/solve.hpp>

#include <doctest/doctest.h>

#include <initializer_list>

namespace {

using namespace membound;
namespace f = membound::formats;
namespace m = membound::models;
namespace q = membound::quantizations;
constexpr const engine &llama_cpp = engines::llama_cpp::value;

constexpr bool matrices_without_kernels_are_told() {
    const machine nvidia = machine_of(devices::geforce_rtx_4090::value), apple = machine_of(devices::apple_m1_ultra_64gb::value);
    machine both = nvidia;
    both.devices[both.device_count++] = bare_memory(8_GiB, backend::vulkan);
    stored_tensor output;
    output.type = f::nvfp4::value;
    quantization file;
    file.kind = quantization::scheme::stored;
    file.stored = &output;
    file.stored_count = 1;
    return has_kernels_for(nvidia, q::q4_k_m::value) && !has_kernels_for(nvidia, q::tq2_0::value) &&
           !has_kernels_for(both, q::tq1_0::value) && !has_kernels_for(apple, q::tq1_0::value) &&
           has_kernels_for(apple, q::tq2_0::value) && has_kernels_for(machine{}, q::tq1_0::value) &&
           has_kernels_for(nvidia, file) && !has_kernels_for(apple, file) && has_kernels_for(nvidia, q::fp8::value);
}
static_assert(matrices_without_kernels_are_told(), "");

const model *const some_models[] = {&m::llama_3_1_8b::value,    &m::qwen3_0_6b::value,   &m::gemma_3_12b::value,
                                    &m::gpt_oss_20b::value,     &m::gpt2::value,         &m::deepseek_v2_lite::value,
                                    &m::phi_3_mini_128k::value, &m::llama_3_3_70b::value};
const quantization *const some_recipes[] = {&q::f16::value, &q::q8_0::value, &q::q4_k_m::value, &q::iq2_xxs::value};

machine some_machine(int i) {
    machine on = machine_of(bare_memory(12_GiB, backend::vulkan));
    switch (i) {
    case 0:
        return machine_of(devices::geforce_rtx_3060_12gb::value);
    case 1:
        return machine_of(devices::geforce_rtx_4090::value);
    case 2:
        return machine_of(devices::h100_sxm_80gb::value);
    case 3:
        return machine_of(devices::apple_m4_max_64gb::value);
    case 4:
        return machine_of(bare_memory(16_GiB, backend::cpu));
    case 5:
        on.devices[1] = on.devices[0], on.device_count = 2;
        return on;
    default:
        on.host = bare_memory(2_GiB, backend::cpu);
        return on;
    }
}
constexpr int machine_count = 7;

workload use_of(tokens context, int sequences = 1) {
    workload w;
    w.context = context;
    w.sequences = sequences;
    return w;
}

// That context fits, and the next that the engine allows does not, or is more
// than the model was trained for.
bool is_most_context(const model &of, const quantization &recipe, const machine &on, workload w) {
    const auto most = max_context(of, recipe, on, llama_cpp, w);
    if (!most) return false;
    const tokens step = llama_cpp.context_step(w);
    const std::int64_t trained = of.max_position_embeddings * w.sequences;
    w.context = *most + step;
    const bool next_fits = fits(of, recipe, on, llama_cpp, w);
    if (*most == 0_tokens) return !next_fits;
    w.context = *most;
    const auto b = budget_of(of, recipe, on, llama_cpp, w);
    return b && b->fits() && b->context == *most && most->count() % step.count() == 0 && most->count() <= trained &&
           (!next_fits || (*most + step).count() > trained);
}

bool is_most_layers(const model &of, const quantization &recipe, const machine &on, workload w) {
    const auto most = max_gpu_layers(of, recipe, on, llama_cpp, w);
    if (!most || *most < 0 || *most > of.num_hidden_layers + 1) return false;
    w.placed.gpu_layers = *most;
    if (*most > 0 && !fits(of, recipe, on, llama_cpp, w)) return false;
    w.placed.gpu_layers = *most + 1;
    return *most == of.num_hidden_layers + 1 || !fits(of, recipe, on, llama_cpp, w);
}

tokens most_on(const model &of, const quantization &recipe, const machine &on, const workload &w = {}) {
    return max_context(of, recipe, on, llama_cpp, w).value();
}

// Llama 3.1 8B: in 12 GiB at the compiler, and at run time from the same
// function.
constexpr tokens on_12_gib = max_context(m::llama_3_1_8b::value, q::q4_k_m::value,
                                         machine_of(devices::geforce_rtx_3060_12gb::value), llama_cpp, {})
                                 .value();
static_assert(on_12_gib >= 32768_tokens && on_12_gib.count() % 256 == 0, "");

} // namespace

TEST_CASE("a budget is what the engine accounts, and fits when all of it does") {
    const machine on = some_machine(0);
    const auto b = budget_of(m::llama_3_1_8b::value, q::q4_k_m::value, on, llama_cpp, use_of(32768_tokens));
    REQUIRE(b);
    CHECK(b->count == 2);
    CHECK(b->context == 32768_tokens);
    CHECK(b->devices[0].kv_cache.expected == 4_GiB);
    CHECK(b->devices[0].headroom() == b->devices[0].usable_capacity - b->devices[0].total().upper);
    CHECK(b->host().headroom().overflowed());
    CHECK(b->fits());
    CHECK(fits(m::llama_3_1_8b::value, q::q4_k_m::value, on, llama_cpp, use_of(32768_tokens)));
    CHECK_FALSE(fits(m::llama_3_1_8b::value, q::q4_k_m::value, on, llama_cpp, use_of(131072_tokens)));
    CHECK_FALSE(fits(m::llama_3_1_8b::value, q::f16::value, on, llama_cpp, use_of(512_tokens)));
}

TEST_CASE("a device that is a byte too small does not fit") {
    machine on = machine_of(bare_memory(24_GiB));
    const workload w = use_of(8192_tokens);
    const auto b = budget_of(m::llama_3_1_8b::value, q::q8_0::value, on, llama_cpp, w);
    REQUIRE(b);
    on.devices[0].capacity = b->devices[0].total().upper;
    CHECK(fits(m::llama_3_1_8b::value, q::q8_0::value, on, llama_cpp, w));
    on.devices[0].usable = on.devices[0].capacity - 1_B;
    CHECK_FALSE(fits(m::llama_3_1_8b::value, q::q8_0::value, on, llama_cpp, w));
    on.devices[0].usable = 0_B;
    on.host.capacity = b->host().total().upper;
    CHECK(fits(m::llama_3_1_8b::value, q::q8_0::value, on, llama_cpp, w));
    on.host.capacity -= 1_B;
    CHECK_FALSE(fits(m::llama_3_1_8b::value, q::q8_0::value, on, llama_cpp, w));
}

TEST_CASE("the largest context fits, and the next does not") {
    for (const model *of : some_models)
        for (const quantization *recipe : some_recipes)
            for (int i = 0; i < machine_count; ++i) {
                CAPTURE(of->name.c_str());
                CAPTURE(recipe->name);
                CAPTURE(i);
                CHECK(is_most_context(*of, *recipe, some_machine(i), use_of(0_tokens)));
            }
}

TEST_CASE("the largest context under other settings") {
    for (int i = 0; i < machine_count; ++i) {
        CAPTURE(i);
        workload w = use_of(0_tokens, 3);
        CHECK(is_most_context(m::llama_3_1_8b::value, q::q4_k_m::value, some_machine(i), w));
        w.unified_cache = true;
        CHECK(is_most_context(m::llama_3_1_8b::value, q::q4_k_m::value, some_machine(i), w));
        w.type_k = w.type_v = f::q8_0::value;
        CHECK(is_most_context(m::gemma_3_12b::value, q::q4_k_m::value, some_machine(i), w));
        w = use_of(0_tokens);
        w.placed.gpu_layers = 20;
        CHECK(is_most_context(m::llama_3_1_8b::value, q::q4_k_m::value, some_machine(i), w));
        w.flash = flash_attention::off;
        CHECK(is_most_context(m::llama_3_1_8b::value, q::q4_k_m::value, some_machine(i), w));
    }
}

TEST_CASE("a device that is exactly full is not one too small") {
    const model &of = m::llama_3_1_8b::value;
    machine on = machine_of(bare_memory(24_GiB));
    for (const std::int64_t n : {256, 4096, 33024, 65536, 131072}) {
        on.devices[0].capacity = 24_GiB;
        const auto b = budget_of(of, q::q4_k_m::value, on, llama_cpp, use_of(tokens(n)));
        REQUIRE(b);
        on.devices[0].capacity = b->devices[0].total().upper;
        CHECK(most_on(of, q::q4_k_m::value, on) == tokens(n));
        on.devices[0].capacity -= 1_B;
        CHECK(most_on(of, q::q4_k_m::value, on) == tokens(n - 256));
    }
    for (const int layers : {1, 2, 17, 32, 33}) {
        workload w = use_of(4096_tokens);
        w.placed.gpu_layers = layers;
        on.devices[0].capacity = 24_GiB;
        const auto b = budget_of(of, q::q4_k_m::value, on, llama_cpp, w);
        REQUIRE(b);
        on.devices[0].capacity = b->devices[0].total().upper;
        CHECK(max_gpu_layers(of, q::q4_k_m::value, on, llama_cpp, w).value() >= layers);
        CHECK(is_most_layers(of, q::q4_k_m::value, on, w));
        on.devices[0].capacity -= 1_B;
        CHECK(is_most_layers(of, q::q4_k_m::value, on, w));
    }
}

TEST_CASE("the ends of the largest context") {
    CHECK(most_on(m::llama_3_3_70b::value, q::f16::value, some_machine(1)) == 0_tokens);
    CHECK(most_on(m::llama_3_1_8b::value, q::q4_k_m::value, some_machine(2)) == 131072_tokens);
    CHECK(most_on(m::llama_3_1_8b::value, q::q4_k_m::value, machine{}) == 131072_tokens); // nothing limits the host
    CHECK(most_on(m::llama_3_1_8b::value, q::q4_k_m::value, machine{}, use_of(0_tokens, 4)) == 524288_tokens);
    CHECK(most_on(m::gpt2::value, q::q8_0::value, machine{}, use_of(0_tokens, 3)) == 3072_tokens);
    CHECK(most_on(m::llama_3_1_8b::value, q::q4_k_m::value, some_machine(0)) == on_12_gib);
  // What is asked for in the workload is not looked at.
    CHECK(most_on(m::llama_3_1_8b::value, q::q4_k_m::value, some_machine(0), use_of(512_tokens)) == on_12_gib);
}

TEST_CASE("the largest context of what is refused is an error") {
    workload w = use_of(0_tokens);
    w.type_v = f::q8_0::value;
    w.flash = flash_attention::off;
    const auto refused = max_context(m::llama_3_1_8b::value, q::q4_k_m::value, some_machine(0), llama_cpp, w);
    REQUIRE_FALSE(refused);
    CHECK(same_text(refused.error().where.c_str(), "type_v"));
    CHECK_FALSE(max_gpu_layers(m::llama_3_1_8b::value, q::q4_k_m::value, some_machine(0), llama_cpp, w));
    CHECK_FALSE(fits(m::llama_3_1_8b::value, q::q4_k_m::value, some_machine(0), llama_cpp, w));
    const quantization *only[] = {&q::q4_k_m::value};
    CHECK(best_quantization(m::llama_3_1_8b::value, only, 1, some_machine(0), llama_cpp, w) == nullptr);
}

TEST_CASE("numbers of sequences that no engine has are an error") {
    for (const int sequences : {0, -1, 257, INT32_MAX, INT32_MIN}) {
        CAPTURE(sequences);
        const workload w = use_of(0_tokens, sequences);
        CHECK_FALSE(max_context(m::llama_3_1_8b::value, q::q4_k_m::value, some_machine(0), llama_cpp, w));
        CHECK_FALSE(max_gpu_layers(m::llama_3_1_8b::value, q::q4_k_m::value, some_machine(0), llama_cpp, w));
    }
}

TEST_CASE("the most layers fit, and one more does not") {
    for (const model *of : some_models)
        for (const quantization *recipe : some_recipes)
            for (int i = 0; i < machine_count; ++i) {
                CAPTURE(of->name.c_str());
                CAPTURE(recipe->name);
                CAPTURE(i);
                if (some_machine(i).device_count > 0)
                    CHECK(is_most_layers(*of, *recipe, some_machine(i), use_of(4096_tokens)));
            }
}

TEST_CASE("the ends of the most layers") {
    const auto layers = [](const model &of, const quantization &recipe, const machine &on) {
        return max_gpu_layers(of, recipe, on, llama_cpp, use_of(4096_tokens)).value();
    };
    const model &llama = m::llama_3_1_8b::value;
    CHECK(layers(llama, q::q4_k_m::value, some_machine(1)) == 33); // all, and the output layer
    CHECK(layers(llama, q::q4_k_m::value, machine_of(bare_memory(512_MiB))) == 0);
    CHECK(layers(llama, q::q4_k_m::value, machine{}) == 0); // no device, no layers on it
    model predicts = llama; // layers that predict further tokens are counted as well
    predicts.num_nextn_predict_layers = 1;
    CHECK(layers(predicts, q::q4_k_m::value, some_machine(1)) == 34);
    const int some = layers(llama, q::f16::value, some_machine(0));
    CHECK(some > 8);
    CHECK(some < 33);
    // A host that can not hold the rest, and one that can.
    machine small = some_machine(0), enough = some_machine(0);
    small.host = bare_memory(4_GiB, backend::cpu);
    enough.host = bare_memory(16_GiB, backend::cpu);
    CHECK(layers(llama, q::f16::value, small) == 0);
    CHECK(layers(llama, q::f16::value, enough) == some);
}

namespace {

// Devices on which more and more of a model fits, alone and two at a time.
template <class Check>
void on_devices_of_many_sizes(const Check &check) {
    for (int mib = 600; mib <= 20000; mib += mib / 3)
        for (const int other : {0, 1500, 6000}) {
            CAPTURE(mib);
            CAPTURE(other);
            machine on = machine_of(bare_memory(bytes(mib) * (1 << 20)));
            if (other > 0) on.devices[on.device_count++] = bare_memory(bytes(other) * (1 << 20));
            check(on);
        }
}

model shortened(model of, int layers, int positions) {
    of.num_hidden_layers = layers;
    of.max_position_embeddings = positions;
    return of;
}

// The last of [first, last] that fits; before `first` where none does.
template <class Use>
std::int64_t last_of_all(const model &of, const machine &on, std::int64_t first, std::int64_t last, const Use &use) {
    for (std::int64_t n = last; n >= first; --n)
        if (fits(of, q::q4_k_m::value, on, llama_cpp, use(n))) return n;
    return first - 1;
}

} // namespace

TEST_CASE("each answer is that of trying all there is") {
    const model llama = shortened(m::llama_3_1_8b::value, 10, 16384), gemma = shortened(m::gemma_3_12b::value, 12, 16384);
    const model qwen = shortened(m::qwen3_30b_a3b::value, 8, 16384), deepseek = shortened(m::deepseek_v2_lite::value, 8, 16384);
    const quantization &recipe = q::q4_k_m::value;
    for (const model *of : {&llama, &gemma, &qwen, &deepseek})
        on_devices_of_many_sizes([&](const machine &on) {
            CAPTURE(of->name.c_str());
            const auto with = [](auto change) {
                return [change](std::int64_t n) {
                    workload w = use_of(2048_tokens);
                    change(w, static_cast<int>(n));
                    return w;
                };
            };
            const auto contexts = with([](workload &w, int n) { w.context = tokens(256 * n); });
            CHECK(max_context(*of, recipe, on, llama_cpp, use_of(0_tokens)).value() ==
                  256_tokens * last_of_all(*of, on, 1, 16384 / 256, contexts));
            const auto sequences = with([](workload &w, int n) { w.sequences = n, w.context = 1024_tokens * n; });
            CHECK(max_sequences(*of, recipe, on, llama_cpp, use_of(1024_tokens), 20).value() ==
                  last_of_all(*of, on, 1, 20, sequences));
            CHECK(max_sequences(*of, recipe, on, llama_cpp, use_of(1024_tokens), 0).value() == 0);
            const auto layers = with([](workload &w, int n) { w.placed.gpu_layers = n; });
            CHECK(max_gpu_layers(*of, recipe, on, llama_cpp, use_of(2048_tokens)).value() ==
                  detail::max<std::int64_t>(last_of_all(*of, on, 0, of->num_hidden_layers + 1, layers), 0));
            const auto halves = with([](workload &w, int n) { w.ubatch = 1 << (n - 1); });
            const std::int64_t half = last_of_all(*of, on, 1, 10, halves);
            CHECK(max_ubatch(*of, recipe, on, llama_cpp, use_of(2048_tokens)).value() == (half > 0 ? 1 << (half - 1) : 0));
            if (of->num_experts <= 0) return;
            const int all = of->layer_count();
            const auto experts = with([&](workload &w, int n) { w.placed.cpu_moe_layers = all - n; });
            const std::int64_t most = last_of_all(*of, on, 0, all, experts);
            const auto fewest = min_cpu_moe_layers(*of, recipe, on, llama_cpp, use_of(2048_tokens));
            REQUIRE(fewest.has_value() == (most >= 0));
            if (fewest) CHECK(*fewest == all - most);
        });
}

TEST_CASE("questions without an answer are errors") {
    const machine on = some_machine(0);
    workload none = use_of(2048_tokens);
    none.ubatch = 0;
    CHECK(max_ubatch(m::llama_3_1_8b::value, q::q4_k_m::value, on, llama_cpp, none).error().code == errc::bad_value);
    CHECK(min_cpu_moe_layers(m::llama_3_1_8b::value, q::q4_k_m::value, on, llama_cpp, {}).error().code == errc::bad_value);
}

TEST_CASE("the best quantization has the most bytes of those that fit") {
    constexpr int count = static_cast<int>(sizeof(q::all) / sizeof(q::all[0]));
    for (const model *of : some_models)
        for (int i = 0; i < machine_count; ++i) {
            const machine on = some_machine(i);
            const workload w = use_of(4096_tokens);
            const quantization *best = best_quantization(*of, q::all, count, on, llama_cpp, w);
            CAPTURE(of->name.c_str());
            CAPTURE(i);
            CHECK((best == nullptr || fits(*of, *best, on, llama_cpp, w)));
            const bytes size = best != nullptr ? file_weight_bytes(*of, *best) : 0_B;
            for (const quantization *other : q::all) {
                CAPTURE(other->name);
                CHECK((file_weight_bytes(*of, *other) <= size || !fits(*of, *other, on, llama_cpp, w)));
            }
        }
}

TEST_CASE("the ends of the best quantization") {
    const quantization *few[] = {&q::iq1_s::value, &q::q8_0::value, &q::q4_k_m::value};
    const workload w = use_of(4096_tokens);
    const auto best = [&](const model &of, const machine &on) {
        return best_quantization(of, few, 3, on, llama_cpp, w);
    };
    CHECK(best(m::llama_3_1_8b::value, machine{}) == &q::q8_0::value);
    CHECK(best(m::llama_3_1_8b::value, machine_of(bare_memory(8_GiB))) == &q::q4_k_m::value);
    CHECK(best(m::llama_3_1_8b::value, machine_of(bare_memory(4_GiB))) == &q::iq1_s::value);
    CHECK(best(m::llama_3_1_8b::value, machine_of(bare_memory(1_GiB))) == nullptr);
    CHECK(best_quantization(m::llama_3_1_8b::value, few, 0, machine{}, llama_cpp, w) == nullptr);
    const quantization *same[] = {&q::f16::value, &q::bf16::value};
    CHECK(best_quantization(m::llama_3_1_8b::value, same, 2, machine{}, llama_cpp, w) == &q::f16::value);
}

// Weights and caches never shrink. The compute buffer may, and does in the
// engine: where a tensor passes the largest that a Vulkan device computes with,
// the host takes over, and the allocator's holes fit one size better than the
// next.
TEST_CASE("more context never takes less") {
    for (const model *of : some_models) {
        const machine on = machine_of(bare_memory(80_GiB));
        bytes held, all;
        for (int n = 256; n <= 32768; n += 256 * (n < 4096 ? 1 : 11)) {
            const auto b = budget_of(*of, q::q4_k_m::value, on, llama_cpp, use_of(tokens(n)));
            CAPTURE(of->name.c_str());
            CAPTURE(n);
            REQUIRE(b);
            const device_budget &d = b->devices[0];
            CHECK(d.weights.upper + d.kv_cache.upper > held);
            CHECK(b->total().upper > all);
            held = d.weights.upper + d.kv_cache.upper;
            all = b->total().upper;
        }
    }
}

TEST_CASE("the compute buffer of a longer context may be smaller, as measured") {
    workload w = use_of(93952_tokens);
    w.unified_cache = true;
    const auto before = budget_of(m::gemma_3_4b::value, q::q4_k_m::value, machine{}, llama_cpp, w);
    w.context = 94208_tokens;
    const auto after = budget_of(m::gemma_3_4b::value, q::q4_k_m::value, machine{}, llama_cpp, w);
    REQUIRE(before);
    REQUIRE(after);
    CHECK(before->host().compute.expected == 615516160_B);
    CHECK(after->host().compute.expected == 552601600_B);
    CHECK(before->host().kv_cache.expected == 2106589184_B);
    CHECK(after->host().kv_cache.expected == 2111832064_B);
}

TEST_CASE("a larger device never fits less") {
    constexpr int count = static_cast<int>(sizeof(q::all) / sizeof(q::all[0]));
    for (const model *of : some_models) {
        tokens context;
        int layers = 0;
        bytes quality;
        for (int gib = 1; gib <= 96; gib += 1 + gib / 4) {
            const machine on = machine_of(bare_memory(bytes(gib) * (std::int64_t{1} << 30)));
            CAPTURE(of->name.c_str());
            CAPTURE(gib);
            const tokens now = most_on(*of, q::q4_k_m::value, on);
            CHECK(now >= context);
            const auto n = max_gpu_layers(*of, q::q4_k_m::value, on, llama_cpp, use_of(4096_tokens));
            REQUIRE(n);
            CHECK(*n >= layers);
            const quantization *best = best_quantization(*of, q::all, count, on, llama_cpp, use_of(4096_tokens));
            const bytes size = best != nullptr ? file_weight_bytes(*of, *best) : 0_B;
            CHECK(size >= quality);
            context = now, layers = *n, quality = size;
        }
    }
}

TEST_CASE("fewer bits of cache never fit less context") {
    for (const model *of : {&m::llama_3_1_8b::value, &m::gemma_3_12b::value, &m::deepseek_v2_lite::value}) {
        tokens most;
        for (const format *type : {&f::f32::value, &f::f16::value, &f::q8_0::value, &f::q4_0::value}) {
            workload w;
            w.type_k = w.type_v = *type;
            const tokens now = most_on(*of, q::q4_k_m::value, machine_of(bare_memory(13_GiB)), w);
            CAPTURE(of->name.c_str());
            CAPTURE(type->name);
            CHECK(now >= most);
            most = now;
        }
    }
}

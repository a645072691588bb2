// The compile-time door: each question in a constant expression, with the answers of run time.
#include <membound/devices/apple.hpp>
#include <membound/devices/nvidia.hpp>
#include <membound/membound.hpp>
#include <membound/models/gemma.hpp>
#include <membound/models/llama.hpp>
#include <membound/models/qwen.hpp>

#include <doctest/doctest.h>

namespace {

using namespace membound;
using engines::llama_cpp;

using edge = deployment<models::llama_3_1_8b, quantizations::q4_k_m, devices::geforce_rtx_3060_12gb, llama_cpp>;
static_assert(edge::fits(tokens{32768}), "");
static_assert(!edge::fits(tokens{131072}), "");
constexpr tokens most = edge::max_context();
static_assert(most >= tokens{32768} && edge::fits(most) && !edge::fits(most + tokens{256}), "");
static_assert(assert_fits<edge, 32768>::value, "");

constexpr budget planned = edge::budget(tokens{32768});
static_assert(planned.count == 2 && planned.context == tokens{32768} && planned.sequences == 1, "");
static_assert(planned.devices[0].weights.expected == 4617396480_B, ""); // all but the embedding, which the host has
static_assert(planned.host().weights.expected == 295501824_B, "");
static_assert(planned.devices[0].kv_cache.expected == 4_GiB, "");
static_assert(planned.devices[0].usable_capacity == devices::geforce_rtx_3060_12gb::value.usable_capacity(), "");
static_assert(planned.total().expected.count() > 0 && planned.fits(), "");

// A use of one's own: four sequences, and a cache of eight bits.
constexpr workload four_users = [] {
    workload w = edge::use(tokens{65536}, 4);
    w.type_k = w.type_v = formats::q8_0::value;
    return w;
}();
static_assert(edge::fits(four_users), "");
constexpr budget for_four = edge::budget(four_users);
static_assert(for_four.context_per_sequence == tokens{16384} && for_four.devices[0].kv_cache.expected == 4352_MiB, "");
constexpr tokens most_for_four = edge::max_context(four_users);
static_assert(most_for_four >= tokens{65536} && most_for_four.count() % 1024 == 0, "");

// Whatever a user describes stands in the place of a catalogue entry.
struct my_model {
    static constexpr model value = [] {
        model m = models::qwen3_0_6b::value;
        m.name = "mine";
        m.vocab_size = 32000;
        return m;
    }();
};
struct my_fp6 {
    static constexpr format value{"my_fp6", 4, 3};
};
struct my_quantization {
    static constexpr quantization value = [] {
        quantization q;
        q.name = "my-fp6";
        q.kind = quantization::scheme::uniform;
        q.matrices = my_fp6::value;
        q.rest = formats::bf16::value;
        return q;
    }();
};
struct my_card {
    static constexpr device value = bare_memory(4_GiB, backend::vulkan);
};
struct my_machine {
    static constexpr machine value = machine_of(bare_memory(4_GiB), bare_memory(4_GiB), bare_memory(8_GiB, backend::cpu));
};
struct my_engine {
    static constexpr engine value = [] {
        engine e = llama_cpp::value;
        e.name = "mine";
        e.defaults.ubatch = 128;
        e.defaults.type_k = e.defaults.type_v = formats::q8_0::value;
        return e;
    }();
};

using mine = deployment<my_model, my_quantization, my_card, my_engine>;
static_assert(mine::fits(tokens{4096}), "");
static_assert(mine::use(tokens{4096}).ubatch == 128, ""); // the engine's own default
static_assert(mine::budget(tokens{4096}).devices[0].kv_cache.expected == bytes(2 * 28 * 1024 / 32 * 34 * 4096), "");
using on_two = deployment<my_model, my_quantization, my_machine, my_engine>;
constexpr budget of_two = on_two::budget(tokens{4096});
static_assert(of_two.count == 3 && of_two.fits() && of_two.host().usable_capacity == 8_GiB, "");

// The device that fails is the one that a message names.
using crowded = deployment<models::llama_3_1_8b, quantizations::f16, my_machine, llama_cpp>;
constexpr budget too_large = crowded::budget(tokens{512});
static_assert(!too_large.fits(), "");
static_assert(detail::binding_device(too_large).usable_capacity == 4_GiB, "");

constexpr bool same(const amount &a, const amount &b) {
    return a.lower == b.lower && a.expected == b.expected && a.upper == b.upper && a.known == b.known;
}
constexpr bool same(const budget &a, const budget &b) {
    if (a.count != b.count || a.context != b.context || a.sequences != b.sequences ||
        a.context_per_sequence != b.context_per_sequence)
        return false;
    for (int d = 0; d < a.count; ++d) {
        const device_budget &x = a.devices[d], &y = b.devices[d];
        if (!same(x.weights, y.weights) || !same(x.kv_cache, y.kv_cache) ||
            !same(x.recurrent_state, y.recurrent_state) || !same(x.compute, y.compute) || !same(x.output, y.output) ||
            !same(x.overhead, y.overhead) || x.capacity != y.capacity || x.usable_capacity != y.usable_capacity ||
            !same_text(x.name.c_str(), y.name.c_str()))
            return false;
    }
    return true;
}

template <class Model, class Quantization, class Device, class Engine>
struct both_doors {
    using door = deployment<Model, Quantization, Device, Engine>;
    static constexpr budget compiled = door::budget(tokens{8192});

    static bool agree() {
        const machine on = machine_of(Device::value);
        workload w = Engine::value.defaults;
        w.context = tokens(8192);
        const auto found = budget_of(Model::value, Quantization::value, on, Engine::value, w);
        return found && same(*found, compiled) &&
               fits(Model::value, Quantization::value, on, Engine::value, w) == compiled.fits();
    }
};

} // namespace

TEST_CASE("both doors give the same answers") {
    const machine on = machine_of(devices::geforce_rtx_3060_12gb::value);
    CHECK(max_context(models::llama_3_1_8b::value, quantizations::q4_k_m::value, on, llama_cpp::value, {}).value() ==
          most);
    CHECK(
        (both_doors<models::llama_3_1_8b, quantizations::q4_k_m, devices::geforce_rtx_3060_12gb, llama_cpp>::agree()));
    CHECK((both_doors<models::gemma_3_4b, quantizations::q8_0, devices::apple_m4_16gb, llama_cpp>::agree()));
    CHECK((both_doors<my_model, my_quantization, my_machine, my_engine>::agree()));
}

#include <doctest/doctest.h>
#include <initializer_list>
#include <membound/devices/nvidia.hpp>
#include <membound/engines/llama_cpp.hpp>
#include <membound/membound.hpp>
#include <membound/models/all.hpp>
#include <membound/quantizations.hpp>

using namespace membound;
using detail::replay_outcome;
using detail::showing;

namespace {

struct drawn {
    replay_outcome outcome = replay_outcome::exceeded;
    int layers = 0;
    bytes peaks[max_devices + 1] = {};
};

// One pass over 512 tokens, with as many layers as that.
drawn draw(const model &m, const quantization &q, const machine &on, const workload &w, showing much) {
    const engine &e = engines::llama_cpp::value;
    const auto rules = detail::llama_cpp_rules_at(e.date);
    const auto loaded = e.load(m, q, on, w);
    REQUIRE(loaded);
    const auto c = detail::llama_cpp_context_of(m, w, rules);
    const auto options = detail::schedule_of(m, *loaded, on, w, rules);
    const auto kernels = detail::kernels_of(m, q, *loaded, on, w, c, options);
    const auto pass = detail::pass_of(m, *loaded, on, w, c, kernels, c.ubatch, detail::min(c.ubatch, c.largest_output));
    const detail::representative_layers shown(m, loaded->placed, loaded->weights, pass.sizes_weights(), options.reorders(), much);
    drawn d;
    d.layers = shown.kept_count();
    d.outcome = detail::measure_pass(m, q, *loaded, on, pass, shown, options, d.peaks);
    return d;
}

machine gpus(int count, backend api) {
    machine on;
    for (int d = 0; d < count; ++d) {
        on.devices[d] = devices::geforce_rtx_3060_12gb::value;
        on.devices[d].api = api;
    }
    on.device_count = count;
    return on;
}

// What is said to be exact is what all layers come to. How many cases are exact with fewer layers.
int exact_with_fewer(const machine &on, int gpu_layers, const quantization &q, format cache,
                     const tensor_override *overrides = nullptr) {
    int found = 0;
    for (const model *m : models::all) {
        workload w = engines::llama_cpp::value.defaults;
        w.context = tokens(16384);
        w.placed.gpu_layers = gpu_layers < 0 ? -1 : m->layer_count() * gpu_layers / 100 + 1;
        w.placed.overrides = overrides;
        w.placed.override_count = overrides != nullptr ? 1 : 0;
        w.type_k = w.type_v = cache;
        if (detail::draws_all_layers(*m) || !budget_of(*m, q, on, engines::llama_cpp::value, w)) continue;
        const drawn all = draw(*m, q, on, w, showing::all);
        if (all.outcome != replay_outcome::exact) continue; // more tensors than there is room for
        for (const showing much : {showing::few, showing::more}) {
            const drawn some = draw(*m, q, on, w, much);
            if (some.outcome != replay_outcome::exact) continue;
            CAPTURE(m->name.c_str());
            CAPTURE(static_cast<int>(much));
            for (int d = 0; d <= on.device_count; ++d) CHECK(some.peaks[d] == all.peaks[d]);
            if (some.layers < all.layers) ++found;
        }
    }
    return found;
}

} // namespace

TEST_CASE("layers that stand for all") {
    const auto &q4 = quantizations::q4_k_m::value;
    const auto f16 = formats::f16::value;
    CHECK(exact_with_fewer(gpus(0, backend::cpu), -1, q4, f16) > 480);
    CHECK(exact_with_fewer(gpus(1, backend::cuda), -1, q4, formats::q8_0::value) > 460);
    CHECK(exact_with_fewer(gpus(1, backend::cuda), 50, q4, f16) > 300);
    const tensor_override some_to_host{"blk\\.\\d\\.(ffn|attn_k)"};
    CHECK(exact_with_fewer(gpus(1, backend::cuda), -1, q4, f16, &some_to_host) > 200);
    CHECK(exact_with_fewer(gpus(1, backend::vulkan), -1, q4, f16) > 300);
    CHECK(exact_with_fewer(gpus(1, backend::vulkan), 70, quantizations::q8_0::value, f16) > 300);
    CHECK(exact_with_fewer(gpus(1, backend::metal), -1, q4, f16) > 300);
    CHECK(exact_with_fewer(gpus(1, backend::metal), 60, q4, formats::q8_0::value) > 200);
    CHECK(exact_with_fewer(gpus(2, backend::cuda), -1, q4, f16) > 300);
    CHECK(exact_with_fewer(gpus(2, backend::vulkan), 60, q4, formats::q8_0::value) > 200);
}

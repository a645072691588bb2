// What holds for every model, machine and workload: random ones, the same in each run.
#include <membound/devices/hosts.hpp>
#include <membound/devices/nvidia.hpp>
#include <membound/engines/llama_cpp.hpp>
#include <membound/models/all.hpp>
#include <membound/plan.hpp>
#include <membound/quantizations.hpp>

#include <doctest/doctest.h>

#include <random>
#include <string>

namespace {

using namespace membound;
namespace q = membound::quantizations;
constexpr const engine &llama_cpp = engines::llama_cpp::value;

constexpr const quantization *recipes[] = {&q::f16::value, &q::q8_0::value, &q::q6_k::value, &q::q4_k_m::value, &q::q2_k::value};

struct random_question {
    std::mt19937 dice{20261121};

    int up_to(int n) { return std::uniform_int_distribution<int>(0, n)(dice); }
    const model &some_model() {
        constexpr int count = static_cast<int>(sizeof models::all / sizeof *models::all);
        for (;;) {
            const model &m = *models::all[up_to(count - 1)];
            if (m.layer_count() <= 64 && m.family->cache == cache_use::read) return m; // no encoder, and drawn in a moment
        }
    }
    device some_device() {
        const backend api = up_to(1) == 0 ? backend::vulkan : backend::cuda;
        device d = bare_memory(bytes(2048 + up_to(40000)) * (1 << 20), api);
        d.memory_bandwidth_gbps = 200 + up_to(1000);
        return d;
    }
    machine some_machine() {
        machine on = machine_of(some_device());
        if (up_to(2) == 0) on.devices[on.device_count++] = some_device();
        on.host.memory_bandwidth_gbps = 40 + up_to(60);
        return on;
    }
    workload some_workload(const model &m) {
        workload w;
        const std::int64_t most = detail::min<std::int64_t>(m.max_position_embeddings, 65536) / 256;
        w.context = tokens(256 * (1 + up_to(static_cast<int>(most) - 1)));
        w.ubatch = 128 << up_to(2);
        return w;
    }
};

constexpr int questions = 40;

bool is_better(const placed_deployment &a, const placed_deployment &b, const model &m) {
    const auto rank = [&](const placed_deployment &p) {
        const int all = m.layer_count() + static_cast<int>(m.num_nextn_predict_layers) + 1;
        const bool whole = p.placed.gpu_layers < 0 || p.placed.gpu_layers > all;
        return detail::placement_rank{p.speed.decode, whole ? all : p.placed.gpu_layers, p.placed.cpu_moe_layers};
    };
    return rank(a).is_above(rank(b));
}

} // namespace

TEST_CASE("more context never holds less") {
    random_question r;
    for (int i = 0; i < questions; ++i) {
        const model &m = r.some_model();
        const machine on = r.some_machine();
        workload w = r.some_workload(m);
        CAPTURE(std::string(m.name.c_str()));
        CAPTURE(w.context.count());
        const auto less = budget_of(m, q::q4_k_m::value, on, llama_cpp, w);
        w.context += 256_tokens;
        const auto more = budget_of(m, q::q4_k_m::value, on, llama_cpp, w);
        REQUIRE(less);
        REQUIRE(more);
        for (int d = 0; d < less->count; ++d) {
            CHECK(more->devices[d].kv_cache.expected >= less->devices[d].kv_cache.expected);
            CHECK(more->devices[d].recurrent_state.expected == less->devices[d].recurrent_state.expected);
            CHECK(more->devices[d].weights.expected == less->devices[d].weights.expected);
        }
    }
}

TEST_CASE("more bits never take less, and never lose more") {
    random_question r;
    for (int i = 0; i < questions; ++i) {
        const model &m = r.some_model();
        const machine on = r.some_machine();
        const workload w = r.some_workload(m);
        CAPTURE(std::string(m.name.c_str()));
        bytes more = bytes::overflow();
        double loss = -1;
        for (const quantization *recipe : recipes) {
            const auto b = budget_of(m, *recipe, on, llama_cpp, w);
            if (!b) continue;
            bytes weights;
            for (int d = 0; d < b->count; ++d) weights += b->devices[d].weights.expected;
            CHECK(weights <= more);
            more = weights;
            const auto lost = quality_of(m, *recipe, w.type_k, w.type_v);
            if (!lost) continue;
            CHECK(lost->perplexity_increase_percent >= loss);
            loss = lost->perplexity_increase_percent;
        }
    }
}

TEST_CASE("a larger device never fits less") {
    random_question r;
    for (int i = 0; i < questions; ++i) {
        const model &m = r.some_model();
        machine on = machine_of(r.some_device());
        const workload w = r.some_workload(m);
        const quantization &recipe = *recipes[r.up_to(4)];
        CAPTURE(std::string(m.name.c_str()));
        const auto here = best_placement(m, recipe, on, llama_cpp, w);
        const auto context = max_context(m, recipe, on, llama_cpp, w);
        on.devices[0].capacity += bytes(r.up_to(4000)) * (1 << 20);
        const auto larger = best_placement(m, recipe, on, llama_cpp, w);
        const auto larger_context = max_context(m, recipe, on, llama_cpp, w);
        if (here) {
            REQUIRE(larger);
            CHECK_FALSE(is_better(*here, *larger, m));
        }
        if (context) CHECK(*larger_context >= *context);
    }
}

TEST_CASE("the largest context is exactly at the edge") {
    random_question r;
    for (int i = 0; i < questions; ++i) {
        const model &m = r.some_model();
        const machine on = r.some_machine();
        workload w = r.some_workload(m);
        const quantization &recipe = *recipes[r.up_to(4)];
        CAPTURE(std::string(m.name.c_str()));
        const auto most = max_context(m, recipe, on, llama_cpp, w);
        if (!most) continue;
        const tokens step = llama_cpp.context_step(w);
        w.context = *most;
        if (most->count() > 0) CHECK(fits(m, recipe, on, llama_cpp, w));
        w.context += step;
        if (w.context.count() <= m.max_position_embeddings) CHECK_FALSE(fits(m, recipe, on, llama_cpp, w));
    }
}

TEST_CASE("another device never hurts") {
    random_question r;
    for (int i = 0; i < questions; ++i) {
        const model &m = r.some_model();
        machine on = machine_of(r.some_device());
        on.host.memory_bandwidth_gbps = 60;
        const workload w = r.some_workload(m);
        const quantization &recipe = *recipes[r.up_to(4)];
        CAPTURE(std::string(m.name.c_str()));
        const auto one = best_placement(m, recipe, on, llama_cpp, w);
        on.devices[on.device_count++] = r.some_device();
        const auto two = best_placement(m, recipe, on, llama_cpp, w);
        if (!one) continue;
        REQUIRE(two);
        CAPTURE(one->placed.gpu_layers);
        CAPTURE(two->placed.gpu_layers);
        CHECK_FALSE(is_better(*one, *two, m));
    }
}

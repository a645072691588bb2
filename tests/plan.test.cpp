// Placement, plans and changes: compared with all there is to choose from.
#include <membound/changes.hpp>
#include <membound/devices/hosts.hpp>
#include <membound/devices/nvidia.hpp>
#include <membound/engines/llama_cpp.hpp>
#include <membound/models/gemma.hpp>
#include <membound/models/llama.hpp>
#include <membound/models/minimax.hpp>
#include <membound/models/qwen.hpp>
#include <membound/quantizations.hpp>

#include <doctest/doctest.h>

#include <initializer_list>
#include <string>
#include <vector>

namespace {

using namespace membound;
namespace f = membound::formats;
namespace m = membound::models;
namespace q = membound::quantizations;
constexpr const engine &llama_cpp = engines::llama_cpp::value;

// A model of few layers, so that all placements can be tried.
model with_layers(model of, int layers) {
    of.num_hidden_layers = layers;
    return of;
}

device gpu(bytes capacity, double gbps) {
    device d = devices::geforce_rtx_3060_12gb::value;
    d.capacity = capacity;
    d.usable = 0_B;
    d.memory_bandwidth_gbps = gbps;
    return d;
}

machine machine_with(std::initializer_list<device> gpus, bytes host = 0_B) {
    machine on;
    for (const device &d : gpus) on.devices[on.device_count++] = d;
    on.host = bare_memory(host, backend::cpu);
    on.host.memory_bandwidth_gbps = 60;
    on.host.fp32_tflops = 1;
    return on;
}

workload of_4k_tokens() {
    workload w;
    w.context = 4096_tokens;
    return w;
}

// The fastest of all placements of up to two devices, one by one.
double fastest_of_all(const model &of, const quantization &recipe, const machine &on, workload w) {
    const int all = of.layer_count() + 1;
    double best = 0;
    for (int a = 0; a <= all; ++a)
        for (int b = 0; b <= (on.device_count > 1 ? all - a : 0); ++b)
            for (int experts = 0; experts <= (of.num_experts > 0 ? of.layer_count() : 0); ++experts) {
                w.placed.gpu_layers = a + b;
                w.placed.cpu_moe_layers = experts;
                w.placed.tensor_split[0] = on.device_count > 1 ? a : 0;
                w.placed.tensor_split[1] = b;
                if (!fits(of, recipe, on, llama_cpp, w)) continue;
                const auto t = throughput_of(of, recipe, on, llama_cpp, w);
                if (t && t->decode.expected > best) best = t->decode.expected;
            }
    return best;
}

void compare_with_all(const model &of, const quantization &recipe, const machine &on, const workload &w,
                      double epsilon = 1e-9) {
    const auto found = best_placement(of, recipe, on, llama_cpp, w);
    const double best = fastest_of_all(of, recipe, on, w);
    REQUIRE(found.has_value() == (best > 0));
    if (!found) return;
    CHECK(found->held.fits());
    CHECK(found->speed.decode.expected == doctest::Approx(best).epsilon(epsilon));
}

} // namespace

TEST_CASE("the placement on one device is the fastest of all") {
    const model llama = with_layers(m::llama_3_1_8b::value, 12);
    const model qwen = with_layers(m::qwen3_30b_a3b::value, 6);
    const model gemma = with_layers(m::gemma_3_12b::value, 10);
    for (const model *of : {&llama, &qwen, &gemma})
        for (const quantization *recipe : {&q::q8_0::value, &q::q4_k_m::value})
            for (int mib = 512; mib <= 8192; mib += mib / 3) {
                CAPTURE(std::string(of->name.c_str()));
                CAPTURE(std::string(recipe->name));
                CAPTURE(mib);
                compare_with_all(*of, *recipe, machine_with({gpu(bytes(mib) * (1 << 20), 360)}), of_4k_tokens());
            }
}

TEST_CASE("the split over two devices is the fastest of all") {
    const model llama = with_layers(m::llama_3_1_8b::value, 9);
    const model qwen = with_layers(m::qwen3_30b_a3b::value, 4);
    const model gemma = with_layers(m::gemma_3_12b::value, 6);
    for (const model *of : {&llama, &qwen, &gemma})
        for (int mib = 768; mib <= 4096; mib += mib / 2)
            for (const int other : {1000, 1300, 2000, 3500})
                for (const double bandwidth : {200, 360, 1008}) {
                    CAPTURE(std::string(of->name.c_str()));
                    CAPTURE(mib);
                    CAPTURE(other);
                    CAPTURE(bandwidth);
                    const machine on =
                        machine_with({gpu(bytes(mib) * (1 << 20), 360), gpu(bytes(other) * (1 << 20), bandwidth)});
                    // Of devices that are equally fast the engine's own split is kept, which hands over once more than need be.
                    compare_with_all(*of, q::q4_k_m::value, on, of_4k_tokens(), bandwidth == 360 ? 1e-3 : 1e-9);
                }
}

namespace {

const quantization *const recipes[] = {&q::f16::value, &q::q8_0::value, &q::q5_k_m::value, &q::q4_k_m::value, &q::q2_k::value};
constexpr cache_types caches[] = {{}, {f::q8_0::value, f::q8_0::value}, {f::q4_0::value, f::q4_0::value}};

choices all_choices(bool context = false) { return {recipes, 5, caches, 3, context}; }

// Every plan there is: each recipe, cache, placement on one device and, where it may be chosen, context.
std::vector<plan> every_plan(const model &of, const machine &on, workload w, bool free_context) {
    std::vector<plan> all;
    const std::int64_t most = free_context ? of.max_position_embeddings : w.context.count();
    const int layers = of.layer_count() + 1;
    for (const quantization *recipe : recipes)
        for (const cache_types &cache : caches)
            for (int g = 0; g <= layers; ++g)
                for (int experts = 0; experts <= (of.num_experts > 0 ? of.layer_count() : 0); ++experts)
                    for (std::int64_t context = w.context.count(); context <= most; context += 256) {
                        plan p;
                        p.recipe = recipe;
                        p.use = w;
                        p.use.context = tokens(context);
                        p.use.type_k = cache.k, p.use.type_v = cache.v;
                        p.use.placed.gpu_layers = g;
                        p.use.placed.cpu_moe_layers = experts;
                        const auto b = budget_of(of, *recipe, on, llama_cpp, p.use);
                        if (!b || !b->fits()) continue;
                        p.held = *b;
                        workload asked = p.use; // plans are compared at the context that is asked for
                        asked.context = w.context;
                        p.speed = *throughput_of(of, *recipe, on, llama_cpp, free_context ? asked : p.use);
                        const auto loss = quality_of(of, *recipe, cache.k, cache.v);
                        p.loss_known = loss.has_value();
                        p.loss = loss.value_or({});
                        all.push_back(p);
                    }
    return all;
}

plan best_of(const std::vector<plan> &all, const objective &o, const model &of) {
    plan best;
    for (const plan &p : all)
        if (keeps_quality(p, o) && keeps_speed(p, o, of) && detail::is_better(p, best, o)) best = p;
    return best;
}

bool as_good(const plan &a, const plan &b) {
    for (const aim of : {aim::quality, aim::speed, aim::context})
        if (detail::compare(a, b, of) != 0) return false;
    return true;
}

} // namespace

// The small device gets the copies of experts that lie on the host, wherever the layers are.
TEST_CASE("where no step leads to a placement that fits, all layers may go to the host") {
    workload w = llama_cpp.defaults;
    w.context = tokens(51968);
    const auto two = best_placement(m::minimax_m2_5::value, q::q8_0::value, machine_with({gpu(2722_MiB, 473), gpu(40306_MiB, 975)}),
                                    llama_cpp, w);
    REQUIRE(two);
    CHECK(two->held.fits());
}

TEST_CASE("a recommendation is the best of all plans") {
    const model llama = with_layers(m::llama_3_1_8b::value, 6);
    const model qwen = with_layers(m::qwen3_30b_a3b::value, 3);
    constexpr objective wanted[] = {
        {{aim::quality, aim::speed, aim::context}, 0, 0, false},
        {{aim::quality, aim::speed, aim::context}, 8, 60, false},
        {{aim::quality, aim::speed, aim::context}, 8, 0, true},
        {{aim::speed, aim::quality, aim::context}, 3, 0, false},
    };
    for (const model *of : {&llama, &qwen})
        for (const int mib : {1200, 1800, 2500, 3500, 6000})
            for (const objective &o : wanted) {
                const machine on = machine_with({gpu(bytes(mib) * (1 << 20), 360)});
                const std::vector<plan> all = every_plan(*of, on, of_4k_tokens(), false);
                const plan best = best_of(all, o, *of);
                const auto found = recommend(*of, all_choices(), on, llama_cpp, of_4k_tokens(), o);
                CAPTURE(std::string(of->name.c_str()));
                CAPTURE(mib);
                CAPTURE(&o - wanted);
                REQUIRE(found.has_value() == !all.empty());
                if (!found) continue;
                CHECK(found->best.held.fits());
                CHECK((found->keeps_quality && found->keeps_speed) == static_cast<bool>(best));
                if (best) CHECK(as_good(found->best, best));
                CHECK((!found->next || found->next.recipe != found->best.recipe));
            }
}

TEST_CASE("where the context may be chosen, it is the longest for its place among the aims") {
    model llama = with_layers(m::llama_3_1_8b::value, 4);
    llama.max_position_embeddings = 12288;
    constexpr objective wanted[] = {
        {{aim::context, aim::quality, aim::speed}, 0, 0, false},
        {{aim::quality, aim::context, aim::speed}, 0, 0, false},
        {{aim::context, aim::speed, aim::quality}, 3, 0, false},
    };
    for (const int mib : {1100, 1600, 2600})
        for (const bytes host : {0_B, 2_GiB})
            for (const objective &o : wanted) {
                const machine on = machine_with({gpu(bytes(mib) * (1 << 20), 360)}, host);
                workload w = of_4k_tokens();
                w.context = 2048_tokens;
                const plan best = best_of(every_plan(llama, on, w, true), o, llama);
                const auto found = recommend(llama, all_choices(true), on, llama_cpp, w, o);
                CAPTURE(mib);
                CAPTURE(host.count());
                REQUIRE(found.has_value() == static_cast<bool>(best));
                if (!found) continue;
                CHECK(found->best.held.context == best.held.context);
                CAPTURE(&o - wanted);
                CAPTURE(std::string(found->best.recipe->name));
                CAPTURE(std::string(best.recipe->name));CAPTURE(best.held.context.count());
                CHECK(detail::compare(found->best, best, aim::quality) == 0);
            }
}

TEST_CASE("floors are given up one after the other, and said so") {
    const objective o{{aim::quality, aim::speed, aim::context}, 10, 0, true};
    const model &llama = m::llama_3_1_8b::value;
    const auto with = [&](bytes vram, bytes host) {
        return recommend(llama, all_choices(), machine_with({gpu(vram, 360)}, host), llama_cpp, of_4k_tokens(), o);
    };
    const auto roomy = with(12_GiB, 32_GiB), spilled = with(4_GiB, 32_GiB), lossy = with(2_GiB, 3_GiB), none = with(1_GiB, 1_GiB);
    REQUIRE(roomy);
    CHECK(roomy->best.recipe == &q::q8_0::value);
    CHECK(roomy->keeps_quality);
    CHECK(roomy->keeps_speed);
    REQUIRE(spilled);
    CHECK(spilled->keeps_quality);
    CHECK_FALSE(spilled->keeps_speed);
    CHECK(spilled->best.use.placed.gpu_layers < 33);
    REQUIRE(lossy);
    CHECK_FALSE(lossy->keeps_quality);
    CHECK(lossy->best.recipe == &q::q2_k::value);
    REQUIRE_FALSE(none);
    choices nothing;
    CHECK(recommend(llama, nothing, machine_with({gpu(12_GiB, 360)}), llama_cpp, of_4k_tokens(), o).error().code ==
          errc::missing);
    CHECK(none.error().code == errc::does_not_fit);
}

TEST_CASE("the Pareto front has what no other plan dominates") {
    const model llama = with_layers(m::llama_3_1_8b::value, 4);
    const machine on = machine_with({gpu(2_GiB, 360)});
    std::vector<plan> all = every_plan(llama, on, of_4k_tokens(), false);
    std::vector<plan> front = all;
    front.resize(static_cast<std::size_t>(pareto_front(front.data(), static_cast<int>(front.size()))));
    REQUIRE(front.size() > 3);
    REQUIRE(front.size() < all.size());
    for (const plan &p : all) {
        bool dominated = false, kept = false;
        for (const plan &other : all) dominated = dominated || dominates(other, p);
        for (const plan &other : front) kept = kept || (as_good(other, p) && other.held.total().upper == p.held.total().upper);
        CHECK(dominated != kept);
    }
}

TEST_CASE("each change makes the deployment fit, and the cheapest comes first") {
    const model &llama = m::llama_3_1_8b::value;
    const machine on = machine_with({gpu(12_GiB, 360)}, 64_GiB);
    workload w;
    w.context = 40960_tokens;
    w.sequences = 2;
    REQUIRE_FALSE(fits(llama, q::q8_0::value, on, llama_cpp, w));
    const change_list found = changes_that_fit(llama, q::q8_0::value, on, llama_cpp, w, all_choices());
    REQUIRE(found.count >= 5);
    double cost = 0;
    bool seen[change_kinds] = {};
    for (int i = 0; i < found.count; ++i) {
        const change &c = found.items[i];
        CHECK(fits(llama, *c.after.recipe, on, llama_cpp, c.after.use));
        CHECK(c.cost >= cost);
        CHECK_FALSE(seen[static_cast<int>(c.kind)]);
        seen[static_cast<int>(c.kind)] = true;
        cost = c.cost;
        if (c.kind == change_kind::context)
            CHECK(c.after.held.context == max_context(llama, q::q8_0::value, on, llama_cpp, w).value());
        if (c.kind == change_kind::sequences) CHECK(c.after.use.sequences == 1);
        if (c.kind == change_kind::cache) CHECK(c.after.use.type_k.block_elements > 1);
        if (c.kind == change_kind::quantization) CHECK(c.after.recipe != &q::q8_0::value);
        if (c.kind == change_kind::placement) CHECK(c.after.use.placed.gpu_layers < 33);
    }
    w.context = 512_tokens;
    w.sequences = 0; // which the engine refuses
    CHECK(changes_that_fit(llama, q::q8_0::value, on, llama_cpp, w, all_choices()).count == 0);
}

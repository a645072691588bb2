// Engines by name, and what every one of them answers.
#include <membound/devices/apple.hpp>
#include <membound/devices/nvidia.hpp>
#include <membound/engines/all.hpp>
#include <membound/models/llama.hpp>
#include <membound/quantizations.hpp>
#include <membound/solve.hpp>

#include <doctest/doctest.h>

namespace {

using namespace membound;

constexpr bool engines_are_found_by_name() {
    for (const engine *e : engines::all)
        if (find_engine(e->name) != e) return false;
    return find_engine("vLLM") == &engines::vllm::value && find_engine("LM_Studio") == &engines::lm_studio::value &&
           find_engine("llama.cpp") == &engines::llama_cpp::value && find_engine("llama") == nullptr &&
           find_engine("") == nullptr;
}
static_assert(engines_are_found_by_name(), "");

const quantization *first_that_runs(const engine &e) {
    for (const quantization *q : quantizations::all)
        if (e.runs(*q)) return q;
    return nullptr;
}

} // namespace

TEST_CASE("engines by name") { CHECK(engines_are_found_by_name()); }

TEST_CASE("every engine tells a budget of what it runs") {
    const model &m = models::llama_3_2_1b::value;
    for (const engine *e : engines::all) {
        CAPTURE(e->name);
        const quantization *q = first_that_runs(*e);
        REQUIRE(q != nullptr);
        const bool of_apple = same_text(e->name, "mlx");
        const machine on = machine_of(of_apple ? devices::apple_m1_ultra_64gb::value : devices::geforce_rtx_4090::value);
        workload w = e->defaults;
        w.context = 8192_tokens;
        const auto b = budget_of(m, *q, on, *e, w);
        REQUIRE(b);
        CHECK(b->fits());
        CHECK(b->devices[0].weights.expected > 1_GB);
        CHECK(e->cache_type_count > 0);
        CHECK(e->context_step(w) >= 1_tokens);
    }
}

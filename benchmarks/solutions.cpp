// The most that fits: on devices that are too small for all of it, so that it must be searched.
#include "deployments.hpp"
#include "questions.hpp"

using namespace membound;

namespace membound_benchmarks {

namespace {

machine two_of(bytes capacity) {
    machine on = cuda_of(capacity);
    on.devices[0].memory_bandwidth_gbps = 360;
    on.devices[1] = on.devices[0];
    on.devices[1].capacity = capacity * 2;
    on.devices[1].memory_bandwidth_gbps = 1008;
    on.device_count = 2;
    on.host.memory_bandwidth_gbps = 60;
    return on;
}

result<recommendation> recommendation_on(const model &m, const machine &on, const workload &w) {
    constexpr cache_types caches[] = {
        {}, {formats::q8_0::value, formats::q8_0::value}, {formats::q4_0::value, formats::q4_0::value}};
    constexpr objective wanted{{aim::quality, aim::speed, aim::context}, 10, 0, true};
    const quantization *runs[sizeof quantizations::all / sizeof *quantizations::all] = {};
    choices from;
    from.quantizations = runs;
    for (const quantization *q : quantizations::all)
        if (engine.runs(*q)) runs[from.quantization_count++] = q;
    from.caches = caches;
    from.cache_count = 3;
    return recommend(m, from, on, engine, w, wanted);
}

} // namespace

void add_solutions(benchmark::IterationCount calls) {
    const workload w = of_32k_tokens();
    for (const subject &s : subjects) {
        const std::string name = std::string("/") + s.name;
        const bytes weights = file_weight_bytes(s.model, s.recipe);
        const machine tight = cuda_of(weights + weights / 16 + 2_GiB);
        const machine half = cuda_of(weights / 2);
        add("file_weight_bytes" + name, calls, [=] { return file_weight_bytes(hidden(s.model), hidden(s.recipe)); });
        add("max_context" + name, calls,
            [=] { return max_context(hidden(s.model), hidden(s.recipe), hidden(tight), engine, hidden(w)); });
        add("max_gpu_layers" + name, calls,
            [=] { return max_gpu_layers(hidden(s.model), hidden(s.recipe), hidden(half), engine, hidden(w)); });
        // Every quantization and cache on two unequal devices: with room, and with less than most of them need.
        add("recommend_on_two_devices" + name, calls,
            [=] { return recommendation_on(hidden(s.model), two_of(weights), hidden(w)); });
        add("recommend_on_two_small_devices" + name, calls,
            [=] { return recommendation_on(hidden(s.model), two_of(weights / 4), hidden(w)); });
        add("best_quantization" + name, calls, [=] {
            constexpr int count = sizeof quantizations::all / sizeof *quantizations::all;
            return best_quantization(hidden(s.model), quantizations::all, count, hidden(half), engine, hidden(w));
        });
    }
}

} // namespace membound_benchmarks

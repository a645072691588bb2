// The most that fits: on devices that are too small for all of it, so that it must be searched.
#include "deployments.hpp"
#include "questions.hpp"

using namespace membound;

namespace membound_benchmarks {

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
        add("best_quantization" + name, calls, [=] {
            constexpr int count = sizeof quantizations::all / sizeof *quantizations::all;
            return best_quantization(hidden(s.model), quantizations::all, count, hidden(half), engine, hidden(w));
        });
    }
}

} // namespace membound_benchmarks

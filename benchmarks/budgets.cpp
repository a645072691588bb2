// What a deployment takes: the weights alone (load), the rest (account), and both (budget).
#include "deployments.hpp"
#include "questions.hpp"

using namespace membound;

namespace membound_benchmarks {
namespace {

struct place {
    const char *name;
    const machine &on;
    bool half; // of the layers on the device
};

void add_questions(const subject &s, const place &at, benchmark::IterationCount calls) {
    const std::string name = std::string("/") + s.name + "/" + at.name;
    workload w = of_32k_tokens();
    if (at.half) w.placed.gpu_layers = s.model.layer_count() / 2;
    const auto load = [=, &on = at.on] {
        return engine.load(hidden(s.model), hidden(s.recipe), hidden(on), hidden(w));
    };
    const auto account = [=, &on = at.on, loaded = load().value()] {
        return engine.account(hidden(s.model), hidden(s.recipe), hidden(loaded), hidden(on), hidden(w));
    };
    const auto budget = [=, &on = at.on] {
        return budget_of(hidden(s.model), hidden(s.recipe), hidden(on), engine, hidden(w));
    };
    add("load" + name, calls, load);
    add("account" + name, calls, account);
    add("budget" + name, calls, budget);
}

} // namespace

void add_budgets(benchmark::IterationCount calls) {
    const place places[] = {{"cpu", cpu, false}, {"cuda", cuda, false}, {"cuda_and_cpu", cuda, true}};
    for (const subject &s : subjects)
        for (const place &at : places) add_questions(s, at, calls);
}

} // namespace membound_benchmarks

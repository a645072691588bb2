// The questions that are timed, each a benchmark of its own.
#ifndef MEMBOUND_BENCHMARKS_QUESTIONS_HPP
#define MEMBOUND_BENCHMARKS_QUESTIONS_HPP

#include <benchmark/benchmark.h>

#include <string>
#include <utility>

namespace membound_benchmarks {

// Each adds its benchmarks; where `calls` is not 0 every question is asked exactly so often.
void add_budgets(benchmark::IterationCount calls);
void add_solutions(benchmark::IterationCount calls);
void add_files(benchmark::IterationCount calls);

// `prepare` returns the question, and is not timed.
template <class Prepare>
void add_prepared(const std::string &name, benchmark::IterationCount calls, Prepare prepare) {
    const auto ask = [prepare = std::move(prepare)](benchmark::State &state) {
        const auto question = prepare();
        for (auto _ : state) benchmark::DoNotOptimize(question());
    };
    auto *added = benchmark::RegisterBenchmark(name.c_str(), ask)->Unit(benchmark::kMicrosecond);
    if (calls > 0) added->Iterations(calls);
}

template <class Question>
void add(const std::string &name, benchmark::IterationCount calls, Question question) {
    add_prepared(name, calls, [question = std::move(question)] { return question; });
}

// A value of which the compiler knows nothing.
template <class T>
const T &hidden(const T &value) {
    const T *const volatile p = &value;
    return *p;
}

} // namespace membound_benchmarks

#endif

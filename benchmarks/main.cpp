// The time of a question at run time.
//
//     membound_benchmarks [--calls=N] [Google Benchmark's options]
//
// With --calls=N every question is asked exactly N times: what counts instructions from outside (instructions.py) takes
// the difference of two such runs.
#include "questions.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>

int main(int argc, char **argv) {
    benchmark::IterationCount calls = 0;
    constexpr char option[] = "--calls=";
    if (argc > 1 && std::strncmp(argv[1], option, sizeof option - 1) == 0) {
        calls = std::atoll(argv[1] + sizeof option - 1);
        if (calls <= 0) {
            std::fprintf(stderr, "membound_benchmarks: %s: is not a number of calls, it must be at least 1\n", argv[1]);
            return 2;
        }
        for (int i = 1; i < argc; ++i) argv[i] = argv[i + 1];
        --argc;
    }
    membound_benchmarks::add_budgets(calls);
    membound_benchmarks::add_solutions(calls);
    membound_benchmarks::add_files(calls);
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return 0;
}

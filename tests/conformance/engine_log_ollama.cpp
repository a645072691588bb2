// What Ollama printed: the buffers of its llama.cpp, and what it had reckoned before.
#include "described.hpp"
#include "engine_log.hpp"
#include "engine_log_llama_cpp.hpp"

#include <membound/engines/ollama.hpp>
#include <membound/solve.hpp>

#include <cstdio>
#include <string>

namespace conformance {

namespace {

using nlohmann::json;

// When a release came out; 0 where the row does not tell.
int date_of_release(const std::string &version) {
    struct release {
        int minor, patch, date;
    };
    constexpr release releases[] = {
        {3, 0, 20240806},   {4, 0, 20241105},   {5, 0, 20241204},   {6, 0, 20250311},   {6, 7, 20250430},
        {7, 0, 20250513},   {8, 0, 20250527},   {9, 0, 20250529},   {9, 3, 20250626},   {10, 0, 20250730},
        {11, 0, 20250805},  {11, 10, 20250904}, {11, 11, 20250912}, {12, 0, 20250918},  {12, 4, 20251009},  {12, 7, 20251029},
        {12, 11, 20251113}, {13, 0, 20251118},  {13, 3, 20251211},  {13, 4, 20251215},  {14, 0, 20260113},
        {15, 0, 20260123},  {15, 5, 20260205},  {16, 0, 20260211},  {17, 0, 20260222},  {18, 0, 20260313},
        {19, 0, 20260329},  {20, 0, 20260402},  {21, 0, 20260416},  {22, 0, 20260427},  {23, 0, 20260502},
        {24, 0, 20260514},  {30, 0, 20260601},  {31, 0, 20260629},  {32, 0, 20260713},  {33, 0, 20260821},
    };
    int major = 0, minor = 0, patch = 0, date = 0;
    if (std::sscanf(version.c_str(), "%d.%d.%d", &major, &minor, &patch) < 2) return 0;
    for (const release &r : releases)
        if (minor > r.minor || (minor == r.minor && patch >= r.patch)) date = r.date;
    return date;
}

// As format.HumanBytes2 prints a size.
std::string human(membound::bytes size) {
    const auto n = static_cast<double>(size.count());
    char text[64];
    if (n >= 1 << 30)
        std::snprintf(text, sizeof text, "%.1f GiB", n / (1 << 30));
    else
        std::snprintf(text, sizeof text, "%.1f MiB", n / (1 << 20));
    return text;
}

double mib_of(const std::string &printed) {
    double number = 0;
    char unit[8] = "";
    std::sscanf(printed.c_str(), "%lf %7s", &number, unit);
    return number * (std::string(unit) == "GiB" ? 1024 : 1);
}

// What is printed alike is exact.
void compare_human(const std::string &term, membound::bytes predicted, const std::string &printed, outcome &out,
                   const std::string &where = {}) {
    const double measured = mib_of(printed);
    const double mib = static_cast<double>(predicted.count()) / (1 << 20);
    out.compare(term.c_str(), human(predicted) == printed ? measured : mib, measured, where);
}

void compare_plan(const json &printed, const llama_cpp_log &log, int date, outcome &out) {
    membound::workload use = log.use;
    if (printed.contains("layers.requested")) // what was asked for; the row's own field may hold what came of it
        use.placed.gpu_layers = static_cast<int>(number_of(printed, "layers.requested", -1));
    membound::machine on = log.on;
    const std::string left = text_in(printed, "memory.available"); // "[6.4 GiB]"
    if (on.device_count == 0 && !left.empty())
        on.host.usable = membound::bytes(static_cast<std::int64_t>(mib_of(left.substr(1, left.size() - 2)) * (1 << 20)));
    const auto p = membound::ollama_plan_of(log.model, log.file, on, date,
                                            membound::ollama_workload(log.model, log.file, on, date, use));
    if (!p) return out.skip("refused: " + text_of(p.error()), {"plan"});
    // Until v0.6 it printed the cache among the weights, and took the output layer off.
    const membound::bytes repeating = date >= 20250312 ? p->repeating : p->repeating + p->kv - p->nonrepeating;
    const struct {
        const char *label;
        const char *term;
        membound::bytes predicted;
    } figures[] = {
        {"memory.required.full", "planned required full", p->required_full},
        {"memory.required.partial", "planned required partial", p->required_partial},
        {"memory.required.kv", "planned kv", p->kv},
        {"memory.weights.total", "planned weights", repeating + p->nonrepeating},
        {"memory.weights.repeating", "planned weights repeating", repeating},
        {"memory.weights.nonrepeating", "planned weights nonrepeating", p->nonrepeating},
        {"memory.graph.full", "planned graph full", p->graph_full},
        {"memory.graph.partial", "planned graph partial", p->graph_partial},
        {"est total memory", "planned total", p->required_full},
    };
    for (const auto &f : figures)
        if (printed.contains(f.label)) compare_human(f.term, f.predicted, printed[f.label], out);
    if (printed.contains("layers.offload"))
        out.compare("planned layers", p->layers, printed["layers.offload"].get<double>());
    for (std::size_t d = 0; d < log.devices.size(); ++d) {
        const struct {
            const char *label;
            const char *term;
            membound::bytes predicted;
        } shares[] = {
            {"est model weights ", "planned weights", p->weights_on[d]},
            {"est kv cache ", "planned kv", p->kv_on[d]},
            {"est compute graph ", "planned graph", p->graph_on[d]},
        };
        for (const auto &s : shares) {
            const std::string label = s.label + log.devices[d];
            if (printed.contains(label)) compare_human(s.term, s.predicted, printed[label], out, log.devices[d]);
        }
    }
}

} // namespace

void compare_ollama_log(const json &row, outcome &out) {
    llama_cpp_log log;
    const std::string unpredicted = read_llama_cpp_log(row, log);
    if (!unpredicted.empty()) return out.skip(unpredicted);
    // Of a release that is not printed the graph and the plan are not known.
    const int printed = date_of_release(text_in(row, "engine_version"));
    const int date = printed > 0 ? printed : membound::engines::ollama::value.date;
    if (date < 20241118) log.use.loading = membound::weight_loading::mapped; // "CPU" is a mapped file too
    const membound::engine engine = membound::at_date(membound::engines::ollama::value, date);
    const auto b = membound::budget_of(log.model, log.file, log.on, engine, log.use);
    if (!b) return out.skip("refused: " + text_of(b.error()));
    compare_buffers(
        row, log, engine, *b,
        [&](const std::string &term) {
            const bool of_release = term == "compute buffer" || term == "output buffer";
            return std::string(printed == 0 && of_release ? "the release of Ollama is not printed" : "");
        },
        out);
    const auto estimate = row.at("measured").find("ollama estimate");
    if (estimate == row.at("measured").end()) return;
    if (printed > 0)
        compare_plan(*estimate, log, date, out);
    else
        out.skip("the release of Ollama is not printed", {"plan"}, true);
}

} // namespace conformance

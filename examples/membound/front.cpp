#include "front.hpp"

#include "names.hpp"

#include <membound/text.hpp>

#include <algorithm>

using namespace membound;

front front_of(const question &q) {
    front f;
    f.from = selection_of(q);
    const auto is_known = [](const plan &p) { return p.loss_known; };
    const auto loses_less = [](const plan &a, const plan &b) {
        return a.loss.perplexity_increase_percent < b.loss.perplexity_increase_percent;
    };
    const auto keep = [&](const plan &p) {
        f.plans.insert(std::upper_bound(f.plans.begin(), f.plans.end(), p, loses_less), p);
    };
    const auto visited = for_each_plan(q.source.model, f.from.all(), q.on, *q.engine, least_workload(q, f.from), q.wanted,
                                       is_known, keep);
    if (!visited) f.why_none = text_of(visited.error());
    if (!visited) return f;
    f.plans.resize(static_cast<std::size_t>(pareto_front(f.plans.data(), static_cast<int>(f.plans.size()))));
    const auto wanted = best_plan(q, f.from);
    for (std::size_t i = 0; wanted && i < f.plans.size(); ++i) {
        const plan &p = f.plans[i];
        const workload &use = wanted->best.use;
        if (p.recipe == wanted->best.recipe && p.use.type_k == use.type_k && p.use.type_v == use.type_v)
            f.best = static_cast<int>(i);
    }
    return f;
}

std::string ways_of(const question &q, const plan &p) {
    std::vector<std::string> ways;
    const workload &use = p.use;
    if (use.type_k != q.workload.type_k || use.type_v != q.workload.type_v) {
        const std::string k = use.type_k.name;
        ways.push_back(k + (use.type_k == use.type_v ? "" : std::string(" and ") + use.type_v.name) + " cache");
    }
    const placement &at = use.placed;
    if (q.on_devices() && at.gpu_layers >= 0 && at.gpu_layers < q.all_layers())
        ways.push_back(std::to_string(at.gpu_layers) + "/" + std::to_string(q.all_layers()) + " layers");
    if (q.on_devices() && at.cpu_moe_layers > 0)
        ways.push_back("experts of " + std::to_string(at.cpu_moe_layers) + " on host");
    return joined(ways);
}

#include "contexts.hpp"

#include <algorithm>

using namespace membound;

context_needs needs_over(const question &q, const quantization &recipe, const std::vector<tokens> &contexts) {
    const model &m = q.source.model;
    workload w = q.workload;
    context_needs needs(contexts.size());
    const auto loaded = q.engine->load(m, recipe, q.on, w);
    if (!loaded) return needs;
    for (std::size_t i = 0; i < contexts.size(); ++i) {
        w.context = contexts[i];
        const auto b = q.engine->account(m, recipe, *loaded, q.on, w);
        if (b) needs[i] = context_need{contexts[i], needed_on_devices(*b), b->fits()};
    }
    return needs;
}

tokens largest_context(const question &q) {
    const tokens trained = tokens(q.source.model.max_position_embeddings) * q.workload.sequences;
    return std::max(std::min(trained, tokens(INT32_MAX)), q.workload.context);
}

std::vector<tokens> usual_contexts(const question &q) {
    constexpr std::int64_t smallest = 512;
    const tokens largest = largest_context(q);
    std::vector<tokens> all = {largest};
    if (q.workload.context.count() > 0) all.push_back(q.workload.context);
    std::int64_t power = smallest;
    while (tokens(power * 2) < largest) power *= 2;
    for (int n = 0; n < 7 && power >= smallest && tokens(power) < largest; ++n, power /= 2) all.push_back(tokens(power));
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return all;
}

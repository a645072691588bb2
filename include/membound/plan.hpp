// Questions with more than one thing to choose: which quantization, cache, placement and context together, and what one
// change would make a deployment fit.
#ifndef MEMBOUND_PLAN_HPP
#define MEMBOUND_PLAN_HPP

#include <membound/place.hpp>
#include <membound/quality.hpp>

MEMBOUND_BEGIN_NAMESPACE

// Types of a cache's keys and values.
struct cache_types {
    format k = formats::f16::value;
    format v = formats::f16::value;
};

// What may be chosen. What is empty stays as the workload says; the placement is always chosen.
struct choices {
    const quantization *const *quantizations = nullptr;
    int quantization_count = 0;
    const cache_types *caches = nullptr;
    int cache_count = 0;
    bool context = false; // more than the workload asks for, up to what the model was trained for
};

enum class aim : std::uint8_t { quality, speed, context };

// What is wanted: most of the first aim; of what is equal there, most of the second; then of the third.
struct objective {
    aim order[3] = {aim::quality, aim::speed, aim::context};
    double most_perplexity_increase_percent = 0; // floor of quality; 0: none
    double least_decode_tokens_per_second = 0;   // floor of speed; 0: none
    bool whole_on_devices = false; // a floor of speed too: the host computes no layers where there are devices
};

// A deployment in which everything is decided.
struct plan {
    const quantization *recipe = nullptr; // null: there is none
    workload use;
    budget held;
    throughput speed;
    double host_bytes_per_token = 0; // of weights and cache that a new token reads on the host at most
    quality loss;
    bool loss_known = false;

    constexpr explicit operator bool() const { return recipe != nullptr; }
};

namespace detail {

constexpr void tell_loss(plan &p, const model &m) {
    const auto loss = quality_of(m, *p.recipe, p.use.type_k, p.use.type_v);
    p.loss_known = loss.has_value();
    p.loss = loss.value_or({});
}

// In percent of perplexity; more than any where it is not known.
constexpr double loss_of(const plan &p) { return p.loss_known ? p.loss.perplexity_increase_percent : 1e9; }

// Positive where `a` has more of an aim.
constexpr int compare(const plan &a, const plan &b, aim of) {
    const auto sign = [](double x, double y) { return x > y ? 1 : x < y ? -1 : 0; };
    switch (of) {
    case aim::quality: return sign(loss_of(b), loss_of(a));
    case aim::speed: // where one is not known, what reads less on the host is taken for faster
        if (!a.speed.decode.known() || !b.speed.decode.known()) return sign(b.host_bytes_per_token, a.host_bytes_per_token);
        return sign(a.speed.decode.expected, b.speed.decode.expected);
    case aim::context: break;
    }
    return sign(as_double(a.held.context), as_double(b.held.context));
}

constexpr bool is_better(const plan &a, const plan &b, const objective &o) {
    if (!b) return true;
    for (const aim of : o.order)
        if (const int c = compare(a, b, of); c != 0) return c > 0;
    return a.held.total().upper < b.held.total().upper;
}

// Layers, or the experts of layers, that the host computes though there are devices.
constexpr bool spills(const plan &p, const model &m) {
    const int devices = p.held.count - 1;
    const placement &at = p.use.placed;
    const bool all = at.gpu_layers < 0 || at.gpu_layers > m.layer_count() + m.num_nextn_predict_layers;
    return devices > 0 && !(all && at.cpu_moe_layers == 0);
}

} // namespace detail

// Whether a plan keeps a floor. A loss that is not known does not; a speed that is not known does.
constexpr bool keeps_quality(const plan &p, const objective &o) {
    return o.most_perplexity_increase_percent <= 0 || detail::loss_of(p) <= o.most_perplexity_increase_percent;
}
constexpr bool keeps_speed(const plan &p, const objective &o, const model &m) {
    if (o.whole_on_devices && detail::spills(p, m)) return false;
    return !p.speed.decode.known() || p.speed.decode.expected >= o.least_decode_tokens_per_second;
}

namespace detail {

// The largest context, up to what the model was trained for in each sequence, for which some placement fits, and that
// placement. At least what the workload asks for.
constexpr result<placed_deployment> best_placement_of_most_context(const model &m, const quantization &q, const machine &on,
                                                                   const engine &e, workload &w, compute_hint &hint,
                                                                   reach within) {
    const std::int64_t step = e.context_step(w).count();
    const std::int64_t trained = multiply(m.max_position_embeddings, w.sequences) / step * step;
    const auto place = [&](std::int64_t context) {
        w.context = tokens(context);
        return placement_search(m, q, on, e, w, hint).run(within);
    };
    std::int64_t fits = w.context.count();
    auto best = place(max(trained, fits));
    if (best || trained <= fits) return best;
    best = place(fits);
    if (!best) return best;
    std::int64_t too_large = trained;
    while (too_large - fits > step) {
        const std::int64_t middle = (fits + (too_large - fits) / 2 + step - 1) / step * step;
        const std::int64_t context = middle < too_large ? middle : too_large - step;
        if (auto placed = place(context)) {
            fits = context;
            best = *placed;
        } else {
            too_large = context;
        }
    }
    w.context = tokens(fits);
    return best;
}

// Decides what is open in a plan: its placement, and its context where that may be chosen.
constexpr result<plan> decided(plan p, const model &m, const machine &on, const engine &e, bool free_context,
                               const objective &o, compute_hint &hint, reach within) {
    const quantization &q = *p.recipe;
    bool context_before_speed = false;
    for (const aim of : o.order) {
        if (of == aim::speed) break;
        context_before_speed = context_before_speed || of == aim::context;
    }
    const auto placed = free_context && context_before_speed
                            ? best_placement_of_most_context(m, q, on, e, p.use, hint, within)
                            : placement_search(m, q, on, e, p.use, hint).run(within);
    if (!placed) return placed.error();
    p.use.placed = placed->placed;
    p.held = placed->held;
    p.speed = placed->speed;
    p.host_bytes_per_token = placed->host_bytes_per_token;
    if (free_context && !context_before_speed) {
        const auto most = max_context(m, q, on, e, p.use);
        if (most && *most > p.use.context) {
            p.use.context = *most;
            p.held = budget_of(m, q, on, e, p.use).value_or(p.held);
        }
    }
    return p;
}

// for_each_plan, from the last to the first where `backwards`, of the placements within reach.
template <class Wants, class Visit>
constexpr result<int> visit_plans(const model &m, const choices &from, const machine &on, const engine &e, const workload &w,
                                  const objective &o, bool backwards, reach within, const Wants &wants, const Visit &visit) {
    int count = 0;
    result<int> failed = model_error(errc::missing, "quantizations", "are none", "there is nothing to choose from");
    bool tried = false;
    compute_hint hint;
    const cache_types as_asked{w.type_k, w.type_v};
    const int caches = from.cache_count > 0 ? from.cache_count : 1;
    const int all = caches * from.quantization_count;
    for (int n = 0; n < all; ++n) {
        const int i = backwards ? all - 1 - n : n;
        const cache_types &cache = from.cache_count > 0 ? from.caches[i / from.quantization_count] : as_asked;
        plan open;
        open.recipe = from.quantizations[i % from.quantization_count];
        open.use = w;
        open.use.type_k = cache.k;
        open.use.type_v = cache.v;
        tell_loss(open, m);
        if (!wants(open, hint)) continue;
        const auto p = decided(open, m, on, e, from.context, o, hint, within);
        if (p) {
            visit(*p);
            ++count;
        } else if (!tried) {
            failed = p.error();
        }
        tried = true;
    }
    if (count > 0) return count;
    return failed;
}

} // namespace detail

// Calls visit(plan) with the best placement of every quantization and cache that may be chosen, that fits, and for which
// wants(plan) says yes when all but placement, context and speed is known. Where none fits, the error is that of the first.
template <class Wants, class Visit>
constexpr result<int> for_each_plan(const model &m, const choices &from, const machine &on, const engine &e,
                                    const workload &w, const objective &o, const Wants &wants, const Visit &visit) {
    return detail::visit_plans(m, from, on, e, w, o, false, detail::reach::anywhere,
                               [&](const plan &p, const detail::compute_hint &) { return wants(p); }, visit);
}

// The best plan and the next best with another quantization, and which floors they keep.
struct recommendation {
    plan best;
    plan next;
    bool keeps_quality = true;
    bool keeps_speed = true;
};

namespace detail {

// What the host reads for each new token at least, wherever layers lie: the share of what does not go on the devices, beside
// compute buffers like the last ones, that a token reads. 0 where all may go there.
constexpr double least_host_bytes(const plan &p, const model &m, const machine &on, const engine &e, const compute_hint &hint) {
    workload w = p.use;
    w.placed = placement{};
    const auto loaded = e.load(m, *p.recipe, on, w);
    const auto b = loaded ? e.least(m, *p.recipe, *loaded, on, w) : result<budget>(loaded.error());
    if (!b) return 0;
    double left = 0;
    for (int d = 0; d < on.device_count; ++d) {
        const device_budget &at = b->devices[d];
        const double placed = as_double(at.weights.upper + at.kv_cache.upper + at.recurrent_state.upper);
        const double compute = hint.is_of(w) ? hardly_less * as_double(hint.on[d]) : 0;
        left += max(as_double(at.headroom()) + placed - compute, 0.0) - placed;
    }
    return left < 0 ? -left * (m.num_experts > 0 ? share_of_experts(m, 1) : 1) : 0;
}

// Of equals the first.
constexpr int fastest_device(const machine &on) {
    int fastest = 0;
    for (int d = 1; d < on.device_count; ++d)
        if (on.devices[d].memory_bandwidth_gbps > on.devices[fastest].memory_bandwidth_gbps) fastest = d;
    return fastest;
}

// Tokens a second that no placement betters, where the host reads at least so much for each: for that share of all that is
// read it takes its own time, and for the rest the fastest device does. 0 where speeds are not known.
constexpr double most_decode(const plan &p, const model &m, const machine &on, const engine &e, double least_on_host) {
    const quantization &q = *p.recipe;
    workload w = p.use;
    w.placed = placement{};
    machine part = on;
    part.devices[0] = on.devices[fastest_device(on)];
    part.device_count = 1;
    const auto on_device = throughput_of(m, q, part, e, w);
    part.device_count = 0;
    const auto all = e.load(m, q, part, w);
    const auto held = all ? e.least(m, q, *all, part, w) : result<budget>(all.error());
    const auto on_host = held ? throughput_of(m, *all, part, e, w) : result<throughput>(held.error());
    if (!on_device || !on_host || !on_device->decode.known() || !on_host->decode.known()) return 0;
    const double share = min(least_on_host / host_bytes_per_token(m, *all, *held), 1.0);
    return 1 / ((1 - share) / on_device->decode.expected + share / on_host->decode.expected);
}

// The best two plans, of different quantizations, of those that were seen.
class best_plans {
public:
    constexpr explicit best_plans(const objective &wanted) : wanted_(wanted) {}

    constexpr void see(const plan &p) {
        if (is_better(p, best_, wanted_)) {
            if (best_.recipe != p.recipe) next_ = best_;
            best_ = p;
        } else if (p.recipe != best_.recipe && is_better(p, next_, wanted_)) {
            next_ = p;
        }
    }
    // Whether a plan of which only the quality is known may be among them.
    constexpr bool may_want(const plan &p) const {
        return wanted_.order[0] != aim::quality || !next_ || compare(p, next_, aim::quality) >= 0;
    }
    // Whether a plan of which all but the placement is known may be faster than the second.
    constexpr bool may_be_faster(const plan &p, const model &m, const machine &on, const engine &e,
                                 const compute_hint &hint) const {
        if (!next_) return true;
        const double on_host = least_host_bytes(p, m, on, e, hint);
        const double decode = next_.speed.decode.known() && on_host > 0 ? most_decode(p, m, on, e, on_host) : 0;
        return decode > 0 ? decode > next_.speed.decode.expected : on_host < next_.host_bytes_per_token;
    }
    constexpr const plan &best() const { return best_; }
    constexpr const plan &next() const { return next_; }

private:
    const objective &wanted_;
    plan best_;
    plan next_;
};

} // namespace detail

// The best of all plans that keep the floors. Where none keeps both, the fastest that keeps that of quality; where none
// does, the one that loses least. Cheapest where the most faithful quantizations come first.
constexpr result<recommendation> recommend(const model &m, const choices &from, const machine &on, const engine &e,
                                           const workload &w, const objective &o = {}) {
    objective fastest = o, faithful = o;
    fastest.order[0] = aim::speed, fastest.order[1] = aim::quality, fastest.order[2] = aim::context;
    faithful.order[0] = aim::quality, faithful.order[1] = aim::speed, faithful.order[2] = aim::context;
    detail::best_plans kept(o), slow(fastest), lossy(faithful);
    const bool spills_last = o.whole_on_devices && on.device_count > 0 && e.offloads_layers;

    result<int> failed = detail::visit_plans(
        m, from, on, e, w, o, false, spills_last ? detail::reach::whole : detail::reach::anywhere,
        [&](const plan &p, const detail::compute_hint &) { return keeps_quality(p, o) && kept.may_want(p); },
        [&](const plan &p) { (keeps_speed(p, o, m) ? kept : slow).see(p); });
    // The smallest come first, since they are fast.
    if (!kept.next() && spills_last) {
        if (kept.best()) slow.see(kept.best());
        const auto spilled = detail::visit_plans(
            m, from, on, e, w, o, true, detail::reach::spilled,
            [&](const plan &p, const detail::compute_hint &hint) {
                return p.recipe != kept.best().recipe && keeps_quality(p, o) && slow.may_be_faster(p, m, on, e, hint);
            },
            [&](const plan &p) { slow.see(p); });
        if (!failed) failed = spilled;
    }
    if (!kept.best() && !slow.best()) {
        const auto last = detail::visit_plans(
            m, from, on, e, w, o, false, detail::reach::anywhere,
            [&](const plan &p, const detail::compute_hint &) { return !keeps_quality(p, o) && lossy.may_want(p); },
            [&](const plan &p) { lossy.see(p); });
        if (failed.error().code == errc::missing) failed = last; // no other was tried
    }
    const detail::best_plans &found = kept.best() ? kept : slow.best() ? slow : lossy;
    if (!found.best()) return failed.error();
    recommendation r;
    r.best = found.best();
    r.next = found.next() ? found.next() : slow.best().recipe != r.best.recipe ? slow.best() : slow.next();
    r.keeps_quality = keeps_quality(r.best, o);
    r.keeps_speed = keeps_speed(r.best, o, m);
    return r;
}

// Whether `a` is as good as `b` in memory, speed, quality and context, and better in one of them.
constexpr bool dominates(const plan &a, const plan &b) {
    const bytes held = a.held.total().upper, other = b.held.total().upper;
    bool better = held < other;
    if (held > other) return false;
    constexpr aim all[] = {aim::quality, aim::speed, aim::context};
    for (const aim of : all) {
        const int c = detail::compare(a, b, of);
        if (c < 0) return false;
        better = better || c > 0;
    }
    return better;
}

// Keeps those of `count` plans that no other dominates, in their order, and returns how many those are.
constexpr int pareto_front(plan *plans, int count) {
    int kept = 0;
    for (int i = 0; i < count; ++i) {
        bool dominated = false;
        for (int j = 0; j < kept && !dominated; ++j) dominated = dominates(plans[j], plans[i]);
        for (int j = i + 1; j < count && !dominated; ++j) dominated = dominates(plans[j], plans[i]);
        if (!dominated) plans[kept++] = plans[i];
    }
    return kept;
}

MEMBOUND_END_NAMESPACE

#endif

// Questions with more than one thing to choose: which quantization, types of cache, placement and context together are best.
#ifndef MEMBOUND_PLAN_HPP
#define MEMBOUND_PLAN_HPP

#include <membound/place.hpp>
#include <membound/quality.hpp>

MEMBOUND_BEGIN_NAMESPACE

// The types of a cache's keys and values.
struct cache_types {
    format k = formats::f16::value;
    format v = formats::f16::value;
};

// What may be chosen from. The placement is always chosen.
struct choices {
    const quantization *const *quantizations = nullptr; // a plan is made with one of these
    int quantization_count = 0;
    const cache_types *caches = nullptr; // none: the workload's
    int cache_count = 0;
    bool context = false; // the context may be larger than the workload's, up to what the model was trained for
};

enum class aim : std::uint8_t {
    quality, // a small loss of quality
    speed,   // fast decoding
    context, // a large context
};

// What is wanted: the best by the first aim; among equals, the best by the second; among those, by the third. A plan should
// also keep the floors, if there are any.
struct objective {
    aim order[3] = {aim::quality, aim::speed, aim::context};
    double most_perplexity_increase_percent = 0; // a floor of quality; 0: none
    double least_decode_tokens_per_second = 0;   // a floor of speed; 0: none
    bool whole_on_devices = false; // a floor of speed too: if there are devices, the host computes no layers
};

// A deployment in which everything is decided.
struct plan {
    const quantization *recipe = nullptr; // null: there is none
    workload use;
    budget held;
    throughput speed;
    double host_bytes_per_token = 0; // of weights and caches: what the host reads for each new token, at most
    quality loss; // only if loss_known
    bool loss_known = false;

    constexpr explicit operator bool() const { return recipe != nullptr; }
};

namespace detail {

constexpr void find_loss(plan &p, const model &m) {
    const auto loss = quality_of(m, *p.recipe, p.use.type_k, p.use.type_v);
    p.loss_known = loss.has_value();
    p.loss = loss.value_or({});
}

// The increase of perplexity in percent; a loss that is not known counts as larger than any other.
constexpr double loss_of(const plan &p) { return p.loss_known ? p.loss.perplexity_increase_percent : 1e9; }

// Positive where `a` is better by an aim, negative where `b` is.
constexpr int compare(const plan &a, const plan &b, aim of) {
    const auto sign = [](double x, double y) { return x > y ? 1 : x < y ? -1 : 0; };
    switch (of) {
    case aim::quality: return sign(loss_of(b), loss_of(a));
    case aim::speed: // if one is not known, the plan whose host reads less is taken to be faster
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

// Whether the host computes layers, or experts of layers, though there are devices.
constexpr bool spills(const plan &p, const model &m) {
    const int devices = p.held.count - 1;
    const placement &at = p.use.placed;
    const bool all = at.gpu_layers < 0 || at.gpu_layers > m.layer_count() + m.num_nextn_predict_layers;
    return devices > 0 && !(all && at.cpu_moe_layers == 0);
}

} // namespace detail

// Whether a plan keeps the floor of quality: not if its loss is not known.
constexpr bool keeps_quality(const plan &p, const objective &o) {
    return o.most_perplexity_increase_percent <= 0 || detail::loss_of(p) <= o.most_perplexity_increase_percent;
}
// Whether a plan keeps the floors of speed: also if its speed is not known.
constexpr bool keeps_speed(const plan &p, const objective &o, const model &m) {
    if (o.whole_on_devices && detail::spills(p, m)) return false;
    return !p.speed.decode.known() || p.speed.decode.expected >= o.least_decode_tokens_per_second;
}

namespace detail {

// The best placement with the largest context for which one fits: from what the workload asks for, up to what the model was
// trained for in each sequence. Sets w.context to it.
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

constexpr bool wants_context_before_speed(const objective &o) {
    for (const aim of : o.order) {
        if (of == aim::speed) return false;
        if (of == aim::context) return true;
    }
    return false;
}

// Decides what is still open in a plan: its placement, and its context if that is free.
constexpr result<plan> decided(plan p, const model &m, const machine &on, const engine &e, bool free_context,
                               const objective &o, compute_hint &hint, reach within) {
    const quantization &q = *p.recipe;
    const bool context_before_speed = wants_context_before_speed(o);
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

// From the first of the choices to the last, or the other way round.
enum class visiting_order : std::uint8_t { as_given, reversed };

// As for_each_plan(), in some order and with some of the placements.
template <class Wants, class Visit>
constexpr result<int> visit_plans(const model &m, const choices &from, const machine &on, const engine &e, const workload &w,
                                  const objective &o, visiting_order order, reach within, const Wants &wants,
                                  const Visit &visit) {
    int count = 0;
    result<int> failed = model_error(errc::missing, "quantizations", "are none", "there is nothing to choose from");
    bool tried = false;
    compute_hint hint;
    const cache_types as_asked{w.type_k, w.type_v};
    const int caches = from.cache_count > 0 ? from.cache_count : 1;
    const int all = caches * from.quantization_count;
    for (int n = 0; n < all; ++n) {
        const int i = order == visiting_order::reversed ? all - 1 - n : n;
        const cache_types &cache = from.cache_count > 0 ? from.caches[i / from.quantization_count] : as_asked;
        plan open;
        open.recipe = from.quantizations[i % from.quantization_count];
        open.use = w;
        open.use.type_k = cache.k;
        open.use.type_v = cache.v;
        find_loss(open, m);
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

// For each quantization and types of cache that may be chosen, calls visit(plan) with the best placement, if one fits. But
// first it asks wants(plan), where placement, context, budget and speed are not yet decided, and leaves the plan out if that
// is false. The result is the number of visits; if there were none, the error of the first plan that was tried.
template <class Wants, class Visit>
constexpr result<int> for_each_plan(const model &m, const choices &from, const machine &on, const engine &e,
                                    const workload &w, const objective &o, const Wants &wants, const Visit &visit) {
    return detail::visit_plans(m, from, on, e, w, o, detail::visiting_order::as_given, detail::reach::anywhere,
                               [&](const plan &p, const detail::compute_hint &) { return wants(p); }, visit);
}

// The best plan, and the best with another quantization.
struct recommendation {
    plan best;
    plan next; // may be none
    // Which floors the best plan keeps.
    bool keeps_quality = true;
    bool keeps_speed = true;
};

namespace detail {

// What the host reads for each new token, wherever layers lie: at least this much. It is what a token reads of the part of the
// model that does not fit on the devices beside nearly as much for compute buffers as another plan needed. 0 if all may fit.
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

// The device with the highest bandwidth; the first among equals.
constexpr int fastest_device(const machine &on) {
    int fastest = 0;
    for (int d = 1; d < on.device_count; ++d)
        if (on.devices[d].memory_bandwidth_gbps > on.devices[fastest].memory_bandwidth_gbps) fastest = d;
    return fastest;
}

// No placement decodes more tokens a second than this, if the host reads at least `least_on_host` bytes for each: the host
// takes its own time for that share of all that is read, and the fastest device takes its time for the rest. 0 where speeds are
// not known.
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

// Keeps the best two, with different quantizations, of the plans that it sees.
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
    // Whether a plan of which only the quality is known could become one of them.
    constexpr bool may_want(const plan &p) const {
        return wanted_.order[0] != aim::quality || !next_ || compare(p, next_, aim::quality) >= 0;
    }
    // Whether a plan without a placement could become faster than the second.
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

// The best of the plans that keep the floors. If none keeps them all, the fastest that keeps the floor of quality; if none does
// that, the one that loses least quality. Computed fastest if the quantizations are given from the best quality to the worst.
constexpr result<recommendation> recommend(const model &m, const choices &from, const machine &on, const engine &e,
                                           const workload &w, const objective &o = {}) {
    objective fastest = o, faithful = o;
    fastest.order[0] = aim::speed, fastest.order[1] = aim::quality, fastest.order[2] = aim::context;
    faithful.order[0] = aim::quality, faithful.order[1] = aim::speed, faithful.order[2] = aim::context;
    detail::best_plans kept(o), slow(fastest), lossy(faithful);
    const bool spills_last = o.whole_on_devices && on.device_count > 0 && e.offloads_layers;

    using detail::visiting_order;

    result<int> failed = detail::visit_plans(
        m, from, on, e, w, o, visiting_order::as_given, spills_last ? detail::reach::whole : detail::reach::anywhere,
        [&](const plan &p, const detail::compute_hint &) { return keeps_quality(p, o) && kept.may_want(p); },
        [&](const plan &p) { (keeps_speed(p, o, m) ? kept : slow).see(p); });
    // Plans that leave layers to the host: the smallest quantizations, which are fast, come first.
    if (!kept.next() && spills_last) {
        if (kept.best()) slow.see(kept.best());
        const auto spilled = detail::visit_plans(
            m, from, on, e, w, o, visiting_order::reversed, detail::reach::spilled,
            [&](const plan &p, const detail::compute_hint &hint) {
                return p.recipe != kept.best().recipe && keeps_quality(p, o) && slow.may_be_faster(p, m, on, e, hint);
            },
            [&](const plan &p) { slow.see(p); });
        if (!failed) failed = spilled;
    }
    if (!kept.best() && !slow.best()) {
        const auto last = detail::visit_plans(
            m, from, on, e, w, o, visiting_order::as_given, detail::reach::anywhere,
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

// Whether `a` is at least as good as `b` in memory, speed, quality and context, and better in one of them.
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

// Moves those of `count` plans that no other dominates to the front, in their order, and returns how many they are.
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

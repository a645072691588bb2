// What would make a deployment fit: single changes, the cheapest first.
#ifndef MEMBOUND_CHANGES_HPP
#define MEMBOUND_CHANGES_HPP

#include <membound/plan.hpp>

MEMBOUND_BEGIN_NAMESPACE

enum class change_kind : std::uint8_t { flash_attention, cache, quantization, placement, ubatch, context, sequences };
inline constexpr int change_kinds = 7;

// One change of a deployment.
struct change {
    change_kind kind = change_kind::context;
    plan after; // the deployment with it
    // What it gives up: the sum of the shares that are lost of quality (the increase of perplexity, 1 where that is not known),
    // of speed (the mean of decoding and prefill), of context and of sequences.
    double cost = 0;
};

struct change_list {
    change items[change_kinds] = {};
    int count = 0;
};

namespace detail {

// The share of `before` that is lost; 0 where either number is not known.
constexpr double share_lost(double before, double after) {
    return before > 0 && after > 0 && after < before ? 1 - after / before : 0;
}

class changes_search {
public:
    constexpr changes_search(const model &m, const quantization &q, const machine &on, const engine &e, const workload &w,
                             const choices &from)
        : m_(m), q_(q), on_(on), e_(e), asked_(w), from_(from) {
        if (asked_.context.count() == 0) asked_.context = tokens(m.max_position_embeddings);
        before_.recipe = &q;
        before_.use = asked_;
        find_loss(before_, m);
        before_.speed = throughput_of(m, q, on, e, asked_).value_or({});
    }

    constexpr change_list run() {
        if (asked_.flash == flash_attention::off) {
            workload w = asked_;
            w.flash = flash_attention::on;
            take(change_kind::flash_attention, q_, w);
        }
        for (int i = 0; i < from_.cache_count; ++i) {
            workload w = asked_;
            w.type_k = from_.caches[i].k;
            w.type_v = from_.caches[i].v;
            take(change_kind::cache, q_, w);
        }
        for (int i = 0; i < from_.quantization_count; ++i) take(change_kind::quantization, *from_.quantizations[i], asked_);
        if (const auto placed = best_placement(m_, q_, on_, e_, asked_)) {
            workload w = asked_;
            w.placed = placed->placed;
            take(change_kind::placement, q_, w);
        }
        workload w = asked_;
        if (const auto most = max_ubatch(m_, q_, on_, e_, w); most && *most > 0) {
            w.ubatch = *most;
            take(change_kind::ubatch, q_, w);
        }
        w = asked_;
        if (const auto most = max_context(m_, q_, on_, e_, w); most && most->count() > 0) {
            w.context = *most;
            take(change_kind::context, q_, w);
        }
        w = asked_;
        if (const auto most = max_sequences(m_, q_, on_, e_, w, w.sequences); most && *most > 0) {
            w.sequences = *most;
            w.context = tokens(asked_.context.count() / asked_.sequences * *most);
            take(change_kind::sequences, q_, w);
        }
        return found_;
    }

private:
    // Keeps a change if it makes the deployment fit and is the cheapest of its kind so far. The list is in the order of cost.
    constexpr void take(change_kind kind, const quantization &q, const workload &w) {
        change c;
        c.kind = kind;
        c.after.recipe = &q;
        c.after.use = w;
        find_loss(c.after, m_);
        if (kind == change_kind::cache || kind == change_kind::quantization) {
            c.cost = quality_lost(c.after);
            if (is_dearer(c)) return;
        }
        const auto loaded = e_.load(m_, q, on_, w);
        if (!loaded) return;
        const auto b = e_.account(m_, q, *loaded, on_, w);
        if (!b || !b->fits()) return;
        c.after.held = *b;
        c.after.speed = throughput_of(m_, *loaded, on_, e_, w).value_or({});
        c.cost = cost_of(c.after);
        if (is_dearer(c)) return;
        int at = 0;
        while (at < found_.count && found_.items[at].kind != kind) ++at;
        if (at == found_.count) ++found_.count;
        for (; at > 0 && found_.items[at - 1].cost > c.cost; --at) found_.items[at] = found_.items[at - 1];
        found_.items[at] = c;
    }

    // Whether a change of the same kind was found that costs no more.
    constexpr bool is_dearer(const change &c) const {
        for (int i = 0; i < found_.count; ++i)
            if (found_.items[i].kind == c.kind) return c.cost >= found_.items[i].cost;
        return false;
    }

    constexpr double quality_lost(const plan &after) const {
        if (!before_.loss_known) return 0;
        if (!after.loss_known) return 1;
        const double more = loss_of(after) - loss_of(before_);
        return more > 0 ? more / 100 : 0;
    }

    constexpr double cost_of(const plan &after) const {
        const double speed = share_lost(before_.speed.decode.expected, after.speed.decode.expected) +
                             share_lost(before_.speed.prefill.expected, after.speed.prefill.expected);
        const auto each = [](const workload &w) { return as_double(w.context) / w.sequences; };
        return quality_lost(after) + speed / 2 + share_lost(each(asked_), each(after.use)) +
               share_lost(asked_.sequences, after.use.sequences);
    }

    const model &m_;
    const quantization &q_;
    const machine &on_;
    const engine &e_;
    workload asked_;
    const choices &from_;
    plan before_;
    change_list found_;
};

} // namespace detail

// The changes each of which alone makes the deployment fit: the cheapest of each kind, in the order of cost. Another quantization
// or other types of cache are taken from `from`; the other settings are lowered as far as they must be.
constexpr change_list changes_that_fit(const model &m, const quantization &q, const machine &on, const engine &e,
                                       const workload &w, const choices &from) {
    return detail::changes_search(m, q, on, e, w, from).run();
}

MEMBOUND_END_NAMESPACE

#endif

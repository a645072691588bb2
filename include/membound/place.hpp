// Where the layers of a model lie best: the fastest placement that fits a machine.
#ifndef MEMBOUND_PLACE_HPP
#define MEMBOUND_PLACE_HPP

#include <membound/solve.hpp>
#include <membound/throughput.hpp>

MEMBOUND_BEGIN_NAMESPACE

// A deployment whose placement is decided.
struct placed_deployment {
    placement placed;
    budget held;
    throughput speed;
    double host_bytes_per_token = 0; // of weights and cache that a new token reads on the host at most
};

namespace detail {

constexpr double host_bytes_per_token(const model &m, const loaded_model &loaded, const budget &b) {
    const weight_work &host = loaded.weights.work[b.count - 1];
    return host.bytes + share_of_experts(m, 1) * host.routed_bytes + as_double(b.host().kv_cache.expected);
}

// How good a placement is: how fast it decodes; where that is not known, how few layers the host computes, and then the
// experts of how few.
struct placement_rank {
    speed decode;
    int gpu_layers = 0;
    int cpu_moe_layers = 0;

    constexpr bool is_above(const placement_rank &other) const {
        if (decode.known() && other.decode.known()) return decode.expected > other.decode.expected;
        if (gpu_layers != other.gpu_layers) return gpu_layers > other.gpu_layers;
        return cpu_moe_layers < other.cpu_moe_layers;
    }
};

// How many layers each device has, from the end of the model, the output layer counted; the host has those before them.
struct layer_counts {
    int on[max_devices] = {};
    int cpu_moe_layers = 0;

    constexpr int on_devices() const {
        int sum = 0;
        for (const int n : on) sum += n;
        return sum;
    }
    constexpr bool operator==(const layer_counts &other) const {
        for (int d = 0; d < max_devices; ++d)
            if (on[d] != other.on[d]) return false;
        return cpu_moe_layers == other.cpu_moe_layers;
    }
};

// Upper figures of the compute buffers of the last account with these types of cache, on each device and the host. They
// change little from one placement or quantization to the next, and tell what is worth an account.
struct compute_hint {
    format type_k;
    format type_v;
    std::int64_t on[max_devices + 1] = {};

    constexpr bool is_of(const workload &w) const { return type_k == w.type_k && type_v == w.type_v; }
};
inline constexpr double hardly_less = 0.9; // of compute buffers is needed in another placement, at least

// Which placements are looked at: those with all layers on the devices, others, or both.
enum class reach : std::uint8_t { anywhere, whole, spilled };

// Climbs from the placements that a count of bytes suggests to the best that the engine's own account lets fit.
class placement_search {
public:
    constexpr placement_search(const model &m, const quantization &q, const machine &on, const engine &e, const workload &w,
                               compute_hint &hint)
        : m_(m), q_(q), on_(on), e_(e), w_(w), hint_(hint),
          all_(m.layer_count() + static_cast<int>(m.num_nextn_predict_layers) + 1) {
        if (!hint.is_of(w)) hint = {w.type_k, w.type_v, {}};
        for (int i = 0; i < on.device_count; ++i) {
            int at = i;
            for (; at > 0 && bandwidth(by_speed_[at - 1]) < bandwidth(i); --at) by_speed_[at] = by_speed_[at - 1];
            by_speed_[at] = i;
        }
    }

    constexpr result<placed_deployment> run(reach of = reach::anywhere) {
        const bool given = on_.device_count == 0 || !e_.offloads_layers;
        if (given) (void)account(w_.placed);
        const compute_hint of_others = hint_; // a pipeline of all layers takes more than what is split with the host
        if (!given && of != reach::spilled) place_all();
        if (given || of == reach::whole || found_) return answer();
        hint_ = of_others;
        climb();
        return answer();
    }

private:
    constexpr double bandwidth(int device) const { return on_.devices[device].memory_bandwidth_gbps; }

    constexpr placement placement_of(const layer_counts &c) const {
        placement p = w_.placed;
        p.gpu_layers = c.on_devices();
        p.cpu_moe_layers = c.cpu_moe_layers;
        for (int d = 0; d < on_.device_count; ++d) p.tensor_split[d] = on_.device_count > 1 ? c.on[d] : 0;
        return p;
    }

    constexpr result<placed_deployment> answer() const {
        if (found_) return best_;
        if (failed_) return failure_;
        return detail::model_error(errc::does_not_fit, "machine", "is too small", "no placement of the layers fits it");
    }

    constexpr bool fail(const error &why) {
        failure_ = why;
        failed_ = true;
        return false;
    }

    // Whether the engine's account of a placement fits; the best is kept.
    constexpr bool account(const placement &p) {
        workload w = w_;
        w.placed = p;
        const auto loaded = e_.load(m_, q_, on_, w);
        if (!loaded) return fail(loaded.error());
        const auto b = e_.account(m_, q_, *loaded, on_, w);
        if (!b) return fail(b.error());
        remember_compute(*b);
        for (int d = 0; d < b->count; ++d) left_[d] = b->devices[d].headroom().count();
        if (!b->fits()) return false;
        here_.placed = p;
        here_.held = *b;
        here_.speed = throughput_of(m_, *loaded, on_, e_, w).value_or({});
        here_.host_bytes_per_token = host_bytes_per_token(m_, *loaded, *b);
        if (!found_ || rank_of(here_.speed, p).is_above(rank_of(best_.speed, best_.placed))) best_ = here_;
        found_ = true;
        return true;
    }

    // The same, asked once of what does not fit and not again of where the search stands.
    constexpr bool fits(const layer_counts &c) {
        if (stands_ && c == here_counts_) return true;
        if (was_tried(c)) return false;
        if (account(placement_of(c))) {
            here_counts_ = c;
            stands_ = true;
            return true;
        }
        tried_[tried_count_++] = c;
        return false;
    }

    // A device that nothing is computed on tells nothing of what it would take.
    constexpr void remember_compute(const budget &b) {
        for (int d = 0; d < b.count; ++d)
            if (b.devices[d].compute.upper.count() > 0) hint_.on[d] = b.devices[d].compute.upper.count();
    }

    constexpr bool was_tried(const layer_counts &c) const {
        for (int i = 0; i < tried_count_; ++i)
            if (tried_[i] == c) return true;
        return tried_count_ == most_tried;
    }

    constexpr placement_rank rank_of(const throughput &t, const placement &p) const {
        return {t.decode, p.gpu_layers < 0 || p.gpu_layers > all_ ? all_ : p.gpu_layers, p.cpu_moe_layers};
    }

    // A placement that may be tried, and how good it is by the last account's compute buffers, once that was asked.
    struct suggestion {
        layer_counts counts;
        placement_rank rank;
        bool is_ranked = false;
    };

    constexpr const placement_rank &rank_of(suggestion &s) {
        if (!s.is_ranked) {
            std::int64_t left[max_devices + 1] = {};
            (void)estimate(placement_of(s.counts), 1, left, &s.rank);
            s.is_ranked = true;
        }
        return s.rank;
    }

    // What would be left on each device and on the host, if `part` of the last account's compute buffers were needed, and
    // how good that is; the number of the one that has least.
    constexpr int estimate(const placement &p, double part, std::int64_t *left, placement_rank *rank = nullptr) {
        workload w = w_;
        w.placed = p;
        const auto loaded = e_.load(m_, q_, on_, w);
        const auto b = loaded ? e_.least(m_, q_, *loaded, on_, w) : result<budget>(loaded.error());
        if (!b) fail(b.error());
        int least = 0;
        for (int d = 0; d <= on_.device_count; ++d) {
            const bool computes = b && (d == on_.device_count || b->devices[d].weights.upper.count() > 0);
            const auto compute = computes ? static_cast<std::int64_t>(part * as_double(hint_.on[d])) : 0;
            left[d] = b ? b->devices[d].headroom().count() - compute : -1;
            if (left[d] < left[least]) least = d;
        }
        if (rank != nullptr && b) *rank = rank_of(throughput_of(m_, *loaded, on_, e_, w).value_or({}), p);
        return least;
    }

    // As many layers as go on the devices, the fastest filled first: with the output layer on the last of them, or on the
    // last that has any then.
    constexpr suggestion filled(int cpu_moe_layers) {
        suggestion s;
        s.counts.cpu_moe_layers = cpu_moe_layers;
        suggestion other = s;
        const int last = on_.device_count - 1;
        if (last > 0) s.counts.on[last] = 1;
        fill(s.counts);
        if (last == 0 || s.counts.on[last] > 1 || s.counts.on_devices() == all_) return s;
        fill(other.counts);
        return rank_of(other).is_above(rank_of(s)) ? other : s;
    }
    constexpr void fill(layer_counts &c) {
        for (int i = 0; i < on_.device_count; ++i) {
            const int d = by_speed_[i];
            std::int64_t left[max_devices + 1] = {};
            const auto left_with = [&](std::int64_t layers) {
                c.on[d] = static_cast<int>(layers);
                (void)estimate(placement_of(c), 1, left);
                return left[d];
            };
            const int least = c.on[d];
            const int most = all_ - c.on_devices() + least;
            const std::int64_t at_most = left_with(most);
            if (at_most >= 0) continue;
            const std::int64_t at_least = left_with(least);
            c.on[d] = at_least < 0 ? 0 : static_cast<int>(last_that_fits(least, most, at_least, at_most, left_with));
        }
    }

    // As many layers on the devices as go where the experts of so many stay on the host: the fastest of these.
    constexpr layer_counts suggested() {
        suggestion best = filled(0);
        if (m_.num_experts <= 0) return best.counts;
        suggestion s = best;
        for (int experts = max(on_host(s.counts), 1); experts <= m_.layer_count() && s.counts.on_devices() < all_; ++experts) {
            s = filled(experts);
            if (rank_of(s).is_above(rank_of(best))) best = s;
        }
        return best.counts;
    }

    // The layers that the host has, experts and all.
    constexpr int on_host(const layer_counts &c) const { return min(all_ - c.on_devices(), m_.layer_count()); }

    // From the placement that the last account's compute buffers suggest to one that fits, and on to better ones by single
    // steps.
    constexpr void climb() {
        layer_counts c = suggested();
        // Without the output layer on a device its matrix is copied there for each pass, which takes more.
        if (c.on_devices() == 0) ++c.on[by_speed_[0]];
        bool found = fits(c);
        for (int again = 0; again < 3; ++again) { // with compute buffers from nearby
            const layer_counts next = suggested();
            if (next == c || next.on_devices() == 0 || was_tried(next)) break;
            const bool next_fits = fits(next);
            if (found && !next_fits) continue;
            c = next;
            found = next_fits;
        }
        if (found) remember_compute(here_.held);
        for (; !found; found = fits(c))
            if (!give_way(c)) return;
        while (step_up(c, on_.device_count)) {}
        // Far from there all experts may stay on the host.
        const layer_counts without_experts = m_.num_experts > 0 ? filled(m_.layer_count()).counts : c;
        if (failed_ || without_experts == c || !is_possible(without_experts) || !is_better(without_experts)) return;
        c = without_experts;
        while (step_up(c, on_.device_count)) {}
    }

    // Leaves a layer more to the host, or the experts of one; not where the host has no room for what it has.
    constexpr bool give_way(layer_counts &c) {
        std::int64_t left[max_devices + 1] = {};
        (void)estimate(placement_of(c), 1, left);
        if (failed_ || left[on_.device_count] < 0 || c.on_devices() == 0) return false;
        if (c.cpu_moe_layers > 0 && c.cpu_moe_layers < m_.layer_count()) {
            ++c.cpu_moe_layers;
            return true;
        }
        int d = -1; // the device with layers that lacks most
        for (int i = 0; i < on_.device_count; ++i)
            if (c.on[i] > 0 && (d < 0 || left[i] < left[d])) d = i;
        --c.on[d];
        return true;
    }

    // The best placement with all layers on the devices: the engine's own where the devices are equally fast and it fits, or
    // the fastest filled first.
    constexpr void place_all() {
        placement own = w_.placed;
        own.gpu_layers = -1, own.cpu_moe_layers = 0;
        std::int64_t left[max_devices + 1] = {};
        const int least = estimate(own, 0, left); // weights and caches alone
        const bool fits_own = left[least] >= 0 && account(own);
        const bool equal = bandwidth(by_speed_[0]) == bandwidth(by_speed_[on_.device_count - 1]);
        if (failed_ || on_.device_count == 1 || (fits_own && equal)) return;
        std::int64_t room = 0;
        for (int d = 0; d < on_.device_count; ++d) room = add(room, left[d]);
        if (room < 0) return;

        layer_counts c = overfilled();
        while (!fits(c)) {
            layer_counts next = overfilled(); // with compute buffers from nearby
            if (was_tried(next)) next = evened(c);
            if (failed_ || was_tried(next)) return;
            c = next;
        }
        while (step_up(c, on_.device_count - 1)) {}
    }

    // All layers on the devices, whether they go there or not: compute buffers may turn out smaller.
    constexpr layer_counts overfilled() {
        layer_counts c = filled(0).counts;
        for (int i = 0; c.on_devices() < all_; ++i) ++c.on[by_speed_[i % on_.device_count]];
        return c;
    }

    // With a layer less on the device that the last account found most lacking, and one more where most was left.
    constexpr layer_counts evened(layer_counts c) const {
        int least = 0, most = 0;
        for (int d = 1; d < on_.device_count; ++d) {
            if (left_[d] < left_[least]) least = d;
            if (left_[d] > left_[most]) most = d;
        }
        if (left_[least] < 0 && c.on[least] > 0) --c.on[least], ++c.on[most];
        return c;
    }

    // Goes to the first neighbour of a placement that is better: the experts of a layer more or less on the host, a layer
    // more on a device, from the host or from another device, and both. `last` is the last place that layers are moved from
    // and to: a device, or the host.
    constexpr bool step_up(layer_counts &c, int last) {
        const int most_experts = last < on_.device_count ? 0 : 1;
        if (move(c, last, last, most_experts)) return true;
        for (int to = 0; to <= last; ++to)
            for (int from = 0; from <= last; ++from)
                if (from != to && move(c, from, to, most_experts)) return true;
        return false;
    }
    // Between two places, or experts alone where they are one.
    constexpr bool move(layer_counts &c, int from, int to, int most_experts) {
        for (int experts = -most_experts; experts <= most_experts; ++experts) {
            const int most = from == to ? 0 : most_moved(c, from, to, experts);
            for (int layers = min(most, 1); layers <= most; ++layers) {
                const layer_counts next = moved(c, from, to, layers, experts);
                if (next == c || !is_possible(next) || (experts < 0 && next.cpu_moe_layers < on_host(next))) continue;
                if (!is_better(next)) continue;
                c = next;
                return true;
            }
        }
        return false;
    }
    // For experts two layers may have to go to the host.
    constexpr int most_moved(const layer_counts &c, int from, int to, int experts) const {
        return opens_last(c, from, to) || (to == on_.device_count && experts < 0) ? 2 : 1;
    }
    // Whether the last device, as yet empty, may take the output layer from another that takes a layer from the host.
    constexpr bool opens_last(const layer_counts &c, int from, int to) const {
        const int host = on_.device_count;
        return from == host && to + 1 < host && c.on[host - 1] == 0;
    }
    constexpr layer_counts moved(const layer_counts &c, int from, int to, int layers, int experts) const {
        const int host = on_.device_count;
        layer_counts next = c;
        if (to < host && layers > 0) ++next.on[to];
        if (layers == 2 && opens_last(c, from, to)) ++next.on[host - 1];
        if (from < host) next.on[from] -= layers;
        if (experts > 0) next.cpu_moe_layers = max(c.cpu_moe_layers, on_host(next)) + 1;
        if (experts < 0) --next.cpu_moe_layers;
        return next;
    }

    constexpr bool is_possible(const layer_counts &c) const {
        for (int d = 0; d < on_.device_count; ++d)
            if (c.on[d] < 0) return false;
        const int most = m_.num_experts > 0 ? m_.layer_count() : 0;
        return c.on_devices() <= all_ && c.cpu_moe_layers >= 0 && c.cpu_moe_layers <= most;
    }

    constexpr bool is_better(const layer_counts &c) {
        std::int64_t left[max_devices + 1] = {};
        placement_rank rank;
        const int d = estimate(placement_of(c), hardly_less, left, &rank);
        if (left[d] < 0 || !rank.is_above(rank_of(here_.speed, here_.placed))) return false;
        const bool is = fits(c);
        if (!is) remember_compute(here_.held); // the next neighbour is one of what fits
        return is;
    }

    const model &m_;
    const quantization &q_;
    const machine &on_;
    const engine &e_;
    const workload &w_;
    compute_hint &hint_;
    int all_;
    int by_speed_[max_devices] = {};
    placed_deployment here_; // the last that fits
    layer_counts here_counts_;
    bool stands_ = false;
    std::int64_t left_[max_devices + 1] = {}; // by the last account
    static constexpr int most_tried = 64;
    layer_counts tried_[most_tried] = {}; // that do not fit
    int tried_count_ = 0;
    placed_deployment best_;
    bool found_ = false;
    error failure_;
    bool failed_ = false;
};

} // namespace detail

// The fastest placement that fits, of layers on devices and host, of the experts of leading layers on the host, and of the
// split over devices; what the workload says of them is not looked at. Where no speeds are known, the one with most layers
// on devices, and then with most of their experts there. An engine that offloads no layers is asked for its own placement.
constexpr result<placed_deployment> best_placement(const model &m, const quantization &q, const machine &on,
                                                   const engine &e, const workload &w) {
    detail::compute_hint hint;
    return detail::placement_search(m, q, on, e, w, hint).run();
}

MEMBOUND_END_NAMESPACE

#endif

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
    double host_bytes_per_token = 0; // of weights and caches: what the host reads for each new token, at most
};

namespace detail {

constexpr double host_bytes_per_token(const model &m, const loaded_model &loaded, const budget &b) {
    const weight_work &host = loaded.weights.work[b.count - 1];
    return host.bytes + share_of_experts(m, 1) * host.routed_bytes + as_double(b.host().kv_cache.expected);
}

// How good a placement is: how fast it decodes. If that is not known, the fewer layers the host computes the better, and then
// the fewer layers it computes the experts of.
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

// A placement in numbers: how many layers each device has, the output layer counted, and for how many the host computes the
// experts. The host has the first layers, and the devices those behind them.
struct layer_counts {
    int on[max_devices] = {};
    int cpu_moe_layers = 0; // as placement's

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

// How large the compute buffers were, at most, on each device and the host in the last account with these types of cache. They
// change little from one placement or quantization to the next. So an estimate with them says which placements are worth an
// account of the engine, which takes much longer.
struct compute_hint {
    format type_k;
    format type_v;
    std::int64_t on[max_devices + 1] = {};

    constexpr bool is_of(const workload &w) const { return type_k == w.type_k && type_v == w.type_v; }
};
inline constexpr double hardly_less = 0.9; // another placement needs at least this part of their bytes

// Which placements are looked at.
enum class reach : std::uint8_t {
    anywhere, // all of them
    whole,    // those with all layers on the devices
    spilled,  // those with layers on the host
};

// Looks for the fastest placement that fits: it starts where an estimate suggests, and goes on to better neighbours for as long
// as the engine's own account says that they fit.
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
        // With all layers on several devices these are a pipeline, whose buffers are larger: no hint for other placements.
        const compute_hint of_others = hint_;
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

    // Asks the engine for its account of a placement, and keeps the placement if it fits and is the best. Whether it fits.
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

    // Whether a placement fits. The engine is not asked again about one that did not, or about the one where the search stands.
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

    // A device that computes nothing says nothing about the buffers that it would need.
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

    // A placement that may be tried, and how good it is, which is estimated when it is first asked for.
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

    // Estimates what would be left on each device and on the host, if compute buffers took `part` of what they took in the
    // last account; and how good the placement would be. The result is the number of the device with the least left.
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

    // As many layers on the devices as there seems to be room for, the fastest device filled first. The output layer is kept on
    // the last device, or goes to the last that has layers, whichever is better.
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

    // The best of filled(0), filled(1) and so on: the more layers keep their experts on the host, the more layers have room.
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

    // From the placement that the estimate suggests to one that fits, and from there to better ones step by step.
    constexpr void climb() {
        layer_counts c = suggested();
        // Without the output layer on a device its matrix is copied there for each pass, which takes more memory.
        if (c.on_devices() == 0) ++c.on[by_speed_[0]];
        bool found = fits(c);
        for (int again = 0; again < 3; ++again) { // the account of a placement nearby makes for a better estimate
            const layer_counts next = suggested();
            if (next == c || next.on_devices() == 0 || was_tried(next)) break;
            const bool next_fits = fits(next);
            if (found && !next_fits) continue;
            c = next;
            found = next_fits;
        }
        if (found) remember_compute(here_.held);
        for (; !found && give_way(c); found = fits(c)) {}
        if (!found) { // the steps may have been too many, or each on a device that does not matter
            if (!failed_) (void)account(placement_of({}));
            return;
        }
        while (step_up(c, on_.device_count)) {}
        // No single step leads from there to all experts on the host, which may be better.
        const layer_counts without_experts = m_.num_experts > 0 ? filled(m_.layer_count()).counts : c;
        if (failed_ || without_experts == c || !is_possible(without_experts) || !is_better(without_experts)) return;
        c = without_experts;
        while (step_up(c, on_.device_count)) {}
    }

    // Moves one more layer, or the experts of one, to the host. False if the host has no room even for what it already has.
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

    // Looks for the best placement with all layers on the devices. The engine's own is taken if it fits and the devices are
    // equally fast; otherwise the fastest device is filled first.
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
            layer_counts next = overfilled(); // by the account that c has just had
            if (was_tried(next)) next = evened(c);
            if (failed_ || was_tried(next)) return;
            c = next;
        }
        while (step_up(c, on_.device_count - 1)) {}
    }

    // All layers on the devices, even if there seems to be no room: compute buffers may turn out smaller.
    constexpr layer_counts overfilled() {
        layer_counts c = filled(0).counts;
        for (int i = 0; c.on_devices() < all_; ++i) ++c.on[by_speed_[i % on_.device_count]];
        return c;
    }

    // Moves a layer from the device that lacked the most in the last account to the one that had the most left.
    constexpr layer_counts evened(layer_counts c) const {
        int least = 0, most = 0;
        for (int d = 1; d < on_.device_count; ++d) {
            if (left_[d] < left_[least]) least = d;
            if (left_[d] > left_[most]) most = d;
        }
        if (left_[least] < 0 && c.on[least] > 0) --c.on[least], ++c.on[most];
        return c;
    }

    // Goes to the first neighbour that is better, if there is one. A neighbour has the experts of a layer more or less on the
    // host, or a layer moved from one place to another, or both. Places are the devices and, if `last` says so, the host, which
    // has the number after the last device.
    constexpr bool step_up(layer_counts &c, int last) {
        const int most_experts = last < on_.device_count ? 0 : 1;
        if (move(c, last, last, most_experts)) return true;
        for (int to = 0; to <= last; ++to)
            for (int from = 0; from <= last; ++from)
                if (from != to && move(c, from, to, most_experts)) return true;
        return false;
    }
    // Goes to a better neighbour with layers moved between two places; if these are the same, with only experts moved.
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
    // How many layers may move at once. For room for a layer's experts, two layers may have to go to the host.
    constexpr int most_moved(const layer_counts &c, int from, int to, int experts) const {
        return opens_last(c, from, to) || (to == on_.device_count && experts < 0) ? 2 : 1;
    }
    // Whether the last device is still empty: it may get the output layer from the device that gets a layer from the host.
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
        if (!is) remember_compute(here_.held); // back to where the search stands, whose neighbours are asked about next
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
    placed_deployment here_; // where the search stands: the last placement that fits
    layer_counts here_counts_;
    bool stands_ = false; // here_counts_ are those of here_
    std::int64_t left_[max_devices + 1] = {}; // on each device and the host, by the last account
    static constexpr int most_tried = 64;
    layer_counts tried_[most_tried] = {}; // those that did not fit
    int tried_count_ = 0;
    placed_deployment best_;
    bool found_ = false;
    error failure_;
    bool failed_ = false;
};

} // namespace detail

// The fastest placement that fits: how many layers lie on each device and how many on the host, and how many leave their
// experts to the host. What the workload says about these is not looked at. Where no speeds are known, the placement with the
// most layers on devices, and among equals with the most experts there. If the engine can not divide layers between devices and
// host, its own placement.
constexpr result<placed_deployment> best_placement(const model &m, const quantization &q, const machine &on,
                                                   const engine &e, const workload &w) {
    detail::compute_hint hint;
    return detail::placement_search(m, q, on, e, w, hint).run();
}

MEMBOUND_END_NAMESPACE

#endif

// The questions: what does it take, does it fit, and what is the most that fits. Each is one function of a model, a
// quantization, a machine, an engine and a workload, for a constant expression and for run time.
#ifndef MEMBOUND_SOLVE_HPP
#define MEMBOUND_SOLVE_HPP

#include <membound/backend_kernels.hpp>
#include <membound/engine.hpp>

MEMBOUND_BEGIN_NAMESPACE

// How much memory it takes on each device and on the host, term by term; an error where the engine refuses the model, the
// machine or the workload, or where it is not known here.
constexpr result<budget> budget_of(const model &m, const quantization &q, const machine &on, const engine &e,
                                   const workload &w) {
    const auto loaded = e.load(m, q, on, w);
    if (!loaded) return loaded.error();
    return e.account(m, q, *loaded, on, w);
}

// The buffers for weights that the engine prints when it loads the model. Where it maps a file, a buffer is as large as the
// mapped range; the budget counts only the pages of it that are needed, since the system takes the others back.
constexpr result<model_buffers> buffers_of(const model &m, const quantization &q, const machine &on, const engine &e,
                                           const workload &w) {
    const auto loaded = e.load(m, q, on, w);
    if (!loaded) return loaded.error();
    return e.buffers(m, q, *loaded, on, w);
}

// Whether the upper bound fits on every device and on the host. What the engine refuses does not fit.
constexpr bool fits(const model &m, const quantization &q, const machine &on, const engine &e, const workload &w) {
    const auto b = budget_of(m, q, on, e, w);
    return b && b->fits();
}

namespace detail {

// The largest n from `least` on for which headroom(n) is not negative. It is `at_least`, not negative, for `least`; and
// `at_most`, negative, for `most`. It falls nearly linearly between them, so the next guess is where a line through both ends
// crosses zero; every third guess halves the range, in case it does not.
template <class Headroom>
constexpr std::int64_t last_that_fits(std::int64_t least, std::int64_t most, std::int64_t at_least, std::int64_t at_most,
                                      const Headroom &headroom) {
    for (int guess = 1; most - least > 1; ++guess) {
        const double slope = (as_double(at_least) - as_double(at_most)) / as_double(most - least);
        const auto step = static_cast<std::int64_t>(as_double(at_least) / slope);
        const std::int64_t middle = guess % 3 == 0 ? least + (most - least) / 2 : least + step;
        const std::int64_t n = min(max(middle, least + 1), most - 1);
        const std::int64_t left = headroom(n);
        if (left >= 0)
            least = n, at_least = left;
        else
            most = n, at_most = left;
    }
    return least;
}

// The least that is left on any of the first `count` devices; negative also where the engine refuses.
constexpr std::int64_t least_headroom(const result<budget> &b, int count) {
    if (!b) return -1;
    std::int64_t least = overflow_count;
    for (int i = 0; i < count; ++i) least = min(least, b->devices[i].headroom().count());
    return least;
}

} // namespace detail

// The largest context that fits with everything else unchanged: of all sequences together, up to what the model was trained
// for in each; 0 where none does. It is one that the engine does not round.
constexpr result<tokens> max_context(const model &m, const quantization &q, const machine &on, const engine &e,
                                     workload w) {
    w.context = tokens(0);
    const auto loaded = e.load(m, q, on, w);
    if (!loaded) return loaded.error();
    const std::int64_t step = e.context_step(w).count();
    const std::int64_t trained = detail::multiply(m.max_position_embeddings, w.sequences);
    const std::int64_t most = detail::max<std::int64_t>(trained / step, 1);
    const auto headroom = [&](std::int64_t steps) {
        w.context = tokens(detail::multiply(steps, step));
        return detail::least_headroom(e.account(m, q, *loaded, on, w), on.device_count + 1);
    };

    const std::int64_t at_most = headroom(most);
    if (at_most >= 0) return tokens(most * step);
    w.context = tokens(step);
    const auto smallest = e.account(m, q, *loaded, on, w);
    if (!smallest) return smallest.error();
    const std::int64_t at_least = detail::least_headroom(smallest, on.device_count + 1);
    if (at_least < 0) return tokens(0);
    return tokens(step * detail::last_that_fits(1, most, at_least, at_most, headroom));
}

// The most layers that fit on the devices of the machine, counted as placement::gpu_layers is; 0 where not one fits, or where
// the host can not hold the rest.
constexpr result<int> max_gpu_layers(const model &m, const quantization &q, const machine &on, const engine &e,
                                     workload w) {
    bool whole_fits = false; // of the last number of layers that the devices hold
    const auto left_on_devices = [&](std::int64_t layers) {
        w.placed.gpu_layers = static_cast<int>(layers);
        const auto b = budget_of(m, q, on, e, w);
        const std::int64_t left = detail::least_headroom(b, on.device_count);
        if (left >= 0) whole_fits = b->fits();
        return left;
    };

    const std::int64_t all = on.device_count > 0 ? m.num_hidden_layers + m.num_nextn_predict_layers + 1 : 0;
    w.placed.gpu_layers = static_cast<int>(all);
    const auto offloaded = budget_of(m, q, on, e, w);
    if (!offloaded) return offloaded.error();
    const std::int64_t at_all = detail::least_headroom(offloaded, on.device_count);
    if (at_all >= 0) return offloaded->fits() ? static_cast<int>(all) : 0;

    // Without layers a device has no weights and no cache; the rest hardly changes.
    std::int64_t at_none = at_all;
    for (int d = 0; d < on.device_count; ++d) {
        const device_budget &held = offloaded->devices[d];
        at_none = detail::max(at_none, (held.headroom() + held.weights.upper + held.kv_cache.upper).count());
    }
    const std::int64_t most = detail::last_that_fits(0, all, detail::max<std::int64_t>(at_none, 0), at_all, left_on_devices);
    if (most == 0) (void)left_on_devices(0);
    return whole_fits ? static_cast<int>(most) : 0;
}

// The most sequences of `w.context / w.sequences` tokens each that fit together, up to `most`; 0 where not one fits.
constexpr result<int> max_sequences(const model &m, const quantization &q, const machine &on, const engine &e, workload w,
                                    int most = 256) {
    const tokens asked = w.context.count() > 0 ? w.context : tokens(m.max_position_embeddings) * w.sequences;
    const std::int64_t each = asked.count() / detail::max(w.sequences, 1);
    const auto use = [&](std::int64_t sequences) {
        w.sequences = static_cast<int>(sequences);
        w.context = tokens(detail::multiply(each, sequences));
        return budget_of(m, q, on, e, w);
    };
    const auto one = use(1);
    if (!one) return one.error();
    const std::int64_t at_one = detail::least_headroom(one, on.device_count + 1);
    if (at_one < 0 || most < 1) return 0;
    const auto headroom = [&](std::int64_t sequences) { return detail::least_headroom(use(sequences), on.device_count + 1); };
    const std::int64_t at_most = headroom(most);
    if (at_most >= 0) return most;
    return static_cast<int>(detail::last_that_fits(1, most, at_one, at_most, headroom));
}

// The least placement::cpu_moe_layers with which everything fits: how many layers must keep their experts on the host. An
// error where the model has no experts, or where even all of them are not enough.
constexpr result<int> min_cpu_moe_layers(const model &m, const quantization &q, const machine &on, const engine &e,
                                         workload w) {
    if (m.num_experts <= 0)
        return detail::model_error(errc::bad_value, "cpu_moe_layers", "are none", "the model has no routed experts");
    const int all = m.layer_count();
    bool whole_fits = false; // of the last number of layers whose experts are on devices
    const auto left_on_devices = [&](std::int64_t layers) {
        w.placed.cpu_moe_layers = all - static_cast<int>(layers);
        const auto b = budget_of(m, q, on, e, w);
        const std::int64_t left = detail::least_headroom(b, on.device_count);
        if (left >= 0) whole_fits = b->fits();
        return left;
    };
    const auto refused = [] {
        return detail::model_error(errc::does_not_fit, "cpu_moe_layers", "do not help",
                                   "the rest is larger than a device or the host");
    };
    const std::int64_t at_all = left_on_devices(all);
    if (at_all >= 0) return whole_fits ? result<int>(0) : refused();
    const std::int64_t at_none = left_on_devices(0);
    if (at_none < 0) return refused();
    const std::int64_t most = detail::last_that_fits(0, all, at_none, at_all, left_on_devices);
    (void)left_on_devices(most);
    return whole_fits ? result<int>(all - static_cast<int>(most)) : refused();
}

// The largest micro-batch that fits: `w.ubatch`, or half of it, a quarter and so on; 0 where not even 1 does.
constexpr result<int> max_ubatch(const model &m, const quantization &q, const machine &on, const engine &e, workload w) {
    if (w.ubatch < 1) return detail::model_error(errc::bad_value, "ubatch", "is less than 1", "it is halved until it fits");
    const auto loaded = e.load(m, q, on, w);
    if (!loaded) return loaded.error();
    for (; w.ubatch > 0; w.ubatch /= 2) {
        const auto b = e.account(m, q, *loaded, on, w);
        if (!b) return b.error();
        if (b->fits()) return w.ubatch;
    }
    return 0;
}

// Whether every device has kernels of ggml for the types of a quantization: of a recipe of llama-quantize, or of all tensors
// of a file. Matrices of a type without kernels stay on the host, so that the devices then seem to have room. True of
// quantizations of other engines, which have kernels of their own.
constexpr bool has_kernels_for(const machine &on, const quantization &q) {
    const auto all_multiply = [&](const format &f) {
        for (int d = 0; d < on.device_count; ++d)
            if (!multiplies(on.devices[d].api, f)) return false;
        return true;
    };
    const ggml_type of_mix = detail::default_type(q.type);
    if (q.kind == quantization::scheme::mix) return of_mix == ggml_type::count || all_multiply(format_of(of_mix));
    for (std::int64_t i = 0; i < q.stored_count; ++i)
        if (!all_multiply(q.stored[i].type)) return false;
    return true;
}

// The largest, in bytes of weights, of the candidates that fits; the first of equals; null where none fits. Larger is better
// only among types of one kind, such as K-quants. Fastest where the largest come first.
constexpr const quantization *best_quantization(const model &m, const quantization *const *candidates, int count,
                                                const machine &on, const engine &e, const workload &w) {
    const quantization *best = nullptr;
    bytes most;
    for (int i = 0; i < count; ++i) {
        const auto loaded = e.load(m, *candidates[i], on, w);
        if (!loaded) continue;
        bytes size;
        bool may_fit = true;
        for (int d = 0; d <= on.device_count; ++d) {
            const bytes usable = detail::device_at(on, d).usable_capacity();
            size += loaded->weights.on[d];
            may_fit = may_fit && (usable.count() == 0 || loaded->weights.on[d] <= usable);
        }
        if (!may_fit || (best != nullptr && size <= most)) continue;
        const auto b = e.account(m, *candidates[i], *loaded, on, w);
        if (b && b->fits()) best = candidates[i], most = size;
    }
    return best;
}

MEMBOUND_END_NAMESPACE

#endif

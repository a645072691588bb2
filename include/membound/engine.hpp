// What an engine's rules must answer.
#ifndef MEMBOUND_ENGINE_HPP
#define MEMBOUND_ENGINE_HPP

#include <membound/budget.hpp>
#include <membound/efficiency.hpp>
#include <membound/weights.hpp>
#include <membound/workload.hpp>

MEMBOUND_BEGIN_NAMESPACE

// A model as it lies on a machine before anything is asked of it: what does not depend on the context.
struct loaded_model {
    layout placed;
    placed_weights weights;
};

struct engine_use;

// The rules of one engine at one time. Adding an engine is adding one value of this kind.
struct engine {
    const char *name = "";
    const char *version = ""; // release and date of the source that the rules were read in
    int date = 0;             // that the rules hold for, 20260928: an older one has the rules of its time
    workload defaults;
    // What its cache may be stored in, and which recipes of weights it runs.
    const format *const *cache_types = nullptr;
    int cache_type_count = 0;
    bool (*runs)(const quantization &) = nullptr;

    result<loaded_model> (*load_by)(const engine &, const model &, const quantization &, const machine &,
                                    const workload &) = nullptr;
    result<budget> (*account_by)(const engine &, const model &, const quantization &, const loaded_model &,
                                 const machine &, const workload &) = nullptr;
    // The same without compute buffers, at a fraction of the cost: no deployment takes less. Null: as account_by.
    result<budget> (*least_by)(const engine &, const model &, const quantization &, const loaded_model &,
                               const machine &, const workload &) = nullptr;
    bool divides_matrices = false; // several devices may share each matrix (tensor parallel), and stages the layers
    bool offloads_layers = false; // layers, and the experts of layers, may lie on the host while devices compute others
    // How far its kernels stay behind the peak of a device; null where that is not known, of all devices or of one.
    const efficiency *(*efficiency_on)(const device &) = nullptr;
    // The buffers of the weights as it prints them; null: it has no such.
    result<model_buffers> (*buffers_by)(const engine &, const model &, const quantization &, const loaded_model &,
                                        const machine &, const workload &) = nullptr;
    // The context, of all sequences together, is a multiple of this.
    tokens (*context_step)(const workload &) = nullptr;

    // Of a program that runs another engine: that one, and the use with everything that the program chooses itself. Null: it
    // has rules of its own.
    result<engine_use> (*use_within)(const engine &, const model &, const quantization &, const machine &,
                                     const workload &) = nullptr;

    template <std::size_t Count>
    constexpr void caches_in(const format *const (&types)[Count]) {
        cache_types = types;
        cache_type_count = static_cast<int>(Count);
    }

    constexpr result<loaded_model> load(const model &m, const quantization &q, const machine &on, const workload &w) const;
    constexpr result<budget> account(const model &m, const quantization &q, const loaded_model &loaded, const machine &on,
                                     const workload &w) const;
    constexpr result<budget> least(const model &m, const quantization &q, const loaded_model &loaded, const machine &on,
                                   const workload &w) const;
    constexpr result<model_buffers> buffers(const model &m, const quantization &q, const loaded_model &loaded,
                                            const machine &on, const workload &w) const;
};

struct engine_use {
    engine of;
    workload w;
};

namespace detail {

// ask(engine, workload) of the engine that has the rules: this one, or the one that it runs, as it uses that one.
template <class Ask>
constexpr auto by_rules(const engine &e, const model &m, const quantization &q, const machine &on, const workload &w,
                        const Ask &ask) -> decltype(ask(e, w)) {
    if (e.use_within == nullptr) return ask(e, w);
    const auto use = e.use_within(e, m, q, on, w);
    if (!use) return use.error();
    return by_rules(use->of, m, q, on, use->w, ask);
}

} // namespace detail

constexpr result<loaded_model> engine::load(const model &m, const quantization &q, const machine &on,
                                            const workload &w) const {
    return detail::by_rules(*this, m, q, on, w,
                            [&](const engine &e, const workload &use) { return e.load_by(e, m, q, on, use); });
}
constexpr result<budget> engine::account(const model &m, const quantization &q, const loaded_model &loaded,
                                         const machine &on, const workload &w) const {
    return detail::by_rules(*this, m, q, on, w,
                            [&](const engine &e, const workload &use) { return e.account_by(e, m, q, loaded, on, use); });
}
constexpr result<budget> engine::least(const model &m, const quantization &q, const loaded_model &loaded,
                                       const machine &on, const workload &w) const {
    return detail::by_rules(*this, m, q, on, w, [&](const engine &e, const workload &use) {
        return (e.least_by != nullptr ? e.least_by : e.account_by)(e, m, q, loaded, on, use);
    });
}
constexpr result<model_buffers> engine::buffers(const model &m, const quantization &q, const loaded_model &loaded,
                                                const machine &on, const workload &w) const {
    return detail::by_rules(*this, m, q, on, w, [&](const engine &e, const workload &use) -> result<model_buffers> {
        if (e.buffers_by == nullptr)
            return detail::model_error(errc::unsupported, "engine", "prints no buffers", "its weights lie in one piece");
        return e.buffers_by(e, m, q, loaded, on, use);
    });
}

// The same engine as it was at a date, 20250831, as far as its rules are known: llama.cpp's from March 2025 on.
constexpr engine at_date(engine e, int date) {
    e.version = "of an earlier date";
    e.date = date;
    return e;
}

MEMBOUND_END_NAMESPACE

#endif

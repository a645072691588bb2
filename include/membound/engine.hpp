// An engine: the questions that its rules answer, and what it is told by default.
#ifndef MEMBOUND_ENGINE_HPP
#define MEMBOUND_ENGINE_HPP

#include <membound/budget.hpp>
#include <membound/efficiency.hpp>
#include <membound/weights.hpp>
#include <membound/workload.hpp>

MEMBOUND_BEGIN_NAMESPACE

// A model that is loaded on a machine: all that does not depend on the context.
struct loaded_model {
    layout placed;
    placed_weights weights;
};

struct engine_use;

// The rules of one engine, as of one date. To add an engine is to add one value of this type. Ask load(), account(), least()
// and buffers(); the pointers to functions are how an engine answers.
struct engine {
    const char *name = "";
    const char *version = ""; // release and date of the source from which the rules were taken
    int date = 0;             // the day whose rules hold, such as 20260928; see at_date()
    workload defaults;
    const format *const *cache_types = nullptr; // the types that its cache may have
    int cache_type_count = 0;
    bool (*runs)(const quantization &) = nullptr; // whether it can run models with this quantization

    // What lies where, and the bytes of weights.
    result<loaded_model> (*load_by)(const engine &, const model &, const quantization &, const machine &,
                                    const workload &) = nullptr;
    // The budget of a loaded model.
    result<budget> (*account_by)(const engine &, const model &, const quantization &, const loaded_model &,
                                 const machine &, const workload &) = nullptr;
    // The same without compute buffers, which takes a fraction of the time: a lower bound. Null: account_by is asked.
    result<budget> (*least_by)(const engine &, const model &, const quantization &, const loaded_model &,
                               const machine &, const workload &) = nullptr;
    bool divides_matrices = false; // several devices may share each matrix (placement::tensor_parallel)
    bool offloads_layers = false; // layers, or the experts of layers, may lie on the host while devices compute the others
    // How its kernels compare with a device's peak rates; null where that is not known, for this device or for any.
    const efficiency *(*efficiency_on)(const device &) = nullptr;
    // The buffers for weights that it prints when it loads a model; null: it prints none.
    result<model_buffers> (*buffers_by)(const engine &, const model &, const quantization &, const loaded_model &,
                                        const machine &, const workload &) = nullptr;
    // The context of all sequences together is rounded to a multiple of this.
    tokens (*context_step)(const workload &) = nullptr;

    // For a program that runs another engine, such as Ollama: that engine, and the workload with all that the program itself
    // chooses. All questions then go to that engine. Null: it has rules of its own.
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

// ask(engine, workload) of the engine that has rules of its own: this one, or the one that it runs.
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

// The engine as it was on a day, such as 20250831. Of llama.cpp the rules since March 2025 are known; of other engines, what
// their headers say.
constexpr engine at_date(engine e, int date) {
    e.version = "of an earlier date";
    e.date = date;
    return e;
}

MEMBOUND_END_NAMESPACE

#endif

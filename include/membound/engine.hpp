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

constexpr result<loaded_model> engine::load(const model &m, const quantization &q, const machine &on,
                                            const workload &w) const {
    if (use_within == nullptr) return load_by(*this, m, q, on, w);
    const auto use = use_within(*this, m, q, on, w);
    if (!use) return use.error();
    return use->of.load(m, q, on, use->w);
}
constexpr result<budget> engine::account(const model &m, const quantization &q, const loaded_model &loaded,
                                         const machine &on, const workload &w) const {
    if (use_within == nullptr) return account_by(*this, m, q, loaded, on, w);
    const auto use = use_within(*this, m, q, on, w);
    if (!use) return use.error();
    return use->of.account(m, q, loaded, on, use->w);
}
constexpr result<budget> engine::least(const model &m, const quantization &q, const loaded_model &loaded,
                                       const machine &on, const workload &w) const {
    if (use_within == nullptr) return (least_by != nullptr ? least_by : account_by)(*this, m, q, loaded, on, w);
    const auto use = use_within(*this, m, q, on, w);
    if (!use) return use.error();
    return use->of.least(m, q, loaded, on, use->w);
}
constexpr result<model_buffers> engine::buffers(const model &m, const quantization &q, const loaded_model &loaded,
                                                const machine &on, const workload &w) const {
    if (use_within != nullptr) {
        const auto use = use_within(*this, m, q, on, w);
        if (!use) return use.error();
        return use->of.buffers(m, q, loaded, on, use->w);
    }
    if (buffers_by == nullptr)
        return detail::model_error(errc::unsupported, "engine", "prints no buffers", "its weights lie in one piece");
    return buffers_by(*this, m, q, loaded, on, w);
}

// The same engine as it was at a date, 20250831, as far as its rules are known: llama.cpp's from March 2025 on.
constexpr engine at_date(engine e, int date) {
    e.version = "of an earlier date";
    e.date = date;
    return e;
}

MEMBOUND_END_NAMESPACE

#endif

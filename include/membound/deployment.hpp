// For static_assert: a model, a quantization, a device and an engine as types, so that the compiler's message names them.
#ifndef MEMBOUND_DEPLOYMENT_HPP
#define MEMBOUND_DEPLOYMENT_HPP

#include <membound/solve.hpp>

MEMBOUND_BEGIN_NAMESPACE

// Each parameter is a type with a `value`: one of membound::models, quantizations, devices and engines, or a user's own. The
// device may also be a machine. It does not compile if the engine refuses the deployment.
template <class Model, class Quantization, class Device, class Engine>
struct deployment {
    static constexpr workload use(tokens context, int sequences = 1) {
        workload w = Engine::value.defaults;
        w.context = context;
        w.sequences = sequences;
        return w;
    }
    static constexpr membound::budget budget(const workload &w) {
        return budget_of(Model::value, Quantization::value, machine_of(Device::value), Engine::value, w).value();
    }
    static constexpr membound::budget budget(tokens context) { return budget(use(context)); }

    static constexpr bool fits(const workload &w) { return budget(w).fits(); }
    static constexpr bool fits(tokens context) { return fits(use(context)); }

    static constexpr tokens max_context(const workload &w) {
        return membound::max_context(Model::value, Quantization::value, machine_of(Device::value), Engine::value, w).value();
    }
    static constexpr tokens max_context() { return max_context(use(tokens(0))); }
};

namespace detail {

// The first device on which it does not fit, or the first of all if it fits.
constexpr const device_budget &binding_device(const budget &b) {
    for (int i = 0; i < b.count; ++i)
        if (!b.devices[i].fits()) return b.devices[i];
    return b.devices[0];
}

// Every compiler prints template arguments, so names and numbers are template arguments.
template <std::int64_t Tokens>
struct context_tokens;
template <std::int64_t Bytes>
struct needed_bytes;
template <std::int64_t Bytes>
struct usable_bytes;

template <bool Fits, class Deployment, class Context, class Needed, class Usable>
struct fits_in {
    static_assert(Fits, "membound: the deployment does not fit: needed_bytes is more than the device's usable_bytes");
    static constexpr bool value = Fits;
};

template <class Deployment, std::int64_t Context>
struct checked_budget {
    static constexpr membound::budget value = Deployment::budget(tokens(Context));
    using needed = needed_bytes<binding_device(value).total().upper.count()>;
    using usable = usable_bytes<binding_device(value).usable_capacity.count()>;
};

} // namespace detail

// `static_assert(assert_fits<Deployment, 32768>::value, "")`. If that context does not fit, the compiler's message names the
// model, the quantization, the device and the engine, and has the bytes that are needed and those that are usable.
template <class Deployment, std::int64_t Context, class Checked = detail::checked_budget<Deployment, Context>>
struct assert_fits : detail::fits_in<Checked::value.fits(), Deployment, detail::context_tokens<Context>,
                                     typename Checked::needed, typename Checked::usable> {};

MEMBOUND_END_NAMESPACE

#endif

// How much memory a deployment takes: for each device and each term, with how well the figure is known and what is left.
#ifndef MEMBOUND_BUDGET_HPP
#define MEMBOUND_BUDGET_HPP

#include <membound/placement.hpp>

MEMBOUND_BEGIN_NAMESPACE

// How well a figure is known.
enum class knowledge : std::uint8_t {
    exact,    // derived, and checked byte for byte against the engine
    modelled, // derived, within bounds that were measured
    assumed,  // a rule of thumb, with a source
};

// A number of bytes that lies between two bounds.
struct amount {
    bytes lower;
    bytes expected;
    bytes upper;
    knowledge known = knowledge::exact;
};

constexpr amount exactly(bytes b) { return {b, b, b, knowledge::exact}; }

constexpr amount &operator+=(amount &sum, const amount &a) {
    sum.lower += a.lower;
    sum.expected += a.expected;
    sum.upper += a.upper;
    if (sum.known < a.known) sum.known = a.known;
    return sum;
}

// What one device, or the host, holds.
struct device_budget {
    fixed_text<63> name;
    bytes capacity;        // 0: unlimited
    bytes usable_capacity; // 0: unlimited
    amount weights;
    amount adapters; // low-rank adapters and control vectors
    amount kv_cache;
    amount recurrent_state;
    amount compute;  // activations and other buffers that the engine needs to compute a batch
    amount projector; // the part that reads images: its weights and its buffers
    amount prompts;  // states of earlier prompts, which a server keeps so as to go on from them
    amount output;   // logits and embeddings for the caller
    amount overhead; // what the driver and its libraries take
    bytes beside;    // where GPU and CPU share memory: what the host holds of it, which total() does not count

    constexpr amount total() const;
    // What is left above the upper bound of the total: negative where it does not fit, an overflow (which is larger than
    // every number) where the device is unlimited.
    constexpr bytes headroom() const {
        const bytes upper = total().upper;
        if (upper.overflowed()) return bytes(-detail::overflow_count);
        if (usable_capacity.count() == 0) return bytes::overflow();
        return detail::min(usable_capacity - upper, capacity - upper - beside);
    }
    // Whether even the upper bound fits.
    constexpr bool fits() const { return headroom().count() >= 0; }
};

// Every term of a device's budget, with a name to print.
struct budget_term {
    const char *name;
    amount device_budget::*of;
};
inline constexpr budget_term budget_terms[] = {
    {"weights", &device_budget::weights},
    {"KV cache", &device_budget::kv_cache},
    {"recurrent state", &device_budget::recurrent_state},
    {"compute", &device_budget::compute},
    {"output", &device_budget::output},
    {"overhead", &device_budget::overhead},
    {"adapters", &device_budget::adapters},
    {"prompts", &device_budget::prompts},
    {"projector", &device_budget::projector},
};

constexpr amount device_budget::total() const {
    amount sum;
    for (const budget_term &t : budget_terms) sum += this->*t.of;
    return sum;
}

// A whole deployment: the devices in the machine's order, and the host last.
struct budget {
    device_budget devices[max_devices + 1] = {};
    int count = 0;
    tokens context;              // as the engine sets it, for all sequences together
    tokens context_per_sequence;
    int sequences = 1;

    constexpr const device_budget &host() const { return devices[count - 1]; }
    constexpr amount total() const {
        amount sum;
        for (int i = 0; i < count; ++i) sum += devices[i].total();
        return sum;
    }

    constexpr bool fits() const {
        for (int i = 0; i < count; ++i)
            if (!devices[i].fits()) return false;
        return count > 0;
    }
};

// The device with the least left, and its largest term: what has to shrink first for more to fit.
struct binding_term {
    int device = 0;
    const char *name = "";
    amount of;
};

constexpr binding_term binding_term_of(const budget &b) {
    binding_term found;
    for (int i = 1; i < b.count; ++i)
        if (b.devices[i].headroom() < b.devices[found.device].headroom()) found.device = i;
    for (const budget_term &t : budget_terms) {
        const amount &of = b.devices[found.device].*t.of;
        if (of.upper > found.of.upper || found.name[0] == '\0') found.name = t.name, found.of = of;
    }
    return found;
}

// Two models in one process on one machine, such as a model and the smaller one that drafts for it (speculative decoding).
// The overhead is counted once. Context and sequences are those of the first.
constexpr budget side_by_side(budget sum, const budget &other) {
    for (int i = 0; i < sum.count && i < other.count; ++i)
        for (const budget_term &t : budget_terms)
            if (t.of != &device_budget::overhead) sum.devices[i].*t.of += other.devices[i].*t.of;
    for (int i = 0; i + 1 < sum.count; ++i)
        if (sum.devices[i].beside.count() > 0) sum.devices[i].beside = sum.host().total().upper;
    return sum;
}

namespace detail {

// A machine that holds nothing yet.
constexpr budget empty_budget(const machine &on) {
    budget b;
    b.count = on.device_count + 1;
    for (int i = 0; i < b.count; ++i) {
        const device &at = device_at(on, i);
        device_budget empty; // a whole value: g++ 12 takes no constant from members that were left as they were born
        empty.name = i < on.device_count ? at.name : fixed_text<63>("host");
        empty.capacity = at.capacity;
        empty.usable_capacity = at.usable_capacity();
        b.devices[i] = empty;
    }
    return b;
}

// `held`, which takes at most `most` bytes; an error where those are too many to count.
template <class Held>
constexpr result<Held> counted(const Held &held, bytes most, const char *where) {
    if (most.overflowed()) return model_error(errc::overflow, where, "is too large", "its bytes do not fit in 63 bits");
    return held;
}

// The budget once every term is in it: what the host holds is put beside each device that shares its memory.
constexpr result<budget> completed(budget &b, const machine &on) {
    for (int i = 0; i < on.device_count; ++i)
        if (on.devices[i].unified_memory) b.devices[i].beside = b.host().total().upper;
    return counted(b, b.total().upper, "budget");
}

} // namespace detail

MEMBOUND_END_NAMESPACE

#endif

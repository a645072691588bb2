// What a deployment takes: per device and per term, how each figure is known, and what is left.
#ifndef MEMBOUND_BUDGET_HPP
#define MEMBOUND_BUDGET_HPP

#include <membound/placement.hpp>

MEMBOUND_BEGIN_NAMESPACE

// How a figure is known: derived and checked byte for byte against the engine; modelled, within a measured band; or
// assumed, a rule of thumb with its source.
enum class knowledge : std::uint8_t { exact, modelled, assumed };

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

// What one device holds.
struct device_budget {
    fixed_text<63> name;
    bytes capacity;        // 0: unlimited
    bytes usable_capacity; // 0: unlimited
    amount weights;
    amount adapters; // low-rank adapters and control vectors
    amount kv_cache;
    amount recurrent_state;
    amount compute;  // activations and the engine's other buffers of a pass
    amount projector; // weights and passes of what reads images
    amount prompts;  // states of prompts that a server keeps to go on from
    amount output;   // logits and embeddings for the caller
    amount overhead; // what the driver and the libraries take
    bytes beside;    // what lies in the same memory and is counted elsewhere: the host's part, where GPU and CPU share it

    constexpr amount total() const {
        amount sum = weights;
        sum += adapters;
        sum += kv_cache;
        sum += recurrent_state;
        sum += compute;
        sum += projector;
        sum += prompts;
        sum += output;
        sum += overhead;
        return sum;
    }
    // What is left above the upper total; negative where it does not fit, an overflow where the device is unlimited.
    constexpr bytes headroom() const {
        const bytes upper = total().upper;
        if (upper.overflowed()) return bytes(-detail::overflow_count);
        if (usable_capacity.count() == 0) return bytes::overflow();
        return detail::min(usable_capacity - upper, capacity - upper - beside);
    }
    // A promise: the upper total fits.
    constexpr bool fits() const { return headroom().count() >= 0; }
};

// A whole deployment: each device in the machine's order, the host last.
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

// The device with least left, and the largest of its terms: what a larger deployment would have to give way to.
struct binding_term {
    int device = 0;
    const char *name = "";
    amount of;
};

constexpr binding_term binding_term_of(const budget &b) {
    binding_term found;
    for (int i = 1; i < b.count; ++i)
        if (b.devices[i].headroom() < b.devices[found.device].headroom()) found.device = i;
    const device_budget &d = b.devices[found.device];
    const binding_term terms[] = {{found.device, "weights", d.weights},
                                  {found.device, "KV cache", d.kv_cache},
                                  {found.device, "recurrent state", d.recurrent_state},
                                  {found.device, "compute", d.compute},
                                  {found.device, "output", d.output},
                                  {found.device, "overhead", d.overhead},
                                  {found.device, "adapters", d.adapters}};
    for (const binding_term &t : terms)
        if (t.of.upper > found.of.upper || found.name[0] == '\0') found = t;
    return found;
}

// Two models in one process on one machine, as a model and the smaller one that drafts for it (speculative decoding). What
// the driver and the libraries take, they take once. Context and sequences are those of the first.
constexpr budget side_by_side(budget sum, const budget &other) {
    for (int i = 0; i < sum.count && i < other.count; ++i) {
        device_budget &a = sum.devices[i];
        const device_budget &b = other.devices[i];
        a.weights += b.weights;
        a.adapters += b.adapters;
        a.kv_cache += b.kv_cache;
        a.recurrent_state += b.recurrent_state;
        a.compute += b.compute;
        a.projector += b.projector;
        a.prompts += b.prompts;
        a.output += b.output;
    }
    for (int i = 0; i + 1 < sum.count; ++i)
        if (sum.devices[i].beside.count() > 0) sum.devices[i].beside = sum.host().total().upper;
    return sum;
}

MEMBOUND_END_NAMESPACE

#endif

// What is asked of an engine, what its rules must answer, and on which machine.
#ifndef MEMBOUND_ENGINE_HPP
#define MEMBOUND_ENGINE_HPP

#include <membound/device.hpp>
#include <membound/formats/ggml.hpp>
#include <membound/model.hpp>
#include <membound/quantization.hpp>

MEMBOUND_BEGIN_NAMESPACE

inline constexpr int max_devices = 16; // as in ggml (GGML_CUDA_MAX_DEVICES)

struct machine {
    device devices[max_devices] = {};
    int device_count = 0; // 0: everything lies on the host
    // The host: a capacity of 0 is unlimited, as llama.cpp's own fitting assumes it.
    device host;
};

constexpr machine machine_of(const device &d) {
    machine m;
    m.devices[0] = d;
    m.device_count = 1;
    return m;
}

// What lies where. Layers are counted as llama.cpp does: the output layer is one more than the model's own.
struct placement {
    int gpu_layers = -1;      // from the end of the model; negative: all
    int cpu_moe_layers = 0;   // leading layers whose experts stay on the host
    bool kv_on_device = true; // the cache lies where its layer does
    double tensor_split[max_devices] = {}; // shares of the layers; all 0: by free memory
};

enum class flash_attention : std::uint8_t { automatic, on, off };

// One use of a model. A 0 asks for the engine's own default.
struct workload {
    tokens context;     // for all sequences together; 0: what the model was trained for
    int sequences = 1;  // that are decoded together
    int batch = 2048;   // tokens that are submitted together
    int ubatch = 512;   // tokens that are computed together
    int outputs = 0;    // rows of logits that a batch may ask for; 0: as many as `batch`
    format type_k = formats::f16::value;
    format type_v = formats::f16::value;
    flash_attention flash = flash_attention::automatic;
    bool unified_cache = false; // one cache shared by all sequences, not one for each
    bool full_swa_cache = false; // sliding-window layers keep every token
    bool embeddings = false;    // the final hidden state is an output as well
    bool offload_operations = true; // large batches are computed on the device also where the weights are on the host
    bool mapped = false;        // the file is mapped into memory, not read
    placement placed;
};

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

constexpr amount operator+(const amount &a, const amount &b) {
    return {a.lower + b.lower, a.expected + b.expected, a.upper + b.upper, a.known < b.known ? b.known : a.known};
}

// What one device holds.
struct device_budget {
    fixed_text<63> name;
    bytes capacity;        // 0: unlimited
    bytes usable_capacity; // 0: unlimited
    amount weights;
    amount kv_cache;
    amount recurrent_state;
    amount compute;  // activations and the engine's other buffers of a pass
    amount output;   // logits and embeddings for the caller
    amount overhead; // what the driver and the libraries take

    constexpr amount total() const { return weights + kv_cache + recurrent_state + compute + output + overhead; }
    // A promise: the upper total fits.
    constexpr bool fits() const {
        const bytes upper = total().upper;
        return !upper.overflowed() && (usable_capacity.count() == 0 || upper <= usable_capacity);
    }
    // What is left above the upper total; negative where it does not fit, an overflow where the device is unlimited.
    constexpr bytes headroom() const {
        return usable_capacity.count() == 0 ? bytes::overflow() : usable_capacity - total().upper;
    }
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
        for (int i = 0; i < count; ++i) sum = sum + devices[i].total();
        return sum;
    }
    constexpr bool fits() const {
        for (int i = 0; i < count; ++i)
            if (!devices[i].fits()) return false;
        return count > 0;
    }
};

// The rules of one engine at one time. Adding an engine is adding one value of this kind.
struct engine {
    const char *name = "";
    const char *version = "";  // release and date of the source that the rules were read in
    std::int64_t context_step = 1; // the context is a multiple of this many tokens for each sequence
    workload defaults;
    result<budget> (*account)(const model &, const quantization &, const machine &, const workload &) = nullptr;
};

MEMBOUND_END_NAMESPACE

#endif

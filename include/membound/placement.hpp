// Which layers, experts and caches lie on which device of a machine.
// Source: llama.cpp v0.5.0, src/llama-model.cpp (load_tensors: split points, layer devices), src/llama-model-loader.cpp
// (create_tensor: overrides), common/common.h (--n-cpu-moe).
#ifndef MEMBOUND_PLACEMENT_HPP
#define MEMBOUND_PLACEMENT_HPP

#include <membound/device.hpp>
#include <membound/model.hpp>
#include <membound/name_pattern.hpp>
#include <membound/tensor_text.hpp>

MEMBOUND_BEGIN_NAMESPACE

inline constexpr int max_devices = 16; // as in ggml (GGML_CUDA_MAX_DEVICES)

// Some devices and the host, which is the processor and its memory.
struct machine {
    device devices[max_devices] = {};
    int device_count = 0; // 0: everything lies on the host
    device host; // without a capacity its memory is unlimited, as llama.cpp assumes when it fits a model
};

namespace detail {
// A device of the machine by its number; the host has the number after the last.
constexpr const device &device_at(const machine &on, int i) { return i < on.device_count ? on.devices[i] : on.host; }
} // namespace detail

// A machine with these devices in this order. A processor among them is its host.
constexpr machine machine_of(const device &d) {
    machine m;
    if (d.api == backend::cpu) {
        m.host = d;
    } else {
        m.devices[0] = d;
        m.device_count = 1;
    }
    return m;
}
template <class... More>
constexpr machine machine_of(const device &first, const device &second, const More &...more) {
    static_assert(sizeof...(More) + 2 <= max_devices, "membound: a machine has up to 16 devices");
    machine m;
    const device *all[] = {&first, &second, &more...};
    for (const device *d : all) {
        if (d->api == backend::cpu)
            m.host = *d;
        else
            m.devices[m.device_count++] = *d;
    }
    return m;
}
// So that a machine may be given wherever a device may.
constexpr const machine &machine_of(const machine &m) { return m; }

// Tensors that lie elsewhere than their layer (--override-tensor).
struct tensor_override {
    name_pattern names;
    int device = -1; // its number; negative: the host
};

// What a person asks for.
struct placement {
    // Layers that go to devices, from the end of the model on; negative: all. They are counted as llama.cpp does: the model's
    // own, those that predict further tokens, and the output layer, which is the last.
    int gpu_layers = -1;
    int cpu_moe_layers = 0;   // so many layers, from the first on, keep their experts on the host (--n-cpu-moe)
    bool kv_on_device = true; // a layer's cache lies on the layer's device; false: on the host
    double tensor_split[max_devices] = {}; // each device's share of the layers; all 0: in proportion to its memory
    const tensor_override *overrides = nullptr; // the first one that names a tensor says where it lies; not owned
    int override_count = 0;

    // Servers on several GPUs divide a model so: each replica has tensor_parallel times pipeline_parallel devices.
    int tensor_parallel = 1;   // devices that share each matrix
    int pipeline_parallel = 1; // stages, each of which has some of the layers
    int data_parallel = 1;     // replicas, each of which has some of the requests
    bool expert_parallel = false; // each device of a stage has some of the experts whole, not a part of every expert
};

// Where everything lies. Devices are told by their number in the machine; the host has the number after the last.
struct layout {
    int host = 0;
    int layer_count = 0;
    int output_layer = 0; // the number of the output layer
    int embedding_norm_layer = 0; // the layer with which token_embd_norm lies: the first, or the output layer (LFM2)
    int cpu_moe_layers = 0;
    const tensor_override *overrides = nullptr;
    int override_count = 0;
    bool kv_on_device = true;
    bool all_offloaded = false; // every layer is on a device, the output layer too
    bool layer_embeddings_at_output = false; // of a token, for each layer; else with the first layer
    std::int8_t target_cache_devices[2] = {}; // where a draft finds its target's caches: with a sliding window, and without
    std::int8_t layer_device[max_layers + 1] = {}; // the output layer's too
    std::int16_t first_like[max_layers] = {}; // the first layer with the same shape that lies in the same place

    // How many layers a device has a part in: the host has one in every layer.
    constexpr int layers_on(int device) const {
        int count = 0;
        for (int i = 0; i < layer_count; ++i) count += device == host || layer_device[i] == device ? 1 : 0;
        return count;
    }
    // Whether some weights may lie elsewhere than their layer.
    constexpr bool has_overrides() const { return cpu_moe_layers > 0 || override_count > 0; }
    // Whether some of them may lie on another device, and not on the host.
    constexpr bool moves_between_devices() const {
        for (int i = 0; i < override_count; ++i)
            if (overrides[i].device >= 0) return true;
        return false;
    }
    constexpr int device_of_layer(int i) const { return layer_device[i]; }
    constexpr bool alike(int i, int j) const { return first_like[i] == first_like[j]; }
    constexpr int device_of_output() const { return layer_device[output_layer]; }
    constexpr int device_of_cache(int i) const { return kv_on_device ? layer_device[i] : host; }
};

// Tensors of which each token reads a row stay on the host.
constexpr bool is_input(tensor_name name) {
    return name == tensor_name::token_embd || name == tensor_name::per_layer_token_embd ||
           name == tensor_name::position_embd || name == tensor_name::token_types || name == tensor_name::hrm_z_l_init ||
           name == tensor_name::d2t; // no device reads rows of I64
}
constexpr bool is_routed_expert(tensor_name name) {
    return name >= tensor_name::ffn_gate_up_exps && name <= tensor_name::ffn_down_chexps;
}

// One tensor in the file, of which each device with layers has a copy.
constexpr bool is_of_every_layer(tensor_name name) {
    return name == tensor_name::rope_freqs || name == tensor_name::rope_factors_long ||
           name == tensor_name::rope_factors_short;
}

namespace detail {
MEMBOUND_NOINLINE constexpr int find_override(const layout &at, const tensor &t, int device) {
    const auto name = text_of(t);
    for (int i = 0; i < at.override_count; ++i) {
        const tensor_override &o = at.overrides[i];
        if (o.names.is_found_in(name.c_str())) return o.device < 0 ? at.host : o.device;
    }
    return device;
}
constexpr int usual_device_of(const layout &at, const tensor &t) {
    const bool of_layers = t.name >= tensor_name::per_layer_token_embd && t.name <= tensor_name::per_layer_proj_norm;
    if (at.layer_embeddings_at_output && of_layers) return at.device_of_output();
    if (is_input(t.name)) return at.host;
    if (t.name == tensor_name::token_embd_norm) return at.device_of_layer(at.embedding_norm_layer);
    if (t.name >= tensor_name::per_layer_model_proj && t.name <= tensor_name::nextn_proj_pre) return at.device_of_layer(0);
    if (t.layer < 0 || t.layer >= at.output_layer) return at.device_of_output();
    if (t.layer < at.cpu_moe_layers && is_routed_expert(t.name)) return at.host;
    return at.device_of_layer(t.layer);
}
} // namespace detail

// Where a tensor lies that would be on `device` if no override named it.
constexpr int overridden(const layout &at, const tensor &t, int device) {
    return at.override_count == 0 ? device : detail::find_override(at, t, device);
}
constexpr int device_of(const layout &at, const tensor &t) { return overridden(at, t, detail::usual_device_of(at, t)); }

// device_of(), with a memory: to look for patterns in names takes a while, and layers that are alike have the same answer.
class tensor_places {
public:
    constexpr explicit tensor_places(const layout &at) : at_(at) {}

    constexpr int operator()(const tensor &t) {
        if (at_.override_count == 0) return device_of(at_, t);
        const int kind = 1 + (t.layer >= 0 && t.layer < at_.layer_count ? at_.first_like[t.layer] : max_layers + 1 + t.layer);
        place &p = places_[(static_cast<unsigned>(t.name) * 5 + static_cast<unsigned>(t.part)) % place_count];
        if (p.kind != kind || p.name != t.name || p.part != t.part)
            p = {static_cast<std::int16_t>(kind), static_cast<std::int8_t>(device_of(at_, t)), t.part, t.name};
        return p.device;
    }

private:
    static constexpr unsigned place_count = 64;
    struct place {
        std::int16_t kind = 0; // none yet
        std::int8_t device = 0;
        tensor_part part = {};
        tensor_name name = {};
    };
    const layout &at_;
    place places_[place_count] = {};
};

// Where the cache lies that layer `i` reads: its own, or its target's if the model is a draft that reads those.
constexpr int device_of_read_cache(const layout &at, const model &m, int i) {
    if (!m.reads_target_caches()) return at.device_of_cache(i);
    return at.target_cache_devices[m.layers[i].kind == layer_kind::sliding_attention ? 0 : 1];
}

namespace detail {

// Whether overrides move the same tensors of two layers. Their names differ only in how they begin, in "blk.7."; so they do
// if each pattern has read equally much after either beginning.
constexpr bool overridden_alike(const model &m, const layout &at, int i, int j) {
    if (at.override_count == 0) return true;
    const bool named_otherwise = (m.family != nullptr && m.family->stacks != layer_stacks::one) || m.sound.channels > 0;
    if (named_otherwise || m.repeats_blocks()) return false;
    const auto name_of_layer = [](int layer) {
        text_builder<15> name;
        name << "blk." << static_cast<std::int64_t>(layer) << '.';
        return name.text;
    };
    for (int k = 0; k < at.override_count; ++k) {
        const name_pattern &names = at.overrides[k].names;
        if (!(names.read(name_of_layer(i).c_str()) == names.read(name_of_layer(j).c_str()))) return false;
    }
    return true;
}

constexpr void find_alike(const model &m, layout &at) {
    const auto alike = [&](int i, int j) {
        return at.layer_device[i] == at.layer_device[j] && (i < at.cpu_moe_layers) == (j < at.cpu_moe_layers) &&
               same_shape(m.layers[i], m.layers[j]) && overridden_alike(m, at, i, j);
    };
    std::int16_t firsts[max_layers] = {};
    int count = 0;
    int last = 0; // of them, the one that the layer before is like
    for (int i = 0; i < at.output_layer; ++i) {
        if (count == 0 || !alike(firsts[last], i)) {
            last = 0;
            while (last < count && !alike(firsts[last], i)) ++last;
            if (last == count) firsts[count++] = static_cast<std::int16_t>(i);
        }
        at.first_like[i] = firsts[last];
    }
}

} // namespace detail

// Which layer goes to a device first, if not all do: the output layer, or the one before it.
enum class offload_order : std::uint8_t { output_first, output_last };

// `m` has at most max_layers layers, `on` at most max_devices devices.
constexpr layout lay_out(const model &m, const machine &on, const placement &asked,
                         offload_order order = offload_order::output_first) {
    layout at;
    at.host = on.device_count;
    at.layer_count = m.layer_count();
    at.cpu_moe_layers = asked.cpu_moe_layers;
    at.overrides = asked.overrides;
    at.override_count = asked.override_count;
    at.kv_on_device = asked.kv_on_device;

    at.output_layer = m.layer_count() + static_cast<int>(m.num_nextn_predict_layers);
    if (m.family != nullptr && m.family->final_norm == tensor_name::token_embd_norm)
        at.embedding_norm_layer = at.output_layer;
    const int all = at.output_layer + 1;
    const int wanted = on.device_count == 0 ? 0 : asked.gpu_layers < 0 ? all : asked.gpu_layers;
    const int offloaded = detail::min(wanted, all);
    at.all_offloaded = offloaded == all;
    const bool output_too = offloaded > 0 && (at.all_offloaded || order == offload_order::output_first);
    const int first = output_too ? all - offloaded : at.output_layer - offloaded;

    bool given = false;
    for (int d = 0; d < on.device_count; ++d) given = given || asked.tensor_split[d] != 0;
    float ends[max_devices] = {};
    float sum = 0;
    for (int d = 0; d < on.device_count; ++d) {
        sum += given ? static_cast<float>(asked.tensor_split[d])
                     : static_cast<float>(on.devices[d].usable_capacity().count());
        ends[d] = sum;
    }
    for (int i = 0; i < all; ++i) {
        int d = on.device_count;
        if (i >= first && (i < at.output_layer || output_too)) {
            const float share = static_cast<float>(i - first) / static_cast<float>(offloaded);
            d = 0;
            while (d + 1 < on.device_count && sum > 0 && !(share < ends[d] / sum)) ++d;
        }
        at.layer_device[i] = static_cast<std::int8_t>(d);
    }
    detail::find_alike(m, at);
    return at;
}

MEMBOUND_END_NAMESPACE

#endif

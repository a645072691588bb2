// What Ollama itself reckoned before it loaded a model, and where it therefore put the layers.
// Source: Ollama, llm/memory.go (estimateGPULayers, until v0.12.10), llm/server.go (buildLayout, until v0.24),
// fs/ggml/ggml.go (GraphSize), as of v0.3.14, v0.11.10, v0.13.5 and v0.22.1.
#ifndef MEMBOUND_ENGINES_OLLAMA_PLAN_HPP
#define MEMBOUND_ENGINES_OLLAMA_PLAN_HPP

#include <membound/engine.hpp>

MEMBOUND_BEGIN_NAMESPACE

// Bytes are Ollama's figures, not those of the buffers that the runner then allocates.
struct ollama_plan {
    int layers = 0;                // on all devices together, the output layer counted
    int layers_on[max_devices] = {};
    bytes kv;                      // of all layers
    bytes repeating;               // weights of the layers
    bytes nonrepeating;            // weights of the output layer
    bytes graph_full;              // where all layers are on devices
    bytes graph_partial;
    bytes weights_on[max_devices]; // of the layers that it puts there
    bytes kv_on[max_devices];
    bytes graph_on[max_devices];
    bytes on[max_devices];         // required on each device
    bytes required_partial;        // on all devices
    bytes required_full;           // and for the layers that are left on the host
};

namespace detail {

// How Ollama planned, by the date of its release.
struct ollama_planner {
    bool lays_out = true;      // fills devices from the last layer on and evenly (f560bd077, 2025-11-05)
    bool backwards = true;     // before that, takes layers from the last on (0478d440f, 2025-05-13)
    bool knows_states = true;  // layers without attention keep a state (7b91c9ce5, 2025-09-08)
    bool forgets_metal = false; // leaves nothing to Metal's driver (bc8909fb3, 2025-10-01, to 3258a89b6, 2025-10-23)
};
constexpr ollama_planner ollama_planner_at(int date) {
    return {date >= 20251105, date >= 20250513, date >= 20250908, date >= 20251001 && date < 20251023};
}

// Memory that it leaves to the driver (ml/device.go, MinimumMemory).
constexpr bytes ollama_minimum(const ollama_planner &rules, const device &d) {
    if (d.api == backend::cpu) return 0_B;
    if (d.api != backend::metal) return 457_MiB;
    return rules.forgets_metal ? 0_B : 512_MiB;
}

// A model in the terms of GraphSize.
struct ollama_sizes {
    std::int64_t context = 0; // of all sequences together
    std::int64_t batch = 0;
    std::int64_t embedding = 0;
    std::int64_t heads = 0;
    std::int64_t heads_kv = 0;
    std::int64_t vocab = 0;
    std::int64_t head_k = 0;

    constexpr std::int64_t scores() const { return multiply(context, 1 + heads); }
    constexpr std::int64_t head() const { return heads > 0 ? embedding / heads : 0; }
    constexpr std::int64_t keys() const { return multiply(head(), heads_kv); }
};

struct ollama_graph {
    std::int64_t partial = 0;
    std::int64_t full = 0;
};

// GraphSize by architecture; zeros where it has no formula. 105/128 of an element is a byte of Q6_K, 9/16 one of Q4_0.
constexpr ollama_graph ollama_graph_of(const model &m, const ollama_sizes &s, bytes experts_gate) {
    const auto is = [&](const char *name) { return same_text(m.family->name, name); };
    const auto times = [](std::int64_t a, std::int64_t b) { return multiply(a, b); };
    const std::int64_t row = times(4, s.batch); // a float of each token
    const std::int64_t e = s.embedding;
    const std::int64_t output = times(times(e, s.vocab), 105) / 128;
    const std::int64_t logits = times(row, add(e, s.vocab));
    ollama_graph g;
    if (is("llama") || is("llama4")) {
        g.full = max(times(row, add(1 + 4 * e, s.scores())), logits);
        const std::int64_t attention = add(times(row, 1 + e + max(s.context, e)), times(e, e) * 9 / 16);
        const std::int64_t cache = times(times(4, s.context), times(s.batch, s.heads) + s.keys());
        g.partial = times(row, e) + max(add(attention, cache), logits + output);
        if (experts_gate.count() > 0)
            g.partial = max(3 * experts_gate.count() +
                                times(row, 2 * m.intermediate_size + s.heads_kv + e + s.context + s.keys()),
                            4 * (times(times(s.context, s.batch), s.heads) + times(s.context, s.keys()) +
                                 s.batch * 1024 + times(s.keys(), s.batch)));
    } else if (is("gemma") || is("gemma2")) {
        const std::int64_t queries = 2 * times(s.head_k, s.heads);
        g.full = max(logits, times(row, 2 + s.scores() + 2 * e + queries));
        g.partial = max(logits + output, times(row, 2 * e + 1 + queries + s.scores()) + times(32 * s.head_k, s.context) +
                                             times(e, times(s.head_k, s.heads)) * 9 / 16);
    } else if (is("command-r")) {
        g.full = max(logits, times(row, 2 + 4 * e + s.scores()));
        g.partial = max(logits + output, times(row, 1 + 2 * e + s.scores()) + times(4 * e, s.context) + times(e, e) * 9 / 16);
    } else if (is("qwen2")) {
        g.full = max(logits, times(row, 1 + 2 * e + s.scores()));
        g.partial = max(logits + output, times(row, 1 + 2 * e + s.scores()) + times(4 * e, 1 + s.context));
    } else if (is("phi2")) {
        g.full = max(logits, times(row, 1 + 4 * e + s.scores()));
        g.partial = max(times(row, 2 * e + s.vocab) + output, times(row, 2 + 3 * e + s.scores()));
    } else if (is("stablelm")) {
        g.full = times(row, s.scores() + 3 * e + 2);
        g.partial = max(times(row, s.vocab + 2 * e), g.full);
    } else if (is("chatglm")) {
        g.full = logits;
        g.partial = logits + output;
        if (m.attention_bias) {
            const std::int64_t queries = times(s.head_k, s.heads);
            const std::int64_t fused = queries + 2 * times(s.head_k, s.heads_kv);
            g.full = max(g.full, times(row, 2 + 2 * e + s.scores() + queries + fused));
            g.partial = max(g.partial, times(row, 1 + 2 * e + queries + s.scores()) + 8 * times(s.head_k, s.context) + 4 * fused);
        }
    }
    return g;
}

// What each layer takes: its weights and its cache; the output layer is the one after the last.
struct ollama_layers {
    bytes weights[max_layers + 1] = {};
    bytes kv[max_layers + 1] = {};
    int count = 0; // without the output layer

    constexpr bytes size(int i) const { return weights[i] + kv[i]; }
};

// As it was until November 2025: from layer to layer round the devices that have room.
constexpr void ollama_estimate(ollama_plan &p, const ollama_layers &l, const machine &on, int requested,
                               const ollama_planner &rules) {
    // Without devices it places the layers on the processor in the same way, and counts none of them.
    if (on.device_count == 0) {
        ollama_plan there = p;
        machine host;
        host.devices[0] = on.host;
        host.device_count = 1;
        ollama_estimate(there, l, host, -1, rules);
        p.required_full = there.required_full;
        return;
    }
    const bytes graph = max(p.graph_full, p.graph_partial);
    int with_room[max_devices] = {};
    int room_count = 0;
    const auto fits = [&](int d, bytes more) {
        const bytes capacity = on.devices[d].usable_capacity();
        return capacity.count() == 0 || capacity > p.on[d] + graph + more;
    };
    for (int d = 0; d < on.device_count; ++d) {
        const bytes least = ollama_minimum(rules, on.devices[d]) + l.size(0);
        if (!fits(d, least + l.size(0) - 1_B)) continue;
        with_room[room_count++] = d;
        p.on[d] = least; // a layer's worth to spare
    }
    const auto leave = [&](int at) {
        for (--room_count; at < room_count; ++at) with_room[at] = with_room[at + 1];
    };

    bytes overflow;
    for (int n = 0; n < l.count; ++n) {
        const int i = rules.backwards ? l.count - 1 - n : n;
        bool placed = false;
        while (room_count > 0 && (requested < 0 || p.layers < requested)) {
            const int at = i % room_count;
            const int d = with_room[at];
            if (!fits(d, l.size(i))) {
                leave(at);
                continue;
            }
            p.on[d] += l.size(i);
            p.weights_on[d] += l.weights[i];
            p.kv_on[d] += l.kv[i];
            ++p.layers_on[d];
            ++p.layers;
            placed = true;
            break;
        }
        if (!placed) overflow += rules.backwards ? l.size(i) : l.size(l.count - 1);
    }
    bool full = p.layers >= l.count;
    if (p.nonrepeating.count() > 0) {
        bool placed = false;
        for (int left = room_count; left > 0 && !placed && (requested < 0 || p.layers < requested); --left) {
            const int d = with_room[p.layers % left];
            if (!fits(d, p.nonrepeating)) continue;
            p.on[d] += p.nonrepeating;
            p.weights_on[d] += p.nonrepeating;
            ++p.layers_on[d];
            ++p.layers;
            placed = true;
        }
        if (p.layers <= l.count) {
            full = false;
            if (rules.backwards || requested < 0 || p.layers < requested) overflow += p.nonrepeating;
        }
    }
    for (int d = 0; d < on.device_count; ++d) {
        if (p.layers_on[d] > 0) p.graph_on[d] = full ? p.graph_full : p.graph_partial;
        p.on[d] += p.graph_on[d];
        p.required_partial += p.on[d];
    }
    p.required_full = p.required_partial + overflow;
}

// Layers that devices take one after the other, the last ones to the last device, where each gives this share of its room.
struct ollama_fill {
    int on[max_devices] = {};
    int sum = 0;
};
constexpr ollama_fill ollama_filled(const ollama_layers &l, int last, const bytes *room, const int *devices, int device_count,
                                    float share, int requested) {
    ollama_fill f;
    const auto of = [&](int at) {
        return static_cast<std::int64_t>(static_cast<float>(room[devices[at]].count()) * share);
    };
    int at = device_count - 1;
    std::int64_t left = of(at);
    for (int i = last; i >= 0 && (requested < 0 || last - i < requested); --i) {
        while (l.size(i).count() > left) {
            if (at == 0) return f;
            left = of(--at);
        }
        left -= l.size(i).count();
        ++f.on[devices[at]];
        ++f.sum;
    }
    return f;
}

// The same number of layers with the smallest share: the devices are filled evenly (findBestFit).
constexpr ollama_fill ollama_evenly(const ollama_layers &l, int last, const bytes *room, const int *devices, int device_count,
                                    int requested, bool forced) {
    float high = requested >= 0 && forced ? 1000.0f : 1.0f;
    float low = 0;
    ollama_fill best = ollama_filled(l, last, room, devices, device_count, high, requested);
    while (high - low > 1e-6f) {
        const float middle = (low + high) / 2;
        if (middle == low || middle == high) break;
        const ollama_fill f = ollama_filled(l, last, room, devices, device_count, middle, requested);
        if (f.sum == best.sum)
            high = middle, best = f;
        else
            low = middle;
    }
    return best;
}

// As it was from November 2025 on: as few devices as possible, those with most room first, and evenly among them.
constexpr void ollama_lay_out(ollama_plan &p, const ollama_layers &l, const machine &on, int requested,
                              const ollama_planner &rules) {
    int devices[max_devices] = {};
    for (int d = 0; d < on.device_count; ++d) {
        int at = d;
        for (; at > 0 && on.devices[devices[at - 1]].usable_capacity() < on.devices[d].usable_capacity(); --at)
            devices[at] = devices[at - 1];
        devices[at] = d;
    }
    const bytes graph = max(p.graph_full, p.graph_partial);
    ollama_fill best;
    int used = 0;
    for (int round = 0; round < on.device_count + 1; ++round) {
        bytes room[max_devices] = {};
        for (int at = 0; at < on.device_count; ++at) {
            const device &d = on.devices[devices[at]];
            // A layer's worth is to spare.
            const bytes reserved = l.size(0) + ollama_minimum(rules, d) + (at < used ? graph : 0_B);
            const bytes capacity = d.usable_capacity().count() > 0 ? d.usable_capacity() : bytes(std::int64_t{1} << 50);
            room[devices[at]] = max(capacity - reserved, 0_B);
        }
        int now = 0;
        for (int last = l.count; last >= l.count - 1; --last) {
            const int wanted = min(requested, last + 1);
            for (now = max(used, 1); now <= on.device_count; ++now) {
                best = ollama_evenly(l, last, room, devices, now, wanted, now == on.device_count);
                if (best.sum == last + 1 || best.sum == wanted) break;
            }
            now = min(now, on.device_count);
            if (best.sum == last + 1) break; // else the output layer stays on the host
        }
        if (now <= used) break;
        used = now;
    }
    p.layers = best.sum;
    const bool full = p.layers > l.count;
    int i = full ? l.count : l.count - 1; // the layer that is placed next, from the last device on
    for (int at = used - 1; at >= 0; --at) {
        const int d = devices[at];
        p.layers_on[d] = best.on[d];
        for (int n = 0; n < best.on[d]; ++n, --i) p.weights_on[d] += l.weights[i], p.kv_on[d] += l.kv[i];
        p.graph_on[d] = full ? p.graph_full : p.graph_partial;
        p.on[d] = p.weights_on[d] + p.kv_on[d] + p.graph_on[d];
        p.required_partial += p.on[d];
    }
    p.required_full = p.required_partial;
    for (; i >= 0; --i) p.required_full += l.size(i);
    if (!full) p.required_full += p.nonrepeating;
}

} // namespace detail

// `w` is a use as `ollama_workload` gives it; the devices' memory is what is free on them. From v0.30 on Ollama leaves the
// layers to llama.cpp.
constexpr result<ollama_plan> ollama_plan_of(const model &m, const quantization &q, const machine &on, int date,
                                             const workload &w) {
    if (m.family == nullptr) return detail::model_error(errc::unknown, "architecture", "is not known", "it has no plan");
    if (date >= 20260529)
        return detail::model_error(errc::unsupported, "date", "is after v0.30", "llama.cpp decides then what lies where");
    if (m.kv_lora_rank > 0)
        return detail::model_error(errc::unsupported, "kv_lora_rank", "is given", "the plan for latent attention is not known");
    const detail::ollama_planner rules = detail::ollama_planner_at(date);

    detail::ollama_layers l;
    l.count = static_cast<int>(m.num_hidden_layers + m.num_nextn_predict_layers);
    bytes norm, head, embedding, experts_gate;
    for_each_file_tensor(m, q, [&](const tensor &t, const format &f) {
        const bytes size = tensor_bytes(f, t.dims);
        if (t.layer >= 0 && t.layer < l.count) l.weights[t.layer] += size;
        if (t.name == tensor_name::output_norm) norm += size;
        if (t.name == tensor_name::output) head += size;
        if (t.name == tensor_name::token_embd) embedding += size;
        if (t.name == tensor_name::ffn_gate_exps && t.layer == 0) experts_gate += size;
    });
    detail::ollama_sizes s;
    s.context = w.context.count();
    s.batch = detail::min<std::int64_t>(date < 20241105 ? w.batch : w.ubatch, s.context / detail::max(w.sequences, 1));
    s.embedding = m.hidden_size;
    s.vocab = m.vocab_size;
    for (int i = 0; i < m.layer_count(); ++i) {
        s.heads = detail::max<std::int64_t>(s.heads, m.layers[i].num_attention_heads);
        s.heads_kv = detail::max<std::int64_t>(s.heads_kv, m.layers[i].num_key_value_heads);
    }
    // Files of encoders have no attention.head_count_kv, for which it takes 1 (fs/ggml/ggml.go, HeadCountKV).
    const bool one_head = m.family->cache == cache_use::none;
    if (one_head) s.heads_kv = 1;
    s.head_k = m.key_head_dim();

    ollama_plan p;
    // Of a quantized number it counts no scale (kvCacheBytesPerElement).
    const std::int64_t bits = w.type_k.block_elements == 1 ? 16 : w.type_k.block_bytes * 8 / w.type_k.block_elements / 4 * 4;
    for (int i = 0; i < l.count; ++i) {
        const layer &at = m.layers[i];
        const std::int64_t heads = rules.knows_states && !one_head ? at.num_key_value_heads : s.heads_kv;
        const std::int64_t numbers = detail::multiply(s.context, detail::multiply(s.head_k + m.value_head_dim(), heads));
        l.kv[i] = bytes(detail::multiply(numbers, bits) / 8);
        if (rules.knows_states && !attends(at))
            l.kv[i] = bytes(4 * (convolution_state_size(m, at) + recurrent_state_size(m, at)));
        p.kv += l.kv[i];
        p.repeating += l.weights[i];
    }
    p.nonrepeating = norm + (head.count() > 0 ? head : embedding);
    l.weights[l.count] = p.nonrepeating;

    detail::ollama_graph g = detail::ollama_graph_of(m, s, experts_gate);
    if (g.partial == 0) g.partial = detail::multiply(s.heads_kv > 0 ? s.heads / s.heads_kv : s.heads, p.kv.count()) / 6;
    if (g.full == 0) g.full = g.partial;
    if (on.device_count > 0 && on.devices[0].api == backend::metal) g.partial = g.full;
    if (on.device_count > 1 && !rules.lays_out) g.full = g.partial;
    p.graph_full = bytes(g.full);
    p.graph_partial = bytes(g.partial);

    if (rules.lays_out)
        detail::ollama_lay_out(p, l, on, w.placed.gpu_layers, rules);
    else
        detail::ollama_estimate(p, l, on, w.placed.gpu_layers, rules);
    return detail::counted(p, p.required_full, "plan");
}

MEMBOUND_END_NAMESPACE

#endif

// llama.cpp: what it allocates on each device for a model and a context.
// Source: llama.cpp v0.5.0 (2026-09-28); file and function stand beside each rule.
#ifndef MEMBOUND_ENGINES_LLAMA_CPP_HPP
#define MEMBOUND_ENGINES_LLAMA_CPP_HPP

#include <membound/engine.hpp>
#include <membound/engines/llama_cpp_graph.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace detail {

// The context's sizes: src/llama-context.cpp (llama_context::llama_context), src/llama-kv-cache-iswa.cpp.
struct llama_cpp_context {
    std::int64_t total = 0;        // tokens, of all sequences together
    std::int64_t per_sequence = 0; // cells of a layer that keeps every token, in each stream
    std::int64_t sliding = 0;      // cells of a sliding-window layer
    std::int64_t streams = 1;
    std::int64_t ubatch = 0;
    std::int64_t outputs = 0; // rows of logits in one pass
};

constexpr llama_cpp_context llama_cpp_context_of(const model &m, const workload &w) {
    constexpr std::int64_t step = 256;
    llama_cpp_context c;
    c.total = round_up(w.context.count() > 0 ? w.context.count() : m.max_position_embeddings, step);
    if (w.unified_cache) {
        c.per_sequence = c.total;
    } else {
        c.streams = w.sequences;
        c.per_sequence = round_up(c.total / w.sequences, step);
        c.total = multiply(c.per_sequence, w.sequences);
    }
    const std::int64_t batch = min<std::int64_t>(c.total, w.batch);
    c.ubatch = min<std::int64_t>(batch, w.ubatch);
    const std::int64_t outputs = w.outputs > 0 ? w.outputs : batch;
    c.outputs = min(c.ubatch, max<std::int64_t>(outputs, w.sequences));
    const std::int64_t seen = add(multiply(m.sliding_window, w.unified_cache ? w.sequences : 1), c.ubatch);
    c.sliding = w.full_swa_cache ? c.per_sequence : round_up(min(c.per_sequence, seen), step);
    return c;
}

constexpr result<ggml_type> ggml_type_named(const format &f, const char *where) {
    for (int i = 0; i < static_cast<int>(ggml_type::count); ++i)
        if (format_of(static_cast<ggml_type>(i)) == f) return static_cast<ggml_type>(i);
    return model_error(errc::unsupported, where, "is not a type of ggml", "llama.cpp keeps its cache in types of ggml");
}

// What llama.cpp refuses (src/llama-context.cpp, llama_init_from_model).
constexpr result<bool> accepted(const model &m, const workload &w) {
    const bool quantized_k = w.type_k.block_elements > 1;
    const bool quantized_v = w.type_v.block_elements > 1;
    const auto refused = [](const char *where, const char *what, const char *why) {
        return model_error(errc::unsupported, where, what, why);
    };
    if (w.sequences < 1 || w.batch < 1 || w.ubatch < 1)
        return model_error(errc::bad_value, "sequences, batch, ubatch", "are less than 1", "a pass computes a token");
    if (w.sequences > 256) return refused("sequences", "are more than 256", "llama.cpp has no more (LLAMA_MAX_SEQ)");
    if (w.context.count() < 0) return model_error(errc::bad_value, "context", "is negative", "it counts tokens");
    if (quantized_v && w.flash == flash_attention::off)
        return refused("type_v", "is quantized", "a quantized V cache needs flash attention");
    for (int i = 0; i < m.layer_count(); ++i) {
        const layer &l = m.layers[i];
        const bool latent = l.kind == layer_kind::latent_attention;
        if (latent && w.type_k != w.type_v)
            return refused("type_v", "is not type_k", "a latent cache holds keys and values in one");
        const std::int64_t k_head = latent ? cached_key_size(m, l) : m.key_head_dim();
        const std::int64_t v_head = latent ? m.kv_lora_rank : m.value_head_dim();
        if (quantized_k && !divides(w.type_k, k_head))
            return refused("type_k", "does not divide a head", "a head is stored in whole blocks");
        if (quantized_v && !divides(w.type_v, v_head))
            return refused("type_v", "does not divide a head", "a head is stored in whole blocks");
    }
    return true;
}

// Sums up what each device holds of the weights. A layer like one before it, in shape, place and formats, is not looked at
// again.
class weight_loader {
public:
    constexpr weight_loader(const model &m, const quantization &q, const machine &on, loaded_model &loaded)
        : m_(m), at_(loaded.placed), weights_(loaded.weights), choose_(m, q) {
        for (int d = 0; d <= on.device_count; ++d) rules_[d] = buffer_rules_of(on, d);
    }

    constexpr void operator()(const tensor &t, tensor_use use, int layer) { hold(t, choose_(t), use, layer); }

    constexpr void hold(const tensor &t, const format &f, tensor_use use, int layer) {
        refused_ = refused_ || f.block_bytes == 0;
        switch (use) {
        case tensor_use::own: hold_own(t, f); break;
        // One copy serves all that read it from the same buffer (llama-model-loader.cpp, create_tensor).
        case tensor_use::tied_output:
            if (at_.device_of_output() != at_.host) add(t, f, at_.device_of_output(), tensor_bytes(f, t.dims));
            break;
        case tensor_use::of_every_layer:
            if (begins_device(layer)) add(t, f, at_.device_of_layer(layer), tensor_bytes(f, t.dims));
            break;
        }
    }

    constexpr bool leaves_out(int layer) {
        finish_layer();
        const std::uint32_t key = choose_.key_of_layer(layer);
        weights_.layer_key[layer] = key;
        if (!begins_device(layer))
            for (int i = 0; i < known_count_; ++i) {
                const known_layer &k = known_[i];
                if (weights_.layer_key[k.layer] != key || !alike(k.layer, layer)) continue;
                weights_.on[at_.device_of_layer(layer)] += k.on_device;
                weights_.on[at_.host] += k.on_host;
                choose_.pass_over(k.before, k.after);
                return true;
            }
        layer_ = layer;
        before_ = choose_.seen();
        device_before_ = weights_.on[at_.device_of_layer(layer)];
        host_before_ = weights_.on[at_.host];
        return false;
    }

    constexpr bool refused() const { return refused_; }

private:
    struct known_layer {
        int layer = 0;
        bytes on_device;
        bytes on_host;
        type_chooser::counts before;
        type_chooser::counts after;
    };
    static constexpr int max_known = 8;

    constexpr void hold_own(const tensor &t, const format &f) {
        const bytes size = tensor_bytes(f, t.dims);
        const int d = device_of(at_, t);
        const bool stays = size.count() > rules_[d].largest_tensor;
        weights_.left_behind = weights_.left_behind || stays;
        add(t, f, stays ? at_.host : d, size);
    }
    constexpr void add(const tensor &t, const format &f, int device, bytes size) {
        weights_.on[device] += buffer_bytes(rules_[device], f, t.dims, size);
    }

    constexpr bool begins_device(int layer) const {
        return layer == 0 || at_.device_of_layer(layer - 1) != at_.device_of_layer(layer);
    }
    constexpr bool alike(int i, int j) const {
        return same_shape(m_.layers[i], m_.layers[j]) && at_.device_of_layer(i) == at_.device_of_layer(j) &&
               (i < at_.cpu_moe_layers) == (j < at_.cpu_moe_layers);
    }
    // Remembers the layer that was just looked at. Where a device begins, it holds more than a layer.
    constexpr void finish_layer() {
        if (layer_ < 0 || begins_device(layer_) || known_count_ == max_known) return;
        const int d = at_.device_of_layer(layer_);
        const bytes on_host = d == at_.host ? bytes() : weights_.on[at_.host] - host_before_;
        known_[known_count_++] = {layer_, weights_.on[d] - device_before_, on_host, before_, choose_.seen()};
        layer_ = -1;
    }

    const model &m_;
    const layout &at_;
    placed_weights &weights_;
    type_chooser choose_;
    buffer_rules rules_[max_devices + 1] = {};
    known_layer known_[max_known] = {};
    int known_count_ = 0;
    int layer_ = -1; // the layer that is looked at
    type_chooser::counts before_;
    bytes device_before_;
    bytes host_before_;
    bool refused_ = false;
};

constexpr result<loaded_model> llama_cpp_load(const model &m, const quantization &q, const machine &on,
                                              const workload &w) {
    if (on.device_count < 0 || on.device_count > max_devices)
        return model_error(errc::bad_value, "machine", "has too many devices", "ggml has room for 16");
    if (m.family == nullptr && q.kind != quantization::scheme::stored)
        return model_error(errc::unknown, "architecture", "is not known", "only the tensors of its own file are");

    loaded_model loaded;
    loaded.placed = lay_out(m, on, w.placed);
    weight_loader loader(m, q, on, loaded);
    if (q.kind == quantization::scheme::stored) {
        for (std::int64_t i = 0; i < q.stored_count; ++i) {
            const stored_tensor &t = q.stored[i];
            if (is_of_every_layer(t.which.name))
                for (int layer = 0; layer < m.layer_count(); ++layer)
                    loader.hold(t.which, t.type, tensor_use::of_every_layer, layer);
            else
                loader.hold(t.which, t.type, tensor_use::own, t.which.layer);
            if (m.tie_word_embeddings && t.which.name == tensor_name::token_embd)
                loader.hold(t.which, t.type, tensor_use::tied_output, -1);
            if (t.which.layer >= 0 && t.which.layer < max_layers) {
                std::uint32_t &key = loaded.weights.layer_key[t.which.layer];
                key = key * 31u + static_cast<std::uint32_t>(t.type.block_bytes * 256 + t.type.block_elements);
            }
        }
    } else {
        weights_pass<weight_loader> pass(loader);
        walk(m, pass);
    }
    for (int d = 0; d <= on.device_count; ++d)
        if (loaded.weights.on[d].overflowed())
            return model_error(errc::overflow, "weights", "are too large", "their bytes do not fit in 63 bits");
    if (loader.refused())
        return model_error(errc::unsupported, "quantization", "has no type for a tensor", "llama-quantize refuses it");
    return loaded;
}

// What a replay came to.
enum class replay_outcome : std::uint8_t { exact, unsteady, exceeded };

// Draws the graph of one pass and replays it, for at most this many tensors and devices beside the host.
template <unsigned Capacity, unsigned Devices>
constexpr replay_outcome measure_pass(const model &m, const quantization &q, const loaded_model &loaded,
                                      const machine &on, const llama_cpp_pass &pass, const representative_layers &shown,
                                      const schedule_options &options, bytes *peaks) {
    graph<Capacity> g;
    llama_cpp_graph<Capacity> drawn(g, m, q, on, loaded.placed, shown, pass);
    walk(m, drawn);
    arena arenas[Devices + 1u] = {};
    buffer_rules rules[Devices + 1u] = {};
    for (int d = 0; d <= on.device_count; ++d) {
        rules[d] = buffer_rules_of(on, d);
        arenas[d] = arena(rules[d].alignment, rules[d].largest_buffer);
    }
    const auto size = [&](const graph_tensor &t, int d) { return compute_bytes(rules[d], g, t); };
    schedule<Capacity, decltype(size)> run(g, arenas, size, options);
    for (int i = 0; i < drawn.repeat_count(); ++i) run.expect_steady(drawn.repeat_begin(i), drawn.repeat_end(i));
    if (run.exceeded()) return replay_outcome::exceeded;
    run.run();
    for (int d = 0; d <= on.device_count; ++d) {
        if (run.exceeded() || arenas[d].exceeded()) return replay_outcome::exceeded;
        peaks[d] = arenas[d].peak();
    }
    return run.steady() ? replay_outcome::exact : replay_outcome::unsteady;
}

// About how many tensors a graph of this model has.
constexpr std::int64_t graph_size_estimate(const model &m, const representative_layers &shown, bool sizes_weights) {
    std::int64_t count = 48;
    for (int i = 0; i < m.layer_count(); ++i)
        if (shown.keeps(i)) {
            count += sizes_weights ? 52 : 42;
            if (m.layers[i].ffn == feed_forward_kind::experts) count += 40 + 2 * m.num_experts_per_tok;
        }
    return count;
}

// In no more room on the stack than the graph needs: about 40 kB for most models, 700 kB for the largest.
constexpr replay_outcome measure_pass(const model &m, const quantization &q, const loaded_model &loaded,
                                      const machine &on, const llama_cpp_pass &pass, const representative_layers &shown,
                                      const schedule_options &options, bytes *peaks) {
    const std::int64_t tensors = graph_size_estimate(m, shown, pass.sizes_weights);
    auto outcome = replay_outcome::exceeded;
    if (on.device_count <= 1 && tensors <= 224)
        outcome = measure_pass<224, 1>(m, q, loaded, on, pass, shown, options, peaks);
    if (outcome == replay_outcome::exceeded && on.device_count <= 1 && tensors <= 1024)
        outcome = measure_pass<1024, 1>(m, q, loaded, on, pass, shown, options, peaks);
    if (outcome == replay_outcome::exceeded)
        outcome = measure_pass<4096, unsigned{max_devices}>(m, q, loaded, on, pass, shown, options, peaks);
    return outcome;
}

// Peaks of the compute buffers: src/llama-context.cpp (sched_reserve, graph_reserve).
constexpr replay_outcome measure_compute(const model &m, const quantization &q, const loaded_model &loaded, const machine &on,
                               const workload &w, const llama_cpp_context &c, bytes *peaks) {
    const layout &at = loaded.placed;
    llama_cpp_pass pass;
    pass.tokens = round_up(c.ubatch, w.sequences);
    pass.outputs = c.outputs;
    pass.streams = c.streams;
    pass.cells = c.per_sequence;
    pass.sliding_cells = c.sliding;
    pass.type_k = *ggml_type_named(w.type_k, "type_k");
    pass.type_v = *ggml_type_named(w.type_v, "type_v");
    pass.flash = w.flash != flash_attention::off;
    pass.pins_norms = !w.dry_run && (pass.tokens < 32 || at.all_offloaded);
    pass.pins_attention = !w.dry_run && !at.kv_on_device;
    pass.moves_weights = w.offload_operations && on.device_count > 0 && pass.tokens >= 32 &&
                         (!at.all_offloaded || at.cpu_moe_layers > 0);
    // Vulkan leaves the decompression of latent attention over several streams, with its weight, to the host.
    const bool leaves_latent = has_vulkan_host(on) && m.kv_lora_rank > 0 && c.streams > 1;
    pass.sizes_weights = pass.moves_weights || loaded.weights.left_behind || leaves_latent;

    schedule_options options;
    options.device_count = on.device_count + 1;
    options.offload_operations = w.offload_operations;
    // Pipeline parallelism keeps four batches in flight (GGML_SCHED_MAX_COPIES).
    const bool pipelined = on.device_count > 1 && at.all_offloaded && at.kv_on_device && at.cpu_moe_layers == 0;
    options.copies = pipelined ? 4 : 1;
    for (int d = 0; d < on.device_count; ++d)
        if (on.devices[d].api == backend::vulkan) options.vulkan_devices |= 1u << d;
    if (on.device_count > 0) options.largest_operand = buffer_rules_of(on, 0).largest_tensor;

    // Copies for a pipeline are never freed: where layers are split, each adds its own, and none stands for another.
    const bool grows = pipelined && (loaded.weights.left_behind || leaves_latent);
    // What is usually enough for a steady state, what nearly always is, and all.
    const int shown_repeats[] = {on.device_count == 0 ? 3 : pass.moves_weights ? 5 : 4, 7, max_layers};
    auto best = replay_outcome::exceeded;
    bytes fewer[max_devices + 1] = {}; // peaks with fewer layers shown
    std::int64_t fewer_kept = 0;
    std::int64_t kept = 0;
    for (const int repeats : shown_repeats) {
        const representative_layers shown(m, at, loaded.weights, pass.sizes_weights, repeats);
        bytes now[max_devices + 1] = {};
        const auto outcome = measure_pass(m, q, loaded, on, pass, shown, options, now);
        if (outcome == replay_outcome::exceeded) break;
        for (int d = 0; d <= on.device_count; ++d) fewer[d] = peaks[d], peaks[d] = now[d];
        fewer_kept = kept;
        kept = shown.kept_count();
        best = grows && kept < m.layer_count() ? replay_outcome::unsteady : outcome;
        if (best == replay_outcome::exact) return best;
    }
    if (best == replay_outcome::exceeded) {
        // More kinds of layers than there is room for: one of each shape stands for all its formats.
        const representative_layers shown(m, at, loaded.weights, false, 3);
        if (measure_pass(m, q, loaded, on, pass, shown, options, peaks) != replay_outcome::exceeded)
            best = replay_outcome::unsteady;
    }
    if (grows && kept > fewer_kept && kept < m.layer_count())
        for (int d = 0; d <= on.device_count; ++d)
            peaks[d] += (peaks[d] - fewer[d]) / (kept - fewer_kept) * (m.layer_count() - kept);
    return best;
}

// Bytes that the cache of each device takes: src/llama-kv-cache.cpp. Tensors are padded as in any buffer.
constexpr void sum_cache(const model &m, const loaded_model &loaded, const machine &on, const workload &w,
                         const llama_cpp_context &c, bytes *sums) {
    bytes size; // of the layer before
    for (int i = 0; i < m.layer_count(); ++i) {
        const layer &l = m.layers[i];
        const int d = loaded.placed.device_of_cache(i);
        const bool again = i > 0 && l.kind == m.layers[i - 1].kind && d == loaded.placed.device_of_cache(i - 1) &&
                           l.num_key_value_heads == m.layers[i - 1].num_key_value_heads;
        if (!again) {
            // A cache on the host is in the CPU's own buffer, whatever the devices are.
            const buffer_rules r = d == loaded.placed.host ? buffer_rules{} : buffer_rules_of(on, d);
            const std::int64_t cells = l.kind == layer_kind::sliding_attention ? c.sliding : c.per_sequence;
            const std::int64_t rows = multiply(cells, c.streams);
            size = buffer_bytes(r, w.type_k, {cached_key_size(m, l), rows});
            if (cached_value_size(m, l) > 0) size += buffer_bytes(r, w.type_v, {cached_value_size(m, l), rows});
        }
        sums[d] += size;
    }
}

// The replay is checked byte for byte on the CPU and under Vulkan. CUDA, ROCm, SYCL and Metal compute the same graph with
// kernels that ask for a little more and keep some operands longer. Where the replay was not steady, layers are left out.
constexpr amount compute_of(const device &d, bytes peak, replay_outcome outcome) {
    if (outcome != replay_outcome::exact) return {peak - peak / 4, peak, peak + peak / 8, knowledge::modelled};
    if (d.api == backend::cpu || d.api == backend::vulkan) return exactly(peak);
    return {peak - peak / 50, peak, peak + peak / 20, knowledge::modelled};
}

// What no buffer shows: the driver's context and modules, the libraries' workspaces, the process itself.
// Ollama reckons 457 MiB for a CUDA device and 512 MiB for Metal (ml/device.go, 2026-08); published runs of llama.cpp
// left 451 to 456 MiB of a CUDA device unaccounted for (llama.cpp PR 15860).
constexpr amount driver_overhead(const device &d) {
    switch (d.api) {
    case backend::cuda: return {250_MiB, 457_MiB, 600_MiB, knowledge::assumed};
    case backend::metal: return {0_MiB, 128_MiB, 512_MiB, knowledge::assumed};
    case backend::rocm:
    case backend::sycl:
    case backend::vulkan: return {100_MiB, 300_MiB, 600_MiB, knowledge::assumed};
    case backend::cpu: break;
    }
    return {32_MiB, 96_MiB, 256_MiB, knowledge::assumed};
}

constexpr result<budget> llama_cpp_account(const model &m, const quantization &q, const loaded_model &loaded,
                                           const machine &on, const workload &w) {
    if (m.family == nullptr)
        return model_error(errc::unknown, "architecture", "is not known", "its cache and its graph can not be told");
    const auto allowed = accepted(m, w);
    if (!allowed) return allowed.error();
    const auto type_k = ggml_type_named(w.type_k, "type_k");
    if (!type_k) return type_k.error();
    const auto type_v = ggml_type_named(w.type_v, "type_v");
    if (!type_v) return type_v.error();

    const llama_cpp_context c = llama_cpp_context_of(m, w);
    budget b;
    b.count = on.device_count + 1;
    b.context = tokens(c.total);
    b.context_per_sequence = tokens(c.per_sequence);
    b.sequences = w.sequences;

    bytes compute[max_devices + 1] = {};
    const auto outcome = measure_compute(m, q, loaded, on, w, c, compute);
    if (outcome == replay_outcome::exceeded)
        return model_error(errc::unsupported, "compute", "is not known", "the graph is larger than can be drawn");
    bytes cache[max_devices + 1] = {};
    sum_cache(m, loaded, on, w, c, cache);
    for (int d = 0; d < b.count; ++d) {
        const device &at = device_at(on, d);
        device_budget held;
        held.name = d < on.device_count ? at.name : fixed_text<63>("host");
        held.capacity = at.capacity;
        held.usable_capacity = at.usable_capacity();
        held.weights = exactly(loaded.weights.on[d]);
        held.kv_cache = exactly(cache[d]);
        held.compute = compute_of(at, compute[d], outcome);
        held.overhead = driver_overhead(at);
        // Logits, and embeddings where they are asked for, of one row a sequence (output_reserve).
        const std::int64_t row = add(m.vocab_size, w.embeddings ? m.hidden_size : 0);
        const bool vulkan_host = has_vulkan_host(on) && loaded.placed.device_of_output() != loaded.placed.host;
        const bytes output = storage_bytes(formats::f32::value, row, w.sequences) + (vulkan_host ? 32_B : 0_B);
        if (d == loaded.placed.host) held.output = exactly(output);
        b.devices[d] = held;
    }
    for (int d = 0; d < on.device_count; ++d)
        if (on.devices[d].unified_memory) b.devices[d].beside = b.host().total().upper;

    if (b.total().upper.overflowed())
        return model_error(errc::overflow, "budget", "is too large", "its bytes do not fit in 63 bits");
    return b;
}

constexpr tokens llama_cpp_context_step(const workload &w) { return tokens(w.unified_cache ? 256 : 256 * w.sequences); }

} // namespace detail

namespace engines {

// The library with the defaults of its command-line programs (common/common.h).
struct llama_cpp {
    static constexpr engine value = [] {
        engine e;
        e.name = "llama.cpp";
        e.version = "v0.5.0 (2026-09-28)";
        e.load = detail::llama_cpp_load;
        e.account = detail::llama_cpp_account;
        e.context_step = detail::llama_cpp_context_step;
        return e;
    }();
};

} // namespace engines
MEMBOUND_END_NAMESPACE

#endif

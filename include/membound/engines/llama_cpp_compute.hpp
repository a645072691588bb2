// The sizes of llama.cpp's compute buffers. The graph of a pass is drawn (llama_cpp_graph.hpp), and its scheduler and allocator
// are replayed on it (schedule.hpp, replay.hpp); the peak of each allocator is the size of a buffer.
// Source: llama.cpp v0.5.0; file and function stand beside each rule.
#ifndef MEMBOUND_ENGINES_LLAMA_CPP_COMPUTE_HPP
#define MEMBOUND_ENGINES_LLAMA_CPP_COMPUTE_HPP

#include <membound/engine.hpp>
#include <membound/engines/llama_cpp_graph.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace detail {

// The sizes of a context: src/llama-context.cpp (llama_context::llama_context), src/llama-kv-cache-iswa.cpp.
struct llama_cpp_context {
    std::int64_t total = 0;        // tokens, of all sequences together
    std::int64_t per_sequence = 0; // cells in each stream, of a layer that keeps every token
    std::int64_t sliding = 0;      // cells in each stream, of a sliding-window layer
    std::int64_t streams = 1;      // parts of the cache: one for each sequence, or one that all share
    std::int64_t ubatch = 0;       // tokens of the largest pass
    std::int64_t largest_output = 0; // rows of logits that a batch may ask for
    // How many tokens are in the cache, for graphs that depend on it. Memory is reserved as for an empty cache, which counts
    // as one of 256 (src/llama-kv-cache-msa.cpp, get_n_pos).
    std::int64_t seen_positions = 256;
    llama_cpp_rules rules;

    constexpr std::int64_t cells_of(const layer &l) const {
        return l.kind == layer_kind::sliding_attention ? sliding : per_sequence;
    }
};

constexpr llama_cpp_context llama_cpp_context_of(const model &m, const workload &w, const llama_cpp_rules &rules) {
    constexpr std::int64_t step = 256;
    llama_cpp_context c;
    c.rules = rules;
    const std::int64_t asked = w.context.count() > 0 ? w.context.count() : m.max_position_embeddings;
    const std::int64_t batch = m.bidirectional ? w.batch : min<std::int64_t>(asked, w.batch);
    c.ubatch = min<std::int64_t>(batch, w.ubatch);
    c.largest_output = w.outputs < 0 && rules.limits_outputs ? w.sequences : w.outputs > 0 ? w.outputs : batch;
    // An encoder may give a row for each token, and so does a draft model that encodes its target's hidden states.
    const bool encodes_target = m.family->drafts != draft_kind::none && !m.reads_target_caches();
    if (m.family->stacks != layer_stacks::one || encodes_target) c.largest_output = batch;
    c.total = round_up(asked, step);
    const bool shared = w.unified_cache && !m.family->separates_sequences;
    if (w.unified_cache) {
        c.per_sequence = c.total;
        c.streams = shared ? 1 : w.sequences;
    } else {
        c.streams = w.sequences;
        c.per_sequence = round_up(c.total / w.sequences, step);
        c.total = multiply(c.per_sequence, w.sequences);
    }
    const std::int64_t seen = add(multiply(m.sliding_window, shared ? w.sequences : 1), c.ubatch);
    c.sliding = w.full_swa_cache || !rules.sliding_cache ? c.per_sequence : round_up(min(c.per_sequence, seen), step);
    c.ubatch = min(c.ubatch, c.total);
    return c;
}

// The context of a draft that reads the caches of its target: it has as many tokens as the target's, and the target's cells
// (common/speculative.cpp, common_speculative_init_result; src/llama-kv-cache.cpp, llama_kv_cache).
constexpr llama_cpp_context llama_cpp_context_beside(const model &target, const model &m, const workload &w,
                                                     const llama_cpp_rules &rules) {
    const llama_cpp_context of_target = llama_cpp_context_of(target, w, rules);
    workload own = w;
    own.context = tokens(of_target.total);
    llama_cpp_context c = llama_cpp_context_of(m, own, rules);
    c.per_sequence = of_target.per_sequence;
    c.sliding = of_target.sliding;
    return c;
}

constexpr result<ggml_type> ggml_type_named(const format &f, const char *where) {
    for (int i = 0; i < static_cast<int>(ggml_type::count); ++i)
        if (format_of(static_cast<ggml_type>(i)) == f) return static_cast<ggml_type>(i);
    return model_error(errc::unsupported, where, "is not a type of ggml", "llama.cpp keeps its cache in types of ggml");
}

// How well the peaks of a replay are known; the further down, the worse.
enum class replay_outcome : std::uint8_t {
    exact,
    unsteady,  // layers that are not drawn might have fitted in another way than those that stand for them
    growing,   // each layer adds to what is never freed, so that layers that are not drawn would have added more
    exceeded,  // the graph is too large for the room that it was given
    elsewhere, // not measured: a node is not computed where its layer or its weight lies
};

// Answers the schedule's questions about layers that are not drawn.
class left_out_layers {
public:
    constexpr left_out_layers(const model &m, const representative_layers &shown, const llama_cpp_graph &drawn)
        : m_(m), shown_(shown), drawn_(drawn) {}

    constexpr bool grows() const { return m_.residual_interval > 0; }
    constexpr int count_before(int point) const { return shown_.left_out_before(point); }
    constexpr schedule::left_out operator()(int point, int number) const {
        const int i = shown_.kept(point) - shown_.left_out_before(point) + number;
        schedule::left_out l;
        l.as = shown_.stand_in(i);
        l.residuals = m_.kept_residuals(i) - m_.kept_residuals(shown_.kept(l.as));
        l.leafs = drawn_.begin_of(i).leaf;
        l.leaf_count = drawn_.begin_of(i + 1).leaf - l.leafs;
        return l;
    }

private:
    const model &m_;
    const representative_layers &shown_;
    const llama_cpp_graph &drawn_;
};

// Draws the graph of one pass and replays it, with a graph, arenas and a schedule that are still empty.
constexpr replay_outcome measure_pass(graph &g, arena *arenas, schedule &run, const model &m, const quantization &q,
                                      const loaded_model &loaded, const machine &on, const llama_cpp_pass &pass,
                                      const representative_layers &shown, bytes *peaks) {
    llama_cpp_graph drawn(g, m, q, on, loaded.placed, shown, pass);
    walk(m, drawn);
    if (g.exceeded()) return replay_outcome::exceeded;
    if (pass.asked != 0 || pass.expects_no_copies) run.assign();
    if (pass.expects_no_copies && run.copies_weights()) return replay_outcome::elsewhere;
    if (pass.asked != 0) {
        for (int i = 0; i < g.node_count(); ++i)
            if ((question_of(g[g.node(i)].op) & pass.asked) != 0 &&
                run.device_of(g.node(i)) != loaded.placed.device_of_layer(drawn.layer_of(g.node(i))))
                return replay_outcome::elsewhere;
        return replay_outcome::exact;
    }
    for (int d = 0; d <= on.device_count; ++d) {
        const buffer_rules rules = buffer_rules_of(on, d);
        arenas[d] = arena(rules.alignment, rules.largest_buffer);
    }
    for (int k = 0; k < shown.kept_count() && shown.leaves_out(); ++k) {
        const auto &begin = drawn.begin_of(shown.kept(k));
        run.watch(begin.node, begin.tensor, shown.stands_for_others(k));
    }
    if (run.exceeded()) return replay_outcome::exceeded;
    run.run(left_out_layers(m, shown, drawn));
    for (int d = 0; d <= on.device_count; ++d) {
        if (run.exceeded() || arenas[d].exceeded()) return replay_outcome::exceeded;
        peaks[d] = arenas[d].peak();
    }
    if (pass.allocates) peaks[on.device_count] += lengthened(on) * arenas[on.device_count].chunk_count();
    if (run.grows()) return replay_outcome::growing;
    return run.left_out_alike() ? replay_outcome::exact : replay_outcome::unsteady;
}

// The same, with room for `Capacity` tensors, and for `Devices` devices beside the host.
template <unsigned Capacity, unsigned Devices>
MEMBOUND_NOINLINE constexpr replay_outcome
measure_pass_in_room(const model &m, const quantization &q, const loaded_model &loaded, const machine &on,
                     const llama_cpp_pass &pass, const representative_layers &shown, const schedule_options &options,
                     bytes *peaks) {
    graph::room<Capacity> tensors;
    schedule::room<Capacity> scheduled;
    arena arenas[Devices + 1u] = {};
    graph g(tensors);
    schedule run(g, arenas, scheduled, options);
    return measure_pass(g, arenas, run, m, q, loaded, on, pass, shown, peaks);
}

// Whether no layer stands for another.
constexpr bool draws_all_layers(const model &m) { return m.sound.channels > 0; }

// Whether the layers may have many more tensors than most models' have.
constexpr bool has_large_layers(const model &m) {
    if (m.residual_interval > 0 || m.altup_states > 1 || m.family->mixed_streams) return true;
    for (int i = 0; i < m.layer_count(); ++i)
        if (m.layers[i].choice > token_choice::all) return true;
    return false;
}

constexpr bool chooses_blocks(const model &m) {
    for (int i = 0; i < m.layer_count(); ++i)
        if (m.layers[i].choice == token_choice::by_block) return true;
    return false;
}

// About how many tensors a graph of this model has.
constexpr std::int64_t graph_size_estimate(const model &m, const representative_layers &shown, bool sizes_weights,
                                           std::int64_t streams) {
    std::int64_t count = 48;
    for (int i = 0; i < m.layer_count(); ++i)
        if (shown.keeps(i)) {
            count += sizes_weights ? 72 : 42;
            if (m.family->post_norms) count += 14;
            if (m.layers[i].state != state_kind::none) count += sizes_weights ? 60 : 50;
            if (m.altup_states > 1) count += sizes_weights ? 70 : 60;
            if (m.layers[i].choice > token_choice::by_block) count += 44;
            if (m.layers[i].choice == token_choice::by_block) count += 30 + 50 * streams;
            if (m.residual_interval > 0) count += 40;
            if (m.layers[i].choice == token_choice::by_pooled_keys) count += 20 + 3 * m.indexer_block_size + 2 * m.indexer_heads;
            if (m.layers[i].adds_ngrams) count += 60 + 8 * m.ngrams.conv_kernel;
            if (m.family->mixed_streams) count += m.layers[i].compression != key_compression::none ? 190 : 60;
            if (m.hyper_connections > 0) count += (sizes_weights ? 46 : 40) + 20 * m.hyper_connections;
            if (m.layers[i].ffn == feed_forward_kind::experts) count += 40 + 2 * m.num_experts_per_tok;
        }
    return count;
}

// The same, with no more room on the stack than the graph needs, since all of it is cleared first. A tensor takes some 200 bytes:
// most models need 50 to 100 kB, all layers of a model 0.4 to 1.7 MB, and the largest room has 6.6 MB. `Capacity` is tried first.
template <unsigned Capacity>
constexpr replay_outcome measure_pass_in_least_room(const model &m, const quantization &q, const loaded_model &loaded,
                                                    const machine &on, const llama_cpp_pass &pass,
                                                    const representative_layers &shown, const schedule_options &options,
                                                    std::int64_t tensors, bytes *peaks) {
    constexpr unsigned usual_most = 8192;
    const bool may_need_more = has_large_layers(m);
    if (tensors <= std::int64_t{Capacity} || (Capacity == usual_most && !may_need_more)) {
        const auto outcome =
            on.device_count <= 2
                ? measure_pass_in_room<Capacity, 2>(m, q, loaded, on, pass, shown, options, peaks)
                : measure_pass_in_room<Capacity, unsigned{max_devices}>(m, q, loaded, on, pass, shown, options, peaks);
        if (outcome != replay_outcome::exceeded) return outcome;
    }
    if constexpr (Capacity < usual_most)
        return measure_pass_in_least_room<2 * Capacity>(m, q, loaded, on, pass, shown, options, tensors, peaks);
    if (!may_need_more) return replay_outcome::exceeded;
    const auto outcome = measure_pass_in_room<24576, unsigned{max_devices}>(m, q, loaded, on, pass, shown, options, peaks);
    if (outcome != replay_outcome::exceeded) return outcome;
    return measure_pass_in_room<INT16_MAX, unsigned{max_devices}>(m, q, loaded, on, pass, shown, options, peaks);
}

constexpr replay_outcome measure_pass(const model &m, const quantization &q, const loaded_model &loaded,
                                      const machine &on, const llama_cpp_pass &pass, const representative_layers &shown,
                                      const schedule_options &options, bytes *peaks) {
    const std::int64_t tensors = graph_size_estimate(m, shown, pass.sizes_weights(), pass.streams);
    constexpr unsigned few = 256;
    if (on.device_count <= 1 && tensors <= std::int64_t{few}) {
        const auto outcome = measure_pass_in_room<few, 1>(m, q, loaded, on, pass, shown, options, peaks);
        if (outcome != replay_outcome::exceeded) return outcome;
    }
    return measure_pass_in_least_room<512>(m, q, loaded, on, pass, shown, options, tensors, peaks);
}

constexpr bool has_cuda(const machine &on) {
    for (int d = 0; d < on.device_count; ++d)
        if (is_cuda(on.devices[d].api)) return true;
    return false;
}

constexpr bool same_heads(const layer &a, const layer &b) {
    return a.kind == b.kind && a.num_attention_heads == b.num_attention_heads && a.num_key_value_heads == b.num_key_value_heads;
}

// Whether CUDA or Metal has kernels for the attention of all layers with these types of cache.
constexpr bool has_attention_kernels(backend api, const model &m, const workload &w) {
    const auto k = ggml_type_named(w.type_k, "type_k");
    const auto v = ggml_type_named(w.type_v, "type_v");
    if (!k || !v || !attention_reads(*k) || !attention_reads(*v)) return false;
    if (api == backend::metal && *k != *v) return false;
    const layer *known = nullptr;
    for (int i = 0; i < m.layer_count(); ++i) {
        const layer &l = m.layers[i];
        if (!attends(l) || (known != nullptr && same_heads(*known, l))) continue;
        known = &l;
        const bool latent = m.is_latent(l); // all heads attend to one key, whose first numbers are the value
        const std::int64_t keys = latent ? add(m.latent_rank(l), m.qk_rope_head_dim) : m.key_head_dim(l);
        const std::int64_t values = latent ? m.latent_rank(l) : m.value_head_dim(l);
        const std::int64_t key_heads = latent ? 1 : l.num_key_value_heads;
        const std::int64_t shared = key_heads > 0 ? l.num_attention_heads / key_heads : 0;
        if (api == backend::metal ? !metal_attends_with(keys, values) : !cuda_attends_with(keys, values, shared, shared >= 2))
            return false;
    }
    return true;
}

// Whether it is certain, without a graph, that attention is computed where its layer lies, because its weights and its cache lie
// there too. Vulkan's kernels are not asked about here, so with Vulkan it is not.
constexpr bool attention_stays(const model &m, const loaded_model &loaded, const machine &on, const workload &w) {
    const layout &at = loaded.placed;
    for (int d = 0; d < on.device_count; ++d) {
        const backend api = on.devices[d].api;
        if (api == backend::vulkan) return false;
        if ((is_cuda(api) || api == backend::metal) && !has_attention_kernels(api, m, w)) return false;
    }
    if (on.device_count == 0) return true;
    if (loaded.weights.left_behind) return false;
    if (at.all_offloaded && at.kv_on_device) return true;
    const bool moves = w.offload_operations && w.sequences >= 32;
    const bool plain = m.kv_lora_rank == 0 && m.adapter_slots == 0 && !m.repeats_blocks() && !m.family->blocks_left_out &&
                       m.family->stacks == layer_stacks::one;
    if (moves || !plain || !at.kv_on_device) return false;
    for (int i = 0; i < m.layer_count(); ++i) {
        const layer &l = m.layers[i];
        if (l.state != state_kind::none || l.shares_cache || l.choice != token_choice{}) return false;
    }
    return true;
}

// Whether hyper-connections are computed by fused operations: if in a pass of one token for each sequence these are computed
// where their layer lies (src/llama-context.cpp, resolve_fused_ops). Vulkan has them for four streams only.
constexpr bool fuses_hyper_connections(const model &m, const layout &at, const machine &on, const workload &w) {
    const bool moves = w.offload_operations && on.device_count > 0 && w.sequences >= 32;
    for (int i = 0; i < m.layer_count(); ++i) {
        const int d = at.device_of_layer(i);
        if (d == at.host ? moves : on.devices[d].api == backend::vulkan && m.hyper_connections != 4) return false;
    }
    return true;
}

// Which fused kernels a context uses.
struct fused_kernels {
    bool flash = true;
    bool streams[3] = {true, true, true}; // by stream_kernel
};

// Whether some weights lie on the host because their device can not hold them or has no kernel that computes with them.
constexpr bool leaves_weights(const model &m, const loaded_model &loaded, const machine &on, const workload &w,
                              const llama_cpp_context &c, const llama_cpp_pass &pass) {
    if (loaded.weights.left_behind) return true;
    if (on.device_count > 0 && m.family->unrounded_experts) return true;
    // The state that stacks of layers begin with lies on the host, whatever the devices are.
    if (on.device_count > 0 && m.stack_layers > 0) return true;
    // The corrections of rotary frequencies lie with their layer, but what is rotated with the matrix that made it.
    if (m.rope != rope_tensors::none && loaded.placed.override_count > 0) return true;
    // Sinks lie with their attention, which CUDA leaves to the host if it has no kernel for it.
    if (has_cuda(on) && pass.flash && has_sinks(m) && !has_attention_kernels(backend::cuda, m, w)) return true;
    if (!has_vulkan_host(on)) return false;
    // Vulkan leaves these to the host, each with its weight: the decompression of latent attention over several streams;
    // attention with sinks whose scores are too large, or whose cache is in BF16 and another type; the matrices of lightning
    // attention for several sequences at once.
    if (m.kv_lora_rank > 0 && c.streams > 1) return true;
    const bool one_in_bf16 = (pass.type_k == ggml_type::bf16) != (pass.type_v == ggml_type::bf16);
    if ((!pass.flash || one_in_bf16) && has_sinks(m)) return true;
    for (int i = 0; i < m.layer_count() && w.sequences > 1; ++i)
        if (m.layers[i].state == state_kind::lightning_attention) return true;
    return false;
}

// A pass over some tokens that llama.cpp reserves memory for: src/llama-context.cpp (graph_reserve).
constexpr llama_cpp_pass pass_of(const model &m, const loaded_model &loaded, const machine &on, const workload &w,
                                 const llama_cpp_context &c, const fused_kernels &kernels, std::int64_t tokens,
                                 std::int64_t outputs) {
    const layout &at = loaded.placed;
    llama_cpp_pass pass;
    pass.rules = c.rules;
    pass.lora = w.lora;
    if (m.reads_target_caches()) pass.target = w.target;
    pass.tokens = round_up(tokens, w.sequences);
    pass.outputs = outputs;
    pass.sequences = w.sequences;
    pass.state_cells = w.sequences;
    const bool cached = m.family->cache == cache_use::read;
    pass.streams = cached ? c.streams : 1;
    pass.cells = cached ? c.per_sequence : pass.tokens;
    pass.sliding_cells = cached ? c.sliding : pass.tokens;
    pass.type_k = *ggml_type_named(w.type_k, "type_k");
    pass.type_v = *ggml_type_named(w.type_v, "type_v");
    pass.flash = kernels.flash;
    for (int k = 0; k < 3; ++k) pass.fuses_streams[k] = kernels.streams[k];
    pass.pools = w.embeddings;
    pass.transposes_values = w.flash == flash_attention::off;
    pass.seen_positions = c.seen_positions;
    pass.allocates = !w.dry_run;
    pass.repacking = repacking_of(on, w);
    pass.pins_norms = !w.dry_run && (pass.tokens < 32 || at.all_offloaded);
    pass.pins_attention = !w.dry_run && !at.kv_on_device;
    // Weights are copied for products of 32 rows or more. Some products have more rows than tokens: norms of heads, biases of
    // chosen experts, heads of states, channels.
    const std::int64_t most_rows = max(max(m.num_attention_heads, m.num_experts_per_tok),
                                       max(max(m.ssm_time_step_rank, m.sound.channels), std::int64_t{1}));
    pass.moves_weights = w.offload_operations && on.device_count > 0 && multiply(pass.tokens, most_rows) >= 32 &&
                         (!at.all_offloaded || at.has_overrides() || m.family->head_reads_embedding);
    pass.leaves_weights = leaves_weights(m, loaded, on, w, c, pass);
    return pass;
}

constexpr schedule_options schedule_of(const model &m, const loaded_model &loaded, const machine &on, const workload &w,
                                       const llama_cpp_rules &rules) {
    const layout &at = loaded.placed;
    schedule_options options;
    options.device_count = on.device_count + 1;
    options.offload_operations = w.offload_operations;
    // Pipeline parallelism keeps four batches in flight (GGML_SCHED_MAX_COPIES).
    const bool pipelined = on.device_count > 1 && at.all_offloaded && at.kv_on_device && !at.has_overrides();
    options.copies = pipelined ? 4 : 1;
    for (int d = 0; d < on.device_count; ++d) {
        const backend api = on.devices[d].api;
        if (api == backend::vulkan) options.vulkan_devices |= 1u << d;
        const int lanes = on.devices[d].subgroup_size;
        if (api == backend::vulkan && lanes > 0 && lanes < 16) options.narrow_devices |= 1u << d;
        if (api == backend::vulkan || api == backend::cuda || api == backend::rocm) options.rounding_devices |= 1u << d;
    }
    for (int d = 0; d <= on.device_count; ++d) {
        const device &by = device_at(on, d);
        const std::uint32_t bit = 1u << d;
        if (is_cuda(by.api)) options.cuda_devices |= bit;
        if (is_cuda_like(by.api)) options.scratch.cuda_devices |= bit;
        // A capability that is not known counts as an older one, which needs more.
        if (by.api == backend::cuda && by.compute_capability < 89) options.scratch.before_ada |= bit;
        if (by.api == backend::metal) options.metal_devices |= bit;
    }
    if (rules.keeps_for_cuda && m.num_experts > 0) options.fusing_devices = options.cuda_devices; // those kernels are of experts
    options.scratch.metal_devices = options.metal_devices;
    options.metal_order = rules.metal_order;
    options.vulkan_order = rules.vulkan_order;
    options.scratch.cuda_copies_cache = rules.reserves_cache_copies;
    options.scratch.metal_copies_cache = rules.metal_copies_cache;
    if (on.device_count > 0) options.largest_operand = buffer_rules_of(on, 0).largest_tensor;
    return options;
}

// Finds the peaks of the compute buffers in one pass: first with few layers drawn, and with more where those do not say what the
// others need.
constexpr replay_outcome measure_layers(const model &m, const quantization &q, const loaded_model &loaded,
                                        const machine &on, const llama_cpp_pass &pass, const schedule_options &options,
                                        bytes *peaks) {
    const layout &at = loaded.placed;
    auto best = replay_outcome::exceeded;
    std::int64_t kept[max_devices + 1] = {}; // layers of each device that the last attempt drew
    bytes fewer[max_devices + 1] = {};       // peaks of the attempt before it
    std::int64_t fewer_kept[max_devices + 1] = {};
    constexpr showing attempts[] = {showing::few, showing::more, showing::all};
    for (const showing much : attempts) {
        // In a dry run all weights have the same address, so that Metal, at a view of one, waits for all that read others.
        // RWKV 7's bonus is such a view, and how far its layers are ahead depends on where they begin: no layer stands for
        // another.
        const bool waits_for_weights =
            !pass.allocates && options.reordering_metal_devices() != 0 && m.layers[0].state == state_kind::rwkv_7;
        if (much != showing::all && (draws_all_layers(m) || waits_for_weights)) continue;
        const representative_layers shown(m, at, loaded.weights, pass.sizes_weights(), options.reorders(), much);
        bytes now[max_devices + 1] = {};
        const auto outcome = measure_pass(m, q, loaded, on, pass, shown, options, now);
        if (outcome == replay_outcome::elsewhere) return outcome;
        if (outcome == replay_outcome::exceeded) break;
        for (int d = 0; d <= on.device_count; ++d) fewer[d] = peaks[d], peaks[d] = now[d];
        best = outcome;
        if (best == replay_outcome::exact) return best;
        for (int d = 0; d <= on.device_count; ++d) fewer_kept[d] = kept[d], kept[d] = shown.kept_count(d);
    }
    if (best == replay_outcome::exceeded) {
        // There are more kinds of layers than there is room for: one layer of each shape stands for all formats.
        const representative_layers shown(m, at, loaded.weights, false, options.reorders(), showing::few);
        if (measure_pass(m, q, loaded, on, pass, shown, options, peaks) != replay_outcome::exceeded)
            best = replay_outcome::unsteady;
    }
    // The copies that a pipeline makes where it goes from device to device are never freed, so each layer adds its own.
    if (best == replay_outcome::growing)
        for (int d = 0; d <= on.device_count; ++d)
            if (kept[d] > fewer_kept[d])
                peaks[d] += max(peaks[d] - fewer[d], bytes()) / (kept[d] - fewer_kept[d]) * (at.layers_on(d) - kept[d]);
    return best;
}

// Which fused kernels are used: those of which, in a pass of one token for each sequence, every one is computed on the device of
// its layer (src/llama-context.cpp, resolve_fused_ops). With quantized values flash attention is used in any case.
constexpr fused_kernels kernels_of(const model &m, const quantization &q, const loaded_model &loaded, const machine &on,
                                   const workload &w, const llama_cpp_context &c, const schedule_options &options) {
    fused_kernels kernels;
    kernels.flash = w.flash != flash_attention::off;
    const showing much = draws_all_layers(m) ? showing::all : showing::few;
    const auto stay = [&](std::uint32_t asked) {
        const representative_layers shown(m, loaded.placed, loaded.weights, false, options.reorders(), much);
        auto pass = pass_of(m, loaded, on, w, c, kernels, w.sequences, w.sequences);
        pass.pins_norms = pass.tokens < 32 || loaded.placed.all_offloaded;
        pass.pins_attention = !loaded.placed.kv_on_device;
        pass.asked = asked;
        return measure_pass(m, q, loaded, on, pass, shown, options, nullptr) != replay_outcome::elsewhere;
    };
    const bool asks_for_flash = w.flash == flash_attention::automatic && w.type_v.block_elements == 1;
    const bool asks_for_streams = m.family->mixed_streams && on.device_count > 0;
    constexpr operation of_streams[] = {operation::dsv4_hc_pre, operation::dsv4_hc_comb, operation::dsv4_hc_post};
    const std::uint32_t flash = asks_for_flash && !attention_stays(m, loaded, on, w) ? question_of(operation::flash_attn_ext) : 0;
    std::uint32_t streams = 0;
    for (int k = 0; k < 3 && asks_for_streams; ++k) streams |= question_of(of_streams[k]);
    if (!m.family->mixed_streams)
        for (bool &k : kernels.streams) k = m.hyper_connection_rank == 0 || fuses_hyper_connections(m, loaded.placed, on, w);
    // llama.cpp asks about one after the other, and each graph lacks those that were given up before. One question about all of
    // them is enough if the answer is yes.
    if ((flash | streams) == 0 || stay(flash | streams)) return kernels;
    if (flash != 0) kernels.flash = stay(flash);
    for (int k = 0; k < 3 && asks_for_streams; ++k) kernels.streams[k] = stay(question_of(of_streams[k]));
    return kernels;
}

// Whether a pass needs so much less than `peaks` on every device that its exact peaks do not matter. One layer of each shape is
// drawn, whatever the formats of the others: if that needs less than a quarter, other formats can not make up for the rest.
constexpr bool is_far_below(const model &m, const quantization &q, const loaded_model &loaded, const machine &on,
                            const llama_cpp_pass &pass, const schedule_options &options, const bytes *peaks) {
    const representative_layers shown(m, loaded.placed, loaded.weights, false, options.reorders(), showing::few);
    bytes rough[max_devices + 1] = {};
    if (measure_pass(m, q, loaded, on, pass, shown, options, rough) > replay_outcome::unsteady) return false;
    for (int d = 0; d <= on.device_count; ++d)
        if (rough[d] * 4 > peaks[d]) return false;
    return true;
}

// The largest peaks of all passes that memory is reserved for: src/llama-context.cpp (sched_reserve). `w` is one that the engine
// accepts. Beside the full pass that is one of one token for each sequence: it needs more if it has more rows of logits, or if
// only the full one is computed on a device. The dry run does not measure it.
constexpr replay_outcome measure_compute(const model &m, const quantization &q, const loaded_model &loaded,
                                         const machine &on, const workload &w, const llama_cpp_context &c,
                                         bytes *peaks) {
    const schedule_options options = schedule_of(m, loaded, on, w, c.rules);
    const fused_kernels kernels = kernels_of(m, q, loaded, on, w, c, options);
    const auto full = pass_of(m, loaded, on, w, c, kernels, c.ubatch, min(c.ubatch, c.largest_output));
    auto outcome = measure_layers(m, q, loaded, on, full, options, peaks);
    // A head that another model lends has a format that is not known here, which matters if it is copied.
    const bool copies_borrowed = m.borrows_head && full.moves_weights && loaded.placed.device_of_output() == loaded.placed.host;
    if (copies_borrowed) outcome = max(outcome, replay_outcome::unsteady);
    if (w.dry_run) return outcome;

    bytes decode[max_devices + 1] = {};
    if (m.family->reserves_one_sequence && w.sequences > 1) {
        auto one = full;
        one.tokens = c.ubatch;
        one.sequences = 1;
        const auto reserved = measure_layers(m, q, loaded, on, one, options, decode);
        for (int d = 0; d <= on.device_count; ++d)
            if (peaks[d] < decode[d]) peaks[d] = decode[d];
        outcome = max(outcome, reserved);
    }
    // Copies of a cache on the host are as large in both passes, and in the short one they may fit worse.
    const bool copies_cache = on.device_count > 0 && !loaded.placed.kv_on_device;
    if (!(full.moves_weights || copies_cache || c.ubatch < w.sequences || chooses_blocks(m))) return outcome;

    // For so few tokens usually no weights are copied, and it is faster to draw them without their bytes. If one is copied after
    // all, the pass is measured again.
    auto short_pass = pass_of(m, loaded, on, w, c, kernels, w.sequences, w.sequences);
    short_pass.expects_no_copies = short_pass.moves_weights;
    short_pass.moves_weights = false;
    const auto measured = [&] {
        return short_pass.sizes_weights() && is_far_below(m, q, loaded, on, short_pass, options, peaks)
                   ? replay_outcome::exact
                   : measure_layers(m, q, loaded, on, short_pass, options, decode);
    };
    auto decoded = measured();
    if (decoded == replay_outcome::elsewhere) {
        short_pass.expects_no_copies = false;
        short_pass.moves_weights = true;
        decoded = measured();
    }
    for (int d = 0; d <= on.device_count; ++d)
        if (peaks[d] < decode[d]) peaks[d] = decode[d];
    return max(outcome, decoded);
}

} // namespace detail
MEMBOUND_END_NAMESPACE

#endif

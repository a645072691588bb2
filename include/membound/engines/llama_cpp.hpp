// llama.cpp: what it allocates on each device for a model and a context.
// Source: llama.cpp v0.5.0 (2026-09-28); file and function stand beside each rule.
#ifndef MEMBOUND_ENGINES_LLAMA_CPP_HPP
#define MEMBOUND_ENGINES_LLAMA_CPP_HPP

#include <membound/engine.hpp>
#include <membound/engines/fitted_efficiency.hpp>
#include <membound/engines/llama_cpp_compute.hpp>
#include <membound/engines/llama_cpp_files.hpp>
#include <membound/engines/llama_cpp_projector.hpp>
#include <membound/engines/llama_cpp_server.hpp>
#include <membound/engines/llama_cpp_weights.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace detail {

// Whether the last two layers of a model cache what those of a draft read (src/llama-model.cpp, create_memory): keys and values
// of the same heads, one with a sliding window and one without.
constexpr bool caches_for(const model &target, const model &draft) {
    const int last = target.layer_count() - 1;
    if (target.family == nullptr || target.family->cache != cache_use::read || last < 1) return false;
    if (target.hidden_size != draft.target_features || target.layers[last].kind != layer_kind::full_attention) return false;
    for (int i = 0; i < draft.layer_count(); ++i) {
        const layer &l = draft.layers[i];
        const layer &from = target.layers[l.kind == layer_kind::sliding_attention ? last - 1 : last];
        if (from.kind != l.kind || from.num_key_value_heads != l.num_key_value_heads ||
            target.key_head_dim(from) != draft.key_head_dim(l) || target.value_head_dim(from) != draft.value_head_dim(l))
            return false;
    }
    return true;
}

// What llama.cpp refuses, or can not do.
constexpr error refused(const char *where, const char *what, const char *why) {
    return model_error(errc::unsupported, where, what, why);
}

// Whether the settings make sense by themselves.
constexpr result<bool> settings_accepted(const workload &w) {
    const auto bad = [](const char *where, const char *what, const char *why) {
        return model_error(errc::bad_value, where, what, why);
    };
    if (w.sequences < 1 || w.batch < 1 || w.ubatch < 1)
        return bad("sequences, batch, ubatch", "are less than 1", "a pass computes a token");
    if (w.sequences > 256) return refused("sequences", "are more than 256", "llama.cpp has no more (LLAMA_MAX_SEQ)");
    if (w.lora.rank < 0) return bad("lora.rank", "is negative", "it counts rows");
    if (w.lora.rank > 0 && !divides(w.lora.type, w.lora.rank))
        return refused("lora.type", "does not divide the rank", "a row is stored in whole blocks");
    if (w.checkpoints < 0) return bad("checkpoints", "are negative", "they are counted");
    if (w.prompt_cache < 0_B) return bad("prompt_cache", "is negative", "it is a size");
    if (w.context.count() < 0) return bad("context", "is negative", "it counts tokens");
    return true;
}

// Whether the model may be run with a context of these sizes.
constexpr result<bool> context_accepted(const model &m, const workload &w, const llama_cpp_context &c) {
    if (c.largest_output < w.sequences)
        return refused("outputs", "are fewer than the sequences", "each sequence needs a row of logits");
    if (w.type_v.block_elements > 1 && w.flash == flash_attention::off)
        return refused("type_v", "is quantized", "a quantized V cache needs flash attention");
    if (w.embeddings && (m.family->drafts == draft_kind::in_turn || m.reads_target_caches()))
        return refused("embeddings", "are asked for", "llama.cpp computes none for a draft");
    if (m.family->caches_one_token && w.flash != flash_attention::off && round_up(c.ubatch, w.sequences) > 1)
        return refused("flash", "is not off", "llama.cpp writes values of one token only into a cache that is not transposed");
    const bool stacked = m.family->stacks != layer_stacks::one;
    if (stacked && m.distances == relative_bias::none)
        return refused("distances", "have no bias", "llama.cpp computes no attention without it");
    if (m.family->stacks == layer_stacks::encoder_and_decoder && c.streams > 1)
        return refused("sequences", "have a cache each", "the biases of attention are of all tokens of a pass");
    if (m.family->reserves_one_sequence && c.ubatch % c.streams != 0 && m.attends())
        return refused("sequences", "do not divide ubatch", "llama.cpp reserves a pass with all tokens in one sequence");
    const bool by_mean = m.pooling == pooling_kind::mean || (m.pooling == pooling_kind::rank && m.family->ranks_by_mean);
    if (w.embeddings && by_mean && m.sound.channels == 0 && min(c.ubatch, c.largest_output) != round_up(c.ubatch, w.sequences))
        return refused("outputs", "are not all tokens of a pass", "a mean is taken of all");
    return true;
}

// Whether a layer's cache may be stored in the types that are asked for.
constexpr result<bool> cache_types_accepted(const model &m, const layer &l, const workload &w, const llama_cpp_rules &rules) {
    const bool quantized_k = w.type_k.block_elements > 1;
    const bool latent = m.is_latent(l);
    if (latent && !rules.latent_cache)
        return refused("date", "is before 2025-04-15", "the cache of latent attention was another then");
    if ((latent || m.family->keys_are_values) && w.type_k != w.type_v)
        return refused("type_v", "is not type_k", "a latent cache holds keys and values in one");
    // Without flash attention rows are stored whole, of all heads together.
    const std::int64_t k_row = w.flash == flash_attention::off ? cached_key_size(m, l) : cached_key_head(m, l);
    if (m.family->cache == cache_use::none && w.flash == flash_attention::off) return true;
    if (quantized_k && !divides(w.type_k, k_row))
        return refused("type_k", "does not divide a head", "a head is stored in whole blocks");
    if (quantized_k && !divides(w.type_k, cached_indexer_size(m, l)))
        return refused("type_k", "does not divide a key of the indexer", "it is stored in whole blocks");
    if (w.type_v.block_elements > 1 && !divides(w.type_v, cached_value_head(m, l)))
        return refused("type_v", "does not divide a head", "a head is stored in whole blocks");
    return true;
}

// The sizes of a context that llama.cpp does not refuse (src/llama-context.cpp, llama_init_from_model).
constexpr result<llama_cpp_context> accepted(const model &m, const workload &w, const llama_cpp_rules &rules) {
    if (const auto good = settings_accepted(w); !good) return good.error();
    if (m.reads_target_caches() && w.target == nullptr)
        return refused("target", "is not there", "llama.cpp runs the draft only beside the model whose caches it reads");
    if (m.reads_target_caches() && !caches_for(*w.target, m))
        return refused("target", "does not fit", "its last two layers have to cache what the layers of the draft read");
    const llama_cpp_context c =
        m.reads_target_caches() ? llama_cpp_context_beside(*w.target, m, w, rules) : llama_cpp_context_of(m, w, rules);
    if (const auto good = context_accepted(m, w, c); !good) return good.error();
    for (int i = 0; i < m.layer_count(); ++i) {
        if (i > 0 && same_shape(m.layers[i], m.layers[i - 1])) continue;
        if (const auto good = cache_types_accepted(m, m.layers[i], w, rules); !good) return good.error();
    }
    return c;
}

// A cache on the host is in the CPU's own buffer, whatever the devices are.
constexpr buffer_rules cache_rules_of(const machine &on, int device) {
    return device == on.device_count ? buffer_rules{} : buffer_rules_of(on, device);
}

// Bytes that the cache of each device takes: src/llama-kv-cache.cpp. Tensors are padded as in any buffer. False where a device
// can not address one of them: llama.cpp stops at its first use (ggml-backend.cpp, ggml_backend_sched_backend_id_from_cur).
constexpr bool sum_cache(const model &m, const loaded_model &loaded, const machine &on, const workload &w,
                         const llama_cpp_context &c, bytes *sums) {
    if (m.family->cache == cache_use::none) return true;
    bytes size; // of the layer before
    bool addressed = true;
    const std::int64_t widest = w.flash == flash_attention::off ? widest_cached_value(m) : 0;
    const int further = m.family->caches_further_layers ? static_cast<int>(m.num_nextn_predict_layers) : 0;
    for (int i = 0; i < m.layer_count() + further; ++i) {
        const layer &l = m.layers[i];
        const int d = loaded.placed.device_of_cache(i);
        if (l.shares_cache) continue;
        if (i == 0 || !loaded.placed.alike(i, i - 1)) {
            const buffer_rules r = cache_rules_of(on, d);
            const std::int64_t rows = multiply(c.cells_of(l), c.streams);
            size = buffer_bytes(r, w.type_k, {cached_key_size(m, l), rows});
            addressed = addressed && size.count() <= r.largest_tensor;
            if (cached_indexer_size(m, l) > 0 && l.compression == key_compression::none)
                size += buffer_bytes(r, w.type_k, {cached_indexer_size(m, l), rows});
            for (const compressor by : all_compressors) {
                const std::int64_t cells = multiply(compressed_cells(by, c.per_sequence), c.streams);
                if (has_compressor(l, by)) size += buffer_bytes(r, w.type_k, {compressed_key_size(m, by), cells});
            }
            if (cached_indexer_value_size(m, l) > 0) size += buffer_bytes(r, w.type_v, {cached_indexer_value_size(m, l), rows});
            const std::int64_t values = cached_value_size(m, l);
            if (values > 0 || m.family->blocks_left_out) {
                const bytes of_values = buffer_bytes(r, w.type_v, {max(values, widest), rows});
                addressed = addressed && of_values.count() <= r.largest_tensor;
                size += of_values;
            }
        }
        sums[d] += size;
    }
    return addressed;
}

// Bytes that adapters take on each device: src/llama-adapter.cpp. The two matrices of a low-rank adapter lie beside the one
// that they change.
constexpr void sum_adapters(const model &m, const loaded_model &loaded, const machine &on, const workload &w, bytes *sums) {
    const auto add = [&](int d, const format &f, const shape &s) { sums[d] += buffer_bytes(buffer_rules_of(on, d), f, s); };
    if (w.lora.rank > 0)
        for_each_weight(m, [&](const tensor &t, tensor_use, int) {
            if (!w.lora.changes(t.name) || t.part != tensor_part::weight) return;
            const int d = device_of(loaded.placed, t);
            add(d, w.lora.type, {t.dims.ne[0], w.lora.rank, t.dims.ne[2]});
            add(d, w.lora.type, {w.lora.rank, t.dims.ne[1], t.dims.ne[2]});
        });
    if (w.control_vector)
        for (int i = 1; i < m.layer_count(); ++i) add(loaded.placed.device_of_layer(i), formats::f32::value, {m.hidden_size});
}

// Bytes of the recurrent states on each device: src/llama-memory-recurrent.cpp. Each sequence has a cell.
constexpr void sum_states(const model &m, const loaded_model &loaded, const machine &on, const workload &w, bytes *sums) {
    for (int i = 0; i < m.layer_count(); ++i) {
        const layer &l = m.layers[i];
        if (l.state == state_kind::none && l.compression == key_compression::none) continue;
        const int d = loaded.placed.device_of_cache(i);
        const buffer_rules r = cache_rules_of(on, d);
        // Of compressors: keys and their scores (src/llama-kv-cache-dsv4.cpp, llama_dsv4_comp_state).
        for (const compressor by : all_compressors) {
            const shape kept = {compressor_width(m, by), tokens_to_compress(by), w.sequences};
            if (has_compressor(l, by)) sums[d] += buffer_bytes(r, formats::f32::value, kept) * 2;
        }
        if (l.state == state_kind::none) continue;
        sums[d] += buffer_bytes(r, formats::f32::value, {convolution_state_size(m, l), w.sequences});
        sums[d] += buffer_bytes(r, formats::f32::value, {recurrent_state_size(m, l), w.sequences});
        if (l.adds_ngrams) sums[d] += buffer_bytes(r, formats::f32::value, {ngram_state_size(m, l), w.sequences});
    }
}

// Logits, and embeddings where they are asked for, of one row a sequence (output_reserve).
constexpr bytes output_bytes(const model &m, const loaded_model &loaded, const machine &on, const workload &w) {
    const bool embeds = w.embeddings || m.family->stacks == layer_stacks::encoder_and_decoder;
    const std::int64_t embedding = m.embedding_size > 0 ? m.embedding_size : m.hidden_size;
    const std::int64_t row = add(m.vocab_size, embeds ? embedding : 0);
    const bool pinned = loaded.placed.device_of_output() != loaded.placed.host;
    return storage_bytes(formats::f32::value, row, w.sequences) + (pinned ? lengthened(on) : 0_B);
}

// Weights that are mapped and stay with the host are those alone: of the pages between them the system takes back what it
// needs. Metal keeps all that its buffer spans, in whole pages of 16 KiB (ggml-metal-device.m, ggml_metal_buffer_map).
constexpr amount weights_of(const loaded_model &loaded, int d) {
    const placed_weights &weights = loaded.weights;
    amount held = exactly(weights.on[d]);
    if (d < loaded.placed.host && weights.mapped[d] > 0_B) {
        held = exactly(weights.mapped[d]);
        held.upper += 32_KiB;
    } else if (d == loaded.placed.host && weights.perhaps_copied > 0_B) {
        held.upper += weights.perhaps_copied;
        held.known = knowledge::modelled;
    }
    return held;
}

// The replay is checked byte for byte on the CPU, under Vulkan, CUDA and Metal. ROCm and SYCL compute the same graph with
// kernels that ask for a little more and keep some operands longer. Where the replay was not steady, layers are left out.
constexpr amount compute_of(const device &d, bytes peak, replay_outcome outcome, bool checked) {
    if (outcome != replay_outcome::exact) return {peak - peak / 4, peak, peak + peak / 8, knowledge::modelled};
    const bool replayed = d.api == backend::cpu || d.api == backend::vulkan || d.api == backend::cuda || d.api == backend::metal;
    if (checked && replayed) return exactly(peak);
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

// Where CUDA does not reserve it, room for a layer's quantized cache in F16 comes from a pool as the context fills.
constexpr bytes pooled_cache_copies(const model &m, const loaded_model &loaded, const workload &w, const llama_cpp_context &c,
                                    int device) {
    bytes most;
    if (w.flash == flash_attention::off || m.family->cache != cache_use::read) return most;
    const auto copy = [](const format &type, std::int64_t size, std::int64_t rows) {
        return type == formats::f16::value ? bytes() : tensor_bytes(formats::f16::value, {size, rows});
    };
    for (int i = 0; i < m.layer_count(); ++i) {
        const layer &l = m.layers[i];
        if (!attends(l) || loaded.placed.device_of_layer(i) != device) continue;
        const std::int64_t rows = multiply(c.cells_of(l), c.streams);
        most = max(most, copy(w.type_k, cached_key_size(m, l), rows) + copy(w.type_v, cached_value_size(m, l), rows));
    }
    return most;
}

// Peaks of the compute buffers.
struct compute_peaks {
    bytes at_first[max_devices + 1] = {}; // as they are reserved
    bytes grown[max_devices + 1] = {};    // with a full cache, where the graph grows with it; else 0
    replay_outcome outcome = replay_outcome::exact;
};

constexpr compute_peaks compute_peaks_of(const model &m, const quantization &q, const loaded_model &loaded, const machine &on,
                                         const workload &w, const llama_cpp_context &c) {
    compute_peaks peaks;
    peaks.outcome = measure_compute(m, q, loaded, on, w, c, peaks.at_first);
    if (peaks.outcome == replay_outcome::exceeded || !chooses_blocks(m)) return peaks;
    // The scores of blocks grow with the cache, and the buffers with them once they do not suffice.
    llama_cpp_context full = c;
    full.seen_positions = c.per_sequence;
    measure_compute(m, q, loaded, on, w, full, peaks.grown);
    return peaks;
}

constexpr amount compute_on(const machine &on, int d, const workload &w, const llama_cpp_context &c, const compute_peaks &peaks,
                            bool checked) {
    const device &at = device_at(on, d);
    amount held = compute_of(at, peaks.at_first[d], peaks.outcome, checked);
    // Whether CUDA's attention copies a cache for one or two tokens depends on the device.
    const bool few_tokens = c.ubatch <= 2 && !(w.type_k == formats::f16::value && w.type_v == formats::f16::value);
    if (few_tokens && at.api == backend::cuda && at.compute_capability == 0) held.known = knowledge::modelled;
    if (peaks.grown[d] > peaks.at_first[d]) {
        held.upper = max(held.upper, compute_of(at, peaks.grown[d], peaks.outcome, checked).upper);
        held.known = knowledge::modelled;
    }
    return held;
}

// What a budget is asked for: all of it, or all but compute buffers, which take most of the time.
enum class budget_extent : std::uint8_t { whole, without_compute };

constexpr result<budget> llama_cpp_budget(const engine &e, const model &m, const quantization &q,
                                          const loaded_model &loaded, const machine &on, const workload &asked,
                                          budget_extent extent) {
    if (m.family == nullptr)
        return model_error(errc::unknown, "architecture", "is not known", "so neither are its cache and its graph");
    workload w = asked;
    if (!m.family->flash_attention) w.flash = flash_attention::off;
    const auto allowed = accepted(m, w, llama_cpp_rules_at(e.date));
    if (!allowed) return allowed.error();
    const llama_cpp_context &c = *allowed;
    if (const auto type_k = ggml_type_named(w.type_k, "type_k"); !type_k) return type_k.error();
    if (const auto type_v = ggml_type_named(w.type_v, "type_v"); !type_v) return type_v.error();

    budget b = empty_budget(on);
    b.context = tokens(c.total);
    b.context_per_sequence = tokens(c.per_sequence);
    b.sequences = w.sequences;

    const bool whole = extent == budget_extent::whole;
    const compute_peaks peaks = whole ? compute_peaks_of(m, q, loaded, on, w, c) : compute_peaks{};
    if (peaks.outcome == replay_outcome::exceeded)
        return model_error(errc::unsupported, "compute", "is not known", "the graph is larger than can be drawn");
    bytes cache[max_devices + 1] = {}, states[max_devices + 1] = {}, adapters[max_devices + 1] = {};
    if (!sum_cache(m, loaded, on, w, c, cache))
        return model_error(errc::unsupported, "context", "makes a tensor of the cache too large",
                           "Vulkan addresses up to 4 GiB of one");
    sum_states(m, loaded, on, w, states);
    if (w.lora.rank > 0 || w.control_vector) sum_adapters(m, loaded, on, w, adapters);
    // Matrices of an adapter that are copied to a device with those that they change were measured once, 1.3 % higher.
    const bool copies_adapter = w.lora.rank > 0 && on.device_count > 0 && !loaded.placed.all_offloaded;
    const bool checked = e.date == llama_cpp_today && !copies_adapter;
    for (int d = 0; d < b.count; ++d) {
        const backend api = device_at(on, d).api;
        device_budget &held = b.devices[d];
        held.weights = weights_of(loaded, d);
        held.adapters = exactly(adapters[d]);
        held.kv_cache = exactly(cache[d]);
        held.recurrent_state = exactly(states[d]);
        held.compute = compute_on(on, d, w, c, peaks, checked);
        held.overhead = driver_overhead(device_at(on, d));
        if (!c.rules.reserves_cache_copies && is_cuda_like(api)) {
            const bytes copies = pooled_cache_copies(m, loaded, w, c, d);
            held.overhead += {0_B, copies, copies, knowledge::modelled};
        }
    }
    device_budget &host = b.devices[loaded.placed.host];
    host.output = exactly(output_bytes(m, loaded, on, w));
    if (w.checkpoints > 0 || w.prompt_cache > 0_B) {
        bytes context;
        for (int d = 0; d < b.count; ++d) context += cache[d] + states[d];
        host.prompts = prompts_of(m, w, c, context);
    }
    if (w.vision != nullptr) {
        const auto seeing = with_projector(b, on, w, whole);
        if (!seeing) return seeing.error();
        b = *seeing;
    }
    return completed(b, on);
}

constexpr result<budget> llama_cpp_account(const engine &e, const model &m, const quantization &q,
                                           const loaded_model &loaded, const machine &on, const workload &w) {
    return llama_cpp_budget(e, m, q, loaded, on, w, budget_extent::whole);
}

constexpr result<budget> llama_cpp_least(const engine &e, const model &m, const quantization &q,
                                         const loaded_model &loaded, const machine &on, const workload &w) {
    return llama_cpp_budget(e, m, q, loaded, on, w, budget_extent::without_compute);
}

// llama.cpp v0.5.0, common/arg.cpp (kv_cache_types).
inline constexpr const format *llama_cpp_cache_types[] = {
    &formats::f32::value,  &formats::f16::value,    &formats::bf16::value, &formats::q8_0::value, &formats::q4_0::value,
    &formats::q4_1::value, &formats::iq4_nl::value, &formats::q5_0::value, &formats::q5_1::value,
};

// What llama-quantize makes.
constexpr bool is_of_llama_cpp(const quantization &q) {
    return q.kind == quantization::scheme::mix || q.kind == quantization::scheme::stored;
}

constexpr tokens llama_cpp_context_step(const workload &w) {
    return tokens(256) * (w.unified_cache ? 1 : max(w.sequences, 1));
}

} // namespace detail

namespace engines {

// The library, with the defaults that its programs have in common (common/common.h).
struct llama_cpp {
    static constexpr engine value = [] {
        engine e;
        e.name = "llama.cpp";
        e.version = "v0.5.0 (2026-09-28)";
        e.date = detail::llama_cpp_today;
        e.caches_in(detail::llama_cpp_cache_types);
        e.runs = detail::is_of_llama_cpp;
        e.load_by = detail::llama_cpp_load_files;
        e.buffers_by = detail::llama_cpp_buffers;
        e.account_by = detail::llama_cpp_account;
        e.least_by = detail::llama_cpp_least;
        e.offloads_layers = true;
        e.efficiency_on = detail::llama_cpp_efficiency_on;
        e.context_step = detail::llama_cpp_context_step;
        return e;
    }();
};

// The chat program, which asks for the logits of one token at a time (tools/cli, server_output_limits).
struct llama_cli {
    static constexpr engine value = [] {
        engine e = llama_cpp::value;
        e.name = "llama-cli";
        e.defaults.outputs = -1;
        return e;
    }();
};

// The server: four slots that share one cache, logits for one token of each (tools/server/server.cpp), and what it keeps of
// prompts on the host (common/common.h: n_ctx_checkpoints, cache_ram_mib).
struct llama_server {
    static constexpr engine value = [] {
        engine e = llama_cli::value;
        e.name = "llama-server";
        e.defaults.sequences = 4;
        e.defaults.unified_cache = true;
        e.defaults.checkpoints = 32;
        e.defaults.prompt_cache = 8_GiB;
        return e;
    }();
};

} // namespace engines

MEMBOUND_END_NAMESPACE

#endif

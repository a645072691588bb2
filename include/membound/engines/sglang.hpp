// SGLang: its pools of tokens and states, and what they leave of each GPU.
// Source: SGLang v0.5.23, srt/model_executor/pool_configurator.py (bytes of a token), srt/mem_cache/kv_cache_configurator.py
// (what is left for the pools, states, requests), srt/mem_cache/memory_pool.py (buffers), srt/configs/model_config.py (which
// models pool windows), srt/arg_groups/memory_hook.py (mem_fraction_static). Rules of earlier dates stand beside the present
// ones.
#ifndef MEMBOUND_ENGINES_SGLANG_HPP
#define MEMBOUND_ENGINES_SGLANG_HPP

#include <membound/engines/gpu_server.hpp>

MEMBOUND_BEGIN_NAMESPACE

// Bytes of one token, and of the states of one request, on one device.
struct sglang_cache {
    std::int64_t full_token = 0;    // in layers with full attention, keys of an indexer among them
    std::int64_t draft_token = 0;   // in layers that draft, each as one with full attention
    std::int64_t sliding_token = 0; // in layers with a window, which have a pool of their own
    std::int64_t state = 0;         // of one slot
    double sliding_ratio = 0;       // tokens of that pool for each of the other
    double state_ratio = 0;         // bytes of states for each byte of tokens
    int slots_per_request = 0;
    std::int64_t page_size = 1;
    std::int64_t packing_token = 0; // what FlashMLA's layout adds to full_token

    // Of one token of max_total_num_tokens, in all pools.
    constexpr double token_bytes() const {
        const auto drafted = static_cast<double>(draft_token);
        if (full_token == 0) return drafted + static_cast<double>(sliding_token);
        return drafted + static_cast<double>(full_token) + sliding_ratio * static_cast<double>(sliding_token);
    }
};

// What the pools hold.
struct sglang_capacity {
    tokens size;         // max_total_num_tokens
    tokens sliding_size; // of the pool with a window
    std::int64_t state_slots = 0;
    bytes full_pool;
    bytes sliding_pool;
    bytes state_pool;
};

namespace detail {

inline constexpr int sglang_today = 20261110; // v0.5.23

// What changed over time in what is used here.
struct sglang_rules {
    bool drafts_above_budget = false; // the pool has room for the tokens that are drafted and verified beside its budget
    bool drafts_within_budget = true; // caches of the layers that draft share it
    bool keeps_spare_state = true;    // the slot of states that pads batches comes out of their share, too
    bool keeps_room_for_images = true;
    bool counts_packing = true; // FlashMLA's layout of sparse latents is counted as large as it is
};

// Dates of the changes: v0.5.10, v0.5.14, v0.5.17, v0.5.18.
inline constexpr int sglang_0_5_10 = 20260405, sglang_0_5_17 = 20260807;
constexpr sglang_rules sglang_rules_at(int date) {
    sglang_rules r;
    r.drafts_above_budget = date < sglang_0_5_10;
    r.drafts_within_budget = date >= 20260626;
    r.keeps_spare_state = date >= sglang_0_5_17;
    r.counts_packing = date >= sglang_0_5_17;
    r.keeps_room_for_images = date >= 20260821;
    return r;
}

// How sparse latent attention keeps its cache.
struct sglang_sparse {
    bool packs = true; // in 8 bits as FlashMLA reads them: else as they are
    std::int64_t page_size = 64;
};

// The kernels by default (arg_groups/overrides.py, _dsa_split_backend_resolution; kv_cache_configurator.py,
// calculate_mla_kv_cache_dim).
constexpr sglang_sparse sglang_sparse_on(const model &m, const device &d, int date) {
    const bool rocm = d.api == backend::rocm;
    const bool small_blackwell = d.compute_capability >= 120 && date >= sglang_0_5_17 && same_text(m.family->name, "glm-dsa");
    const bool packs = date < sglang_0_5_10 || (!rocm && (d.compute_capability < 100 || small_blackwell));
    return {packs, rocm ? 1 : 64};
}

// Whether layers with a window have a pool of their own. Those of all other models are cached as if they had none
// (is_hybrid_swa_model).
constexpr bool sglang_pools_windows(const model &m, int date) {
    constexpr struct {
        const char *family;
        int since; // v0.5.7, .8, .9, .11, .13, .16 and later
    } known[] = {
        {"mimo2", 20260101},     {"llama4", 20260123},      {"gpt-oss", 20260123},  {"step35", 20260223},
        {"gemma4", 20260507},    {"laguna", 20260611},      {"mellum", 20260725},   {"dots3note", 20261030},
        {"spark2_5", 20261030},  {"granite_swa", 20261030}, {"muse-glimmer", 20261030},
    };
    for (const auto &k : known)
        if (same_text(m.family->name, k.family)) return date >= k.since;
    return false;
}

constexpr server_shares sglang_shares(const placement &p, const serving &s) {
    server_shares by = shares_of(p, p.tensor_parallel);
    // "mem usage" is what the driver has less (srt/utils/common.py, get_available_gpu_memory).
    by.counted = torch_memory::reserved;
    if (s.attention_replicas) by.attention = by.vocabulary = max(1, p.tensor_parallel / p.data_parallel);
    return by;
}

// tp_size counts the replicas of attention, too.
constexpr workload sglang_devices(workload w) {
    if (w.served.attention_replicas) w.placed.data_parallel = 1;
    return w;
}

// Numbers of a recurrent state take four bytes unless config.json says otherwise (configs/mamba_utils.py).
constexpr std::int64_t sglang_state_number_bytes(const serving &s) {
    return s.state_type.block_bytes > 0 ? s.state_type.block_bytes : 4;
}

} // namespace detail

// The pools of the layers in `mine` on one device. Layers that share a cache have one of their own here.
constexpr sglang_cache sglang_cache_of(const model &m, const workload &w, detail::layer_range mine, bool pools_windows,
                                       const detail::sglang_sparse &sparse = {}) {
    using namespace detail;
    const std::int64_t by = sglang_shares(w.placed, w.served).attention;
    sglang_cache c;
    const bool chooses = has_sparse_latents(m);
    c.page_size = w.served.block_size > 0 ? w.served.block_size : chooses ? sparse.page_size : 1;
    c.sliding_ratio = w.served.swa_full_tokens_ratio > 0 ? w.served.swa_full_tokens_ratio : 0.8;
    std::int64_t full_layers = 0;
    for (int i = mine.first; i < mine.last; ++i) {
        const layer &l = m.layers[i];
        if (attends(l)) {
            const std::int64_t size = server_token_bytes(m, l, w.type_k, w.type_v, by);
            const bool windowed = pools_windows && l.kind == layer_kind::sliding_attention && m.sliding_window > 0;
            (windowed ? c.sliding_token : c.full_token) += size;
            if (!windowed) ++full_layers;
            if (cached_indexer_size(m, l) > 0) c.full_token += packed_indexer_key(m);
            if (chooses && sparse.packs) c.packing_token += added_by_flash_mla(m, l, w.type_k);
        }
        if (l.state != state_kind::none) c.state += server_state_bytes(m, l, sglang_state_number_bytes(w.served), by, 0);
    }
    c.full_token += c.packing_token;
    if (w.served.speculative_tokens > 0 && full_layers > 0)
        c.draft_token = multiply(c.full_token, max<std::int64_t>(1, m.num_nextn_predict_layers)) / full_layers;
    if (c.state > 0) {
        c.state_ratio = w.served.mamba_full_memory_ratio > 0 ? w.served.mamba_full_memory_ratio : 0.9;
        c.slots_per_request = w.served.prefix_caching ? 3 : 1;
    }
    return c;
}

namespace detail {

// max_running_requests, of all replicas of attention together, for a length that so many tokens hold.
constexpr std::int64_t sglang_requests(const serving &s, std::int64_t size, std::int64_t length) {
    if (s.max_sequences > 0) return s.max_sequences;
    const auto n = static_cast<std::int64_t>(static_cast<double>(size) / static_cast<double>(length) * 512);
    return min<std::int64_t>(max<std::int64_t>(n, 2048), 4096);
}

// What a budget of bytes becomes. With prefix caching states have their share of it; without, a slot for each of
// max_running_requests. One slot and one page more than are counted are allocated. `length` is context_length.
constexpr sglang_capacity sglang_capacity_of(const sglang_cache &c, const workload &w, bytes budget, std::int64_t length,
                                             const sglang_rules &rules) {
    const serving &s = w.served;
    sglang_capacity out;
    double left = static_cast<double>(budget.count());
    if (c.state > 0) {
        const double share = left * c.state_ratio / (1 + c.state_ratio);
        const int spare = rules.keeps_spare_state ? 1 : 0;
        out.state_slots = static_cast<std::int64_t>(share / static_cast<double>(c.state)) - spare;
        if (!s.prefix_caching && s.max_sequences > 0)
            out.state_slots = max(1, s.max_sequences / (s.attention_replicas ? w.placed.data_parallel : 1));
        out.state_pool = bytes(multiply(out.state_slots + 1, c.state));
        left -= static_cast<double>(multiply(out.state_slots + spare, c.state));
    }
    const double token = c.token_bytes() - (rules.drafts_within_budget ? 0 : static_cast<double>(c.draft_token)) -
                         (rules.counts_packing ? 0 : static_cast<double>(c.packing_token));
    if (left <= 0 || token <= 0) return out;
    const auto whole_pages = [&](double n) { return static_cast<std::int64_t>(n) / c.page_size * c.page_size; };
    double held = left / token;
    if (rules.drafts_above_budget && s.speculative_tokens > 0) {
        const std::int64_t requests = sglang_requests(s, static_cast<std::int64_t>(held), length);
        held += static_cast<double>(multiply(requests, 2 * s.speculative_tokens + 1) + 100);
    }
    const std::int64_t n = whole_pages(held);
    out.size = tokens(n);
    if (c.full_token > 0) out.full_pool = bytes(multiply(n + c.page_size, c.full_token));
    if (c.sliding_token > 0) {
        const std::int64_t windowed = c.full_token > 0 ? whole_pages(static_cast<double>(n) * c.sliding_ratio) : n;
        out.sliding_size = tokens(windowed);
        out.sliding_pool = bytes(multiply(windowed + c.page_size, c.sliding_token));
    }
    return out;
}

// Sizes that follow from the memory of the device (arg_groups/memory_hook.py), in MiB.
struct sglang_defaults {
    std::int64_t chunked_prefill = 0;
    std::int64_t graph_batch = 0;
    double reserved = 0;
    double fraction = 0;
};

// Numbers of tokens for which the prefill is captured (cuda_graph_hook.py).
constexpr int captured_prefills(std::int64_t most) {
    int n = 0;
    const auto step = [](std::int64_t s) {
        return s < 32 ? 4 : s < 256 ? 16 : s < 512 ? 32 : s < 1024 ? 64 : s < 4096 ? 256 : 512;
    };
    for (std::int64_t s = 4; s <= most; s += step(s)) ++n;
    return n;
}

// AITER, the kernels of attention on ROCm, takes a part of what mem_fraction_static leaves from contexts of more than 8192
// tokens on, whether that was asked for or not (attention_hook.py). Latent attention runs by it with 16 or 128 heads.
inline constexpr double sglang_aiter_share = 0.85;
constexpr bool sglang_attends_by_aiter(const model &m, const workload &w) {
    if (request_length(m, w) <= 8192) return false;
    for (int i = 0; i < m.layer_count(); ++i)
        if (attends(m.layers[i]) && m.is_latent(m.layers[i])) {
            const std::int64_t heads = m.layers[i].num_attention_heads / max(1, w.placed.tensor_parallel);
            return heads == 16 || heads == 128;
        }
    return true;
}

constexpr sglang_defaults sglang_defaults_of(const model &m, const workload &w, const device &d) {
    sglang_defaults r;
    const double memory = static_cast<double>(d.usable_capacity().count()) / (1024 * 1024);
    const bool few = w.placed.tensor_parallel < 4;
    if (memory < 20 * 1024)
        r.chunked_prefill = 2048, r.graph_batch = 8;
    else if (memory < 35 * 1024)
        r.chunked_prefill = 4096, r.graph_batch = few ? 48 : 160;
    else if (memory < 60 * 1024)
        r.chunked_prefill = 4096, r.graph_batch = few ? 32 : 160;
    else if (memory < 160 * 1024)
        r.chunked_prefill = 8192, r.graph_batch = few ? 256 : 512;
    else
        r.chunked_prefill = 16384, r.graph_batch = 512;
    if (w.batch > 0) r.chunked_prefill = w.batch;
    if (w.served.max_sequences > 0) r.graph_batch = min<std::int64_t>(r.graph_batch, w.served.max_sequences);
    bool latent = false;
    for (int i = 0; i < m.layer_count(); ++i) latent = latent || (attends(m.layers[i]) && m.is_latent(m.layers[i]));
    r.reserved = 512 + 1.5 * static_cast<double>(max<std::int64_t>(r.chunked_prefill, 2048)) +
                 w.placed.tensor_parallel * w.placed.pipeline_parallel / 8.0 * 1024;
    if (w.served.graphs) {
        r.reserved += 2 * static_cast<double>(r.graph_batch);
        r.reserved += latent ? 1536 : 8 * captured_prefills(r.chunked_prefill);
        if (w.served.attention_replicas)
            r.reserved += static_cast<double>(r.graph_batch) * w.placed.data_parallel * (r.graph_batch > 300 ? 4.5 : 3);
    }
    if (memory > 60 * 1024) r.reserved = max(r.reserved, 10.0 * 1024);
    r.fraction = static_cast<double>(static_cast<std::int64_t>((memory - r.reserved) / memory * 1000 + 0.5)) / 1000;
    if (m.vision != nullptr && !w.served.text_only) {
        const double size = static_cast<double>(m.vision->num_hidden_layers * m.vision->hidden_size * m.vision->hidden_size);
        const double factor = 1 - 0.1 * (size / (24.0 * 1024 * 1024) - 1);
        r.fraction *= 0.95 * (factor < 0.8 ? 0.8 : factor > 1.05 ? 1.05 : factor);
    }
    if (w.served.memory_fraction > 0) r.fraction = w.served.memory_fraction;
    if (d.api == backend::rocm && sglang_attends_by_aiter(m, w)) r.fraction *= sglang_aiter_share;
    return r;
}

// What is kept for the embeddings of images (SGLANG_VLM_CACHE_SIZE_MB).
constexpr bytes sglang_image_cache(const model &m, const workload &w, const sglang_rules &rules) {
    return m.vision != nullptr && !w.served.text_only && rules.keeps_room_for_images ? 100_MiB : 0_B;
}

// Sines and cosines are kept in fp32 on CUDA (rotary_embedding/base.py).
inline constexpr rotary_rules sglang_rotary{4, false, false};

// What torch's kernels take of a device when they are first used: while the weights are loaded, where several devices have
// not used them before to meet. In published logs "mem usage" is 46 to 83 MiB and 7 to 20 MiB more than the weights.
constexpr amount sglang_kernels(const placement &p) {
    if (p.tensor_parallel * p.pipeline_parallel > 1) return {0_B, 16_MiB, 96_MiB, knowledge::assumed};
    return {32_MiB, 64_MiB, 128_MiB, knowledge::assumed};
}

constexpr result<loaded_model> sglang_load(const engine &, const model &m, const quantization &q, const machine &on,
                                           const workload &asked) {
    const workload w = sglang_devices(asked);
    server_shares by = sglang_shares(asked.placed, asked.served);
    by.fp8_by_marlin = lacks_fp8(on.devices[0]);
    return server_load(m, q, on, w, by, sglang_rotary, {});
}

// The memory that the server finds: all but its own context.
constexpr bytes sglang_found(const device &d) { return d.usable_capacity() - cuda_context().expected; }

// What the pools may take of a device with these weights: mem_fraction_static of what was found, less the weights and
// what came with them.
constexpr bytes sglang_budget(const model &m, const workload &w, const device &d, bytes weights, const sglang_rules &rules) {
    return fraction_of(sglang_found(d), sglang_defaults_of(m, w, d).fraction) - weights - sglang_kernels(w.placed).expected -
           sglang_image_cache(m, w, rules);
}

constexpr result<budget> sglang_account(const engine &e, const model &m, const quantization &q, const loaded_model &loaded,
                                        const machine &on, const workload &asked) {
    const workload w = sglang_devices(asked);
    const auto allowed = servable(m, q, on, w);
    if (!allowed) return allowed.error();
    if (const auto known = has_server_cache(m); !known) return known.error();
    if (asked.served.attention_replicas && asked.placed.tensor_parallel % asked.placed.data_parallel != 0)
        return model_error(errc::bad_value, "data_parallel", "does not divide tensor_parallel",
                           "replicas of attention have as many devices");
    const server_shares by = sglang_shares(asked.placed, asked.served);
    const std::int64_t length = request_length(m, w);
    const std::int64_t widest = most_live_numbers(m, by);
    const sglang_rules rules = sglang_rules_at(e.date);
    budget b = empty_server_budget(m, on, w);
    for (int d = 0; d < devices_used(w.placed); ++d) {
        const device &at = on.devices[d];
        device_budget &held = b.devices[d];
        const layer_range mine = layers_on(m, w.placed, d);
        const sglang_cache c = sglang_cache_of(m, asked, mine, sglang_pools_windows(m, e.date), sglang_sparse_on(m, at, e.date));
        const sglang_defaults sizes = sglang_defaults_of(m, asked, at);
        const std::int64_t here = divide_up(w.sequences, asked.placed.data_parallel);
        const std::int64_t n = multiply(round_up(length, c.page_size), here);
        const bytes pool = bytes(static_cast<std::int64_t>(static_cast<double>(n + c.page_size) * c.token_bytes()) + 1);
        held.weights = server_weights_of(loaded.weights.on[d]);
        held.kv_cache = exactly(pool);
        if (c.state > 0) { // the share of the budget that goes with such a pool, or what the requests need
            const bytes share = bytes(static_cast<std::int64_t>(static_cast<double>(pool.count()) * c.state_ratio));
            const bytes needed = bytes(multiply(multiply(here, c.slots_per_request) + 1, c.state));
            held.recurrent_state = exactly(w.served.prefix_caching ? max(share, needed) : needed);
        }
        // What is not static: activations of a chunk of the prefill, logits, graphs, the table of requests.
        const bytes activations = bytes(multiply(multiply(sizes.chunked_prefill, widest), 2));
        const bytes logits = bytes(multiply(multiply(sizes.graph_batch, m.vocab_size), 4));
        const bytes table = bytes(multiply(multiply(2048 + 1, m.max_position_embeddings + 4), 4));
        const bytes slack = sglang_found(at) - fraction_of(sglang_found(at), sizes.fraction);
        const bytes expected = activations + logits + table;
        held.compute = {min(expected, slack) / 2, min(expected, slack), slack, knowledge::modelled};
        held.overhead = cuda_context();
        held.overhead.upper = held.overhead.expected; // what is found, and so the slack, is less by that
        held.overhead += sglang_kernels(w.placed);
        held.output = exactly(sglang_image_cache(m, w, rules));
    }
    return completed(b, on);
}

} // namespace detail

// What the pools hold on the device that has least: max_total_num_tokens and the like.
constexpr result<sglang_capacity> sglang_capacity_of(const model &m, const quantization &q, const machine &on,
                                                     const engine &e, const workload &w) {
    using namespace detail;
    const auto loaded = e.load(m, q, on, w);
    if (!loaded) return loaded.error();
    if (const auto known = has_server_cache(m); !known) return known.error();
    sglang_capacity least;
    const sglang_rules rules = sglang_rules_at(e.date);
    const placement p = sglang_devices(w).placed;
    for (int d = 0; d < devices_used(p); ++d) {
        const layer_range mine = layers_on(m, p, d);
        const bytes left = sglang_budget(m, w, on.devices[d], loaded->weights.on[d], rules);
        const sglang_sparse sparse = sglang_sparse_on(m, on.devices[d], e.date);
        const sglang_cache cache = sglang_cache_of(m, w, mine, sglang_pools_windows(m, e.date), sparse);
        const sglang_capacity c = detail::sglang_capacity_of(cache, w, left, request_length(m, w), rules);
        if (d == 0 || c.size < least.size) least = c;
    }
    return least;
}

namespace engines {

// `python -m sglang.launch_server` with its defaults.
struct sglang {
    static constexpr engine value = [] {
        engine e = detail::gpu_server("sglang", "v0.5.23 (2026-11)", detail::sglang_today);
        e.load_by = detail::sglang_load;
        e.account_by = detail::sglang_account;
        return e;
    }();
};

} // namespace engines

MEMBOUND_END_NAMESPACE

#endif

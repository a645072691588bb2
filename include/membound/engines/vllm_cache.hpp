// vLLM's cache: how layers become groups that share blocks, what a block takes, and what a pool of blocks holds.
// Source: vLLM v0.33.0, v1/kv_cache_interface.py (sizes of pages), v1/core/kv_cache_planning.py (groups, blocks),
// v1/core/kv_cache_utils.py (capacity), platforms/interface.py (_align_hybrid_block_size),
// model_executor/layers/mamba/mamba_utils.py (shapes of states). Rules of earlier dates stand beside the present ones.
#ifndef MEMBOUND_ENGINES_VLLM_CACHE_HPP
#define MEMBOUND_ENGINES_VLLM_CACHE_HPP

#include <membound/engines/gpu_server.hpp>

MEMBOUND_BEGIN_NAMESPACE

enum class vllm_cache_kind : std::uint8_t { full, sliding, chunked, state };

// Layers that cache alike.
struct vllm_cache_spec {
    vllm_cache_kind kind = vllm_cache_kind::full;
    std::int64_t layers = 0;      // of the whole model
    std::int64_t layers_here = 0; // of one device's stage
    std::int64_t block_size = 0;  // tokens of a page
    std::int64_t window = 0;      // or chunk
    std::int64_t token_bytes = 0; // of one token in one layer
    std::int64_t state_bytes = 0; // of one sequence in one layer
    std::int64_t page_bytes = 0;  // of a block in one layer, padded where it must be

    constexpr std::int64_t own_page_bytes() const {
        return kind == vllm_cache_kind::state ? state_bytes : detail::multiply(block_size, token_bytes);
    }
};

// How the layers of a model are cached: groups are those of the whole model, blocks those of one device.
struct vllm_cache {
    static constexpr int max_specs = 8;

    vllm_cache_spec specs[max_specs] = {};
    int spec_count = 0;
    std::int64_t block_size = 0;     // of attention, raised to fit the pages of states
    std::int64_t groups = 0;         // that take their blocks from one pool
    std::int64_t group_layers = 0;   // layers of the largest, in all stages
    std::int64_t padding_layers = 0; // that the smaller groups lack
    std::int64_t block_bytes = 0;    // of a block in all layers of a group
    bool one_group = false;          // all layers together, whatever their pages

    // What the blocks of one request depend on.
    std::int64_t in_flight_tokens = 0;
    std::int64_t state_blocks = 1;
    std::int64_t state_tokens = 0; // of which each has a state kept; 0: none but the last

    constexpr std::int64_t groups_of(const vllm_cache_spec &s) const {
        return one_group ? 1 : detail::divide_up(s.layers, group_layers);
    }
    constexpr std::int64_t blocks_of(const vllm_cache_spec &s, std::int64_t length) const {
        using namespace detail;
        switch (s.kind) {
        case vllm_cache_kind::full: return divide_up(length, s.block_size);
        case vllm_cache_kind::sliding:
            return divide_up(min(s.window - 1 + in_flight_tokens, length), s.block_size) + 1;
        case vllm_cache_kind::chunked: return divide_up(min(s.window + in_flight_tokens, length), s.block_size);
        case vllm_cache_kind::state: break;
        }
        return state_tokens > 0 ? divide_up(length, state_tokens) : state_blocks;
    }
    // The most blocks of the pool that one request takes.
    constexpr std::int64_t blocks_per_request(std::int64_t length) const {
        std::int64_t sum = 0;
        for (int i = 0; i < spec_count; ++i) {
            const std::int64_t n = blocks_of(specs[i], length);
            sum = one_group ? detail::max(sum, n) : detail::add(sum, detail::multiply(n, groups_of(specs[i])));
        }
        return sum;
    }
    constexpr bool caches() const { return block_bytes > 0; }
};

namespace detail {

// What changed over time in what is used here.
struct vllm_rules {
    bool hybrid_groups = true;     // layers with a window have groups of their own
    int alike_percent = 150;       // kinds of which the most has fewer layers than that of the fewest share the larger size
    bool aligns_states = true;     // with prefix caching states are kept at the ends of blocks (mamba_cache_mode "align")
    bool keeps_mamba_states = false; // and those of Mamba at the end of each ("all")
    bool single_nemotron_states = true; // Nemotron H keeps its states in fp32
    std::int64_t latent_block_step = 128; // of blocks of latent attention beside states
    bool packs_sparse_latents = true; // in 8 bits as FlashMLA reads them
    bool tokens_by_request = true; // the printed size is the concurrency times the length
    bool frees_settled_tokens = true; // what a batch read is freed when the next ones are under way, one more than stages
    bool sorts_logits = false;     // top-k and top-p sort all logits
    bool estimates_graphs = true;  // CUDA graphs are measured before the cache is laid out
    bool null_block = true;        // a block is kept back when one request is checked to fit
    bool unnests_scales = true;    // bitsandbytes' double quantization is undone by half (model_loader/bitsandbytes_loader.py)
    torch_memory counted = torch_memory::segments;
    int attention_scalars = 7;     // tensors of one number that each layer of attention has for an 8-bit cache
    double memory_fraction = 0.92;
};

inline constexpr int vllm_today = 20261115; // v0.33.0

// Releases, by the dates of their source distributions.
inline constexpr int vllm_0_9_2 = 20250707, vllm_0_12 = 20251203, vllm_0_13 = 20251218, vllm_0_15 = 20260129,
                     vllm_0_17 = 20260307, vllm_0_18 = 20260320, vllm_0_20 = 20260427, vllm_0_20_1 = 20260503,
                     vllm_0_24 = 20260630, vllm_0_26 = 20260725, vllm_0_27 = 20260808, vllm_0_28 = 20260826;

constexpr vllm_rules vllm_rules_at(int date) {
    vllm_rules r;
    r.hybrid_groups = date >= vllm_0_9_2;
    r.unnests_scales = date >= vllm_0_9_2;
    r.alike_percent = date >= vllm_0_18 ? 150 : date >= vllm_0_12 ? 125 : 100;
    r.aligns_states = date >= vllm_0_15;
    r.keeps_mamba_states = date < vllm_0_28;
    r.single_nemotron_states = date >= vllm_0_13;
    r.latent_block_step = date >= vllm_0_27 ? 128 : 64;
    r.counted = date >= vllm_0_20 ? torch_memory::segments : torch_memory::blocks; // torch 2.11
    r.tokens_by_request = date >= vllm_0_20_1;
    r.frees_settled_tokens = date >= vllm_0_26;
    r.sorts_logits = date < vllm_0_17;
    r.estimates_graphs = date >= vllm_0_20;
    r.null_block = date >= vllm_0_26;
    r.attention_scalars = date < 20250101 ? 0 : date < 20250318 ? 2 : 7;
    r.memory_fraction = date >= vllm_0_20 ? 0.92 : 0.9;
    return r;
}

// FlashInfer reads sparse latents of 8 bits as they are (model_executor/layers/attention/mla_attention.py).
constexpr vllm_rules vllm_rules_on(const device &d, int date) {
    vllm_rules r = vllm_rules_at(date);
    const bool by_flash_infer = d.compute_capability >= 100 && d.compute_capability < 110;
    if (date >= vllm_0_18 && (by_flash_infer || d.api == backend::rocm)) r.packs_sparse_latents = false;
    return r;
}

constexpr bool is_nemotron_h(const model &m) {
    return same_text(m.family->name, "nemotron_h") || same_text(m.family->name, "nemotron_h_moe");
}

// The type of recurrent states where none is asked for: fp32 where config.json says so (mamba_ssm_dtype of Qwen 3.5,
// mamba_ssm_cache_dtype of Nemotron H) or the kernel does (Kimi's delta attention), else the model's own.
constexpr std::int64_t vllm_state_number_bytes(const model &m, const layer &l, const serving &s, const vllm_rules &rules) {
    if (s.state_type.block_bytes > 0) return s.state_type.block_bytes;
    const char *family = m.family->name;
    const bool single = same_text(family, "qwen35") || same_text(family, "qwen35moe") ||
                        (rules.single_nemotron_states && is_nemotron_h(m)) || l.state == state_kind::kimi_delta;
    return single ? 4 : 2;
}

// Tokens that the scan of a state takes at once (chunk_size of Nemotron H, mamba_chunk_size; get_mamba_chunk_size).
constexpr std::int64_t mamba_chunk_size(const model &m, const layer &l) {
    if (l.state == state_kind::mamba) return 2048;
    return is_nemotron_h(m) ? 128 : 256;
}

constexpr bool same_spec(const vllm_cache_spec &a, const vllm_cache_spec &b) {
    return a.kind == b.kind && a.window == b.window && a.token_bytes == b.token_bytes && a.state_bytes == b.state_bytes &&
           a.block_size == b.block_size;
}

// Whether there was room for its kind.
constexpr bool add_layer(vllm_cache &c, const vllm_cache_spec &s, bool here) {
    int i = 0;
    while (i < c.spec_count && !same_spec(c.specs[i], s)) ++i;
    if (i == vllm_cache::max_specs) return false;
    if (i == c.spec_count) c.specs[c.spec_count++] = s;
    ++c.specs[i].layers;
    if (here) ++c.specs[i].layers_here;
    return true;
}

// Tokens of a block as the usual attention kernels have it. MLA: FlashMLA on Hopper, 64 (backends/mla/flashmla.py).
constexpr std::int64_t vllm_block_size(const model &m, const serving &s) {
    if (s.block_size > 0) return s.block_size;
    for (int i = 0; i < m.layer_count(); ++i)
        if (attends(m.layers[i]) && m.is_latent(m.layers[i])) return 64;
    return 16;
}

// Raises blocks of smaller pages until all pages are of one size; what can not be raised to it is padded.
constexpr void unify_pages(vllm_cache &c) {
    std::int64_t largest = 0;
    for (int i = 0; i < c.spec_count; ++i) largest = max(largest, c.specs[i].page_bytes);
    for (int i = 0; i < c.spec_count; ++i) {
        vllm_cache_spec &s = c.specs[i];
        if (s.kind != vllm_cache_kind::state && largest % s.page_bytes == 0)
            s.block_size = multiply(s.block_size, largest / s.page_bytes);
        s.page_bytes = largest;
    }
}

// Groups of as many layers as the kind with the fewest has, or the most where that is not much more. Layers of a kind go to
// its groups in turn, so that each stage has some of each.
constexpr void group_layers(vllm_cache &c, int alike_percent) {
    std::int64_t fewest = c.specs[0].layers, most = 0, here = 0;
    for (int i = 0; i < c.spec_count; ++i) {
        fewest = min(fewest, c.specs[i].layers);
        most = max(most, c.specs[i].layers);
    }
    c.group_layers = 100 * most < alike_percent * fewest ? most : fewest;
    for (int i = 0; i < c.spec_count; ++i) {
        const std::int64_t groups = divide_up(c.specs[i].layers, c.group_layers);
        c.groups += groups;
        c.padding_layers += multiply(groups, c.group_layers) - c.specs[i].layers;
        here = max(here, divide_up(c.specs[i].layers_here, groups));
    }
    c.block_bytes = multiply(here, c.specs[0].page_bytes);
}

} // namespace detail

// The cache of a model whose layers in `mine` lie on one device. `batch` is max_num_batched_tokens. Where tokens are
// predicted ahead, the layer that does is cached too, as full attention.
constexpr result<vllm_cache> vllm_cache_of(const model &m, const workload &w, detail::layer_range mine, std::int64_t batch,
                                           const detail::vllm_rules &rules) {
    using namespace detail;
    if (const auto known = has_server_cache(m); !known) return known.error();
    const std::int64_t by = w.placed.tensor_parallel;
    const std::int64_t ahead = w.served.speculative_tokens;
    const bool chunked = same_text(m.family->name, "llama4");
    vllm_cache c;
    c.block_size = vllm_block_size(m, w.served);
    c.in_flight_tokens = multiply(batch, rules.frees_settled_tokens ? w.placed.pipeline_parallel + 1 : 1);

    // Blocks of attention hold as many bytes as the largest state.
    std::int64_t state_page = 0, token_bytes = 0, chunk = 0;
    bool latent = false;
    for (int i = 0; i < m.layer_count(); ++i) {
        const layer &l = m.layers[i];
        state_page = max(state_page, server_state_bytes(m, l, vllm_state_number_bytes(m, l, w.served, rules), by, ahead));
        if (l.state == state_kind::mamba || l.state == state_kind::mamba_2) chunk = mamba_chunk_size(m, l);
        if (!l.shares_cache) token_bytes = max(token_bytes, server_token_bytes(m, l, w.type_k, w.type_v, by));
        latent = latent || (attends(l) && m.is_latent(l));
    }
    const bool keeps_each = w.served.prefix_caching && rules.keeps_mamba_states && chunk > 0;
    if (state_page > 0 && token_bytes > 0) {
        std::int64_t step = latent ? max(c.block_size, rules.latent_block_step) : c.block_size;
        if (keeps_each) step = round_up(chunk, step);
        c.block_size = max(c.block_size, multiply(step, divide_up(state_page, multiply(step, token_bytes))));
        state_page = multiply(c.block_size, token_bytes);
    }
    c.state_tokens = keeps_each ? c.block_size : 0;
    c.state_blocks = add(w.served.prefix_caching && rules.aligns_states ? 2 : 1, ahead);

    const bool packs = rules.packs_sparse_latents && has_sparse_latents(m);
    const auto bytes_of_token = [&](const layer &l) {
        return add(server_token_bytes(m, l, w.type_k, w.type_v, by), packs ? added_by_flash_mla(m, l, w.type_k) : 0);
    };
    bool has_room = true;
    const auto hold = [&](vllm_cache_spec s, bool here) {
        if (s.kind != vllm_cache_kind::state) s.block_size = c.block_size;
        has_room = add_layer(c, s, here) && has_room;
    };
    const auto hold_indexer = [&](const layer &l, bool here) {
        if (cached_indexer_size(m, l) == 0) return;
        vllm_cache_spec keys;
        keys.token_bytes = packed_indexer_key(m);
        hold(keys, here);
    };
    for (int i = 0; i < m.layer_count(); ++i) {
        const layer &l = m.layers[i];
        const bool here = mine.has(i);
        if (attends(l) && !l.shares_cache) {
            vllm_cache_spec s;
            s.token_bytes = bytes_of_token(l);
            if (l.kind == layer_kind::sliding_attention && m.sliding_window > 0 && rules.hybrid_groups) {
                s.kind = chunked ? vllm_cache_kind::chunked : vllm_cache_kind::sliding;
                s.window = m.sliding_window;
            }
            hold(s, here);
            hold_indexer(l, here);
        }
        if (l.state != state_kind::none) {
            vllm_cache_spec s;
            s.kind = vllm_cache_kind::state;
            s.state_bytes = server_state_bytes(m, l, vllm_state_number_bytes(m, l, w.served, rules), by, ahead);
            hold(s, here);
        }
    }
    // The layer that predicts ahead lies on the last stage.
    if (ahead > 0 && m.num_nextn_predict_layers > 0) {
        vllm_cache_spec s;
        const layer &l = m.layers[m.layer_count()];
        s.token_bytes = bytes_of_token(l);
        if (s.token_bytes > 0) {
            hold(s, mine.last == m.layer_count());
            hold_indexer(l, mine.last == m.layer_count());
        }
    }
    if (!has_room) return model_error(errc::unsupported, "layers", "differ too much", "there are too many kinds of caches");
    if (c.spec_count == 0) return c;

    bool all_full = true, all_states = true, same_windows = true;
    std::int64_t layers = 0, pages = 0;
    for (int i = 0; i < c.spec_count; ++i) {
        vllm_cache_spec &s = c.specs[i];
        s.page_bytes = s.own_page_bytes();
        if (s.kind == vllm_cache_kind::state && token_bytes > 0) s.page_bytes = max(s.page_bytes, state_page);
        all_full = all_full && s.kind == vllm_cache_kind::full;
        all_states = all_states && s.kind == vllm_cache_kind::state;
        same_windows = same_windows && s.kind == c.specs[0].kind && s.window == c.specs[0].window;
        layers += s.layers;
        pages = add(pages, multiply(s.page_bytes, s.layers_here));
    }
    if (c.spec_count == 1 || all_full || all_states || same_windows) {
        c.one_group = true;
        c.groups = 1;
        c.group_layers = layers;
        c.block_bytes = pages;
        return c;
    }
    unify_pages(c);
    group_layers(c, rules.alike_percent);
    return c;
}

// What a pool of blocks holds, in the engine's own words.
struct vllm_capacity {
    std::int64_t blocks = 0;
    tokens size;             // "GPU KV cache size"
    double concurrency = 0;  // "Maximum concurrency for ... tokens per request"
    tokens longest;          // the largest max_model_len that fits, up to the model's own
};

namespace detail {

// Tokens of the smallest block of a group.
constexpr std::int64_t smallest_block(const vllm_cache &c) {
    std::int64_t smallest = 0;
    for (int i = 0; i < c.spec_count; ++i)
        if (c.specs[i].block_size > 0 && (smallest == 0 || c.specs[i].block_size < smallest)) smallest = c.specs[i].block_size;
    return smallest;
}

constexpr vllm_capacity capacity_of(const vllm_cache &c, bytes available, std::int64_t length, std::int64_t trained,
                                    const vllm_rules &rules) {
    vllm_capacity out;
    if (!c.caches()) {
        out.longest = tokens(trained);
        return out;
    }
    out.blocks = available.count() > 0 ? available.count() / c.block_bytes : 0;
    const std::int64_t each = c.blocks_per_request(length);
    out.concurrency = static_cast<double>(out.blocks) / static_cast<double>(each);
    out.size = rules.tokens_by_request ? tokens(static_cast<std::int64_t>(out.concurrency * static_cast<double>(length)))
                                       : tokens(multiply(out.blocks / c.groups, smallest_block(c)));
    const std::int64_t usable = out.blocks - (rules.null_block ? 1 : 0);
    std::int64_t fits = 0, fails = trained + 1;
    while (fails - fits > 1) {
        const std::int64_t middle = fits + (fails - fits) / 2;
        if (c.blocks_per_request(middle) <= usable)
            fits = middle;
        else
            fails = middle;
    }
    out.longest = tokens(fits);
    return out;
}

} // namespace detail
MEMBOUND_END_NAMESPACE

#endif

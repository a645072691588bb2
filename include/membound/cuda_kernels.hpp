// What ggml's CUDA backend computes, which kernel attention takes, and what stays alive for fused kernels. Its HIP build is the
// same.
// Source: llama.cpp v0.5.0, ggml/src/ggml-cuda/ggml-cuda.cu and what stands beside a rule.
#ifndef MEMBOUND_CUDA_KERNELS_HPP
#define MEMBOUND_CUDA_KERNELS_HPP

#include <membound/backend_kernels.hpp>
#include <membound/node_order.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace detail {

// Rows of quantized matrices are read in steps of 512 numbers, and the last one is lengthened for it
// (ggml_backend_cuda_buffer_type_get_alloc_size).
constexpr std::int64_t cuda_padding(const format &f, std::int64_t row) {
    constexpr std::int64_t step = 512;
    const std::int64_t over = row % step;
    return f.block_elements > 1 && over != 0 ? (step - over) * f.block_bytes / f.block_elements : 0;
}

// What attention reads: the cache in its own types, or in F16.
enum class cuda_attention : std::uint8_t { none, own_types, f16 };

// Head sizes of keys and values that there are kernels for. Some are for groups of query heads alone: `group` is what divides
// how many heads share a key; 0: all numbers do.
struct cuda_heads {
    std::int16_t keys;
    std::int16_t values;
    std::int16_t group;
};
inline constexpr cuda_heads cuda_attention_heads[] = {
    {40, 40, 0},   {64, 64, 0},   {72, 72, 0},   {80, 80, 0},   {96, 96, 0},   {112, 112, 0}, {128, 128, 0},
    {256, 256, 0}, {192, 128, 8}, {320, 256, 32}, {512, 512, 1}, {576, 512, 1},
};

// `shared`: the query heads of one key. `grouped`: they are computed together, which takes a mask, two heads at least, and
// cells in steps of 256 (fattn.cu, ggml_cuda_get_best_fattn_kernel).
constexpr bool cuda_attends_with(std::int64_t keys, std::int64_t values, std::int64_t shared, bool grouped) {
    for (const cuda_heads &h : cuda_attention_heads)
        if (h.keys == keys && h.values == values) return h.group == 0 || (grouped && shared % h.group == 0);
    return false;
}

// Of a build with the usual kernels: for one token or two they read a cache as it is where K and V are of one type, F16, BF16,
// Q8_0 or Q4_0 (fattn.cu, ggml_cuda_flash_attn_ext_get_alloc_size; GGML_CUDA_FA_QUANTS). `before_ada`: of compute capability
// below 8.9.
constexpr cuda_attention cuda_attention_of(const graph_tensor *tensors, const graph_tensor &node, bool before_ada) {
    constexpr std::int64_t cells_of_step = 256;
    const graph_tensor &q = tensors[node.sources[0]];
    const graph_tensor &k = tensors[node.sources[1]];
    const graph_tensor &v = tensors[node.sources[2]];
    const bool masked = node.source_count > 3;
    const std::int64_t shared = k.ne[2] > 0 ? q.ne[2] / k.ne[2] : 0;
    const bool in_steps = k.ne[1] % cells_of_step == 0;
    const bool grouped = shared >= 2 && masked && in_steps;
    if (!attention_reads(k.type) || !attention_reads(v.type)) return cuda_attention::none;
    if (!cuda_attends_with(k.ne[0], v.ne[0], shared, grouped)) return cuda_attention::none;
    if (masked && tensors[node.sources[3]].ne[2] != 1) return cuda_attention::none;

    const bool has_vectors = q.ne[0] <= 256 && q.ne[0] % 64 == 0 && q.ne[0] != 192 && in_steps;
    if (!has_vectors || q.ne[1] > 2) return cuda_attention::f16;
    const bool packed = format_of(k.type).block_elements > 1 || format_of(v.type).block_elements > 1;
    const bool one = q.ne[1] == 1;
    const bool few = packed ? one || !before_ada
                            : one && !before_ada && q.ne[3] == 1 && !(shared > 4 && (q.ne[0] >= 256 || k.ne[1] >= 8192));
    if (!few && !(one && !grouped)) return cuda_attention::f16;
    const bool compiled = k.type == v.type && (k.type == ggml_type::f16 || k.type == ggml_type::bf16 ||
                                               k.type == ggml_type::q8_0 || k.type == ggml_type::q4_0);
    return compiled ? cuda_attention::own_types : cuda_attention::f16;
}

// The indexer has 32 or 64 heads of 128 numbers, and reads keys of few types (lightning-indexer.cu).
constexpr bool cuda_indexes(const graph_tensor *tensors, const graph_tensor &node) {
    const graph_tensor &q = tensors[node.sources[0]];
    return q.ne[0] == 128 && (q.ne[1] == 32 || q.ne[1] == 64) && attention_reads(tensors[node.sources[1]].type);
}

// A matrix times numbers in F16 takes one in F16, and the numbers of both lie side by side.
constexpr bool cuda_multiplies(const graph_tensor &a, const graph_tensor &b) {
    if (!multiplies(backend::cuda, format_of(a.type)) || (b.type == ggml_type::f16 && a.type != ggml_type::f16)) return false;
    return a.nb[0] == format_of(a.type).block_bytes && b.nb[0] == format_of(b.type).block_bytes;
}
// Rows of some types are looked up in steps of 256 numbers.
constexpr bool cuda_looked_up(const format &f) { // until 2026
    return f == formats::q4_0::value || f == formats::q4_1::value || f == formats::q5_0::value || f == formats::q5_1::value ||
           f == formats::q8_0::value;
}
constexpr bool cuda_looks_up(const format &f, std::int64_t row) {
    if (f == formats::iq4_nl::value || f == formats::mxfp4::value) return row % 256 == 0;
    return multiplies(backend::cuda, f) && !(f == formats::nvfp4::value);
}

// A convolution has channels in steps of 128; a scan has 16 states of such channels, or heads of 128 or 256.
constexpr bool cuda_convolves(std::int64_t channels) { return channels % 128 == 0; }
constexpr bool cuda_scans_channels(std::int64_t states, std::int64_t channels, std::int64_t groups) {
    return states == 16 && channels % 128 == 0 && groups == 1;
}
constexpr bool cuda_scans_heads(std::int64_t states, std::int64_t head_size) {
    return (states == 128 || states == 256) && head_size % 16 == 0;
}

// Whether there may be none; those that are never moved or refused stand in between.
constexpr bool may_lack_cuda_kernel(operation op) {
    return (op >= operation::mul_mat && op <= operation::lightning_indexer) || op == operation::ssm_conv ||
           op == operation::ssm_scan;
}

// Whether there is a kernel (ggml_backend_cuda_device_supports_op).
constexpr bool runs_on_cuda(const graph_tensor *tensors, const graph_tensor &node) {
    switch (node.op) {
    case operation::mul_mat:
    case operation::mul_mat_id: return cuda_multiplies(tensors[node.sources[0]], tensors[node.sources[1]]);
    case operation::flash_attn_ext: return cuda_attention_of(tensors, node, false) != cuda_attention::none;
    case operation::lightning_indexer: return cuda_indexes(tensors, node);
    case operation::ssm_conv: return cuda_convolves(tensors[node.sources[0]].ne[1]);
    case operation::ssm_scan: {
        const graph_tensor &state = tensors[node.sources[0]];
        if (state.ne[1] != 1) return cuda_scans_heads(state.ne[0], state.ne[1]);
        return cuda_scans_channels(state.ne[0], state.ne[2], tensors[node.sources[4]].ne[1]);
    }
    default: return true;
    }
}

// Nodes of a run that one kernel computes: until node `until` is computed, itself and what stands before it in the run must
// live. A choice of experts keeps its nodes and all they read; a weighted sum of experts keeps what its first nodes read.
struct cuda_fusion {
    int first = 0;
    int length = 0; // of the nodes that keep; 0: none
    int until = 0;
    bool keeps_nodes = false;

    // Calls keep(tensor) for each tensor that must live.
    template <class Keep>
    constexpr void for_each_kept(const graph &g, const std::int16_t *nodes, const Keep &keep) const {
        for (int n = first; n < first + length; ++n) {
            if (keeps_nodes) keep(nodes[n]);
            const graph_tensor &t = g[nodes[n]];
            for (int s = 0; s < t.source_count; ++s)
                if (!is_before(nodes, n, t.sources[s])) keep(t.sources[s]);
        }
    }

private:
    constexpr bool is_before(const std::int16_t *nodes, int end, int tensor) const {
        for (int n = first; n < end; ++n)
            if (nodes[n] == tensor) return true;
        return false;
    }
};

// Looks for such nodes in a run (ggml_backend_cuda_graph_optimize).
class cuda_fusions {
public:
    constexpr cuda_fusions(const graph &g, node_uses &uses) : g_(g), nodes_(g.nodes()), uses_(uses) {}

    static constexpr bool may_begin_with(operation op) {
        return op == operation::mul || op == operation::unary || op == operation::soft_max;
    }
    // That begin with node `i` of a run up to `end`.
    constexpr cuda_fusion at(int i, int end) {
        return node(i).op == operation::mul ? weighted_sum(i, end) : choice_of_experts(i, end);
    }

private:
    constexpr const graph_tensor &node(int i) const { return g_[nodes_[i]]; }
    constexpr bool is(int i, int end, operation op) const { return i < end && node(i).op == op; }
    constexpr bool reads(int i, int source, int from) const { return node(i).sources[source] == nodes_[from]; }
    // With nothing but the node before as what it reads first.
    constexpr bool follows(int i, int end, operation op) const { return is(i, end, op) && reads(i, 0, i - 1); }

    // Whether a node is read by those up to `end` alone.
    constexpr bool is_private(int i, int end) {
        if (node(i).output) return false;
        int count = 0;
        for (int n = i + 1; n < end; ++n)
            for (int s = 0; s < node(n).source_count; ++s) count += node(n).sources[s] == nodes_[i] ? 1 : 0;
        return count == uses_[nodes_[i]];
    }

    // The probabilities of experts, the best of them, and their weights (ggml_cuda_topk_moe_fusion,
    // topk-moe.cu: ggml_cuda_should_use_topk_moe).
    constexpr cuda_fusion choice_of_experts(int first, int end) {
        int i = first;
        if (node(i).op == operation::soft_max && node(i).source_count > 1) return {}; // with a mask
        if (node(i).op == operation::unary && follows(i + 1, end, operation::sqrt)) ++i;
        const int probabilities = i;
        if (!follows(++i, end, operation::reshape)) return {};
        const int reshaped = i++;
        int ranked = probabilities;
        if (is(i, end, operation::add) && reads(i, 0, probabilities)) ranked = i++;
        if (!is(i, end, operation::argsort) || !reads(i, 0, ranked)) return {};
        if (!follows(++i, end, operation::view)) return {};
        const int chosen = i++;
        if (!is(i, end, operation::get_rows) || !reads(i, 0, reshaped) || !reads(i, 1, chosen)) return {};
        ++i;
        if (follows(i, end, operation::reshape) && follows(i + 1, end, operation::sum_rows) &&
            follows(i + 2, end, operation::clamp) && is(i + 3, end, operation::div) && reads(i + 3, 0, i) &&
            reads(i + 3, 1, i + 2) && follows(i + 4, end, operation::reshape))
            i += 5;
        if (follows(i, end, operation::scale)) ++i;

        const std::int64_t experts = node(chosen).nb[1] / node(chosen).nb[0];
        const bool has_kernel = ((experts & (experts - 1)) == 0 && experts <= 512) || experts == 288 || experts == 576;
        if (!has_kernel || !is_contiguous(g_[node(first).sources[0]])) return {};
        for (int n = first; n < i - 1; ++n)
            if (n != chosen && !is_private(n, i)) return {};
        return {first, i - first, i, true};
    }

    // What experts return, times their weights, added up (ggml_cuda_match_moe_weighted_reduction).
    constexpr cuda_fusion weighted_sum(int first, int end) {
        constexpr std::int64_t most = 15;
        if (!is(first + 1, end, operation::mul) && !is(first + 1, end, operation::view)) return {};
        const bool scaled = is(first + 1, end, operation::mul) && weighs(first + 1, first) && weighs(first);
        if (!scaled && !weighs(first)) return {};
        const int muls = scaled ? 2 : 1;
        const int weighted = first + muls - 1;
        const std::int64_t experts = node(weighted).ne[1];
        if (experts < 2 || experts > most) return {};
        const int last = weighted + 2 * static_cast<int>(experts) - 1;
        if (last >= end) return {};

        int views[most] = {};
        int view_count = 0;
        int adds = 0;
        int sum = 0;
        for (int i = weighted + 1; i <= last; ++i) {
            if (node(i).op == operation::view) {
                if (view_count == experts || !reads(i, 0, weighted)) return {};
                views[view_count++] = i;
                continue;
            }
            if (node(i).op != operation::add || adds + 1 >= view_count) return {};
            if (!reads(i, 0, adds == 0 ? views[0] : sum) || !reads(i, 1, views[adds + 1])) return {};
            sum = i;
            ++adds;
        }
        if (view_count != experts || adds != experts - 1) return {};
        for (int i = first; i < last; ++i)
            if (!is_private(i, last + 1)) return {};
        return {first, muls, last, false};
    }

    // One operand is as large as the result, the other has one number for each of its rows.
    constexpr bool weighs(int i) const {
        const graph_tensor &t = node(i);
        return t.source_count == 2 && (is_weighed(t, t.sources[0], t.sources[1]) || is_weighed(t, t.sources[1], t.sources[0]));
    }
    constexpr bool weighs(int i, int full) const {
        const graph_tensor &t = node(i);
        return t.source_count == 2 && ((reads(i, 0, full) && is_weighed(t, t.sources[0], t.sources[1])) ||
                                       (reads(i, 1, full) && is_weighed(t, t.sources[1], t.sources[0])));
    }
    constexpr bool is_weighed(const graph_tensor &t, int full, int weights) const {
        const graph_tensor &x = g_[full];
        const graph_tensor &w = g_[weights];
        bool fits = w.external == external_kind::none && w.ne[0] == 1 && x.ne[0] == t.ne[0];
        for (int d = 1; d < 4; ++d) fits = fits && x.ne[d] == t.ne[d] && w.ne[d] == t.ne[d];
        return fits && is_contiguous(t) && is_contiguous(x) && is_contiguous(w);
    }

    const graph &g_;
    const std::int16_t *nodes_;
    node_uses &uses_;
};

} // namespace detail
MEMBOUND_END_NAMESPACE

#endif

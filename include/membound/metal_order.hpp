// The order in which ggml's Metal backend computes a run of nodes, and what it keeps alive longer for fused kernels.
// Source: llama.cpp v0.5.0, ggml/src/ggml-metal/ggml-metal-common.cpp (ggml_graph_optimize), ggml-metal-fusion.cpp
// (ggml_metal_fusion_max, ggml_metal_fusion_add_alloc_deps).
#ifndef MEMBOUND_METAL_ORDER_HPP
#define MEMBOUND_METAL_ORDER_HPP

#include <membound/node_order.hpp>

MEMBOUND_BEGIN_NAMESPACE

// What Metal's backend did about the order of nodes, by the change that brought it.
enum class metal_ordering : std::uint8_t {
    none,
    near,          // what stands up to 8 nodes behind may come earlier (PR 15929)
    near_stores,   // stores too (PR 16216)
    far,           // up to 64, and more operations (PR 19555)
    keeping_inputs // more kernels compute several nodes, and their inputs are kept until the last (PR 28948)
};

namespace detail {

template <unsigned Count>
constexpr std::uint64_t mask_of(const operation (&ops)[Count]) {
    std::uint64_t mask = 0;
    for (const operation o : ops) mask |= std::uint64_t{1} << static_cast<int>(o);
    return mask;
}
// What may come earlier, a bit for each operation.
inline constexpr std::uint64_t metal_moves_near = mask_of(
    {operation::none, operation::view, operation::reshape, operation::permute, operation::transpose, operation::mul_mat,
     operation::mul_mat_id, operation::rope, operation::norm, operation::rms_norm, operation::sum_rows, operation::mul,
     operation::add, operation::div, operation::glu, operation::scale, operation::get_rows});
inline constexpr std::uint64_t metal_moves_stores = mask_of({operation::set_rows, operation::cpy});
inline constexpr std::uint64_t metal_moves_far = mask_of(
    {operation::l2_norm, operation::ssm_conv, operation::ssm_scan, operation::clamp, operation::sub, operation::unary,
     operation::set, operation::cont, operation::repeat});

// Nodes whose operations may run at once form a set. Where one must wait for the set, others that need not are looked for
// behind it; nodes that one kernel computes stay together.
class metal_order : public node_order {
public:
    // Of a tensor; empty at first.
    struct mark {
        std::uint16_t read[2];    // the last sets of each kind that read it
        std::uint16_t written[2]; // that write it
        std::int16_t memory;      // the tensor that stands for its memory; -1: it does not matter
    };

    // What all runs of a graph have in common, by tensor; `marks` and `sets` are empty at first.
    struct tensors {
        node_uses &uses;         // how often each is read
        mark *marks;
        std::uint16_t (&sets)[2]; // that there were of each kind
        metal_ordering by;
    };

    constexpr metal_order(const graph &g, const std::int16_t *nodes, int count, place *places, const tensors &of)
        : node_order(g, nodes, count, places), uses_(of.uses), marks_(of.marks), sets_(of.sets), by_(of.by),
          movable_(metal_moves_near | (by_ >= metal_ordering::near_stores ? metal_moves_stores : 0) |
                   (by_ >= metal_ordering::far ? metal_moves_far : 0)) {
        if (by_ >= metal_ordering::keeping_inputs) keep_inputs();
        for (int i = 0; i < count_; ++i) {
            const graph_tensor &t = at(i);
            marks_[nodes_[i]].memory = memory_of(nodes_[i]);
            for (int j = 0; j < t.source_count; ++j) marks_[t.sources[j]].memory = memory_of(t.sources[j]);
        }
        for (int i = 0; i < count_; i += length_of(i)) places_[i].fused = static_cast<std::int8_t>(fused_nodes(i));
        begin(concurrent);
        for (int i = 0; i < count_; i += length_of(i)) {
            if (is_done(i)) continue;
            if (!is_empty(at(i)) && !fits(i, concurrent)) {
                gather_behind(i);
                begin(concurrent);
            }
            take(i);
        }
    }

private:
    enum kind : int { concurrent, waiting }; // sets of nodes: that run at once, and that are passed over
    static constexpr int most_fused = 16;    // GGML_METAL_FUSION_MAX

    constexpr int length_of(int i) const { return places_[i].fused; }
    constexpr bool is_done(int i) const { return places_[i].reached == progress::done; }

    constexpr void begin(kind k) { current_[k] = ++sets_[k]; }

    constexpr void take(int first) {
        add(first, concurrent);
        for (int n = first; n < first + length_of(first); ++n) emit(n);
    }

    constexpr void gather_behind(int first) {
        // Each node that waits is a set of its own, so that the last is known that another waits for: until that is done it
        // need not be looked at again.
        constexpr int most_groups = 64;
        if (sets_[waiting] > UINT16_MAX - most_groups * most_fused) forget_waiting();
        const int before = sets_[waiting] + 1 - first;
        int added = first; // all that wait before it are marked
        const int looks_ahead = by_ >= metal_ordering::far ? most_groups : 8;
        int ahead = 1;
        for (int i = first + length_of(first); i < count_ && ahead < looks_ahead; i += length_of(i), ++ahead) {
            if (is_done(i)) continue;
            if ((movable_ >> static_cast<int>(at(i).op) & 1) == 0) break;
            place &p = places_[i];
            if (p.reached != progress::chosen) {
                if (p.waits_for > 0 && !is_done(i - p.waits_for)) continue;
                for (; added < i; added += length_of(added)) {
                    current_[waiting] = sets_[waiting] = static_cast<std::uint16_t>(before + added);
                    if (!is_done(added)) add(added, waiting);
                }
                const int last = last_in_the_way(i, waiting) - before;
                if (last >= first) {
                    p.waits_for = static_cast<std::uint8_t>(i - last <= int{UINT8_MAX} ? i - last : 0);
                    continue;
                }
                p.reached = progress::chosen;
            }
            if (is_empty(at(i)) || fits(i, concurrent)) take(i);
        }
    }
    // Numbers of sets begin anew.
    constexpr void forget_waiting() {
        for (int t = 0; t < g_.size(); ++t) marks_[t].read[waiting] = marks_[t].written[waiting] = 0;
        sets_[waiting] = 0;
    }
    // A view counts as written: what reads it waits for the set that it is in.
    constexpr void add(int first, kind k) {
        const int end = first + length_of(first);
        for (int n = first; n < end; ++n) {
            const graph_tensor &t = at(n);
            for (int s = 0; s < t.source_count; ++s)
                if (n == first || !stands_in(t.sources[s], first, n)) note(&mark::read, marks_[t.sources[s]].memory, k);
            note(&mark::written, marks_[nodes_[n]].memory, k);
        }
    }
    // What ends where something else begins counts as that, too (ggml_mem_ranges_check).
    constexpr void note(std::uint16_t (mark::*access)[2], int memory, kind k) {
        if (memory < 0) return;
        (marks_[memory].*access)[k] = current_[k];
        if (g_[memory].external == external_kind::none) return;
        const int before = g_.cache_before(memory);
        if (before >= 0) (marks_[before].*access)[k] = current_[k];
    }
    constexpr bool fits(int first, kind k) const { return last_in_the_way(first, k) < current_[k]; }
    // The last set in which something stands that a group has to wait for.
    constexpr std::uint16_t last_in_the_way(int first, kind k) const {
        std::uint16_t last = 0;
        const int end = first + length_of(first);
        for (int n = first; n < end; ++n) {
            const graph_tensor &t = at(n);
            for (int s = 0; s < t.source_count; ++s) {
                const int memory = marks_[t.sources[s]].memory;
                if (memory >= 0 && marks_[memory].written[k] > last && !stands_in(t.sources[s], first, n))
                    last = marks_[memory].written[k];
            }
            const mark &own = marks_[marks_[nodes_[n]].memory];
            last = max(last, max(own.read[k], own.written[k]));
        }
        return last;
    }
    // Weights are never written; but each view of one counts as that. -1: it does not matter.
    constexpr std::int16_t memory_of(int tensor) const {
        const int b = base(tensor);
        const int address = g_[b].external == external_kind::none ? b : g_.address_of(b);
        return static_cast<std::int16_t>(address >= 0 ? address : tensor == b ? -1 : tensor);
    }

    // The inputs of what looks as if one kernel computed it are kept until the last node.
    constexpr void keep_inputs() {
        for (int i = 0; i < count_; ++i) {
            const int length = looks_fused(i);
            if (length == 1) continue;
            keep_sources(i, length, i + length - 1);
            i += length - 1;
        }
    }
    constexpr bool is(int i, operation o) const { return i < count_ && at(i).op == o; }
    constexpr int looks_fused(int i) const {
        switch (at(i).op) {
        case operation::norm:
        case operation::rms_norm:
            if (is(i + 1, operation::mul)) return is(i + 2, operation::add) ? 3 : 2;
            return is(i + 1, operation::scale) ? 2 : 1;
        case operation::add: return additions(i);
        case operation::ssm_conv: return is(i + 1, operation::unary) ? 2 : 1;
        case operation::gated_delta_net: return is(i + 1, operation::cpy) ? 2 : 1;
        case operation::soft_max: return router(i);
        case operation::mul: return sum_of_experts(i);
        default: return 1;
        }
    }
    constexpr int additions(int i) const {
        int n = 1;
        while (n < 7 && is(i + n, operation::add)) ++n;
        return n;
    }
    // Of a mixture of experts, with and without shares that sum up to one and are scaled.
    constexpr int router(int i) const {
        constexpr operation ops[] = {operation::reshape,  operation::argsort, operation::view,
                                     operation::get_rows, operation::reshape, operation::sum_rows,
                                     operation::clamp,    operation::div,     operation::reshape};
        int n = 1;
        while (n < 10 && is(i + n, ops[n - 1])) ++n;
        if (n < 5) return 1;
        if (n < 10) n = 5;
        return is(i + n, operation::scale) ? n + 1 : n;
    }
    constexpr int sum_of_experts(int i) const {
        int experts = 0;
        while (experts <= 8 && is(i + 1 + experts, operation::view)) ++experts;
        if (experts < 2 || experts > 8) return 1;
        for (int n = 1; n < experts; ++n)
            if (!is(i + experts + n, operation::add)) return 1;
        return 2 * experts;
    }

    // How many nodes from the i-th on are computed together, by one kernel or several in a row.
    constexpr int fused_nodes(int i) const {
        if (by_ < metal_ordering::keeping_inputs) return chained_nodes(i);
        if (at(i).size == 0 || !may_begin_kernel(i)) return 1;
        int idx[most_fused] = {}; // of nodes that compute something
        int n = 0;
        for (int j = i; j < count_ && n < most_fused; ++j)
            if (!is_empty(at(j)) && at(j).size != 0) idx[n++] = j;
        int done = 0;
        while (done < n) {
            const int length = one_kernel(idx + done, n - done);
            if (length == 1) break;
            done += length;
        }
        return done == 0 ? 1 : min(most_fused, idx[done - 1] - i + 1);
    }
    // Before there was a table of kernels: norms, products and sums in a row, each of which the next alone reads.
    constexpr int chained_nodes(int i) const {
        if (!is(i, operation::add) && !is(i, operation::norm) && !is(i, operation::rms_norm)) return 1;
        int n = 1;
        while (n < most_fused && chains(i + n)) ++n;
        return n;
    }
    constexpr bool chains(int i) const {
        if (!is(i, operation::add) && !is(i, operation::mul) && !is(i, operation::norm) && !is(i, operation::rms_norm))
            return false;
        const int before = i - 1;
        return at(before).view_of < 0 && has_shape_of(i, before) && only_used_by(before, &i, 1);
    }
    constexpr bool has_shape_of(int i, int other) const {
        for (int d = 0; d < 4; ++d)
            if (at(i).ne[d] != at(other).ne[d]) return false;
        return true;
    }
    constexpr bool may_begin_kernel(int i) const {
        const operation o = at(i).op;
        if (o == operation::mul) return sum_of_experts(i) > 1;
        if (o == operation::soft_max) return router(i) > 1;
        if (o != operation::norm && o != operation::rms_norm && o != operation::add && o != operation::ssm_conv &&
            o != operation::gated_delta_net)
            return false;
        do ++i;
        while (i < count_ && (is_empty(at(i)) || at(i).size == 0));
        if (o == operation::add) return is(i, operation::add);
        if (o == operation::ssm_conv) return is(i, operation::unary);
        if (o == operation::gated_delta_net) return is(i, operation::cpy);
        return is(i, operation::mul) || is(i, operation::scale);
    }
    constexpr int one_kernel(const int *idx, int count) const {
        const auto is_next = [&](int j, operation o) { return j < count && at(idx[j]).op == o; };
        switch (at(idx[0]).op) {
        case operation::norm:
        case operation::rms_norm:
            if (is_next(1, operation::scale)) return follows(idx, 1) && only_used_within(idx, 2) ? 2 : 1;
            if (!is_next(1, operation::mul) || !follows_with_rows(idx, 1)) return 1;
            if (is_next(2, operation::add) && follows_with_rows(idx, 2) && only_used_within(idx, 3)) return 3;
            return only_used_within(idx, 2) ? 2 : 1;
        case operation::add: {
            int best = 1;
            for (int n = 1; n < 7 && is_next(n, operation::add) && follows(idx, n); ++n) {
                const graph_tensor &added = g_[at(idx[n]).sources[1]];
                if (!same_layout(added, g_[at(idx[n - 1]).sources[1]])) break;
                if (only_used_within(idx, n + 1)) best = n + 1;
            }
            return best;
        }
        case operation::ssm_conv:
            return is_next(1, operation::unary) && follows(idx, 1) && only_used_within(idx, 2) ? 2 : 1;
        case operation::gated_delta_net: return is_next(1, operation::cpy) && stores_states(idx[0], idx[1]) ? 2 : 1;
        case operation::soft_max: return kernel_of_router(idx, count);
        case operation::mul: return kernel_of_sum(idx, count);
        default: return 1;
        }
    }
    // The j-th takes the one before it as its first operand and has its shape.
    constexpr bool follows(const int *idx, int j) const {
        return at(idx[j]).sources[0] == nodes_[idx[j - 1]] && has_shape_of(idx[j], idx[j - 1]);
    }
    // So does one whose second operand is as wide.
    constexpr bool follows_with_rows(const int *idx, int j) const {
        if (!follows(idx, j)) return false;
        const graph_tensor &other = g_[at(idx[j]).sources[1]];
        if (other.external == external_kind::weight) return true;
        return other.ne[0] == at(idx[0]).ne[0] && (other.ne[0] == 1 || other.nb[0] == format_of(other.type).block_bytes);
    }
    // All but the last are no views, are read by those behind them alone, and not after the pass (ggml_can_fuse_subgraph_ext).
    constexpr bool only_used_within(const int *idx, int count) const {
        for (int i = 0; i + 1 < count; ++i)
            if (at(idx[i]).view_of >= 0 || !only_used_by(idx[i], idx + i + 1, count - i - 1)) return false;
        return true;
    }
    constexpr bool only_used_by(int node, const int *idx, int count) const {
        if (at(node).output) return false;
        int uses = 0;
        for (int i = 0; i < count; ++i)
            for (int s = 0; s < at(idx[i]).source_count; ++s) uses += at(idx[i]).sources[s] == nodes_[node] ? 1 : 0;
        return uses == uses_[nodes_[node]];
    }
    // The same for nodes that all stand side by side, views among them; `other` is read elsewhere, too.
    constexpr bool only_used_side_by_side(int first, int length, int other) const {
        int idx[most_fused] = {};
        for (int n = 0; n < length; ++n) idx[n] = first + n;
        for (int n = 0; n + 1 < length; ++n)
            if (n != other && !only_used_by(first + n, idx + n + 1, length - n - 1)) return false;
        return true;
    }
    constexpr int kernel_of_router(const int *idx, int count) const {
        constexpr std::int64_t most_experts = 1024;
        const int first = idx[0];
        const graph_tensor &scores = at(first);
        int length = router(first);
        if (length < 5 || scores.source_count > 1 || scores.ne[0] > most_experts || scores.ne[2] != 1) return 1;
        // The longest that is used nowhere else.
        for (;;) {
            const bool scales = length == 6 || length == 11;
            const int computed = length < 10 ? length - 2 : length - 4; // that are no views
            const bool fits = computed <= count && idx[computed - 1] == first + length - (length == 10 ? 2 : 1);
            if (fits && only_used_side_by_side(first, length, 3)) return computed;
            if (length == 5) return 1;
            length = scales ? length - 1 : 5;
        }
    }
    constexpr int kernel_of_sum(const int *idx, int count) const {
        const int first = idx[0];
        const int length = sum_of_experts(first);
        const int experts = length / 2;
        if (length == 1 || experts > count || idx[experts - 1] != first + length - 1) return 1;
        const graph_tensor &product = at(first);
        if (product.ne[1] != experts || product.ne[3] != 1) return 1;
        for (int e = 1; e <= experts; ++e)
            if (at(first + e).sources[0] != nodes_[first] || at(first + e).nb[1] != product.nb[2]) return 1;
        for (int e = 1; e < experts; ++e) {
            const graph_tensor &sum = at(first + experts + e);
            if (sum.sources[0] != nodes_[e == 1 ? first + 1 : first + experts + e - 1] || sum.sources[1] != nodes_[first + 1 + e])
                return 1;
        }
        return only_used_side_by_side(first, length, -1) ? experts : 1;
    }
    // The new states go from the end of the result to their cache.
    constexpr bool stores_states(int net, int copy) const {
        const graph_tensor &from = g_[at(copy).sources[0]];
        return !at(net).output && from.op == operation::view && from.view_of == nodes_[net] && is_contiguous(from);
    }

    node_uses &uses_;
    mark *marks_;
    std::uint16_t (&sets_)[2];
    metal_ordering by_;
    std::uint64_t movable_;
    std::uint16_t current_[2] = {};
};

} // namespace detail
MEMBOUND_END_NAMESPACE

#endif

// The order in which ggml's Vulkan backend computes a run of nodes, and what it keeps alive longer for fused kernels.
// Source: llama.cpp v0.5.0 and its history, ggml/src/ggml-vulkan/ggml-vulkan.cpp (ggml_vk_graph_optimize),
// ggml-vulkan-types.h (patterns).
#ifndef MEMBOUND_VULKAN_ORDER_HPP
#define MEMBOUND_VULKAN_ORDER_HPP

#include <membound/node_order.hpp>

MEMBOUND_BEGIN_NAMESPACE

// What Vulkan's backend did about the order of nodes of large batches, by the change that brought it.
enum class vulkan_ordering : std::uint8_t {
    none,
    pairs,        // what does not wait comes earlier, and pairs of one kernel follow each other (PR 17475)
    sums,         // two sums too (PR 18060)
    convolutions, // convolutions with what follows them too (PR 22653)
    roots,        // the choice of experts by the root of softplus is one kernel too (PR 26124)
    functions     // more kernels, some of which keep their inputs until the last node (PR 27220, PR 28024)
};

namespace detail {

// A sequence of operations that one kernel computes.
struct fused_pattern {
    int length = 0;
    bool keeps_inputs = false; // until the last of its nodes is computed
    operation ops[12] = {};
    bool stays_whole = false; // none of its nodes is computed early, not only its first
    vulkan_ordering since = vulkan_ordering::functions;
};

using op = operation;
using since = vulkan_ordering;
inline constexpr fused_pattern vulkan_patterns[] = {
    {10, true, {op::soft_max, op::reshape, op::argsort, op::view, op::get_rows, op::reshape, op::sum_rows, op::clamp,
                op::div, op::reshape}, false, since::pairs},
    {11, true, {op::unary, op::reshape, op::add, op::argsort, op::view, op::get_rows, op::reshape, op::sum_rows,
                op::clamp, op::div, op::reshape}, false, since::sums},
    {12, true, {op::unary, op::sqrt, op::reshape, op::add, op::argsort, op::view, op::get_rows, op::reshape, op::sum_rows,
                op::clamp, op::div, op::reshape}, false, since::roots},
    {5, true, {op::soft_max, op::reshape, op::argsort, op::view, op::get_rows}, false, since::pairs},
    {6, true, {op::argsort, op::view, op::get_rows, op::reshape, op::soft_max, op::reshape}, false, since::pairs},
    {7, false, {op::get_rows, op::permute, op::cont, op::cpy, op::reshape, op::add, op::top_k}, true},
    {4, false, {op::rms_norm, op::mul, op::add, op::mul}},
    {3, false, {op::rms_norm, op::mul, op::add}},
    {5, false, {op::rms_norm, op::mul, op::rope, op::view, op::set_rows}},
    {3, false, {op::rms_norm, op::view, op::set_rows}},
    {3, false, {op::rope, op::view, op::set_rows}},
};

class vulkan_order : public node_order {
public:
    constexpr vulkan_order(const graph &g, const std::int16_t *nodes, int count, place *places,
                           vulkan_ordering does = vulkan_ordering::functions)
        : node_order(g, nodes, count, places), does_(does) {
        while (first_ < count_) {
            if (keep_pattern()) continue;
            set_count_ = 0;
            join(first_);
            gather_operations();
            if (at(set_[set_count_ - 1]).op != operation::add) gather_views();
            for (int i = 0; i < set_count_; ++i) emit(set_[i]);
            skip_used();
        }
    }

private:
    static constexpr int looks_ahead = 20;
    static constexpr int pairs_ahead = 15;
    static constexpr int stores_ahead = 10; // before they were checked

    constexpr bool is_used(int i) const { return places_[i].reached >= progress::used; }

    constexpr bool depends(int later, int earlier) const {
        const graph_tensor &to = at(later);
        const graph_tensor &from = at(earlier);
        for (int s = 0; s < to.source_count; ++s)
            if (to.sources[s] == nodes_[earlier]) return true;
        const int to_base = base(nodes_[later]);
        const int from_base = base(nodes_[earlier]);
        if (to_base == from_base) return true;
        if (does_ < since::functions) return false;
        if (is_empty(to) || is_empty(from)) return false;
        for (int s = 0; s < to.source_count; ++s)
            if (base(to.sources[s]) == from_base) return true;
        for (int s = 0; s < from.source_count; ++s)
            if (base(from.sources[s]) == to_base) return true;
        return false;
    }

    constexpr bool matches(const fused_pattern &p, int start) const {
        if (does_ < p.since || start + p.length > count_) return false;
        for (int j = 0; j < p.length; ++j)
            if (at(start + j).op != p.ops[j] || is_used(start + j)) return false;
        return true;
    }
    constexpr bool is_in_pattern(int i) const {
        for (const fused_pattern &p : vulkan_patterns)
            if (matches(p, i) || (p.stays_whole && stands_within(p, i))) return true;
        return false;
    }
    constexpr bool stands_within(const fused_pattern &p, int i) const {
        for (int j = 1; j < p.length && j <= i; ++j)
            if (at(i).op == p.ops[j] && matches(p, i - j)) return true;
        return false;
    }

    constexpr bool keep_pattern() {
        for (const fused_pattern &p : vulkan_patterns) {
            if (!matches(p, first_)) continue;
            if (p.keeps_inputs && does_ >= since::functions) {
                int last = first_ + p.length - 1;
                if (last + 1 < count_ && at(last + 1).op == operation::scale) ++last;
                keep_sources(first_, p.length, last);
            }
            const int first = first_;
            for (int j = 0; j < p.length; ++j) emit(first + j);
            skip_used();
            return true;
        }
        return false;
    }

    constexpr void join(int i, progress reached = progress::chosen) {
        set_[set_count_++] = i;
        places_[i].reached = reached;
    }
    constexpr void join_early(int i) { join(i, progress::used); }
    constexpr void skip_used() {
        while (first_ < count_ && is_used(first_)) ++first_;
    }

    // Pairs that one kernel computes may follow each other at once.
    constexpr bool may_follow(int later, int earlier) const {
        if (earlier != set_[set_count_ - 1]) return false;
        const operation a = at(earlier).op;
        const operation b = at(later).op;
        if ((a == operation::rms_norm || (a == operation::unary && does_ >= since::functions)) && b == operation::mul) {
            if (does_ < since::functions) return later == earlier + 1;
            for (int v = earlier + 1; v < later; ++v)
                if (!is_used(v) && !is_empty(at(v))) return false;
            return true;
        }
        return later == earlier + 1 && ((a == operation::mul_mat && b == operation::add) ||
                                        (a == operation::mul_mat_id && (b == operation::add_id || b == operation::mul)) ||
                                        (does_ >= since::convolutions && a == operation::ssm_conv &&
                                         (b == operation::add || b == operation::unary)) ||
                                        (does_ >= since::sums && a == operation::add && b == operation::add));
    }

    // Most depend on what stands right before them.
    constexpr bool is_ready(int j) const {
        for (int c = j - 1; c >= first_; --c)
            if (!is_used(c) && depends(j, c) && !may_follow(j, c)) return false;
        return true;
    }

    constexpr void gather_operations() {
        const int end = min(first_ + looks_ahead, count_);
        for (int j = first_ + 1; j < end; ++j) {
            if (is_used(j) || is_empty(at(j)) || !is_ready(j) || is_in_pattern(j)) continue;
            join(j);
            int rope = j;
            if (at(j).op == operation::mul && at(j - 1).op == operation::rms_norm) rope = join_rope_of(j);
            if (at(rope).op == operation::rope || (at(rope).op == operation::rms_norm && does_ >= since::functions))
                join_store_of(rope);
            if (at(j).op == operation::add_id && at(j - 1).op == operation::mul_mat_id) join_user_of(j, operation::mul);
            if (at(j).op == operation::add && at(j - 1).op == operation::mul_mat) join_user_of(j, operation::add);
            if (at(j).op == operation::add && at(j - 1).op == operation::ssm_conv && does_ >= since::convolutions)
                join_function_of(j);
            if (at(j).op == operation::unary && does_ >= since::functions) join_product_of(j);
        }
    }

    constexpr int join_rope_of(int j) {
        for (int k = j + 1; k < min(j + pairs_ahead, count_); ++k) {
            const graph_tensor &t = at(k);
            if (t.op != operation::rope || t.sources[0] != nodes_[j] || g_[t.sources[1]].op != operation::none) continue;
            join_early(k);
            return k;
        }
        return j;
    }

    // The first later node with this operation that takes the j-th as its first operand and has the second already.
    constexpr void join_user_of(int j, operation wanted) {
        for (int k = j + 1; k < min(j + pairs_ahead, count_); ++k) {
            const graph_tensor &t = at(k);
            if (t.op != wanted || t.sources[0] != nodes_[j] || !is_computed(t.sources[1])) continue;
            join_early(k);
            return;
        }
    }
    constexpr void join_function_of(int j) {
        for (int k = j + 1; k < min(j + pairs_ahead, count_); ++k) {
            if (at(k).op != operation::unary || at(k).sources[0] != nodes_[j]) continue;
            join_early(k);
            return;
        }
    }
    // The product of a function's result and something that is there already (ggml_vk_can_fuse_unary_mul).
    constexpr void join_product_of(int j) {
        for (int k = j + 1; k < min(j + pairs_ahead, count_); ++k) {
            const graph_tensor &t = at(k);
            if (t.op != operation::mul || (t.sources[0] != nodes_[j] && t.sources[1] != nodes_[j])) continue;
            const bool first = t.sources[0] == nodes_[j];
            const int other = t.sources[first ? 1 : 0];
            if (!is_computed(other) || !lies_in_rows(g_[other]) || !lies_in_rows(g_[at(j).sources[0]])) continue;
            if (!first && !repeats(at(j), g_[other])) continue;
            join_early(k);
            return;
        }
    }
    // ggml_is_contiguous_1, ggml_can_repeat.
    static constexpr bool lies_in_rows(const graph_tensor &t) {
        std::int64_t next = t.nb[1];
        for (int i = 1; i < 4; ++i) {
            if (t.ne[i] != 1 && t.nb[i] != next) return false;
            next = multiply(next, t.ne[i]);
        }
        return true;
    }
    static constexpr bool repeats(const graph_tensor &a, const graph_tensor &b) {
        for (int i = 0; i < 4; ++i)
            if (a.ne[i] == 0 || b.ne[i] % a.ne[i] != 0) return false;
        return true;
    }
    constexpr bool is_computed(int tensor) const {
        if (g_[tensor].op == operation::none) return true;
        for (int i = 0; i < count_; ++i)
            if (nodes_[i] == tensor) return places_[i].reached == progress::done;
        return false;
    }

    // A view of the result that is stored into a cache right away.
    constexpr void join_store_of(int rope) {
        int view = -1;
        int store = -1;
        const bool checks = does_ >= since::functions;
        for (int k = rope + 1; k < min(rope + (checks ? pairs_ahead : stores_ahead), count_) && store < 0; ++k) {
            if (checks && is_used(k)) continue;
            if (view < 0 && at(k).op == operation::view && at(k).sources[0] == nodes_[rope])
                view = k;
            else if (view >= 0 && at(k).op == operation::set_rows && at(k).sources[0] == nodes_[view])
                store = k;
        }
        if (store < 0) return;
        if (checks && (at(rope).output || at(view).output || uses(nodes_[rope]) != 1 || uses(nodes_[view]) != 1 ||
                       base(nodes_[view]) != nodes_[rope]))
            return;
        for (int c = rope + 1; c < store && checks; ++c)
            if (!is_used(c) && c != view && !is_empty(at(c)) && depends(store, c)) return;
        join_early(view);
        join_early(store);
    }
    constexpr int uses(int tensor) const {
        int count = 0;
        for (int i = 0; i < g_.node_count(); ++i) {
            const graph_tensor &t = g_[g_.node(i)];
            for (int s = 0; s < t.source_count; ++s) count += t.sources[s] == tensor ? 1 : 0;
        }
        return count;
    }

    constexpr void gather_views() {
        const int end = min(first_ + looks_ahead, count_);
        for (int j = first_ + 1; j < end; ++j) {
            if (is_used(j) || !is_empty(at(j))) continue;
            bool ready = true;
            for (int c = j - 1; c >= first_ && ready; --c) ready = places_[c].reached != progress::waiting || !depends(j, c);
            if (ready) join(j);
        }
    }

    vulkan_ordering does_;
    int first_ = 0; // the first node that has no place yet
    int set_[3 * looks_ahead] = {};
    int set_count_ = 0;
};

} // namespace detail
MEMBOUND_END_NAMESPACE

#endif

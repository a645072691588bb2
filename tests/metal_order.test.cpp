// The order in which the Metal backend computes nodes.
#include <membound/metal_order.hpp>

#include "support/graphs.hpp"

#include <doctest/doctest.h>

#include <initializer_list>

namespace {

using namespace membound;
using op = operation;
using std::int16_t;
constexpr ggml_type f32 = ggml_type::f32;
constexpr shape rows = graph_of_rows::rows;

struct small : graph_of_rows {
    // Calls look(order) with the order of all nodes.
    template <class Look>
    constexpr void look_at_order(const Look &look) const {
        detail::metal_order::place places[64] = {};
        detail::metal_order::mark marks[64] = {};
        std::int16_t counts[64] = {};
        detail::node_uses uses(*this, counts);
        std::uint16_t sets[2] = {};
        look(detail::metal_order(*this, nodes(), node_count(), places, {uses, marks, sets, metal_ordering::keeping_inputs}));
    }
    constexpr bool ordered(std::initializer_list<int16_t> wanted) const {
        bool as_wanted = false;
        look_at_order([&](const detail::metal_order &order) { as_wanted = is(order, wanted); });
        return as_wanted;
    }
    // Until which node a tensor is kept; -1: no longer than it is needed.
    constexpr int kept_until(int16_t tensor) const {
        int until = -1;
        look_at_order([&](const detail::metal_order &order) {
            for (int i = 0; i < node_count(); ++i)
                order.for_each_kept(i, [&](int16_t t) { until = t == tensor ? order.node(i) : until; });
        });
        return until;
    }
};

constexpr bool what_need_not_wait_comes_first() {
    small g;
    const auto q = g.times(g.x);
    const auto q_rope = g.node_of(op::rope, q, g.numbers);
    const auto k = g.times(g.x);
    const auto k_rope = g.node_of(op::rope, k, g.numbers);
    return g.ordered({q, k, q_rope, k_rope});
}
static_assert(what_need_not_wait_comes_first(), "");

// The search ends at an operation that never moves itself.
constexpr bool the_search_ends_at_soft_max() {
    small g;
    const auto q = g.times(g.x);
    const auto scores = g.node_of(op::unary, q);
    const auto shares = g.node_of(op::soft_max, scores);
    const auto later = g.times(g.x);
    small h;
    const auto a = h.times(h.x);
    const auto b = h.node_of(op::unary, a);
    const auto c = h.node_of(op::glu, b, b);
    const auto moved = h.times(h.x);
    return g.ordered({q, scores, later, shares}) && h.ordered({a, moved, b, c});
}
static_assert(the_search_ends_at_soft_max(), "");

// A norm and its scale are one kernel: nothing comes between, and what it reads is kept until its end.
constexpr bool kernels_stay_whole() {
    small g;
    const auto a = g.times(g.x);
    const auto b = g.times(a);
    const auto norm = g.node_of(op::rms_norm, b);
    const auto scaled = g.node_of(op::mul, norm, g.w);
    const auto other = g.times(g.x);
    return g.ordered({a, other, b, norm, scaled}) && g.kept_until(b) == scaled && g.kept_until(a) == -1 &&
           g.kept_until(g.w) == -1;
}
static_assert(kernels_stay_whole(), "");

// A norm that is read twice is computed by itself; what it reads is kept all the same.
constexpr bool norms_that_others_read_are_alone() {
    small g;
    const auto a = g.times(g.x);
    const auto norm = g.node_of(op::rms_norm, a);
    const auto scaled = g.node_of(op::mul, norm, g.w);
    const auto beside = g.node_of(op::unary, norm);
    const auto sum = g.node_of(op::sub, scaled, beside);
    const auto other = g.times(g.x);
    return g.ordered({a, other, norm, scaled, beside, sum}) && g.kept_until(a) == scaled;
}
static_assert(norms_that_others_read_are_alone(), "");

constexpr bool sums_are_one_kernel() {
    small g;
    const auto a = g.times(g.x);
    const auto b = g.times(g.x);
    const auto one = g.node_of(op::add, a, b);
    const auto two = g.node_of(op::add, one, g.x);
    return g.ordered({a, b, one, two}) && g.kept_until(a) == two && g.kept_until(b) == two && g.kept_until(one) == -1;
}
static_assert(sums_are_one_kernel(), "");

// Stores into two caches: those of a dry run have one address. Of two that are allocated the first ends where the second
// begins, so that it waits for it, and not the other way.
constexpr bool stores_go_by_address() {
    const auto stored = [](bool allocated, bool keys_first) {
        small g;
        const auto k_cache = allocated ? g.cache_behind(-1, f32, {64, 32}, 0)
                                       : g.measured_beside(-1, external_kind::cache, f32, {64, 32}, 0);
        const auto v_cache = allocated ? g.cache_behind(k_cache, f32, {64, 32}, 0)
                                       : g.measured_beside(k_cache, external_kind::cache, f32, {64, 32}, 0);
        const auto k = g.times(g.x);
        const auto v = g.times(g.x);
        const auto one = g.store(keys_first ? k_cache : v_cache, keys_first ? k : v);
        const auto two = g.store(keys_first ? v_cache : k_cache, keys_first ? v : k);
        const auto more = g.times(v);
        // Both stores wait for the products; the second waits for the first as well where `more` comes between.
        const bool at_once = g.ordered({k, v, one, two, more});
        const bool apart = g.ordered({k, v, one, more, two});
        return at_once ? 1 : apart ? 2 : 0;
    };
    return stored(false, true) == 2 && stored(false, false) == 2 && stored(true, true) == 1 && stored(true, false) == 2;
}
static_assert(stores_go_by_address(), "");

// A view counts as written, so that what reads it comes after the set that it is in.
constexpr bool views_are_waited_for() {
    small g;
    const auto a = g.times(g.x);
    const auto view = g.reshape(g.x, {32, 16});
    g.expand(view);
    const auto read = g.compute(op::cont, f32, {32, 16}, view);
    g.expand(read);
    const auto later = g.times(a);
    const auto free = g.node_of(op::mul_mat, g.w, g.numbers);
    return g.ordered({a, view, free, read, later});
}
static_assert(views_are_waited_for(), "");

// The router of a mixture of experts keeps its scores until the shares, and the sum over experts their results.
constexpr bool experts_keep_what_they_read() {
    small g;
    const auto logits = g.times(g.x);
    const auto shares = g.node_of(op::soft_max, logits);
    const auto column = g.reshape(shares, {1, 64, 8});
    g.expand(column);
    const auto sorted = g.node_of(op::argsort, shares);
    const auto chosen = g.view(sorted, {2, 8}, 256);
    const auto weights = g.compute(op::get_rows, f32, {1, 2, 8}, column, chosen);
    g.expand(weights);
    const auto results = g.compute(op::mul_mat_id, f32, {64, 2, 8}, g.w, g.x, chosen);
    const auto weighted = g.compute(op::mul, f32, {64, 2, 8}, results, weights);
    g.expand(weighted);
    const auto first = g.view(weighted, rows, g[weighted].nb[2]);
    const auto second = g.view(weighted, rows, g[weighted].nb[2]);
    g.expand(first);
    g.expand(second);
    const auto sum = g.node_of(op::add, first, second);
    return g.ordered({logits, shares, column, sorted, chosen, weights, results, weighted, first, second, sum}) &&
           g.kept_until(logits) == weights && g.kept_until(results) == sum && g.kept_until(weights) == sum;
}
static_assert(experts_keep_what_they_read(), "");

// The order is one: each node comes once, and none is lost, whatever the graph.
constexpr bool every_node_comes_once() {
    small g;
    g.add_blocks(5);
    bool once = false;
    g.look_at_order([&](const detail::metal_order &order) { once = g.has_each_node_once(order); });
    return once;
}
static_assert(every_node_comes_once(), "");

} // namespace

TEST_CASE("the order of Metal") {
    CHECK(what_need_not_wait_comes_first());
    CHECK(the_search_ends_at_soft_max());
    CHECK(stores_go_by_address());
    CHECK(views_are_waited_for());
    CHECK(every_node_comes_once());
}

TEST_CASE("what one kernel of Metal computes") {
    CHECK(kernels_stay_whole());
    CHECK(norms_that_others_read_are_alone());
    CHECK(sums_are_one_kernel());
    CHECK(experts_keep_what_they_read());
}

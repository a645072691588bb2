// The order in which the Vulkan backend computes nodes.
#include <membound/vulkan_order.hpp>

#include "support/graphs.hpp"

#include <doctest/doctest.h>

#include <initializer_list>

namespace {

using namespace membound;
using op = operation;
constexpr ggml_type f32 = ggml_type::f32;
constexpr shape rows = graph_of_rows::rows;

struct small : graph_of_rows {
    // Calls look(order) with the order of all nodes.
    template <class Look>
    constexpr void look_at_order(const Look &look) const {
        detail::vulkan_order::place places[64] = {};
        look(detail::vulkan_order(*this, nodes(), node_count(), places));
    }
    constexpr bool ordered(std::initializer_list<std::int16_t> wanted) const {
        bool as_wanted = false;
        look_at_order([&](const detail::vulkan_order &order) { as_wanted = is(order, wanted); });
        return as_wanted;
    }
    constexpr int place_of(std::int16_t node) const {
        int place = -1;
        look_at_order([&](const detail::vulkan_order &order) {
            for (int i = 0; i < node_count(); ++i)
                if (order.node(i) == node) place = i;
        });
        return place;
    }
    // Calls keep(tensor, node) for each tensor that must live until a node is computed.
    template <class Keep>
    constexpr void for_each_kept(const Keep &keep) const {
        look_at_order([&](const detail::vulkan_order &order) {
            for (int i = 0; i < node_count(); ++i) order.for_each_kept(i, [&](int t) { keep(t, order.node(i)); });
        });
    }
};

// Products that do not wait for each other are computed one after the other.
constexpr bool independent_nodes_are_gathered() {
    small g;
    const auto q = g.times(g.x);
    const auto q_rope = g.node_of(op::rope, q, g.numbers);
    const auto k = g.times(g.x);
    const auto k_rope = g.node_of(op::rope, k, g.numbers);
    return g.ordered({q, k, q_rope, k_rope});
}
static_assert(independent_nodes_are_gathered(), "");

constexpr bool a_chain_keeps_its_order() {
    small g;
    const auto a = g.times(g.x);
    const auto b = g.times(a);
    const auto c = g.node_of(op::unary, b);
    const auto d = g.times(c);
    return g.ordered({a, b, c, d});
}
static_assert(a_chain_keeps_its_order(), "");

// A bias belongs to its product: no other node comes between the two.
constexpr bool pairs_stay_together() {
    small g;
    const auto bias = g.input(f32, {64});
    const auto a = g.times(g.x);
    const auto a_bias = g.node_of(op::add, a, bias);
    const auto b = g.times(g.x);
    const auto b_bias = g.node_of(op::add, b, bias);
    return g.ordered({a, a_bias, b, b_bias});
}
static_assert(pairs_stay_together(), "");

// A norm and what follows it are one kernel: other nodes do not come between them, and it does not come early.
constexpr bool fused_patterns_stay_as_they_are() {
    small g;
    const auto a = g.times(g.x);
    const auto norm = g.node_of(op::rms_norm, g.x);
    const auto scaled = g.node_of(op::mul, norm, g.input(f32, {64}));
    const auto sum = g.node_of(op::add, scaled, a);
    const auto b = g.times(g.x);
    return g.ordered({a, b, norm, scaled, sum});
}
static_assert(fused_patterns_stay_as_they_are(), "");

// Nothing that reads a tensor comes after what overwrites it.
constexpr bool writes_are_waited_for() {
    small g;
    const auto cache = g.external(external_kind::cache, f32, {64, 100}, 0);
    const auto k = g.times(g.x);
    const auto stored = g.store(cache, k);
    const auto read = g.times(g.view(cache, rows, 256));
    const auto other = g.times(g.x);
    return g.place_of(stored) >= 0 && g.place_of(stored) < g.place_of(read) && g.place_of(other) < g.place_of(read);
}
static_assert(writes_are_waited_for(), "");

// The router of a mixture of experts: what its kernel reads must live until its last node.
constexpr bool routers_keep_what_they_read() {
    small g;
    const auto soft_max = g.node_of(op::soft_max, g.x);
    const auto column = g.reshape(soft_max, {1, 64, 8});
    g.expand(column);
    const auto sorted = g.node_of(op::argsort, soft_max);
    const auto chosen = g.view(sorted, {4, 8}, 256);
    const auto weights = g.compute(op::get_rows, f32, {1, 4, 8}, column, chosen);
    g.expand(weights);
    int kept = 0;
    bool input_kept = false;
    g.for_each_kept([&](int t, int until) {
        ++kept;
        input_kept = input_kept || (t == g.x && until == weights);
    });
    return g.ordered({soft_max, column, sorted, chosen, weights}) && input_kept && kept == 1;
}
static_assert(routers_keep_what_they_read(), "");

// So must what a router of roots reads, and no other node comes between.
constexpr bool routers_of_roots_stay_as_they_are() {
    small g;
    const auto other = g.times(g.x);
    const auto softplus = g.node_of(op::unary, g.x);
    const auto root = g.node_of(op::sqrt, softplus);
    const auto column = g.reshape(root, {1, 64, 8});
    g.expand(column);
    const auto biased = g.node_of(op::add, root, g.input(f32, {64}));
    const auto sorted = g.node_of(op::argsort, biased);
    const auto chosen = g.view(sorted, {4, 8}, 256);
    const auto picked = g.compute(op::get_rows, f32, {1, 4, 8}, column, chosen);
    const auto weights = g.reshape(picked, {4, 8});
    const auto sum = g.compute(op::sum_rows, f32, {1, 8}, weights);
    const auto least = g.like(op::clamp, sum);
    const auto shares = g.reshape(g.like(op::div, weights, least), {1, 4, 8});
    g.expand(shares);
    const auto later = g.times(g.x);
    int kept = 0;
    g.for_each_kept([&](int, int) { ++kept; });
    return g.ordered({other, later, softplus, root, column, biased, sorted, chosen, picked, weights, sum, least,
                      g[shares].sources[0], shares}) &&
           kept == 2;
}
static_assert(routers_of_roots_stay_as_they_are(), "");

// The order is one: each node comes once, and none is lost, whatever the graph.
constexpr bool every_node_comes_once() {
    small g;
    g.add_blocks(5);
    bool once = false;
    g.look_at_order([&](const detail::vulkan_order &order) { once = g.has_each_node_once(order); });
    return once;
}
static_assert(every_node_comes_once(), "");

} // namespace

TEST_CASE("the order of Vulkan") {
    CHECK(independent_nodes_are_gathered());
    CHECK(a_chain_keeps_its_order());
    CHECK(pairs_stay_together());
    CHECK(fused_patterns_stay_as_they_are());
    CHECK(writes_are_waited_for());
    CHECK(every_node_comes_once());
}

TEST_CASE("what fused kernels read") {
    CHECK(routers_keep_what_they_read());
    CHECK(routers_of_roots_stay_as_they_are());
}

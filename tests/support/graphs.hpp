// Graphs with room of their own.
#ifndef MEMBOUND_TESTS_SUPPORT_GRAPHS_HPP
#define MEMBOUND_TESTS_SUPPORT_GRAPHS_HPP

#include <membound/graph.hpp>

#include <initializer_list>

template <unsigned Capacity>
struct room_of_graph {
    membound::graph::room<Capacity> own_room;
};

template <unsigned Capacity>
struct graph_with_room : room_of_graph<Capacity>, membound::graph {
    constexpr graph_with_room() : graph(this->own_room) {}
};

// Nodes of 8 rows of 64 numbers, computed as they are named unless a backend orders them otherwise.
struct graph_of_rows : graph_with_room<64> {
    static constexpr membound::ggml_type f32 = membound::ggml_type::f32;
    static constexpr membound::shape rows = {64, 8};

    std::int16_t x = input(f32, rows);
    std::int16_t numbers = input(membound::ggml_type::i32, {8});
    std::int16_t w = external(membound::external_kind::weight, f32, {64, 64}, 0);

    constexpr std::int16_t node_of(membound::operation o, std::int16_t a, std::int16_t b = -1) {
        const auto t = compute(o, f32, rows, a, b);
        expand(t);
        return t;
    }
    constexpr std::int16_t times(std::int16_t a) { return node_of(membound::operation::mul_mat, w, a); }
    constexpr std::int16_t store(std::int16_t cache, std::int16_t a) {
        const auto t = write(cache, a, numbers);
        expand(t);
        return t;
    }
    // Products, norms, copies and sums that partly wait for each other.
    constexpr void add_blocks(int count) {
        using op = membound::operation;
        for (std::int16_t before = x; count > 0; --count) {
            const auto a = times(before);
            const auto b = node_of(op::rms_norm, before);
            const auto c = compute(op::cont, f32, {32, 8}, view(a, {32, 8}, 256));
            expand(c);
            before = node_of(op::add, node_of(op::mul, b, a), before);
        }
    }

    template <class Order>
    constexpr bool is(const Order &order, std::initializer_list<std::int16_t> wanted) const {
        int i = 0;
        for (const std::int16_t t : wanted)
            if (i == node_count() || order.node(i++) != t) return false;
        return i == node_count();
    }
    template <class Order>
    constexpr bool has_each_node_once(const Order &order) const {
        bool came[64] = {};
        for (int i = 0; i < node_count(); ++i) {
            if (came[order.node(i)]) return false;
            came[order.node(i)] = true;
        }
        for (int i = 0; i < node_count(); ++i)
            if (!came[node(i)]) return false;
        return true;
    }
};

#endif

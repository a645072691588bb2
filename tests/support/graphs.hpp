// Graphs with room of their own.
#ifndef MEMBOUND_TESTS_SUPPORT_GRAPHS_HPP
#define MEMBOUND_TESTS_SUPPORT_GRAPHS_HPP

#include <membound/graph.hpp>

template <unsigned Capacity>
struct room_of_graph {
    membound::graph::room<Capacity> own_room;
};

template <unsigned Capacity>
struct graph_with_room : room_of_graph<Capacity>, membound::graph {
    constexpr graph_with_room() : graph(this->own_room) {}
};

#endif

// In which order the nodes of a run are computed by a backend that has an order of its own, and what it keeps alive longer
// for fused kernels.
// Source: llama.cpp v0.5.0, ggml/src/ggml-backend.cpp (ggml_backend_sched_split_graph: graph_optimize, add_alloc_dep).
#ifndef MEMBOUND_NODE_ORDER_HPP
#define MEMBOUND_NODE_ORDER_HPP

#include <membound/graph.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace detail {

// How often the nodes of a graph read each tensor, counted once it is asked for.
class node_uses {
public:
    // `uses` are as many as the graph has room for tensors, and 0 at first.
    constexpr node_uses(const graph &g, std::int16_t *uses) : g_(g), uses_(uses) {}

    constexpr int operator[](int tensor) {
        if (!counted_) count();
        return uses_[tensor];
    }

private:
    constexpr void count() {
        counted_ = true;
        for (int i = 0; i < g_.node_count(); ++i) {
            const graph_tensor &t = g_[g_.node(i)];
            for (int s = 0; s < t.source_count; ++s) ++uses_[t.sources[s]];
        }
    }

    const graph &g_;
    std::int16_t *uses_;
    bool counted_ = false;
};

class node_order {
public:
    // A node is chosen to come next, is so together with the one before it, and has its place in the new order.
    enum class progress : std::uint8_t { waiting, chosen, used, done };

    struct place {
        std::int16_t node; // that is computed here in the new order
        // Of the node that stood here:
        std::int16_t kept_first; // from which on the sources of nodes are kept until it is computed
        std::int8_t kept_length; // how many nodes
        progress reached;
        std::int8_t fused; // how many nodes from it on are computed at once, if the order counts them
        std::uint8_t waits_for; // how far before it a node stands that has to be computed first; 0: none is known
    };

    constexpr int node(int i) const { return nodes_[places_[i].node]; }

    // Calls keep(tensor) for each tensor that must live until the i-th node of the new order is computed.
    template <class Keep>
    constexpr void for_each_kept(int i, const Keep &keep) const {
        const place &p = places_[places_[i].node];
        for (int n = p.kept_first; n < p.kept_first + p.kept_length; ++n)
            for (int s = 0; s < at(n).source_count; ++s) {
                const std::int16_t t = at(n).sources[s];
                if (g_[t].external == external_kind::none && !stands_in(t, p.kept_first, n)) keep(t);
            }
    }

protected:
    // `places` are as many as the nodes.
    constexpr node_order(const graph &g, const std::int16_t *nodes, int count, place *places)
        : g_(g), nodes_(nodes), count_(count), places_(places) {
        for (int i = 0; i < count; ++i) places[i] = {};
    }

    constexpr const graph_tensor &at(int i) const { return g_[nodes_[i]]; }
    static constexpr bool is_empty(const graph_tensor &t) { return t.op == operation::none || is_view(t.op); }
    constexpr int base(int tensor) const { return g_[tensor].view_of >= 0 ? g_[tensor].view_of : tensor; }

    // Whether a tensor is one of the nodes from `first` on, before node `last`.
    constexpr bool stands_in(int tensor, int first, int last) const {
        for (int n = first; n < last; ++n)
            if (nodes_[n] == tensor) return true;
        return false;
    }

    constexpr void emit(int i) {
        places_[ordered_++].node = static_cast<std::int16_t>(i);
        places_[i].reached = progress::done;
    }
    constexpr void keep_sources(int first, int length, int until) {
        places_[until].kept_first = static_cast<std::int16_t>(first);
        places_[until].kept_length = static_cast<std::int8_t>(length);
    }

    const graph &g_;
    const std::int16_t *nodes_;
    int count_;
    place *places_;
    int ordered_ = 0;
};

} // namespace detail
MEMBOUND_END_NAMESPACE

#endif

// ggml's scheduler: which device computes which node of a graph, and which tensors are copied between devices for it.
// Source: llama.cpp v0.5.0, ggml/src/ggml-backend.cpp (ggml_backend_sched_split_graph).
#ifndef MEMBOUND_SCHEDULE_HPP
#define MEMBOUND_SCHEDULE_HPP

#include <membound/replay.hpp>
#include <membound/vulkan_order.hpp>

MEMBOUND_BEGIN_NAMESPACE

struct schedule_options {
    int device_count = 1;         // the host is the last of them
    bool offload_operations = true; // large batches go to the first device even where the weights are on the host
    int copies = 1;               // of the inputs, where several devices work on several batches in turn
    std::int64_t largest_operand = INT64_MAX; // bytes of a tensor that a device can compute with
    std::uint32_t vulkan_devices = 0; // bit d: device d is driven by the Vulkan backend, which has an order of its own
};

// Runs a graph through the scheduler and the allocator. Afterwards `arenas`, one for each device, have the peaks.
template <unsigned Capacity, class Sizes>
class schedule {
public:
    using graph_type = graph<Capacity>;

    constexpr schedule(graph_type &g, arena *arenas, const Sizes &sizes, const schedule_options &options)
        : g_(g), options_(options), host_(options.device_count - 1), replay_(g, arenas, sizes) {}

    constexpr void run() {
        if (options_.device_count > 1) {
            assign_by_location();
            spread();
            assign_rest();
            split();
        } else {
            for (int i = 0; i < g_.node_count(); ++i) push(g_.node(i), 0);
            for (int i = 0; i < g_.leaf_count(); ++i) device_[g_.leaf(i)] = 0;
        }
        for (int i = 0; i < extra_leaf_count_; ++i) replay_.add_leaf(extra_leafs_[i], device_[extra_leafs_[i]]);
        for (int i = 0; i < g_.leaf_count(); ++i) replay_.add_leaf(g_.leaf(i), device_[g_.leaf(i)]);
        for (int i = 0; i < step_count_; ++i) replay_.count(steps_[i].tensor);
        for (int i = 0; i < step_count_; ++i) {
            watch(steps_[i].tensor);
            replay_.compute(steps_[i].tensor, steps_[i].device);
        }
    }

    constexpr bool exceeded() const { return exceeded_ || g_.exceeded(); }

    // Whether the free space before the `from`-th node of the graph is the same as before the `to`-th, for every pair that
    // was expected to: what lies between may then be repeated any number of times and changes no peak.
    constexpr void expect_steady(int from, int to) {
        if (pair_count_ == max_pairs || from >= g_.node_count() || to >= g_.node_count()) {
            exceeded_ = true;
            return;
        }
        pairs_[pair_count_++] = {g_.node(from), g_.node(to), 0};
    }
    constexpr bool steady() const { return steady_; }

private:
    struct step {
        std::int16_t tensor;
        std::int8_t device;
    };
    static constexpr std::int8_t nowhere = -1;

    constexpr void watch(int tensor) {
        for (int i = 0; i < pair_count_; ++i) {
            if (pairs_[i].from == tensor) pairs_[i].state = replay_.free_space(options_.device_count);
            if (pairs_[i].to == tensor) steady_ = steady_ && pairs_[i].state == replay_.free_space(options_.device_count);
        }
    }

    // Pass 1: nodes that write to, or compute with, something that already has its place.
    constexpr void assign_by_location() {
        for (int i = 0; i < g_.size(); ++i) device_[i] = g_[i].external == external_kind::none ? g_[i].place : nowhere;
        for (int i = 0; i < g_.leaf_count(); ++i) device_[g_.leaf(i)] = location(g_.leaf(i));
        for (int i = 0; i < g_.node_count(); ++i)
            if (device_[g_.node(i)] == nowhere) device_[g_.node(i)] = location(g_.node(i));
    }

    constexpr std::int8_t location(int t) const {
        const graph_tensor &node = g_[t];
        if (node.external != external_kind::none) return node.place;
        if (node.view_of >= 0 && g_[node.view_of].external != external_kind::none) return g_[node.view_of].place;
        if (node.input) return static_cast<std::int8_t>(host_);
        if (node.op == operation::rope || node.op == operation::flash_attn_ext) return nowhere;
        for (int i = 0; i < node.source_count; ++i) {
            const graph_tensor &source = g_[node.sources[i]];
            if (source.external != external_kind::weight) continue;
            const bool moves = options_.offload_operations && source.place == host_ && batch_size(node) >= 32;
            return moves && runs_on(t, 0) ? std::int8_t{0} : runs_on(t, source.place) ? source.place : nowhere;
        }
        return nowhere;
    }

    // Vulkan has a limit, and no product with a matrix for each stream (ggml_backend_vk_device_supports_op).
    constexpr bool runs_on(int t, int device) const {
        if ((options_.vulkan_devices >> device & 1u) == 0) return true;
        const graph_tensor &node = g_[t];
        bool runs = node.size <= options_.largest_operand;
        for (int i = 0; i < node.source_count; ++i) runs = runs && g_[node.sources[i]].size <= options_.largest_operand;
        return runs && (node.op != operation::mul_mat || g_[node.sources[0]].ne[3] == g_[node.sources[1]].ne[3]);
    }

    // The size by which a device decides whether a node is worth moving (ggml_backend_*_device_offload_op).
    constexpr std::int64_t batch_size(const graph_tensor &node) const {
        if (node.op == operation::get_rows) return 0;
        if (node.op == operation::mul_mat) return node.ne[1];
        if (node.op == operation::mul_mat_id) return node.ne[2];
        return detail::multiply(detail::multiply(node.ne[1], node.ne[2]), node.ne[3]);
    }

    // Pass 2: neighbours in the order take the device beside them, devices before the host.
    constexpr void spread() {
        if (spread_one_way(false, true) || spread_one_way(true, true) || spread_one_way(false, false)) return;
        spread_one_way(true, false);
    }

    // Whether every node has its device then.
    constexpr bool spread_one_way(bool up, bool skip_host) {
        std::int8_t current = nowhere;
        bool complete = true;
        for (int i = 0; i < g_.node_count(); ++i) {
            const int t = g_.node(up ? g_.node_count() - 1 - i : i);
            if (is_view(g_[t].op)) continue;
            if (device_[t] != nowhere)
                current = skip_host && device_[t] == host_ ? nowhere : device_[t];
            else if (current != nowhere && runs_on(t, current))
                device_[t] = current;
            else
                complete = false;
        }
        return complete;
    }

    // Passes 3 and 4: what no device runs is left to the host, views follow what they look at, the rest its first user.
    constexpr void assign_rest() {
        for (int i = 0; i < g_.node_count(); ++i)
            if (device_[g_.node(i)] == nowhere && !is_view(g_[g_.node(i)].op))
                device_[g_.node(i)] = static_cast<std::int8_t>(host_);
        for (int i = 0; i < g_.node_count(); ++i) {
            const int t = g_.node(i);
            const graph_tensor &node = g_[t];
            if (device_[t] == nowhere && node.view_of >= 0) device_[t] = device_[node.view_of];
            for (int j = 0; j < node.source_count; ++j) {
                const int s = node.sources[j];
                if (device_[s] == nowhere) device_[s] = g_[s].view_of >= 0 ? device_[g_[s].view_of] : device_[t];
            }
        }
    }

    // Pass 5: runs of nodes on one device; what a run reads from elsewhere is copied at its start.
    constexpr void split() {
        int begin = 0;
        int first = 0;
        while (first < g_.node_count() && is_view(g_[g_.node(first)].op)) ++first;
        if (first == g_.node_count()) return;
        std::int8_t current = device_[g_.node(first)];
        for (int i = first; i < g_.node_count(); ++i) {
            const int t = g_.node(i);
            if (is_view(g_[t].op)) continue;
            if (device_[t] != current || (input_count_ > 0 && reads_other_weights(t, current))) {
                emit(begin, i, current);
                begin = i;
                current = device_[t];
            }
            for (int j = 0; j < g_[t].source_count; ++j) {
                const std::int16_t s = g_[t].sources[j];
                if (g_[s].input && options_.copies > 1) keep_input(s);
                if (device_[s] == current) continue;
                int copy = find_copy(s, current);
                if (copy < 0) copy = copy_input(s, current);
                if (copy >= 0) g_[t].sources[j] = static_cast<std::int16_t>(copy);
            }
        }
        emit(begin, g_.node_count(), current);
    }

    // A new run begins, so that the memory of earlier copies of weights can be used again.
    constexpr bool reads_other_weights(int t, int current) const {
        for (int j = 0; j < g_[t].source_count; ++j) {
            const int s = g_[t].sources[j];
            if (g_[s].external == external_kind::weight && device_[s] != current) return true;
        }
        return false;
    }

    constexpr void emit(int begin, int end, std::int8_t device) {
        for (int i = 0; i < input_count_; ++i) {
            const std::int16_t source = inputs_[i];
            push(dependency_on(source), device_[source]);
            push(find_copy(source, device), device);
        }
        input_count_ = 0;
        if ((options_.vulkan_devices >> device & 1u) != 0) {
            emit_in_vulkan_order(begin, end, device);
            return;
        }
        for (int i = begin; i < end; ++i) push(g_.node(i), device_[g_.node(i)]);
    }

    constexpr void emit_in_vulkan_order(int begin, int end, std::int8_t device) {
        const detail::vulkan_order<Capacity> order(g_, g_.nodes() + begin, end - begin);
        for (int i = 0; i < end - begin; ++i) {
            push(order.node(i), device_[order.node(i)]);
            order.for_each_kept(i, [&](std::int16_t kept) { push(dependency_on(kept), device); });
        }
    }

    // A node that computes nothing, and before which `t` is not freed.
    constexpr std::int16_t dependency_on(std::int16_t t) {
        const std::int16_t dependency = g_.reshape(t, g_.shape_of(t));
        if (!g_.exceeded()) g_[dependency].op = operation::none;
        return dependency;
    }

    constexpr std::int16_t duplicate(std::int16_t t, std::int8_t device) {
        const std::int16_t copy = g_.make(g_[t].type, g_.shape_of(t));
        if (g_.exceeded()) return copy;
        for (int i = 0; i < 4; ++i) g_[copy].nb[i] = g_[t].nb[i];
        g_[copy].size = g_[t].size;
        device_[copy] = device;
        if (options_.copies > 1) {
            g_[copy].input = true;
            g_[copy].output = true;
        }
        return copy;
    }

    constexpr int copy_input(std::int16_t t, std::int8_t device) {
        const std::int16_t copy = duplicate(t, device);
        if (g_.exceeded() || copied_count_ == static_cast<int>(Capacity)) {
            exceeded_ = true;
            return -1;
        }
        copied_[copied_count_] = {copy, last_copy_[t], device};
        last_copy_[t] = static_cast<std::int16_t>(++copied_count_);
        inputs_[input_count_++] = t;
        if (options_.copies > 1) add_extra_leaf(copy);
        for (int c = 1; c < options_.copies; ++c) add_extra_leaf(duplicate(t, device));
        return copy;
    }

    // With several copies an input itself stands for one of them.
    constexpr void keep_input(std::int16_t t) {
        if (g_[t].output) return;
        g_[t].output = true;
        add_extra_leaf(t);
        for (int c = 1; c < options_.copies; ++c) add_extra_leaf(duplicate(t, device_[t]));
    }

    constexpr void add_extra_leaf(std::int16_t t) {
        if (g_.exceeded() || extra_leaf_count_ == static_cast<int>(Capacity)) {
            exceeded_ = true;
            return;
        }
        extra_leafs_[extra_leaf_count_++] = t;
    }

    constexpr int find_copy(std::int16_t t, int device) const {
        for (int i = last_copy_[t]; i > 0; i = copied_[i - 1].before)
            if (copied_[i - 1].device == device) return copied_[i - 1].copy;
        return -1;
    }

    constexpr void push(int t, int device) {
        if (step_count_ == static_cast<int>(2 * Capacity)) {
            exceeded_ = true;
            return;
        }
        steps_[step_count_++] = {static_cast<std::int16_t>(t), static_cast<std::int8_t>(device)};
    }

    struct watched_pair {
        int from;
        int to;
        std::uint64_t state;
    };
    static constexpr int max_pairs = 128;

    // Copies of one tensor are a chain; numbers count from 1, and 0 ends it.
    struct copied {
        std::int16_t copy;
        std::int16_t before;
        std::int8_t device;
    };

    graph_type &g_;
    schedule_options options_;
    int host_;
    replay<Capacity, graph_type, Sizes> replay_;
    std::int8_t device_[Capacity] = {};
    step steps_[2 * Capacity] = {};
    int step_count_ = 0;
    copied copied_[Capacity] = {};
    std::int16_t copied_count_ = 0;
    std::int16_t last_copy_[Capacity] = {};
    std::int16_t inputs_[Capacity] = {};
    int input_count_ = 0;
    std::int16_t extra_leafs_[Capacity] = {};
    int extra_leaf_count_ = 0;
    watched_pair pairs_[max_pairs] = {};
    int pair_count_ = 0;
    bool steady_ = true;
    bool exceeded_ = false;
};

MEMBOUND_END_NAMESPACE

#endif

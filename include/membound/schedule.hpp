// ggml's scheduler: which device computes which node of a graph, and which tensors are copied between devices for it.
// Source: llama.cpp v0.5.0, ggml/src/ggml-backend.cpp (ggml_backend_sched_split_graph).
//
// The graph of a model has thousands of nodes, but most of its layers are alike. So only some layers are drawn
// (engines/llama_cpp_layers.hpp), and the schedule does the others without nodes of their own:
//   - A *point* is the node with which a drawn layer begins (`watch`). What the allocator does from each point to the next is
//     recorded (replay.hpp).
//   - Before a point there may be layers that were *left out*. When the schedule comes to the point, it repeats for each of
//     them what was recorded of the drawn layer that stands for it: from point `as` to the next.
//   - Where a layer attends to residuals that earlier layers kept (Kimi K3), its tensors grow by so much for each
//     (`graph_tensor::growth`).
//   - That holds only if the same tensors live, and the same nodes are still to be computed, before and after. Whether they
//     were is `left_out_alike()`; where they were not, the caller draws more layers.
#ifndef MEMBOUND_SCHEDULE_HPP
#define MEMBOUND_SCHEDULE_HPP

#include <membound/cuda_kernels.hpp>
#include <membound/metal_kernels.hpp>
#include <membound/metal_order.hpp>
#include <membound/replay.hpp>
#include <membound/vulkan_order.hpp>

MEMBOUND_BEGIN_NAMESPACE

struct schedule_options {
    int device_count = 1;         // the host is the last of them
    bool offload_operations = true; // large batches are computed on the first device even where the weights are on the host
    int copies = 1;               // of what devices hand on: several where they work on several batches at once (a pipeline)
    std::int64_t largest_operand = INT64_MAX; // bytes of a tensor that a device can compute with
    std::uint32_t rounding_devices = 0; // bit d: device d has no kernel for products that read F32 unrounded
    std::uint32_t vulkan_devices = 0; // bit d: device d is driven by the Vulkan backend, which has an order of its own
    std::uint32_t narrow_devices = 0; // bit d: one of those that has no kernel for 16 lanes in step
    std::uint32_t cuda_devices = 0;   // bit d: by CUDA or its HIP build
    std::uint32_t fusing_devices = 0; // bit d: one of those that keeps alive what its fused kernels read
    std::uint32_t metal_devices = 0;  // bit d: by Metal
    metal_ordering metal_order = metal_ordering::keeping_inputs;
    vulkan_ordering vulkan_order = vulkan_ordering::functions;
    kernel_scratch scratch;

    // Whether a device computes nodes in an order of its own.
    constexpr std::uint32_t reordering_metal_devices() const { return metal_order != metal_ordering::none ? metal_devices : 0; }
    constexpr std::uint32_t reordering_vulkan_devices() const {
        return vulkan_order != vulkan_ordering::none ? vulkan_devices : 0;
    }
    constexpr bool reorders() const { return (reordering_vulkan_devices() | reordering_metal_devices()) != 0; }
};

// Runs a graph through the scheduler and the allocator. Afterwards `arenas`, one for each device, have the peaks.
class schedule {
    struct step {
        std::int16_t tensor;
        std::int8_t device; // `nowhere`: nothing is computed, but a use of the tensor ends here
    };
    // A copy of a tensor on another device. The copies of one tensor are a chain, by numbers that count from 1.
    struct copied {
        std::int16_t from;
        std::int16_t copy;
        std::int16_t before; // the number of the copy made before; 0: none
        std::int16_t node; // the place of its first reader in the order of the nodes
        std::int8_t device;
    };
    struct watched_point {
        std::int16_t node;     // its place in the order of the nodes
        std::int16_t tensor;   // the first that was drawn behind the point
        bool repeated;         // the layer that begins here stands for others
        bool crossed;          // an input is copied before the point, and first read behind it
        std::uint64_t waiting; // fingerprint of the nodes that were drawn before the point and are computed behind it
        std::uint64_t state;   // fingerprint of the free space and of what lives, at the point
        std::uint64_t still;   // a state that the layer leaves unchanged, with so many more residuals: repeating it does nothing
        std::int64_t still_residuals;
        replay::record record;
    };
    static constexpr unsigned points_of(unsigned tensors) { return tensors / 8 + 1; }

public:
    // A layer that was not drawn. It does what the layer behind point `as` does, before which so many fewer residuals are kept.
    struct left_out {
        int as = 0;
        std::int64_t residuals = 0;
        int leafs = 0; // leafs of its own: the number of the first among the graph's
        int leaf_count = 0;

        constexpr bool operator==(const left_out &o) const {
            return as == o.as && residuals == o.residuals && leaf_count == 0 && o.leaf_count == 0;
        }
    };
    // For `run` where no layer was left out.
    struct all_drawn {
        static constexpr int count_before(int) { return 0; }
        constexpr left_out operator()(int, int) const { return {}; }
        static constexpr bool grows() { return false; }
    };

    // For a graph of at most `Capacity` tensors.
    template <unsigned Capacity>
    struct room {
        replay::state states[Capacity] = {};
        std::int8_t devices[Capacity] = {};
        step steps[2 * Capacity] = {};
        std::int16_t computing[Capacity] = {};
        copied copies[Capacity] = {};
        std::int16_t last_copies[Capacity] = {};
        std::int16_t extra_leafs[Capacity] = {};
        std::int16_t uses[Capacity] = {};
        detail::node_order::place places[Capacity] = {};
        detail::metal_order::mark marks[Capacity] = {};
        watched_point points[points_of(Capacity)] = {};
        replay::event events[2 * Capacity] = {};
    };

    // `in` is empty, and stays as long as the schedule; it has room for as many tensors as that of the graph.
    template <unsigned Capacity>
    constexpr schedule(graph &g, arena *arenas, room<Capacity> &in, const schedule_options &options)
        : g_(g), tensors_(g.tensors()), nodes_(g.nodes()), options_(options), host_(options.device_count - 1),
          replay_(g, arenas, in.states, options.scratch), capacity_(static_cast<int>(Capacity)),
          device_(in.devices), steps_(in.steps), computing_(in.computing), copied_(in.copies),
          last_copy_(in.last_copies), extra_leafs_(in.extra_leafs), uses_(g, in.uses), places_(in.places), marks_(in.marks),
          points_(in.points), point_capacity_(static_cast<int>(points_of(Capacity))), events_(in.events) {}
    schedule(const schedule &) = delete; // two would share their room
    schedule &operator=(const schedule &) = delete;

    // Where a tensor is computed, once every node has its device.
    constexpr int device_of(int tensor) const { return device_[tensor]; }

    // Whether a device reads weights that lie on the host, once every node has its device.
    constexpr bool copies_weights() const {
        for (int i = 0; i < g_.node_count(); ++i) {
            const graph_tensor &node = tensors_[nodes_[i]];
            for (int j = 0; j < node.source_count; ++j) {
                const graph_tensor &source = tensors_[node.sources[j]];
                if (source.external == external_kind::weight && source.place == host_ && device_[nodes_[i]] != host_) return true;
            }
        }
        return false;
    }

    // Every node gets its device.
    constexpr void assign() {
        if (options_.device_count == 1 || assigned_) return;
        assign_by_location();
        if (!spread()) leave_to_host();
        assign_views_and_leafs();
        assigned_ = true;
    }

    // `layers` knows what was left out before each point: `count_before(point)` layers, each given by `layers(point, number)`;
    // `grows()`: tensors that live on behind them grow.
    template <class Layers = all_drawn>
    constexpr void run(const Layers &layers = Layers()) {
        if (options_.device_count > 1) {
            assign();
            split();
        } else {
            for (int i = 0; i < g_.node_count(); ++i) push(nodes_[i], 0);
            for (int i = 0; i < g_.leaf_count(); ++i) device_[g_.leaf(i)] = 0;
        }
        if (point_count_ > 0) prepare(layers);
        for (int i = 0; i < kept_leaf_count_; ++i) replay_.add_leaf(kept_leafs_[i], device_[kept_leafs_[i]]);
        for (int i = 0; i < extra_leaf_count_; ++i) replay_.add_leaf(extra_leafs_[i], device_[extra_leafs_[i]]);
        for (int i = 0; i < g_.leaf_count(); ++i) replay_.add_leaf(g_.leaf(i), device_[g_.leaf(i)]);
        if (point_count_ > 0) replay_.record_in(events_, 2 * capacity_);
        const bool reorders = options_.reorders();
        int watched = next_watched();
        for (int i = 0; i < step_count_; ++i) {
            const step &next = steps_[i];
            if (next.device == nowhere) {
                replay_.release_use(next.tensor);
                continue;
            }
            for (; next.tensor == watched; watched = next_watched()) reach(reached_++, layers);
            replay_.compute(next.tensor, next.device);
            if (reorders) tensors_[next.tensor].computed = true;
        }
    }

    constexpr bool exceeded() const { return exceeded_ || replay_.exceeded() || g_.exceeded(); }

    // Makes the i-th node of the graph a point; points come in the order of the nodes. `tensor` is the first that was drawn
    // behind it. `repeated`: the layer that begins there stands for others.
    constexpr void watch(int i, int tensor, bool repeated) {
        if (point_count_ == point_capacity_ || i >= g_.node_count()) {
            exceeded_ = true;
            return;
        }
        watched_point &p = points_[point_count_++];
        p.node = static_cast<std::int16_t>(i);
        p.tensor = static_cast<std::int16_t>(tensor);
        p.repeated = repeated;
    }
    // Whether each layer that was left out could be repeated like the one that stands for it.
    constexpr bool left_out_alike() const { return alike_ && reached_ == point_count_; }
    // Whether a layer that stands for others makes copies for a pipeline, which are never freed: each of the others would add its
    // own, and the peak lacks them.
    constexpr bool grows() const { return grows_; }

private:
    static constexpr std::int8_t nowhere = -1;

    // Before the first step: leafs of layers that were left out lie where those of their stand-ins do.
    template <class Layers>
    constexpr void prepare(const Layers &layers) {
        find_waiting();
        if (options_.device_count == 1) return;
        for (int p = 0; p < point_count_; ++p)
            for (int j = 0; j < layers.count_before(p); ++j) {
                const left_out l = layers(p, j);
                for (int i = l.leafs; i < l.leafs + l.leaf_count; ++i)
                    device_[g_.leaf(i)] = device_[tensors_[g_.leaf(i)].sources[0]];
            }
    }

    constexpr void find_waiting() {
        for (int p = 0; p < point_count_; ++p) {
            const int end = p + 1 < point_count_ ? points_[p + 1].node : g_.node_count();
            const int first = points_[p].tensor;
            for (int i = points_[p].node; i < end; ++i)
                if (nodes_[i] < first) note_waiting(p, nodes_[i]);
        }
    }
    constexpr void note_waiting(int p, int t) {
        const int what = static_cast<int>(tensors_[t].op) * 64 + tensors_[t].place;
        for (; p >= 0 && t < points_[p].tensor; --p)
            points_[p].waiting = mixed(points_[p].waiting, static_cast<std::uint64_t>(tensors_[t].size * 8192 + what));
    }
    static constexpr std::uint64_t mixed(std::uint64_t hash, std::uint64_t n) { return (hash ^ n) * 1099511628211u; } // FNV-1a

    // The node before which the next point lies, or -1.
    constexpr int next_watched() const { return reached_ < point_count_ ? nodes_[points_[reached_].node] : -1; }

    template <class Layers>
    constexpr void reach(int p, const Layers &layers) {
        watched_point &point = points_[p];
        replay_.begin(point.record);
        if (options_.reorders()) point.waiting = order_around(point.node, point.waiting);
        const bool last = p + 1 == point_count_;
        if (p > 0 && layers.count_before(p) > 0 && alike_) {
            replay::places living = replay_.places_of(point.record);
            point.state = replay_.fingerprint(living, options_.device_count);
            if (points_[p - 1].state == point.state) points_[p - 1].still = point.state;
            // An input that is copied before the layers that were left out, for a layer behind them, would come too early.
            alike_ = !point.crossed && repeat_before(p, living, layers) &&
                     replay_.put(point.record, living, tensors_, layers.grows());
        }
        if (last)
            replay_.end();
        else if (layers.count_before(p + 1) > 0)
            point.state = replay_.fingerprint(replay_.places_of(point.record), options_.device_count);
    }

    // Adds to a fingerprint where the order of a backend differs from that of the nodes around a point: nodes behind it that are
    // computed already, and nodes before it that are not.
    constexpr std::uint64_t order_around(int i, std::uint64_t hash) const {
        for (int n = detail::max(i - ahead, 0); n < detail::min(i + ahead, g_.node_count()); ++n)
            if (tensors_[nodes_[n]].computed != (n < i))
                hash = mixed(hash, static_cast<std::uint64_t>(n - i + ahead));
        return hash;
    }

    // Repeats the layers that were left out before a point. Where the state comes back to one that was seen before, the layers
    // between go round in a circle, and whole rounds are skipped.
    template <class Layers>
    constexpr bool repeat_before(int p, replay::places &living, const Layers &layers) {
        const int count = layers.count_before(p);
        std::uint64_t waiting = points_[p].waiting;
        std::uint64_t state = points_[p].state;
        int mark = -1; // a layer that was begun in the state `marked`
        std::uint64_t marked = 0;
        int next_mark = 0;
        for (int j = 0; j < count; ++j) {
            const left_out l = layers(p, j);
            watched_point &as = points_[l.as];
            if (as.waiting != waiting) return false;
            if (l.leaf_count == 0 && as.still == state && as.still_residuals == l.residuals) {
                waiting = points_[l.as + 1].waiting;
                continue;
            }
            if (mark >= 0 && state == marked) {
                const int period = j - mark;
                int again = 0; // this many layers are as those a period before them
                while (j + again < count && layers(p, j + again) == layers(p, j + again - period)) ++again;
                if (again >= period) {
                    j += again / period * period - 1;
                    mark = -1;
                    continue;
                }
            }
            if (j == next_mark) {
                mark = j, marked = state;
                next_mark = 2 * j + 1;
            }
            if (!replay_.repeat(repetition_of(l), living)) return false;
            waiting = points_[l.as + 1].waiting;
            const std::uint64_t now = replay_.fingerprint(living, options_.device_count);
            if (now == state) as.still = state, as.still_residuals = l.residuals;
            state = now;
        }
        return waiting == points_[p].waiting;
    }

    constexpr replay::repetition repetition_of(const left_out &l) const {
        return {{&points_[l.as].record, &points_[l.as + 1].record}, l.residuals, g_.leafs() + l.leafs, l.leaf_count};
    }

    // Pass 1: nodes that write to, or compute with, something that already has its place.
    constexpr void assign_by_location() {
        for (int i = 0; i < g_.leaf_count(); ++i) {
            const graph_tensor &leaf = tensors_[g_.leaf(i)];
            const bool external = leaf.external != external_kind::none;
            device_[g_.leaf(i)] = external ? leaf.place : leaf.input ? static_cast<std::int8_t>(host_) : nowhere;
            leafs_have_places_ = leafs_have_places_ && (external || leaf.input);
        }
        for (int i = 0; i < g_.node_count(); ++i) {
            const int t = nodes_[i];
            if (!is_view(tensors_[t].op)) computing_[computing_count_++] = static_cast<std::int16_t>(i);
            device_[t] = tensors_[t].place != nowhere ? tensors_[t].place : location(t);
        }
    }

    constexpr std::int8_t location(int t) const {
        const graph_tensor &node = tensors_[t];
        if (node.view_of >= 0 && tensors_[node.view_of].external != external_kind::none) return tensors_[node.view_of].place;
        if (node.input) return static_cast<std::int8_t>(host_);
        if (node.op == operation::rope || node.op == operation::flash_attn_ext) return nowhere;
        for (int i = 0; i < node.source_count; ++i) {
            if (tensors_[node.sources[i]].external != external_kind::weight) continue;
            const graph_tensor &source = tensors_[node.sources[i]];
            const bool moves = options_.offload_operations && source.place == host_ && !source.repacked && batch_size(node) >= 32;
            return moves && runs_on(t, 0) ? std::int8_t{0} : runs_on(t, source.place) ? source.place : nowhere;
        }
        return nowhere;
    }

    constexpr bool runs_on(int t, int device) const {
        const graph_tensor &node = tensors_[t];
        const std::uint32_t bit = 1u << device;
        const bool may_lack_kernel = ((options_.vulkan_devices | options_.metal_devices) & bit) != 0 || node.unrounded ||
                                     ((options_.cuda_devices & bit) != 0 && detail::may_lack_cuda_kernel(node.op));
        return !may_lack_kernel || has_kernel(node, bit);
    }
    MEMBOUND_NOINLINE constexpr bool has_kernel(const graph_tensor &node, std::uint32_t device) const {
        if (node.unrounded && (options_.rounding_devices & device) != 0) return false;
        if ((options_.cuda_devices & device) != 0) return detail::runs_on_cuda(tensors_, node);
        if ((options_.metal_devices & device) != 0) return detail::runs_on_metal(tensors_, node);
        if ((options_.vulkan_devices & device) == 0) return true;
        if (node.op == operation::dsv4_hc_comb && (options_.narrow_devices & device) != 0) return false;
        bool runs = node.size <= options_.largest_operand;
        for (int i = 0; i < node.source_count; ++i) runs = runs && tensors_[node.sources[i]].size <= options_.largest_operand;
        return runs && runs_on_vulkan(node);
    }

    // Vulkan has no kernel for a matrix whose rows are quantized and lie apart, or that joins what is quantized, for one
    // matrix with several streams, for attention with heads that 8 does not divide or only one of K and V in BF16, for an
    // indexer with heads of other than 128 numbers, for gated linear attention with heads of other than 64, for weighted sums
    // of other than 4 rows, and for the scans of most state spaces (ggml-vulkan.cpp, ggml_backend_vk_device_supports_op).
    constexpr bool runs_on_vulkan(const graph_tensor &node) const {
        if (node.op == operation::mul_mat) {
            const graph_tensor &a = tensors_[node.sources[0]];
            const bool packed = a.nb[1] == storage_bytes(format_of(a.type), a.ne[0]).count() &&
                                (a.ne[3] == 1 || a.nb[3] == detail::multiply(a.nb[2], a.ne[2]));
            return a.ne[3] == tensors_[node.sources[1]].ne[3] && (packed || format_of(a.type).block_elements == 1);
        }
        if (node.op == operation::cont && format_of(node.type).block_elements > 1)
            return is_contiguous(tensors_[node.sources[0]]);
        if (node.op == operation::dsv4_hc_pre) return tensors_[node.sources[0]].ne[1] == 4;
        if (node.op == operation::lightning_indexer) return tensors_[node.sources[0]].ne[0] == 128;
        if (node.op == operation::dsv4_hc_post) return tensors_[node.sources[1]].ne[1] == 4;
        if (node.op == operation::gated_linear_attn) return tensors_[node.sources[0]].ne[0] == 64;
        if (node.op == operation::flash_attn_ext) {
            const graph_tensor &k = tensors_[node.sources[1]];
            const graph_tensor &v = tensors_[node.sources[2]];
            return k.ne[0] % 8 == 0 && v.ne[0] % 8 == 0 && (k.type == ggml_type::bf16) == (v.type == ggml_type::bf16);
        }
        if (node.op == operation::ssm_scan) {
            const graph_tensor &state = tensors_[node.sources[0]];
            return (state.ne[0] == 128 || state.ne[0] == 256) && state.ne[1] % 16 == 0;
        }
        return true;
    }

    // The number of tokens by which a device decides whether a node is worth moving to it
    // (ggml_backend_*_device_offload_op); Metal takes products alone.
    constexpr std::int64_t batch_size(const graph_tensor &node) const {
        if (node.op == operation::mul_mat) return node.ne[1];
        if (node.op == operation::mul_mat_id) return node.ne[2];
        if (node.op == operation::get_rows || (options_.metal_devices & 1u) != 0) return 0;
        return detail::multiply(detail::multiply(node.ne[1], node.ne[2]), node.ne[3]);
    }

    // Pass 2: a node without a device takes that of its neighbour in the order, first of the devices alone and then of the host
    // too. True once every node has its device.
    constexpr bool spread() {
        return spread_one_way(false, true) || spread_one_way(true, true) || spread_one_way(false, false) ||
               spread_one_way(true, false);
    }

    constexpr bool spread_one_way(bool up, bool skip_host) {
        std::int8_t current = nowhere;
        bool complete = true;
        for (int i = 0; i < computing_count_; ++i) {
            const int t = nodes_[computing_[up ? computing_count_ - 1 - i : i]];
            if (device_[t] != nowhere)
                current = skip_host && device_[t] == host_ ? nowhere : device_[t];
            else if (current != nowhere && runs_on(t, current))
                device_[t] = current;
            else
                complete = false;
        }
        return complete;
    }

    // Pass 3: what no device runs.
    constexpr void leave_to_host() {
        for (int i = 0; i < computing_count_; ++i)
            if (device_[nodes_[computing_[i]]] == nowhere) device_[nodes_[computing_[i]]] = static_cast<std::int8_t>(host_);
    }

    // Pass 4: views follow what they look at, the rest its first user.
    constexpr void assign_views_and_leafs() {
        for (int i = 0; i < g_.node_count(); ++i) {
            const int t = nodes_[i];
            const graph_tensor &node = tensors_[t];
            if (device_[t] == nowhere) device_[t] = device_[node.view_of];
            if (leafs_have_places_) continue;
            for (int j = 0; j < node.source_count; ++j) {
                const int s = node.sources[j];
                if (device_[s] == nowhere) device_[s] = tensors_[s].view_of >= 0 ? device_[tensors_[s].view_of] : device_[t];
            }
        }
    }

    // Pass 5: runs of nodes on one device; what a run reads from elsewhere is copied at its start.
    constexpr void split() {
        if (computing_count_ == 0) return;
        int begin = 0;
        std::int8_t current = device_[nodes_[computing_[0]]];
        for (int k = 0; k < computing_count_; ++k) {
            const int i = computing_[k];
            graph_tensor &node = tensors_[nodes_[i]];
            const std::int8_t device = device_[nodes_[i]];
            const bool elsewhere = reads_from_elsewhere(node, device);
            // For other weights a new run begins, so that the memory of earlier copies can be used again.
            if (device != current || (elsewhere && emitted_copies_ < copied_count_ && reads_other_weights(node, current))) {
                emit(begin, i, current);
                begin = i;
                current = device;
            }
            if (!elsewhere && options_.copies == 1) continue;
            for (int j = 0; j < node.source_count; ++j) {
                if (options_.copies > 1 && tensors_[node.sources[j]].input) keep_input(node.sources[j]);
                if (device_[node.sources[j]] != current) node.sources[j] = copy_on(node.sources[j], current, i);
            }
        }
        emit(begin, g_.node_count(), current);
    }

    constexpr bool reads_from_elsewhere(const graph_tensor &node, int current) const {
        for (int j = 0; j < node.source_count; ++j)
            if (device_[node.sources[j]] != current) return true;
        return false;
    }
    constexpr bool reads_other_weights(const graph_tensor &node, int current) const {
        for (int j = 0; j < node.source_count; ++j)
            if (device_[node.sources[j]] != current && tensors_[node.sources[j]].external == external_kind::weight)
                return true;
        return false;
    }

    constexpr void emit(int begin, int end, std::int8_t device) {
        for (; emitted_copies_ < copied_count_; ++emitted_copies_) {
            const copied &c = copied_[emitted_copies_];
            if (tensors_[c.copy].input) note_crossed(begin, c.node);
            push_use(c.from);
            push(c.copy, c.device);
        }
        if ((options_.reordering_vulkan_devices() >> device & 1u) != 0)
            emit_in(detail::vulkan_order(g_, nodes_ + begin, end - begin, places_, options_.vulkan_order), end - begin);
        else if ((options_.reordering_metal_devices() >> device & 1u) != 0)
            emit_in(
                detail::metal_order(g_, nodes_ + begin, end - begin, places_, {uses_, marks_, metal_sets_, options_.metal_order}),
                end - begin);
        else
            emit_in_order(begin, end, (options_.fusing_devices >> device & 1u) != 0);
    }

    constexpr void note_crossed(int made, int read) {
        int p = 0;
        while (p < point_count_ && points_[p].node <= made) ++p;
        if (p < point_count_ && points_[p].node <= read) points_[p].crossed = true;
    }

    constexpr void emit_in_order(int begin, int end, bool fuses) {
        if (!fuses && fused_.length == 0) { // else what a run on another device keeps may be kept until here
            for (int i = begin; i < end; ++i) push(nodes_[i], device_[nodes_[i]]);
            return;
        }
        detail::cuda_fusions fusions(g_, uses_);
        for (int i = begin; i < end; ++i) {
            const std::int16_t t = nodes_[i];
            push(t, device_[t]);
            if (fused_.length > 0) {
                if (fused_.until != i) continue;
                fused_.for_each_kept(g_, nodes_, [&](std::int16_t kept) { push_use(kept); });
                fused_ = {};
            }
            if (fuses && detail::cuda_fusions::may_begin_with(tensors_[t].op)) fused_ = fusions.at(i, end);
        }
    }

    constexpr void emit_in(const detail::node_order &order, int count) {
        for (int i = 0; i < count; ++i) {
            push(order.node(i), device_[order.node(i)]);
            order.for_each_kept(i, [&](std::int16_t kept) { push_use(kept); });
        }
    }

    constexpr std::int16_t duplicate(std::int16_t t, std::int8_t device) {
        const std::int16_t copy = g_.duplicate(t);
        if (g_.exceeded()) return copy;
        device_[copy] = device;
        tensors_[copy].input = tensors_[t].input;
        if (options_.copies > 1) {
            tensors_[copy].input = true;
            tensors_[copy].output = true;
        }
        return copy;
    }

    // The copy of `t` that the i-th node reads; `t` itself where there is no room for one.
    constexpr std::int16_t copy_on(std::int16_t t, std::int8_t device, int i) {
        const std::int16_t made = find_copy(t, device);
        if (made >= 0) return made;
        grows_ = grows_ || (options_.copies > 1 && !tensors_[t].input && is_repeated(i));
        const std::int16_t copy = duplicate(t, device);
        if (g_.exceeded() || copied_count_ == capacity_) {
            exceeded_ = true;
            return t;
        }
        copied_[copied_count_] = {t, copy, last_copy_[t], static_cast<std::int16_t>(i), device};
        last_copy_[t] = static_cast<std::int16_t>(++copied_count_);
        if (options_.copies > 1) add_extra_leaf(copy);
        for (int c = 1; c < options_.copies; ++c) add_extra_leaf(duplicate(t, device));
        return copy;
    }

    // In a pipeline an input has copies too, of which it is itself the first.
    constexpr void keep_input(std::int16_t t) {
        if (tensors_[t].output) return;
        tensors_[t].output = true;
        keep_leaf(t);
        for (int c = 1; c < options_.copies; ++c) keep_leaf(duplicate(t, device_[t]));
    }

    // Inputs of the graph are allocated before copies that its parts need.
    constexpr void keep_leaf(std::int16_t t) {
        if (g_.exceeded() || kept_leaf_count_ == max_kept_leafs) {
            exceeded_ = true;
            return;
        }
        kept_leafs_[kept_leaf_count_++] = t;
    }

    // Whether the i-th node is of a layer that stands for others.
    constexpr bool is_repeated(int i) const {
        int p = point_count_ - 1;
        while (p >= 0 && points_[p].node > i) --p;
        return p >= 0 && points_[p].repeated;
    }

    constexpr void add_extra_leaf(std::int16_t t) {
        if (g_.exceeded() || extra_leaf_count_ == capacity_) {
            exceeded_ = true;
            return;
        }
        extra_leafs_[extra_leaf_count_++] = t;
    }

    constexpr std::int16_t find_copy(std::int16_t t, int device) const {
        for (int i = last_copy_[t]; i > 0; i = copied_[i - 1].before)
            if (copied_[i - 1].device == device) return copied_[i - 1].copy;
        return -1;
    }

    constexpr void push(int t, int device) {
        if (add_step(t, device)) replay_.count(t);
    }
    constexpr void push_use(int t) {
        if (add_step(t, nowhere)) replay_.count_use(t);
    }
    constexpr bool add_step(int t, int device) {
        if (step_count_ == 2 * capacity_) {
            exceeded_ = true;
            return false;
        }
        steps_[step_count_++] = {static_cast<std::int16_t>(t), static_cast<std::int8_t>(device)};
        return true;
    }

    graph &g_;
    graph_tensor *tensors_;
    const std::int16_t *nodes_;
    schedule_options options_;
    int host_;
    replay replay_;
    int capacity_;
    std::int8_t *device_; // of each tensor
    step *steps_;
    int step_count_ = 0;
    std::int16_t *computing_; // places in the order of the nodes that are no views
    int computing_count_ = 0;
    copied *copied_;
    std::int16_t copied_count_ = 0;
    std::int16_t emitted_copies_ = 0;
    std::int16_t *last_copy_; // of each tensor
    std::int16_t *extra_leafs_;
    int extra_leaf_count_ = 0;
    detail::node_uses uses_;
    detail::cuda_fusion fused_; // whose tensors are kept now
    detail::node_order::place *places_;
    detail::metal_order::mark *marks_; // of each tensor
    std::uint16_t metal_sets_[2] = {};
    static constexpr int max_kept_leafs = 160;
    std::int16_t kept_leafs_[max_kept_leafs] = {};
    int kept_leaf_count_ = 0;
    watched_point *points_; // in the order of the nodes
    int point_capacity_;
    int point_count_ = 0;
    static constexpr int ahead = 100; // how far a backend's own order may move a node
    replay::event *events_;
    int reached_ = 0; // points, one after the other; one that a backend's own order computes before another never is
    bool alike_ = true;
    bool assigned_ = false;
    bool leafs_have_places_ = true;
    bool grows_ = false;
    bool exceeded_ = false;
};

MEMBOUND_END_NAMESPACE

#endif

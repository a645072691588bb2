// The operations and tensors of one pass through a model, in the order in which ggml computes them.
// Source: llama.cpp v0.5.0, ggml/src/ggml.c (ggml_new_tensor, ggml_view, ggml_visit_parents_graph).
#ifndef MEMBOUND_GRAPH_HPP
#define MEMBOUND_GRAPH_HPP

#include <membound/formats/ggml.hpp>
#include <membound/tensor.hpp>

MEMBOUND_BEGIN_NAMESPACE

// Names of ggml's operations. `unary` is any element-wise function, `glu` any gated linear unit.
enum class operation : std::uint8_t {
    none, view, reshape, permute, transpose,
    get_rows, set_rows, mul_mat, mul_mat_id, flash_attn_ext, argsort, top_k, lightning_indexer, glu, cont, cpy, concat,
    repeat, pad, set, sum_rows, mean, pool_2d, im2col, upscale, arange, norm, ssm_conv, ssm_scan, gated_delta_net,
    gated_linear_attn, rwkv_wkv6, rwkv_wkv7,
    dsv4_hc_pre, dsv4_hc_comb, dsv4_hc_post, l2_norm,
    add, add_id, sub, mul, div, sqr, sqrt, scale, clamp, unary, rms_norm, rope, rope_back, soft_max, fill
};

// Only another look at the same bytes.
constexpr bool is_view(operation op) { return op >= operation::view && op <= operation::transpose; }

// The result may take the place of an operand (ggml-alloc.c, ggml_op_can_inplace).
constexpr bool works_in_place(operation op) { return op >= operation::add; }

inline constexpr int max_sources = 7;

// What stands behind a tensor that the allocator does not place: nothing, a weight, or a cache.
enum class external_kind : std::uint8_t { none, weight, cache };

// Without initializers, so that a large array of them is cheap in a constant expression; `graph` sets them all.
struct graph_tensor {
    operation op;
    ggml_type type;
    external_kind external;
    bool input;   // filled before the pass
    bool output;  // read after it: its place is never given to another
    bool visited : 1; // stands in the graph
    bool unrounded : 1; // reads its second operand in F32 (GGML_PREC_F32)
    bool repacked : 1;  // a weight in the order of the host's processor, which no other device reads
    bool computed : 1;  // by a schedule that keeps to no order
    bool resized : 1;   // since it was made, by a part of the graph that was not drawn
    std::int8_t place; // of an external tensor: the device that holds it; of another: where it must be computed, or -1
    std::int8_t source_count;
    std::int16_t view_of; // the tensor whose bytes it looks at, or -1
    std::int16_t sources[max_sources]; // an external tensor has none; see `address_of`, `cache_before`
    std::int64_t ne[4]; // elements
    std::int64_t nb[4]; // strides in bytes
    std::int64_t size;             // bytes
    std::int64_t growth;           // bytes that it has more for each residual kept before a later layer
};

constexpr bool same_layout(const graph_tensor &a, const graph_tensor &b) {
    if (a.type != b.type) return false;
    for (int i = 0; i < 4; ++i)
        if (a.ne[i] != b.ne[i] || a.nb[i] != b.nb[i]) return false;
    return true;
}

constexpr bool is_contiguous(const graph_tensor &t) {
    std::int64_t next = t.nb[0];
    for (int i = 0; i < 4; ++i) {
        if (t.ne[i] != 1 && t.nb[i] != next) return false;
        next = detail::multiply(next, t.ne[i]);
    }
    return true;
}

// From the first byte to the last; none of an empty tensor (ggml_nbytes).
constexpr std::int64_t spanned_bytes(const graph_tensor &t) {
    for (int i = 0; i < 4; ++i)
        if (t.ne[i] == 0) return 0;
    const format &f = format_of(t.type);
    const bool blocks = f.block_elements > 1;
    std::int64_t size = blocks ? detail::multiply(t.ne[0], t.nb[0]) / f.block_elements
                               : detail::add(f.block_bytes, detail::multiply(t.ne[0] - 1, t.nb[0]));
    for (int i = 1; i < 4; ++i) size = detail::add(size, detail::multiply(t.ne[i] - 1, t.nb[i]));
    return size;
}

// Tensors lie in room that the caller owns. They are made in any order; `expand` puts one and all that it needs into the
// order of computation.
class graph {
public:
    using value = std::int16_t; // the number of a tensor; negative: none

    // For at most `Capacity` tensors.
    template <unsigned Capacity>
    struct room {
        static_assert(Capacity <= INT16_MAX, "a value is the number of a tensor");
        graph_tensor tensors[Capacity] = {};
        value nodes[Capacity] = {};
        value leafs[Capacity] = {};
    };

    // `in` is empty, and stays as long as the graph.
    template <unsigned Capacity>
    constexpr explicit graph(room<Capacity> &in)
        : tensors_(in.tensors), nodes_(in.nodes), leafs_(in.leafs), capacity_(static_cast<int>(Capacity)) {}
    graph(const graph &) = delete; // two would share their room
    graph &operator=(const graph &) = delete;

    constexpr const graph_tensor &operator[](int i) const { return tensors_[i]; }
    constexpr graph_tensor &operator[](int i) { return tensors_[i]; }
    constexpr int size() const { return count_; }
    constexpr int node_count() const { return node_count_; }
    constexpr int leaf_count() const { return leaf_count_; }
    constexpr int node(int i) const { return nodes_[i]; }
    constexpr int leaf(int i) const { return leafs_[i]; }
    constexpr const value *nodes() const { return nodes_; }
    constexpr const value *leafs() const { return leafs_; }
    constexpr const graph_tensor *tensors() const { return tensors_; }
    constexpr graph_tensor *tensors() { return tensors_; }
    // More tensors were asked for than there is room: the graph is cut and must not be used.
    constexpr bool exceeded() const { return exceeded_; }

    constexpr value make(ggml_type type, const shape &s, operation op = operation::none) {
        const value number = take_room();
        const format &f = format_of(type);
        graph_tensor &t = tensors_[number];
        t.op = op;
        t.type = type;
        t.ne[0] = s.ne[0], t.ne[1] = s.ne[1], t.ne[2] = s.ne[2], t.ne[3] = s.ne[3];
        t.nb[0] = f.block_bytes;
        t.nb[1] = detail::multiply(detail::divide_up(s.ne[0], f.block_elements), f.block_bytes);
        t.nb[2] = detail::multiply(t.nb[1], s.ne[1]);
        t.nb[3] = detail::multiply(t.nb[2], s.ne[2]);
        t.size = detail::multiply(t.nb[3], s.ne[3]);
        return number;
    }

    // Operands that are none (-1) come last.
    constexpr value compute(operation op, ggml_type type, const shape &s, value a, value b = -1, value c = -1,
                            value d = -1, value e = -1) {
        const value t = make(type, s, op);
        give_operands(tensors_[t], a, b, c, d, e);
        return t;
    }

    // A result of the shape of its first operand, whose rows stand as that one's where it is no view.
    constexpr value like(operation op, value a, value b = -1, value c = -1) {
        if (tensors_[a].view_of >= 0) {
            const value t = compute(op, tensors_[a].type, shape_of(a), a, b, c);
            tensors_[t].growth = tensors_[a].growth;
            return t;
        }
        const value t = take_room();
        const graph_tensor &of = tensors_[a];
        graph_tensor &node = tensors_[t];
        node.op = op;
        node.type = of.type;
        for (int i = 0; i < 4; ++i) node.ne[i] = of.ne[i], node.nb[i] = of.nb[i];
        node.size = of.size;
        node.growth = of.growth;
        give_operands(node, a, b, c, -1, -1);
        return t;
    }

    constexpr value input(ggml_type type, const shape &s) {
        const value t = make(type, s);
        tensors_[t].input = true;
        return t;
    }

    constexpr value external(external_kind kind, ggml_type type, const shape &s, int place) {
        const value t = make(type, s);
        tensors_[t].external = kind;
        tensors_[t].place = static_cast<std::int8_t>(place);
        tensors_[t].sources[0] = kind == external_kind::weight ? value{-1} : t;
        tensors_[t].sources[1] = -1;
        return t;
    }
    // How many cells each row of the mask of flash attention leaves open at most; 0: it is not known. Lists of more are not
    // kept (ggml_metal_op_flash_attn_ext_n_kv_max_sparse).
    constexpr void limit_cells(value attention, std::int64_t most) {
        tensors_[attention].sources[max_sources - 1] = most <= 4096 ? static_cast<value>(most) : value{0};
    }
    // A cache that ends where the one after it begins, unless a gap is between them (TENSOR_ALIGNMENT).
    constexpr value cache_behind(value before, ggml_type type, const shape &s, int place) {
        const value t = external(external_kind::cache, type, s, place);
        if (before >= 0 && tensors_[before].place == place && tensors_[before].size % 32 == 0) tensors_[t].sources[1] = before;
        return t;
    }
    // A cache or a weight that is measured, and not allocated: all of a device have one address.
    constexpr value measured_beside(value other, external_kind kind, ggml_type type, const shape &s, int place) {
        const value t = external(kind, type, s, place);
        const bool is_first = other < 0 || tensors_[other].place != place;
        tensors_[t].sources[0] = is_first ? t : tensors_[other].sources[0];
        return t;
    }
    // The first of those that have the address of a cache or a weight; -1: an allocated weight, which has its own.
    constexpr int address_of(int external) const { return tensors_[external].sources[0]; }
    // The cache that ends where this one begins, or -1.
    constexpr int cache_before(int external) const { return tensors_[external].sources[1]; }

    // Another look at `a` with the strides nb1..nb3 in bytes.
    constexpr value view(value a, const shape &s, std::int64_t nb1, std::int64_t nb2, std::int64_t nb3,
                         operation op = operation::view) {
        const value t = make(tensors_[a].type, s, op);
        graph_tensor &v = tensors_[t];
        v.nb[1] = nb1;
        v.nb[2] = nb2;
        v.nb[3] = nb3;
        v.size = spanned_bytes(v);
        v.view_of = tensors_[a].view_of >= 0 ? tensors_[a].view_of : a;
        add_source(t, a);
        return t;
    }
    constexpr value view(value a, const shape &s, std::int64_t nb1, std::int64_t nb2) {
        return view(a, s, nb1, nb2, detail::multiply(nb2, s.ne[2]));
    }
    constexpr value view(value a, const shape &s, std::int64_t nb1) {
        return view(a, s, nb1, detail::multiply(nb1, s.ne[1]));
    }

    constexpr value reshape(value a, const shape &s) {
        const value t = make(tensors_[a].type, s, operation::reshape);
        tensors_[t].view_of = tensors_[a].view_of >= 0 ? tensors_[a].view_of : a;
        add_source(t, a);
        return t;
    }

    // Another of the same type, shape and strides.
    constexpr value duplicate(value a) {
        const value t = take_room();
        tensors_[t].type = tensors_[a].type;
        for (int i = 0; i < 4; ++i) tensors_[t].ne[i] = tensors_[a].ne[i], tensors_[t].nb[i] = tensors_[a].nb[i];
        tensors_[t].size = tensors_[a].size;
        tensors_[t].growth = tensors_[a].growth;
        return t;
    }

    // A leaf that no node drawn here reads, as others read `a` (its first source).
    constexpr void leaf_like(value a) {
        const value t = duplicate(a);
        tensors_[t].sources[0] = a;
        expand(t);
    }

    // Swaps the dimensions x and y.
    constexpr value permute(value a, int x, int y, operation op = operation::permute) {
        const value t = view(a, shape_of(a), tensors_[a].nb[1], tensors_[a].nb[2], tensors_[a].nb[3], op);
        const graph_tensor &from = tensors_[a];
        graph_tensor &to = tensors_[t];
        to.nb[0] = from.nb[0];
        to.ne[x] = from.ne[y], to.ne[y] = from.ne[x];
        to.nb[x] = from.nb[y], to.nb[y] = from.nb[x];
        to.size = x == 0 || y == 0 ? spanned_bytes(to) : from.size;
        return t;
    }
    // Three dimensions turned on by one: the last becomes the first.
    constexpr value cycle(value a) {
        const value t = permute(a, 1, 2);
        graph_tensor &to = tensors_[t];
        const auto ne = to.ne[0];
        const auto nb = to.nb[0];
        to.ne[0] = to.ne[1], to.ne[1] = ne;
        to.nb[0] = to.nb[1], to.nb[1] = nb;
        to.size = spanned_bytes(to);
        return t;
    }

    // A result whose bytes are those of `target`, which it changes: in these rows, or (-1) where `target` itself says.
    constexpr value write(value target, value from, value rows) {
        const value t = make(tensors_[target].type, shape_of(target), operation::set_rows);
        tensors_[t].view_of = tensors_[target].view_of >= 0 ? tensors_[target].view_of : target;
        add_source(t, from);
        if (rows >= 0) add_source(t, rows);
        add_source(t, target);
        return t;
    }

    // Copies `from` into the bytes of `target`.
    constexpr value copy(value from, value target) {
        const value t = duplicate(target);
        tensors_[t].op = operation::cpy;
        tensors_[t].view_of = tensors_[target].view_of >= 0 ? tensors_[target].view_of : target;
        add_source(t, from);
        add_source(t, target);
        return t;
    }

    // An element-wise result in the place of `a`, whoever holds it.
    constexpr value overwrite(operation op, value a) {
        const value t = duplicate(a);
        tensors_[t].op = op;
        tensors_[t].view_of = tensors_[a].view_of >= 0 ? tensors_[a].view_of : a;
        add_source(t, a);
        return t;
    }

    constexpr void add_source(value t, value source) {
        if (exceeded_) return;
        tensors_[t].sources[tensors_[t].source_count++] = source;
    }

    constexpr shape shape_of(value a) const {
        const graph_tensor &t = tensors_[a];
        return {t.ne[0], t.ne[1], t.ne[2], t.ne[3]};
    }

    constexpr void expand(value a) {
        if (!tensors_[a].visited) visit(a);
    }

private:
    constexpr void visit(value a) {
        graph_tensor &t = tensors_[a];
        t.visited = true;
        for (int i = 0; i < t.source_count; ++i) expand(t.sources[i]);
        if (t.op == operation::none)
            leafs_[leaf_count_++] = a;
        else
            nodes_[node_count_++] = a;
    }

    static constexpr void give_operands(graph_tensor &node, value a, value b, value c, value d, value e) {
        node.sources[0] = a, node.sources[1] = b, node.sources[2] = c, node.sources[3] = d, node.sources[4] = e;
        node.source_count = e >= 0 ? 5 : d >= 0 ? 4 : c >= 0 ? 3 : b >= 0 ? 2 : 1;
    }

    constexpr value take_room() {
        if (count_ == capacity_) {
            exceeded_ = true;
            return 0;
        }
        tensors_[count_].place = -1;
        tensors_[count_].view_of = -1;
        return static_cast<value>(count_++);
    }

    graph_tensor *tensors_;
    value *nodes_;
    value *leafs_;
    int capacity_;
    int count_ = 0;
    int node_count_ = 0;
    int leaf_count_ = 0;
    bool exceeded_ = false;
};

MEMBOUND_END_NAMESPACE

#endif

// Graphs: strides and bytes of tensors and of views on them, and the order of computation.
#include <membound/graph.hpp>

#include <doctest/doctest.h>

#include <initializer_list>

namespace {

using namespace membound;
using g = ggml_type;
using op = operation;

constexpr bool strides_are(const graph_tensor &t, std::initializer_list<std::int64_t> strides) {
    int i = 0;
    for (const std::int64_t s : strides)
        if (t.nb[i++] != s) return false;
    return true;
}

constexpr bool tensors_lie_in_rows() {
    graph::room<8> room;
    graph all(room);
    const auto a = all.make(g::f32, {8, 4, 2});
    const auto b = all.make(g::q8_0, {64, 10});
    return all[a].size == 256 && strides_are(all[a], {4, 32, 128, 256}) && is_contiguous(all[a]) &&
           all[b].size == 680 && strides_are(all[b], {34, 68, 680, 680}) && all.size() == 2 &&
           all.shape_of(a) == shape{8, 4, 2} && spanned_bytes(all[a]) == 256 && spanned_bytes(all[b]) == 680 &&
           all[a].op == op::none && !all[a].input && all[a].external == external_kind::none;
}
static_assert(tensors_lie_in_rows(), "");

constexpr bool views_look_at_the_bytes_of_another() {
    graph::room<8> room;
    graph all(room);
    const auto a = all.make(g::f32, {8, 6});
    const auto part = all.view(a, {4, 6}, 32); // half of each row
    const auto of_view = all.view(part, {2, 6}, 32);
    const auto flat = all.reshape(a, {48});
    return all[part].view_of == a && all[of_view].view_of == a && all[flat].view_of == a &&
           all[part].size == 5 * 32 + 16 && strides_are(all[part], {4, 32, 192, 192}) && !is_contiguous(all[part]) &&
           all[of_view].sources[0] == part && all[flat].op == op::reshape && all[flat].size == 192 &&
           is_contiguous(all[flat]) && is_view(all[part].op) && is_view(all[flat].op) && !is_view(op::none) &&
           !is_view(op::cont);
}
static_assert(views_look_at_the_bytes_of_another(), "");

constexpr bool permuting_swaps_two_dimensions() {
    graph::room<8> room;
    graph all(room);
    const auto a = all.make(g::f16, {64, 8, 10});
    const auto p = all.permute(a, 1, 2);
    const auto t = all.permute(a, 0, 1, op::transpose);
    return all.shape_of(p) == shape{64, 10, 8} && strides_are(all[p], {2, 1024, 128, 10240}) &&
           all[p].size == all[a].size && all[p].op == op::permute && all[p].view_of == a && !is_contiguous(all[p]) &&
           all.shape_of(t) == shape{8, 64, 10} && strides_are(all[t], {128, 2, 1024, 10240}) &&
           all[t].op == op::transpose;
}
static_assert(permuting_swaps_two_dimensions(), "");

constexpr bool results_have_their_operands() {
    graph::room<8> room;
    graph all(room);
    const auto w = all.external(external_kind::weight, g::f32, {16, 32}, 3);
    const auto x = all.input(g::f32, {16, 5});
    const auto y = all.compute(op::mul_mat, g::f32, {32, 5}, w, x);
    const auto z = all.like(op::unary, y);
    const auto cache = all.external(external_kind::cache, g::f16, {32, 100}, 1);
    const auto rows = all.input(g::i64, {5});
    const auto stored = all.write(cache, z, rows);
    return all[w].external == external_kind::weight && all[w].place == 3 && all[x].input && all[y].source_count == 2 &&
           all[y].sources[0] == w && all[y].sources[1] == x && all.shape_of(z) == shape{32, 5} &&
           all[z].type == g::f32 && all[stored].view_of == cache && all[stored].source_count == 3 &&
           all[stored].sources[2] == cache && all[stored].op == op::set_rows && works_in_place(all[z].op) &&
           !works_in_place(all[y].op);
}
static_assert(results_have_their_operands(), "");

constexpr bool layouts_compare() {
    graph::room<8> room;
    graph all(room);
    const auto a = all.make(g::f32, {8, 4});
    const auto b = all.make(g::f32, {8, 4});
    const auto c = all.make(g::f32, {4, 8});
    const auto d = all.make(g::f16, {8, 4});
    const auto e = all.permute(c, 0, 1);
    return same_layout(all[a], all[b]) && !same_layout(all[a], all[c]) && !same_layout(all[a], all[d]) &&
           all.shape_of(e) == shape{8, 4} && !same_layout(all[a], all[e]);
}
static_assert(layouts_compare(), "");

// What a tensor needs comes before it, in the order of its operands; nothing comes twice, and what nobody needs not at
// all.
constexpr bool the_order_is_that_of_need() {
    graph::room<16> room;
    graph all(room);
    const auto w = all.external(external_kind::weight, g::f32, {16, 16}, 0);
    const auto x = all.input(g::f32, {16, 5});
    const auto unused = all.like(op::unary, x);
    const auto late = all.like(op::scale, x);
    const auto y = all.compute(op::mul_mat, g::f32, {16, 5}, w, x);
    const auto sum = all.like(op::add, y, late);
    const auto twice = all.like(op::mul, sum, sum);
    all.expand(late);
    all.expand(twice);
    all.expand(sum);
    return all.node_count() == 4 && all.node(0) == late && all.node(1) == y && all.node(2) == sum &&
           all.node(3) == twice && all.leaf_count() == 2 && all.leaf(0) == x && all.leaf(1) == w &&
           !all[unused].visited && all.nodes()[3] == twice;
}
static_assert(the_order_is_that_of_need(), "");

constexpr bool a_graph_that_is_too_large_says_so() {
    graph::room<3> room;
    graph all(room);
    const auto a = all.input(g::f32, {8});
    const auto b = all.like(op::unary, a);
    all.like(op::unary, b);
    if (all.exceeded()) return false;
    all.like(op::unary, b);
    return all.exceeded() && all.size() == 3;
}
static_assert(a_graph_that_is_too_large_says_so(), "");

constexpr bool sizes_that_are_too_large_overflow() {
    graph::room<4> room;
    graph all(room);
    constexpr std::int64_t huge = std::int64_t{1} << 40;
    const auto a = all.make(g::f32, {huge, huge});
    const auto v = all.view(a, {4, huge}, huge);
    const auto b = all.make(g::i8, {huge, 4, 1, 1 << 20});
    return all[a].size == INT64_MAX && all[v].size == INT64_MAX && all[b].size == std::int64_t{1} << 62;
}
static_assert(sizes_that_are_too_large_overflow(), "");

} // namespace

TEST_CASE("tensors of a graph") {
    CHECK(tensors_lie_in_rows());
    CHECK(views_look_at_the_bytes_of_another());
    CHECK(permuting_swaps_two_dimensions());
    CHECK(results_have_their_operands());
    CHECK(layouts_compare());
}

TEST_CASE("the order of a graph") { CHECK(the_order_is_that_of_need()); }

TEST_CASE("graphs that are too large") {
    CHECK(a_graph_that_is_too_large_says_so());
    CHECK(sizes_that_are_too_large_overflow());
}

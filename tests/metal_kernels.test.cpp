// Which operations Metal has kernels for.
#include <membound/metal_kernels.hpp>

#include "support/graphs.hpp"

#include <doctest/doctest.h>

namespace {

using namespace membound;
using op = operation;
using detail::metal_attends_with;
constexpr ggml_type f32 = ggml_type::f32;
constexpr ggml_type f16 = ggml_type::f16;

static_assert(metal_attends_with(128, 128) && metal_attends_with(576, 512) && metal_attends_with(192, 128), "");
static_assert(!metal_attends_with(100, 100) && !metal_attends_with(64, 128) && !metal_attends_with(72, 64), "");

constexpr bool attends(ggml_type k, ggml_type v) {
    graph_with_room<16> g;
    const auto q = g.input(f32, {128, 8, 4});
    const auto keys = g.external(external_kind::cache, k, {128, 256, 4}, 0);
    const auto values = g.external(external_kind::cache, v, {128, 256, 4}, 0);
    return detail::runs_on_metal(g.tensors(), g[g.compute(op::flash_attn_ext, f32, {128, 4, 8}, q, keys, values)]);
}
static_assert(attends(f16, f16) && attends(ggml_type::q8_0, ggml_type::q8_0), "");
static_assert(!attends(f16, ggml_type::q8_0) && !attends(ggml_type::iq4_nl, ggml_type::iq4_nl), "");

// A matrix times numbers in F16 takes one in F16, or many tokens.
constexpr bool multiplies(ggml_type a, std::int64_t tokens, ggml_type b) {
    graph_with_room<16> g;
    const auto w = g.external(external_kind::weight, a, {64, 64}, 0);
    return detail::runs_on_metal(g.tensors(), g[g.compute(op::mul_mat, f32, {64, tokens}, w, g.input(b, {64, tokens}))]);
}
static_assert(multiplies(f32, 1, f32) && multiplies(f16, 1, f16) && multiplies(f32, 9, f16), "");
static_assert(!multiplies(f32, 8, f16) && !multiplies(ggml_type::bf16, 9, f16) && !multiplies(ggml_type::tq1_0, 9, f32), "");

constexpr bool copies(ggml_type from, ggml_type to) {
    graph_with_room<16> g;
    return detail::runs_on_metal(g.tensors(), g[g.compute(op::cpy, to, {64, 8}, g.input(from, {64, 8}))]);
}
static_assert(copies(f32, ggml_type::q8_0) && copies(ggml_type::q8_0, f16) && copies(ggml_type::bf16, f32), "");
static_assert(!copies(ggml_type::q8_0, ggml_type::q8_0) && !copies(ggml_type::bf16, f16), "");

} // namespace

TEST_CASE("kernels of Metal") {
    CHECK(attends(f16, f16));
    CHECK_FALSE(multiplies(f32, 8, f16));
    CHECK_FALSE(copies(ggml_type::bf16, f16));
}

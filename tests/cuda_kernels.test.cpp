// What CUDA has kernels for, and what it keeps alive for those that compute several nodes.
#include <membound/schedule.hpp>

#include "support/graphs.hpp"

#include <doctest/doctest.h>

#include <initializer_list>

namespace {

using namespace membound;
using namespace membound::detail;
using op = operation;
constexpr ggml_type f32 = ggml_type::f32;

struct heads {
    std::int64_t keys = 128;
    std::int64_t values = 128;
    std::int64_t of_queries = 32;
    std::int64_t of_keys = 8;
    std::int64_t cells = 4096;
    std::int64_t streams = 1;
};

constexpr cuda_attention attention_of(const heads &h, std::int64_t tokens, ggml_type type_k, ggml_type type_v,
                                      bool before_ada = false) {
    graph_with_room<8> g;
    const auto q = g.input(f32, {h.keys, tokens, h.of_queries});
    const auto k = g.external(external_kind::cache, type_k, {h.keys, h.cells, h.of_keys}, 0);
    const auto v = g.external(external_kind::cache, type_v, {h.values, h.cells, h.of_keys}, 0);
    const auto mask = g.input(ggml_type::f16, {h.cells, tokens, h.streams});
    const auto y = g.compute(op::flash_attn_ext, f32, {h.values, h.of_queries, tokens}, q, k, v, mask);
    return cuda_attention_of(g.tensors(), g[y], before_ada);
}
constexpr bool attends(std::int64_t keys, std::int64_t values, std::int64_t of_queries, std::int64_t of_keys) {
    return attention_of({keys, values, of_queries, of_keys}, 512, ggml_type::f16, ggml_type::f16) != cuda_attention::none;
}

// fattn.cu, ggml_cuda_get_best_fattn_kernel.
constexpr bool heads_have_kernels() {
    return attends(128, 128, 32, 8) && attends(72, 72, 16, 16) && !attends(48, 48, 16, 16) && !attends(128, 64, 32, 8) &&
           attends(192, 128, 64, 8) && !attends(192, 128, 32, 8) && !attends(192, 192, 64, 8) && attends(320, 256, 32, 1) &&
           attends(512, 512, 8, 4) && !attends(512, 512, 8, 8) && attends(576, 512, 128, 1) && !attends(576, 576, 128, 1);
}
static_assert(heads_have_kernels(), "");

constexpr bool caches_have_kernels() {
    constexpr auto q8_0 = ggml_type::q8_0;
    constexpr auto f16 = ggml_type::f16;
    constexpr auto bf16 = ggml_type::bf16;
    const auto few = cuda_attention::own_types;
    const auto many = cuda_attention::f16;
    return attention_of({}, 512, ggml_type::iq4_nl, f16) == cuda_attention::none &&
           attention_of({128, 128, 32, 8, 4096, 2}, 512, f16, f16) == cuda_attention::none &&
           attention_of({}, 3, q8_0, q8_0) == many && attention_of({}, 2, q8_0, q8_0) == few &&
           attention_of({}, 2, q8_0, q8_0, true) == many && attention_of({}, 1, q8_0, q8_0, true) == few &&
           attention_of({}, 1, q8_0, ggml_type::q4_0) == many && attention_of({80, 80}, 1, q8_0, q8_0) == many &&
           attention_of({}, 1, bf16, bf16) == few && attention_of({}, 1, bf16, bf16, true) == many &&
           attention_of({128, 128, 40, 8, 8192}, 1, bf16, bf16) == many &&
           attention_of({128, 128, 8, 8}, 1, bf16, bf16, true) == few && attention_of({}, 1, f32, f32) == many;
}
static_assert(caches_have_kernels(), "");

constexpr bool rows_are_lengthened() {
    return cuda_padding(formats::q4_0::value, 4096) == 0 && cuda_padding(formats::q4_0::value, 4096 + 384) == 4 * 18 &&
           cuda_padding(formats::q4_0::value, 128) == 12 * 18 && cuda_padding(formats::f16::value, 100) == 0;
}
static_assert(rows_are_lengthened(), "");

constexpr bool has_kernel(op o, const shape &state, const shape &b) {
    graph_with_room<8> g;
    const auto s = g.input(f32, state);
    return runs_on_cuda(g.tensors(), g[g.compute(o, f32, {1}, s, s, s, s, g.input(f32, b))]);
}
constexpr bool products_have_kernels() {
    graph_with_room<16> g;
    const auto x = g.input(f32, {256, 8});
    const auto half = g.input(ggml_type::f16, {256, 8});
    const auto runs = [&](ggml_type type, graph::value b) {
        const auto w = g.external(external_kind::weight, type, {256, 256}, 0);
        return runs_on_cuda(g.tensors(), g[g.compute(op::mul_mat, f32, {256, 8}, w, b)]);
    };
    return runs(ggml_type::q4_k, x) && !runs(ggml_type::tq2_0, x) && runs(ggml_type::f16, half) && !runs(f32, half) &&
           has_kernel(op::ssm_conv, {4, 1024}, {1}) && !has_kernel(op::ssm_conv, {4, 1000}, {1}) &&
           has_kernel(op::ssm_scan, {16, 1, 1024}, {16, 1}) && !has_kernel(op::ssm_scan, {32, 1, 1024}, {32, 1}) &&
           !has_kernel(op::ssm_scan, {16, 1, 1000}, {16, 1}) && !has_kernel(op::ssm_scan, {16, 1, 1024}, {16, 2}) &&
           has_kernel(op::ssm_scan, {128, 64, 8}, {128, 1}) && !has_kernel(op::ssm_scan, {64, 64, 8}, {64, 1}) &&
           !has_kernel(op::ssm_scan, {128, 40, 8}, {128, 1});
}
static_assert(products_have_kernels(), "");

constexpr bool rows_are_looked_up() {
    return cuda_looks_up(formats::q4_k::value, 256) && cuda_looks_up(formats::iq4_nl::value, 512) &&
           !cuda_looks_up(formats::iq4_nl::value, 288) && !cuda_looks_up(formats::tq1_0::value, 256);
}
static_assert(rows_are_looked_up(), "");

// Two of `experts` are chosen for each of 8 tokens, and what they return is weighted and added up. Pieces may be left out.
struct mixture : graph_with_room<64> {
    std::int16_t logits = -1;
    std::int16_t gate = -1;
    std::int16_t weights = -1;
    std::int16_t returned = -1;
    std::int16_t product = -1;
    std::int16_t sum = -1;

    constexpr explicit mixture(std::int64_t experts, bool reads_product_again = false) {
        constexpr std::int64_t n = 8;
        constexpr std::int64_t size = 256;
        logits = like(op::unary, input(f32, {experts, n}));
        gate = like(op::soft_max, logits);
        const auto table = reshape(gate, {1, experts, n});
        const auto sorted = compute(op::argsort, ggml_type::i32, {experts, n}, gate);
        const auto chosen = view(sorted, {2, n}, 4 * experts);
        weights = compute(op::get_rows, f32, {1, 2, n}, table, chosen);
        expand(weights);
        returned = compute(op::mul_mat_id, f32, {size, 2, n}, external(external_kind::weight, f32, {size, size, experts}, 0),
                           input(f32, {size, 1, n}), chosen);
        product = like(op::mul, returned, weights);
        const auto first = view(product, {size, n}, 2 * size * 4);
        const auto second = view(product, {size, n}, 2 * size * 4);
        expand(first);
        expand(second);
        sum = like(op::add, first, second);
        expand(sum);
        if (reads_product_again) expand(like(op::unary, product));
    }

    constexpr cuda_fusion fusion_at(std::int16_t tensor) const {
        std::int16_t counts[64] = {};
        node_uses uses(*this, counts);
        int at = 0;
        while (node(at) != tensor) ++at;
        return cuda_fusions(*this, uses).at(at, node_count());
    }
    constexpr int kept(const cuda_fusion &f, std::int16_t tensor) const {
        int count = 0;
        f.for_each_kept(*this, nodes(), [&](std::int16_t t) { count += t == tensor ? 1 : 0; });
        return count;
    }
};

// ggml_backend_cuda_graph_optimize: until the node behind the last.
constexpr bool a_choice_keeps_all_it_reads() {
    const mixture g(64);
    const auto f = g.fusion_at(g.gate);
    return f.length == 5 && g[g.node(f.until)].op == op::mul_mat_id && g.kept(f, g.logits) == 1 && g.kept(f, g.gate) == 1 &&
           g.kept(f, g.weights) == 1 && mixture(48).fusion_at(mixture(48).gate).length == 0 &&
           mixture(288).fusion_at(mixture(288).gate).length == 5;
}
static_assert(a_choice_keeps_all_it_reads(), "");

constexpr bool a_weighted_sum_keeps_its_operands() {
    const mixture g(64);
    const mixture again(64, true);
    const auto f = g.fusion_at(g.product);
    return f.length == 1 && g.node(f.until) == g.sum && g.kept(f, g.returned) == 1 && g.kept(f, g.weights) == 1 &&
           g.kept(f, g.product) == 0 && again.fusion_at(again.product).length == 0;
}
static_assert(a_weighted_sum_keeps_its_operands(), "");

// What experts return can not be overwritten by its product then.
constexpr bool kept_operands_take_room() {
    constexpr std::int64_t product = 256 * 2 * 8 * 4;
    bytes peaks[2] = {};
    for (const bool fuses : {false, true}) {
        mixture g(64);
        arena arenas[2] = {arena(32, 1 << 30), arena(32, 1 << 30)};
        schedule_options options;
        options.device_count = 2;
        options.cuda_devices = 1;
        options.fusing_devices = fuses ? 1 : 0;
        schedule::room<64> room;
        schedule run(g, arenas, room, options);
        run.run();
        peaks[fuses ? 1 : 0] = arenas[0].peak();
    }
    return peaks[1] >= peaks[0] + bytes(product);
}
static_assert(kept_operands_take_room(), "");

} // namespace

TEST_CASE("kernels of CUDA") {
    CHECK(heads_have_kernels());
    CHECK(caches_have_kernels());
    CHECK(rows_are_lengthened());
    CHECK(products_have_kernels());
    CHECK(rows_are_looked_up());
}

TEST_CASE("what fused kernels keep alive") {
    CHECK(a_choice_keeps_all_it_reads());
    CHECK(a_weighted_sum_keeps_its_operands());
    CHECK(kept_operands_take_room());
}

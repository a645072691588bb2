// The allocator: where an arena puts its blocks, and when a replay takes over, frees and keeps the places of tensors.
#include <membound/replay.hpp>
#include <membound/schedule.hpp>

#include "support/graphs.hpp"

#include <doctest/doctest.h>

namespace {

using namespace membound;
using op = operation;

constexpr bool is_at(arena::address at, int chunk, std::int64_t offset) {
    return at == chunk * arena::chunk_distance + offset;
}

constexpr bool requests_are_aligned_and_stacked() {
    arena a(32, 1 << 20);
    const auto first = a.take(a.aligned(100));
    const auto second = a.take(a.aligned(1));
    const auto third = a.take(32);
    return is_at(first, 0, 0) && is_at(second, 0, 128) && is_at(third, 0, 160) && a.peak() == 192_B &&
           a.aligned(33) == 64 && arena(128, 1 << 20).aligned(1) == 128 && arena().peak() == 0_B;
}
static_assert(requests_are_aligned_and_stacked(), "");

constexpr bool the_tightest_hole_is_taken() {
    arena a(32, 1 << 20);
    const auto wide = a.take(128);
    a.take(32);
    const auto narrow = a.take(64);
    a.take(32);
    a.give(wide, 128);
    a.give(narrow, 64);
    const bool tight = is_at(a.take(64), 0, 160); // not the first hole, not the open end
    const bool next = is_at(a.take(96), 0, 0);    // and the rest of it stays free
    return tight && next && is_at(a.take(32), 0, 96) && is_at(a.take(32), 0, 256) && a.peak() == 288_B;
}
static_assert(the_tightest_hole_is_taken(), "");

constexpr bool of_holes_alike_the_last_is_taken() {
    arena a(32, 1 << 20);
    const auto first = a.take(64);
    a.take(32);
    const auto second = a.take(64);
    a.take(32);
    a.give(first, 64);
    a.give(second, 64);
    return is_at(a.take(64), 0, 96) && is_at(a.take(64), 0, 0);
}
static_assert(of_holes_alike_the_last_is_taken(), "");

constexpr bool neighbours_join() {
    arena a(32, 1 << 20);
    const auto first = a.take(32);
    const auto second = a.take(32);
    const auto third = a.take(32);
    a.take(32);
    a.give(first, 32);
    a.give(third, 32);
    a.give(second, 32); // joins both sides
    const bool joined = is_at(a.take(96), 0, 0);
    a.give(first, 32);
    a.give(second, 32); // the left side
    const bool left = is_at(a.take(64), 0, 0);
    a.give(third, 32);
    a.give(second, 32); // the right side
    return joined && left && is_at(a.take(64), 0, 32) && a.peak() == 128_B;
}
static_assert(neighbours_join(), "");

constexpr bool the_peak_stays() {
    arena a(32, 1 << 20);
    const auto first = a.take(1024);
    const auto second = a.take(1024);
    a.give(second, 1024);
    a.give(first, 1024);
    const bool again = is_at(a.take(512), 0, 0);
    return again && a.peak() == 2048_B;
}
static_assert(the_peak_stays(), "");

// A piece of no bytes stands behind the free block in which it lay, also when it lies before what is left of that; what touches
// both is joined to the one that stands first.
constexpr bool empty_pieces_part_blocks() {
    arena a(32, 1 << 20);
    const auto hole = a.take(128);
    a.take(32);
    a.give(hole, 128);
    a.give(hole + 64, 0);
    a.take(96);
    a.give(hole, 64);
    a.give(hole + 64, 32);
    return is_at(a.take(96), 0, 160) && is_at(a.take(64), 0, 0) && is_at(a.take(64), 0, 64);
}
static_assert(empty_pieces_part_blocks(), "");

// A chunk is as large as a device allows, or as the one tensor that needs more.
constexpr bool chunks_have_a_limit() {
    arena a(32, 1024);
    const auto first = a.take(960);
    const auto second = a.take(128); // more than is left
    const auto rest = a.take(64);    // both would grow alike: the first
    const auto larger = a.take(a.aligned(5000));
    return is_at(first, 0, 0) && is_at(second, 1, 0) && is_at(rest, 0, 960) && is_at(larger, 2, 0) &&
           is_at(a.take(896), 1, 128) && a.peak() == bytes(1024 + 1024 + 5024) && a.chunk_count() == 3 &&
           arena(32, 1024).chunk_count() == 0;
}
static_assert(chunks_have_a_limit(), "");

// A hole in the last chunk that has one, even where another chunk has a tighter one.
constexpr bool a_hole_of_the_last_chunk_wins() {
    arena a(32, 1024);
    const auto tight = a.take(32);
    a.take(928); // 64 are left
    const auto loose = a.take(512);
    a.take(448); // and 64 of chunk 1
    a.give(tight, 32);
    a.give(loose, 512);
    return is_at(a.take(32), 1, 0) && is_at(a.take(480), 1, 32) && is_at(a.take(32), 0, 0);
}
static_assert(a_hole_of_the_last_chunk_wins(), "");

// Of open ends, first one that need not grow its chunk, and of those the one that leaves least below the peak; else the
// one that grows least.
constexpr bool open_ends_below_the_peak_come_first() {
    arena a(32, 1024);
    a.take(512);
    const auto low = a.take(256); // chunk 0 has been 768 long
    a.take(800); // chunk 1
    a.give(low, 256);
    const bool below = is_at(a.take(128), 0, 512);
    const bool least = is_at(a.take(224), 0, 640);

    arena b(32, 1024);
    const auto loose = b.take(1024);
    const auto tight = b.take(256);
    b.give(loose, 1024);
    b.give(tight, 256);
    return below && least && is_at(b.take(96), 1, 0) && is_at(b.take(64), 1, 96) && is_at(b.take(128), 0, 0) &&
           b.peak() == bytes(1024 + 256);
}
static_assert(open_ends_below_the_peak_come_first(), "");

// The last hole of a chunk that is full to its end is its open end, and holes come first.
constexpr bool the_last_hole_of_a_full_chunk_is_its_open_end() {
    arena a(32, 1024);
    const auto loose = a.take(512);
    a.take(480); // 32 are left
    const auto tight = a.take(64);
    a.take(960); // chunk 1 is full
    a.give(loose, 512);
    a.give(tight, 64);
    return is_at(a.take(64), 0, 0) && is_at(a.take(448), 0, 64) && is_at(a.take(64), 1, 0);
}
static_assert(the_last_hole_of_a_full_chunk_is_its_open_end(), "");

// The sixteenth chunk has no limit, as there is no further one.
constexpr bool the_last_chunk_is_endless() {
    arena a(32, 64);
    for (int c = 0; c < 15; ++c)
        if (!is_at(a.take(64), c, 0)) return false;
    for (int i = 0; i < 100; ++i)
        if (!is_at(a.take(64), 15, 64 * i)) return false;
    return a.peak() == bytes(115 * 64) && !a.exceeded();
}
static_assert(the_last_chunk_is_endless(), "");

constexpr bool too_many_holes_are_told() {
    arena a(32, 1 << 20);
    arena::address taken[400] = {};
    for (auto &t : taken) t = a.take(32);
    int holes = 0;
    for (int i = 0; i < 400 && !a.exceeded(); i += 2, ++holes) a.give(taken[i], 32);
    return a.exceeded() && holes > 30;
}
static_assert(too_many_holes_are_told(), "");

constexpr bool fingerprints_tell_free_space_apart() {
    arena a(32, 1 << 20);
    const auto empty = a.fingerprint();
    const auto first = a.take(64);
    const auto one = a.fingerprint();
    const auto second = a.take(64);
    const auto two = a.fingerprint();
    a.give(second, 64);
    const bool back = a.fingerprint() == one;
    a.take(64);
    a.give(first, 64);
    return back && one != two && empty != one && a.fingerprint() != one;
}
static_assert(fingerprints_tell_free_space_apart(), "");

constexpr bool an_overflow_is_never_a_small_peak() {
    arena a(32, 1 << 20);
    a.take(64);
    const std::int64_t too_much = a.aligned(INT64_MAX);
    a.give(a.take(too_much), too_much);
    a.take(64);
    return a.peak().overflowed();
}
static_assert(an_overflow_is_never_a_small_peak(), "");

// The peak of all nodes of a graph in their order, on one device.
constexpr bytes peak_of(graph &g, const schedule_options &options = {}) {
    arena a(32, 1 << 30);
    schedule::room<16> room;
    schedule run(g, &a, room, options);
    run.run();
    return a.peak();
}

constexpr ggml_type f32 = ggml_type::f32;
constexpr shape one = {256}; // 1024 bytes

constexpr shape folded = {16, 16};

struct small : graph_with_room<16> {
    std::int16_t x = input(f32, one);
    // A product has a place of its own.
    constexpr std::int16_t product(std::int16_t a) { return compute(op::mul_mat, f32, one, a); }
    constexpr bytes peak_with(std::int16_t last) {
        expand(last);
        return peak_of(*this);
    }
};

constexpr bool a_result_may_take_its_operands_place() {
    small in_place, not_in_place;
    return in_place.peak_with(in_place.like(op::unary, in_place.like(op::rms_norm, in_place.x))) == 1024_B &&
           not_in_place.peak_with(not_in_place.product(not_in_place.x)) == 2048_B;
}
static_assert(a_result_may_take_its_operands_place(), "");

constexpr bool places_are_freed_after_the_last_use() {
    small chain, kept;
    const auto end = chain.product(chain.product(chain.product(chain.x)));
    const auto far = kept.product(kept.product(kept.x));
    return chain.peak_with(end) == 2048_B && kept.peak_with(kept.compute(op::mul_mat, f32, one, far, kept.x)) == 3072_B;
}
static_assert(places_are_freed_after_the_last_use(), "");

constexpr bool who_is_needed_again_keeps_its_place() {
    small g;
    const auto norm = g.like(op::rms_norm, g.x); // x is the residual
    return g.peak_with(g.like(op::add, norm, g.x)) == 2048_B;
}
static_assert(who_is_needed_again_keeps_its_place(), "");

constexpr bool the_second_operand_may_lend_its_place() {
    small g;
    const auto sum = g.like(op::add, g.x, g.product(g.x)); // x is needed by both
    const auto last = g.like(op::mul, g.x, sum);
    return g.peak_with(last) == 2048_B;
}
static_assert(the_second_operand_may_lend_its_place(), "");

constexpr bool outputs_are_never_freed() {
    small lends, gives;
    const auto a = lends.product(lends.x);
    lends[a].output = true;
    const auto b = gives.product(gives.x);
    gives[b].output = true;
    // A product with x at the end, so that its place is not free before: x, a, the result beside it, and the product.
    const auto last = lends.compute(op::mul_mat, f32, one, lends.like(op::unary, a), lends.x);
    return lends.peak_with(last) == 4096_B && gives.peak_with(gives.product(gives.product(b))) == 3072_B;
}
static_assert(outputs_are_never_freed(), "");

constexpr bool a_layout_of_its_own_needs_a_place_of_its_own() {
    small g;
    const auto y = g.compute(op::soft_max, f32, folded, g.x);
    return g.peak_with(y) == 2048_B;
}
static_assert(a_layout_of_its_own_needs_a_place_of_its_own(), "");

constexpr bool views_keep_what_they_look_at_and_lend_nothing() {
    small keeps, lends;
    const auto view = keeps.reshape(keeps.product(keeps.x), folded);
    keeps.expand(view); // whose bytes are needed until the last product
    const auto far = keeps.product(keeps.product(keeps.x));
    const auto seen = lends.reshape(lends.x, one);
    return keeps.peak_with(keeps.compute(op::mul_mat, f32, one, far, view)) == 3072_B &&
           lends.peak_with(lends.like(op::unary, seen)) == 2048_B;
}
static_assert(views_keep_what_they_look_at_and_lend_nothing(), "");

constexpr bool what_a_view_looks_at_is_not_lent() {
    small g;
    const auto a = g.product(g.x);
    const auto view = g.reshape(a, folded);
    g.expand(view);
    const auto other = g.like(op::unary, a); // would take the place of a, but for the view that is used later
    return g.peak_with(g.compute(op::mul_mat, f32, one, other, view)) == 3072_B;
}
static_assert(what_a_view_looks_at_is_not_lent(), "");

constexpr bool weights_and_caches_take_no_place() {
    small g;
    const auto w = g.external(external_kind::weight, f32, {256, 256}, 0);
    const auto cache = g.external(external_kind::cache, f32, {256, 100}, 0);
    const auto stored = g.write(cache, g.product(g.x), g.input(ggml_type::i64, {1}));
    g.expand(stored);
    return g.peak_with(g.compute(op::mul_mat, f32, one, w, g.view(cache, one, 1024))) == bytes(1024 + 32 + 1024);
}
static_assert(weights_and_caches_take_no_place(), "");

// Attention over so many cells of 256 numbers, whose values may be a part of the keys.
constexpr bytes peak_of_attention(ggml_type type, std::int64_t cells, bool own_values, bool cuda) {
    graph_with_room<16> g;
    const auto q = g.input(f32, one);
    const auto k_cache = g.external(external_kind::cache, type, {256 * cells}, 0);
    const auto v_cache = own_values ? g.external(external_kind::cache, type, {256 * cells}, 0) : k_cache;
    const auto k = g.reshape(k_cache, {256, cells});
    const auto v = g.reshape(v_cache, {256, cells});
    const auto y = g.like(op::unary, g.compute(op::flash_attn_ext, f32, one, q, k, v));
    g.expand(g.compute(op::mul_mat, f32, one, y, q));
    schedule_options options;
    options.scratch.cuda_devices = cuda ? 1 : 0;
    return peak_of(g, options);
}

// CUDA's attention keeps copies in F16 behind its result. What takes the result's place has none: theirs is free then.
constexpr bool spare_bytes_are_given_back() {
    constexpr auto bf16 = ggml_type::bf16;
    return peak_of_attention(bf16, 1, true, false) == 3072_B && peak_of_attention(bf16, 1, false, true) == 3072_B &&
           peak_of_attention(bf16, 1, true, true) == 3072_B && peak_of_attention(bf16, 2, false, true) == 3072_B &&
           peak_of_attention(bf16, 2, true, true) == 4096_B &&
           peak_of_attention(ggml_type::f16, 2, true, true) == 3072_B;
}
static_assert(spare_bytes_are_given_back(), "");

// Bytes that Metal asks for attention of 512 tokens with 32 heads over 4096 cells of 8 heads of 128 numbers.
constexpr std::int64_t attention_on_metal(ggml_type type, std::int64_t row, bool copies_cache) {
    graph_with_room<8> g;
    const auto q = g.input(f32, {128, 512, 32});
    const auto k_cache = g.external(external_kind::cache, type, {1024, 4096}, 0);
    const auto v_cache = g.external(external_kind::cache, type, {1024, 4096}, 0);
    const auto k = g.view(k_cache, {128, 4096, 8}, row, row / 8);
    const auto v = g.view(v_cache, {128, 4096, 8}, row, row / 8);
    const auto mask = g.input(ggml_type::f16, {4096, 512});
    const auto y = g.compute(op::flash_attn_ext, f32, {128, 32, 512}, q, k, v, mask);
    kernel_scratch scratch;
    scratch.metal_devices = 1;
    scratch.metal_copies_cache = copies_cache;
    return scratch.bytes_with(g.tensors(), g[y], 0) - g[y].size;
}

// ggml-metal-ops.cpp: the last 64 cells of keys, values and mask, a byte for each block of the mask, the results of 32
// groups for 32 tokens, and keys and values in F16.
constexpr bool metal_asks_for_more() {
    constexpr std::int64_t blocks = 64 * 64;
    constexpr std::int64_t results = 4 * 32 * 32 * 32 * 130;
    constexpr std::int64_t in_f16 = 2 * 2 * 4096 * 1024;
    constexpr std::int64_t mask = 64 * 2 * 512;
    graph_with_room<8> g;
    const auto experts = g.external(external_kind::weight, f32, {64, 32, 16}, 0);
    const auto chosen = g.input(ggml_type::i32, {2, 10});
    const auto sum = g.compute(op::mul_mat_id, f32, {32, 2, 10}, experts, g.input(f32, {64, 1, 10}), chosen);
    const auto sorted = g.compute(op::argsort, ggml_type::i32, {16, 10}, g.input(f32, {16, 10}));
    kernel_scratch scratch;
    scratch.metal_devices = 2;
    return attention_on_metal(ggml_type::f16, 2048, false) == 64 * 2 * 2048 * 8 + mask + blocks + results &&
           attention_on_metal(ggml_type::f16, 2048, true) == 64 * 2 * 2048 * 8 + mask + blocks + results + in_f16 &&
           attention_on_metal(ggml_type::q8_0, 1088, true) == 64 * 2 * 2 * 128 * 8 + mask + blocks + results + in_f16 &&
           scratch.bytes_with(g.tensors(), g[sum], 1) == 32 * 2 * 10 * 4 + 4 * 16 * 11 + 8 + 1024 &&
           scratch.bytes_with(g.tensors(), g[sum], 0) == 32 * 2 * 10 * 4 &&
           scratch.bytes_with(g.tensors(), g[sorted], 1) == 2 * 16 * 10 * 4;
}
static_assert(metal_asks_for_more(), "");

} // namespace

TEST_CASE("scratch of kernels") { CHECK(metal_asks_for_more()); }

TEST_CASE("places of an arena") {
    CHECK(requests_are_aligned_and_stacked());
    CHECK(the_tightest_hole_is_taken());
    CHECK(of_holes_alike_the_last_is_taken());
    CHECK(empty_pieces_part_blocks());
    CHECK(neighbours_join());
    CHECK(the_peak_stays());
}

TEST_CASE("chunks of an arena") {
    CHECK(chunks_have_a_limit());
    CHECK(a_hole_of_the_last_chunk_wins());
    CHECK(open_ends_below_the_peak_come_first());
    CHECK(the_last_hole_of_a_full_chunk_is_its_open_end());
    CHECK(the_last_chunk_is_endless());
}

TEST_CASE("limits of an arena") {
    CHECK(too_many_holes_are_told());
    CHECK(fingerprints_tell_free_space_apart());
    CHECK(an_overflow_is_never_a_small_peak());
}

TEST_CASE("places of tensors") {
    CHECK(a_result_may_take_its_operands_place());
    CHECK(places_are_freed_after_the_last_use());
    CHECK(who_is_needed_again_keeps_its_place());
    CHECK(the_second_operand_may_lend_its_place());
    CHECK(outputs_are_never_freed());
    CHECK(a_layout_of_its_own_needs_a_place_of_its_own());
    CHECK(views_keep_what_they_look_at_and_lend_nothing());
    CHECK(what_a_view_looks_at_is_not_lent());
    CHECK(weights_and_caches_take_no_place());
    CHECK(spare_bytes_are_given_back());
}

// The scheduler: which device computes what, and what is copied to it for that.
#include <membound/schedule.hpp>

#include "support/graphs.hpp"

#include <doctest/doctest.h>

#include <initializer_list>

namespace {

using namespace membound;
using op = operation;
constexpr ggml_type f32 = ggml_type::f32;

constexpr bool peaks_are(graph &g, const schedule_options &options, std::initializer_list<std::int64_t> peaks) {
    arena arenas[8] = {};
    for (arena &a : arenas) a = arena(32, 1 << 30);
    schedule::room<64> room;
    schedule run(g, arenas, room, options);
    run.run();
    int d = 0;
    for (const std::int64_t peak : peaks)
        if (arenas[d++].peak().count() != peak) return false;
    return !run.exceeded() && d == options.device_count;
}

constexpr schedule_options devices(int count) {
    schedule_options options;
    options.device_count = count;
    return options;
}

// A row of 256 numbers for each of `tokens`, looked up on the host: 1024 bytes a token.
struct small : graph_with_room<64> {
    std::int64_t tokens;
    std::int8_t host;
    std::int16_t numbers;
    std::int16_t embedded;

    constexpr small(std::int64_t n, std::int8_t host_number)
        : tokens(n), host(host_number), numbers(input(ggml_type::i32, {n})),
          embedded(
              compute(op::get_rows, f32, {256, n}, external(external_kind::weight, f32, {256, 10}, host), numbers)) {}

    constexpr std::int16_t times(std::int16_t x, int device) {
        const auto w = external(external_kind::weight, f32, {256, 256}, device);
        return compute(op::mul_mat, f32, {256, tokens}, w, x);
    }
    constexpr small &ending_in(std::int16_t last) {
        (*this)[last].output = true;
        expand(last);
        return *this;
    }
};

constexpr bool one_device_has_everything() {
    small g(8, 0);
    return peaks_are(g.ending_in(g.times(g.times(g.embedded, 0), 0)), devices(1), {32 + 2 * 8192});
}
static_assert(one_device_has_everything(), "");

// The host embeds; the device has a copy of that, and its product.
constexpr bool what_a_device_reads_is_copied_to_it() {
    small g(8, 1);
    return peaks_are(g.ending_in(g.times(g.embedded, 0)), devices(2), {2 * 8192, 32 + 8192});
}
static_assert(what_a_device_reads_is_copied_to_it(), "");

constexpr bool a_copy_serves_all_that_read_it() {
    small g(8, 1);
    const auto product = g.times(g.embedded, 0);
    const auto last = g.times(g.like(op::add, product, g.embedded), 0);
    return peaks_are(g.ending_in(last), devices(2), {2 * 8192, 32 + 8192});
}
static_assert(a_copy_serves_all_that_read_it(), "");

// From device to host and back again: each way is a copy.
constexpr bool the_host_gets_copies_too() {
    small g(8, 1);
    const auto there = g.times(g.embedded, 0);
    const auto here = g.times(there, 1);
    const auto again = g.times(here, 0);
    return peaks_are(g.ending_in(again), devices(2), {2 * 8192, 2 * 8192});
}
static_assert(the_host_gets_copies_too(), "");

constexpr bool a_node_may_have_its_place() {
    small g(8, 1);
    const auto product = g.times(g.embedded, 0);
    const auto pinned = g.like(op::unary, product);
    g[pinned].place = 1;
    return peaks_are(g.ending_in(pinned), devices(2), {2 * 8192, 32 + 8192});
}
static_assert(a_node_may_have_its_place(), "");

// From 32 tokens on, products with the host's weights are computed on the first device, which gets a copy of those.
constexpr bool large_batches_are_moved() {
    constexpr std::int64_t weight = 256 * 256 * 4;
    small few(31, 1), many(32, 1), off(32, 1), limited(32, 1), allowed(32, 1);
    schedule_options stays = devices(2);
    stays.offload_operations = false;
    schedule_options vulkan = devices(2);
    vulkan.vulkan_devices = 1;
    vulkan.largest_operand = weight - 1;
    schedule_options enough = vulkan;
    enough.largest_operand = weight;
    return peaks_are(few.ending_in(few.times(few.embedded, 1)), devices(2), {0, 128 + 2 * 31 * 1024}) &&
           peaks_are(many.ending_in(many.times(many.embedded, 1)), devices(2), {weight + 2 * 32768, 128 + 32768}) &&
           peaks_are(off.ending_in(off.times(off.embedded, 1)), stays, {0, 128 + 2 * 32768}) &&
           peaks_are(limited.ending_in(limited.times(limited.embedded, 1)), vulkan, {0, 128 + 2 * 32768}) &&
           peaks_are(allowed.ending_in(allowed.times(allowed.embedded, 1)), enough, {weight + 2 * 32768, 128 + 32768});
}
static_assert(large_batches_are_moved(), "");

// A later product's weights take the place of the earlier one's.
constexpr bool copies_of_weights_follow_each_other() {
    small g(32, 1);
    const auto last = g.times(g.times(g.times(g.embedded, 1), 1), 1);
    return peaks_are(g.ending_in(last), devices(2), {256 * 256 * 4 + 2 * 32768, 128 + 32768});
}
static_assert(copies_of_weights_follow_each_other(), "");

// Where the node behind a product on the device is computed.
constexpr int device_of_last(small &g, std::int16_t last, const schedule_options &options) {
    g.ending_in(last);
    arena arenas[2] = {};
    schedule::room<64> room;
    schedule run(g, arenas, room, options);
    run.assign();
    return run.device_of(last);
}
constexpr int device_of_sum(std::int64_t rows, const schedule_options &options) {
    small g(8, 1);
    const auto streams = g.reshape(g.times(g.embedded, 0), {256 / rows, rows, 8});
    return device_of_last(g, g.compute(op::dsv4_hc_pre, f32, {256 / rows, 8}, streams, g.input(f32, {rows, 8})), options);
}
constexpr int device_of_mix(const schedule_options &options) {
    small g(8, 1);
    const auto mixes = g.times(g.embedded, 0);
    const auto scales = g.external(external_kind::weight, f32, {3}, 0);
    return device_of_last(g, g.compute(op::dsv4_hc_comb, f32, {4, 4, 8}, mixes, scales, scales), options);
}

// Vulkan sums four streams and no other number, and mixes them where 16 lanes compute in step.
constexpr bool streams_need_kernels() {
    schedule_options vulkan = devices(2);
    vulkan.vulkan_devices = 1;
    schedule_options narrow = vulkan;
    narrow.narrow_devices = 1;
    return device_of_sum(4, vulkan) == 0 && device_of_sum(2, vulkan) == 1 && device_of_sum(2, devices(2)) == 0 &&
           device_of_mix(vulkan) == 0 && device_of_mix(narrow) == 1 && device_of_mix(devices(2)) == 0;
}
static_assert(streams_need_kernels(), "");

// Several batches in flight: four of everything that goes from one device to the next, and of the inputs.
constexpr bool a_pipeline_has_four_copies() {
    small one(8, 2), four(8, 2);
    schedule_options pipeline = devices(3);
    pipeline.copies = 4;
    return peaks_are(one.ending_in(one.times(one.times(one.embedded, 0), 1)), devices(3),
                     {2 * 8192, 2 * 8192, 32 + 8192}) &&
           peaks_are(four.ending_in(four.times(four.times(four.embedded, 0), 1)), pipeline,
                     {5 * 8192, 5 * 8192, 4 * 32 + 8192});
}
static_assert(a_pipeline_has_four_copies(), "");

// Layers that are alike, some of them left out: all between the second and the last do as that one does. What a layer adds
// to grows in each by `growth`.
struct layers_between {
    int count;
    std::int64_t growth = 0;

    constexpr bool grows() const { return growth > 0; }
    constexpr int count_before(int point) const { return point == 3 ? count : 0; }
    constexpr schedule::left_out operator()(int, int number) const {
        schedule::left_out l;
        l.as = 1;
        l.residuals = growth > 0 ? number + 2 : 0;
        return l;
    }
};
// The peak of so many layers, of which all are drawn, or four; 0 where those left out are not alike.
template <class Layer>
constexpr std::int64_t peak_of(int count, bool draws_all, std::int64_t growth, const Layer &layer) {
    small g(8, 0);
    auto x = g.embedded;
    arena a(32, 1 << 30);
    schedule::room<96> room;
    int begins[4][2] = {};
    int points = 0;
    for (int i = 0; i < count; ++i) {
        if (!draws_all && i > 2 && i + 1 < count) continue;
        if (!draws_all) begins[points][0] = g.node_count(), begins[points++][1] = g.size();
        x = layer(g, x, i);
        g.expand(x);
    }
    g.ending_in(x);
    schedule run(g, &a, room, {});
    for (int p = 0; p < points; ++p) run.watch(begins[p][0], begins[p][1], false);
    run.run(layers_between{count - 4, growth});
    return run.exceeded() || !run.left_out_alike() ? 0 : a.peak().count();
}

// Each result lies where an operand lay, at one of two ends in turn.
constexpr bool left_out_layers_take_what_drawn_ones_do() {
    const auto adds = [](small &g, std::int16_t x, int) { return g.like(op::add, g.times(x, 0), x); };
    for (int count = 6; count < 10; ++count)
        if (peak_of(count, false, 0, adds) == 0 || peak_of(count, false, 0, adds) != peak_of(count, true, 0, adds)) return false;
    return true;
}
static_assert(left_out_layers_take_what_drawn_ones_do(), "");

constexpr bool left_out_layers_may_grow() {
    const auto joins = [](small &g, std::int16_t x, int i) {
        const auto y = g.compute(op::concat, f32, {256, g.tokens * (i + 2)}, x, g.embedded);
        g[y].growth = g[g.embedded].size;
        return y;
    };
    for (int count = 6; count < 10; ++count)
        if (peak_of(count, false, 1, joins) == 0 || peak_of(count, false, 1, joins) != peak_of(count, true, 1, joins))
            return false;
    return true;
}
static_assert(left_out_layers_may_grow(), "");

constexpr bool layers_that_are_not_alike_are_told() {
    const auto keeps_each = [](small &g, std::int16_t x, int) {
        const auto y = g.like(op::add, g.times(x, 0), x);
        g[y].output = true;
        return y;
    };
    const auto one_larger = [](small &g, std::int16_t x, int i) {
        return g.compute(op::concat, f32, {256, g.tokens * (i == 1 ? 2 : 1)}, x);
    };
    const auto grows_into_a_place = [](small &g, std::int16_t x, int i) { // which is large enough in the second layer alone
        const auto y = g.compute(op::scale, f32, {256, g.tokens * i}, g.times(g.embedded, 0));
        g[y].growth = g[g.embedded].size;
        return g.like(op::add, x, y);
    };
    return peak_of(8, false, 0, keeps_each) == 0 && peak_of(8, false, 0, one_larger) == 0 &&
           peak_of(8, false, 1, grows_into_a_place) == 0;
}
static_assert(layers_that_are_not_alike_are_told(), "");


constexpr bool too_little_room_is_told() {
    graph_with_room<5> g;
    const auto numbers = g.input(ggml_type::i32, {8});
    const auto x =
        g.compute(op::get_rows, f32, {256, 8}, g.external(external_kind::weight, f32, {256, 10}, 1), numbers);
    const auto w = g.external(external_kind::weight, f32, {256, 256}, 0);
    g.expand(g.compute(op::mul_mat, f32, {256, 8}, w, x));
    arena arenas[2];
    schedule::room<5> room;
    schedule run(g, arenas, room, devices(2));
    const bool before = run.exceeded();
    run.run();
    return !before && run.exceeded();
}
static_assert(too_little_room_is_told(), "");

} // namespace

TEST_CASE("copies between host and device") {
    CHECK(one_device_has_everything());
    CHECK(what_a_device_reads_is_copied_to_it());
    CHECK(a_copy_serves_all_that_read_it());
    CHECK(the_host_gets_copies_too());
    CHECK(a_node_may_have_its_place());
}

TEST_CASE("weights of the host") {
    CHECK(large_batches_are_moved());
    CHECK(copies_of_weights_follow_each_other());
}

TEST_CASE("kernels that a device lacks") { CHECK(streams_need_kernels()); }

TEST_CASE("a pipeline") { CHECK(a_pipeline_has_four_copies()); }

TEST_CASE("layers that are left out") {
    CHECK(left_out_layers_take_what_drawn_ones_do());
    CHECK(left_out_layers_may_grow());
    CHECK(layers_that_are_not_alike_are_told());
}

TEST_CASE("graphs that are too large for a schedule") { CHECK(too_little_room_is_told()); }

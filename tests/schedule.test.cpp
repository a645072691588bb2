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
    run.run(true);
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

// Of layers alike, whether the `second` finds the same free space as the `first`.
constexpr bool find_the_same(int first, int second, bool keeps_each) {
    small g(8, 0);
    auto x = g.embedded;
    int begins[8] = {};
    for (int &begin : begins) {
        g.expand(x);
        begin = g.node_count();
        x = g.like(op::add, g.times(x, 0), x);
        if (keeps_each) g[x].output = true;
    }
    g.ending_in(g.times(x, 0));
    arena a(32, 1 << 30);
    schedule::room<64> room;
    schedule run(g, &a, room, {});
    for (const int begin : begins) run.watch(begin, false);
    run.run();
    return !run.exceeded() && run[first] == run[second];
}

// A layer's result lies where its predecessor's operand lay, so every other layer finds the same free space. The first ones
// have yet to make room for each other.
constexpr bool every_other_layer_finds_the_same_space() {
    return find_the_same(3, 5, false) && find_the_same(4, 6, false) && !find_the_same(3, 4, false) &&
           !find_the_same(3, 5, true);
}
static_assert(every_other_layer_finds_the_same_space(), "");

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

TEST_CASE("the free space before a node") { CHECK(every_other_layer_finds_the_same_space()); }

TEST_CASE("graphs that are too large for a schedule") { CHECK(too_little_room_is_told()); }

// Sums of a budget, and what is left of a device.
#include <membound/budget.hpp>

#include <doctest/doctest.h>

namespace {

using namespace membound;

constexpr amount about(std::int64_t lower, std::int64_t expected, std::int64_t upper, knowledge known) {
    return {bytes(lower), bytes(expected), bytes(upper), known};
}

constexpr device_budget card() {
    device_budget d;
    d.name = "card";
    d.capacity = 1000_B;
    d.usable_capacity = 900_B;
    d.weights = exactly(500_B);
    d.kv_cache = exactly(200_B);
    d.recurrent_state = exactly(3_B);
    d.compute = about(40, 50, 70, knowledge::modelled);
    d.output = exactly(7_B);
    d.overhead = about(10, 40, 120, knowledge::assumed);
    return d;
}

constexpr budget of(const device_budget &device, const device_budget &host) {
    budget b;
    b.devices[0] = device;
    b.devices[1] = host;
    b.count = 2;
    return b;
}

constexpr bool terms_are_summed() {
    const amount sum = card().total();
    return sum.lower == 760_B && sum.expected == 800_B && sum.upper == 900_B && sum.known == knowledge::assumed &&
           exactly(5_B).lower == 5_B && exactly(5_B).upper == 5_B && exactly(5_B).known == knowledge::exact;
}
static_assert(terms_are_summed(), "");

constexpr bool two_models_share_what_the_driver_takes() {
    const budget alone = of(card(), card());
    const budget both = side_by_side(alone, alone);
    const amount once = alone.devices[0].overhead, sum = both.devices[0].total();
    return sum.expected == bytes(2 * 800) - once.expected && both.devices[0].weights.expected == 1000_B &&
           both.host().overhead.upper == once.upper && !both.fits() && both.count == 2;
}
static_assert(two_models_share_what_the_driver_takes(), "");

// A sum is known as well as the term of it that is known worst.
constexpr bool knowledge_is_that_of_the_worst_term() {
    amount sum = exactly(1_B);
    const bool exact = (sum += exactly(1_B)).known == knowledge::exact;
    const bool modelled = (sum += about(1, 1, 1, knowledge::modelled)).known == knowledge::modelled;
    const bool assumed = (sum += about(1, 1, 1, knowledge::assumed)).known == knowledge::assumed;
    return exact && modelled && assumed && (sum += exactly(1_B)).known == knowledge::assumed && sum.expected == 5_B;
}
static_assert(knowledge_is_that_of_the_worst_term(), "");

constexpr bool to_fit_is_a_promise() {
    device_budget d = card();
    const bool exactly_full = d.fits() && d.headroom() == 0_B;
    d.overhead.upper += 1_B; // though the expected total is far from it
    return exactly_full && !d.fits() && d.headroom() == bytes(-1) && d.total().expected == 800_B;
}
static_assert(to_fit_is_a_promise(), "");

constexpr bool no_capacity_is_no_limit() {
    device_budget d = card();
    d.capacity = d.usable_capacity = 0_B;
    d.weights = exactly(1000000_GiB);
    return d.fits() && d.headroom().overflowed();
}
static_assert(no_capacity_is_no_limit(), "");

constexpr bool what_overflows_never_fits() {
    device_budget limited = card(), unlimited = card();
    limited.capacity = limited.usable_capacity = bytes(INT64_MAX - 1);
    unlimited.capacity = unlimited.usable_capacity = 0_B;
    limited.kv_cache = unlimited.kv_cache = exactly(bytes::overflow());
    device_budget summed = card();
    summed.capacity = summed.usable_capacity = bytes(INT64_MAX - 1);
    summed.weights = summed.kv_cache = exactly(bytes(std::int64_t{1} << 62));
    return !limited.fits() && !unlimited.fits() && !summed.fits() && limited.headroom() < 0_B &&
           summed.headroom() < 0_B && summed.total().upper.overflowed();
}
static_assert(what_overflows_never_fits(), "");

constexpr bool all_devices_must_fit() {
    device_budget large = card(), host = card();
    large.weights = exactly(501_B);
    host.usable_capacity = 0_B;
    const budget good = of(card(), host), bad = of(large, host), bad_host = of(card(), large);
    return good.fits() && !bad.fits() && !bad_host.fits() && good.total().expected == 1600_B && !budget{}.fits() &&
           same_text(good.host().name.c_str(), "card") && good.host().usable_capacity == 0_B;
}
static_assert(all_devices_must_fit(), "");

} // namespace

TEST_CASE("sums of a budget") {
    CHECK(two_models_share_what_the_driver_takes());
    CHECK(terms_are_summed());
    CHECK(knowledge_is_that_of_the_worst_term());
}

TEST_CASE("what is left of a device") {
    CHECK(to_fit_is_a_promise());
    CHECK(no_capacity_is_no_limit());
    CHECK(what_overflows_never_fits());
}

TEST_CASE("budgets of several devices") { CHECK(all_devices_must_fit()); }

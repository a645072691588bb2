// Checked arithmetic, units, texts held in place, and results.
#include <membound/quantity.hpp>

#include <doctest/doctest.h>

#include <type_traits>

namespace {

using namespace membound;

constexpr std::int64_t largest = INT64_MAX - 1; // one more is an overflow
constexpr bytes over = bytes::overflow();

static_assert(!std::is_convertible_v<std::int64_t, bytes>, "a number is no size until someone says so");
static_assert(!std::is_convertible_v<tokens, bytes>, "tokens are no bytes");
static_assert(std::is_trivially_copyable_v<bytes> && sizeof(bytes) == 8, "a size is a number");

constexpr bool units_are_what_they_say() {
    return (1_B).count() == 1 && 3_kB == bytes(3000) && 3_MB == bytes(3000000) && 24_GB == bytes(24000000000) &&
           3_KiB == bytes(3072) && 3_MiB == bytes(3145728) && 24_GiB == bytes(25769803776) && 24_GB < 24_GiB &&
           32768_tokens == tokens(32768);
}
static_assert(units_are_what_they_say(), "");

constexpr bool arithmetic_is_that_of_numbers() {
    bytes sum = 5_B;
    sum += 4_B;
    sum -= 12_B;
    return sum == bytes(-3) && sum * 7 == bytes(-21) && -7 * sum == bytes(21) && bytes(7) / 2 == bytes(3) &&
           bytes(-7) * -3 == bytes(21) && 0_B - 4_B < 0_B && 3_B - 4_B == bytes(-1) && bytes() == 0_B && 1_B != 2_B &&
           1_B < 2_B && 2_B > 1_B && 2_B <= 2_B && 2_B >= 2_B;
}
static_assert(arithmetic_is_that_of_numbers(), "");

// The last size that there is, and the first that is too large, by each operation.
constexpr bool overflows_at_the_end_of_the_range() {
    constexpr std::int64_t half = std::int64_t{1} << 62;
    return !bytes(largest).overflowed() && !(bytes(largest - 1) + 1_B).overflowed() &&
           (bytes(largest) + 1_B).overflowed() && (bytes(half) + bytes(half)).overflowed() &&
           !(bytes(half) + bytes(half - 2)).overflowed() && (bytes(half) * 2).overflowed() &&
           !(bytes(half - 1) * 2).overflowed() && (bytes(INT64_MAX / 3 + 1) * 3).overflowed() &&
           !(bytes(INT64_MAX / 3 - 1) * 3).overflowed() &&
           (bytes(std::int64_t{1} << 32) * (std::int64_t{1} << 32)).overflowed() &&
           (bytes(std::int64_t{1} << 31) * (std::int64_t{1} << 31)).count() == std::int64_t{1} << 62 &&
           (bytes((std::int64_t{1} << 31) - 1) * ((std::int64_t{1} << 31) - 1)).count() == 4611686014132420609;
}
static_assert(overflows_at_the_end_of_the_range(), "");

constexpr bool overflows_below_zero_too() {
    return !(bytes(-largest) - 1_B).overflowed() && (bytes(-largest) - 2_B).overflowed() &&
           (bytes(-largest) * 2).overflowed() && (bytes(-(std::int64_t{1} << 62)) * 3).overflowed() &&
           (bytes(-3) * (INT64_MAX / 2)).overflowed() && !(bytes(-2) * (INT64_MAX / 2)).overflowed();
}
static_assert(overflows_below_zero_too(), "");

// Whatever is computed from an overflow is one, also where the true result would be small again.
constexpr bool overflow_sticks() {
    return (over + 1_B).overflowed() && (over - over).overflowed() && (over - 1_B).overflowed() &&
           (0_B - over).overflowed() && (over + bytes(-5)).overflowed() && (over * 0).overflowed() &&
           (over * -1).overflowed() && (1_B * INT64_MAX).overflowed() && (0_B * INT64_MAX).overflowed() &&
           (over / 1000).overflowed() && over > bytes(largest) && !(over <= bytes(largest)) &&
           over.count() == INT64_MAX;
}
static_assert(overflow_sticks(), "");

constexpr bool literals_do_not_wrap() {
    return (18446744073709551615_B).overflowed() && (9223372036854775807_B).overflowed() &&
           (9223372036854775806_B).count() == largest && (8589934592_GiB).overflowed() &&
           !(8589934591_GiB).overflowed() && (9223372037_GB).overflowed() && (17179869184_GiB).overflowed() &&
           (18446744073709551615_tokens).overflowed();
}
static_assert(literals_do_not_wrap(), "");

constexpr bool rounds_up() {
    using membound::detail::divide_up;
    using membound::detail::round_up;
    return round_up(0, 256) == 0 && round_up(1, 256) == 256 && round_up(256, 256) == 256 && round_up(257, 256) == 512 &&
           round_up(10, 3) == 12 && round_up(12, 3) == 12 && round_up(7, 1) == 7 && round_up(2, 3) == 3 &&
           round_up(INT64_MAX, 256) == INT64_MAX && round_up(largest - 10, 256) == INT64_MAX &&
           round_up(INT64_MAX - 300, 256) == INT64_MAX - 255 && divide_up(0, 32) == 0 && divide_up(1, 32) == 1 &&
           divide_up(32, 32) == 1 && divide_up(33, 32) == 2 && divide_up(9, 1) == 9 &&
           divide_up(INT64_MAX, 2) == INT64_MAX;
}
static_assert(rounds_up(), "");

constexpr bool texts_are_cut_and_never_run_over() {
    constexpr fixed_text<3> cut = "abcdef";
    constexpr fixed_text<3> whole = "abc";
    constexpr fixed_text<3> none = "";
    return same_text(cut.c_str(), "abc") && same_text(whole.c_str(), "abc") && none.empty() && !whole.empty() &&
           fixed_text<3>().empty() && !same_text("abc", "ab") && !same_text("ab", "abc") && same_text("", "") &&
           !same_text("abc", "abd");
}
static_assert(texts_are_cut_and_never_run_over(), "");

constexpr result<int> whole_half(int n) {
    if (n % 2 == 0) return n / 2;
    error e;
    e.code = errc::bad_value;
    e.where = "n";
    e.what = "is odd";
    e.why = "halves are whole";
    return e;
}

constexpr bool results_have_a_value_or_an_error() {
    const result<int> good = whole_half(8);
    const result<int> bad = whole_half(9);
    return good && good.has_value() && *good == 4 && good.value() == 4 && good.value_or(1) == 4 && !bad &&
           !bad.has_value() && bad.value_or(1) == 1 && bad.error().code == errc::bad_value &&
           same_text(bad.error().where.c_str(), "n") && same_text(bad.error().what.c_str(), "is odd") &&
           same_text(bad.error().why, "halves are whole");
}
static_assert(results_have_a_value_or_an_error(), "");

struct pair {
    int first = 0;
    int second = 0;
};
static_assert(result<pair>(pair{1, 2})->second == 2, "");
static_assert(!std::is_convertible_v<result<int>, bool>, "a result is no number");

} // namespace

TEST_CASE("sizes") {
    CHECK(units_are_what_they_say());
    CHECK(arithmetic_is_that_of_numbers());
    CHECK(rounds_up());
}

TEST_CASE("sizes that are too large") {
    CHECK(overflows_at_the_end_of_the_range());
    CHECK(overflows_below_zero_too());
    CHECK(overflow_sticks());
    CHECK(literals_do_not_wrap());
}

TEST_CASE("texts") { CHECK(texts_are_cut_and_never_run_over()); }

TEST_CASE("results") { CHECK(results_have_a_value_or_an_error()); }

// Sizes as strong types over signed 64-bit counts, and the result of a question that may have no answer.
//
// Arithmetic is checked. A sum or product that leaves the range becomes `overflow`, which is sticky: whatever is
// computed from it is an overflow too, it is larger than every real size, and it never fits anything. So a long chain of
// products is written plainly and tested once, at its end, in a constant expression and at run time alike.
#ifndef MEMBOUND_QUANTITY_HPP
#define MEMBOUND_QUANTITY_HPP

#include <membound/config.hpp>

#include <cstdint>
#include <cstdlib>

MEMBOUND_BEGIN_NAMESPACE

namespace detail {

// The count that stands for an overflow.
inline constexpr std::int64_t overflow_count = INT64_MAX;

// Sums and products that keep to it. Both are split in two: the usual case, small numbers that are not negative, is short
// enough to be inlined everywhere; the rest is a call. They have few statements, since compilers limit how many a constant
// expression may run.
MEMBOUND_NOINLINE constexpr std::int64_t add_large(std::int64_t a, std::int64_t b) {
    return a == overflow_count || b == overflow_count ||
                   (b >= 0 ? a > overflow_count - 1 - b : a < -overflow_count - b)
               ? overflow_count
               : a + b;
}

constexpr std::int64_t add(std::int64_t a, std::int64_t b) {
    return ((a | b) >> 62) == 0 ? a + b : add_large(a, b);
}

MEMBOUND_NOINLINE constexpr std::int64_t multiply_large(std::int64_t a, std::int64_t b) {
    if (a == overflow_count || b == overflow_count) return overflow_count;
    if (a == 0 || b == 0) return 0;
    if (a < -overflow_count || b < -overflow_count) return overflow_count;
    const std::int64_t x = a < 0 ? -a : a;
    const std::int64_t y = b < 0 ? -b : b;
    if (x > (overflow_count - 1) / y) return overflow_count;
    return (a < 0) != (b < 0) ? -(x * y) : x * y;
}

constexpr std::int64_t multiply(std::int64_t a, std::int64_t b) {
    return ((a | b) >> 31) == 0 ? a * b : multiply_large(a, b);
}

// The next multiple of `step` at or above `n`; `n` is not negative and `step` is positive.
constexpr std::int64_t round_up(std::int64_t n, std::int64_t step) {
    const std::int64_t above = add(n, step - 1);
    return above == overflow_count ? overflow_count : (step & (step - 1)) == 0 ? above & -step : above - above % step;
}

constexpr std::int64_t divide_up(std::int64_t n, std::int64_t by) {
    return by == 1 || n == overflow_count ? n : n / by + (n % by != 0 ? 1 : 0);
}

template <class T>
constexpr T min(T a, T b) {
    return b < a ? b : a;
}

template <class T>
constexpr T max(T a, T b) {
    return a < b ? b : a;
}

constexpr double as_double(std::int64_t n) { return static_cast<double>(n); }

} // namespace detail

// A signed 64-bit count of something, with sticky overflow. Division truncates, as that of integers does.
template <class Unit>
class quantity {
public:
    constexpr quantity() = default;
    constexpr explicit quantity(std::int64_t count) : count_(count) {}

    static constexpr quantity overflow() { return quantity(detail::overflow_count); }

    constexpr std::int64_t count() const { return count_; }
    constexpr bool overflowed() const { return count_ == detail::overflow_count; }

    constexpr quantity &operator+=(quantity other) { return *this = *this + other; }
    constexpr quantity &operator-=(quantity other) { return *this = *this - other; }

    friend constexpr quantity operator+(quantity a, quantity b) { return quantity(detail::add(a.count_, b.count_)); }
    friend constexpr quantity operator-(quantity a, quantity b) {
        return b.overflowed() ? overflow() : quantity(detail::add(a.count_, -b.count_));
    }
    friend constexpr quantity operator*(quantity a, std::int64_t n) { return quantity(detail::multiply(a.count_, n)); }
    friend constexpr quantity operator*(std::int64_t n, quantity a) { return a * n; }
    friend constexpr quantity operator/(quantity a, std::int64_t n) {
        return a.overflowed() ? a : quantity(a.count_ / n);
    }

    friend constexpr bool operator==(quantity a, quantity b) { return a.count_ == b.count_; }
    friend constexpr bool operator!=(quantity a, quantity b) { return a.count_ != b.count_; }
    friend constexpr bool operator<(quantity a, quantity b) { return a.count_ < b.count_; }
    friend constexpr bool operator>(quantity a, quantity b) { return a.count_ > b.count_; }
    friend constexpr bool operator<=(quantity a, quantity b) { return a.count_ <= b.count_; }
    friend constexpr bool operator>=(quantity a, quantity b) { return a.count_ >= b.count_; }

private:
    std::int64_t count_ = 0;
};

using bytes = quantity<struct byte_unit>;
using tokens = quantity<struct token_unit>;

namespace detail {
template <class Unit>
constexpr double as_double(quantity<Unit> q) {
    return as_double(q.count());
}
} // namespace detail

// Decimal and binary units are different literals: 24_GB is 24e9 bytes, 24_GiB is 24 * 2^30.
inline namespace literals {
constexpr bytes of_unit(unsigned long long n, std::int64_t unit) {
    return n > static_cast<unsigned long long>(detail::overflow_count)
               ? bytes::overflow()
               : bytes(detail::multiply(static_cast<std::int64_t>(n), unit));
}
constexpr bytes operator""_B(unsigned long long n) { return of_unit(n, 1); }
constexpr bytes operator""_kB(unsigned long long n) { return of_unit(n, 1000); }
constexpr bytes operator""_MB(unsigned long long n) { return of_unit(n, 1000000); }
constexpr bytes operator""_GB(unsigned long long n) { return of_unit(n, 1000000000); }
constexpr bytes operator""_KiB(unsigned long long n) { return of_unit(n, std::int64_t{1} << 10); }
constexpr bytes operator""_MiB(unsigned long long n) { return of_unit(n, std::int64_t{1} << 20); }
constexpr bytes operator""_GiB(unsigned long long n) { return of_unit(n, std::int64_t{1} << 30); }
constexpr tokens operator""_tokens(unsigned long long n) { return tokens(of_unit(n, 1).count()); }
} // namespace literals

// A short text held in place: no allocation, usable in a constant expression. Longer text is cut.
template <unsigned Capacity>
struct fixed_text {
    char data[Capacity + 1] = {};

    constexpr fixed_text() = default;
    constexpr fixed_text(const char *text) { // NOLINT: a literal is a text
        for (unsigned i = 0; i < Capacity && text[i] != '\0'; ++i) data[i] = text[i];
    }
    constexpr const char *c_str() const { return data; }
    constexpr bool empty() const { return data[0] == '\0'; }
};

namespace detail {

// Text put together from words and whole numbers; what exceeds the capacity is cut.
template <unsigned Capacity>
struct text_builder {
    fixed_text<Capacity> text;
    unsigned length = 0;

    constexpr text_builder &operator<<(char c) {
        if (length < Capacity) text.data[length++] = c;
        return *this;
    }
    constexpr text_builder &operator<<(const char *word) {
        for (; *word != '\0'; ++word) *this << *word;
        return *this;
    }
    constexpr text_builder &operator<<(std::int64_t number) {
        char digits[20] = {};
        unsigned count = 0;
        auto left = static_cast<std::uint64_t>(number);
        if (number < 0) {
            *this << '-';
            left = 0 - left;
        }
        do digits[count++] = static_cast<char>('0' + left % 10);
        while ((left /= 10) != 0);
        while (count > 0) *this << digits[--count];
        return *this;
    }
};

} // namespace detail

constexpr bool same_text(const char *a, const char *b) {
    while (*a != '\0' && *a == *b) ++a, ++b;
    return *a == *b;
}

enum class errc : std::uint8_t {
    overflow,      // a size does not fit in 63 bits, or a fixed table of the library is full
    bad_value,     // a setting or a number is outside of its range
    missing,       // something required is not given
    unsupported,   // it exists, but this library does not cover it, or the engine itself refuses it
    unknown,       // a name is not known
    malformed,     // a file breaks its own format
    unreadable,    // a file cannot be opened or read
    does_not_fit,  // none of the choices fits the machine
};

// What went wrong. `where`, `what` and a colon before `why` read as a sentence: "ubatch" "is less than 1": "it is halved until
// it fits".
struct error {
    errc code = errc::bad_value;
    fixed_text<127> where; // the setting, key, tensor or file
    fixed_text<127> what;
    const char *why = "";
};

namespace detail {
// Not constexpr: naming the value of a failed result in a constant expression stops the compiler here.
[[noreturn]] inline void no_value_in_result() { std::abort(); }
} // namespace detail

// A value, or the error that stands in its place. `T` is default constructible.
template <class T>
class result {
public:
    constexpr result(const T &value) : value_(value), has_value_(true) {} // NOLINT: a value is a result
    constexpr result(const membound::error &e) : error_(e) {}             // NOLINT: and so is an error

    constexpr bool has_value() const { return has_value_; }
    constexpr explicit operator bool() const { return has_value_; }

    // Only where has_value(): a compile-time error in a constant expression, the end of the program otherwise.
    constexpr const T &value() const {
        if (!has_value_) detail::no_value_in_result();
        return value_;
    }
    constexpr const T &operator*() const { return value(); }
    constexpr const T *operator->() const { return &value(); }
    constexpr T &operator*() {
        if (!has_value_) detail::no_value_in_result();
        return value_;
    }
    constexpr T value_or(const T &other) const { return has_value_ ? value_ : other; }

    // Only where not has_value().
    constexpr const membound::error &error() const { return error_; }

private:
    T value_{};
    membound::error error_{};
    bool has_value_ = false;
};

MEMBOUND_END_NAMESPACE

#endif

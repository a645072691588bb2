// JSON texts as views: nothing is copied, so that a text in the source is read in a constant expression like a file's.
// What Python's json module writes is read, NaN and Infinity too (RFC 8259 has neither).
#ifndef MEMBOUND_JSON_HPP
#define MEMBOUND_JSON_HPP

#include <membound/name.hpp>
#include <membound/quantity.hpp>

#include <initializer_list>

MEMBOUND_BEGIN_NAMESPACE

// A value in a text that json_root() accepted: where it begins. Null: there is none.
struct json_value {
    enum class kind : std::uint8_t { absent, null, boolean, integer, real, text, array, object };

    const char *at = nullptr;

    constexpr explicit operator bool() const { return at != nullptr; }
};

namespace detail {

inline constexpr int max_json_depth = 64;

constexpr bool is_json_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

// Whether a text begins with a word.
constexpr bool begins_with(const char *text, const char *end, const char *word) {
    for (; *word != '\0'; ++word, ++text)
        if (text == end || *text != *word) return false;
    return true;
}

// Whether what stands before the next quote is a word.
constexpr bool is_quoted(const char *text, const char *word) {
    while (*word != '\0' && *text == *word) ++text, ++word;
    return *word == '\0' && *text == '"';
}

// Reads a text once, and says where it breaks the format.
class json_checker {
public:
    constexpr json_checker(const char *text, std::int64_t length) : begin_(text), at_(text), end_(text + length) {}

    constexpr bool check() {
        do {
            skip_space();
            if (at_ == end_) return fail("ends early", "a value is not complete");
            if (!step()) return false;
        } while (depth_ > 0 || expected_ != next::separator);
        skip_space();
        return at_ == end_ || fail("goes on", "one value is behind the other");
    }

    constexpr error failure() const {
        std::int64_t line = 1;
        for (const char *p = begin_; p != at_; ++p) line += *p == '\n';
        error e;
        e.code = errc::malformed;
        e.where = (text_builder<127>{} << "line " << line << ", byte " << (at_ - begin_)).text;
        e.what = what_;
        e.why = why_;
        return e;
    }

private:
    enum class next : std::uint8_t { value, value_or_end, name, name_or_end, separator };

    constexpr bool fail(const char *what, const char *why) {
        what_ = what;
        why_ = why;
        return false;
    }
    constexpr void skip_space() {
        while (at_ != end_ && is_json_space(*at_)) ++at_;
    }
    constexpr bool in_object() const { return (objects_ & 1) != 0; }

    constexpr bool step() {
        const char c = *at_;
        switch (expected_) {
        case next::separator:
            if (c == (in_object() ? '}' : ']')) return close();
            if (c != ',')
                return fail("is not JSON", in_object() ? "a comma or } is missing" : "a comma or ] is missing");
            ++at_;
            expected_ = in_object() ? next::name : next::value;
            return true;
        case next::name_or_end:
            if (c == '}') return close();
            [[fallthrough]];
        case next::name:
            if (c != '"') return fail("is not JSON", "a name in quotes is missing");
            if (!text()) return false;
            skip_space();
            if (at_ == end_ || *at_ != ':') return fail("is not JSON", "a colon is missing");
            ++at_;
            expected_ = next::value;
            return true;
        case next::value_or_end:
            if (c == ']') return close();
            [[fallthrough]];
        default:
            break;
        }
        if (c == '{' || c == '[') return open(c == '{');
        expected_ = next::separator;
        return c == '"' ? text() : word() || number();
    }

    constexpr bool open(bool object) {
        if (depth_ == max_json_depth) return fail("is nested too deeply", "64 levels are enough for every file");
        ++depth_;
        objects_ = objects_ << 1 | (object ? 1 : 0);
        ++at_;
        expected_ = object ? next::name_or_end : next::value_or_end;
        return true;
    }
    constexpr bool close() {
        --depth_;
        objects_ >>= 1;
        ++at_;
        expected_ = next::separator;
        return true;
    }

    constexpr bool text() {
        for (++at_; at_ != end_; ++at_) {
            const char c = *at_;
            if (c == '"') {
                ++at_;
                return true;
            }
            if (c >= 0 && c < ' ') return fail("is not JSON", "a text has a control character in it");
            if (c == '\\' && !escape()) return false;
        }
        return fail("ends early", "a text is not complete");
    }
    constexpr bool escape() {
        if (++at_ == end_) return fail("ends early", "a text is not complete");
        if (*at_ == 'u') {
            for (int i = 0; i < 4; ++i) {
                const char c = ++at_ != end_ ? *at_ : '\0';
                if (!is_digit(c) && !(c >= 'a' && c <= 'f') && !(c >= 'A' && c <= 'F'))
                    return fail("is not JSON", "a character's number has four hexadecimal digits");
            }
            return true;
        }
        for (const char *known = "\"\\/bfnrt"; *known != '\0'; ++known)
            if (*at_ == *known) return true;
        return fail("is not JSON", "a text has an unknown escape in it");
    }

    constexpr bool word() {
        for (const char *w : {"true", "false", "null", "NaN", "Infinity", "-Infinity"}) {
            if (!begins_with(at_, end_, w)) continue;
            for (; *w != '\0'; ++w) ++at_;
            return true;
        }
        return false;
    }
    constexpr bool digits() {
        if (at_ == end_ || !is_digit(*at_)) return fail("is not JSON", "a value is missing");
        while (at_ != end_ && is_digit(*at_)) ++at_;
        return true;
    }
    constexpr bool number() {
        if (*at_ == '-') ++at_;
        if (at_ != end_ && *at_ == '0' && at_ + 1 != end_ && is_digit(at_[1]))
            return fail("is not JSON", "a number begins with 0");
        if (!digits()) return false;
        if (at_ != end_ && *at_ == '.') {
            ++at_;
            if (!digits()) return false;
        }
        if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
            ++at_;
            if (at_ != end_ && (*at_ == '+' || *at_ == '-')) ++at_;
            if (!digits()) return false;
        }
        return true;
    }

    const char *begin_;
    const char *at_;
    const char *end_;
    std::uint64_t objects_ = 0; // of each level, the innermost last, whether it is an object
    int depth_ = 0;
    next expected_ = next::value;
    const char *what_ = "";
    const char *why_ = "";
};

constexpr const char *behind_json_text(const char *p) {
    for (++p; *p != '"'; ++p)
        if (*p == '\\') ++p;
    return p + 1;
}

constexpr const char *behind_json_space(const char *p) {
    while (is_json_space(*p)) ++p;
    return p;
}

// Behind a value that is within an array or an object.
constexpr const char *behind_json(const char *p) {
    for (int depth = 0;;) {
        const char c = *p;
        if (c == '"') {
            p = behind_json_text(p);
            if (depth == 0) return p;
            continue;
        }
        if (c == '{' || c == '[') {
            ++depth;
        } else if (c == '}' || c == ']') {
            if (depth == 0) return p;
            if (--depth == 0) return p + 1;
        } else if (depth == 0 && (c == ',' || is_json_space(c))) {
            return p;
        }
        ++p;
    }
}

} // namespace detail

// The value that a text is, or where and why it is none.
constexpr result<json_value> json_root(const char *text, std::int64_t length) {
    detail::json_checker checker(text, length);
    if (!checker.check()) return checker.failure();
    return json_value{detail::behind_json_space(text)};
}

// A number is whole where it is written without a point and an exponent.
constexpr json_value::kind kind_of(json_value v) {
    using kind = json_value::kind;
    if (!v) return kind::absent;
    switch (*v.at) {
    case '{':
        return kind::object;
    case '[':
        return kind::array;
    case '"':
        return kind::text;
    case 't':
    case 'f':
        return kind::boolean;
    case 'n':
        return kind::null;
    default:
        break;
    }
    for (const char *p = v.at;; ++p) {
        if (*p == '-' && p == v.at) continue;
        if (!detail::is_digit(*p))
            return *p == '.' || *p == 'e' || *p == 'E' || *p == 'N' || *p == 'I' ? kind::real : kind::integer;
    }
}

// Of a whole number; what does not fit in 63 bits is an overflow, below zero too.
constexpr std::int64_t integer_of(json_value v) {
    const bool negative = *v.at == '-';
    std::int64_t n = 0;
    for (const char *p = v.at + (negative ? 1 : 0); detail::is_digit(*p); ++p)
        n = detail::add(detail::multiply(n, 10), *p - '0');
    return negative ? -n : n;
}

// Of any number; exact where it has up to 15 digits. Beyond 10^300 it is that.
constexpr double real_of(json_value v) {
    constexpr int most = 300;
    const char *p = v.at;
    const bool negative = *p == '-';
    if (negative) ++p;
    if (*p == 'N') return 0;
    double x = 0;
    int exponent = *p == 'I' ? most : 0;
    if (*p == 'I') x = 1;
    int digits = 0;
    bool point = false;
    for (; detail::is_digit(*p) || (*p == '.' && !point); ++p) {
        if (*p == '.') {
            point = true;
            continue;
        }
        const bool kept = digits < 18;
        if (kept) x = x * 10 + (*p - '0');
        if (x > 0) ++digits;
        if (point == kept && exponent > -2 * most && exponent < 2 * most) exponent += kept ? -1 : 1;
    }
    if (*p == 'e' || *p == 'E') {
        ++p;
        const bool below = *p == '-';
        if (*p == '-' || *p == '+') ++p;
        int written = 0;
        for (; detail::is_digit(*p); ++p)
            if (written < 4 * most) written = written * 10 + (*p - '0');
        exponent += below ? -written : written;
    }
    double power = 1;
    if (exponent > most - 20) exponent = x > 0 ? most - 20 : 0;
    if (exponent < -most) return 0;
    for (int i = exponent < 0 ? -exponent : exponent; i > 0; --i) power *= 10;
    x = exponent < 0 ? x / power : x * power;
    return negative ? -x : x;
}

// As it is written: escapes stand for themselves.
constexpr bool is_text(json_value v, const char *word) {
    return kind_of(v) == json_value::kind::text && detail::is_quoted(v.at + 1, word);
}

// What exceeds the capacity is cut; control characters stand as escapes in the text already.
template <unsigned Capacity>
constexpr fixed_text<Capacity> text_of_json(json_value v) {
    detail::text_builder<Capacity> out;
    if (kind_of(v) == json_value::kind::text)
        for (const char *p = v.at + 1, *end = detail::behind_json_text(v.at) - 1; p != end; ++p) out << *p;
    return out.text;
}

// Calls take(element) for each element of an array, and gives their number; 0 where it is none.
template <class Take>
constexpr std::int64_t for_each_element(json_value v, const Take &take) {
    if (kind_of(v) != json_value::kind::array) return 0;
    std::int64_t count = 0;
    for (const char *p = detail::behind_json_space(v.at + 1); *p != ']'; ++count) {
        take(json_value{p});
        p = detail::behind_json_space(detail::behind_json(p));
        if (*p == ',') p = detail::behind_json_space(p + 1);
    }
    return count;
}

// Calls take(name, value) for each member of an object; the name begins behind its quote and ends before the next.
template <class Take>
constexpr void for_each_member(json_value v, const Take &take) {
    if (kind_of(v) != json_value::kind::object) return;
    for (const char *p = detail::behind_json_space(v.at + 1); *p != '}';) {
        const char *name = p + 1;
        p = detail::behind_json_space(detail::behind_json_text(p)) + 1; // behind the colon
        p = detail::behind_json_space(p);
        take(name, json_value{p});
        p = detail::behind_json_space(detail::behind_json(p));
        if (*p == ',') p = detail::behind_json_space(p + 1);
    }
}

// Members of an object, found by name. Of two of one name the last counts.
struct json_object {
    static constexpr int capacity = 256;

    constexpr json_object() = default;
    constexpr explicit json_object(json_value v) {
        for_each_member(v, [this](const char *name, json_value value) {
            if (count_ < capacity) {
                names_[count_] = name;
                values_[count_] = value;
            }
            if (count_ <= capacity) ++count_;
        });
    }

    constexpr bool has_too_many() const { return count_ > capacity; }
    constexpr json_value find(const char *name) const {
        for (int i = detail::min(count_, capacity); i-- > 0;)
            if (*names_[i] == *name && detail::is_quoted(names_[i], name)) return values_[i];
        return {};
    }

private:
    const char *names_[capacity] = {};
    json_value values_[capacity] = {};
    int count_ = 0;
};

// The last member of a name, of an object that is asked once.
constexpr json_value member_of(json_value object, const char *name) {
    json_value found;
    for_each_member(object, [&](const char *given, json_value value) {
        if (detail::is_quoted(given, name)) found = value;
    });
    return found;
}

MEMBOUND_END_NAMESPACE

#endif

// Characters of names by which a person asks for a catalogue entry, and of other texts.
#ifndef MEMBOUND_NAME_HPP
#define MEMBOUND_NAME_HPP

#include <membound/config.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace detail {

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr char folded(char c) { return c == '-' ? '_' : lower(c); }
constexpr bool is_separator(char c) { return c == ' ' || c == '-' || c == '_' || c == '.' || c == ':'; }

// Case does not matter, and '-' is '_'.
constexpr bool same_name(const char *a, const char *b) {
    while (*a != '\0' && folded(*a) == folded(*b)) ++a, ++b;
    return *a == *b;
}

// Whether a text has another within.
constexpr bool contains(const char *text, const char *word) {
    for (; *text != '\0'; ++text) {
        const char *a = text, *b = word;
        while (*b != '\0' && *a == *b) ++a, ++b;
        if (*b == '\0') return true;
    }
    return false;
}

} // namespace detail
MEMBOUND_END_NAMESPACE

#endif

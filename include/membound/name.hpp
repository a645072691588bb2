// Characters of the names by which a person asks for a catalogue entry.
#ifndef MEMBOUND_NAME_HPP
#define MEMBOUND_NAME_HPP

#include <membound/config.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace detail {

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
constexpr bool is_separator(char c) { return c == ' ' || c == '-' || c == '_' || c == '.' || c == ':'; }

} // namespace detail
MEMBOUND_END_NAMESPACE

#endif

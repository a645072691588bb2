// What is said of one thing, for JSON and for people from the same list.
#ifndef MEMBOUND_PROGRAM_PROPERTIES_HPP
#define MEMBOUND_PROGRAM_PROPERTIES_HPP

#include <membound/quantity.hpp>

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

struct property {
    const char *key;
    const char *title;
    nlohmann::ordered_json value;
    std::string text; // empty: not known
};
using properties = std::vector<property>;

property word(const char *key, const char *title, const std::string &text);
property count(const char *key, const char *title, std::int64_t n);
property figure(const char *key, const char *title, double value, int decimals); // 0: not known
property size(const char *key, const char *title, membound::bytes b);            // 0: not known
property yes_or_no(const char *key, const char *title, bool yes);

nlohmann::ordered_json json_of(const properties &all);

#endif

#include "properties.hpp"

#include <membound/text.hpp>

using nlohmann::ordered_json;

property word(const char *key, const char *title, const std::string &text) {
    return {key, title, text.empty() ? ordered_json() : ordered_json(text), text};
}

property count(const char *key, const char *title, std::int64_t n) { return {key, title, n, std::to_string(n)}; }

property figure(const char *key, const char *title, double value, int decimals) {
    const bool known = value > 0;
    return {key, title, known ? ordered_json(value) : ordered_json(), known ? membound::decimal(value, decimals) : ""};
}

property size(const char *key, const char *title, membound::bytes b) {
    const bool known = b.count() > 0 && !b.overflowed();
    return {key, title, known ? ordered_json(b.count()) : ordered_json(), known ? membound::text_of(b) : ""};
}

property yes_or_no(const char *key, const char *title, bool yes) { return {key, title, yes, yes ? "yes" : "no"}; }

ordered_json json_of(const properties &all) {
    ordered_json object = ordered_json::object();
    for (const property &p : all) object[p.key] = p.value;
    return object;
}

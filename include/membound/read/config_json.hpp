// A model's config.json: the file's text is read, and understood as in a constant expression (see config_keys.hpp).
#ifndef MEMBOUND_READ_CONFIG_JSON_HPP
#define MEMBOUND_READ_CONFIG_JSON_HPP

#include <membound/read/config_keys.hpp>
#include <membound/read/files.hpp>

MEMBOUND_BEGIN_NAMESPACE

// The model of a config.json. Its name is left empty: the file does not have it.
inline result<model> read_config_json(const std::string &path) {
    std::string text;
    const result<bool> read = detail::read_text(path, text);
    if (!read) return read.error();
    return model_from_config(text.data(), static_cast<std::int64_t>(text.size()));
}

MEMBOUND_END_NAMESPACE

#endif

// Where a model comes from.
#ifndef MEMBOUND_PROGRAM_MODELS_HPP
#define MEMBOUND_PROGRAM_MODELS_HPP

#include <membound/read/gguf.hpp>

#include <optional>
#include <string>
#include <vector>

struct model_source {
    membound::model model;
    std::optional<membound::gguf_file> file; // none: a model of the catalogue

    std::string name() const;
};

const std::vector<const membound::model *> &all_models();

// A catalogue name, or the path of a file. Throws bad_input.
model_source open_model(const std::string &given);

// The path of a file. Throws bad_input.
membound::gguf_file open_file(const std::string &path);

#endif

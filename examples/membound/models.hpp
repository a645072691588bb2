// Where a model comes from.
#ifndef MEMBOUND_PROGRAM_MODELS_HPP
#define MEMBOUND_PROGRAM_MODELS_HPP

#include <membound/read/gguf.hpp>
#include <membound/read/repository.hpp>

#include <optional>
#include <string>
#include <vector>

struct model_source {
    membound::model model;
    std::optional<membound::gguf_file> file;
    std::optional<membound::model_repository> repository; // neither: a model of the catalogue
    std::string path;

    std::string name() const;
    // How its weights are stored; a model of the catalogue is in no type.
    std::optional<membound::quantization> own() const;
};

const std::vector<const membound::model *> &all_models();

// A catalogue name, or the path of a file. Throws bad_input.
model_source open_model(const std::string &given);

// Whether it is a GGUF file that a path leads to, and not a folder or a file of a repository. Throws bad_input where it is
// neither.
bool is_gguf(const std::string &path);

// The path of a GGUF file. Throws bad_input.
membound::gguf_file open_gguf(const std::string &path);

// Of a folder, a config.json, a safetensors file or an index. Throws bad_input.
membound::model_repository open_repository(const std::string &path);

#endif

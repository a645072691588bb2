// What a model file says, and what it means.
#ifndef MEMBOUND_PROGRAM_INSPECT_HPP
#define MEMBOUND_PROGRAM_INSPECT_HPP

#include "properties.hpp"

#include <membound/read/gguf.hpp>

properties inspect(const membound::gguf_file &file);

// Of a folder, a config.json, a safetensors file or an index; of safetensors without a config.json what they say alone.
properties inspect(const std::string &path);

#endif

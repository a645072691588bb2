// Engines by name, and what each of them runs.
#ifndef MEMBOUND_PROGRAM_ENGINES_HPP
#define MEMBOUND_PROGRAM_ENGINES_HPP

#include <membound/engine.hpp>
#include <membound/quantization.hpp>

#include <string>
#include <vector>

const std::vector<const membound::engine *> &all_engines();

// These throw bad_input where there is no such name, or the engine has no such thing.
const membound::engine &engine_named(const std::string &name);
const membound::quantization &quantization_named(const membound::engine &e, const std::string &name);
const membound::format &cache_type_named(const membound::engine &e, const std::string &option, const std::string &name);

// The recipes that the engine runs, made of weights in 16 bits: the most faithful first.
std::vector<const membound::quantization *> quantizations_for(const membound::engine &e);

#endif

// What is known by name.
#ifndef MEMBOUND_PROGRAM_LISTS_HPP
#define MEMBOUND_PROGRAM_LISTS_HPP

#include "properties.hpp"

// `what`: models, devices, formats, quantizations or engines. Throws bad_input where it is none of them.
std::vector<properties> list_of(const std::string &what);

#endif

// Answers as JSON.
#ifndef MEMBOUND_PROGRAM_JSON_HPP
#define MEMBOUND_PROGRAM_JSON_HPP

#include "front.hpp"
#include "properties.hpp"

std::string contexts_json(const question &q, const std::vector<candidate> &all);
std::string front_json(const question &q, const front &f);
std::string fit_json(const question &q, const std::vector<candidate> &all);
std::string budget_json(const question &q, const candidate &c);
std::string inspect_json(const properties &all);
std::string list_json(const std::vector<properties> &all);

#endif

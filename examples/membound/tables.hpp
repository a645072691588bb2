// Answers for people.
#ifndef MEMBOUND_PROGRAM_TABLES_HPP
#define MEMBOUND_PROGRAM_TABLES_HPP

#include "front.hpp"
#include "properties.hpp"

std::string contexts_table(const question &q, const std::vector<candidate> &all, bool colored);
std::string front_table(const question &q, const front &f, bool colored);
std::string fit_table(const question &q, const std::vector<candidate> &all, bool colored);
std::string budget_table(const question &q, const candidate &c, bool colored);
std::string inspect_table(const properties &all);
std::string list_table(const std::vector<properties> &all, bool colored);

#endif

// Names that a text may have meant.
#ifndef MEMBOUND_PROGRAM_NAMES_HPP
#define MEMBOUND_PROGRAM_NAMES_HPP

#include <string>
#include <vector>

// Those of `names` that contain the text, or differ from it by a few letters; the nearest first, at most four.
std::vector<std::string> near_names(const std::string &text, const std::vector<std::string> &names);

// Why a name is not known: "near names are a, b", or where to find them all.
std::string why_unknown(const std::vector<std::string> &near, const std::string &otherwise);

std::string joined(const std::vector<std::string> &words, const std::string &between = ", ");

std::string lower_case(std::string text);

#endif

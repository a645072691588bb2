// Answers as pictures.
#ifndef MEMBOUND_PROGRAM_CHARTS_HPP
#define MEMBOUND_PROGRAM_CHARTS_HPP

#include "answers.hpp"

#include <string>
#include <vector>

// Memory against context, one line a quantization, in SVG.
std::string memory_chart(const question &q, const std::vector<candidate> &all);

#endif

// Deployments that no other beats in memory, speed, quality and context at once.
#ifndef MEMBOUND_PROGRAM_FRONT_HPP
#define MEMBOUND_PROGRAM_FRONT_HPP

#include "answers.hpp"

#include <string>
#include <vector>

struct front {
    selection from; // what the plans point into
    std::vector<membound::plan> plans; // what loses least first
    int best = -1;  // the one that is recommended; -1: none of these
    std::string why_none; // where there is none
};

// Each quantization and cache that may be chosen, placed for speed, with the largest context that fits where none was
// given. Those of unknown loss are left out.
front front_of(const question &q);

// What is a plan's own beside its quantization, in words: "q8_0 cache, 20/33 layers".
std::string ways_of(const question &q, const membound::plan &p);

#endif

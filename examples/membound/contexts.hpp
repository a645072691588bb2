// What quantizations take over contexts.
#ifndef MEMBOUND_PROGRAM_CONTEXTS_HPP
#define MEMBOUND_PROGRAM_CONTEXTS_HPP

#include "answers.hpp"

#include <optional>
#include <vector>

struct context_need {
    membound::tokens context; // of all sequences together
    membound::bytes needed;   // upper totals of all devices; of the host, where there are none
    bool fits = false;
};

// Of one quantization; empty where the engine refuses.
using context_needs = std::vector<std::optional<context_need>>;

context_needs needs_over(const question &q, const membound::quantization &recipe,
                         const std::vector<membound::tokens> &contexts);

// The largest context of interest: what the model was trained for in each sequence, or more where more is asked.
membound::tokens largest_context(const question &q);

// Powers of two up to the largest, at most eight; the largest itself; and the one that is asked.
std::vector<membound::tokens> usual_contexts(const question &q);

#endif

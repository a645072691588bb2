// Bars that rows must meet.
#ifndef MEMBOUND_TESTS_CONFORMANCE_REQUIREMENTS_HPP
#define MEMBOUND_TESTS_CONFORMANCE_REQUIREMENTS_HPP

#include "report.hpp"

namespace conformance {

// `bars` is a list of {"terms": [...], "exact_percent": 100} over all families, those in "families", or "all_families_but"
// some; "experts" (true or false) and "placements" may choose further. What was skipped counts as a miss unless the row
// allows it, and a bar under which nothing was compared is not met. Gives a line for each bar and term, and says in `met`
// whether all are met.
std::string check(const nlohmann::json &bars, const report &all, bool &met);

} // namespace conformance

#endif

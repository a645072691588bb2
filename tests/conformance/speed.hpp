// A row of a table of speeds: what was run, and what the time of it is made of.
#ifndef MEMBOUND_TESTS_CONFORMANCE_SPEED_HPP
#define MEMBOUND_TESTS_CONFORMANCE_SPEED_HPP

#include <nlohmann/json.hpp>

namespace conformance {

// What tests/conformance/fit_speeds.py fits: the device, the engine's name, and for `decode` and `prefill` the tokens, the
// seconds that were measured, and the seconds of each cost at the device's peak. {"skip": why} where nothing is told.
nlohmann::ordered_json speed_costs(const nlohmann::json &row);

} // namespace conformance

#endif

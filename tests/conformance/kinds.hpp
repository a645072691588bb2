// The kinds of rows. A new one is a file of its own with a function, and a line here and in kinds.cpp.
#ifndef MEMBOUND_TESTS_CONFORMANCE_KINDS_HPP
#define MEMBOUND_TESTS_CONFORMANCE_KINDS_HPP

#include "report.hpp"

namespace conformance {

// Predicts a row from its description and settings, and then compares with what was measured.
void compare_llamacpp_memory(const nlohmann::json &row, outcome &out);
void compare_llamacpp_quantize(const nlohmann::json &row, outcome &out);
void compare_llamacpp_fit(const nlohmann::json &row, outcome &out);
void compare_engine_log(const nlohmann::json &row, outcome &out);
void compare_mlx_matrix(const nlohmann::json &row, outcome &out);
void compare_mlx_model(const nlohmann::json &row, outcome &out);
void compare_vllm_kv_cache(const nlohmann::json &row, outcome &out);
void compare_speed(const nlohmann::json &row, outcome &out);

// By the row's `kind`; a row of a kind that is not known is skipped.
void compare(const nlohmann::json &row, outcome &out);

} // namespace conformance

#endif

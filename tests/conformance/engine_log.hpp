// Rows of logs, by the engine that printed them. A new one is a file of its own with a function, and a line here and in
// engine_log.cpp.
#ifndef MEMBOUND_TESTS_CONFORMANCE_ENGINE_LOG_HPP
#define MEMBOUND_TESTS_CONFORMANCE_ENGINE_LOG_HPP

#include "report.hpp"

#include <cstdint>
#include <string>

namespace conformance {

void compare_llama_cpp_log(const nlohmann::json &row, outcome &out);
void compare_ollama_log(const nlohmann::json &row, outcome &out);
void compare_ik_llama_cpp_log(const nlohmann::json &row, outcome &out);
void compare_mlx_log(const nlohmann::json &row, outcome &out);
void compare_vllm_log(const nlohmann::json &row, outcome &out);
void compare_sglang_log(const nlohmann::json &row, outcome &out);
void compare_tensorrt_llm_log(const nlohmann::json &row, outcome &out);

// A figure of the log that is a whole number; `otherwise` where it is absent or none.
std::int64_t number_of(const nlohmann::json &row, const char *key, std::int64_t otherwise);
// Empty where it is absent or no text.
std::string text_in(const nlohmann::json &row, const char *key);

} // namespace conformance

#endif

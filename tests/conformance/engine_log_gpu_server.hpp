// What rows of vLLM, SGLang and TensorRT-LLM have in common: a model by the name of its repository, figures in GiB.
#ifndef MEMBOUND_TESTS_CONFORMANCE_ENGINE_LOG_GPU_SERVER_HPP
#define MEMBOUND_TESTS_CONFORMANCE_ENGINE_LOG_GPU_SERVER_HPP

#include "report.hpp"

#include <membound/model.hpp>
#include <membound/quantization.hpp>
#include <membound/workload.hpp>

#include <string>

namespace conformance {

constexpr double gib = 1024.0 * 1024.0 * 1024.0;

// The model and its recipe; false where the row had to be skipped.
bool logged_repository(const nlohmann::json &row, outcome &out, membound::model &m, membound::quantization &q);

// Whether only its maker knows how the repository stores its layers: otherwise than its name tells, or that tells nothing.
bool own_mixture(const nlohmann::json &row);

// The type of a cache by the engine's own name, 16 bits where it says "auto"; false where there is none.
bool server_cache_type(const std::string &name, membound::format &type);

// Whether the row leaves the type of the cache to the engine.
bool is_auto(const nlohmann::json &row);

// The kind of device that the row names, whose memory may differ; null where it names none, or several.
const membound::device *logged_chip(const nlohmann::json &row);

// The same where all of that name have as much memory.
const membound::device *logged_device(const nlohmann::json &row);

// A month that a text names, as the middle of it: "July 2025", "2025-01-30", "20250130"; 0 where it names none.
int date_in(const std::string &text);

// A printed text that is true or false.
bool is_true(const nlohmann::json &row, const char *key, bool otherwise);
double real_of(const nlohmann::json &row, const char *key, double otherwise);

// A figure that is printed with `decimals` of them; what is printed alike is exact.
void compare_rounded(const char *term, double predicted, double measured, int decimals, outcome &out,
                     const std::string &where = {});
// One that depends on a figure printed with rounding, and lies between what its ends give.
void compare_within(const char *term, double least, double predicted, double most, double measured, outcome &out,
                    const std::string &where = {});

} // namespace conformance

#endif

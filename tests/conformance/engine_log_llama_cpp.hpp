// What rows of llama.cpp, of its forks and of engines that run it have in common.
#ifndef MEMBOUND_TESTS_CONFORMANCE_ENGINE_LOG_LLAMA_CPP_HPP
#define MEMBOUND_TESTS_CONFORMANCE_ENGINE_LOG_LLAMA_CPP_HPP

#include "report.hpp"

#include <membound/engine.hpp>
#include <membound/quantization.hpp>
#include <membound/workload.hpp>

#include <functional>
#include <string>
#include <vector>

namespace conformance {

struct llama_cpp_log {
    membound::model model;
    membound::quantization file;
    std::vector<membound::stored_tensor> stored; // of the file, where it is not as a recipe makes it
    bool own_mixture = false; // not made by llama-quantize: only its maker knows the types
    membound::workload use;
    membound::machine on;
    std::vector<std::string> devices; // their names
};

// Why the row can not be predicted; empty where it can.
std::string read_llama_cpp_log(const nlohmann::json &row, llama_cpp_log &log);

// Whether weights lie elsewhere than their layers, which rows do not give as a setting: with all layers on devices, a graph in
// more parts than there are devices and the host.
bool placed_by_hand(const nlohmann::json &row, const llama_cpp_log &log);

// Compares each buffer that the row has with the budget's, and with those of the weights as the engine prints them. `why_not`
// gives a reason to leave a term out, or nothing.
void compare_buffers(const nlohmann::json &row, const llama_cpp_log &log, const membound::engine &engine,
                     const membound::budget &b, const std::function<std::string(const std::string &term)> &why_not, outcome &out);

} // namespace conformance

#endif

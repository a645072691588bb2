// What engines printed on real machines.
#include "engine_log.hpp"

#include "kinds.hpp"

namespace conformance {

using nlohmann::json;

namespace {

struct logging_engine {
    const char *name;
    void (*compare)(const json &, outcome &);
};

constexpr logging_engine logging_engines[] = {
    {"llama.cpp", compare_llama_cpp_log},
    {"ollama", compare_ollama_log},
    {"ik_llama.cpp", compare_ik_llama_cpp_log},
    {"mlx-lm", compare_mlx_log},
    {"vllm", compare_vllm_log},
    {"sglang", compare_sglang_log},
    {"tensorrt-llm", compare_tensorrt_llm_log},
};

} // namespace

std::int64_t number_of(const json &row, const char *key, std::int64_t otherwise) {
    const auto at = row.find(key);
    return at == row.end() || !at->is_number() ? otherwise : at->get<std::int64_t>();
}

std::string text_in(const json &row, const char *key) {
    const auto at = row.find(key);
    return at == row.end() || !at->is_string() ? std::string() : at->get<std::string>();
}

void compare_engine_log(const json &row, outcome &out) {
    const std::string engine = text_in(row, "engine");
    out.name = text_in(row, "model");
    out.about.family = text_in(row, "arch");
    out.digest = engine + " " + text_in(row, "engine_version").substr(0, 24) + " " + text_in(row, "quant");
    for (const logging_engine &e : logging_engines)
        if (engine == e.name) return e.compare(row, out);
    out.skip("logs of " + (engine.empty() ? "an engine" : engine) + " are not predicted yet");
}

} // namespace conformance

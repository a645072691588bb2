#include "kinds.hpp"

namespace conformance {

namespace {

struct kind {
    const char *name;
    void (*compare)(const nlohmann::json &, outcome &);
};

constexpr kind kinds[] = {
    {"llamacpp_memory", compare_llamacpp_memory},
    {"llamacpp_quantize", compare_llamacpp_quantize},
    {"llamacpp_fit", compare_llamacpp_fit},
    {"engine_log", compare_engine_log},
    {"mlx_matrix", compare_mlx_matrix},
    {"mlx_model", compare_mlx_model},
    {"vllm_kv_cache", compare_vllm_kv_cache},
    {"speed", compare_speed},
};

} // namespace

void compare(const nlohmann::json &row, outcome &out) {
    try {
        const std::string name = row.at("kind");
        for (const kind &k : kinds)
            if (name == k.name) return k.compare(row, out);
        out.skip("rows of kind " + name + " are not predicted");
    } catch (const nlohmann::json::exception &e) {
        out.skip(std::string("the row is not complete: ") + e.what());
    }
}

} // namespace conformance

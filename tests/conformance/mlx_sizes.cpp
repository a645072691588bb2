// What MLX itself made of a matrix or a model: mlx_sizes.py has measured it.
#include "described.hpp"
#include "kinds.hpp"

#include <membound/engines/mlx.hpp>
#include <membound/quantizations.hpp>
#include <membound/read/config_keys.hpp>

#include <string>

namespace conformance {

namespace {

double as_double(membound::bytes size) { return static_cast<double>(size.count()); }

} // namespace

void compare_mlx_matrix(const nlohmann::json &row, outcome &out) {
    const membound::quantization *q = membound::find_quantization(row.at("quantization").get_ref<const std::string &>().c_str());
    if (q == nullptr) return out.skip("the recipe is not known");
    const membound::bytes predicted = membound::linear_bytes(q->rules[0].how, row.at("inputs"), row.at("outputs"));
    out.name = row.at("quantization");
    out.compare("matrix", as_double(predicted), row.at("measured").at("bytes"));
}

void compare_mlx_model(const nlohmann::json &row, outcome &out) {
    const membound::quantization *q = membound::find_quantization(row.at("quantization").get_ref<const std::string &>().c_str());
    if (q == nullptr) return out.skip("the recipe is not known");
    const std::string config = row.at("config").dump();
    out.about.family = row.at("config").at("model_type");
    out.name = out.about.family + " " + std::string(q->name);
    const auto m = membound::model_from_config(config.data(), static_cast<std::int64_t>(config.size()));
    if (!m) return out.skip("refused: " + text_of(m.error()));
    const membound::engine &mlx = membound::engines::mlx::value;
    const auto loaded = mlx.load(*m, *q, membound::machine{}, mlx.defaults);
    if (!loaded) return out.skip("refused: " + text_of(loaded.error()));
    out.compare("mlx weights", as_double(loaded->weights.on[0]), row.at("measured").at("weights_bytes"));
}

} // namespace conformance

// What mlx-lm printed: its peak of memory.
#include "described.hpp"
#include "engine_log.hpp"

#include <membound/engines/mlx.hpp>
#include <membound/quantizations.hpp>
#include <membound/read/repository_name.hpp>
#include <membound/solve.hpp>

#include <cstdio>
#include <string>

namespace conformance {

namespace {

// "4-bit Mistral 7B (name as given)" is no repository: the first model of the catalogue that is called so.
const membound::model *model_called(std::string text) {
    if (const membound::repository_name found = membound::read_repository_name(text); found.base != nullptr) return found.base;
    text = text.substr(0, text.find(" ("));
    if (text.find("-bit ") != std::string::npos) text = text.substr(text.find(' ') + 1);
    for (char &c : text) c = c == ' ' ? '-' : static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    for (const membound::model *m : membound::models::all)
        if (std::string(m->name.c_str()).rfind(text, 0) == 0) return m;
    return nullptr;
}

// "Apple M2 Ultra", of whatever memory; bare memory where none is named.
membound::device device_of(const nlohmann::json &row) {
    membound::device d = membound::bare_memory(membound::bytes(0), membound::backend::metal);
    const nlohmann::json devices = row.value("devices", nlohmann::json::array());
    if (devices.empty() || !devices[0].is_string()) return d;
    std::string name = devices[0];
    for (char &c : name) c = static_cast<char>(membound::detail::lower(c));
    if (name.rfind("apple ", 0) == 0 && name.size() < 60) d.name = name.c_str();
    return d;
}

// By the version, or the number of the pull request that the figures are from: #406 came with v0.27.
int date_of_release(const nlohmann::json &row) {
    const std::string version = text_in(row, "engine_version"), source = text_in(row, "source");
    int minor = 0, number = 0;
    const bool old_version = std::sscanf(version.c_str(), "0.%d", &minor) == 1 && minor < 27;
    const std::size_t at = source.find("mlx-lm#");
    const bool old_request =
        at != std::string::npos && std::sscanf(source.c_str() + at, "mlx-lm#%d", &number) == 1 && number < 406;
    return old_version || old_request ? membound::detail::mlx_lm_0_27 - 1 : membound::detail::mlx_today;
}

} // namespace

void compare_mlx_log(const nlohmann::json &row, outcome &out) {
    const std::string version = text_in(row, "engine_version");
    if (version.rfind("before", 0) == 0) return out.skip("the rules before this change are not known");
    const membound::model *m = model_called(text_in(row, "model"));
    if (m == nullptr) return out.skip("no model of the catalogue has the name");
    if (out.about.family.empty()) out.about.family = m->family->name;
    const membound::quantization *q = membound::find_quantization(("MLX_" + text_in(row, "quant")).c_str());
    if (q == nullptr) return out.skip("the recipe is not known");
    membound::engine mlx = membound::engines::mlx::value;
    mlx.date = date_of_release(row);
    membound::workload w = mlx.defaults;
    w.context = membound::tokens(number_of(row, "n_ctx", 0));
    w.ubatch = static_cast<int>(number_of(row, "n_ubatch", w.ubatch)); // --prefill-step-size
    const auto b = membound::budget_of(*m, *q, membound::machine_of(device_of(row)), mlx, w);
    if (!b) return out.skip("refused: " + text_of(b.error()));
    // What arrays take, without the process and the driver.
    const membound::device_budget &held = b->devices[0];
    const membound::bytes peak = held.weights.expected + held.kv_cache.expected + held.recurrent_state.expected +
                                 held.compute.expected + held.output.expected;
    out.compare("peak memory", static_cast<double>(peak.count()) / 1e9, row.at("measured").at("peak memory GB"));
}

} // namespace conformance

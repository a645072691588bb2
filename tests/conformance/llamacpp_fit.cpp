// What llama.cpp's own fitting (common/fit.cpp) chose for a device of a given size, beside the plan for the same device.
#include "described.hpp"
#include "kinds.hpp"

#include <membound/engines/llama_cpp.hpp>
#include <membound/plan.hpp>

namespace conformance {

// More is better in each term: a plan that is at least as good counts as exact.
void compare_llamacpp_fit(const nlohmann::json &row, outcome &out) {
    nlohmann::json described = row;
    const std::string key = row.at("hparams").begin().key(); // "llama.block_count"
    described["arch"] = key.substr(0, key.find('.'));
    out.name = row.at("model");
    out.about.family = described["arch"];
    out.digest = std::to_string(row.at("vram_mib").get<int>()) + " MiB";
    if (row.at("status") != 0) return out.skip("llama.cpp found no fit");
    const auto m = described_model(described);
    if (!m) return out.skip("refused: " + text_of(m.error()));
    membound::quantization q;
    const std::string recipe = row.at("ftype");
    if (!described_quantization(recipe, q)) return out.skip("file type " + recipe + " is not known");

    membound::device d;
    d.api = membound::backend::vulkan;
    d.capacity = membound::bytes(row.at("vram_mib").get<std::int64_t>()) * (std::int64_t{1} << 20);
    const membound::machine on = membound::machine_of(d);
    membound::workload w = membound::engines::llama_cpp::value.defaults;
    const std::int64_t asked = row.at("n_ctx_in");
    w.context = membound::tokens(asked > 0 ? asked : 4096); // fit_params_min_ctx
    const membound::quantization *const only[] = {&q};
    membound::choices from;
    from.quantizations = only;
    from.quantization_count = 1;
    from.context = asked == 0;
    const auto found = membound::recommend(*m, from, on, membound::engines::llama_cpp::value, w);
    if (!found) return out.skip("no plan: " + text_of(found.error()));

    const auto at_least = [&](const char *term, std::int64_t ours, std::int64_t theirs) {
        out.compare(term, static_cast<double>(ours > theirs ? theirs : ours), static_cast<double>(theirs));
    };
    const int all = m->layer_count() + static_cast<int>(m->num_nextn_predict_layers) + 1;
    const auto layers = [&](int gpu_layers) { return gpu_layers < 0 || gpu_layers > all ? all : gpu_layers; };
    const membound::placement &placed = found->best.use.placed;
    at_least("fit context", found->best.held.context.count(), row.at("n_ctx"));
    at_least("fit layers", layers(placed.gpu_layers), layers(row.at("ngl")));
    if (m->num_experts > 0) {
        // Of the layers on the device those whose experts are there too; llama.cpp's fitting overrides one after the other.
        const auto experts_from = [&](int first) {
            int count = 0;
            for (int i = std::max(first, 0); i < m->layer_count(); ++i)
                count += m->layers[i].ffn == membound::feed_forward_kind::experts ? 1 : 0;
            return count;
        };
        const int ours = experts_from(std::max(placed.cpu_moe_layers, all - layers(placed.gpu_layers)));
        const int theirs = experts_from(all - layers(row.at("ngl"))) - row.at("n_overrides").get<int>();
        at_least("fit expert layers", ours, std::max(theirs, 0));
    }
}

} // namespace conformance

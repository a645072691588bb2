#include "charts.hpp"

#include "names.hpp"

#include <membound/text.hpp>

#include <algorithm>

using namespace membound;

namespace {

std::string on_text(const question &q) {
    std::vector<std::string> names;
    for (int i = 0; i < q.on.device_count; ++i) names.emplace_back(q.on.devices[i].name.c_str());
    if (names.empty()) names.emplace_back(q.on.host.name.empty() ? "the host" : q.on.host.name.c_str());
    return joined(names, " + ");
}

std::string setting_text(const question &q) {
    const workload &w = q.workload;
    std::string text = std::string(q.engine->name) + " " + q.engine->version + ", " + w.type_k.name;
    if (w.type_k != w.type_v) text += std::string(" and ") + w.type_v.name;
    text += " cache, " + std::to_string(w.sequences) + (w.sequences == 1 ? " sequence" : " sequences");
    if (q.on_devices() && w.placed.gpu_layers >= 0 && w.placed.gpu_layers < q.all_layers())
        text += ", " + std::to_string(w.placed.gpu_layers) + " of " + std::to_string(q.all_layers()) + " layers";
    if (w.placed.cpu_moe_layers > 0)
        text += ", experts of " + std::to_string(w.placed.cpu_moe_layers) + " layers on the host";
    if (w.placed.override_count > 0) text += ", chosen tensors elsewhere";
    return text;
}

} // namespace

std::string chart_title(const question &q) { return q.source.name() + " on " + on_text(q); }

void draw_head(svg_picture &picture, const question &q) {
    const std::string title = chart_title(q);
    const double size = std::min(21.0, 1500.0 / static_cast<double>(title.size()));
    picture.text({24, 38}, title, {size, palette::ink, true});
    picture.text({24, 61}, setting_text(q), {13, palette::muted});
}

double in_gib(bytes b) { return static_cast<double>(b.count()) / (1024.0 * 1024 * 1024); }

std::string loss_label(const quality &loss) {
    if (loss.known == evidence::reference) return "0 %";
    const double percent = loss.perplexity_increase_percent;
    if (percent > 1000) return "> +1000 %";
    const std::string known = loss.known <= evidence::measured ? "" : "~ ";
    return known + (percent < 0 ? "" : "+") + decimal(percent, percent < 1 ? 2 : percent < 10 ? 1 : 0) + " %";
}

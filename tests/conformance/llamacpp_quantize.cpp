// The type that llama-quantize gives every tensor.
#include "described.hpp"
#include "kinds.hpp"

#include <membound/tensor_text.hpp>
#include <membound/weights.hpp>

namespace conformance {

namespace {

struct run {
    std::string type;
    std::int64_t length = 0;
};

// By the name with `*` for the number of the block, the types along the blocks.
using runs_by_pattern = std::map<std::string, std::vector<run>>;

void append(std::vector<run> &runs, const std::string &type, std::int64_t length) {
    if (runs.empty() || runs.back().type != type) runs.push_back({type, 0});
    runs.back().length += length;
}

std::string pattern_of(const membound::tensor &t) {
    std::string name = membound::text_of(t).c_str();
    if (name.compare(0, 4, "blk.") == 0) name.replace(4, name.find('.', 4) - 4, "*");
    return name;
}

// Positions at which both have the same type.
std::int64_t agreeing(const std::vector<run> &a, const std::vector<run> &b) {
    std::int64_t same = 0;
    std::size_t i = 0, j = 0;
    std::int64_t left_a = a.empty() ? 0 : a[0].length, left_b = b.empty() ? 0 : b[0].length;
    while (i < a.size() && j < b.size()) {
        const std::int64_t step = std::min(left_a, left_b);
        if (a[i].type == b[j].type) same += step;
        left_a -= step, left_b -= step;
        if (left_a == 0 && ++i < a.size()) left_a = a[i].length;
        if (left_b == 0 && ++j < b.size()) left_b = b[j].length;
    }
    return same;
}

} // namespace

void compare_llamacpp_quantize(const nlohmann::json &row, outcome &out) {
    introduce(row, out);
    out.digest = row.at("ftype_name");

    const auto m = described_model(row);
    membound::quantization q;
    if (!m) return out.skip("the model is refused: " + text_of(m.error()));
    if (m->family == nullptr) return out.skip("architecture " + out.about.family + " has no rules yet");
    std::vector<membound::stored_tensor> tensors;
    if (!described_file(row.at("ftype"), *m, q, tensors)) return out.skip("file type " + out.digest + " is not known");

    runs_by_pattern predicted;
    bool refused = false;
    membound::for_each_file_tensor(*m, q, [&](const membound::tensor &t, const membound::format &f) {
        append(predicted[pattern_of(t)], f.name, 1);
        refused = refused || f.block_bytes == 0;
    });
    if (refused) return out.skip("llama-quantize is predicted to refuse the type");
    out.compare("quantized_bytes", static_cast<double>(membound::file_weight_bytes(*m, q).count()),
                row.at("total_bytes"));

    // Tensors of the right type, of all that there are: in the row, or predicted.
    std::int64_t right = 0, all = 0;
    std::string wrong;
    runs_by_pattern measured;
    for (const auto &[pattern, runs] : row.at("types").items())
        for (const auto &r : runs) append(measured[pattern], r.at(0), r.at(1));
    for (const auto &[pattern, runs] : predicted) measured[pattern];
    for (const auto &[pattern, runs] : measured) {
        std::int64_t in_row = 0, here = 0;
        for (const run &r : runs) in_row += r.length;
        for (const run &r : predicted[pattern]) here += r.length;
        const std::int64_t same = agreeing(runs, predicted[pattern]);
        right += same;
        all += std::max(in_row, here);
        if (same != std::max(in_row, here)) wrong += (wrong.empty() ? "" : " ") + pattern;
    }
    out.compare("tensor_types", static_cast<double>(right), static_cast<double>(all), wrong);
}

} // namespace conformance

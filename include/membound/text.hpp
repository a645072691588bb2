// Text for people: sizes, counts, the words for what a budget says, and tables of aligned columns.
#ifndef MEMBOUND_TEXT_HPP
#define MEMBOUND_TEXT_HPP

#include <membound/changes.hpp>
#include <membound/efficiency.hpp>
#include <membound/quality.hpp>

#include <algorithm>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

MEMBOUND_BEGIN_NAMESPACE

constexpr const char *text_of(knowledge k) {
    switch (k) {
    case knowledge::exact: return "exact";
    case knowledge::modelled: return "modelled";
    case knowledge::assumed: break;
    }
    return "assumed";
}

// What time goes to: "most of it goes to ...".
constexpr const char *text_of(cost c) {
    switch (c) {
    case cost::weights:
    case cost::routed_weights:
    case cost::loads:
    case cost::super_loads: return "reading weights";
    case cost::cache:
    case cost::cache_again: return "reading the cache";
    case cost::kernels: return "starting kernels";
    case cost::operands: return "reading activations";
    case cost::products:
    case cost::shader_products:
    case cost::matrix_products:
    case cost::super_products:
    case cost::float_products:
    case cost::routed_products: return "multiplying";
    case cost::attended:
    case cost::attended_plainly:
    case cost::scores: return "attention";
    case cost::link: return "the link to the host";
    case cost::count: break;
    }
    return "nothing";
}

constexpr const char *text_of(evidence e) {
    switch (e) {
    case evidence::reference: return "reference";
    case evidence::measured: return "measured";
    case evidence::interpolated: return "interpolated";
    case evidence::extrapolated: break;
    }
    return "extrapolated";
}

constexpr const char *text_of(change_kind k) {
    switch (k) {
    case change_kind::flash_attention: return "flash attention";
    case change_kind::cache: return "cache";
    case change_kind::quantization: return "quantization";
    case change_kind::placement: return "placement";
    case change_kind::ubatch: return "micro-batch";
    case change_kind::context: return "context";
    case change_kind::sequences: break;
    }
    return "sequences";
}

constexpr const char *text_of(layer_kind k) {
    switch (k) {
    case layer_kind::full_attention: return "full";
    case layer_kind::sliding_attention: return "sliding";
    case layer_kind::latent_attention: return "latent";
    case layer_kind::linear_map: return "linear";
    case layer_kind::no_attention: break;
    }
    return "none";
}

constexpr const char *text_of(state_kind k) {
    switch (k) {
    case state_kind::none: return "none";
    case state_kind::mamba: return "mamba";
    case state_kind::mamba_2: return "mamba-2";
    case state_kind::plamo_2: return "plamo-2";
    case state_kind::short_convolution: return "short convolution";
    case state_kind::gated_delta_net: return "gated delta net";
    case state_kind::kimi_delta: return "kimi delta";
    case state_kind::lightning_attention: return "lightning";
    case state_kind::rwkv_6: return "rwkv-6";
    case state_kind::rwkv_7: break;
    }
    return "rwkv-7";
}

constexpr const char *text_of(backend b) {
    switch (b) {
    case backend::cpu: return "cpu";
    case backend::cuda: return "cuda";
    case backend::rocm: return "rocm";
    case backend::metal: return "metal";
    case backend::vulkan: return "vulkan";
    case backend::sycl: break;
    }
    return "sycl";
}

// With a point whatever the locale is set to.
inline std::string decimal(double value, int decimals) {
    char text[64] = {};
    const int n = std::snprintf(text, sizeof text, "%.*f", decimals, value);
    std::replace(text, text + std::clamp(n, 0, 63), ',', '.');
    return text;
}

// In units of 2^30 bytes, for a column that says so: "11.31".
inline std::string gib(bytes b, int decimals = 2) {
    return b.overflowed() ? "too large" : decimal(static_cast<double>(b.count()) / (1024.0 * 1024 * 1024), decimals);
}

// With the unit: "11.31 GiB", "128 KiB", "1.50 MiB".
inline std::string text_of(bytes b) {
    constexpr const char *units[] = {" B", " KiB", " MiB", " GiB"};
    if (b.overflowed()) return "too large";
    auto value = static_cast<double>(b.count());
    int unit = 0;
    for (; unit < 3 && (value >= 1024 || value <= -1024); ++unit) value /= 1024;
    const bool whole = unit < 3 && value == static_cast<double>(static_cast<std::int64_t>(value));
    return decimal(value, whole ? 0 : 2) + units[unit];
}

// As an option takes it: "32k" is 32768; what is no multiple of 1024 stands in full.
inline std::string text_of(tokens t) {
    if (t.overflowed()) return "too many";
    const bool whole = t.count() != 0 && t.count() % 1024 == 0;
    return whole ? std::to_string(t.count() / 1024) + "k" : std::to_string(t.count());
}

// "where: what, why", without control characters.
inline std::string text_of(const error &e) {
    std::string line = e.where.empty() ? "" : std::string(e.where.c_str()) + ": ";
    line += e.what.c_str();
    if (e.why[0] != '\0') line += std::string(", ") + e.why;
    for (char &c : line)
        if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = '?';
    return line;
}

// A table for a terminal: columns are as wide as their widest cell, two blanks apart.
class text_table {
public:
    enum class side : std::uint8_t { left, right };

    explicit text_table(std::vector<side> columns) : columns_(std::move(columns)) {}

    // Cells beyond the last column are left out. `style` is an escape sequence, for all of the row.
    void add(std::vector<std::string> cells, const char *style = "") {
        cells.resize(columns_.size());
        rows_.push_back({std::move(cells), style});
    }

    std::string text(bool colored = false) const {
        std::vector<std::size_t> widths(columns_.size(), 0);
        for (const row &r : rows_)
            for (std::size_t i = 0; i < columns_.size(); ++i) widths[i] = std::max(widths[i], width_of(r.cells[i]));
        std::string out;
        for (const row &r : rows_) {
            std::string line;
            for (std::size_t i = 0; i < columns_.size(); ++i) {
                const std::string blanks(widths[i] - width_of(r.cells[i]), ' ');
                line += i > 0 ? "  " : "";
                line += columns_[i] == side::left ? r.cells[i] + blanks : blanks + r.cells[i];
            }
            line.erase(line.find_last_not_of(' ') + 1);
            const bool styled = colored && r.style[0] != '\0';
            out += styled ? r.style + line + "\x1b[0m\n" : line + "\n";
        }
        return out;
    }

private:
    struct row {
        std::vector<std::string> cells;
        const char *style;
    };

    // Characters of UTF-8.
    static std::size_t width_of(const std::string &text) {
        const auto begins = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; };
        return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins));
    }

    std::vector<side> columns_;
    std::vector<row> rows_;
};

MEMBOUND_END_NAMESPACE

#endif

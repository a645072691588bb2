#include "names.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace {

std::size_t edit_distance(const std::string &a, const std::string &b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({changed, row[j] + 1, row[j - 1] + 1});
        }
    }
    return row.back();
}

} // namespace

std::vector<std::string> near_names(const std::string &text, const std::vector<std::string> &names) {
    constexpr std::size_t most = 4;
    const std::string wanted = lower_case(text.substr(0, 64));
    std::vector<std::pair<std::size_t, std::size_t>> near; // distance, and which of the names
    for (std::size_t i = 0; i < names.size(); ++i) {
        const std::string candidate = lower_case(names[i]);
        const bool contains = wanted.size() >= 2 && candidate.find(wanted) != std::string::npos;
        const std::size_t distance = contains ? 0 : edit_distance(wanted, candidate);
        if (distance <= 1 + wanted.size() / 4) near.emplace_back(distance, i);
    }
    std::sort(near.begin(), near.end());
    std::vector<std::string> out;
    for (const auto &[distance, i] : near)
        if (out.size() < most) out.push_back(names[i]);
    return out;
}

std::string why_unknown(const std::vector<std::string> &near, const std::string &otherwise) {
    if (near.empty()) return otherwise;
    return (near.size() == 1 ? "the nearest name is " : "near names are ") + joined(near);
}

std::string joined(const std::vector<std::string> &words, const std::string &between) {
    std::string out;
    for (const std::string &word : words) out += (out.empty() ? "" : between) + word;
    return out;
}

std::string lower_case(std::string text) {
    for (char &c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return text;
}

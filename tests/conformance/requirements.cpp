#include "requirements.hpp"

#include <algorithm>
#include <cstdio>

namespace conformance {

namespace {

bool among(const nlohmann::json &list, const std::string &text) {
    return std::find(list.begin(), list.end(), text) != list.end();
}

bool covers(const nlohmann::json &bar, const facts &f) {
    if (bar.contains("families") && !among(bar["families"], f.family)) return false;
    if (bar.contains("experts") && bar["experts"] != f.experts) return false;
    return !bar.contains("placements") || f.placement.empty() || among(bar["placements"], f.placement);
}

bool concerns(const skipped &s, const std::string &term) {
    if (s.terms.empty()) return true;
    return std::any_of(s.terms.begin(), s.terms.end(), [&](const std::string &t) { return t == term; });
}

} // namespace

std::string check(const nlohmann::json &bars, const report &all, bool &met) {
    std::string out;
    met = true;
    for (const nlohmann::json &bar : bars) {
        const double least = bar.at("exact_percent");
        for (const std::string term : bar.at("terms")) {
            std::int64_t rows = 0, exact = 0, missing = 0;
            for (const outcome &o : all.outcomes) {
                if (!covers(bar, o.about)) continue;
                for (const comparison &c : o.comparisons) {
                    if (c.term != term) continue;
                    ++rows;
                    if (c.exact()) ++exact;
                }
                for (const skipped &s : o.skips)
                    if (!s.allowed && concerns(s, term)) ++missing;
            }
            const double percent =
                rows == 0 ? 0 : 100.0 * static_cast<double>(exact) / static_cast<double>(rows + missing);
            const bool is_met = rows > 0 && percent >= least;
            met = met && is_met;
            char line[256];
            std::snprintf(line, sizeof line, "%s %s: %lld of %lld exact, %lld skipped: %.2f %%, at least %.2f %% %s\n",
                          is_met ? "met " : "MISSED", term.c_str(), static_cast<long long>(exact),
                          static_cast<long long>(rows), static_cast<long long>(missing), percent, least,
                          bar.value("about", std::string()).c_str());
            out += line;
        }
    }
    return out;
}

} // namespace conformance

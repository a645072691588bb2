#include "report.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace conformance {

namespace {

// Whole figures are written without a fraction.
nlohmann::ordered_json number(double x) {
    if (std::nearbyint(x) == x && std::abs(x) < 9e15) return static_cast<std::int64_t>(x);
    return x;
}

std::string text(double x) { return number(x).dump(); }

statistics of(std::vector<const comparison *> &all) {
    statistics s;
    s.rows = static_cast<std::int64_t>(all.size());
    for (const comparison *c : all) {
        if (c->exact()) ++s.exact;
        if (c->predicted < c->measured) ++s.under;
    }
    std::sort(all.begin(), all.end(), [](const comparison *a, const comparison *b) {
        const double x = a->error_percent(), y = b->error_percent();
        return x != y ? x < y : a->row < b->row;
    });
    const std::size_t n = all.size();
    s.median_error_percent = (all[(n - 1) / 2]->error_percent() + all[n / 2]->error_percent()) / 2;
    s.p95_error_percent = all[(n * 95 + 99) / 100 - 1]->error_percent();
    s.max_error_percent = all[n - 1]->error_percent();
    for (auto i = all.rbegin(); i != all.rend() && !(*i)->exact() && s.worst.size() < 10; ++i) s.worst.push_back(**i);
    return s;
}

} // namespace

double comparison::error_percent() const {
    if (exact()) return 0;
    return measured == 0 ? 100 : 100 * std::abs(predicted - measured) / std::abs(measured);
}

void outcome::compare(const char *term, double predicted, double measured, const std::string &where) {
    comparisons.push_back({row, term, where, predicted, measured});
}

void outcome::skip(const std::string &why, const std::vector<std::string> &terms, bool allowed) {
    skips.push_back({row, why, terms, allowed});
}

std::map<std::string, statistics> report::terms() const {
    std::map<std::string, std::vector<const comparison *>> by_term;
    for (const outcome &o : outcomes)
        for (const comparison &c : o.comparisons) by_term[c.term].push_back(&c);
    std::map<std::string, statistics> out;
    for (auto &[term, all] : by_term) out[term] = of(all);
    return out;
}

nlohmann::ordered_json report::json() const {
    nlohmann::ordered_json out;
    out["rows"] = outcomes.size();
    out["skipped"] = nlohmann::ordered_json::array();
    for (const outcome &o : outcomes) {
        for (const skipped &s : o.skips) {
            nlohmann::ordered_json entry = {{"row", s.row}, {"why", s.why}};
            if (!s.terms.empty()) entry["terms"] = s.terms;
            out["skipped"].push_back(entry);
        }
    }
    out["terms"] = nlohmann::ordered_json::object();
    for (const auto &[term, s] : terms()) {
        nlohmann::ordered_json worst = nlohmann::ordered_json::array();
        for (const comparison &c : s.worst) {
            nlohmann::ordered_json entry = {
                {"row", c.row}, {"predicted", number(c.predicted)}, {"measured", number(c.measured)}};
            if (!c.where.empty()) entry["where"] = c.where;
            worst.push_back(entry);
        }
        out["terms"][term] = {{"rows", s.rows},
                              {"exact", s.exact},
                              {"median_error_percent", s.median_error_percent},
                              {"p95_error_percent", s.p95_error_percent},
                              {"max_error_percent", s.max_error_percent},
                              {"under", s.under},
                              {"worst", worst}};
    }
    return out;
}

std::string report::table() const {
    std::string out;
    char line[256];
    const auto add = [&](auto... values) {
        std::snprintf(line, sizeof line, values...);
        out += line;
    };
    add("%-24s%9s%9s%9s%12s%12s%12s%8s\n", "term", "rows", "exact", "%", "median %", "p95 %", "max %", "under");
    for (const auto &[term, s] : terms())
        add("%-24s%9lld%9lld%9.2f%12.4f%12.4f%12.4f%8lld\n", term.c_str(), static_cast<long long>(s.rows),
            static_cast<long long>(s.exact), 100.0 * static_cast<double>(s.exact) / static_cast<double>(s.rows),
            s.median_error_percent, s.p95_error_percent, s.max_error_percent, static_cast<long long>(s.under));

    std::map<std::string, int> reasons;
    std::size_t whole_rows = 0;
    for (const outcome &o : outcomes) {
        for (const skipped &s : o.skips) {
            std::string reason = s.why;
            for (const std::string &term : s.terms) reason += (&term == &s.terms.front() ? " [" : ", ") + term;
            if (!s.terms.empty()) reason += "]";
            ++reasons[reason];
        }
        if (o.comparisons.empty()) ++whole_rows;
    }
    add("\n%zu rows, %zu of them skipped\n", outcomes.size(), whole_rows);
    for (const auto &[reason, count] : reasons) out += std::to_string(count) + "  " + reason + "\n";
    return out;
}

std::string report::misses() const {
    std::string out;
    for (const outcome &o : outcomes)
        for (const comparison &c : o.comparisons)
            if (!c.exact())
                out += std::to_string(c.row) + " " + o.name + " (" + o.about.family + ") " + o.digest + ": " + c.term +
                       (c.where.empty() ? "" : " " + c.where) + " predicted " + text(c.predicted) + " measured " +
                       text(c.measured) + " difference " + text(c.predicted - c.measured) + "\n";
    return out;
}

} // namespace conformance

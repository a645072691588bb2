// Compares what is predicted with what engines measured, row by row.
#include "kinds.hpp"
#include "requirements.hpp"
#include "rows.hpp"
#include "speed.hpp"

#include <cstdio>
#include <fstream>
#include <set>
#include <sstream>

namespace {

constexpr const char *usage =
    "usage: membound_conformance [--json] [--arch NAME[,NAME...]] [--verbose] [--require BARS.json] ROWS...\n"
    "       membound_conformance --speed-costs ROWS.csv...\n"
    "  ROWS      files of rows, one JSON object a line, or .csv\n"
    "  --json    print one JSON object instead of a table\n"
    "  --arch    only rows of these architectures\n"
    "  --verbose print each comparison that is not exact as well\n"
    "  --require exit with 1 unless the bars in this file are met\n"
    "  --speed-costs  print what the time of each row is made of, as fit_speeds.py reads it\n";

struct options {
    bool json = false;
    bool verbose = false;
    bool speed_costs = false;
    std::set<std::string> architectures;
    std::string bars;
    std::vector<std::string> files;
};

int bad_input(const std::string &what) {
    std::fprintf(stderr, "membound_conformance: %s\n", what.c_str());
    return 2;
}

std::string read_options(int count, char **arguments, options &o) {
    for (int i = 1; i < count; ++i) {
        const std::string a = arguments[i];
        const auto value = [&](std::string &to) {
            if (i + 1 >= count) return false;
            to = arguments[++i];
            return true;
        };
        if (a == "--json") {
            o.json = true;
        } else if (a == "--verbose") {
            o.verbose = true;
        } else if (a == "--speed-costs") {
            o.speed_costs = true;
        } else if (a == "--arch") {
            std::string list, name;
            if (!value(list)) return "--arch: lacks its value, names of architectures";
            for (std::istringstream in(list); std::getline(in, name, ',');) o.architectures.insert(name);
        } else if (a == "--require") {
            if (!value(o.bars)) return "--require: lacks its value, a file of bars";
        } else if (a.size() > 1 && a[0] == '-') {
            return a + ": is no option, see --help";
        } else {
            o.files.push_back(a);
        }
    }
    return o.files.empty() ? "ROWS: are missing, there is no file to compare with" : "";
}

} // namespace

int main(int count, char **arguments) {
    for (int i = 1; i < count; ++i) {
        if (std::string(arguments[i]) != "--help") continue;
        std::fputs(usage, stdout);
        return 0;
    }
    options o;
    const std::string wrong_option = read_options(count, arguments, o);
    if (!wrong_option.empty()) return bad_input(wrong_option);

    nlohmann::json bars;
    if (!o.bars.empty()) {
        std::ifstream in(o.bars);
        bars = nlohmann::json::parse(in, nullptr, false);
        if (!bars.is_array()) return bad_input(o.bars + ": can not be read, it is not a JSON list");
    }

    if (o.speed_costs) {
        for (const std::string &file : o.files) {
            const std::string wrong = conformance::read_rows(file, [](const nlohmann::json &row) {
                std::printf("%s\n", conformance::speed_costs(row).dump().c_str());
            });
            if (!wrong.empty()) return bad_input(wrong);
        }
        return 0;
    }

    conformance::report all;
    std::int64_t number = 0;
    for (const std::string &file : o.files) {
        const std::string wrong = conformance::read_rows(file, [&](const nlohmann::json &row) {
            conformance::outcome result;
            result.row = number++;
            if (!o.architectures.empty() && o.architectures.count(row.value("arch", std::string())) == 0) return;
            conformance::compare(row, result);
            all.outcomes.push_back(result);
        });
        if (!wrong.empty()) return bad_input(wrong);
    }

    bool met = true;
    const std::string checked = bars.is_null() ? "" : conformance::check(bars, all, met);
    if (o.json) {
        std::printf("%s\n", all.json().dump(1).c_str());
    } else {
        if (o.verbose) std::fputs((all.misses() + "\n").c_str(), stdout);
        std::fputs(all.table().c_str(), stdout);
        if (!checked.empty()) std::printf("\n%s", checked.c_str());
    }
    if (!met && o.json) std::fputs(checked.c_str(), stderr);
    return met ? 0 : 1;
}

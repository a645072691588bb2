// What comparing rows gives: figures side by side, what was skipped and why, and the statistics of each term.
#ifndef MEMBOUND_TESTS_CONFORMANCE_REPORT_HPP
#define MEMBOUND_TESTS_CONFORMANCE_REPORT_HPP

#include <nlohmann/json.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace conformance {

struct comparison {
    std::int64_t row = 0;
    std::string term;
    std::string where; // the device, where a row has several figures of one term
    double predicted = 0;
    double measured = 0;

    bool exact() const { return predicted == measured; }
    // Of a measured 0, any other prediction is wrong by 100 %.
    double error_percent() const;
};

struct skipped {
    std::int64_t row = 0;
    std::string why;
    std::vector<std::string> terms; // empty: all of the row
    bool allowed = false;           // by the row itself, whose description of golden rows gives the reason
};

// What requirements select rows by.
struct facts {
    std::string family; // general.architecture
    bool experts = false;
    std::string placement; // "cpu", "one_gpu" (everything lies on it), or "mixed"
};

// What one row comes to; filled by the row's kind.
struct outcome {
    std::int64_t row = 0;
    std::string name;   // of the model, for the eye
    std::string digest; // of the settings
    facts about;
    std::vector<comparison> comparisons;
    std::vector<skipped> skips;

    void compare(const char *term, double predicted, double measured, const std::string &where = {});
    void skip(const std::string &why, const std::vector<std::string> &terms = {}, bool allowed = false);
};

struct statistics {
    std::int64_t rows = 0;
    std::int64_t exact = 0;
    std::int64_t under = 0; // predictions below the measurement
    double median_error_percent = 0;
    double p95_error_percent = 0;
    double max_error_percent = 0;
    std::vector<comparison> worst; // inexact ones, the worst first
};

struct report {
    std::vector<outcome> outcomes;

    std::map<std::string, statistics> terms() const;
    nlohmann::ordered_json json() const;
    std::string table() const;
    std::string misses() const; // each inexact comparison, one a line
};

} // namespace conformance

#endif

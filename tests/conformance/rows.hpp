// Reads files of rows: one JSON object a line, or a .csv file whose first line names the columns.
#ifndef MEMBOUND_TESTS_CONFORMANCE_ROWS_HPP
#define MEMBOUND_TESTS_CONFORMANCE_ROWS_HPP

#include <nlohmann/json.hpp>

#include <functional>
#include <string>

namespace conformance {

// Calls use(row) for each row; a row of a .csv file is an object of texts whose `kind` is "speed". Gives what is wrong
// with the file, empty where it was read to its end.
std::string read_rows(const std::string &path, const std::function<void(const nlohmann::json &)> &use);

} // namespace conformance

#endif

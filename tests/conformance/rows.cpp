#include "rows.hpp"

#include <fstream>
#include <vector>

namespace conformance {

namespace {

// One record of comma-separated fields, which may be quoted and then span lines; false at the end of the file.
bool read_record(std::istream &in, std::vector<std::string> &fields) {
    fields.assign(1, "");
    bool quoted = false;
    bool any = false;
    for (char c = 0; in.get(c);) {
        any = true;
        if (c == '"' && quoted && in.peek() == '"')
            fields.back() += static_cast<char>(in.get());
        else if (c == '"')
            quoted = !quoted;
        else if (quoted)
            fields.back() += c;
        else if (c == ',')
            fields.emplace_back();
        else if (c == '\n')
            return true;
        else if (c != '\r')
            fields.back() += c;
    }
    return any;
}

bool is_blank(const std::string &s) { return s.find_first_not_of(" \t\r\n") == std::string::npos; }

} // namespace

std::string read_rows(const std::string &path, const std::function<void(const nlohmann::json &)> &use) {
    std::ifstream in(path, std::ios::binary);
    if (!in || in.peek() == std::ifstream::traits_type::eof())
        return path + ": can not be read, it is no file or empty";

    const std::string csv = ".csv";
    if (path.size() > csv.size() && path.compare(path.size() - csv.size(), csv.size(), csv) == 0) {
        std::vector<std::string> names;
        std::vector<std::string> fields;
        read_record(in, names);
        for (int number = 2; read_record(in, fields); ++number) {
            if (fields.size() == 1 && is_blank(fields[0])) continue;
            if (fields.size() != names.size())
                return path + ": record " + std::to_string(number) + " is cut, it has " +
                       std::to_string(fields.size()) + " of " + std::to_string(names.size()) + " columns";
            nlohmann::json row;
            for (std::size_t i = 0; i < names.size(); ++i) row[names[i]] = fields[i];
            row["kind"] = "speed";
            use(row);
        }
        return "";
    }

    std::string line;
    for (int number = 1; std::getline(in, line); ++number) {
        if (is_blank(line)) continue;
        const nlohmann::json row = nlohmann::json::parse(line, nullptr, false);
        if (!row.is_object()) return path + ": line " + std::to_string(number) + " is no row, it is not a JSON object";
        use(row);
    }
    return "";
}

} // namespace conformance

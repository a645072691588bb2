// A directory of its own for the files of a test, which goes with it.
#ifndef MEMBOUND_TESTS_SUPPORT_TEMPORARY_DIRECTORY_HPP
#define MEMBOUND_TESTS_SUPPORT_TEMPORARY_DIRECTORY_HPP

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

namespace membound_tests {

class temporary_directory {
public:
    temporary_directory() {
        const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
        path_ = std::filesystem::temp_directory_path() / ("membound-test-" + std::to_string(now));
        std::filesystem::create_directories(path_);
    }
    ~temporary_directory() { std::filesystem::remove_all(path_, ignored_); }
    temporary_directory(const temporary_directory &) = delete;
    temporary_directory &operator=(const temporary_directory &) = delete;

    const std::filesystem::path &path() const { return path_; }
    std::string file(const std::string &name) const { return (path_ / name).string(); }
    std::string file(const std::string &name, const std::string &content) const {
        std::filesystem::create_directories((path_ / name).parent_path());
        std::ofstream(file(name), std::ios::binary | std::ios::trunc) << content;
        return file(name);
    }

private:
    std::filesystem::path path_;
    std::error_code ignored_;
};

} // namespace membound_tests

#endif

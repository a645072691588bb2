// Small files whole, and text of files for messages.
#ifndef MEMBOUND_READ_TEXT_FILE_HPP
#define MEMBOUND_READ_TEXT_FILE_HPP

#include <membound/model.hpp>

#include <cstring>
#include <fstream>
#include <string>

MEMBOUND_BEGIN_NAMESPACE
namespace detail {

// For a message of one line: without control characters, and of a long text the end.
inline fixed_text<127> printable(const std::string &text) {
    fixed_text<127> out;
    const std::size_t capacity = sizeof out.data - 1;
    const std::size_t cut = text.size() > capacity ? text.size() - capacity + 3 : 0;
    std::string shown = cut > 0 ? "..." + text.substr(cut) : text;
    for (char &c : shown)
        if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = '?';
    std::memcpy(out.data, shown.data(), shown.size());
    return out;
}

inline error file_error(errc code, const std::string &where, const char *what, const char *why) {
    return model_error(code, printable(where).c_str(), what, why);
}

// An index of the largest models has some 20 MB.
inline constexpr std::streamoff max_text_file = std::streamoff{1} << 28;

inline result<bool> read_text(const std::string &path, std::string &text) {
    std::ifstream file(path, std::ios_base::in | std::ios_base::binary);
    file.seekg(0, std::ios_base::end);
    const std::streamoff size = file.tellg();
    file.seekg(0);
    if (!file.good() || size < 0)
        return file_error(errc::unreadable, path, "cannot be opened", "there is no such file to read");
    if (size > max_text_file)
        return file_error(errc::malformed, path, "is too large", "such a file has some megabytes at most");
    text.resize(static_cast<std::size_t>(size));
    file.read(&text[0], size);
    if (file.gcount() != size) return file_error(errc::unreadable, path, "cannot be read", "reading the file failed");
    return true;
}

} // namespace detail
MEMBOUND_END_NAMESPACE

#endif

// What the readers of files have in common: paths, the files of a model, small files whole, and errors that name a file.
#ifndef MEMBOUND_READ_FILES_HPP
#define MEMBOUND_READ_FILES_HPP

#include <membound/model.hpp>

#include <cstring>
#include <fstream>
#include <string>
#include <vector>

MEMBOUND_BEGIN_NAMESPACE

// One of the files that a model's weights lie in; a model that is not split has one.
struct model_shard {
    std::string path;
    bytes size;
    bytes data_offset; // where the tensors begin
    std::int64_t tensor_count = 0;
};

namespace detail {

inline bytes size_of(const std::vector<model_shard> &shards) {
    bytes sum;
    for (const model_shard &s : shards) sum += s.size;
    return sum;
}

inline bool has_ending(const std::string &text, const std::string &ending) {
    return text.size() >= ending.size() && text.compare(text.size() - ending.size(), ending.size(), ending) == 0;
}

// With the slash behind it; empty where a path is a name alone.
inline std::string folder_of(const std::string &path) {
    const std::size_t slash = path.find_last_of("/\\");
    return slash == std::string::npos ? std::string() : path.substr(0, slash + 1);
}

inline bool exists(const std::string &path) {
    return std::ifstream(path, std::ios_base::in | std::ios_base::binary).good();
}

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

// The header of one file of weights, and what is wrong with it: whoever reads it derives from this.
class shard_header {
public:
    model_shard shard;

    const membound::error &error() const { return error_; }

protected:
    bool fail(const membound::error &e) {
        error_ = e;
        return false;
    }
    bool fail(errc code, const std::string &where, const char *what, const char *why) {
        return fail(file_error(code, where, what, why));
    }

private:
    membound::error error_;
};

// Opens a file at its beginning, and tells its size.
inline result<std::int64_t> open_file(const std::string &path, std::ifstream &file) {
    file.open(path, std::ios_base::in | std::ios_base::binary);
    file.seekg(0, std::ios_base::end);
    const std::streamoff size = file.tellg();
    file.seekg(0);
    if (!file.good() || size < 0)
        return file_error(errc::unreadable, path, "cannot be opened", "there is no such file to read");
    return static_cast<std::int64_t>(size);
}

// An index of the largest models has some 20 MB.
inline constexpr std::int64_t max_text_file = std::int64_t{1} << 28;

inline result<bool> read_text(const std::string &path, std::string &text) {
    std::ifstream file;
    const result<std::int64_t> size = open_file(path, file);
    if (!size) return size.error();
    if (*size > max_text_file)
        return file_error(errc::malformed, path, "is too large", "such a file has some megabytes at most");
    text.resize(static_cast<std::size_t>(*size));
    file.read(&text[0], static_cast<std::streamsize>(*size));
    if (file.gcount() != *size) return file_error(errc::unreadable, path, "cannot be read", "reading the file failed");
    return true;
}

} // namespace detail
MEMBOUND_END_NAMESPACE

#endif

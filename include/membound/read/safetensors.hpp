// Safetensors files: the header alone is read, never the data of tensors. One file, or several with their index.
// Source: huggingface/safetensors, README.md (format) and safetensors/src/tensor.rs (what is refused).
#ifndef MEMBOUND_READ_SAFETENSORS_HPP
#define MEMBOUND_READ_SAFETENSORS_HPP

#include <membound/formats/float.hpp>
#include <membound/formats/ggml.hpp>
#include <membound/json.hpp>
#include <membound/read/files.hpp>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

MEMBOUND_BEGIN_NAMESPACE

struct safetensors_tensor {
    std::string name;
    format type;
    std::vector<std::int64_t> shape; // as the file has it: the length of a row last
    bytes size;
    int shard = 0;

    std::int64_t elements() const {
        std::int64_t n = 1;
        for (const std::int64_t dimension : shape) n = detail::multiply(n, dimension);
        return n;
    }
};

struct safetensors_file {
    std::vector<model_shard> shards;
    std::vector<safetensors_tensor> tensors; // by name, shard after shard

    bytes size() const { return detail::size_of(shards); }
    bytes tensors_size() const {
        bytes sum;
        for (const safetensors_tensor &t : tensors) sum += t.size;
        return sum;
    }
};

// The type of a name in a header; without bytes where there is none.
constexpr format safetensors_format(json_value name) {
    constexpr struct {
        const char *name;
        format type;
    } types[] = {
        {"F64", formats::f64::value},
        {"F32", formats::f32::value},
        {"F16", formats::f16::value},
        {"BF16", formats::bf16::value},
        {"I64", formats::i64::value},
        {"I32", formats::i32::value},
        {"I16", formats::i16::value},
        {"I8", formats::i8::value},
        {"U64", {"u64", 1, 8}},
        {"U32", {"u32", 1, 4}},
        {"U16", {"u16", 1, 2}},
        {"U8", {"u8", 1, 1}},
        {"BOOL", {"bool", 1, 1}},
        {"C64", {"c64", 1, 8}},
        {"F8_E4M3", formats::fp8_e4m3::value},
        {"F8_E5M2", formats::fp8_e5m2::value},
        {"F8_E8M0", {"fp8_e8m0", 1, 1}},
        {"F8_E4M3FNUZ", {"fp8_e4m3fnuz", 1, 1}},
        {"F8_E5M2FNUZ", {"fp8_e5m2fnuz", 1, 1}},
        {"F6_E2M3", {"fp6_e2m3", 4, 3}},
        {"F6_E3M2", {"fp6_e3m2", 4, 3}},
        {"F4", {"fp4_e2m1", 2, 1}},
    };
    for (const auto &t : types)
        if (is_text(name, t.name)) return t.type;
    return {};
}

namespace detail {

// A name as for_each_member() gives it.
inline std::string name_at(const char *name) { return std::string(name, behind_json_text(name - 1) - 1); }

// As safetensors itself has it (MAX_HEADER_SIZE).
inline constexpr std::int64_t max_safetensors_header = 100000000;

class safetensors_header : public shard_header {
public:
    // Appends the tensors to those of the file.
    bool read(const std::string &path, safetensors_file &file) {
        shard.path = path;
        number_ = static_cast<int>(file.shards.size());
        const std::size_t first = file.tensors.size();
        return read_text(path) && read_tensors(file) && check_order(file, first);
    }

private:
    struct span {
        std::int64_t begin = 0;
        std::int64_t end = 0;
        std::size_t tensor = 0;
    };

    bool read_text(const std::string &path) {
        std::ifstream file;
        const result<std::int64_t> size = open_file(path, file);
        if (!size) return fail(size.error());
        shard.size = bytes(*size);
        unsigned char length[8] = {};
        file.read(reinterpret_cast<char *>(length), sizeof length);
        if (file.gcount() != sizeof length)
            return fail(errc::malformed, path, "is cut off within its first 8 bytes",
                        "a header begins with its length in 8 bytes");
        std::uint64_t n = 0;
        for (int i = 8; i-- > 0;) n = n << 8 | length[i];
        const std::int64_t left = *size - static_cast<std::int64_t>(sizeof length);
        if (n > static_cast<std::uint64_t>(max_safetensors_header)) {
            const auto what = text_builder<127>{}
                              << "says that its header has "
                              << static_cast<std::int64_t>(min(n, static_cast<std::uint64_t>(INT64_MAX))) << " bytes";
            return fail(errc::malformed, path, what.text.c_str(),
                        "a header has 100000000 at most; or this is no safetensors file");
        }
        if (static_cast<std::int64_t>(n) > left) {
            const auto what = text_builder<127>{} << "ends at byte " << *size << ", its header at "
                                                  << static_cast<std::int64_t>(n + sizeof length);
            return fail(errc::malformed, path, what.text.c_str(), "the file is incomplete");
        }
        text_.resize(static_cast<std::size_t>(n));
        file.read(&text_[0], static_cast<std::streamsize>(n));
        if (file.gcount() != static_cast<std::streamsize>(n))
            return fail(errc::unreadable, path, "cannot be read", "reading the file failed");
        shard.data_offset = bytes(static_cast<std::int64_t>(n + sizeof length));
        return true;
    }

    bool read_tensors(safetensors_file &file) {
        if (text_.empty() || text_[0] != '{')
            return fail(errc::malformed, shard.path, "is not a safetensors file", "its header does not begin with {");
        const result<json_value> root = json_root(text_.data(), static_cast<std::int64_t>(text_.size()));
        if (!root) {
            const std::string where = shard.path + ", header, " + root.error().where.c_str();
            return fail(root.error().code, where, root.error().what.c_str(), root.error().why);
        }
        bool good = true;
        for_each_member(*root, [&](const char *name, json_value v) {
            const std::string given = name_at(name);
            if (good && given != "__metadata__") good = read_tensor(given, v, file);
        });
        shard.tensor_count = static_cast<std::int64_t>(spans_.size());
        return good;
    }

    bool read_tensor(const std::string &name, json_value v, safetensors_file &file) {
        safetensors_tensor t;
        t.name = name;
        t.shard = number_;
        const json_value dtype = member_of(v, "dtype");
        t.type = safetensors_format(dtype);
        if (t.type.block_bytes == 0) {
            const auto what = text_builder<127>{} << "has type '" << text_of_json<63>(dtype).c_str() << '\'';
            return fail(errc::unsupported, name, what.text.c_str(), "no such type of safetensors is known here");
        }
        const json_value shape = member_of(v, "shape");
        const json_value offsets = member_of(v, "data_offsets");
        bool whole = kind_of(shape) == json_value::kind::array;
        for_each_element(shape, [&](json_value n) {
            whole = whole && kind_of(n) == json_value::kind::integer && integer_of(n) >= 0;
            t.shape.push_back(whole ? integer_of(n) : 0);
        });
        if (!whole) return fail(errc::malformed, name, "has no shape of whole numbers", "a tensor has its dimensions");
        std::int64_t at[2] = {};
        std::int64_t given = 0;
        for_each_element(offsets, [&](json_value n) {
            whole = whole && kind_of(n) == json_value::kind::integer && integer_of(n) >= 0;
            if (given < 2) at[given] = whole ? integer_of(n) : 0;
            ++given;
        });
        if (!whole || given != 2 || at[0] > at[1])
            return fail(errc::malformed, name, "has no data_offsets", "where it begins and where it ends in the data");
        const std::int64_t elements = t.elements();
        t.size = storage_bytes(t.type, elements);
        if (t.size.overflowed()) return fail(errc::overflow, name, "is too large", "its size does not fit in 63 bits");
        if (!divides(t.type, elements) || t.size.count() != at[1] - at[0]) {
            const auto what = text_builder<127>{} << "takes " << at[1] - at[0] << " bytes of the data, not "
                                                  << t.size.count();
            return fail(errc::malformed, name, what.text.c_str(), "that is what its type and shape need");
        }
        spans_.push_back({at[0], at[1], file.tensors.size()});
        file.tensors.push_back(t);
        return true;
    }

    // Tensors lie one after the other, without holes, to the end of the file.
    bool check_order(const safetensors_file &file, std::size_t first) {
        std::sort(spans_.begin(), spans_.end(),
                  [](const span &a, const span &b) { return a.begin != b.begin ? a.begin < b.begin : a.end < b.end; });
        std::int64_t end = 0;
        for (const span &s : spans_) {
            if (s.begin != end) {
                const auto what = text_builder<127>{} << "lies at byte " << s.begin << " of the data, expected at "
                                                      << end;
                return fail(errc::malformed, file.tensors[s.tensor].name, what.text.c_str(),
                            "tensors lie one after the other");
            }
            end = s.end;
        }
        const std::int64_t data = shard.size.count() - shard.data_offset.count();
        if (end != data) {
            const auto what = text_builder<127>{} << "has " << data << " bytes of data, its tensors " << end;
            return fail(errc::malformed, shard.path, what.text.c_str(),
                        end > data ? "the file is incomplete" : "the header does not know the rest");
        }
        std::vector<const std::string *> names;
        for (std::size_t i = first; i < file.tensors.size(); ++i) names.push_back(&file.tensors[i].name);
        std::sort(names.begin(), names.end(), [](const std::string *a, const std::string *b) { return *a < *b; });
        for (std::size_t i = 1; i < names.size(); ++i)
            if (*names[i - 1] == *names[i])
                return fail(errc::malformed, *names[i], "stands twice", "a tensor has one place");
        return true;
    }

    std::string text_;
    std::vector<span> spans_;
    int number_ = 0;
};

// All files that an index names, which lie beside it.
inline result<safetensors_file> read_safetensors_index(const std::string &path) {
    std::string text;
    const result<bool> got = read_text(path, text);
    if (!got) return got.error();
    const result<json_value> root = json_root(text.data(), static_cast<std::int64_t>(text.size()));
    if (!root)
        return file_error(root.error().code, path + ", " + root.error().where.c_str(), root.error().what.c_str(),
                          root.error().why);
    const json_value map = member_of(*root, "weight_map");
    if (kind_of(map) != json_value::kind::object)
        return file_error(errc::missing, path, "has no weight_map", "an index says which file each tensor is in");

    struct place {
        std::string tensor;
        std::string file;
    };
    std::vector<place> places;
    std::vector<std::string> names;
    for_each_member(map, [&](const char *name, json_value v) {
        places.push_back({name_at(name), text_of_json<255>(v).c_str()});
        names.push_back(places.back().file);
    });
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    if (names.empty()) return file_error(errc::malformed, path, "names no file", "a model has tensors");

    safetensors_file file;
    for (const std::string &name : names) {
        if (name.empty() || name.find('/') != std::string::npos || name.find('\\') != std::string::npos)
            return file_error(errc::malformed, path, "names a file elsewhere", "the files lie beside their index");
        safetensors_header header;
        if (!header.read(folder_of(path) + name, file)) return header.error();
        file.shards.push_back(header.shard);
    }
    // Both lists have the same tensors, each in its file.
    std::vector<std::pair<std::string, std::string>> said;
    std::vector<std::pair<std::string, std::string>> found;
    for (const place &p : places) said.emplace_back(p.tensor, p.file);
    for (const safetensors_tensor &t : file.tensors)
        found.emplace_back(t.name, names[static_cast<std::size_t>(t.shard)]);
    std::sort(said.begin(), said.end());
    std::sort(found.begin(), found.end());
    for (const auto &p : said)
        if (!std::binary_search(found.begin(), found.end(), p))
            return file_error(errc::malformed, p.first, "is not in the file that the index names",
                              p.second.empty() ? "the index is wrong" : "a file is of another model");
    for (std::size_t i = 0; i < found.size(); ++i)
        if (!std::binary_search(said.begin(), said.end(), found[i]))
            return file_error(errc::malformed, found[i].first, "is not in the index", "a file is of another model");
    return file;
}

} // namespace detail

// Reads the headers of a safetensors file, of all files that an index (model.safetensors.index.json) names, or, given one
// of several, of all that the index beside it names. An error names the file, the line or the tensor.
inline result<safetensors_file> read_safetensors(const std::string &path) {
    if (detail::has_ending(path, ".json")) return detail::read_safetensors_index(path);
    const std::size_t number = path.find("-of-");
    const std::string index = detail::folder_of(path) + "model.safetensors.index.json";
    if (number != std::string::npos && detail::exists(path) && detail::exists(index))
        return detail::read_safetensors_index(index);
    safetensors_file file;
    detail::safetensors_header header;
    if (!header.read(path, file)) return header.error();
    file.shards.push_back(header.shard);
    return file;
}

MEMBOUND_END_NAMESPACE

#endif

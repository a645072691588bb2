// GGUF files: the header alone is read, never the data of tensors. Versions 2 and 3, little endian, split files too.
// Source: llama.cpp v0.5.0, ggml/src/gguf.cpp, src/llama-model-loader.cpp. What these refuse is refused here.
#ifndef MEMBOUND_READ_GGUF_HPP
#define MEMBOUND_READ_GGUF_HPP

#include <membound/quantizations.hpp>
#include <membound/read/files.hpp>
#include <membound/read/gguf_keys.hpp>
#include <membound/tensor_text.hpp>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

MEMBOUND_BEGIN_NAMESPACE

struct gguf_file {
    membound::model model;
    std::string architecture;           // general.architecture
    int file_type = -1;                 // general.file_type (enum llama_ftype); -1: not told
    const char *quantization_name = ""; // as llama.cpp writes it: "Q4_K_M"; empty: not told or unknown
    bool importance_matrix = false;     // llama-quantize was given one: quantize.imatrix.file names it
    std::int64_t metadata_count = 0;    // keys of the first shard
    std::int64_t alignment = 32;        // general.alignment of the first shard
    std::vector<model_shard> shards;
    std::vector<stored_tensor> tensors; // in file order, shard after shard
    std::vector<bytes> offsets;         // of each tensor, from the beginning of its shard

    bytes size() const { return detail::size_of(shards); }
    bytes tensors_size() const {
        bytes sum;
        for (const stored_tensor &t : tensors) sum += tensor_bytes(t.type, t.which.dims);
        return sum;
    }
    // What the file has, as a recipe. It points into this object.
    quantization stored() const {
        quantization q;
        q.name = quantization_name[0] != '\0' ? quantization_name : "stored";
        q.kind = quantization::scheme::stored;
        q.importance_matrix = importance_matrix;
        q.stored = tensors.data();
        q.stored_count = static_cast<std::int64_t>(tensors.size());
        q.alignment = alignment;
        return q;
    }
};

// The name of a file type's number; empty where llama.cpp has none (include/llama.h, enum llama_ftype).
constexpr const char *file_type_name(int number) {
    const quantization *q = number >= 0 ? quantization_of(static_cast<std::uint32_t>(number)) : nullptr;
    return q != nullptr ? q->name : "";
}

namespace detail {

// Bounds on what is kept of a file. Real models have tens of keys, and tens of thousands of tensors at most.
inline constexpr std::int64_t max_gguf_keys = 1 << 16;
inline constexpr std::int64_t max_gguf_tensors = 1 << 18;
inline constexpr std::int64_t max_gguf_key_text = 1 << 22; // bytes of all keys together
inline constexpr std::int64_t max_gguf_key_length = 65535; // as the format has it
inline constexpr std::int64_t max_gguf_kept_text = 255; // a longer value is skipped
inline constexpr std::int64_t max_gguf_kept_elements = 1 << 16; // of all lists together
inline constexpr std::int64_t max_gguf_name_length = 63; // GGML_MAX_NAME

// A file through a buffer of its own, so that small values and short strings cost next to nothing.
class gguf_source {
public:
    // Its size.
    result<std::int64_t> open(const std::string &path) {
        const result<std::int64_t> size = open_file(path, file_);
        size_ = size.value_or(0);
        return size;
    }

    std::int64_t size() const { return size_; }
    std::int64_t position() const { return begin_ + static_cast<std::int64_t>(at_); }
    std::int64_t left() const { return size_ - position(); }
    bool unreadable() const { return unreadable_; } // the file has bytes that could not be read

    // The next `n` bytes, which are then behind; null where the file ends before. At most `capacity`.
    static constexpr std::size_t capacity = std::size_t{1} << 17;
    const unsigned char *take(std::size_t n) {
        if (filled_ - at_ < n && !fill(n)) return nullptr;
        const unsigned char *p = buffer_.data() + at_;
        at_ += n;
        return p;
    }
    bool skip(std::int64_t n) {
        if (n > left()) return false;
        if (n <= static_cast<std::int64_t>(filled_ - at_)) {
            at_ += static_cast<std::size_t>(n);
            return true;
        }
        begin_ = position() + n;
        at_ = filled_ = 0;
        unreadable_ = !file_.seekg(std::streamoff(begin_)).good();
        return !unreadable_;
    }
    // `count` texts, each a length of eight bytes and as many bytes: a vocabulary has several 100,000.
    bool skip_texts(std::int64_t count) {
        for (; count > 0; --count) {
            const unsigned char *p = take(8);
            if (p == nullptr || !skip(length_at(p))) return false;
        }
        return true;
    }

    // A length or count; INT64_MAX for what is larger. In one expression: compilers make one load of it.
    static std::int64_t length_at(const unsigned char *p) {
        const auto b = [p](int i) {
            return std::uint64_t{p[i]} << (8 * i);
        };
        const std::uint64_t n = b(0) | b(1) | b(2) | b(3) | b(4) | b(5) | b(6) | b(7);
        return n > static_cast<std::uint64_t>(INT64_MAX) ? INT64_MAX : static_cast<std::int64_t>(n);
    }

private:
    bool fill(std::size_t n) {
        if (static_cast<std::int64_t>(n) > left()) return false;
        std::memmove(buffer_.data(), buffer_.data() + at_, filled_ - at_);
        begin_ += static_cast<std::int64_t>(at_);
        filled_ -= at_;
        at_ = 0;
        while (filled_ < n) {
            const std::int64_t rest = size_ - begin_ - static_cast<std::int64_t>(filled_);
            const std::int64_t room = static_cast<std::int64_t>(capacity - filled_);
            file_.read(reinterpret_cast<char *>(buffer_.data() + filled_), detail::min(rest, room));
            if (!file_.good()) {
                unreadable_ = true;
                return false;
            }
            filled_ += static_cast<std::size_t>(file_.gcount());
        }
        return true;
    }

    std::ifstream file_;
    std::vector<unsigned char> buffer_ = std::vector<unsigned char>(capacity);
    std::int64_t size_ = 0;
    std::int64_t begin_ = 0; // where in the file the buffer begins
    std::size_t at_ = 0;
    std::size_t filled_ = 0;
    bool unreadable_ = false;
};

// A text that stands twice among some; null where none does. Their order is lost.
inline const char *repeated(std::vector<const char *> &texts) {
    const auto compare = [](const void *a, const void *b) {
        return std::strcmp(*static_cast<const char *const *>(a), *static_cast<const char *const *>(b));
    };
    if (!texts.empty()) std::qsort(texts.data(), texts.size(), sizeof texts[0], compare);
    for (std::size_t i = 1; i < texts.size(); ++i)
        if (std::strcmp(texts[i - 1], texts[i]) == 0) return texts[i];
    return nullptr;
}

struct gguf_key {
    std::string name;
    gguf_value value;
    std::string text;
    std::size_t first_element = 0;
};

// The header of one file, checked.
class gguf_header : public shard_header {
public:
    std::vector<gguf_key> keys;
    std::int64_t alignment = 32;

    // Appends the tensors to those of the file.
    bool read(const std::string &path, gguf_file &file) {
        shard.path = path;
        const std::size_t first = file.tensors.size();
        return read_start(path) && read_keys() && read_tensors(file) && place_tensors(file, first);
    }

    gguf_value value_of(const std::string &name) const {
        for (const gguf_key &k : keys)
            if (k.name == name) return k.value;
        return {};
    }

private:
    enum class type : std::uint32_t { u8, i8, u16, i16, u32, i32, f32, boolean, text, array, u64, i64, f64, count };

    static std::int64_t width(type t) {
        constexpr std::int64_t widths[] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
        return t < type::count ? widths[static_cast<int>(t)] : 0;
    }

    // The file ends, or cannot be read, within what `where` names.
    bool fail_short(const std::string &where) {
        if (source_.unreadable()) return fail(errc::unreadable, where, "cannot be read", "reading the file failed");
        const auto what = text_builder<127>{} << "is cut off by the end of the file at byte " << source_.size();
        return fail(errc::malformed, where, what.text.c_str(), "the file is incomplete, or its header is wrong");
    }
    static bool has_zero(const std::string &name) { return name.find('\0') != std::string::npos; }
    bool fail_zero(const std::string &where) {
        return fail(errc::malformed, where, "has a zero byte in its name", "names are plain text");
    }
    static std::string numbered(const char *word, std::int64_t i) { return word + std::to_string(i); }

    bool number(std::size_t length, std::uint64_t &out) {
        const unsigned char *p = source_.take(length);
        if (p == nullptr) return false;
        out = 0;
        for (std::size_t i = 0; i < length; ++i) out |= std::uint64_t{p[i]} << (8 * i);
        return true;
    }
    bool length(std::int64_t &out) {
        const unsigned char *p = source_.take(8);
        if (p != nullptr) out = gguf_source::length_at(p);
        return p != nullptr;
    }
    bool text(std::int64_t n, std::string &out) {
        const unsigned char *p = source_.take(static_cast<std::size_t>(n));
        if (p == nullptr) return false;
        out.assign(reinterpret_cast<const char *>(p), static_cast<std::size_t>(n));
        return true;
    }

    bool read_start(const std::string &path) {
        const result<std::int64_t> size = source_.open(path);
        if (!size) return fail(size.error());
        shard.size = bytes(*size);
        const unsigned char *magic = source_.take(4);
        if (magic == nullptr) return fail_short(path);
        if (std::memcmp(magic, "GGUF", 4) != 0)
            return fail(errc::malformed, path, "is not a GGUF file", "it does not begin with the letters GGUF");
        std::uint64_t version = 0;
        if (!number(4, version)) return fail_short(path);
        if (version != 0 && (version & 0xffff) == 0)
            return fail(errc::unsupported, path, "is written for a big-endian machine",
                        "only little-endian files are read");
        if (version < 2 || version > 3) {
            const auto what = text_builder<127>{} << "has version " << static_cast<std::int64_t>(version);
            return fail(errc::unsupported, path, what.text.c_str(), "llama.cpp reads versions 2 and 3 of the format");
        }
        constexpr std::int64_t least_tensor = 8 + 0 + 4 + 4 + 8;
        constexpr std::int64_t least_key = 8 + 1 + 4 + 1;
        return read_count(path, "tensors", tensor_count_, least_tensor, max_gguf_tensors) &&
               read_count(path, "keys", key_count_, least_key, max_gguf_keys);
    }

    bool read_count(const std::string &path, const char *of, std::int64_t &n, std::int64_t least, std::int64_t most) {
        if (!length(n)) return fail_short(path);
        if (n <= most && n <= source_.left() / least) return true;
        const auto what = text_builder<127>{} << "says that it has " << n << ' ' << of;
        return fail(errc::malformed, path, what.text.c_str(),
                    "that is more than the file can hold, or than any model has");
    }

    bool read_keys() {
        std::int64_t key_text = 0;
        for (std::int64_t i = 0; i < key_count_; ++i) {
            std::int64_t n = 0;
            gguf_key k;
            if (!length(n)) return fail_short(numbered("metadata key ", i));
            key_text = add(key_text, n);
            if (n == 0 || n > max_gguf_key_length || key_text > max_gguf_key_text)
                return fail(errc::malformed, numbered("metadata key ", i),
                            n == 0 ? "has no name" : "has too long a name", "a name has 1 to 65535 bytes");
            if (!text(n, k.name)) return fail_short(numbered("metadata key ", i));
            if (has_zero(k.name)) return fail_zero(numbered("metadata key ", i));
            if (!read_value(k)) return false;
            keys.push_back(std::move(k));
        }
        std::vector<const char *> names;
        for (gguf_key &k : keys) {
            names.push_back(k.name.c_str());
            if (k.value.type == gguf_value::kind::text) k.value.text = k.text.c_str();
            if (k.value.elements != nullptr) k.value.elements = elements_.data() + k.first_element;
            if (k.value.reals != nullptr) k.value.reals = reals_.data() + k.first_element;
        }
        if (const char *name = repeated(names))
            return fail(errc::malformed, name, "stands twice", "a key has one value");
        const gguf_value align = value_of("general.alignment");
        if (align.type == gguf_value::kind::absent) return true;
        alignment = align.integer;
        const bool power = alignment > 0 && alignment <= UINT32_MAX && (alignment & (alignment - 1)) == 0;
        return (align.type == gguf_value::kind::integer && power) ||
               fail(errc::bad_value, "general.alignment", "is not a power of two",
                    "tensors are placed at its multiples");
    }

    bool read_value(gguf_key &k) {
        std::uint64_t number_of_type = 0;
        if (!number(4, number_of_type)) return fail_short(k.name);
        if (number_of_type >= static_cast<std::uint64_t>(type::count)) return fail_type(k.name, number_of_type);
        const auto t = static_cast<type>(number_of_type);
        if (t == type::array) return read_array(k);
        if (t == type::text) return read_text(k);
        std::uint64_t bits = 0;
        if (!number(static_cast<std::size_t>(width(t)), bits)) return fail_short(k.name);
        k.value = scalar(t, bits);
        return true;
    }

    bool fail_type(const std::string &where, std::uint64_t number_of_type) {
        const auto what = text_builder<127>{} << "has type " << static_cast<std::int64_t>(number_of_type);
        return fail(errc::malformed, where, what.text.c_str(), "GGUF has no such type here");
    }

    static gguf_value scalar(type t, std::uint64_t bits) {
        const auto low = static_cast<std::uint32_t>(bits);
        switch (t) {
        case type::i8:
            return std::int64_t{static_cast<std::int8_t>(bits)};
        case type::i16:
            return std::int64_t{static_cast<std::int16_t>(bits)};
        case type::i32:
            return std::int64_t{static_cast<std::int32_t>(bits)};
        case type::i64:
            return static_cast<std::int64_t>(bits);
        case type::boolean:
            return bits != 0;
        case type::f32: {
            float f = 0;
            std::memcpy(&f, &low, sizeof f);
            return double{f};
        }
        case type::f64: {
            double d = 0;
            std::memcpy(&d, &bits, sizeof d);
            return d;
        }
        default:
            return static_cast<std::int64_t>(min(bits, static_cast<std::uint64_t>(INT64_MAX)));
        }
    }

    bool read_text(gguf_key &k) {
        std::int64_t n = 0;
        k.value = "";
        if (!length(n)) return fail_short(k.name);
        if (n <= max_gguf_kept_text ? !text(n, k.text) : !source_.skip(n)) return fail_short(k.name);
        return true;
    }

    bool read_array(gguf_key &k) {
        std::uint64_t number_of_type = 0;
        std::int64_t n = 0;
        if (!number(4, number_of_type) || !length(n)) return fail_short(k.name);
        const auto t = static_cast<type>(number_of_type);
        if (t >= type::count || t == type::array) return fail_type(k.name, number_of_type);
        k.value = gguf_value(nullptr, n);
        if (n > source_.left() / (t == type::text ? 8 : width(t))) return fail_short(k.name);
        if (t == type::text) return source_.skip_texts(n) || fail_short(k.name);
        const bool whole = t != type::f32 && t != type::f64;
        const auto held = static_cast<std::int64_t>(elements_.size() + reals_.size());
        if (n > max_layers || held + n > max_gguf_kept_elements) return source_.skip(n * width(t)) || fail_short(k.name);
        k.first_element = whole ? elements_.size() : reals_.size();
        for (std::int64_t i = 0; i < n; ++i) {
            std::uint64_t bits = 0;
            if (!number(static_cast<std::size_t>(width(t)), bits)) return fail_short(k.name);
            if (whole)
                elements_.push_back(scalar(t, bits).integer);
            else
                reals_.push_back(scalar(t, bits).real);
        }
        // Until all lists are read and lie still.
        static constexpr std::int64_t kept_elsewhere = 0;
        static constexpr double real_kept_elsewhere = 0;
        if (whole)
            k.value.elements = &kept_elsewhere;
        else
            k.value.reals = &real_kept_elsewhere;
        return true;
    }

    bool read_tensors(gguf_file &file) {
        std::int64_t expected = 0; // tensors lie one after the other, each at a multiple of the alignment
        for (std::int64_t i = 0; i < tensor_count_; ++i) {
            stored_tensor t;
            std::string name;
            std::int64_t n = 0;
            if (!length(n)) return fail_short(numbered("tensor ", i));
            if (n == 0 || n > max_gguf_name_length)
                return fail(errc::malformed, numbered("tensor ", i), n == 0 ? "has no name" : "has too long a name",
                            "a name has 1 to 63 bytes");
            if (!text(n, name)) return fail_short(numbered("tensor ", i));
            if (has_zero(name)) return fail_zero(numbered("tensor ", i));
            std::memcpy(t.name.data, name.data(), name.size());
            t.which = parse_tensor_name(t.name.c_str());
            std::uint64_t number_of_type = 0;
            std::int64_t offset = 0;
            if (!read_shape(name, t.which.dims)) return false;
            if (!number(4, number_of_type) || !length(offset)) return fail_short(name);
            t.type = ggml_format(static_cast<std::uint32_t>(number_of_type));
            t.shard = static_cast<int>(file.shards.size());
            if (t.type.block_bytes == 0) {
                const auto what = text_builder<127>{} << "has type " << static_cast<std::int64_t>(number_of_type);
                return fail(errc::unsupported, name, what.text.c_str(),
                            "ggml does not have this type, or not any more");
            }
            if (!divides(t.type, t.which.dims.ne[0])) {
                const auto what = text_builder<127>{} << "has rows of " << t.which.dims.ne[0] << " elements, "
                                                      << t.type.name << " has blocks of " << t.type.block_elements;
                return fail(errc::malformed, name, what.text.c_str(), "a row is made of whole blocks");
            }
            const std::int64_t end = add(expected, tensor_bytes(t.type, t.which.dims).count());
            const std::int64_t next = round_up(end, alignment);
            if (next == overflow_count)
                return fail(errc::overflow, name, "is too large", "its size does not fit in 63 bits");
            if (offset != expected) {
                const auto what = text_builder<127>{} << "lies at byte " << offset << " of the data, expected at "
                                                      << expected;
                return fail(errc::malformed, name, what.text.c_str(),
                            "tensors lie one after the other, padded to the alignment");
            }
            file.tensors.push_back(t);
            file.offsets.push_back(bytes(expected));
            expected = next;
        }
        shard.tensor_count = tensor_count_;
        return true;
    }

    bool read_shape(const std::string &name, shape &dims) {
        std::uint64_t count = 0;
        if (!number(4, count)) return fail_short(name);
        if (count > 4) {
            const auto what = text_builder<127>{} << "has " << static_cast<std::int64_t>(count) << " dimensions";
            return fail(errc::malformed, name, what.text.c_str(), "a tensor of ggml has at most 4");
        }
        for (std::size_t i = 0; i < count; ++i) {
            if (!length(dims.ne[i])) return fail_short(name);
            if (dims.ne[i] == 0 || dims.ne[i] == INT64_MAX)
                return fail(errc::malformed, name, "has a dimension out of range", "a dimension is at least 1");
        }
        return dims.elements() != overflow_count ||
               fail(errc::overflow, name, "has too many elements", "their number does not fit in 63 bits");
    }

    // Where the data begins is known only behind the last tensor.
    bool place_tensors(gguf_file &file, std::size_t first) {
        const std::int64_t start = tensor_count_ > 0 ? round_up(source_.position(), alignment) : source_.position();
        shard.data_offset = bytes(start);
        for (std::size_t i = first; i < file.tensors.size(); ++i) {
            const stored_tensor &t = file.tensors[i];
            file.offsets[i] += shard.data_offset;
            const bytes end = file.offsets[i] + tensor_bytes(t.type, t.which.dims);
            if (!end.overflowed() && end <= shard.size) continue;
            const auto what = text_builder<127>{} << "ends at byte " << end.count() << ", the file has "
                                                  << shard.size.count();
            return fail(errc::malformed, t.name.c_str(), what.text.c_str(), "the file is incomplete");
        }
        return true;
    }

    gguf_source source_;
    std::vector<std::int64_t> elements_;
    std::vector<double> reals_;
    std::int64_t tensor_count_ = 0;
    std::int64_t key_count_ = 0;
};

// What model_from_gguf_keys() asks.
struct gguf_file_keys {
    const gguf_header &header;
    const gguf_file &file;
    const shape *shapes[named_tensors + 1][3] = {}; // of the first of each name

    gguf_file_keys(const gguf_header &h, const gguf_file &f) : header(h), file(f) {
        for (const stored_tensor &t : f.tensors) {
            const shape *&first = shapes[static_cast<int>(t.which.name)][static_cast<int>(t.which.part)];
            if (first == nullptr) first = &t.which.dims;
        }
    }
    gguf_value find(const char *key) const {
        return header.value_of(std::strncmp(key, "tokenizer.", 10) == 0 ? key : file.architecture + "." + key);
    }
    const shape *tensor_shape(tensor_name name, tensor_part part, int layer) const {
        const shape *first = shapes[static_cast<int>(name)][static_cast<int>(part)];
        if (first == nullptr || layer < 0) return first;
        for (const stored_tensor &t : file.tensors)
            if (t.which.name == name && t.which.part == part && t.which.layer == layer) return &t.which.dims;
        return nullptr;
    }
};

// "-00001-of-00003.gguf", as llama.cpp names shards (llama_split_path).
inline std::string shard_ending(std::int64_t number, std::int64_t count) {
    const auto five = [](std::int64_t n) {
        const std::string digits = std::to_string(n);
        return std::string(digits.size() < 5 ? 5 - digits.size() : 0, '0') + digits;
    };
    return "-" + five(number) + "-of-" + five(count) + ".gguf";
}

} // namespace detail

// Reads the header of a GGUF file, and of a split file, given by its first shard, those of all shards. An error names
// the file, the key or the tensor. Memory is bounded whatever the file says: lists of tokens are skipped, not kept.
inline result<gguf_file> read_gguf_file(const std::string &path) {
    using detail::file_error;
    gguf_file file;
    detail::gguf_header first;
    if (!first.read(path, file)) return first.error();
    file.alignment = first.alignment;
    file.metadata_count = static_cast<std::int64_t>(first.keys.size());
    file.shards.push_back(first.shard);

    const std::int64_t count = first.value_of("split.count").integer;
    if (count > 1) {
        const std::string ending = detail::shard_ending(1, count);
        if (first.value_of("split.no").integer != 0)
            return file_error(errc::unsupported, path, "is not the first of its shards",
                              "the model is given by the first");
        if (path.size() == ending.size() || !detail::has_ending(path, ending))
            return file_error(errc::unsupported, path, "is not named as the first of its shards",
                              "llama.cpp finds the others by a name that ends in -00001-of-0000N.gguf");
        const std::string stem = path.substr(0, path.size() - ending.size());
        for (std::int64_t i = 1; i < count; ++i) {
            const std::string shard_path = stem + detail::shard_ending(i + 1, count);
            detail::gguf_header shard;
            if (!shard.read(shard_path, file)) return shard.error();
            const gguf_value no = shard.value_of("split.no");
            if (no.type != gguf_value::kind::integer || no.integer != i)
                return file_error(errc::malformed, shard_path, "is another shard than its name says",
                                  "split.no differs");
            file.shards.push_back(shard.shard);
            if (static_cast<std::int64_t>(file.tensors.size()) > detail::max_gguf_tensors)
                return file_error(errc::malformed, shard_path, "brings too many tensors", "no model has that many");
        }
        if (first.value_of("split.tensors.count").integer != static_cast<std::int64_t>(file.tensors.size()))
            return file_error(errc::malformed, "split.tensors.count", "is not the number of tensors of all shards",
                              "a shard is not of this model");
    }

    std::vector<const char *> names;
    for (const stored_tensor &t : file.tensors) names.push_back(t.name.c_str());
    if (const char *name = detail::repeated(names))
        return file_error(errc::malformed, name, "stands twice", "a tensor has one place");

    const gguf_value architecture = first.value_of("general.architecture");
    if (architecture.type != gguf_value::kind::text || architecture.text[0] == '\0')
        return file_error(errc::missing, "general.architecture", "is missing", "it says what the other keys mean");
    file.architecture = architecture.text;
    const gguf_value type = first.value_of("general.file_type");
    if (type.type == gguf_value::kind::integer && type.integer >= 0 && type.integer < 1024) {
        file.file_type = static_cast<int>(type.integer);
        file.quantization_name = file_type_name(file.file_type);
    }
    file.importance_matrix = first.value_of("quantize.imatrix.file").type == gguf_value::kind::text;
    const result<model> described =
        model_from_gguf_keys(file.architecture.c_str(), detail::gguf_file_keys(first, file));
    if (!described) return described.error();
    file.model = *described;
    const gguf_value name = first.value_of("general.name");
    if (name.type == gguf_value::kind::text) {
        std::string shown = name.text;
        std::size_t n = detail::min(shown.size(), sizeof file.model.name.data - 1);
        while (n < shown.size() && n > 0 && (static_cast<unsigned char>(shown[n]) & 0xc0) == 0x80) --n; // whole UTF-8
        file.model.name = detail::printable(shown.substr(0, n)).c_str();
    }
    return file;
}

// The model of a GGUF file. Of an architecture that no family has, a model with a null `family` (see
// model_from_gguf_keys): what its tensors take is then in read_gguf_file() alone.
inline result<model> read_gguf(const std::string &path) {
    const result<gguf_file> file = read_gguf_file(path);
    if (!file) return file.error();
    return file->model;
}

MEMBOUND_END_NAMESPACE

#endif

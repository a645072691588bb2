// Writes the header of a GGUF file; the data of its tensors is a hole, so that a file of any size takes no room.
#ifndef MEMBOUND_TESTS_SUPPORT_GGUF_WRITER_HPP
#define MEMBOUND_TESTS_SUPPORT_GGUF_WRITER_HPP

#include <membound/quantization.hpp>
#include <membound/tensor_text.hpp>

#include <cstring>
#include <fstream>
#include <string>
#include <vector>

namespace membound_tests {

// The numbers of GGUF's value types.
enum class gguf_type : std::uint32_t { u8, i8, u16, i16, u32, i32, f32, boolean, text, array, u64, i64, f64 };

class gguf_writer {
public:
    explicit gguf_writer(std::uint32_t version = 3, std::int64_t alignment = 32)
        : version_(version), alignment_(alignment) {}

    // Whole numbers are stored as unsigned 32-bit ones, as llama.cpp wants hyper-parameters.
    void put(const char *key, std::int64_t value) { put(key, gguf_type::u32, value); }
    void put(const char *key, int value) { put(key, gguf_type::u32, value); }
    void put(const char *key, gguf_type type, std::int64_t value) {
        begin(key, type);
        add(keys_, static_cast<std::uint64_t>(value), width(type));
    }
    void put(const char *key, double value) {
        begin(key, gguf_type::f32);
        add_float(keys_, static_cast<float>(value));
    }
    void put(const char *key, bool value) { put(key, gguf_type::boolean, value ? 1 : 0); }
    void put(const char *key, const char *value) { put(key, std::string(value)); }
    void put(const char *key, const std::string &value) {
        begin(key, gguf_type::text);
        add_text(keys_, value);
    }
    void put(const char *key, gguf_type type, const std::vector<std::int64_t> &values) {
        begin_array(key, type, values.size());
        for (const std::int64_t v : values) add(keys_, static_cast<std::uint64_t>(v), width(type));
    }
    void put(const char *key, const std::vector<float> &values) {
        begin_array(key, gguf_type::f32, values.size());
        for (const float v : values) add_float(keys_, v);
    }
    void put(const char *key, const std::vector<std::string> &values) {
        begin_array(key, gguf_type::text, values.size());
        for (const std::string &v : values) add_text(keys_, v);
    }
    // A vocabulary of `count` tokens t0, t1, ..., with a score each.
    void put_tokens(std::int64_t count) {
        std::vector<std::string> tokens;
        for (std::int64_t i = 0; i < count; ++i) tokens.push_back("t" + std::to_string(i));
        put("tokenizer.ggml.tokens", tokens);
        put("tokenizer.ggml.scores", std::vector<float>(tokens.size(), 0.0F));
    }

    void put_tensor(const char *name, const membound::shape &dims, const membound::format &type) {
        std::uint32_t number = 0;
        while (number < 256 && membound::ggml_format(number) != type) ++number;
        const int dimensions = dims.dimensions();
        add_text(tensors_, name);
        add(tensors_, static_cast<std::uint64_t>(dimensions), 4);
        for (int i = 0; i < dimensions; ++i) add(tensors_, static_cast<std::uint64_t>(dims.ne[i]), 8);
        add(tensors_, number, 4);
        add(tensors_, static_cast<std::uint64_t>(data_bytes_), 8);
        data_bytes_ += padded(membound::tensor_bytes(type, dims).count());
        ++tensor_count_;
    }
    void put_tensor(const membound::tensor &t, const membound::format &type) {
        put_tensor(membound::text_of(t).c_str(), t.dims, type);
    }

    // Bytes of the header, up to the end of the last tensor's description.
    std::int64_t header_bytes() const { return 24 + static_cast<std::int64_t>(keys_.size() + tensors_.size()); }
    // Where the data begins.
    std::int64_t data_offset() const { return tensor_count_ > 0 ? padded(header_bytes()) : header_bytes(); }
    std::int64_t file_bytes() const { return data_offset() + data_bytes_; }

    std::string header() const {
        std::string out = "GGUF";
        add(out, version_, 4);
        add(out, tensor_count_, 8);
        add(out, key_count_, 8);
        return out + keys_ + tensors_;
    }

    bool write(const std::string &path) const {
        std::ofstream file(path, std::ios::binary | std::ios::trunc);
        file << header();
        if (file_bytes() > header_bytes()) {
            file.seekp(file_bytes() - 1);
            file.put('\0');
        }
        file.close();
        return file.good();
    }

private:
    static int width(gguf_type type) {
        constexpr int widths[] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
        return widths[static_cast<int>(type)];
    }
    static void add(std::string &to, std::uint64_t value, int bytes_of) {
        for (int i = 0; i < bytes_of; ++i) to += static_cast<char>(static_cast<unsigned char>(value >> (8 * i)));
    }
    static void add_float(std::string &to, float value) {
        std::uint32_t bits = 0;
        std::memcpy(&bits, &value, sizeof bits);
        add(to, bits, 4);
    }
    static void add_text(std::string &to, const std::string &text) {
        add(to, text.size(), 8);
        to += text;
    }
    void begin(const char *key, gguf_type type) {
        add_text(keys_, key);
        add(keys_, static_cast<std::uint64_t>(type), 4);
        ++key_count_;
    }
    void begin_array(const char *key, gguf_type type, std::size_t count) {
        begin(key, gguf_type::array);
        add(keys_, static_cast<std::uint64_t>(type), 4);
        add(keys_, count, 8);
    }
    std::int64_t padded(std::int64_t n) const { return (n + alignment_ - 1) / alignment_ * alignment_; }

    std::uint32_t version_;
    std::int64_t alignment_;
    std::string keys_;
    std::string tensors_;
    std::uint64_t key_count_ = 0;
    std::uint64_t tensor_count_ = 0;
    std::int64_t data_bytes_ = 0;
};

} // namespace membound_tests

#endif

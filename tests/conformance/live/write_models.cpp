// Writes the model of each memory row as a GGUF file: its header, and a hole for the data.
//     membound_live_models FOLDER ROWS.jsonl
// FOLDER/N.gguf is the model of the N-th row; rows whose model is not known are left out and named on standard error.
#include "../described.hpp"
#include "../rows.hpp"
#include "support/gguf_writer.hpp"

#include <membound/weights.hpp>

#include <cstdio>
#include <string>
#include <vector>

namespace {

using nlohmann::json;
using membound_tests::gguf_type;
using membound_tests::gguf_writer;

void put(gguf_writer &w, const std::string &key, const json &value) {
    const char *name = key.c_str();
    if (value.is_boolean()) return w.put(name, value.get<bool>());
    if (value.is_number_integer()) {
        const auto n = value.get<std::int64_t>();
        return n < 0 ? w.put(name, gguf_type::i32, n) : w.put(name, n);
    }
    if (value.is_number()) return w.put(name, value.get<double>());
    if (value.is_string()) return w.put(name, value.get<std::string>());
    if (value.empty() || value[0].is_number_integer()) {
        const auto numbers = value.get<std::vector<std::int64_t>>();
        bool negative = false;
        for (const std::int64_t n : numbers) negative = negative || n < 0;
        return w.put(name, negative ? gguf_type::i32 : gguf_type::u32, numbers);
    }
    if (value[0].is_boolean()) {
        std::vector<std::int64_t> numbers;
        for (const json &b : value) numbers.push_back(b.get<bool>() ? 1 : 0);
        return w.put(name, gguf_type::boolean, numbers);
    }
    if (value[0].is_number()) return w.put(name, value.get<std::vector<float>>());
    w.put(name, value.get<std::vector<std::string>>());
}

// Why the model can not be written; empty where it is.
std::string write(const json &row, const std::string &path) {
    const auto m = conformance::described_model(row);
    if (!m) return membound::text_of(m.error());
    if (m->family == nullptr) return "the architecture has no rules";
    membound::quantization q;
    std::vector<membound::stored_tensor> tensors;
    if (!conformance::described_file(row.at("ftype"), *m, q, tensors)) return "the file type is not known";

    gguf_writer w;
    w.put("general.architecture", row.at("arch").get<std::string>());
    for (const auto &[key, value] : row.at("hparams").items()) put(w, key, value);
    w.put("tokenizer.ggml.model", "test");
    w.put_tokens(row.at("vocab"));
    membound::for_each_file_tensor(*m, q, [&](const membound::tensor &t, const membound::format &f) { w.put_tensor(t, f); });
    return w.write(path) ? "" : "the file can not be written";
}

} // namespace

int main(int argc, char **argv) {
    if (argc != 3) {
        std::fprintf(stderr, "usage: membound_live_models FOLDER ROWS.jsonl\n");
        return 2;
    }
    std::size_t number = 0;
    const std::string wrong = conformance::read_rows(argv[2], [&](const json &row) {
        const std::string why = write(row, std::string(argv[1]) + "/" + std::to_string(number) + ".gguf");
        if (!why.empty()) std::fprintf(stderr, "%zu: %s\n", number, why.c_str());
        ++number;
    });
    if (!wrong.empty()) {
        std::fprintf(stderr, "membound_live_models: %s\n", wrong.c_str());
        return 2;
    }
    return 0;
}

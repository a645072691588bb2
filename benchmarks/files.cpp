// A model from a file: a GGUF header from the disk cache, and the hyper-parameters from its keys.
#include "deployments.hpp"
#include "questions.hpp"

#include <membound/read/gguf.hpp>

#include "support/gguf_writer.hpp"

#include <filesystem>
#include <memory>
#include <random>

using namespace membound;

namespace membound_benchmarks {
namespace {

// Keys of Llama 3.1 8B, without their prefix.
constexpr gguf_entry entries[] = {
    {"vocab_size", 128256},
    {"context_length", 131072},
    {"embedding_length", 4096},
    {"block_count", 32},
    {"feed_forward_length", 14336},
    {"attention.head_count", 32},
    {"attention.head_count_kv", 8},
    {"attention.layer_norm_rms_epsilon", 1e-5},
    {"rope.dimension_count", 128},
};

gguf_table keys() {
    gguf_table table;
    table.entries = entries;
    table.count = sizeof entries / sizeof *entries;
    return table;
}

// A file with these keys, a vocabulary and all tensors, for as long as this lives.
class llama_file {
public:
    llama_file() {
        const std::string name = "membound-benchmark-" + std::to_string(std::random_device{}()) + ".gguf";
        path_ = std::filesystem::temp_directory_path() / name;
        membound_tests::gguf_writer w;
        w.put("general.architecture", "llama");
        w.put("general.file_type", 15);
        for (const gguf_entry &e : entries) {
            const std::string key = std::string("llama.") + e.key;
            if (e.value.type == gguf_value::kind::real)
                w.put(key.c_str(), e.value.real);
            else
                w.put(key.c_str(), e.value.integer);
        }
        w.put_tokens(128256);
        for_each_file_tensor(models::llama_3_1_8b::value, quantizations::q4_k_m::value,
                             [&](const tensor &t, const format &f) { w.put_tensor(t, f); });
        w.write(path());
    }
    ~llama_file() {
        std::error_code ignored;
        std::filesystem::remove(path_, ignored);
    }
    llama_file(const llama_file &) = delete;
    llama_file &operator=(const llama_file &) = delete;

    std::string path() const { return path_.string(); }

private:
    std::filesystem::path path_;
};

} // namespace

void add_files(benchmark::IterationCount calls) {
    add("model_from_gguf_keys/dense", calls, [] { return model_from_gguf_keys("llama", hidden(keys())); });
    add_prepared("read_gguf_file/dense", calls, [] {
        return [file = std::make_unique<const llama_file>()] { return read_gguf_file(file->path()); };
    });
}

} // namespace membound_benchmarks

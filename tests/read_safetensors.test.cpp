#include <membound/read/repository.hpp>

#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>

using namespace membound;
using membound_tests::temporary_directory;

namespace {

std::string with_length(const std::string &header, std::size_t data = 0) {
    std::string out;
    for (int i = 0; i < 8; ++i) out += static_cast<char>(header.size() >> (8 * i) & 0xff);
    return out + header + std::string(data, '\0');
}

struct entry {
    std::string name;
    std::string type;
    std::vector<std::int64_t> shape;
    std::int64_t size;
};

// A file of tensors, whose data is zeros.
std::string safetensors(const std::vector<entry> &entries) {
    std::string header = "{\"__metadata__\": {\"format\": \"pt\"}";
    std::int64_t at = 0;
    for (const entry &e : entries) {
        header += ", \"" + e.name + "\": {\"dtype\": \"" + e.type + "\", \"shape\": [";
        for (std::size_t i = 0; i < e.shape.size(); ++i) header += (i > 0 ? ", " : "") + std::to_string(e.shape[i]);
        header += "], \"data_offsets\": [" + std::to_string(at) + ", " + std::to_string(at + e.size) + "]}";
        at += e.size;
    }
    header += "}   "; // padded
    return with_length(header, static_cast<std::size_t>(at));
}

void check_error(const result<safetensors_file> &r, errc code, const std::string &where, const std::string &what) {
    REQUIRE(!r);
    CHECK(r.error().code == code);
    const std::string found = r.error().where.c_str();
    CHECK_MESSAGE(found.find(where) != std::string::npos, found);
    CHECK(std::string(r.error().what.c_str()) == what);
    CHECK(r.error().why[0] != '\0');
}

} // namespace

TEST_CASE("the header of a file") {
    const temporary_directory d;
    const auto f = read_safetensors(d.file("a.safetensors", safetensors({{"a", "BF16", {3, 5}, 30},
                                                                         {"b", "F32", {}, 4},
                                                                         {"c", "F8_E4M3", {7}, 7},
                                                                         {"d", "F4", {2, 4}, 4},
                                                                         {"e", "I32", {0, 4}, 0}})));
    REQUIRE(f);
    REQUIRE(f->tensors.size() == 5);
    CHECK(f->tensors[0].name == "a");
    CHECK(f->tensors[0].type == formats::bf16::value);
    CHECK(f->tensors[0].shape == std::vector<std::int64_t>{3, 5});
    CHECK(f->tensors[0].size == bytes(30));
    CHECK(f->tensors[1].elements() == 1);
    CHECK(f->tensors_size() == bytes(45));
    CHECK(f->shards[0].tensor_count == 5);
    CHECK(f->size() == f->shards[0].data_offset + bytes(45));
}

TEST_CASE("headers that lie") {
    const temporary_directory d;
    const auto read = [&](const std::string &content) {
        return read_safetensors(d.file("x.safetensors", content));
    };
    const std::string good = safetensors({{"a", "BF16", {3, 5}, 30}});
    check_error(read_safetensors(d.file("none.safetensors")), errc::unreadable, "none.safetensors", "cannot be opened");
    check_error(read("abc"), errc::malformed, "x.safetensors", "is cut off within its first 8 bytes");
    check_error(read(good.substr(0, 20)), errc::malformed, "x.safetensors",
                "ends at byte 20, its header at " + std::to_string(good.size() - 30));
    check_error(read(std::string(8, '\xff') + "{}"), errc::malformed, "x.safetensors",
                "says that its header has 9223372036854775807 bytes");
    check_error(read(with_length("[]")), errc::malformed, "x.safetensors", "is not a safetensors file");
    check_error(read(with_length("{\"a\": 1")), errc::malformed, "header, line 1, byte 7", "ends early");
    check_error(read(good.substr(0, good.size() - 1)), errc::malformed, "x.safetensors",
                "has 29 bytes of data, its tensors 30");
    check_error(read(good + "z"), errc::malformed, "x.safetensors", "has 31 bytes of data, its tensors 30");
    check_error(read(safetensors({{"a", "Q4", {8}, 4}})), errc::unsupported, "a", "has type 'Q4'");
    check_error(read(safetensors({{"a", "F16", {8}, 4}})), errc::malformed, "a", "takes 4 bytes of the data, not 16");
    check_error(read(safetensors({{"a", "F16", {-8}, 4}})), errc::malformed, "a", "has no shape of whole numbers");
    check_error(read(safetensors({{"a", "F64", {4611686018427387904, 4}, 4}})), errc::overflow, "a", "is too large");
    check_error(read(safetensors({{"a", "I8", {4}, 4}, {"a", "I8", {4}, 4}})), errc::malformed, "a", "stands twice");
    check_error(read(with_length(R"({"a": {"dtype": "I8", "shape": [4], "data_offsets": [2, 6]}})", 6)),
                errc::malformed, "a", "lies at byte 2 of the data, expected at 0");
    check_error(read(with_length(R"({"a": {"dtype": "I8", "shape": [4]}})", 4)), errc::malformed, "a",
                "has no data_offsets");
    check_error(read(with_length(R"({"a": 5})")), errc::unsupported, "a", "has type ''");

    // Whatever a byte of the header is changed to, the answer is a file or an error.
    std::uint32_t state = 1;
    for (int i = 0; i < 2000; ++i) {
        state = state * 1664525u + 1013904223u;
        std::string changed = good;
        changed[8 + (state >> 8) % (good.size() - 38)] = static_cast<char>(state >> 24);
        const auto f = read(changed);
        if (!f) CHECK(!f.error().what.empty());
    }
}

TEST_CASE("an index and its files") {
    const temporary_directory d;
    d.file("model-00001-of-00002.safetensors", safetensors({{"a", "I8", {4}, 4}, {"b", "I8", {5}, 5}}));
    d.file("model-00002-of-00002.safetensors", safetensors({{"c", "I8", {6}, 6}}));
    const std::string map =
        R"({"metadata": {"total_size": 15}, "weight_map": {"a": "model-00001-of-00002.safetensors", )";
    const std::string index =
        d.file("model.safetensors.index.json",
               map + R"("b": "model-00001-of-00002.safetensors", "c": "model-00002-of-00002.safetensors"}})");
    for (const std::string &path : {index, d.file("model-00002-of-00002.safetensors")}) {
        const auto f = read_safetensors(path);
        REQUIRE(f);
        CHECK(f->shards.size() == 2);
        CHECK(f->tensors.size() == 3);
        CHECK(f->tensors[2].shard == 1);
        CHECK(f->tensors_size() == bytes(15));
    }
    const auto other = [&](const char *rest) {
        return read_safetensors(d.file("other.json", map + rest));
    };
    check_error(other(R"("c": "model-00002-of-00002.safetensors"}})"), errc::malformed, "b", "is not in the index");
    check_error(other(R"("b": "model-00001-of-00002.safetensors", "c": "model-00001-of-00002.safetensors"}})"),
                errc::malformed, "c", "is not in the file that the index names");
    check_error(other(R"("c": "../c.safetensors"}})"), errc::malformed, "other.json", "names a file elsewhere");
    check_error(read_safetensors(d.file("none.json", "{}")), errc::missing, "none.json", "has no weight_map");
}

// Of a small model, as transformers stores it.
TEST_CASE("a repository") {
    const temporary_directory d;
    const std::string config =
        R"({"model_type": "qwen3", "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2, "vocab_size": 40,
        "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 32, "tie_word_embeddings": true, "dtype": "bfloat16"})";
    d.file("config.json", config);
    const auto alone = read_repository(d.path().string());
    REQUIRE(alone);
    CHECK(alone->files.shards.empty());
    CHECK(std::string(alone->quantization.name) == "BF16");

    std::vector<entry> entries;
    const auto put = [&](const std::string &name, std::vector<std::int64_t> shape) {
        std::int64_t n = 2;
        for (const std::int64_t dimension : shape) n *= dimension;
        entries.push_back({name, "BF16", std::move(shape), n});
    };
    put("model.embed_tokens.weight", {40, 64});
    for (const std::string i : {"0", "1"}) {
        const std::string layer = "model.layers." + i + ".";
        put(layer + "self_attn.q_proj.weight", {128, 64});
        put(layer + "self_attn.k_proj.weight", {64, 64});
        put(layer + "self_attn.v_proj.weight", {64, 64});
        put(layer + "self_attn.o_proj.weight", {64, 128});
        put(layer + "self_attn.q_norm.weight", {32});
        put(layer + "self_attn.k_norm.weight", {32});
        put(layer + "mlp.gate_proj.weight", {96, 64});
        put(layer + "mlp.up_proj.weight", {96, 64});
        put(layer + "mlp.down_proj.weight", {64, 96});
        put(layer + "input_layernorm.weight", {64});
        put(layer + "post_attention_layernorm.weight", {64});
    }
    put("model.norm.weight", {64});
    put("mtp.layers.0.mlp.up_proj.weight", {96, 64});
    put("model.layers.2.eh_proj.weight", {64, 128});
    put("visual.blocks.0.attn.qkv.weight", {48, 16});
    const std::string weights = d.file("model.safetensors", safetensors(entries));
    for (const std::string &path : {d.path().string(), d.file("config.json"), weights}) {
        const auto r = read_repository(path);
        REQUIRE(r);
        CHECK(r->files.shards.size() == 1);
        CHECK(r->model.family == &architectures::qwen3::value);
        CHECK(r->elements() == published_parameters(r->model));
        CHECK(r->size_of(model_part::language) == bytes(2 * published_parameters(r->model)));
        CHECK(r->size_of(model_part::further_layers) == bytes(2 * (96 * 64 + 64 * 128)));
        CHECK(r->size_of(model_part::other) == bytes(2 * 48 * 16));
    }

    d.file("hf_quant_config.json", R"({"quantization": {"quant_algo": "NVFP4", "exclude_modules": ["lm_head"]}})");
    CHECK(std::string(read_repository(d.path().string())->quantization.name) == "NVFP4");
    const temporary_directory empty;
    const auto none = read_repository(empty.path().string());
    REQUIRE(!none);
    CHECK(none.error().code == errc::unreadable);
    const auto lonely = read_repository(empty.file("x.safetensors", safetensors(entries)));
    REQUIRE(!lonely);
    CHECK(lonely.error().code == errc::missing);
}

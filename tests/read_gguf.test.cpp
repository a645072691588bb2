#include <membound/read/gguf.hpp>

#include "support/gguf_writer.hpp"
#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>

#include <filesystem>

using namespace membound;
using membound_tests::gguf_type;
using membound_tests::gguf_writer;
using membound_tests::temporary_directory;

namespace {

void put_llama_keys(gguf_writer &w, const char *architecture = "llama") {
    const std::string prefix = std::string(architecture) + ".";
    const auto put = [&](const char *key, auto value) {
        w.put((prefix + key).c_str(), value);
    };
    w.put("general.architecture", architecture);
    w.put("general.name", "A small model");
    w.put("general.file_type", 15);
    put("context_length", 2048);
    put("embedding_length", 256);
    put("block_count", 2);
    put("feed_forward_length", 512);
    put("attention.head_count", 8);
    w.put((prefix + "attention.head_count_kv").c_str(), gguf_type::u32, {2, 2});
    put("attention.layer_norm_rms_epsilon", 1e-5);
    put("rope.dimension_count", 32);
    w.put_tokens(5);
}

void put_tensors(gguf_writer &w) {
    w.put_tensor("token_embd.weight", {256, 5}, formats::q4_k::value);
    w.put_tensor("output_norm.weight", {256}, formats::f32::value);
    w.put_tensor("blk.0.attn_q.weight", {256, 256}, formats::q6_k::value);
    w.put_tensor("blk.1.attn_q.bias", {3}, formats::f32::value);
    w.put_tensor("blk.1.no_such_part", {4}, formats::f16::value);
}

gguf_writer small_model(std::uint32_t version = 3, std::int64_t alignment = 32) {
    gguf_writer w(version, alignment);
    put_llama_keys(w);
    if (alignment != 32) w.put("general.alignment", alignment);
    put_tensors(w);
    return w;
}

// Header and data, all of it there.
std::string content(const gguf_writer &w) {
    std::string out = w.header();
    out.resize(static_cast<std::size_t>(w.file_bytes()));
    return out;
}

result<gguf_file> read(const temporary_directory &d, const std::string &bytes_of_file) {
    return read_gguf_file(d.file("model.gguf", bytes_of_file));
}

// `where` is how the place of the error ends, `what` a part of its message.
bool fails(const result<gguf_file> &r, errc code, const char *where, const char *what = "") {
    if (r) return false;
    const std::string w = r.error().where.c_str();
    const std::string message = w + ": " + r.error().what.c_str() + ", " + r.error().why;
    CAPTURE(message);
    const bool right = r.error().code == code && w.size() >= std::strlen(where) &&
                       w.compare(w.size() - std::strlen(where), std::string::npos, where) == 0 &&
                       message.find(what) != std::string::npos && r.error().why[0] != '\0';
    CHECK(right);
    return right;
}

TEST_CASE("a GGUF file says whether it was quantized with an importance matrix") {
    const temporary_directory d;
    gguf_writer w;
    put_llama_keys(w);
    w.put("quantize.imatrix.file", "imatrix.gguf");
    put_tensors(w);
    CHECK(w.write(d.file("model.gguf")));
    const result<gguf_file> r = read_gguf_file(d.file("model.gguf"));
    REQUIRE(r);
    CHECK(r->importance_matrix);
    CHECK(r->stored().importance_matrix);
}

TEST_CASE("a GGUF file is read") {
    const temporary_directory d;
    for (const std::uint32_t version : {2U, 3U}) {
        for (const int alignment : {32, 1, 4096}) {
            const gguf_writer w = small_model(version, alignment);
            CHECK(w.write(d.file("model.gguf")));
            const result<gguf_file> r = read_gguf_file(d.file("model.gguf"));
            REQUIRE(r);
            const model &m = r->model;
            CHECK(m.family == &architectures::llama::value);
            CHECK(std::string(m.name.c_str()) == "A small model");
            CHECK(m.num_hidden_layers == 2);
            CHECK(m.hidden_size == 256);
            CHECK(m.vocab_size == 5);
            CHECK(m.layers[0].num_key_value_heads == 2);
            CHECK(m.layers[1].num_key_value_heads == 2);
            CHECK(m.tie_word_embeddings);
            CHECK(m.attention_bias);
            CHECK(r->architecture == "llama");
            CHECK(r->file_type == 15);
            CHECK(std::string(r->quantization_name) == "Q4_K_M");
            CHECK(r->alignment == alignment);
            CHECK(r->metadata_count == (alignment == 32 ? 13 : 14));
            REQUIRE(r->shards.size() == 1);
            CHECK(r->size() == bytes(w.file_bytes()));
            CHECK(r->shards[0].data_offset == bytes(w.data_offset()));
            CHECK(r->shards[0].tensor_count == 5);

            REQUIRE(r->tensors.size() == 5);
            CHECK(std::string(r->tensors[2].name.c_str()) == "blk.0.attn_q.weight");
            CHECK(r->tensors[2].which.name == tensor_name::attn_q);
            CHECK(r->tensors[2].which.dims == shape{256, 256});
            CHECK(r->tensors[2].type == formats::q6_k::value);
            CHECK(r->tensors[4].which.name == tensor_name::other);
            CHECK(r->tensors[4].which.layer == 1);
            CHECK(r->offsets[0] == bytes(w.data_offset()));
            CHECK(r->offsets[1] - r->offsets[0] == bytes((5 * 144 + alignment - 1) / alignment * alignment));
            CHECK(r->tensors_size() == bytes(5 * 144 + 1024 + 256 * 210 + 12 + 8));

            const quantization q = r->stored();
            CHECK(q.kind == quantization::scheme::stored);
            CHECK(q.stored_count == 5);
            CHECK(q.stored == r->tensors.data());
            CHECK(std::string(q.name) == "Q4_K_M");
            CHECK(!q.importance_matrix);

            const result<model> alone = read_gguf(d.file("model.gguf"));
            REQUIRE(alone);
            CHECK(alone->num_hidden_layers == 2);
        }
    }
}

TEST_CASE("data may lie beyond 4 GiB") {
    const temporary_directory d;
    gguf_writer w = small_model();
    w.put_tensor("output.weight", {1 << 20, 1 << 14}, formats::q8_0::value); // 17 GiB
    w.put_tensor("blk.0.attn_k.weight", {256}, formats::f32::value);
    CHECK(w.write(d.file("model.gguf")));
    const result<gguf_file> r = read_gguf_file(d.file("model.gguf"));
    REQUIRE(r);
    CHECK(r->size() == bytes(w.file_bytes()));
    CHECK(r->offsets.back() > 17_GiB);
    std::filesystem::resize_file(d.file("model.gguf"), static_cast<std::uintmax_t>(w.file_bytes() - 32));
    CHECK(fails(read_gguf_file(d.file("model.gguf")), errc::malformed, "blk.0.attn_k.weight", "the file has 1"));
}

TEST_CASE("every type of value is read or skipped") {
    const temporary_directory d;
    gguf_writer w;
    for (const gguf_type t : {gguf_type::u8, gguf_type::i8, gguf_type::u16, gguf_type::i16, gguf_type::u32,
                              gguf_type::i32, gguf_type::boolean, gguf_type::u64, gguf_type::i64, gguf_type::f64}) {
        const std::string key = "x." + std::to_string(static_cast<int>(t));
        w.put(key.c_str(), t, 1);
        w.put((key + "s").c_str(), t, {1, 0, 1});
        w.put((key + "l").c_str(), t, std::vector<std::int64_t>(100000, 1));
    }
    w.put("x.f32", 1.5);
    w.put("x.f32s", std::vector<float>(3, 1.0F));
    w.put("x.none", std::vector<std::string>{});
    w.put("x.text", std::string(300000, 'x'));
    w.put("x.texts", std::vector<std::string>{"", std::string(300000, 'y'), "z"});
    put_llama_keys(w);
    put_tensors(w);
    const result<gguf_file> r = read(d, content(w));
    REQUIRE(r);
    CHECK(r->model.layers[1].num_key_value_heads == 2);
    CHECK(r->tensors.size() == 5);
}

TEST_CASE("an unknown architecture keeps its tensors") {
    const temporary_directory d;
    gguf_writer w;
    put_llama_keys(w, "elephant");
    put_tensors(w);
    const result<gguf_file> r = read(d, content(w));
    REQUIRE(r);
    CHECK(r->model.family == nullptr);
    CHECK(r->model.num_hidden_layers == 2);
    CHECK(r->architecture == "elephant");
    CHECK(r->tensors.size() == 5);
}

TEST_CASE("what a description lacks is named") {
    const temporary_directory d;
    gguf_writer w;
    w.put("general.architecture", "llama");
    CHECK(fails(read(d, content(w)), errc::missing, "llama.block_count"));
    CHECK(fails(read(d, content(gguf_writer())), errc::missing, "general.architecture"));
}

TEST_CASE("the start of a file is checked") {
    const temporary_directory d;
    CHECK(fails(read_gguf_file(d.file("absent.gguf")), errc::unreadable, "absent.gguf"));
    CHECK(fails(read_gguf_file(d.file("")), errc::unreadable, ""));
    CHECK(fails(read(d, ""), errc::malformed, "model.gguf", "byte 0"));
    CHECK(fails(read(d, "GGML" + content(small_model()).substr(4)), errc::malformed, "model.gguf", "not a GGUF"));
    CHECK(fails(read(d, content(small_model(1))), errc::unsupported, "model.gguf", "version 1"));
    CHECK(fails(read(d, content(small_model(4))), errc::unsupported, "model.gguf", "version 4"));
    CHECK(fails(read(d, content(small_model(0))), errc::unsupported, "model.gguf", "version 0"));
    CHECK(fails(read(d, content(small_model(3U << 24))), errc::unsupported, "model.gguf", "big-endian"));
    const std::string longer = std::string(200, 'p') + ".gguf";
    CHECK(fails(read_gguf_file(d.file(longer)), errc::unreadable, "pppp.gguf"));
}

// A well-formed file with `length` bytes at `at` replaced by those of a number.
std::string patched(std::string content_of, std::size_t at, std::uint64_t number, std::size_t length) {
    for (std::size_t i = 0; i < length; ++i) content_of[at + i] = static_cast<char>(number >> (8 * i));
    return content_of;
}

TEST_CASE("counts and lengths are bounded by the file") {
    const temporary_directory d;
    const std::string good = content(small_model());
    for (const std::uint64_t huge : {std::uint64_t{1} << 20, std::uint64_t{1} << 62, ~std::uint64_t{0}}) {
        CHECK(fails(read(d, patched(good, 8, huge, 8)), errc::malformed, "model.gguf", "tensors"));
        CHECK(fails(read(d, patched(good, 16, huge, 8)), errc::malformed, "model.gguf", "keys"));
        CHECK(fails(read(d, patched(good, 24, huge, 8)), errc::malformed, "metadata key 0"));
        const std::size_t tokens = good.find("tokenizer.ggml.tokens") + 21;
        CHECK(fails(read(d, patched(good, tokens + 8, huge, 8)), errc::malformed, "tokenizer.ggml.tokens", "cut off"));
        CHECK(fails(read(d, patched(good, tokens + 16, huge, 8)), errc::malformed, "tokenizer.ggml.tokens", "cut off"));
        const std::size_t scores = good.find("tokenizer.ggml.scores") + 21;
        CHECK(fails(read(d, patched(good, scores + 8, huge, 8)), errc::malformed, "tokenizer.ggml.scores", "cut off"));
        const std::size_t name = good.find("general.name") + 12;
        CHECK(fails(read(d, patched(good, name + 4, huge, 8)), errc::malformed, "general.name", "cut off"));
        const std::size_t tensor_at = good.find("token_embd.weight");
        CHECK(fails(read(d, patched(good, tensor_at - 8, huge, 8)), errc::malformed, "tensor 0", "too long"));
    }
    CHECK(fails(read(d, patched(good, 8, 60000, 8)), errc::malformed, "model.gguf", "it has 60000 tensors"));
    CHECK(fails(read(d, patched(good, 16, 60000, 8)), errc::malformed, "model.gguf", "it has 60000 keys"));
    // A count that the file could hold, were it all descriptions.
    std::string padded = good;
    padded.resize(64 << 20);
    CHECK(fails(read(d, patched(padded, 8, 1 << 20, 8)), errc::malformed, "model.gguf", "tensors"));
    CHECK(fails(read(d, patched(padded, 16, 1 << 20, 8)), errc::malformed, "model.gguf", "keys"));
}

TEST_CASE("keys are checked") {
    const temporary_directory d;
    const auto with = [&](auto... value) {
        gguf_writer w = small_model();
        w.put(value...);
        return read(d, content(w));
    };
    const std::string good = content(small_model());
    const std::size_t type = good.find("llama.block_count") + 17;
    CHECK(fails(read(d, patched(good, type, 13, 4)), errc::malformed, "llama.block_count", "type 13"));
    CHECK(fails(read(d, patched(good, type, ~0U, 4)), errc::malformed, "llama.block_count", "type 4294967295"));
    const std::size_t elements = good.find("tokenizer.ggml.tokens") + 21 + 4;
    CHECK(fails(read(d, patched(good, elements, 9, 4)), errc::malformed, "tokenizer.ggml.tokens", "type 9"));
    CHECK(fails(read(d, patched(good, elements, 200, 4)), errc::malformed, "tokenizer.ggml.tokens", "type 200"));
    CHECK(fails(read(d, patched(good, 24, 0, 8)), errc::malformed, "metadata key 0", "no name"));
    CHECK(fails(with("llama.block_count", 2), errc::malformed, "llama.block_count", "twice"));
    CHECK(fails(with("general.alignment", 0), errc::bad_value, "general.alignment"));
    CHECK(fails(with("general.alignment", 48), errc::bad_value, "general.alignment"));
    CHECK(fails(with("general.alignment", "32"), errc::bad_value, "general.alignment"));
    CHECK(fails(with("general.alignment", gguf_type::i32, -32), errc::bad_value, "general.alignment"));
    CHECK(fails(with("general.alignment", 16), errc::malformed, "output_norm.weight", "expected at 720"));
    CHECK(fails(with("general.alignment", 1 << 30), errc::malformed, "output_norm.weight", "expected at 1073741824"));
    gguf_writer lines = small_model();
    lines.put("line\nbreak", 1);
    lines.put("line\nbreak", 1);
    CHECK(fails(read(d, content(lines)), errc::malformed, "line?break", "twice"));
}

TEST_CASE("tensors are checked") {
    const temporary_directory d;
    const std::string good = content(small_model());
    const std::size_t q = good.find("blk.0.attn_q.weight") + 19; // dimensions, 256, 256, type, offset
    const char *name = "blk.0.attn_q.weight";
    CHECK(fails(read(d, patched(good, q, 5, 4)), errc::malformed, name, "5 dimensions"));
    CHECK(fails(read(d, patched(good, q, ~0U, 4)), errc::malformed, name, "dimensions"));
    CHECK(fails(read(d, patched(good, q + 4, 0, 8)), errc::malformed, name, "dimension"));
    CHECK(fails(read(d, patched(good, q + 12, ~std::uint64_t{0}, 8)), errc::malformed, name, "dimension"));
    CHECK(fails(read(d, patched(good, q + 12, std::uint64_t{1} << 60, 8)), errc::overflow, name));
    const std::size_t norm = good.find("output_norm.weight") + 18 + 4;
    CHECK(
        fails(read(d, patched(good, norm, std::uint64_t{1} << 61, 8)), errc::overflow, "output_norm.weight", "large"));
    CHECK(fails(read(d, patched(good, q + 4, 255, 8)), errc::malformed, name, "q6_K has blocks of 256"));
    for (const std::uint64_t removed : {4U, 5U, 31U, 36U, 43U, 1000U, ~0U})
        CHECK(fails(read(d, patched(good, q + 20, removed, 4)), errc::unsupported, name, "type"));
    CHECK(fails(read(d, patched(good, q + 24, 32, 8)), errc::malformed, name, "lies at byte 32"));
    CHECK(fails(read(d, patched(good, q + 24, ~std::uint64_t{0}, 8)), errc::malformed, name, "lies at byte"));
    CHECK(fails(read(d, patched(good, q - 19, 0, 1)), errc::malformed, "tensor 2", "zero byte"));
    CHECK(fails(read(d, patched(good, 32, 0, 1)), errc::malformed, "metadata key 0", "zero byte"));

    gguf_writer twice = small_model();
    twice.put_tensor("token_embd.weight", {256}, formats::f32::value);
    CHECK(fails(read(d, content(twice)), errc::malformed, "token_embd.weight", "twice"));
    gguf_writer long_name = small_model();
    long_name.put_tensor(std::string(64, 'n').c_str(), {256}, formats::f32::value);
    CHECK(fails(read(d, content(long_name)), errc::malformed, "tensor 5", "too long"));
    // The header alone.
    CHECK(fails(read(d, small_model().header()), errc::malformed, "token_embd.weight", "the file has"));
}

// Shards of a model, `drop` of them not written.
void write_shards(const temporary_directory &d, int count, int drop = -1, int wrong_number = -1, int total = 5) {
    for (int i = 0; i < count; ++i) {
        gguf_writer w;
        if (i == 0) put_llama_keys(w);
        w.put("split.no", gguf_type::u16, i == wrong_number ? i + 1 : i);
        w.put("split.count", gguf_type::u16, count);
        w.put("split.tensors.count", gguf_type::i32, total);
        if (i == 1) put_tensors(w);
        if (i != drop) w.write(d.file("m" + detail::shard_ending(i + 1, count)));
    }
}

TEST_CASE("shards are joined") {
    {
        const temporary_directory d;
        write_shards(d, 3);
        const result<gguf_file> r = read_gguf_file(d.file("m-00001-of-00003.gguf"));
        REQUIRE(r);
        CHECK(r->shards.size() == 3);
        CHECK(r->shards[1].tensor_count == 5);
        CHECK(r->tensors.size() == 5);
        CHECK(r->model.num_hidden_layers == 2);
        CHECK(r->model.attention_bias);
        CHECK(fails(read_gguf_file(d.file("m-00002-of-00003.gguf")), errc::unsupported, "m-00002-of-00003.gguf",
                    "first"));
        std::filesystem::rename(d.file("m-00001-of-00003.gguf"), d.file("renamed.gguf"));
        CHECK(fails(read_gguf_file(d.file("renamed.gguf")), errc::unsupported, "renamed.gguf", "named"));
    }
    const auto first = [](const temporary_directory &d) {
        return read_gguf_file(d.file("m-00001-of-00003.gguf"));
    };
    const temporary_directory missing, swapped, few;
    write_shards(missing, 3, 2);
    CHECK(fails(first(missing), errc::unreadable, "m-00003-of-00003.gguf"));
    write_shards(swapped, 3, -1, 2);
    CHECK(fails(first(swapped), errc::malformed, "m-00003-of-00003.gguf", "another shard"));
    write_shards(few, 3, -1, -1, 6);
    CHECK(fails(first(few), errc::malformed, "split.tensors.count"));
}

TEST_CASE("a file cut off anywhere is an error") {
    const temporary_directory d;
    const gguf_writer w = small_model();
    const std::string good = content(w);
    const std::string path = d.file("model.gguf", good);
    REQUIRE(read_gguf_file(path));
    // The padding of the last tensor may be missing, nothing before it.
    const std::int64_t end = w.file_bytes() - 32 + 8;
    const auto cut = [&](std::int64_t n) {
        std::filesystem::resize_file(path, static_cast<std::uintmax_t>(n));
    };
    cut(end);
    CHECK(read_gguf_file(path));
    int errors = 0;
    for (std::int64_t n = w.data_offset() + 8; n >= 0; --n) {
        cut(n);
        const result<gguf_file> r = read_gguf_file(path);
        errors += !r && !r.error().where.empty() && !r.error().what.empty() ? 1 : 0;
    }
    CHECK(errors == w.data_offset() + 9);
    d.file("model.gguf", good);
    cut(end - 1);
    CHECK(fails(read_gguf_file(path), errc::malformed, "blk.1.no_such_part", "ends at byte"));
}

TEST_CASE("a header with wrong bytes is an error or a model") {
    const temporary_directory d;
    const gguf_writer w = small_model();
    const std::string good = content(w);
    const auto header = static_cast<std::uint64_t>(w.header_bytes());
    std::uint64_t state = 20261121;
    const auto random = [&](std::uint64_t below) { // a linear congruential generator (Knuth, MMIX)
        state = state * 6364136223846793005U + 1442695040888963407U;
        return (state >> 33) % below;
    };
    constexpr std::uint64_t telling[] = {0, 1, 2, 4, 8, 9, 12, 13, 0x7f, 0x80, 0xff};
    int errors = 0, models = 0, silent = 0;
    const std::string path = d.file("model.gguf", good);
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    for (int i = 0; i < 4000; ++i) {
        std::string bad = good;
        for (std::uint64_t n = 0, count = 1 + random(3); n < count; ++n)
            bad[static_cast<std::size_t>(random(header))] =
                static_cast<char>(random(2) == 0 ? random(256) : telling[random(11)]);
        file.seekp(0);
        file << bad << std::flush;
        const result<gguf_file> r = read_gguf_file(path);
        (r ? models : errors)++;
        silent += !r && (r.error().where.empty() || r.error().what.empty()) ? 1 : 0;
    }
    CHECK(silent == 0);
    CHECK(errors > 1000);
    CHECK(models > 100);
}

TEST_CASE("names of file types") {
    CHECK(std::string(file_type_name(1)) == "F16");
    CHECK(std::string(file_type_name(static_cast<int>(file_type::q8_0))) == "Q8_0");
    CHECK(std::string(file_type_name(static_cast<int>(file_type::q2_k_s))) == "Q2_K_S");
    CHECK(std::string(file_type_name(static_cast<int>(file_type::iq1_m))) == "IQ1_M");
    CHECK(std::string(file_type_name(static_cast<int>(file_type::tq1_0))) == "TQ1_0");
    CHECK(std::string(file_type_name(static_cast<int>(file_type::q2_0))) == "Q2_0");
    CHECK(std::string(file_type_name(4)).empty());
    CHECK(std::string(file_type_name(-1)).empty());
    CHECK(std::string(file_type_name(42)).empty());
}

} // namespace

// Projectors: weights and the buffers of a pass over one image.
#include "support/gguf_writer.hpp"
#include "support/temporary_directory.hpp"

#include <membound/devices/nvidia.hpp>
#include <membound/membound.hpp>
#include <membound/models/qwen.hpp>
#include <membound/read/projector.hpp>

#include <doctest/doctest.h>

#include <string>

using namespace membound;
using kind = projector_kind;
namespace m = membound::models;
namespace q = membound::quantizations;

namespace {

projector vision(kind k, int layers, std::int64_t hidden, std::int64_t middle, std::int64_t heads, std::int64_t image,
                 std::int64_t patch, std::int64_t merge, std::int64_t text) {
    projector p;
    p.kind = k;
    p.layers = layers;
    p.hidden_size = hidden;
    p.intermediate_size = middle;
    p.num_attention_heads = heads;
    p.image_size = image;
    p.patch_size = patch;
    p.merge = merge;
    p.text_size = text;
    return p;
}

struct measured {
    projector of;
    std::int64_t flash; // bytes of the compute buffer on the CPU with flash attention, and without
    std::int64_t plain;
};

projector with_windows(projector p, int period) { return p.window_period = period, p; }
projector with_deep_layers(projector p, std::uint64_t layers) { return p.deepstack = layers, p; }
projector with_merger(projector p) { return p.patch_merger = true, p; }
projector scaled(projector p) { return p.layer_scale = true, p; }
projector with_middle(projector p, std::int64_t n) { return p.middle_size = n, p; }

// What v0.5.0 reserves on the CPU for files of these sizes.
const measured small[] = {
    {vision(kind::gemma3, 3, 256, 512, 4, 224, 14, 4, 640), 1638400, 2686976},
    {vision(kind::gemma3, 27, 1152, 4304, 16, 896, 14, 4, 2560), 127139840, 1186988032},
    {vision(kind::idefics3, 3, 256, 512, 4, 224, 14, 4, 640), 1310720, 2097152},
    {vision(kind::mlp, 4, 256, 512, 4, 224, 14, 1, 640), 1836032, 2187328},
    {vision(kind::pixtral, 3, 256, 512, 4, 448, 14, 1, 640), 2652160, 2480128},
    {with_merger(vision(kind::pixtral, 3, 256, 512, 4, 448, 14, 2, 640)), 8749056, 22380544},
    {vision(kind::qwen2vl, 4, 256, 512, 4, 768, 16, 2, 640), 47804672, 1189699840},
    {with_windows(vision(kind::qwen2_5vl, 4, 256, 512, 4, 560, 14, 2, 640), 2), 467229760, 1478847040},
    {vision(kind::qwen3vl, 4, 256, 512, 4, 768, 16, 2, 640), 56471808, 1207034112},
    {with_deep_layers(vision(kind::qwen3vl, 5, 256, 512, 4, 768, 16, 2, 640), 3), 73806080, 1224368384},
    {scaled(vision(kind::internvl, 3, 256, 512, 4, 448, 14, 2, 640)), 5248000, 21008416},
    {with_middle(vision(kind::llama4, 3, 256, 512, 4, 336, 14, 2, 640), 512), 3131968, 8458848},
};

bool passes_take_what_they_take() {
    for (const measured &s : small) {
        const image_shape image = detail::first_image(s.of);
        if (detail::measure_projector(s.of, image, machine{}, true).compute[0].count() != s.flash) return false;
        if (detail::measure_projector(s.of, image, machine{}, false).compute[0].count() != s.plain) return false;
    }
    return true;
}

bool prints(bytes b, double mib) {
    const double off = static_cast<double>(b.count()) / (1 << 20) - mib;
    return off < 0.0051 && off > -0.0051;
}

// Published logs: the projector of Qwen3.6 27B on CUDA and Vulkan; the weights of Qwen2.5-VL 7B's in F16.
bool logs_print_the_same() {
    projector third = vision(kind::qwen3vl, 27, 1152, 4304, 16, 768, 16, 2, 5120);
    third.matrices = formats::q8_0::value;
    third.patches = formats::f32::value;
    const auto image = detail::first_image(third);
    const auto b = detail::measure_projector(third, image, machine_of(devices::geforce_rtx_3060_12gb::value), true);
    const projector second = with_windows(vision(kind::qwen2_5vl, 32, 1280, 3420, 16, 560, 14, 2, 3584), 8);
    return image.width == 1472 && prints(b.compute[0], 248.10) && prints(b.compute[1], 24.93) &&
           detail::measure_projector(second, {560, 560}, machine{}, true).weights == 1354132480_B;
}

bool a_budget_has_room_for_it() {
    const projector p = with_windows(vision(kind::qwen2_5vl, 32, 1280, 3420, 16, 560, 14, 2, 3584), 8);
    const machine on = machine_of(devices::geforce_rtx_3060_12gb::value);
    const auto budget_with = [&](const projector *seen, image_shape image) {
        workload w = engines::llama_cpp::value.defaults;
        w.context = tokens(4096);
        w.vision = seen;
        w.image = image;
        return budget_of(m::qwen2_5_7b::value, q::q4_k_m::value, on, engines::llama_cpp::value, w);
    };
    const auto blind = budget_with(nullptr, {});
    const auto seeing = budget_with(&p, {});
    const auto given = budget_with(&p, {560, 560});
    const auto odd = budget_with(&p, {560, 561});
    projector broken = p;
    broken.num_attention_heads = 7;
    return blind && seeing && given && !odd && !budget_with(&broken, {}) &&
           blind->devices[0].projector.upper == 0_B && seeing->devices[0].projector.lower > 1354132480_B &&
           seeing->devices[0].projector.upper > seeing->devices[0].projector.expected &&
           given->devices[0].projector.upper < seeing->devices[0].projector.expected &&
           seeing->host().projector.expected > 0_B && seeing->devices[0].kv_cache.expected == blind->devices[0].kv_cache.expected;
}

// Two layers of Gemma 3's vision model as a file has them, with one tensor more.
result<projector> read_gemma_file(const char *architecture, const char *projector_type, const char *further) {
    membound_tests::gguf_writer file;
    file.put("general.architecture", architecture);
    file.put("clip.projector_type", projector_type);
    file.put("clip.vision.block_count", 2);
    file.put("clip.vision.embedding_length", 64);
    file.put("clip.vision.feed_forward_length", 128);
    file.put("clip.vision.attention.head_count", 2);
    file.put("clip.vision.image_size", 56);
    file.put("clip.vision.patch_size", 14);
    file.put("clip.vision.projection_dim", 96);
    const format &half = formats::f16::value, &single = formats::f32::value;
    file.put_tensor("v.patch_embd.weight", {14, 14, 3, 64}, half);
    file.put_tensor("v.patch_embd.bias", {64}, single);
    file.put_tensor("v.position_embd.weight", {64, 16}, single);
    for (const std::string block : {"v.blk.0.", "v.blk.1."}) {
        for (const char *norm : {"ln1", "ln2"})
            for (const char *part : {".weight", ".bias"}) file.put_tensor((block + norm + part).c_str(), {64}, single);
        for (const char *matrix : {"attn_q", "attn_k", "attn_v", "attn_out"}) {
            file.put_tensor((block + matrix + ".weight").c_str(), {64, 64}, half);
            file.put_tensor((block + matrix + ".bias").c_str(), {64}, single);
        }
        file.put_tensor((block + "ffn_up.weight").c_str(), {64, 128}, half);
        file.put_tensor((block + "ffn_up.bias").c_str(), {128}, single);
        file.put_tensor((block + "ffn_down.weight").c_str(), {128, 64}, half);
        file.put_tensor((block + "ffn_down.bias").c_str(), {64}, single);
    }
    file.put_tensor("v.post_ln.weight", {64}, single);
    file.put_tensor("v.post_ln.bias", {64}, single);
    file.put_tensor("mm.input_projection.weight", {96, 64}, half);
    file.put_tensor("mm.soft_emb_norm.weight", {64}, single);
    if (further[0] != '\0') file.put_tensor(further, {64}, single);
    const membound_tests::temporary_directory d;
    REQUIRE(file.write(d.file("mmproj.gguf")));
    return read_projector(d.file("mmproj.gguf"));
}

} // namespace

TEST_CASE("a projector is read from its file") {
    const auto read = read_gemma_file("clip", "gemma3", "");
    REQUIRE(read);
    CHECK(read->kind == kind::gemma3);
    CHECK(read->merge == 4);
    projector converted = *read;
    converted.stored = 0_B;
    const auto image = detail::first_image(*read);
    CHECK(detail::measure_projector(converted, image, machine{}, true).weights == read->stored);
    CHECK(!read_gemma_file("llama", "gemma3", ""));
    CHECK(!read_gemma_file("clip", "resampler", ""));
    CHECK(!read_gemma_file("clip", "gemma3", "v.blk.0.attn_sinks"));
}

TEST_CASE("a pass over an image takes what llama.cpp reserves") {
    CHECK(passes_take_what_they_take());
    CHECK(logs_print_the_same());
}

TEST_CASE("a budget has room for what reads images") { CHECK(a_budget_has_room_for_it()); }

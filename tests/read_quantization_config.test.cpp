#include <membound/read/quantization_config.hpp>

#include <membound/models/deepseek.hpp>
#include <membound/models/gpt_oss.hpp>
#include <membound/models/llama.hpp>
#include <membound/models/qwen.hpp>

#include <doctest/doctest.h>

#include <cstring>
#include <string>

namespace {

using namespace membound;
namespace l = quantizations::linear;
using k = module_kind;

constexpr std::int64_t length_of(const char *text) {
    std::int64_t n = 0;
    while (text[n] != '\0') ++n;
    return n;
}
constexpr result<quantization> of(const model &m, const char *text) {
    return quantization_from_config(text, length_of(text), m);
}

constexpr model llama = models::llama_3_1_8b::value;

// As many rules as that, the first of which stores feed-forward blocks so.
constexpr bool stores(const result<quantization> &q, const char *name, const linear_format &how,
                      k kind = k::feed_forward) {
    return q && same_text(q->name, name) && linear_format_of(*q, kind, 1) == how &&
           !linear_format_of(*q, k::head, -1).quantized() && !linear_format_of(*q, k::embedding, -1).quantized();
}

constexpr bool types_are_read() {
    return same_text(of(llama, R"({"torch_dtype": "bfloat16"})")->name, "BF16") &&
           same_text(of(llama, R"({"dtype": "float16"})")->name, "F16") &&
           same_text(of(llama, R"({"text_config": {"dtype": "float32"}})")->name, "F32") &&
           of(llama, "{}").error().code == errc::missing;
}
static_assert(types_are_read(), "");

constexpr bool fp8_is_read() {
    return stores(of(llama, R"({"quantization_config": {"quant_method": "fp8", "activation_scheme": "dynamic"}})"),
                  "FP8", l::fp8) &&
           stores(of(llama, R"({"quantization_config": {"quant_method": "fp8", "weight_block_size": [128, 128]}})"),
                  "FP8_BLOCK", l::fp8_block);
}
static_assert(fp8_is_read(), "");

constexpr bool has_four_bits(const result<quantization> &q, int group, bool zeros, bool index) {
    if (!q) return false;
    const linear_format f = linear_format_of(*q, k::attention, 0);
    return f.bits == 4 && f.scale_bits == 16 && f.group_inputs == group && (f.zero_bits == 4) == zeros &&
           (f.file_index_bits == 32) == index;
}

bool fbgemm_is_read() {
    const auto q = of(llama, R"({"quantization_config": {"quant_method": "fbgemm_fp8", "activation_scale_ub": 1200.0,
        "modules_to_not_convert": ["model.layers.0.self_attn.q_proj", "model.layers.0.mlp.down_proj", "model.layers.0.mlp.gate_proj",
        "model.layers.0.mlp.up_proj", "model.layers.0.self_attn.k_proj", "model.layers.0.self_attn.v_proj", "model.layers.0.self_attn.o_proj"]}})");
    return q && same_text(q->name, "FP8_DYNAMIC") && linear_format_of(*q, module_kind::feed_forward, 1) == l::fp8_channel &&
           !linear_format_of(*q, module_kind::feed_forward, 0).quantized();
}

bool auto_round_is_read() {
    const auto q = of(llama, R"({"quantization_config": {"quant_method": "auto-round", "bits": 4, "group_size": 128, "sym": true,
        "data_type": "int", "packing_format": "auto_round:auto_gptq", "extra_config": {
        "model.layers.0.self_attn.q_proj": {"bits": 16}, "model.layers.0.self_attn.k_proj": {"bits": 16},
        "model.layers.0.self_attn.v_proj": {"bits": 16}, "model.layers.0.self_attn.o_proj": {"bits": 16},
        ".*layers\\.31\\.mlp.*": {"bits": 8, "group_size": 32}}}})");
    if (!q) return false;
    const linear_format usual = linear_format_of(*q, k::attention, 1), first = linear_format_of(*q, k::attention, 0);
    const linear_format last = linear_format_of(*q, k::feed_forward, 31);
    return same_text(q->name, "GPTQ") && usual.bits == 4 && usual.group_inputs == 128 && usual.file_zero_bits == 4 &&
           usual.file_index_bits == 0 && !first.quantized() && last.bits == 8 && last.group_inputs == 32 &&
           linear_format_of(*q, k::feed_forward, 0) == usual && !linear_format_of(*q, k::head, -1).quantized() &&
           !of(llama, R"({"quantization_config": {"quant_method": "auto-round", "data_type": "mx_fp"}})");
}

constexpr bool gptq_is_read() {
    return stores(
        of(llama,
           R"({"quantization_config": {"quant_method": "gptq", "bits": 4, "group_size": 128, "sym": true, "desc_act": false}})"),
        "GPTQ", l::gptq_int4_g128);
}
static_assert(gptq_is_read(), "");

constexpr bool packed_integers_are_read() {
    return gptq_is_read() &&
           has_four_bits(
               of(llama,
                  R"({"quantization_config": {"quant_method": "gptq", "bits": 4, "group_size": -1, "sym": false}})"),
               0, true, true) &&
           stores(
               of(llama,
                  R"({"quantization_config": {"quant_method": "awq", "bits": 4, "group_size": 128, "zero_point": true}})"),
               "AWQ", l::awq_g128) &&
           has_four_bits(
               of(llama, R"({"quantization_config": {"quant_method": "awq", "w_bit": 4, "q_group_size": 64}})"), 64,
               true, false) &&
           stores(
               of(llama,
                  R"({"quantization_config": {"quant_method": "bitsandbytes", "load_in_4bit": true, "bnb_4bit_quant_type": "nf4",
                                "bnb_4bit_use_double_quant": true}})"),
               "NF4_DOUBLE", l::nf4_double) &&
           stores(of(llama, R"({"quantization_config": {"quant_method": "bitsandbytes", "load_in_8bit": true}})"),
                  "INT8", l::int8_channel);
}

constexpr bool lists_of_exceptions_hold() {
    // As NVIDIA's repositories have them.
    const auto q = of(llama, R"({"quantization_config": {"quant_method": "modelopt", "quant_algo": "NVFP4",
        "ignore": ["lm_head", "model.layers.0.self_attn*", "model.layers.1.self_attn*"]}})");
    if (!q) return false;
    return !linear_format_of(*q, k::attention, 1).quantized() && linear_format_of(*q, k::attention, 2) == l::nvfp4 &&
           linear_format_of(*q, k::feed_forward, 0) == l::nvfp4;
}
constexpr bool matches_regex(const char *pattern, const char *name) {
    return membound::detail::matches({pattern, length_of(pattern)}, {name, length_of(name)},
                                      membound::detail::pattern_style::regular);
}
constexpr bool expressions_match() {
    return matches_regex(".*self_attn.*", "layers.3.self_attn.q_proj") &&
           !matches_regex(".*self_attn.*", "layers.3.mlp.gate") &&
           matches_regex(R"(.*mlp\\.(gate|up|gate_up|down)_proj.*)", "layers.3.mlp.up_proj") &&
           !matches_regex(R"(.*mlp\\.(gate|up|gate_up|down)_proj.*)", "layers.3.mlp.experts.0.up_proj") &&
           matches_regex(R"(.*layers\.\d+\.mlp\.gate$)", "model.layers.31.mlp.gate") &&
           !matches_regex(R"(.*layers\.\d+\.mlp\.gate$)", "model.layers.31.mlp.gate_proj") &&
           membound::detail::matches({"layers.*.mlp.router", 19}, {"layers.12.mlp.router", 20},
                                      membound::detail::pattern_style::shell);
}
static_assert(expressions_match(), "");

constexpr bool fails(const result<quantization> &q, errc code, const char *where) {
    return !q && q.error().code == code && same_text(q.error().where.c_str(), where);
}
constexpr bool what_is_unknown_is_named() {
    return fails(of(llama, R"({"quantization_config": {"quant_method": "quip"}})"), errc::unsupported,
                 "quantization_config.quant_method in line 1") &&
           fails(of(llama, "{\"quantization_config\": {\"quant_method\": \"gptq\",\n\"bits\": \"4\"}}"),
                 errc::bad_value, "quantization_config.bits in line 2") &&
           fails(of(llama, R"({"quantization_config": {"quant_method": "modelopt", "quant_algo": "FP6"}})"),
                 errc::unsupported, "quantization_config.quant_algo in line 1") &&
           fails(of(llama, R"({"quantization_config": {"quant_method": "fp8", "modules_to_not_convert": ["q_proj"]}})"),
                 errc::unsupported, "quantization_config in line 1");
}

} // namespace

TEST_CASE("methods with exceptions by the name of a module") {
    CHECK(fbgemm_is_read());
    CHECK(auto_round_is_read());
}

TEST_CASE("settings are read at run time as in constant expressions") {
    CHECK(types_are_read());
    CHECK(fp8_is_read());
    CHECK(packed_integers_are_read());
    CHECK(lists_of_exceptions_hold());
    CHECK(expressions_match());
    CHECK(what_is_unknown_is_named());
}

TEST_CASE("groups of compressed-tensors") {
    const auto int8 =
        of(llama,
           R"({"quantization_config": {"quant_method": "compressed-tensors", "format": "int-quantized", "ignore": ["lm_head"],
        "config_groups": {"group_0": {"targets": ["Linear"], "weights": {"num_bits": 8, "type": "int", "strategy": "channel", "symmetric": true}}}}})");
    CHECK(stores(int8, "W8A8", l::int8_channel));
    const auto dynamic =
        of(llama,
           R"({"quantization_config": {"quant_method": "compressed-tensors", "format": "float-quantized", "ignore": ["lm_head"],
        "config_groups": {"group_0": {"targets": ["Linear"], "weights": {"num_bits": 8, "type": "float", "strategy": "channel"}}}}})");
    CHECK(stores(dynamic, "FP8_DYNAMIC", l::fp8_channel));

    // Kimi K2.5: experts alone.
    const model kimi = models::deepseek_v3::value;
    const auto experts =
        of(kimi,
           R"({"text_config": {"quantization_config": {"quant_method": "compressed-tensors", "format": "pack-quantized",
        "ignore": ["lm_head", "re:.*self_attn.*", "re:.*shared_experts.*", "re:.*mlp\\.(gate|up|gate_up|down)_proj.*"],
        "config_groups": {"group_0": {"targets": ["Linear"], "weights": {"num_bits": 4, "type": "int", "strategy": "group", "group_size": 32,
                                                                        "symmetric": true}}}}}})");
    REQUIRE(experts);
    CHECK(linear_format_of(*experts, k::experts, 5) == l::int4_g32);
    for (const k kind : {k::latent_attention, k::shared_expert, k::feed_forward, k::router})
        CHECK(!linear_format_of(*experts, kind, 5).quantized());

    // Two groups, by the names of modules.
    const auto two =
        of(llama,
           R"({"quantization_config": {"quant_method": "compressed-tensors", "ignore": ["lm_head"], "config_groups": {
        "group_0": {"format": "float-quantized", "targets": ["re:.*self_attn.*"], "weights": {"num_bits": 8, "type": "float", "strategy": "channel"}},
        "group_1": {"format": "nvfp4-pack-quantized", "targets": ["re:.*mlp.*"], "weights": {"num_bits": 4, "type": "float", "group_size": 16}}}}})");
    REQUIRE(two);
    CHECK(std::strcmp(two->name, "NVFP4") == 0);
    CHECK(linear_format_of(*two, k::attention, 5) == l::fp8_channel);
    CHECK(linear_format_of(*two, k::feed_forward, 5) == l::nvfp4);
}

TEST_CASE("settings of each module") {
    std::string text =
        R"({"quantization_config": {"quant_method": "modelopt", "quant_algo": "MIXED_PRECISION", "quantized_layers": {)";
    for (int i = 0; i < 32; ++i) {
        const std::string layer = "\"model.layers." + std::to_string(i) + ".";
        for (const char *name : {"q", "k", "v", "o"})
            text += layer + "self_attn." + name + "_proj\": {\"quant_algo\": \"FP8\"},";
        for (const char *name : {"gate", "up", "down"})
            text += layer + "mlp." + name + "_proj\": {\"quant_algo\": \"NVFP4\", \"group_size\": 16},";
    }
    text.back() = '}';
    text += "}}";
    const auto q = quantization_from_config(text.data(), static_cast<std::int64_t>(text.size()), llama);
    REQUIRE(q);
    CHECK(linear_format_of(*q, k::attention, 31) == l::fp8);
    CHECK(linear_format_of(*q, k::feed_forward, 31) == l::nvfp4);
    CHECK(!linear_format_of(*q, k::head, -1).quantized());

    const std::string beside =
        R"({"producer": {"name": "modelopt"}, "quantization": {"quant_algo": "FP8", "exclude_modules": ["lm_head"]}})";
    const std::string config = R"({"torch_dtype": "bfloat16"})";
    CHECK(stores(quantization_from_config(config.data(), static_cast<std::int64_t>(config.size()), llama, beside.data(),
                                          static_cast<std::int64_t>(beside.size())),
                 "FP8", l::fp8));
}

TEST_CASE("MLX") {
    const auto plain = of(llama, R"({"quantization": {"group_size": 64, "bits": 4}})");
    REQUIRE(plain);
    CHECK(std::strcmp(plain->name, "MLX_4BIT") == 0);
    CHECK(linear_format_of(*plain, k::embedding, -1) == l::mlx_affine(4, 64));
    CHECK(linear_format_of(*plain, k::feed_forward, 31) == l::mlx_affine(4, 64));
    CHECK(file_weight_bytes(llama, *plain) == file_weight_bytes(llama, quantizations::mlx_4bit::value));

    const model moe = models::qwen3_30b_a3b::value;
    std::string text = R"({"quantization": {"group_size": 32, "bits": 4, "mode": "affine")";
    for (int i = 0; i < 48; ++i)
        text += ", \"model.layers." + std::to_string(i) + ".mlp.gate\": {\"group_size\": 64, \"bits\": 8}";
    text += "}}";
    const auto own = quantization_from_config(text.data(), static_cast<std::int64_t>(text.size()), moe);
    REQUIRE(own);
    const linear_format f = linear_format_of(*own, k::experts, 7);
    CHECK((f.bits == 4 && f.group_inputs == 32 && f.scale_bits == 16 && f.zero_bits == 16));
    CHECK(linear_format_of(*own, k::embedding, -1) == f);
    const linear_format gate = linear_format_of(*own, k::router, 7);
    CHECK((gate.bits == 8 && gate.group_inputs == 64));
}

// The total_size of model.safetensors.index.json in openai/gpt-oss-20b.
TEST_CASE("the files of gpt-oss to the byte") {
    const auto q = of(models::gpt_oss_20b::value, R"({"quantization_config": {"quant_method": "mxfp4",
        "modules_to_not_convert": ["model.layers.*.self_attn", "model.layers.*.mlp.router", "model.embed_tokens", "lm_head"]}})");
    REQUIRE(q);
    CHECK(file_weight_bytes(models::gpt_oss_20b::value, *q) == bytes(13761264768));
}

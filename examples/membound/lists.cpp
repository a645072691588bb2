#include "lists.hpp"

#include "bad_input.hpp"
#include "engines.hpp"
#include "machines.hpp"
#include "models.hpp"
#include "names.hpp"

#include <membound/formats/float.hpp>
#include <membound/formats/integer.hpp>
#include <membound/quantizations.hpp>
#include <membound/weights.hpp>

using namespace membound;

namespace {

std::vector<properties> models_list() {
    std::vector<properties> all;
    for (const model *m : all_models())
        all.push_back({word("name", "name", m->name.c_str()), word("architecture", "architecture", m->family->name),
                       {"parameters", "parameters", parameter_count(*m),
                        decimal(static_cast<double>(parameter_count(*m)) / 1e9, 2) + " B"},
                       count("layers", "layers", m->num_hidden_layers),
                       {"context", "context", m->max_position_embeddings,
                        text_of(tokens(m->max_position_embeddings))}});
    return all;
}

std::vector<properties> devices_list() {
    std::vector<properties> all;
    for (const device *d : all_devices())
        all.push_back({word("name", "name", d->name.c_str()), word("backend", "backend", text_of(d->api)),
                       size("capacity_bytes", "memory", d->capacity),
                       size("usable_bytes", "usable", d->usable_capacity()),
                       figure("memory_bandwidth_gbps", "GB/s", d->memory_bandwidth_gbps, 1),
                       figure("fp16_tflops", "TFLOPS FP16", d->fp16_tflops, 1)});
    return all;
}

properties properties_of(const format &f) {
    return {word("name", "name", f.name), count("block_elements", "elements of a block", f.block_elements),
            count("block_bytes", "bytes of a block", f.block_bytes),
            figure("bits_per_element", "bits of an element", bits_per_element(f), 4)};
}

std::vector<properties> formats_list() {
    constexpr const format *others[] = {
        &formats::fp8_e4m3::value,  &formats::fp8_e5m2::value,       &formats::mxfp8::value,
        &formats::nf4::value,       &formats::nf4_double::value,     &formats::int8::value,
        &formats::int4::value,      &formats::int4_g128::value,      &formats::int4_g128_zero::value,
        &formats::mlx_2bit::value,  &formats::mlx_4bit::value,       &formats::mlx_6bit::value,
        &formats::mlx_8bit::value,  &formats::int2_g64::value,       &formats::int4_g64::value,
        &formats::int8_g64::value,  &formats::cache_q2::value,       &formats::cache_q3::value,
        &formats::cache_q4::value,  &formats::cache_q5::value,       &formats::cache_q6::value,
        &formats::cache_q7::value,  &formats::cache_q8::value,
    };
    std::vector<properties> all;
    for (int i = 0; i < static_cast<int>(ggml_type::count); ++i)
        if (const format &f = format_of(static_cast<ggml_type>(i)); f.block_bytes > 0) all.push_back(properties_of(f));
    for (const format *f : others) all.push_back(properties_of(*f));
    return all;
}

std::vector<properties> quantizations_list() {
    std::vector<properties> all;
    constexpr tensor matrix{tensor_name::attn_q, tensor_part::weight, 0, {256, 256}};
    for (const quantization *q : quantizations::all) {
        const bool mix = q->kind == quantization::scheme::mix;
        const bool linear = q->kind == quantization::scheme::linear;
        const format matrices = mix ? type_chooser(mix_facts{}, *q)(matrix) : q->matrices;
        const std::string numbers =
            linear ? std::to_string(q->rules[0].how.bits) + " bits and scales" : std::string(matrices.name);
        constexpr int side = 4096; // of a matrix that is large beside what is stored for all of it
        const double bits =
            linear ? 8.0 * static_cast<double>(linear_bytes(q->rules[0].how, side, side).count()) / (side * side)
                   : bits_per_element(matrices);
        all.push_back({word("name", "name", q->name), word("made_by", "made by", mix ? "llama-quantize" : "others"),
                       word("matrices", "most matrices", numbers),
                       figure("bits_per_element", "their bits", bits, 4),
                       yes_or_no("importance_matrix", "importance matrix", q->importance_matrix)});
    }
    return all;
}

// Tokens of a batch; 0: the engine goes by what fits, or reads a prompt at once.
property batch_of(const char *key, int tokens) {
    return tokens > 0 ? count(key, key, tokens) : property{key, key, nullptr, "auto"};
}

std::vector<properties> engines_list() {
    std::vector<properties> all;
    for (const engine *e : all_engines()) {
        std::vector<std::string> types;
        for (int i = 0; i < e->cache_type_count; ++i) types.emplace_back(e->cache_types[i]->name);
        all.push_back({word("name", "name", e->name), word("version", "rules of", e->version),
                       batch_of("batch", e->defaults.batch), batch_of("ubatch", e->defaults.ubatch),
                       word("kv_type", "KV cache", e->defaults.type_k.name),
                       word("kv_types", "may be", joined(types, " "))});
    }
    return all;
}

} // namespace

std::vector<properties> list_of(const std::string &what) {
    if (what == "models") return models_list();
    if (what == "devices") return devices_list();
    if (what == "formats") return formats_list();
    if (what == "quantizations") return quantizations_list();
    if (what == "engines") return engines_list();
    const std::vector<std::string> lists = {"models", "devices", "formats", "quantizations", "engines"};
    throw bad_input("list", "'" + what + "' is not a list", "the lists are " + joined(lists));
}

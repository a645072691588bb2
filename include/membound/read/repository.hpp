// A model as Hugging Face repositories have it: config.json, and the safetensors files beside it where they are there.
#ifndef MEMBOUND_READ_REPOSITORY_HPP
#define MEMBOUND_READ_REPOSITORY_HPP

#include <membound/read/config_json.hpp>
#include <membound/read/quantization_config.hpp>
#include <membound/read/safetensors.hpp>
#include <membound/weights.hpp>

MEMBOUND_BEGIN_NAMESPACE

// Whose tensors a file has: the language model's, those of its layers that predict further tokens, or those of parts that
// see, hear and speak.
enum class model_part : std::uint8_t { language, further_layers, other };

struct model_repository {
    std::string folder; // with a slash behind it; empty: the current one
    membound::model model;
    membound::quantization quantization; // what config.json says of it
    safetensors_file files; // without shards: there is config.json alone

    bytes size_of(model_part part) const;
    // Numbers of the language model. Packed ones count as what they are packed in.
    std::int64_t elements() const;
};

namespace detail {

inline bool contains(const std::string &text, const char *word) { return text.find(word) != std::string::npos; }

// The number behind "layers." or the like; -1: there is none.
inline std::int64_t layer_of(const std::string &name) {
    for (const char *word : {"layers.", "blocks.", "h."}) {
        const std::size_t at = name.find(word);
        if (at == std::string::npos || (at > 0 && name[at - 1] != '.')) continue;
        std::int64_t n = 0;
        std::size_t i = at + std::strlen(word);
        if (i >= name.size() || !is_digit(name[i])) continue;
        for (; i < name.size() && is_digit(name[i]) && n < max_layers * 10; ++i) n = n * 10 + (name[i] - '0');
        return n;
    }
    return -1;
}

// As llama.cpp's converter tells them apart (v0.5.0, conversion/base.py, filter_tensors).
inline model_part part_of(const std::string &name, const membound::model &m) {
    for (const char *word : {"visual.", "vision.", "audio.", "talker.", "vision_", "audio_", "token2wav.", "code2wav.",
                             "projector.", "pre_mm_projector_norm", "image_newline", "view_seperator", "patch_embed",
                             "patch_merger.", "model.connector.", "vqmodel.", "mm_"})
        if (contains(name, word)) return model_part::other;
    for (const char *word : {"mtp.", "vit.", "vpm.", "resampler.", "mlp1."})
        if (name.compare(0, std::strlen(word), word) == 0)
            return same_text(word, "mtp.") ? model_part::further_layers : model_part::other;
    const bool further = layer_of(name) >= m.num_hidden_layers && !m.repeats_blocks();
    return further || contains(name, ".mtp.") ? model_part::further_layers : model_part::language;
}

} // namespace detail

inline bytes model_repository::size_of(model_part part) const {
    bytes sum;
    for (const safetensors_tensor &t : files.tensors)
        if (detail::part_of(t.name, model) == part) sum += t.size;
    return sum;
}

inline std::int64_t model_repository::elements() const {
    std::int64_t sum = 0;
    for (const safetensors_tensor &t : files.tensors)
        if (detail::part_of(t.name, model) == model_part::language) sum = detail::add(sum, t.elements());
    return sum;
}

// The numbers that a model's safetensors files have, as far as they are not packed: those of the walk, without what a
// converter to GGUF adds (corrections of the rotary frequencies).
constexpr std::int64_t published_parameters(const model &m) {
    std::int64_t sum = 0;
    for_each_weight(m, [&](const tensor &t, tensor_use use, int) {
        if (use == tensor_use::own) sum = detail::add(sum, t.dims.elements());
    });
    return sum;
}

// The files in a folder, or that lie beside the one given: a config.json, a safetensors file or an index.
inline result<model_repository> read_repository(const std::string &path) {
    using detail::exists;
    using detail::has_ending;
    const bool is_weights = has_ending(path, ".safetensors") || has_ending(path, ".safetensors.index.json");
    const bool is_file = is_weights || has_ending(path, ".json");
    model_repository found;
    found.folder = is_file ? detail::folder_of(path) : path.empty() || path.back() == '/' ? path : path + "/";
    const std::string config = is_file && !is_weights ? path : found.folder + "config.json";

    std::string text;
    const result<bool> read = detail::read_text(config, text);
    if (!read) {
        if (!exists(path) || !is_weights) return read.error();
        return detail::file_error(errc::missing, config, "is not there", "it says what the tensors beside it are");
    }
    const auto length = static_cast<std::int64_t>(text.size());
    const result<model> described = model_from_config(text.data(), length);
    if (!described) return described.error();
    found.model = *described;
    std::string beside; // of NVIDIA's repositories
    const std::string settings = found.folder + "hf_quant_config.json";
    if (exists(settings)) {
        const result<bool> got = detail::read_text(settings, beside);
        if (!got) return got.error();
    }
    const result<quantization> stored = quantization_from_config(text.data(), length, found.model, beside.data(),
                                                                 static_cast<std::int64_t>(beside.size()));
    if (!stored) return stored.error();
    found.quantization = *stored;

    std::string weights = is_weights ? path : std::string();
    for (const char *name : {"model.safetensors.index.json", "model.safetensors"})
        if (weights.empty() && exists(found.folder + name)) weights = found.folder + name;
    if (weights.empty()) return found;
    const result<safetensors_file> files = read_safetensors(weights);
    if (!files) return files.error();
    found.files = *files;
    return found;
}

MEMBOUND_END_NAMESPACE

#endif

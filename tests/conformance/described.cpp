#include "described.hpp"

#include <membound/quantizations.hpp>
#include <membound/read/gguf_keys.hpp>
#include <membound/tensor_text.hpp>
#include <membound/weights.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <deque>
#include <map>
#include <set>
#include <tuple>

namespace conformance {

namespace {

using nlohmann::json;

// A row's hyper-parameters, as model_from_gguf_keys() asks for them.
class row_keys {
public:
    explicit row_keys(const json &row) : tied_(row.at("tied")), jamba_(row.at("arch") == "jamba") {
        const std::string prefix = row.at("arch").get<std::string>() + ".";
        for (const auto &[key, value] : row.at("hparams").items())
            values_[key.compare(0, prefix.size(), prefix) == 0 ? key.substr(prefix.size()) : key] = converted(value);
        const std::int64_t vocab = row.at("vocab");
        values_["vocab_size"] = membound::gguf_value(vocab);
        values_["tokenizer.ggml.tokens"] = membound::gguf_value(nullptr, vocab);
        for (std::string name : row.at("optional_tensors")) {
            const std::size_t number = name.find(".N."); // every layer
            if (number != std::string::npos) name[number + 1] = '0';
            const membound::tensor t = membound::parse_tensor_name(name.c_str());
            tensors_[{t.name, t.part}].insert(number != std::string::npos ? -1 : t.layer);
        }
        if (!row.contains("tensor_shapes")) return;
        for (const auto &[name, dims] : row.at("tensor_shapes").items()) {
            const membound::tensor t = membound::parse_tensor_name(name.c_str());
            membound::shape &s = shapes_[{t.name, t.part}];
            for (std::size_t i = 0; i < dims.size() && i < 4; ++i) s.ne[i] = dims[i].get<std::int64_t>();
        }
    }

    membound::gguf_value find(const char *key) const {
        const auto at = values_.find(key);
        return at == values_.end() ? membound::gguf_value() : at->second;
    }
    // Rows name tensors, mostly without the layers and the shapes that they have. In every second layer Jamba has experts.
    const membound::shape *tensor_shape(membound::tensor_name name, membound::tensor_part part, int layer) const {
        static const membound::shape unknown = {0, 0};
        if (jamba_ && name == membound::tensor_name::ffn_gate_inp && layer >= 0 && layer % 2 == 0) return nullptr;
        if (name == membound::tensor_name::output && part == membound::tensor_part::weight)
            return tied_ ? nullptr : &unknown;
        if (name == membound::tensor_name::ffn_up_exps && part == membound::tensor_part::weight)
            return &unknown; // no file of a model with experts is without
        const auto at = tensors_.find({name, part});
        const bool there = at != tensors_.end() && (layer < 0 || at->second.count(-1) > 0 || at->second.count(layer) > 0);
        if (!there) return nullptr;
        const auto known = shapes_.find({name, part});
        return known != shapes_.end() ? &known->second : &unknown;
    }

private:
    membound::gguf_value converted(const json &value) {
        if (value.is_boolean()) return membound::gguf_value(value.get<bool>());
        if (value.is_number_integer()) return membound::gguf_value(value.get<std::int64_t>());
        if (value.is_number()) return membound::gguf_value(value.get<double>());
        if (value.is_string()) return membound::gguf_value(value.get_ref<const std::string &>().c_str());
        const auto count = static_cast<std::int64_t>(value.size());
        if (!value.empty() && value[0].is_number_float()) {
            std::vector<double> &reals = real_lists_.emplace_back();
            for (const json &e : value) reals.push_back(e.get<double>());
            return membound::gguf_value(reals.data(), count);
        }
        if (value.empty() || !(value[0].is_number_integer() || value[0].is_boolean()))
            return membound::gguf_value(nullptr, count);
        std::vector<std::int64_t> &elements = lists_.emplace_back();
        for (const json &e : value) elements.push_back(e.is_boolean() ? e.get<bool>() : e.get<std::int64_t>());
        return membound::gguf_value(elements.data(), count);
    }

    bool tied_;
    bool jamba_;
    std::map<std::string, membound::gguf_value, std::less<>> values_;
    std::map<std::pair<membound::tensor_name, membound::tensor_part>, std::set<int>> tensors_; // and its layers; -1: all
    std::map<std::pair<membound::tensor_name, membound::tensor_part>, membound::shape> shapes_;
    std::deque<std::vector<std::int64_t>> lists_;
    std::deque<std::vector<double>> real_lists_;
};

std::int64_t text_bytes(std::size_t length) { return 8 + static_cast<std::int64_t>(length); }

// A value without its type: numbers have 4 bytes, booleans 1.
std::int64_t value_bytes(const json &value) {
    if (value.is_string()) return text_bytes(value.get_ref<const std::string &>().size());
    if (!value.is_array()) return value.is_boolean() ? 1 : 4;
    std::int64_t sum = 4 + 8;
    for (const json &e : value) sum += value_bytes(e);
    return sum;
}

std::int64_t key_bytes(const std::string &key, std::int64_t value) { return text_bytes(key.size()) + 4 + value; }

// An array of the texts t0, t1, ...
std::int64_t vocabulary_bytes(std::int64_t count) {
    std::int64_t sum = 4 + 8 + count * text_bytes(1);
    for (std::int64_t digits = 1, first = 0, next = 10; first < count; ++digits, first = next, next *= 10)
        sum += digits * (std::min(count, next) - first);
    return sum;
}

} // namespace

membound::result<membound::model> described_model(const json &row) {
    return membound::model_from_gguf_keys(row.at("arch").get_ref<const std::string &>().c_str(), row_keys(row));
}

bool described_quantization(const json &file_type, membound::quantization &q) {
    const membound::quantization *known =
        file_type.is_string() ? membound::find_quantization(file_type.get_ref<const std::string &>().c_str())
                              : membound::quantization_of(file_type.get<std::uint32_t>());
    if (known == nullptr || known->kind != membound::quantization::scheme::mix) return false;
    q = *known;
    q.importance_matrix = false;
    return true;
}

bool described_file(const json &file_type, const membound::model &m, membound::quantization &q,
                    std::vector<membound::stored_tensor> &tensors) {
    if (!described_quantization(file_type, q)) return false;
    if (!m.family->token_shift) return true;
    using n = membound::tensor_name;
    const std::set<n> mixes = {n::time_mix_key, n::time_mix_value, n::time_mix_receptance};
    const std::set<n> ranks = {n::time_mix_a1, n::time_mix_a2, n::time_mix_v1, n::time_mix_v2, n::time_mix_g1, n::time_mix_g2};
    const bool unquantized = q.type == membound::file_type::f16;
    membound::for_each_file_tensor(m, q, [&](const membound::tensor &t, const membound::format &f) {
        const bool widened = ranks.count(t.name) > 0 || (unquantized && mixes.count(t.name) > 0);
        tensors.push_back({t, widened ? membound::formats::f32::value : f, membound::text_of(t)});
    });
    q.kind = membound::quantization::scheme::stored;
    q.stored = tensors.data();
    q.stored_count = static_cast<std::int64_t>(tensors.size());
    return true;
}

membound::quantization in_file_order(const membound::model &m, const membound::quantization &q,
                                     std::vector<membound::stored_tensor> &tensors) {
    // LFM2's loader asks for the feed-forward of a layer first, and for the matrices of its mixer last.
    const bool mixer_last = std::string(m.family->name).rfind("lfm2", 0) == 0;
    const auto turn = [&](const std::string &name) {
        const auto has = [&](const char *part) { return name.find(part) != std::string::npos; };
        return !mixer_last || has(".ffn_") ? 0 : has("_proj.") ? 2 : 1;
    };
    const auto place = [&](const membound::stored_tensor &t) {
        const std::string name = t.name.c_str();
        if (name.rfind("blk.", 0) != 0) {
            // Embeddings by layer come behind AltUp's matrices, hyper-connections of the output last, and of those their scale.
            const auto begins = [&](const char *with) { return name.rfind(with, 0) == 0; };
            const bool behind_altup = m.altup_states > 1 && begins("per_layer");
            const int number = begins("output_hc_scale") ? 2 : begins("output_hc") || behind_altup ? 1 : 0;
            return std::make_tuple(begins("output") ? 2 : 0, 0, number);
        }
        return std::make_tuple(1, t.which.layer, turn(name));
    };
    std::multimap<std::tuple<int, int, int>, membound::stored_tensor> ordered;
    membound::for_each_file_tensor(m, q, [&](const membound::tensor &t, const membound::format &f) {
        const membound::stored_tensor stored{t, f, membound::text_of(t)};
        ordered.emplace(place(stored), stored);
    });
    tensors.clear();
    for (const auto &[at, t] : ordered) tensors.push_back(t);
    membound::quantization stored = q;
    stored.kind = membound::quantization::scheme::stored;
    stored.stored = tensors.data();
    stored.stored_count = static_cast<std::int64_t>(tensors.size());
    return stored;
}

std::int64_t described_file_bytes(const json &row, const membound::model &m, const membound::quantization &q) {
    constexpr std::int64_t number = 4;
    const std::string arch = row.at("arch");
    const std::int64_t vocab = row.at("vocab");

    std::map<std::string, std::int64_t> keys;
    keys["general.architecture"] = text_bytes(arch.size());
    keys["general.name"] = text_bytes(row.value("model", std::string()).size());
    keys["general.file_type"] = number;
    for (const auto &[key, value] : row.at("hparams").items()) keys[key] = value_bytes(value);
    keys[arch + ".vocab_size"] = number;
    keys["tokenizer.ggml.model"] = text_bytes(std::string("test").size());
    keys["tokenizer.ggml.tokens"] = vocabulary_bytes(vocab);
    keys["tokenizer.ggml.scores"] = 4 + 8 + number * vocab;
    keys["general.quantization_version"] = number;

    std::int64_t header = 4 + 4 + 8 + 8;
    for (const auto &[key, bytes] : keys) header += key_bytes(key, bytes);
    constexpr std::int64_t alignment = 32;
    std::int64_t data = 0;
    membound::for_each_file_tensor(m, q, [&](const membound::tensor &t, const membound::format &f) {
        const std::string name = membound::text_of(t).c_str();
        header += text_bytes(name.size()) + 4 + 8 * t.dims.dimensions() + 4 + 8;
        data += membound::detail::round_up(membound::tensor_bytes(f, t.dims).count(), alignment);
    });
    return membound::detail::round_up(header, alignment) + data;
}

const membound::format *cache_type(const std::string &name) {
    for (int i = 0; i < static_cast<int>(membound::ggml_type::count); ++i) {
        const membound::format &f = membound::format_of(static_cast<membound::ggml_type>(i));
        if (name == f.name) return &f;
    }
    return nullptr;
}

bool prints_as(membound::bytes size, double mib) {
    char text[64];
    std::snprintf(text, sizeof text, "%.2f", static_cast<double>(size.count()) / (1024 * 1024));
    return std::abs(std::stod(text) - mib) < 0.001;
}

void introduce(const json &row, outcome &out) {
    out.name = row.value("model", std::string());
    out.about.family = row.at("arch");
    out.about.experts = row.at("hparams").value(out.about.family + ".expert_count", 0) > 0;
}

} // namespace conformance

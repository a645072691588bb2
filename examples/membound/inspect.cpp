#include "inspect.hpp"

#include "bad_input.hpp"
#include "names.hpp"

#include <membound/read/repository.hpp>
#include <membound/solve.hpp>
#include <membound/text.hpp>

#include <algorithm>
#include <map>

using namespace membound;
using nlohmann::ordered_json;

namespace {

template <class Tensor>
property tensors(const std::vector<Tensor> &all) {
    std::map<std::string, std::int64_t> counts;
    for (const Tensor &t : all) ++counts[t.type.name];
    std::vector<std::string> words;
    for (const auto &[name, n] : counts) words.push_back(std::to_string(n) + " " + name);
    return {"tensors", "tensors", counts, std::to_string(all.size()) + ": " + joined(words)};
}

property parameters_of(std::int64_t n) {
    return {"parameters", "parameters", n, decimal(static_cast<double>(n) / 1e9, 2) + " B"};
}

property shards_of(std::size_t n) {
    const auto shards = static_cast<std::int64_t>(n);
    return {"shards", "", shards, shards > 1 ? std::to_string(shards) : ""};
}

// Layers of one kind.
struct layer_group {
    layer_kind kind;
    state_kind state;
    std::int64_t count = 0;
    bytes kept; // for each token, keys and values in f16

    // A state in place of attention, or beside it.
    std::string name() const {
        if (state == state_kind::none) return text_of(kind);
        return kind == layer_kind::no_attention ? text_of(state) : std::string(text_of(kind)) + " and " + text_of(state);
    }
};

std::vector<layer_group> groups_of(const model &m) {
    std::vector<layer_group> groups;
    for (int i = 0; i < m.layer_count(); ++i) {
        const layer &l = m.layers[i];
        auto g = std::find_if(groups.begin(), groups.end(),
                              [&](const layer_group &x) { return x.kind == l.kind && x.state == l.state; });
        if (g == groups.end()) g = groups.insert(groups.end(), {l.kind, l.state, 0, bytes(0)});
        ++g->count;
        if (!l.shares_cache) g->kept += storage_bytes(formats::f16::value, cached_key_size(m, l) + cached_value_size(m, l));
    }
    return groups;
}

void add_layers(properties &all, const model &m) {
    ordered_json kinds = ordered_json::array();
    std::vector<std::string> words;
    std::vector<std::string> kept;
    bytes of_each_token;
    bytes of_window;
    for (const layer_group &g : groups_of(m)) {
        const bool sliding = g.kind == layer_kind::sliding_attention;
        const std::string window = sliding ? " " + std::to_string(m.sliding_window) : "";
        kinds.push_back({{"kind", g.name()}, {"count", g.count}});
        words.push_back(std::to_string(g.count) + " x " + g.name() + window);
        kept.push_back(text_of(g.kept) + (sliding ? " for each of the last" + window + " tokens" : " a token"));
        (sliding ? of_window : of_each_token) += g.kept;
    }
    all.push_back({"layers", "layers", kinds, joined(words)});
    all.push_back({"kv_bytes_per_token", "KV cache in f16", of_each_token.count(), joined(kept)});
    if (m.sliding_window > 0) {
        all.push_back({"kv_bytes_per_token_of_window", "", of_window.count(), ""});
        all.push_back({"sliding_window", "", m.sliding_window, ""});
    }
}

void add_heads(properties &all, const model &m) {
    const std::int64_t heads = m.layers[0].num_attention_heads;
    const std::int64_t kv_heads = m.layers[0].num_key_value_heads;
    const bool latent = m.kv_lora_rank > 0;
    bool alike = true;
    for (int i = 0; i < m.layer_count(); ++i)
        alike = alike && m.layers[i].num_attention_heads == heads && m.layers[i].num_key_value_heads == kv_heads;
    std::string text = std::to_string(heads) + " of queries, " + std::to_string(kv_heads) + " of keys and values, " +
                       std::to_string(m.key_head_dim()) + " numbers each";
    if (latent) text = std::to_string(heads) + ", a latent vector of " + std::to_string(m.kv_lora_rank) + " + " +
                       std::to_string(m.qk_rope_head_dim) + " numbers";
    all.push_back({"num_attention_heads", "heads", heads, text + (alike ? "" : " (first layer; they differ)")});
    all.push_back({"num_key_value_heads", "", kv_heads, ""});
    all.push_back({"head_dim", "", m.key_head_dim(), ""});
}

void add_feed_forward(properties &all, const model &m) {
    int with_experts = 0;
    for (int i = 0; i < m.layer_count(); ++i) with_experts += m.layers[i].ffn == feed_forward_kind::experts;
    if (with_experts < m.layer_count())
        all.push_back(count("intermediate_size", "feed-forward size", m.layers[0].intermediate_size));
    if (with_experts == 0) return;
    all.push_back({"num_experts", "experts", m.num_experts,
                   std::to_string(m.num_experts) + " in " + std::to_string(with_experts) + " layers, " +
                       std::to_string(m.num_experts_per_tok) + " for each token"});
    all.push_back({"num_experts_per_tok", "", m.num_experts_per_tok, ""});
}

void add_model(properties &all, const model &m) {
    all.push_back({"context_length", "context", m.max_position_embeddings,
                   text_of(tokens(m.max_position_embeddings)) + " tokens"});
    all.push_back(count("vocab_size", "vocabulary", m.vocab_size));
    all.push_back(count("hidden_size", "hidden size", m.hidden_size));
    add_feed_forward(all, m);
    add_heads(all, m);
    add_layers(all, m);
    all.push_back({"tie_word_embeddings", "output matrix", m.tie_word_embeddings,
                   m.tie_word_embeddings ? "the embedding, held twice where it is on a device" : "its own"});
}

void add_files(properties &all, const safetensors_file &files) {
    all.push_back(tensors(files.tensors));
    all.push_back(size("tensors_bytes", "weights", files.tensors_size()));
}

} // namespace

properties inspect(const gguf_file &file) {
    const model &m = file.model;
    const bool known = m.family != nullptr;
    properties all = {
        word("file", "file", file.shards.front().path),
        shards_of(file.shards.size()),
        size("file_bytes", "size", file.size()),
        word("name", "name", m.name.c_str()),
        word("architecture", "architecture", file.architecture),
        yes_or_no("known", "", known),
        parameters_of(parameter_count(m, file.stored())),
        word("file_type", "file type", file.quantization_name),
        tensors(file.tensors),
        size("tensors_bytes", "weights", file.tensors_size()),
    };
    if (!known) {
        all.push_back({"kv_bytes_per_token", "KV cache", ordered_json(),
                       "unknown: no family of this name is known, so only its weights are counted"});
        return all;
    }
    add_model(all, m);
    return all;
}

properties inspect(const std::string &path) {
    properties all = {word("file", "file", path)};
    const result<model_repository> found = read_repository(path);
    if (!found) {
        // What safetensors files say does not need a config.json.
        const bool of_weights = path.find(".safetensors") != std::string::npos && found.error().code != errc::unreadable;
        if (!of_weights) throw bad_input(found.error());
        const result<safetensors_file> files = read_safetensors(path);
        if (!files) throw bad_input(files.error());
        all.push_back(shards_of(files->shards.size()));
        all.push_back(size("file_bytes", "size", files->size()));
        all.push_back(yes_or_no("known", "", false));
        add_files(all, *files);
        all.push_back({"kv_bytes_per_token", "KV cache", ordered_json(), "unknown: " + text_of(found.error())});
        return all;
    }
    const model &m = found->model;
    const bool stored = !found->files.shards.empty();
    if (stored) {
        all.push_back(shards_of(found->files.shards.size()));
        all.push_back(size("file_bytes", "size", found->files.size()));
    }
    all.push_back(word("architecture", "architecture", m.family->name));
    all.push_back(yes_or_no("known", "", true));
    all.push_back(parameters_of(published_parameters(m)));
    all.push_back(word("quantization", "quantization", found->quantization.name));
    all.push_back(size("quantized_bytes", "weights as it says", file_weight_bytes(m, found->quantization)));
    if (stored) {
        add_files(all, found->files);
        all.push_back(size("language_bytes", "of the language model", found->size_of(model_part::language)));
        all.push_back(size("further_layers_bytes", "of further layers", found->size_of(model_part::further_layers)));
        all.push_back(size("other_bytes", "of other parts", found->size_of(model_part::other)));
    }
    add_model(all, m);
    return all;
}

// What the name of a Hugging Face repository tells: which model of the catalogue, and how its weights are quantized.
// "Qwen/Qwen2.5-14B-Instruct-AWQ" is qwen2.5-14b under AWQ.
#ifndef MEMBOUND_READ_REPOSITORY_NAME_HPP
#define MEMBOUND_READ_REPOSITORY_NAME_HPP

#include <membound/models/all.hpp>
#include <membound/quantizations.hpp>

#include <string>
#include <vector>

MEMBOUND_BEGIN_NAMESPACE

struct repository_name {
    const model *base = nullptr;          // null: no model of the catalogue has the name
    const quantization *recipe = nullptr; // null: 16 bits
};

namespace detail {

struct word_meaning {
    const char *word;
    const quantization *recipe; // null: the word says nothing of sizes
};

// A later word of a name does not undo an earlier one: "FP8-dynamic" is FP8 by channels, "AWQ-4bit" AWQ.
inline constexpr word_meaning repository_words[] = {
    {"nvfp4", &quantizations::nvfp4::value},      {"fp4", &quantizations::nvfp4::value},
    {"mxfp4", &quantizations::mxfp4::value},      {"awq", &quantizations::awq::value},
    {"autoawq", &quantizations::awq::value},      {"fp8", &quantizations::fp8::value},
    {"gptq", &quantizations::gptq::value},        {"gptqmodel", &quantizations::gptq::value},
    {"w4a16", &quantizations::w4a16::value},      {"w8a8", &quantizations::w8a8::value},
    {"w8a16", &quantizations::w8a8::value},       {"int4", &quantizations::w4a16::value},
    {"int8", &quantizations::w8a8::value},        {"4bit", &quantizations::w4a16::value},
    {"8bit", &quantizations::w8a8::value},        {"bnb", &quantizations::nf4_double::value},
    {"bitsandbytes", &quantizations::nf4_double::value}, {"nf4", &quantizations::nf4::value},
    {"it", nullptr},       {"instruct", nullptr}, {"chat", nullptr},     {"base", nullptr},      {"pt", nullptr},
    {"hf", nullptr},       {"bf16", nullptr},     {"fp16", nullptr},     {"dynamic", nullptr},   {"quantized", nullptr},
    {"qat", nullptr},      {"thinking", nullptr}, {"autoround", nullptr}, {"quarot", nullptr},   {"mindie", nullptr},
    {"meta", nullptr},     {"nvidia", nullptr},   {"c4ai", nullptr},     {"block", nullptr},     {"compressed", nullptr},
    {"tensors", nullptr},  {"marlin", nullptr},   {"unquantized", nullptr}, {"merged", nullptr}, {"preview", nullptr},
};

inline std::vector<std::string> words_of_name(const std::string &name) {
    std::vector<std::string> words(1);
    for (std::size_t i = 0; i < name.size(); ++i) {
        const char c = name[i];
        // A point divides words, but not numbers.
        const bool point = c == '.' && !(i + 1 < name.size() && is_digit(name[i + 1]));
        if (c == '-' || c == '_' || c == ' ' || c == ':' || point)
            words.emplace_back();
        else
            words.back() += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return words;
}

inline bool has_word(const std::vector<std::string> &words, const char *word) {
    for (const std::string &w : words)
        if (w == word) return true;
    return false;
}

inline std::string joined_words(const std::vector<std::string> &words, std::size_t first, std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += (i > 0 ? "-" : "") + words[first + i];
    return text;
}

// Names that are short for another.
struct short_name {
    const char *name;
    const char *meant;
};
inline constexpr short_name short_names[] = {
    {"deepseek-r1-1.5b", "deepseek-r1-distill-qwen-1.5b"}, {"deepseek-r1-7b", "deepseek-r1-distill-qwen-7b"},
    {"deepseek-r1-8b", "deepseek-r1-distill-llama-8b"},    {"deepseek-r1-14b", "deepseek-r1-distill-qwen-14b"},
    {"deepseek-r1-32b", "deepseek-r1-distill-qwen-32b"},   {"deepseek-r1-70b", "deepseek-r1-distill-llama-70b"},
    {"deepseek-r1-0528", "deepseek-r1"},                   {"deepseek-v3-0324", "deepseek-v3"},
    {"mistral-nemo", "mistral-nemo-12b"},                  {"mistral-7b", "mistral-7b-v0.1"},
    {"mistral-large", "mistral-large-123b"},               {"devstral-small", "devstral-small-24b"},
    {"magistral-small", "magistral-small-24b"},            {"medgemma-4b", "gemma-3-4b"},
    {"medgemma-27b", "gemma-3-27b"},
    // Of the same shape, trained on.
    {"qwen3-reranker-0.6b", "qwen3-embedding-0.6b"}, {"qwen3-reranker-4b", "qwen3-embedding-4b"},
    {"qwen3-reranker-8b", "qwen3-embedding-8b"}, {"qwen3-vl-embedding-2b", "qwen3-vl-2b"},
    {"yi-1.5-6b", "yi-6b"}, {"yi-1.5-9b", "yi-9b"}, {"yi-1.5-34b", "yi-34b"},
};

// Recipes of one publisher, who keeps more in 16 bits than others do. Source: the repositories' model cards, config.json
// and hf_quant_config.json, the last two as copied by ai-dynamo/aiconfigurator (model_configs).
inline constexpr quantization nvfp4_feed_forward =
    quantizations::detail::linear_layers("NVFP4", quantizations::linear::nvfp4, module_set{}.with(module_kind::feed_forward));
inline constexpr quantization nvfp4_experts =
    quantizations::detail::linear_layers("NVFP4", quantizations::linear::nvfp4, module_set{}.with(module_kind::experts));
// What attends stays as it is.
inline constexpr quantization nvfp4_beside_attention = quantizations::detail::linear_layers(
    "NVFP4", quantizations::linear::nvfp4,
    module_set{}.with(module_kind::feed_forward).with(module_kind::experts).with(module_kind::shared_expert));
// What attends, in whichever way, is in FP8; the head is in FP4, too.
inline constexpr quantization nvfp4_beside_fp8 = [] {
    const module_set narrow = nvfp4_beside_attention.rules[0].modules.with(module_kind::head);
    quantization q = quantizations::detail::linear_layers("NVFP4", quantizations::linear::nvfp4, narrow);
    q.rules[1] = {quantizations::linear::fp8, module_set{}.with(module_kind::attention).with(module_kind::linear_attention)};
    return q;
}();
// Attention and the Mamba layers before it stay as they are.
inline constexpr quantization nvfp4_nemotron_3_nano = [] {
    constexpr int between[][2] = {{0, 3}, {6, 10}, {13, 17}, {20, 24}, {27, 31}, {34, 40}, {43, 51}};
    const module_set experts = module_set{}.with(module_kind::experts).with(module_kind::shared_expert);
    quantization q = quantizations::detail::linear_layers("NVFP4", quantizations::linear::nvfp4, experts);
    int i = 1;
    for (const auto &layers : between)
        q.rules[i++] = {quantizations::linear::nvfp4, module_set{}.with(module_kind::linear_attention), layers[0], layers[1]};
    return q;
}();

// Feed-forward blocks of all layers but the first and the last (quantization_config: fbgemm_fp8).
inline constexpr quantization fp8_llama_3_1_405b = [] {
    quantization q = quantizations::detail::linear_layers("FP8_DYNAMIC", quantizations::linear::fp8_channel,
                                                          module_set{}.with(module_kind::feed_forward));
    q.rules[0].first_layer = 1;
    q.rules[0].last_layer = 124;
    return q;
}();
// What runs beside the experts stays in 16 bits.
inline constexpr quantization awq_beside_dense = quantizations::detail::linear_layers(
    "W4A16_G32", quantizations::linear::int4_g32, linear_modules.without(module_kind::feed_forward));

// Moonshot publishes its models since K2 Thinking with the experts in four bits.
inline constexpr quantization int4_experts =
    quantizations::detail::linear_layers("W4A16_G32", quantizations::linear::int4_g32, module_set{}.with(module_kind::experts));

struct published_mixture {
    const char *owner;
    const char *model;
    const quantization *named;
    const quantization *meant;
};
inline constexpr published_mixture published_mixtures[] = {
    {"cyankiwi", "gemma-4-26b-a4b", &quantizations::awq::value, &awq_beside_dense},
    {"llama", "llama-3.1-405b", &quantizations::fp8::value, &fp8_llama_3_1_405b},
    {"nvidia", "gemma-4-31b", &quantizations::nvfp4::value, &nvfp4_feed_forward},
    {"nvidia", "gemma-4-26b-a4b", &quantizations::nvfp4::value, &nvfp4_experts},
    {"nvidia", "glm-5", &quantizations::nvfp4::value, &nvfp4_beside_attention},
    {"nvidia", "glm-5.1", &quantizations::nvfp4::value, &nvfp4_experts},
    {"nvidia", "kimi-k2.5", &quantizations::nvfp4::value, &nvfp4_beside_attention},
    {"nvidia", "kimi-k2.6", &quantizations::nvfp4::value, &nvfp4_experts},
    {"nvidia", "minimax-m2.5", &quantizations::nvfp4::value, &nvfp4_experts},
    {"nvidia", "minimax-m2.7", &quantizations::nvfp4::value, &nvfp4_experts},
    {"nvidia", "qwen3.5-122b-a10b", &quantizations::nvfp4::value, &nvfp4_experts},
    {"nvidia", "qwen3.5-397b-a17b", &quantizations::nvfp4::value, &nvfp4_experts},
    {"nvidia", "qwen3.6-27b", &quantizations::nvfp4::value, &nvfp4_beside_fp8},
    {"nvidia", "qwen3.6-35b-a3b", &quantizations::nvfp4::value, &nvfp4_beside_fp8},
    {"nvidia", "nemotron-3-nano-30b-a3b", &quantizations::nvfp4::value, &nvfp4_nemotron_3_nano},
};

// The longest name of the catalogue that words from `first` on spell.
inline const model *model_of_words(const std::vector<std::string> &words, std::size_t first = 0) {
    // A repository of one's own has words behind the name.
    for (std::size_t n = words.size() - first; n > 0; --n) {
        std::string text = joined_words(words, first, n);
        for (const short_name &s : short_names)
            if (text == s.name) text = s.meant;
        if (const model *m = find_model(text.c_str())) return m;
        if (n < 3 && words.size() > 2) break;
    }
    return nullptr;
}

// Words before the name as well ("huihui-gpt-oss-20b"): those of two or more, and not of what only bears the name of the
// model that it helps.
inline const model *model_within_words(const std::vector<std::string> &words) {
    for (const char *helper : {"draft", "dflash", "eagle", "eagle3", "speculator", "recurrent"})
        if (has_word(words, helper)) return nullptr;
    for (std::size_t first = 1; first + 2 <= words.size(); ++first)
        if (const model *m = model_of_words(words, first)) return m;
    return nullptr;
}

} // namespace detail

// The precision that a model is published in, where the name does not say; null: 16 bits.
inline const quantization *published_recipe(const model &m) {
    constexpr struct {
        const char *name;
        const quantization *recipe;
    } published[] = {
        {"deepseek-v3", &quantizations::fp8_block::value},   {"deepseek-v3.1", &quantizations::fp8_block::value},
        {"deepseek-v3.2", &quantizations::fp8_block::value}, {"deepseek-r1", &quantizations::fp8_block::value},
        {"kimi-k2", &quantizations::fp8_block::value},       {"minimax-m2", &quantizations::fp8_block::value},
        {"minimax-m2.5", &quantizations::fp8_block::value},  {"minimax-m2.7", &quantizations::fp8_block::value},
        {"kimi-k2-thinking", &detail::int4_experts},         {"kimi-k2.5", &detail::int4_experts},
        {"kimi-k2.6", &detail::int4_experts},
        {"gpt-oss-20b", &quantizations::mxfp4::value},       {"gpt-oss-120b", &quantizations::mxfp4::value},
    };
    for (const auto &p : published)
        if (same_text(m.name.c_str(), p.name)) return p.recipe;
    return nullptr;
}

inline repository_name read_repository_name(const std::string &path) {
    const std::size_t slash = path.find_last_of('/');
    const std::vector<std::string> all = detail::words_of_name(slash == std::string::npos ? path : path.substr(slash + 1));
    repository_name found;
    bool sixteen_bits = false;
    std::vector<std::string> kept, plain; // without words of precision; without any that say nothing
    for (const std::string &w : all) {
        const detail::word_meaning *known = nullptr;
        for (const detail::word_meaning &k : detail::repository_words)
            if (w == k.word) known = &k;
        if (w == "dynamic" && found.recipe == &quantizations::fp8::value) found.recipe = &quantizations::fp8_dynamic::value;
        if (w == "int8" && found.recipe == &quantizations::gptq::value) found.recipe = &quantizations::gptq_int8::value;
        sixteen_bits = sixteen_bits || w == "bf16" || w == "fp16";
        if (known != nullptr && known->recipe != nullptr) {
            if (found.recipe == nullptr) found.recipe = known->recipe;
            continue;
        }
        kept.push_back(w);
        if (known == nullptr) plain.push_back(w);
    }
    found.base = detail::model_of_words(kept);
    const auto length = [](const model &m) { return std::string(m.name.c_str()).size(); };
    if (const model *m = detail::model_of_words(plain))
        if (found.base == nullptr || length(*m) >= length(*found.base)) found.base = m;
    if (found.base == nullptr) { // "1124" of OLMo-2-1124-7B is a month
        std::vector<std::string> undated;
        for (const std::string &w : plain)
            if (w.size() != 4 || w.find_first_not_of("0123456789") != std::string::npos) undated.push_back(w);
        found.base = detail::model_of_words(undated);
    }
    if (found.base == nullptr && !plain.empty()) {
        // "qwen25" is "qwen2.5".
        std::string &first = plain.front();
        const std::size_t n = first.size();
        if (n > 2 && detail::is_digit(first[n - 1]) && detail::is_digit(first[n - 2]) && !detail::is_digit(first[n - 3]))
            first.insert(n - 1, ".");
        found.base = detail::model_of_words(plain);
    }
    if (found.base == nullptr) found.base = detail::model_within_words(plain);
    // Qwen publishes its FP8 in blocks, as DeepSeek does (weight_block_size of quantization_config); others have one scale for a
    // matrix.
    const std::string owner = slash == std::string::npos ? "" : path.substr(0, slash);
    const bool of_others = detail::words_of_name(owner).back() == "nvidia" || owner.find("RedHatAI") != std::string::npos ||
                           owner.find("neuralmagic") != std::string::npos;
    if (found.base != nullptr && found.recipe == &quantizations::fp8::value && !of_others &&
        std::string(found.base->name.c_str()).rfind("qwen3", 0) == 0)
        found.recipe = &quantizations::fp8_block::value;
    for (const detail::published_mixture &p : detail::published_mixtures)
        if (found.base != nullptr && found.recipe == p.named && same_text(found.base->name.c_str(), p.model) &&
            detail::words_of_name(owner).back() == p.owner)
            found.recipe = p.meant;
    // Groups divide the inputs of every matrix: those of experts may be too narrow for 128. What was trained for Q4_0
    // ("qat") has groups of 32, as that has (Gemma: vllm-project/recipes#514).
    const bool by_awq = found.recipe == &quantizations::awq::value, by_w4a16 = found.recipe == &quantizations::w4a16::value;
    const bool narrow = found.base != nullptr && found.base->moe_intermediate_size % 128 != 0;
    const bool trained_for_32 = detail::has_word(all, "qat");
    if ((by_awq && narrow) || (by_w4a16 && (narrow || trained_for_32)))
        found.recipe = &quantizations::w4a16_g32::value;
    else if (by_awq && trained_for_32)
        found.recipe = &quantizations::awq_g32::value;
    if (found.base != nullptr && found.recipe == nullptr && !sixteen_bits) found.recipe = published_recipe(*found.base);
    return found;
}

MEMBOUND_END_NAMESPACE

#endif

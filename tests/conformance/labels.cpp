#include "labels.hpp"

#include <membound/architectures/llama.hpp>
#include <membound/devices/all.hpp>
#include <membound/formats/integer.hpp>
#include <membound/models/all.hpp>
#include <membound/quantizations.hpp>
#include <membound/weights.hpp>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <tuple>
#include <vector>

namespace conformance {

namespace {

using words = std::vector<std::string>;

std::string lower(std::string text) {
    for (char &c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

// Letters and digits that stand together; a "+" behind a word belongs to it.
words words_of(const std::string &text) {
    words all(1);
    for (const char c : lower(text)) {
        if (std::isalnum(static_cast<unsigned char>(c)) != 0)
            all.back() += c;
        else if (!all.back().empty())
            all.emplace_back();
    }
    if (all.back().empty()) all.pop_back();
    return all;
}

bool is_number(const std::string &text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// The gigabytes that a list of words ends a device's name with; 0 where it tells none.
int take_memory(words &all) {
    for (std::size_t i = 0; i < all.size(); ++i) {
        const std::string &word = all[i];
        const std::size_t n = word.size();
        const bool one_word = n > 2 && word.substr(n - 2) == "gb" && is_number(word.substr(0, n - 2));
        const bool two_words = is_number(word) && i + 1 < all.size() && (all[i + 1] == "gb" || all[i + 1] == "gib");
        if (!one_word && !two_words) continue;
        const int size = std::atoi(word.c_str());
        const auto at = all.begin() + static_cast<std::ptrdiff_t>(i);
        all.erase(at, at + (two_words ? 2 : 1));
        return size;
    }
    return 0;
}

bool ends(const std::string &word, const char *ending) {
    const std::string e = ending;
    return word.size() > e.size() && word.substr(word.size() - e.size()) == e;
}

// A count of cores: "16" before "gpu" or "core", "18gpu", "6p", "4e".
bool counts_cores(const words &all, std::size_t i) {
    const std::string &word = all[i];
    if (is_number(word)) return i + 1 < all.size() && (all[i + 1] == "gpu" || all[i + 1] == "core");
    if (ends(word, "gpu")) return is_number(word.substr(0, word.size() - 3));
    return (ends(word, "p") || ends(word, "e")) && word.size() <= 3 && is_number(word.substr(0, word.size() - 1));
}

// Without what vendors and drivers put around a name.
std::string bare(const words &all) {
    static const words noise = {"nvidia", "geforce", "amd",        "radeon", "intel",   "apple",       "tesla", "instinct",
                                "gpu",    "tm",      "generation", "series", "edition", "workstation", "r",     "graphics"};
    std::string name;
    bool in_laptop = false;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const std::string &word = all[i];
        const bool laptop = word == "laptop" || word == "mobile";
        in_laptop = in_laptop || laptop;
        if (laptop || counts_cores(all, i)) continue;
        if (word == "core" && i > 0 && is_number(all[i - 1])) continue;
        if (std::find(noise.begin(), noise.end(), word) == noise.end()) name += word;
    }
    return name + (in_laptop ? "laptop" : "");
}

// What labels say in place of a name, in the words that are left of it.
const struct {
    const char *label;
    const char *device;
} other_names[] = {
    {"dgxspark", "gb10"},           {"spark", "gb10"},           {"jetsonorin", "jetsonagxorin"},
    {"strixhalo", "ryzenaimax395"}, {"8060s", "ryzenaimax395"},  {"frameworkmainboard", "ryzenaimax395"},
    {"h100hbm3", "h100sxm"},        {"a100sxm4", "a100sxm"},     {"v100sxm2", "v100sxm"},
    {"p100sxm2", "p100"},           {"m4macmini", "m4"},         {"m1m1max", "m1max"},
    {"m4m4pro", "m4pro"},           {"macstudiom3ultra", "m3ultra"}, {"coreultra200", "coreultra200v"},
    {"gtx1650ti", "gtx1650tilaptop"}, {"gtx1650tiwithmaxqdesign", "gtx1650tilaptop"},
    {"pi5", "raspberrypi5"},        {"pi500", "raspberrypi5"},   {"arca310eco", "arca310"},
    {"ryzen77840hs", "ddr55600laptop"}, {"ampereonea19232x", "ampereone"},
};

membound::bytes gibibytes(int n) { return membound::bytes(std::int64_t{1} << 30) * n; }

// A name without the form of its card where the label does not tell it.
std::string in_form_of(std::string name, const std::string &wanted) {
    for (const std::string form : {"pcie", "sxm"}) {
        const bool has = name.size() > form.size() && name.substr(name.size() - form.size()) == form;
        if (has && wanted.find(form) == std::string::npos) name.resize(name.size() - form.size());
    }
    return name;
}

// Of several that have the name: that with the memory that the label tells, else the largest, else the slowest memory.
const membound::device *device_of(words label) {
    int memory = take_memory(label);
    std::string wanted = bare(label);
    if (wanted.empty()) return nullptr;
    if (memory == 0 && wanted == "rtx3080") memory = 10; // the usual ones
    if (memory == 0 && wanted == "rtx2060") memory = 6;
    for (const auto &o : other_names)
        if (wanted == o.label) wanted = o.device;
    if (is_number(wanted.substr(0, 4)) || wanted == "a400") wanted = (label.front() == "amd" ? "rx" : "rtx") + wanted;
    const auto rank = [&](const membound::device &d) {
        return std::make_tuple(memory > 0 && d.capacity == gibibytes(memory), d.capacity.count(), -d.memory_bandwidth_gbps);
    };
    const membound::device *best = nullptr;
    for (const membound::device *d : membound::devices::all) {
        words name = words_of(d->name.c_str());
        (void)take_memory(name);
        if (in_form_of(bare(name), wanted) != wanted) continue;
        if (best == nullptr || rank(*d) > rank(*best)) best = d;
    }
    return best;
}

// Cores of the GPU that a label tells ("16 GPU", "7-Core GPU", "6P+6E+18GPU"); 0 where it tells none.
int gpu_cores(const std::string &label) {
    const words all = words_of(label);
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (all[i].size() > 3 && all[i].substr(all[i].size() - 3) == "gpu") return std::atoi(all[i].c_str());
        if (all[i] != "gpu") continue;
        for (std::size_t j = i; j-- > 0 && j + 3 > i;)
            if (is_number(all[j])) return std::atoi(all[j].c_str());
    }
    return 0;
}

// Apple's chips are sold with some of the GPU's cores off. All of them, which the catalogue's rates are of.
const struct {
    const char *chip;
    int cores;
} all_cores[] = {{"m1", 8},      {"m1pro", 16},   {"m1max", 32}, {"m1ultra", 64}, {"m2", 10},      {"m2pro", 19},
                 {"m2max", 38},  {"m2ultra", 76}, {"m3", 10},    {"m3pro", 18},   {"m3max", 40},   {"m3ultra", 80},
                 {"m4", 10},     {"m4pro", 20},   {"m4max", 40}, {"m5", 10},      {"m5pro", 20},   {"m5max", 40}};

// Parameters in 1e9 of "30b" and "a3b" in a label; 0 where there are none.
double billions_in(const std::string &label, bool active) {
    words all(1);
    for (const char c : lower(label)) {
        if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.')
            all.back() += c;
        else
            all.emplace_back();
    }
    for (const std::string &word : all) {
        const std::size_t begin = active ? 1 : 0;
        if (word.size() < begin + 2 || (active && word[0] != 'a')) continue;
        const char unit = word.back();
        if (unit != 'b' && unit != 'm') continue;
        const std::string number = word.substr(begin, word.size() - begin - 1);
        char *end = nullptr;
        const double value = std::strtod(number.c_str(), &end);
        if (*end == '\0' && value > 0) return unit == 'b' ? value : value / 1000;
    }
    return 0;
}

// A model of the usual shape: layers of an eighth of the width in heads of 128, four of which share a key, and a gated
// feed-forward block three and a half times as wide.
std::optional<membound::model> usual_model(double billions, double active) {
    if (billions <= 0) return std::nullopt;
    membound::model m;
    m.name = "usual";
    m.family = &membound::architectures::llama::value;
    const double dense = active > 0 && active < billions ? active : billions;
    const double width = std::cbrt(dense * 1e9 * 128 / 13);
    m.hidden_size = std::max<std::int64_t>(static_cast<std::int64_t>(width / 256 + 0.5) * 256, 256);
    m.num_hidden_layers = std::max<std::int64_t>(m.hidden_size / 128, 1);
    m.head_dim = 128;
    m.num_attention_heads = m.hidden_size / 128;
    m.num_key_value_heads = m.num_attention_heads % 4 == 0 ? m.num_attention_heads / 4 : m.num_attention_heads;
    m.intermediate_size = m.hidden_size * 7 / 2;
    m.vocab_size = 64000;
    m.max_position_embeddings = 131072;
    if (dense < billions) {
        m.num_experts_per_tok = 8;
        m.moe_intermediate_size = m.intermediate_size / 8;
        const double routed = 10.5 * static_cast<double>(m.hidden_size * m.hidden_size * m.num_hidden_layers) / 1e9;
        m.num_experts = std::min<std::int64_t>(
            std::max<std::int64_t>(static_cast<std::int64_t>(8 * (1 + (billions - dense) / routed)), 8), 1024);
    }
    const auto whole = membound::arranged(m);
    return whole ? std::optional<membound::model>(*whole) : std::nullopt;
}

const membound::model *model_named(const std::string &label) {
    static const struct {
        const char *label;
        const char *model;
    } others[] = {{"deepseek r1 14b", "deepseek-r1-distill-qwen-14b"}, {"deepseek-r1-7b", "deepseek-r1-distill-qwen-7b"},
                  {"deepseek r1 671b", "deepseek-r1"},                 {"llama 33b", "llama-30b"}};
    for (const auto &o : others)
        if (lower(label) == o.label) return membound::find_model(o.model);
    std::string name = label;
    while (!name.empty()) {
        if (const membound::model *m = membound::find_model(name.c_str())) return m;
        const std::size_t cut = name.find_last_of(" -_.:");
        if (cut == std::string::npos) break;
        name.resize(cut);
    }
    return nullptr;
}

} // namespace

std::optional<membound::device> labelled_device(const std::string &label) {
    std::vector<std::string> parts = {label};
    const std::size_t open = label.find('('), close = label.rfind(')');
    if (open != std::string::npos && close != std::string::npos && close > open) {
        const std::string within = label.substr(open + 1, close - open - 1);
        parts.push_back(within);
        parts.push_back(within.substr(0, within.find(',')));
        parts.push_back(label.substr(0, open));
    }
    const membound::device *found = nullptr;
    for (std::size_t i = 0; i < parts.size() && found == nullptr; ++i) found = device_of(words_of(parts[i]));
    if (found == nullptr) return std::nullopt;
    membound::device d = *found;
    words name = words_of(d.name.c_str());
    (void)take_memory(name);
    const int cores = gpu_cores(label);
    for (const auto &chip : all_cores)
        if (cores > 0 && bare(name) == chip.chip) d.fp32_tflops *= static_cast<double>(cores) / chip.cores;
    return d;
}

std::optional<membound::model> labelled_model(const std::string &label, double billions) {
    std::string name = label.substr(label.find('/') == std::string::npos ? 0 : label.find('/') + 1);
    for (const char *publisher : {"NVIDIA-", "Meta-"})
        if (name.rfind(publisher, 0) == 0) name = name.substr(std::string(publisher).size());
    const double told = billions > 0 ? billions : billions_in(name, false);
    if (const membound::model *m = model_named(name)) {
        const double own = static_cast<double>(membound::parameter_count(*m)) / 1e9;
        if (told <= 0 || std::abs(own / told - 1) < 0.35) return *m;
    }
    return usual_model(told, billions_in(name, true));
}

bool labelled_quantization(const std::string &label, membound::quantization &q) {
    std::string name = lower(label);
    if (name.rfind("ud-", 0) == 0) name = name.substr(3);
    static const struct {
        const char *label;
        const char *recipe;
    } others[] = {{"q8_k_xl", "Q8_0"},   {"q6_k_xl", "Q6_K"},   {"q5_k_xl", "Q5_K_M"}, {"q4_k_xl", "Q4_K_M"},
                  {"q3_k_xl", "Q3_K_L"}, {"q2_k_xl", "Q2_K"},   {"mxfp4", "MXFP4_MOE"}, {"fp16", "F16"},
                  {"awq int4", "AWQ"}, {"int4", "Q4_0"}};
    for (const auto &o : others)
        if (name == o.label) name = o.recipe;
    if (name.rfind("exl2 ", 0) == 0) {
        const double bits = std::atof(name.c_str() + 5);
        if (bits <= 0) return false;
        q.name = "EXL2";
        q.kind = membound::quantization::scheme::uniform;
        q.matrices = {"exl2", 256, static_cast<std::int64_t>(bits * 32)};
        q.embeddings = {"exl2_head", 256, 192}; // 6 bits, the default of its converter
        q.rest = membound::formats::f16::value;
        return true;
    }
    if (name.rfind("gptq", 0) == 0) {
        q.name = "GPTQ";
        q.kind = membound::quantization::scheme::uniform;
        q.matrices = membound::formats::int4_g128_zero::value;
        q.embeddings = q.rest = membound::formats::f16::value;
        return true;
    }
    const membound::quantization *known = membound::find_quantization(name.c_str());
    if (known == nullptr) return false;
    q = *known;
    return true;
}

} // namespace conformance

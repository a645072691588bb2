#include "speed.hpp"

#include "described.hpp"
#include "kinds.hpp"
#include "labels.hpp"

#include <membound/engines/llama_cpp.hpp>
#include <membound/throughput.hpp>

#include <cctype>
#include <cstdlib>

namespace conformance {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

// A published row, with what llama-bench does by default where it does not say.
struct speed_row {
    membound::machine on;
    membound::model model;
    membound::quantization recipe;
    membound::engine engine;
    membound::workload use;
    std::int64_t depth = 0;     // tokens in the cache beforehand
    std::int64_t generated = 0; // tokens
    double file_bytes = 0;      // 0: not told
    double prefill = 0;         // tokens a second, as measured; 0: not
    double decode = 0;
};

std::string lower(std::string text) {
    for (char &c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

// A column; columns that a table lacks are empty.
std::string column(const json &row, const char *name) {
    const auto at = row.find(name);
    return at == row.end() ? "" : at->is_string() ? at->get<std::string>() : at->dump();
}

double number(const json &row, const char *name, double otherwise) {
    const std::string text = column(row, name);
    char *end = nullptr;
    const double value = std::strtod(text.c_str(), &end);
    return end == text.c_str() ? otherwise : value;
}

std::int64_t whole(const json &row, const char *name, std::int64_t otherwise) {
    return static_cast<std::int64_t>(number(row, name, static_cast<double>(otherwise)));
}

bool begins(const std::string &text, const char *beginning) { return text.rfind(beginning, 0) == 0; }

// The interface that a backend's name tells; that of the device itself where it tells none.
membound::backend interface_of(const std::string &name, membound::backend own) {
    using membound::backend;
    if (begins(name, "cuda")) return backend::cuda;
    if (begins(name, "rocm") || begins(name, "hip")) return backend::rocm;
    if (begins(name, "metal") || begins(name, "mtl")) return backend::metal;
    if (begins(name, "vulkan")) return backend::vulkan;
    if (begins(name, "sycl")) return backend::sycl;
    if (begins(name, "cpu")) return backend::cpu;
    return own;
}

// Engines on the same kernels have the same speeds; null where none are known.
const membound::engine *engine_named(const std::string &name) {
    static const membound::engine llama_cpp = membound::engines::llama_cpp::value;
    static const membound::engine exllamav2 = [] {
        membound::engine e = llama_cpp;
        e.name = "exllamav2";
        e.efficiency_on = membound::detail::exllamav2_efficiency_on;
        return e;
    }();
    if (begins(name, "exllama")) return &exllamav2;
    for (const char *kin : {"llama.cpp", "ollama", "llamafile", "lm studio", "koboldcpp", "llama-bench"})
        if (begins(name, kin)) return &llama_cpp;
    return nullptr;
}

// Why a row can not be predicted; empty where it can.
std::string read(const json &row, speed_row &r) {
    const std::string engine = column(row, "engine");
    const membound::engine *known_engine = engine_named(lower(engine));
    if (known_engine == nullptr) return "no speeds of the engine are known: " + engine;
    r.engine = *known_engine;

    auto device = labelled_device(column(row, "device"));
    if (!device) return "the device is not known: " + column(row, "device");
    device->api = interface_of(lower(column(row, "backend")), device->api);
    if (device->api == membound::backend::cpu) device->fp32_tflops = device->fp16_tflops = 0; // those of the GPU
    r.on = membound::machine_of(*device);
    const std::int64_t devices = whole(row, "n_devices", 1);
    if (devices < 1 || devices > membound::max_devices) return "there are too many devices";
    if (devices > 1 && device->api == membound::backend::cpu) return "the host is one device";
    for (r.on.device_count = device->api == membound::backend::cpu ? 0 : 1; r.on.device_count < devices; ++r.on.device_count)
        r.on.devices[r.on.device_count] = *device;

    const std::string label = column(row, "model");
    const auto model = labelled_model(label, number(row, "params_b", 0));
    if (!model) return "the model is not known: " + label;
    r.model = *model;
    std::string quant = column(row, "quant");
    if (quant.empty()) quant = lower(label).find("gpt-oss") != std::string::npos ? "MXFP4" : "Q4_K_M"; // as Ollama has them
    if (!labelled_quantization(quant, r.recipe)) return "the quantization is not known: " + quant;

    r.use = r.engine.defaults;
    r.use.prompt = membound::tokens(whole(row, "pp_tokens", 512));
    r.use.sequences = static_cast<int>(whole(row, "batch", 1));
    r.use.flash = column(row, "flash_attn") == "1" ? membound::flash_attention::on : membound::flash_attention::off;
    const std::string notes = column(row, "notes");
    const std::string ubatch = "n_ubatch ";
    const std::size_t at = notes.find(ubatch);
    if (at != std::string::npos) r.use.ubatch = std::atoi(notes.c_str() + at + ubatch.size());
    r.depth = whole(row, "context_depth", 0);
    r.generated = whole(row, "tg_tokens", 128);
    r.file_bytes = number(row, "model_size_gib", 0) * 1024 * 1024 * 1024;
    r.prefill = number(row, "pp_tps", 0);
    r.decode = number(row, "tg_tps", 0);
    if (r.use.prompt.count() < 1 || r.use.sequences < 1 || r.use.ubatch < 1 || r.depth < 0 || r.generated < 1)
        return "a number of tokens is less than 1";
    return "";
}

// The model as it lies there. Where the size of the file is told, its weights are read in proportion: publishers' own
// mixtures are near a recipe, and not the same.
membound::result<membound::loaded_model> load(const speed_row &r) {
    auto loaded = r.engine.load(r.model, r.recipe, r.on, r.use);
    if (!loaded || r.file_bytes <= 0) return loaded;
    const double ratio = r.file_bytes / static_cast<double>(membound::file_weight_bytes(r.model, r.recipe).count());
    if (ratio < 0.5 || ratio > 2) return loaded; // it is of another model
    membound::loaded_model scaled = *loaded;
    const auto scale = [&](membound::weight_work &w) { w.bytes *= ratio, w.routed_bytes *= ratio; };
    for (membound::weight_work &w : scaled.weights.work) scale(w);
    scale(scaled.weights.head);
    return scaled;
}

// In the middle of the tokens that are written.
membound::tokens middle(const speed_row &r) { return membound::tokens(r.depth + r.generated / 2); }

// Every cost once, so that what is spent is the seconds at peak; of a host, whose rates are not known, those of its memory.
const membound::efficiency *at_peak(const membound::device &d) {
    static const auto once = [](bool computes) {
        membound::efficiency e;
        for (double &f : e.factor.of) f = 1;
        if (!computes) e.factor[membound::cost::loads] = e.factor[membound::cost::super_loads] = 0;
        return e;
    };
    static const membound::efficiency of_device = once(true), of_host = once(false);
    return d.api == membound::backend::cpu ? &of_host : &of_device;
}

} // namespace

ordered_json speed_costs(const json &row) {
    speed_row r;
    const std::string wrong = read(row, r);
    if (!wrong.empty()) return {{"skip", wrong}};
    const auto loaded = load(r);
    if (!loaded) return {{"skip", text_of(loaded.error())}};
    const membound::device &d = membound::detail::device_at(r.on, 0);
    ordered_json out = {{"device", d.name.c_str()},
                        {"devices", r.on.device_count},
                        {"api", static_cast<int>(d.api)},
                        {"maker", static_cast<int>(d.made_by)},
                        {"engine", r.engine.name},
                        {"matrix_units", membound::has_matrix_units(d)},
                        {"model", r.model.name.c_str()},
                        {"recipe", r.recipe.name}};
    r.engine.efficiency_on = at_peak;
    const auto costs = [&](const char *what, double measured, double tokens, const auto &time) {
        if (measured <= 0) return;
        membound::detail::pass_timer timer(r.model, *loaded, r.on, r.engine, r.use);
        if (time(timer) <= 0) return;
        out[what] = {{"tokens", tokens}, {"seconds", tokens / measured}, {"costs", timer.spent().of}};
    };
    r.use.filled = middle(r);
    costs("decode", r.decode, r.use.sequences, [&](auto &timer) { return decode_seconds(timer, r.use); });
    r.use.filled = membound::tokens(r.depth);
    costs("prefill", r.prefill, static_cast<double>(r.use.prompt.count()),
          [&](auto &timer) { return prefill_seconds(timer, r.use); });
    return out;
}

void compare_speed(const json &row, outcome &out) {
    speed_row r;
    const std::string wrong = read(row, r);
    out.name = column(row, "model");
    out.digest = column(row, "device") + " " + column(row, "backend") + " " + column(row, "quant");
    if (!wrong.empty()) return out.skip(wrong);
    const auto loaded = load(r);
    if (!loaded) return out.skip(text_of(loaded.error()));
    out.about.family = r.model.family->name;
    out.about.experts = r.model.num_experts > 0;
    const auto compare = [&](const char *term, double measured, membound::tokens filled, const auto &speed) {
        if (measured <= 0) return;
        r.use.filled = filled;
        const auto predicted = membound::throughput_of(r.model, *loaded, r.on, r.engine, r.use);
        if (!predicted) return out.skip(text_of(predicted.error()), {term});
        if (!speed(*predicted).known()) return out.skip("a rate of the device is not known", {term});
        out.compare(term, speed(*predicted).expected, measured);
    };
    compare("decode", r.decode, middle(r), [](const membound::throughput &t) { return t.decode; });
    compare("prefill", r.prefill, membound::tokens(r.depth), [](const membound::throughput &t) { return t.prefill; });
}

} // namespace conformance

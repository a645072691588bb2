// What llama.cpp allocates for a model and a context, in each buffer. Rows are what the library itself lays out for files
// without data. For those of CUDA it loaded its real CUDA backend over a stand-in of the CUDA runtime: devices of a compute
// capability and memory that are told to it, allocations that reserve addresses and are never touched, and no kernels.
#include "described.hpp"
#include "kinds.hpp"

#include <membound/engines/llama_cpp.hpp>

#include <cmath>

namespace conformance {

namespace {

using nlohmann::json;

bool named_backend(const std::string &name, membound::backend &api) {
    using membound::backend;
    for (const backend b : {backend::cuda, backend::rocm, backend::metal, backend::vulkan, backend::sycl})
        if (name == membound::text_of(b)) {
            api = b;
            return true;
        }
    return false;
}

// Why the settings can not be predicted; empty where they can. `overrides` are those that the workload has.
std::string use_settings(const json &settings, membound::workload &w, membound::machine &on,
                         std::vector<membound::tensor_override> &overrides) {
    w.context = membound::tokens(settings.at("n_ctx").get<std::int64_t>());
    w.batch = settings.at("n_batch");
    w.ubatch = settings.at("n_ubatch");
    w.sequences = settings.at("n_seq_max");
    w.unified_cache = settings.at("kv_unified");
    const std::string flash = settings.at("flash_attn");
    w.flash = flash == "on"    ? membound::flash_attention::on
              : flash == "off" ? membound::flash_attention::off
                               : membound::flash_attention::automatic;
    const std::string type_k = settings.at("type_k"), type_v = settings.at("type_v");
    const membound::format *k = cache_type(type_k), *v = cache_type(type_v);
    if (k == nullptr) return "cache type " + type_k + " is not known";
    if (v == nullptr) return "cache type " + type_v + " is not known";
    w.type_k = *k;
    w.type_v = *v;
    w.full_swa_cache = settings.value("swa_full", false);
    w.outputs = settings.value("n_outputs_max", 0);
    w.embeddings = settings.value("embeddings", false);
    w.offload_operations = settings.value("op_offload", true);
    w.dry_run = settings.value("no_alloc", true);
    w.placed.gpu_layers = settings.at("n_gpu_layers");
    w.placed.kv_on_device = settings.value("offload_kqv", true);
    w.further_layers = settings.value("load_mtp", false);
    w.loading = settings.value("load_mode", -1) == 0 ? membound::weight_loading::read : membound::weight_loading::automatic;
    w.repack = settings.value("use_extra_bufts", true);
    on.host.instructions = membound::instruction_set::avx512; // of the machine that measured

    const std::string api = settings.at("backend");
    if (api != "cpu") {
        const json &device = settings.at("device");
        membound::device d;
        if (!named_backend(api, d.api)) return "backend " + api + " is not known";
        d.compute_capability = static_cast<std::int16_t>(std::lround(10 * device.value("compute_capability", 0.0)));
        d.unified_memory = device.value("unified_memory", d.api == membound::backend::metal);
        d.buffer_alignment = device.value("buffer_alignment", 0); // 0: the backend's own
        // Mesa's software device computes as many lanes in step as a register of the processor holds.
        if (device.value("name", std::string()).find("lavapipe") != std::string::npos) d.subgroup_size = 8;
        d.largest_buffer = membound::bytes(device.value("max_chunk", std::int64_t{0}));
        d.capacity = membound::bytes(device.at("vram_mib").get<std::int64_t>()) * (std::int64_t{1} << 20);
        on.device_count = device.value("count", 1);
        if (on.device_count < 1 || on.device_count > membound::max_devices) return "there are too many devices";
        for (int i = 0; i < on.device_count; ++i) on.devices[i] = d;
    }
    if (settings.contains("tensor_split")) {
        const json &split = settings["tensor_split"];
        for (std::size_t i = 0; i < split.size() && i < std::size_t{membound::max_devices}; ++i)
            w.placed.tensor_split[i] = split[i];
    }
    const auto override_tensor = [&](const std::string &pattern, int device) {
        overrides.push_back({pattern.c_str(), device});
        w.placed.overrides = overrides.data();
        w.placed.override_count = static_cast<int>(overrides.size());
    };
    if (settings.contains("override_tensor_to_cpu"))
        override_tensor(settings["override_tensor_to_cpu"].get_ref<const std::string &>(), -1);
    if (settings.contains("override_tensor"))
        override_tensor(settings["override_tensor"].at("pattern").get_ref<const std::string &>(),
                        settings["override_tensor"].at("device"));
    return "";
}

// The number of a device buffer (CUDA0, MTL0_Private); -1 of a buffer of the host (CPU_REPACK, CUDA_Host).
int device_number(const std::string &buffer) {
    const std::size_t digits = buffer.find_first_of("_0123456789");
    return digits == std::string::npos || buffer[digits] == '_' ? -1 : std::stoi(buffer.substr(digits));
}

double figure(membound::bytes b) { return static_cast<double>(b.count()); }

struct measured_buffers {
    std::string name;
    double model = 0;
    double context = 0;
    double compute = 0;
};

void compare_buffers(const json &breakdown, const membound::budget &b, const membound::model_buffers &weights,
                     outcome &out) {
    std::map<int, measured_buffers> measured; // by the number of the device, -1 the host
    measured[-1].name = "host";
    for (const auto &[buffer, sizes] : breakdown.items()) {
        const int d = device_number(buffer);
        measured_buffers &sum = measured[d];
        if (d >= 0) sum.name = buffer;
        sum.model += sizes.at("model").get<double>();
        sum.context += sizes.at("context").get<double>();
        sum.compute += sizes.at("compute").get<double>();
    }
    const auto compare = [&](const char *term, membound::bytes predicted, double size, const std::string &name) {
        out.compare(term, figure(predicted), size, name);
    };
    for (const auto &[d, sizes] : measured) {
        if (d >= b.count - 1) {
            out.skip("buffer " + sizes.name + " is of no device that the row has", {"model", "context", "compute"});
            continue;
        }
        const membound::device_budget &at = d < 0 ? b.host() : b.devices[d];
        compare("model", d < 0 ? weights.host().total() : weights.on[d].total(), sizes.model, sizes.name);
        compare("context", at.kv_cache.expected + at.recurrent_state.expected, sizes.context, sizes.name);
        compare("compute", at.compute.expected, sizes.compute, sizes.name);
    }
}

void compare_output(const json &printed, const membound::budget &b, outcome &out) {
    double measured = 0;
    for (const json &buffer : printed) measured += buffer.at(1).get<double>();
    const membound::bytes predicted = b.host().output.expected;
    out.compare("output", figure(predicted),
                prints_as(predicted, measured) ? figure(predicted) : std::round(measured * 1024 * 1024));
}

std::string digest_of(const std::string &ftype, const json &settings) {
    std::string out = ftype;
    for (const auto &[key, value] : settings.items()) {
        const bool usual =
            (value.is_boolean() && value == (key == "offload_kqv" || key == "op_offload" || key == "no_alloc" ||
                                             key == "kv_unified" || key == "use_extra_bufts")) ||
            (key == "n_batch" && value == 2048) || (key == "n_ubatch" && value == 512) ||
            (key == "n_seq_max" && value == 1) || (key == "flash_attn" && value == "auto") ||
            (key == "n_outputs_max" && value == 0) || (value == "f16");
        if (usual) continue;
        if (key == "device") {
            if (value.contains("buffer_alignment")) out += " align=" + value["buffer_alignment"].dump();
            if (value.contains("count")) out += " gpus=" + value["count"].dump();
        } else {
            out += " " + key + "=" + (value.is_string() ? value.get<std::string>() : value.dump());
        }
    }
    return out;
}

} // namespace

void compare_llamacpp_memory(const json &row, outcome &out) {
    const std::vector<std::string> buffer_terms = {"model", "context", "compute", "output", "n_ctx"};
    introduce(row, out);
    const std::string ftype = row.at("ftype");
    const json &settings = row.at("settings");
    out.digest = digest_of(ftype, settings);
    const bool refused_by_engine = row.contains("error");
    const auto refuse = [&](const membound::error &e) {
        if (refused_by_engine)
            out.compare("refused", 1, 1);
        else
            out.skip("refused: " + text_of(e), buffer_terms);
    };

    const auto m = described_model(row);
    if (!m) return refuse(m.error());
    if (m->family == nullptr) return out.skip("architecture " + out.about.family + " has no rules yet");
    membound::quantization q;
    std::vector<membound::stored_tensor> tensors;
    if (!described_file(ftype, *m, q, tensors)) return out.skip("file type " + ftype + " is not known");

    out.compare("file_bytes", static_cast<double>(described_file_bytes(row, *m, q)), row.at("file_bytes"));
    out.compare("tensors_bytes", static_cast<double>(membound::file_weight_bytes(*m, q).count()),
                row.at("tensors_bytes"));
    const membound::engine &engine = membound::engines::llama_cpp::value;
    membound::workload w;
    membound::machine on;
    std::vector<membound::tensor_override> overrides;
    const std::string unpredicted = use_settings(settings, w, on, overrides);
    if (!unpredicted.empty()) return out.skip(unpredicted, buffer_terms);
    const auto loaded = engine.load(*m, q, on, w);
    if (!loaded) return refuse(loaded.error());
    const membound::layout &at = loaded->placed;
    const bool all_on_one = on.device_count == 1 && at.all_offloaded && at.kv_on_device && !at.has_overrides();
    out.about.placement = on.device_count == 0 ? "cpu" : all_on_one ? "one_gpu" : "mixed";
    const auto b = engine.account(*m, q, *loaded, on, w);
    if (!b) return refuse(b.error());
    if (refused_by_engine) return out.compare("refused", 0, 1);
    std::vector<membound::stored_tensor> ordered;
    const auto file = in_file_order(*m, q, ordered);
    const auto weights = engine.buffers(*m, w.dry_run ? q : file, *loaded, on, w);
    if (!weights) return refuse(weights.error());

    const json &measured = row.at("measured");
    out.compare("n_ctx", static_cast<double>(b->context.count()), measured.at("n_ctx"));
    compare_buffers(measured.at("breakdown"), *b, *weights, out);
    if (measured.contains("output_mib")) compare_output(measured["output_mib"], *b, out);
}

} // namespace conformance

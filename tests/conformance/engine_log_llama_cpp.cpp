// What llama.cpp printed.
#include "engine_log_llama_cpp.hpp"

#include "described.hpp"
#include "engine_log.hpp"

#include <membound/engines/llama_cpp.hpp>
#include <membound/solve.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <sstream>
#include <string>

namespace conformance {

namespace {

using nlohmann::json;

// A list of one number a layer is printed as text: "[8, 8, 0]".
json unquoted(const json &printed) {
    if (!printed.is_string() || printed.get_ref<const std::string &>().rfind('[', 0) != 0) return printed;
    const json list = json::parse(printed.get<std::string>(), nullptr, false);
    return list.is_array() ? list : printed;
}

// A long list is cut: what the loader made of it stands elsewhere, and of windows the pattern comes again and again.
void add_key(json &keys, const std::string &key, const json &printed, std::int64_t layers) {
    const json value = unquoted(printed);
    const bool cut = value.is_string() && value.get_ref<const std::string &>().rfind('[', 0) == 0;
    if (!cut) {
        keys[key] = value;
        return;
    }
    const std::size_t end = value.get_ref<const std::string &>().find("false");
    if (end == std::string::npos) return;
    json period = unquoted(value.get<std::string>().substr(0, end) + "false]");
    json list = json::array();
    for (std::int64_t i = 0; i < layers; ++i) list.push_back(period[static_cast<std::size_t>(i) % period.size()]);
    keys[key] = list;
}

// Logs print keys of the file as "gguf:llama.block_count", and what the loader made of them as n_layer; those that are
// not printed but never change a size have any value.
json keys_of(const json &row) {
    const std::string prefix = text_in(row, "arch") + ".";
    json keys = {{prefix + "attention.layer_norm_rms_epsilon", 1e-5},
                 {prefix + "attention.layer_norm_epsilon", 1e-5},
                 {prefix + "rope.dimension_sections", {11, 11, 10, 0}},
                 {prefix + "logit_scale", 1.0},
                 {"tokenizer.ggml.token_type_count", 2}};
    const json &printed = row.at("hparams");
    constexpr const char *names[][2] = {
        {"n_ctx_train", "context_length"},          {"n_embd", "embedding_length"},
        {"n_layer", "block_count"},                 {"n_ff", "feed_forward_length"},
        {"n_head", "attention.head_count"},         {"n_head_kv", "attention.head_count_kv"},
        {"n_embd_head_k", "attention.key_length"},  {"n_embd_head_v", "attention.value_length"},
        {"n_rot", "rope.dimension_count"},          {"n_expert", "expert_count"},
        {"n_expert_used", "expert_used_count"},     {"ssm_d_conv", "ssm.conv_kernel"},
        {"ssm_d_inner", "ssm.inner_size"},          {"ssm_d_state", "ssm.state_size"},
        {"ssm_dt_rank", "ssm.time_step_rank"},      {"ssm_n_group", "ssm.group_count"},
        {"n_lora_q", "attention.q_lora_rank"},      {"n_lora_kv", "attention.kv_lora_rank"},
        {"n_ff_exp", "expert_feed_forward_length"}, {"n_layer_dense_lead", "leading_dense_block_count"},
        {"n_expert_shared", "expert_shared_count"},
    };
    for (const auto &[label, key] : names) {
        if (!printed.contains(label)) continue;
        const json value = unquoted(printed[label]);
        if (value.is_array() || (value.is_number_integer() && value != 0)) keys[prefix + key] = value;
    }
    if (number_of(printed, "n_swa", 0) > 0) keys[prefix + "attention.sliding_window"] = printed["n_swa"];
    for (const auto &[label, value] : printed.items())
        if (label.rfind("gguf:", 0) == 0 && !value.is_null())
            add_key(keys, label.substr(5), value, number_of(printed, "n_layer", 0));
    return keys;
}

// Early files of Qwen3-Next have one matrix for what a gated delta net reads, not two: 17 tensors in such a layer, and 16 in one
// that attends.
bool has_fused_delta_input(const json &row) {
    std::int64_t tensors = 0;
    const auto counts = row.at("measured").find("tensor type counts");
    if (counts != row.at("measured").end())
        for (const json &count : *counts) tensors += count.get<std::int64_t>();
    const std::int64_t layers = number_of(row.at("hparams"), "n_layer", 0);
    return tensors == 3 + 17 * layers - layers / 4;
}

// Tensors that every published file of a family has, though its loader could do without.
json usual_tensors(const json &row) {
    const std::string arch = text_in(row, "arch");
    const auto is = [&](std::initializer_list<const char *> names) {
        return std::any_of(names.begin(), names.end(), [&](const char *name) { return arch == name; });
    };
    json tensors = json::array();
    if (is({"qwen2", "qwen2moe", "qwen2vl", "gpt-oss", "glm4moe", "seed_oss", "starcoder2"}))
        tensors = {"blk.N.attn_q.bias", "blk.N.attn_k.bias", "blk.N.attn_v.bias"};
    // DeepSeek's router has it since V3, which has more experts than those before.
    const bool since_v3 = arch == "deepseek2" && number_of(row.at("hparams"), "n_expert", 0) > 160;
    if (since_v3 || is({"bailingmoe2", "deepseek32", "dots1", "ernie4_5-moe", "glm4moe"}))
        tensors.push_back("blk.N.exp_probs_b.bias");
    // Layers that share a cache have keys and values all the same.
    if (arch == "gemma4" && number_of(row.at("hparams"), "gguf:gemma4.attention.shared_kv_layers", 0) > 0)
        for (const char *name : {"attn_k", "attn_v", "attn_k_norm"}) tensors.push_back(std::string("blk.N.") + name + ".weight");
    if (is({"qwen3next"}) && !has_fused_delta_input(row)) {
        tensors.push_back("blk.N.attn_qkv.weight");
        tensors.push_back("blk.N.attn_gate.weight");
    }
    if (is({"phi2", "phi3", "nomic-bert", "nomic-bert-moe"})) tensors.push_back("blk.N.attn_qkv.weight");
    if (is({"bert", "nomic-bert", "nomic-bert-moe"})) tensors.push_back("token_types.weight");
    if (is({"phi2"})) tensors.push_back("blk.N.attn_qkv.bias");
    if (is({"bert"}))
        for (const char *name : {"attn_q", "attn_k", "attn_v", "attn_output", "ffn_up", "ffn_down"})
            tensors.push_back(std::string("blk.N.") + name + ".bias");
    const bool routes = number_of(row.at("hparams"), "n_expert", 0) > 0;
    if (is({"gemma4"})) tensors.push_back("blk.N.layer_output_scale.weight");
    if (is({"gemma4"}) && routes)
        for (const char *name : {"ffn_gate_inp.weight", "ffn_gate_up_exps.weight", "ffn_down_exps.scale"})
            tensors.push_back(std::string("blk.N.") + name);
    else if (routes && !is({"nemotron_h_moe"}))
        tensors.push_back("blk.N.ffn_gate_exps.weight");
    if (is({"falcon-h1", "granitehybrid", "nemotron_h", "nemotron_h_moe"})) tensors.push_back("blk.N.ssm_conv1d.bias");
    return tensors;
}

// "7.62 B" as a number; 0 where it is not printed.
double printed_parameters(const json &row) {
    const std::string text = text_in(row, "params_printed");
    if (text.empty()) return 0;
    const double unit = text.find('B') != std::string::npos ? 1e9 : text.find('M') != std::string::npos ? 1e6 : 0;
    return std::atof(text.c_str()) * unit;
}

// What stands first in a file is not printed. Files of families that were there before llama-quantize sorted are most often
// older than that.
membound::file_order order_of(const std::string &arch) {
    for (const char *old :
         {"baichuan", "bert",     "bloom",  "chatglm",  "command-r",  "dbrx",       "deepseek",  "deepseek2",  "exaone",
          "falcon",   "gemma",    "gemma2", "gpt2",     "granite",    "granitemoe", "internlm2", "llama",      "mamba",
          "minicpm",  "minicpm3", "mpt",    "nemotron", "nomic-bert", "olmo",       "olmo2",     "olmoe",      "phi2",
          "phi3",     "qwen",     "qwen2",  "qwen2moe", "qwen2vl",    "stablelm",   "starcoder", "starcoder2", "xverse"})
        if (arch == old) return membound::file_order::as_converted;
    return membound::file_order::by_name;
}

// Whether the head is the embedding again no log says; the printed number of parameters tells.
membound::result<membound::model> logged_model(const json &row) {
    json described = {{"arch", row.at("arch")},
                      {"hparams", keys_of(row)},
                      {"vocab", row.at("hparams").at("n_vocab")},
                      {"tied", false},
                      {"optional_tensors", usual_tensors(row)}};
    const auto own = described_model(described);
    described["tied"] = true;
    const auto tied = described_model(described);
    if (!own || own->family == nullptr) return tied && tied->family != nullptr ? tied : own;
    const double printed = printed_parameters(row);
    if (!tied || printed == 0) return own;
    const auto distance = [&](const membound::model &m) {
        return std::abs(static_cast<double>(membound::parameter_count(m)) - printed);
    };
    return distance(*tied) < distance(*own) ? tied : own;
}

// "Q4_K - Medium", as the loader prints a file type, into the name that llama-quantize takes.
std::string recipe_name(const std::string &printed) {
    const std::string type = printed.substr(0, printed.find(' '));
    constexpr const char *sizes[][2] = {{"Small", "_S"}, {"Medium", "_M"}, {"Large", "_L"}};
    for (const auto &[word, ending] : sizes)
        if (printed.find(word) != std::string::npos) return type + ending;
    if (printed.find(" MoE") != std::string::npos) return type + "_MOE";
    return type;
}

membound::backend backend_of(const std::string &device) {
    if (device.rfind("CUDA", 0) == 0) return membound::backend::cuda;
    if (device.rfind("Vulkan", 0) == 0) return membound::backend::vulkan;
    if (device.rfind("ROCm", 0) == 0) return membound::backend::rocm;
    if (device.rfind("SYCL", 0) == 0) return membound::backend::sycl;
    if (device.rfind("MTL", 0) == 0 || device.rfind("Metal", 0) == 0) return membound::backend::metal;
    return membound::backend::cpu;
}

// When a numbered build of llama.cpp was made: the days of some releases, and an even pace between them.
int date_of_build(int build) {
    struct release {
        int build;
        int days; // since 2025-01-01
    };
    constexpr release releases[] = {
        {4400, 0},    {4500, 16},   {4750, 51},    {5000, 88},    {5250, 120},   {5500, 145},   {5750, 174},   {6000, 207},
        {6250, 233},  {6500, 259},  {6750, 285},   {7000, 312},   {7250, 336},   {7500, 354},   {7772, 382},   {8000, 406},
        {8193, 426},  {8500, 447},  {8711, 462},   {8836, 472},   {9019, 488},   {9180, 500},   {9271, 505},   {9460, 516},
        {9549, 522},  {9745, 536},  {9840, 544},   {9993, 559},   {10119, 569},  {10238, 579},  {10344, 586},  {10460, 593},
        {10818, 620}, {11195, 633}};
    int days = 633;
    for (std::size_t i = 1; i < sizeof releases / sizeof *releases; ++i) {
        const release &a = releases[i - 1], &b = releases[i];
        if (build > b.build) continue;
        days = a.days + (b.days - a.days) * std::max(build - a.build, 0) / (b.build - a.build);
        break;
    }
    constexpr int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}; // of 2025 and of 2026
    int month = 0;
    while (days >= lengths[month % 12]) days -= lengths[month++ % 12];
    return (2025 + month / 12) * 10000 + (month % 12 + 1) * 100 + days + 1;
}

// 0 where the row does not tell.
int date_of_engine(const json &row) {
    const std::string version = text_in(row, "engine_version");
    const std::size_t digits = version.find_first_of("0123456789");
    const int build = digits == std::string::npos ? 0 : std::atoi(version.c_str() + digits);
    return build < 4000 ? 0 : date_of_build(build); // a build of one's own is number 1
}

// How the files are loaded shows in the names of the buffers; what the processor has is not printed, and the machine of a
// build is taken for a usual one of its kind.
bool is_mapped(const json &row) {
    for (const auto &[label, value] : row.at("measured").items())
        if (label.find("_Mapped") != std::string::npos) return true;
    return false;
}
membound::instruction_set instructions_of(const json &row) {
    const std::string version = text_in(row, "engine_version");
    const auto names = [&](const char *word) { return version.find(word) != std::string::npos; };
    for (const auto &[label, value] : row.at("measured").items())
        if (label.rfind("AMX ", 0) == 0) return membound::instruction_set::amx;
    if (names("aarch64") || names("arm64")) return membound::instruction_set::neon_i8mm;
    return names("x86_64") || names("x64") ? membound::instruction_set::avx2 : membound::instruction_set::unknown;
}

// "CUDA0: NVIDIA GeForce RTX 3090 (23000 MiB free)" without the number.
std::string device_kind(const std::string &printed) {
    const std::size_t begin = printed.find(':');
    return printed.substr(begin == std::string::npos ? 0 : begin, printed.find('(') - begin);
}

// Why the settings can not be predicted; empty where they can.
std::string use_settings(const json &row, llama_cpp_log &log) {
    membound::workload &w = log.use;
    membound::machine &on = log.on;
    std::vector<std::string> &names = log.devices;
    w.context = membound::tokens(number_of(row, "n_ctx", 0));
    w.batch = static_cast<int>(number_of(row, "n_batch", 2048));
    w.ubatch = static_cast<int>(number_of(row, "n_ubatch", 512));
    w.sequences = static_cast<int>(number_of(row, "n_seq_max", 1));
    if (w.context.count() == 0) return "the context is not printed";
    // Most logs are the server's; others print how many rows of logits they ask for.
    const json flags = row.value("other_flags", json::object());
    w.outputs = static_cast<int>(number_of(flags, "n_outputs_max", -1));
    w.placed.cpu_moe_layers = static_cast<int>(number_of(flags, "n_cpu_moe", 0));
    w.unified_cache = text_in(flags, "kv_unified") != "false";
    const std::string flash = text_in(row, "flash_attn");
    const bool off = flash == "0" || flash == "disabled";
    w.flash = off ? membound::flash_attention::off : membound::flash_attention::on;
    const membound::format *k = cache_type(text_in(row, "type_k")),
                           *v = cache_type(text_in(row, "type_v"));
    if (k != nullptr) w.type_k = *k;
    if (v != nullptr) w.type_v = *v;

    for (const json &device : row.value("devices", json::array())) {
        const std::string text = device;
        names.push_back(text.substr(0, text.find(':')));
        if (on.device_count == membound::max_devices) return "there are too many devices";
        membound::device d;
        d.api = backend_of(names.back());
        if (d.api == membound::backend::cpu) return "device " + names.back() + " is not known";
        // Mesa's drivers map memory by pages (radv_physical_device.c, anv_physical_device.c: minMemoryMapAlignment).
        if (d.api == membound::backend::vulkan &&
            (text.find("RADV") != std::string::npos || text.find("(ANV)") != std::string::npos))
            d.host_alignment = 4096;
        const std::size_t free = text.find('(');
        if (free != std::string::npos) // what is free decides the split
            d.capacity = membound::bytes(std::atoll(text.c_str() + free + 1) << 20);
        on.devices[on.device_count++] = d;
    }
    on.host.instructions = instructions_of(row);
    w.loading = is_mapped(row) ? membound::weight_loading::mapped : membound::weight_loading::read;
    bool alike = true, free_is_printed = false;
    for (int d = 0; d < on.device_count; ++d) {
        alike = alike && device_kind(row["devices"][static_cast<std::size_t>(d)]) == device_kind(row["devices"][0]);
        free_is_printed = free_is_printed || on.devices[d].capacity.count() > 0;
    }
    const std::string split = text_in(row, "split_mode"); // "tensor-split 17,20,21,45"
    if (split.rfind("tensor-split ", 0) == 0) {
        std::istringstream shares(split.substr(split.find(' ') + 1));
        std::string share;
        for (int d = 0; d < on.device_count && std::getline(shares, share, ','); ++d)
            w.placed.tensor_split[d] = std::atof(share.c_str());
    }
    if (on.device_count > 1 && !free_is_printed && split.rfind("tensor-split ", 0) != 0) {
        if (!alike) return "what is free on the devices is not printed";
        for (int d = 0; d < on.device_count; ++d) w.placed.tensor_split[d] = 1;
    }
    const std::string offloaded = text_in(row, "n_gpu_layers"); // "40/41 offloaded"
    if (offloaded.empty() && on.device_count > 0) return "the offloaded layers are not printed";
    w.placed.gpu_layers = offloaded.empty() ? 0 : std::atoi(offloaded.c_str());
    return "";
}

// MiB of buffers of one kind, by device; "host" for all that are no device's.
using printed_buffers = std::map<std::string, std::map<std::string, double>>;

// "CUDA0 model buffer MiB", "KV buffer CUDA0 MiB #2", "CPU_Mapped model buffer MiB".
printed_buffers buffers_of(const json &measured, const std::vector<std::string> &devices) {
    printed_buffers out;
    for (const auto &[label, value] : measured.items()) {
        const std::size_t end = label.find(" MiB");
        if (end == std::string::npos || !value.is_number()) continue;
        const std::string text = label.substr(0, end);
        for (const char *kind : {"KV buffer", "RS buffer", "model buffer", "compute buffer", "output buffer"}) {
            const std::size_t at = text.find(kind);
            if (at == std::string::npos) continue;
            std::string place = at == 0 ? text.substr(std::string(kind).size() + 1) : text.substr(0, at - 1);
            if (place.find(' ') != std::string::npos) continue; // "failed Vulkan1"
            const std::size_t mapped = place.find("_Mapped");
            if (mapped != std::string::npos) place.resize(mapped);
            bool is_device = false;
            for (const std::string &d : devices) is_device = is_device || d == place;
            std::string term = kind;
            for (char &c : term) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
            out[term][is_device ? place : "host"] += value.get<double>();
        }
    }
    return out;
}

void compare_printed(const std::string &term, membound::bytes predicted, double measured, const std::string &where,
                     outcome &out) {
    const double mib = static_cast<double>(predicted.count()) / (1024 * 1024);
    out.compare(term.c_str(), prints_as(predicted, measured) ? measured : mib, measured, where);
}

// gpt-oss is published with experts in MXFP4: the converter writes them so whatever the type of the rest
// (convert_hf_to_gguf.py), and llama-quantize does not requantize what is quantized. Files of all types have them.
bool is_published_in_mxfp4(const membound::model &m, const membound::tensor &t) {
    return std::string(m.family->name) == "gpt-oss" && membound::module_of(m, t) == membound::module_kind::experts;
}

// What llama-quantize gave joined queries, keys and values, and the values of latent attention, before it took them for values
// (src/llama-quant.cpp until tensor_category of 2026). Where rows are no whole blocks the present type stands.
membound::format older_type(const membound::quantization &q, const membound::tensor &t, const membound::format &present) {
    using n = membound::tensor_name;
    using f = membound::file_type;
    using g = membound::ggml_type;
    const bool joined = t.name == n::attn_qkv;
    if (q.order != membound::file_order::as_converted || t.part != membound::tensor_part::weight ||
        (!joined && t.name != n::attn_kv_b))
        return present;
    g type = membound::detail::default_type(q.type);
    if (joined && (q.type == f::q3_k_m || q.type == f::q3_k_l || q.type == f::iq3_m)) type = g::q4_k;
    if (joined && q.type == f::q4_k_m) type = g::q5_k;
    if (joined && q.type == f::q5_k_m) type = g::q6_k;
    const membound::format older = membound::format_of(type);
    return older.block_elements > 0 && t.dims.ne[0] % older.block_elements == 0 ? older : present;
}

using type_counts = std::map<std::string, std::int64_t>;

type_counts printed_types(const json &row) {
    type_counts counts;
    const auto printed = row.at("measured").find("tensor type counts");
    if (printed == row.at("measured").end()) return counts;
    for (const auto &[type, count] : printed->items()) counts[type] = count.get<std::int64_t>();
    return counts;
}
type_counts types_of(const llama_cpp_log &log) {
    type_counts counts;
    for (const membound::stored_tensor &t : log.stored) ++counts[t.type.name];
    return counts;
}

// Without those that llama-quantize leaves as they are.
type_counts quantized(type_counts counts) {
    for (const char *type : {"f32", "f16", "bf16"}) counts.erase(type);
    return counts;
}

// Gemma 4 was published with the small matrices of each layer's embedding in F32 at first, which the printed types show.
void keep_layer_matrices(const json &row, llama_cpp_log &log, bool &differs) {
    using n = membound::tensor_name;
    const std::int64_t more = printed_types(row)["f32"] - types_of(log)["f32"];
    if (log.model.per_layer_size == 0 || more != 2 * log.model.layer_count()) return;
    for (membound::stored_tensor &t : log.stored)
        if (t.which.name == n::per_layer_inp_gate || t.which.name == n::per_layer_proj) t.type = membound::formats::f32::value;
    differs = true;
}

void store_as_published(const json &row, llama_cpp_log &log) {
    bool differs = false;
    membound::for_each_file_tensor(log.model, log.file, [&](const membound::tensor &t, const membound::format &f) {
        const membound::format type =
            is_published_in_mxfp4(log.model, t) ? membound::formats::mxfp4::value : older_type(log.file, t, f);
        differs = differs || type != f;
        log.stored.push_back({t, type, membound::text_of(t)});
    });
    keep_layer_matrices(row, log, differs);
    log.own_mixture = !quantized(printed_types(row)).empty() && quantized(printed_types(row)) != quantized(types_of(log));
    if (!differs) return;
    const auto place = [&](const membound::stored_tensor &t) { return membound::detail::place_of(t.which, log.file.order); };
    std::sort(log.stored.begin(), log.stored.end(),
              [&](const auto &a, const auto &b) { return place(a).is_before(place(b)); });
    log.file.kind = membound::quantization::scheme::stored;
    log.file.stored = log.stored.data();
    log.file.stored_count = static_cast<std::int64_t>(log.stored.size());
}

} // namespace

std::string read_llama_cpp_log(const json &row, llama_cpp_log &log) {
    if (!row.contains("hparams") || !row["hparams"].contains("n_vocab")) return "the log prints no hyper-parameters";
    const auto m = logged_model(row);
    if (!m) return "refused: " + text_of(m.error());
    if (m->family == nullptr) return "architecture " + text_in(row, "arch") + " has no rules yet";
    log.model = *m;
    const std::string recipe = recipe_name(row.at("quant"));
    if (!described_quantization(recipe, log.file)) return "file type " + recipe + " is not known";
    log.file.order = order_of(row.at("arch"));
    store_as_published(row, log);
    log.own_mixture = log.own_mixture || text_in(row, "model_file").find("-UD-") != std::string::npos;
    return use_settings(row, log);
}

bool placed_by_hand(const json &row, const llama_cpp_log &log) {
    const int parts = std::atoi(text_in(row.at("measured"), "graph splits").c_str());
    return log.use.placed.gpu_layers > log.model.layer_count() && parts > log.on.device_count + 2;
}

void compare_buffers(const json &row, const llama_cpp_log &log, const membound::engine &engine, const membound::budget &b,
                     const std::function<std::string(const std::string &term)> &why_not, outcome &out) {
    const auto weights = membound::buffers_of(log.model, log.file, log.on, engine, log.use);
    if (!weights) return out.skip("refused: " + text_of(weights.error()));
    const bool in_shards = text_in(row, "model_file").find("-of-0") != std::string::npos;
    for (const auto &[term, places] : buffers_of(row.at("measured"), log.devices)) {
        for (const auto &[place, printed] : places) {
            std::string why = why_not(term);
            if (why.empty() && log.own_mixture && term == "model buffer") why = "the file is a mixture of its maker's own";
            if (why.empty() && in_shards && term == "model buffer" && place == "host")
                why = "what is mapped depends on where the shards of the file end";
            if (!why.empty()) {
                out.skip(why, {term + " " + place}, true);
                continue;
            }
            const membound::device_budget *held = &b.host();
            for (std::size_t d = 0; d < log.devices.size(); ++d)
                if (log.devices[d] == place) held = &b.devices[d];
            const membound::bytes predicted = term == "model buffer"     ? weights->on[held - b.devices].total()
                                              : term == "kv buffer"      ? held->kv_cache.expected
                                              : term == "rs buffer"      ? held->recurrent_state.expected
                                              : term == "compute buffer" ? held->compute.expected
                                                                         : held->output.expected;
            compare_printed(term, predicted, printed, place, out);
        }
    }
}

// The projector that reads images, where the log prints what it is; of the kind that it names.
void compare_projector(const json &row, outcome &out) {
    const json &printed = row.at("hparams");
    membound::projector p;
    const std::string kind = text_in(printed, "projector");
    if (kind == "qwen2.5vl_merger") p.kind = membound::projector_kind::qwen2_5vl;
    else if (kind == "qwen3vl_merger") p.kind = membound::projector_kind::qwen3vl;
    else return out.skip("the log does not print what the projector is");
    const std::string quant = text_in(row, "quant");
    if (quant == "BF16") { // the converter keeps the convolution that reads the image in F16 only where all is F16
        p.matrices = membound::formats::bf16::value;
        p.patches = membound::formats::f32::value;
    } else if (!quant.empty() && quant != "F16" && quant != "(not printed)") return out.skip("a projector of " + quant);
    p.layers = static_cast<int>(number_of(printed, "n_layer", 0));
    p.hidden_size = number_of(printed, "n_embd", 0);
    p.intermediate_size = number_of(printed, "n_ff", 0);
    p.num_attention_heads = number_of(printed, "n_head", 0);
    p.image_size = number_of(printed, "image_size", 0);
    p.patch_size = number_of(printed, "patch_size", 0);
    p.text_size = number_of(printed, "projection_dim", 0);
    p.merge = 2;
    p.window_period = static_cast<int>(number_of(printed, "n_wa_pattern", 0));
    const auto checked = membound::detail::checked(p);
    if (!checked) return out.skip("refused: " + text_of(checked.error()));
    const auto b = membound::detail::measure_projector(p, membound::detail::first_image(p), membound::machine{}, true);
    const json &measured = row.at("measured");
    compare_printed("mmproj model", b.weights, measured.value("mmproj model MiB", 0.0), "", out);
    const double device = measured.value("mmproj device compute buffer MiB", 0.0);
    const double host = measured.value("mmproj CPU compute buffer MiB", 0.0);
    if (device <= 0.0 && host > 0.0) compare_printed("mmproj compute", b.compute[0], host, "", out);
    if (device <= 0.0) return;
    membound::machine on;
    on.device_count = 1;
    on.devices[0].api = membound::backend::cuda; // Vulkan prints the same
    const auto split = membound::detail::measure_projector(p, membound::detail::first_image(p), on, true);
    compare_printed("mmproj compute", split.compute[0], device, "", out);
    compare_printed("mmproj compute", split.compute[1], host, "host", out);
}

void compare_llama_cpp_log(const json &row, outcome &out) {
    if (text_in(row, "arch") == "clip" && row.contains("hparams")) return compare_projector(row, out);
    llama_cpp_log log;
    const std::string unpredicted = read_llama_cpp_log(row, log);
    if (!unpredicted.empty()) return out.skip(unpredicted);
    // Of a release that is not printed the graph is not known, but what lies there all the time hardly changed.
    const int printed = date_of_engine(row);
    const int date = printed > 0 ? printed : membound::engines::llama_cpp::value.date;
    const membound::engine engine = membound::at_date(membound::engines::llama_cpp::value, date);
    const auto b = membound::budget_of(log.model, log.file, log.on, engine, log.use);
    if (!b) return out.skip("refused: " + text_of(b.error()));

    bool corrects_states = false;
    for (int i = 0; i < log.model.layer_count(); ++i)
        corrects_states = corrects_states || log.model.layers[i].state == membound::state_kind::gated_delta_net;
    compare_buffers(
        row, log, engine, *b,
        [&](const std::string &term) {
            if (printed == 0 && (term == "compute buffer" || term == "output buffer"))
                return "the release of llama.cpp is not printed";
            const bool other_graph = corrects_states && date < 20260214 && term == "compute buffer";
            return other_graph ? "the graph of the family was another before February 2026" : "";
        },
        out);
}

} // namespace conformance

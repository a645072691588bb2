#include "engine_log_gpu_server.hpp"

#include "engine_log.hpp"

#include <membound/devices/amd.hpp>
#include <membound/devices/nvidia.hpp>
#include <membound/formats/float.hpp>
#include <membound/quantizations.hpp>
#include <membound/read/repository_name.hpp>

#include <cmath>
#include <cstdio>

namespace conformance {

using nlohmann::json;

namespace {

// What the engine prints as the model's quantization, where the repository's name does not say; null: 16 bits. "fp8" of a
// 16-bit repository is made as it is loaded, with one scale for a matrix.
const membound::quantization *printed_recipe(const std::string &quant) {
    namespace q = membound::quantizations;
    constexpr struct {
        const char *begins;
        const membound::quantization *recipe;
    } known[] = {
        {"awq", &q::awq::value},           {"gptq", &q::gptq::value},   {"fp8", &q::fp8::value},
        {"bitsandbytes", &q::nf4_double::value}, {"w8a8", &q::w8a8::value},   {"modelopt_fp4", &q::nvfp4::value},
        {"modelopt", &q::fp8::value},      {"mxfp4", &q::mxfp4::value},
    };
    for (const auto &k : known)
        if (quant.rfind(k.begins, 0) == 0) return k.recipe;
    return nullptr;
}

} // namespace

bool logged_repository(const json &row, outcome &out, membound::model &m, membound::quantization &q) {
    const std::string name = text_in(row, "model");
    const membound::repository_name found = membound::read_repository_name(name);
    if (found.base == nullptr) {
        out.skip("no model of the catalogue has the name " + name.substr(name.find_last_of('/') + 1));
        return false;
    }
    m = *found.base;
    const membound::quantization *printed = printed_recipe(text_in(row, "quant"));
    q = found.recipe != nullptr ? *found.recipe : printed != nullptr ? *printed : membound::quantizations::bf16::value;
    // AWQ within compressed-tensors has no zero points.
    if (found.recipe == &membound::quantizations::awq::value && text_in(row, "quant") == "compressed-tensors")
        q = membound::quantizations::w4a16::value;
    // Meta alone publishes so, and only the largest model.
    if (text_in(row, "quant") == "fbgemm_fp8") q = membound::detail::fp8_llama_3_1_405b;
    if (out.about.family.empty()) out.about.family = m.family->name;
    out.about.experts = m.num_experts > 0;
    return true;
}

bool own_mixture(const json &row) {
    const std::string name = text_in(row, "model");
    const bool untold = text_in(row, "quant") == "compressed-tensors" && membound::read_repository_name(name).recipe == nullptr;
    return untold || name.rfind("unsloth/", 0) == 0 || name.rfind("poolside/", 0) == 0 || text_in(row, "quant") == "modelslim";
}

bool server_cache_type(const std::string &name, membound::format &type) {
    if (name.empty() || name == "auto" || name == "bfloat16" || name == "float16" || name == "bf16" || name == "fp16")
        type = membound::formats::bf16::value;
    else if (name.rfind("fp8", 0) == 0)
        type = membound::formats::fp8_e4m3::value;
    else if (name == "nvfp4" || name.rfind("fp4", 0) == 0)
        type = membound::formats::nvfp4::value;
    else
        return false;
    return true;
}

bool is_auto(const json &row) { return text_in(row, "type_k").empty() || text_in(row, "type_k") == "auto"; }

const membound::device *logged_chip(const json &row) {
    const json devices = row.value("devices", json::array());
    if (devices.size() != 1) return nullptr;
    namespace d = membound::devices;
    constexpr struct {
        const char *name;
        const membound::device *as;
    } known[] = {
        {"GB10", &d::gb10::value},
        {"A100", &d::a100_sxm_80gb::value},
        {"H100", &d::h100_sxm_80gb::value},
        {"H200", &d::h200_sxm_141gb::value},
        {"B200", &d::b200_180gb::value}, // and GB200
        {"B300", &d::b300_288gb::value},
        {"RTX PRO 6000", &d::rtx_pro_6000_blackwell::value},
        {"RTX 3060", &d::geforce_rtx_3060_12gb::value},
        {"RTX 3090", &d::geforce_rtx_3090::value},
        {"RTX 4090", &d::geforce_rtx_4090::value},
        {"RTX 5090", &d::geforce_rtx_5090::value},
        {"MI300X", &d::instinct_mi300x::value},
        {"MI325X", &d::instinct_mi325x::value},
        {"MI355X", &d::instinct_mi355x::value},
    };
    const std::string name = devices[0];
    const membound::device *one = nullptr;
    for (const auto &k : known) {
        if (name.find(k.name) == std::string::npos) continue;
        if (one != nullptr) return nullptr; // several
        one = k.as;
    }
    return one;
}

const membound::device *logged_device(const json &row) {
    const membound::device *chip = logged_chip(row);
    for (const membound::device *sized : {&membound::devices::gb10::value, &membound::devices::h100_sxm_80gb::value,
                                          &membound::devices::h200_sxm_141gb::value})
        if (chip == sized) return chip;
    return nullptr;
}

int date_in(const std::string &text) {
    constexpr const char *months[] = {"January", "February", "March",     "April",   "May",      "June",
                                      "July",    "August",   "September", "October", "November", "December"};
    for (int year = 2024; year <= 2027; ++year) {
        for (int month = 1; month <= 12; ++month) {
            char divided[16], joined[16];
            std::snprintf(divided, sizeof divided, "%d-%02d", year, month);
            std::snprintf(joined, sizeof joined, "_%d%02d", year, month);
            const bool named = text.find(std::string(months[month - 1]) + " " + std::to_string(year)) != std::string::npos;
            if (named || text.find(divided) != std::string::npos || text.find(joined) != std::string::npos)
                return year * 10000 + month * 100 + 15;
        }
    }
    return 0;
}

bool is_true(const json &row, const char *key, bool otherwise) {
    const auto at = row.find(key);
    if (at == row.end()) return otherwise;
    if (at->is_boolean()) return at->get<bool>();
    return at->is_string() ? at->get<std::string>() == "True" : otherwise;
}

double real_of(const json &row, const char *key, double otherwise) {
    const auto at = row.find(key);
    return at == row.end() || !at->is_number() ? otherwise : at->get<double>();
}

void compare_rounded(const char *term, double predicted, double measured, int decimals, outcome &out,
                     const std::string &where) {
    const double unit = std::pow(10.0, -decimals);
    out.compare(term, std::abs(predicted - measured) <= unit * 0.500001 ? measured : predicted, measured, where);
}

void compare_within(const char *term, double least, double predicted, double most, double measured, outcome &out,
                    const std::string &where) {
    out.compare(term, measured >= least && measured <= most ? measured : predicted, measured, where);
}

} // namespace conformance

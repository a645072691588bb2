// What ik_llama.cpp printed, a fork of llama.cpp: weights and caches are llama.cpp's, types of its own and graphs are not.
#include "described.hpp"
#include "engine_log.hpp"
#include "engine_log_llama_cpp.hpp"

#include <membound/engines/llama_cpp.hpp>
#include <membound/solve.hpp>

#include <string>

namespace conformance {

using nlohmann::json;

void compare_ik_llama_cpp_log(const json &row, outcome &out) {
    // Rows that are interleaved take what the type takes ("Q8_0_R8 - 8.5 bpw").
    json plain = row;
    std::string type = text_in(row, "quant");
    if (const std::size_t rows = type.find("_R"); rows != std::string::npos) type.resize(rows);
    membound::quantization any;
    const std::string name = type.substr(0, type.find(' '));
    const bool sized = type.find("Small") != std::string::npos || type.find("Medium") != std::string::npos;
    const bool own_type = !sized && !described_quantization(name, any);
    const bool own_mixture = type == "Q2_K - Medium";
    plain["quant"] = own_type || own_mixture ? "F16" : type;

    // With mla_attn its cache is the one that llama.cpp has for files with keys of it.
    const std::int64_t latent = number_of(row.value("other_flags", json::object()), "mla_attn", 0);
    json &printed = plain["hparams"];
    const std::int64_t rank = number_of(printed, "n_lora_kv", 0);
    const std::string prefix = "gguf:" + text_in(row, "arch") + ".attention.";
    if (latent >= 2 && rank > 0) {
        printed[prefix + "key_length_mla"] = printed["n_embd_head_k"];
        printed[prefix + "value_length_mla"] = printed["n_embd_head_v"];
        printed[prefix + "key_length"] = rank + number_of(printed, "n_rot", 0);
        printed[prefix + "value_length"] = rank;
        printed[prefix + "head_count_kv"] = 1;
    }

    llama_cpp_log log;
    const std::string unpredicted = read_llama_cpp_log(plain, log);
    if (!unpredicted.empty()) return out.skip(unpredicted);
    if (latent >= 2) log.use.type_v = log.use.type_k;
    const membound::engine fork = membound::at_date(membound::engines::llama_cpp::value, 20250415);
    const auto b = membound::budget_of(log.model, log.file, log.on, fork, log.use);
    if (!b) return out.skip("refused: " + text_of(b.error()));

    const int layers = log.use.placed.gpu_layers;
    const bool split = layers > 0 && layers <= log.model.layer_count();
    compare_buffers(
        row, log, fork, *b,
        [&](const std::string &term) -> std::string {
            if (term == "compute buffer") return "the graph is the fork's own";
            if (term == "output buffer") return "the slots are not printed";
            if (term == "kv buffer" && rank > 0 && latent == 1) return "the cache of latent attention is the fork's own";
            if (term != "model buffer") return "";
            if (own_type || own_mixture) return "the types are the fork's own";
            if (split) return "what is mapped depends on the order of the file";
            return placed_by_hand(row, log) ? "tensors were placed by hand, which the log does not tell" : "";
        },
        out);
}

} // namespace conformance

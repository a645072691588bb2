#include "engines.hpp"

#include "bad_input.hpp"
#include "names.hpp"

#include <membound/engines/exllama.hpp>
#include <membound/engines/llama_cpp.hpp>
#include <membound/engines/lm_studio.hpp>
#include <membound/engines/mlx.hpp>
#include <membound/engines/ollama.hpp>
#include <membound/engines/sglang.hpp>
#include <membound/engines/tensorrt_llm.hpp>
#include <membound/engines/transformers.hpp>
#include <membound/engines/vllm.hpp>
#include <membound/quantizations.hpp>

using namespace membound;

namespace {

template <class Named>
std::vector<std::string> names_of(const std::vector<const Named *> &all) {
    std::vector<std::string> names;
    for (const Named *n : all) names.emplace_back(n->name);
    return names;
}

} // namespace

const std::vector<const engine *> &all_engines() {
    static const std::vector<const engine *> all = {&engines::llama_cpp::value, &engines::llama_server::value,
                                                   &engines::llama_cli::value, &engines::ollama::value,
                                                   &engines::lm_studio::value, &engines::mlx::value,
                                                   &engines::transformers::value, &engines::exllama_v3::value,
                                                   &engines::exllama_v2::value,
                                                   &engines::vllm::value, &engines::sglang::value,
                                                   &engines::tensorrt_llm::value};
    return all;
}

const engine &engine_named(const std::string &name) {
    const std::string wanted = lower_case(name);
    for (const engine *e : all_engines())
        if (wanted == e->name) return *e;
    const std::vector<std::string> known = names_of(all_engines());
    throw bad_input("--engine", "'" + name + "' is not known",
                    why_unknown(near_names(name, known), "membound list engines has them all"));
}

const quantization &quantization_named(const engine &e, const std::string &name) {
    const quantization *q = find_quantization(name.c_str());
    if (q != nullptr && e.runs(*q)) return *q;
    std::vector<const quantization *> all = quantizations_for(e);
    all.push_back(&quantizations::f32::value);
    const bool known = q != nullptr;
    throw bad_input("--quant", known ? std::string(q->name) + " is not of " + e.name : "'" + name + "' is not known",
                    why_unknown(near_names(name, names_of(all)), "membound list quantizations has them all"));
}

const format &cache_type_named(const engine &e, const std::string &option, const std::string &name) {
    std::vector<std::string> names;
    const std::string wanted = lower_case(name) == "fp8" ? "fp8_e4m3" : lower_case(name); // as the servers mean it
    for (int i = 0; i < e.cache_type_count; ++i) {
        const format &f = *e.cache_types[i];
        if (wanted == f.name) return f;
        names.emplace_back(f.name);
    }
    throw bad_input(option, "'" + name + "' is not a type of the cache",
                    std::string(e.name) + " takes " + joined(names));
}

std::vector<const quantization *> quantizations_for(const engine &e) {
    std::vector<const quantization *> found;
    for (const quantization *q : quantizations::all)
        if (e.runs(*q) && q != &quantizations::f32::value) found.push_back(q);
    return found;
}

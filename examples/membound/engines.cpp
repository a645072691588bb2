#include "engines.hpp"

#include "bad_input.hpp"
#include "names.hpp"

#include <membound/engines/all.hpp>
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
    static const std::vector<const engine *> all(std::begin(engines::all), std::end(engines::all));
    return all;
}

const engine &engine_named(const std::string &name) {
    if (const engine *known = find_engine(name.c_str())) return *known;
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

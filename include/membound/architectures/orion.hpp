// Orion.
// Source: llama.cpp v0.5.0, src/models/orion.cpp.
#ifndef MEMBOUND_ARCHITECTURES_ORION_HPP
#define MEMBOUND_ARCHITECTURES_ORION_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct orion {
    static constexpr architecture value = [] {
        architecture a;
        a.name = "orion";
        a.norm = norm_kind::layer;
        a.gguf.rotates_whole_head = true;
        a.gguf.heads_span_hidden = true;
        a.gguf.own_output = true;
        return a;
    }();
    // config.json.
    static constexpr config_type types[] = {{"orion"}, {"OrionForCausalLM"}};
    static constexpr config_reader config{value, types};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

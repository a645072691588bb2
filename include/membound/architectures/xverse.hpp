// XVERSE.
// Source: llama.cpp v0.5.0, src/models/xverse.cpp.
#ifndef MEMBOUND_ARCHITECTURES_XVERSE_HPP
#define MEMBOUND_ARCHITECTURES_XVERSE_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct xverse {
    static constexpr architecture value = [] {
        architecture a;
        a.name = "xverse";
        a.gguf.rotates_whole_head = true;
        a.gguf.heads_span_hidden = true;
        a.gguf.own_output = true;
        return a;
    }();
    // config.json.
    static constexpr config_type types[] = {{"xverse"}, {"XverseForCausalLM"}};
    static constexpr config_reader config{value, types};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

// Maincoder.
// Source: llama.cpp v0.5.0, src/models/maincoder.cpp.
#ifndef MEMBOUND_ARCHITECTURES_MAINCODER_HPP
#define MEMBOUND_ARCHITECTURES_MAINCODER_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct maincoder {
    static constexpr architecture value = [] {
        architecture a;
        a.name = "maincoder";
        a.head_norms = query_key_norm::each_rotated_head;
        a.gguf.rotates_whole_head = true;
        return a;
    }();
    // config.json.
    static constexpr config_type types[] = {{"maincoder"}, {"MaincoderForCausalLM"}};
    static constexpr config_reader config{value, types};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

// Baichuan 1 and 2.
// Source: llama.cpp v0.5.0, src/models/baichuan.cpp.
#ifndef MEMBOUND_ARCHITECTURES_BAICHUAN_HPP
#define MEMBOUND_ARCHITECTURES_BAICHUAN_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct baichuan {
    static constexpr void arrange(model &m) {
        // Only the 7B model, known by its layers, rotates; the others know positions by distance.
        for (layer &l : m.layers) l.unrotated = m.layer_count() != 32;
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "baichuan";
        a.arrange = arrange;
        a.gguf.rotates_whole_head = true;
        a.gguf.heads_span_hidden = true;
        a.gguf.own_output = true;
        return a;
    }();
    // config.json.
    static constexpr config_type types[] = {{"baichuan"}, {"BaichuanForCausalLM"}, {"BaiChuanForCausalLM"}};
    static constexpr config_reader config{value, types};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

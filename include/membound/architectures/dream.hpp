// Dream: Qwen 2 as a diffusion model.
// Source: llama.cpp v0.5.0, src/models/dream.cpp.
#ifndef MEMBOUND_ARCHITECTURES_DREAM_HPP
#define MEMBOUND_ARCHITECTURES_DREAM_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct dream {
    static constexpr void arrange(model &m) { m.bidirectional = true; }
    static constexpr void read(gguf_query &q, model &m) {
        if (m.output_bias)
            q.fail_at(errc::unsupported, "output.bias", "is there", "the family loads it and does not compute with it");
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "dream";
        a.cache = cache_use::none;
        a.arrange = arrange;
        a.gguf.rotates_whole_head = true;
        a.gguf.heads_span_hidden = true;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_type types[] = {{"Dream"}, {"DreamModel"}};
    static constexpr void describe(config_query &q) { q.qkv_bias = true; }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

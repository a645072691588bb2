// RND1: Qwen 3 with experts as a diffusion model.
// Source: llama.cpp v0.5.0, src/models/rnd1.cpp.
#ifndef MEMBOUND_ARCHITECTURES_RND1_HPP
#define MEMBOUND_ARCHITECTURES_RND1_HPP

#include <membound/architectures/qwen.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct rnd1 {
    static constexpr void arrange(model &m) {
        m.bidirectional = true;
        m.norm_topk_prob = true;
        membound::detail::set_expert_size(m);
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "rnd1";
        a.cache = cache_use::none;
        a.head_norms = query_key_norm::each_head;
        a.arrange = arrange;
        a.gguf.experts = key_use::required;
        a.gguf.expert_size = key_use::optional;
        a.gguf.rotates_whole_head = true;
        return a;
    }();
    // config.json.
    static constexpr config_type types[] = {{"rnd1"}, {"RND1"}};
    static constexpr config_reader config{value, types, qwen3moe::describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

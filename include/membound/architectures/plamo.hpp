// PLaMo 1 and 3.
// Source: llama.cpp v0.5.0, src/models/plamo.cpp, plamo3.cpp.
#ifndef MEMBOUND_ARCHITECTURES_PLAMO_HPP
#define MEMBOUND_ARCHITECTURES_PLAMO_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct plamo {
    static constexpr architecture value = [] {
        architecture a;
        a.name = "plamo";
        a.ffn_place = feed_forward_place::beside;
        a.order = sum_order::feed_forward_attention_residual;
        a.gguf.rotates_whole_head = true;
        a.gguf.heads_span_hidden = true;
        a.gguf.own_output = true;
        return a;
    }();
    // config.json.
    static constexpr config_type types[] = {{"plamo"}, {"PlamoForCausalLM"}};
    static constexpr void describe(config_query &q) {
        q.put("context_length", 4096); // the file does not say it
        const std::int64_t sharing = q.integer("n_shared_head", 8);
        if (sharing > 0)
            q.put("attention.head_count_kv", q.number_of("attention.head_count") / sharing, "n_shared_head");
    }
    static constexpr config_reader config{value, types, describe};
};

struct plamo3 {
    static constexpr void arrange(model &m) {
        m.fused_qkv = true;
        membound::detail::set_sliding_pattern(m, 8);
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "plamo3";
        a.ffn = feed_forward_form::fused_gated;
        a.head_norms = query_key_norm::each_head;
        a.post_norms = true;
        a.bare_post_norms = true;
        a.arrange = arrange;
        a.gguf.window = key_use::optional;
        a.gguf.value_heads_differ = true;
        return a;
    }();
    // config.json.
    static constexpr config_type types[] = {{"plamo3"}, {"Plamo3ForCausalLM"}, {"PLaMo3ForCausalLM"}};
    static constexpr void describe(config_query &q) {
        q.fused_qkv = true;
        if (q.first_of({"window_size", "sliding_window"}) == nullptr) return;
        q.copy("attention.sliding_window", {"window_size", "sliding_window"});
        q.copy("attention.sliding_window_pattern", "sliding_window_pattern");
    }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

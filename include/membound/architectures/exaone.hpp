// EXAONE 3 and 4, and K-EXAONE with experts.
// Source: llama.cpp v0.5.0, src/models/exaone.cpp, exaone4.cpp, exaone-moe.cpp.
#ifndef MEMBOUND_ARCHITECTURES_EXAONE_HPP
#define MEMBOUND_ARCHITECTURES_EXAONE_HPP

#include <membound/gguf_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct exaone {
    static constexpr architecture value = [] {
        architecture a;
        a.name = "exaone";
        a.gguf.rotates_whole_head = true;
        return a;
    }();
};

struct exaone4 {
    static constexpr std::int64_t usual_window = 4096;
    static constexpr void arrange(model &m) {
        // Only the model of 64 layers has windows.
        if (m.layer_count() == 64) {
            if (m.sliding_window == 0) m.sliding_window = usual_window;
            membound::detail::set_sliding_pattern(m, 4);
            membound::detail::rotate_only_in_windows(m);
        } else {
            m.sliding_window = 0;
            for (layer &l : m.layers) l.kind = layer_kind::full_attention;
        }
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "exaone4";
        a.further = further_loading::never;
        a.head_norms = query_key_norm::each_head;
        a.input_norms = false;
        a.post_norms = true;
        a.files_hold_unloaded_layers = true;
        a.arrange = arrange;
        a.gguf.window = key_use::optional;
        a.gguf.usual_window = usual_window;
        a.gguf.rotates_whole_head = true;
        a.gguf.heads_span_hidden = true;
        return a;
    }();
};

struct exaone_moe {
    static constexpr void arrange(model &m) {
        if (m.shared_expert_intermediate_size == 0) m.shared_expert_intermediate_size = m.moe_intermediate_size;
        membound::detail::set_sliding_pattern(m, 4);
        membound::detail::rotate_only_in_windows(m);
        const std::int64_t end = m.num_hidden_layers + m.num_nextn_predict_layers;
        for (std::int64_t i = m.num_hidden_layers; i < end; ++i) m.layers[i].ffn = feed_forward_kind::dense;
    }
    static constexpr void read(gguf_query &q, model &m) {
        q.ask("expert_gating_func", key_use::required);
        read_routing(q, m, key_use::optional, router_kind::softmax);
        m.shared_expert_intermediate_size = q.integer("expert_shared_feed_forward_length", key_use::optional);
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "exaone-moe";
        a.further = further_loading::never;
        a.head_norms = query_key_norm::each_head;
        a.files_hold_unloaded_layers = true;
        a.arrange = arrange;
        a.gguf.experts = key_use::required;
        a.gguf.expert_size = key_use::required;
        a.gguf.window = key_use::required;
        a.gguf.rotates_whole_head = true;
        a.gguf.own_output = true;
        a.gguf.read = read;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

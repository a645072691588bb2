// EXAONE 3 and 4.
// Source: llama.cpp v0.5.0, src/models/exaone.cpp, exaone4.cpp.
#ifndef MEMBOUND_ARCHITECTURES_EXAONE_HPP
#define MEMBOUND_ARCHITECTURES_EXAONE_HPP

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
    static constexpr void arrange(model &m) {
        // Only the model of 64 layers has windows.
        if (m.layer_count() == 64) {
            if (m.sliding_window == 0) m.sliding_window = 4096;
            membound::detail::set_sliding_pattern(m, 4);
            membound::detail::rotate_only_in_windows(m);
        } else {
            m.sliding_window = 0;
        }
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "exaone4";
        a.head_norms = query_key_norm::each_head;
        a.input_norms = false;
        a.post_norms = true;
        a.arrange = arrange;
        a.gguf.window = key_use::optional;
        a.gguf.rotates_whole_head = true;
        a.gguf.heads_span_hidden = true;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

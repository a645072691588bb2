// Command R and Command R7B.
// Source: llama.cpp v0.5.0, src/models/command-r.cpp, cohere2.cpp.
#ifndef MEMBOUND_ARCHITECTURES_COHERE_HPP
#define MEMBOUND_ARCHITECTURES_COHERE_HPP

#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct command_r {
    static constexpr void arrange(model &m) { m.tie_word_embeddings = true; }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "command-r";
        a.norm = norm_kind::layer_without_bias;
        a.ffn_place = feed_forward_place::beside;
        a.arrange = arrange;
        return a;
    }();
};

struct cohere2 {
    static constexpr void arrange(model &m) {
        m.tie_word_embeddings = true;
        membound::detail::set_sliding_pattern(m, 4);
        membound::detail::rotate_only_in_windows(m);
    }
    static constexpr architecture value = [] {
        architecture a = command_r::value;
        a.name = "cohere2";
        a.arrange = arrange;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

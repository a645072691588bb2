// Command R and Command R7B.
// Source: llama.cpp v0.5.0, src/models/command-r.cpp, cohere2.cpp.
#ifndef MEMBOUND_ARCHITECTURES_COHERE_HPP
#define MEMBOUND_ARCHITECTURES_COHERE_HPP

#include <membound/gguf_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct command_r {
    static constexpr void arrange(model &m) { m.tie_word_embeddings = true; }
    static constexpr void read(gguf_query &q, model &m) {
        m.scaled_logits = q.real("logit_scale", key_use::optional) != 0;
        if (m.num_hidden_layers >= 64)
            q.fail(errc::unsupported, "block_count", "is 64 or more",
                   "Command R+ has norms of the heads, which are not supported");
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "command-r";
        a.norm = norm_kind::layer_without_bias;
        a.ffn_place = feed_forward_place::beside;
        a.arrange = arrange;
        a.gguf.rotates_whole_head = true;
        a.gguf.heads_span_hidden = true;
        a.gguf.read = read;
        return a;
    }();
};

struct cohere2 {
    static constexpr void arrange(model &m) {
        m.tie_word_embeddings = true;
        membound::detail::set_sliding_pattern(m, 4);
        membound::detail::rotate_only_in_windows(m);
    }
    static constexpr void read(gguf_query &q, model &m) {
        m.scaled_logits = q.real("logit_scale", key_use::required) != 0;
    }
    static constexpr architecture value = [] {
        architecture a = command_r::value;
        a.name = "cohere2";
        a.arrange = arrange;
        a.gguf.window = key_use::required;
        a.gguf.read = read;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

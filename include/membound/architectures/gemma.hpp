// Gemma 1 to 3.
// Source: llama.cpp v0.5.0, src/models/gemma.cpp, gemma2.cpp, gemma3.cpp.
#ifndef MEMBOUND_ARCHITECTURES_GEMMA_HPP
#define MEMBOUND_ARCHITECTURES_GEMMA_HPP

#include <membound/gguf_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct gemma {
    static constexpr void arrange(model &m) {
        m.tie_word_embeddings = true;
        m.scaled_embedding = true;
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "gemma";
        a.scaled_query = true;
        a.arrange = arrange;
        return a;
    }();
};

struct gemma2 {
    static constexpr std::int64_t usual_window = 4096;
    static constexpr void arrange(model &m) {
        m.tie_word_embeddings = true;
        m.scaled_embedding = true;
        m.final_logit_softcapping = true;
        if (m.sliding_window == 0) m.sliding_window = usual_window;
        membound::detail::set_sliding_pattern(m, 2);
    }
    static constexpr architecture value = [] {
        architecture a = gemma::value;
        a.name = "gemma2";
        a.attention_softcap = true;
        a.post_norms = true;
        a.arrange = arrange;
        a.gguf.window = key_use::optional;
        a.gguf.usual_window = usual_window;
        return a;
    }();
};

struct gemma3 {
    static constexpr void arrange(model &m) {
        m.scaled_embedding = true;
        membound::detail::set_sliding_pattern(m, 6);
    }
    static constexpr void read(gguf_query &q, model &m) {
        m.final_logit_softcapping = q.real("final_logit_softcapping", key_use::optional) != 0;
    }
    static constexpr architecture value = [] {
        architecture a = gemma::value;
        a.name = "gemma3";
        a.head_norms = query_key_norm::each_head;
        a.post_norms = true;
        a.arrange = arrange;
        a.gguf.window = key_use::optional;
        a.gguf.read = read;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

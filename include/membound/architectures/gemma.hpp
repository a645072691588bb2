// Gemma 1 to 3, EmbeddingGemma.
// Source: llama.cpp v0.5.0, src/models/gemma.cpp, gemma2.cpp, gemma3.cpp, gemma-embedding.cpp.
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

struct gemma_embedding {
    static constexpr void arrange(model &m) {
        m.bidirectional = true;
        m.scaled_embedding = true;
        membound::detail::set_sliding_pattern(m, 6);
    }
    static constexpr void read(gguf_query &q, model &m) {
        const std::int64_t in_2 = q.integer("dense_2_feat_in", key_use::optional);
        const std::int64_t out_2 = q.integer("dense_2_feat_out", key_use::optional);
        const std::int64_t in_3 = q.integer("dense_3_feat_in", key_use::optional);
        const std::int64_t out_3 = q.integer("dense_3_feat_out", key_use::optional);
        if (in_2 != 0 && in_2 != m.hidden_size)
            q.fail(errc::bad_value, "dense_2_feat_in", "is not embedding_length", "llama.cpp refuses the model");
        if (out_3 != 0 && out_3 != m.hidden_size)
            q.fail(errc::bad_value, "dense_3_feat_out", "is not embedding_length", "llama.cpp refuses the model");
        if (q.has(tensor_name::dense_2)) m.pooled_dense_size = out_2;
        if (q.has(tensor_name::dense_3)) m.pooled_dense_input = in_3;
    }
    static constexpr architecture value = [] {
        architecture a = gemma3::value;
        a.name = "gemma-embedding";
        a.cache = cache_use::none;
        a.head = head_use::unread;
        a.arrange = arrange;
        a.gguf.window = key_use::required;
        a.gguf.read = read;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

// The language models within speech models: Qwen3-TTS and Pocket TTS.
// Source: llama.cpp v0.5.0, src/models/qwen3tts.cpp, pockettts.cpp.
#ifndef MEMBOUND_ARCHITECTURES_SPEECH_HPP
#define MEMBOUND_ARCHITECTURES_SPEECH_HPP

#include <membound/architectures/qwen.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct qwen3tts {
    static constexpr std::int64_t sounds = 3072; // tokens of sound, the last of all
    static constexpr void read(gguf_query &q, model &m) {
        qwen3vl::read(q, m);
        if (m.tie_word_embeddings || m.vocab_size == sounds) return;
        m.head_vocab_size = sounds;
        if (m.vocab_size < sounds) q.fail(errc::bad_value, "vocab_size", "is less than 3072", "llama.cpp refuses the model");
    }
    static constexpr architecture value = [] {
        architecture a = qwen3vl::value;
        a.name = "qwen3tts";
        a.gguf.read = read;
        return a;
    }();
};

// The head is the embedding, whatever the file has: another network makes the sound of the hidden states.
struct pockettts {
    static constexpr void read(gguf_query &, model &m) {
        m.tie_word_embeddings = true;
        m.attention_output_bias = m.mlp_bias = m.output_bias = false;
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "pockettts";
        a.norm = norm_kind::layer;
        a.ffn = feed_forward_form::plain;
        a.gguf.rotates_whole_head = true;
        a.gguf.heads_span_hidden = true;
        a.gguf.read = read;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

// Networks that hear speech.
// Source of the shapes: config.json of openai/whisper-tiny to whisper-large-v3, and transformers (models/whisper).
#ifndef MEMBOUND_NETWORKS_SPEECH_HPP
#define MEMBOUND_NETWORKS_SPEECH_HPP

#include <membound/networks/transformer.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace detail {

// Thirty seconds of sound and 448 tokens of text. The head is the embedding again.
constexpr network whisper(const char *name, std::int64_t width, int layers, std::int64_t heads, std::int64_t bands = 80,
                          std::int64_t vocabulary = 51865, int decoder_layers = 0) {
    network n(name);
    auto sound = n.activation(n.convolution(n.input({bands, 3000}), width, {3, 1, 1, 1, true}));
    sound = n.activation(n.convolution(sound, width, {3, 2, 1, 1, true}));
    sound = n.addition(sound, n.parameter({width, 1500}));
    for (int i = 0; i < layers; ++i) sound = transformer_block(n, sound, heads, 4 * width, false);
    sound = n.normalisation(sound);
    auto text = n.addition(n.embedding(vocabulary, width, 448), n.parameter({width, 448}));
    for (int i = 0; i < (decoder_layers > 0 ? decoder_layers : layers); ++i) {
        const auto normed = n.normalisation(text);
        text = n.addition(text, attention_block(n, normed, normed, heads, false));
        text = n.addition(text, attention_block(n, n.normalisation(text), sound, heads, false));
        text = n.addition(text, feed_forward_block(n, n.normalisation(text), 4 * width));
    }
    n.tied_linear(n.normalisation(text), vocabulary);
    return n;
}

} // namespace detail

namespace networks {

struct whisper_tiny     { static constexpr network value = detail::whisper("whisper-tiny", 384, 4, 6); };
struct whisper_base     { static constexpr network value = detail::whisper("whisper-base", 512, 6, 8); };
struct whisper_small    { static constexpr network value = detail::whisper("whisper-small", 768, 12, 12); };
struct whisper_medium   { static constexpr network value = detail::whisper("whisper-medium", 1024, 24, 16); };
struct whisper_large_v2 { static constexpr network value = detail::whisper("whisper-large-v2", 1280, 32, 20); };
struct whisper_large_v3 { static constexpr network value = detail::whisper("whisper-large-v3", 1280, 32, 20, 128, 51866); };
struct whisper_large_v3_turbo {
    static constexpr network value = detail::whisper("whisper-large-v3-turbo", 1280, 32, 20, 128, 51866, 4);
};

} // namespace networks
MEMBOUND_END_NAMESPACE

#endif

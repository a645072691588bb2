// What sees images beside a language model, in the terms of a config.json: an encoder of patches and what joins it to the text,
// for how many weights they have. As llama.cpp runs it, projector.hpp describes it.
#ifndef MEMBOUND_VISION_HPP
#define MEMBOUND_VISION_HPP

#include <membound/quantity.hpp>

MEMBOUND_BEGIN_NAMESPACE

// How patches become tokens of the text: one matrix; two with a bias each; or several patches joined, and two of those.
enum class vision_projector : std::uint8_t { matrix, two_matrices, merger };

// In the terms of vision_config.
struct vision_encoder {
    std::int64_t num_hidden_layers = 0;
    std::int64_t hidden_size = 0;
    std::int64_t intermediate_size = 0;
    std::int64_t patch_size = 0;
    std::int64_t temporal_patch_size = 1;
    std::int64_t num_positions = 0;       // that have a vector each; 0: they are rotated
    std::int64_t spatial_merge_size = 1;  // of a merger: patches along each side
    std::int64_t merged_layers = 0;       // further mergers, for layers within (deepstack)
    bool gated = false;                   // the feed-forward block has a third matrix
    bool biases = true;
    bool class_token = false;             // a vector beside the patches, and a norm before the layers (CLIP)
    vision_projector projector = vision_projector::matrix;
    std::int64_t further_parameters = 0;  // of what hears, beside it
    std::int64_t further_inputs = 0;      // of the matrix that joins that to the text
};

// Numbers of all its weights, with a text of `text_hidden`.
constexpr std::int64_t parameter_count(const vision_encoder &v, std::int64_t text_hidden) {
    const std::int64_t h = v.hidden_size, f = v.intermediate_size;
    const std::int64_t norm = v.biases ? 2 * h : h;
    const std::int64_t attention = 4 * h * h + (v.biases ? 4 * h : 0);
    const std::int64_t feed_forward = (v.gated ? 3 : 2) * h * f + (v.biases ? (v.gated ? 2 : 1) * f + h : 0);
    const std::int64_t layers = v.num_hidden_layers * (attention + feed_forward + 2 * norm);
    const std::int64_t patches = 3 * v.temporal_patch_size * v.patch_size * v.patch_size * h + (v.biases ? h : 0);
    const std::int64_t positions = v.num_positions * h + (v.class_token ? h + 2 * norm : 0);
    const std::int64_t joined = h * v.spatial_merge_size * v.spatial_merge_size;
    std::int64_t projector = 0;
    switch (v.projector) {
    case vision_projector::matrix: projector = norm + h * text_hidden; break;
    case vision_projector::two_matrices: projector = h * text_hidden + text_hidden * text_hidden + 2 * text_hidden; break;
    case vision_projector::merger:
        projector = (1 + v.merged_layers) * (norm + joined * joined + joined + joined * text_hidden + text_hidden);
        break;
    }
    return layers + patches + positions + projector + v.further_parameters + v.further_inputs * text_hidden;
}

MEMBOUND_END_NAMESPACE

#endif

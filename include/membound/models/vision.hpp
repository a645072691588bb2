// What sees images in the models of the catalogue.
// Source: vision_config of the Hugging Face repositories named, as in the catalogues that the models' headers name.
#ifndef MEMBOUND_MODELS_VISION_HPP
#define MEMBOUND_MODELS_VISION_HPP

#include <membound/vision.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace models {
namespace vision {

// google/gemma-3-4b-it and larger (SigLIP): 896 pixels a side
inline constexpr vision_encoder siglip_400m = [] {
    vision_encoder v;
    v.num_hidden_layers = 27;
    v.hidden_size = 1152;
    v.intermediate_size = 4304;
    v.patch_size = 14;
    v.num_positions = 64 * 64;
    return v;
}();

// google/gemma-4-26B-A4B-it and gemma-4-31B-it: rotated, with norms behind the blocks too, and two tables of positions
inline constexpr vision_encoder gemma_4_large = [] {
    vision_encoder v;
    v.num_hidden_layers = 27;
    v.hidden_size = 1152;
    v.intermediate_size = 4304;
    v.patch_size = 16;
    v.num_positions = 2 * 10240;
    v.gated = true;
    v.biases = false;
    return v;
}();

// google/gemma-4-12B-it: no encoder, but patches of 48 pixels with a norm before and two behind, and 640 samples of sound
inline constexpr vision_encoder gemma_4_unified = [] {
    vision_encoder v;
    v.hidden_size = 3840;
    v.patch_size = 48;
    v.num_positions = 2 * 1120;
    v.further_parameters = 2 * 3 * 48 * 48 + 2 * 3840; // the first and the last of the three norms
    v.further_inputs = 640;
    return v;
}();

// google/gemma-4-E2B-it and gemma-4-E4B-it, with a conformer of 12 layers of 1024 that hears: what it has is left of the
// 5,123,178,051 and 7,996,156,490 parameters that the repositories have
inline constexpr vision_encoder gemma_4_small = [] {
    vision_encoder v;
    v.num_hidden_layers = 16;
    v.hidden_size = 768;
    v.intermediate_size = 3072;
    v.patch_size = 16;
    v.num_positions = 2 * 10240;
    v.gated = true;
    v.biases = false;
    v.further_parameters = 304850464;
    v.further_inputs = 1536;
    return v;
}();

// moonshotai/Kimi-K2.5: MoonViT, with a norm behind its layers
inline constexpr vision_encoder moon_vit_3d = [] {
    vision_encoder v;
    v.num_hidden_layers = 27;
    v.hidden_size = 1152;
    v.intermediate_size = 4304;
    v.patch_size = 14;
    v.num_positions = 64 * 64;
    v.spatial_merge_size = 2;
    v.projector = vision_projector::merger;
    v.further_parameters = 2 * 1152;
    return v;
}();

// Qwen/Qwen2-VL-2B-Instruct and larger
inline constexpr vision_encoder qwen2_vl = [] {
    vision_encoder v;
    v.num_hidden_layers = 32;
    v.hidden_size = 1280;
    v.intermediate_size = 5120;
    v.patch_size = 14;
    v.temporal_patch_size = 2;
    v.spatial_merge_size = 2;
    v.projector = vision_projector::merger;
    return v;
}();

// Qwen/Qwen2.5-VL-3B-Instruct and 7B; 32B and 72B have more between
inline constexpr vision_encoder qwen2_5_vl = [] {
    vision_encoder v = qwen2_vl;
    v.intermediate_size = 3420;
    v.gated = true;
    return v;
}();
inline constexpr vision_encoder qwen2_5_vl_large = [] {
    vision_encoder v = qwen2_5_vl;
    v.intermediate_size = 3456;
    return v;
}();

// Qwen/Qwen3.5-27B and the like; Qwen/Qwen3-VL-8B-Instruct and larger have three mergers more
inline constexpr vision_encoder qwen3_5 = [] {
    vision_encoder v;
    v.num_hidden_layers = 27;
    v.hidden_size = 1152;
    v.intermediate_size = 4304;
    v.patch_size = 16;
    v.temporal_patch_size = 2;
    v.num_positions = 48 * 48;
    v.spatial_merge_size = 2;
    v.projector = vision_projector::merger;
    return v;
}();
// Qwen/Qwen3.5-2B and Qwen3.5-4B
inline constexpr vision_encoder qwen3_5_small = [] {
    vision_encoder v = qwen3_5;
    v.num_hidden_layers = 24;
    v.hidden_size = 1024;
    v.intermediate_size = 4096;
    return v;
}();
// Qwen/Qwen3.5-0.8B
inline constexpr vision_encoder qwen3_5_smallest = [] {
    vision_encoder v = qwen3_5;
    v.num_hidden_layers = 12;
    v.hidden_size = 768;
    v.intermediate_size = 3072;
    return v;
}();
constexpr vision_encoder with_merged_layers(vision_encoder v, int count) {
    v.merged_layers = count;
    return v;
}
inline constexpr vision_encoder qwen3_vl = with_merged_layers(qwen3_5, 3);
// Qwen/Qwen3-VL-2B-Instruct and Qwen3-VL-4B-Instruct
inline constexpr vision_encoder qwen3_vl_small = with_merged_layers(qwen3_5_small, 3);

// llava-hf/llava-1.5-7b-hf (CLIP ViT-L at 336 pixels): the last but one layer is read, and engines load no further one
inline constexpr vision_encoder clip_large_336 = [] {
    vision_encoder v;
    v.num_hidden_layers = 23;
    v.hidden_size = 1024;
    v.intermediate_size = 4096;
    v.patch_size = 14;
    v.num_positions = 577;
    v.class_token = true;
    v.projector = vision_projector::two_matrices;
    return v;
}();

// mistralai/Mistral-Small-3.1-24B-Instruct-2503 (Pixtral)
inline constexpr vision_encoder pixtral = [] {
    vision_encoder v;
    v.num_hidden_layers = 24;
    v.hidden_size = 1024;
    v.intermediate_size = 4096;
    v.patch_size = 14;
    v.gated = true;
    v.biases = false;
    v.projector = vision_projector::two_matrices;
    return v;
}();

} // namespace vision
} // namespace models
MEMBOUND_END_NAMESPACE

#endif

// What makes tokens of images for a language model, as llama.cpp runs it: a vision transformer and the projector behind it.
#ifndef MEMBOUND_PROJECTOR_HPP
#define MEMBOUND_PROJECTOR_HPP

#include <membound/formats/ggml.hpp>

MEMBOUND_BEGIN_NAMESPACE

// Names as GGUF files have them (clip.projector_type) stand behind each.
enum class projector_kind : std::uint8_t {
    mlp,       // mlp: LLaVA
    gemma3,    // gemma3
    idefics3,  // idefics3: SmolVLM
    pixtral,   // pixtral: Pixtral, Mistral Small 3.1
    qwen2vl,   // qwen2vl_merger
    qwen2_5vl, // qwen2.5vl_merger
    qwen3vl,   // qwen3vl_merger: Qwen3-VL, Qwen3.5
    internvl,  // internvl
    llama4,    // llama4
};

struct projector {
    projector_kind kind = projector_kind::mlp;
    int layers = 0;
    std::int64_t hidden_size = 0;
    std::int64_t intermediate_size = 0;
    std::int64_t num_attention_heads = 1;
    std::int64_t image_size = 0; // of a side, in pixels
    std::int64_t patch_size = 1;
    std::int64_t merge = 1;      // patches of a side that become one token
    std::int64_t text_size = 0;  // of a token's vector
    std::int64_t middle_size = 0; // of the projector, where it has two matrices; 0: as its family has it
    int window_period = 0;   // every n-th layer attends to the whole image, the others to windows; 0: all do (Qwen2.5-VL)
    std::uint64_t deepstack = 0; // bit i: the result of layer i goes into a layer of the language model too (Qwen3-VL)
    bool layer_scale = false; // (InternVL)
    bool query_key_norm = false; // over all heads together, and RMS norms (InternVL with 6B)
    bool patch_merger = false; // (Mistral Small 3.1)
    bool break_token = true;   // behind each row of tokens (Pixtral)
    format matrices = formats::f16::value;
    format patches = formats::f16::value; // of the convolution that reads the image
    bytes stored; // all tensors of a read file; 0: as they are converted

    constexpr bool is_deep(int layer) const { return layer < 64 && (deepstack >> layer & 1u) != 0; }
};

// Pixels of an image. Zeros ask for what the engine prepares for before it has seen one.
struct image_shape {
    std::int64_t width = 0;
    std::int64_t height = 0;
};

MEMBOUND_END_NAMESPACE

#endif

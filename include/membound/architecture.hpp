// A family of models as data: which variants of the blocks its layers are made of. What differs from one model of the
// family to the next (sizes, optional biases, windows) is in `model`.
#ifndef MEMBOUND_ARCHITECTURE_HPP
#define MEMBOUND_ARCHITECTURE_HPP

#include <membound/quantity.hpp>

MEMBOUND_BEGIN_NAMESPACE

struct model;

enum class norm_kind : std::uint8_t { rms, layer }; // `layer` has a bias beside its weight
enum class position_kind : std::uint8_t { rotary, learned };

// How a feed-forward block joins its two branches, and under which names: `gated` is act(gate(x)) * up(x),
// `fused_gated` holds both branches in ffn_up, `plain` is act(up(x)).
enum class feed_forward_form : std::uint8_t { gated, fused_gated, plain };

// How a router turns its scores into the weights of the chosen experts.
enum class router_kind : std::uint8_t {
    softmax,          // over all experts, then the best are chosen
    sigmoid,          // each expert by itself
    softmax_of_chosen // the best are chosen by raw score, then softmax over those
};

struct architecture {
    const char *name = ""; // general.architecture of a GGUF file

    norm_kind norm = norm_kind::rms;
    position_kind position = position_kind::rotary;
    feed_forward_form ffn = feed_forward_form::gated;

    bool scaled_embedding = false;      // the embedding is multiplied by a constant (Gemma)
    bool scaled_query = false;          // the query is scaled by an operation of its own (Gemma)
    bool query_key_norm = false;        // a norm over each head of query and key
    bool attention_sinks = false;       // a learned logit for each head
    bool attention_softcap = false;     // attention scores are capped with tanh
    bool post_norms = false;            // norms after attention and after the feed-forward block too (Gemma 2)
    bool ffn_norm_is_post_attention = false; // the norm before the experts is stored as post_attention_norm (gpt-oss)
    bool outputs_picked_after_layers = false; // rows without output are dropped after the last layer, not within it
    bool residual_first = false;        // the residual is the first operand of a layer's last addition (Phi-3)
    bool gated_shared_expert = false;   // the shared expert has a sigmoid gate (Qwen 2 MoE)

    // Fills what the family derives from the hyper-parameters: the kind of each layer above all.
    void (*arrange)(model &) = nullptr;
};

MEMBOUND_END_NAMESPACE

#endif

// A family of models as data: which variants of the blocks its layers are made of. What differs from one model of the
// family to the next (sizes, optional biases, windows) is in `model`.
#ifndef MEMBOUND_ARCHITECTURE_HPP
#define MEMBOUND_ARCHITECTURE_HPP

#include <membound/tensor.hpp>

MEMBOUND_BEGIN_NAMESPACE

struct model;
struct gguf_query;

// `layer` has a bias beside its weight, `rms_with_bias` (Phi-3.5 MoE) has one too.
enum class norm_kind : std::uint8_t {
    rms,
    layer,
    layer_without_bias,
    layer_without_weight,
    rms_with_bias,
    rms_without_weight
};

constexpr bool is_rms(norm_kind kind) { return kind < norm_kind::layer || kind > norm_kind::layer_without_weight; }

// How a token's position comes in: queries and keys are rotated, a vector is added to the embedding, or attention
// scores get a penalty by distance (ALiBi), which takes no memory; or not at all, where states tell the order (Jamba).
// `by_bucket`: a penalty that is learned for each range of distances (T5), which rules out the flash kernel.
enum class position_kind : std::uint8_t { rotary, learned, by_distance, by_bucket, none };

// Norms of query and key: over each head with the same weights, before or after it is rotated; without weights after it is
// rotated, in layers that rotate (Llama 4); after it is rotated, where each head of the query has one weight and the key none;
// over each head with weights of its own, around the mean or not (PLaMo 2); or over all heads together.
enum class query_key_norm : std::uint8_t {
    none, each_head, each_rotated_head, rotated_head_without_weights, gain_of_rotated_head, each_head_own_weights,
    each_head_own_rms, all_heads
};

// Gates over the result of attention, before the output projection: one number for each head (Spark 2.5), or for each
// number (Muse Glimmer), which the query's matrix may give beside the query (Qwen3-Next).
enum class attention_gate : std::uint8_t { none, each_head, each_number, within_query };

// Where the rows without output are dropped: in the last layer, behind attention or the norm over its result (AFM);
// behind all layers (gpt-oss); behind the last norm (Command A with experts); or nowhere (CogVLM).
enum class output_rows : std::uint8_t { behind_attention, behind_attention_norm, behind_layers, behind_last_norm, all };

// The sigmoid that a shared expert is multiplied by; the same as silu(x) / x (Qwen 2 MoE).
enum class expert_gate : std::uint8_t { none, sigmoid, sigmoid_by_division };

// Which gates of Kimi's delta attention are matrices of low rank: that of the decay and that of the output, the former
// alone, or none.
enum class delta_gates : std::uint8_t { low_rank, low_rank_decay, full_rank };

// Where the feed-forward block stands: behind attention; or beside it, where both read the same and both results are
// added to the residual. Beside it, it reads through a norm of its own or through that of attention.
enum class feed_forward_place : std::uint8_t { behind, beside, beside_with_own_norm };

// Where the residual is the first operand of a sum, and not the second: nowhere, behind attention (OpenELM), behind the
// feed-forward block (Phi-3), or behind both (Jamba).
enum class residual_first : std::uint8_t { never, behind_attention, behind_feed_forward, always };

constexpr bool comes_first(residual_first where, residual_first asked) {
    return where == asked || where == residual_first::always;
}

// The order in which the results of two blocks side by side and the residual are added.
enum class sum_order : std::uint8_t {
    feed_forward_with_attention_residual, // attention and the residual first, and their sum is the second operand
    feed_forward_residual_attention,
    feed_forward_attention_residual,
    attention_feed_forward_residual
};

// How a feed-forward block joins its two branches, and under which names: `gated` is act(gate(x)) * up(x),
// `fused_gated` holds both branches in ffn_up, `plain` is act(up(x)), `squared` is relu(up(x)) times itself. `by_model`: as the
// model says, in a family of several.
enum class feed_forward_form : std::uint8_t { gated, fused_gated, plain, squared, by_model };

// How a router turns its scores into the weights of the chosen experts.
enum class router_kind : std::uint8_t {
    softmax,          // over all experts, then the best are chosen
    sigmoid,          // each expert by itself
    softmax_of_chosen, // the best are chosen by raw score, then softmax over those
    root_of_softplus   // each by itself, without an upper limit
};

// What attention reads beside the tokens of its own pass, and what is laid out for it.
enum class cache_use : std::uint8_t {
    read,   // the keys and values of earlier tokens
    unread, // a cache is laid out, but attention is among the tokens of a pass (Llama Embed)
    none    // and there is no cache (BERT)
};

// Encoders and decoders whose tensors are named so, and whose layers are made as T5's.
enum class layer_stacks : std::uint8_t { one, encoder, encoder_and_decoder };

// Models that only draft tokens for another one, from its hidden states: one after the other (EAGLE 3), or a block of them at
// once (DFlash), which attends to what was made of those states before; or one after the other, attending to what the target
// itself has cached (Gemma 4's assistant).
enum class draft_kind : std::uint8_t { none, in_turn, in_blocks, on_target_caches };

// What becomes of the final hidden states.
enum class head_use : std::uint8_t {
    logits,
    logits_or_embeddings, // the head is not read where the hidden states are asked for (LFM2)
    unread, // the head is loaded, but the hidden states are the result (EmbeddingGemma)
    none    // and there is no head (BERT)
};

// What is loaded of the layers that predict further tokens, where a file has them: nothing; all of it, where it is asked
// for (load_mtp); or some of it in any case, each with what stands before it: the router's bias, the embedding and the head,
// the feed-forward block, what is optional in attention.
enum class further_loading : std::uint8_t {
    unknown, never, on_request, router_bias_always, head_always, feed_forward_always, options_always
};

enum class key_use : std::uint8_t { none, optional, required };

// What llama.cpp's loader of a family reads of a GGUF file beyond what all families have in common, and what the family's
// graph insists on.
struct gguf_rules {
    key_use norm_epsilon = key_use::required;
    key_use experts = key_use::none;
    key_use expert_size = key_use::none; // expert_feed_forward_length
    key_use window = key_use::none;      // attention.sliding_window and its pattern
    std::int64_t usual_window = 0;       // where the file does not say
    bool window_may_be_zero = false;     // and then there is none
    bool rotates_whole_head = false;     // rope.dimension_count is the head's size
    bool heads_span_hidden = false;      // heads x their size is the hidden size
    bool own_output = false;             // output.weight is never left out
    bool fused_experts = false;          // files may have both branches of each expert in one matrix
    bool experts_may_lack_gates = false; // or the gates may be left out
    bool value_heads_differ = false;     // heads of values may have a size of their own
    bool window_listed = false;          // a list says which layers have the window
    bool heads_by_layer = false;         // layers may differ in the number of their heads
    bool feed_forward_by_layer = false;  // and in the size of their feed-forward block
    bool all_layers_predict = false;     // block_count and nextn_predict_layers count the same layers (Gemma 4's assistant)
    bool parts_left_out = false;         // heads, or the size of a feed-forward block, may be 0: a layer is without (Mamba)

    // The rest: keys that only this family has, and what its models have or have not.
    void (*read)(gguf_query &, model &) = nullptr;
};

struct architecture {
    const char *name = ""; // general.architecture of a GGUF file

    norm_kind norm = norm_kind::rms;
    position_kind position = position_kind::rotary;
    feed_forward_form ffn = feed_forward_form::gated;
    feed_forward_place ffn_place = feed_forward_place::behind;
    sum_order order = sum_order::feed_forward_residual_attention;
    tensor_name ffn_norm = tensor_name::ffn_norm; // the norm before the feed-forward block, as the file names it
    tensor_name attention_post_norm = tensor_name::post_attention_norm; // and the one behind attention
    tensor_name final_norm = tensor_name::output_norm; // the norm after the last layer
    query_key_norm head_norms = query_key_norm::none;
    attention_gate gate = attention_gate::none;
    further_loading further = further_loading::unknown;
    output_rows outputs = output_rows::behind_attention;
    feed_forward_form shared_expert = feed_forward_form::gated; // of the experts that every token runs through
    residual_first residual = residual_first::never;
    cache_use cache = cache_use::read;
    head_use head = head_use::logits;
    layer_stacks stacks = layer_stacks::one;
    draft_kind drafts = draft_kind::none;

    tensor_name latent_down = tensor_name::ffn_latent_down; // the matrices before and behind experts of another size
    tensor_name latent_up = tensor_name::ffn_latent_up;

    bool scaled_query = false;          // the query is scaled by an operation of its own (Gemma)
    bool attention_sinks = false;       // a learned logit for each head
    bool attention_softcap = false;     // attention scores are capped with tanh
    bool flash_attention = true;        // the engine has a flash kernel for it (not for Grok)
    bool situ = false;                  // branches are joined by tanh and sigmoid, step by step (Kimi K3)
    bool attended_residuals = false;    // each block reads a mix of the residual and earlier ones (Kimi K3)
    bool mixed_streams = false;         // hyper-connections mix the residual streams with each other too (DeepSeek V4)
    bool keys_are_values = false;       // one head of keys is cached, which are the values too (DeepSeek V4)
    bool caches_one_token = false;      // but where values are transposed, those of several cannot be written at once (PLM)
    bool separates_sequences = false;   // sequences never share a cache (DeepSeek V4)
    bool sub_norms = false;             // norms before the last matrix of attention and of the feed-forward block (BitNet)
    bool embedding_norm = false;        // a norm over the embedding (BLOOM)
    bool plain_embedding_norm = false;  // one without a weight, whatever the others have (Muse Glimmer)
    bool embedding_skip = false;        // each layer adds the embedding, scaled by a weight of its own (Talkie)
    bool input_norms = true;            // norms before attention and before the feed-forward block (not OLMo 2)
    bool first_norm = true;             // also before attention of the first layer (not ModernBERT)
    bool post_norms = false;            // norms after attention and after the feed-forward block too (Gemma 2)
    bool residual_norms = false;        // norms over the residual instead, with each block's result in it (BERT)
    bool position_first = false;        // a learned position is the first operand of its sum (BERT)
    bool bare_post_norms = false;       // whose names have no ".weight", nor have those within state spaces (PLaMo 3 and 2)
    bool bare_ffn_norm = false;         // nor has the one before the feed-forward block (Falcon H1)
    bool loose_post_norms = false;      // those are computed wherever it suits (Muse Glimmer)
    bool value_norms = false;           // values have a norm without weights (Gemma 3n)
    bool unused_keys = false;           // layers that share a cache have matrices for keys and values all the same (Gemma 3n)
    bool loose_feed_forward_post_norm = false; // the norm behind it is computed wherever it suits (Gemma 4)
    bool full_layers_have_rope_tensors = false; // and those with a sliding window are rotated without (Gemma 4)
    bool unused_rope_tensors = false;   // corrections of the rotary frequencies are loaded and left alone (Pangu)
    bool triple_qkv = false;            // the fused matrix has three times the hidden size, whatever the heads (Qwen 1)
    bool copied_qkv = false;            // its parts are copied out of the product (Step 3.5)
    bool caches_further_layers = false; // the cache has room for layers that predict further tokens (Nemotron H)
    bool files_hold_unloaded_layers = false; // files have the layers that predict further tokens (GLM 4.5)
    // Every layer has a dense block of the hidden size, and experts that read what the layer began with (Arctic).
    bool dense_beside_experts = false;
    // Layers with experts have a dense block too; each of the two has norms of its own before and behind it, and the router
    // reads a third (Gemma 4).
    bool normed_experts_beside_dense = false;
    bool ranks_by_mean = false;         // a ranking is of the mean of all tokens, not of the first (ModernBERT)
    bool ranks_by_probability = false;  // and a softmax over the scores (Qwen 3)
    bool blocks_left_out = false;       // layers may be without attention or without a feed-forward block (DeciLM)
    bool visual_experts = false;        // a second set of matrices, for images (CogVLM)
    bool tied_head_is_copied = false;   // a head that is the embedding is loaded beside it everywhere (Gemma 3n)
    bool reads_layer_embedding_by_row = false; // where per_layer_token_embd is large, only its rows that are needed (Gemma 4)
    bool head_reads_embedding = false;  // the head is the embedding where it lies, on the host (BitNet)
    bool hides_image_tokens = false;    // their logits are overwritten (Chameleon)
    bool router_reads_input = false;    // the router reads what the layer began with (SmallThinker)
    tensor_part router_bias = tensor_part::bias; // how files name exp_probs_b
    bool chosen_by_sigmoid = false;     // experts are chosen by sigmoids, whatever their weights come from (Grove MoE)
    bool activates_for_no_shared_expert = false; // whose activation is added all the same, of what it would read (GLM 4.5)
    bool halved_shared_expert = false;  // the sum of routed and shared experts is halved (Command A with experts)
    bool temperature_where_unrotated = false; // only such layers scale queries by their position (Llama 4)
    // The chosen experts' weights are multiplied into what they read, and raw scores choose (Llama 4).
    bool experts_read_weighted = false;
    bool flat_latent_query = false;     // the query of latent attention is split before it has heads (DeepSeek 3.2)
    bool norms_rotated_key = false;     // the part of latent keys that is rotated has a norm (Dots 3 Note)
    bool copies_gated_heads = false;    // what gates of each head give is copied out (Bailing MoE 3)
    bool rotates_indexer = false;       // queries and keys of the indexer are rotated by a Hadamard matrix (DeepSeek 3.2)
    bool unrounded_experts = false;     // what experts give out is computed from F32 (Mistral 4)
    bool scales_before_head = false;    // logits are scaled by way of what the head reads (MiniCPM 3)
    expert_gate shared_expert_gate = expert_gate::none;
    delta_gates delta = delta_gates::low_rank;
    bool fused_delta_gates = false;     // one matrix for the decay and the strength of a gated delta net (Qwen3-Next)
    bool copies_kept_tokens = false;    // what a gated delta net keeps of the last tokens is copied out first (Qwen 4)
    bool repeats_delta_keys = false;    // its queries and keys are repeated for each head of values (Qwen3-Next)
    bool reserves_one_sequence = false; // memory is reserved for a pass with all tokens in one sequence too (Kimi Linear)
    bool norm_before_state = false;     // the norm before a mixer is computed before the mixer's state is read
    // What a layer began with is not added, but its norm, scaled (MiniMax-Text-01).
    bool residual_of_norm = false;
    bool token_shift = false;           // each token sees the one before (RWKV)
    bool channel_mix = false;           // so does the feed-forward block (RWKV 6 and 7)
    bool gated_channel_mix = false;     // which has a gate (RWKV 6)

    // Fills what the family derives from the hyper-parameters: the kind of each layer above all.
    void (*arrange)(model &) = nullptr;

    gguf_rules gguf;
};

MEMBOUND_END_NAMESPACE

#endif

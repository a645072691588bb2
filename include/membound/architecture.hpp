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

// How the position of a token comes in.
enum class position_kind : std::uint8_t {
    rotary,      // queries and keys are rotated
    learned,     // a vector for each position is added to the embedding
    by_distance, // attention scores get a penalty by distance (ALiBi), which takes no memory
    by_bucket,   // the penalty is learned for each range of distances (T5), which rules out the flash kernel
    none         // not at all: states tell the order (Jamba)
};

// Norms over queries and keys.
enum class query_key_norm : std::uint8_t {
    none,
    each_head,                    // over each head before it is rotated, with the same weights for all heads
    each_rotated_head,            // the same, after the head is rotated
    rotated_head_without_weights, // the same without weights, in the layers that rotate (Llama 4)
    gain_of_rotated_head,         // after rotation; each head of the query has one weight, and the key none (Talkie)
    each_head_own_weights,        // a layer norm over each head, with weights of its own (Chameleon)
    each_head_own_rms,            // an RMS norm over each head, with weights of its own (PLaMo 2)
    all_heads                     // over all heads together
};

// Gates over the result of attention, before the output projection.
enum class attention_gate : std::uint8_t {
    none,
    each_head,   // one number for each head (Spark 2.5)
    each_number, // one for each number (Muse Glimmer)
    within_query // the same, given by the query's matrix beside the query (Qwen3-Next)
};

// Where the rows of tokens without output are dropped.
enum class output_rows : std::uint8_t {
    behind_attention,      // in the last layer
    behind_attention_norm, // in the last layer, behind the norm over the result of attention (AFM)
    behind_layers,         // behind all layers (gpt-oss)
    behind_last_norm,      // behind the last norm (Command A with experts)
    all                    // nowhere (CogVLM)
};

// The sigmoid that a shared expert is multiplied by; the same as silu(x) / x (Qwen 2 MoE).
enum class expert_gate : std::uint8_t { none, sigmoid, sigmoid_by_division };

// Which gates of Kimi's delta attention come from matrices of low rank.
enum class delta_gates : std::uint8_t {
    low_rank,       // that of the decay and that of the output
    low_rank_decay, // that of the decay alone
    full_rank       // none
};

// Where the feed-forward block stands.
enum class feed_forward_place : std::uint8_t {
    behind,              // behind attention
    beside,              // beside it: both read the same norm, and both results are added to the residual
    beside_with_own_norm // the same, but it reads through a norm of its own
};

// The order of operands matters, since ggml gives a sum the memory of the first operand that nobody else needs.
//
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

// What a feed-forward block computes before its last matrix.
enum class feed_forward_form : std::uint8_t {
    gated,       // act(gate(x)) * up(x)
    fused_gated, // the same, with both branches in one matrix (ffn_up)
    plain,       // act(up(x))
    squared,     // relu(up(x)) squared
    by_model     // as model::ffn says
};

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

// `encoder`, `encoder_and_decoder`: layers are made like T5's, and their tensors are named by their stack.
enum class layer_stacks : std::uint8_t { one, encoder, encoder_and_decoder };

// Models that only draft tokens for another one, their target, from its hidden states.
enum class draft_kind : std::uint8_t {
    none,
    in_turn,         // one token after the other (EAGLE 3)
    in_blocks,       // a block of tokens at once, attending to what was made of earlier hidden states (DFlash)
    on_target_caches // one after the other, attending to the target's own caches (Gemma 4's assistant)
};

// What becomes of the final hidden states.
enum class head_use : std::uint8_t {
    logits,
    logits_or_embeddings, // the head is not read where the hidden states are asked for (LFM2)
    unread, // the head is loaded, but the hidden states are the result (EmbeddingGemma)
    none    // and there is no head (BERT)
};

// What llama.cpp loads of the layers that predict further tokens, in a file that has them. From `on_request` on all of it is
// loaded where it is asked for (load_mtp); the values behind that add what is loaded in any case.
enum class further_loading : std::uint8_t {
    unknown,
    never,
    on_request,
    router_bias_always,
    head_always,         // the embedding and the head too
    feed_forward_always, // the feed-forward block too
    options_always       // the optional tensors of attention too
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
    int late_outputs_date = 0; // since when llama.cpp picks rows there, as a draft model may read all; before, behind attention
    feed_forward_form shared_expert = feed_forward_form::gated; // of the experts that every token runs through
    residual_first residual = residual_first::never;
    cache_use cache = cache_use::read;
    head_use head = head_use::logits;
    layer_stacks stacks = layer_stacks::one;
    draft_kind drafts = draft_kind::none;

    tensor_name latent_down = tensor_name::ffn_latent_down; // the matrices before and behind experts of a size of their own
    tensor_name latent_up = tensor_name::ffn_latent_up;

    bool scaled_query = false;          // the query is scaled by an operation of its own (Gemma)
    bool attention_sinks = false;       // a learned logit for each head
    bool attention_softcap = false;     // attention scores are capped with tanh
    bool flash_attention = true;        // the engine has a flash kernel for it (not for Grok)
    bool situ = false;                  // branches are joined by tanh and sigmoid, step by step (Kimi K3)
    bool attended_residuals = false;    // each block reads a mix of the residual and earlier ones (Kimi K3)
    bool mixed_streams = false;         // hyper-connections mix the residual streams with each other too (DeepSeek V4)
    bool keys_are_values = false;       // one head of keys is cached, and serves as values too (DeepSeek V4)
    bool caches_one_token = false;      // values of one token at a time are written to the cache, unless transposed (PLM)
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
    bool bare_post_norms = false;       // norms after a block and within state spaces have no ".weight" in their names (PLaMo)
    bool bare_ffn_norm = false;         // nor has the norm before the feed-forward block (Falcon H1)
    bool loose_post_norms = false;      // norms after a block are not tied to the device of their layer (Muse Glimmer)
    bool value_norms = false;           // values have a norm without weights (Gemma 3n)
    bool unused_keys = false;           // layers that share a cache have unused matrices for keys and values (Gemma 3n)
    bool loose_feed_forward_post_norm = false; // only the norm after the feed-forward block is not tied (Gemma 4)
    bool full_layers_have_rope_tensors = false; // layers with a sliding window are rotated without corrections (Gemma 4)
    bool unused_rope_tensors = false;   // corrections of the rotary frequencies are loaded and not used (Pangu)
    bool triple_qkv = false;            // the fused matrix has three times the size of the queries (Qwen 1)
    bool copied_qkv = false;            // query, key and value are copied out of the product of the fused matrix (Step 3.5)
    bool caches_further_layers = false; // the cache has room for layers that predict further tokens (Nemotron H)
    bool files_hold_unloaded_layers = false; // files have the layers that predict further tokens (GLM 4.5)
    // Every layer has a dense block of the hidden size, and experts that read what the layer began with (Arctic).
    bool dense_beside_experts = false;
    // Layers with experts have a dense block too; each of the two has norms of its own before and behind it, and the router
    // reads a third (Gemma 4).
    bool normed_experts_beside_dense = false;
    bool ranks_by_mean = false;         // a ranking is of the mean of all tokens, not of the first (ModernBERT)
    bool ranks_by_probability = false;  // the scores of a ranking go through a softmax (Qwen 3)
    bool blocks_left_out = false;       // layers may be without attention or without a feed-forward block (DeciLM)
    bool visual_experts = false;        // a second set of matrices, for images (CogVLM)
    bool tied_head_is_copied = false;   // a head that is the embedding is loaded again even where that lies (Gemma 3n)
    bool reads_layer_embedding_by_row = false; // of a large per_layer_token_embd only rows that are needed are read (Gemma 4)
    bool head_reads_embedding = false;  // the head is the embedding where it lies, on the host (BitNet)
    bool hides_image_tokens = false;    // logits of image tokens are overwritten (Chameleon)
    bool router_reads_input = false;    // the router reads what the layer began with (SmallThinker)
    tensor_part router_bias = tensor_part::bias; // how files name exp_probs_b
    bool chosen_by_sigmoid = false;     // experts are chosen by sigmoids, whatever their weights come from (Grove MoE)
    bool activates_for_no_shared_expert = false; // where there is none, the activation of its input is added instead (GLM 4.5)
    bool halved_shared_expert = false;  // the sum of routed and shared experts is halved (Command A with experts)
    bool temperature_where_unrotated = false; // only layers that do not rotate scale queries by their position (Llama 4)
    // The chosen experts' weights are multiplied into what they read, and raw scores choose (Llama 4).
    bool experts_read_weighted = false;
    bool flat_latent_query = false;     // the query of latent attention is split before it is shaped into heads (DeepSeek V3.2)
    bool norms_rotated_key = false;     // the part of latent keys that is rotated has a norm (Dots 3 Note)
    bool copies_gated_heads = false;    // the result of gates for each head is copied, not reshaped (Bailing MoE 3)
    bool rotates_indexer = false;       // queries and keys of the indexer are rotated by a Hadamard matrix (DeepSeek V3.2)
    bool unrounded_experts = false;     // the last matrices of experts read F32 unrounded (Mistral 4)
    bool scales_before_head = false;    // what the head reads is scaled in place of the logits (MiniCPM 3)
    expert_gate shared_expert_gate = expert_gate::none;
    delta_gates delta = delta_gates::low_rank;
    bool fused_delta_gates = false;     // one matrix for the decay and the strength of a gated delta net (Qwen3-Next)
    bool copies_kept_tokens = false;    // the last tokens that a gated delta net keeps are copied before being stored (Qwen 4)
    bool repeats_delta_keys = false;    // queries and keys of such a net are repeated for each head of values (Qwen3-Next)
    bool reserves_one_sequence = false; // memory is also reserved for a pass with all tokens in one sequence (Kimi Linear)
    bool norm_before_state = false;     // the norm before a mixer is computed before the mixer's state is read
    bool residual_of_norm = false;      // the residual is the norm of what a layer begins with, scaled (MiniMax-Text-01)
    bool token_shift = false;           // each token sees the one before (RWKV)
    bool channel_mix = false;           // so does its feed-forward block (RWKV 6 and 7)
    bool gated_channel_mix = false;     // and that block has a gate (RWKV 6)

    // Fills what the family derives from the hyper-parameters: the kind of each layer above all.
    void (*arrange)(model &) = nullptr;

    gguf_rules gguf;
};

MEMBOUND_END_NAMESPACE

#endif

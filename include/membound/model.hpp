// The hyper-parameters of a model, in the terms of Hugging Face's config.json, and the kind of each of its layers.
#ifndef MEMBOUND_MODEL_HPP
#define MEMBOUND_MODEL_HPP

#include <membound/architecture.hpp>
#include <membound/vision.hpp>

MEMBOUND_BEGIN_NAMESPACE

// As in llama.cpp (LLAMA_MAX_LAYERS, LLAMA_MAX_EXPERTS).
inline constexpr int max_layers = 512;
inline constexpr int max_experts = 1024;

// What attention a layer has, and so what it keeps of each token.
enum class layer_kind : std::uint8_t {
    full_attention,    // keys and values of every token
    sliding_attention, // of the last `sliding_window` tokens
    latent_attention,  // one compressed vector a token (MLA)
    linear_map,        // nothing: a matrix stands in the place of attention (DeciLM)
    no_attention,      // nothing
};

// What a layer keeps of all tokens together, in place of attention or beside it: for each sequence a state, whose size does not
// grow with the tokens.
enum class state_kind : std::uint8_t {
    none,
    mamba,               // a selective state space: a state for each channel
    mamba_2,             // a state for each head, with a scalar decay
    plamo_2,             // as Mamba 2, with the projections of the first Mamba
    short_convolution,   // the last tokens alone
    gated_delta_net,     // a matrix for each head, which each token decays and corrects; the decay is one number a head
    kimi_delta,          // the same, with a decay for each number of a head
    lightning_attention, // a matrix for each head, with a constant decay
    rwkv_6,
    rwkv_7,
};

// A state space, which a scan runs over the tokens.
constexpr bool is_state_space(state_kind k) {
    return k == state_kind::mamba || k == state_kind::mamba_2 || k == state_kind::plamo_2;
}

// `activation` has no matrices: that is how llama.cpp reads a file that lacks them.
enum class feed_forward_kind : std::uint8_t { dense, experts, activation, none };

// Which tensors of experts a layer has that does not use them.
enum class idle_experts : std::uint8_t { none, gates, all };

// The parts of a layer's state: the last tokens that a convolution (or a shift) sees, what sums up all tokens, and the last
// tokens that the convolution over an embedding of n-grams sees.
enum class state_part : std::uint8_t { convolution, recurrent, ngrams };

// Norms over the time step, B and C of a state space.
enum class ssm_norm_kind : std::uint8_t { none, weightless, weighted };

// How the hidden states of a sequence become one embedding, in the order of llama.cpp (LLAMA_POOLING_TYPE).
enum class pooling_kind : std::uint8_t { none, mean, first, last, rank };

// The head that ranks texts: a dense layer over the pooled hidden state, its norm, and a score for each label.
struct classifier {
    std::int64_t dense_size = 0; // 0: none
    bool dense_bias = false;
    bool norm = false;
    bool scores = false;
    bool scores_bias = false;
    std::int64_t labels = 1;
};

// Which tokens a layer attends to. An indexer is a small attention of its own, whose keys are cached.
enum class token_choice : std::uint8_t {
    all,
    by_block,       // blocks of tokens that an indexer chooses, for each head of keys apart (MiniMax M3)
    by_pooled_keys, // blocks of tokens that are scored by the means of their indexer keys (Qwen 4)
    by_indexer,     // tokens that an indexer chooses one by one (DeepSeek V3.2)
    as_before,      // those that the layer before chose
    as_before_with_unused_indexer // the same, though the layer has the weights of an indexer
};

constexpr bool chooses_as_before(token_choice c) { return c >= token_choice::as_before; }

// How keys of several tokens become one (DeepSeek V4).
enum class key_compression : std::uint8_t {
    none,
    overlapping, // each block of 4 tokens together with the 4 before it; an indexer chooses among these keys
    apart        // each block of 128 tokens by itself; all of these keys are attended to
};

// Each makes compressed keys and has a cache for them; it keeps the last tokens, of which no key is made yet. Attention has
// one, by its kind of compression; with overlapping blocks its indexer has another.
enum class compressor : std::uint8_t { overlapping, apart, indexer };

// Tokens of a block, for which one key is made.
constexpr std::int64_t compressed_tokens(compressor c) { return c == compressor::apart ? 128 : 4; }
// Tokens that are kept until the next key is made.
constexpr std::int64_t tokens_to_compress(compressor c) { return c == compressor::apart ? 128 : 8; }
// Cells for the compressed keys of as many tokens as `cells`.
constexpr std::int64_t compressed_cells(compressor c, std::int64_t cells) {
    return detail::round_up(detail::divide_up(cells, compressed_tokens(c)), 256);
}

// The lists of row numbers that a compressor reads as inputs.
enum class compressor_rows : std::uint8_t {
    positions,      // each token's place in its block
    kept,           // the tokens that are kept for the next key
    kept_at,        // and where they are kept
    read,           // the tokens that make up each block
    cells,          // the cells for the new keys
    block_positions // the positions of the new keys
};

// Kernels for hyper-connections that mix streams; where a device has none, it computes the same step by step.
enum class stream_kernel : std::uint8_t {
    sum,         // the weighted sum of the streams that a block reads
    mix,         // the matrix by which the streams are mixed
    distribution // a block's result, added by weight to each of the mixed streams
};

// The tensors by which a file corrects the frequencies of the rotary embedding for long contexts.
enum class rope_tensors : std::uint8_t { none, freqs, long_short };

// Which layers have a table of what is added to attention scores by distance.
enum class relative_bias : std::uint8_t { none, first_layer, every_layer };

// What a layer that predicts further tokens has beside the tensors of any layer.
struct further_tensors {
    bool embedding = false; // of its own
    bool head = false;
    bool head_norm = true;
    bool layer_norm = false; // over its result
};

// An embedding of the last tokens, found by their hashes in a table, which one layer adds to its residual streams.
struct ngram_embedding {
    std::int64_t heads = 0; // hashes of a token, each of which finds a row; 0: there is no such embedding
    std::int64_t head_dim = 0;
    std::int64_t rows = 0;
    std::int64_t tokens = 0;      // of the longest n-gram; the convolution's dilation is the same
    std::int64_t conv_kernel = 0; // tokens that the convolution sees
};

// A network that makes sound of tokens, each of which is a frame: a convolution, a network around one attention of all
// frames (PosNet), and one of convolutions along the frames of a channel (ConvNeXt).
struct sound_decoder {
    std::int64_t channels = 0; // 0: there is none
    std::int64_t posnet_layers = 0;
    std::int64_t convnext_layers = 0;
};

struct layer {
    layer_kind kind = layer_kind::full_attention;
    state_kind state = state_kind::none;
    feed_forward_kind ffn = feed_forward_kind::dense;
    token_choice choice = token_choice::all;
    bool sinks = false;                 // a learned logit for each head
    bool clamped_experts = false;       // the branches of experts are kept within limits before they are joined (Step 3.5)
    bool clamped_feed_forward = false;  // so are those of a dense block or a shared expert
    bool adds_image = false;            // a part of an image's embedding is added to its result (deepstack)
    bool shares_cache = false;          // keys and values are those that an earlier layer cached (Gemma 3n)
    bool sparse_activation = false;     // only the largest gates of the feed-forward block are kept (Gemma 3n)
    bool values_are_keys = false;       // before norm and rotation: there is no matrix for values (Gemma 4)
    bool adds_ngrams = false;           // an embedding of n-grams is added to what it reads (Qwen 4)
    bool unrotated = false; // queries and keys are not rotated, in a family that rotates others
    bool keeps_residual = false; // the residual that it begins with is kept, for later layers to attend to (Kimi K3)
    key_compression compression = key_compression::none; // of the keys that it attends to beside a sliding window
    bool routed_by_token = false;    // a table says which experts a token runs through
    std::int16_t block = 0; // the block whose weights it has, in a model that runs through blocks repeatedly
    std::int32_t num_attention_heads = 0;
    std::int32_t num_key_value_heads = 0;
    std::int32_t intermediate_size = 0;
};

// Whether it has attention, and caches keys and values.
constexpr bool attends(const layer &l) { return l.kind != layer_kind::no_attention && l.kind != layer_kind::linear_map; }

// In the order of the members, so that a compiler compares several at once.
constexpr bool same_shape(const layer &a, const layer &b) {
    return a.kind == b.kind && a.state == b.state && a.ffn == b.ffn && a.choice == b.choice && a.sinks == b.sinks &&
           a.clamped_experts == b.clamped_experts && a.clamped_feed_forward == b.clamped_feed_forward &&
           a.adds_image == b.adds_image && a.shares_cache == b.shares_cache &&
           a.sparse_activation == b.sparse_activation && a.values_are_keys == b.values_are_keys &&
           a.adds_ngrams == b.adds_ngrams && a.unrotated == b.unrotated && a.keeps_residual == b.keeps_residual &&
           a.compression == b.compression && a.routed_by_token == b.routed_by_token &&
           a.num_attention_heads == b.num_attention_heads && a.num_key_value_heads == b.num_key_value_heads &&
           a.intermediate_size == b.intermediate_size;
}

struct model {
    fixed_text<63> name;
    const architecture *family = nullptr; // null: unknown, only the tensors of its file are known
    const vision_encoder *vision = nullptr; // what sees images beside it; llama.cpp keeps that in a second file (`projector`)

    std::int64_t num_hidden_layers = 0;
    std::int64_t hidden_size = 0;
    std::int64_t vocab_size = 0;
    std::int64_t max_position_embeddings = 0;
    std::int64_t num_nextn_predict_layers = 0; // behind the hidden layers, to predict further tokens
    std::int64_t type_vocab_size = 0; // kinds of tokens, each with a vector that is added to the embedding; 0: none

    // Of every layer, unless `layers` has it otherwise.
    std::int64_t num_attention_heads = 0;
    std::int64_t num_key_value_heads = 0; // 0: as many as attention heads
    std::int64_t intermediate_size = 0;
    std::int64_t head_dim = 0;   // of queries and keys; 0: hidden_size / num_attention_heads
    std::int64_t v_head_dim = 0; // of values; 0: head_dim
    std::int64_t rotary_dim = 0; // rotated part of a head; 0: head_dim

    // Blocks that are run through repeatedly; num_hidden_layers counts every time.
    std::int64_t num_loops = 1; // through all of them (Nanbeige)
    bool norm_between_loops = false;
    std::int64_t stack_layers = 0; // of each of two stacks that take turns, a low and a high one (HRM); 0: there are none
    std::int64_t low_cycles = 0;   // runs of the low stack before each run of the high one
    std::int64_t high_cycles = 0;  // runs of the high stack

    std::int64_t deepstack_layers = 0; // parts of an image's embedding that layers behind the first add (n_deepstack_layers)

    std::int64_t sliding_window = 0;         // tokens; 0: none
    std::int64_t sliding_window_pattern = 0; // every n-th layer has full attention; 0: the family's own pattern
    std::int64_t sliding_head_dim = 0;       // of a layer with a sliding window; 0: as the others
    std::int64_t sliding_v_head_dim = 0;     // 0: sliding_head_dim
    std::int64_t num_kv_shared_layers = 0;   // the last ones, which share the caches of the last two before them
    std::int64_t full_attention_interval = 0; // every n-th layer attends, others keep a state; 0: the family's own

    // Experts.
    std::int64_t num_experts = 0;
    std::int64_t num_experts_per_tok = 0;
    std::int64_t num_unused_experts = 0; // expert_count in the file of a family that has no experts
    std::int64_t moe_intermediate_size = 0;             // of one expert; 0: the family's rule
    std::int64_t num_shared_experts = 0;
    std::int64_t shared_expert_intermediate_size = 0;   // of all shared experts together; 0: the family's rule
    std::int64_t num_chunk_experts = 0;                 // each shared by several routed ones (Grove MoE); 0: none
    std::int64_t chunk_expert_intermediate_size = 0;
    std::int64_t first_k_dense_replace = 0;             // leading layers without experts
    std::int64_t moe_every_n_layers = 0;                // experts in layers 1, 1 + n, 1 + 2n, ..., counted from 0 (Nomic)
    std::int64_t moe_layer_step = 0;                    // experts in layers n - 1, 2n - 1, ... (interleave_moe_layer_step)
    std::int64_t moe_latent_size = 0;                   // what routed experts read and write; 0: the hidden size
    std::int64_t num_expert_groups = 0;
    std::int64_t num_expert_groups_used = 0;
    router_kind router = router_kind::softmax;
    bool norm_topk_prob = false;     // the weights of the chosen experts are made to sum to one
    bool scaled_expert_weights = false; // these weights are multiplied by a constant (routed_scaling_factor, not 0 or 1)
    bool router_bias = false;        // a bias that only chooses experts (e_score_correction_bias)

    // Latent attention (MLA). With `kv_lora_rank` the cache holds kv_lora_rank + qk_rope_head_dim numbers a token.
    std::int64_t q_lora_rank = 0; // 0: the query is not compressed
    std::int64_t kv_lora_rank = 0;
    std::int64_t qk_nope_head_dim = 0;
    std::int64_t qk_rope_head_dim = 0;
    std::int64_t sliding_kv_lora_rank = 0; // of layers with a sliding window (Dots 3 Note); 0: those are not latent

    // State spaces (Mamba), in the terms of GGUF files.
    std::int64_t ssm_conv_kernel = 0;    // tokens that the convolution sees
    std::int64_t ssm_inner_size = 0;     // channels of all heads together
    std::int64_t ssm_state_size = 0;     // of a channel
    std::int64_t ssm_time_step_rank = 0; // of Mamba 2, the number of heads
    std::int64_t ssm_group_count = 0;    // of heads with the same B and C
    ssm_norm_kind ssm_norms = ssm_norm_kind::none;
    bool ssm_output_norm = false; // over the result of Mamba 2, group by group

    // Positions by distance.
    std::int64_t relative_attention_num_buckets = 0;
    relative_bias distances = relative_bias::none;
    relative_bias cross_distances = relative_bias::none; // of attention to encoded tokens: such tables are never read

    // Embeddings.
    bool bidirectional = false; // tokens attend to later ones too
    pooling_kind pooling = pooling_kind::none;
    classifier ranks;
    std::int64_t embedding_size = 0;     // 0: hidden_size
    std::int64_t pooled_dense_size = 0;  // of a dense layer over pooled embeddings; 0: none
    bool pooled_dense_bias = false;
    std::int64_t pooled_dense_input = 0; // inputs of a second such layer; 0: none

    // The residual of a token, and what is added to it.
    std::int64_t per_layer_size = 0;     // of the embedding that each layer has for itself (Gemma 3n); 0: none
    ngram_embedding ngrams;
    std::int64_t altup_states = 0;       // hidden states a token (AltUp); 0: one
    std::int64_t laurel_rank = 0;        // of the learned residual beside attention (LAuReL); 0: there is none
    std::int64_t residual_interval = 0;  // every n-th layer keeps the residual, for later layers to attend to; 0: none does
    std::int64_t hyper_connections = 0;  // residual streams of a token, which each block reads and adds to by weight; 0: one
    std::int64_t hyper_connection_rank = 0; // of gates that mix the streams number by number; 0: streams are weighed as wholes
    std::int64_t sinkhorn_iterations = 0; // by which the matrix that mixes the streams is made doubly stochastic

    // Adapters in the file itself, models that draft for another, and those that make sound.
    std::int64_t adapter_slots = 0; // adapters that a token may switch to, counting one that changes nothing; 0: none
    std::int64_t adapter_rank = 0;
    std::int64_t target_features = 0;  // numbers of the target's hidden states that a draft model reads for a token
    std::int64_t head_vocab_size = 0; // tokens that the head can predict (of a draft model, or of speech); 0: all
    sound_decoder sound;

    // The output projection in two steps (DeepSeek V4).
    std::int64_t output_groups = 0; // of heads, each with a first matrix of its own
    std::int64_t output_rank = 0;   // of that matrix

    // The indexer of sparse attention.
    std::int64_t indexer_heads = 0;
    std::int64_t indexer_head_dim = 0; // its one key for all heads is cached
    std::int64_t indexer_top_k = 0;    // tokens, or blocks of tokens, that are attended to
    std::int64_t indexer_block_size = 0; // tokens of a block that is chosen as a whole; 0: tokens are chosen one by one

    // RWKV: ranks of the matrices from which a token's mixing, decay, learning rate, share of values and gate come.
    std::int64_t mix_rank = 0;
    std::int64_t decay_rank = 0;
    std::int64_t rate_rank = 0;
    std::int64_t value_mix_rank = 0;
    std::int64_t gate_rank = 0;
    std::int64_t rescaled_interval = 0; // every n-th layer's result is halved
    bool time_mix_norm = false;  // a norm over each head of what the state gives
    bool time_mix_bonus = false; // the token itself counts more than those before it (RWKV 6)
    bool fused_lerp = false;     // one tensor holds all shares of the token before

    // Optional tensors.
    bool borrows_embedding = false; // a draft model has none of its own and uses its target's
    bool borrows_head = false;
    bool post_norms = false;        // norms after attention and after the feed-forward block, in a family that can be without
    bool normed_features = false;   // a norm over what a draft model reads of its target
    bool further_layers_left_out = false; // the file lacks the layers that predict further tokens
    further_tensors further;              // what each of those layers has, in a file with them
    bool tie_word_embeddings = false;
    bool head_as_embedding = false;     // the file has only the head's matrix, which is loaded as the embedding too (CodeShell)
    bool weight_scales = false;         // a number beside each matrix, which its result is multiplied by (BitNet)
    bool head_norm_bias = false;        // on the norms of each head of query and key (Chameleon)
    bool fused_qkv = false;             // one matrix for query, key and value
    bool fused_qkvz = false;            // one matrix for what a gated delta net reads, head by head (early Qwen3-Next)
    bool fused_delta_qkv = false;       // one matrix for query, key and value of Kimi's delta attention
    bool bounded_decay = false;         // the decay of that attention has a lower bound
    bool attention_bias = false;        // on query, key and value
    bool attention_output_bias = false; // on the output projection
    feed_forward_form ffn = feed_forward_form::gated; // in a family of several (Jina 2)
    bool first_norm = false;            // the first layer has a norm before attention, in a family without (ModernBERT)
    bool image_router_bias = false;     // a second bias of the router, for images
    bool latent_expert_norm = false;    // a norm over the result of latent experts, before it has the hidden size again
    bool ungated_experts = false;       // experts have no gate, in a family whose have one
    bool mlp_bias = false;
    bool mlp_output_bias = false;       // on the last matrix alone
    bool fused_experts = false;         // both branches of each expert are in one matrix
    bool expert_bias = false;           // on routers and experts
    bool expert_scale = false;          // what an expert gives is multiplied by a number of its own (Gemma 4)
    bool unused_keys = false;           // layers that share a cache have unused matrices for keys and values
    bool output_bias = false;           // on the head
    query_key_norm head_norms = query_key_norm::none; // in a family that can be without (head_norms_of)
    attention_gate gate = attention_gate::none;       // in a family that can be without (gate_of)
    bool norm_bias = false;             // norms have a bias, in a family that can be without (MPT)
    bool learned_positions = false;     // a vector for each position is added to the embedding, in a family that can be without
    bool unused_ffn_norm_bias = false;  // the file has the bias of a norm that is not there (StableLM)
    idle_experts idle = idle_experts::none; // of layers whose feed-forward block is an activation
    bool dense_branch = false;          // a dense block beside the experts of a layer, both scaled (Grok 2)
    bool layer_output_norm = false;     // the norm behind the feed-forward block has its name of old (Grok 1)
    bool attention_norm_2 = false;      // attention has a norm of its own beside the feed-forward block's (Falcon 40B)

    // Optional operations.
    bool residual_of_norm = false;  // a draft model adds what it reads to the residual behind its norm, not before it
    bool scaled_embedding = false;  // the embedding is multiplied by a constant (embedding_multiplier)
    bool scaled_residual = false;   // so is what a block adds to the residual (residual_multiplier)
    bool scaled_attention = false;  // so is the result of attention (attention_value_scale)
    bool scaled_logits = false;     // so are the logits (logits_scaling, logit_scale)
    bool layer_output_scale = false; // what a layer gives out is multiplied by a weight of one number (Gemma 4)
    bool residual_in_turn = false;  // attention and the feed-forward block follow each other (use_parallel_residual is false)
    bool norms_behind = false;      // norms stand behind the blocks instead of before them (swin_norm); see walk.hpp
    bool bounded_branches = false;  // both branches of SiTU are bounded, not the gate alone (situ_linear_beta)
    bool clamped_qkv = false;       // query, key and value are kept within limits (clip_qkv)
    bool final_logit_softcapping = false;
    bool attention_temperature = false; // queries are scaled by their position (attention.temperature_scale)
    rope_tensors rope = rope_tensors::none;
    bool multi_axis_rope = false;   // a position has four numbers (M-RoPE)
    std::int16_t linear_rope_factor = 1; // positions are divided by it (rope type "linear")

    bool layer_kinds_given = false; // `layers` has the kinds; the family does not set them
    bool feed_forward_kinds_given = false;
    layer layers[max_layers] = {};

    constexpr std::int64_t key_head_dim() const {
        return head_dim > 0 ? head_dim : num_attention_heads > 0 ? hidden_size / num_attention_heads : 0;
    }
    constexpr std::int64_t value_head_dim() const { return v_head_dim > 0 ? v_head_dim : key_head_dim(); }
    constexpr std::int64_t key_head_dim(const layer &l) const {
        return l.kind == layer_kind::sliding_attention && sliding_head_dim > 0 ? sliding_head_dim : key_head_dim();
    }
    constexpr std::int64_t value_head_dim(const layer &l) const {
        if (l.kind != layer_kind::sliding_attention || sliding_head_dim == 0) return value_head_dim();
        return sliding_v_head_dim > 0 ? sliding_v_head_dim : sliding_head_dim;
    }
    constexpr bool attends() const {
        for (int i = 0; i < layer_count(); ++i)
            if (membound::attends(layers[i])) return true;
        return false;
    }
    // Whether a layer caches one compressed vector a token, and the size of the part that keys and values come from.
    constexpr bool is_latent(const layer &l) const {
        return l.kind == layer_kind::latent_attention ||
               (l.kind == layer_kind::sliding_attention && sliding_kv_lora_rank > 0);
    }
    constexpr std::int64_t latent_rank(const layer &l) const {
        return l.kind == layer_kind::sliding_attention ? sliding_kv_lora_rank : kv_lora_rank;
    }
    // The layer whose cache the i-th reads.
    constexpr int cache_layer(int i) const {
        if (!layers[i].shares_cache || reads_target_caches()) return i;
        const int first = static_cast<int>(num_hidden_layers - num_kv_shared_layers);
        return first - (layers[i].kind == layer_kind::sliding_attention ? 2 : 1);
    }
    // Whether the caches of its layers are those of the target that it drafts for.
    constexpr bool reads_target_caches() const { return family != nullptr && family->drafts == draft_kind::on_target_caches; }
    constexpr std::int64_t rope_dim() const { return rotary_dim > 0 ? rotary_dim : key_head_dim(); }
    constexpr bool repeats_blocks() const { return num_loops > 1 || stack_layers > 0; }
    // How many blocks have weights of their own.
    constexpr int block_count() const {
        return static_cast<int>(stack_layers > 0 ? 2 * stack_layers
                                : num_loops > 1  ? num_hidden_layers / num_loops
                                                 : num_hidden_layers);
    }
    constexpr int layer_count() const { return static_cast<int>(num_hidden_layers); }
    // Residuals that the layers before the i-th keep.
    constexpr std::int64_t kept_residuals(int i) const {
        return residual_interval > 0 ? detail::divide_up(i, residual_interval) : 0;
    }
};

// Whether it is no language model by itself (a draft on its target's caches, or what makes sound): only llama.cpp runs such.
constexpr bool is_part_of_another(const model &m) { return m.reads_target_caches() || m.sound.channels > 0; }

// What the model has, or else its family.
constexpr norm_kind norm_of(const model &m) { return m.norm_bias ? norm_kind::layer : m.family->norm; }
constexpr query_key_norm head_norms_of(const model &m) {
    return m.head_norms != query_key_norm::none ? m.head_norms : m.family->head_norms;
}
constexpr attention_gate gate_of(const model &m) { return m.gate != attention_gate::none ? m.gate : m.family->gate; }

// Whether norms stand before and behind attention and feed-forward blocks.
constexpr bool has_input_norms(const model &m) { return m.family->input_norms && !m.norms_behind; }
constexpr bool has_post_norms(const model &m) { return m.family->post_norms || m.post_norms || m.norms_behind; }

// What a layer caches of one token: numbers of keys, and of values.
constexpr std::int64_t cached_key_size(const model &m, const layer &l) {
    if (!attends(l)) return 0;
    return m.is_latent(l) ? detail::add(m.latent_rank(l), m.qk_rope_head_dim)
                          : detail::multiply(l.num_key_value_heads, m.key_head_dim(l));
}
constexpr std::int64_t cached_value_size(const model &m, const layer &l) {
    if (m.is_latent(l) || !attends(l) || m.family->keys_are_values) return 0;
    return detail::multiply(l.num_key_value_heads, m.value_head_dim(l));
}
// The same of one head. A latent cache has one head, whose keys begin with its values.
constexpr std::int64_t cached_key_head(const model &m, const layer &l) {
    return m.is_latent(l) ? cached_key_size(m, l) : m.key_head_dim(l);
}
constexpr std::int64_t cached_value_head(const model &m, const layer &l) {
    return m.is_latent(l) ? m.latent_rank(l) : m.value_head_dim(l);
}
// Without flash attention every layer caches as many values as the one with the most (llama-hparams.cpp, n_embd_v_gqa_max).
constexpr std::int64_t widest_cached_value(const model &m) {
    std::int64_t widest = 0;
    for (int i = 0; i < m.layer_count() + m.num_nextn_predict_layers; ++i)
        widest = detail::max(widest, cached_value_size(m, m.layers[i]));
    return widest;
}
// Numbers of the indexer's key.
constexpr std::int64_t cached_indexer_size(const model &m, const layer &l) {
    return l.choice >= token_choice::by_block && l.choice <= token_choice::by_indexer ? m.indexer_head_dim : 0;
}
// The cache of an indexer that chooses blocks has room for values of one head too, which nothing fills.
constexpr std::int64_t cached_indexer_value_size(const model &m, const layer &l) {
    return l.choice == token_choice::by_block ? m.value_head_dim(l) : 0;
}

inline constexpr compressor all_compressors[] = {compressor::overlapping, compressor::apart, compressor::indexer};

constexpr bool has_compressor(const layer &l, compressor c) {
    return l.compression == (c == compressor::apart ? key_compression::apart : key_compression::overlapping);
}
// Numbers of a compressed key.
constexpr std::int64_t compressed_key_size(const model &m, compressor c) {
    return c == compressor::indexer ? m.indexer_head_dim : m.key_head_dim();
}
// Numbers that a compressor keeps of each token, and as many scores.
constexpr std::int64_t compressor_width(const model &m, compressor c) {
    return detail::multiply(c == compressor::apart ? 1 : 2, compressed_key_size(m, c));
}

constexpr bool keeps_states(const model &m) {
    for (int i = 0; i < m.layer_count(); ++i)
        if (m.layers[i].state != state_kind::none) return true;
    return false;
}

// Numbers of a layer's state for one sequence: of the last tokens that its convolution sees, and of the state itself
// (llama-hparams.cpp: n_embd_r, n_embd_s); and of the last tokens that the convolution over an embedding of n-grams sees.
constexpr std::int64_t convolution_state_size(const model &m, const layer &l) {
    if (l.state == state_kind::none) return 0;
    const std::int64_t groups = detail::multiply(2, detail::multiply(m.ssm_group_count, m.ssm_state_size));
    return detail::multiply(m.ssm_conv_kernel - 1, detail::add(m.ssm_inner_size, groups));
}
constexpr std::int64_t recurrent_state_size(const model &m, const layer &l) {
    return l.state == state_kind::none ? 0 : detail::multiply(m.ssm_state_size, m.ssm_inner_size);
}
constexpr std::int64_t ngram_state_size(const model &m, const layer &l) {
    if (!l.adds_ngrams) return 0;
    const std::int64_t seen = detail::multiply(m.ngrams.conv_kernel - 1, m.ngrams.tokens);
    return detail::multiply(seen, detail::multiply(m.hyper_connections, m.hidden_size));
}

// Whether files have the weights of the layers that predict further tokens, though those are not loaded.
constexpr bool files_hold_further_layers(const model &m) {
    return m.num_nextn_predict_layers > 0 && m.family->files_hold_unloaded_layers && !m.further_layers_left_out;
}

// Whether any layer has a learned logit for each head.
constexpr bool has_sinks(const model &m) {
    bool any = m.family->attention_sinks;
    for (int i = 0; i < m.layer_count(); ++i) any = any || m.layers[i].sinks;
    return any;
}

namespace detail {

constexpr error model_error(errc code, const char *where, const char *what, const char *why) {
    error e;
    e.code = code;
    e.where = where;
    e.what = what;
    e.why = why;
    return e;
}

struct limit {
    const char *where;
    std::int64_t value;
    std::int64_t least;
    std::int64_t most;
};

// Whether each figure is one that a model may have.
constexpr result<bool> within_limits(const model &m) {
    constexpr std::int64_t any = std::int64_t{1} << 40;
    const limit limits[] = {
        {"num_hidden_layers", m.num_hidden_layers, 1, max_layers},
        {"hidden_size", m.hidden_size, 1, any},
        {"vocab_size", m.vocab_size, 1, any},
        {"max_position_embeddings", m.max_position_embeddings, 1, any},
        {"num_nextn_predict_layers", m.num_nextn_predict_layers, 0,
         max_layers - max<std::int64_t>(m.num_hidden_layers, 0)},
        {"num_attention_heads", m.num_attention_heads, 0, INT32_MAX},
        {"num_key_value_heads", m.num_key_value_heads, 0, INT32_MAX},
        {"intermediate_size", m.intermediate_size, 0, INT32_MAX},
        {"head_dim", m.head_dim, 0, any},
        {"v_head_dim", m.v_head_dim, 0, any},
        {"rotary_dim", m.rotary_dim, 0, any},
        {"num_loops", m.num_loops, 1, max_layers},
        {"stack_layers", m.stack_layers, 0, max_layers},
        {"low_cycles", m.low_cycles, m.stack_layers > 0 ? 1 : 0, max_layers},
        {"high_cycles", m.high_cycles, m.stack_layers > 0 ? 1 : 0, max_layers},
        {"deepstack_layers", m.deepstack_layers, 0, max<std::int64_t>(m.num_hidden_layers - 1, 0)},
        {"sliding_window", m.sliding_window, 0, any},
        {"sliding_window_pattern", m.sliding_window_pattern, 0, any},
        {"num_experts", m.num_experts, 0, max_experts},
        {"num_experts_per_tok", m.num_experts_per_tok, 0, m.num_experts},
        {"moe_intermediate_size", m.moe_intermediate_size, 0, any},
        {"num_shared_experts", m.num_shared_experts, 0, max_experts},
        {"shared_expert_intermediate_size", m.shared_expert_intermediate_size, 0, any},
        {"num_chunk_experts", m.num_chunk_experts, 0, max_experts},
        {"chunk_expert_intermediate_size", m.chunk_expert_intermediate_size, 0, any},
        {"first_k_dense_replace", m.first_k_dense_replace, 0, any},
        {"moe_every_n_layers", m.moe_every_n_layers, 0, any},
        {"relative_attention_num_buckets", m.relative_attention_num_buckets, 0, any},
        {"type_vocab_size", m.type_vocab_size, 0, any},
        {"ranks.dense_size", m.ranks.dense_size, 0, any},
        {"ranks.labels", m.ranks.labels, 1, any},
        {"embedding_size", m.embedding_size, 0, any},
        {"pooled_dense_size", m.pooled_dense_size, 0, any},
        {"pooled_dense_input", m.pooled_dense_input, 0, any},
        {"moe_layer_step", m.moe_layer_step, 0, any},
        {"moe_latent_size", m.moe_latent_size, 0, any},
        {"num_expert_groups", m.num_expert_groups, 0, max_experts},
        {"num_expert_groups_used", m.num_expert_groups_used, 0, m.num_expert_groups},
        {"q_lora_rank", m.q_lora_rank, 0, any},
        {"kv_lora_rank", m.kv_lora_rank, 0, any},
        {"qk_nope_head_dim", m.qk_nope_head_dim, 0, any},
        {"qk_rope_head_dim", m.qk_rope_head_dim, 0, any},
        {"ssm_conv_kernel", m.ssm_conv_kernel, 0, any},
        {"ssm_inner_size", m.ssm_inner_size, 0, any},
        {"ssm_state_size", m.ssm_state_size, 0, any},
        {"ssm_time_step_rank", m.ssm_time_step_rank, 0, any},
        {"ssm_group_count", m.ssm_group_count, 0, any},
        {"sliding_kv_lora_rank", m.sliding_kv_lora_rank, 0, any},
        {"sliding_head_dim", m.sliding_head_dim, 0, any},
        {"sliding_v_head_dim", m.sliding_v_head_dim, 0, any},
        {"num_kv_shared_layers", m.num_kv_shared_layers, 0, m.num_hidden_layers},
        {"per_layer_size", m.per_layer_size, 0, any},
        {"altup_states", m.altup_states, 0, 64},
        {"laurel_rank", m.laurel_rank, 0, any},
        {"residual_interval", m.residual_interval, 0, any},
        {"hyper_connections", m.hyper_connections, 0, 64},
        {"hyper_connection_rank", m.hyper_connection_rank, 0, any},
        {"ngrams.heads", m.ngrams.heads, 0, 64},
        {"ngrams.head_dim", m.ngrams.head_dim, 0, any},
        {"ngrams.rows", m.ngrams.rows, 0, INT32_MAX},
        {"ngrams.tokens", m.ngrams.tokens, 0, INT32_MAX},
        {"ngrams.conv_kernel", m.ngrams.conv_kernel, 0, INT32_MAX},
        {"sound.channels", m.sound.channels, 0, any},
        {"sound.posnet_layers", m.sound.posnet_layers, 0, m.num_hidden_layers},
        {"sound.convnext_layers", m.sound.convnext_layers, 0, m.num_hidden_layers},
        {"target_features", m.target_features, m.family != nullptr && m.family->drafts != draft_kind::none ? 1 : 0, any},
        {"head_vocab_size", m.head_vocab_size, 0, any},
        {"adapter_slots", m.adapter_slots, 0, 4097},
        {"adapter_rank", m.adapter_rank, m.adapter_slots > 0 ? 1 : 0, 4096},
        {"sinkhorn_iterations", m.sinkhorn_iterations, 0, any},
        {"output_groups", m.output_groups, 0, INT32_MAX},
        {"output_rank", m.output_rank, 0, any},
        {"indexer_heads", m.indexer_heads, 0, INT32_MAX},
        {"indexer_head_dim", m.indexer_head_dim, 0, any},
        {"indexer_top_k", m.indexer_top_k, 0, any},
        {"indexer_block_size", m.indexer_block_size, 0, INT32_MAX},
        {"full_attention_interval", m.full_attention_interval, 0, max_layers},
        {"mix_rank", m.mix_rank, 0, any},
        {"decay_rank", m.decay_rank, 0, any},
        {"rate_rank", m.rate_rank, 0, any},
        {"value_mix_rank", m.value_mix_rank, 0, any},
        {"gate_rank", m.gate_rank, 0, any},
    };
    for (const auto &l : limits) {
        if (l.value < l.least)
            return model_error(errc::missing, l.where, "is missing or too small", "a model cannot be without it");
        if (l.value > l.most)
            return model_error(errc::bad_value, l.where, "is too large", "no model of that size can be described");
    }
    return true;
}

// Whether the figures of a state space agree with each other.
constexpr result<bool> state_space_fits(const model &m, const layer &l) {
    if (l.state == state_kind::none) return true;
    if (l.state == state_kind::short_convolution && m.ssm_conv_kernel > 1 && m.ssm_inner_size > 0) return true;
    if (m.ssm_conv_kernel <= 0 || m.ssm_inner_size <= 0 || m.ssm_state_size <= 0 || m.ssm_time_step_rank <= 0)
        return model_error(errc::missing, "ssm_inner_size", "is missing", "a state space has a size, a kernel and a rank");
    if (l.state == state_kind::mamba || l.state == state_kind::lightning_attention || l.state == state_kind::rwkv_6 ||
        l.state == state_kind::rwkv_7)
        return true;
    const std::int64_t groups = l.state == state_kind::plamo_2 ? 1 : m.ssm_group_count;
    if (groups <= 0 || m.ssm_inner_size % m.ssm_time_step_rank != 0 || m.ssm_inner_size % groups != 0)
        return model_error(errc::bad_value, "ssm_inner_size", "is not made of whole heads and groups",
                           "each head has the same number of channels");
    return true;
}

constexpr result<bool> heads_fit(const model &m, const layer &l) {
    if (!attends(l)) return true;
    if (l.num_attention_heads <= 0 || l.num_key_value_heads <= 0 || m.key_head_dim() <= 0)
        return model_error(errc::missing, "num_attention_heads", "is missing or too small",
                           "a layer with attention has heads of at least one number");
    if (l.num_attention_heads % l.num_key_value_heads != 0)
        return model_error(errc::bad_value, "num_key_value_heads", "does not divide num_attention_heads",
                           "each key head serves the same number of query heads");
    return true;
}

constexpr result<bool> feed_forward_fits(const model &m, const layer &l) {
    if (l.ffn == feed_forward_kind::dense && l.intermediate_size <= 0)
        return model_error(errc::missing, "intermediate_size", "is missing or too small",
                           "a dense layer has a feed-forward block");
    if (l.ffn == feed_forward_kind::experts && (m.num_experts <= 0 || m.moe_intermediate_size <= 0))
        return model_error(errc::missing, "moe_intermediate_size", "is missing or too small",
                           "a layer with experts has a feed-forward block for each");
    return true;
}

constexpr result<bool> latent_attention_fits(const model &m, const layer &l) {
    if (l.kind == layer_kind::latent_attention &&
        (m.kv_lora_rank <= 0 || m.qk_rope_head_dim <= 0 || m.qk_nope_head_dim <= 0))
        return model_error(errc::missing, "kv_lora_rank", "is missing", "latent attention needs its ranks");
    if (m.sliding_kv_lora_rank > 0 && l.kind == layer_kind::sliding_attention &&
        (m.qk_rope_head_dim <= 0 || m.key_head_dim(l) <= m.qk_rope_head_dim))
        return model_error(errc::missing, "sliding_head_dim", "is missing or too small",
                           "a part of a head is not rotated");
    return true;
}

constexpr result<bool> has_a_part(const model &m, const layer &l) {
    const bool may_be_empty = (m.family != nullptr && m.family->blocks_left_out) || m.sound.channels > 0;
    if (l.kind == layer_kind::no_attention && l.state == state_kind::none && l.ffn == feed_forward_kind::none &&
        !may_be_empty)
        return model_error(errc::bad_value, "layers", "has a layer with nothing in it",
                           "a layer attends, keeps a state or has a feed-forward block");
    return true;
}

constexpr result<bool> shared_cache_fits(const model &m, int i) {
    const layer &l = m.layers[i];
    if (!l.shares_cache || m.reads_target_caches()) return true;
    const int from = m.cache_layer(i);
    if (from < 0 || m.layers[from].kind != l.kind || m.layers[from].shares_cache ||
        m.layers[from].num_key_value_heads != l.num_key_value_heads)
        return model_error(errc::bad_value, "num_kv_shared_layers", "has no layer of the same kind before it",
                           "a layer of each kind caches keys and values for those that share them");
    return true;
}

constexpr result<bool> indexer_fits(const model &m, int i) {
    const layer &l = m.layers[i];
    if (l.choice != token_choice::all && (m.indexer_heads <= 0 || m.indexer_head_dim <= 0 || m.indexer_top_k <= 0))
        return model_error(errc::missing, "indexer_heads, indexer_head_dim, indexer_top_k", "are missing",
                           "sparse attention needs its indexer");
    if (l.choice == token_choice::by_block && (m.indexer_block_size <= 0 || m.indexer_heads != l.num_key_value_heads))
        return model_error(errc::bad_value, "indexer_heads", "are not num_key_value_heads, or indexer_block_size is missing",
                           "each head of keys has its own choice of blocks");
    if (chooses_as_before(l.choice) && (i == 0 || m.layers[i - 1].choice == token_choice::all))
        return model_error(errc::bad_value, "layers", "have no indexer before one that shares it",
                           "it attends to the tokens that the layer before chose");
    return true;
}

constexpr result<bool> layer_fits(const model &m, int i) {
    const layer &l = m.layers[i];
    if (const auto fits = heads_fit(m, l); !fits) return fits;
    if (const auto fits = feed_forward_fits(m, l); !fits) return fits;
    if (const auto fits = latent_attention_fits(m, l); !fits) return fits;
    if (const auto fits = has_a_part(m, l); !fits) return fits;
    if (const auto fits = state_space_fits(m, l); !fits) return fits;
    if (const auto fits = shared_cache_fits(m, i); !fits) return fits;
    return indexer_fits(m, i);
}

// Whether the figures of an arranged model agree with each other.
constexpr result<bool> consistent(const model &m) {
    if (m.num_experts > 0 && m.num_experts_per_tok == 0)
        return model_error(errc::missing, "num_experts_per_tok", "is missing", "the model has experts");
    if (m.num_expert_groups > 1 && m.num_experts % m.num_expert_groups != 0)
        return model_error(errc::bad_value, "num_expert_groups", "does not divide num_experts",
                           "each group has the same number of experts");
    if (m.num_expert_groups > 1 && m.num_expert_groups_used == 0)
        return model_error(errc::missing, "num_expert_groups_used", "is missing", "the experts are grouped");
    if (m.num_hidden_layers % m.num_loops != 0)
        return model_error(errc::bad_value, "num_loops", "does not divide num_hidden_layers",
                           "every loop runs through the same blocks");
    if (m.stack_layers > 0 &&
        multiply(m.stack_layers, multiply(m.high_cycles, m.low_cycles + 1)) != m.num_hidden_layers)
        return model_error(errc::bad_value, "num_hidden_layers", "is not that of all stacks and cycles",
                           "every cycle runs through a stack");
    for (int i = 0; i < m.layer_count(); ++i) {
        if (m.repeats_blocks() && (m.layers[i].block < 0 || m.layers[i].block >= m.block_count()))
            return model_error(errc::bad_value, "layers", "have a block that is not there", "blocks are counted from 0");
        if (i > 0 && same_shape(m.layers[i], m.layers[i - 1])) continue; // the same was asked of that one
        if (const auto fits = layer_fits(m, i); !fits) return fits;
    }
    return true;
}

} // namespace detail

// Completes a description: gives every layer what it does not say itself, lets the family set the kinds of its layers,
// and checks the figures against each other.
constexpr result<model> arranged(model m) {
    const auto allowed = detail::within_limits(m);
    if (!allowed) return allowed.error();
    for (int i = 0; i < m.layer_count() + m.num_nextn_predict_layers; ++i) {
        layer &l = m.layers[i];
        if (l.num_attention_heads == 0) l.num_attention_heads = static_cast<std::int32_t>(m.num_attention_heads);
        if (l.num_key_value_heads == 0)
            l.num_key_value_heads = m.num_key_value_heads > 0 ? static_cast<std::int32_t>(m.num_key_value_heads)
                                                              : l.num_attention_heads;
        if (l.ffn == feed_forward_kind::none) continue;
        if (l.intermediate_size == 0) l.intermediate_size = static_cast<std::int32_t>(m.intermediate_size);
        if (m.num_experts > 0 && i >= m.first_k_dense_replace && !m.feed_forward_kinds_given)
            l.ffn = feed_forward_kind::experts;
    }
    if (m.family != nullptr && m.family->arrange != nullptr) m.family->arrange(m);
    for (int i = 0; i < m.layer_count(); ++i)
        if (!attends(m.layers[i]))
            m.layers[i].num_attention_heads = m.layers[i].num_key_value_heads = 0;

    const auto agrees = detail::consistent(m);
    if (!agrees) return agrees.error();
    return m;
}

// The same model under another name, as later versions and fine-tunes are; `max_position_embeddings` where it was trained
// for another context.
constexpr model variant_of(const model &base, const char *name, std::int64_t max_position_embeddings = 0) {
    model m = base;
    m.name = name;
    if (max_position_embeddings > 0) m.max_position_embeddings = max_position_embeddings;
    return m;
}

// Whether a model is as `arranged` gives it, as far as a wrong number could follow from it.
constexpr result<bool> checked(const model &m) {
    const auto allowed = detail::within_limits(m);
    return allowed ? detail::consistent(m) : allowed;
}

// What families derive from the hyper-parameters, for their `arrange`.
namespace detail {

// Which layer of each period has full attention.
enum class full_layer : std::uint8_t { last, first };

// One layer of each `period` has full attention, the others have the sliding window (llama.cpp: set_swa_pattern).
constexpr void set_sliding_pattern(model &m, std::int64_t period, full_layer full = full_layer::last) {
    if (m.sliding_window <= 0 || m.layer_kinds_given) return;
    const std::int64_t n = m.sliding_window_pattern > 0 ? m.sliding_window_pattern : period;
    for (int i = 0; i < m.layer_count(); ++i)
        m.layers[i].kind =
            i % n != (full == full_layer::first ? 0 : n - 1) ? layer_kind::sliding_attention : layer_kind::full_attention;
}
// The last layers share the caches of the last two before them, one with a sliding window and one with full attention.
constexpr void share_caches(model &m) {
    for (int i = static_cast<int>(m.num_hidden_layers - m.num_kv_shared_layers); i < m.layer_count(); ++i)
        m.layers[i].shares_cache = true;
}
// Only layers with a sliding window are rotated.
constexpr void rotate_only_in_windows(model &m) {
    for (int i = 0; i < m.layer_count(); ++i)
        m.layers[i].unrotated = m.layers[i].kind != layer_kind::sliding_attention;
}
// Every n-th layer attends, the others keep a state.
constexpr void set_states(model &m, state_kind kind, std::int64_t interval) {
    if (m.layer_kinds_given) return;
    const std::int64_t n = m.full_attention_interval > 0 ? m.full_attention_interval : interval;
    for (int i = 0; i < m.layer_count(); ++i) {
        if (i % n == n - 1) continue;
        m.layers[i].kind = layer_kind::no_attention;
        m.layers[i].state = kind;
    }
}
// Every n-th layer keeps the residual.
constexpr void set_kept_residuals(model &m) {
    for (std::int64_t i = 0; i < m.num_hidden_layers && m.residual_interval > 0; ++i)
        m.layers[i].keeps_residual = i % m.residual_interval == 0;
}
// Each of the leading layers adds a part of an image's embedding.
constexpr void set_deepstack(model &m) {
    for (int i = 0; i < m.layer_count(); ++i) m.layers[i].adds_image = i < m.deepstack_layers;
}
// One matrix for query, key and value, and a bias on every matrix (GPT-2 and its kin).
constexpr void set_biases_and_fused_qkv(model &m) {
    m.fused_qkv = true;
    m.attention_bias = true;
    m.attention_output_bias = true;
    m.mlp_bias = true;
}
// Experts that divide the size of a dense block among those that a token runs through.
constexpr void set_expert_size(model &m) {
    if (m.moe_intermediate_size == 0 && m.num_experts_per_tok > 0)
        m.moe_intermediate_size = m.intermediate_size / m.num_experts_per_tok;
}
// Shared experts as large as routed ones.
constexpr void set_shared_expert_size(model &m) {
    if (m.shared_expert_intermediate_size == 0)
        m.shared_expert_intermediate_size = multiply(m.moe_intermediate_size, m.num_shared_experts);
}

} // namespace detail

MEMBOUND_END_NAMESPACE

#endif

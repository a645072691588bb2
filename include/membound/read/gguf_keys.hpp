// The hyper-parameters of a GGUF file as a model: what llama.cpp reads for each family, and what it refuses.
// Source: llama.cpp v0.5.0, src/llama-model.cpp (load_hparams), src/models/ (load_arch_hparams, load_arch_tensors).
#ifndef MEMBOUND_READ_GGUF_KEYS_HPP
#define MEMBOUND_READ_GGUF_KEYS_HPP

#include <membound/architectures/all.hpp>
#include <membound/tensor_text.hpp>

MEMBOUND_BEGIN_NAMESPACE

// The value of one key.
struct gguf_value {
    enum class kind : std::uint8_t { absent, integer, real, boolean, text, array };

    kind type = kind::absent;
    std::int64_t integer = 0; // of an integer, a boolean (0 or 1), or the number of an array's elements
    double real = 0;
    const char *text = "";
    const std::int64_t *elements = nullptr; // of an array of integers or booleans; null: of another type, or not kept

    constexpr gguf_value() = default;
    constexpr gguf_value(int value) : type(kind::integer), integer(value) {} // NOLINT: a table is plain
    constexpr gguf_value(std::int64_t value) : type(kind::integer), integer(value) {} // NOLINT
    constexpr gguf_value(double value) : type(kind::real), real(value) {} // NOLINT
    constexpr gguf_value(bool value) : type(kind::boolean), integer(value ? 1 : 0) {} // NOLINT
    constexpr gguf_value(const char *value) : type(kind::text), text(value) {} // NOLINT
    constexpr gguf_value(const std::int64_t *values, std::int64_t count)
        : type(kind::array), integer(count), elements(values) {}
};

struct gguf_entry {
    const char *key = "";
    gguf_value value;
};

// Keys and tensor names in arrays of the caller's. What model_from_gguf_keys() asks of its keys is what this has.
struct gguf_table {
    const gguf_entry *entries = nullptr;
    std::int64_t count = 0;
    const tensor *tensors = nullptr;
    std::int64_t tensor_count = 0;

    // Keys of the architecture lack its prefix ("block_count"); keys that begin with "tokenizer." are whole.
    constexpr gguf_value find(const char *key) const {
        for (std::int64_t i = 0; i < count; ++i)
            if (same_text(entries[i].key, key)) return entries[i].value;
        return {};
    }
    // In any layer.
    constexpr bool has_tensor(tensor_name name, tensor_part part) const {
        for (std::int64_t i = 0; i < tensor_count; ++i)
            if (tensors[i].name == name && tensors[i].part == part) return true;
        return false;
    }
};

namespace detail {

enum class use : std::uint8_t { none, optional, required };

// What the loader of a family reads beyond what all families have in common, and what its graph insists on.
struct gguf_rules {
    const char *architecture;
    use experts;
    use expert_size; // expert_feed_forward_length
    use window; // attention.sliding_window and its pattern
    bool rotates_whole_head; // rope.dimension_count is the head's size
    bool heads_span_hidden; // heads x their size is the hidden size
    bool own_output; // output.weight is never left out
};

inline constexpr gguf_rules all_gguf_rules[] = {
    {"llama", use::optional, use::none, use::none, true, false, false},
    {"mistral3", use::optional, use::none, use::none, true, false, false},
    {"qwen2", use::none, use::none, use::none, true, true, false},
    {"qwen2moe", use::required, use::optional, use::none, true, true, true},
    {"qwen3", use::none, use::none, use::none, true, false, false},
    {"qwen3moe", use::required, use::optional, use::none, true, false, false},
    {"gemma", use::none, use::none, use::none, false, false, false},
    {"gemma2", use::none, use::none, use::optional, false, false, false},
    {"gemma3", use::none, use::none, use::optional, false, false, false},
    {"phi3", use::none, use::none, use::none, false, true, false},
    {"gpt-oss", use::required, use::required, use::required, true, false, true},
    {"deepseek2", use::optional, use::required, use::none, false, false, false},
    {"starcoder2", use::none, use::none, use::none, true, true, false},
    {"gpt2", use::none, use::none, use::none, false, true, false},
    {"phi2", use::none, use::none, use::none, false, true, true},
    {"deepseek", use::required, use::required, use::none, true, true, false},
    {"starcoder", use::none, use::none, use::none, false, true, false},
    {"granite", use::optional, use::none, use::none, true, false, false},
    {"granitemoe", use::optional, use::none, use::none, true, false, false},
    {"minicpm", use::none, use::none, use::none, true, false, false},
    {"olmo2", use::none, use::none, use::optional, true, true, true},
    {"olmoe", use::required, use::none, use::none, true, true, true},
    {"smollm3", use::none, use::none, use::none, true, false, false},
    {"exaone", use::none, use::none, use::none, true, false, false},
    {"exaone4", use::none, use::none, use::optional, true, true, false},
    {"glm4", use::none, use::none, use::none, false, false, false},
    {"glm4moe", use::required, use::optional, use::none, false, false, false},
    {"ernie4_5", use::none, use::none, use::none, true, false, false},
    {"ernie4_5-moe", use::required, use::required, use::none, true, false, false},
    {"bailingmoe2", use::required, use::required, use::none, false, true, true},
    {"dots1", use::required, use::required, use::none, true, false, true},
    {"seed_oss", use::none, use::none, use::none, true, false, false},
    {"minimax-m2", use::required, use::required, use::none, false, false, true},
    {"apertus", use::none, use::none, use::none, true, false, true},
    {"command-r", use::none, use::none, use::none, true, true, false},
    {"cohere2", use::none, use::none, use::required, true, true, false},
    {"dbrx", use::required, use::none, use::none, true, true, true},
    {"falcon", use::none, use::none, use::none, true, true, false},
    {"gptneox", use::none, use::none, use::none, false, true, true},
    {"mpt", use::none, use::none, use::none, false, true, false},
    {"arctic", use::required, use::none, use::none, true, true, false},
    {"bloom", use::none, use::none, use::none, false, true, false},
};

constexpr const gguf_rules *find_gguf_rules(const char *architecture) {
    for (const gguf_rules &r : all_gguf_rules)
        if (same_text(r.architecture, architecture)) return &r;
    return nullptr;
}

// Asks for keys, and keeps the first thing that is wrong with them. A lenient one keeps nothing: what cannot be used is
// left out.
template <class Keys>
struct gguf_query {
    const Keys &keys;
    const char *architecture;
    bool lenient;
    error failure{};
    bool failed = false;

    constexpr void fail_at(errc code, const char *where, const char *what, const char *why) {
        if (failed || lenient) return;
        failed = true;
        failure = model_error(code, where, what, why);
    }
    constexpr void fail(errc code, const char *key, const char *what, const char *why) {
        fail_at(code, (text_builder<127>{} << architecture << '.' << key).text.c_str(), what, why);
    }

    constexpr gguf_value ask(const char *key, use need) {
        const gguf_value v = keys.find(key);
        if (v.type == gguf_value::kind::absent && need == use::required)
            fail(errc::missing, key, "is missing", "llama.cpp does not load the model without it");
        return v;
    }

    // A whole number of 32 bits, as llama.cpp has them.
    constexpr std::int64_t integer(const char *key, use need, std::int64_t otherwise = 0, std::int64_t least = 0) {
        const gguf_value v = ask(key, need);
        if (v.type == gguf_value::kind::absent) return otherwise;
        if (v.type != gguf_value::kind::integer) {
            fail(errc::bad_value, key, "is not a whole number", "the key has another type");
            return otherwise;
        }
        if (v.integer >= least && v.integer <= UINT32_MAX) return v.integer;
        fail(errc::bad_value, key, v.integer == 0 ? "is 0" : "is out of range", "a model cannot have that many");
        return otherwise;
    }

    constexpr double real(const char *key, use need, double otherwise = 0) {
        const gguf_value v = ask(key, need);
        if (v.type == gguf_value::kind::real) return v.real;
        if (v.type != gguf_value::kind::absent)
            fail(errc::bad_value, key, "is not a real number", "the key has another type");
        return otherwise;
    }

    constexpr bool boolean(const char *key) {
        const gguf_value v = keys.find(key);
        if (v.type != gguf_value::kind::absent && v.type != gguf_value::kind::boolean)
            fail(errc::bad_value, key, "is neither true nor false", "the key has another type");
        return v.type == gguf_value::kind::boolean && v.integer != 0;
    }

    // One number for all layers, or a list with one for each, into `put(layer, number)`; gives that of the first layer.
    template <class Put>
    constexpr std::int64_t each(const char *key, use need, std::int64_t layers, std::int64_t least, Put put) {
        const gguf_value v = ask(key, need);
        if (v.type != gguf_value::kind::array) return integer(key, use::none, 0, least);
        if (v.elements == nullptr || v.integer != layers || layers <= 0) {
            fail(errc::bad_value, key, "is not one whole number for each layer",
                 "it is one number, or as many as block_count says");
            return 0;
        }
        std::int64_t first = 0;
        for (std::int64_t i = 0; i < layers; ++i) {
            const std::int64_t n = v.elements[i];
            if (n < least || n > INT32_MAX) {
                fail(errc::bad_value, key, n == 0 ? "is 0 in a layer" : "is out of range in a layer",
                     "a layer of the family cannot have that many");
                continue;
            }
            if (i == 0) first = n;
            put(i, static_cast<std::int32_t>(n));
        }
        return first;
    }

    // Where a family has one number for all layers.
    constexpr std::int64_t uniform(const char *key, use need, std::int64_t layers) {
        bool same = true;
        std::int64_t first = 0;
        const std::int64_t n = each(key, need, layers, 0, [&](std::int64_t i, std::int32_t value) {
            if (i == 0) first = value;
            same = same && value == first;
        });
        if (!same)
            fail(errc::unsupported, key, "differs from layer to layer", "one number for all layers is supported");
        return n;
    }

    constexpr bool has(tensor_name name, tensor_part part = tensor_part::weight) const {
        return keys.has_tensor(name, part);
    }
};

// What all families have in common; gives the number of layers in the file.
template <class Keys>
constexpr std::int64_t read_common_keys(gguf_query<Keys> &q, model &m) {
    const std::int64_t blocks = q.integer("block_count", use::required, 0, 1);
    const std::int64_t layers = blocks <= max_layers ? blocks : 0;
    if (layers < blocks) q.fail(errc::bad_value, "block_count", "is too large", "llama.cpp takes up to 512 layers");
    // Layers that predict further tokens stand at the end; they are in the file and are not loaded (load_mtp).
    const std::int64_t nextn = q.integer("nextn_predict_layers", use::optional);
    if (layers > 0 && nextn >= layers)
        q.fail(errc::unsupported, "nextn_predict_layers", "leaves no layer", "it counts among block_count");
    m.num_hidden_layers = max(layers - nextn, std::int64_t{0});
    m.num_nextn_predict_layers = layers - m.num_hidden_layers;

    m.max_position_embeddings = q.integer("context_length", use::required, 0, 1);
    m.hidden_size = q.integer("embedding_length", use::required, 0, 1);

    const gguf_value listed = q.keys.find("tokenizer.ggml.tokens");
    const std::int64_t vocab_size = q.integer("vocab_size", use::optional);
    m.vocab_size = listed.type == gguf_value::kind::array && listed.integer > 0 ? listed.integer : vocab_size;
    if (m.vocab_size <= 0)
        q.fail(errc::missing, "vocab_size", "is missing", "there is no list of tokens (tokenizer.ggml.tokens) either");

    m.num_attention_heads = q.each("attention.head_count", use::optional, layers, 1,
                                   [&](std::int64_t i, std::int32_t n) { m.layers[i].num_attention_heads = n; });
    m.num_key_value_heads = q.each("attention.head_count_kv", use::optional, layers, 1,
                                   [&](std::int64_t i, std::int32_t n) { m.layers[i].num_key_value_heads = n; });
    m.intermediate_size = q.each("feed_forward_length", use::optional, layers, 0,
                                 [&](std::int64_t i, std::int32_t n) { m.layers[i].intermediate_size = n; });

    const std::int64_t head = m.num_attention_heads > 0 ? m.hidden_size / m.num_attention_heads : 0;
    m.head_dim = q.integer("attention.key_length", use::optional, head);
    m.v_head_dim = q.integer("attention.value_length", use::optional, head);
    m.rotary_dim = q.integer("rope.dimension_count", use::optional, m.head_dim);

    m.num_experts = q.integer("expert_count", use::optional);
    m.num_experts_per_tok = q.uniform("expert_used_count", use::optional, layers);
    m.num_expert_groups = q.integer("expert_group_count", use::optional);
    m.num_expert_groups_used = q.integer("expert_group_used_count", use::optional);

    m.tie_word_embeddings = !q.has(tensor_name::output);
    m.fused_qkv = q.has(tensor_name::attn_qkv);
    m.attention_bias = q.has(tensor_name::attn_q, tensor_part::bias) || q.has(tensor_name::attn_qkv, tensor_part::bias);
    m.attention_output_bias = q.has(tensor_name::attn_output, tensor_part::bias);
    m.mlp_bias = q.has(tensor_name::ffn_up, tensor_part::bias) || q.has(tensor_name::ffn_up_exps, tensor_part::bias);
    m.output_bias = q.has(tensor_name::output, tensor_part::bias);
    m.router_bias = q.has(tensor_name::exp_probs_b, tensor_part::bias);
    m.rope = q.has(tensor_name::rope_factors_long) || q.has(tensor_name::rope_factors_short) ? rope_tensors::long_short
             : q.has(tensor_name::rope_freqs)                                                ? rope_tensors::freqs
                                                                                             : rope_tensors::none;
    return layers;
}

template <class Keys>
constexpr void check_experts(gguf_query<Keys> &q, const model &m) {
    constexpr const char *why = "llama.cpp refuses the model";
    const std::int64_t groups = m.num_expert_groups;
    if (m.num_experts > max_experts)
        q.fail(errc::bad_value, "expert_count", "is too large", "llama.cpp takes up to 1024 experts");
    if (m.num_experts_per_tok > m.num_experts)
        q.fail(errc::bad_value, "expert_used_count", "is larger than expert_count", why);
    if (m.num_experts > 0 && m.num_experts_per_tok == 0)
        q.fail(errc::missing, "expert_used_count", "is missing or 0", "the model has experts");
    if (groups > 0 && groups >= m.num_experts)
        q.fail(errc::bad_value, "expert_group_count", "is not smaller than expert_count", why);
    if (groups > 1 && m.num_experts % groups != 0)
        q.fail(errc::bad_value, "expert_group_count", "does not divide expert_count", why);
    if (groups > 1 && (m.num_expert_groups_used == 0 || m.num_expert_groups_used >= groups))
        q.fail(errc::bad_value, "expert_group_used_count", "is not between 0 and expert_group_count", why);
}

// The width of sliding windows, and the layers that have one: every n-th has none, or a list says it of each.
template <class Keys>
constexpr void read_window(gguf_query<Keys> &q, model &m, use need) {
    m.sliding_window = q.integer("attention.sliding_window", need);
    const bool given = q.keys.find("attention.sliding_window").type != gguf_value::kind::absent;
    const bool default_width = same_text(q.architecture, "gemma2") && !given;
    if (m.sliding_window == 0 && !default_width) {
        if (!same_text(q.architecture, "gemma3") && !same_text(q.architecture, "olmo2") &&
            !same_text(q.architecture, "exaone4"))
            q.fail(errc::bad_value, "attention.sliding_window", "is 0", "the family has layers with a sliding window");
        return;
    }
    constexpr const char *key = "attention.sliding_window_pattern";
    const gguf_value pattern = q.keys.find(key);
    if (pattern.type == gguf_value::kind::array) {
        if (pattern.elements == nullptr || pattern.integer > max_layers) {
            q.fail(errc::bad_value, key, "is not a list of yes and no", "it has one for each layer, up to 512");
            return;
        }
        m.layer_kinds_given = true;
        for (int i = 0; i < m.layer_count() && i < pattern.integer; ++i)
            if (pattern.elements[i] != 0) m.layers[i].kind = layer_kind::sliding_attention;
        return;
    }
    m.sliding_window_pattern = q.integer(key, use::optional);
    if (pattern.type == gguf_value::kind::integer && m.sliding_window_pattern == 0) {
        m.layer_kinds_given = true;
        for (int i = 0; i < m.layer_count(); ++i) m.layers[i].kind = layer_kind::sliding_attention;
    }
}

// A model with a window has a layer with one (src/llama-model.cpp, create_memory).
template <class Keys>
constexpr void check_windows(gguf_query<Keys> &q, const model &m) {
    bool any = m.sliding_window == 0;
    for (int i = 0; i < m.layer_count(); ++i) any = any || m.layers[i].kind == layer_kind::sliding_attention;
    if (!any)
        q.fail(errc::bad_value, "attention.sliding_window_pattern", "gives no layer the sliding window",
               "llama.cpp refuses the model");
}

// Latent attention (src/models/deepseek2.cpp).
template <class Keys>
constexpr void read_deepseek2(gguf_query<Keys> &q, model &m) {
    const std::int64_t layers = m.num_hidden_layers;
    const std::int64_t vocabulary = q.integer("vocab_size", use::optional, m.vocab_size);
    // By these sizes llama.cpp knows the Lite models, and then does not look for a rank of the query.
    const bool lite = layers == 27 || layers == 26 || (layers == 48 && vocabulary == 128256);
    if (!lite) m.q_lora_rank = q.integer("attention.q_lora_rank", use::required);
    m.kv_lora_rank = q.integer("attention.kv_lora_rank", use::required, 0, 1);

    const std::int64_t key_length = q.integer("attention.key_length_mla", use::optional);
    const std::int64_t value_length = q.integer("attention.value_length_mla", use::optional);
    if ((key_length == 0) != (value_length == 0))
        q.fail(errc::missing, key_length == 0 ? "attention.key_length_mla" : "attention.value_length_mla", "is missing",
               "the keys of latent attention come together");
    m.qk_rope_head_dim = m.rotary_dim;
    if (key_length > 0) {
        m.head_dim = key_length;
        m.v_head_dim = value_length;
    } else {
        // Files from before these keys: every head's keys and values are computed and cached.
        m.layer_kinds_given = true;
        m.num_key_value_heads = m.num_attention_heads;
        for (layer &l : m.layers) l.num_key_value_heads = 0;
    }
    m.qk_nope_head_dim = m.head_dim - m.qk_rope_head_dim;
    if (m.qk_nope_head_dim < 1)
        q.fail(errc::bad_value, "rope.dimension_count", "is not smaller than a head",
               "a part of a head is not rotated");
}

// The experts of DeepSeek, and of the many families that took after it.
template <class Keys>
constexpr void read_deepseek_experts(gguf_query<Keys> &q, model &m, use shared_count, router_kind unsaid) {
    m.first_k_dense_replace = q.integer("leading_dense_block_count", use::optional);
    m.num_shared_experts = q.integer("expert_shared_count", shared_count);
    m.norm_topk_prob = q.boolean("expert_weights_norm");
    const double scale = q.real("expert_weights_scale", use::optional);
    m.scaled_expert_weights = scale != 0 && scale != 1;

    switch (q.integer("expert_gating_func", use::optional)) {
    case 0:
        m.router = unsaid;
        break;
    case 1:
        break;
    case 2:
        m.router = router_kind::sigmoid;
        break;
    case 3:
        m.router = router_kind::softmax_of_chosen;
        break;
    default:
        q.fail(errc::unsupported, "expert_gating_func", "is not 1, 2 or 3", "no other router is known here");
    }
}

template <class Keys>
constexpr void read_experts(gguf_query<Keys> &q, model &m) {
    const auto is = [&](const char *family) { return same_text(q.architecture, family); };
    constexpr const char *shared_size = "expert_shared_feed_forward_length";
    if (is("deepseek2")) {
        const std::int64_t layers = m.num_hidden_layers;
        const std::int64_t vocabulary = q.integer("vocab_size", use::optional, m.vocab_size);
        // Files of V2 and V2.5, or of GLM 4.7 Flash, do not say how experts are chosen.
        const bool flash = (layers == 47 || layers == 48) && vocabulary == 154880;
        read_deepseek_experts(q, m, use::required, flash ? router_kind::sigmoid : router_kind::softmax);
    }
    if (is("dots1") || is("bailingmoe2") || is("minimax-m2")) q.ask("expert_gating_func", use::required);
    if (is("dots1") || is("bailingmoe2")) read_deepseek_experts(q, m, use::required, router_kind::softmax);
    if (is("glm4moe")) read_deepseek_experts(q, m, use::required, router_kind::sigmoid);
    if (is("deepseek")) {
        read_deepseek_experts(q, m, use::required, router_kind::softmax);
        m.norm_topk_prob = false;
        m.router = router_kind::softmax;
    }
    if (is("minimax-m2")) {
        read_deepseek_experts(q, m, use::optional, router_kind::softmax);
        m.scaled_expert_weights = false;
        m.first_k_dense_replace = m.num_shared_experts = 0;
    }
    if (is("bailingmoe2"))
        m.shared_expert_intermediate_size = multiply(q.integer(shared_size, use::optional), m.num_shared_experts);
    if (is("ernie4_5-moe")) {
        m.first_k_dense_replace = q.integer("leading_dense_block_count", use::optional);
        m.shared_expert_intermediate_size = q.integer(shared_size, use::optional);
        if (q.integer("interleave_moe_layer_step", use::required) != 1)
            q.fail(errc::unsupported, "interleave_moe_layer_step", "is not 1",
                   "every layer behind the dense ones has experts");
    }
}

// Multiplications by constants, and what else a model has or has not (src/models/, load_arch_hparams).
template <class Keys>
constexpr void read_optional_operations(gguf_query<Keys> &q, model &m) {
    const auto is = [&](const char *family) { return same_text(q.architecture, family); };
    if (is("granite") || is("granitemoe")) {
        q.real("logit_scale", use::required);
        m.scaled_residual = q.real("residual_scale", use::optional) != 0;
        m.scaled_embedding = q.real("embedding_scale", use::optional) != 0;
        m.shared_expert_intermediate_size = q.integer("expert_shared_feed_forward_length", use::optional);
        const gguf_value rotated = q.keys.find("rope.scaling.finetuned");
        if (is("granite") && rotated.type == gguf_value::kind::boolean && rotated.integer == 0)
            for (layer &l : m.layers) l.unrotated = true;
    }
    if (is("command-r")) m.scaled_logits = q.real("logit_scale", use::optional) != 0;
    if (is("cohere2")) m.scaled_logits = q.real("logit_scale", use::required) != 0;
    if (is("dbrx")) q.real("attention.clamp_kqv", use::required);
    if (is("mpt")) {
        m.clamped_qkv = q.real("attention.clamp_kqv", use::optional) > 0;
        if (q.has(tensor_name::position_embd) || q.has(tensor_name::attn_q_norm) ||
            q.has(tensor_name::attn_norm, tensor_part::bias))
            q.fail(errc::unsupported, "tensors", "are of an MPT with learned positions, norms of heads or biases",
                   "only MPT as MosaicML released it is");
    }
    if (is("gptneox")) {
        q.ask("use_parallel_residual", use::required);
        m.residual_in_turn = !q.boolean("use_parallel_residual");
    }
    if (is("glm4moe")) m.head_norms = q.has(tensor_name::attn_q_norm);
    if (is("command-r") && m.num_hidden_layers >= 64)
        q.fail(errc::unsupported, "block_count", "is 64 or more",
               "Command R+ has norms of the heads, which are not supported");
    m.attention_norm_2 = q.has(tensor_name::attn_norm_2);
}

template <class Keys>
constexpr void read_family_keys(gguf_query<Keys> &q, model &m, const gguf_rules &rules, std::int64_t layers_in_file) {
    q.real(m.family->norm == norm_kind::rms ? "attention.layer_norm_rms_epsilon" : "attention.layer_norm_epsilon",
           use::required);
    if (m.num_attention_heads <= 0)
        q.fail(errc::missing, "attention.head_count", "is missing", "every layer of the family has heads");
    check_experts(q, m);

    const bool latent = same_text(rules.architecture, "deepseek2");
    if (latent) read_deepseek2(q, m);
    read_optional_operations(q, m);
    if (rules.expert_size != use::none)
        m.moe_intermediate_size = q.uniform("expert_feed_forward_length", rules.expert_size, layers_in_file);
    if (rules.experts == use::none)
        m.num_experts = m.num_experts_per_tok = m.num_expert_groups = m.num_expert_groups_used = 0;
    m.num_expert_groups_used = min(m.num_expert_groups_used, m.num_expert_groups);

    read_experts(q, m);

    const bool needs_experts = latent ? m.first_k_dense_replace < m.num_hidden_layers : rules.experts == use::required;
    if (needs_experts && m.num_experts == 0)
        q.fail(errc::missing, "expert_count", "is missing or 0", "the family has experts");
    const std::int64_t expert_size = m.moe_intermediate_size > 0 || rules.expert_size == use::required
                                         ? m.moe_intermediate_size
                                         : m.intermediate_size;
    if (m.num_experts > 0 && expert_size == 0)
        q.fail(errc::missing, rules.expert_size == use::none ? "feed_forward_length" : "expert_feed_forward_length",
               "is missing or 0", "the model has experts");
    if (same_text(rules.architecture, "qwen2moe")) {
        constexpr const char *key = "expert_shared_feed_forward_length";
        m.shared_expert_intermediate_size = q.integer(key, use::optional);
        if (m.shared_expert_intermediate_size == 0 && m.intermediate_size == 0)
            q.fail(errc::missing, key, "is missing or 0", "the family has a shared expert");
    }
    if (rules.window != use::none) read_window(q, m, rules.window);
    if (latent || same_text(rules.architecture, "mistral3"))
        m.attention_temperature = q.real("attention.temperature_scale", use::optional) != 0;
    if (same_text(rules.architecture, "gemma3"))
        m.final_logit_softcapping = q.real("final_logit_softcapping", use::optional) != 0;

    // The loaders of these families shape the tensors of every layer by the figures of the first.
    constexpr const char *differs = "differs from layer to layer";
    constexpr const char *one = "llama.cpp takes the first layer's for all layers of the family";
    const bool ff_listed = q.keys.find("feed_forward_length").type == gguf_value::kind::array;
    for (int i = 0; i < m.layer_count(); ++i) {
        const layer &l = m.layers[i];
        if (l.num_attention_heads != 0 && l.num_attention_heads != m.num_attention_heads)
            q.fail(errc::unsupported, "attention.head_count", differs, one);
        if (l.num_key_value_heads != 0 && l.num_key_value_heads != m.num_key_value_heads)
            q.fail(errc::unsupported, "attention.head_count_kv", differs, one);
        if (m.num_experts > 0 && i >= m.first_k_dense_replace) continue;
        if (m.intermediate_size == 0)
            q.fail(errc::missing, "feed_forward_length", "is missing or 0", "a layer without experts has one");
        if (ff_listed && l.intermediate_size != m.intermediate_size)
            q.fail(errc::unsupported, "feed_forward_length", differs, one);
    }
    if (!latent && m.head_dim != m.v_head_dim)
        q.fail(errc::unsupported, "attention.value_length", "differs from attention.key_length",
               "the heads of the family have one size");
    if (rules.rotates_whole_head && m.rotary_dim != m.head_dim)
        q.fail(errc::unsupported, "rope.dimension_count", "differs from the size of a head",
               "the family rotates whole heads");
    if (rules.heads_span_hidden && multiply(m.head_dim, m.num_attention_heads) != m.hidden_size)
        q.fail(errc::unsupported, "attention.key_length", "times attention.head_count is not embedding_length",
               "the heads of the family make up the hidden size");
    if (rules.own_output && m.tie_word_embeddings)
        q.fail_at(errc::missing, "output.weight", "is missing", "the family has an output tensor of its own");
}

} // namespace detail

// The model that the keys of a GGUF file describe, arranged (see arranged()). `keys` answers as gguf_table does:
//     gguf_value find(const char *key) const;                    // the key without the architecture's prefix
//     bool has_tensor(tensor_name name, tensor_part part) const; // in any layer
// An error names the key by its full name. An architecture that no family has gives a model with a null `family`, in
// which those of the common keys are filled that are there and make sense, and which is not arranged: of such a model
// only the stored tensors are known. `name` is left empty: general.name is not among the architecture's keys.
template <class Keys>
constexpr result<model> model_from_gguf_keys(const char *architecture, const Keys &keys) {
    model m;
    m.family = find_architecture(architecture);
    const detail::gguf_rules *rules = detail::find_gguf_rules(architecture);
    const bool known = m.family != nullptr && rules != nullptr;
    if (!known) m.family = nullptr;

    detail::gguf_query<Keys> query{keys, architecture, !known};
    const std::int64_t layers_in_file = detail::read_common_keys(query, m);
    if (!known) {
        m.sliding_window = query.integer("attention.sliding_window", detail::use::optional);
        m.moe_intermediate_size = query.integer("expert_feed_forward_length", detail::use::optional);
        m.kv_lora_rank = query.integer("attention.kv_lora_rank", detail::use::optional);
        return m;
    }
    detail::read_family_keys(query, m, *rules, layers_in_file);
    if (query.failed) return query.failure;
    const result<model> complete = arranged(m);
    if (complete && rules->window != detail::use::none) detail::check_windows(query, *complete);
    return query.failed ? query.failure : complete;
}

MEMBOUND_END_NAMESPACE

#endif

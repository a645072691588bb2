// Reads the hyper-parameters of a GGUF file: which keys llama.cpp reads for each family, and which values it refuses.
// Source: llama.cpp v0.5.0, src/llama-model.cpp (load_hparams), src/models/ (load_arch_hparams, load_arch_tensors).
#ifndef MEMBOUND_READ_GGUF_KEYS_HPP
#define MEMBOUND_READ_GGUF_KEYS_HPP

#include <membound/architectures/all.hpp>
#include <membound/gguf_query.hpp>
#include <membound/tensor_text.hpp> // for whoever finds tensors by their names

MEMBOUND_BEGIN_NAMESPACE

namespace detail {

// How many layers the file has, of which the last may predict further tokens: those are in the file but not loaded, unless
// that is asked for (load_mtp).
constexpr std::int64_t read_layer_count(gguf_query &q, model &m) {
    const std::int64_t blocks = q.integer("block_count", key_use::required, 0, 1);
    const std::int64_t layers = blocks <= max_layers ? blocks : 0;
    if (layers < blocks) q.fail(errc::bad_value, "block_count", "is too large", "llama.cpp takes up to 512 layers");
    const std::int64_t nextn = q.integer("nextn_predict_layers", key_use::optional);
    const bool alone = m.family != nullptr && m.family->gguf.all_layers_predict;
    if (layers > 0 && nextn >= layers && !alone)
        q.fail(errc::unsupported, "nextn_predict_layers", "leaves no layer", "it counts among block_count");
    if (nextn != layers && alone)
        q.fail(errc::unsupported, "nextn_predict_layers", "is not block_count", "the family has no other layers");
    m.num_hidden_layers = alone ? layers : max(layers - nextn, std::int64_t{0});
    m.num_nextn_predict_layers = layers - m.num_hidden_layers;
    return layers;
}

constexpr void read_sizes(gguf_query &q, model &m, std::int64_t layers) {
    m.max_position_embeddings = q.integer("context_length", key_use::required, 0, 1);
    m.hidden_size = q.integer("embedding_length", key_use::required, 0, 1);

    const gguf_value listed = q.keys.find("tokenizer.ggml.tokens");
    const std::int64_t vocab_size = q.integer("vocab_size", key_use::optional);
    m.vocab_size = listed.type == gguf_value::kind::array && listed.integer > 0 ? listed.integer : vocab_size;
    if (m.vocab_size <= 0)
        q.fail(errc::missing, "vocab_size", "is missing", "there is no list of tokens (tokenizer.ggml.tokens) either");

    const std::int64_t least = m.family != nullptr && m.family->gguf.parts_left_out ? 0 : 1;
    m.num_attention_heads = q.each("attention.head_count", key_use::optional, layers, least,
                                   [&](std::int64_t i, std::int32_t n) { m.layers[i].num_attention_heads = n; });
    m.num_key_value_heads = q.each("attention.head_count_kv", key_use::optional, layers, least,
                                   [&](std::int64_t i, std::int32_t n) { m.layers[i].num_key_value_heads = n; });
    m.intermediate_size = q.each("feed_forward_length", key_use::optional, layers, 0,
                                 [&](std::int64_t i, std::int32_t n) { m.layers[i].intermediate_size = n; });

    const std::int64_t head = m.num_attention_heads > 0 ? m.hidden_size / m.num_attention_heads : 0;
    m.head_dim = q.integer("attention.key_length", key_use::optional, head);
    m.v_head_dim = q.integer("attention.value_length", key_use::optional, head);
    m.rotary_dim = q.integer("rope.dimension_count", key_use::optional, m.head_dim);

    if (same_text(q.keys.find("rope.scaling.type").text, "linear")) {
        const double factor = q.real("rope.scaling.factor", key_use::optional, 1);
        if (factor >= 1 && factor <= INT16_MAX) m.linear_rope_factor = static_cast<std::int16_t>(factor);
    }
}

// What makes a model one that gives embeddings.
constexpr void read_embedding_keys(gguf_query &q, model &m) {
    m.embedding_size = q.integer("embedding_length_out", key_use::optional);
    const gguf_value causal = q.keys.find("attention.causal");
    m.bidirectional = causal.type == gguf_value::kind::boolean && causal.integer == 0;
    const std::int64_t pooling = q.integer("pooling_type", key_use::optional);
    if (pooling > static_cast<std::int64_t>(pooling_kind::rank))
        q.fail(errc::unsupported, "pooling_type", "is not one of 0 to 4", "llama.cpp has no other");
    else
        m.pooling = static_cast<pooling_kind>(pooling);
}

constexpr void read_expert_counts(gguf_query &q, model &m, std::int64_t layers) {
    m.num_experts = q.integer("expert_count", key_use::optional);
    m.num_experts_per_tok = q.uniform("expert_used_count", key_use::optional, layers);
    m.num_expert_groups = q.integer("expert_group_count", key_use::optional);
    m.num_expert_groups_used = q.integer("expert_group_used_count", key_use::optional);
}

// What no key says, but only whether the file has a tensor.
constexpr void read_presence_of_tensors(gguf_query &q, model &m) {
    m.tie_word_embeddings = !q.has(tensor_name::output);
    m.fused_qkv = q.has(tensor_name::attn_qkv);
    const bool separate_bias = q.has(tensor_name::attn_q, tensor_part::bias);
    m.attention_bias = separate_bias || q.has(tensor_name::attn_qkv, tensor_part::bias);
    if (m.fused_qkv && separate_bias)
        q.fail_at(errc::unsupported, "blk.*.attn_q.bias", "stands beside a fused matrix",
                  "biases are of the matrices that a file has");
    m.attention_output_bias = q.has(tensor_name::attn_output, tensor_part::bias);
    m.mlp_bias = q.has(tensor_name::ffn_up, tensor_part::bias);
    m.expert_bias = q.has(tensor_name::ffn_up_exps, tensor_part::bias);
    m.output_bias = q.has(tensor_name::output, tensor_part::bias);
    m.router_bias = q.has(tensor_name::exp_probs_b, tensor_part::bias);
    m.further.embedding = q.has(tensor_name::nextn_embed_tokens);
    m.further.head = q.has(tensor_name::nextn_shared_head_head);
    m.further.head_norm = q.has(tensor_name::nextn_shared_head_norm);
    m.rope = q.has(tensor_name::rope_factors_long) || q.has(tensor_name::rope_factors_short) ? rope_tensors::long_short
             : q.has(tensor_name::rope_freqs)                                                ? rope_tensors::freqs
                                                                                             : rope_tensors::none;
}

// What all families have in common. The result is the number of layers in the file.
constexpr std::int64_t read_common_keys(gguf_query &q, model &m) {
    const std::int64_t layers = read_layer_count(q, m);
    read_sizes(q, m, layers);
    read_embedding_keys(q, m);
    read_expert_counts(q, m, layers);
    read_presence_of_tensors(q, m);
    return layers;
}

constexpr void check_experts(gguf_query &q, const model &m) {
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

// The width of sliding windows, and which layers have one: a list says it of each layer, or a number n says that every n-th
// layer has none.
constexpr void read_window(gguf_query &q, model &m, const gguf_rules &rules) {
    constexpr const char *width = "attention.sliding_window";
    m.sliding_window = q.integer(width, rules.window, rules.usual_window);
    if (m.sliding_window == 0) {
        if (!rules.window_may_be_zero && (rules.window == key_use::required || rules.usual_window > 0))
            q.fail(errc::bad_value, width, "is 0", "the family has layers with a sliding window");
        return;
    }
    constexpr const char *key = "attention.sliding_window_pattern";
    const gguf_value pattern = q.keys.find(key);
    if (rules.window_listed && pattern.type != gguf_value::kind::array)
        q.fail(errc::missing, key, "is not a list", "llama.cpp does not load the model without it");
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
    m.sliding_window_pattern = q.integer(key, key_use::optional);
    if (pattern.type == gguf_value::kind::integer && m.sliding_window_pattern == 0) {
        m.layer_kinds_given = true;
        for (int i = 0; i < m.layer_count(); ++i) m.layers[i].kind = layer_kind::sliding_attention;
    }
}

// If a model has a window, one of its layers must use it (src/llama-model.cpp, create_memory).
constexpr void check_windows(gguf_query &q, const model &m) {
    bool any = m.sliding_window == 0;
    for (int i = 0; i < m.layer_count(); ++i) any = any || m.layers[i].kind == layer_kind::sliding_attention;
    if (!any)
        q.fail(errc::bad_value, "attention.sliding_window_pattern", "gives no layer the sliding window",
               "llama.cpp refuses the model");
}

// Unless the rules of a family say otherwise, its loader in llama.cpp gives the tensors of every layer the sizes of the first
// layer, while caches have the sizes of each layer: so a file whose layers differ is not loaded.
constexpr void read_uniform_layers(gguf_query &q, model &m) {
    constexpr const char *differs = "differs from layer to layer";
    constexpr const char *one = "llama.cpp takes the first layer's for the tensors of all layers of the family";
    const gguf_rules &rules = m.family->gguf;
    for (int i = 0; i < m.layer_count() + m.num_nextn_predict_layers; ++i) {
        layer &l = m.layers[i];
        if (!rules.heads_by_layer && m.family->cache == cache_use::none) l.num_attention_heads = l.num_key_value_heads = 0;
        if (!rules.feed_forward_by_layer && l.intermediate_size != m.intermediate_size) {
            const shape *held = q.keys.tensor_shape(tensor_name::ffn_down, tensor_part::weight, i);
            const bool sized = held != nullptr && held->elements() > 1; // of some files only the name is known
            if (sized && held->ne[0] != m.intermediate_size)
                q.fail(errc::unsupported, "feed_forward_length", differs, one);
            l.intermediate_size = 0;
        }
        if (i >= m.layer_count()) continue;
        if (!rules.heads_by_layer && l.num_attention_heads != 0 && l.num_attention_heads != m.num_attention_heads)
            q.fail(errc::unsupported, "attention.head_count", differs, one);
        if (!rules.heads_by_layer && l.num_key_value_heads != 0 && l.num_key_value_heads != m.num_key_value_heads)
            q.fail(errc::unsupported, "attention.head_count_kv", differs, one);
        const bool dense = m.feed_forward_kinds_given ? l.ffn == feed_forward_kind::dense
                                                      : m.num_experts == 0 || i < m.first_k_dense_replace;
        if (!dense) continue;
        if (m.intermediate_size == 0 && !rules.parts_left_out)
            q.fail(errc::missing, "feed_forward_length", "is missing or 0", "a layer without experts has one");
    }
}

constexpr void read_family_keys(gguf_query &q, model &m, std::int64_t layers_in_file) {
    const gguf_rules &rules = m.family->gguf;
    q.real(is_rms(m.family->norm) ? "attention.layer_norm_rms_epsilon" : "attention.layer_norm_epsilon",
           rules.norm_epsilon);
    if (m.num_attention_heads <= 0 && !rules.parts_left_out)
        q.fail(errc::missing, "attention.head_count", "is missing", "every layer of the family has heads");
    check_experts(q, m);
    if (rules.expert_size != key_use::none)
        m.moe_intermediate_size = q.uniform("expert_feed_forward_length", rules.expert_size, layers_in_file);
    if (rules.experts == key_use::none) {
        m.num_unused_experts = m.num_experts;
        m.num_experts = m.num_experts_per_tok = m.num_expert_groups = m.num_expert_groups_used = 0;
    }
    m.num_expert_groups_used = min(m.num_expert_groups_used, m.num_expert_groups);
    if (rules.experts == key_use::required) q.insist_on_experts(m);
    m.fused_experts = rules.fused_experts && q.has(tensor_name::ffn_gate_up_exps);
    if (!rules.fused_experts && q.has(tensor_name::ffn_gate_up_exps))
        q.fail_at(errc::unsupported, "ffn_gate_up_exps", "is there", "the family's experts have two matrices instead");
    m.ungated_experts =
        rules.experts_may_lack_gates && q.has(tensor_name::ffn_up_exps) && !q.has(tensor_name::ffn_gate_exps);
    if (rules.window != key_use::none) read_window(q, m, rules);
    if (m.family->further >= further_loading::on_request) m.further_layers_left_out = !q.has(tensor_name::nextn_eh_proj);
    if (rules.read != nullptr) rules.read(q, m);

    const std::int64_t expert_size = m.moe_intermediate_size > 0 || rules.expert_size == key_use::required
                                         ? m.moe_intermediate_size
                                         : m.intermediate_size;
    if (m.num_experts > 0 && expert_size == 0)
        q.fail(errc::missing, rules.expert_size == key_use::none ? "feed_forward_length" : "expert_feed_forward_length",
               "is missing or 0", "the model has experts");
    read_uniform_layers(q, m);
    if (m.kv_lora_rank == 0 && m.head_dim != m.v_head_dim && !rules.value_heads_differ)
        q.fail(errc::unsupported, "attention.value_length", "differs from attention.key_length",
               "the heads of the family have one size");
    if (m.sliding_window > 0 && m.sliding_head_dim == 0) {
        constexpr const char *one = "the heads of the family have one size in every layer";
        if (q.integer("attention.key_length_swa", key_use::optional, m.head_dim) != m.head_dim)
            q.fail(errc::unsupported, "attention.key_length_swa", "differs from attention.key_length", one);
        if (q.integer("attention.value_length_swa", key_use::optional, m.v_head_dim) != m.v_head_dim)
            q.fail(errc::unsupported, "attention.value_length_swa", "differs from attention.value_length", one);
    }
    if (rules.rotates_whole_head && m.rotary_dim != m.head_dim)
        q.fail(errc::unsupported, "rope.dimension_count", "differs from the size of a head",
               "the family rotates whole heads");
    if (rules.heads_span_hidden && multiply(m.head_dim, m.num_attention_heads) != m.hidden_size)
        q.fail(errc::unsupported, "attention.key_length", "times attention.head_count is not embedding_length",
               "the heads of the family make up the hidden size");
    if (rules.own_output && m.tie_word_embeddings)
        q.fail_at(errc::missing, "output.weight", "is missing", "the family has an output tensor of its own");
}

constexpr result<model> described_by(const gguf_keys &keys, const char *architecture) {
    model m;
    m.family = find_architecture(architecture);
    const bool known = m.family != nullptr;
    gguf_query query{keys, architecture, !known};
    const std::int64_t layers_in_file = read_common_keys(query, m);
    if (!known) {
        m.sliding_window = query.integer("attention.sliding_window", key_use::optional);
        m.moe_intermediate_size = query.integer("expert_feed_forward_length", key_use::optional);
        m.kv_lora_rank = query.integer("attention.kv_lora_rank", key_use::optional);
        return m;
    }
    read_family_keys(query, m, layers_in_file);
    if (query.failed) return query.failure;
    const result<model> complete = arranged(m);
    const bool windows = m.family->gguf.window != key_use::none && m.family->cache != cache_use::none;
    if (complete && windows) check_windows(query, *complete);
    return query.failed ? query.failure : complete;
}

} // namespace detail

// The model that the keys of a GGUF file describe, arranged (see arranged()). `keys` answers as gguf_table does:
//     gguf_value find(const char *key) const; // the key has no prefix of the architecture
//     // of `layer`, or of the first layer that has such a tensor if `layer` is -1; null: there is none
//     const shape *tensor_shape(tensor_name name, tensor_part part, int layer) const;
// An error names the key with its prefix. If no family has the name `architecture`, the model's `family` is null, and the model
// is not arranged: it only has the common keys that the file has and that make sense, and its budget needs the stored tensors.
// The model's name is left empty, since general.name is not a key of the architecture.
template <class Keys>
constexpr result<model> model_from_gguf_keys(const char *architecture, const Keys &keys) {
    return detail::described_by(gguf_keys_of<Keys>(keys), architecture);
}

MEMBOUND_END_NAMESPACE

#endif

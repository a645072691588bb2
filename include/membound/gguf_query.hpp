// The hyper-parameters of a GGUF file as llama.cpp asks for them: what the loaders of families read, key by key.
// Source: llama.cpp v0.5.0, src/llama-model-loader.cpp (get_key, get_key_or_arr), ggml/src/gguf.cpp.
#ifndef MEMBOUND_GGUF_QUERY_HPP
#define MEMBOUND_GGUF_QUERY_HPP

#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE

// The value of one key.
struct gguf_value {
    enum class kind : std::uint8_t { absent, integer, real, boolean, text, array };

    kind type = kind::absent;
    std::int64_t integer = 0; // of an integer, a boolean (0 or 1), or the number of an array's elements
    double real = 0;
    const char *text = "";
    const std::int64_t *elements = nullptr; // of an array of integers or booleans; null: of another type, or not kept
    const double *reals = nullptr;          // of an array of real numbers; likewise

    constexpr gguf_value() = default;
    constexpr gguf_value(int value) : type(kind::integer), integer(value) {} // NOLINT: a table is plain
    constexpr gguf_value(std::int64_t value) : type(kind::integer), integer(value) {} // NOLINT
    constexpr gguf_value(double value) : type(kind::real), real(value) {} // NOLINT
    constexpr gguf_value(bool value) : type(kind::boolean), integer(value ? 1 : 0) {} // NOLINT
    constexpr gguf_value(const char *value) : type(kind::text), text(value) {} // NOLINT
    constexpr gguf_value(const std::int64_t *values, std::int64_t count)
        : type(kind::array), integer(count), elements(values) {}
    constexpr gguf_value(decltype(nullptr), std::int64_t count) : type(kind::array), integer(count) {}
    constexpr gguf_value(const double *values, std::int64_t count) : type(kind::array), integer(count), reals(values) {}
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
    // Its dimensions; null: there is none. Of the first layer that has it, or of this one.
    constexpr const shape *tensor_shape(tensor_name name, tensor_part part, int layer = -1) const {
        for (std::int64_t i = 0; i < tensor_count; ++i)
            if (tensors[i].name == name && tensors[i].part == part && (layer < 0 || tensors[i].layer == layer))
                return &tensors[i].dims;
        return nullptr;
    }
};

// What is asked of the keys and the tensors of a file, whatever holds them.
struct gguf_keys {
    gguf_value (*find_in)(const gguf_keys &, const char *) = nullptr;
    const shape *(*tensor_shape_in)(const gguf_keys &, tensor_name, tensor_part, int) = nullptr;
    fixed_text<127> (*name_in)(const gguf_keys &, const char *architecture, const char *key) = nullptr; // of a key, in errors

    constexpr gguf_value find(const char *key) const { return find_in(*this, key); }
    constexpr const shape *tensor_shape(tensor_name name, tensor_part part, int layer) const {
        return tensor_shape_in(*this, name, part, layer);
    }
};

template <class Keys>
struct gguf_keys_of : gguf_keys {
    const Keys &held;

    constexpr gguf_keys_of(const Keys &keys)
        : gguf_keys{[](const gguf_keys &self, const char *key) {
                        return static_cast<const gguf_keys_of &>(self).held.find(key);
                    },
                    [](const gguf_keys &self, tensor_name name, tensor_part part, int layer) {
                        return static_cast<const gguf_keys_of &>(self).held.tensor_shape(name, part, layer);
                    },
                    [](const gguf_keys &, const char *architecture, const char *key) {
                        return (detail::text_builder<127>{} << architecture << '.' << key).text;
                    }},
          held(keys) {}
};

// Asks for keys, and keeps the first thing that is wrong with them. A lenient one keeps nothing: what cannot be used is
// left out.
struct gguf_query {
    const gguf_keys &keys;
    const char *architecture;
    bool lenient;
    error failure{};
    bool failed = false;

    constexpr void fail_at(errc code, const char *where, const char *what, const char *why) {
        if (failed || lenient) return;
        failed = true;
        failure = detail::model_error(code, where, what, why);
    }
    constexpr void fail(errc code, const char *key, const char *what, const char *why) {
        fail_at(code, keys.name_in(keys, architecture, key).c_str(), what, why);
    }

    constexpr gguf_value ask(const char *key, key_use need) {
        const gguf_value v = keys.find(key);
        if (v.type == gguf_value::kind::absent && need == key_use::required)
            fail(errc::missing, key, "is missing", "llama.cpp does not load the model without it");
        return v;
    }

    // A whole number of 32 bits, as llama.cpp has them.
    constexpr std::int64_t integer(const char *key, key_use need, std::int64_t otherwise = 0, std::int64_t least = 0) {
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

    constexpr double real(const char *key, key_use need, double otherwise = 0) {
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
    constexpr std::int64_t each(const char *key, key_use need, std::int64_t layers, std::int64_t least, Put put) {
        const gguf_value v = ask(key, need);
        if (v.type != gguf_value::kind::array) return integer(key, key_use::none, 0, least);
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

    // One real number for all layers, or a list with one for each, into `put(layer, number)`.
    template <class Put>
    constexpr void each_real(const char *key, key_use need, std::int64_t layers, Put put) {
        const gguf_value v = ask(key, need);
        if (v.type == gguf_value::kind::absent) return;
        const bool list = v.type == gguf_value::kind::array;
        if (list && (v.reals == nullptr || v.integer != layers)) {
            fail(errc::bad_value, key, "is not one real number for each layer",
                 "it is one number, or as many as block_count says");
            return;
        }
        const double one = list ? 0 : real(key, key_use::none);
        for (std::int64_t i = 0; i < layers && i < max_layers; ++i) put(i, list ? v.reals[i] : one);
    }

    // Where a family has one number for all layers.
    constexpr std::int64_t uniform(const char *key, key_use need, std::int64_t layers) {
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

    constexpr void insist_on_experts(const model &m) {
        if (m.num_experts == 0) fail(errc::missing, "expert_count", "is missing or 0", "the family has experts");
    }

    // In any layer, or in this one.
    constexpr bool has(tensor_name name, tensor_part part = tensor_part::weight, int layer = -1) const {
        return keys.tensor_shape(name, part, layer) != nullptr;
    }
    // The length of a matrix's second dimension; 0 where there is none.
    constexpr std::int64_t rows_of(tensor_name name) const {
        const shape *s = keys.tensor_shape(name, tensor_part::weight, -1);
        return s != nullptr ? s->ne[1] : 0;
    }
};

// The heads of latent attention (src/models/deepseek2.cpp).
constexpr void read_latent_heads(gguf_query &q, model &m) {
    m.kv_lora_rank = q.integer("attention.kv_lora_rank", key_use::required, 0, 1);
    const std::int64_t key_length = q.integer("attention.key_length_mla", key_use::optional);
    const std::int64_t value_length = q.integer("attention.value_length_mla", key_use::optional);
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

// The row that the cache has for a token is the compressed vector with the rotated key. `key` holds its size, `length`.
constexpr void check_latent_row(gguf_query &q, const model &m, const char *key, std::int64_t length, std::int64_t rank) {
    if (length != rank + m.rotary_dim)
        q.fail(errc::unsupported, key, "is not the latent rank and the rotated part",
               "the cache has room for both, once a token");
    bool one = m.num_key_value_heads == 1;
    for (int i = 0; i < m.layer_count(); ++i) one = one && m.layers[i].num_key_value_heads <= 1;
    if (!one) q.fail(errc::unsupported, "attention.head_count_kv", "is not 1", "all heads read one vector a token");
}

// The sizes of state spaces (LLM_KV_SSM_*).
constexpr void read_state_space(gguf_query &q, model &m, key_use groups) {
    m.ssm_conv_kernel = q.integer("ssm.conv_kernel", key_use::required);
    m.ssm_inner_size = q.integer("ssm.inner_size", key_use::required);
    m.ssm_state_size = q.integer("ssm.state_size", key_use::required);
    m.ssm_time_step_rank = q.integer("ssm.time_step_rank", key_use::required);
    if (groups != key_use::none) m.ssm_group_count = q.integer("ssm.group_count", groups);
}

// The indexer of sparse attention.
constexpr void read_indexer(gguf_query &q, model &m) {
    m.indexer_heads = q.integer("attention.indexer.head_count", key_use::required, 0, 1);
    m.indexer_head_dim = q.integer("attention.indexer.key_length", key_use::required, 0, 1);
    m.indexer_top_k = q.integer("attention.indexer.top_k", key_use::required, 0, 1);
    if (m.family->rotates_indexer && m.indexer_head_dim % 64 != 0)
        q.fail(errc::unsupported, "attention.indexer.key_length", "is not a multiple of 64",
               "llama.cpp has no smaller matrix to rotate it by");
    if (m.rotary_dim > m.indexer_head_dim)
        q.fail(errc::bad_value, "attention.indexer.key_length", "is smaller than what is rotated",
               "a part of the indexer's heads is rotated");
}

// Which layers have an indexer of their own, and which share that of the layer before.
constexpr void read_indexer_types(gguf_query &q, model &m, key_use need) {
    constexpr const char *key = "attention.indexer.types";
    const auto put = [&](std::int64_t i, std::int32_t own) {
        m.layers[i].choice = own != 0 ? token_choice::by_indexer : token_choice::as_before;
    };
    const gguf_value v = q.ask(key, need);
    if (v.type == gguf_value::kind::array)
        q.each(key, need, m.num_hidden_layers, 0, put);
    else if (v.type != gguf_value::kind::absent)
        for (int i = 0; i < m.layer_count(); ++i) put(i, q.integer(key, need) != 0 ? 1 : 0);
}

// The heads of latent attention whose keys and values are computed from what is compressed, and cached so.
constexpr void read_decompressed_heads(gguf_query &q, model &m) {
    m.kv_lora_rank = q.integer("attention.kv_lora_rank", key_use::required, 0, 1);
    m.qk_rope_head_dim = m.rotary_dim;
    m.qk_nope_head_dim = m.head_dim - m.qk_rope_head_dim;
    if (m.qk_nope_head_dim < 1)
        q.fail(errc::bad_value, "rope.dimension_count", "is not smaller than a head",
               "a part of a head is not rotated");
    if (m.num_key_value_heads != 0 && m.num_key_value_heads != m.num_attention_heads)
        q.fail(errc::unsupported, "attention.head_count_kv", "is not attention.head_count",
               "every head has keys and values of its own");
}

// Optional when the file is loaded, but the graph adds it.
constexpr void require_convolution_bias(gguf_query &q) {
    if (!q.has(tensor_name::ssm_conv1d, tensor_part::bias))
        q.fail_at(errc::missing, "ssm_conv1d.bias", "is missing", "llama.cpp does not run the model without it");
}

// Layers without heads of keys, which are as many as those of queries where the file does not say, keep a state.
constexpr void read_state_layers(gguf_query &q, model &m, state_kind kind) {
    const gguf_value given = q.keys.find("attention.head_count_kv");
    const bool said = given.type != gguf_value::kind::absent;
    const gguf_value v = said ? given : q.keys.find("attention.head_count");
    m.layer_kinds_given = true;
    for (int i = 0; i < m.layer_count(); ++i) {
        const layer &l = m.layers[i];
        const std::int32_t listed = said ? l.num_key_value_heads : l.num_attention_heads;
        const bool none = v.type == gguf_value::kind::array ? listed == 0
                                                            : v.type == gguf_value::kind::integer && v.integer == 0;
        if (!none) continue;
        m.layers[i].kind = layer_kind::no_attention;
        m.layers[i].state = kind;
    }
}

// A list says which layers keep a state, or every n-th does not.
constexpr void read_full_attention_interval(gguf_query &q, model &m, state_kind kind) {
    constexpr const char *key = "attention.recurrent_layers";
    const gguf_value listed = q.keys.find(key);
    if (listed.type == gguf_value::kind::absent) {
        m.full_attention_interval = q.integer("full_attention_interval", key_use::optional, 0, 1);
        return;
    }
    const bool is_list = listed.type == gguf_value::kind::array;
    if (is_list ? listed.elements == nullptr || listed.integer != m.num_hidden_layers + m.num_nextn_predict_layers
                : listed.type != gguf_value::kind::boolean) {
        q.fail(errc::bad_value, key, "is not a list of yes and no", "it has one for each layer");
        return;
    }
    m.layer_kinds_given = true;
    for (int i = 0; i < m.layer_count(); ++i) {
        if ((is_list ? listed.elements[i] : listed.integer) == 0) continue;
        m.layers[i].kind = layer_kind::no_attention;
        m.layers[i].state = kind;
    }
}

// Whether a position has four numbers (use_mrope, src/llama-hparams.cpp).
constexpr void read_rope_sections(gguf_query &q, model &m) {
    const gguf_value sections = q.keys.find("rope.dimension_sections");
    m.multi_axis_rope = sections.type == gguf_value::kind::array && sections.elements != nullptr &&
                        sections.integer >= 2 && sections.elements[0] > 0 && sections.elements[1] > 0;
}

// How experts are chosen by DeepSeek, and by the many families that took after it; `unsaid` where the file does not say.
constexpr void read_routing(gguf_query &q, model &m, key_use shared_count, router_kind unsaid) {
    m.first_k_dense_replace = q.integer("leading_dense_block_count", key_use::optional);
    m.num_shared_experts = q.integer("expert_shared_count", shared_count);
    m.norm_topk_prob = q.boolean("expert_weights_norm");
    const double scale = q.real("expert_weights_scale", key_use::optional);
    m.scaled_expert_weights = scale != 0 && scale != 1;

    switch (q.integer("expert_gating_func", key_use::optional)) {
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
    case 4:
        m.router = router_kind::root_of_softplus;
        break;
    default:
        q.fail(errc::unsupported, "expert_gating_func", "is not 1, 2, 3 or 4", "no other router is known here");
    }
}

// The scores of texts, as far as a file has them.
constexpr void read_scores(gguf_query &q, model &m) {
    m.ranks.scores = q.has(tensor_name::cls_output);
    const gguf_value labels = q.keys.find("classifier.output_labels");
    if (labels.type == gguf_value::kind::array && labels.integer > 0) m.ranks.labels = labels.integer;
}

// The head that ranks texts.
constexpr void read_classifier(gguf_query &q, model &m) {
    read_scores(q, m);
    if (q.has(tensor_name::cls)) m.ranks.dense_size = m.hidden_size;
    m.ranks.dense_bias = q.has(tensor_name::cls, tensor_part::bias);
    m.ranks.norm = q.has(tensor_name::cls_norm);
    m.ranks.scores_bias = q.has(tensor_name::cls_output, tensor_part::bias);
}

// The feed-forward block of each layer, where a family goes by the tensors that its file has.
constexpr void read_feed_forward_kinds(gguf_query &q, model &m) {
    m.feed_forward_kinds_given = true;
    bool any = false; // layer without matrices
    for (int i = 0; i < m.layer_count() + m.num_nextn_predict_layers; ++i) {
        const bool routed = q.has(tensor_name::ffn_gate_inp, tensor_part::weight, i);
        const bool dense = q.has(tensor_name::ffn_up, tensor_part::weight, i);
        m.layers[i].ffn = routed ? feed_forward_kind::experts : dense ? feed_forward_kind::dense : feed_forward_kind::activation;
        any = any || (!routed && !dense);
        if (routed && m.num_experts == 0) q.insist_on_experts(m);
    }
    if (any && q.has(tensor_name::ffn_gate_exps)) m.idle = idle_experts::gates;
}

MEMBOUND_END_NAMESPACE

#endif

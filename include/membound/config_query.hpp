// Turns a config.json into the keys and tensors that a GGUF file of the same model would have: those that llama.cpp's
// converter writes, with transformers' default where config.json lacks a key. Both kinds of file are then read by the same
// rules (read/gguf_keys.hpp), and a family only has to say what config.json calls its keys.
// Source: llama.cpp v0.5.0, conversion/; transformers v5.23.0, models/*/configuration_*.py.
#ifndef MEMBOUND_CONFIG_QUERY_HPP
#define MEMBOUND_CONFIG_QUERY_HPP

#include <membound/gguf_query.hpp>
#include <membound/json.hpp>

MEMBOUND_BEGIN_NAMESPACE

struct config_default {
    const char *key = "";
    gguf_value value;
};

// One kind of config.json: its model_type (or, of a model that brings its own code, the class that `architectures` names),
// and transformers' defaults for it.
struct config_type {
    const char *name = "";
    const config_default *defaults = nullptr;
    int default_count = 0;

    template <unsigned Count>
    constexpr config_type(const char *model_type, const config_default (&values)[Count])
        : name(model_type), defaults(values), default_count(static_cast<int>(Count)) {}
    constexpr config_type(const char *model_type) : name(model_type) {} // NOLINT: a table is plain
};

struct config_query;

// How a family of models is read from config.json.
struct config_reader {
    const architecture *family = nullptr;
    const config_type *types = nullptr;
    int type_count = 0;
    void (*describe)(config_query &) = nullptr; // translates the keys that not all families have; null: it has none
    bool (*accepts)(const config_query &) = nullptr; // tells the family apart where several share a type; null: none do

    template <unsigned Count>
    constexpr config_reader(const architecture &of, const config_type (&names)[Count],
                            void (*describes)(config_query &) = nullptr,
                            bool (*accepting)(const config_query &) = nullptr)
        : family(&of), types(names), type_count(static_cast<int>(Count)), describe(describes), accepts(accepting) {}
};

// Reads keys of a config.json, collects what the model's GGUF file would have, and keeps the first thing that is wrong.
struct config_query : gguf_keys {
    using kind = json_value::kind;
    using names = std::initializer_list<const char *>;

    const char *begin = nullptr; // where the file's text begins
    json_object whole;
    json_object text; // the language model: all of it, or the part of it that describes that
    bool nested = false; // it is such a part
    fixed_text<63> model_type;
    const config_type *type = nullptr;

    std::int64_t layers = 0;
    std::int64_t further_layers = 0; // those behind them that predict further tokens
    // Which of the tensors there are that most families may have or lack.
    bool tied = false;
    bool fused_qkv = false;
    bool qkv_bias = false;
    bool attention_output_bias = false;
    bool mlp_bias = false;

    error failure{};
    bool failed = false;

    constexpr config_query() : gguf_keys{find_entry, find_tensor, name_entry} {}
    config_query(const config_query &) = delete; // lists are pointed to
    config_query &operator=(const config_query &) = delete;

    // --- Reading config.json ---

    constexpr json_value at(const char *key) const { return text.find(key); }
    constexpr bool has(const char *key) const { return is_there(at(key)); }
    constexpr bool is(const char *key, const char *word) const { return is_there(at(key)) && is_text(at(key), word); }

    constexpr const gguf_value *default_of(const char *key) const {
        if (type == nullptr) return nullptr;
        for (int i = 0; i < type->default_count; ++i)
            if (same_text(type->defaults[i].key, key)) return &type->defaults[i].value;
        return nullptr;
    }

    constexpr bool is_or_is_by_default(const char *key, const char *word) const {
        if (at(key)) return is(key, word);
        const gguf_value *unsaid = default_of(key);
        return unsaid != nullptr && same_text(unsaid->text, word);
    }

    // The value of a key, else its default; `otherwise` where it has none, or where the file says null.
    constexpr std::int64_t integer(const char *key, std::int64_t otherwise = 0) {
        return integer_in(at(key), key, otherwise);
    }
    constexpr double real(const char *key, double otherwise = 0) { return real_in(at(key), key, otherwise); }
    constexpr bool boolean(const char *key, bool otherwise = false) {
        const json_value v = at(key);
        if (!v)
            if (const gguf_value *d = default_of(key)) return d->integer != 0;
        if (!is_there(v)) return otherwise;
        if (kind_of(v) != kind::boolean)
            fail(errc::bad_value, key, "is neither true nor false", "the key has another type");
        return *v.at == 't';
    }

    constexpr std::int64_t integer_in(json_value v, const char *key, std::int64_t otherwise) {
        if (!v)
            if (const gguf_value *d = default_of(key)) return d->integer;
        if (!is_there(v)) return otherwise;
        if (kind_of(v) != kind::integer) {
            fail_at(errc::bad_value, v, key, "is not a whole number", "the key has another type");
            return otherwise;
        }
        const std::int64_t n = integer_of(v);
        if (n >= 0 && n <= UINT32_MAX) return n;
        fail_at(errc::bad_value, v, key, "is out of range", "a model cannot have that many");
        return otherwise;
    }
    constexpr double real_in(json_value v, const char *key, double otherwise) {
        if (!v)
            if (const gguf_value *d = default_of(key))
                return d->type == gguf_value::kind::integer ? static_cast<double>(d->integer) : d->real;
        if (!is_there(v)) return otherwise;
        if (kind_of(v) == kind::integer || kind_of(v) == kind::real) return real_of(v);
        fail_at(errc::bad_value, v, key, "is not a number", "the key has another type");
        return otherwise;
    }

    // One thing may have several names: the first that the file has, else the first with a default, else null.
    constexpr const char *first_of(names keys, bool with_defaults = true) const {
        for (const char *key : keys)
            if (has(key)) return key;
        if (with_defaults)
            for (const char *key : keys)
                if (!at(key) && default_of(key) != nullptr) return key;
        return nullptr;
    }

    // A size without which there is no model. Transformers always writes it, except that a nested configuration leaves out
    // what equals the default (configuration_utils.py, to_diff_dict): only there is the default taken.
    constexpr std::int64_t size(names keys) {
        const char *key = first_of(keys, nested);
        if (key != nullptr) return integer(key);
        lacks(*keys.begin());
        return 0;
    }
    constexpr void lacks(const char *key) {
        if (lacking_count_++ > 0) lacking_ << ", ";
        lacking_ << key;
    }

    // The settings of the rotary embedding, if they have an object of their own: rope_parameters, formerly rope_scaling. Where
    // layers differ, those of the layers with full attention.
    constexpr json_value rope_parameters() const {
        for (const char *key : {"rope_parameters", "rope_scaling"}) {
            const json_value v = at(key);
            if (kind_of(v) != kind::object) continue;
            const json_value full = member_of(v, "full_attention");
            return kind_of(full) == kind::object ? full : v;
        }
        return {};
    }
    constexpr bool has_architecture(const char *name) const {
        bool found = false;
        for_each_element(whole.find("architectures"), [&](json_value v) { found = found || is_text(v, name); });
        return found;
    }
    constexpr bool rope_type_is(const char *word) const {
        const json_value v = rope_parameters();
        return is_text(member_of(v, "rope_type"), word) || is_text(member_of(v, "type"), word);
    }
    // How many of the `head` numbers of a head are rotated.
    constexpr std::int64_t rotated_part_of(std::int64_t head, double unsaid = 1) {
        constexpr const char *key = "partial_rotary_factor";
        const json_value inner = member_of(rope_parameters(), key);
        const char *beside = first_of({key, "rope_pct", "rope_percent", "rotary_pct"});
        const double part = is_there(inner)     ? real_in(inner, key, unsaid)
                            : beside != nullptr ? real(beside, unsaid)
                                                : unsaid;
        if (part < 0 || part > 1 || head > INT32_MAX) {
            fail(errc::bad_value, key, "is not between 0 and 1", "a part of each head is rotated");
            return head;
        }
        return static_cast<std::int64_t>(part * static_cast<double>(head));
    }
    constexpr std::int64_t head_dim() {
        const std::int64_t given = integer("head_dim");
        const std::int64_t heads = number_of("attention.head_count");
        return given > 0 ? given : heads > 0 ? number_of("embedding_length") / heads : 0;
    }

    // --- What the GGUF file would have ---

    // `source` is the key of config.json that the value comes from, for errors.
    constexpr void put(const char *key, const gguf_value &value, const char *source = "") {
        if (entry_count_ == max_entries)
            return fail(errc::overflow, source, "has no place", "this library's table of keys is full");
        entries_[entry_count_] = {key, value};
        sources_[entry_count_++] = source;
    }
    // What transformers always writes: see size().
    constexpr void copy_size(const char *key, names sources) {
        if (const char *source = first_of(sources, nested)) put(key, integer(source), source);
    }
    // The value of a key or its default. If it has neither, only the name of the source is kept, for errors.
    constexpr void copy(const char *key, names sources) {
        const char *source = first_of(sources);
        if (source != nullptr) return put(key, integer(source), source);
        put(key, {}, *sources.begin());
    }
    constexpr void copy(const char *key, const char *source) { copy(key, {source}); }
    constexpr void copy_real(const char *key, const char *source) {
        put(key, first_of({source}) != nullptr ? gguf_value(real(source)) : gguf_value(), source);
    }
    constexpr void copy_boolean(const char *key, const char *source) {
        put(key, first_of({source}) != nullptr ? gguf_value(boolean(source)) : gguf_value(), source);
    }
    // A list of `count` whole numbers: number(0), number(1) and so on.
    template <class Number>
    constexpr void put_list(const char *key, const char *source, std::int64_t count, const Number &number) {
        std::int64_t *list = free_list(lists_, list_count_, source);
        if (list == nullptr) return;
        for (std::int64_t i = 0; i < count && i < max_layers; ++i) list[i] = number(i);
        put(key, gguf_value(list, detail::min<std::int64_t>(count, max_layers)), source);
    }
    // The same, of real numbers.
    template <class Number>
    constexpr void put_reals(const char *key, const char *source, std::int64_t count, const Number &number) {
        double *list = free_list(real_lists_, real_list_count_, source);
        if (list == nullptr) return;
        for (std::int64_t i = 0; i < count && i < max_layers; ++i) list[i] = number(i);
        put(key, gguf_value(list, detail::min<std::int64_t>(count, max_layers)), source);
    }
    // A list of one number for each layer, made of a list in config.json that has one element for each; false if that is not
    // there.
    template <class Number>
    constexpr bool put_each(const char *key, const char *source, const Number &number) {
        const json_value v = at(source);
        if (kind_of(v) != kind::array) return false;
        json_value elements[max_layers] = {};
        std::int64_t count = 0;
        for_each_element(v, [&](json_value e) {
            if (count < max_layers) elements[count] = e;
            ++count;
        });
        if (count != layers) {
            fail(errc::bad_value, source, "has not one element for each layer",
                 "the layers are as many as num_hidden_layers says");
            return true;
        }
        // Layers that predict further tokens are like the last one.
        put_list(key, source, layers + further_layers,
                 [&](std::int64_t i) { return number(elements[detail::min(i, layers - 1)]); });
        return true;
    }
    // A list of 1 for each layer that a list in config.json calls `word`, and 0 for the others.
    constexpr bool put_layers(const char *key, const char *source, const char *word) {
        return put_each(key, source, [&](json_value v) -> std::int64_t { return is_text(v, word) ? 1 : 0; });
    }
    // A list of sizes, one for each layer, as config.json has it.
    constexpr bool put_sizes(const char *key, const char *source) {
        return put_each(key, source, [&](json_value v) { return integer_in(v, source, 0); });
    }

    constexpr void tensor(tensor_name name, tensor_part part = tensor_part::weight, const shape &dims = {}) {
        put_tensor(name, part, -1, dims);
    }
    constexpr bool said(tensor_name name) const { return find_tensor(*this, name, tensor_part::weight, -1) != nullptr; }
    // A tensor of those layers for which in_layer(i) is true.
    template <class In>
    constexpr void tensor_in(tensor_name name, tensor_part part, const In &in_layer) {
        if (list_count_ == max_lists)
            return fail(errc::overflow, text_of(name), "has no place", "this library's table of lists is full");
        bool any = false;
        for (int i = 0; i < max_layers; ++i)
            any |= (lists_[list_count_][i] = i < layers + further_layers && in_layer(i) ? 1 : 0) != 0;
        if (any) put_tensor(name, part, list_count_++, {});
    }

    constexpr std::int64_t number_of(const char *key) const { return found(key).integer; }
    constexpr void insist_on(const char *key, const char *source) {
        const gguf_value v = found(key);
        if (v.type == gguf_value::kind::absent || (v.type == gguf_value::kind::integer && v.integer == 0))
            lacks(source);
    }

    // --- Errors: the first one is kept. `where` is a key and its line. ---

    constexpr void fail(errc code, const char *key, const char *what, const char *why) {
        fail_at(code, at(key), key, what, why);
    }
    constexpr void fail_at(errc code, json_value v, const char *key, const char *what, const char *why) {
        if (failed) return;
        failed = true;
        failure = detail::model_error(code, located(v, key).c_str(), what, why);
    }
    // After the last question: one error about all that is lacking.
    constexpr void finish() {
        if (failed || lacking_count_ == 0) return;
        failed = true;
        failure =
            detail::model_error(errc::missing, lacking_.text.c_str(), lacking_count_ > 1 ? "are missing" : "is missing",
                                "the model is not complete without");
    }

private:
    static constexpr int max_entries = 96;
    static constexpr int max_lists = 8;
    static constexpr int max_real_lists = 2;
    static constexpr int max_tensors = 48;

    struct named_tensor {
        tensor_name name = tensor_name::other;
        tensor_part part = tensor_part::weight;
        int list = -1; // the list that says which layers have it; -1: all have it
        shape dims;
    };

    static constexpr bool is_there(json_value v) { return v && kind_of(v) != kind::null; }

    constexpr fixed_text<127> located(json_value v, const char *key) const {
        detail::text_builder<127> where;
        where << key;
        if (!v) return where.text;
        std::int64_t line = 1;
        for (const char *p = begin; p != v.at; ++p) line += *p == '\n';
        return (where << " in line " << line).text;
    }
    // The next list that is not in use; null, and an error, if there is none.
    template <class Value, unsigned Most>
    constexpr Value *free_list(Value (&lists)[Most][max_layers], int &taken, const char *source) {
        if (taken < static_cast<int>(Most)) return lists[taken++];
        fail(errc::overflow, source, "has no place", "this library's table of lists is full");
        return nullptr;
    }
    constexpr void put_tensor(tensor_name name, tensor_part part, int list, const shape &dims) {
        if (tensor_count_ == max_tensors)
            return fail(errc::overflow, text_of(name), "has no place", "this library's table of tensors is full");
        tensors_[tensor_count_].name = name;
        tensors_[tensor_count_].part = part;
        tensors_[tensor_count_].list = list;
        tensors_[tensor_count_++].dims = dims;
    }
    constexpr gguf_value found(const char *key) const {
        for (int i = entry_count_; i-- > 0;)
            if (entries_[i].value.type != gguf_value::kind::absent && same_text(entries_[i].key, key))
                return entries_[i].value;
        return {};
    }

    static constexpr gguf_value find_entry(const gguf_keys &self, const char *key) {
        return static_cast<const config_query &>(self).found(key);
    }
    static constexpr const shape *find_tensor(const gguf_keys &self, tensor_name name, tensor_part part, int layer) {
        const auto &q = static_cast<const config_query &>(self);
        for (int i = 0; i < q.tensor_count_; ++i) {
            const named_tensor &t = q.tensors_[i];
            if (t.name == name && t.part == part &&
                (layer < 0 || t.list < 0 || (layer < max_layers && q.lists_[t.list][layer] != 0)))
                return &t.dims;
        }
        return nullptr;
    }
    static constexpr fixed_text<127> name_entry(const gguf_keys &self, const char *architecture, const char *key) {
        const auto &q = static_cast<const config_query &>(self);
        for (int i = q.entry_count_; i-- > 0;)
            if (same_text(q.entries_[i].key, key) && q.sources_[i][0] != '\0')
                return q.located(q.at(q.sources_[i]), q.sources_[i]);
        return (detail::text_builder<127>{} << architecture << '.' << key).text;
    }

    gguf_entry entries_[max_entries] = {};
    const char *sources_[max_entries] = {};
    int entry_count_ = 0;
    std::int64_t lists_[max_lists][max_layers] = {};
    int list_count_ = 0;
    double real_lists_[max_real_lists][max_layers] = {};
    int real_list_count_ = 0;
    named_tensor tensors_[max_tensors] = {};
    int tensor_count_ = 0;
    detail::text_builder<127> lacking_;
    int lacking_count_ = 0;
};

// A tensor of factors for the rotary frequencies, as Llama 3.1 has it.
constexpr void describe_llama_3_rope(config_query &q) {
    if (q.rope_type_is("llama3")) q.tensor(tensor_name::rope_freqs);
}

// Two tensors of them, for short contexts and for long ones, as Phi 3 has them.
constexpr void describe_long_rope(config_query &q) {
    const json_value factors = member_of(q.rope_parameters(), "long_factor");
    if (for_each_element(factors, [](json_value) {}) == 0) return;
    q.tensor(tensor_name::rope_factors_long);
    q.tensor(tensor_name::rope_factors_short);
}

// The width of windows, and which layers have one, where the file lists them.
constexpr void describe_window(config_query &q) {
    q.put("attention.sliding_window", q.integer("sliding_window"), "sliding_window");
    q.put_layers("attention.sliding_window_pattern", "layer_types", "sliding_attention");
}

// Layers behind the last, which predict further tokens. Call it before put_layers() and the like, which need their number.
constexpr void describe_further_layers(config_query &q, const char *key) {
    q.further_layers = q.integer(key);
    if (q.further_layers > max_layers - q.layers)
        return q.fail(errc::bad_value, key, "is too large", "no model has more than 512 layers");
    if (q.further_layers == 0) return;
    q.put("block_count", q.layers + q.further_layers, "num_hidden_layers");
    q.put("nextn_predict_layers", q.further_layers, key);
    q.tensor(tensor_name::nextn_eh_proj);
    q.tensor(tensor_name::nextn_shared_head_norm);
}
// Such layers, each with an embedding and a head of its own (DeepSeek V3).
constexpr void describe_complete_further_layers(config_query &q) {
    describe_further_layers(q, "num_nextn_predict_layers");
    if (q.further_layers == 0) return;
    q.tensor(tensor_name::nextn_embed_tokens);
    q.tensor(tensor_name::nextn_shared_head_head);
}

// GPT-2 and models like it: biases everywhere, and a feed-forward four times as wide as the embedding unless it is given.
constexpr void describe_gpt2(config_query &q) {
    q.fused_qkv = q.qkv_bias = q.attention_output_bias = q.mlp_bias = true;
    q.put("feed_forward_length", q.integer("n_inner", 4 * q.number_of("embedding_length")), "n_inner");
}

// The rank of the time steps of the first Mamba: "auto" stands for a sixteenth of the embedding.
constexpr void describe_time_step_rank(config_query &q, const char *key) {
    const std::int64_t automatic = detail::divide_up(q.number_of("embedding_length"), 16);
    const bool said = q.has(key) && !q.is(key, "auto");
    q.put("ssm.time_step_rank", said ? q.integer(key, automatic) : automatic, key);
}

// How many of the first layers have no experts: config.json has that number, or a list that says it of each layer.
constexpr void describe_leading_dense_layers(config_query &q) {
    constexpr const char *listed = "mlp_layer_types";
    constexpr const char *number = "first_k_dense_replace";
    if (kind_of(q.at(listed)) != json_value::kind::array)
        return q.put("leading_dense_block_count", q.integer(number), number);
    std::int64_t dense = 0;
    std::int64_t seen = 0;
    for_each_element(q.at(listed), [&](json_value v) {
        if (is_text(v, "dense") && dense++ != seen)
            q.fail(errc::unsupported, listed, "has a dense layer behind one with experts",
                   "llama.cpp has dense layers at the front");
        ++seen;
    });
    if (seen != q.layers)
        q.fail(errc::bad_value, listed, "has not one element for each layer",
               "the layers are as many as num_hidden_layers says");
    q.put("leading_dense_block_count", dense, listed);
}

// Keys of routed experts, as DeepSeek calls them.
constexpr void describe_routing(config_query &q) {
    describe_leading_dense_layers(q);
    q.copy("expert_shared_count", "n_shared_experts");
    q.copy_boolean("expert_weights_norm", "norm_topk_prob");
    q.copy_real("expert_weights_scale", "routed_scaling_factor");
}

MEMBOUND_END_NAMESPACE

#endif

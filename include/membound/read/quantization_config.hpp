// What config.json says of how its weights are stored: quantization_config, or MLX's quantization, else the type of all.
// Source: transformers v5.23.0, utils/quantization_config.py; vLLM v0.33.0, model_executor/layers/quantization;
// compressed-tensors, quantization/quant_config.py; mlx-lm, utils.py (load_model).
#ifndef MEMBOUND_READ_QUANTIZATION_CONFIG_HPP
#define MEMBOUND_READ_QUANTIZATION_CONFIG_HPP

#include <membound/json.hpp>
#include <membound/quantizations.hpp>
#include <membound/read/config_keys.hpp>
#include <membound/weights.hpp>

MEMBOUND_BEGIN_NAMESPACE

namespace detail {

// The names that repositories give the module of a matrix, behind the number of its layer, with | between alternatives.
constexpr const char *module_name(const model &m, const tensor &t) {
    using n = tensor_name;
    const state_kind state = t.layer >= 0 ? m.layers[t.layer].state : state_kind::none;
    const bool has_state = state != state_kind::none && !attends(m.layers[t.layer]);
    if (state == state_kind::kimi_delta) switch (t.name) {
        case n::attn_q:
            return "self_attn.q_proj";
        case n::attn_k:
            return "self_attn.k_proj";
        case n::attn_v:
            return "self_attn.v_proj";
        case n::attn_gate:
            return "self_attn.g_proj";
        case n::ssm_out:
            return "self_attn.o_proj";
        case n::ssm_f_a:
            return "self_attn.f_a_proj";
        case n::ssm_f_b:
            return "self_attn.f_b_proj";
        case n::ssm_g:
            return "self_attn.g_proj";
        case n::ssm_g_a:
            return "self_attn.g_a_proj";
        case n::ssm_g_b:
            return "self_attn.g_b_proj";
        default:
            break;
        }
    if (m.family->normed_experts_beside_dense) switch (t.name) {
        case n::ffn_gate_up_exps:
            return "experts.gate_up_proj";
        case n::ffn_gate_exps:
        case n::ffn_up_exps:
            return "experts.gate_up_proj";
        case n::ffn_down_exps:
            return "experts.down_proj";
        default:
            break;
        }
    switch (t.name) {
    case n::token_embd:
        return "embed_tokens|embeddings|wte|word_embeddings";
    case n::output:
        return "lm_head|head";
    case n::attn_q:
        return has_state ? "linear_attn.q_proj|self_attn.q_proj" : "self_attn.q_proj|attn.q_proj|mixer.q_proj";
    case n::attn_k:
        return has_state ? "linear_attn.k_proj|self_attn.k_proj" : "self_attn.k_proj|attn.k_proj|mixer.k_proj";
    case n::attn_v:
        return has_state ? "linear_attn.v_proj|self_attn.v_proj" : "self_attn.v_proj|attn.v_proj|mixer.v_proj";
    case n::attn_qkv:
        return has_state ? "linear_attn.in_proj_qkvz|linear_attn.in_proj_qkv|self_attn.qkv_proj"
                         : "self_attn.qkv_proj|attn.c_attn|attention.query_key_value|self_attention.query_key_value";
    case n::attn_gate:
        return has_state ? "linear_attn.in_proj_z|linear_attn.in_proj_qkvz" : "self_attn.gate_proj|self_attn.g_proj";
    case n::attn_output:
        return "self_attn.o_proj|attn.o_proj|mixer.o_proj|attn.c_proj|attention.dense|self_attention.dense|self_attn."
               "dense|self_attn.out_proj";
    case n::attn_q_a:
        return "self_attn.q_a_proj|attn.q_a_proj";
    case n::attn_q_b:
        return "self_attn.q_b_proj|attn.q_b_proj";
    case n::attn_kv_a_mqa:
        return "self_attn.kv_a_proj_with_mqa|attn.kv_a_proj_with_mqa";
    case n::attn_kv_b:
    case n::attn_k_b:
    case n::attn_v_b:
        return "self_attn.kv_b_proj|attn.kv_b_proj";
    case n::indexer_attn_q_b:
        return "self_attn.indexer.wq_b";
    case n::indexer_attn_k:
        return "self_attn.indexer.wk";
    case n::indexer_proj:
        return "self_attn.indexer.weights_proj";
    case n::ssm_in:
        return "mamba.in_proj|mixer.in_proj";
    case n::ssm_x:
        return "mamba.x_proj|mixer.x_proj";
    case n::ssm_dt:
        return "mamba.dt_proj|mixer.dt_proj";
    case n::ssm_out:
        return "linear_attn.out_proj|mamba.out_proj|mixer.out_proj";
    case n::shortconv_in_proj:
        return "conv.in_proj";
    case n::shortconv_out_proj:
        return "conv.out_proj";
    case n::ffn_gate:
        return "mlp.gate_proj|feed_forward.w1|mlp.gate_up_proj";
    case n::ffn_up:
        return "mlp.up_proj|feed_forward.w3|mlp.gate_up_proj|mixer.up_proj|mlp.c_fc|mlp.dense_h_to_4h|mlp.fc1";
    case n::ffn_down:
        return "mlp.down_proj|feed_forward.w2|mixer.down_proj|mlp.c_proj|mlp.dense_4h_to_h|mlp.fc2";
    case n::ffn_gate_up_exps:
        return "mlp.experts.0.gate_proj|mlp.experts.gate_up_proj|experts.gate_up_proj";
    case n::ffn_gate_exps:
        return "mlp.experts.0.gate_proj|block_sparse_moe.experts.0.w1|feed_forward.experts.0.w1|mlp.experts.gate_up_"
               "proj";
    case n::ffn_up_exps:
        return "mlp.experts.0.up_proj|block_sparse_moe.experts.0.w3|feed_forward.experts.0.w3|mixer.experts.0.up_proj|"
               "mlp.experts.gate_up_proj";
    case n::ffn_down_exps:
        return "mlp.experts.0.down_proj|block_sparse_moe.experts.0.w2|feed_forward.experts.0.w2|mixer.experts.0.down_"
               "proj|mlp.experts.down_proj|experts.down_proj";
    case n::ffn_gate_shexp:
        return "mlp.shared_experts.gate_proj|mlp.shared_expert.gate_proj|block_sparse_moe.shared_experts.gate_proj|"
               "shared_mlp.input_linear|feed_forward.shared_expert.gate_proj";
    case n::ffn_up_shexp:
        return "mlp.shared_experts.up_proj|mlp.shared_expert.up_proj|block_sparse_moe.shared_experts.up_proj|shared_"
               "mlp.input_linear|mixer.shared_experts.up_proj|feed_forward.shared_expert.up_proj";
    case n::ffn_down_shexp:
        return "mlp.shared_experts.down_proj|mlp.shared_expert.down_proj|block_sparse_moe.shared_experts.down_proj|"
               "shared_mlp.output_linear|mixer.shared_experts.down_proj|feed_forward.shared_expert.down_proj";
    case n::ffn_gate_inp:
        return "mlp.gate|mlp.router|block_sparse_moe.gate|router|feed_forward.gate|feed_forward.router|mixer.gate";
    case n::ffn_gate_inp_shexp:
        return "mlp.shared_expert_gate";
    default:
        return "";
    }
}

// A name within a longer text, without its end.
struct name_view {
    const char *at = "";
    std::int64_t length = 0;
};

// A pattern of a shell, which matches a whole name (*), or a regular expression of the kind that config.json files have, which
// matches its beginning (. .* \. (a|b) \d+ ^ $).
enum class pattern_style : std::uint8_t { shell, regular };
constexpr bool matches(name_view pattern, name_view name, pattern_style style);

constexpr bool matches_alternative(name_view pattern, name_view name) {
    std::int64_t close = 1;
    while (close < pattern.length && pattern.at[close] != ')') ++close;
    if (close == pattern.length) return false;
    const name_view rest{pattern.at + close + 1, pattern.length - close - 1};
    for (std::int64_t begin = 1; begin <= close;) {
        std::int64_t end = begin;
        while (end < close && pattern.at[end] != '|') ++end;
        const std::int64_t length = end - begin;
        bool same = length <= name.length;
        for (std::int64_t i = 0; same && i < length; ++i) same = pattern.at[begin + i] == name.at[i];
        if (same && matches(rest, {name.at + length, name.length - length}, pattern_style::regular)) return true;
        begin = end + 1;
    }
    return false;
}

constexpr bool matches(name_view pattern, name_view name, pattern_style style) {
    const bool shell = style == pattern_style::shell;
    while (pattern.length > 0) {
        const char c = *pattern.at;
        const bool escaped = !shell && c == '\\' && pattern.length > 1;
        std::int64_t taken = escaped ? 2 : 1;
        // JSON writes a backslash twice.
        if (escaped && pattern.at[1] == '\\' && pattern.length > 2) taken = 3;
        const char meant = escaped ? pattern.at[taken - 1] : c;
        if (!shell && c == '(') return matches_alternative(pattern, name);
        if (!shell && (c == '^' || c == '$')) {
            if (c == '$' && name.length > 0) return false;
            pattern = {pattern.at + 1, pattern.length - 1};
            continue;
        }
        const bool any = shell ? c == '*' : c == '.' && !escaped;
        const bool digit = escaped && meant == 'd';
        const bool repeated =
            shell ? c == '*' : pattern.length > taken && (pattern.at[taken] == '*' || pattern.at[taken] == '+');
        if (repeated) {
            const name_view rest = shell ? name_view{pattern.at + 1, pattern.length - 1}
                                         : name_view{pattern.at + taken + 1, pattern.length - taken - 1};
            std::int64_t least = !shell && pattern.at[taken] == '+' ? 1 : 0;
            for (std::int64_t n = 0; n <= name.length; ++n) {
                if (n >= least && matches(rest, {name.at + n, name.length - n}, style)) return true;
                if (n < name.length && !(any || (digit ? is_digit(name.at[n]) : name.at[n] == meant))) return false;
            }
            return false;
        }
        if (name.length == 0 || !(any || (digit ? is_digit(*name.at) : *name.at == meant))) return false;
        pattern = {pattern.at + taken, pattern.length - taken};
        name = {name.at + 1, name.length - 1};
    }
    return shell ? name.length == 0 : true; // a regular expression matches the beginning (re.match)
}

// "layers.3.self_attn.q_proj", as far as it fits.
struct full_name {
    text_builder<95> text;

    constexpr full_name(int layer, name_view module) {
        if (layer >= 0) text << "layers." << std::int64_t{layer} << '.';
        for (std::int64_t i = 0; i < module.length; ++i) text << module.at[i];
    }
    constexpr name_view view() const { return {text.text.data, text.length}; }
};

// Behind what stands before the layers ("model.", "model.language_model.", "backbone.").
constexpr name_view within_model(name_view name) {
    for (std::int64_t i = 0; i + 7 <= name.length; ++i)
        if (begins_with(name.at + i, name.at + name.length, "layers.") && (i == 0 || name.at[i - 1] == '.'))
            return {name.at + i, name.length - i};
    std::int64_t begin = 0;
    for (const char *prefix : {"language_model.", "model.", "language_model.", "backbone.", "transformer."})
        if (begins_with(name.at + begin, name.at + name.length, prefix))
            while (name.at[begin++] != '.') {
            }
    return {name.at + begin, name.length - begin};
}

constexpr bool same_view(name_view a, name_view b) {
    if (a.length != b.length) return false;
    for (std::int64_t i = 0; i < a.length; ++i)
        if (a.at[i] != b.at[i]) return false;
    return true;
}

constexpr bool has(name_view name, char wanted) {
    for (std::int64_t i = 0; i < name.length; ++i)
        if (name.at[i] == wanted) return true;
    return false;
}

// Whether `part` is some of the words of a name, which have points between them: "mlp" and "gate_proj" are parts of
// "layers.3.mlp.gate_proj".
constexpr bool is_part_of(name_view part, name_view name) {
    if (part.length == 0) return false;
    for (std::int64_t begin = 0; begin + part.length <= name.length; ++begin) {
        const std::int64_t end = begin + part.length;
        const bool is_whole_words = (begin == 0 || name.at[begin - 1] == '.') && (end == name.length || name.at[end] == '.');
        if (is_whole_words && same_view(part, {name.at + begin, part.length})) return true;
    }
    return false;
}

// What stands before the layers may be any text to a regular expression that begins with one.
constexpr bool regular_names_module(name_view pattern, name_view module) {
    if (matches(pattern, module, pattern_style::regular)) return true;
    const full_name behind(-1, module);
    for (const char *prefix : {"model.", "language_model.model."}) {
        text_builder<127> whole;
        whole << prefix << behind.text.text.c_str();
        if (matches(pattern, {whole.text.data, whole.length}, pattern_style::regular)) return true;
    }
    return false;
}

// Whether a pattern with asterisks names a module, or one that the module is within.
constexpr bool shell_names_module(name_view pattern, name_view module) {
    if (matches(pattern, module, pattern_style::shell)) return true;
    if (pattern.length > module.length) return false;
    for (std::int64_t end = 0; end < module.length; ++end)
        if (module.at[end] == '.' && matches(pattern, {module.at, end}, pattern_style::shell)) return true;
    return false;
}

// Whether an entry of a list names a module: by a part of its name, a pattern with asterisks, or a regular expression ("re:").
constexpr bool names_module(name_view listed, name_view module) {
    if (begins_with(listed.at, listed.at + listed.length, "re:"))
        return regular_names_module({listed.at + 3, listed.length - 3}, module);
    listed = within_model(listed);
    return has(listed, '*') ? shell_names_module(listed, module) : is_part_of(listed, module);
}

constexpr name_view view_of(json_value text) { return {text.at + 1, behind_json_text(text.at) - text.at - 2}; }

// The format of each matrix, as rules of modules and layers.
class rules_builder {
public:
    static constexpr int kinds = static_cast<int>(module_kind::other);

    // `how(name)` is the format of the module that a matrix belongs to.
    template <class How>
    constexpr rules_builder(const model &m, const How &how) {
        for_each_weight(m, [&](const tensor &t, tensor_use use, int) {
            const module_kind kind = module_of(m, t);
            if (use != tensor_use::own || kind == module_kind::other || kind == module_kind::further_layers ||
                problem_ != nullptr)
                return;
            const char *names = module_name(m, t);
            add(kind, t.layer, how(names, t.layer, kind));
        });
    }

    // Why the formats can not be rules, as the end of a sentence; null: they can.
    constexpr const char *problem() const { return problem_; }

    // False: there are more rules than a recipe has.
    constexpr bool write(quantization &q, int layers) const {
        int count = 0;
        const auto put = [&](int format, int kind, int first, int last) {
            const linear_format &how = formats_[format - 1];
            if (!how.quantized()) return true;
            int i = 0;
            while (i < count &&
                   (q.rules[i].how != how || q.rules[i].first_layer != first || q.rules[i].last_layer != last))
                ++i;
            if (i == quantization::max_rules) return false;
            if (i == count) q.rules[count++] = {how, {}, first, last};
            q.rules[i].modules = q.rules[i].modules.with(static_cast<module_kind>(kind));
            return true;
        };
        for (int k = 0; k < kinds; ++k) {
            if (of_[k][last_] != 0 && !put(of_[k][last_], k, -1, INT32_MAX)) return false;
            int format = 0;
            int first = -1;
            for (int i = 0; i < layers; ++i) {
                const int here = of_[k][i];
                if (here == 0 || here == format) continue; // a layer without the module goes along
                if (format != 0 && !put(format, k, first, i - 1)) return false;
                if (format != 0) first = i;
                format = here;
            }
            if (format != 0 && !put(format, k, first, INT32_MAX)) return false;
        }
        return true;
    }

private:
    constexpr void add(module_kind kind, int layer, const linear_format &f) {
        int index = 0;
        while (index < count_ && formats_[index] != f) ++index;
        if (index == max_formats) {
            problem_ = "has too many formats";
            return;
        }
        if (index == count_) formats_[count_++] = f;
        std::int8_t &of = of_[static_cast<int>(kind)][layer >= 0 ? layer : last_];
        if (of != 0 && of != index + 1) problem_ = "has several formats within one block of a layer";
        of = static_cast<std::int8_t>(index + 1);
    }

    static constexpr int max_formats = 6;
    static constexpr int last_ = max_layers; // of what is in no layer
    linear_format formats_[max_formats] = {};
    int count_ = 0;
    std::int8_t of_[kinds][max_layers + 1] = {};
    const char *problem_ = nullptr;
};

// Reads the settings.
struct quantization_query {
    const char *begin;
    const model &m;
    json_value settings; // quantization_config
    quantization found{};
    error failure{};
    bool failed = false;

    // `key` is empty where it is about all of the settings.
    constexpr void fail(errc code, json_value v, const char *key, const char *what, const char *why) {
        if (failed) return;
        failed = true;
        text_builder<127> where;
        where << "quantization_config";
        if (key[0] != '\0') where << '.' << key;
        if (v) {
            std::int64_t line = 1;
            for (const char *p = begin; p != v.at; ++p) line += *p == '\n';
            where << " in line " << line;
        }
        failure = model_error(code, where.text.c_str(), what, why);
    }

    constexpr std::int64_t integer(json_value of, const char *key, std::int64_t otherwise) {
        const json_value v = member_of(of, key);
        if (!v || kind_of(v) == json_value::kind::null) return otherwise;
        if (kind_of(v) == json_value::kind::integer && integer_of(v) >= -1 && integer_of(v) <= 65536)
            return integer_of(v);
        fail(errc::bad_value, v, key, "is not a number of bits or of inputs",
             "the key has another type, or is out of range");
        return otherwise;
    }
    static constexpr bool is_true(json_value of, const char *key, bool otherwise = false) {
        const json_value v = member_of(of, key);
        return kind_of(v) == json_value::kind::boolean ? *v.at == 't' : otherwise;
    }
    static constexpr bool is(json_value of, const char *key, const char *word) {
        return is_text(member_of(of, key), word);
    }
    static constexpr bool has(json_value of, const char *key) {
        const json_value v = member_of(of, key);
        return v && kind_of(v) != json_value::kind::null;
    }

    // Bits of a number, and a group of it, which may be all inputs.
    constexpr linear_format grouped(json_value of, const char *bits_key, const char *group_key, int scale_bits) {
        const std::int64_t bits = integer(of, bits_key, 4);
        const std::int64_t group = integer(of, group_key, 128);
        if (bits < 1 || bits > 8)
            fail(errc::bad_value, member_of(of, bits_key), bits_key, "is not between 1 and 8",
                 "a packed number has that many bits");
        return quantizations::detail::symmetric(static_cast<int>(bits), group > 0 ? static_cast<int>(group) : 0,
                                                scale_bits);
    }

    // Whether one of several lists names a module.
    constexpr bool listed(json_value list, name_view module) const {
        bool any = false;
        for_each_element(list, [&](json_value v) {
            if (!any && kind_of(v) == json_value::kind::text) any = names_module(view_of(v), module);
        });
        return any;
    }
    template <class Named>
    static constexpr bool any_name(const char *names, int layer, const Named &named) {
        for (const char *p = names; *p != '\0';) {
            std::int64_t n = 0;
            while (p[n] != '|' && p[n] != '\0') ++n;
            const full_name name(layer, {p, n});
            if (named(name.view())) return true;
            p += p[n] == '|' ? n + 1 : n;
        }
        return false;
    }

    template <class How>
    constexpr void settle(const char *name, const How &how) {
        if (failed) return;
        found.name = name;
        found.kind = quantization::scheme::linear;
        found.rest = formats::bf16::value;
        const rules_builder rules(m, how);
        static_assert(quantization::max_rules == 8, "as the message says");
        if (rules.problem() != nullptr)
            fail(errc::unsupported, settings, "", rules.problem(),
                 "a recipe has one format for attention, one for experts and so on, in a range of layers");
        else if (!rules.write(found, m.layer_count()))
            fail(errc::unsupported, settings, "", "changes formats too often from layer to layer",
                 "a recipe has 8 rules, each for a range of layers");
    }

    // The matrices of `modules` are stored so, but for those that a list of exceptions names.
    constexpr void all_but(const char *name, const linear_format &how, module_set modules, json_value exceptions) {
        const bool any = for_each_element(exceptions, [](json_value) {}) > 0;
        settle(name, [&](const char *names, int layer, module_kind kind) {
            if (!modules.has(kind)) return linear_format{};
            if (!any) return how;
            return any_name(names, layer, [&](name_view module) { return listed(exceptions, module); })
                       ? linear_format{}
                       : how;
        });
    }
    constexpr json_value exceptions() const {
        for (const char *key : {"modules_to_not_convert", "ignore", "exclude_modules", "llm_int8_skip_modules"})
            if (const json_value v = member_of(settings, key)) return v;
        return {};
    }

    // FP8 with a scale for each block of outputs and inputs, of which a list has the two sizes; false where it does not.
    static constexpr bool read_block_sizes(json_value list, linear_format &f) {
        std::int64_t sizes[2] = {};
        const std::int64_t count = for_each_element(list, [&](json_value v) {
            (sizes[0] == 0 ? sizes[0] : sizes[1]) = kind_of(v) == json_value::kind::integer ? integer_of(v) : 0;
        });
        f = quantizations::linear::fp8_block;
        if (count != 2 || sizes[0] < 1 || sizes[1] < 1 || sizes[0] > 65536 || sizes[1] > 65536) return false;
        f.group_outputs = static_cast<std::int32_t>(sizes[0]);
        f.group_inputs = static_cast<std::int32_t>(sizes[1]);
        return true;
    }
    constexpr void read_fp8() {
        const json_value block = member_of(settings, "weight_block_size");
        if (for_each_element(block, [](json_value) {}) == 0)
            return all_but("FP8", quantizations::linear::fp8, linear_modules, exceptions());
        linear_format f;
        if (!read_block_sizes(block, f))
            return fail(errc::bad_value, block, "weight_block_size", "is not two sizes",
                        "a block has outputs and inputs");
        all_but("FP8_BLOCK", f, linear_modules, exceptions());
    }
    constexpr void read_gptq() {
        linear_format f = grouped(settings, "bits", "group_size", 16);
        f.file_index_bits = 32;
        (is_true(settings, "sym", true) ? f.file_zero_bits : f.zero_bits) = f.bits;
        if (has(settings, "dynamic"))
            return fail(errc::unsupported, member_of(settings, "dynamic"), "dynamic", "is there",
                        "formats by pattern are not covered for GPTQ");
        const bool head = is_true(settings, "lm_head");
        all_but(f.bits == 8 ? "GPTQ_INT8" : "GPTQ", f, head ? linear_modules.with(module_kind::head) : linear_modules,
                exceptions());
    }
    constexpr void read_awq() {
        linear_format f = grouped(settings, has(settings, "w_bit") ? "w_bit" : "bits",
                                  has(settings, "q_group_size") ? "q_group_size" : "group_size", 16);
        if (is_true(settings, "zero_point", true)) f.zero_bits = f.bits;
        all_but("AWQ", f, linear_modules, exceptions());
    }
    // AutoRound: as GPTQ packs, without the groups of inputs. Some modules, by name or pattern, have settings of their own.
    constexpr void read_auto_round() {
        if (has(settings, "data_type") && !is(settings, "data_type", "int"))
            return fail(errc::unsupported, member_of(settings, "data_type"), "data_type", "is not int",
                        "no other packing is known here");
        const linear_format usual = rounded(settings, {});
        settle(usual.bits == 8 ? "GPTQ_INT8" : "GPTQ", [&](const char *names, int layer, module_kind kind) {
            linear_format how;
            if (linear_modules.has(kind)) how = usual;
            for_each_member(member_of(settings, "extra_config"), [&](const char *name, json_value v) {
                const name_view key = view_of(json_value{name - 1});
                const bool pattern = membound::detail::has(key, '*') || membound::detail::has(key, '\\');
                const bool named = any_name(names, layer, [&](name_view module) {
                    return pattern ? regular_names_module(key, module) : same_view(within_model(key), module);
                });
                if (named) how = rounded(v, usual);
            });
            return how;
        });
    }
    constexpr linear_format rounded(json_value of, const linear_format &usual) {
        const std::int64_t bits = integer(of, "bits", usual.quantized() ? usual.bits : 4);
        const std::int64_t group = integer(of, "group_size", usual.quantized() ? usual.group_inputs : 128);
        if (bits >= 16) return {};
        if (bits < 1 || bits > 8)
            fail(errc::bad_value, member_of(of, "bits"), "bits", "is not between 1 and 8", "a packed number has that many bits");
        linear_format f = quantizations::detail::symmetric(static_cast<int>(bits), group > 0 ? static_cast<int>(group) : 0, 16);
        const bool symmetric = is_true(of, "sym", usual.quantized() ? usual.file_zero_bits > 0 : true);
        (symmetric ? f.file_zero_bits : f.zero_bits) = f.bits;
        return f;
    }
    constexpr void read_bitsandbytes() {
        namespace l = quantizations::linear;
        const module_set all_linear = linear_modules.with(module_kind::state_gates);
        if (is_true(settings, "load_in_8bit") || is_true(settings, "_load_in_8bit"))
            return all_but("INT8", l::int8_channel, all_linear, exceptions());
        const bool twice = is_true(settings, "bnb_4bit_use_double_quant");
        all_but(twice ? "NF4_DOUBLE" : "NF4", twice ? l::nf4_double : l::nf4, all_linear, exceptions());
    }

    // Of compressed-tensors: how the weights of a group of modules are stored. `packing` is the format of the whole.
    constexpr linear_format compressed(json_value weights, json_value packing, const char *&name) {
        namespace l = quantizations::linear;
        const std::int64_t bits = integer(weights, "num_bits", 8);
        const std::int64_t group = integer(weights, "group_size", 0);
        const bool real = is(weights, "type", "float");
        const bool symmetric = is_true(weights, "symmetric", true);
        linear_format f;
        if (real && bits == 4) {
            const bool micro = is_text(packing, "mxfp4-pack-quantized") || group == 32;
            name = micro ? "MXFP4" : "NVFP4";
            return micro ? l::mxfp4 : l::nvfp4;
        }
        if (is(weights, "strategy", "block")) {
            name = "FP8_BLOCK";
            (void)read_block_sizes(member_of(weights, "block_structure"), f); // what is not two sizes: the usual ones
            return f;
        }
        if (bits == 8) {
            const bool tensor = is(weights, "strategy", "tensor") || (!has(weights, "strategy") && group <= 0);
            if (real && group == 32) {
                name = "MXFP8";
                return l::mxfp8;
            }
            name = real ? tensor ? "FP8" : "FP8_DYNAMIC" : "W8A8";
            f = real && tensor ? l::fp8 : l::fp8_channel;
            if (!real) f = l::int8_channel;
        } else {
            name = symmetric ? "W4A16" : "AWQ";
            f = quantizations::detail::symmetric(static_cast<int>(bits), 0, 16);
        }
        if (group > 0) f.group_inputs = static_cast<std::int32_t>(group);
        if (!symmetric) f.zero_bits = f.bits;
        return f;
    }
    constexpr void read_groups() {
        const json_value groups = member_of(settings, "config_groups");
        const json_value packing = member_of(settings, "format");
        const json_value left_alone = exceptions();
        const char *name = ""; // that of what has the fewest bits
        int least = INT16_MAX;
        for_each_member(groups, [&](const char *, json_value group) {
            const char *own = "";
            const json_value own_packing = member_of(group, "format");
            const linear_format f = compressed(member_of(group, "weights"), own_packing ? own_packing : packing, own);
            if (f.bits < least) name = own;
            least = min(least, int{f.bits});
        });
        if (name[0] == '\0')
            return fail(errc::missing, groups, "config_groups", "is missing", "it says how weights are stored");
        settle(name, [&](const char *names, int layer, module_kind kind) {
            linear_format how;
            if (kind == module_kind::further_layers) return how;
            if (any_name(names, layer, [&](name_view module) { return listed(left_alone, module); })) return how;
            for_each_member(groups, [&](const char *, json_value group) {
                const json_value targets = member_of(group, "targets");
                bool all = !targets && linear_modules.has(kind);
                for_each_element(
                    targets, [&](json_value v) { all = all || (is_text(v, "Linear") && linear_modules.has(kind)); });
                const bool named = any_name(names, layer, [&](name_view module) { return listed(targets, module); });
                if (!all && !named) return;
                const char *own = "";
                const json_value own_packing = member_of(group, "format");
                const linear_format f =
                    compressed(member_of(group, "weights"), own_packing ? own_packing : packing, own);
                if (!how.quantized() || named) how = f;
            });
            return how;
        });
    }
    // NVIDIA's Model Optimizer; null: no such algorithm is known.
    constexpr const char *algorithm(json_value name, json_value of, linear_format &how) {
        namespace l = quantizations::linear;
        const std::int64_t group = integer(of, "group_size", 0);
        const auto with_group = [&](linear_format f) {
            if (group > 0) f.group_inputs = static_cast<std::int32_t>(group);
            return f;
        };
        struct known {
            const char *name;
            const char *recipe;
            linear_format how;
        };
        for (const known &k :
             {known{"NVFP4", "NVFP4", with_group(l::nvfp4)}, known{"W4A16_NVFP4", "NVFP4", with_group(l::nvfp4)},
              known{"FP8", "FP8", l::fp8}, known{"FP8_PER_CHANNEL_PER_TOKEN", "FP8_DYNAMIC", l::fp8_channel},
              known{"FP8_PB_WO", "FP8_BLOCK", l::fp8_block}, known{"FP8_BLOCK_SCALES", "FP8_BLOCK", l::fp8_block},
              known{"MXFP8", "MXFP8", l::mxfp8}, known{"MXFP4", "MXFP4", l::mxfp4},
              known{"W4A16_AWQ", "W4A16", with_group(l::int4_g128)}})
            if (is_text(name, k.name)) {
                how = k.how;
                return k.recipe;
            }
        return nullptr;
    }
    constexpr void refuse_algorithm(json_value v) {
        const fixed_text<63> name = text_of_json<63>(v);
        fail(errc::unsupported, v, "quant_algo", name.empty() ? "is missing" : name.c_str(),
             "no such algorithm is known here");
    }
    constexpr void read_modelopt() {
        const json_value name = member_of(settings, "quant_algo");
        const json_value each = member_of(settings, "quantized_layers");
        if (is_text(name, "MIXED_PRECISION") && kind_of(each) == json_value::kind::object)
            return read_quantized_layers(each);
        linear_format how;
        const char *recipe = algorithm(name, settings, how);
        if (recipe == nullptr) return refuse_algorithm(name);
        all_but(recipe, how, linear_modules, exceptions());
    }
    // A module by its name, each with an algorithm.
    constexpr void read_quantized_layers(json_value each) {
        const char *recipe = "";
        int least = INT16_MAX;
        for_each_member(each, [&](const char *, json_value v) { // the recipe has the name of what has the fewest bits
            linear_format how;
            const json_value name = member_of(v, "quant_algo");
            const char *known = algorithm(name, v, how);
            if (known == nullptr) return refuse_algorithm(name);
            if (how.bits < least) recipe = known;
            least = min(least, int{how.bits});
        });
        settle(recipe, [&](const char *names, int layer, module_kind) {
            linear_format how;
            for_each_member(each, [&](const char *name, json_value v) {
                if (how.quantized() || begins_with(name, name + 3, "mtp")) return;
                const name_view listed = within_model(view_of(json_value{name - 1}));
                const bool named = any_name(names, layer, [&](name_view module) {
                    return same_view(listed, module) ||
                           (module.length > listed.length && module.at[listed.length] == '.' &&
                            same_view(listed, {module.at, listed.length}));
                });
                if (named) algorithm(member_of(v, "quant_algo"), v, how);
            });
            return how;
        });
    }

    // MLX quantizes every matrix, the embedding too; some may have settings of their own, or be left alone.
    constexpr linear_format mlx_format(json_value of) {
        namespace l = quantizations::linear;
        if (is(of, "mode", "mxfp4")) return l::mxfp4;
        if (is(of, "mode", "mxfp8")) return l::mxfp8;
        if (is(of, "mode", "nvfp4")) return l::mlx_nvfp4;
        const linear_format f = grouped(of, "bits", "group_size", 16);
        return l::mlx_affine(f.bits, f.group_inputs > 0 ? f.group_inputs : 64);
    }
    // Of the recipe that stores the embedding so.
    static constexpr const char *mlx_name(const linear_format &how) {
        for (const quantization *q : quantizations::all)
            if (q->kind == quantization::scheme::linear && q->rules[0].how == how &&
                q->rules[0].modules.has(module_kind::embedding) && !q->raised.quantized())
                return q->name;
        return "MLX";
    }
    constexpr void read_mlx() {
        const linear_format all = mlx_format(settings);
        settle(mlx_name(all),
               [&](const char *names, int layer, module_kind) {
                   linear_format how = all;
                   for_each_member(settings, [&](const char *name, json_value v) {
                       const bool object = kind_of(v) == json_value::kind::object;
                       if (!object && !(kind_of(v) == json_value::kind::boolean && *v.at == 'f')) return;
                       const name_view module = within_model(view_of(json_value{name - 1}));
                       if (any_name(names, layer, [&](name_view given) { return same_view(module, given); }))
                           how = object ? mlx_format(v) : linear_format{};
                   });
                   return how;
               });
    }

    constexpr void read() {
        const json_value method = member_of(settings, "quant_method");
        if (is_text(method, "fp8") && !has(settings, "quant_algo")) return read_fp8();
        if (is_text(method, "fbgemm_fp8"))
            return all_but("FP8_DYNAMIC", quantizations::linear::fp8_channel, linear_modules, exceptions());
        if (is_text(method, "gptq")) return read_gptq();
        if (is_text(method, "awq")) return read_awq();
        if (is_text(method, "auto-round") || is_text(method, "intel/auto-round")) return read_auto_round();
        if (is_text(method, "bitsandbytes")) return read_bitsandbytes();
        if (is_text(method, "mxfp4"))
            return all_but("MXFP4", quantizations::linear::mxfp4, module_set{}.with(module_kind::experts), {});
        if (is_text(method, "compressed-tensors")) return read_groups();
        if (has(settings, "quant_algo")) {
            const bool grouped = is(settings, "quant_algo", "MIXED_PRECISION") && has(settings, "config_groups");
            return grouped ? read_groups() : read_modelopt();
        }
        if (is_text(method, "modelopt")) return read_groups();
        const fixed_text<63> name = text_of_json<63>(method);
        fail(errc::unsupported, method, "quant_method", name.empty() ? "is missing" : name.c_str(),
             "no such method is known here");
    }
};

} // namespace detail

// How the weights of a config.json's model are stored, by config.json, or by the settings of a file beside it
// (hf_quant_config.json). Without settings all are of one type.
constexpr result<quantization> quantization_from_config(const char *text, std::int64_t length, const model &m,
                                                        const char *beside = "", std::int64_t beside_length = 0) {
    const result<json_value> root = json_root(text, length);
    if (!root) return root.error();
    detail::quantization_query q{text, m, {}};
    const json_value part = detail::language_part(*root);
    for (const json_value of : {*root, part}) {
        const json_value mlx = member_of(of, "quantization");
        const json_value settings = member_of(of, "quantization_config");
        const bool has_method = detail::quantization_query::has(settings, "quant_method") ||
                                detail::quantization_query::has(settings, "quant_algo");
        if (kind_of(mlx) == json_value::kind::object && !has_method) {
            q.settings = mlx;
            q.read_mlx();
        } else if (kind_of(settings) == json_value::kind::object) {
            q.settings = settings;
            q.read();
        } else {
            continue;
        }
        if (q.failed) return q.failure;
        return q.found;
    }
    if (beside_length > 0) {
        const result<json_value> other = json_root(beside, beside_length);
        if (!other) return other.error();
        q.begin = beside;
        q.settings = member_of(*other, "quantization");
        if (kind_of(q.settings) == json_value::kind::object &&
            detail::quantization_query::has(q.settings, "quant_algo")) {
            q.read_modelopt();
            if (q.failed) return q.failure;
            return q.found;
        }
    }
    for (const json_value of : {part, *root})
        for (const char *key : {"dtype", "torch_dtype"}) {
            const json_value type = member_of(of, key);
            if (is_text(type, "bfloat16")) return quantizations::bf16::value;
            if (is_text(type, "float16")) return quantizations::f16::value;
            if (is_text(type, "float32")) return quantizations::f32::value;
        }
    return detail::model_error(errc::missing, "dtype", "is missing", "it says what type the weights have");
}

MEMBOUND_END_NAMESPACE

#endif

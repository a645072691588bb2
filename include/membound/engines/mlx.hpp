// MLX, as mlx-lm runs models with it.
// Source: mlx-lm v0.32.2 (2026-08-22) and MLX 0.32.4; file and function stand beside each rule.
#ifndef MEMBOUND_ENGINES_MLX_HPP
#define MEMBOUND_ENGINES_MLX_HPP

#include <membound/engines/one_device.hpp>
#include <membound/name.hpp>
#include <membound/quantizations.hpp>

#include <initializer_list>

MEMBOUND_BEGIN_NAMESPACE
namespace detail {

inline constexpr int mlx_today = 20260822;
inline constexpr int mlx_lm_0_27 = 20250828; // computes the logits of the last token alone

// A recipe that names embeddings is MLX's: no other quantizes them. Whatever is not quantized has 16 bits, or 32 where the
// file has.
constexpr bool runs_in_mlx(const quantization &q) {
    if (q.kind == quantization::scheme::linear) return q.rules[0].modules.has(module_kind::embedding);
    return plain_bits(q) > 0;
}

// How the router of a family's experts is stored: models/*.py, each family's `quant_predicate`. A gate that is no Linear
// but holds its matrix itself is never quantized.
enum class mlx_router : std::uint8_t { in_8_bits, as_others, kept };

constexpr mlx_router mlx_router_of(const architecture &a) {
    constexpr const char *kept[] = {"deepseek", "deepseek2", "deepseek32", "dots1", "exaone-moe",     "glm-dsa",
                                    "glm4moe",  "laguna",    "mimo2",      "nemotron_h_moe"};
    constexpr const char *as_others[] = {"llama",   "qwen2moe", "olmoe",      "phimoe",     "dbrx",
                                         "llama4",  "granite",  "hunyuan-moe", "ernie4_5-moe"};
    for (const char *name : kept)
        if (same_text(a.name, name)) return mlx_router::kept;
    for (const char *name : as_others)
        if (same_text(a.name, name)) return mlx_router::as_others;
    return mlx_router::in_8_bits;
}

// Of the mixed recipes: convert.py, mixed_quant_predicate_builder. It looks for "v_proj" and the like in names, and so finds
// the qkv_proj of some families, and kv_a_proj_with_mqa.
constexpr bool mlx_raises(const model &m, const tensor &t) {
    using n = tensor_name;
    if (t.name == n::output) return true;
    bool found = t.name == n::ffn_down || t.name == n::ffn_down_exps || t.name == n::ffn_down_shexp || t.name == n::attn_v ||
                 t.name == n::attn_kv_a_mqa;
    for (const char *family : {"phi3", "openelm", "plamo2", "plamo3"})
        found = found || (t.name == n::attn_qkv && same_text(m.family->name, family));
    const int layers = m.layer_count();
    return found && (t.layer < layers / 8 || t.layer >= 7 * layers / 8 || (t.layer - layers / 8) % 3 == 2);
}

// How a weight is stored. Rows that are no whole groups stay as they are (utils.py, quantize_model).
constexpr linear_format mlx_format_of(const model &m, const quantization &q, const tensor &t) {
    linear_format plain;
    if (q.kind != quantization::scheme::linear) {
        plain.bits = plain_bits(q);
        return plain;
    }
    module_kind module = module_of(m, t);
    const bool matrix = t.part == tensor_part::weight && t.dims.dimensions() > 1;
    if (matrix && t.name == tensor_name::position_embd) module = module_kind::embedding;
    if (t.name == tensor_name::ffn_gate_inp_shexp) module = module_kind::router; // a Linear with one output
    if (module == module_kind::other) return plain;
    linear_format how = linear_format_of(q, module, t.layer);
    const bool mixed = q.raised.quantized();
    if (mixed && mlx_raises(m, t)) how = q.raised;
    if (module == module_kind::router) {
        const mlx_router router = mlx_router_of(*m.family);
        if (router == mlx_router::kept) return plain;
        if (router == mlx_router::as_others) how = q.rules[0].how;
    }
    return how.quantized() && t.dims.ne[0] % how.group_inputs == 0 ? how : plain;
}

// Layers with a sliding window keep no more than it in these families, and every token in all others (make_cache).
constexpr bool mlx_rotates(const architecture &a) {
    constexpr const char *names[] = {"afmoe",   "cohere2", "exaone4", "exaone-moe", "gemma3", "gemma3n", "gemma4",
                                     "gpt-oss", "laguna",  "llama",   "llama4",     "mellum", "mimo2",   "mistral3",
                                     "olmo2",   "plamo2",  "plamo3",  "step35"};
    for (const char *name : names)
        if (same_text(a.name, name)) return true;
    return false;
}

// A use in numbers.
struct mlx_context {
    std::int64_t tokens = 0; // of a sequence
    std::int64_t step = 0;   // tokens that are read at once
    std::int64_t sequences = 1;
    std::int64_t cells = 0;    // of a layer that keeps every token: it grows by 256 (models/cache.py, KVCache)
    std::int64_t rotating = 0; // of one with a window, while a step is read behind it (RotatingKVCache, _update_concat)
};

constexpr mlx_context mlx_context_of(const model &m, const workload &w) {
    mlx_context c;
    const std::int64_t asked = w.context.count() > 0 ? w.context.count() : multiply(m.max_position_embeddings, w.sequences);
    c.sequences = w.sequences;
    c.tokens = divide_up(asked, c.sequences);
    c.step = min<std::int64_t>(c.tokens, w.ubatch > 0 ? w.ubatch : 2048);
    c.cells = round_up(c.tokens, 256);
    c.rotating = min(c.cells, add(m.sliding_window, c.step - 1));
    return c;
}

constexpr std::int64_t mlx_cells_of(const model &m, const layer &l, const mlx_context &c) {
    return l.kind == layer_kind::sliding_attention && mlx_rotates(*m.family) ? c.rotating : c.cells;
}

// Bytes that a layer keeps of all sequences: keys and values, or the latent vector; each row of a head begins a new group.
constexpr bytes mlx_cache_bytes(const model &m, const layer &l, const workload &w, const mlx_context &c) {
    if (!attends(l) || l.shares_cache) return bytes();
    const std::int64_t rows = multiply(mlx_cells_of(m, l, c), c.sequences);
    if (m.is_latent(l) && !same_text(m.family->name, "deepseek2-ocr"))
        return storage_bytes(w.type_k, cached_key_size(m, l), rows) +
               storage_bytes(w.type_k, cached_indexer_size(m, l), rows);
    return storage_bytes(w.type_k, m.key_head_dim(l), multiply(rows, l.num_key_value_heads)) +
           storage_bytes(w.type_v, m.value_head_dim(l), multiply(rows, l.num_key_value_heads));
}

// The last tokens that a convolution sees are in the model's own type, what sums up all of them in F32 (models/ssm.py,
// gated_delta.py).
constexpr bytes mlx_state_bytes(const model &m, const layer &l, std::int64_t element, const mlx_context &c) {
    return (bytes(multiply(convolution_state_size(m, l), element)) + bytes(multiply(recurrent_state_size(m, l), 4))) *
           c.sequences;
}

// Numbers that a layer computes for each token of a step: what each of its operations gives, but for those that take the
// place of what they read for the last time (array.h, is_donatable): sums, and the product with a gate. A device frees them
// when it has done with a batch of operations, of which several are under way.
struct mlx_numbers {
    std::int64_t all = 0;
    std::int64_t single = 0; // in F32, which take as much as two
};

constexpr mlx_numbers mlx_numbers_of(const model &m, const layer &l, const mlx_context &c) {
    const std::int64_t hidden = m.hidden_size;
    std::int64_t sum = 2 * hidden; // two norms
    std::int64_t single = 0;
    if (attends(l)) {
        const std::int64_t queries = multiply(l.num_attention_heads, m.key_head_dim(l));
        const std::int64_t values = multiply(l.num_attention_heads, m.value_head_dim(l));
        sum += 2 * queries + 2 * cached_key_size(m, l) + cached_value_size(m, l) + values + hidden;
    }
    if (l.state != state_kind::none) {
        const std::int64_t channels = add(m.ssm_inner_size, multiply(2, multiply(m.ssm_group_count, m.ssm_state_size)));
        sum += 2 * m.ssm_inner_size + 4 * channels + 10 * m.ssm_inner_size + hidden;
        single = 9 * m.ssm_inner_size;
        // Scores of 256 tokens among each other, most in F32, in seven operations (models/ssm.py, ssm_attn).
        if (l.state == state_kind::mamba_2) {
            const std::int64_t scores = multiply(m.ssm_time_step_rank, min<std::int64_t>(256, c.step));
            sum += 7 * scores;
            single += 6 * scores;
        }
    }
    if (l.ffn == feed_forward_kind::dense) sum += 2 * static_cast<std::int64_t>(l.intermediate_size) + hidden;
    if (l.ffn == feed_forward_kind::experts) {
        // Tokens are sorted by expert, and their results put back and weighed (models/switch_layers.py).
        const std::int64_t size = m.moe_latent_size > 0 ? m.moe_latent_size : hidden;
        sum += multiply(m.num_experts_per_tok, 4 * size + 2 * m.moe_intermediate_size);
        sum += 2 * m.shared_expert_intermediate_size + 2 * hidden + 2 * m.num_experts;
    }
    return {sum, single};
}

// Metal's command buffers end once what their operations touch first exceeds 40 Mi numbers, or 50 Mi on Max and Ultra, a word
// of packed weights being one (backend/metal/device.cpp, needs_commit). Another may start while ten are under way
// (transforms.cpp, MAX_ACTIVE_TASKS), and what one computed is freed when it is done. The residual lies in one place through
// all layers (see mlx_numbers), and each command buffer counts it anew.
constexpr std::int64_t mlx_numbers_under_way(const device &d, std::int64_t residual) {
    const char *name = d.name.c_str();
    const std::int64_t each = contains(name, "max") || contains(name, "ultra") ? 50 : contains(name, "apple") ? 40 : 45;
    return 11 * max((each << 20) - residual, std::int64_t{1} << 20);
}

// Without a kernel for the size of the head, its scores are computed and stored (fast.cpp, scaled_dot_product_attention): the
// softmax takes their place, and beside them is a mask of a byte each, one for all heads. Of latent vectors those of the
// rotated part are stored, and once more masked, and keys and values of each head (models/deepseek_v3.py).
constexpr bytes mlx_score_bytes(const model &m, const layer &l, const mlx_context &c, std::int64_t element) {
    if (!attends(l)) return bytes();
    const std::int64_t head = m.key_head_dim(l);
    const bool latent = m.is_latent(l);
    if (!latent && (head == 64 || head == 80 || head == 128)) return bytes();
    const std::int64_t cells = mlx_cells_of(m, l, c);
    const std::int64_t scores = multiply(c.step, multiply(l.num_attention_heads, latent ? 2 * element : element) + 1);
    const std::int64_t expanded =
        latent ? multiply(l.num_attention_heads, multiply(m.qk_nope_head_dim + m.value_head_dim(l), element)) : 0;
    return bytes(multiply(cells, add(scores, expanded))) * c.sequences;
}

// What the layers compute and still hold while a step is read, at least the largest of them whole: beside it their caches as
// they were before they grew, and the scores of one, which end a command buffer alone. The scan of a state is one kernel over
// all tokens of the step (models/gated_delta.py, ssm.py), until whose end its layer is held while further buffers are under
// way.
constexpr amount mlx_compute(const model &m, const workload &w, const mlx_context &c, std::int64_t element, bytes weights,
                             bool packed, std::int64_t most_under_way) {
    bytes largest, scanned, all, scores;
    std::int64_t touched = weights.count() / (packed ? 4 : element);
    for (int i = 0; i < m.layer_count(); ++i) {
        const layer &l = m.layers[i];
        const std::int64_t rows = multiply(c.step, c.sequences);
        const mlx_numbers numbers = mlx_numbers_of(m, l, c);
        const bytes cache = mlx_cache_bytes(m, l, w, c);
        const bytes held = bytes(multiply(rows, multiply(numbers.all, element) + multiply(numbers.single, 4 - element))) + cache;
        // The old cache and the new one.
        touched = add(touched, add(multiply(rows, numbers.all), multiply(2, cache.count()) / element));
        largest = max(largest, held);
        if (l.state != state_kind::none) scanned = max(scanned, held);
        all += held;
        scores = max(scores, mlx_score_bytes(m, l, c, element));
    }
    if (all.overflowed()) return {all, all, all, knowledge::modelled};
    const double all_of = static_cast<double>(max(touched, most_under_way));
    const double part = static_cast<double>(most_under_way) / all_of;
    const bytes under_way(static_cast<std::int64_t>(static_cast<double>(all.count()) * part));
    const bytes most = max(largest, min(all, scanned + under_way)) + scores;
    return {most / 2, most, most * 2, knowledge::modelled};
}

constexpr amount mlx_overhead(const device &d) {
    switch (d.api) {
    case backend::metal: return {0_MiB, 128_MiB, 512_MiB, knowledge::assumed};
    case backend::cpu: return {200_MiB, 500_MiB, 1_GiB, knowledge::assumed}; // Python and what it imports
    default: return {250_MiB, 500_MiB, 800_MiB, knowledge::assumed};
    }
}

constexpr result<bool> mlx_accepts(const model &m, const quantization &q, const machine &on, const workload &w) {
    const auto refused = [](const char *where, const char *what, const char *why) {
        return model_error(errc::unsupported, where, what, why);
    };
    const auto accepted = one_device_accepts(m, on, w);
    if (!accepted) return accepted;
    if (!runs_in_mlx(q)) return refused("quantization", "is not one of MLX's", "mlx-lm runs what mlx_lm.convert makes");
    if (w.type_k != w.type_v) return refused("type_v", "is not type_k", "mlx-lm has one size of numbers for both (kv_bits)");
    const bool quantized = w.type_k.block_elements > 1;
    for (int i = 0; i < m.layer_count() && quantized; ++i) {
        const layer &l = m.layers[i];
        if (!attends(l)) continue;
        if (l.kind == layer_kind::sliding_attention && mlx_rotates(*m.family))
            return refused("type_k", "is quantized", "mlx-lm quantizes no rotating cache");
        if (m.is_latent(l)) return refused("type_k", "is quantized", "mlx-lm quantizes no latent cache");
        if (!divides(w.type_k, m.key_head_dim(l)) || !divides(w.type_k, m.value_head_dim(l)))
            return refused("type_k", "does not divide a head", "a head is stored in whole groups");
    }
    return true;
}

constexpr result<loaded_model> mlx_load(const engine &, const model &m, const quantization &q, const machine &on,
                                        const workload &w) {
    const auto accepted = mlx_accepts(m, q, on, w);
    if (!accepted) return accepted.error();
    return one_device_load(
        m, on, [&](const tensor &t) { return linear_bytes_of(mlx_format_of(m, q, t), t); }, [](const tensor &) { return false; });
}

constexpr result<budget> mlx_account(const engine &e, const model &m, const quantization &q, const loaded_model &loaded,
                                     const machine &on, const workload &w) {
    const auto accepted = mlx_accepts(m, q, on, w);
    if (!accepted) return accepted.error();
    const mlx_context c = mlx_context_of(m, w);
    const std::int64_t element = plain_bits(q) == 32 ? 4 : 2;
    workload stored = w;
    if (element == 4 && w.type_k.block_elements == 1) stored.type_k = stored.type_v = formats::f32::value;

    one_device_terms terms;
    for (int i = 0; i < m.layer_count(); ++i) {
        terms.kv_cache += mlx_cache_bytes(m, m.layers[i], stored, c);
        terms.recurrent_state += mlx_state_bytes(m, m.layers[i], element, c);
    }
    terms.compute = mlx_compute(m, stored, c, element, loaded.weights.on[0], q.kind == quantization::scheme::linear,
                                mlx_numbers_under_way(device_at(on, 0), multiply(m.hidden_size, multiply(c.step, c.sequences))));
    // A row of logits for each sequence, and its logarithms (generate.py, _step).
    const std::int64_t logits = e.date < mlx_lm_0_27 ? c.step : 1;
    terms.output = bytes(multiply(multiply(m.vocab_size, logits + 1), element)) * c.sequences;
    terms.overhead = mlx_overhead(device_at(on, 0));
    terms.host_overhead = mlx_overhead(on.host);
    terms.context_per_sequence = c.tokens;
    return one_device_budget(loaded, on, w, terms);
}

constexpr tokens mlx_context_step(const workload &w) { return tokens(256) * max(w.sequences, 1); }

// Numbers of 3, 5 and 6 bits do not pack into rows of a head as QuantizedKVCache sizes them.
inline constexpr const format *mlx_cache_types[] = {&formats::f16::value, &formats::bf16::value, &formats::mlx_8bit::value,
                                                    &formats::mlx_4bit::value, &formats::mlx_2bit::value};

} // namespace detail

namespace engines {

// Prompts are read 2048 tokens at a time (generate.py, prefill_step_size).
struct mlx {
    static constexpr engine value = [] {
        engine e;
        e.name = "mlx";
        e.version = "mlx-lm v0.32.2 (2026-08-22)";
        e.date = detail::mlx_today;
        e.defaults.batch = 2048;
        e.defaults.ubatch = 2048;
        e.defaults.outputs = -1;
        e.caches_in(detail::mlx_cache_types);
        e.runs = detail::runs_in_mlx;
        e.load_by = detail::mlx_load;
        e.account_by = detail::mlx_account;
        e.context_step = detail::mlx_context_step;
        return e;
    }();
};

} // namespace engines

MEMBOUND_END_NAMESPACE

#endif

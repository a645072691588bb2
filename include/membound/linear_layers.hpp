// How engines that run models from Hugging Face store the matrices of linear layers: packed numbers, scales of groups of
// them, and which modules stay as they are. These are the terms of config.json's quantization_config.
#ifndef MEMBOUND_LINEAR_LAYERS_HPP
#define MEMBOUND_LINEAR_LAYERS_HPP

#include <membound/model.hpp>
#include <membound/tensor.hpp>

MEMBOUND_BEGIN_NAMESPACE

// Numbers of `bits` each, and beside them one scale (and one zero point) for every `group_inputs` inputs of
// `group_outputs` outputs.
struct linear_format {
    std::int16_t bits = 16;
    std::int16_t scale_bits = 0;    // of a group; 0: there are none
    std::int16_t zero_bits = 0;     // of a group's zero point; 0: symmetric
    std::int16_t nested_groups = 0; // scales that share an fp32 scale of their own (bitsandbytes' double quantization)
    std::int32_t group_inputs = 0;  // 0: all of them
    std::int32_t group_outputs = 1; // 0: all of them
    std::int32_t matrix_bytes = 0;  // of the whole matrix beside that, as a global scale
    // What files have and engines drop when they repack: the zero points of a symmetric GPTQ, and the group of each input.
    std::int16_t file_zero_bits = 0;
    std::int16_t file_index_bits = 0;

    constexpr bool quantized() const { return scale_bits > 0; }
};

constexpr bool operator==(const linear_format &a, const linear_format &b) {
    return a.bits == b.bits && a.scale_bits == b.scale_bits && a.zero_bits == b.zero_bits &&
           a.nested_groups == b.nested_groups && a.group_inputs == b.group_inputs && a.group_outputs == b.group_outputs &&
           a.matrix_bytes == b.matrix_bytes && a.file_zero_bits == b.file_zero_bits && a.file_index_bits == b.file_index_bits;
}
constexpr bool operator!=(const linear_format &a, const linear_format &b) { return !(a == b); }

namespace detail {

constexpr std::int64_t bits_to_bytes(std::int64_t bits) { return divide_up(bits, 8); }

constexpr std::int64_t group_count(const linear_format &f, std::int64_t in, std::int64_t out) {
    const std::int64_t across = f.group_inputs > 0 ? divide_up(in, f.group_inputs) : 1;
    const std::int64_t down = f.group_outputs > 0 ? divide_up(out, f.group_outputs) : 1;
    return multiply(across, down);
}

} // namespace detail

// What a matrix of `in` inputs and `out` outputs consists of in memory, each a tensor of its own.
struct linear_parts {
    bytes values;
    bytes scales;
    bytes zeros;
    bytes rest; // scales of scales, and what is of the whole matrix

    constexpr bytes sum() const { return values + scales + zeros + rest; }
};

constexpr linear_parts linear_parts_of(const linear_format &f, std::int64_t in, std::int64_t out) {
    using namespace detail;
    linear_parts p;
    p.values = bytes(bits_to_bytes(multiply(multiply(in, out), f.bits)));
    if (!f.quantized()) return p;
    const std::int64_t groups = group_count(f, in, out);
    p.scales = bytes(bits_to_bytes(multiply(groups, f.scale_bits)));
    p.zeros = bytes(bits_to_bytes(multiply(groups, f.zero_bits)));
    const std::int64_t nested = f.nested_groups > 0 ? multiply(divide_up(groups, f.nested_groups), 4) : 0;
    p.rest = bytes(add(nested, f.matrix_bytes));
    return p;
}

constexpr bytes linear_bytes(const linear_format &f, std::int64_t in, std::int64_t out) {
    return linear_parts_of(f, in, out).sum();
}

// The same as a safetensors file has it.
constexpr bytes linear_file_bytes(const linear_format &f, std::int64_t in, std::int64_t out) {
    using namespace detail;
    const std::int64_t dropped = add(bits_to_bytes(multiply(group_count(f, in, out), f.file_zero_bits)),
                                     bits_to_bytes(multiply(in, f.file_index_bits)));
    return linear_bytes(f, in, out) + bytes(dropped);
}

// The parts of a model that quantization_config names together (modules_to_not_convert, ignore, targets).
enum class module_kind : std::uint8_t {
    embedding,        // embed_tokens
    head,             // lm_head
    attention,        // q_proj, k_proj, v_proj, o_proj
    latent_attention, // q_a_proj, q_b_proj, kv_a_proj_with_mqa, kv_b_proj, o_proj
    linear_attention, // the projections of a layer with a state: in_proj, out_proj (Mamba, gated delta nets)
    feed_forward,     // gate_proj, up_proj, down_proj
    experts,          // those of routed experts
    shared_expert,    // those of shared experts
    router,           // gate, shared_expert_gate
    indexer,          // of sparse attention
    per_layer,        // per-layer embeddings and their projections (Gemma 3n and 4)
    further_layers,   // all of the layers that predict further tokens
    state_gates,      // in_proj_ba of a gated delta net and the like: some numbers a head, too narrow for blocks
    other,            // norms, biases, convolutions and the like: never quantized
};

// A set of them.
struct module_set {
    std::uint32_t bits = 0;

    constexpr bool has(module_kind k) const { return (bits >> static_cast<int>(k) & 1U) != 0; }
    constexpr module_set with(module_kind k) const { return {bits | std::uint32_t{1} << static_cast<int>(k)}; }
    constexpr module_set without(module_kind k) const { return {bits & ~(std::uint32_t{1} << static_cast<int>(k))}; }
};

// Every linear layer but the embedding, the head, routers and what predicts further tokens: what is quantized where
// quantization_config names no exception (`Linear`; engines leave the rest alone).
inline constexpr module_set linear_modules = module_set{}
                                                 .with(module_kind::attention)
                                                 .with(module_kind::latent_attention)
                                                 .with(module_kind::linear_attention)
                                                 .with(module_kind::feed_forward)
                                                 .with(module_kind::experts)
                                                 .with(module_kind::shared_expert)
                                                 .with(module_kind::indexer);

// The modules of some layers, and how their matrices are stored.
struct linear_rule {
    linear_format how;
    module_set modules;
    std::int32_t first_layer = 0;
    std::int32_t last_layer = INT32_MAX;
};

// Which of the parts a tensor belongs to. Biases, norms and whatever has one dimension are `other`.
constexpr module_kind module_of(const model &m, const tensor &t) {
    using k = module_kind;
    using n = tensor_name;
    if (t.part != tensor_part::weight || t.dims.dimensions() < 2) return k::other;
    if (t.layer >= m.num_hidden_layers && m.num_hidden_layers > 0) return k::further_layers;
    const bool of_layer = t.layer >= 0 && t.layer < m.num_hidden_layers;
    const bool latent = of_layer && m.is_latent(m.layers[t.layer]);
    const bool has_state = of_layer && m.layers[t.layer].state != state_kind::none && !attends(m.layers[t.layer]);
    switch (t.name) {
    case n::token_embd: return k::embedding;
    case n::output: return k::head;
    case n::attn_q:
    case n::attn_k:
    case n::attn_v:
    case n::attn_qkv:
    case n::attn_gate:
    case n::attn_output:
    case n::enc_attn_q:
    case n::enc_attn_k:
    case n::enc_attn_v:
    case n::enc_attn_o:
    case n::dec_attn_q:
    case n::dec_attn_k:
    case n::dec_attn_v:
    case n::dec_attn_o:
    case n::dec_cross_attn_q:
    case n::dec_cross_attn_k:
    case n::dec_cross_attn_v:
    case n::dec_cross_attn_o: return has_state ? k::linear_attention : latent ? k::latent_attention : k::attention;
    case n::attn_q_a:
    case n::attn_q_b:
    case n::attn_kv_a_mqa:
    case n::attn_kv_b:
    case n::attn_k_b:
    case n::attn_v_b: return k::latent_attention;
    case n::ssm_in:
    case n::ssm_x:
    case n::ssm_dt:
    case n::ssm_out:
    case n::ssm_f_a:
    case n::ssm_f_b:
    case n::ssm_g:
    case n::ssm_g_a:
    case n::ssm_g_b:
    case n::shortconv_in_proj:
    case n::shortconv_out_proj: return k::linear_attention;
    case n::ssm_ba:
    case n::ssm_alpha:
    case n::ssm_beta: return k::state_gates;
    case n::ffn_gate:
    case n::ffn_up:
    case n::ffn_down:
    case n::enc_ffn_gate:
    case n::enc_ffn_up:
    case n::enc_ffn_down:
    case n::dec_ffn_gate:
    case n::dec_ffn_up:
    case n::dec_ffn_down: return k::feed_forward;
    case n::ffn_gate_up_exps:
    case n::ffn_gate_exps:
    case n::ffn_up_exps:
    case n::ffn_down_exps:
    case n::ffn_gate_chexps:
    case n::ffn_up_chexps:
    case n::ffn_down_chexps: return k::experts;
    case n::ffn_gate_shexp:
    case n::ffn_up_shexp:
    case n::ffn_down_shexp:
    case n::ffn_latent_down:
    case n::ffn_latent_up: return k::shared_expert;
    case n::ffn_gate_inp:
    case n::ffn_gate_inp_shexp: return k::router;
    case n::indexer_attn_q_b:
    case n::indexer_attn_k:
    case n::indexer_proj: return k::indexer;
    case n::per_layer_token_embd:
    case n::per_layer_model_proj:
    case n::per_layer_inp_gate:
    case n::per_layer_proj: return k::per_layer;
    default: return k::other;
    }
}

MEMBOUND_END_NAMESPACE

#endif

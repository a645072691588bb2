// Which format each tensor of a model is stored in.
#ifndef MEMBOUND_QUANTIZATION_HPP
#define MEMBOUND_QUANTIZATION_HPP

#include <membound/formats/ggml.hpp>
#include <membound/linear_layers.hpp>
#include <membound/model.hpp>
#include <membound/tensor.hpp>

MEMBOUND_BEGIN_NAMESPACE

// A tensor as a file has it.
struct stored_tensor {
    tensor which;
    format type;
    fixed_text<63> name; // as in the file; longer names do not occur (GGML_MAX_NAME)
    int shard = 0;       // of a model in several files
};

// llama.cpp's file types (enum llama_ftype, include/llama.h).
enum class file_type : std::int8_t {
    f32 = 0, f16 = 1, q4_0 = 2, q4_1 = 3, q8_0 = 7, q5_0 = 8, q5_1 = 9, q2_k = 10, q3_k_s = 11, q3_k_m = 12,
    q3_k_l = 13, q4_k_s = 14, q4_k_m = 15, q5_k_s = 16, q5_k_m = 17, q6_k = 18, iq2_xxs = 19, iq2_xs = 20,
    q2_k_s = 21, iq3_xs = 22, iq3_xxs = 23, iq1_s = 24, iq4_nl = 25, iq3_s = 26, iq3_m = 27, iq2_s = 28, iq2_m = 29,
    iq4_xs = 30, iq1_m = 31, bf16 = 32, tq1_0 = 36, tq2_0 = 37, mxfp4_moe = 38, nvfp4 = 39, q1_0 = 40, q2_0 = 41
};

// The order of the tensors in the file that a recipe makes. llama-quantize sorts by name since 2025, and kept the order of the
// converted file before: embeddings, block after block, the output.
enum class file_order : std::uint8_t { by_name, as_converted };

// A recipe. `mix` gives each tensor the type that llama-quantize gives it; `uniform` gives every matrix the same format
// but for the embeddings and for norms, biases and the like; `linear` quantizes the linear layers of some modules and
// leaves the rest in 16 bits, as quantization_config says; `stored` is what a file has.
struct quantization {
    enum class scheme : std::uint8_t { mix, uniform, linear, stored };

    static constexpr int max_rules = 8;

    const char *name = "";
    scheme kind = scheme::mix;
    file_type type = file_type::f16; // of a mix
    bool importance_matrix = false;  // of a mix or a file: llama-quantize was given one
    format matrices;                 // of a uniform recipe
    const stored_tensor *stored = nullptr; // of a file; not owned
    std::int64_t stored_count = 0;
    std::int64_t alignment = 32; // of a tensor in a file (general.alignment)
    file_order order = file_order::by_name; // of what is no file yet
    format embeddings;                  // of a uniform recipe: token_embd and output; without bytes: as `matrices`
    format rest = formats::f32::value;  // of a uniform or linear recipe: what is never quantized
    linear_rule rules[max_rules];       // of a linear recipe: the first that has a matrix's module holds
    linear_format raised;               // of one of mlx-lm's mixed ones: the matrices that have more bits
};

// How a linear recipe stores a matrix; 16 bits where no rule has its module.
constexpr linear_format linear_format_of(const quantization &q, module_kind module, int layer) {
    for (const linear_rule &r : q.rules) {
        const bool in_range = layer < 0 || (layer >= r.first_layer && layer <= r.last_layer);
        if (r.modules.has(module) && in_range) return r.how;
    }
    return {};
}

// Bits of a weight where no weight is quantized: 16 or 32; 0 where some are.
constexpr std::int16_t plain_bits(const quantization &q) {
    if (q.kind != quantization::scheme::mix) return 0;
    switch (q.type) {
    case file_type::f32: return 32;
    case file_type::f16:
    case file_type::bf16: return 16;
    default: return 0;
    }
}

// What llama-quantize looks at in a model, beside the tensor itself.
struct mix_facts {
    int layers = 0;         // n_layer_all
    int decoder_layers = 0; // beside those, of an encoder-decoder
    int value_matrices = 0; // attn_v, attn_qkv and attn_kv_b, of all layers together
    int heads_per_kv_head = 0; // n_gqa of the first layer
    int experts = 0;
    // ffn_down matrices before ffn_down_exps in the order of names: of a dense block (ffn_down) or of smaller experts
    // (ffn_down_chexps) of the same layer.
    int downs_before_experts = 0;
    bool repeats_blocks = false; // layers share blocks, each of which has one matrix of each kind
    bool tied = false;        // the embedding is the output matrix too
    bool type_70b = false;    // LLM_TYPE_70B
    bool by_name = false;     // blocks come in the order of their names: those of encoders and decoders
    bool falcon = false;      // has a mix of its own
    bool bailingmoe3 = false; // MXFP4_MOE leaves its latent attention alone
};

namespace detail {

// llama.cpp v0.5.0, src/models/{llama,qwen2,deci,olmo,jais2}.cpp: load_arch_hparams. A llama of eight experts is none
// there, but all that the type decides is decided otherwise for eight experts.
constexpr bool is_type_70b(const char *family, int layers, bool grouped_query) {
    if (layers == 68) return same_text(family, "jais2");
    if (layers != 80) return false;
    if (same_text(family, "llama")) return grouped_query;
    return same_text(family, "qwen2") || same_text(family, "deci") || same_text(family, "olmo");
}

// Whether a layer has a matrix among attn_v, attn_qkv and attn_kv_b.
constexpr bool has_value_matrix(const model &m, const layer &l) {
    switch (l.state) {
    case state_kind::gated_delta_net: return !m.fused_qkvz;
    case state_kind::kimi_delta:
    case state_kind::lightning_attention: return true;
    default: break;
    }
    if (m.is_latent(l) || !attends(l)) return false;
    const bool loads_keys = !l.shares_cache || m.unused_keys || m.family == nullptr || m.family->unused_keys;
    return m.fused_qkv || (loads_keys && !l.values_are_keys);
}

} // namespace detail

// `m` is as `arranged` gives it. Latent attention is stored as attn_k_b and attn_v_b, none of which counts as values.
constexpr mix_facts mix_facts_of(const model &m) {
    const char *family = m.family != nullptr ? m.family->name : "";
    // Of the first layer, as the file counts them: none where a list says 0.
    const bool attends = m.layers[0].kind != layer_kind::no_attention;
    const std::int64_t heads = attends ? m.layers[0].num_attention_heads : m.num_attention_heads;
    const std::int64_t kv_heads = attends ? m.layers[0].num_key_value_heads : m.num_key_value_heads;

    mix_facts facts;
    facts.layers = m.layer_count() + static_cast<int>(m.num_nextn_predict_layers);
    const bool further = m.family == nullptr || files_hold_further_layers(m);
    const int with_matrices = m.adapter_slots == 0 && further ? facts.layers : m.layer_count(); // what chooses adapters has none
    for (int i = 0; i < with_matrices; ++i)
        if (detail::has_value_matrix(m, m.layers[i])) ++facts.value_matrices;
    facts.by_name = m.family != nullptr && m.family->stacks != layer_stacks::one;
    const bool decodes = m.family != nullptr && m.family->stacks == layer_stacks::encoder_and_decoder;
    if (decodes) facts.decoder_layers = m.layer_count();
    facts.value_matrices += 2 * facts.decoder_layers;
    if (m.family != nullptr && m.family->visual_experts) facts.value_matrices *= 2;
    facts.repeats_blocks = m.repeats_blocks();
    if (facts.repeats_blocks) facts.value_matrices = m.block_count();
    facts.heads_per_kv_head = static_cast<int>(kv_heads > 0 ? heads / kv_heads : 0);
    facts.experts = static_cast<int>(detail::max(m.num_experts, m.num_unused_experts));
    const bool dense_beside = m.family != nullptr && (m.family->dense_beside_experts || m.family->normed_experts_beside_dense);
    facts.downs_before_experts = dense_beside || m.dense_branch || m.num_chunk_experts > 0 ? 1 : 0;
    facts.tied = m.tie_word_embeddings;
    facts.type_70b = detail::is_type_70b(family, facts.layers, heads != kv_heads);
    facts.falcon = same_text(family, "falcon");
    facts.bailingmoe3 = same_text(family, "bailingmoe3");
    return facts;
}

namespace detail {

// llama.cpp v0.5.0, src/llama-quant.cpp: tensor_get_category, and `kept` for what tensor_allows_quantization excludes,
// `kept_half` where the converter writes that in 16 bits, `numbers` where it is whole numbers. `narrowed` is what the
// converter writes in 32 bits and llama-quantize takes for a matrix.
enum class tensor_role : std::uint8_t {
    kept, kept_half, numbers, narrowed, output, embedding, query, key, value, attention_output, gate, up, down, other, count
};

constexpr tensor_role role_of(tensor_name name) {
    using n = tensor_name;
    using r = tensor_role;
    switch (name) {
    case n::output: return r::output;
    case n::token_embd:
    case n::per_layer_token_embd: return r::embedding;
    case n::attn_q:
    case n::enc_attn_q:
    case n::dec_attn_q:
    case n::dec_cross_attn_q: return r::query;
    case n::attn_k:
    case n::enc_attn_k:
    case n::dec_attn_k:
    case n::dec_cross_attn_k:
    case n::indexer_attn_k: return r::key;
    case n::attn_v:
    case n::enc_attn_v:
    case n::dec_attn_v:
    case n::dec_cross_attn_v:
    case n::attn_qkv:
    case n::vis_attn_qkv:
    case n::attn_kv_b: return r::value;
    case n::vis_attn_output:
    case n::attn_output: return r::attention_output;
    case n::ffn_gate:
    case n::enc_ffn_gate:
    case n::dec_ffn_gate:
    case n::ffn_gate_exps:
    case n::ffn_gate_up_exps:
    case n::ffn_gate_chexps:
    case n::ffn_gate_inp_shexp:
    case n::ffn_gate_shexp: return r::gate;
    case n::ffn_up:
    case n::enc_ffn_up:
    case n::dec_ffn_up:
    case n::ffn_up_exps:
    case n::ffn_up_chexps:
    case n::hc_ffn_up:
    case n::ffn_up_shexp: return r::up;
    case n::ffn_down:
    case n::enc_ffn_down:
    case n::dec_ffn_down:
    case n::ffn_down_exps:
    case n::ffn_down_chexps:
    case n::hc_ffn_down:
    case n::ffn_down_shexp: return r::down;
    case n::attn_q_a:
    case n::attn_q_b:
    case n::attn_kv_a_mqa:
    case n::attn_k_b:
    case n::attn_v_b:
    case n::attn_gate:
    case n::vis_gate:
    case n::vis_up:
    case n::vis_down:
    case n::ffn_latent_down:
    case n::ffn_latent_up:
    case n::ssm_in:
    case n::ssm_x:
    case n::ssm_dt:
    case n::ssm_out:
    case n::per_layer_inp_gate:
    case n::per_layer_proj:
    case n::indexer_attn_q_b:
    case n::fc:
    case n::markov_w1:
    case n::hc_head_down:
    case n::hc_head_up:
    case n::hc_attn_down:
    case n::hc_attn_up:
    case n::hc_attn_inject:
    case n::hc_ffn_inject:
    case n::ple_key:
    case n::ple_value:
    case n::ple_conv1d:
    case n::attn_kv:
    case n::attn_output_a:
    case n::attn_output_b:
    case n::attn_compressor_kv:
    case n::attn_compressor_gate:
    case n::attn_compressor_ape:
    case n::indexer_compressor_kv:
    case n::indexer_compressor_gate:
    case n::indexer_compressor_ape:
    case n::hc_head_fn:
    case n::hc_attn_fn:
    case n::hc_ffn_fn:
    case n::indexer_proj:
    case n::ssm_ba:
    case n::ssm_alpha:
    case n::ssm_beta:
    case n::ssm_f_a:
    case n::ssm_f_b:
    case n::ssm_g:
    case n::ssm_g_a:
    case n::ssm_g_b:
    case n::shortconv_in_proj:
    case n::shortconv_out_proj:
    case n::time_mix_lerp_x:
    case n::time_mix_lerp_w:
    case n::time_mix_lerp_k:
    case n::time_mix_lerp_v:
    case n::time_mix_lerp_r:
    case n::time_mix_lerp_g:
    case n::time_mix_decay:
    case n::time_mix_k_k:
    case n::time_mix_k_a:
    case n::time_mix_r_k:
    case n::time_mix_key:
    case n::time_mix_value:
    case n::time_mix_receptance:
    case n::time_mix_gate:
    case n::time_mix_ln:
    case n::time_mix_output:
    case n::channel_mix_lerp_k:
    case n::channel_mix_lerp_r:
    case n::channel_mix_key:
    case n::channel_mix_value:
    case n::channel_mix_receptance:
    case n::attn_res_score:
    case n::ffn_res_score:
    case n::ffn_routed_down:
    case n::ffn_routed_up:
    case n::output_res_score:
    case n::nextn_eh_proj:
    case n::enc_attn_o:
    case n::dec_attn_o:
    case n::dec_cross_attn_o:
    case n::nextn_embed_tokens:
    case n::nextn_shared_head_head:
    case n::cls:
    case n::cls_output:
    case n::conv1d:
    case n::posnet_conv1:
    case n::posnet_conv2:
    case n::posnet_attn_q:
    case n::posnet_attn_k:
    case n::posnet_attn_v:
    case n::posnet_attn_output:
    case n::convnext_dw:
    case n::convnext_pw1:
    case n::convnext_pw2:
    case n::nextn_proj_pre:
    case n::nextn_proj_post:
    case n::masked_embd_centroids:
    case n::masked_embd_ordering:
    case n::dense_2:
    case n::dense_3:
    case n::other: return r::other;
    case n::ssm_conv1d_q:
    case n::ssm_conv1d_k:
    case n::ssm_conv1d_v:
    case n::shortconv_conv:
    case n::time_mix_w0:
    case n::time_mix_w1:
    case n::time_mix_w2:
    case n::time_mix_a0:
    case n::time_mix_v0:
    case n::time_mix_lerp_fused:
    case n::time_mix_first:
    case n::time_mix_decay_w1:
    case n::time_mix_decay_w2:
    case n::ffn_routed_norm:
    case n::token_embd_norm:
    case n::position_embd:
    case n::token_types:
    case n::rope_freqs:
    case n::rope_factors_long:
    case n::rope_factors_short:
    case n::hrm_z_l_init:
    case n::output_norm:
    case n::enc_output_norm:
    case n::dec_output_norm:
    case n::enc_attn_norm:
    case n::enc_ffn_norm:
    case n::dec_attn_norm:
    case n::dec_cross_attn_norm:
    case n::dec_ffn_norm:
    case n::cls_norm:
    case n::attn_norm:
    case n::attn_norm_2:
    case n::attn_output_norm:
    case n::attn_sub_norm:
    case n::ffn_sub_norm:
    case n::layer_output_scale:
    case n::attn_q_norm:
    case n::attn_k_norm:
    case n::attn_sinks:
    case n::attn_q_a_norm:
    case n::attn_kv_a_norm:
    case n::indexer_k_norm:
    case n::indexer_q_norm:
    case n::per_layer_proj_norm:
    case n::per_layer_post_norm:
    case n::d2t:
    case n::hc_head_norm:
    case n::hc_attn_norm:
    case n::hc_ffn_norm:
    case n::ple_norm_key:
    case n::ple_norm_query:
    case n::ple_norm_conv:
    case n::hc_head_base:
    case n::hc_head_scale:
    case n::hc_attn_base:
    case n::hc_attn_scale:
    case n::hc_ffn_base:
    case n::hc_ffn_scale:
    case n::altup_proj:
    case n::altup_unembd_proj:
    case n::altup_router:
    case n::altup_router_norm:
    case n::altup_predict_coef:
    case n::altup_correct_coef:
    case n::altup_correct_scale:
    case n::laurel_post_norm:
    case n::post_attention_norm:
    case n::ssm_conv1d:
    case n::ssm_dt_norm:
    case n::ssm_a:
    case n::ssm_b_norm:
    case n::ssm_c_norm:
    case n::ssm_d:
    case n::ssm_norm:
    case n::ffn_norm:
    case n::ffn_norm_exps:
    case n::ffn_gate_inp:
    case n::exp_probs_b:
    case n::exp_probs_b_vl:
    case n::attn_compressor_norm:
    case n::indexer_compressor_norm:
    case n::post_ffw_norm:
    case n::post_ffw_norm_1:
    case n::post_ffw_norm_2:
    case n::pre_ffw_norm_2:
    case n::layer_output_norm:
    case n::nextn_enorm:
    case n::nextn_hnorm:
    case n::posnet_attn_norm:
    case n::convnext_norm:
    case n::convnext_gamma:
    case n::nextn_shared_head_norm: return r::kept;
    case n::posnet_norm1:
    case n::posnet_norm2: return r::narrowed;
    case n::ffn_gate_tid2eid: return r::numbers;
    case n::indexer_q_proj:
    case n::indexer_k_proj:
    case n::per_layer_model_proj:
    case n::laurel_l:
    case n::time_mix_a1:
    case n::time_mix_a2:
    case n::time_mix_v1:
    case n::time_mix_v2:
    case n::time_mix_g1:
    case n::time_mix_g2:
    case n::laurel_r:
    case n::enc_attn_rel_b:
    case n::dec_attn_rel_b:
    case n::dec_cross_attn_rel_b: return r::kept_half;
    }
    return r::other;
}

// role_of as a table: it is asked once for every tensor.
struct tensor_roles {
    tensor_role of[static_cast<int>(tensor_name::other) + 1] = {};
    constexpr tensor_roles() {
        for (int i = 0; i <= static_cast<int>(tensor_name::other); ++i) of[i] = role_of(static_cast<tensor_name>(i));
    }
};
inline constexpr tensor_roles all_tensor_roles{};

// llama_ftype_get_default_type; `count` where llama-quantize has none.
constexpr ggml_type default_type(file_type t) {
    switch (t) {
    case file_type::f32: return ggml_type::f32;
    case file_type::f16: return ggml_type::f16;
    case file_type::bf16: return ggml_type::bf16;
    case file_type::q4_0: return ggml_type::q4_0;
    case file_type::q4_1: return ggml_type::q4_1;
    case file_type::q5_0: return ggml_type::q5_0;
    case file_type::q5_1: return ggml_type::q5_1;
    case file_type::q8_0: return ggml_type::q8_0;
    case file_type::q1_0: return ggml_type::q1_0;
    case file_type::q2_0: return ggml_type::q2_0;
    case file_type::q2_k:
    case file_type::q2_k_s: return ggml_type::q2_k;
    case file_type::q3_k_s:
    case file_type::q3_k_m:
    case file_type::q3_k_l: return ggml_type::q3_k;
    case file_type::q4_k_s:
    case file_type::q4_k_m: return ggml_type::q4_k;
    case file_type::q5_k_s:
    case file_type::q5_k_m: return ggml_type::q5_k;
    case file_type::q6_k: return ggml_type::q6_k;
    case file_type::iq1_s: return ggml_type::iq1_s;
    case file_type::iq1_m: return ggml_type::iq1_m;
    case file_type::iq2_xxs: return ggml_type::iq2_xxs;
    case file_type::iq2_xs:
    case file_type::iq2_s: return ggml_type::iq2_xs;
    case file_type::iq2_m: return ggml_type::iq2_s;
    case file_type::iq3_xxs: return ggml_type::iq3_xxs;
    case file_type::iq3_xs:
    case file_type::iq3_s:
    case file_type::iq3_m: return ggml_type::iq3_s;
    case file_type::iq4_nl: return ggml_type::iq4_nl;
    case file_type::iq4_xs: return ggml_type::iq4_xs;
    case file_type::tq1_0: return ggml_type::tq1_0;
    case file_type::tq2_0: return ggml_type::tq2_0;
    case file_type::mxfp4_moe: return ggml_type::mxfp4;
    case file_type::nvfp4: break;
    }
    return ggml_type::count;
}

// tensor_type_fallback: the type of a matrix whose rows are no whole blocks of `t`; `count` where there is none, and
// llama-quantize gives up.
constexpr ggml_type fallback_type(ggml_type t, std::int64_t row) {
    switch (t) {
    case ggml_type::iq1_s:
    case ggml_type::iq1_m:
    case ggml_type::iq2_xxs:
    case ggml_type::iq2_xs:
    case ggml_type::iq2_s:
    case ggml_type::iq3_xxs:
    case ggml_type::iq3_s:
    case ggml_type::iq4_xs: t = ggml_type::iq4_nl; break;
    case ggml_type::q2_0:
    case ggml_type::q2_k:
    case ggml_type::q3_k:
    case ggml_type::tq1_0:
    case ggml_type::tq2_0: t = ggml_type::q4_0; break;
    case ggml_type::q4_k: t = ggml_type::q5_0; break;
    case ggml_type::q5_k: t = ggml_type::q5_1; break;
    case ggml_type::q6_k: t = ggml_type::q8_0; break;
    case ggml_type::q1_0: return ggml_type::count;
    default: break; // blocks of 32
    }
    return divides(format_of(t), row) ? t : ggml_type::f16;
}

// Types along the positions of one kind of matrix: `ends` before `head` and from `tail` on, `more` at the positions
// that use_more_bits selects, `base` elsewhere.
struct type_sequence {
    ggml_type base = ggml_type::count;
    ggml_type ends = ggml_type::count;
    ggml_type more = ggml_type::count;
    bool varies = false;
    int head = 0;
    int tail = INT32_MAX;
    int length = 0;

    constexpr void all(ggml_type t) { base = ends = more = t; }
    constexpr void first(int n, ggml_type t) { head = n, ends = t, varies = true; }
    constexpr void with_more(ggml_type t) { more = t, varies = true; }

    static constexpr ggml_type at_least_q5_k(ggml_type t) {
        return t == ggml_type::q3_k || t == ggml_type::q4_k ? ggml_type::q5_k : t;
    }
    constexpr void raise_to_q5_k() {
        base = at_least_q5_k(base), ends = at_least_q5_k(ends), more = at_least_q5_k(more);
    }

    constexpr ggml_type at(int i) const {
        if (i < head || i >= tail) return ends;
        if (more == base) return base;
        const auto n = static_cast<unsigned>(length);
        const auto at = static_cast<unsigned>(i);
        return at < n / 8 || at >= 7 * n / 8 || (at - n / 8) % 3 == 2 ? more : base;
    }
};

// How many of the numbers below `count` come before `number` in the order of texts.
constexpr int names_before(int number, int count) {
    int before = 0;
    for (int i = 0; i < count; ++i) {
        int a = i, b = number;
        int a_scale = 1, b_scale = 1;
        while (a / a_scale >= 10) a_scale *= 10;
        while (b / b_scale >= 10) b_scale *= 10;
        while (a_scale > 0 && b_scale > 0 && a / a_scale == b / b_scale)
            a %= a_scale, b %= b_scale, a_scale /= 10, b_scale /= 10;
        before += b_scale > 0 && (a_scale == 0 || a / a_scale < b / b_scale) ? 1 : 0;
    }
    return before;
}

} // namespace detail

// Gives each tensor of a model its format. A mix depends on how many matrices came before: call it once for every
// tensor, block after block; within a block the order does not matter. The tensors of no block may come at any time.
//
// Rules of llama-quantize: llama.cpp v0.5.0, src/llama-quant.cpp, llama_tensor_get_type. It reads what the converter
// writes, so what is not quantized is f32: one-dimensional tensors, norms, biases, routers, learned positions.
// Matrices of a linear recipe have no format of ggml's, and no bytes here.
class type_chooser {
public:
    constexpr type_chooser(const model &m, const quantization &q)
        : type_chooser(q.kind == quantization::scheme::mix ? mix_facts_of(m) : mix_facts{}, q) {}

    constexpr type_chooser(const mix_facts &facts, const quantization &q) {
        if (q.kind == quantization::scheme::mix) {
            default_ = detail::default_type(q.type);
            if (q.type != file_type::f32) kept_half_ = formats::f16::value;
            layers_ = facts.layers;
            decoder_layers_ = facts.decoder_layers;
            by_name_ = facts.by_name;
            for (auto &s : sequences_) s.all(default_);
            if (q.type == file_type::f16) of(role::narrowed).all(ggml_type::f32);
            if (default_block() > 1) set_mix(facts, q.type, q.importance_matrix);
        } else if (q.kind == quantization::scheme::uniform) {
            uniform_ = true;
            matrices_ = q.matrices;
            embeddings_ = q.embeddings.block_bytes > 0 ? q.embeddings : q.matrices;
            kept_ = kept_half_ = q.rest;
        } else if (q.kind == quantization::scheme::linear) {
            uniform_ = true;
            embeddings_ = kept_ = kept_half_ = q.rest;
        } else {
            stored_ = q.stored;
            stored_count_ = q.stored_count;
        }
    }

    // A format without bytes: llama-quantize refuses, or the file does not have the tensor.
    constexpr format operator()(const tensor &t) {
        if (stored_ != nullptr) return stored_format(t);
        const role r = t.part == tensor_part::weight && t.dims.dimensions() > 1
                           ? detail::all_tensor_roles.of[static_cast<int>(t.name)]
                           : t.part >= tensor_part::lora_a ? role::kept_half : role::kept;
        if (r == role::kept) return t.name == tensor_name::d2t ? ggml_format(static_cast<std::uint32_t>(ggml_type::i64)) : kept_;
        if (r <= role::numbers) return r == role::numbers ? formats::i32::value : kept_half_;
        if (uniform_) return r == role::output || r == role::embedding ? embeddings_ : matrices_;

        const detail::type_sequence &types = sequences_[static_cast<int>(r)];
        ggml_type type = types.varies ? types.at(position(r, t)) : types.base;
        if (experts_in_mxfp4_ && t.dims.ne[2] > 1 && (!only_feed_forward_in_mxfp4_ || is_feed_forward(r)))
            type = ggml_type::mxfp4;
        if (t.dims.ne[0] % 256 != 0) type = fitted(type, r, t.dims.ne[0]); // the longest block of all
        return ggml_format(static_cast<std::uint32_t>(type));
    }

    // Matrices seen so far, by role.
    struct counts {
        int of[static_cast<int>(detail::tensor_role::count)] = {};
    };
    constexpr const counts &seen() const { return seen_; }

    // The types of a layer's matrices that vary from layer to layer, as one number, asked before its first tensor: layers
    // of the same shape with the same number are stored alike.
    constexpr std::uint32_t key_of_layer(int layer) const {
        constexpr role varying[] = {role::value, role::gate, role::up, role::down};
        std::uint32_t key = 0;
        for (const role r : varying) {
            const detail::type_sequence &types = sequences_[static_cast<int>(r)];
            if (!types.varies) continue;
            if (by_name_) return static_cast<std::uint32_t>(layer) + 1;
            const bool counted = !by_layer_ || r == role::value;
            const int i = counted ? seen_.of[static_cast<int>(r)] : layer;
            key = key * 64 + static_cast<std::uint32_t>(types.at(i));
            if (counted && (two_values_ || (more_downs_ && r == role::down)))
                key = key * 64 + static_cast<std::uint32_t>(types.at(i + 1));
            if (counted && more_downs_ && r == role::down) key = key * 64 + static_cast<std::uint32_t>(types.at(i + 2));
        }
        return key;
    }
    // Passes over a layer of the same shape as one that led from some counts to others.
    constexpr void pass_over(const counts &from, const counts &to) {
        for (int r = 0; r < static_cast<int>(role::count); ++r) seen_.of[r] += to.of[r] - from.of[r];
    }

private:
    using role = detail::tensor_role;

    detail::type_sequence sequences_[static_cast<int>(role::count)] = {};
    ggml_type default_ = ggml_type::count;
    bool tied_ = false;
    bool by_block_ = false; // all positions are numbers of blocks
    bool two_values_ = false; // a layer has two matrices that count as values
    bool more_downs_ = false; // a layer may have three matrices that count as ffn_down: of experts, a shared one and streams
    int downs_before_experts_ = 0;
    bool by_layer_ = false; // positions are numbers of layers, not counts
    bool experts_in_mxfp4_ = false;
    bool only_feed_forward_in_mxfp4_ = false;
    bool uniform_ = false;
    format matrices_;
    format embeddings_;
    format kept_ = formats::f32::value;
    format kept_half_ = formats::f32::value;
    int layers_ = 0;
    int decoder_layers_ = 0; // of an encoder-decoder
    bool by_name_ = false;   // the blocks come in the order of their names

    const stored_tensor *stored_ = nullptr;
    std::int64_t stored_count_ = 0;
    std::int64_t next_stored_ = 0; // behind the one that was asked for last: tensors are asked for nearly in their order

    counts seen_;
    int down_layer_ = -1;       // the block of the last ffn_down
    int down_before_layer_ = 0; // ffn_down matrices in the blocks before it

    constexpr detail::type_sequence &of(role r) { return sequences_[static_cast<int>(r)]; }
    constexpr std::int64_t default_block() const {
        return default_ == ggml_type::count ? 0 : format_of(default_).block_elements;
    }
    static constexpr bool is_feed_forward(role r) { return r == role::gate || r == role::up || r == role::down; }

    constexpr format stored_format(const tensor &t) {
        for (std::int64_t n = 0; n < stored_count_; ++n) {
            if (next_stored_ == stored_count_) next_stored_ = 0;
            const stored_tensor &s = stored_[next_stored_++];
            if (s.which.name == t.name && s.which.part == t.part && s.which.layer == t.layer) return s.type;
        }
        return format{};
    }

    // The blocks of encoders and decoders come by name: dec.blk.0, dec.blk.1, dec.blk.10, dec.blk.2, ..., enc.blk.0, ...
    constexpr int position_in_stack(role r, const tensor &t) const {
        const bool decodes = is_of_decoder(t.name);
        const int before = detail::names_before(t.layer, decodes ? decoder_layers_ : layers_);
        const int each = r == role::value ? 2 : 1; // of a decoder's block
        if (decodes) return each * before + (t.name == tensor_name::dec_cross_attn_v ? 1 : 0);
        return each * decoder_layers_ + before;
    }

    // In a block, llama-quantize comes to what stands beside the routed experts, to those, to the shared one and then to
    // hyper-connections (by name).
    constexpr int position(role r, const tensor &t) {
        if (is_of_encoder(t.name) || is_of_decoder(t.name)) return position_in_stack(r, t);
        if (by_block_ || (by_layer_ && r != role::value)) return t.layer;
        int &seen = seen_.of[static_cast<int>(r)];
        if (r != role::down) return seen++;
        if (t.layer != down_layer_) down_layer_ = t.layer, down_before_layer_ = seen;
        ++seen;
        if (t.name == tensor_name::ffn_down || t.name == tensor_name::ffn_down_chexps) return down_before_layer_;
        return down_before_layer_ + downs_before_experts_ +
               (t.name == tensor_name::ffn_down_shexp ? 1 : t.name == tensor_name::hc_ffn_down ? 2 : 0);
    }

    constexpr ggml_type fitted(ggml_type type, role r, std::int64_t row) const {
        if (type == ggml_type::count) return type;
        const bool is_output = r == role::output || (tied_ && r == role::embedding);
        if (is_output && default_block() > 1 && row % default_block() != 0) type = ggml_type::q8_0;
        return divides(format_of(type), row) ? type : detail::fallback_type(type, row);
    }

    // llama_tensor_get_type_impl, by file type.
    constexpr void set_mix(const mix_facts &facts, file_type type, bool importance_matrix) {
        using g = ggml_type;
        using f = file_type;
        const int n = facts.layers;
        const bool grouped = facts.heads_per_kv_head >= 4;
        const bool eight_experts = facts.experts == 8;
        const bool falcon = facts.falcon;

        auto &value = of(role::value);
        auto &gate = of(role::gate);
        auto &down = of(role::down);
        value.length = facts.value_matrices;
        down.length = n;
        tied_ = facts.tied;
        by_block_ = facts.repeats_blocks;
        two_values_ = facts.value_matrices > n;
        more_downs_ = facts.experts > 0;
        downs_before_experts_ = facts.downs_before_experts;
        by_layer_ = facts.experts > 1;

        g output = default_ == g::q8_0 ? g::q8_0 : g::q6_k;
        g embedding = default_;
        // Of attn_output, in a model of eight experts and in others.
        g attention_of_eight = default_;
        g attention = default_;
        bool low_bits = false; // types below 3 bits

        switch (type) {
        case f::q4_0:
            if (importance_matrix) down.first(n / 8, g::q4_1);
            break;
        case f::q5_0:
            if (importance_matrix) down.first(n / 8, g::q5_1);
            break;
        case f::q2_k:
            value.all(grouped ? g::q4_k : g::q3_k);
            down.all(g::q3_k);
            attention_of_eight = g::q5_k, attention = g::q3_k;
            break;
        case f::q2_k_s:
            if (grouped) value.all(g::q4_k);
            down.first(n / 8, g::q4_k);
            break;
        case f::q3_k_s: attention_of_eight = g::q5_k; break;
        case f::q3_k_m:
            value.all(g::q4_k);
            value.first(2, g::q5_k);
            down.all(falcon ? g::q3_k : g::q4_k);
            if (falcon) down.with_more(g::q4_k);
            down.first(n / 16, g::q5_k);
            attention_of_eight = g::q5_k, attention = g::q4_k;
            break;
        case f::q3_k_l:
            value.all(g::q5_k);
            down.all(falcon ? g::q4_k : g::q5_k);
            attention = g::q5_k;
            break;
        case f::q4_k_s:
            value.first(4, g::q5_k);
            if (!falcon) down.first(n / 8, g::q5_k);
            attention_of_eight = g::q5_k;
            break;
        case f::q4_k_m:
            value.with_more(g::q6_k);
            down.with_more(falcon ? g::q5_k : g::q6_k);
            if (falcon) down.first(n / 16, g::q6_k);
            attention_of_eight = g::q5_k;
            break;
        case f::q5_k_m:
            value.with_more(g::q6_k);
            down.with_more(g::q6_k);
            break;
        case f::iq4_nl:
        case f::iq4_xs:
            if (grouped) value.all(g::q5_k);
            if (!importance_matrix) down.first(n / 8, g::q5_k);
            attention_of_eight = g::q5_k;
            break;
        case f::iq3_xs:
            if (grouped) value.all(g::q4_k);
            of(role::query).all(g::iq3_xxs);
            of(role::key).all(g::iq3_xxs);
            gate.all(g::iq3_xxs);
            gate.first(n / 8, default_);
            gate.tail = 7 * n / 8;
            of(role::up) = gate;
            attention_of_eight = g::q5_k;
            break;
        case f::iq3_xxs:
            value.all(grouped ? g::q4_k : importance_matrix ? g::iq3_xxs : g::iq3_s);
            of(role::query).all(g::iq2_s);
            of(role::key).all(g::iq2_s);
            if (!importance_matrix) {
                down.all(g::q3_k);
                down.first(n / 8, g::q4_k);
            }
            attention_of_eight = g::q5_k, attention = g::iq3_s;
            output = g::q5_k, embedding = g::iq3_s;
            break;
        case f::iq3_s:
            if (grouped) value.all(g::q4_k);
            attention_of_eight = g::q5_k;
            break;
        case f::iq3_m:
            value.all(g::q4_k);
            down.first(n / 8, g::q4_k);
            if (eight_experts) down.with_more(g::q4_k);
            attention_of_eight = g::q5_k, attention = g::q4_k;
            break;
        case f::iq1_s:
        case f::iq1_m: attention = g::iq2_xxs; [[fallthrough]];
        case f::iq2_xxs:
        case f::iq2_xs: embedding = g::q2_k, low_bits = true; break;
        case f::iq2_s:
        case f::iq2_m: attention = embedding = g::iq3_s, low_bits = true; break;
        case f::tq1_0:
        case f::tq2_0:
        case f::q2_0: embedding = g::q4_k; break;
        case f::mxfp4_moe:
            for (auto &s : sequences_) s.all(g::q8_0);
            experts_in_mxfp4_ = true;
            only_feed_forward_in_mxfp4_ = facts.bailingmoe3;
            output = embedding = attention = attention_of_eight = g::q8_0;
            break;
        default: break;
        }

        if (low_bits) {
            value.all(grouped || facts.experts >= 4 ? g::q4_k : embedding);
            down.first(n / 8, embedding);
            by_layer_ = false;
            attention_of_eight = output = g::q5_k;
            if (eight_experts) of(role::key).all(g::q4_k);
        } else if (type != f::mxfp4_moe) {
            if (facts.type_70b) value.raise_to_q5_k();
            if (eight_experts) value.all(g::q8_0), of(role::key).all(g::q8_0);
            if (falcon) attention_of_eight = attention = type == f::q3_k_l ? g::q4_k : default_;
        }
        if (falcon) output = g::q8_0;
        of(role::attention_output).all(eight_experts ? attention_of_eight : attention);
        of(role::output).all(output);
        of(role::embedding).all(facts.tied ? output : embedding);
    }
};

MEMBOUND_END_NAMESPACE

#endif

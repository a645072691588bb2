// A weight tensor: its name as GGUF stores it, the layer it belongs to, and its shape.
#ifndef MEMBOUND_TENSOR_HPP
#define MEMBOUND_TENSOR_HPP

#include <membound/format.hpp>

MEMBOUND_BEGIN_NAMESPACE

// Names of gguf-py's constants (TENSOR_NAMES); %d is the number of the block.
#define MEMBOUND_TENSOR_NAMES(X)                          \
    X(token_embd, "token_embd")                           \
    X(token_embd_norm, "token_embd_norm")                 \
    X(position_embd, "position_embd")                     \
    X(token_types, "token_types")                         \
    X(rope_freqs, "rope_freqs")                           \
    X(rope_factors_long, "rope_factors_long")             \
    X(rope_factors_short, "rope_factors_short")           \
    X(hrm_z_l_init, "hrm.z_l_init")                       \
    X(output_norm, "output_norm")                         \
    X(output, "output")                                   \
    X(enc_output_norm, "enc.output_norm")                 \
    X(fc, "fc")                                           \
    X(d2t, "d2t")                                         \
    X(markov_w1, "markov_w1")                             \
    X(cls, "cls")                                         \
    X(cls_norm, "cls.norm")                               \
    X(cls_output, "cls.output")                           \
    X(dense_2, "dense_2")                                 \
    X(dense_3, "dense_3")                                 \
    X(attn_norm, "blk.%d.attn_norm")                      \
    X(attn_norm_2, "blk.%d.attn_norm_2")                  \
    X(attn_q, "blk.%d.attn_q")                            \
    X(attn_k, "blk.%d.attn_k")                            \
    X(attn_v, "blk.%d.attn_v")                            \
    X(attn_qkv, "blk.%d.attn_qkv")                        \
    X(attn_q_norm, "blk.%d.attn_q_norm")                  \
    X(attn_k_norm, "blk.%d.attn_k_norm")                  \
    X(attn_output, "blk.%d.attn_output")                  \
    X(attn_gate, "blk.%d.attn_gate")                      \
    X(attn_sub_norm, "blk.%d.attn_sub_norm")              \
    X(attn_output_norm, "blk.%d.attn_output_norm")        \
    X(attn_sinks, "blk.%d.attn_sinks")                    \
    X(attn_q_a, "blk.%d.attn_q_a")                        \
    X(attn_q_a_norm, "blk.%d.attn_q_a_norm")              \
    X(attn_q_b, "blk.%d.attn_q_b")                        \
    X(attn_kv_a_mqa, "blk.%d.attn_kv_a_mqa")              \
    X(attn_kv_a_norm, "blk.%d.attn_kv_a_norm")            \
    X(attn_kv_b, "blk.%d.attn_kv_b")                      \
    X(attn_k_b, "blk.%d.attn_k_b")                        \
    X(attn_v_b, "blk.%d.attn_v_b")                        \
    X(attn_kv, "blk.%d.attn_kv")                          \
    X(attn_output_a, "blk.%d.attn_output_a")              \
    X(attn_output_b, "blk.%d.attn_output_b")              \
    X(attn_compressor_kv, "blk.%d.attn_compressor_kv")    \
    X(attn_compressor_gate, "blk.%d.attn_compressor_gate") \
    X(attn_compressor_ape, "blk.%d.attn_compressor_ape")  \
    X(attn_compressor_norm, "blk.%d.attn_compressor_norm") \
    X(indexer_compressor_kv, "blk.%d.indexer_compressor_kv") \
    X(indexer_compressor_gate, "blk.%d.indexer_compressor_gate") \
    X(indexer_compressor_ape, "blk.%d.indexer_compressor_ape") \
    X(indexer_compressor_norm, "blk.%d.indexer_compressor_norm") \
    X(per_layer_token_embd, "per_layer_token_embd")       \
    X(per_layer_model_proj, "per_layer_model_proj")       \
    X(per_layer_proj_norm, "per_layer_proj_norm")         \
    X(conv1d, "conv1d")                                   \
    X(nextn_proj_pre, "nextn.pre_projection")             \
    X(per_layer_inp_gate, "blk.%d.inp_gate")              \
    X(per_layer_proj, "blk.%d.proj")                      \
    X(per_layer_post_norm, "blk.%d.post_norm")            \
    X(altup_proj, "altup_proj")                           \
    X(altup_unembd_proj, "altup_unembd_proj")             \
    X(altup_router, "blk.%d.altup_router")                \
    X(altup_router_norm, "blk.%d.altup_router_norm")      \
    X(altup_predict_coef, "blk.%d.altup_predict_coef")    \
    X(altup_correct_coef, "blk.%d.altup_correct_coef")    \
    X(altup_correct_scale, "blk.%d.altup_correct_scale")  \
    X(laurel_l, "blk.%d.laurel_l")                        \
    X(laurel_r, "blk.%d.laurel_r")                        \
    X(laurel_post_norm, "blk.%d.laurel_post_norm")        \
    X(hc_head_fn, "output_hc_fn")                         \
    X(hc_head_base, "output_hc_base")                     \
    X(hc_head_scale, "output_hc_scale")                   \
    X(hc_head_norm, "output_hc_norm")                     \
    X(hc_head_down, "output_hc_down")                     \
    X(hc_head_up, "output_hc_up")                         \
    X(hc_attn_norm, "blk.%d.hc_attn_norm")                \
    X(hc_attn_down, "blk.%d.hc_attn_down")                \
    X(hc_attn_up, "blk.%d.hc_attn_up")                    \
    X(hc_attn_inject, "blk.%d.hc_attn_inject")            \
    X(hc_ffn_norm, "blk.%d.hc_ffn_norm")                  \
    X(hc_ffn_down, "blk.%d.hc_ffn_down")                  \
    X(hc_ffn_up, "blk.%d.hc_ffn_up")                      \
    X(hc_ffn_inject, "blk.%d.hc_ffn_inject")              \
    X(ple_key, "blk.%d.ple_key")                          \
    X(ple_value, "blk.%d.ple_value")                      \
    X(ple_norm_key, "blk.%d.ple_norm_key")                \
    X(ple_norm_query, "blk.%d.ple_norm_query")            \
    X(ple_norm_conv, "blk.%d.ple_norm_conv")              \
    X(ple_conv1d, "blk.%d.ple_conv1d")                    \
    X(hc_attn_fn, "blk.%d.hc_attn_fn")                    \
    X(hc_attn_base, "blk.%d.hc_attn_base")                \
    X(hc_attn_scale, "blk.%d.hc_attn_scale")              \
    X(hc_ffn_fn, "blk.%d.hc_ffn_fn")                      \
    X(hc_ffn_base, "blk.%d.hc_ffn_base")                  \
    X(hc_ffn_scale, "blk.%d.hc_ffn_scale")                \
    X(indexer_attn_q_b, "blk.%d.indexer.attn_q_b")        \
    X(indexer_attn_k, "blk.%d.indexer.attn_k")            \
    X(indexer_k_norm, "blk.%d.indexer.k_norm")            \
    X(indexer_q_proj, "blk.%d.indexer.q_proj")            \
    X(indexer_k_proj, "blk.%d.indexer.k_proj")            \
    X(indexer_q_norm, "blk.%d.indexer.q_norm")            \
    X(indexer_proj, "blk.%d.indexer.proj")                \
    X(post_attention_norm, "blk.%d.post_attention_norm")  \
    X(ssm_in, "blk.%d.ssm_in")                            \
    X(ssm_conv1d, "blk.%d.ssm_conv1d")                    \
    X(ssm_x, "blk.%d.ssm_x")                              \
    X(ssm_dt, "blk.%d.ssm_dt")                            \
    X(ssm_dt_norm, "blk.%d.ssm_dt_norm")                  \
    X(ssm_a, "blk.%d.ssm_a")                              \
    X(ssm_b_norm, "blk.%d.ssm_b_norm")                    \
    X(ssm_c_norm, "blk.%d.ssm_c_norm")                    \
    X(ssm_d, "blk.%d.ssm_d")                              \
    X(ssm_norm, "blk.%d.ssm_norm")                        \
    X(ssm_out, "blk.%d.ssm_out")                          \
    X(ffn_norm, "blk.%d.ffn_norm")                        \
    X(ffn_norm_exps, "blk.%d.ffn_norm_exps")              \
    X(ffn_gate, "blk.%d.ffn_gate")                        \
    X(ffn_up, "blk.%d.ffn_up")                            \
    X(ffn_down, "blk.%d.ffn_down")                        \
    X(ffn_sub_norm, "blk.%d.ffn_sub_norm")                \
    X(layer_output_scale, "blk.%d.layer_output_scale")    \
    X(vis_attn_qkv, "blk.%d.vis_attn_qkv")                \
    X(vis_attn_output, "blk.%d.vis_attn_output")          \
    X(vis_gate, "blk.%d.vis_gate")                        \
    X(vis_up, "blk.%d.vis_up")                            \
    X(vis_down, "blk.%d.vis_down")                        \
    X(ffn_gate_inp, "blk.%d.ffn_gate_inp")                \
    X(ffn_gate_up_exps, "blk.%d.ffn_gate_up_exps")        \
    X(ffn_gate_exps, "blk.%d.ffn_gate_exps")              \
    X(ffn_up_exps, "blk.%d.ffn_up_exps")                  \
    X(ffn_down_exps, "blk.%d.ffn_down_exps")              \
    X(ffn_gate_chexps, "blk.%d.ffn_gate_chexps")          \
    X(ffn_up_chexps, "blk.%d.ffn_up_chexps")              \
    X(ffn_down_chexps, "blk.%d.ffn_down_chexps")          \
    X(exp_probs_b, "blk.%d.exp_probs_b")                  \
    X(exp_probs_b_vl, "blk.%d.exp_probs_b_vl")            \
    X(ffn_gate_tid2eid, "blk.%d.ffn_gate_tid2eid")        \
    X(ffn_latent_down, "blk.%d.ffn_latent_down")          \
    X(ffn_latent_up, "blk.%d.ffn_latent_up")              \
    X(ffn_gate_inp_shexp, "blk.%d.ffn_gate_inp_shexp")    \
    X(ffn_gate_shexp, "blk.%d.ffn_gate_shexp")            \
    X(ffn_up_shexp, "blk.%d.ffn_up_shexp")                \
    X(ffn_down_shexp, "blk.%d.ffn_down_shexp")            \
    X(post_ffw_norm, "blk.%d.post_ffw_norm")              \
    X(post_ffw_norm_1, "blk.%d.post_ffw_norm_1")          \
    X(post_ffw_norm_2, "blk.%d.post_ffw_norm_2")          \
    X(pre_ffw_norm_2, "blk.%d.pre_ffw_norm_2")            \
    X(layer_output_norm, "blk.%d.layer_output_norm")      \
    X(ssm_conv1d_q, "blk.%d.ssm_conv1d_q")                \
    X(ssm_conv1d_k, "blk.%d.ssm_conv1d_k")                \
    X(ssm_conv1d_v, "blk.%d.ssm_conv1d_v")                \
    X(ssm_ba, "blk.%d.ssm_ba")                            \
    X(ssm_alpha, "blk.%d.ssm_alpha")                      \
    X(ssm_beta, "blk.%d.ssm_beta")                        \
    X(ssm_f_a, "blk.%d.ssm_f_a")                          \
    X(ssm_f_b, "blk.%d.ssm_f_b")                          \
    X(ssm_g, "blk.%d.ssm_g")                              \
    X(ssm_g_a, "blk.%d.ssm_g_a")                          \
    X(ssm_g_b, "blk.%d.ssm_g_b")                          \
    X(shortconv_conv, "blk.%d.shortconv.conv")            \
    X(shortconv_in_proj, "blk.%d.shortconv.in_proj")      \
    X(shortconv_out_proj, "blk.%d.shortconv.out_proj")    \
    X(time_mix_w0, "blk.%d.time_mix_w0")                  \
    X(time_mix_w1, "blk.%d.time_mix_w1")                  \
    X(time_mix_w2, "blk.%d.time_mix_w2")                  \
    X(time_mix_a0, "blk.%d.time_mix_a0")                  \
    X(time_mix_a1, "blk.%d.time_mix_a1")                  \
    X(time_mix_a2, "blk.%d.time_mix_a2")                  \
    X(time_mix_v0, "blk.%d.time_mix_v0")                  \
    X(time_mix_v1, "blk.%d.time_mix_v1")                  \
    X(time_mix_v2, "blk.%d.time_mix_v2")                  \
    X(time_mix_g1, "blk.%d.time_mix_g1")                  \
    X(time_mix_g2, "blk.%d.time_mix_g2")                  \
    X(time_mix_lerp_x, "blk.%d.time_mix_lerp_x")          \
    X(time_mix_lerp_w, "blk.%d.time_mix_lerp_w")          \
    X(time_mix_lerp_k, "blk.%d.time_mix_lerp_k")          \
    X(time_mix_lerp_v, "blk.%d.time_mix_lerp_v")          \
    X(time_mix_lerp_r, "blk.%d.time_mix_lerp_r")          \
    X(time_mix_lerp_g, "blk.%d.time_mix_lerp_g")          \
    X(time_mix_lerp_fused, "blk.%d.time_mix_lerp_fused")  \
    X(time_mix_first, "blk.%d.time_mix_first")            \
    X(time_mix_decay, "blk.%d.time_mix_decay")            \
    X(time_mix_decay_w1, "blk.%d.time_mix_decay_w1")      \
    X(time_mix_decay_w2, "blk.%d.time_mix_decay_w2")      \
    X(time_mix_k_k, "blk.%d.time_mix_k_k")                \
    X(time_mix_k_a, "blk.%d.time_mix_k_a")                \
    X(time_mix_r_k, "blk.%d.time_mix_r_k")                \
    X(time_mix_key, "blk.%d.time_mix_key")                \
    X(time_mix_value, "blk.%d.time_mix_value")            \
    X(time_mix_receptance, "blk.%d.time_mix_receptance")  \
    X(time_mix_gate, "blk.%d.time_mix_gate")              \
    X(time_mix_ln, "blk.%d.time_mix_ln")                  \
    X(time_mix_output, "blk.%d.time_mix_output")          \
    X(channel_mix_lerp_k, "blk.%d.channel_mix_lerp_k")    \
    X(channel_mix_lerp_r, "blk.%d.channel_mix_lerp_r")    \
    X(channel_mix_key, "blk.%d.channel_mix_key")          \
    X(channel_mix_value, "blk.%d.channel_mix_value")      \
    X(channel_mix_receptance, "blk.%d.channel_mix_receptance")\
    X(attn_res_score, "blk.%d.attn_res_score")            \
    X(ffn_res_score, "blk.%d.ffn_res_score")              \
    X(ffn_routed_down, "blk.%d.ffn_routed_down")          \
    X(ffn_routed_up, "blk.%d.ffn_routed_up")              \
    X(ffn_routed_norm, "blk.%d.ffn_routed_norm")          \
    X(output_res_score, "output_res_score")               \
    X(dec_output_norm, "dec.output_norm")                 \
    X(enc_attn_norm, "enc.blk.%d.attn_norm")              \
    X(enc_attn_q, "enc.blk.%d.attn_q")                    \
    X(enc_attn_k, "enc.blk.%d.attn_k")                    \
    X(enc_attn_v, "enc.blk.%d.attn_v")                    \
    X(enc_attn_o, "enc.blk.%d.attn_o")                    \
    X(enc_attn_rel_b, "enc.blk.%d.attn_rel_b")            \
    X(enc_ffn_norm, "enc.blk.%d.ffn_norm")                \
    X(enc_ffn_gate, "enc.blk.%d.ffn_gate")                \
    X(enc_ffn_down, "enc.blk.%d.ffn_down")                \
    X(enc_ffn_up, "enc.blk.%d.ffn_up")                    \
    X(dec_attn_norm, "dec.blk.%d.attn_norm")              \
    X(dec_attn_q, "dec.blk.%d.attn_q")                    \
    X(dec_attn_k, "dec.blk.%d.attn_k")                    \
    X(dec_attn_v, "dec.blk.%d.attn_v")                    \
    X(dec_attn_o, "dec.blk.%d.attn_o")                    \
    X(dec_attn_rel_b, "dec.blk.%d.attn_rel_b")            \
    X(dec_cross_attn_norm, "dec.blk.%d.cross_attn_norm")  \
    X(dec_cross_attn_q, "dec.blk.%d.cross_attn_q")        \
    X(dec_cross_attn_k, "dec.blk.%d.cross_attn_k")        \
    X(dec_cross_attn_v, "dec.blk.%d.cross_attn_v")        \
    X(dec_cross_attn_o, "dec.blk.%d.cross_attn_o")        \
    X(dec_cross_attn_rel_b, "dec.blk.%d.cross_attn_rel_b") \
    X(dec_ffn_norm, "dec.blk.%d.ffn_norm")                \
    X(dec_ffn_gate, "dec.blk.%d.ffn_gate")                \
    X(dec_ffn_down, "dec.blk.%d.ffn_down")                \
    X(dec_ffn_up, "dec.blk.%d.ffn_up")                    \
    X(posnet_norm1, "posnet.%d.norm1")                    \
    X(posnet_norm2, "posnet.%d.norm2")                    \
    X(posnet_conv1, "posnet.%d.conv1")                    \
    X(posnet_conv2, "posnet.%d.conv2")                    \
    X(posnet_attn_norm, "posnet.%d.attn_norm")            \
    X(posnet_attn_q, "posnet.%d.attn_q")                  \
    X(posnet_attn_k, "posnet.%d.attn_k")                  \
    X(posnet_attn_v, "posnet.%d.attn_v")                  \
    X(posnet_attn_output, "posnet.%d.attn_output")        \
    X(convnext_dw, "convnext.%d.dw")                      \
    X(convnext_norm, "convnext.%d.norm")                  \
    X(convnext_pw1, "convnext.%d.pw1")                    \
    X(convnext_pw2, "convnext.%d.pw2")                    \
    X(convnext_gamma, "convnext.%d.gamma")                \
    X(nextn_proj_post, "nextn.post_projection")           \
    X(masked_embd_centroids, "masked_embd_centroids")     \
    X(masked_embd_ordering, "masked_embd_ordering")       \
    X(nextn_eh_proj, "blk.%d.nextn.eh_proj")              \
    X(nextn_enorm, "blk.%d.nextn.enorm")                  \
    X(nextn_hnorm, "blk.%d.nextn.hnorm")                  \
    X(nextn_embed_tokens, "blk.%d.nextn.embed_tokens")    \
    X(nextn_shared_head_head, "blk.%d.nextn.shared_head_head") \
    X(nextn_shared_head_norm, "blk.%d.nextn.shared_head_norm")

enum class tensor_name : std::int16_t {
#define MEMBOUND_ENUMERATOR(id, text) id,
    MEMBOUND_TENSOR_NAMES(MEMBOUND_ENUMERATOR)
#undef MEMBOUND_ENUMERATOR
        other // a name that a file has and that is not among these
};

namespace detail {
inline constexpr const char *tensor_names[] = {
#define MEMBOUND_TEXT(id, text) text,
    MEMBOUND_TENSOR_NAMES(MEMBOUND_TEXT)
#undef MEMBOUND_TEXT
        "?"};
}
#undef MEMBOUND_TENSOR_NAMES

constexpr const char *text_of(tensor_name name) { return detail::tensor_names[static_cast<int>(name)]; }

// An encoder-decoder has two stacks of blocks.
constexpr bool is_of_encoder(tensor_name name) {
    return name >= tensor_name::enc_attn_norm && name <= tensor_name::enc_ffn_up;
}
constexpr bool is_of_decoder(tensor_name name) {
    return name >= tensor_name::dec_attn_norm && name <= tensor_name::dec_ffn_up;
}

// name.weight, name.bias, name.scale, name alone, and the two matrices of an adapter that is part of the model.
enum class tensor_part : std::int8_t { weight, bias, scale, bare, lora_a, lora_b };

// Dimensions in ggml's order: ne[0] is the length of a row, the one that a block format divides.
struct shape {
    std::int64_t ne[4] = {1, 1, 1, 1};

    constexpr shape() = default;
    constexpr shape(std::int64_t a, std::int64_t b = 1, std::int64_t c = 1, std::int64_t d = 1) : ne{a, b, c, d} {} // NOLINT

    constexpr std::int64_t rows() const { return detail::multiply(detail::multiply(ne[1], ne[2]), ne[3]); }
    constexpr std::int64_t elements() const { return detail::multiply(ne[0], rows()); }
    constexpr int dimensions() const { return ne[3] != 1 ? 4 : ne[2] != 1 ? 3 : ne[1] != 1 ? 2 : 1; }
};

constexpr bool operator==(const shape &a, const shape &b) {
    return a.ne[0] == b.ne[0] && a.ne[1] == b.ne[1] && a.ne[2] == b.ne[2] && a.ne[3] == b.ne[3];
}
constexpr bool operator!=(const shape &a, const shape &b) { return !(a == b); }

struct tensor {
    tensor_name name = tensor_name::other;
    tensor_part part = tensor_part::weight;
    int layer = -1; // the number of its block; -1 where it belongs to none
    shape dims;
};

constexpr bytes tensor_bytes(const format &f, const shape &s) { return storage_bytes(f, s.ne[0], s.rows()); }

MEMBOUND_END_NAMESPACE

#endif

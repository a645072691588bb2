// Small models of families that no catalogue has, as llama.cpp v0.5.0 loads their files in Q4_K_M: 4096 tokens of context, on the
// processor and on one Vulkan device.
#include <membound/devices/describe.hpp>
#include <membound/engines/llama_cpp.hpp>
#include <membound/quantizations.hpp>
#include <membound/read/gguf_keys.hpp>
#include <membound/solve.hpp>

#include <doctest/doctest.h>

namespace {

using namespace membound;

constexpr tensor named(const char *name) { return parse_tensor_name(name); }

constexpr gguf_entry rwkv6_keys[] = {
    {"context_length", 1048576}, {"embedding_length", 2048}, {"block_count", 5}, {"feed_forward_length", 7168},
    {"attention.head_count", 0}, {"attention.layer_norm_epsilon", 1e-05}, {"wkv.head_size", 64},
    {"time_mix_extra_dim", 32}, {"time_decay_extra_dim", 64}, {"rescale_every_n_layers", 2},
    {"token_shift_count", 2}, {"vocab_size", 65536},
};
constexpr tensor rwkv6_tensors[] = {
    named("blk.0.attn_norm.bias"), named("blk.0.attn_norm.weight"), named("blk.0.attn_norm_2.bias"),
    named("blk.0.attn_norm_2.weight"), named("blk.0.channel_mix_key.weight"),
    named("blk.0.channel_mix_lerp_k.weight"), named("blk.0.channel_mix_lerp_r.weight"),
    named("blk.0.channel_mix_receptance.weight"), named("blk.0.channel_mix_value.weight"),
    named("blk.0.time_mix_decay.weight"), named("blk.0.time_mix_decay_w1.weight"),
    named("blk.0.time_mix_decay_w2.weight"), named("blk.0.time_mix_first.weight"),
    named("blk.0.time_mix_gate.weight"), named("blk.0.time_mix_key.weight"),
    named("blk.0.time_mix_lerp_fused.weight"), named("blk.0.time_mix_lerp_x.weight"),
    named("blk.0.time_mix_ln.bias"), named("blk.0.time_mix_ln.weight"), named("blk.0.time_mix_output.weight"),
    named("blk.0.time_mix_receptance.weight"), named("blk.0.time_mix_value.weight"),
    named("blk.0.time_mix_w1.weight"), named("blk.0.time_mix_w2.weight"), named("output.weight"),
    named("output_norm.bias"), named("output_norm.weight"), named("token_embd.weight"),
    named("token_embd_norm.bias"), named("token_embd_norm.weight"),
};

constexpr gguf_entry rwkv6qwen2_keys[] = {
    {"context_length", 32768}, {"embedding_length", 1536}, {"block_count", 4}, {"feed_forward_length", 5632},
    {"attention.head_count", 0}, {"attention.head_count_kv", 8}, {"attention.layer_norm_rms_epsilon", 1e-06},
    {"wkv.head_size", 64}, {"time_mix_extra_dim", 64}, {"time_decay_extra_dim", 128}, {"rescale_every_n_layers", 0},
    {"token_shift_count", 1}, {"vocab_size", 32000},
};
constexpr tensor rwkv6qwen2_tensors[] = {
    named("blk.0.attn_norm.weight"), named("blk.0.ffn_down.weight"), named("blk.0.ffn_gate.weight"),
    named("blk.0.ffn_norm.weight"), named("blk.0.ffn_up.weight"), named("blk.0.time_mix_decay.weight"),
    named("blk.0.time_mix_decay_w1.weight"), named("blk.0.time_mix_decay_w2.weight"),
    named("blk.0.time_mix_gate.weight"), named("blk.0.time_mix_key.bias"), named("blk.0.time_mix_key.weight"),
    named("blk.0.time_mix_lerp_fused.weight"), named("blk.0.time_mix_lerp_x.weight"),
    named("blk.0.time_mix_output.weight"), named("blk.0.time_mix_receptance.bias"),
    named("blk.0.time_mix_receptance.weight"), named("blk.0.time_mix_value.bias"),
    named("blk.0.time_mix_value.weight"), named("blk.0.time_mix_w1.weight"), named("blk.0.time_mix_w2.weight"),
    named("output.weight"), named("output_norm.weight"), named("token_embd.weight"),
};

constexpr gguf_entry arwkv7_keys[] = {
    {"context_length", 32768}, {"embedding_length", 1536}, {"block_count", 4}, {"feed_forward_length", 8960},
    {"attention.head_count", 0}, {"attention.layer_norm_rms_epsilon", 1e-06}, {"wkv.head_size", 64},
    {"attention.decay_lora_rank", 64}, {"attention.iclr_lora_rank", 64},
    {"attention.value_residual_mix_lora_rank", 32}, {"attention.gate_lora_rank", 128}, {"token_shift_count", 1},
    {"vocab_size", 151936},
};
constexpr tensor arwkv7_tensors[] = {
    named("blk.0.attn_norm.weight"), named("blk.0.ffn_down.weight"), named("blk.0.ffn_gate.weight"),
    named("blk.0.ffn_norm.weight"), named("blk.0.ffn_up.weight"), named("blk.0.time_mix_a0.weight"),
    named("blk.0.time_mix_a1.weight"), named("blk.0.time_mix_a2.weight"), named("blk.0.time_mix_g1.weight"),
    named("blk.0.time_mix_g2.weight"), named("blk.0.time_mix_k_a.weight"), named("blk.0.time_mix_k_k.weight"),
    named("blk.0.time_mix_key.weight"), named("blk.0.time_mix_lerp_fused.weight"), named("blk.0.time_mix_ln.bias"),
    named("blk.0.time_mix_ln.weight"), named("blk.0.time_mix_output.weight"), named("blk.0.time_mix_r_k.weight"),
    named("blk.0.time_mix_receptance.weight"), named("blk.0.time_mix_v0.weight"), named("blk.0.time_mix_v1.weight"),
    named("blk.0.time_mix_v2.weight"), named("blk.0.time_mix_value.weight"), named("blk.0.time_mix_w0.weight"),
    named("blk.0.time_mix_w1.weight"), named("blk.0.time_mix_w2.weight"), named("output.weight"),
    named("output_norm.weight"), named("token_embd.weight"),
};

constexpr gguf_entry minimax_m3_keys[] = {
    {"context_length", 524288}, {"embedding_length", 1536}, {"block_count", 5}, {"feed_forward_length", 3072},
    {"attention.head_count", 16}, {"attention.head_count_kv", 4}, {"attention.layer_norm_rms_epsilon", 1e-06},
    {"rope.freq_base", 5000000.0}, {"rope.dimension_count", 64}, {"attention.key_length", 128},
    {"attention.value_length", 128}, {"expert_count", 16}, {"expert_used_count", 4},
    {"expert_feed_forward_length", 768}, {"expert_shared_count", 1}, {"expert_weights_scale", 2.0},
    {"expert_weights_norm", true}, {"expert_gating_func", 2}, {"leading_dense_block_count", 2},
    {"attention.indexer.head_count", 4}, {"attention.indexer.key_length", 128}, {"attention.indexer.top_k", 16},
    {"attention.indexer.block_size", 128}, {"attention.indexer.local_blocks", 1}, {"vocab_size", 32000},
};
constexpr tensor minimax_m3_tensors[] = {
    named("blk.0.attn_k.weight"), named("blk.0.attn_k_norm.weight"), named("blk.0.attn_norm.weight"),
    named("blk.0.attn_output.weight"), named("blk.0.attn_q.weight"), named("blk.0.attn_q_norm.weight"),
    named("blk.0.attn_v.weight"), named("blk.0.exp_probs_b.bias"), named("blk.0.ffn_down.weight"),
    named("blk.0.ffn_down_exps.weight"), named("blk.0.ffn_down_shexp.weight"), named("blk.0.ffn_gate.weight"),
    named("blk.0.ffn_gate_exps.weight"), named("blk.0.ffn_gate_inp.weight"), named("blk.0.ffn_gate_shexp.weight"),
    named("blk.0.ffn_norm.weight"), named("blk.0.ffn_up.weight"), named("blk.0.ffn_up_exps.weight"),
    named("blk.0.ffn_up_shexp.weight"), named("blk.0.indexer.k_norm.weight"), named("blk.0.indexer.k_proj.weight"),
    named("blk.0.indexer.q_norm.weight"), named("blk.0.indexer.q_proj.weight"), named("output.weight"),
    named("output_norm.weight"), named("token_embd.weight"),
};

constexpr std::int64_t qwen4exp_rope_dimension_sections[] = {11, 11, 10, 0};
constexpr std::int64_t qwen4exp_attention_compress_ratios[] = {4, 4, 4, 4, 4, 4, 4, 4};
constexpr std::int64_t qwen4exp_ple_layers[] = {1};
constexpr std::int64_t qwen4exp_ple_layer_multipliers[] = {3, 5, 7};
constexpr std::int64_t qwen4exp_ple_head_offsets[] = {0, 1000, 2000, 3000};
constexpr std::int64_t qwen4exp_ple_head_vocab_sizes[] = {1000, 1000, 1000, 1000};
constexpr gguf_entry qwen4exp_keys[] = {
    {"context_length", 262144}, {"embedding_length", 1024}, {"block_count", 8}, {"feed_forward_length", 512},
    {"attention.head_count", 8}, {"attention.head_count_kv", 2}, {"attention.key_length", 128},
    {"attention.value_length", 128}, {"attention.layer_norm_rms_epsilon", 1e-06}, {"rope.freq_base", 10000000.0},
    {"rope.dimension_count", 64}, {"rope.dimension_sections", {qwen4exp_rope_dimension_sections, 4}},
    {"expert_count", 16}, {"expert_used_count", 4}, {"expert_feed_forward_length", 256},
    {"expert_shared_feed_forward_length", 256}, {"ssm.conv_kernel", 4}, {"ssm.inner_size", 2048},
    {"ssm.state_size", 128}, {"ssm.time_step_rank", 16}, {"ssm.group_count", 8}, {"hyper_connection.count", 4},
    {"hyper_connection.low_rank", 64}, {"attention.indexer.head_count", 4}, {"attention.indexer.key_length", 128},
    {"attention.indexer.top_k", 512}, {"attention.compress_ratios", {qwen4exp_attention_compress_ratios, 8}},
    {"full_attention_interval", 4}, {"ple.layers", {qwen4exp_ple_layers, 1}}, {"ple.ngram_size", 3},
    {"ple.heads_per_ngram", 2}, {"ple.conv_kernel", 4}, {"ple.eos_token_id", 2},
    {"embedding_length_per_layer_input", 256}, {"ple.layer_multipliers", {qwen4exp_ple_layer_multipliers, 3}},
    {"ple.head_offsets", {qwen4exp_ple_head_offsets, 4}},
    {"ple.head_vocab_sizes", {qwen4exp_ple_head_vocab_sizes, 4}}, {"vocab_size", 32000},
};
constexpr tensor qwen4exp_tensors[] = {
    named("blk.0.attn_gate.weight"), named("blk.0.attn_k.weight"), named("blk.0.attn_k_norm.weight"),
    named("blk.0.attn_output.weight"), named("blk.0.attn_q.weight"), named("blk.0.attn_q_norm.weight"),
    named("blk.0.attn_qkv.weight"), named("blk.0.attn_v.weight"), named("blk.0.ffn_down_exps.weight"),
    named("blk.0.ffn_down_shexp.weight"), named("blk.0.ffn_gate_exps.weight"), named("blk.0.ffn_gate_inp.weight"),
    named("blk.0.ffn_gate_inp_shexp.weight"), named("blk.0.ffn_gate_shexp.weight"),
    named("blk.0.ffn_up_exps.weight"), named("blk.0.ffn_up_shexp.weight"), named("blk.0.hc_attn_down.weight"),
    named("blk.0.hc_attn_inject.weight"), named("blk.0.hc_attn_norm.weight"), named("blk.0.hc_attn_up.weight"),
    named("blk.0.hc_ffn_down.weight"), named("blk.0.hc_ffn_inject.weight"), named("blk.0.hc_ffn_norm.weight"),
    named("blk.0.hc_ffn_up.weight"), named("blk.0.indexer.k_norm.weight"), named("blk.0.indexer.k_proj.weight"),
    named("blk.0.indexer.q_norm.weight"), named("blk.0.indexer.q_proj.weight"), named("blk.0.ple_conv1d.weight"),
    named("blk.0.ple_key.weight"), named("blk.0.ple_norm_conv.weight"), named("blk.0.ple_norm_key.weight"),
    named("blk.0.ple_norm_query.weight"), named("blk.0.ple_value.weight"), named("blk.0.ssm_a"),
    named("blk.0.ssm_alpha.weight"), named("blk.0.ssm_beta.weight"), named("blk.0.ssm_conv1d.weight"),
    named("blk.0.ssm_dt.bias"), named("blk.0.ssm_norm.weight"), named("blk.0.ssm_out.weight"),
    named("output.weight"), named("output_hc_down.weight"), named("output_hc_norm.weight"),
    named("output_hc_up.weight"), named("per_layer_token_embd.weight"), named("token_embd.weight"),
};

constexpr std::int64_t graniteswitch_adapters_token_ids_activate[] = {10, 11, 12};
constexpr std::int64_t graniteswitch_adapters_token_ids_substitute[] = {1, 2, 3};
constexpr gguf_entry graniteswitch_keys[] = {
    {"context_length", 131072}, {"embedding_length", 1024}, {"block_count", 5}, {"feed_forward_length", 2560},
    {"attention.head_count", 16}, {"attention.head_count_kv", 4}, {"attention.layer_norm_rms_epsilon", 1e-05},
    {"rope.freq_base", 10000000.0}, {"rope.dimension_count", 64}, {"vocab_size", 32000}, {"logit_scale", 8.0},
    {"residual_scale", 0.22}, {"embedding_scale", 12.0}, {"attention.scale", 0.0078125}, {"adapters.count", 3},
    {"adapters.lora_rank", 32}, {"adapters.token_ids_activate", {graniteswitch_adapters_token_ids_activate, 3}},
    {"adapters.token_ids_substitute", {graniteswitch_adapters_token_ids_substitute, 3}}, {"vocab_size", 32000},
};
constexpr tensor graniteswitch_tensors[] = {
    named("blk.0.attn_k.lora_a"), named("blk.0.attn_k.lora_b"), named("blk.0.attn_norm.weight"),
    named("blk.0.attn_output.lora_a"), named("blk.0.attn_output.lora_b"), named("blk.0.attn_output.weight"),
    named("blk.0.attn_q.lora_a"), named("blk.0.attn_q.lora_b"), named("blk.0.attn_qkv.weight"),
    named("blk.0.attn_v.lora_a"), named("blk.0.attn_v.lora_b"), named("blk.0.ffn_down.lora_a"),
    named("blk.0.ffn_down.lora_b"), named("blk.0.ffn_down.weight"), named("blk.0.ffn_gate.lora_a"),
    named("blk.0.ffn_gate.lora_b"), named("blk.0.ffn_gate.weight"), named("blk.0.ffn_norm.weight"),
    named("blk.0.ffn_up.lora_a"), named("blk.0.ffn_up.lora_b"), named("blk.0.ffn_up.weight"),
    named("output_norm.weight"), named("token_embd.weight"),
};

constexpr std::int64_t eagle3_target_layers[] = {2, 8, 14};
constexpr gguf_entry eagle3_keys[] = {
    {"context_length", 8192}, {"embedding_length", 1024}, {"block_count", 1}, {"feed_forward_length", 3584},
    {"attention.head_count", 16}, {"attention.head_count_kv", 4}, {"attention.layer_norm_rms_epsilon", 1e-05},
    {"rope.freq_base", 500000.0}, {"rope.dimension_count", 64}, {"target_layers", {eagle3_target_layers, 3}},
    {"target_hidden_size", 1024}, {"vocab_size", 32000},
};
constexpr tensor eagle3_tensors[] = {
    named("blk.0.attn_k.weight"), named("blk.0.attn_norm.weight"), named("blk.0.attn_norm_2.weight"),
    named("blk.0.attn_output.weight"), named("blk.0.attn_q.weight"), named("blk.0.attn_v.weight"),
    named("blk.0.ffn_down.weight"), named("blk.0.ffn_gate.weight"), named("blk.0.ffn_norm.weight"),
    named("blk.0.ffn_up.weight"), named("fc.weight"), named("output.weight"), named("output_norm.weight"),
    named("token_embd.weight"),
};

constexpr std::int64_t dflash_target_layers[] = {0, 1, 2, 3, 1};
constexpr std::int64_t dflash_attention_sliding_window_pattern[] = {1, 1, 1, 1, 0};
constexpr gguf_entry dflash_keys[] = {
    {"context_length", 8192}, {"embedding_length", 1024}, {"block_count", 5}, {"feed_forward_length", 3584},
    {"attention.head_count", 16}, {"attention.head_count_kv", 4}, {"attention.layer_norm_rms_epsilon", 1e-06},
    {"rope.freq_base", 1000000.0}, {"rope.dimension_count", 64}, {"target_layers", {dflash_target_layers, 5}},
    {"block_size", 16}, {"attention.sliding_window", 1024},
    {"attention.sliding_window_pattern", {dflash_attention_sliding_window_pattern, 5}}, {"attention.causal", false},
    {"vocab_size", 64000},
};
constexpr tensor dflash_tensors[] = {
    named("blk.0.attn_k.weight"), named("blk.0.attn_k_norm.weight"), named("blk.0.attn_norm.weight"),
    named("blk.0.attn_output.weight"), named("blk.0.attn_q.weight"), named("blk.0.attn_q_norm.weight"),
    named("blk.0.attn_v.weight"), named("blk.0.ffn_down.weight"), named("blk.0.ffn_gate.weight"),
    named("blk.0.ffn_norm.weight"), named("blk.0.ffn_up.weight"), named("blk.0.layer_output_scale.weight"),
    named("blk.0.post_attention_norm.weight"), named("blk.0.post_ffw_norm.weight"), named("enc.output_norm.weight"),
    named("fc.weight"), named("output_norm.weight"), named("rope_freqs.weight"), named("token_embd.weight"),
};

constexpr gguf_entry pockettts_keys[] = {
    {"context_length", 8192}, {"embedding_length", 1024}, {"block_count", 2}, {"feed_forward_length", 4096},
    {"attention.head_count", 16}, {"attention.layer_norm_epsilon", 1e-05}, {"rope.freq_base", 10000.0},
    {"rope.dimension_count", 64}, {"attention.head_count_kv", 4}, {"vocab_size", 4000},
};
constexpr tensor pockettts_tensors[] = {
    named("blk.0.attn_k.bias"), named("blk.0.attn_k.weight"), named("blk.0.attn_norm.bias"),
    named("blk.0.attn_norm.weight"), named("blk.0.attn_output.weight"), named("blk.0.attn_q.bias"),
    named("blk.0.attn_q.weight"), named("blk.0.attn_v.bias"), named("blk.0.attn_v.weight"),
    named("blk.0.ffn_down.weight"), named("blk.0.ffn_norm.bias"), named("blk.0.ffn_norm.weight"),
    named("blk.0.ffn_up.weight"), named("output_norm.bias"), named("output_norm.weight"), named("token_embd.weight"),
};

constexpr std::int64_t qwen3tts_rope_dimension_sections[] = {24, 20, 20, 0};
constexpr gguf_entry qwen3tts_keys[] = {
    {"context_length", 32768}, {"embedding_length", 1024}, {"block_count", 4}, {"feed_forward_length", 3072},
    {"attention.head_count", 16}, {"attention.head_count_kv", 8}, {"attention.key_length", 128},
    {"attention.value_length", 128}, {"attention.layer_norm_rms_epsilon", 1e-06}, {"rope.freq_base", 1000000.0},
    {"rope.dimension_count", 128}, {"rope.dimension_sections", {qwen3tts_rope_dimension_sections, 4}},
    {"vocab_size", 151936},
};
constexpr tensor qwen3tts_tensors[] = {
    named("blk.0.attn_k.weight"), named("blk.0.attn_k_norm.weight"), named("blk.0.attn_norm.weight"),
    named("blk.0.attn_output.weight"), named("blk.0.attn_q.weight"), named("blk.0.attn_q_norm.weight"),
    named("blk.0.attn_v.weight"), named("blk.0.ffn_down.weight"), named("blk.0.ffn_gate.weight"),
    named("blk.0.ffn_norm.weight"), named("blk.0.ffn_up.weight"), named("output.weight"),
    named("output_norm.weight"), named("token_embd.weight"),
};

constexpr gguf_entry wavtokenizer_dec_keys[] = {
    {"context_length", 2048}, {"features_length", 256}, {"embedding_length", 642}, {"block_count", 8},
    {"feed_forward_length", 1000}, {"attention.layer_norm_epsilon", 1e-06}, {"attention.group_norm_epsilon", 1e-06},
    {"attention.group_norm_groups", 8}, {"posnet.embedding_length", 352}, {"posnet.block_count", 6},
    {"convnext.embedding_length", 352}, {"convnext.block_count", 3}, {"vocab_size", 1000},
};
constexpr tensor wavtokenizer_dec_tensors[] = {named("output.weight"), named("token_embd.weight")};

constexpr gguf_entry plm_keys[] = {
    {"context_length", 4096}, {"embedding_length", 1024}, {"block_count", 6}, {"feed_forward_length", 4096},
    {"attention.head_count", 16}, {"attention.layer_norm_rms_epsilon", 1e-06}, {"attention.kv_lora_rank", 256},
    {"attention.key_length", 96}, {"attention.value_length", 64}, {"rope.dimension_count", 32}, {"vocab_size", 32000},
};
constexpr tensor plm_tensors[] = {named("token_embd.weight")};

constexpr std::int64_t gemma4_windows[] = {1, 1, 1, 1, 1, 0};
constexpr std::int64_t gemma4_kv_heads[] = {8, 8, 8, 8, 8, 2};
constexpr gguf_entry gemma4_keys[] = {
    {"context_length", 131072}, {"embedding_length", 2816}, {"block_count", 6}, {"feed_forward_length", 2112},
    {"attention.head_count", 16}, {"attention.head_count_kv", {gemma4_kv_heads, 6}},
    {"attention.layer_norm_rms_epsilon", 1e-06}, {"attention.key_length", 512}, {"attention.value_length", 512},
    {"attention.key_length_swa", 256}, {"attention.value_length_swa", 256}, {"attention.sliding_window", 1024},
    {"attention.sliding_window_pattern", {gemma4_windows, 6}}, {"embedding_length_per_layer_input", 0},
    {"rope.dimension_count", 512}, {"final_logit_softcapping", 30.0}, {"vocab_size", 262144},
};
constexpr tensor gemma4_tensors[] = {named("token_embd.weight"), named("rope_freqs.weight"),
                                     named("blk.0.layer_output_scale.weight")};
constexpr gguf_table gemma4_file{gemma4_keys, 17, gemma4_tensors, 3};

constexpr std::int64_t assistant_windows[] = {1, 1, 1, 0};
constexpr std::int64_t assistant_kv_heads[] = {8, 8, 8, 2};
constexpr gguf_entry assistant_keys[] = {
    {"context_length", 131072}, {"embedding_length", 1024}, {"embedding_length_out", 2816}, {"block_count", 4},
    {"nextn_predict_layers", 4}, {"feed_forward_length", 4096}, {"attention.head_count", 16},
    {"attention.head_count_kv", {assistant_kv_heads, 4}}, {"attention.layer_norm_rms_epsilon", 1e-06},
    {"attention.key_length", 512}, {"attention.value_length", 512}, {"attention.key_length_swa", 256},
    {"attention.value_length_swa", 256}, {"attention.sliding_window", 1024},
    {"attention.sliding_window_pattern", {assistant_windows, 4}}, {"rope.dimension_count", 512}, {"vocab_size", 262144},
};
constexpr tensor assistant_tensors[] = {named("token_embd.weight"), named("rope_freqs.weight")};
constexpr gguf_table assistant_file{assistant_keys, 17, assistant_tensors, 2};

struct buffers {
    std::int64_t weights;
    std::int64_t context; // cache and states
    std::int64_t compute;
};

struct measured {
    const char *architecture;
    gguf_table file;
    buffers alone;       // the processor
    buffers host;        // beside a device
    buffers device;
    flash_attention flash = flash_attention::automatic;
};

// Of ARWKV the small matrices of a1 to g2 were in F32; the converter writes them in F16, 2 bytes less for each of 2850816.
constexpr measured files[] = {
    {"rwkv6",
     {rwkv6_keys, 12, rwkv6_tensors, 30},
     {357990400, 2703360, 142608384},
     {75497472, 0, 8392768},
     {282492928, 2703360, 138412032}},
    {"rwkv6qwen2",
     {rwkv6qwen2_keys, 13, rwkv6qwen2_tensors, 23},
     {172573696, 1597440, 74977312},
     {27648000, 0, 6295616},
     {144925696, 1597440, 71829520}},
    {"arwkv7",
     {arwkv7_keys, 13, arwkv7_tensors, 29},
     {458887680 - 5701632, 1597440, 320606240},
     {131272704, 0, 6295616},
     {327614976 - 5701632, 1597440, 389423120}},
    {"minimax-m3",
     {minimax_m3_keys, 25, minimax_m3_tensors, 26},
     {224550080, 48234496, 98081792},
     {27648000, 0, 11049984},
     {196902080, 48234496, 93928448}},
    {"qwen4exp",
     {qwen4exp_keys, 38, qwen4exp_tensors, 47},
     {158372096, 17219584, 78252032},
     {19008000, 0, 12664896},
     {139364096, 17219584, 71387152}},
    {"graniteswitch",
     {graniteswitch_keys, 19, graniteswitch_tensors, 23},
     {80185344, 22020096, 67633152},
     {26880000, 0, 4214784},
     {80185344, 22020096, 67635200}},
    {"eagle3",
     {eagle3_keys, 12, eagle3_tensors, 14},
     {56731648, 4194304, 69730304},
     {18432000, 0, 8400896},
     {38299648, 4194304, 69730304}},
    {"dflash",
     {dflash_keys, 15, dflash_tensors, 19},
     {97168160, 10485760, 135266304},
     {53760000, 0, 7884800},
     {97168080, 10485760, 133169152}},
    {"pockettts",
     {pockettts_keys, 10, pockettts_tensors, 16},
     {16948480, 8388608, 20985856},
     {3360000, 0, 8402944},
     {16948480, 8388608, 16789504}},
    {"qwen3tts",
     {qwen3tts_keys, 13, qwen3tts_tensors, 14},
     {127688704, 67108864, 632836096},
     {87515136, 0, 8409088},
     {40173568, 67108864, 628639744}},
    {"wavtokenizer-dec",
     {wavtokenizer_dec_keys, 13, wavtokenizer_dec_tensors, 2},
     {11519328, 0, 5212160},
     {144000, 0, 1050624},
     {11375248, 0, 4685824}},
    {"plm",
     {plm_keys, 11, plm_tensors, 1},
     {69296128, 125829120, 159393792},
     {26880000, 0, 16787456},
     {69296128, 125829120, 157884416},
     flash_attention::off},
};

constexpr machine machine_with(int devices) {
    machine on;
    on.device_count = devices;
    if (devices == 0) return on;
    on.devices[0] = bare_memory(80_GiB, backend::vulkan);
    on.devices[0].largest_buffer = 1_GiB;
    on.devices[0].subgroup_size = 8; // Mesa's software device
    return on;
}

constexpr bool is(const device_budget &d, const buffers &b) {
    return d.weights.expected.count() == b.weights && (d.kv_cache.expected + d.recurrent_state.expected).count() == b.context &&
           d.compute.expected.count() == b.compute;
}

bool is_as_measured(const measured &m) {
    const auto described = model_from_gguf_keys(m.architecture, m.file);
    if (!described) return false;
    workload w;
    w.context = tokens(4096);
    w.unified_cache = true;
    w.dry_run = true;
    w.flash = m.flash;
    const auto alone = budget_of(*described, quantizations::q4_k_m::value, machine_with(0), engines::llama_cpp::value, w);
    const auto beside = budget_of(*described, quantizations::q4_k_m::value, machine_with(1), engines::llama_cpp::value, w);
    return alone && beside && is(alone->host(), m.alone) && is(beside->host(), m.host) && is(beside->devices[0], m.device);
}

// What grows with the cache is known by its bounds. A pass of one token a sequence may ask for more than one of some more.
bool blocks_are_bounded() {
    const auto m3 = model_from_gguf_keys("minimax-m3",
                                         gguf_table{minimax_m3_keys, sizeof minimax_m3_keys / sizeof *minimax_m3_keys,
                                                    minimax_m3_tensors, sizeof minimax_m3_tensors / sizeof *minimax_m3_tensors});
    const auto compute_with = [&](tokens context, int sequences, int ubatch) {
        workload w;
        w.context = context;
        w.sequences = sequences;
        w.ubatch = ubatch;
        return budget_of(*m3, quantizations::q4_k_m::value, machine{}, engines::llama_cpp::value, w)->host().compute;
    };
    const amount long_one = compute_with(262144_tokens, 1, 512);
    return long_one.upper > long_one.expected && long_one.known == knowledge::modelled &&
           compute_with(1024_tokens, 2, 8).expected >= compute_with(1024_tokens, 2, 2).expected;
}

// A cache that is not transposed is written for one token at a time.
bool plm_is_refused_with_flash_attention() {
    const auto m = model_from_gguf_keys("plm", gguf_table{plm_keys, 11, plm_tensors, 1});
    workload w;
    const auto many = budget_of(*m, quantizations::q4_k_m::value, machine{}, engines::llama_cpp::value, w);
    w.ubatch = 1;
    const auto one = budget_of(*m, quantizations::q4_k_m::value, machine{}, engines::llama_cpp::value, w);
    w.sequences = 2;
    const auto two = budget_of(*m, quantizations::q4_k_m::value, machine{}, engines::llama_cpp::value, w);
    return !many && many.error().code == errc::unsupported && one && !two;
}

// With none, two or all of its layers and of its target's on a device; the target's last two layers are on two devices where
// two of the draft's are.
bool assistant_is_as_measured_beside_its_target() {
    const auto target = model_from_gguf_keys("gemma4", gemma4_file);
    const auto draft = model_from_gguf_keys("gemma4-assistant", assistant_file);
    if (!target || !draft) return false;
    workload w;
    w.context = tokens(4096);
    w.unified_cache = true;
    w.dry_run = true;
    const auto with = [&](int devices, int gpu_layers) {
        w.placed.gpu_layers = gpu_layers;
        return budget_of(*draft, quantizations::q4_k_m::value, machine_with(devices), engines::llama_cpp::value, w);
    };
    const auto without = with(0, -1); // llama.cpp refuses it too
    w.target = &*target;
    const auto alone = with(0, -1), beside = with(1, -1), part = with(1, 2);
    if (!alone || !beside || !part) return false;
    const bool measured_so = is(alone->host(), {279210112, 0, 544735232}) && is(beside->host(), {220200960, 0, 17307648}) &&
                             is(beside->devices[0], {279210048, 0, 544735232}) && is(part->host(), {259968192, 0, 17307648}) &&
                             is(part->devices[0], {239442960, 0, 544735232});
    model other = *target;
    other.layers[5].num_key_value_heads = 4;
    w.target = &other;
    const auto unfit = with(0, -1);
    return measured_so && !without && same_text(without.error().where.c_str(), "target") && !unfit;
}

// The processor has no product of F32 and BF16.
bool convolutions_in_bf16_are_refused() {
    const auto m = model_from_gguf_keys("wavtokenizer-dec", gguf_table{wavtokenizer_dec_keys, 13, wavtokenizer_dec_tensors, 2});
    const auto in = [&](const quantization &q) { return budget_of(*m, q, machine{}, engines::llama_cpp::value, workload{}); };
    return in(quantizations::f16::value) && in(quantizations::f32::value) && !in(quantizations::bf16::value);
}

} // namespace

TEST_CASE("files of rare families") {
    for (const measured &m : files) {
        CAPTURE(m.architecture[0]);
        CAPTURE(m.architecture[1]);
        CHECK(is_as_measured(m));
    }
    CHECK(blocks_are_bounded());
    CHECK(assistant_is_as_measured_beside_its_target());
    CHECK(plm_is_refused_with_flash_attention());
    CHECK(convolutions_in_bf16_are_refused());
}

// Falcon 7B, 40B and 180B; Falcon H1, with a state space beside attention.
// Source: llama.cpp v0.5.0, src/models/falcon.cpp, falcon-h1.cpp.
#ifndef MEMBOUND_ARCHITECTURES_FALCON_HPP
#define MEMBOUND_ARCHITECTURES_FALCON_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct falcon {
    static constexpr void arrange(model &m) { m.fused_qkv = true; }
    static constexpr void read(gguf_query &q, model &m) {
        m.attention_norm_2 = q.has(tensor_name::attn_norm_2);
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "falcon";
        a.norm = norm_kind::layer;
        a.ffn = feed_forward_form::plain;
        a.ffn_place = feed_forward_place::beside;
        a.order = sum_order::feed_forward_attention_residual;
        a.arrange = arrange;
        a.gguf.rotates_whole_head = true;
        a.gguf.heads_span_hidden = true;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 65024}, {"max_position_embeddings", 2048}, {"hidden_size", 4544}, {"num_hidden_layers", 32},
        {"num_attention_heads", 71}, {"tie_word_embeddings", true}, {"multi_query", true}, {"parallel_attn", true}};
    static constexpr config_type types[] = {
        {"falcon", defaults}, {"RefinedWeb", defaults}, {"RefinedWebModel", defaults}};
    static constexpr void describe(config_query &q) {
        const bool newer = q.boolean("new_decoder_architecture") || q.is("model_type", "RefinedWeb");
        q.fused_qkv = true;
        const std::int64_t heads = q.number_of("attention.head_count");
        if (!newer && q.boolean("multi_query"))
            q.put("attention.head_count_kv", 1, "multi_query");
        else
            q.put("attention.head_count_kv",
                  q.has("n_head_kv") ? q.integer("n_head_kv") : q.integer("num_kv_heads", heads), "num_kv_heads");
        q.put("feed_forward_length", q.integer("ffn_hidden_size", 4 * q.number_of("embedding_length")),
              "ffn_hidden_size");
        if (newer && q.integer("num_ln_in_parallel_attn", 2) == 2) q.tensor(tensor_name::attn_norm_2);
        for (const char *key : {"alibi", "bias"})
            if (q.boolean(key)) q.fail(errc::unsupported, key, "is true", "llama.cpp has it not in the family");
        if (!newer && !q.boolean("parallel_attn"))
            q.fail(errc::unsupported, "parallel_attn", "is false", "llama.cpp has both blocks side by side");
    }
    static constexpr config_reader config{value, types, describe};
};

struct falcon_h1 {
    static constexpr void arrange(model &m) {
        for (int i = 0; i < m.layer_count(); ++i) m.layers[i].state = state_kind::mamba_2;
    }
    static constexpr void read(gguf_query &q, model &m) {
        read_state_space(q, m, key_use::required);
        require_convolution_bias(q);
        m.ssm_output_norm = q.has(tensor_name::ssm_norm);
        if (m.attention_output_bias)
            q.fail_at(errc::unsupported, "attn_output.bias", "is there", "llama.cpp loads it and leaves it alone");
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "falcon-h1";
        a.bare_ffn_norm = true;
        a.unused_rope_tensors = true;
        a.arrange = arrange;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 128000}, {"max_position_embeddings", 8192}, {"hidden_size", 4096}, {"num_hidden_layers", 32},
        {"intermediate_size", 14336}, {"num_attention_heads", 32}, {"num_key_value_heads", 8}, {"mamba_d_ssm", 1024},
        {"mamba_n_heads", 128}, {"mamba_n_groups", 1}, {"mamba_d_state", 256}, {"mamba_d_conv", 4}, {"mamba_expand", 2},
        {"mamba_conv_bias", true}};
    static constexpr config_type types[] = {{"falcon_h1", defaults}};
    static constexpr void describe(config_query &q) {
        q.copy("ssm.conv_kernel", "mamba_d_conv");
        q.copy("ssm.state_size", "mamba_d_state");
        q.copy("ssm.group_count", "mamba_n_groups");
        q.copy("ssm.time_step_rank", "mamba_n_heads");
        const std::int64_t expanded =
            membound::detail::multiply(q.integer("mamba_expand"), q.number_of("embedding_length"));
        q.put("ssm.inner_size", q.integer("mamba_d_ssm", expanded), "mamba_d_ssm");
        if (q.boolean("mamba_conv_bias")) q.tensor(tensor_name::ssm_conv1d, tensor_part::bias);
        if (q.boolean("mamba_rms_norm")) q.tensor(tensor_name::ssm_norm);
        for (const char *key : {"mamba_proj_bias", "projectors_bias"})
            if (q.boolean(key)) q.fail(errc::unsupported, key, "is true", "llama.cpp has no such biases in the family");
    }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

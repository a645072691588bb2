// Mamba (and Falcon Mamba) and Mamba 2.
// Source: llama.cpp v0.5.0, src/models/mamba.cpp, mamba2.cpp, mamba-base.cpp.
#ifndef MEMBOUND_ARCHITECTURES_MAMBA_HPP
#define MEMBOUND_ARCHITECTURES_MAMBA_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct mamba {
    static constexpr void keep_states(model &m, state_kind kind) {
        for (int i = 0; i < m.layer_count(); ++i) {
            m.layers[i].kind = layer_kind::no_attention;
            m.layers[i].state = kind;
            m.layers[i].ffn = feed_forward_kind::none;
        }
    }
    static constexpr void arrange(model &m) { keep_states(m, state_kind::mamba); }
    static constexpr void read(gguf_query &q, model &m) {
        read_state_space(q, m, key_use::none);
        if (q.boolean("ssm.dt_b_c_rms")) m.ssm_norms = ssm_norm_kind::weightless;
        if (m.ssm_inner_size != detail::multiply(2, m.hidden_size))
            q.fail(errc::unsupported, "ssm.inner_size", "is not twice embedding_length", "llama.cpp refuses the model");
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "mamba";
        a.arrange = arrange;
        a.gguf.parts_left_out = true;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 50280}, {"hidden_size", 768}, {"num_hidden_layers", 32}, {"tie_word_embeddings", true},
        {"state_size", 16}, {"conv_kernel", 4}, {"expand", 2}, {"use_conv_bias", true}};
    static constexpr config_type types[] = {{"mamba", defaults}, {"falcon_mamba", defaults}};
    // No attention, no feed-forward block; a context of any length.
    static constexpr void describe_trunk(config_query &q) {
        q.put("attention.head_count", 0);
        q.put("feed_forward_length", 0);
        q.put("context_length", std::int64_t{1} << 20);
        q.copy("ssm.conv_kernel", {"conv_kernel", "d_conv"});
        q.copy("ssm.state_size", {"state_size", "d_state"});
        q.put("ssm.inner_size", detail::multiply(q.integer("expand", 2), q.number_of("embedding_length")), "expand");
        if (!q.boolean("use_conv_bias", true) || q.boolean("use_bias"))
            q.fail(errc::unsupported, q.boolean("use_bias") ? "use_bias" : "use_conv_bias", "is not as in other models",
                   "llama.cpp has a bias on the convolution alone");
    }
    static constexpr void describe(config_query &q) {
        describe_trunk(q);
        if (q.has("intermediate_size")) q.copy("ssm.inner_size", "intermediate_size");
        describe_time_step_rank(q, "time_step_rank");
        q.put("ssm.dt_b_c_rms", q.is("model_type", "falcon_mamba"), "model_type");
    }
    static constexpr config_reader config{value, types, describe};
};

struct mamba2 {
    static constexpr void arrange(model &m) {
        mamba::keep_states(m, state_kind::mamba_2);
        m.ssm_output_norm = true;
    }
    static constexpr void read(gguf_query &q, model &m) { read_state_space(q, m, key_use::required); }
    static constexpr architecture value = [] {
        architecture a = mamba::value;
        a.name = "mamba2";
        a.arrange = arrange;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 32768}, {"hidden_size", 4096}, {"num_hidden_layers", 64}, {"head_dim", 64}, {"state_size", 128},
        {"conv_kernel", 4}, {"expand", 2}, {"use_conv_bias", true}, {"n_groups", 8}, {"num_heads", 128}};
    static constexpr config_type types[] = {{"mamba2", defaults}};
    static constexpr void describe(config_query &q) {
        mamba::describe_trunk(q);
        q.put("attention.key_length", 0);
        q.put("attention.value_length", 0);
        q.copy("ssm.group_count", "n_groups");
        const std::int64_t head = q.integer("head_dim");
        if (head > 0) q.put("ssm.time_step_rank", q.number_of("ssm.inner_size") / head, "head_dim");
    }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

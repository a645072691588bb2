// RWKV 6 and 7, and models of another kind made over into them (QRWKV, ARWKV).
// Source: llama.cpp v0.5.0, src/models/rwkv6.cpp, rwkv6qwen2.cpp, rwkv7.cpp, arwkv7.cpp, rwkv6-base.cpp, rwkv7-base.cpp.
#ifndef MEMBOUND_ARCHITECTURES_RWKV_HPP
#define MEMBOUND_ARCHITECTURES_RWKV_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct rwkv7 {
    static constexpr void keep_states(model &m, state_kind kind) {
        m.ssm_inner_size = m.hidden_size;
        m.ssm_conv_kernel = m.family->channel_mix ? 3 : 2; // the token before, for each of the two blocks
        if (m.ssm_state_size > 0) m.ssm_time_step_rank = m.hidden_size / m.ssm_state_size;
        for (int i = 0; i < m.layer_count(); ++i) {
            m.layers[i].kind = layer_kind::no_attention;
            m.layers[i].state = kind;
        }
    }
    static constexpr void read_shift(gguf_query &q, model &m) {
        m.ssm_state_size = q.integer("wkv.head_size", key_use::required, 0, 1);
        const std::int64_t shifts = m.family->channel_mix ? 2 : 1;
        if (q.integer("token_shift_count", key_use::optional, 2) != shifts)
            q.fail(errc::bad_value, "token_shift_count", "is not what the blocks of the family need",
                   "each block that sees the token before has one");
        if (m.ssm_state_size > 0 && m.hidden_size % m.ssm_state_size != 0)
            q.fail(errc::bad_value, "wkv.head_size", "does not divide embedding_length", "heads make up the hidden size");
    }

    static constexpr void arrange(model &m) {
        m.time_mix_norm = true;
        keep_states(m, state_kind::rwkv_7);
    }
    static constexpr void read(gguf_query &q, model &m) {
        read_shift(q, m);
        m.decay_rank = q.integer("attention.decay_lora_rank", key_use::required, 0, 1);
        m.rate_rank = q.integer("attention.iclr_lora_rank", key_use::required, 0, 1);
        m.value_mix_rank = q.integer("attention.value_residual_mix_lora_rank", key_use::required, 0, 1);
        m.gate_rank = q.integer("attention.gate_lora_rank", key_use::required, 0, 1);
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "rwkv7";
        a.norm = norm_kind::layer;
        a.embedding_norm = true;
        a.token_shift = true;
        a.channel_mix = true;
        a.arrange = arrange;
        a.gguf.heads_by_layer = a.gguf.parts_left_out = true;
        a.gguf.own_output = true;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_type types[] = {{"rwkv7"}, {"Rwkv7ForCausalLM"}, {"RWKV7ForCausalLM"}};
    static constexpr void describe(config_query &q) {
        q.put("context_length", 1048576);
        q.put("attention.head_count", 0);
        q.copy("wkv.head_size", {"head_size", "head_dim"});
        q.put("attention.key_length", 0);
        q.put("attention.value_length", 0);
        if (!q.has("intermediate_size"))
            q.put("feed_forward_length", 4 * q.number_of("embedding_length"), "hidden_size");
        const auto rank = [&](const char *key, const char *older, const char *newer) {
            if (q.first_of({older, newer}) == nullptr) q.lacks(newer);
            q.copy(key, {older, newer});
        };
        rank("attention.decay_lora_rank", "lora_rank_decay", "decay_low_rank_dim");
        rank("attention.iclr_lora_rank", "lora_rank_iclr", "a_low_rank_dim");
        rank("attention.value_residual_mix_lora_rank", "lora_rank_value_residual_mix", "v_low_rank_dim");
        rank("attention.gate_lora_rank", "lora_rank_gate", "gate_low_rank_dim");
    }
    static constexpr config_reader config{value, types, describe};
};

struct arwkv7 {
    static constexpr void arrange(model &m) { rwkv7::keep_states(m, state_kind::rwkv_7); }
    static constexpr void read(gguf_query &q, model &m) {
        rwkv7::read_shift(q, m);
        const std::int64_t keys = membound::detail::multiply(m.num_key_value_heads, m.ssm_state_size);
        if (keys != 0 && keys != m.hidden_size)
            q.fail(errc::bad_value, "attention.head_count_kv", "times wkv.head_size is not embedding_length",
                   "llama.cpp does not repeat heads of keys");
        m.decay_rank = q.integer("attention.decay_lora_rank", key_use::required, 0, 1);
        m.rate_rank = q.integer("attention.iclr_lora_rank", key_use::required, 0, 1);
        m.value_mix_rank = q.integer("attention.value_residual_mix_lora_rank", key_use::required, 0, 1);
        m.gate_rank = q.integer("attention.gate_lora_rank", key_use::optional);
        if (!q.has(tensor_name::time_mix_g1) || !q.has(tensor_name::time_mix_g2)) m.gate_rank = 0;
        m.time_mix_norm = q.has(tensor_name::time_mix_ln) && q.has(tensor_name::time_mix_ln, tensor_part::bias);
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "arwkv7";
        a.token_shift = true;
        a.arrange = arrange;
        a.gguf.heads_by_layer = a.gguf.parts_left_out = true;
        a.gguf.own_output = true;
        a.gguf.read = read;
        return a;
    }();
};

struct rwkv6 {
    static constexpr void arrange(model &m) {
        m.time_mix_norm = m.time_mix_bonus = true;
        rwkv7::keep_states(m, state_kind::rwkv_6);
    }
    static constexpr void read_ranks(gguf_query &q, model &m) {
        rwkv7::read_shift(q, m);
        m.mix_rank = q.integer("time_mix_extra_dim", key_use::required, 0, 1);
        m.decay_rank = q.integer("time_decay_extra_dim", key_use::required, 0, 1);
    }
    static constexpr void read(gguf_query &q, model &m) {
        read_ranks(q, m);
        m.rescaled_interval = q.integer("rescale_every_n_layers", key_use::optional);
        m.fused_lerp = q.has(tensor_name::time_mix_lerp_fused);
    }
    static constexpr architecture value = [] {
        architecture a = rwkv7::value;
        a.name = "rwkv6";
        a.gated_channel_mix = true;
        a.arrange = arrange;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_type types[] = {{"rwkv6"}, {"Rwkv6ForCausalLM"}};
    static constexpr void describe(config_query &q) {
        const std::int64_t hidden = q.number_of("embedding_length");
        const bool wide = hidden >= 4096;
        q.put("context_length", 1048576);
        q.put("attention.head_count", 0);
        q.put("attention.key_length", 0);
        q.put("attention.value_length", 0);
        q.copy("wkv.head_size", "head_size");
        q.put("time_mix_extra_dim", wide ? 64 : 32, "hidden_size");
        q.put("time_decay_extra_dim", wide ? 128 : 64, "hidden_size");
        q.copy("rescale_every_n_layers", "rescale_every");
        if (!q.has("intermediate_size")) q.put("feed_forward_length", hidden * 7 / 2 / 32 * 32, "hidden_size");
    }
    static constexpr config_reader config{value, types, describe};
};

struct rwkv6qwen2 {
    static constexpr void arrange(model &m) {
        rwkv7::keep_states(m, state_kind::rwkv_6);
        m.fused_lerp = true;
    }
    static constexpr void read(gguf_query &q, model &m) {
        rwkv6::read_ranks(q, m);
        m.attention_bias = q.has(tensor_name::time_mix_key, tensor_part::bias);
        if (q.keys.find("attention.head_count_kv").type == gguf_value::kind::absent)
            m.num_key_value_heads = m.num_attention_heads;
        const std::int64_t heads = m.ssm_state_size > 0 ? m.hidden_size / m.ssm_state_size : 0;
        if (m.num_key_value_heads > 0 && heads % m.num_key_value_heads != 0)
            q.fail(errc::bad_value, "attention.head_count_kv", "does not divide the number of heads",
                   "each head of keys serves the same number of others");
        if (q.has(tensor_name::time_mix_first))
            q.fail_at(errc::unsupported, "time_mix_first.weight", "is there", "the norm that it needs is not in the family");
        if (q.has(tensor_name::output_norm, tensor_part::bias))
            q.fail_at(errc::unsupported, "output_norm.bias", "is there", "the norms of the family have no bias");
    }
    static constexpr architecture value = [] {
        architecture a = arwkv7::value;
        a.name = "rwkv6qwen2";
        a.arrange = arrange;
        a.gguf.read = read;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

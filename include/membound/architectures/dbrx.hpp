// DBRX.
// Source: llama.cpp v0.5.0, src/models/dbrx.cpp.
#ifndef MEMBOUND_ARCHITECTURES_DBRX_HPP
#define MEMBOUND_ARCHITECTURES_DBRX_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct dbrx {
    static constexpr void arrange(model &m) {
        m.fused_qkv = true;
        m.clamped_qkv = true;
        m.norm_topk_prob = true;
        m.moe_intermediate_size = m.intermediate_size;
    }
    static constexpr void read(gguf_query &q, model &) {
        q.real("attention.clamp_kqv", key_use::required);
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "dbrx";
        a.norm = norm_kind::layer_without_bias;
        a.ffn_norm = tensor_name::attn_output_norm;
        a.arrange = arrange;
        a.gguf.experts = key_use::required;
        a.gguf.rotates_whole_head = true;
        a.gguf.heads_span_hidden = true;
        a.gguf.own_output = true;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_type types[] = {{"dbrx"}};
    static constexpr void describe(config_query &q) {
        const json_value ffn = q.at("ffn_config");
        const json_value attention = q.at("attn_config");
        const auto put = [&](const char *key, json_value part, const char *name, std::int64_t otherwise) {
            q.put(key, q.integer_in(member_of(part, name), name, otherwise), name);
        };
        put("feed_forward_length", ffn, "ffn_hidden_size", 3584);
        put("expert_count", ffn, "moe_num_experts", 4);
        put("expert_used_count", ffn, "moe_top_k", 1);
        put("attention.head_count_kv", attention, "kv_n_heads", 1);
        constexpr const char *clip = "clip_qkv";
        q.put("attention.clamp_kqv", q.real_in(member_of(attention, clip), clip, 0), "attn_config");
        q.fused_qkv = true;
    }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

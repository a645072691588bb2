// LFM2, dense and with experts.
// Source: llama.cpp v0.5.0, src/models/lfm2.cpp, lfm2moe.cpp.
#ifndef MEMBOUND_ARCHITECTURES_LFM_HPP
#define MEMBOUND_ARCHITECTURES_LFM_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct lfm2 {
    static constexpr void arrange(model &m) { m.ssm_inner_size = m.hidden_size; }
    static constexpr void read_convolutions(gguf_query &q, model &m) {
        m.ssm_conv_kernel = q.integer("shortconv.l_cache", key_use::required, 0, 2);
        read_state_layers(q, m, state_kind::short_convolution);
        const gguf_value causal = q.keys.find("attention.causal");
        if (causal.type == gguf_value::kind::boolean && causal.integer == 0)
            q.fail(errc::unsupported, "attention.causal", "is false", "the convolutions look back only");
        if (q.has(tensor_name::dense_2)) {
            m.embedding_size = q.integer("embedding_length_out", key_use::optional);
            m.pooled_dense_size = m.embedding_size > 0 ? m.embedding_size : m.hidden_size;
            m.pooled_dense_bias = q.has(tensor_name::dense_2, tensor_part::bias);
        }
    }
    static constexpr void read(gguf_query &q, model &m) {
        read_convolutions(q, m);
        m.sliding_window = q.integer("attention.sliding_window", key_use::optional);
        if (m.sliding_window == 0) return;
        for (int i = 0; i < m.layer_count(); ++i)
            if (m.layers[i].kind == layer_kind::full_attention) m.layers[i].kind = layer_kind::sliding_attention;
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "lfm2";
        a.head_norms = query_key_norm::each_head;
        a.residual = residual_first::always;
        a.head = head_use::logits_or_embeddings;
        a.final_norm = tensor_name::token_embd_norm;
        a.arrange = arrange;
        a.gguf.heads_span_hidden = true;
        a.gguf.heads_by_layer = a.gguf.parts_left_out = true;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 65536}, {"max_position_embeddings", 128000}, {"hidden_size", 2560}, {"num_hidden_layers", 32},
        {"intermediate_size", 12288}, {"num_attention_heads", 32}, {"num_key_value_heads", 8},
        {"tie_word_embeddings", true}, {"conv_L_cache", 3}, {"block_multiple_of", 256},
        {"block_auto_adjust_ff_dim", true}};
    static constexpr config_type types[] = {{"lfm2", defaults}};
    // Layers with attention, by kind or by number; the others have convolutions.
    static constexpr void describe_layers(config_query &q) {
        bool attends[max_layers] = {};
        std::int64_t i = 0;
        for_each_element(q.at("layer_types"), [&](json_value v) {
            if (i < max_layers) attends[i] = is_text(v, "full_attention");
            ++i;
        });
        if (i == 0 && !q.has("full_attn_idxs"))
            for (bool &a : attends) a = true;
        for_each_element(q.at("full_attn_idxs"), [&](json_value v) {
            const std::int64_t at = q.integer_in(v, "full_attn_idxs", max_layers);
            if (i == 0 && at < max_layers) attends[at] = true;
        });
        if (i != 0 && i != q.layers)
            q.fail(errc::bad_value, "layer_types", "has not one element for each layer",
                   "the layers are as many as num_hidden_layers says");
        const std::int64_t heads = q.integer("num_key_value_heads");
        q.put_list("attention.head_count_kv", "layer_types", q.layers,
                   [&](std::int64_t l) { return attends[l] ? heads : 0; });
        q.copy("shortconv.l_cache", "conv_L_cache");
        if (q.boolean("conv_bias"))
            q.fail(errc::unsupported, "conv_bias", "is true", "llama.cpp has no such biases in the family");
        if (q.has("tie_embedding")) q.tied = q.boolean("tie_embedding");
    }
    static constexpr void describe(config_query &q) {
        describe_layers(q);
        std::int64_t size = q.integer(q.has("block_ff_dim") ? "block_ff_dim" : "intermediate_size");
        if (q.boolean("block_auto_adjust_ff_dim")) {
            const double factor = q.real("block_ffn_dim_multiplier", 1);
            const double scaled = factor * static_cast<double>(2 * size / 3);
            if (scaled < 0 || scaled > INT32_MAX)
                return q.fail(errc::bad_value, "block_ffn_dim_multiplier", "is out of range", "it is a small factor");
            size = detail::round_up(static_cast<std::int64_t>(scaled),
                                    detail::max<std::int64_t>(q.integer("block_multiple_of"), 1));
        }
        q.put("feed_forward_length", size, "intermediate_size");
    }
    static constexpr config_reader config{value, types, describe};
};

struct lfm2moe {
    static constexpr void arrange(model &m) {
        lfm2::arrange(m);
        m.norm_topk_prob = m.router_bias = true;
    }
    static constexpr void read(gguf_query &q, model &m) {
        lfm2::read_convolutions(q, m);
        q.ask("expert_gating_func", key_use::required);
        read_routing(q, m, key_use::none, router_kind::softmax);
        m.scaled_expert_weights = false;
        m.num_shared_experts = 0;
    }
    static constexpr architecture value = [] {
        architecture a = lfm2::value;
        a.name = "lfm2moe";
        a.arrange = arrange;
        a.gguf.experts = key_use::required;
        a.gguf.expert_size = key_use::required;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 65536}, {"max_position_embeddings", 128000}, {"hidden_size", 2048}, {"num_hidden_layers", 32},
        {"intermediate_size", 7168}, {"num_attention_heads", 32}, {"num_key_value_heads", 8},
        {"tie_word_embeddings", true}, {"num_experts", 32}, {"num_experts_per_tok", 4}, {"moe_intermediate_size", 1792},
        {"norm_topk_prob", true}, {"routed_scaling_factor", 1.0}, {"conv_L_cache", 3}, {"num_dense_layers", 2},
        {"use_expert_bias", true}};
    static constexpr config_type types[] = {{"lfm2_moe", defaults}};
    static constexpr void describe(config_query &q) {
        lfm2::describe_layers(q);
        q.copy("expert_feed_forward_length", "moe_intermediate_size");
        q.copy("leading_dense_block_count", "num_dense_layers");
        q.put("expert_gating_func", 2);
        if (!q.boolean("use_expert_bias", true))
            q.fail(errc::unsupported, "use_expert_bias", "is false", "the family has it in llama.cpp");
    }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

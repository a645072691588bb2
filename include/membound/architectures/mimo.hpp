// MiMo V2 (Xiaomi).
// Source: llama.cpp v0.5.0, src/models/mimo2.cpp.
#ifndef MEMBOUND_ARCHITECTURES_MIMO_HPP
#define MEMBOUND_ARCHITECTURES_MIMO_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct mimo2 {
    static constexpr void arrange(model &m) {
        m.router = router_kind::sigmoid;
        m.norm_topk_prob = true;
    }
    static constexpr void read(gguf_query &q, model &m) {
        const double scale = q.real("attention.value_scale", key_use::optional);
        m.scaled_attention = scale != 0 && scale != 1;
        read_feed_forward_kinds(q, m);
        m.further.layer_norm = q.has(tensor_name::layer_output_norm);
        for (int i = 0; i < m.layer_count() + m.num_nextn_predict_layers; ++i)
            m.layers[i].sinks = q.has(tensor_name::attn_sinks, tensor_part::weight, i);
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "mimo2";
        a.further = further_loading::on_request;
        a.files_hold_unloaded_layers = true;
        a.arrange = arrange;
        a.gguf.experts = key_use::optional;
        a.gguf.experts_may_lack_gates = true;
        a.gguf.expert_size = key_use::required;
        a.gguf.window = key_use::required;
        a.gguf.window_listed = true;
        a.gguf.heads_by_layer = true;
        a.gguf.value_heads_differ = true;
        a.gguf.own_output = true;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 152576}, {"max_position_embeddings", 131072}, {"hidden_size", 4096}, {"num_hidden_layers", 48},
        {"intermediate_size", 16384}, {"num_attention_heads", 64}, {"num_key_value_heads", 4}, {"head_dim", 192},
        {"sliding_window", 129}, {"n_routed_experts", 256}, {"num_experts_per_tok", 8}, {"moe_intermediate_size", 2048},
        {"norm_topk_prob", true}, {"v_head_dim", 128}, {"n_group", 1}, {"topk_group", 1}, {"routed_scaling_factor", 1.0},
        {"attention_value_scale", 0.707}};
    static constexpr config_type types[] = {{"mimo_v2_flash", defaults}, {"mimo_v2"}};
    static constexpr std::int64_t usual_further_layers = 3; // in every file; the configuration does not say it
    static constexpr void describe(config_query &q) {
        q.put("block_count", q.layers + usual_further_layers, "num_hidden_layers");
        q.put("nextn_predict_layers", usual_further_layers);
        q.further_layers = usual_further_layers;
        q.tensor(tensor_name::nextn_eh_proj);
        q.tensor(tensor_name::layer_output_norm);

        bool sliding[max_layers] = {};
        bool routed[max_layers] = {};
        std::int64_t count = 0;
        std::int64_t i = 0;
        for_each_element(q.at("hybrid_layer_pattern"), [&](json_value v) {
            if (count < max_layers) sliding[count] = q.integer_in(v, "hybrid_layer_pattern", 0) == 1;
            ++count;
        });
        if (count == 0)
            for_each_element(q.at("layer_types"), [&](json_value v) {
                if (count < max_layers) sliding[count] = is_text(v, "sliding_attention");
                ++count;
            });
        for_each_element(q.at("moe_layer_freq"), [&](json_value v) {
            if (i < max_layers) routed[i] = q.integer_in(v, "moe_layer_freq", 0) != 0;
            ++i;
        });
        if (i == 0)
            for_each_element(q.at("mlp_layer_types"), [&](json_value v) {
                if (i < max_layers) routed[i] = !is_text(v, "dense");
                ++i;
            });
        if (count != q.layers) q.lacks("hybrid_layer_pattern");
        if (i != q.layers) q.lacks("moe_layer_freq");
        const std::int64_t end = membound::detail::min<std::int64_t>(q.layers + q.further_layers, max_layers);
        for (std::int64_t l = q.layers; l < end; ++l) sliding[l] = true;
        const std::int64_t heads = q.integer("num_key_value_heads");
        const std::int64_t window_heads = q.integer("swa_num_key_value_heads", heads);
        q.put_list("attention.head_count_kv", "num_key_value_heads", end,
                   [&](std::int64_t l) { return sliding[l] ? window_heads : heads; });
        q.put_list("attention.sliding_window_pattern", "hybrid_layer_pattern", end,
                   [&](std::int64_t l) -> std::int64_t { return sliding[l]; });
        q.copy("attention.sliding_window", "sliding_window");
        q.copy("attention.value_length", "v_head_dim");
        q.copy("expert_feed_forward_length", "moe_intermediate_size");
        q.copy_real("attention.value_scale", "attention_value_scale");
        q.put("rope.dimension_count", q.rotated_part_of(q.head_dim(), 0.334), "partial_rotary_factor");
        const bool window_sinks = q.boolean("add_swa_attention_sink_bias", true);
        const bool full_sinks = q.boolean("add_full_attention_sink_bias");
        q.tensor_in(tensor_name::attn_sinks, tensor_part::weight,
                    [&](int l) { return sliding[l] ? window_sinks : full_sinks; });
        q.tensor_in(tensor_name::ffn_gate_inp, tensor_part::weight, [&](int l) { return routed[l]; });
        q.tensor_in(tensor_name::ffn_up, tensor_part::weight, [&](int l) { return !routed[l]; });
        q.tensor(tensor_name::exp_probs_b, tensor_part::bias);
        for (const char *key : {"swa_head_dim", "swa_v_head_dim", "swa_num_attention_heads"}) {
            const std::int64_t other = q.integer(same_text(key, "swa_head_dim")     ? "head_dim"
                                                 : same_text(key, "swa_v_head_dim") ? "v_head_dim"
                                                                                    : "num_attention_heads");
            if (q.integer(key, other) != other)
                q.fail(errc::unsupported, key, "is not as in layers without a window",
                       "llama.cpp has one size for both");
        }
    }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

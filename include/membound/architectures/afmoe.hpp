// AFM (Arcee): Trinity.
// Source: llama.cpp v0.5.0, src/models/afmoe.cpp.
#ifndef MEMBOUND_ARCHITECTURES_AFMOE_HPP
#define MEMBOUND_ARCHITECTURES_AFMOE_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct afmoe {
    static constexpr void arrange(model &m) {
        m.scaled_embedding = true;
        m.router_bias = true;
        membound::detail::set_shared_expert_size(m);
        membound::detail::set_sliding_pattern(m, 4);
        for (int i = 0; i < m.layer_count(); ++i) m.layers[i].unrotated = (i + 1) % 4 == 0;
    }
    static constexpr void read(gguf_query &q, model &m) { read_routing(q, m, key_use::required, router_kind::sigmoid); }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "afmoe";
        a.head_norms = query_key_norm::each_head;
        a.gate = attention_gate::each_number;
        a.outputs = output_rows::behind_attention_norm;
        a.post_norms = true;
        a.arrange = arrange;
        a.gguf.experts = key_use::required;
        a.gguf.expert_size = key_use::required;
        a.gguf.window = key_use::required; // the graph is drawn for windows alone
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 200192}, {"max_position_embeddings", 16384}, {"hidden_size", 2048}, {"num_hidden_layers", 32},
        {"intermediate_size", 6144}, {"num_attention_heads", 16}, {"head_dim", 128}, {"sliding_window", 1024},
        {"num_experts", 64}, {"num_experts_per_tok", 6}, {"moe_intermediate_size", 1408}, {"num_shared_experts", 2},
        {"num_dense_layers", 1}, {"route_scale", 1.0}, {"global_attn_every_n_layers", 4}};
    static constexpr config_type types[] = {{"afmoe", defaults}};
    static constexpr void describe(config_query &q) {
        describe_window(q);
        if (!q.has("layer_types")) q.copy("attention.sliding_window_pattern", "global_attn_every_n_layers");
        q.copy("expert_shared_count", "num_shared_experts");
        q.copy("expert_feed_forward_length", "moe_intermediate_size");
        q.copy("leading_dense_block_count", "num_dense_layers");
        q.copy_boolean("expert_weights_norm", "route_norm");
        q.copy_real("expert_weights_scale", "route_scale");
        describe_llama_3_rope(q);
    }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

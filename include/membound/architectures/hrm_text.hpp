// HRM-Text: two stacks of layers that take turns.
// Source: llama.cpp v0.5.0, src/models/hrm-text.cpp.
#ifndef MEMBOUND_ARCHITECTURES_HRM_TEXT_HPP
#define MEMBOUND_ARCHITECTURES_HRM_TEXT_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct hrm_text {
    static constexpr void arrange(model &m) {
        if (m.stack_layers == 0 || m.low_cycles == 0) return;
        for (int i = 0; i < m.layer_count(); ++i) {
            const bool high = i / m.stack_layers % (m.low_cycles + 1) == m.low_cycles;
            m.layers[i].block = static_cast<std::int16_t>(i % m.stack_layers + (high ? m.stack_layers : 0));
        }
    }
    static constexpr void read(gguf_query &q, model &m) {
        m.stack_layers = q.integer("hrm.layers_per_stack", key_use::required, 0, 1);
        m.high_cycles = q.integer("hrm.h_cycles", key_use::required, 0, 1);
        m.low_cycles = q.integer("hrm.l_cycles", key_use::required, 0, 1);
        m.scaled_embedding = q.real("embedding_scale", key_use::optional) != 0;
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "hrm_text";
        a.norm = norm_kind::rms_without_weight;
        a.gate = attention_gate::each_number;
        a.outputs = output_rows::all;
        a.arrange = arrange;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 151808}, {"max_position_embeddings", 2048}, {"hidden_size", 1536}, {"num_hidden_layers", 16},
        {"intermediate_size", 4096}, {"num_attention_heads", 12}, {"head_dim", 128}, {"H_cycles", 2}, {"L_cycles", 3}};
    static constexpr config_type types[] = {{"hrm_text", defaults}};
    static constexpr void describe(config_query &q) {
        const std::int64_t stack = q.integer("num_layers_per_stack", q.layers);
        const std::int64_t high = q.integer("H_cycles");
        const std::int64_t low = q.integer("L_cycles");
        q.put("block_count", membound::detail::multiply(stack, membound::detail::multiply(high, low + 1)), "H_cycles");
        q.put("hrm.layers_per_stack", stack, "num_hidden_layers");
        q.put("hrm.h_cycles", high, "H_cycles");
        q.put("hrm.l_cycles", low, "L_cycles");
        q.put("embedding_scale", q.real("embedding_scale", 1), "embedding_scale");
    }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

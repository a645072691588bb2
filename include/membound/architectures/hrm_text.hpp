// HRM-Text: two stacks of layers that take turns.
// Source: llama.cpp v0.5.0, src/models/hrm-text.cpp.
#ifndef MEMBOUND_ARCHITECTURES_HRM_TEXT_HPP
#define MEMBOUND_ARCHITECTURES_HRM_TEXT_HPP

#include <membound/gguf_query.hpp>
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
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

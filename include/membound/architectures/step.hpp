// Step 3.5 (StepFun).
// Source: llama.cpp v0.5.0, src/models/step35.cpp.
#ifndef MEMBOUND_ARCHITECTURES_STEP_HPP
#define MEMBOUND_ARCHITECTURES_STEP_HPP

#include <membound/gguf_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct step35 {
    static constexpr void read(gguf_query &q, model &m) {
        read_routing(q, m, key_use::none, router_kind::sigmoid);
        read_feed_forward_kinds(q, m);
        m.shared_expert_intermediate_size = q.integer("expert_shared_feed_forward_length", key_use::optional);
        if (q.has(tensor_name::ffn_gate_inp) && !q.has(tensor_name::ffn_up_shexp))
            q.fail_at(errc::unsupported, "ffn_up_shexp", "is missing", "experts without a shared one are not supported");
        if (q.has(tensor_name::attn_q_norm)) m.head_norms = query_key_norm::each_head;
        if (q.has(tensor_name::attn_gate)) m.gate = attention_gate::each_head;

        const std::int64_t layers = m.num_hidden_layers + m.num_nextn_predict_layers;
        constexpr double least = 1e-6;
        q.each_real("swiglu_clamp_exp", key_use::optional, layers,
                    [&](std::int64_t i, double limit) { m.layers[i].clamped_experts = limit > least; });
        q.each_real("swiglu_clamp_shexp", key_use::optional, layers,
                    [&](std::int64_t i, double limit) { m.layers[i].clamped_feed_forward = limit > least; });

        // Layers with full attention rotate half of what those with a window do.
        bool any = false;
        for (int i = 0; i < m.layer_count(); ++i) any = any || m.layers[i].kind == layer_kind::sliding_attention;
        m.rotary_dim = any ? q.integer("rope.dimension_count_swa", key_use::optional, m.rotary_dim) : m.rotary_dim / 2;
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "step35";
        a.further = further_loading::options_always;
        a.files_hold_unloaded_layers = true;
        a.outputs = output_rows::behind_layers;
        a.copied_qkv = true;
        a.gguf.experts = key_use::optional;
        a.gguf.expert_size = key_use::required;
        a.gguf.window = key_use::required;
        a.gguf.window_listed = true;
        a.gguf.heads_by_layer = true;
        a.gguf.value_heads_differ = true;
        a.gguf.own_output = true;
        a.gguf.read = read;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

// MiMo V2 (Xiaomi).
// Source: llama.cpp v0.5.0, src/models/mimo2.cpp.
#ifndef MEMBOUND_ARCHITECTURES_MIMO_HPP
#define MEMBOUND_ARCHITECTURES_MIMO_HPP

#include <membound/gguf_query.hpp>
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

// Muse Glimmer.
// Source: llama.cpp v0.5.0, src/models/muse-glimmer.cpp.
#ifndef MEMBOUND_ARCHITECTURES_MUSE_GLIMMER_HPP
#define MEMBOUND_ARCHITECTURES_MUSE_GLIMMER_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct muse_glimmer {
    static constexpr void arrange(model &m) {
        m.scaled_logits = true;
        membound::detail::set_sliding_pattern(m, 4);
        membound::detail::rotate_only_in_windows(m);
    }
    static constexpr void read(gguf_query &q, model &m) {
        q.real("logit_scale", key_use::required);
        m.final_logit_softcapping = q.real("final_logit_softcapping", key_use::optional) != 0;
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "muse-glimmer";
        a.head_norms = query_key_norm::each_head;
        a.plain_embedding_norm = true;
        a.gate = attention_gate::each_number;
        a.post_norms = true;
        a.loose_post_norms = true;
        a.outputs = output_rows::behind_attention_norm;
        a.arrange = arrange;
        a.gguf.window = key_use::required;
        a.gguf.own_output = true;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_type types[] = {{"MuseGlimmerForConditionalGeneration"}};
    static constexpr void describe(config_query &q) {
        describe_window(q);
        q.copy_real("final_logit_softcapping", "final_logit_softcapping");
        q.copy_real("logit_scale", "output_multiplier");
    }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

// Grok 1 and 2.
// Source: llama.cpp v0.5.0, src/models/grok.cpp.
#ifndef MEMBOUND_ARCHITECTURES_GROK_HPP
#define MEMBOUND_ARCHITECTURES_GROK_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct grok {
    static constexpr void arrange(model &m) {
        m.scaled_logits = true;
        m.norm_topk_prob = true;
        if (m.moe_intermediate_size == 0) m.moe_intermediate_size = m.intermediate_size;
    }
    static constexpr void read(gguf_query &q, model &m) {
        m.scaled_embedding = q.real("embedding_scale", key_use::optional, 1) != 0;
        m.final_logit_softcapping = q.real("final_logit_softcapping", key_use::optional) != 0;
        m.dense_branch = q.has(tensor_name::ffn_up);
        m.layer_output_norm = q.has(tensor_name::layer_output_norm);
        if (m.dense_branch && m.intermediate_size == 0)
            q.fail(errc::missing, "feed_forward_length", "is missing or 0", "the file has a dense feed-forward block");
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "grok";
        a.attention_softcap = true;
        a.flash_attention = false;
        a.post_norms = true;
        a.attention_post_norm = tensor_name::attn_output_norm;
        a.arrange = arrange;
        a.gguf.experts = key_use::required;
        a.gguf.experts_may_lack_gates = true;
        a.gguf.expert_size = key_use::optional;
        a.gguf.rotates_whole_head = true;
        a.gguf.heads_span_hidden = true;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_type types[] = {{"GrokForCausalLM"}, {"Grok1ForCausalLM"}};
    static constexpr void describe(config_query &q) {
        q.copy_real("embedding_scale", "embedding_multiplier_scale");
        q.put("final_logit_softcapping", q.real("final_logit_softcapping"), "final_logit_softcapping");
        if (q.has("moe_intermediate_size")) { // Grok 2, with a dense block beside the experts
            q.copy("expert_feed_forward_length", "moe_intermediate_size");
            q.tensor(tensor_name::ffn_up);
        }
    }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

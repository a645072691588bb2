// LLaDA, dense and with experts: diffusion models.
// Source: llama.cpp v0.5.0, src/models/llada.cpp, llada-moe.cpp.
#ifndef MEMBOUND_ARCHITECTURES_LLADA_HPP
#define MEMBOUND_ARCHITECTURES_LLADA_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct llada {
    static constexpr void arrange(model &m) { m.bidirectional = true; }
    static constexpr void read(gguf_query &q, model &m) {
        if (m.attention_output_bias || m.mlp_bias)
            q.fail_at(errc::unsupported, m.mlp_bias ? "ffn_up.bias" : "attn_output.bias", "is there",
                      "the family loads it and does not compute with it");
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "llada";
        a.cache = cache_use::none;
        a.unused_rope_tensors = true;
        a.arrange = arrange;
        a.gguf.rotates_whole_head = true;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_type types[] = {{"llada"}, {"LLaDAModelLM"}};
    static constexpr void describe(config_query &q) {
        q.copy("context_length", "max_sequence_length");
        q.copy("feed_forward_length", "mlp_hidden_size");
        if (q.has("weight_tying")) q.tied = q.boolean("weight_tying");
        q.qkv_bias = q.boolean("include_qkv_bias", q.boolean("include_bias"));
        q.attention_output_bias = q.mlp_bias = q.boolean("include_bias");
    }
    static constexpr config_reader config{value, types, describe};
};

struct llada_moe {
    static constexpr void arrange(model &m) {
        m.bidirectional = true;
        membound::detail::set_expert_size(m);
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "llada-moe";
        a.cache = cache_use::none;
        a.head_norms = query_key_norm::each_head;
        a.arrange = arrange;
        a.gguf.experts = key_use::required;
        a.gguf.expert_size = key_use::optional;
        a.gguf.rotates_whole_head = true;
        a.gguf.heads_span_hidden = true;
        a.gguf.own_output = true;
        return a;
    }();
    // config.json.
    static constexpr config_type types[] = {{"llada_moe"}, {"LLaDAMoEModel"}, {"LLaDAMoEModelLM"}};
    static constexpr void describe(config_query &q) {
        q.copy("expert_feed_forward_length", "expert_intermediate_size");
        q.qkv_bias = q.boolean("qkv_bias", q.boolean("attention_bias"));
    }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

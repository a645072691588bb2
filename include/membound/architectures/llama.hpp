// LLaMA 1 to 4, Mistral, Mixtral and the many models of the same layout.
// Source: llama.cpp v0.5.0, src/models/llama.cpp, src/models/llama4.cpp, src/models/mistral3.cpp.
#ifndef MEMBOUND_ARCHITECTURES_LLAMA_HPP
#define MEMBOUND_ARCHITECTURES_LLAMA_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct llama {
    static constexpr void arrange(model &m) {
        m.norm_topk_prob = true;
        if (m.moe_intermediate_size == 0) m.moe_intermediate_size = m.intermediate_size;
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "llama";
        a.arrange = arrange;
        a.gguf.experts = key_use::optional;
        a.gguf.experts_may_lack_gates = true;
        a.gguf.rotates_whole_head = true;
        return a;
    }();
    // config.json.
    static constexpr config_default llama_defaults[] = {
        {"vocab_size", 32000}, {"max_position_embeddings", 2048}, {"hidden_size", 4096}, {"num_hidden_layers", 32},
        {"intermediate_size", 11008}, {"num_attention_heads", 32}};
    static constexpr config_default mistral_defaults[] = {
        {"vocab_size", 32000}, {"max_position_embeddings", 131072}, {"hidden_size", 4096}, {"num_hidden_layers", 32},
        {"intermediate_size", 14336}, {"num_attention_heads", 32}, {"num_key_value_heads", 8}, {"sliding_window", 4096}};
    static constexpr config_default mixtral_defaults[] = {
        {"vocab_size", 32000}, {"max_position_embeddings", 131072}, {"hidden_size", 4096}, {"num_hidden_layers", 32},
        {"intermediate_size", 14336}, {"num_attention_heads", 32}, {"num_key_value_heads", 8}, {"num_local_experts", 8},
        {"num_experts_per_tok", 2}};
    static constexpr config_default internlm3_defaults[] = {
        {"vocab_size", 128512}, {"max_position_embeddings", 32768}, {"hidden_size", 4096}, {"num_hidden_layers", 48},
        {"intermediate_size", 10240}, {"num_attention_heads", 32}, {"num_key_value_heads", 2}, {"head_dim", 128}};
    static constexpr config_default iquestcoder_defaults[] = {
        {"vocab_size", 76800}, {"max_position_embeddings", 131072}, {"hidden_size", 5120}, {"num_hidden_layers", 80},
        {"intermediate_size", 27648}, {"num_attention_heads", 40}, {"num_key_value_heads", 8}, {"head_dim", 128}};
    static constexpr config_type types[] = {{"llama", llama_defaults},
                                            {"mistral", mistral_defaults},
                                            {"mixtral", mixtral_defaults},
                                            {"internlm3", internlm3_defaults},
                                            {"iquestcoder", iquestcoder_defaults}};
    static constexpr void describe(config_query &q) {
        describe_llama_3_rope(q);
        if (q.has("head_vocab_size"))
            q.fail(errc::unsupported, "head_vocab_size", "is there", "a draft model by EAGLE is not covered");
    }
    static constexpr config_reader config{value, types, describe};
};

struct llama_embed {
    static constexpr architecture value = [] {
        architecture a = llama::value;
        a.name = "llama-embed";
        a.cache = cache_use::unread;
        a.head = head_use::unread;
        return a;
    }();
    // config.json.
    static constexpr config_type types[] = {{"llama_bidirec", llama::llama_defaults}};
    static constexpr config_reader config{value, types, describe_llama_3_rope};
};

struct llama4 {
    static constexpr std::int64_t usual_window = 8192;  // tokens of a chunk, in which attention stays
    static constexpr std::int64_t without_head_norms = 128; // experts of the one model that has no norms of query and key
    static constexpr std::int64_t period = 4;
    static constexpr void arrange(model &m) {
        m.router = router_kind::sigmoid;
        m.attention_temperature = true;
        if (m.num_experts != without_head_norms) m.head_norms = query_key_norm::rotated_head_without_weights;
        m.num_shared_experts = 1;
        m.shared_expert_intermediate_size = m.moe_intermediate_size;
        membound::detail::set_sliding_pattern(m, period);
        // Without chunks every layer is rotated but the last.
        const std::int64_t rotated = m.sliding_window > 0 ? period : m.num_hidden_layers;
        for (int i = 0; i < m.layer_count(); ++i) {
            m.layers[i].unrotated = (i + 1) % rotated == 0;
            const bool experts = m.moe_layer_step > 0 && (i + 1) % m.moe_layer_step == 0;
            m.layers[i].ffn = experts ? feed_forward_kind::experts : feed_forward_kind::dense;
        }
    }
    static constexpr void read(gguf_query &q, model &m) {
        q.insist_on_experts(m);
        m.moe_layer_step = q.integer("interleave_moe_layer_step", key_use::required);
        m.intermediate_size = q.uniform("feed_forward_length", key_use::optional, m.num_hidden_layers);
        if (m.sliding_window > 0) m.sliding_window = usual_window;
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "llama4";
        a.temperature_where_unrotated = true;
        a.experts_read_weighted = true;
        a.arrange = arrange;
        a.gguf.experts = key_use::required;
        a.gguf.expert_size = key_use::required;
        a.gguf.window = key_use::optional;
        a.gguf.usual_window = usual_window;
        a.gguf.window_may_be_zero = true;
        a.gguf.rotates_whole_head = true;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 202048}, {"max_position_embeddings", 131072}, {"hidden_size", 5120}, {"num_hidden_layers", 48},
        {"intermediate_size", 8192}, {"num_attention_heads", 40}, {"num_key_value_heads", 8}, {"head_dim", 128},
        {"num_local_experts", 16}, {"num_experts_per_tok", 1}, {"intermediate_size_mlp", 16384},
        {"interleave_moe_layer_step", 1}, {"attention_chunk_size", 8192}};
    static constexpr config_type types[] = {{"llama4"}, {"llama4_text", defaults}};
    static constexpr void describe(config_query &q) {
        q.copy("expert_feed_forward_length", "intermediate_size");
        q.copy("feed_forward_length", "intermediate_size_mlp");
        q.copy("interleave_moe_layer_step", "interleave_moe_layer_step");
        bool chunks = kind_of(q.at("layer_types")) != json_value::kind::array;
        for_each_element(q.at("layer_types"), [&](json_value v) { chunks = chunks || !is_text(v, "full_attention"); });
        if (!chunks) q.put("attention.sliding_window", 0, "layer_types");
        if (chunks && q.integer("attention_chunk_size", usual_window) != usual_window)
            q.fail(errc::unsupported, "attention_chunk_size", "is not 8192", "llama.cpp has no other chunks");
        describe_llama_3_rope(q);
    }
    static constexpr config_reader config{value, types, describe};
};

struct mistral3 {
    static constexpr void read(gguf_query &q, model &m) {
        m.attention_temperature = q.real("attention.temperature_scale", key_use::optional) != 0;
    }
    static constexpr architecture value = [] {
        architecture a = llama::value;
        a.name = "mistral3";
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 131072}, {"max_position_embeddings", 262144}, {"hidden_size", 4096}, {"num_hidden_layers", 34},
        {"intermediate_size", 14336}, {"num_attention_heads", 32}, {"num_key_value_heads", 8}, {"head_dim", 128},
        {"llama_4_scaling_beta", 0.1}};
    static constexpr config_type types[] = {{"mistral3"}, {"ministral3", defaults}};
    static constexpr void describe(config_query &q) {
        constexpr const char *key = "llama_4_scaling_beta";
        q.put("attention.temperature_scale", q.real_in(member_of(q.rope_parameters(), key), key, 0), "rope_parameters");
    }
    static constexpr bool accepts(const config_query &q) { return !q.is("model_type", "mistral4"); }
    static constexpr config_reader config{value, types, describe, accepts};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

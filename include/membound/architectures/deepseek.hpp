// DeepSeek V1 (deepseek), and DeepSeek V2, V3 and R1, Kimi K2 and others with latent attention.
// Source: llama.cpp v0.5.0, src/models/deepseek.cpp, deepseek2.cpp, deepseek2ocr.cpp, deepseek32.cpp, mistral4.cpp.
#ifndef MEMBOUND_ARCHITECTURES_DEEPSEEK_HPP
#define MEMBOUND_ARCHITECTURES_DEEPSEEK_HPP

#include <membound/gguf_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct deepseek2 {
    static constexpr void arrange(model &m) {
        membound::detail::set_shared_expert_size(m);
        if (m.layer_kinds_given) return;
        for (int i = 0; i < m.layer_count() + m.num_nextn_predict_layers; ++i)
            m.layers[i].kind = layer_kind::latent_attention;
    }
    static constexpr void read(gguf_query &q, model &m) {
        const std::int64_t layers = m.num_hidden_layers;
        const std::int64_t vocabulary = q.integer("vocab_size", key_use::optional, m.vocab_size);
        // By these sizes llama.cpp knows the Lite models, and then does not look for a rank of the query.
        const bool lite = layers == 27 || layers == 26 || (layers == 48 && vocabulary == 128256);
        if (!lite) m.q_lora_rank = q.integer("attention.q_lora_rank", key_use::required);
        read_latent_heads(q, m);
        m.attention_temperature = q.real("attention.temperature_scale", key_use::optional) != 0;
        // Files of V2 and V2.5, or of GLM 4.7 Flash, do not say how experts are chosen.
        const bool flash = (layers == 47 || layers == 48) && vocabulary == 154880;
        read_routing(q, m, key_use::required, flash ? router_kind::sigmoid : router_kind::softmax);
        if (m.first_k_dense_replace < layers) q.insist_on_experts(m);
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "deepseek2";
        a.further = further_loading::on_request;
        a.files_hold_unloaded_layers = true;
        a.arrange = arrange;
        a.gguf.fused_experts = true;
        a.gguf.experts = key_use::optional;
        a.gguf.expert_size = key_use::required;
        a.gguf.read = read;
        return a;
    }();
};

// With sparse attention.
struct deepseek32 {
    static constexpr void arrange(model &m) {
        deepseek2::arrange(m);
        for (int i = 0; i < m.layer_count() + m.num_nextn_predict_layers; ++i) {
            layer &l = m.layers[i];
            l.kind = layer_kind::latent_attention;
            if (l.choice == token_choice::all) l.choice = token_choice::by_indexer;
        }
    }
    static constexpr void read_sizes(gguf_query &q, model &m) {
        m.q_lora_rank = q.integer("attention.q_lora_rank", key_use::required, 0, 1);
        q.integer("attention.key_length_mla", key_use::required, 0, 1);
        read_latent_heads(q, m);
        read_indexer(q, m);
        read_routing(q, m, key_use::required, router_kind::sigmoid);
        if (m.first_k_dense_replace < m.num_hidden_layers) q.insist_on_experts(m);
    }
    static constexpr void read(gguf_query &q, model &m) {
        q.integer("expert_gating_func", key_use::required, 0, 1);
        read_sizes(q, m);
    }
    static constexpr architecture value = [] {
        architecture a = deepseek2::value;
        a.name = "deepseek32";
        a.flat_latent_query = true;
        a.rotates_indexer = true;
        a.arrange = arrange;
        a.gguf.read = read;
        return a;
    }();
};

struct mistral4 {
    static constexpr architecture value = [] {
        architecture a = deepseek2::value;
        a.name = "mistral4";
        a.unrounded_experts = true;
        return a;
    }();
};

struct deepseek {
    static constexpr void arrange(model &m) { membound::detail::set_shared_expert_size(m); }
    static constexpr void read(gguf_query &q, model &m) {
        read_routing(q, m, key_use::required, router_kind::softmax);
        m.norm_topk_prob = false;
        m.router = router_kind::softmax;
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "deepseek";
        a.arrange = arrange;
        a.gguf.experts = key_use::required;
        a.gguf.expert_size = key_use::required;
        a.gguf.rotates_whole_head = true;
        a.gguf.heads_span_hidden = true;
        a.gguf.read = read;
        return a;
    }();
};

struct deepseek2_ocr {
    static constexpr void read(gguf_query &q, model &m) {
        read_routing(q, m, key_use::required, router_kind::softmax);
        if (m.num_key_value_heads != 0 && m.num_key_value_heads != m.num_attention_heads)
            q.fail(errc::unsupported, "attention.head_count_kv", "is not attention.head_count",
                   "every head of the family has keys and values of its own");
        if (q.real("rope.freq_base", key_use::optional, 10000) != 10000)
            q.fail(errc::bad_value, "rope.freq_base", "is not 10000", "llama.cpp refuses the model");
    }
    static constexpr architecture value = [] {
        architecture a = deepseek::value;
        a.name = "deepseek2-ocr";
        a.gguf.read = read;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

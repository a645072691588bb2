// dots.llm1, Dots 3 Note.
// Source: llama.cpp v0.5.0, src/models/dots1.cpp, dots3note.cpp.
#ifndef MEMBOUND_ARCHITECTURES_DOTS_HPP
#define MEMBOUND_ARCHITECTURES_DOTS_HPP

#include <membound/architectures/deepseek.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct dots1 {
    static constexpr void arrange(model &m) { membound::detail::set_shared_expert_size(m); }
    static constexpr void read(gguf_query &q, model &m) {
        q.ask("expert_gating_func", key_use::required);
        read_routing(q, m, key_use::required, router_kind::softmax);
        if (m.num_key_value_heads != 0 && m.num_key_value_heads != m.num_attention_heads)
            q.fail(errc::unsupported, "attention.head_count_kv", "is not attention.head_count",
                   "the loader has keys and values for each head");
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "dots1";
        a.head_norms = query_key_norm::each_head;
        a.arrange = arrange;
        a.gguf.experts = key_use::required;
        a.gguf.expert_size = key_use::required;
        a.gguf.rotates_whole_head = true;
        a.gguf.own_output = true;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 152064}, {"max_position_embeddings", 2048}, {"hidden_size", 4608}, {"num_hidden_layers", 62},
        {"intermediate_size", 10944}, {"num_attention_heads", 32}, {"num_key_value_heads", 32}, {"sliding_window", 4096},
        {"max_window_layers", 62}, {"moe_intermediate_size", 1408}, {"first_k_dense_replace", 0}, {"n_group", 1},
        {"topk_group", 1}, {"routed_scaling_factor", 1.0}};
    static constexpr config_type types[] = {{"dots1", defaults}};
    static constexpr void describe(config_query &q) {
        describe_routing(q);
        if (q.number_of("expert_gating_func") == 0) q.put("expert_gating_func", 2);
        q.copy("expert_feed_forward_length", "moe_intermediate_size");
        q.tensor(tensor_name::exp_probs_b, tensor_part::bias);
    }
    static constexpr config_reader config{value, types, describe};
};

// With latent attention: over the tokens that an indexer chooses, and in other layers over a window, with ranks of their own.
struct dots3_note {
    static constexpr void arrange(model &m) {
        membound::detail::set_shared_expert_size(m);
        for (int i = 0; i < m.layer_count(); ++i) {
            if (m.layers[i].kind == layer_kind::sliding_attention) continue;
            m.layers[i].kind = layer_kind::latent_attention;
            m.layers[i].choice = token_choice::by_indexer;
        }
        for (int i = m.layer_count(); i < m.layer_count() + m.num_nextn_predict_layers; ++i) {
            m.layers[i].kind = layer_kind::sliding_attention;
            m.layers[i].ffn = feed_forward_kind::dense;
        }
    }
    static constexpr void read(gguf_query &q, model &m) {
        const std::int64_t key = m.head_dim;
        q.ask("leading_dense_block_count", key_use::required);
        q.ask("expert_gating_func", key_use::required);
        q.real("rope.freq_base_swa", key_use::required);
        m.q_lora_rank = q.integer("attention.q_lora_rank", key_use::required, 0, 1);
        q.integer("attention.key_length_mla", key_use::required, 0, 1);
        read_latent_heads(q, m);
        m.sliding_kv_lora_rank = q.integer("attention.kv_lora_rank_swa", key_use::required, 0, 1);
        m.sliding_head_dim = q.integer("attention.key_length_mla_swa", key_use::required, 0, 1);
        m.sliding_v_head_dim = q.integer("attention.value_length_mla_swa", key_use::required, 0, 1);
        read_indexer(q, m);
        read_routing(q, m, key_use::required, router_kind::sigmoid);
        if (m.first_k_dense_replace < m.num_hidden_layers) q.insist_on_experts(m);
        m.router_bias = true;
        m.further_layers_left_out = !q.has(tensor_name::nextn_eh_proj);

        check_latent_row(q, m, "attention.key_length", key, m.kv_lora_rank);
        const std::int64_t sliding_key = q.integer("attention.key_length_swa", key_use::optional, key);
        check_latent_row(q, m, "attention.key_length_swa", sliding_key, m.sliding_kv_lora_rank);
        if (m.sliding_head_dim <= m.rotary_dim)
            q.fail(errc::bad_value, "attention.key_length_mla_swa", "is not larger than what is rotated",
                   "a part of a head is not rotated");
        constexpr const char *types = "attention.indexer.types";
        const gguf_value own = q.ask(types, key_use::required);
        if (own.type != gguf_value::kind::array || own.elements == nullptr || own.integer > max_layers) {
            q.fail(errc::bad_value, types, "is not a list of yes and no", "it has one for each layer, up to 512");
            return;
        }
        bool all_sliding = true;
        for (int i = 0; i < m.layer_count(); ++i) {
            const bool sliding = m.layers[i].kind == layer_kind::sliding_attention;
            all_sliding = all_sliding && sliding;
            const bool has_indexer = i < own.integer && own.elements[i] != 0;
            if (has_indexer == sliding)
                q.fail(errc::unsupported, types, "is not opposite to attention.sliding_window_pattern",
                       "layers without a window have an indexer");
        }
        if (all_sliding)
            q.fail(errc::unsupported, types, "gives no layer an indexer", "llama.cpp does not run such a model");
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "dots3note";
        a.files_hold_unloaded_layers = true;
        a.further = further_loading::never;
        a.flat_latent_query = true;
        a.rotates_indexer = true;
        a.norms_rotated_key = true;
        a.gate = attention_gate::each_head;
        a.arrange = arrange;
        a.gguf.experts = key_use::optional;
        a.gguf.expert_size = key_use::required;
        a.gguf.window = key_use::required;
        a.gguf.window_listed = true;
        a.gguf.heads_by_layer = true;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_type types[] = {
        {"Dots3NoteForCausalLM"}, {"Dots3NoteForConditionalGeneration"}, {"Dots3NoteTextForCausalLM"}};
    static constexpr void describe(config_query &q) {
        deepseek2::describe_heads(q);
        deepseek2::describe_experts(q);
        bool sliding[max_layers] = {};
        std::int64_t count = 0;
        for_each_element(q.at("layer_types"), [&](json_value v) { // may be longer than the layers
            if (count < max_layers) sliding[count] = is_text(v, "sliding_attention");
            ++count;
        });
        if (count < q.layers) q.lacks("layer_types");
        const std::int64_t heads = q.integer("num_attention_heads");
        const std::int64_t window_heads = q.integer("swa_num_attention_heads", heads);
        const std::int64_t rank = q.integer("swa_kv_lora_rank");
        const std::int64_t rotated = q.integer("qk_rope_head_dim");
        q.put_list("attention.head_count", "swa_num_attention_heads", q.layers,
                   [&](std::int64_t i) { return sliding[i] ? window_heads : heads; });
        q.copy("attention.sliding_window", "sliding_window_size");
        q.put_list("attention.sliding_window_pattern", "layer_types", q.layers,
                   [&](std::int64_t i) -> std::int64_t { return sliding[i]; });
        q.copy("attention.kv_lora_rank_swa", "swa_kv_lora_rank");
        q.put("attention.key_length_swa", rank + rotated, "swa_kv_lora_rank");
        q.put("attention.key_length_mla_swa", q.integer("swa_qk_nope_head_dim") + rotated, "swa_qk_nope_head_dim");
        q.copy("attention.value_length_mla_swa", "swa_v_head_dim");
        q.copy("attention.indexer.head_count", "index_n_heads");
        q.copy("attention.indexer.key_length", "index_head_dim");
        q.copy("attention.indexer.top_k", "index_topk");
        q.put_list("attention.indexer.types", "layer_types", q.layers,
                   [&](std::int64_t i) -> std::int64_t { return !sliding[i]; });
        q.put("rope.freq_base_swa", 10000.0);
    }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

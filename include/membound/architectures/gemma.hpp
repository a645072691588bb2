// Gemma 1 to 4, EmbeddingGemma.
// Source: llama.cpp v0.5.0, src/models/gemma.cpp, gemma2.cpp, gemma3.cpp, gemma3n.cpp, gemma4.cpp,
// gemma4-assistant.cpp, gemma-embedding.cpp.
#ifndef MEMBOUND_ARCHITECTURES_GEMMA_HPP
#define MEMBOUND_ARCHITECTURES_GEMMA_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct gemma {
    static constexpr void arrange(model &m) {
        m.tie_word_embeddings = true;
        m.scaled_embedding = true;
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "gemma";
        a.scaled_query = true;
        a.arrange = arrange;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 256000}, {"max_position_embeddings", 8192}, {"hidden_size", 3072}, {"num_hidden_layers", 28},
        {"intermediate_size", 24576}, {"num_attention_heads", 16}, {"num_key_value_heads", 16}, {"head_dim", 256},
        {"tie_word_embeddings", true}};
    static constexpr config_type types[] = {{"gemma", defaults}};
    static constexpr config_reader config{value, types};
};

struct gemma2 {
    static constexpr std::int64_t usual_window = 4096;
    static constexpr void arrange(model &m) {
        m.tie_word_embeddings = true;
        m.scaled_embedding = true;
        m.final_logit_softcapping = true;
        if (m.sliding_window == 0) m.sliding_window = usual_window;
        membound::detail::set_sliding_pattern(m, 2);
    }
    static constexpr architecture value = [] {
        architecture a = gemma::value;
        a.name = "gemma2";
        a.attention_softcap = true;
        a.post_norms = true;
        a.arrange = arrange;
        a.gguf.window = key_use::optional;
        a.gguf.usual_window = usual_window;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 256000}, {"max_position_embeddings", 8192}, {"hidden_size", 2304}, {"num_hidden_layers", 26},
        {"intermediate_size", 9216}, {"num_attention_heads", 8}, {"num_key_value_heads", 4}, {"head_dim", 256},
        {"sliding_window", 4096}, {"tie_word_embeddings", true}, {"final_logit_softcapping", 30.0}};
    static constexpr config_type types[] = {{"gemma2", defaults}};
    static constexpr void describe(config_query &q) { describe_window(q); }
    static constexpr config_reader config{value, types, describe};
};

struct gemma3 {
    static constexpr void arrange(model &m) {
        m.scaled_embedding = true;
        membound::detail::set_sliding_pattern(m, 6);
    }
    static constexpr void read(gguf_query &q, model &m) {
        m.final_logit_softcapping = q.real("final_logit_softcapping", key_use::optional) != 0;
    }
    static constexpr architecture value = [] {
        architecture a = gemma::value;
        a.name = "gemma3";
        a.head_norms = query_key_norm::each_head;
        a.post_norms = true;
        a.arrange = arrange;
        a.gguf.window = key_use::optional;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 262208}, {"max_position_embeddings", 131072}, {"hidden_size", 2304}, {"num_hidden_layers", 26},
        {"intermediate_size", 9216}, {"num_attention_heads", 8}, {"num_key_value_heads", 4}, {"head_dim", 256},
        {"sliding_window", 4096}, {"tie_word_embeddings", true}};
    static constexpr config_type types[] = {{"gemma3"}, {"gemma3_text", defaults}};
    static constexpr void describe_windows(config_query &q) {
        if (q.has("sliding_window_pattern") && q.integer("sliding_window_pattern") == 1) return;
        describe_window(q);
        if (q.has("sliding_window_pattern") && !q.has("layer_types"))
            q.copy("attention.sliding_window_pattern", "sliding_window_pattern");
    }
    static constexpr void describe(config_query &q) {
        describe_windows(q);
        q.put("final_logit_softcapping", q.real("final_logit_softcapping"), "final_logit_softcapping");
    }
    static constexpr bool accepts(const config_query &q) { return !q.has_architecture("Gemma3TextModel"); }
    static constexpr config_reader config{value, types, describe, accepts};
};

struct gemma_embedding {
    static constexpr void arrange(model &m) {
        m.bidirectional = true;
        m.scaled_embedding = true;
        membound::detail::set_sliding_pattern(m, 6);
    }
    static constexpr void read(gguf_query &q, model &m) {
        const std::int64_t in_2 = q.integer("dense_2_feat_in", key_use::optional);
        const std::int64_t out_2 = q.integer("dense_2_feat_out", key_use::optional);
        const std::int64_t in_3 = q.integer("dense_3_feat_in", key_use::optional);
        const std::int64_t out_3 = q.integer("dense_3_feat_out", key_use::optional);
        if (in_2 != 0 && in_2 != m.hidden_size)
            q.fail(errc::bad_value, "dense_2_feat_in", "is not embedding_length", "llama.cpp refuses the model");
        if (out_3 != 0 && out_3 != m.hidden_size)
            q.fail(errc::bad_value, "dense_3_feat_out", "is not embedding_length", "llama.cpp refuses the model");
        if (q.has(tensor_name::dense_2)) m.pooled_dense_size = out_2;
        if (q.has(tensor_name::dense_3)) m.pooled_dense_input = in_3;
    }
    static constexpr architecture value = [] {
        architecture a = gemma3::value;
        a.name = "gemma-embedding";
        a.cache = cache_use::none;
        a.head = head_use::unread;
        a.arrange = arrange;
        a.gguf.window = key_use::required;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_type types[] = {{"gemma3_text", gemma3::defaults}};
    static constexpr bool accepts(const config_query &q) { return q.has_architecture("Gemma3TextModel"); }
    static constexpr config_reader config{value, types, gemma3::describe_windows, accepts};
};

// Several hidden states a token, embeddings for each layer, and layers that share the caches of others.
struct gemma3n {
    static constexpr std::int64_t layers_with_cache = 20;
    static constexpr int layers_with_sparse_activation = 10;
    static constexpr void arrange(model &m) {
        m.scaled_embedding = true;
        m.final_logit_softcapping = true;
        m.altup_states = 4;
        m.laurel_rank = 64;
        m.per_layer_size = 256;
        membound::detail::set_sliding_pattern(m, 5);
        m.num_kv_shared_layers = membound::detail::max<std::int64_t>(m.num_hidden_layers - layers_with_cache, 0);
        membound::detail::share_caches(m);
        for (int i = 0; i < m.layer_count() && i < layers_with_sparse_activation; ++i)
            m.layers[i].sparse_activation = true;
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "gemma3n";
        a.head_norms = query_key_norm::each_head;
        a.value_norms = true;
        a.unused_keys = true;
        a.tied_head_is_copied = true;
        a.outputs = output_rows::all; // the mean of the states is of those with output alone
        a.arrange = arrange;
        a.gguf.window = key_use::required;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 262400}, {"max_position_embeddings", 32768}, {"hidden_size", 2048}, {"num_hidden_layers", 35},
        {"intermediate_size", 16384}, {"num_attention_heads", 8}, {"num_key_value_heads", 2}, {"head_dim", 256},
        {"sliding_window", 512}, {"tie_word_embeddings", true}, {"final_logit_softcapping", 30.0},
        {"vocab_size_per_layer_input", 262144}, {"hidden_size_per_layer_input", 256}, {"altup_num_inputs", 4},
        {"laurel_rank", 64}, {"num_kv_shared_layers", 15}};
    static constexpr config_type types[] = {{"gemma3n"}, {"gemma3n_text", defaults}};
    // What llama.cpp has as constants.
    static constexpr void insist(config_query &q, const char *key, std::int64_t number) {
        if (q.integer(key) != number)
            q.fail(errc::unsupported, key, "is not as llama.cpp has it", "every model of the family has the same");
    }
    static constexpr void describe(config_query &q) {
        q.put("attention.sliding_window", q.integer("sliding_window"), "sliding_window");
        insist(q, "altup_num_inputs", 4);
        insist(q, "laurel_rank", 64);
        insist(q, "hidden_size_per_layer_input", 256);
        insist(q, "num_kv_shared_layers", membound::detail::max<std::int64_t>(q.layers - layers_with_cache, 0));
    }
    static constexpr config_reader config{value, types, describe};
};

// Embeddings for each layer, layers that share the caches of others, and two sizes of heads; or experts beside dense blocks.
struct gemma4 {
    static constexpr void arrange(model &m) {
        m.scaled_embedding = true;
        m.rope = rope_tensors::freqs;
        membound::detail::set_sliding_pattern(m, 6);
        membound::detail::share_caches(m);
    }
    // Layers with a router have experts.
    static constexpr void read_experts(gguf_query &q, model &m) {
        m.feed_forward_kinds_given = true;
        bool any = false;
        for (int i = 0; i < m.layer_count(); ++i) {
            const bool routed = q.has(tensor_name::ffn_gate_inp, tensor_part::weight, i);
            m.layers[i].ffn = routed ? feed_forward_kind::experts : feed_forward_kind::dense;
            any = any || routed;
        }
        m.norm_topk_prob = true;
        m.router_bias = m.expert_bias = false;
        if (!any) {
            m.num_experts = m.num_experts_per_tok = m.num_expert_groups = m.num_expert_groups_used = 0;
            return;
        }
        q.insist_on_experts(m);
        q.uniform("expert_feed_forward_length", key_use::required, m.num_hidden_layers);
        m.expert_scale = q.has(tensor_name::ffn_down_exps, tensor_part::scale);
        if (q.has(tensor_name::ffn_gate_exps, tensor_part::scale) || q.has(tensor_name::ffn_up_exps, tensor_part::scale))
            q.fail_at(errc::unsupported, "ffn_up_exps.scale", "is there", "only what experts give out is scaled");
    }
    // Some layers have no matrix for values; those that share a cache may have what they do not read.
    static constexpr void read_attention(gguf_query &q, model &m) {
        if (m.fused_qkv) return;
        bool all_unused = true;
        for (int i = 0; i < m.layer_count(); ++i) {
            layer &l = m.layers[i];
            l.values_are_keys = !q.has(tensor_name::attn_v, tensor_part::weight, i);
            if (i < m.num_hidden_layers - m.num_kv_shared_layers) continue;
            const bool keys = q.has(tensor_name::attn_k, tensor_part::weight, i);
            const bool norm = q.has(tensor_name::attn_k_norm, tensor_part::weight, i);
            all_unused = all_unused && keys;
            m.unused_keys = m.unused_keys || keys;
            if (norm != keys || (!keys && !l.values_are_keys))
                q.fail_at(errc::unsupported, "attn_k", "is not there with attn_k_norm or attn_v",
                          "layers that share a cache have both or none");
        }
        if (m.unused_keys && !all_unused)
            q.fail_at(errc::unsupported, "attn_k", "is not there in each layer that shares a cache", "all have one, or none");
    }
    static constexpr void read_sliding_heads(gguf_query &q, model &m) {
        m.sliding_head_dim = q.integer("attention.key_length_swa", key_use::required, 0, 1);
        if (q.integer("attention.value_length_swa", key_use::required, 0, 1) != m.sliding_head_dim)
            q.fail(errc::bad_value, "attention.value_length_swa", "is not attention.key_length_swa",
                   "llama.cpp refuses the model");
    }
    static constexpr void read(gguf_query &q, model &m) {
        read_experts(q, m);
        m.per_layer_size = q.integer("embedding_length_per_layer_input", key_use::required);
        read_sliding_heads(q, m);
        m.num_kv_shared_layers = q.integer("attention.shared_kv_layers", key_use::optional);
        if (m.num_kv_shared_layers > 0 && m.num_kv_shared_layers + 2 > m.num_hidden_layers)
            q.fail(errc::bad_value, "attention.shared_kv_layers", "leaves fewer than two layers",
                   "the others share their caches");
        m.final_logit_softcapping = q.real("final_logit_softcapping", key_use::optional) != 0;
        m.layer_output_scale = q.has(tensor_name::layer_output_scale);
        read_attention(q, m);
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "gemma4";
        a.head_norms = query_key_norm::each_head;
        a.value_norms = true;
        a.post_norms = true;
        a.loose_feed_forward_post_norm = true;
        a.tied_head_is_copied = true;
        a.reads_layer_embedding_by_row = true;
        a.full_layers_have_rope_tensors = true;
        a.copied_qkv = true;
        a.normed_experts_beside_dense = true;
        a.outputs = output_rows::behind_last_norm;
        a.late_outputs_date = 20260607; // PR 23398
        a.arrange = arrange;
        a.gguf.experts = key_use::optional;
        a.gguf.expert_size = key_use::optional;
        a.gguf.fused_experts = true;
        a.gguf.window = key_use::required;
        a.gguf.window_listed = true;
        a.gguf.heads_by_layer = true;
        a.gguf.feed_forward_by_layer = true;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 262144}, {"max_position_embeddings", 131072}, {"hidden_size", 2304}, {"num_hidden_layers", 30},
        {"intermediate_size", 9216}, {"num_attention_heads", 8}, {"num_key_value_heads", 4}, {"head_dim", 256},
        {"sliding_window", 512}, {"tie_word_embeddings", true}, {"vocab_size_per_layer_input", 262144},
        {"hidden_size_per_layer_input", 256},
        {"global_head_dim", 512}};
    static constexpr config_type types[] = {
        {"gemma4"}, {"gemma4_text", defaults}, {"gemma4_unified"}, {"gemma4_unified_text", defaults}};
    static constexpr void describe(config_query &q) {
        using n = tensor_name;
        const std::int64_t shared = q.integer("num_kv_shared_layers");
        const std::int64_t first_shared = q.layers - shared;
        bool sliding[max_layers] = {};
        for (std::int64_t i = 0; i < q.layers; ++i) sliding[i] = (i + 1) % 6 != 0;
        std::int64_t listed = 0;
        for_each_element(q.at("layer_types"), [&](json_value v) {
            if (listed < max_layers) sliding[listed] = is_text(v, "sliding_attention");
            ++listed;
        });
        if (q.layers > 0) sliding[q.layers - 1] = false;
        if (listed != 0 && listed != q.layers)
            q.fail(errc::bad_value, "layer_types", "has not one element for each layer",
                   "the layers are as many as num_hidden_layers says");
        q.put("attention.sliding_window", q.integer("sliding_window"), "sliding_window");
        q.put_list("attention.sliding_window_pattern", "layer_types", q.layers,
                   [&](std::int64_t i) -> std::int64_t { return sliding[i]; });
        q.put("attention.shared_kv_layers", shared, "num_kv_shared_layers");
        q.put("embedding_length_per_layer_input", q.integer("hidden_size_per_layer_input"),
              "hidden_size_per_layer_input");
        q.copy("attention.key_length_swa", "head_dim");
        q.copy("attention.value_length_swa", "head_dim");
        q.copy("attention.key_length", "global_head_dim");
        q.copy("attention.value_length", "global_head_dim");
        q.put("final_logit_softcapping", q.real("final_logit_softcapping"), "final_logit_softcapping");
        if (q.boolean("use_double_wide_mlp"))
            q.put_list("feed_forward_length", "intermediate_size", q.layers,
                       [&](std::int64_t i) { return q.integer("intermediate_size") * (i < first_shared ? 1 : 2); });
        const bool keys_are_values = q.boolean("attention_k_eq_v");
        const std::int64_t heads = q.integer("num_key_value_heads");
        const std::int64_t full_heads = keys_are_values ? q.integer("num_global_key_value_heads", heads) : heads;
        if (full_heads != heads)
            q.put_list("attention.head_count_kv", "num_global_key_value_heads", q.layers,
                       [&](std::int64_t i) { return sliding[i] ? heads : full_heads; });
        q.tensor_in(n::attn_v, tensor_part::weight,
                    [&](int i) { return i < first_shared && (sliding[i] || !keys_are_values); });
        q.tensor_in(n::attn_k, tensor_part::weight, [&](int i) { return i < first_shared; });
        q.tensor_in(n::attn_k_norm, tensor_part::weight, [&](int i) { return i < first_shared; });
        q.tensor(n::layer_output_scale);
        q.tensor(n::rope_freqs);
        if (!q.boolean("enable_moe_block")) return;
        q.tensor(n::ffn_gate_inp);
        q.tensor(n::ffn_gate_up_exps);
        q.tensor(n::ffn_down_exps, tensor_part::scale);
        q.copy("expert_feed_forward_length", {"moe_intermediate_size", "expert_intermediate_size"});
    }
    static constexpr config_reader config{value, types, describe};
};

// The draft of Gemma 4: layers that attend to what the last two of their target have cached.
struct gemma4_assistant {
    static constexpr void arrange(model &m) {
        m.rope = rope_tensors::none;
        for (int i = 0; i < m.layer_count(); ++i) {
            m.layers[i].shares_cache = true;
            if (m.layers[i].kind == layer_kind::full_attention) m.rope = rope_tensors::freqs;
        }
    }
    static constexpr void read(gguf_query &q, model &m) {
        gemma4::read_sliding_heads(q, m);
        m.target_features = q.integer("embedding_length_out", key_use::required, 0, 1);
        if (m.target_features == m.hidden_size)
            q.fail(errc::bad_value, "embedding_length_out", "is embedding_length", "llama.cpp refuses the model");
        m.embedding_size = 0;
        m.tie_word_embeddings = m.layer_output_scale = true;
        m.fused_qkv = m.attention_bias = m.attention_output_bias = m.mlp_bias = m.output_bias = false;
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "gemma4-assistant";
        a.head_norms = query_key_norm::each_head;
        a.post_norms = true;
        a.loose_feed_forward_post_norm = true;
        a.full_layers_have_rope_tensors = true;
        a.drafts = draft_kind::on_target_caches;
        a.arrange = arrange;
        a.gguf.all_layers_predict = true;
        a.gguf.window = key_use::required;
        a.gguf.window_listed = true;
        a.gguf.heads_by_layer = true;
        a.gguf.feed_forward_by_layer = true;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_type types[] = {{"gemma4_assistant"}, {"gemma4_unified_assistant"}};
    static constexpr void describe(config_query &q) {
        constexpr const char *features = "backbone_hidden_size";
        gemma4::describe(q);
        q.put("nextn_predict_layers", q.layers, "num_hidden_layers");
        if (kind_of(q.whole.find(features)) == json_value::kind::integer)
            q.put("embedding_length_out", q.integer_in(q.whole.find(features), features, 0), features);
        else
            q.lacks(features);
    }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

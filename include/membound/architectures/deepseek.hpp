// DeepSeek V1 (deepseek), and DeepSeek V2, V3 and R1, Kimi K2 and others with latent attention.
// Source: llama.cpp v0.5.0, src/models/deepseek.cpp, deepseek2.cpp, deepseek2ocr.cpp, deepseek32.cpp, deepseek4.cpp,
// mistral4.cpp.
#ifndef MEMBOUND_ARCHITECTURES_DEEPSEEK_HPP
#define MEMBOUND_ARCHITECTURES_DEEPSEEK_HPP

#include <membound/config_query.hpp>
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
        const std::int64_t key = m.head_dim;
        read_latent_heads(q, m);
        if (!m.layer_kinds_given) check_latent_row(q, m, "attention.key_length", key, m.kv_lora_rank);
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
    // config.json.
    static constexpr config_default v2_defaults[] = {
        {"vocab_size", 102400}, {"max_position_embeddings", 2048}, {"hidden_size", 4096}, {"num_hidden_layers", 32},
        {"intermediate_size", 11008}, {"num_attention_heads", 32}, {"n_routed_experts", 64},
        {"moe_intermediate_size", 1407}, {"n_shared_experts", 2}, {"first_k_dense_replace", 0}, {"kv_lora_rank", 512},
        {"q_lora_rank", 1536}, {"qk_rope_head_dim", 64}, {"qk_nope_head_dim", 128}, {"v_head_dim", 128},
        {"routed_scaling_factor", 1.0}};
    static constexpr config_default v3_defaults[] = {
        {"vocab_size", 129280}, {"max_position_embeddings", 4096}, {"hidden_size", 7168}, {"num_hidden_layers", 61},
        {"intermediate_size", 18432}, {"num_attention_heads", 128}, {"num_key_value_heads", 128},
        {"n_routed_experts", 256}, {"num_experts_per_tok", 8}, {"moe_intermediate_size", 2048}, {"n_shared_experts", 1},
        {"first_k_dense_replace", 3}, {"norm_topk_prob", true}, {"kv_lora_rank", 512}, {"q_lora_rank", 1536},
        {"qk_rope_head_dim", 64}, {"qk_nope_head_dim", 128}, {"v_head_dim", 128}, {"n_group", 8}, {"topk_group", 4},
        {"routed_scaling_factor", 2.5}};
    static constexpr config_default glm_defaults[] = {
        {"vocab_size", 154880}, {"max_position_embeddings", 202752}, {"hidden_size", 2048}, {"num_hidden_layers", 47},
        {"intermediate_size", 10240}, {"num_attention_heads", 20}, {"num_key_value_heads", 20}, {"n_routed_experts", 64},
        {"num_experts_per_tok", 4}, {"moe_intermediate_size", 1536}, {"n_shared_experts", 1}, {"norm_topk_prob", true},
        {"kv_lora_rank", 512}, {"q_lora_rank", 768}, {"qk_rope_head_dim", 64}, {"qk_nope_head_dim", 192},
        {"v_head_dim", 256}, {"n_group", 1}, {"topk_group", 1}, {"routed_scaling_factor", 1.8},
        {"first_k_dense_replace", 1}};
    static constexpr config_default youtu_defaults[] = {
        {"vocab_size", 128256}, {"max_position_embeddings", 131072}, {"hidden_size", 2048}, {"num_hidden_layers", 32},
        {"intermediate_size", 6144}, {"num_attention_heads", 16}, {"num_key_value_heads", 16},
        {"tie_word_embeddings", true}, {"kv_lora_rank", 512}, {"q_lora_rank", 1536}, {"qk_rope_head_dim", 64},
        {"qk_nope_head_dim", 128}, {"v_head_dim", 128}};
    static constexpr config_type types[] = {{"deepseek_v2", v2_defaults},
                                            {"deepseek_v3", v3_defaults},
                                            {"kimi_k2", v3_defaults},
                                            {"kimi_k25"},
                                            {"kimi_vl"},
                                            {"glm4_moe_lite", glm_defaults},
                                            {"youtu", youtu_defaults}};
    // The heads of latent attention. Their keys and values come from one compressed vector.
    static constexpr void describe_heads(config_query &q) {
        for (const char *key : {"kv_lora_rank", "qk_rope_head_dim", "qk_nope_head_dim", "v_head_dim"})
            if (q.first_of({key}) == nullptr) q.lacks(key);
        if (q.boolean("attention_bias"))
            q.fail(errc::unsupported, "attention_bias", "is true", "latent attention has no biases in llama.cpp");
        const std::int64_t rank = q.integer("kv_lora_rank");
        const std::int64_t rotated = q.integer("qk_rope_head_dim");
        q.put("attention.head_count_kv", 1, "num_key_value_heads");
        if (q.integer("q_lora_rank") > 0) q.copy("attention.q_lora_rank", "q_lora_rank");
        q.copy("attention.kv_lora_rank", "kv_lora_rank");
        q.put("attention.key_length", rank + rotated, "kv_lora_rank");
        q.put("attention.value_length", rank, "kv_lora_rank");
        q.put("attention.key_length_mla", q.integer("qk_nope_head_dim") + rotated, "qk_nope_head_dim");
        q.copy("attention.value_length_mla", "v_head_dim");
        q.put("rope.dimension_count", rotated, "qk_rope_head_dim");
    }
    static constexpr void describe_experts(config_query &q) {
        if (q.first_of({"n_routed_experts"}) == nullptr)
            q.put("leading_dense_block_count", q.layers);
        else
            describe_routing(q);
        if (q.first_of({"n_shared_experts"}) == nullptr) q.put("expert_shared_count", 0);
        q.copy("expert_feed_forward_length", "intermediate_size");
        q.copy("expert_feed_forward_length", "moe_intermediate_size");
        if (q.integer("moe_layer_freq", 1) != 1)
            q.fail(errc::unsupported, "moe_layer_freq", "is not 1",
                   "llama.cpp has experts in every layer behind the leading ones");
        // In transformers V2 chooses by softmax, and V3 by sigmoids with a bias for each expert.
        const bool v2 = q.is("model_type", "deepseek_v2");
        if (!v2 && q.number_of("expert_gating_func") == 0) q.put("expert_gating_func", 2);
        if (!v2 || q.is("topk_method", "noaux_tc")) q.tensor(tensor_name::exp_probs_b, tensor_part::bias);
    }
    static constexpr void describe(config_query &q) {
        if (q.is("model_type", "glm4_moe_lite")) describe_complete_further_layers(q);
        describe_heads(q);
        describe_experts(q);
    }
    static constexpr config_reader config{value, types, describe};
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
        const std::int64_t key = m.head_dim;
        read_latent_heads(q, m);
        check_latent_row(q, m, "attention.key_length", key, m.kv_lora_rank);
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
        a.further = further_loading::router_bias_always;
        a.flat_latent_query = true;
        a.rotates_indexer = true;
        a.arrange = arrange;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 129280}, {"max_position_embeddings", 163840}, {"hidden_size", 7168}, {"num_hidden_layers", 61},
        {"intermediate_size", 18432}, {"num_attention_heads", 128}, {"num_key_value_heads", 128}, {"head_dim", 64},
        {"n_routed_experts", 256}, {"num_experts_per_tok", 8}, {"moe_intermediate_size", 2048}, {"n_shared_experts", 1},
        {"first_k_dense_replace", 3}, {"norm_topk_prob", true}, {"kv_lora_rank", 512}, {"q_lora_rank", 1536},
        {"qk_rope_head_dim", 64}, {"qk_nope_head_dim", 128}, {"v_head_dim", 128}, {"n_group", 8}, {"topk_group", 4},
        {"routed_scaling_factor", 2.5}, {"index_n_heads", 64}, {"index_head_dim", 128}, {"index_topk", 2048}};
    static constexpr config_type types[] = {{"deepseek_v32", defaults}};
    static constexpr void describe_indexer(config_query &q) {
        describe_complete_further_layers(q);
        deepseek2::describe_heads(q);
        deepseek2::describe_experts(q);
        q.copy("attention.indexer.head_count", "index_n_heads");
        q.copy("attention.indexer.key_length", "index_head_dim");
        q.copy("attention.indexer.top_k", "index_topk");
    }
    static constexpr config_reader config{value, types, describe_indexer};
};

struct mistral4 {
    static constexpr architecture value = [] {
        architecture a = deepseek2::value;
        a.name = "mistral4";
        a.unrounded_experts = true;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 131072}, {"max_position_embeddings", 1048576}, {"hidden_size", 4096}, {"num_hidden_layers", 36},
        {"intermediate_size", 12288}, {"num_attention_heads", 32}, {"num_key_value_heads", 32},
        {"n_routed_experts", 128}, {"num_experts_per_tok", 4}, {"moe_intermediate_size", 2048}, {"n_shared_experts", 1},
        {"first_k_dense_replace", 0}, {"norm_topk_prob", true}, {"kv_lora_rank", 256}, {"q_lora_rank", 1024},
        {"qk_rope_head_dim", 64}, {"qk_nope_head_dim", 64}, {"v_head_dim", 128}, {"n_group", 1}, {"topk_group", 1},
        {"routed_scaling_factor", 1.0}};
    static constexpr config_type types[] = {{"mistral3"}, {"mistral4", defaults}};
    static constexpr bool accepts(const config_query &q) { return q.is("model_type", "mistral4"); }
    static constexpr void describe(config_query &q) {
        deepseek2::describe_heads(q);
        describe_routing(q);
        q.copy("expert_feed_forward_length", "moe_intermediate_size");
        q.tensor(tensor_name::ffn_gate_up_exps);
    }
    static constexpr config_reader config{value, types, describe, accepts};
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
    // config.json.
    static constexpr config_type types[] = {{"deepseek"}, {"DeepseekForCausalLM"}};
    static constexpr void describe(config_query &q) {
        describe_routing(q);
        q.copy("expert_feed_forward_length", "moe_intermediate_size");
    }
    static constexpr config_reader config{value, types, describe};
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
    // config.json.
    static constexpr config_type types[] = {{"deepseek_vl_v2"}, {"DeepseekOCR"}};
    static constexpr bool accepts(const config_query &q) { return q.has("use_mla") && *q.at("use_mla").at == 'f'; }
    static constexpr config_reader config{value, types, deepseek::describe, accepts};
};

// Attention over a window and compressed keys, between residual streams that are mixed with each other.
struct deepseek4 {
    static constexpr void arrange(model &m) {
        for (int i = 0; i < m.layer_count() + m.num_nextn_predict_layers; ++i) {
            layer &l = m.layers[i];
            l.kind = layer_kind::sliding_attention;
            l.choice = l.compression == key_compression::overlapping ? token_choice::by_indexer : token_choice::all;
        }
        m.router = router_kind::root_of_softplus;
        m.router_bias = true;
        m.embedding_size = membound::detail::multiply(m.hidden_size, m.hyper_connections);
        membound::detail::set_shared_expert_size(m);
    }
    static constexpr void read_compression(gguf_query &q, model &m) {
        constexpr const char *key = "attention.compress_ratios";
        const gguf_value ratios = q.ask(key, key_use::required);
        const std::int64_t layers = m.num_hidden_layers + m.num_nextn_predict_layers;
        if (ratios.type != gguf_value::kind::array || ratios.elements == nullptr || ratios.integer < layers) {
            q.fail(errc::bad_value, key, "is no list with a number for each layer", "llama.cpp refuses the model");
            return;
        }
        bool any[3] = {};
        for (std::int64_t i = 0; i < layers; ++i) {
            const std::int64_t ratio = ratios.elements[i];
            if (ratio != 0 && ratio != 4 && ratio != 128)
                q.fail(errc::bad_value, key, "has a number other than 0, 4 and 128", "llama.cpp refuses the model");
            m.layers[i].compression = ratio == 4     ? key_compression::overlapping
                                      : ratio == 128 ? key_compression::apart
                                                     : key_compression::none;
            any[static_cast<int>(m.layers[i].compression)] = true;
        }
        const bool taken_for_indexer = m.head_dim == m.indexer_head_dim;
        if (!any[static_cast<int>(key_compression::overlapping)] ||
            (taken_for_indexer && !any[static_cast<int>(key_compression::apart)]))
            q.fail(errc::unsupported, key, "lacks a kind of compression", "llama.cpp does not run with an empty cache of it");
    }
    static constexpr void read(gguf_query &q, model &m) {
        if (m.num_nextn_predict_layers > 0 && !q.has(tensor_name::nextn_eh_proj)) { // then they are layers like the others
            m.num_hidden_layers += m.num_nextn_predict_layers;
            m.num_nextn_predict_layers = 0;
        }
        if (m.num_key_value_heads != 1)
            q.fail(errc::unsupported, "attention.head_count_kv", "is not 1", "keys have one head");
        if (m.head_dim != m.v_head_dim)
            q.fail(errc::bad_value, "attention.value_length", "is not attention.key_length", "keys are values");
        if (m.rotary_dim > m.head_dim)
            q.fail(errc::bad_value, "rope.dimension_count", "is larger than a head", "llama.cpp refuses the model");
        m.q_lora_rank = q.integer("attention.q_lora_rank", key_use::required, 0, 1);
        m.sliding_window = q.integer("attention.sliding_window", key_use::required);
        m.num_shared_experts = q.integer("expert_shared_count", key_use::required, 0, 1);
        const double scale = q.real("expert_weights_scale", key_use::required);
        m.scaled_expert_weights = scale != 0 && scale != 1;
        q.ask("expert_weights_norm", key_use::required);
        m.norm_topk_prob = q.boolean("expert_weights_norm");
        q.ask("swiglu_clamp_exp", key_use::required);
        if (q.integer("expert_gating_func", key_use::required) != 4)
            q.fail(errc::bad_value, "expert_gating_func", "is not 4", "llama.cpp refuses the model");
        read_indexer(q, m);
        m.output_groups = q.integer("attention.output_group_count", key_use::required, 0, 1);
        m.output_rank = q.integer("attention.output_lora_rank", key_use::required, 0, 1);
        if (m.output_groups > 0 && m.num_attention_heads % m.output_groups != 0)
            q.fail(errc::bad_value, "attention.output_group_count", "does not divide attention.head_count",
                   "llama.cpp refuses the model");
        q.real("attention.compress_rope_freq_base", key_use::required);
        m.hyper_connections = q.integer("hyper_connection.count", key_use::required);
        if (m.hyper_connections != 4)
            q.fail(errc::unsupported, "hyper_connection.count", "is not 4", "llama.cpp has no kernel for another");
        m.sinkhorn_iterations = q.integer("hyper_connection.sinkhorn_iterations", key_use::required, 0, 1);
        q.real("hyper_connection.epsilon", key_use::required);
        const std::int64_t by_token = q.integer("hash_layer_count", key_use::required);
        for (std::int64_t i = 0; i < by_token && i < max_layers; ++i) m.layers[i].routed_by_token = true;
        m.image_router_bias = q.has(tensor_name::exp_probs_b_vl, tensor_part::bias);
        read_compression(q, m);
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "deepseek4";
        a.mixed_streams = true;
        a.keys_are_values = true;
        a.separates_sequences = true;
        a.attention_sinks = true;
        a.further = further_loading::on_request;
        a.files_hold_unloaded_layers = true;
        a.caches_further_layers = true;
        a.outputs = output_rows::all; // they are picked where the streams are summed last
        a.arrange = arrange;
        a.gguf.experts = key_use::required;
        a.gguf.expert_size = key_use::required;
        a.gguf.own_output = true;
        a.gguf.read = read;
        return a;
    }();
    // config.json. The converter leaves out the layer that predicts a further token, though compress_ratios has it.
    static constexpr config_type types[] = {{"deepseek_v4"}};
    static constexpr void describe(config_query &q) {
        q.copy("rope.dimension_count", "qk_rope_head_dim");
        q.copy("attention.q_lora_rank", "q_lora_rank");
        q.copy("attention.sliding_window", "sliding_window");
        q.copy("expert_feed_forward_length", "moe_intermediate_size");
        q.copy("expert_shared_count", "n_shared_experts");
        q.copy_boolean("expert_weights_norm", "norm_topk_prob");
        q.copy_real("expert_weights_scale", "routed_scaling_factor");
        q.copy_real("swiglu_clamp_exp", "swiglu_limit");
        q.copy("attention.indexer.head_count", "index_n_heads");
        q.copy("attention.indexer.key_length", "index_head_dim");
        q.copy("attention.indexer.top_k", "index_topk");
        q.copy("attention.output_group_count", "o_groups");
        q.copy("attention.output_lora_rank", "o_lora_rank");
        q.copy_real("attention.compress_rope_freq_base", "compress_rope_theta");
        q.copy("hyper_connection.count", "hc_mult");
        q.copy("hyper_connection.sinkhorn_iterations", "hc_sinkhorn_iters");
        q.copy_real("hyper_connection.epsilon", "hc_eps");
        q.copy("hash_layer_count", "num_hash_layers");
        constexpr const char *key = "compress_ratios";
        std::int64_t ratios[max_layers] = {};
        std::int64_t count = 0;
        for_each_element(q.at(key), [&](json_value v) {
            if (count < max_layers) ratios[count++] = q.integer_in(v, key, 0);
        });
        q.put_list("attention.compress_ratios", key, count, [&](std::int64_t i) { return ratios[i]; });
    }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

// Granite 3, dense and with experts; Granite 4; Granite Switch.
// Source: llama.cpp v0.5.0, src/models/granite.cpp, granite-moe.cpp, granite-hybrid.cpp, granite-switch.cpp.
#ifndef MEMBOUND_ARCHITECTURES_GRANITE_HPP
#define MEMBOUND_ARCHITECTURES_GRANITE_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

// What of an image each layer adds to what it reads: a part, or none (-1).
constexpr void read_deepstack_mapping(gguf_query &q, model &m) {
    constexpr const char *key = "deepstack_mapping";
    const gguf_value parts = q.keys.find(key);
    if (parts.type != gguf_value::kind::array) return;
    if (parts.elements == nullptr || parts.integer > max_layers) {
        q.fail(errc::bad_value, key, "is not a list of whole numbers", "it has one for each layer, up to 512");
        return;
    }
    for (std::int64_t i = 0; i < parts.integer; ++i) {
        bool first = parts.elements[i] >= 0;
        for (std::int64_t j = 0; j < i; ++j) first = first && parts.elements[j] != parts.elements[i];
        if (first) ++m.deepstack_layers;
        if (i > 0 && i < m.num_hidden_layers && parts.elements[i] >= 0) m.layers[i - 1].adds_image = true;
    }
    for (std::int64_t i = 0; i < parts.integer; ++i)
        if (parts.elements[i] > m.deepstack_layers)
            q.fail(errc::bad_value, key, "names a part that is not there", "llama.cpp refuses the model");
}

struct granite {
    static constexpr void arrange(model &m) {
        m.scaled_logits = true;
        m.norm_topk_prob = true;
        if (m.moe_intermediate_size == 0) m.moe_intermediate_size = m.intermediate_size;
    }
    static constexpr void read_multipliers(gguf_query &q, model &m) {
        q.real("logit_scale", key_use::required);
        m.scaled_residual = q.real("residual_scale", key_use::optional) != 0;
        m.scaled_embedding = q.real("embedding_scale", key_use::optional) != 0;
        m.shared_expert_intermediate_size = q.integer("expert_shared_feed_forward_length", key_use::optional);
    }
    static constexpr void read_rotation(gguf_query &q, model &m) {
        const gguf_value rotated = q.keys.find("rope.scaling.finetuned");
        if (rotated.type == gguf_value::kind::boolean && rotated.integer == 0)
            for (layer &l : m.layers) l.unrotated = true;
    }
    static constexpr void read(gguf_query &q, model &m) {
        read_multipliers(q, m);
        read_rotation(q, m);
        read_deepstack_mapping(q, m);
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "granite";
        a.arrange = arrange;
        a.gguf.experts = key_use::optional;
        a.gguf.experts_may_lack_gates = true;
        a.gguf.rotates_whole_head = true;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 32000}, {"max_position_embeddings", 2048}, {"hidden_size", 4096}, {"num_hidden_layers", 32},
        {"intermediate_size", 11008}, {"num_attention_heads", 32}, {"embedding_multiplier", 1.0},
        {"logits_scaling", 1.0}, {"residual_multiplier", 1.0}};
    static constexpr config_default hybrid_defaults[] = {
        {"vocab_size", 32000}, {"max_position_embeddings", 2048}, {"hidden_size", 4096}, {"num_hidden_layers", 32},
        {"intermediate_size", 11008}, {"num_attention_heads", 32}, {"num_local_experts", 8}, {"num_experts_per_tok", 2},
        {"embedding_multiplier", 1.0}, {"logits_scaling", 1.0}, {"residual_multiplier", 1.0},
        {"shared_intermediate_size", 1024}, {"mamba_n_heads", 128}, {"mamba_n_groups", 1}, {"mamba_d_state", 256},
        {"mamba_d_conv", 4}, {"mamba_expand", 2}, {"mamba_conv_bias", true}};
    static constexpr config_type types[] = {{"granite", defaults}, {"granitemoehybrid", hybrid_defaults}};
    static constexpr void describe_multipliers(config_query &q) {
        q.copy_real("logit_scale", "logits_scaling");
        q.copy_real("residual_scale", "residual_multiplier");
        q.copy_real("embedding_scale", "embedding_multiplier");
        q.copy("expert_shared_feed_forward_length", "shared_intermediate_size");
    }
    static constexpr bool has_states(const config_query &q) {
        const json_value kinds = q.at("layer_types") ? q.at("layer_types") : q.at("layers_block_type");
        bool any = !kinds;
        for_each_element(kinds,
                         [&](json_value v) { any = any || is_text(v, "mamba") || is_text(v, "linear_attention"); });
        return any;
    }
    // Granite 4 without states is a model of the older families; its dense block is what else is a shared expert.
    static constexpr bool is_hybrid_type(const config_query &q) { return q.is("model_type", "granitemoehybrid"); }
    static constexpr bool has_experts(const config_query &q) {
        const json_value n = q.at("num_local_experts");
        return !n || (kind_of(n) == json_value::kind::integer && integer_of(n) > 0);
    }
    static constexpr void describe(config_query &q) {
        describe_multipliers(q);
        if (!is_hybrid_type(q)) return;
        q.copy("feed_forward_length", "shared_intermediate_size");
        q.put("expert_shared_feed_forward_length", 0);
        q.put("rope.scaling.finetuned", true);
    }
    static constexpr bool accepts(const config_query &q) {
        return !is_hybrid_type(q) || (!has_states(q) && !has_experts(q));
    }
    static constexpr config_reader config{value, types, describe, accepts};
};

struct granite_swa {
    static constexpr void read(gguf_query &q, model &m) {
        granite::read_multipliers(q, m);
        read_deepstack_mapping(q, m);
        const gguf_value rotated = q.keys.find("attention.rope_pattern");
        if (rotated.type == gguf_value::kind::array) {
            if (rotated.elements == nullptr || rotated.integer > max_layers)
                q.fail(errc::bad_value, "attention.rope_pattern", "is not a list of yes and no",
                       "it has one for each layer, up to 512");
            else
                for (int i = 0; i < m.layer_count() && i < rotated.integer; ++i)
                    m.layers[i].unrotated = rotated.elements[i] == 0;
        }
    }
    static constexpr architecture value = [] {
        architecture a = granite::value;
        a.name = "granite_swa";
        a.attention_sinks = true;
        a.shared_expert = feed_forward_form::fused_gated;
        a.gguf.experts_may_lack_gates = false;
        a.gguf.fused_experts = true;
        a.gguf.window = key_use::required;
        a.gguf.window_listed = true;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_type types[] = {{"granite_swa"}, {"GraniteSWAForCausalLM"}, {"GraniteMoeSWAForCausalLM"}};
    static constexpr void describe(config_query &q) {
        granite::describe_multipliers(q);
        q.put("attention.sliding_window", q.integer("sliding_window", 128), "sliding_window");
        if (!q.put_layers("attention.sliding_window_pattern", "layer_types", "sliding_attention"))
            q.put_list("attention.sliding_window_pattern", "layer_types", q.layers,
                       [](std::int64_t i) -> std::int64_t { return i % 4 != 0; });
        q.put_each("attention.rope_pattern", "no_rope_layers",
                   [&](json_value v) { return q.integer_in(v, "no_rope_layers", 0); });
    }
    static constexpr config_reader config{value, types, describe};
};

struct granitemoe {
    static constexpr architecture value = [] {
        architecture a = granite::value;
        a.name = "granitemoe";
        a.gguf.read = granite::read_multipliers;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 32000}, {"max_position_embeddings", 2048}, {"hidden_size", 4096}, {"num_hidden_layers", 32},
        {"intermediate_size", 11008}, {"num_attention_heads", 32}, {"num_local_experts", 8}, {"num_experts_per_tok", 2},
        {"embedding_multiplier", 1.0}, {"logits_scaling", 1.0}, {"residual_multiplier", 1.0}};
    static constexpr config_default shared_defaults[] = {
        {"vocab_size", 32000}, {"max_position_embeddings", 2048}, {"hidden_size", 4096}, {"num_hidden_layers", 32},
        {"intermediate_size", 11008}, {"num_attention_heads", 32}, {"num_local_experts", 8}, {"num_experts_per_tok", 2},
        {"embedding_multiplier", 1.0}, {"logits_scaling", 1.0}, {"residual_multiplier", 1.0}};
    static constexpr config_type types[] = {{"granitemoe", defaults},
                                            {"granitemoeshared", shared_defaults},
                                            {"granitemoehybrid", granite::hybrid_defaults}};
    static constexpr bool accepts(const config_query &q) {
        return !granite::is_hybrid_type(q) || (!granite::has_states(q) && granite::has_experts(q));
    }
    static constexpr config_reader config{value, types, granite::describe_multipliers, accepts};
};

// Granite 4: state spaces, and attention in some layers.
struct granitehybrid {
    static constexpr void arrange(model &m) {
        m.ssm_output_norm = true;
        m.norm_topk_prob = true;
        if (m.moe_intermediate_size == 0) m.moe_intermediate_size = m.intermediate_size;
    }
    static constexpr void read(gguf_query &q, model &m) {
        granite::read_rotation(q, m);
        m.scaled_logits = q.real("logit_scale", key_use::optional) != 0;
        m.scaled_residual = q.real("residual_scale", key_use::optional) != 0;
        m.scaled_embedding = q.real("embedding_scale", key_use::optional) != 0;
        m.shared_expert_intermediate_size = q.integer("expert_shared_feed_forward_length", key_use::optional);
        read_state_space(q, m, key_use::required);
        read_state_layers(q, m, state_kind::mamba_2);
        if (keeps_states(m)) require_convolution_bias(q);
        if (m.ssm_inner_size != membound::detail::multiply(2, m.hidden_size))
            q.fail(errc::unsupported, "ssm.inner_size", "is not twice embedding_length", "llama.cpp refuses the model");
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "granitehybrid";
        a.arrange = arrange;
        a.gguf.experts = key_use::optional;
        a.gguf.experts_may_lack_gates = true;
        a.gguf.heads_by_layer = true;
        a.gguf.parts_left_out = true;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_default bamba_defaults[] = {
        {"vocab_size", 128000}, {"max_position_embeddings", 262144}, {"hidden_size", 4096}, {"num_hidden_layers", 32},
        {"intermediate_size", 14336}, {"num_attention_heads", 32}, {"num_key_value_heads", 8}, {"mamba_n_heads", 128},
        {"mamba_n_groups", 1}, {"mamba_d_state", 256}, {"mamba_d_conv", 4}, {"mamba_expand", 2},
        {"mamba_conv_bias", true}};
    static constexpr config_type types[] = {{"granitemoehybrid", granite::hybrid_defaults}, {"bamba", bamba_defaults}};
    static constexpr void describe(config_query &q) {
        const bool bamba = q.is("model_type", "bamba");
        if (!bamba) granite::describe_multipliers(q);
        const std::int64_t heads = q.integer("num_key_value_heads", q.number_of("attention.head_count"));
        constexpr std::int64_t most = max_layers;
        bool attends[max_layers] = {};
        std::int64_t i = 0;
        for (const char *key : {"layer_types", "layers_block_type"})
            for_each_element(q.at(key), [&](json_value v) {
                if (i < most) attends[i] = is_text(v, "attention") || is_text(v, "full_attention");
                ++i;
            });
        for_each_element(q.at("attn_layer_indices"), [&](json_value v) {
            const std::int64_t at = q.integer_in(v, "attn_layer_indices", most);
            if (at < most) attends[at] = true;
        });
        q.put_list("attention.head_count_kv", "num_key_value_heads", q.layers,
                   [&](std::int64_t l) { return attends[l] ? heads : 0; });
        q.copy("ssm.conv_kernel", "mamba_d_conv");
        q.copy("ssm.state_size", "mamba_d_state");
        q.copy("ssm.group_count", "mamba_n_groups");
        q.copy("ssm.time_step_rank", "mamba_n_heads");
        q.put("ssm.inner_size",
              membound::detail::multiply(q.integer("mamba_expand", 2), q.number_of("embedding_length")),
              "mamba_expand");
        if (q.boolean("mamba_conv_bias", true)) q.tensor(tensor_name::ssm_conv1d, tensor_part::bias);
        const bool rotates = bamba || q.is("position_embedding_type", "rope");
        q.put("rope.scaling.finetuned", rotates, "position_embedding_type");
        if (!rotates) q.put("context_length", 1048576, "position_embedding_type"); // nothing bounds it
        if (bamba) {
            q.copy("rope.dimension_count", "attn_rotary_emb");
            return;
        }
        if (granite::has_experts(q)) return;
        q.copy("feed_forward_length", "shared_intermediate_size");
        q.put("expert_shared_feed_forward_length", 0);
    }
    static constexpr bool accepts(const config_query &q) {
        return !granite::is_hybrid_type(q) || granite::has_states(q);
    }
    static constexpr config_reader config{value, types, describe, accepts};
};

// Adapters within the model. The cache has a layer more, which finds out each token's.
struct graniteswitch {
    static constexpr void arrange(model &m) {
        granite::arrange(m);
        m.fused_qkv = true;
        m.num_nextn_predict_layers = 1;
        if (m.num_hidden_layers < max_layers) {
            layer &router = m.layers[m.num_hidden_layers];
            router.num_attention_heads = router.num_key_value_heads = 1;
        }
    }
    static constexpr void read(gguf_query &q, model &m) {
        granite::read_multipliers(q, m);
        granite::read_rotation(q, m);
        constexpr const char *count = "adapters.count";
        m.adapter_slots = q.integer(count, key_use::required) + 1;
        m.adapter_rank = q.integer("adapters.lora_rank", key_use::required, 0, 1);
        if (m.adapter_slots > 4097) q.fail(errc::bad_value, count, "is too large", "llama.cpp takes up to 4096 adapters");
        for (const char *key : {"adapters.token_ids_activate", "adapters.token_ids_substitute"}) {
            const gguf_value ids = q.ask(key, key_use::required);
            if (ids.type == gguf_value::kind::array && ids.integer != m.adapter_slots - 1)
                q.fail(errc::bad_value, key, "is not one token for each adapter", "llama.cpp refuses the model");
        }
        if (m.num_nextn_predict_layers > 0 || m.num_hidden_layers == max_layers)
            q.fail(errc::unsupported, "block_count", "leaves no room for the layer that chooses adapters",
                   "the cache has one more");
    }
    static constexpr architecture value = [] {
        architecture a = granite::value;
        a.name = "graniteswitch";
        a.caches_further_layers = true;
        a.arrange = arrange;
        a.gguf.experts = key_use::none;
        a.gguf.read = read;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

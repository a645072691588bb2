// OpenELM.
// Source: llama.cpp v0.5.0, src/models/openelm.cpp.
#ifndef MEMBOUND_ARCHITECTURES_OPENELM_HPP
#define MEMBOUND_ARCHITECTURES_OPENELM_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct openelm {
    static constexpr void arrange(model &m) {
        m.fused_qkv = true;
        m.tie_word_embeddings = true;
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "openelm";
        a.head_norms = query_key_norm::each_head;
        a.residual = residual_first::behind_attention;
        a.arrange = arrange;
        a.gguf.heads_by_layer = true;
        a.gguf.feed_forward_by_layer = true;
        return a;
    }();
    // config.json.
    static constexpr config_type types[] = {{"openelm"}, {"OpenELMForCausalLM"}};
    static constexpr void describe(config_query &q) {
        q.put_sizes("attention.head_count", "num_query_heads");
        q.put_sizes("attention.head_count_kv", "num_kv_heads");
        q.copy("context_length", "max_context_length");
        q.fused_qkv = true;
        q.tied = q.boolean("share_input_output_layers", true);
        const std::int64_t step = membound::detail::max<std::int64_t>(q.integer("ffn_dim_divisor", 256), 1);
        const double hidden = static_cast<double>(q.number_of("embedding_length"));
        q.put_each("feed_forward_length", "ffn_multipliers", [&](json_value v) -> std::int64_t {
            const double size = q.real_in(v, "ffn_multipliers", 0) * hidden;
            if (size < 0 || size > INT32_MAX) return 0;
            // To the nearest multiple, but not below nine tenths.
            const auto rounded = static_cast<std::int64_t>(size + static_cast<double>(step) / 2) / step * step;
            const std::int64_t least = membound::detail::max(step, rounded);
            return static_cast<double>(least) < 0.9 * size ? least + step : least;
        });
    }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

// DeciLM and Llama Nemotron: layers may be without attention, have a matrix in its place, or have no feed-forward block.
// Source: llama.cpp v0.5.0, src/models/deci.cpp.
#ifndef MEMBOUND_ARCHITECTURES_DECI_HPP
#define MEMBOUND_ARCHITECTURES_DECI_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct deci {
    static constexpr void read(gguf_query &q, model &m) {
        const gguf_value heads = q.keys.find("attention.head_count");
        const gguf_value kv_heads = q.keys.find("attention.head_count_kv");
        const gguf_value sizes = q.keys.find("feed_forward_length");
        const auto is_0 = [](const gguf_value &v, int i) {
            return v.type == gguf_value::kind::array ? v.elements != nullptr && i < v.integer && v.elements[i] == 0
                                                     : v.type == gguf_value::kind::integer && v.integer == 0;
        };
        for (int i = 0; i < m.layer_count(); ++i) {
            layer &l = m.layers[i];
            if (is_0(heads, i))
                l.kind = layer_kind::no_attention;
            else if (is_0(kv_heads, i))
                l.kind = layer_kind::linear_map;
            if (is_0(sizes, i) || sizes.type == gguf_value::kind::absent) l.ffn = feed_forward_kind::none;
        }
        if (m.num_attention_heads == 0)
            q.fail(errc::unsupported, "attention.head_count", "is 0 in the first layer", "the size of a head follows from it");
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "deci";
        a.blocks_left_out = true;
        a.gguf.rotates_whole_head = true;
        a.gguf.heads_by_layer = true;
        a.gguf.feed_forward_by_layer = true;
        a.gguf.parts_left_out = true;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_type types[] = {{"nemotron-nas"}, {"deci"}};
    // Of each block: the heads of queries and of keys, and the size of the feed-forward block, each 0 where there is none.
    static constexpr void describe_blocks(config_query &q) {
        const std::int64_t heads = q.integer("num_attention_heads");
        const double hidden = static_cast<double>(q.number_of("embedding_length"));
        std::int64_t query_heads[max_layers] = {};
        std::int64_t key_heads[max_layers] = {};
        std::int64_t sizes[max_layers] = {};
        std::int64_t i = 0;
        for_each_element(q.at("block_configs"), [&](json_value block) {
            if (i < max_layers) {
                const json_value attention = member_of(block, "attention");
                const std::int64_t in_group =
                    q.integer_in(member_of(attention, "n_heads_in_group"), "n_heads_in_group", 0);
                const json_value linear = member_of(attention, "replace_with_linear");
                const bool is_linear = kind_of(linear) == json_value::kind::boolean && *linear.at == 't';
                query_heads[i] = in_group > 0 || is_linear ? heads : 0;
                key_heads[i] = in_group > 0 ? heads / in_group : 0;
                const double factor = q.real_in(member_of(member_of(block, "ffn"), "ffn_mult"), "ffn_mult", 0);
                const double size = 2 * factor * hidden / 3;
                if (size < 0 || size > INT32_MAX)
                    q.fail(errc::bad_value, "block_configs", "has a feed-forward block out of range",
                           "ffn_mult is a small factor");
                else
                    sizes[i] = membound::detail::round_up(static_cast<std::int64_t>(size), 256);
            }
            ++i;
        });
        if (i != q.layers)
            q.fail(errc::bad_value, "block_configs", "has not one element for each layer",
                   "the layers are as many as num_hidden_layers says");
        q.put_list("attention.head_count", "block_configs", q.layers, [&](std::int64_t l) { return query_heads[l]; });
        q.put_list("attention.head_count_kv", "block_configs", q.layers, [&](std::int64_t l) { return key_heads[l]; });
        q.put_list("feed_forward_length", "block_configs", q.layers, [&](std::int64_t l) { return sizes[l]; });
        const std::int64_t head = heads > 0 ? q.number_of("embedding_length") / heads : 0;
        q.put("attention.key_length", head, "hidden_size");
        q.put("attention.value_length", head, "hidden_size");
    }
    static constexpr void describe(config_query &q) {
        if (q.has("block_configs"))
            describe_blocks(q);
        else
            q.put_sizes("attention.head_count_kv", "num_key_value_heads_per_layer");
        describe_llama_3_rope(q);
    }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

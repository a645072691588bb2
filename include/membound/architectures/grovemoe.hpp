// Grove MoE.
// Source: llama.cpp v0.5.0, src/models/grovemoe.cpp.
#ifndef MEMBOUND_ARCHITECTURES_GROVEMOE_HPP
#define MEMBOUND_ARCHITECTURES_GROVEMOE_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct grovemoe {
    static constexpr void arrange(model &m) {
        m.norm_topk_prob = true;
        membound::detail::set_expert_size(m);
        if (m.chunk_expert_intermediate_size == 0) m.chunk_expert_intermediate_size = m.key_head_dim();
    }
    static constexpr void read(gguf_query &q, model &m) {
        q.real("expert_group_scale", key_use::required);
        const std::int64_t in_chunk = q.integer("experts_per_group", key_use::required, 1, 1);
        m.num_chunk_experts = m.num_experts / in_chunk;
        m.chunk_expert_intermediate_size = q.integer("expert_chunk_feed_forward_length", key_use::optional);
        if (m.num_chunk_experts < m.num_experts_per_tok)
            q.fail(errc::bad_value, "experts_per_group", "leaves fewer chunks than expert_used_count",
                   "llama.cpp does not compute the model");
        if (m.num_expert_groups > 1)
            q.fail(errc::unsupported, "expert_group_count", "is more than 1", "the family's experts are in chunks instead");
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "grovemoe";
        a.head_norms = query_key_norm::each_head;
        a.chosen_by_sigmoid = true;
        a.arrange = arrange;
        a.gguf.experts = key_use::required;
        a.gguf.expert_size = key_use::required;
        a.gguf.rotates_whole_head = true;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_type types[] = {{"grove_moe"}, {"GroveMoeForCausalLM"}};
    static constexpr void describe(config_query &q) {
        q.copy("expert_feed_forward_length", "moe_intermediate_size");
        q.put("expert_chunk_feed_forward_length", q.integer("head_dim", 128), "head_dim");
        q.put("experts_per_group", 2);
        q.put("expert_group_scale", 0.05);
    }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

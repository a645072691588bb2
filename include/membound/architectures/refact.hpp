// Refact.
// Source: llama.cpp v0.5.0, src/models/refact.cpp.
#ifndef MEMBOUND_ARCHITECTURES_REFACT_HPP
#define MEMBOUND_ARCHITECTURES_REFACT_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct refact {
    static constexpr void read(gguf_query &q, model &m) {
        if (m.num_experts > 0)
            q.fail(errc::unsupported, "expert_count", "is not 0", "llama.cpp computes nothing with experts of the family");
        if (m.attention_output_bias || m.mlp_bias)
            q.fail_at(errc::unsupported, "tensors", "have biases", "llama.cpp computes nothing with them");
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "refact";
        a.position = position_kind::by_distance;
        a.unused_rope_tensors = true;
        a.gguf.experts = key_use::optional;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_type types[] = {{"gpt_refact"}, {"GPTRefactForCausalLM"}};
    static constexpr void describe(config_query &q) {
        const std::int64_t inner = 2 * membound::detail::multiply(4, q.number_of("embedding_length")) / 3;
        q.put("feed_forward_length", membound::detail::round_up(inner, 256), "n_embd");
        q.put("attention.head_count_kv", 1);
    }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

// CodeShell.
// Source: llama.cpp v0.5.0, src/models/codeshell.cpp.
#ifndef MEMBOUND_ARCHITECTURES_CODESHELL_HPP
#define MEMBOUND_ARCHITECTURES_CODESHELL_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct codeshell {
    static constexpr void arrange(model &m) {
        m.attention_output_bias = true;
        m.mlp_bias = true;
    }
    static constexpr void read(gguf_query &q, model &m) { m.head_as_embedding = !q.has(tensor_name::token_embd); }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "codeshell";
        a.norm = norm_kind::layer;
        a.ffn = feed_forward_form::plain;
        a.arrange = arrange;
        a.gguf.rotates_whole_head = true;
        a.gguf.heads_span_hidden = true;
        a.gguf.own_output = true;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_type types[] = {{"codeshell"}, {"CodeShellForCausalLM"}};
    static constexpr void describe(config_query &q) {
        describe_gpt2(q);
        q.copy("attention.head_count_kv", "num_query_groups");
    }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

// PLM.
// Source: llama.cpp v0.5.0, src/models/plm.cpp.
#ifndef MEMBOUND_ARCHITECTURES_PLM_HPP
#define MEMBOUND_ARCHITECTURES_PLM_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

// Keys and values are decompressed before they are cached. The head is the embedding, whatever the file has.
struct plm {
    static constexpr void read(gguf_query &q, model &m) {
        m.tie_word_embeddings = true;
        m.fused_qkv = m.attention_bias = m.attention_output_bias = m.mlp_bias = m.output_bias = false;
        m.rope = rope_tensors::none;
        read_decompressed_heads(q, m);
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "plm";
        a.ffn = feed_forward_form::squared;
        a.caches_one_token = true;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_type types[] = {{"plm"}, {"PLMForCausalLM"}};
    static constexpr void describe(config_query &q) {
        for (const char *key : {"kv_lora_rank", "qk_rope_head_dim", "qk_nope_head_dim", "v_head_dim"})
            if (q.first_of({key}) == nullptr) q.lacks(key);
        const std::int64_t rotated = q.integer("qk_rope_head_dim");
        q.copy("attention.kv_lora_rank", "kv_lora_rank");
        q.put("attention.key_length", q.integer("qk_nope_head_dim") + rotated, "qk_nope_head_dim");
        q.copy("attention.value_length", "v_head_dim");
        q.put("rope.dimension_count", rotated, "qk_rope_head_dim");
    }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

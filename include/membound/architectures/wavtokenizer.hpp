// The decoder of WavTokenizer: sound of tokens.
// Source: llama.cpp v0.5.0, src/models/wavtokenizer-dec.cpp, src/llama-model.cpp (load_hparams).
#ifndef MEMBOUND_ARCHITECTURES_WAVTOKENIZER_HPP
#define MEMBOUND_ARCHITECTURES_WAVTOKENIZER_HPP

#include <membound/gguf_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

// embedding_length is what it gives out, features_length what stands for a token.
struct wavtokenizer_dec {
    static constexpr void arrange(model &m) {
        for (int i = 0; i < m.layer_count(); ++i) {
            m.layers[i].kind = layer_kind::no_attention;
            m.layers[i].ffn = feed_forward_kind::none;
        }
    }
    static constexpr void read(gguf_query &q, model &m) {
        constexpr const char *refuses = "llama.cpp refuses the model";
        m.embedding_size = m.hidden_size;
        m.hidden_size = q.integer("features_length", key_use::required, 0, 1);
        const std::int64_t head = m.num_attention_heads > 0 ? m.hidden_size / m.num_attention_heads : 0;
        m.head_dim = q.integer("attention.key_length", key_use::optional, head); // which nothing has
        m.v_head_dim = q.integer("attention.value_length", key_use::optional, head);
        m.sound.channels = q.integer("posnet.embedding_length", key_use::required, 0, 1);
        m.sound.posnet_layers = q.integer("posnet.block_count", key_use::required);
        m.sound.convnext_layers = q.integer("convnext.block_count", key_use::required);
        q.real("attention.group_norm_epsilon", key_use::required);
        q.integer("attention.group_norm_groups", key_use::required, 0, 1);
        if (q.integer("convnext.embedding_length", key_use::required, 0, 1) != m.sound.channels)
            q.fail(errc::bad_value, "convnext.embedding_length", "is not posnet.embedding_length", refuses);
        if (m.sound.posnet_layers > 6 || m.sound.posnet_layers > m.num_hidden_layers)
            q.fail(errc::bad_value, "posnet.block_count", "is more than 6 or block_count", refuses);
        if (m.sound.convnext_layers > m.num_hidden_layers)
            q.fail(errc::bad_value, "convnext.block_count", "is more than block_count", refuses);
        if (m.sound.convnext_layers > 0 && m.intermediate_size == 0)
            q.fail(errc::missing, "feed_forward_length", "is missing or 0", "layers of ConvNeXt have a feed-forward block");
        m.tie_word_embeddings = m.fused_qkv = m.attention_bias = m.attention_output_bias = m.mlp_bias = false;
        m.output_bias = true;
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "wavtokenizer-dec";
        a.norm = norm_kind::layer;
        a.position = position_kind::none;
        a.cache = cache_use::none;
        a.head = head_use::none;
        a.arrange = arrange;
        a.gguf.parts_left_out = true;
        a.gguf.value_heads_differ = true;
        a.gguf.read = read;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

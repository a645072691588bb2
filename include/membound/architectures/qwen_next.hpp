// Qwen3-Next and Qwen 3.5: gated delta nets, and every fourth layer with gated attention.
// Source: llama.cpp v0.5.0, src/models/qwen3next.cpp, qwen35.cpp, qwen35moe.cpp, delta-net-base.cpp.
#ifndef MEMBOUND_ARCHITECTURES_QWEN_NEXT_HPP
#define MEMBOUND_ARCHITECTURES_QWEN_NEXT_HPP

#include <membound/architectures/qwen.hpp>
#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct qwen35 {
    static constexpr std::int64_t usual_interval = 4; // of layers that attend
    static constexpr void arrange(model &m) {
        m.multi_axis_rope = true;
        membound::detail::set_states(m, state_kind::gated_delta_net, usual_interval);
    }
    static constexpr void read_states(gguf_query &q, model &m) {
        read_state_space(q, m, key_use::required);
        read_full_attention_interval(q, m, state_kind::gated_delta_net);
        const std::int64_t interval = m.full_attention_interval > 0 ? m.full_attention_interval : usual_interval;
        if (m.layer_kinds_given ? !m.attends() : interval > m.num_hidden_layers)
            q.fail(errc::unsupported, "full_attention_interval", "leaves no layer that attends",
                   "llama.cpp does not load such a model");
        if (membound::detail::multiply(m.ssm_state_size, m.ssm_time_step_rank) != m.ssm_inner_size)
            q.fail(errc::bad_value, "ssm.inner_size", "is not ssm.state_size times ssm.time_step_rank",
                   "the heads of values make up the inner size");
        if (m.ssm_group_count < 1 || m.ssm_time_step_rank % m.ssm_group_count != 0)
            q.fail(errc::bad_value, "ssm.group_count", "does not divide ssm.time_step_rank",
                   "each head of keys serves the same number of heads of values");
        m.fused_qkv = m.attention_bias = false;
        if (q.has(tensor_name::attn_norm) && !q.has(tensor_name::attn_q))
            q.fail_at(errc::unsupported, "attn_q.weight", "is missing", "query, key and value have a matrix each");
    }
    static constexpr void read(gguf_query &q, model &m) {
        q.ask("rope.dimension_sections", key_use::required);
        read_states(q, m);
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "qwen35";
        a.head_norms = query_key_norm::each_head;
        a.gate = attention_gate::within_query;
        a.ffn_norm = tensor_name::post_attention_norm;
        a.norm_before_state = true;
        a.outputs = output_rows::behind_last_norm;
        a.late_outputs_date = 20260517; // PR 23198
        a.files_hold_unloaded_layers = true;
        a.further = further_loading::on_request;
        a.arrange = arrange;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 248320}, {"max_position_embeddings", 32768}, {"hidden_size", 4096}, {"num_hidden_layers", 32},
        {"intermediate_size", 12288}, {"num_attention_heads", 16}, {"num_key_value_heads", 4}, {"head_dim", 256},
        {"linear_conv_kernel_dim", 4}, {"linear_key_head_dim", 128}, {"linear_value_head_dim", 128},
        {"linear_num_key_heads", 16}, {"linear_num_value_heads", 32}};
    static constexpr config_type types[] = {{"qwen3_5"}, {"qwen3_5_text", defaults}};
    static constexpr void describe_states(config_query &q) {
        q.put_layers("attention.recurrent_layers", "layer_types", "linear_attention");
        q.copy("ssm.conv_kernel", "linear_conv_kernel_dim");
        q.copy("ssm.state_size", "linear_key_head_dim");
        q.copy("ssm.group_count", "linear_num_key_heads");
        q.copy("ssm.time_step_rank", "linear_num_value_heads");
        q.put("ssm.inner_size",
              membound::detail::multiply(q.integer("linear_value_head_dim"), q.integer("linear_num_value_heads")),
              "linear_value_head_dim");
        q.put("full_attention_interval", q.integer("full_attention_interval", 4), "full_attention_interval");
        q.put("rope.dimension_count", q.rotated_part_of(q.head_dim(), 0.25), "partial_rotary_factor");
    }
    static constexpr void describe_axes(config_query &q) {
        constexpr std::int64_t usual[] = {11, 11, 10, 0};
        if (q.number_of("rope.dimension_sections") == 0)
            q.put_list("rope.dimension_sections", "rope_parameters", 4, [&](std::int64_t i) { return usual[i]; });
    }
    static constexpr void describe(config_query &q) {
        describe_further_layers(q, "mtp_num_hidden_layers");
        describe_states(q);
        describe_axes(q);
    }
    static constexpr config_reader config{value, types, describe};
};

struct qwen35moe {
    static constexpr void arrange(model &m) {
        qwen35::arrange(m);
        m.norm_topk_prob = true;
        membound::detail::set_expert_size(m);
        if (m.shared_expert_intermediate_size == 0) m.shared_expert_intermediate_size = m.intermediate_size;
    }
    static constexpr void read(gguf_query &q, model &m) {
        qwen35::read(q, m);
        m.shared_expert_intermediate_size = q.integer("expert_shared_feed_forward_length", key_use::optional);
    }
    static constexpr architecture value = [] {
        architecture a = qwen35::value;
        a.name = "qwen35moe";
        a.shared_expert_gate = expert_gate::sigmoid;
        a.arrange = arrange;
        a.gguf.experts = key_use::required;
        a.gguf.expert_size = key_use::optional;
        a.gguf.fused_experts = true;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 248320}, {"max_position_embeddings", 32768}, {"hidden_size", 2048}, {"num_hidden_layers", 40},
        {"num_attention_heads", 16}, {"num_key_value_heads", 2}, {"head_dim", 256}, {"num_experts", 256},
        {"num_experts_per_tok", 8}, {"moe_intermediate_size", 512}, {"shared_expert_intermediate_size", 512},
        {"linear_conv_kernel_dim", 4}, {"linear_key_head_dim", 128}, {"linear_value_head_dim", 128},
        {"linear_num_key_heads", 16}, {"linear_num_value_heads", 32}};
    static constexpr config_type types[] = {{"qwen3_5_moe"}, {"qwen3_5_moe_text", defaults}};
    static constexpr void describe_experts(config_query &q) {
        q.copy("expert_feed_forward_length", "moe_intermediate_size");
        q.copy("expert_shared_feed_forward_length", "shared_expert_intermediate_size");
    }
    static constexpr void describe(config_query &q) {
        qwen35::describe(q);
        describe_experts(q);
    }
    static constexpr config_reader config{value, types, describe};
};

struct qwen3next {
    static constexpr void arrange(model &m) {
        qwen35moe::arrange(m);
        m.multi_axis_rope = false;
    }
    static constexpr void read(gguf_query &q, model &m) {
        qwen35::read_states(q, m);
        m.fused_qkvz = !q.has(tensor_name::attn_qkv);
        m.shared_expert_intermediate_size = q.integer("expert_shared_feed_forward_length", key_use::optional);
    }
    static constexpr architecture value = [] {
        architecture a = qwen35moe::value;
        a.name = "qwen3next";
        a.late_outputs_date = 20260803; // PR 25589
        a.fused_delta_gates = true;
        a.repeats_delta_keys = true;
        a.arrange = arrange;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 151936}, {"max_position_embeddings", 32768}, {"hidden_size", 2048}, {"num_hidden_layers", 48},
        {"intermediate_size", 5632}, {"num_attention_heads", 16}, {"num_key_value_heads", 2}, {"head_dim", 256},
        {"num_experts", 512}, {"num_experts_per_tok", 10}, {"moe_intermediate_size", 512},
        {"shared_expert_intermediate_size", 512}, {"norm_topk_prob", true}, {"decoder_sparse_step", 1},
        {"linear_conv_kernel_dim", 4}, {"linear_key_head_dim", 128}, {"linear_value_head_dim", 128},
        {"linear_num_key_heads", 16}, {"linear_num_value_heads", 32}};
    static constexpr config_type types[] = {{"qwen3_next", defaults}};
    static constexpr void describe(config_query &q) {
        qwen2moe::refuse_dense_layers(q);
        describe_further_layers(q, "mtp_num_hidden_layers");
        qwen35::describe_states(q);
        qwen35moe::describe_experts(q);
        q.tensor(tensor_name::attn_qkv);
    }
    static constexpr config_reader config{value, types, describe};
};

// Qwen 4 (preview): residual streams, sparse attention over blocks, and an embedding of n-grams.
struct qwen4exp {
    static constexpr void arrange(model &m) {
        qwen35moe::arrange(m);
        m.embedding_size = membound::detail::multiply(m.hyper_connections, m.hidden_size);
        for (int i = 0; i < m.layer_count(); ++i)
            if (attends(m.layers[i])) m.layers[i].choice = token_choice::by_pooled_keys;
    }
    // The rows that a table of n-grams has at least.
    static constexpr std::int64_t read_rows(gguf_query &q, std::int64_t heads) {
        const gguf_value offsets = q.ask("ple.head_offsets", key_use::required);
        const gguf_value sizes = q.ask("ple.head_vocab_sizes", key_use::required);
        if (offsets.elements == nullptr || sizes.elements == nullptr || offsets.integer < heads || sizes.integer < heads) {
            q.fail(errc::bad_value, "ple.head_vocab_sizes", "is not one whole number for each head",
                   "each finds rows of its own");
            return 0;
        }
        std::int64_t rows = 0;
        for (std::int64_t h = 0; h < heads; ++h) {
            if (sizes.elements[h] <= 0 || sizes.elements[h] > INT32_MAX || offsets.elements[h] < 0 ||
                offsets.elements[h] + sizes.elements[h] > INT32_MAX) {
                q.fail(errc::bad_value, "ple.head_vocab_sizes", "is out of range", "numbers of rows have 32 bits");
                return 0;
            }
            rows = membound::detail::max(rows, offsets.elements[h] + sizes.elements[h]);
        }
        return rows;
    }
    static constexpr void read_ngrams(gguf_query &q, model &m) {
        const gguf_value layers = q.keys.find("ple.layers");
        if (layers.type != gguf_value::kind::array || layers.integer == 0) return;
        if (layers.elements == nullptr || layers.integer != 1 || layers.elements[0] < 0 ||
            layers.elements[0] >= m.num_hidden_layers || attends(m.layers[layers.elements[0]])) {
            q.fail(errc::bad_value, "ple.layers", "does not name one layer that keeps a state", "llama.cpp refuses the model");
            return;
        }
        m.layers[layers.elements[0]].adds_ngrams = true;
        ngram_embedding &of = m.ngrams;
        of.tokens = q.integer("ple.ngram_size", key_use::required, 0, 2);
        of.heads = membound::detail::multiply(of.tokens - 1, q.integer("ple.heads_per_ngram", key_use::required, 0, 1));
        of.conv_kernel = q.integer("ple.conv_kernel", key_use::required, 0, 1);
        of.head_dim = q.integer("embedding_length_per_layer_input", key_use::required, 0, 1);
        q.ask("ple.eos_token_id", key_use::required);
        q.ask("ple.layer_multipliers", key_use::required);
        of.rows = membound::detail::max(read_rows(q, of.heads), q.rows_of(tensor_name::per_layer_token_embd));
        if (membound::detail::multiply(of.heads, of.head_dim) != m.hidden_size)
            q.fail(errc::bad_value, "embedding_length_per_layer_input", "times the heads of n-grams is not embedding_length",
                   "the rows of a token make up the hidden size");
    }
    // Blocks of one size in all layers that attend.
    static constexpr void read_block_size(gguf_query &q, model &m) {
        constexpr const char *key = "attention.compress_ratios";
        q.each(key, key_use::required, m.num_hidden_layers + m.num_nextn_predict_layers, 0, [&](std::int64_t i, std::int32_t n) {
            if (i >= m.num_hidden_layers || !attends(m.layers[i])) return;
            if (n == 0 || (m.indexer_block_size != 0 && m.indexer_block_size != n))
                q.fail(errc::unsupported, key, "is 0, or differs between layers that attend", "blocks of one size are supported");
            m.indexer_block_size = n;
        });
        if (q.keys.find(key).type == gguf_value::kind::integer) m.indexer_block_size = q.integer(key, key_use::required, 0, 1);
    }
    static constexpr void read(gguf_query &q, model &m) {
        qwen35moe::read(q, m);
        m.hyper_connections = q.integer("hyper_connection.count", key_use::required, 0, 2);
        m.hyper_connection_rank = q.integer("hyper_connection.low_rank", key_use::required, 0, 1);
        m.indexer_heads = q.integer("attention.indexer.head_count", key_use::required, 0, 1);
        m.indexer_head_dim = q.integer("attention.indexer.key_length", key_use::required, 0, 1);
        m.indexer_top_k = q.integer("attention.indexer.top_k", key_use::required, 0, 1);
        if (!m.layer_kinds_given) membound::detail::set_states(m, state_kind::gated_delta_net, 4);
        m.layer_kinds_given = true;
        read_block_size(q, m);
        read_ngrams(q, m);
    }
    static constexpr architecture value = [] {
        architecture a = qwen35moe::value;
        a.name = "qwen4exp";
        a.copies_kept_tokens = true;
        a.outputs = output_rows::behind_attention;
        a.files_hold_unloaded_layers = false;
        a.further = further_loading::unknown;
        a.arrange = arrange;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 248320}, {"max_position_embeddings", 32768}, {"hidden_size", 2048}, {"num_hidden_layers", 40},
        {"num_attention_heads", 16}, {"num_key_value_heads", 2}, {"head_dim", 256}, {"num_experts", 512},
        {"num_experts_per_tok", 10}, {"moe_intermediate_size", 512}, {"shared_expert_intermediate_size", 512},
        {"linear_conv_kernel_dim", 4}, {"linear_key_head_dim", 128}, {"linear_value_head_dim", 128},
        {"linear_num_key_heads", 16}, {"linear_num_value_heads", 32}, {"hc_count", 4}, {"hc_lowrank", 320},
        {"ple_conv_kernel_size", 4}, {"ngram_size", 3}, {"heads_per_ngram", 8}, {"ngram_vocab_size_base", 20000000},
        {"make_ngram_vocab_size_divisible_by", 128}};
    static constexpr config_type types[] = {{"qwen4_exp"}, {"qwen4_exp_text", defaults}};
    // The rows of each head: a prime of its own, from the least that is not below the base on.
    static constexpr std::int64_t next_prime(std::int64_t n) {
        for (;; ++n) {
            bool prime = n >= 2 && (n == 2 || n % 2 != 0);
            for (std::int64_t d = 3; prime && d * d <= n; d += 2) prime = n % d != 0;
            if (prime) return n;
        }
    }
    static constexpr void describe_ngrams(config_query &q) {
        std::int64_t layers[1] = {};
        std::int64_t count = 0;
        for_each_element(q.at("ple_layer_ids"), [&](json_value v) {
            if (count++ == 0) layers[0] = q.integer_in(v, "ple_layer_ids", 1) - 1;
        });
        if (count == 0) return;
        if (count > 1)
            return q.fail(errc::unsupported, "ple_layer_ids", "are several", "llama.cpp has one table of n-grams");
        const std::int64_t size = q.integer("ngram_size"), heads = (size - 1) * q.integer("heads_per_ngram");
        const std::int64_t base = q.integer("ngram_vocab_size_base"), whole = q.integer("make_ngram_vocab_size_divisible_by");
        if (size < 2 || size > 64 || heads < 1 || heads > max_layers || base < 1 || base > INT32_MAX / heads || whole < 1)
            return q.fail(errc::bad_value, "ngram_size", "and the heads of n-grams are out of range",
                          "numbers of rows have 32 bits");
        std::int64_t rows = 0, prime = base - 1;
        q.put_list("ple.head_vocab_sizes", "ngram_vocab_size_base", heads,
                   [&](std::int64_t) { return prime = next_prime(prime + 1); });
        prime = base - 1;
        q.put_list("ple.head_offsets", "ngram_vocab_size_base", heads, [&](std::int64_t) {
            const std::int64_t first = rows;
            rows += prime = next_prime(prime + 1);
            return first;
        });
        const std::int64_t width = q.has("ple_embed_dim") ? q.integer("ple_embed_dim") : q.number_of("embedding_length");
        q.put_list("ple.layers", "ple_layer_ids", 1, [&](std::int64_t) { return layers[0]; });
        q.put("ple.ngram_size", size, "ngram_size");
        q.put("ple.heads_per_ngram", heads / (size - 1), "heads_per_ngram");
        q.copy("ple.conv_kernel", "ple_conv_kernel_size");
        q.put("embedding_length_per_layer_input", width / heads, "ple_embed_dim");
        q.put("ple.eos_token_id", 0, "eos_token_id"); // which it is changes no size
        q.put("ple.layer_multipliers", 0, "seed");
        q.tensor(tensor_name::per_layer_token_embd, tensor_part::weight,
                 {width / heads, membound::detail::round_up(rows, whole)});
    }
    static constexpr void describe(config_query &q) {
        qwen35::describe_states(q);
        qwen35::describe_axes(q);
        qwen35moe::describe_experts(q);
        q.copy("hyper_connection.count", "hc_count");
        q.copy("hyper_connection.low_rank", "hc_lowrank");
        q.copy("attention.indexer.head_count", "indexer_n_heads");
        q.copy("attention.indexer.key_length", "indexer_head_dim");
        q.copy("attention.indexer.top_k", "indexer_budget");
        q.copy("attention.compress_ratios", "indexer_compress_ratio");
        describe_ngrams(q);
    }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

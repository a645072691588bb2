#include <membound/read/gguf_keys.hpp>

#include <doctest/doctest.h>

#include <initializer_list>

using namespace membound;

namespace {

constexpr tensor named(const char *name) { return parse_tensor_name(name); }

// A table that a test can alter: its entries come before those of `base`; one without a value hides that of `base`.
template <unsigned Count>
struct altered {
    gguf_table base;
    gguf_entry entries[Count];

    constexpr gguf_value find(const char *key) const {
        for (const gguf_entry &e : entries)
            if (same_text(e.key, key)) return e.value;
        return base.find(key);
    }
    constexpr const shape *tensor_shape(tensor_name name, tensor_part part, int layer) const {
        return base.tensor_shape(name, part, layer);
    }
};

template <class... Entries>
constexpr altered<static_cast<unsigned>(sizeof...(Entries))> alter(const gguf_table &base, const Entries &...entries) {
    return {base, {entries...}};
}

constexpr bool fails(const result<model> &r, errc code, const char *where) {
    return !r && r.error().code == code && same_text(r.error().where.c_str(), where) && !r.error().what.empty();
}

// Llama 3.1 8B, as the converter writes it.
constexpr gguf_entry llama_8b_keys[] = {
    {"context_length", 131072},    {"embedding_length", 4096},
    {"block_count", 32},           {"feed_forward_length", 14336},
    {"attention.head_count", 32},  {"attention.head_count_kv", 8},
    {"rope.freq_base", 500000.0},  {"attention.layer_norm_rms_epsilon", 1e-5},
    {"rope.dimension_count", 128}, {"vocab_size", 128256},
};
constexpr tensor llama_8b_tensors[] = {named("token_embd.weight"), named("output.weight"), named("rope_freqs.weight"),
                                       named("blk.0.attn_q.weight")};
constexpr gguf_table llama_8b{llama_8b_keys, 10, llama_8b_tensors, 4};

constexpr bool llama_8b_is_described() {
    const result<model> r = model_from_gguf_keys("llama", llama_8b);
    if (!r) return false;
    const model &m = *r;
    return m.family == &architectures::llama::value && m.num_hidden_layers == 32 && m.hidden_size == 4096 &&
           m.vocab_size == 128256 && m.max_position_embeddings == 131072 && m.num_attention_heads == 32 &&
           m.num_key_value_heads == 8 && m.intermediate_size == 14336 && m.key_head_dim() == 128 &&
           m.value_head_dim() == 128 && m.rope_dim() == 128 && m.num_experts == 0 && m.sliding_window == 0 &&
           !m.tie_word_embeddings && !m.fused_qkv && !m.attention_bias && !m.attention_output_bias && !m.mlp_bias &&
           !m.output_bias && m.rope == rope_tensors::freqs && m.layers[31].num_key_value_heads == 8 &&
           m.layers[31].kind == layer_kind::full_attention && m.layers[31].ffn == feed_forward_kind::dense;
}

constexpr bool missing_keys_are_named() {
    for (const char *key : {"block_count", "context_length", "embedding_length", "attention.layer_norm_rms_epsilon",
                            "attention.head_count", "feed_forward_length", "vocab_size"}) {
        const auto without = alter(llama_8b, gguf_entry{key, {}});
        const auto where = detail::text_builder<127>{} << "llama." << key;
        if (!fails(model_from_gguf_keys("llama", without), errc::missing, where.text.c_str())) return false;
    }
    // Without a number of their own there are as many key heads as heads; the size of a head is a quotient.
    const auto less =
        alter(llama_8b, gguf_entry{"attention.head_count_kv", {}}, gguf_entry{"rope.dimension_count", {}});
    const result<model> r = model_from_gguf_keys("llama", less);
    return r && r->layers[0].num_key_value_heads == 32 && r->head_dim == 128;
}

constexpr bool bad_values_are_named() {
    const auto with = [](const char *key, gguf_value v) {
        return model_from_gguf_keys("llama", alter(llama_8b, gguf_entry{key, v}));
    };
    return fails(with("block_count", 0), errc::bad_value, "llama.block_count") &&
           fails(with("block_count", 513), errc::bad_value, "llama.block_count") &&
           fails(with("block_count", -1), errc::bad_value, "llama.block_count") &&
           fails(with("block_count", "32"), errc::bad_value, "llama.block_count") &&
           fails(with("block_count", INT64_MAX), errc::bad_value, "llama.block_count") &&
           fails(with("attention.head_count_kv", 0), errc::bad_value, "llama.attention.head_count_kv") &&
           fails(with("attention.layer_norm_rms_epsilon", 1), errc::bad_value,
                 "llama.attention.layer_norm_rms_epsilon") &&
           fails(with("rope.dimension_count", 64), errc::unsupported, "llama.rope.dimension_count") &&
           fails(with("attention.key_length", 64), errc::unsupported, "llama.attention.value_length") &&
           fails(with("attention.value_length", 64), errc::unsupported, "llama.attention.value_length") &&
           fails(with("expert_used_count", 2), errc::bad_value, "llama.expert_used_count") &&
           fails(with("nextn_predict_layers", 32), errc::unsupported, "llama.nextn_predict_layers") &&
           fails(with("attention.head_count_kv", 5), errc::bad_value, "num_key_value_heads");
}

constexpr bool the_list_of_tokens_counts() {
    const result<model> r =
        model_from_gguf_keys("llama", alter(llama_8b, gguf_entry{"tokenizer.ggml.tokens", {nullptr, 32000}}));
    const result<model> without_key = model_from_gguf_keys(
        "llama", alter(llama_8b, gguf_entry{"vocab_size", {}}, gguf_entry{"tokenizer.ggml.tokens", {nullptr, 32000}}));
    return r && r->vocab_size == 32000 && without_key && without_key->vocab_size == 32000;
}

constexpr bool lists_are_for_each_layer() {
    constexpr std::int64_t heads[] = {32, 32, 32}, kv[] = {8, 8, 8}, ff[] = {100, 100, 100};
    constexpr std::int64_t other_kv[] = {8, 4, 8}, other_ff[] = {100, 0, 100};
    const auto with = [&](gguf_value h, gguf_value k, gguf_value f, const char *family = "llama") {
        return model_from_gguf_keys(
            family, alter(llama_8b, gguf_entry{"block_count", 3}, gguf_entry{"attention.head_count", h},
                          gguf_entry{"attention.head_count_kv", k}, gguf_entry{"feed_forward_length", f}));
    };
    const result<model> r = with({heads, 3}, {kv, 3}, {ff, 3});
    const result<model> unknown = with({heads, 3}, {other_kv, 3}, {other_ff, 3}, "openelm");
    const result<model> taken_from_the_first = with({heads, 3}, {kv, 3}, {other_ff, 3});
    return r && r->num_attention_heads == 32 && r->layers[2].num_attention_heads == 32 &&
           r->layers[2].num_key_value_heads == 8 && r->layers[2].intermediate_size == 100 && unknown &&
           unknown->layers[1].num_key_value_heads == 4 && unknown->layers[2].intermediate_size == 100 &&
           fails(with({heads, 3}, {other_kv, 3}, {ff, 3}), errc::unsupported, "llama.attention.head_count_kv") &&
           fails(with({other_kv, 3}, {kv, 3}, {ff, 3}), errc::unsupported, "llama.attention.head_count") &&
           taken_from_the_first && taken_from_the_first->layers[1].intermediate_size == 100 &&
           fails(with({heads, 3}, {kv, 3}, {ff, 2}), errc::bad_value, "llama.feed_forward_length") &&
           fails(with({heads, 3}, {kv, 3}, {nullptr, 3}), errc::bad_value, "llama.feed_forward_length");
}

// A file whose layers differ where llama.cpp takes them for alike is one that it does not load.
constexpr bool lists_agree_with_tensors() {
    constexpr std::int64_t ff[] = {100, 200};
    const gguf_entry keys[] = {{"block_count", 2}, {"context_length", 64}, {"embedding_length", 64}, {"vocab_size", 32},
                               {"attention.head_count", 4}, {"attention.layer_norm_rms_epsilon", 1e-5},
                               {"feed_forward_length", {ff, 2}}};
    const auto second = [&](std::int64_t size) {
        const tensor down{tensor_name::ffn_down, tensor_part::weight, 1, {size, 64}};
        return model_from_gguf_keys("llama", gguf_table{keys, 7, &down, 1});
    };
    return second(100) && fails(second(200), errc::unsupported, "llama.feed_forward_length");
}
static_assert(lists_agree_with_tensors(), "");

// Experts may be without gates where the family's loader says so.
constexpr bool gates_of_experts_are_seen() {
    constexpr gguf_entry keys[] = {{"block_count", 2}, {"context_length", 64}, {"embedding_length", 64}, {"vocab_size", 32},
                                   {"attention.head_count", 4}, {"attention.layer_norm_rms_epsilon", 1e-5},
                                   {"feed_forward_length", 128}, {"expert_count", 4}, {"expert_used_count", 2}};
    constexpr tensor both[] = {{tensor_name::ffn_up_exps, tensor_part::weight, 0, {64, 128, 4}},
                               {tensor_name::ffn_gate_exps, tensor_part::weight, 0, {64, 128, 4}}};
    const auto ungated = [&](const char *family, const tensor *of, int count) {
        const auto r = model_from_gguf_keys(family, gguf_table{keys, 9, of, count});
        return r && r->ungated_experts;
    };
    return ungated("llama", both, 1) && !ungated("llama", both, 2) && !ungated("llama", both, 0) &&
           ungated("mistral3", both, 1) && !ungated("qwen3moe", both, 1);
}
static_assert(gates_of_experts_are_seen(), "");

constexpr bool layers_that_predict_further_are_left_out() {
    const result<model> r = model_from_gguf_keys("llama", alter(llama_8b, gguf_entry{"nextn_predict_layers", 1}));
    return r && r->num_hidden_layers == 31 && r->num_nextn_predict_layers == 1;
}

constexpr bool optional_tensors_are_seen() {
    constexpr tensor tensors[] = {named("token_embd.weight"),        named("blk.0.attn_qkv.weight"),
                                  named("blk.3.attn_qkv.bias"),      named("blk.0.attn_output.bias"),
                                  named("blk.0.ffn_up.bias"),        named("output.bias"),
                                  named("rope_factors_short.weight")};
    const result<model> r = model_from_gguf_keys("llama", gguf_table{llama_8b_keys, 10, tensors, 7});
    return r && r->tie_word_embeddings && r->fused_qkv && r->attention_bias && r->attention_output_bias &&
           r->mlp_bias && r->output_bias && r->rope == rope_tensors::long_short;
}

constexpr bool linear_scaling_is_read() {
    const auto factor = [](const char *type) {
        return model_from_gguf_keys("llama", alter(llama_8b, gguf_entry{"rope.scaling.type", type},
                                                   gguf_entry{"rope.scaling.factor", 8.0}))->linear_rope_factor;
    };
    return factor("linear") == 8 && factor("yarn") == 1 && model_from_gguf_keys("llama", llama_8b)->linear_rope_factor == 1;
}
static_assert(linear_scaling_is_read(), "");

constexpr bool windows_have_a_pattern() {
    const auto gemma = [](gguf_value window, gguf_value pattern, const char *family = "gemma3") {
        return model_from_gguf_keys(family, alter(llama_8b, gguf_entry{"block_count", 12},
                                                  gguf_entry{"attention.sliding_window", window},
                                                  gguf_entry{"attention.sliding_window_pattern", pattern}));
    };
    const auto windows = [](const result<model> &r) {
        int n = 0;
        for (int i = 0; r && i < r->layer_count(); ++i) n += r->layers[i].kind == layer_kind::sliding_attention ? 1 : 0;
        return r ? n : -1;
    };
    constexpr std::int64_t list[] = {1, 0, 0, 1, 1};
    const result<model> listed = gemma(1024, {list, 5});
    return windows(gemma(1024, {})) == 10 && windows(gemma(1024, 3)) == 8 &&
           windows(gemma(1024, 0)) == 12 && windows(gemma({}, {})) == 0 && windows(gemma(0, 3)) == 0 &&
           windows(listed) == 3 && listed->layer_kinds_given &&
           listed->layers[4].kind == layer_kind::sliding_attention && windows(gemma({}, {}, "gemma2")) == 6 &&
           gemma({}, {}, "gemma2")->sliding_window == 4096 &&
           fails(gemma(0, {}, "gemma2"), errc::bad_value, "gemma2.attention.sliding_window") &&
           fails(gemma(1024, {nullptr, 12}), errc::bad_value, "gemma3.attention.sliding_window_pattern") &&
           fails(gemma(1024, 1), errc::bad_value, "gemma3.attention.sliding_window_pattern") &&
           fails(gemma({}, 1, "gemma2"), errc::bad_value, "gemma2.attention.sliding_window_pattern") &&
           windows(gemma(2047, {}, "phi3")) == 0 && windows(gemma(1024, {}, "qwen3")) == 0 &&
           gemma(1024, {}, "qwen3")->sliding_window == 0;
}

constexpr bool routed_families_need_experts() {
    const auto dense = [](const char *family) {
        return model_from_gguf_keys(family, llama_8b);
    };
    const auto mixtral =
        model_from_gguf_keys("llama", alter(llama_8b, gguf_entry{"expert_count", 8}, gguf_entry{"expert_used_count", 2},
                                            gguf_entry{"expert_feed_forward_length", 77}));
    const auto qwen = model_from_gguf_keys("qwen3moe", alter(llama_8b, gguf_entry{"expert_count", 8},
                                                             gguf_entry{"expert_used_count", 2},
                                                             gguf_entry{"expert_feed_forward_length", 768}));
    const auto quotient = model_from_gguf_keys(
        "qwen2moe", alter(llama_8b, gguf_entry{"expert_count", 8}, gguf_entry{"expert_used_count", 2}));
    constexpr std::int64_t sizes[] = {768, 769};
    const auto uneven = model_from_gguf_keys(
        "qwen3moe", alter(llama_8b, gguf_entry{"block_count", 2}, gguf_entry{"expert_count", 8},
                          gguf_entry{"expert_used_count", 2}, gguf_entry{"expert_feed_forward_length", {sizes, 2}}));
    // The loader of llama does not read the size of an expert, that of gemma does not read experts.
    const auto gemma = model_from_gguf_keys(
        "gemma", alter(llama_8b, gguf_entry{"expert_count", 8}, gguf_entry{"expert_used_count", 2}));
    return fails(dense("qwen3moe"), errc::missing, "qwen3moe.expert_count") &&
           fails(dense("gpt-oss"), errc::missing, "gpt-oss.expert_feed_forward_length") &&
           fails(uneven, errc::unsupported, "qwen3moe.expert_feed_forward_length") && mixtral &&
           mixtral->moe_intermediate_size == 14336 && mixtral->norm_topk_prob && qwen &&
           qwen->moe_intermediate_size == 768 && quotient && quotient->moe_intermediate_size == 7168 &&
           quotient->shared_expert_intermediate_size == 14336 && !quotient->norm_topk_prob && gemma &&
           gemma->num_experts == 0;
}

constexpr bool some_outputs_are_never_tied() {
    const gguf_table tied{llama_8b_keys, 10, llama_8b_tensors, 1};
    return fails(model_from_gguf_keys("qwen2moe",
                                      alter(tied, gguf_entry{"expert_count", 8}, gguf_entry{"expert_used_count", 2})),
                 errc::missing, "output.weight");
}

// DeepSeek V3.
constexpr gguf_entry deepseek_keys[] = {
    {"context_length", 163840},
    {"embedding_length", 7168},
    {"block_count", 61},
    {"feed_forward_length", 18432},
    {"attention.head_count", 128},
    {"attention.head_count_kv", 1},
    {"attention.layer_norm_rms_epsilon", 1e-6},
    {"rope.dimension_count", 64},
    {"expert_count", 256},
    {"expert_used_count", 8},
    {"expert_shared_count", 1},
    {"expert_feed_forward_length", 2048},
    {"leading_dense_block_count", 3},
    {"expert_weights_scale", 2.5},
    {"expert_weights_norm", true},
    {"expert_gating_func", 2},
    {"expert_group_count", 8},
    {"expert_group_used_count", 4},
    {"attention.q_lora_rank", 1536},
    {"attention.kv_lora_rank", 512},
    {"attention.key_length", 576},
    {"attention.value_length", 512},
    {"attention.key_length_mla", 192},
    {"attention.value_length_mla", 128},
    {"vocab_size", 129280},
};
constexpr tensor deepseek_tensors[] = {named("output.weight"), named("blk.3.exp_probs_b.bias")};
constexpr gguf_table deepseek{deepseek_keys, 25, deepseek_tensors, 2};

constexpr bool latent_attention_is_described() {
    const result<model> r = model_from_gguf_keys("deepseek2", deepseek);
    if (!r) return false;
    const model &m = *r;
    return m.layers[0].kind == layer_kind::latent_attention && m.q_lora_rank == 1536 && m.kv_lora_rank == 512 &&
           m.qk_rope_head_dim == 64 && m.qk_nope_head_dim == 128 && m.value_head_dim() == 128 &&
           cached_key_size(m, m.layers[0]) == 576 && cached_value_size(m, m.layers[0]) == 0 &&
           m.layers[2].ffn == feed_forward_kind::dense && m.layers[3].ffn == feed_forward_kind::experts &&
           m.moe_intermediate_size == 2048 && m.shared_expert_intermediate_size == 2048 && m.num_expert_groups == 8 &&
           m.num_expert_groups_used == 4 && m.router == router_kind::sigmoid && m.norm_topk_prob &&
           m.scaled_expert_weights && m.router_bias;
}

constexpr bool old_files_cache_every_head() {
    const result<model> r = model_from_gguf_keys(
        "deepseek2",
        alter(deepseek, gguf_entry{"attention.key_length_mla", {}}, gguf_entry{"attention.value_length_mla", {}},
              gguf_entry{"attention.key_length", 192}, gguf_entry{"attention.value_length", 128}));
    return r && r->layer_kinds_given && r->layers[60].kind == layer_kind::full_attention &&
           r->qk_nope_head_dim == 128 && r->kv_lora_rank == 512 && cached_key_size(*r, r->layers[60]) == 128 * 192 &&
           cached_value_size(*r, r->layers[60]) == 128 * 128 &&
           fails(model_from_gguf_keys("deepseek2", alter(deepseek, gguf_entry{"attention.value_length_mla", {}})),
                 errc::missing, "deepseek2.attention.value_length_mla");
}

constexpr bool deepseek_is_told_by_its_layers() {
    const auto of = [](int layers, int vocabulary) {
        return model_from_gguf_keys(
            "deepseek2", alter(deepseek, gguf_entry{"block_count", layers}, gguf_entry{"vocab_size", vocabulary},
                               gguf_entry{"expert_gating_func", {}}, gguf_entry{"expert_weights_scale", 1.0}));
    };
    return of(61, 129280)->q_lora_rank == 1536 && of(27, 102400)->q_lora_rank == 0 &&
           of(26, 102400)->q_lora_rank == 0 && of(48, 128256)->q_lora_rank == 0 &&
           of(48, 154880)->q_lora_rank == 1536 && of(61, 129280)->router == router_kind::softmax &&
           of(47, 154880)->router == router_kind::sigmoid && !of(61, 129280)->scaled_expert_weights;
}

constexpr bool deepseek_is_checked() {
    const auto with = [](const char *key, gguf_value v) {
        return model_from_gguf_keys("deepseek2", alter(deepseek, gguf_entry{key, v}));
    };
    return fails(with("attention.q_lora_rank", {}), errc::missing, "deepseek2.attention.q_lora_rank") &&
           fails(with("attention.kv_lora_rank", {}), errc::missing, "deepseek2.attention.kv_lora_rank") &&
           fails(with("expert_shared_count", {}), errc::missing, "deepseek2.expert_shared_count") &&
           fails(with("expert_feed_forward_length", {}), errc::missing, "deepseek2.expert_feed_forward_length") &&
           fails(with("expert_gating_func", 5), errc::unsupported, "deepseek2.expert_gating_func") &&
           fails(with("expert_weights_norm", 1), errc::bad_value, "deepseek2.expert_weights_norm") &&
           fails(with("expert_group_count", 256), errc::bad_value, "deepseek2.expert_group_count") &&
           fails(with("expert_group_count", 7), errc::bad_value, "deepseek2.expert_group_count") &&
           fails(with("expert_group_used_count", 8), errc::bad_value, "deepseek2.expert_group_used_count") &&
           fails(with("rope.dimension_count", 192), errc::bad_value, "deepseek2.rope.dimension_count") &&
           fails(with("attention.key_length", 512), errc::unsupported, "deepseek2.attention.key_length") &&
           fails(with("attention.head_count_kv", {}), errc::unsupported, "deepseek2.attention.head_count_kv") &&
           with("expert_group_count", 1)->num_expert_groups_used == 1;
}

constexpr bool unknown_families_keep_what_is_common() {
    constexpr std::int64_t kv[] = {0, 8, 0};
    const result<model> r = model_from_gguf_keys("unheard-of", alter(llama_8b, gguf_entry{"block_count", 3},
                                                                gguf_entry{"attention.head_count_kv", {kv, 3}},
                                                                gguf_entry{"embedding_length", "wide"}));
    const result<model> nothing = model_from_gguf_keys("clip", gguf_table{});
    return r && r->family == nullptr && r->num_hidden_layers == 3 && r->hidden_size == 0 && r->vocab_size == 128256 &&
           r->layers[1].num_key_value_heads == 8 && nothing && nothing->family == nullptr &&
           nothing->num_hidden_layers == 0;
}

constexpr bool operations_of_some_families_are_seen() {
    const auto with = [](const char *family, const char *key) {
        return model_from_gguf_keys(family, alter(llama_8b, gguf_entry{key, 0.1}));
    };
    return with("mistral3", "attention.temperature_scale")->attention_temperature &&
           !with("llama", "attention.temperature_scale")->attention_temperature &&
           with("gemma3", "final_logit_softcapping")->final_logit_softcapping &&
           !with("qwen3", "final_logit_softcapping")->final_logit_softcapping;
}

constexpr bool every_family_is_found_by_its_name() {
    for (const architecture *a : architectures::all)
        if (find_architecture(a->name) != a) return false;
    return true;
}

static_assert(llama_8b_is_described(), "");
static_assert(missing_keys_are_named(), "");
static_assert(bad_values_are_named(), "");
static_assert(the_list_of_tokens_counts(), "");
static_assert(lists_are_for_each_layer(), "");
static_assert(layers_that_predict_further_are_left_out(), "");
static_assert(optional_tensors_are_seen(), "");
static_assert(windows_have_a_pattern(), "");
static_assert(routed_families_need_experts(), "");
static_assert(some_outputs_are_never_tied(), "");
static_assert(latent_attention_is_described(), "");
static_assert(old_files_cache_every_head(), "");
static_assert(deepseek_is_told_by_its_layers(), "");
static_assert(deepseek_is_checked(), "");
static_assert(unknown_families_keep_what_is_common(), "");
static_assert(operations_of_some_families_are_seen(), "");
static_assert(every_family_is_found_by_its_name(), "");

TEST_CASE("keys of a GGUF file as a model") {
    CHECK(llama_8b_is_described());
    CHECK(missing_keys_are_named());
    CHECK(bad_values_are_named());
    CHECK(the_list_of_tokens_counts());
    CHECK(lists_are_for_each_layer());
    CHECK(layers_that_predict_further_are_left_out());
    CHECK(optional_tensors_are_seen());
    CHECK(windows_have_a_pattern());
    CHECK(routed_families_need_experts());
    CHECK(some_outputs_are_never_tied());
    CHECK(latent_attention_is_described());
    CHECK(old_files_cache_every_head());
    CHECK(deepseek_is_told_by_its_layers());
    CHECK(deepseek_is_checked());
    CHECK(unknown_families_keep_what_is_common());
    CHECK(operations_of_some_families_are_seen());
    CHECK(every_family_is_found_by_its_name());
}

} // namespace

// What a description of a model is completed with, and what is wrong with it.
#include <membound/architectures/all.hpp>
#include <membound/model.hpp>

#include <doctest/doctest.h>

namespace {

using namespace membound;
namespace a = membound::architectures;

constexpr model dense(const architecture &family) {
    model m;
    m.family = &family;
    m.num_hidden_layers = 12;
    m.hidden_size = 1024;
    m.vocab_size = 32000;
    m.max_position_embeddings = 4096;
    m.num_attention_heads = 16;
    m.num_key_value_heads = 4;
    m.intermediate_size = 4096;
    return m;
}

constexpr model with_experts(const architecture &family) {
    model m = dense(family);
    m.num_experts = 64;
    m.num_experts_per_tok = 8;
    return m;
}

constexpr model latent() {
    model m = with_experts(a::deepseek2::value);
    m.num_key_value_heads = 1;
    m.moe_intermediate_size = 1408;
    m.num_shared_experts = 2;
    m.first_k_dense_replace = 1;
    m.kv_lora_rank = 512;
    m.qk_nope_head_dim = 128;
    m.qk_rope_head_dim = 64;
    m.v_head_dim = 128;
    return m;
}

constexpr int layers_of_kind(const model &m, layer_kind kind) {
    int count = 0;
    for (int i = 0; i < m.layer_count(); ++i) count += m.layers[i].kind == kind ? 1 : 0;
    return count;
}

constexpr bool layers_get_what_they_do_not_say() {
    model m = dense(a::llama::value);
    m.layers[3].num_key_value_heads = 8;
    m.layers[4].intermediate_size = 2048;
    m.layers[5].num_attention_heads = 8;
    const result<model> done = arranged(m);
    return done && done->layers[0].num_attention_heads == 16 && done->layers[0].num_key_value_heads == 4 &&
           done->layers[0].intermediate_size == 4096 && done->layers[3].num_key_value_heads == 8 &&
           done->layers[4].intermediate_size == 2048 && done->layers[5].num_attention_heads == 8 &&
           done->layers[11].num_attention_heads == 16 && done->layers[12].num_attention_heads == 0 &&
           done->key_head_dim() == 64 && done->value_head_dim() == 64 && done->rope_dim() == 64 &&
           done->layer_count() == 12;
}
static_assert(layers_get_what_they_do_not_say(), "");

constexpr bool heads_have_sizes_of_their_own() {
    model m = dense(a::qwen3::value);
    m.head_dim = 128;
    const model same = arranged(m).value();
    m.v_head_dim = 96;
    m.rotary_dim = 32;
    const model other = arranged(m).value();
    return same.key_head_dim() == 128 && same.value_head_dim() == 128 && same.rope_dim() == 128 &&
           other.value_head_dim() == 96 && other.rope_dim() == 32 && cached_key_size(other, other.layers[0]) == 512 &&
           cached_value_size(other, other.layers[0]) == 384;
}
static_assert(heads_have_sizes_of_their_own(), "");

constexpr bool key_heads_default_to_query_heads() {
    model m = dense(a::llama::value);
    m.num_key_value_heads = 0;
    const model done = arranged(m).value();
    return done.layers[7].num_key_value_heads == 16 && cached_key_size(done, done.layers[7]) == 1024;
}
static_assert(key_heads_default_to_query_heads(), "");

constexpr bool families_set_the_kinds_of_their_layers() {
    constexpr auto full = layer_kind::full_attention;
    constexpr auto sliding = layer_kind::sliding_attention;
    model m = dense(a::gemma3::value);
    const model no_window = arranged(m).value();
    m.sliding_window = 512;
    const model six = arranged(m).value();
    m.sliding_window_pattern = 4;
    const model four = arranged(m).value();
    m.layer_kinds_given = true;
    m.layers[2].kind = sliding;
    const model given = arranged(m).value();
    m = dense(a::gemma2::value);
    const model two = arranged(m).value();
    m = dense(a::phi3::value);
    m.sliding_window = 2047; // of the configuration, and not used
    const model none = arranged(m).value();
    return layers_of_kind(no_window, sliding) == 0 && layers_of_kind(six, sliding) == 10 &&
           six.layers[4].kind == sliding && six.layers[5].kind == full && six.layers[11].kind == full &&
           layers_of_kind(four, sliding) == 9 && four.layers[3].kind == full && layers_of_kind(given, sliding) == 1 &&
           given.layers[2].kind == sliding && layers_of_kind(two, sliding) == 6 && two.layers[0].kind == sliding &&
           two.layers[1].kind == full && two.sliding_window == 4096 && two.final_logit_softcapping &&
           layers_of_kind(none, sliding) == 0 && none.sliding_window == 0;
}
static_assert(families_set_the_kinds_of_their_layers(), "");

constexpr bool families_set_what_is_always_so() {
    const model gemma = arranged(dense(a::gemma::value)).value();
    const model gpt2 = arranged(dense(a::gpt2::value)).value();
    const model starcoder = arranged(dense(a::starcoder2::value)).value();
    const model llama = arranged(dense(a::llama::value)).value();
    model m = with_experts(a::gpt_oss::value);
    m.moe_intermediate_size = 2880;
    m.sliding_window = 128;
    const model gpt_oss = arranged(m).value();
    return gemma.tie_word_embeddings && gpt2.fused_qkv && gpt2.attention_bias && gpt2.attention_output_bias &&
           gpt2.mlp_bias && starcoder.attention_output_bias && starcoder.mlp_bias && !llama.tie_word_embeddings &&
           !llama.mlp_bias && gpt_oss.router == router_kind::softmax_of_chosen && gpt_oss.expert_bias &&
           gpt_oss.layers[0].kind == layer_kind::sliding_attention &&
           gpt_oss.layers[1].kind == layer_kind::full_attention;
}
static_assert(families_set_what_is_always_so(), "");

constexpr bool experts_stand_behind_the_dense_layers() {
    model m = with_experts(a::llama::value);
    const model mixtral = arranged(m).value();
    m = with_experts(a::qwen3moe::value);
    const model qwen3moe = arranged(m).value();
    const model v2 = arranged(latent()).value();
    m = with_experts(a::qwen2moe::value);
    m.moe_intermediate_size = 1408;
    const model qwen2moe = arranged(m).value();
    return mixtral.moe_intermediate_size == 4096 && mixtral.layers[0].ffn == feed_forward_kind::experts &&
           mixtral.norm_topk_prob && qwen3moe.moe_intermediate_size == 512 && qwen3moe.norm_topk_prob &&
           qwen2moe.shared_expert_intermediate_size == 4096 && !qwen2moe.norm_topk_prob &&
           v2.layers[0].ffn == feed_forward_kind::dense && v2.layers[1].ffn == feed_forward_kind::experts &&
           v2.shared_expert_intermediate_size == 2816;
}
static_assert(experts_stand_behind_the_dense_layers(), "");

// The latent cache holds one vector a token; the older files' cache holds keys
// and values of every head.
constexpr bool latent_attention_caches_one_vector() {
    model m = latent();
    const model done = arranged(m).value();
    m.layer_kinds_given = true;
    m.num_key_value_heads = 16;
    m.head_dim = 192;
    const model old = arranged(m).value();
    return layers_of_kind(done, layer_kind::latent_attention) == 12 && cached_key_size(done, done.layers[0]) == 576 &&
           cached_value_size(done, done.layers[0]) == 0 && layers_of_kind(old, layer_kind::latent_attention) == 0 &&
           cached_key_size(old, old.layers[0]) == 3072 && cached_value_size(old, old.layers[0]) == 2048;
}
static_assert(latent_attention_caches_one_vector(), "");

constexpr bool fails(const model &m, errc code, const char *where) {
    const result<model> r = arranged(m);
    return !r && r.error().code == code && same_text(r.error().where.c_str(), where) && !r.error().what.empty() &&
           r.error().why[0] != '\0';
}

template <class Change>
constexpr bool fails_with(Change change, errc code, const char *where) {
    model m = latent();
    change(m);
    return fails(m, code, where);
}

constexpr bool what_a_model_cannot_be_without() {
    constexpr errc missing = errc::missing;
    return fails(model{}, missing, "num_hidden_layers") && arranged(latent()) &&
           fails_with([](model &m) { m.num_hidden_layers = 0; }, missing, "num_hidden_layers") &&
           fails_with([](model &m) { m.hidden_size = 0; }, missing, "hidden_size") &&
           fails_with([](model &m) { m.vocab_size = 0; }, missing, "vocab_size") &&
           fails_with([](model &m) { m.max_position_embeddings = 0; }, missing, "max_position_embeddings") &&
           fails_with([](model &m) { m.num_attention_heads = 0; }, missing, "num_attention_heads") &&
           fails_with([](model &m) { m.num_experts_per_tok = 0; }, missing, "num_experts_per_tok") &&
           fails_with([](model &m) { m.kv_lora_rank = 0; }, missing, "kv_lora_rank") &&
           fails_with([](model &m) { m.qk_rope_head_dim = 0; }, missing, "kv_lora_rank") &&
           fails_with([](model &m) { m.intermediate_size = 0; }, missing, "intermediate_size") &&
           fails_with([](model &m) { m.hidden_size = 15; }, missing,
                      "num_attention_heads") && // heads of no number
           fails_with([](model &m) { m.moe_intermediate_size = 0; }, missing, "moe_intermediate_size") &&
           fails_with([](model &m) { m.qk_nope_head_dim = 0; }, missing, "kv_lora_rank") &&
           fails_with(
               [](model &m) {
                   m.num_experts = m.num_experts_per_tok = 0;
                   m.layers[3].ffn = feed_forward_kind::experts;
               },
               missing, "moe_intermediate_size");
}
static_assert(what_a_model_cannot_be_without(), "");

constexpr bool figures_agree_with_each_other() {
    constexpr errc bad = errc::bad_value;
    return fails_with([](model &m) { m.num_key_value_heads = 3; }, bad, "num_key_value_heads") &&
           fails_with([](model &m) { m.layers[5].num_key_value_heads = 5; }, bad, "num_key_value_heads") &&
           fails_with([](model &m) { m.num_experts_per_tok = 65; }, bad, "num_experts_per_tok") &&
           fails_with([](model &m) { m.num_expert_groups_used = 1; }, bad, "num_expert_groups_used") &&
           fails_with([](model &m) { m.num_expert_groups = 7, m.num_expert_groups_used = 2; }, bad,
                      "num_expert_groups") &&
           fails_with([](model &m) { m.num_expert_groups = 8; }, errc::missing, "num_expert_groups_used");
}
static_assert(figures_agree_with_each_other(), "");

// What files may say and no model has, down to the largest number there is.
constexpr bool absurd_figures_are_refused() {
    constexpr errc bad = errc::bad_value;
    constexpr errc missing = errc::missing;
    return fails_with([](model &m) { m.num_hidden_layers = 513; }, bad, "num_hidden_layers") &&
           fails_with([](model &m) { m.num_hidden_layers = (std::int64_t{1} << 32) + 1; }, bad, "num_hidden_layers") &&
           fails_with([](model &m) { m.num_hidden_layers = INT64_MAX; }, bad, "num_hidden_layers") &&
           fails_with([](model &m) { m.num_hidden_layers = -1; }, missing, "num_hidden_layers") &&
           fails_with([](model &m) { m.hidden_size = std::int64_t{1} << 62; }, bad, "hidden_size") &&
           fails_with([](model &m) { m.hidden_size = INT64_MIN; }, missing, "hidden_size") &&
           fails_with([](model &m) { m.vocab_size = (std::int64_t{1} << 40) + 1; }, bad, "vocab_size") &&
           fails_with([](model &m) { m.max_position_embeddings = INT64_MAX; }, bad, "max_position_embeddings") &&
           fails_with([](model &m) { m.num_attention_heads = std::int64_t{1} << 32; }, bad, "num_attention_heads") &&
           fails_with([](model &m) { m.num_attention_heads = -16; }, missing, "num_attention_heads") &&
           fails_with([](model &m) { m.num_key_value_heads = (std::int64_t{1} << 32) + 1; }, bad,
                      "num_key_value_heads") &&
           fails_with([](model &m) { m.intermediate_size = std::int64_t{1} << 31; }, bad, "intermediate_size") &&
           fails_with([](model &m) { m.head_dim = INT64_MAX; }, bad, "head_dim") &&
           fails_with([](model &m) { m.head_dim = -128; }, missing, "head_dim") &&
           fails_with([](model &m) { m.sliding_window = INT64_MAX; }, bad, "sliding_window") &&
           fails_with([](model &m) { m.num_experts = 1025; }, bad, "num_experts") &&
           fails_with([](model &m) { m.moe_intermediate_size = INT64_MAX; }, bad, "moe_intermediate_size") &&
           fails_with([](model &m) { m.num_shared_experts = INT64_MAX; }, bad, "num_shared_experts") &&
           fails_with([](model &m) { m.first_k_dense_replace = -1; }, missing, "first_k_dense_replace") &&
           fails_with([](model &m) { m.kv_lora_rank = std::int64_t{1} << 41; }, bad, "kv_lora_rank") &&
           fails_with([](model &m) { m.layers[11].num_attention_heads = -8; }, missing, "num_attention_heads") &&
           fails_with([](model &m) { m.layers[0].intermediate_size = -1; }, missing, "intermediate_size");
}
static_assert(absurd_figures_are_refused(), "");

// Products of sizes that are allowed by themselves still overflow, and say so.
constexpr bool products_do_not_wrap() {
    model m = dense(a::llama::value);
    m.num_attention_heads = m.num_key_value_heads = INT32_MAX;
    m.head_dim = std::int64_t{1} << 40;
    const model done = arranged(m).value();
    return cached_key_size(done, done.layers[0]) == INT64_MAX && cached_value_size(done, done.layers[0]) == INT64_MAX;
}
static_assert(products_do_not_wrap(), "");

constexpr bool families_are_found_by_name() {
    constexpr const char *names[] = {"llama",  "mistral3", "qwen2", "qwen2moe", "qwen3",     "qwen3moe",   "gemma",
                                     "gemma2", "gemma3",   "phi3",  "gpt-oss",  "deepseek2", "starcoder2", "gpt2"};
    for (const char *name : names) {
        const architecture *found = find_architecture(name);
        if (found == nullptr || !same_text(found->name, name)) return false;
    }
    return find_architecture("nosuch") == nullptr && find_architecture("") == nullptr &&
           find_architecture("Llama") == nullptr;
}
static_assert(families_are_found_by_name(), "");

constexpr bool variants_differ_in_name_and_context() {
    const model base = *arranged(dense(a::llama::value));
    const model longer = variant_of(base, "longer", 131072), tuned = variant_of(longer, "tuned");
    return same_text(tuned.name.c_str(), "tuned") && tuned.max_position_embeddings == 131072 &&
           base.max_position_embeddings == 4096 && tuned.hidden_size == base.hidden_size &&
           tuned.layers[11].num_key_value_heads == base.layers[11].num_key_value_heads && longer.family == base.family;
}
static_assert(variants_differ_in_name_and_context(), "");

} // namespace

TEST_CASE("what a description is completed with") {
    CHECK(layers_get_what_they_do_not_say());
    CHECK(heads_have_sizes_of_their_own());
    CHECK(key_heads_default_to_query_heads());
    CHECK(families_set_the_kinds_of_their_layers());
    CHECK(families_set_what_is_always_so());
    CHECK(experts_stand_behind_the_dense_layers());
    CHECK(latent_attention_caches_one_vector());
}

TEST_CASE("descriptions that are wrong") {
    CHECK(what_a_model_cannot_be_without());
    CHECK(figures_agree_with_each_other());
    CHECK(absurd_figures_are_refused());
    CHECK(products_do_not_wrap());
}

TEST_CASE("variants") { CHECK(variants_differ_in_name_and_context()); }
TEST_CASE("families") { CHECK(families_are_found_by_name()); }

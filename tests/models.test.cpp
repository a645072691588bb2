// The catalogue of models: its names, the layers that its families give it, and the totals of its parameters.
#include <membound/architectures/all.hpp>
#include <membound/models/all.hpp>
#include <membound/weights.hpp>

#include <doctest/doctest.h>

namespace {

using namespace membound;

constexpr int model_count = static_cast<int>(sizeof(models::all) / sizeof(models::all[0]));
static_assert(model_count >= 200, "the catalogue has at least 200 models");

constexpr bool is_well_formed(const char *name) {
    char before = '-';
    for (; *name != '\0'; before = *name++) {
        const bool letter = *name >= 'a' && *name <= 'z';
        const bool digit = *name >= '0' && *name <= '9';
        const bool point = *name == '.' && before >= '0' && before <= '9';
        const bool hyphen = *name == '-' && before != '-' && before != '.';
        if (!letter && !digit && !point && !hyphen) return false;
    }
    return before != '-' && before != '.';
}

constexpr bool names_are_well_formed() {
    for (const model *m : models::all)
        if (!is_well_formed(m->name.c_str())) return false;
    return is_well_formed("llama-3.1-8b") && !is_well_formed("Llama-3.1-8B") && !is_well_formed("llama--3") &&
           !is_well_formed("llama-") && !is_well_formed("llama_3") && !is_well_formed("");
}
static_assert(names_are_well_formed(), "");

constexpr bool same_layers(const model &a, const model &b) {
    for (int i = 0; i < a.layer_count(); ++i) {
        const layer &x = a.layers[i];
        const layer &y = b.layers[i];
        if (x.kind != y.kind || x.ffn != y.ffn || x.num_attention_heads != y.num_attention_heads ||
            x.num_key_value_heads != y.num_key_value_heads || x.intermediate_size != y.intermediate_size)
            return false;
    }
    return true;
}

// An arranged description is complete: arranging it again changes nothing.
bool is_arranged(const model &m) {
    const result<model> again = arranged(m);
    return again && again->moe_intermediate_size == m.moe_intermediate_size &&
           again->shared_expert_intermediate_size == m.shared_expert_intermediate_size &&
           again->mlp_bias == m.mlp_bias && again->norm_topk_prob == m.norm_topk_prob && same_layers(*again, m);
}

constexpr bool finds_by_any_spelling() {
    constexpr const model *wanted = &models::llama_3_1_8b::value;
    constexpr const char *spellings[] = {"llama-3.1-8b", "Llama-3.1-8B", "LLAMA_3_1_8B",  "llama 3.1 8b",
                                         "llama3.1:8b",  "llama3-1-8b",  "llama--3.1-8b", "-llama-3.1-8b-"};
    for (const char *s : spellings)
        if (find_model(s) != wanted) return false;
    return find_model("qwen-2.5-7b") == &models::qwen2_5_7b::value &&
           find_model("qwen2-57b-a14b") == &models::qwen2_57b_a14b::value &&
           find_model("gemma3:270m") == &models::gemma_3_270m::value && find_model("gpt-2") == &models::gpt2::value;
}
static_assert(finds_by_any_spelling(), "");

constexpr bool finds_nothing_else() {
    constexpr const char *names[] = {"", "-", "llama", "llama-3.1-8", "llama-3.1-8bb", "llama-31-8b", "llama-3.1-8-b"};
    for (const char *s : names)
        if (find_model(s) != nullptr) return false;
    return true;
}
static_assert(finds_nothing_else(), "");

// Sliding windows in every layer but each n-th.
constexpr bool every_nth_is_full(const model &m, int n) {
    for (int i = 0; i < m.layer_count(); ++i) {
        const layer_kind expected = i % n == n - 1 ? layer_kind::full_attention : layer_kind::sliding_attention;
        if (m.layers[i].kind != expected) return false;
    }
    return m.sliding_window > 0;
}

constexpr bool gemma_3_has_five_windows_to_one_full_layer() {
    return every_nth_is_full(models::gemma_3_270m::value, 6) && every_nth_is_full(models::gemma_3_1b::value, 6) &&
           every_nth_is_full(models::gemma_3_4b::value, 6) && every_nth_is_full(models::gemma_3_12b::value, 6) &&
           every_nth_is_full(models::gemma_3_27b::value, 6) && models::gemma_3_1b::value.sliding_window == 512 &&
           models::gemma_3_4b::value.sliding_window == 1024;
}
static_assert(gemma_3_has_five_windows_to_one_full_layer(), "");

constexpr bool gemma_2_and_gpt_oss_alternate() {
    return every_nth_is_full(models::gemma_2_2b::value, 2) && every_nth_is_full(models::gemma_2_9b::value, 2) &&
           every_nth_is_full(models::gemma_2_27b::value, 2) && every_nth_is_full(models::gpt_oss_20b::value, 2) &&
           every_nth_is_full(models::gpt_oss_120b::value, 2) && models::gemma_2_9b::value.sliding_window == 4096 &&
           models::gpt_oss_20b::value.sliding_window == 128;
}
static_assert(gemma_2_and_gpt_oss_alternate(), "");

constexpr bool all_layers_are(const model &m, layer_kind kind) {
    for (int i = 0; i < m.layer_count(); ++i)
        if (m.layers[i].kind != kind) return false;
    return true;
}

// Windows that llama.cpp does not apply.
constexpr bool others_keep_every_token() {
    return all_layers_are(models::llama_3_1_8b::value, layer_kind::full_attention) &&
           all_layers_are(models::mistral_7b_v0_1::value, layer_kind::full_attention) &&
           all_layers_are(models::phi_3_mini_4k::value, layer_kind::full_attention) &&
           all_layers_are(models::starcoder2_7b::value, layer_kind::full_attention) &&
           all_layers_are(models::gemma_2b::value, layer_kind::full_attention);
}
static_assert(others_keep_every_token(), "");

constexpr bool dense_layers_lead(const model &m, int dense) {
    for (int i = 0; i < m.layer_count(); ++i)
        if ((m.layers[i].ffn == feed_forward_kind::dense) != (i < dense)) return false;
    return true;
}

constexpr bool experts_are_where_they_belong() {
    return dense_layers_lead(models::deepseek_v3::value, 3) && dense_layers_lead(models::deepseek_v2_lite::value, 1) &&
           dense_layers_lead(models::kimi_k2::value, 1) && dense_layers_lead(models::mixtral_8x7b::value, 0) &&
           dense_layers_lead(models::qwen3_30b_a3b::value, 0) && dense_layers_lead(models::gpt_oss_20b::value, 0) &&
           dense_layers_lead(models::qwen3_32b::value, 64);
}
static_assert(experts_are_where_they_belong(), "");

// DeepSeek caches 512 + 64 numbers a token and layer, and no values.
constexpr bool deepseek_attention_is_latent() {
    const model &v3 = models::deepseek_v3::value;
    return all_layers_are(v3, layer_kind::latent_attention) &&
           all_layers_are(models::moonlight_16b_a3b::value, layer_kind::latent_attention) &&
           cached_key_size(v3, v3.layers[60]) == 576 && cached_value_size(v3, v3.layers[60]) == 0 &&
           v3.shared_expert_intermediate_size == 2048 && models::moonlight_16b_a3b::value.q_lora_rank == 0 &&
           models::deepseek_v2_lite::value.shared_expert_intermediate_size == 2816;
}
static_assert(deepseek_attention_is_latent(), "");

// How many layers keep a state, and how many attend.
constexpr bool mixes(const model &m, state_kind state, int with_state, int with_attention) {
    int kept = 0, attending = 0;
    for (int i = 0; i < m.layer_count(); ++i) {
        kept += m.layers[i].state == state ? 1 : 0;
        attending += attends(m.layers[i]) ? 1 : 0;
    }
    return kept == with_state && attending == with_attention;
}

constexpr bool hybrids_mix_states_and_attention() {
    return mixes(models::qwen3_next_80b_a3b::value, state_kind::gated_delta_net, 36, 12) &&
           mixes(models::qwen3_5_397b_a17b::value, state_kind::gated_delta_net, 45, 15) &&
           mixes(models::kimi_linear_48b_a3b::value, state_kind::kimi_delta, 20, 7) &&
           mixes(models::kimi_k3::value, state_kind::kimi_delta, 69, 24) &&
           mixes(models::jamba_v0_1::value, state_kind::mamba, 28, 4) &&
           mixes(models::granite_4_0_h_small::value, state_kind::mamba_2, 36, 4) &&
           mixes(models::falcon_h1_7b::value, state_kind::mamba_2, 44, 44) &&
           mixes(models::nemotron_nano_9b_v2::value, state_kind::mamba_2, 27, 4) &&
           mixes(models::nemotron_3_nano_30b_a3b::value, state_kind::mamba_2, 23, 6) &&
           mixes(models::nemotron_3_super_120b_a12b::value, state_kind::mamba_2, 40, 8) &&
           mixes(models::nemotron_h_56b::value, state_kind::mamba_2, 54, 10) &&
           mixes(models::lfm2_1_2b::value, state_kind::short_convolution, 10, 6) &&
           mixes(models::lfm2_8b_a1b::value, state_kind::short_convolution, 18, 6) &&
           mixes(models::mamba_codestral_7b::value, state_kind::mamba_2, 64, 0) &&
           every_nth_is_full(models::command_r7b::value, 4) && every_nth_is_full(models::olmo_3_7b::value, 4) &&
           every_nth_is_full(models::llama_4_scout::value, 4);
}
static_assert(hybrids_mix_states_and_attention(), "");

constexpr bool has_heads(const model &m, int heads, int kv_heads, int head_dim) {
    const layer &last = m.layers[m.layer_count() - 1];
    return last.num_attention_heads == heads && last.num_key_value_heads == kv_heads && m.key_head_dim() == head_dim &&
           m.value_head_dim() == head_dim;
}

constexpr bool heads_are_those_of_the_configuration() {
    return has_heads(models::llama_2_7b::value, 32, 32, 128) && has_heads(models::llama_3_1_8b::value, 32, 8, 128) &&
           has_heads(models::llama_3_1_405b::value, 128, 8, 128) && has_heads(models::llama_3_2_1b::value, 32, 8, 64) &&
           has_heads(models::mistral_nemo_12b::value, 32, 8, 128) && has_heads(models::qwen2_5_7b::value, 28, 4, 128) &&
           has_heads(models::qwen3_0_6b::value, 16, 8, 128) && has_heads(models::qwen3_32b::value, 64, 8, 128) &&
           has_heads(models::qwen3_30b_a3b::value, 32, 4, 128) && has_heads(models::gemma_2b::value, 8, 1, 256) &&
           has_heads(models::gemma_3_12b::value, 16, 8, 256) && has_heads(models::gemma_3_27b::value, 32, 16, 128) &&
           has_heads(models::phi_3_mini_4k::value, 32, 32, 96) && has_heads(models::phi_4::value, 40, 10, 128) &&
           has_heads(models::gpt_oss_120b::value, 64, 8, 64) && has_heads(models::starcoder2_3b::value, 24, 2, 128) &&
           has_heads(models::falcon3_7b::value, 12, 4, 256) && has_heads(models::gpt2_xl::value, 25, 25, 64);
}
static_assert(heads_are_those_of_the_configuration(), "");

constexpr bool rope_tensors_are_those_of_the_file() {
    return models::llama_3_8b::value.rope == rope_tensors::none &&
           models::llama_3_1_8b::value.rope == rope_tensors::freqs &&
           models::llama_3_3_70b::value.rope == rope_tensors::freqs &&
           models::phi_3_mini_4k::value.rope == rope_tensors::none &&
           models::phi_3_5_mini::value.rope == rope_tensors::long_short &&
           models::phi_4::value.rope == rope_tensors::none &&
           models::llama_4_scout::value.rope == rope_tensors::freqs &&
           models::llama_4_maverick::value.rope == rope_tensors::none &&
           models::phi_4_mini::value.rope == rope_tensors::long_short && models::phi_4_mini::value.rope_dim() == 96;
}
static_assert(rope_tensors_are_those_of_the_file(), "");

struct total {
    const char *name;
    std::int64_t parameters;
};

// Parameters in a model's safetensors files as published, less what is no weight of the model: masks, rotary tables, a
// second copy of a tied head.
constexpr total published[] = {
    {"llama-2-7b", 6738415616},
    {"llama-2-13b", 13015864320},
    {"codellama-34b", 33743970304},
    {"llama-3-8b", 8030261248},
    {"llama-3-70b", 70553706496},
    {"llama-3.1-8b", 8030261248},
    {"llama-3.1-70b", 70553706496},
    {"llama-3.1-405b", 405853388800},
    {"llama-3.2-1b", 1235814400},
    {"llama-3.2-3b", 3212749824},
    {"llama-3.3-70b", 70553706496},
    {"tinyllama-1.1b", 1100048384},
    {"mistral-7b-v0.1", 7241732096},
    {"mistral-7b-v0.3", 7248023552},
    {"mistral-large-123b", 122610069504},
    {"mixtral-8x7b", 46702792704},
    {"mixtral-8x22b-instruct", 140630071296},
    {"qwen1.5-moe-a2.7b", 14315784192},
    {"qwen2-7b", 7615616512},
    {"qwen2.5-0.5b", 494032768},
    {"qwen2.5-1.5b", 1543714304},
    {"qwen2.5-3b", 3085938688},
    {"qwen2.5-7b", 7615616512},
    {"qwen2.5-14b", 14770033664},
    {"qwen2.5-32b", 32763876352},
    {"qwen2.5-72b", 72706203648},
    {"qwen3-0.6b", 596049920},
    {"qwen3-1.7b", 1720574976},
    {"qwen3-4b", 4022468096},
    {"qwen3-8b", 8190735360},
    {"qwen3-14b", 14768307200},
    {"qwen3-32b", 32762123264},
    {"qwen3-30b-a3b", 30532122624},
    {"qwen3-235b-a22b", 235093634560},
    {"qwen3-coder-480b-a35b", 480154875392},
    {"gemma-2b", 2506172416},
    {"gemma-2-2b", 2614341888},
    {"gemma-2-9b", 9241705984},
    {"gemma-2-27b", 27227128320},
    {"gemma-3-1b", 999885952},
    {"phi-3-mini-4k", 3821079552},
    {"phi-3.5-mini", 3821079552},
    {"phi-4-mini", 3836021760},
    {"deepseek-v2-lite", 15706484224},
    {"smollm-135m", 134515008},
    {"smollm-1.7b", 1711376384},
    {"smollm2-135m", 134515008},
    {"smollm2-360m", 361821120},
    {"smollm2-1.7b", 1711376384},
    {"falcon3-7b", 7455550464},
    {"starcoder2-7b", 7173923840},
    {"gpt2", 124439808},
    {"gpt2-medium", 354823168},
    {"smollm3-3b", 3075098624},
    {"phi-2", 2779683840},
    {"falcon-7b", 7217189760},
    {"falcon-h1-0.5b", 521411104},
    {"granite-4.0-350m", 352379904},
    {"granite-4.0-h-micro", 3191396096},
    {"granite-4.0-h-tiny", 6939037248},
    {"aya-23-8b", 8028033024},
    {"command-r7b", 8028033024},
    {"olmo-2-7b", 7298617344},
    {"olmo-2-13b", 13716198400},
    {"olmo-2-32b", 32234279936},
    {"olmo-3-7b", 7298011136},
    {"olmo-3.1-32b", 32233522176},
    {"nemotron-nano-9b-v2", 8888227328},
    {"lfm2-350m", 354483968},
    {"lfm2-700m", 742489344},
    {"lfm2-1.2b", 1170340608},
};

// Parameters in the tensors that llama.cpp v0.5.0 asks for when it is given the model's hyper-parameters, where what is
// published counts something else (a vision tower, packed formats, layers that predict further tokens) or is rounded.
constexpr total loaded[] = {
    {"mistral-nemo-12b", 12247782400},
    {"mistral-small-24b", 23572403200},
    {"ministral-3-3b", 3429006336},
    {"ministral-3-8b", 8489553920},
    {"qwen2-57b-a14b", 57408658944},
    {"gemma-7b", 8537680896},
    {"gemma-3-270m", 268098176},
    {"gemma-3-4b", 3880099328},
    {"gemma-3-12b", 11765788416},
    {"gemma-3-27b", 27009002240},
    {"phi-3-medium-128k", 13960238080},
    {"phi-4", 14659507200},
    {"gpt-oss-20b", 20914757184},
    {"gpt-oss-120b", 116829156672},
    {"deepseek-llm-67b", 67425001472},
    {"deepseek-v2", 235741434880},
    {"deepseek-v3", 671026419200},
    {"deepseek-r1-distill-qwen-1.5b", 1777088000},
    {"kimi-k2", 1026408232448},
    {"moonlight-16b-a3b", 15960110208},
    {"yi-34b", 34388917248},
    {"smollm-360m", 361821120},
    {"granite-3b-code", 3482503680},
    {"granite-8b-code", 8054910976},
    {"starcoder2-15b", 15957889024},
    {"gpt2-xl", 1557611200},
    {"llama-4-scout", 107769861120},
    {"deepseek-v3.2", 671877944064},
    {"kimi-linear-48b-a3b", 49122681728},
    {"kimi-k3", 2779483135584},
    {"deepseek-v4-flash", 284334567511},
    {"deepseek-v4-pro", 1572999528803},
    {"gemma-3n-e4b", 6866172400},
    {"gemma-4-e2b", 4647449891}, // "4.65 B", "7.52 B" in logs: layers that share a cache have keys too
    {"gemma-4-e4b", 7518069034},
    {"embeddinggemma-300m", 302863104},
    {"falcon-h1-7b", 7585513568},
    {"granite-3.0-3b-a800m", 3298793472},
    {"granite-3.3-8b", 8170864640},
    {"granite-4.0-h-small", 32207337984},
    {"command-r", 34980831232},
    {"jamba-v0.1", 51570323328},
    {"mamba-2.8b", 2768345600},
    {"mamba2-2.7b", 2702599680},
    {"olmoe-1b-7b", 6919161856},
    {"bge-base-en-v1.5", 108891648},
    {"nomic-embed-text-v1.5", 136727040},
    {"mamba-codestral-7b", 7285403648},
    {"command-r-08-2024", 32296476672},
    {"command-r-plus", 103810674688},
    {"glm-4-32b", 32566081536},
    {"nemotron-h-56b", 56324350464},
    {"nemotron-nano-12b-v2", 12310001152},
    {"granite-4.0-1b", 1631750144},
    {"falcon3-mamba-7b", 7272665088},
    {"bert-large-uncased", 334092288},
    {"llama-4-maverick", 400711848960},
    {"qwen2.5-vl-7b", 7615616512},
};

struct larger_total {
    const char *name;
    std::int64_t parameters;
    std::int64_t others;
};

// Published totals that count others beside those of the text model: towers for images; layers that predict further
// tokens, some with copies of embedding and head; scales of blocks (MiniMax). Less than none where they leave out the
// biases of routers.
constexpr larger_total published_with_others[] = {
    {"qwen3-vl-2b", 2127532032, 406957056},
    {"qwen3-vl-4b", 4437815808, 415347712},
    {"qwen3-vl-8b", 8767123696, 576388336},
    {"qwen3-vl-32b", 33357390064, 595266800},
    {"qwen3-vl-30b-a3b", 31070754032, 538631408},
    {"qwen3-vl-235b-a22b", 235670022896, 576388336},
    {"qwen3-next-80b-a3b", 81324862720, 1650471424},
    {"qwen3.5-0.8b", 873438784, 121045760},
    {"qwen3.5-2b", 2274069824, 392244736},
    {"qwen3.5-4b", 4659865088, 454113792},
    {"qwen3.5-27b", 27781427952, 885429488},
    {"qwen3.5-35b-a3b", 35951822704, 1291212016},
    {"qwen3.5-122b-a10b", 125086497008, 2974970096},
    {"qwen3.5-397b-a17b", 403397928944, 7051578608},
    {"glm-4.5-air", 110468824832, 3616573568},
    {"glm-4.5", 358337791296, 5539962272},
    {"glm-4.6", 356785898816, 3988069792},
    {"glm-4.7", 358337791296, 5539962272},
    {"glm-5", 753864139008, 9952920576},
    {"nemotron-3-nano-30b-a3b", 31577937344, -2944},
    {"nemotron-3-super-120b-a12b", 123611012096, 2942304256},
    {"lfm2-8b-a1b", 8339929856, -704},
    {"minimax-m2", 228703644928, 13880064},
};

// Published totals of text model and what reads images and sounds.
constexpr total published_with_further_inputs[] = {
    {"gemma-4-e2b", 5123178051},
    {"gemma-4-e4b", 7996156490},
    {"gemma-4-12b", 11959730224},
};

// Without the tables for the rotary embedding, which the converter makes from the configuration.
constexpr std::int64_t parameters_without_rope(const model &m) {
    const int tables = m.rope == rope_tensors::long_short ? 2 : m.rope == rope_tensors::freqs ? 1 : 0;
    return parameter_count(m) - tables * (m.rope_dim() / 2);
}
static_assert(parameters_without_rope(models::llama_3_1_8b::value) == 8030261248, "");
static_assert(parameters_without_rope(models::phi_4_mini::value) == 3836021760, "");
static_assert(parameters_without_rope(models::deepseek_v3::value) == 671026419200, "");

void check_total(const total &t) {
    const doctest::String name = t.name;
    CAPTURE(name);
    const model *m = find_model(t.name);
    REQUIRE(m != nullptr);
    CHECK(parameters_without_rope(*m) == t.parameters);
}

} // namespace

TEST_CASE("names are well formed") { CHECK(names_are_well_formed()); }

TEST_CASE("every name finds its own model, so that no two names are alike") {
    for (const model *m : models::all) {
        const doctest::String name = m->name.c_str();
        CAPTURE(name);
        CHECK(find_model(m->name.c_str()) == m);
    }
}

TEST_CASE("a model is found by any spelling of its name, and by nothing else") {
    CHECK(finds_by_any_spelling());
    CHECK(finds_nothing_else());
}

TEST_CASE("every model is of a known family, and arranged") {
    for (const model *m : models::all) {
        const doctest::String name = m->name.c_str();
        CAPTURE(name);
        REQUIRE(m->family != nullptr);
        CHECK(find_architecture(m->family->name) == m->family);
        CHECK(is_arranged(*m));
    }
    model bare = models::llama_3_1_8b::value;
    bare.layers[31] = layer{};
    CHECK_FALSE(is_arranged(bare));
}

TEST_CASE("layers are of the kind that the family gives them") {
    CHECK(gemma_3_has_five_windows_to_one_full_layer());
    CHECK(gemma_2_and_gpt_oss_alternate());
    CHECK(others_keep_every_token());
    CHECK(experts_are_where_they_belong());
    CHECK(deepseek_attention_is_latent());
    CHECK(hybrids_mix_states_and_attention());
}

TEST_CASE("heads and rope tensors are those of the configuration") {
    CHECK(heads_are_those_of_the_configuration());
    CHECK(rope_tensors_are_those_of_the_file());
}

TEST_CASE("parameters add up to the published totals") {
    for (const total &t : published) check_total(t);
}

TEST_CASE("parameters add up to the published totals that count others too") {
    for (const larger_total &t : published_with_others) check_total({t.name, t.parameters - t.others});
}

TEST_CASE("parameters add up to the published totals with what reads images and sounds") {
    for (const total &t : published_with_further_inputs) {
        const model *m = find_model(t.name);
        REQUIRE((m != nullptr && m->vision != nullptr));
        CHECK(parameters_without_rope(*m) + parameter_count(*m->vision, m->hidden_size) == t.parameters);
    }
}

TEST_CASE("parameters add up to those of the tensors that llama.cpp asks for") {
    for (const total &t : loaded) check_total(t);
}

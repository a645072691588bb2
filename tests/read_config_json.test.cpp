#include <membound/read/config_json.hpp>

#include <membound/models/deepseek.hpp>
#include <membound/models/llama.hpp>
#include <membound/models/qwen.hpp>
#include <membound/quantizations.hpp>
#include <membound/weights.hpp>

#include <doctest/doctest.h>

#include <cstdio>
#include <string>
#include <vector>

using namespace membound;

namespace {

constexpr bool fails(const result<model> &r, errc code, const char *where, const char *what) {
    return !r && r.error().code == code && same_text(r.error().where.c_str(), where) &&
           same_text(r.error().what.c_str(), what) && r.error().why[0] != '\0';
}

constexpr const char *llama_3_1_8b = R"({
  "architectures": ["LlamaForCausalLM"],
  "attention_bias": false,
  "bos_token_id": 128000,
  "eos_token_id": [128001, 128008, 128009],
  "hidden_act": "silu",
  "hidden_size": 4096,
  "initializer_range": 0.02,
  "intermediate_size": 14336,
  "max_position_embeddings": 131072,
  "mlp_bias": false,
  "model_type": "llama",
  "num_attention_heads": 32,
  "num_hidden_layers": 32,
  "num_key_value_heads": 8,
  "pretraining_tp": 1,
  "rms_norm_eps": 1e-05,
  "rope_scaling": {
    "factor": 8.0,
    "high_freq_factor": 4.0,
    "low_freq_factor": 1.0,
    "original_max_position_embeddings": 8192,
    "rope_type": "llama3"
  },
  "rope_theta": 500000.0,
  "tie_word_embeddings": false,
  "torch_dtype": "bfloat16",
  "vocab_size": 128256
})";

// The heads of n-grams have 1009, 1013, 1019, ... rows, in all 16872, in whole 128.
constexpr bool n_grams_have_primes_of_rows() {
    const auto m = model_from_config(R"({"model_type": "qwen4_exp_text", "hidden_size": 256, "num_hidden_layers": 4,
        "num_attention_heads": 4, "head_dim": 64, "vocab_size": 1000, "num_experts": 8, "num_experts_per_tok": 2,
        "linear_key_head_dim": 32, "linear_value_head_dim": 32, "linear_num_key_heads": 2, "linear_num_value_heads": 4,
        "layer_types": ["linear_attention", "linear_attention", "linear_attention", "full_attention"],
        "indexer_n_heads": 2, "indexer_head_dim": 64, "indexer_budget": 512, "indexer_compress_ratio": 4,
        "ple_layer_ids": [1], "ngram_vocab_size_base": 1000})");
    return m && m->ngrams.rows == 16896 && m->ngrams.heads == 16 && m->ngrams.head_dim == 16 && m->layers[0].adds_ngrams &&
           m->hyper_connections == 4 && m->indexer_block_size == 4 && attends(m->layers[3]) && !attends(m->layers[0]);
}
static_assert(n_grams_have_primes_of_rows(), "");

// As the catalogue has it, but for the name.
constexpr bool is_as_catalogued(const result<model> &read, const model &written) {
    const result<model> w = arranged(written);
    if (!read || !w) return false;
    for (int i = 0; i < w->layer_count(); ++i)
        if (!same_shape(read->layers[i], w->layers[i])) return false;
    return read->family == w->family && read->num_hidden_layers == w->num_hidden_layers &&
           read->hidden_size == w->hidden_size && read->vocab_size == w->vocab_size &&
           read->max_position_embeddings == w->max_position_embeddings && read->key_head_dim() == w->key_head_dim() &&
           read->value_head_dim() == w->value_head_dim() && read->rope_dim() == w->rope_dim() &&
           read->sliding_window == w->sliding_window && read->num_experts == w->num_experts &&
           read->num_experts_per_tok == w->num_experts_per_tok &&
           read->moe_intermediate_size == w->moe_intermediate_size &&
           read->tie_word_embeddings == w->tie_word_embeddings && read->attention_bias == w->attention_bias &&
           read->rope == w->rope && read->fused_qkv == w->fused_qkv;
}

constexpr model llama_of_text = *model_from_config(llama_3_1_8b);
static_assert(is_as_catalogued(llama_of_text, models::llama_3_1_8b::value), "");

constexpr bool qwen_3_30b_is_read() {
    return is_as_catalogued(model_from_config(R"({"architectures": ["Qwen3MoeForCausalLM"], "attention_bias": false,
        "decoder_sparse_step": 1, "head_dim": 128, "hidden_size": 2048, "intermediate_size": 6144,
        "max_position_embeddings": 40960, "max_window_layers": 48, "mlp_only_layers": [], "model_type": "qwen3_moe",
        "moe_intermediate_size": 768, "norm_topk_prob": true, "num_attention_heads": 32, "num_experts": 128,
        "num_experts_per_tok": 8, "num_hidden_layers": 48, "num_key_value_heads": 4, "rope_scaling": null,
        "sliding_window": null, "tie_word_embeddings": false, "use_sliding_window": false, "vocab_size": 151936})"),
                            models::qwen3_30b_a3b::value);
}
static_assert(qwen_3_30b_is_read(), "");

// The list of ratios has one more, of the layer that predicts a further token.
constexpr bool deepseek_v4_flash_is_read() {
    const result<model> m = model_from_config(R"({"attention_bias": false, "hc_eps": 1e-06, "hc_mult": 4,
        "hc_sinkhorn_iters": 20, "head_dim": 512, "hidden_size": 4096, "index_head_dim": 128, "index_n_heads": 64,
        "index_topk": 512, "max_position_embeddings": 1048576, "model_type": "deepseek_v4",
        "moe_intermediate_size": 2048, "n_routed_experts": 256, "n_shared_experts": 1, "norm_topk_prob": true,
        "num_attention_heads": 64, "num_experts_per_tok": 6, "num_hidden_layers": 43, "num_hash_layers": 3,
        "num_key_value_heads": 1, "num_nextn_predict_layers": 1, "o_groups": 8, "o_lora_rank": 1024, "q_lora_rank": 1024,
        "qk_rope_head_dim": 64, "rms_norm_eps": 1e-06, "routed_scaling_factor": 1.5, "scoring_func": "sqrtsoftplus",
        "sliding_window": 128, "swiglu_limit": 10.0, "tie_word_embeddings": false, "topk_method": "noaux_tc",
        "vocab_size": 129280, "compress_rope_theta": 160000, "compress_ratios": [0, 0, 4, 128, 4, 128, 4, 128, 4, 128, 4,
        128, 4, 128, 4, 128, 4, 128, 4, 128, 4, 128, 4, 128, 4, 128, 4, 128, 4, 128, 4, 128, 4, 128, 4, 128, 4, 128, 4, 128,
        4, 128, 4, 0]})");
    const model &written = models::deepseek_v4_flash::value;
    return is_as_catalogued(m, written) && m->router == written.router && m->q_lora_rank == written.q_lora_rank &&
           m->output_groups == written.output_groups && m->output_rank == written.output_rank &&
           m->indexer_heads == written.indexer_heads && m->indexer_head_dim == written.indexer_head_dim &&
           m->indexer_top_k == written.indexer_top_k && m->hyper_connections == written.hyper_connections &&
           m->sinkhorn_iterations == written.sinkhorn_iterations && m->scaled_expert_weights && m->norm_topk_prob &&
           m->shared_expert_intermediate_size == written.shared_expert_intermediate_size;
}

// The file leaves out what equals the defaults of Gemma3TextConfig: heads, their size, the vocabulary, the context.
constexpr bool defaults_of_a_part_hold() {
    const result<model> m = model_from_config(R"({"architectures": ["Gemma3ForConditionalGeneration"],
        "model_type": "gemma3", "text_config": {"hidden_size": 2560, "intermediate_size": 10240,
        "model_type": "gemma3_text", "num_hidden_layers": 34, "sliding_window": 1024},
        "vision_config": {"hidden_size": 1152, "num_hidden_layers": 27, "model_type": "siglip_vision_model"}})");
    return m && m->family == &architectures::gemma3::value && m->num_hidden_layers == 34 && m->vocab_size == 262208 &&
           m->max_position_embeddings == 131072 && m->layers[5].num_attention_heads == 8 &&
           m->layers[5].num_key_value_heads == 4 && m->key_head_dim() == 256 && m->tie_word_embeddings &&
           m->layers[4].kind == layer_kind::sliding_attention && m->layers[5].kind == layer_kind::full_attention;
}
static_assert(defaults_of_a_part_hold(), "");

// rope_scaling, as it was called before transformers 5; other kinds keep the table's rows as they are.
constexpr bool linear_scaling_is_read() {
    const auto factor = [](const char *text) {
        const result<model> m = model_from_config(text);
        return m ? m->linear_rope_factor : 0;
    };
    return factor(R"({"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 4096, "num_hidden_layers": 2,
        "num_attention_heads": 32, "intermediate_size": 11008, "vocab_size": 32000, "max_position_embeddings": 4096,
        "rope_scaling": {"type": "linear", "factor": 4.0}})") == 4 &&
           factor(R"({"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 4096, "num_hidden_layers": 2,
        "num_attention_heads": 32, "intermediate_size": 11008, "vocab_size": 32000, "max_position_embeddings": 4096,
        "rope_parameters": {"rope_type": "yarn", "factor": 4.0}})") == 1;
}
static_assert(linear_scaling_is_read(), "");

// A key that is not there has its default; null means none.
constexpr bool null_is_not_the_default() {
    const auto of = [](const char *text) {
        return model_from_config(text);
    };
    const result<model> absent =
        of(R"({"model_type": "mistral", "vocab_size": 9, "hidden_size": 64, "num_hidden_layers": 2,
        "num_attention_heads": 16, "intermediate_size": 8})");
    const result<model> null =
        of(R"({"model_type": "mistral", "vocab_size": 9, "hidden_size": 64, "num_hidden_layers": 2,
        "num_attention_heads": 16, "intermediate_size": 8, "num_key_value_heads": null})");
    return absent && null && absent->layers[1].num_key_value_heads == 8 && null->layers[1].num_key_value_heads == 16 &&
           absent->max_position_embeddings == 131072 && absent->key_head_dim() == 4;
}
static_assert(null_is_not_the_default(), "");

// Of two members of one name the last counts, as in Python; and numbers of JSON are read as they are written.
constexpr bool the_last_counts() {
    const result<model> m =
        model_from_config(R"({"model_type": "llama", "vocab_size": 9, "hidden_size": 32, "hidden_size": 64,
        "num_hidden_layers": 2, "num_attention_heads": 16, "intermediate_size": 8, "rope_theta": 1E+5,
        "time_step_limit": [0.0, Infinity], "x": {"hidden_size": 1}, "y": "\u00e9 \" } \\"})");
    return m && m->hidden_size == 64;
}
static_assert(the_last_counts(), "");

constexpr bool what_is_lacking_is_named() {
    return fails(model_from_config(R"({"model_type": "llama", "hidden_size": 64, "intermediate_size": 8})"),
                 errc::missing, "num_hidden_layers, vocab_size, num_attention_heads", "are missing") &&
           fails(
               model_from_config(R"({"model_type": "llama", "hidden_size": 64, "intermediate_size": 8, "vocab_size": 9,
                                       "num_hidden_layers": 2})"),
               errc::missing, "num_attention_heads", "is missing") &&
           fails(model_from_config(
                     R"({"model_type": "deepseek_v3", "hidden_size": 64, "intermediate_size": 8, "vocab_size": 9,
                                       "num_hidden_layers": 2, "num_attention_heads": 2, "moe_layer_freq": 2})"),
                 errc::unsupported, "moe_layer_freq in line 2", "is not 1");
}
static_assert(what_is_lacking_is_named(), "");

constexpr bool unknown_models_are_named() {
    return fails(model_from_config(R"({"model_type": "no-such-model", "hidden_size": 64})"), errc::unknown,
                 "model_type", "no-such-model") &&
           fails(model_from_config(R"({"hidden_size": 64})"), errc::missing, "model_type", "is missing") &&
           fails(model_from_config(R"([1])"), errc::malformed, "config.json", "is not an object");
}
static_assert(unknown_models_are_named(), "");

constexpr bool wrong_values_are_located() {
    const auto with = [](const char *text) {
        return model_from_config(text);
    };
    return fails(with("{\"model_type\": \"llama\",\n\"vocab_size\": 9, \"hidden_size\": "
                      "\"64\",\n\"num_hidden_layers\": 2}"),
                 errc::bad_value, "hidden_size in line 2", "is not a whole number") &&
           fails(
               with(
                   "{\"model_type\": \"llama\",\n\"vocab_size\": 9,\n\"hidden_size\": 123456789012345678901234567890}"),
               errc::bad_value, "hidden_size in line 3", "is out of range") &&
           fails(with("{\"model_type\": \"llama\", \"hidden_size\": -1}"), errc::bad_value, "hidden_size in line 1",
                 "is out of range") &&
           fails(with("{\"model_type\": \"llama\", \"vocab_size\": 9, \"hidden_size\": 64, \"num_hidden_layers\": "
                      "100000}"),
                 errc::bad_value, "num_hidden_layers in line 1", "is too large") &&
           fails(with(R"({"model_type": "llama", "vocab_size": 9, "hidden_size": 64, "num_hidden_layers": 2,
                          "num_attention_heads": 2, "intermediate_size": 8, "tie_word_embeddings": 1})"),
                 errc::bad_value, "tie_word_embeddings in line 2", "is neither true nor false");
}
static_assert(wrong_values_are_located(), "");

constexpr bool broken_texts_are_located() {
    const auto with = [](const char *text) {
        return model_from_config(text);
    };
    return fails(with(""), errc::malformed, "line 1, byte 0", "ends early") &&
           fails(with("{\n\"a\": 1,\n}"), errc::malformed, "line 3, byte 10", "is not JSON") &&
           fails(with("{\"a\" 1}"), errc::malformed, "line 1, byte 5", "is not JSON") &&
           fails(with("{\"a\": 01}"), errc::malformed, "line 1, byte 6", "is not JSON") &&
           fails(with("{\"a\": tru}"), errc::malformed, "line 1, byte 6", "is not JSON") &&
           fails(with("{\"a\": [1, 2}"), errc::malformed, "line 1, byte 11", "is not JSON") &&
           fails(with("{\"a\": \"b"), errc::malformed, "line 1, byte 8", "ends early") &&
           fails(with("{} {}"), errc::malformed, "line 1, byte 3", "goes on") &&
           fails(with("{\"a\": \"\\x\"}"), errc::malformed, "line 1, byte 8", "is not JSON");
}
static_assert(broken_texts_are_located(), "");

constexpr bool numbers_are_exact() {
    const auto real = [](const char *text) {
        return real_of(json_value{text});
    };
    return real("0.25,") == 0.25 && real("1e5,") == 1e5 && real("-2.5E-3,") == -0.0025 && real("0.1,") == 0.1 &&
           real("123456789012345678901234567890,") > 1.2e29 && real("1e999999999999,") > 1e250 &&
           real("1e-99999999,") == 0 && real("0.0,") == 0 && real("Infinity,") > 1e250 &&
           kind_of(json_value{"1e5,"}) == json_value::kind::real &&
           kind_of(json_value{"-15,"}) == json_value::kind::integer && integer_of(json_value{"-15,"}) == -15 &&
           integer_of(json_value{"99999999999999999999,"}) == INT64_MAX;
}
static_assert(numbers_are_exact(), "");

} // namespace

TEST_CASE("a config.json is read at run time as in a constant expression") {
    CHECK(is_as_catalogued(model_from_config(llama_3_1_8b), models::llama_3_1_8b::value));
    CHECK(deepseek_v4_flash_is_read());
    CHECK(qwen_3_30b_is_read());
    CHECK(defaults_of_a_part_hold());
    CHECK(null_is_not_the_default());
    CHECK(what_is_lacking_is_named());
    CHECK(wrong_values_are_located());
    CHECK(broken_texts_are_located());
    CHECK(numbers_are_exact());
}

// PLM's numbers are by its published sizes; those of Gemma 4's assistant as transformers 5.23 builds its class, and
// corrections of the rotary frequencies, which only GGUF files have.
bool rare_families_are_read() {
    const auto numbers = [](const char *text) {
        const auto m = model_from_config(text);
        return m ? file_weight_bytes(*m, quantizations::f32::value).count() / 4 : 0;
    };
    const std::int64_t plm = numbers(R"({"architectures": ["PLMForCausalLM"], "model_type": "plm", "hidden_size": 2048,
        "intermediate_size": 8192, "num_hidden_layers": 32, "num_attention_heads": 16, "num_key_value_heads": 16,
        "kv_lora_rank": 512, "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "v_head_dim": 128, "vocab_size": 151936,
        "max_position_embeddings": 4096, "tie_word_embeddings": true})");
    const std::int64_t assistant = numbers(R"({"model_type": "gemma4_assistant", "backbone_hidden_size": 2816,
        "text_config": {"model_type": "gemma4_text", "hidden_size": 256, "num_hidden_layers": 4, "num_attention_heads": 8,
        "num_key_value_heads": 8, "num_global_key_value_heads": 2, "attention_k_eq_v": true, "intermediate_size": 512,
        "vocab_size": 1000, "hidden_size_per_layer_input": 0, "num_kv_shared_layers": 4, "max_position_embeddings": 131072,
        "layer_types": ["sliding_attention", "sliding_attention", "sliding_attention", "full_attention"]}})");
    return plm == 1825458176 && assistant == 9240068 + 256;
}

TEST_CASE("rare families are read") { CHECK(rare_families_are_read()); }

TEST_CASE("levels are bounded") {
    for (const int depth : {63, 64, 1000000}) {
        std::string text = "{\"model_type\": ";
        for (int i = 0; i < depth; ++i) text += '[';
        for (int i = 0; i < depth; ++i) text += ']';
        text += '}';
        const result<model> m = model_from_config(text.data(), static_cast<std::int64_t>(text.size()));
        REQUIRE(!m);
        CHECK(m.error().code == (depth == 63 ? errc::missing : errc::malformed));
    }
}

// Whatever a file holds, the answer is a model or an error. The texts are exact in length, so that reading beyond is seen
// by the sanitizers.
TEST_CASE("texts with errors in them end in an answer") {
    const std::string good = llama_3_1_8b;
    std::uint32_t state = 1;
    const auto random = [&](std::size_t below) {
        state = state * 1664525u + 1013904223u;
        return static_cast<std::size_t>(state >> 8) % below;
    };
    constexpr const char *pieces[] = {
        "{",   "}",    "[",     "]",   ",", ":",  "\"",      "\\",  "-", "1e999", "null", "99999999999999999999",
        "0.5", "true", "\\u12", "NaN", "",  "-1", "{\"a\":", "[[[["};
    int read = 0;
    for (int i = 0; i < 20000; ++i) {
        std::string text = good;
        for (std::size_t n = 1 + random(3); n > 0; --n) {
            const std::size_t at = random(text.size());
            text.replace(at, random(6), pieces[random(sizeof pieces / sizeof *pieces)]);
        }
        if (i % 5 == 0) text.resize(random(text.size()));
        const std::vector<char> exact(text.begin(), text.end());
        const result<model> m = model_from_config(exact.data(), static_cast<std::int64_t>(exact.size()));
        if (m)
            ++read;
        else
            CHECK(!m.error().what.empty());
    }
    CHECK(read > 100); // what is changed within a value that no family reads
}

TEST_CASE("a file is read") {
    const std::string path = "read_config_json_test.json";
    std::FILE *f = std::fopen(path.c_str(), "wb");
    REQUIRE(f != nullptr);
    std::fputs(llama_3_1_8b, f);
    std::fclose(f);
    CHECK(is_as_catalogued(read_config_json(path), models::llama_3_1_8b::value));
    std::remove(path.c_str());
    const result<model> none = read_config_json(path);
    REQUIRE(!none);
    CHECK(none.error().code == errc::unreadable);
}

// Absurd sizes, as a broken or hostile file may have them: an error, and never
// a number that fits.
#include <membound/membound.hpp>
#include <membound/engines/transformers.hpp>
#include <membound/models/deepseek.hpp>
#include <membound/models/gemma.hpp>
#include <membound/models/gpt_oss.hpp>
#include <membound/models/llama.hpp>
#include <membound/models/qwen.hpp>

#include <doctest/doctest.h>

#include <initializer_list>
#include <random>

namespace {

using namespace membound;
namespace f = membound::formats;
namespace m = membound::models;
namespace q = membound::quantizations;
constexpr const engine &llama_cpp = engines::llama_cpp::value;

constexpr std::int64_t two_to(int n) { return std::int64_t{1} << n; }

// A machine as large as a size can be, so that nothing but an overflow is too
// large for it.
machine endless(backend api) {
    machine on = machine_of(bare_memory(bytes(INT64_MAX - 1), api));
    on.host = bare_memory(bytes(INT64_MAX - 1), backend::cpu);
    return on;
}

// Figures of a file, before anybody has looked at them.
model described(const model &of) {
    model plain = of;
    for (layer &l : plain.layers) l = layer{};
    return plain;
}

// A file that has hardly any weights, so that they do not save the day.
constexpr stored_tensor nearly_nothing[] = {
    {{tensor_name::token_embd, tensor_part::weight, -1, {256, 16}}, f::f16::value, "token_embd.weight"}};
quantization hardly_stored() {
    quantization file;
    file.kind = quantization::scheme::stored;
    file.stored = nearly_nothing;
    file.stored_count = 1;
    return file;
}

bool is_error_everywhere(const model &plain, const workload &w = {}) {
    const result<model> done = arranged(plain);
    if (!done) return true;
    for (const backend api : {backend::cuda, backend::vulkan})
        for (const machine &on : {machine{}, endless(api)})
            for (const quantization &recipe : {q::q4_k_m::value, q::f16::value}) {
                if (budget_of(*done, recipe, on, llama_cpp, w) || fits(*done, recipe, on, llama_cpp, w)) return false;
                const auto most = max_context(*done, recipe, on, llama_cpp, w);
                if (most && *most > 0_tokens) return false;
                const auto layers = max_gpu_layers(*done, recipe, on, llama_cpp, w);
                if (layers && *layers > 0) return false;
                const quantization *candidates[] = {&recipe};
                if (best_quantization(*done, candidates, 1, on, llama_cpp, w) != nullptr) return false;
            }
    return true;
}

using figure = std::int64_t model::*;

// Every figure that sizes come from.
constexpr figure figures[] = {
    &model::num_hidden_layers,
    &model::hidden_size,
    &model::vocab_size,
    &model::max_position_embeddings,
    &model::num_attention_heads,
    &model::num_key_value_heads,
    &model::intermediate_size,
    &model::head_dim,
    &model::v_head_dim,
    &model::rotary_dim,
    &model::sliding_window,
    &model::num_experts,
    &model::num_experts_per_tok,
    &model::moe_intermediate_size,
    &model::num_shared_experts,
    &model::q_lora_rank,
    &model::kv_lora_rank,
    &model::qk_nope_head_dim,
    &model::qk_rope_head_dim,
    &model::first_k_dense_replace,
    &model::shared_expert_intermediate_size,
};

const model *const some_models[] = {&m::llama_3_1_8b::value, &m::gemma_3_4b::value, &m::gpt_oss_20b::value,
                                    &m::deepseek_v2_lite::value, &m::qwen1_5_moe_a2_7b::value};

// What a budget says is never below what it is in truth: not negative, and in
// order.
bool is_sane(const budget &b) {
    for (int d = 0; d < b.count; ++d) {
        const amount all = b.devices[d].total();
        if (all.lower < 0_B || all.expected < all.lower || all.upper < all.expected || all.upper.overflowed())
            return false;
    }
    return b.count > 0 && !b.total().upper.overflowed();
}

} // namespace

TEST_CASE("no figure may be near 2^62") {
    for (const model *of : some_models)
        for (const figure at : figures)
            for (const std::int64_t absurd :
                 {two_to(41), two_to(62), INT64_MAX, INT64_MAX - 1, INT64_MIN, -two_to(40), std::int64_t{-1}}) {
                model plain = described(*of);
                plain.*at = absurd;
                CAPTURE(of->name.c_str());
                CAPTURE(static_cast<int>(&at - figures));
                CAPTURE(absurd);
                CHECK_FALSE(arranged(plain));
            }
}

TEST_CASE("figures that are allowed by themselves still overflow together") {
    const auto changed = [](const model &of, std::initializer_list<figure> at, std::int64_t value) {
        model plain = described(of);
        for (const figure one : at) plain.*one = value;
        return plain;
    };
    const model &llama = m::llama_3_1_8b::value;
    const model &latent = m::deepseek_v2_lite::value;
    CHECK_FALSE(is_error_everywhere(described(llama)));
    CHECK(is_error_everywhere(changed(llama, {&model::hidden_size, &model::vocab_size}, two_to(40))));
    CHECK(is_error_everywhere(changed(llama, {&model::hidden_size, &model::intermediate_size}, two_to(31) - 1)));
    model heads = changed(llama, {&model::num_attention_heads, &model::num_key_value_heads}, INT32_MAX);
    heads.head_dim = two_to(40);
    CHECK(is_error_everywhere(heads));
    CHECK(is_error_everywhere(changed(latent, {&model::moe_intermediate_size, &model::hidden_size}, two_to(40))));
    CHECK(is_error_everywhere(changed(latent, {&model::kv_lora_rank, &model::qk_nope_head_dim}, two_to(40))));
    CHECK(is_error_everywhere(changed(latent, {&model::q_lora_rank, &model::qk_rope_head_dim}, two_to(40))));
}

TEST_CASE("weights that overflow are an error before anything is asked of them") {
    model plain = described(m::llama_3_1_8b::value);
    plain.hidden_size = plain.vocab_size = two_to(40);
    const auto large = arranged(plain);
    REQUIRE(large);
    for (const engine *e : {&llama_cpp, &engines::transformers::value}) {
        const auto loaded = e->load(*large, q::bf16::value, endless(backend::cuda), e->defaults);
        REQUIRE_FALSE(loaded);
        CHECK(loaded.error().code == errc::overflow);
    }
}

TEST_CASE("a cache that overflows is an error, also beside a file of few bytes") {
    const auto refused = [](const model &plain, std::int64_t context, int sequences) {
        const result<model> done = arranged(plain);
        if (!done) return true;
        workload w;
        w.context = tokens(context);
        w.sequences = sequences;
        for (const machine &on : {machine{}, endless(backend::vulkan)})
            if (budget_of(*done, hardly_stored(), on, llama_cpp, w) || fits(*done, hardly_stored(), on, llama_cpp, w))
                return false;
        return true;
    };
    const model llama = described(m::llama_3_1_8b::value);
    CHECK_FALSE(refused(llama, 8192, 1));
    for (const std::int64_t context : {two_to(50), two_to(56), two_to(62), INT64_MAX - 1, INT64_MAX})
        for (const int sequences : {1, 2, 256}) {
            CAPTURE(context);
            CAPTURE(sequences);
            CHECK(refused(llama, context, sequences));
            CHECK(refused(described(m::gemma_3_4b::value), context, sequences));
            CHECK(refused(described(m::deepseek_v2_lite::value), context, sequences));
        }
    model long_heads = llama;
    long_heads.head_dim = two_to(40);
    CHECK(refused(long_heads, two_to(20), 1));
    model long_ranks = described(m::deepseek_v2_lite::value);
    long_ranks.kv_lora_rank = two_to(40);
    CHECK(refused(long_ranks, two_to(20), 1));
}

// Questions are asked of any aggregate, also of one that nobody has arranged.
TEST_CASE("a model that is not as arranged gives it is an error") {
    const auto refused = [](const model &plain) {
        for (const machine &on : {machine{}, endless(backend::cuda)})
            for (const quantization &recipe : {q::q4_k_m::value, hardly_stored()}) {
                if (budget_of(plain, recipe, on, llama_cpp, {}) || fits(plain, recipe, on, llama_cpp, {})) return false;
                if (max_context(plain, recipe, on, llama_cpp, {}) || max_gpu_layers(plain, recipe, on, llama_cpp, {}))
                    return false;
            }
        return true;
    };
    CHECK_FALSE(refused(m::llama_3_1_8b::value));
    CHECK(refused(model{}));
    CHECK(refused(described(m::llama_3_1_8b::value))); // no layer has heads yet
    for (const std::int64_t absurd :
         {two_to(32) + 1, two_to(40), two_to(62), std::int64_t{513}, std::int64_t{0}, INT64_MIN}) {
        model plain = m::llama_3_1_8b::value;
        plain.num_hidden_layers = absurd;
        CAPTURE(absurd);
        CHECK(refused(plain));
    }
    for (const std::int64_t absurd : {two_to(62), INT64_MAX, std::int64_t{-4096}, INT64_MIN})
        for (const figure at : {&model::hidden_size, &model::vocab_size, &model::head_dim}) {
            model plain = m::llama_3_1_8b::value;
            plain.*at = absurd;
            CAPTURE(absurd);
            CHECK(refused(plain));
        }
}

TEST_CASE("absurd settings are an error, or large") {
    for (const int absurd : {INT32_MAX, INT32_MAX - 1, INT32_MIN, 0, -1})
        for (const int which : {0, 1, 2, 3, 4}) {
            workload w;
            w.context = 4096_tokens;
            if (which == 0) w.batch = absurd;
            if (which == 1) w.ubatch = absurd;
            if (which == 2) w.outputs = absurd;
            if (which == 3) w.placed.gpu_layers = absurd;
            if (which == 4) w.placed.cpu_moe_layers = absurd;
            for (const machine &on : {machine{}, endless(backend::vulkan), endless(backend::cuda)}) {
                const auto b = budget_of(m::gpt_oss_20b::value, q::q8_0::value, on, llama_cpp, w);
                CAPTURE(absurd);
                CAPTURE(which);
                CHECK((!b || is_sane(*b)));
            }
        }
}

TEST_CASE("any figures at all are an error, or sane") {
    std::mt19937_64 random(20261121);
    const auto any = [&]() -> std::int64_t {
        switch (random() % 8) {
        case 0:
            return static_cast<std::int64_t>(random() % 4);
        case 1:
            return two_to(static_cast<int>(random() % 63));
        case 2:
            return two_to(40) - static_cast<std::int64_t>(random() % 3);
        case 3:
            return INT64_MAX - static_cast<std::int64_t>(random() % 3);
        case 4:
            return INT32_MAX;
        default:
            return static_cast<std::int64_t>(random() % 5000);
        }
    };
    int told = 0;
    for (int i = 0; i < 20000; ++i) {
        model plain = described(*some_models[random() % 5]);
        for (std::uint64_t n = 1 + random() % 2; n > 0; --n) plain.*figures[random() % 21] = any();
        const result<model> done = arranged(plain);
        if (!done) continue;
        workload w;
        w.context = tokens(random() % 4 == 0 ? any() : 4096);
        w.flash = random() % 3 == 0 ? flash_attention::off : flash_attention::automatic;
        w.full_swa_cache = random() % 2 == 0;
        w.placed.gpu_layers = random() % 2 == 0 ? -1 : static_cast<int>(random() % 30);
        const machine on = random() % 2 == 0 ? machine{} : endless(random() % 2 == 0 ? backend::cuda : backend::vulkan);
        const auto b = budget_of(*done, random() % 4 == 0 ? hardly_stored() : q::q4_k_m::value, on, llama_cpp, w);
        told += b ? 1 : 0;
        if (b && !is_sane(*b)) {
            CAPTURE(i);
            CHECK(is_sane(*b));
        }
    }
    CHECK(told > 1000);
}

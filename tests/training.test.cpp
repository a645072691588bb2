// Training: published formulas and sums.
#include <membound/models/deepseek.hpp>
#include <membound/models/gpt2.hpp>
#include <membound/models/llama.hpp>
#include <membound/models/qwen.hpp>
#include <membound/training.hpp>

#include <doctest/doctest.h>


namespace {

using namespace membound;
namespace m = membound::models;
namespace q = membound::quantizations;

// GPT-3, as Korthikanti et al. 2022 (table 3, 175B): 96 layers of 96 heads, 12288 wide, 2048 tokens.
model gpt_3() {
    model of = m::gpt2::value;
    of.name = "gpt-3";
    of.num_hidden_layers = 96;
    of.hidden_size = 12288;
    of.num_attention_heads = of.num_key_value_heads = 96;
    of.head_dim = 128;
    of.intermediate_size = 4 * 12288;
    of.max_position_embeddings = 2048;
    of.vocab_size = 51200;
    for (int i = 0; i < max_layers; ++i) of.layers[i] = layer{};
    return arranged(of).value();
}

training of_the_paper() {
    training t;
    t.micro_batch = 1;
    t.sequence_length = 2048;
    t.flash_attention = false;
    t.dropout = true;
    return t;
}

double activations_per_layer(const model &of, const training &t) {
    const auto b = training_budget_of(of, t);
    REQUIRE(b);
    return static_cast<double>(b->activations.expected.count()) / static_cast<double>(of.num_hidden_layers);
}

} // namespace

TEST_CASE("activations are those of Korthikanti et al. 2022") {
    const model of = gpt_3();
    const double s = 2048, b = 1, h = 12288, a = 96;
    training t = of_the_paper();
    CHECK(activations_per_layer(of, t) == doctest::Approx(s * b * h * (34 + 5 * a * s / h)));     // equation 1
    t.recompute = recomputation::selective;
    CHECK(activations_per_layer(of, t) == doctest::Approx(s * b * h * 34));
    t.recompute = recomputation::none;
    t.tensor_parallel = 8;
    CHECK(activations_per_layer(of, t) == doctest::Approx(s * b * h * (10 + 24.0 / 8 + 5 * a * s / (h * 8)))); // equation 2
    t.sequence_parallel = true;
    CHECK(activations_per_layer(of, t) == doctest::Approx(s * b * h / 8 * (34 + 5 * a * s / h))); // equation 4
    t.tensor_parallel = 1;
    t.recompute = recomputation::full;
    const auto full = training_budget_of(of, t);
    CHECK(static_cast<double>(full->activations.lower.count()) == doctest::Approx(2 * s * b * h * 96));
}

TEST_CASE("what norms of each head read is kept where the model has them and its family can be without") {
    model of = gpt_3();
    const double s = 2048, h = 12288, a = 96;
    of.head_norms = query_key_norm::each_head; // queries and keys once more, in 16 bits
    CHECK(activations_per_layer(of, of_the_paper()) == doctest::Approx(s * h * (34 + 2 * 2 + 5 * a * s / h)));
}

TEST_CASE("mixed-precision Adam takes sixteen bytes for each parameter, and ZeRO shares them out") {
    training t;
    const auto one = training_budget_of(m::llama_3_1_8b::value, t);
    REQUIRE(one);
    const std::int64_t count = 8030261248; // as published
    CHECK(one->parameters == count);
    CHECK(one->trained_parameters == count);
    CHECK(one->weights.expected == bytes(2) * count);
    CHECK(one->gradients.expected == bytes(2) * count);
    CHECK(one->master_weights.expected == bytes(4) * count);
    CHECK(one->optimizer_states.expected == bytes(8) * count);
    t.data_parallel = 64;
    const auto share = [&](zero_stage zero) {
        t.zero = zero;
        const auto b = training_budget_of(m::llama_3_1_8b::value, t);
        return (b->weights.expected + b->gradients.expected + b->master_weights.expected + b->optimizer_states.expected).count();
    };
    CHECK(share(zero_stage::none) == 16 * count);
    CHECK(share(zero_stage::optimizer_states) == 4 * count + 12 * count / 64);
    CHECK(share(zero_stage::gradients) == 2 * count + 14 * count / 64);
    CHECK(share(zero_stage::parameters) == 16 * count / 64);
}

TEST_CASE("states of other optimizers") {
    training t;
    const auto states = [&](optimizer by) {
        t.optimizer = by;
        return training_budget_of(m::llama_3_1_8b::value, t)->optimizer_states.expected.count();
    };
    const std::int64_t count = 8030261248;
    CHECK(states(optimizer::sgd) == 0);
    CHECK(states(optimizer::sgd_momentum) == 4 * count);
    CHECK(states(optimizer::adamw_8bit) == doctest::Approx(2.0 * static_cast<double>(count) * (1 + 4.0 / 256)).epsilon(1e-3));
    CHECK(states(optimizer::adafactor) < count / 500);
}

TEST_CASE("an adapter is all that is trained, and the rest may be in four bits") {
    training t;
    t.lora.rank = 16;
    t.lora.type = formats::f32::value;
    t.lora.feed_forward = false;
    t.master_weights = false;
    t.gradients = formats::f32::value;
    const auto lora = training_budget_of(m::llama_3_1_8b::value, t);
    REQUIRE(lora);
    // Of each layer q and o are 4096 to 4096, k and v 4096 to 1024.
    const std::int64_t trained = 32 * 16 * (2 * (4096 + 4096) + 2 * (4096 + 1024));
    CHECK(lora->trained_parameters == trained);
    CHECK(lora->gradients.expected == bytes(4) * trained);
    CHECK(lora->optimizer_states.expected == bytes(8) * trained);
    CHECK(lora->weights.expected == bytes(2) * 8030261248 + bytes(4) * trained);
    t.frozen = &q::nf4_double::value;
    const auto qlora = training_budget_of(m::llama_3_1_8b::value, t);
    REQUIRE(qlora);
    // 7 of the 8 billion are in 4.127 bits (QLoRA, section 3), embedding and head in 16.
    const double frozen = 6979321856 * 4.127 / 8 + 2.0 * (2 * 128256 * 4096.0);
    CHECK(static_cast<double>((qlora->weights.expected - bytes(4) * trained).count()) == doctest::Approx(frozen).epsilon(1e-3));
}

TEST_CASE("more of anything takes no less") {
    training t;
    bytes before;
    for (const std::int64_t length : {512, 1024, 4096, 16384}) {
        t.sequence_length = length;
        for (const model *of : {&m::llama_3_1_8b::value, &m::qwen3_30b_a3b::value, &m::deepseek_v2_lite::value}) {
            const auto kept = training_budget_of(*of, t);
            training again = t;
            again.recompute = recomputation::full;
            const auto recomputed = training_budget_of(*of, again);
            REQUIRE(kept);
            CHECK(recomputed->activations.expected < kept->activations.expected);
            CHECK(kept->activations.lower <= kept->activations.expected);
            CHECK(kept->logits.expected <= kept->logits.upper);
        }
        const bytes now = training_budget_of(m::llama_3_1_8b::value, t)->total().upper;
        CHECK(now > before);
        before = now;
    }
}

TEST_CASE("settings that mean nothing are refused") {
    training t;
    t.micro_batch = 0;
    CHECK_FALSE(training_budget_of(m::llama_3_1_8b::value, t));
    t.micro_batch = INT64_MAX;
    CHECK_FALSE(training_budget_of(m::llama_3_1_8b::value, t));
    t.micro_batch = 1;
    t.lora.rank = -1;
    CHECK_FALSE(training_budget_of(m::llama_3_1_8b::value, t));
    CHECK(training_budget_of(model{}, training{}).error().code == errc::unknown);
}

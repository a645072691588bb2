// Networks that are no language models.
#include <membound/networks/speech.hpp>
#include <membound/networks/vision.hpp>

#include <doctest/doctest.h>

namespace {

using namespace membound;
namespace n = membound::networks;

// As torchvision and transformers count them.
static_assert(parameter_count(n::resnet_50::value) == 25557032, "");
static_assert(parameter_count(n::vit_b_16::value) == 86567656, "");

} // namespace

TEST_CASE("published numbers of parameters") {
    CHECK(parameter_count(n::resnet_50::value) == 25557032);
    CHECK(parameter_count(n::vit_b_16::value) == 86567656);
    CHECK(parameter_count(n::clip_vit_b_32::value) == 151277313);
    CHECK(parameter_count(n::whisper_tiny::value) == 37760640);
    CHECK(parameter_count(n::whisper_base::value) == 72593920);
    CHECK(parameter_count(n::whisper_small::value) == 241734912);
    CHECK(parameter_count(n::whisper_medium::value) == 763857920);
    CHECK(parameter_count(n::whisper_large_v2::value) == 1543304960);
    CHECK(parameter_count(n::whisper_large_v3::value) == 1543490560);
    CHECK(parameter_count(n::whisper_large_v3_turbo::value) == 808878080);
}

TEST_CASE("running a network takes its weights and what lives at the same time") {
    const auto one = network_budget_of(n::resnet_50::value, formats::f32::value, 1);
    REQUIRE(one);
    CHECK(one->weights == bytes(4) * 25557032);
    // In the first block the branch waits while the norm of the residual's convolution gives as many numbers as it reads.
    CHECK(one->activations == bytes(4) * (3 * 256 * 56 * 56));
    CHECK(network_budget_of(n::resnet_50::value, formats::f32::value, 8)->activations == one->activations * 8);
    CHECK(network_budget_of(n::resnet_50::value, formats::f16::value, 1)->activations == one->activations / 2);
}

TEST_CASE("a residual lives as long as it is needed") {
    network plain("plain"), residual("residual");
    const auto a = plain.linear(plain.input({100, 10}), 100, false);
    plain.linear(a, 100, false);
    const auto x = residual.linear(residual.input({100, 10}), 100, false);
    residual.addition(residual.linear(x, 100, false), residual.linear(x, 100, false));
    CHECK(network_budget_of(plain, formats::f32::value, 1)->activations == bytes(4 * 2 * 1000));
    CHECK(network_budget_of(residual, formats::f32::value, 1)->activations == bytes(4 * 3 * 1000));
}

TEST_CASE("training keeps what gradients depend on") {
    network of("two layers");
    const auto x = of.linear(of.input({100}), 50);
    of.linear(of.activation(x), 10);
    training t;
    t.precision = t.gradients = formats::f32::value;
    t.micro_batch = 8;
    const auto b = training_budget_of(of, t);
    REQUIRE(b);
    CHECK(b->parameters == 100 * 50 + 50 + 50 * 10 + 10);
    CHECK(b->activations.expected == bytes(4 * 8 * (100 + 50 + 50)));
    CHECK(b->optimizer_states.expected == bytes(8) * b->parameters);
    CHECK(b->master_weights.expected == 0_B);
    t.lora.rank = 1;
    CHECK_FALSE(training_budget_of(of, t));
}

TEST_CASE("shapes that do not fit are an error") {
    network of("wrong");
    const auto x = of.input({3, 8, 8});
    of.addition(x, of.convolution(x, 4, {3}));
    CHECK_FALSE(of.valid());
    CHECK_FALSE(network_budget_of(of, formats::f32::value, 1));
    constexpr convolution_shape wrong[] = {{3, 0}, {9}, {0}, {3, 1, -1}, {5, 1}};
    for (const convolution_shape &s : wrong) {
        CAPTURE(s.kernel);
        network pooled("pooled"), convolved("convolved");
        pooled.pooling(pooled.input({3, 8, 4}), s);
        convolved.convolution(convolved.input({3, 8, 4}), 4, s);
        CHECK_FALSE(pooled.valid());
        CHECK_FALSE(convolved.valid());
    }
    network large("large");
    large.linear(large.input({INT64_MAX / 2}), INT64_MAX / 2);
    CHECK(network_budget_of(large, formats::f32::value, 1).error().code == errc::overflow);
    CHECK_FALSE(network_budget_of(n::resnet_50::value, formats::f32::value, 0));
}

// Which layers, experts and caches lie on which device.
#include <membound/models/mistral.hpp>
#include <membound/models/qwen.hpp>
#include <membound/placement.hpp>

#include <doctest/doctest.h>

#include <initializer_list>

namespace {

using namespace membound;

constexpr const model &m32 = models::mistral_7b_v0_3::value; // 32 layers, and the output layer
constexpr const model &m28 = models::qwen2_5_7b::value;      // 28

constexpr machine with_devices(std::initializer_list<bytes> capacities) {
    machine on;
    for (const bytes capacity : capacities) on.devices[on.device_count++] = bare_memory(capacity, backend::vulkan);
    return on;
}
constexpr machine alike(int count) {
    machine on;
    on.device_count = count;
    for (int d = 0; d < count; ++d) on.devices[d] = bare_memory(80_GiB, backend::vulkan);
    return on;
}
constexpr placement split(std::initializer_list<double> shares, int gpu_layers = -1) {
    placement p;
    p.gpu_layers = gpu_layers;
    int d = 0;
    for (const double share : shares) p.tensor_split[d++] = share;
    return p;
}

constexpr bool processors_are_hosts() {
    const device card = bare_memory(24_GiB), other = bare_memory(8_GiB), host = bare_memory(64_GiB, backend::cpu);
    const machine two = machine_of(card, host, other), none = machine_of(host);
    return two.device_count == 2 && two.devices[0].capacity == 24_GiB && two.devices[1].capacity == 8_GiB &&
           two.host.capacity == 64_GiB && none.device_count == 0 && none.host.capacity == 64_GiB &&
           machine_of(card, card, card).host.capacity == 0_B && machine_of(two).device_count == 2;
}
static_assert(processors_are_hosts(), "");

// The layers of each device one after the other, the host's first; the output layer is the last device's.
constexpr bool layers_are(const model &m, const machine &on, const placement &asked, int of_host,
                          std::initializer_list<int> of_devices, int output) {
    const layout at = lay_out(m, on, asked);
    int i = 0;
    for (int n = 0; n < of_host; ++n)
        if (at.device_of_layer(i++) != on.device_count) return false;
    int d = 0;
    for (const int count : of_devices) {
        for (int n = 0; n < count; ++n)
            if (at.device_of_layer(i++) != d) return false;
        ++d;
    }
    return i == m.layer_count() && at.device_of_output() == output && at.host == on.device_count && at.layer_count == i;
}

// As llama.cpp v0.5.0 places them: its cache of each device is that of so many layers.
constexpr bool layers_are_split_as_measured() {
    return layers_are(m32, alike(1), {}, 0, {32}, 0) && layers_are(m32, alike(2), {}, 0, {17, 15}, 1) &&
           layers_are(m32, alike(2), split({3, 1}), 0, {25, 7}, 1) &&
           layers_are(m32, alike(2), split({1, 3}), 0, {9, 23}, 1) &&
           layers_are(m32, alike(2), split({2, 1}), 0, {22, 10}, 1) &&
           layers_are(m32, alike(2), split({1, 2}), 0, {11, 21}, 1) &&
           layers_are(m32, alike(3), split({2, 1, 1}), 0, {17, 8, 7}, 2) &&
           layers_are(m32, alike(3), split({1, 1, 2}, 16), 17, {4, 4, 7}, 2) &&
           layers_are(m32, alike(4), split({1, 1, 1, 1}), 0, {9, 8, 8, 7}, 3) &&
           layers_are(m32, alike(2), {16, 0, true, {}}, 17, {8, 7}, 1) &&
           layers_are(m28, alike(2), split({3, 1}), 0, {22, 6}, 1) &&
           layers_are(m28, alike(2), split({1, 2}), 0, {10, 18}, 1) &&
           layers_are(m28, alike(3), split({2, 1, 1}), 0, {15, 7, 6}, 2) &&
           layers_are(m28, alike(3), split({1, 1, 2}, 14), 15, {4, 3, 6}, 2) &&
           layers_are(m28, alike(4), split({1, 1, 1, 1}), 0, {8, 7, 7, 6}, 3);
}
static_assert(layers_are_split_as_measured(), "");

// A share of nothing, also of the output layer.
constexpr bool a_device_may_be_left_out() {
    return layers_are(m32, alike(2), split({1, 0}), 0, {32, 0}, 0) &&
           layers_are(m32, alike(2), split({0, 1}), 0, {0, 32}, 1) &&
           layers_are(m32, alike(3), split({1, 0, 1}), 0, {17, 0, 15}, 2);
}
static_assert(a_device_may_be_left_out(), "");

// Where nothing is asked for, devices have as many layers as they have memory.
constexpr bool memory_is_the_share() {
    machine reserved = with_devices({24_GiB, 24_GiB});
    reserved.devices[0].usable = 8_GiB;
    return layers_are(m32, with_devices({24_GiB, 8_GiB}), {}, 0, {25, 7}, 1) &&
           layers_are(m32, with_devices({8_GiB, 24_GiB}), {}, 0, {9, 23}, 1) &&
           layers_are(m32, with_devices({16_GiB, 8_GiB, 8_GiB}), {}, 0, {17, 8, 7}, 2) &&
           layers_are(m32, reserved, {}, 0, {9, 23}, 1);
}
static_assert(memory_is_the_share(), "");

// Layers are offloaded from the end of the model; the first is the output layer.
constexpr bool layers_are_offloaded_from_the_end() {
    for (int n = 0; n <= 33; ++n) {
        placement asked;
        asked.gpu_layers = n;
        const int host = n == 0 ? 32 : 33 - n;
        if (!layers_are(m32, alike(1), asked, host, {32 - host}, n == 0 ? 1 : 0)) return false;
        if (lay_out(m32, alike(1), asked).all_offloaded != (n == 33)) return false;
    }
    placement more;
    more.gpu_layers = 999;
    return layers_are(m32, alike(1), more, 0, {32}, 0) && lay_out(m32, alike(1), more).all_offloaded &&
           lay_out(m32, alike(1), {}).all_offloaded;
}
static_assert(layers_are_offloaded_from_the_end(), "");

// Layers that predict further tokens are not loaded, and yet counted: llama.cpp has 33 to place, and the output layer.
constexpr bool layers_that_predict_further_have_a_place() {
    model m = m32;
    m.num_nextn_predict_layers = 1;
    placement asked;
    asked.gpu_layers = 33;
    return layers_are(m, alike(2), {}, 0, {17, 15}, 1) && layers_are(m, alike(2), split({3, 1}), 0, {26, 6}, 1) &&
           layers_are(m, alike(1), asked, 1, {31}, 0) && !lay_out(m, alike(1), asked).all_offloaded &&
           lay_out(m, alike(1), {}).all_offloaded;
}
static_assert(layers_that_predict_further_have_a_place(), "");

constexpr bool without_a_device_all_lies_on_the_host() {
    placement all;
    all.gpu_layers = 99;
    return layers_are(m32, machine{}, {}, 32, {}, 0) && layers_are(m32, machine{}, all, 32, {}, 0) &&
           !lay_out(m32, machine{}, all).all_offloaded;
}
static_assert(without_a_device_all_lies_on_the_host(), "");

constexpr tensor of(tensor_name name, int layer = -1) { return {name, tensor_part::weight, layer, {256}}; }

constexpr bool tensors_follow_their_layer() {
    placement asked;
    asked.gpu_layers = 17; // the last 16 layers and the output layer
    const layout some = lay_out(m32, alike(1), asked);
    const layout none = lay_out(m32, machine{}, {});
    const layout two = lay_out(m32, alike(2), {});
    using n = tensor_name;
    return device_of(some, of(n::attn_q, 15)) == 1 && device_of(some, of(n::attn_q, 16)) == 0 &&
           device_of(some, of(n::output_norm)) == 0 && device_of(some, of(n::output)) == 0 &&
           device_of(some, of(n::token_embd)) == 1 && device_of(some, of(n::position_embd)) == 1 &&
           device_of(none, of(n::output)) == 0 && device_of(none, of(n::token_embd)) == 0 &&
           device_of(two, of(n::ffn_up, 16)) == 0 && device_of(two, of(n::ffn_up, 17)) == 1 &&
           device_of(two, of(n::output)) == 1 && device_of(two, of(n::token_embd)) == 2 &&
           device_of(two, of(n::other, 40)) == 1; // of no layer that the model has
}
static_assert(tensors_follow_their_layer(), "");

constexpr bool experts_stay_on_the_host() {
    const model &m = models::qwen3_30b_a3b::value;
    placement asked;
    asked.cpu_moe_layers = 20;
    const layout at = lay_out(m, alike(1), asked);
    using n = tensor_name;
    return at.all_offloaded && device_of(at, of(n::ffn_up_exps, 19)) == 1 &&
           device_of(at, of(n::ffn_gate_exps, 19)) == 1 && device_of(at, of(n::ffn_down_exps, 0)) == 1 &&
           device_of(at, of(n::ffn_down_exps, 20)) == 0 && device_of(at, of(n::ffn_gate_inp, 0)) == 0 &&
           device_of(at, of(n::attn_q, 0)) == 0 && device_of(at, of(n::ffn_up_shexp, 0)) == 0 &&
           device_of(at, of(n::ffn_down, 0)) == 0;
}
static_assert(experts_stay_on_the_host(), "");

constexpr tensor_override overrides[] = {{"blk\\.1?[0-4]\\.attn_(q|k)"}, {"attn_", 1}, {"token_embd", 0}, {"output\\.weight$"}};

constexpr bool overrides_say_where_tensors_lie() {
    placement asked;
    asked.overrides = overrides;
    asked.override_count = 4;
    const layout at = lay_out(m32, alike(2), asked);
    const layout none = lay_out(m32, alike(2), {});
    using n = tensor_name;
    return at.has_overrides() && !none.has_overrides() && at.moves_between_devices() &&
           device_of(at, of(n::attn_q, 14)) == 2 && device_of(at, of(n::attn_q, 15)) == 1 && // the first that is found
           device_of(at, of(n::attn_v, 0)) == 1 && device_of(at, of(n::ffn_up, 0)) == 0 &&
           device_of(at, of(n::token_embd)) == 0 && device_of(at, of(n::output)) == 2 && device_of(at, of(n::output_norm)) == 1 &&
           at.alike(0, 14) && !at.alike(0, 5) && at.alike(5, 9) && none.alike(0, 5);
}
static_assert(overrides_say_where_tensors_lie(), "");

constexpr bool the_cache_follows_its_layer_or_stays() {
    placement asked;
    asked.gpu_layers = 16;
    const layout follows = lay_out(m32, alike(2), asked);
    asked.kv_on_device = false;
    const layout stays = lay_out(m32, alike(2), asked);
    return follows.device_of_cache(16) == 2 && follows.device_of_cache(17) == 0 && follows.device_of_cache(31) == 1 &&
           stays.device_of_cache(16) == 2 && stays.device_of_cache(17) == 2 && stays.device_of_cache(31) == 2 &&
           stays.device_of_layer(31) == 1;
}
static_assert(the_cache_follows_its_layer_or_stays(), "");

constexpr bool a_machine_is_a_device_or_a_host() {
    const machine gpu = machine_of(bare_memory(24_GiB));
    const machine cpu = machine_of(bare_memory(64_GiB, backend::cpu));
    return gpu.device_count == 1 && gpu.devices[0].capacity == 24_GiB && gpu.host.capacity == 0_B &&
           cpu.device_count == 0 && cpu.host.capacity == 64_GiB;
}
static_assert(a_machine_is_a_device_or_a_host(), "");

} // namespace

TEST_CASE("machines of several devices") { CHECK(processors_are_hosts()); }

TEST_CASE("layers over devices") {
    CHECK(layers_are_split_as_measured());
    CHECK(a_device_may_be_left_out());
    CHECK(memory_is_the_share());
}

TEST_CASE("layers on device and host") {
    CHECK(layers_are_offloaded_from_the_end());
    CHECK(layers_that_predict_further_have_a_place());
    CHECK(without_a_device_all_lies_on_the_host());
}

TEST_CASE("tensors and caches") {
    CHECK(tensors_follow_their_layer());
    CHECK(experts_stay_on_the_host());
    CHECK(overrides_say_where_tensors_lie());
    CHECK(the_cache_follows_its_layer_or_stays());
}

TEST_CASE("machines") { CHECK(a_machine_is_a_device_or_a_host()); }

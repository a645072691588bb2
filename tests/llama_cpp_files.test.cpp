// What llama.cpp maps of the files, and which weights it keeps in the order of the processor.
#include <membound/devices/apple.hpp>
#include <membound/devices/nvidia.hpp>
#include <membound/membound.hpp>
#include <membound/models/all.hpp>
#include <membound/quantizations.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace membound;
namespace m = membound::models;
namespace q = membound::quantizations;
namespace f = membound::formats;

namespace {

constexpr const engine &llama_cpp = engines::llama_cpp::value;

constexpr machine host_with(instruction_set i) {
    machine on;
    on.host.instructions = i;
    return on;
}
constexpr machine beside(const device &d, instruction_set i) {
    machine on = machine_of(d);
    on.host.instructions = i;
    return on;
}
constexpr workload loaded_by(weight_loading how, int gpu_layers = -1) {
    workload w;
    w.loading = how;
    w.placed.gpu_layers = gpu_layers;
    return w;
}
constexpr quantization converted(quantization recipe) {
    recipe.order = file_order::as_converted;
    return recipe;
}

// As it is printed: MiB with two decimals.
constexpr bool prints(bytes b, double mib) {
    const double off = static_cast<double>(b.count()) / (1 << 20) - mib;
    return off < 0.0051 && off > -0.0051;
}

constexpr bool is_repacked(instruction_set i, const format &type, const shape &s, tensor_name name = tensor_name::ffn_up) {
    return detail::repacked_bytes(i, type, {name, tensor_part::weight, 0, s}) >= 0_B;
}

constexpr bool processors_like_types() {
    using s = instruction_set;
    const shape matrix = {1024, 64}, odd = {1024, 12}, experts = {1024, 64, 8};
    const auto up = tensor_name::ffn_up_exps;
    return is_repacked(s::avx2, f::q4_k::value, matrix) && !is_repacked(s::avx2, f::q4_k::value, odd) &&
           !is_repacked(s::avx2, f::q2_k::value, matrix) && is_repacked(s::avx512, f::q2_k::value, matrix) &&
           !is_repacked(s::avx512, f::q6_k::value, matrix) && is_repacked(s::neon_i8mm, f::q6_k::value, matrix) &&
           is_repacked(s::neon_dot, f::q4_0::value, odd) && !is_repacked(s::avx512, f::q4_0::value, odd) &&
           is_repacked(s::riscv_v256, f::q8_0::value, matrix) && !is_repacked(s::riscv_v256, f::q8_0::value, odd) &&
           is_repacked(s::s390_vector, f::q4_0::value, odd) && !is_repacked(s::none, f::q4_0::value, matrix) &&
           !is_repacked(s::unknown, f::q4_0::value, matrix) && !is_repacked(s::avx512, f::f16::value, matrix) &&
           // Three dimensions are those of experts, and only theirs.
           is_repacked(s::avx2, f::q4_k::value, experts, up) && !is_repacked(s::avx2, f::q4_k::value, matrix, up) &&
           !is_repacked(s::avx2, f::q4_k::value, experts) &&
           // What is read by rows stays as it is.
           !is_repacked(s::avx2, f::q4_k::value, matrix, tensor_name::token_embd);
}
static_assert(processors_like_types(), "");

constexpr bytes in_tiles(const format &type, const shape &s, tensor_name name = tensor_name::ffn_up) {
    return detail::repacked_bytes(instruction_set::amx, type, {name, tensor_part::weight, 0, s});
}
constexpr bool tiles_take_more() {
    const shape matrix = {256, 64}, experts = {256, 64, 8};
    return in_tiles(f::q8_0::value, matrix) == bytes(64 * 8 * 38) && in_tiles(f::q4_k::value, matrix) == bytes(64 * 148) &&
           in_tiles(f::q6_k::value, matrix) == bytes(64 * 210) && in_tiles(f::iq4_xs::value, matrix) == bytes(64 * 138) &&
           in_tiles(f::f16::value, matrix) == bytes(64 * 512) && in_tiles(f::q8_0::value, {256, 48}) < 0_B &&
           in_tiles(f::q4_k::value, {256, 48}) == bytes(48 * 144) && // without tiles, but interleaved
           in_tiles(f::q4_k::value, experts, tensor_name::ffn_up_exps) == tensor_bytes(f::q4_k::value, experts);
}
static_assert(tiles_take_more(), "");

constexpr bool prints(const model &of, const quantization &recipe, const machine &on, const workload &w, double host_mapped,
                      double host_allocated, double device_mapped = 0) {
    const auto b = buffers_of(of, recipe, on, llama_cpp, w);
    return b && prints(b->host().mapped, host_mapped) && prints(b->host().allocated, host_allocated) &&
           (device_mapped == 0 || prints(b->on[0].mapped, device_mapped));
}

// What published logs print of files that were made in 2024.
bool buffers_are_those_of_logs() {
    const workload whole = loaded_by(weight_loading::automatic);
    const machine phone = host_with(instruction_set::neon_i8mm);
    const machine macbook = beside(devices::apple_m1_pro_16gb::value, instruction_set::neon_dot);
    const quantization q4 = converted(q::q4_k_m::value);
    return prints(m::llama_3_2_1b::value, q4, phone, whole, 762.81, 762.55) &&
           prints(m::qwen2_5_7b::value, q4, macbook, whole, 292.36, 0, 4168.09) &&
           prints(m::qwen2_5_1_5b::value, q4, macbook, whole, 182.57, 0, 934.69);
}

// The bytes from the first tensor to the last that lies on a device, by sorting all names.
bytes span_on(int device, const model &of, const quantization &recipe, instruction_set i, const layout &at) {
    struct entry {
        std::string name;
        tensor which;
        format type;
    };
    std::vector<entry> all;
    for_each_file_tensor(of, recipe, [&](const tensor &t, const format &type) { all.push_back({text_of(t).c_str(), t, type}); });
    const auto block_of = [](const entry &e) { return e.name.compare(0, 4, "blk.") == 0 ? e.which.layer : -1; };
    std::sort(all.begin(), all.end(), [&](const entry &a, const entry &b) {
        return block_of(a) != block_of(b) ? block_of(a) < block_of(b) : a.name < b.name;
    });
    bool has_layer = false;
    for (int l = 0; l < at.layer_count; ++l) has_layer = has_layer || at.device_of_layer(l) == device;
    std::int64_t first = -1, last = 0, offset = 0;
    for (const entry &e : all) {
        const std::int64_t size = tensor_bytes(e.type, e.which.dims).count();
        bool own = device == device_of(at, e.which);
        if (is_of_every_layer(e.which.name)) own = has_layer;
        const bool tied = of.tie_word_embeddings && e.which.name == tensor_name::token_embd && device != at.host &&
                          device == overridden(at, e.which, at.device_of_output());
        const bool there = e.which.layer < at.layer_count && (own || tied); // layers behind the last are not loaded
        const bool repacked = device == at.host && detail::repacked_bytes(i, e.type, e.which) >= 0_B;
        if (there && !repacked && first < 0) first = offset;
        if (there && !repacked) last = offset + size;
        offset += (size + 31) / 32 * 32;
    }
    return bytes(last - first);
}

bool spans_are_those_of_sorted_files(const model &of, const quantization &recipe, const machine &on, const placement &placed) {
    workload w = loaded_by(weight_loading::automatic);
    w.placed = placed;
    const auto loaded = llama_cpp.load(of, recipe, on, w);
    const auto b = buffers_of(of, recipe, on, llama_cpp, w);
    if (!loaded || !b) return false;
    bool same = true;
    for (int d = 0; d <= on.device_count; ++d) {
        const bool maps = d == on.device_count || on.devices[d].api == backend::metal;
        const bytes span = maps ? span_on(d, of, recipe, detail::repacking_of(on, w), loaded->placed) : bytes();
        same = same && b->on[d].mapped == span;
        if (d < on.device_count) same = same && loaded->weights.mapped[d] == span;
    }
    return same;
}
bool spans_are_those_of_sorted_files(const model &of, const quantization &recipe, const machine &on, int gpu_layers) {
    placement placed;
    placed.gpu_layers = gpu_layers;
    return spans_are_those_of_sorted_files(of, recipe, on, placed);
}

// A layer like another maps as much, but where it lies; overrides divide layers between devices.
bool spans_are_those_of_sorted_files_on_a_mac() {
    const machine one = beside(devices::apple_m1_pro_16gb::value, instruction_set::neon_dot);
    const machine two = machine_of(devices::apple_m1_pro_16gb::value, devices::apple_m1_pro_16gb::value);
    const tensor_override norms_and_last[] = {{name_pattern("_norm"), -1}, {name_pattern("blk\\.4[0-7]\\.attn_v"), -1}};
    const tensor_override to_second[] = {{name_pattern("blk\\.[0-9]\\.ffn_down"), 1}};
    const tensor_override first_of_each[] = {{name_pattern("^output|^rope|^token"), -1}, {name_pattern("attn_k"), -1}};
    placement experts_on_host, overridden, crosswise, without_first;
    experts_on_host.cpu_moe_layers = 48;
    overridden.overrides = norms_and_last;
    overridden.override_count = 2;
    crosswise.overrides = to_second;
    crosswise.override_count = 1;
    without_first.overrides = first_of_each;
    without_first.override_count = 2;
    without_first.gpu_layers = 12;
    const model &hybrid = m::qwen3_next_80b_a3b::value;
    return spans_are_those_of_sorted_files(m::gemma_3_27b::value, q::q4_k_m::value, one, -1) &&
           spans_are_those_of_sorted_files(m::gemma_3_27b::value, q::q4_k_m::value, one, 30) &&
           spans_are_those_of_sorted_files(hybrid, q::q4_k_m::value, one, experts_on_host) &&
           spans_are_those_of_sorted_files(hybrid, q::q2_k::value, one, overridden) &&
           spans_are_those_of_sorted_files(m::qwen3_8b::value, q::q4_k_m::value, one, without_first) &&
           spans_are_those_of_sorted_files(m::llama_3_1_8b::value, q::q4_k_m::value, two, crosswise);
}

// A stored file of two shards: each is mapped from its first tensor to its last.
constexpr bool shards_are_mapped_each() {
    constexpr stored_tensor stored[] = {
        {{tensor_name::other, tensor_part::weight, 0, {256, 10}}, f::q4_k::value, "a", 0},
        {{tensor_name::other, tensor_part::weight, 0, {10}}, f::f32::value, "b", 0},
        {{tensor_name::other, tensor_part::weight, 0, {10}}, f::f32::value, "c", 1},
        {{tensor_name::other, tensor_part::weight, 0, {16}}, f::f32::value, "d", 1},
    };
    quantization file;
    file.kind = quantization::scheme::stored;
    file.stored = stored;
    file.stored_count = 4;
    model unknown;
    unknown.num_hidden_layers = 1;
    const auto loaded = detail::llama_cpp_load(llama_cpp, unknown, file, machine{}, {});
    if (!loaded) return false;
    const auto b = llama_cpp.buffers(unknown, file, *loaded, machine{}, {});
    return b && b->host().mapped == bytes(1440 + 40 + 64 + 64);
}
static_assert(shards_are_mapped_each(), "");

// The same weights, read or mapped: the host needs them once, and copies where the output is repacked.
bool a_budget_counts_what_is_needed() {
    const model &of = m::llama_3_2_1b::value;
    const auto weights = [&](instruction_set i, weight_loading how) {
        return budget_of(of, q::q4_k_m::value, host_with(i), llama_cpp, loaded_by(how))->host().weights;
    };
    const bytes embedding = tensor_bytes(f::q6_k::value, {of.hidden_size, of.vocab_size});
    const bytes once = weights(instruction_set::none, weight_loading::mapped).expected;
    const amount unknown = weights(instruction_set::unknown, weight_loading::mapped);
    return weights(instruction_set::none, weight_loading::read).expected == once &&
           weights(instruction_set::avx512, weight_loading::mapped).expected == once &&
           weights(instruction_set::neon_i8mm, weight_loading::mapped).expected == once + embedding &&
           unknown.expected == once && unknown.upper == once + embedding && unknown.known == knowledge::modelled;
}

bool metal_holds_the_span() {
    const machine on = machine_of(devices::apple_m1_pro_16gb::value);
    const auto weights = [&](weight_loading how) {
        return budget_of(m::qwen2_5_7b::value, q::q4_k_m::value, on, llama_cpp, loaded_by(how))->devices[0].weights;
    };
    const bytes read = weights(weight_loading::read).expected;
    const bytes embedding = tensor_bytes(f::q4_k::value, {m::qwen2_5_7b::value.hidden_size, m::qwen2_5_7b::value.vocab_size});
    return weights(weight_loading::automatic).expected == read + embedding;
}

bool nothing_is_mapped_where_it_is_not_wanted() {
    device shared = devices::geforce_rtx_3060_12gb::value;
    shared.unified_memory = true;
    const auto mapped = [](const machine &on, workload w) {
        return buffers_of(m::llama_3_2_1b::value, q::q4_k_m::value, on, llama_cpp, w)->host().mapped > 0_B;
    };
    workload dry;
    dry.dry_run = true;
    return mapped(machine_of(devices::geforce_rtx_3060_12gb::value), {}) && !mapped(machine_of(shared), {}) &&
           mapped(machine_of(shared), loaded_by(weight_loading::mapped)) && !mapped(machine{}, dry) &&
           !mapped(machine{}, loaded_by(weight_loading::read));
}

bool without_repacking_all_is_mapped() {
    workload w;
    w.repack = false;
    const auto b = buffers_of(m::llama_3_1_8b::value, q::q4_k_m::value, host_with(instruction_set::avx512), llama_cpp, w);
    return b && b->host().allocated == 0_B &&
           b->host().mapped == file_weight_bytes(m::llama_3_1_8b::value, q::q4_k_m::value);
}

} // namespace

TEST_CASE("types and shapes that processors bring into an order of their own") {
    CHECK(processors_like_types());
    CHECK(tiles_take_more());
}

TEST_CASE("buffers are those that published logs print") { CHECK(buffers_are_those_of_logs()); }

TEST_CASE("a mapped buffer reaches from the first of its tensors in the file to the last") {
    const machine avx = host_with(instruction_set::avx512);
    const machine gpu = beside(devices::geforce_rtx_3060_12gb::value, instruction_set::avx512);
    const machine mac = beside(devices::apple_m1_pro_16gb::value, instruction_set::neon_dot);
    CHECK(spans_are_those_of_sorted_files(m::llama_3_1_8b::value, q::q4_k_m::value, avx, -1));
    CHECK(spans_are_those_of_sorted_files(m::gemma_3_4b::value, q::q4_0::value, avx, -1));
    CHECK(spans_are_those_of_sorted_files(m::qwen3_30b_a3b::value, q::q2_k::value, avx, -1));
    CHECK(spans_are_those_of_sorted_files(m::llama_3_1_8b::value, q::q4_k_m::value, gpu, 12));
    CHECK(spans_are_those_of_sorted_files(m::qwen3_30b_a3b::value, q::q4_k_m::value, mac, 20));
    CHECK(spans_are_those_of_sorted_files_on_a_mac());
    CHECK(shards_are_mapped_each());
}

TEST_CASE("of what is mapped a budget counts what is needed") {
    CHECK(a_budget_counts_what_is_needed());
    CHECK(metal_holds_the_span());
    CHECK(nothing_is_mapped_where_it_is_not_wanted());
    CHECK(without_repacking_all_is_mapped());
}

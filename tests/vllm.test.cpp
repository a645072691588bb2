#include <membound/engines/vllm.hpp>

#include <membound/deployment.hpp>
#include <membound/devices/nvidia.hpp>
#include <membound/models/deepseek.hpp>
#include <membound/models/gemma.hpp>
#include <membound/models/gpt_oss.hpp>
#include <membound/models/kimi.hpp>
#include <membound/models/nemotron.hpp>
#include <membound/models/llama.hpp>
#include <membound/models/qwen.hpp>
#include <membound/models/qwen_next.hpp>
#include <membound/models/qwen_vl.hpp>
#include <membound/quantizations.hpp>
#include <membound/read/repository_name.hpp>
#include <membound/solve.hpp>

#include <doctest/doctest.h>

#include <string>

namespace {

using namespace membound;
namespace q = quantizations;

constexpr detail::vllm_rules today = detail::vllm_rules_at(detail::vllm_today);

constexpr workload served(std::int64_t context = 0, int tensor_parallel = 1) {
    workload w = engines::vllm::value.defaults;
    w.context = tokens(context);
    w.placed.tensor_parallel = tensor_parallel;
    return w;
}

constexpr machine several(const device &d, int count) {
    machine m = machine_of(d);
    for (int i = 0; i < count; ++i) m.devices[i] = d;
    m.device_count = count;
    return m;
}

constexpr vllm_cache cache_of(const model &m, const workload &w, std::int64_t batch, const detail::vllm_rules &rules = today) {
    return vllm_cache_of(m, w, {0, m.layer_count()}, batch, rules).value();
}

// distributed/utils.py, get_pp_indices: what is left over is spread from the last but one stage backwards.
constexpr bool layers_of_stages() {
    const int four[] = {8, 8, 8, 8}, uneven[] = {15, 16, 16, 15};
    int first = 0;
    for (int s = 0; s < 4; ++s) {
        const detail::layer_range r = detail::layers_of_stage(32, s, 4), u = detail::layers_of_stage(62, s, 4);
        if (r.count() != four[s] || u.count() != uneven[s] || u.first != first) return false;
        first = u.last;
    }
    return first == 62;
}
static_assert(layers_of_stages(), "");

// In 8 bits FlashMLA has 656 bytes for the 576 numbers that it reads; FlashInfer, which runs on Blackwell's servers since
// v0.18, has 576. A key of the indexer takes 132 in either case.
constexpr bool packs_sparse_latents() {
    const model &m = models::deepseek_v3_2::value;
    workload w = served(0);
    w.type_k = w.type_v = formats::fp8_e4m3::value;
    const auto block = [&](const device &d, int date) {
        return cache_of(m, w, 8192, detail::vllm_rules_on(d, date)).block_bytes;
    };
    const device &hopper = devices::h200_sxm_141gb::value, &server = devices::b200_180gb::value;
    workload wide = served(0);
    return block(hopper, detail::vllm_today) == 64 * 61 * 788 && block(server, detail::vllm_0_17) == 64 * 61 * 788 &&
           block(server, detail::vllm_today) == 64 * 61 * 708 &&
           block(devices::gb10::value, detail::vllm_today) == 64 * 61 * 788 &&
           cache_of(m, wide, 8192).block_bytes == 64 * 61 * (1152 + 132) &&
           cache_of(models::deepseek_v3::value, w, 8192).block_bytes == 64 * 61 * 576; // without an indexer
}
static_assert(packs_sparse_latents(), "");

constexpr tensor matrix(tensor_name name, int layer, shape s) { return {name, tensor_part::weight, layer, s}; }

constexpr bool shares_of_matrices() {
    using n = tensor_name;
    const model &llama = models::llama_3_1_8b::value;
    detail::server_shares by;
    by.attention = by.dense = by.vocabulary = by.head = by.expert_matrix = 16;
    const auto of = [&](n name, shape s) { return detail::share_of(llama, matrix(name, 0, s), by); };
    const auto is = [](const detail::weight_share &s, std::int64_t in, std::int64_t out) { return s.in == in && s.out == out; };
    const tensor embedding = matrix(n::token_embd, -1, {4096, 128250});
    return is(of(n::attn_q, {4096, 4096}), 4096, 256) && is(of(n::attn_output, {4096, 4096}), 256, 4096) &&
           is(of(n::attn_k, {4096, 1024}), 4096, 128) && // 8 heads for 16 devices: each has one
           is(of(n::ffn_gate, {4096, 14336}), 4096, 896) && is(of(n::ffn_down, {14336, 4096}), 896, 4096) &&
           is(of(n::attn_norm, {4096}), 1, 4096) && is(of(n::ffn_gate_inp, {4096, 8}), 4096, 8) &&
           is(detail::share_of(llama, embedding, by), 4096, 128256 / 16); // rows are padded to 64
}
static_assert(shares_of_matrices(), "");

// c10/cuda/CUDACachingAllocator.cpp: 67.5 times 2 MiB take 68, 21.25 times no more than they are.
constexpr bool torch_counts_whole_segments() {
    using detail::torch_memory;
    const auto held = [](bytes size, torch_memory what = torch_memory::blocks) {
        detail::torch_allocator a(what);
        a.hold(size);
        return a.sum();
    };
    return held(100_B) == 512_B && held(135_MiB) == 136_MiB && held(136_MiB) == 136_MiB &&
           held(42_MiB + 512_KiB) == 42_MiB + 512_KiB && held(43_MiB + 512_KiB) == 44_MiB && held(0_B) == 0_B &&
           held(42_MiB + 512_KiB, torch_memory::segments) == 44_MiB && held(5_MiB, torch_memory::segments) == 5_MiB &&
           held(5_MiB, torch_memory::reserved) == 20_MiB && held(100_B, torch_memory::reserved) == 2_MiB &&
           held(0_B, torch_memory::reserved) == 0_B;
}
static_assert(torch_counts_whole_segments(), "");

// "Model loading took" in logs of v0.6.4, v0.8.5, v0.9.2 and of January 2025, to four decimals of a GiB.
// Gemma 3 divides the positions of its full layers by 8 and so has 8 times the rows for them, 9 with those of the windows;
// positions of videos have four times the rows. SGLang keeps F32, and neither of them.
constexpr bool rotary_tables_have_rows() {
    constexpr detail::rotary_rules here{2, true, true};
    constexpr detail::rotary_rules plain{4, false, false};
    return detail::rotary_tables(models::llama_3_1_8b::value, here) == bytes(131072 * 128 * 2) &&
           detail::rotary_tables(models::llama_3_1_8b::value, plain) == bytes(131072 * 128 * 4) &&
           detail::rotary_tables(models::gemma_3_4b::value, here) == bytes(131072LL * 256 * 9 * 2) &&
           detail::rotary_tables(models::qwen2_5_vl_7b::value, here) ==
               2 * detail::rotary_tables(models::qwen2_5_vl_7b::value, plain);
}
static_assert(rotary_tables_have_rows(), "");

TEST_CASE("weights as logs print them") {
    const auto loaded = [](const model &m, const quantization &recipe, int tensor_parallel, int pipeline_parallel, int date,
                           const device &on = devices::h100_sxm_80gb::value) {
        engine e = engines::vllm::value;
        e.date = date;
        workload w = served(0, tensor_parallel);
        w.placed.pipeline_parallel = pipeline_parallel;
        const auto l = e.load(m, recipe, several(on, tensor_parallel * pipeline_parallel), w);
        REQUIRE(l);
        return static_cast<double>(l->weights.on[0].count()) / (1024.0 * 1024 * 1024);
    };
    CHECK(loaded(models::llama_3_1_8b::value, q::bf16::value, 4, 1, 20241115) == doctest::Approx(3.7710).epsilon(1e-5));
    CHECK(loaded(models::llama_3_1_8b::value, q::bf16::value, 1, 4, 20241115) == doctest::Approx(4.2599).epsilon(1e-5));
    CHECK(loaded(models::llama_3_1_70b::value, q::w8a8::value, 1, 1, 20250130) == doctest::Approx(67.7229).epsilon(1e-5));
    CHECK(loaded(models::qwen3_14b::value, q::bf16::value, 4, 1, 20250707) == doctest::Approx(6.9456).epsilon(1e-4));
    CHECK(loaded(models::qwen3_235b_a22b::value, q::fp8_block::value, 8, 1, 20250724) == doctest::Approx(27.6656).epsilon(1e-5));
    // Experts padded by the kernel: Marlin on a H100 at first, Triton later, Marlin elsewhere.
    CHECK(loaded(models::gpt_oss_120b::value, q::mxfp4::value, 1, 1, 20250820) == doctest::Approx(65.9651).epsilon(1e-3));
    CHECK(loaded(models::gpt_oss_120b::value, q::mxfp4::value, 1, 1, 20260127) == doctest::Approx(64.38).epsilon(1e-3));
    CHECK(loaded(models::gemma_4_e4b::value, q::bf16::value, 1, 1, 20260420, devices::geforce_rtx_5090::value) ==
          doctest::Approx(15.16).epsilon(1e-3));
    CHECK(loaded(models::gpt_oss_20b::value, q::mxfp4::value, 1, 1, 20251218, devices::gb10::value) ==
          doctest::Approx(13.7193).epsilon(2e-3));
    // Segments are counted whole from v0.20 on: of v0.18 and v0.23.
    CHECK(loaded(models::qwen2_5_7b::value, q::bf16::value, 1, 1, 20260320) == doctest::Approx(14.25).epsilon(3e-4));
    CHECK(loaded(models::qwen2_5_7b::value, q::bf16::value, 1, 1, 20260620) == doctest::Approx(14.29).epsilon(3e-4));
    // Gemma 3: eight times the positions; Gemma 4: keys lie in the place of values, too, and 12B reads images without an encoder.
    CHECK(loaded(models::gemma_3_27b::value, q::bf16::value, 4, 1, 20250328) == doctest::Approx(13.1665).epsilon(4e-4));
    CHECK(loaded(models::gemma_3_1b::value, q::bf16::value, 1, 1, 20250328) == doctest::Approx(1.9134).epsilon(1e-3));
    CHECK(loaded(models::gemma_4_31b::value, q::bf16::value, 1, 1, 20260612) == doctest::Approx(58.99).epsilon(3e-4));
    CHECK(loaded(models::gemma_4_12b::value, q::bf16::value, 1, 1, 20260612) == doctest::Approx(22.83).epsilon(2e-3));
    // v0.19.1, and v0.26 on a GB10.
    const auto of = [](const char *name) { return read_repository_name(name).recipe; };
    CHECK(loaded(models::gemma_4_31b::value, *of("nvidia/Gemma-4-31B-IT-NVFP4"), 1, 1, 20260403) ==
          doctest::Approx(31.04).epsilon(3e-3));
    CHECK(loaded(models::nemotron_3_nano_30b_a3b::value, *of("nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-NVFP4"), 1, 1, 20260725) ==
          doctest::Approx(18.21).epsilon(5e-3));
    CHECK(loaded(models::gemma_4_26b_a4b::value, *of("cyankiwi/gemma-4-26B-A4B-it-qat-AWQ-INT4"), 1, 1, 20260710) ==
          doctest::Approx(16.63).epsilon(3e-3));
    // bitsandbytes: scales of scales in v0.8.3, none behind v0.9.2.
    CHECK(loaded(models::tinyllama_1_1b::value, q::nf4_double::value, 1, 1, 20250403) == doctest::Approx(0.7318).epsilon(3e-3));
    CHECK(loaded(models::tinyllama_1_1b::value, q::nf4_double::value, 1, 1, 20250801) >
          loaded(models::tinyllama_1_1b::value, q::nf4_double::value, 1, 1, 20250403) + 0.04);
}

constexpr bool experts_are_padded_for_their_kernel() {
    using n = tensor_name;
    const auto is = [](const detail::weight_share &s, std::int64_t in, std::int64_t out) { return s.in == in && s.out == out; };
    const detail::weight_share square{2880, 2880, 32}, joined{2880, 5760, 32};
    const auto marlin = detail::vllm_mxfp4_padding(devices::geforce_rtx_4090::value, detail::vllm_today);
    const auto triton = detail::vllm_mxfp4_padding(devices::h200_sxm_141gb::value, detail::vllm_today);
    const auto flashinfer = detail::vllm_mxfp4_padding(devices::b200_180gb::value, detail::vllm_today);
    return is(detail::padded_share(square, n::ffn_up_exps, marlin), 3072, 2944) &&
           is(detail::padded_share(square, n::ffn_down_exps, marlin), 2944, 3072) &&
           is(detail::padded_share(joined, n::ffn_gate_up_exps, marlin), 3072, 2 * 2944) &&
           is(detail::padded_share(square, n::ffn_down_exps, triton), 2880, 2880) && triton.inputs == 256 &&
           is(detail::padded_share(square, n::ffn_down_exps, flashinfer), 3072, 3072) &&
           is(detail::padded_share(square, n::ffn_down_exps, {}), 2880, 2880);
}
static_assert(experts_are_padded_for_their_kernel(), "");

// Qwen3 235B in FP8: the blocks of 128 outputs have a scale each, under Marlin each output has.
TEST_CASE("FP8 on devices that do not compute in it") {
    const engine &e = engines::vllm::value;
    const auto loaded = [&](const device &d, const quantization &recipe) {
        const auto l = e.load(models::qwen3_8b::value, recipe, machine_of(d), served());
        REQUIRE(l);
        return static_cast<double>(l->weights.on[0].count());
    };
    const double matrices = 36. * (4096 * (4096 + 2 * 1024) + 4096 * 4096 + 3 * 4096 * 12288);
    CHECK(loaded(devices::geforce_rtx_3090::value, q::fp8_block::value) -
              loaded(devices::geforce_rtx_4090::value, q::fp8_block::value) ==
          doctest::Approx(matrices * (2. / 128 - 4. / 128 / 128)).epsilon(0.02));
    CHECK(loaded(devices::geforce_rtx_3090::value, q::fp8::value) <
          loaded(devices::geforce_rtx_3090::value, q::fp8_block::value));
    CHECK(detail::fp8_for_marlin(q::linear::int8_channel) == q::linear::int8_channel);
}

// Qwen3-VL keeps three parts of what it reads of images for each token of a batch.
constexpr bool deeper_layers_have_room_for_images() {
    const auto held = [](std::int64_t batch, bool text_only) {
        workload w = served(8192);
        w.batch = static_cast<int>(batch);
        w.served.text_only = text_only;
        return engines::vllm::value
            .load(models::qwen3_vl_2b::value, q::bf16::value, machine_of(devices::geforce_rtx_4090::value), w)
            .value()
            .weights.on[0];
    };
    return held(8192, false) - held(2048, false) == bytes(3 * 6144 * 2048 * 2) && held(8192, true) == held(2048, true);
}
static_assert(deeper_layers_have_room_for_images(), "");

constexpr bool one_kind_of_layer_is_one_group() {
    const vllm_cache c = cache_of(models::llama_3_1_8b::value, served(131072), 2048);
    const vllm_cache shared = cache_of(models::llama_3_1_8b::value, served(131072, 16), 2048);
    return c.one_group && c.groups == 1 && c.block_size == 16 && c.block_bytes == 16 * 131072 &&
           c.blocks_per_request(131072) == 8192 && c.blocks_per_request(17) == 2 && shared.block_bytes == 16 * 131072 / 8;
}
static_assert(one_kind_of_layer_is_one_group(), "");

// Gemma 3 27B: 10 layers with full attention, 52 with a window of 1024 in six groups, 8 layers short.
constexpr bool windows_have_groups_of_their_own() {
    const detail::vllm_rules june = detail::vllm_rules_at(20260612);
    workload w = served(131072);
    w.type_k = w.type_v = formats::fp8_e4m3::value;
    const vllm_cache c = cache_of(models::gemma_3_27b::value, w, 4096, june);
    const vllm_cache now = cache_of(models::gemma_3_27b::value, w, 4096);
    const vllm_cache before = cache_of(models::gemma_3_27b::value, w, 4096, detail::vllm_rules_at(20250601));
    return !c.one_group && c.groups == 7 && c.group_layers == 10 && c.padding_layers == 8 && c.block_bytes == 655360 &&
           c.blocks_per_request(131072) == 8192 + 6 * (320 + 1) &&          // 1023 + 4096 tokens
           now.blocks_per_request(131072) == 8192 + 6 * (576 + 1) &&       // two batches in flight
           before.one_group && before.block_bytes == 62 * 65536;            // windows were no groups then
}
static_assert(windows_have_groups_of_their_own(), "");

// Groups are those of the whole model; of a stage each has the layers that lie there.
constexpr bool stages_share_groups() {
    workload w = served(131072);
    w.placed.pipeline_parallel = 2;
    const model &m = models::gemma_3_27b::value;
    const vllm_cache first = vllm_cache_of(m, w, {0, 31}, 2048, today).value(),
                     last = vllm_cache_of(m, w, {31, 62}, 2048, today).value();
    const model &llama = models::llama_3_1_8b::value;
    return first.groups == 7 && last.groups == 7 && first.padding_layers == 8 &&
           first.block_bytes == 5 * 16 * 8192 && last.block_bytes == first.block_bytes &&
           vllm_cache_of(llama, w, {0, 16}, 2048, today).value().block_bytes == 16 * 65536;
}
static_assert(stages_share_groups(), "");

// Kinds that are nearly as many share the size of the larger; it is not so from half as many again on.
constexpr bool groups_of_kinds(std::int64_t few, std::int64_t many, std::int64_t size, std::int64_t groups, std::int64_t padding,
                               int alike_percent = 150) {
    vllm_cache c;
    c.spec_count = 2;
    c.specs[0].layers = c.specs[0].layers_here = few;
    c.specs[1].layers = c.specs[1].layers_here = many;
    c.specs[0].page_bytes = c.specs[1].page_bytes = 64;
    detail::group_layers(c, alike_percent);
    return c.group_layers == size && c.groups == groups && c.padding_layers == padding && c.block_bytes == size * 64;
}
static_assert(groups_of_kinds(12, 13, 13, 2, 1) && groups_of_kinds(10, 15, 10, 3, 5) && groups_of_kinds(10, 20, 10, 3, 0), "");
static_assert(groups_of_kinds(12, 14, 14, 2, 2, 125) && groups_of_kinds(12, 15, 12, 3, 9, 125) &&
                  groups_of_kinds(12, 13, 12, 3, 11, 100),
              "");

// Gemma 4 E4B: wide heads in full layers, so blocks with a window have twice the tokens; shared caches take nothing.
constexpr bool pages_are_made_alike() {
    const vllm_cache c = cache_of(models::gemma_4_e4b::value, served(8192), 2048, detail::vllm_rules_at(20260612));
    return c.group_layers == 4 && c.groups == 6 && c.block_bytes == 4 * 65536 &&
           c.blocks_per_request(8192) == 512 + 5 * (80 + 1);
}
static_assert(pages_are_made_alike(), "");

// Qwen 3.6 35B: blocks of attention hold what a state takes; with tokens that are drafted the state is longer.
constexpr bool blocks_fit_states() {
    workload w = served(262144);
    w.served.prefix_caching = false;
    const vllm_cache c = cache_of(models::qwen3_6_35b_a3b::value, w, 2048);
    w.served.speculative_tokens = 3;
    const vllm_cache drafted = cache_of(models::qwen3_6_35b_a3b::value, w, 2048);
    return c.block_size == 1056 && c.groups == 4 && c.group_layers == 10 && c.state_blocks == 1 &&
           drafted.block_size == 1072 && drafted.group_layers == 11 && drafted.padding_layers == 3 &&
           drafted.blocks_per_request(262144) == 245 + 3 * 4;
}
static_assert(blocks_fit_states(), "");

// With prefix caching a state is kept at the end of a block beside the last one, since v0.15; of Mamba at the end of each, in
// whole chunks of the scan, until v0.28.
constexpr bool states_of_cached_prefixes() {
    const auto of = [](const model &m, int date) { return cache_of(m, served(262144), 2048, detail::vllm_rules_at(date)); };
    const vllm_cache before = of(models::qwen3_6_35b_a3b::value, 20260128), since = of(models::qwen3_6_35b_a3b::value, 20260129);
    const vllm_cache every = of(models::nemotron_nano_9b_v2::value, 20260725),
                     last = of(models::nemotron_nano_9b_v2::value, 20260826);
    const std::int64_t full = 262144 / 1056 + 1;
    return before.blocks_per_request(262144) == full + 3 && since.blocks_per_request(262144) == full + 3 * 2 &&
           every.block_size % 128 == 0 && last.block_size % 128 != 0 && every.block_size > last.block_size &&
           every.blocks_per_request(262144) == every.groups * detail::divide_up(262144, every.block_size) &&
           last.blocks_per_request(262144) == detail::divide_up(262144, last.block_size) + (last.groups - 1) * 2;
}
static_assert(states_of_cached_prefixes(), "");

// Kimi Linear on two devices, as v0.11.1 printed it; blocks are whole 128 tokens since v0.27. Nemotron H kept its states in
// 16 bits before v0.13.
constexpr bool blocks_beside_states_by_date() {
    const auto of = [](const model &m, int tensor_parallel, int date) {
        workload w = served(120000, tensor_parallel);
        w.served.prefix_caching = false;
        return cache_of(m, w, 2048, detail::vllm_rules_at(date));
    };
    const model &kimi = models::kimi_linear_48b_a3b::value, &nemotron = models::nemotron_nano_9b_v2::value;
    return of(kimi, 2, 20251106).block_size == 960 && of(kimi, 2, 20260807).block_size == 960 &&
           of(kimi, 2, 20260808).block_size == 1024 &&
           of(nemotron, 1, 20251217).block_size < of(nemotron, 1, 20251218).block_size;
}
static_assert(blocks_beside_states_by_date(), "");

constexpr bool latent_caches_are_not_divided() {
    const vllm_cache one = cache_of(models::deepseek_v3::value, served(32768), 8192);
    const vllm_cache eight = cache_of(models::deepseek_v3::value, served(32768, 8), 8192);
    return one.block_size == 64 && one.block_bytes == 64 * 61 * 576 * 2 && eight.block_bytes == one.block_bytes;
}
static_assert(latent_caches_are_not_divided(), "");

// v0.17.1, Llama 3.1 8B: 55.79 GiB hold 457,024 tokens; v0.19.2, Qwen 3.6 35B: 47.55 GiB, 590 blocks of 1056 in each group.
TEST_CASE("capacity as logs print it") {
    const vllm_cache llama = cache_of(models::llama_3_1_8b::value, served(32768), 2048);
    const auto c = detail::capacity_of(llama, bytes(457024 * std::int64_t{131072} + 1000), 32768, 131072, today);
    CHECK(c.blocks == 28564);
    CHECK(c.size == tokens(457024));
    CHECK(c.concurrency == doctest::Approx(13.947).epsilon(1e-4));
    CHECK(c.longest == tokens(131072));

    const detail::vllm_rules april = detail::vllm_rules_at(20260403);
    workload w = served(131072);
    w.served.prefix_caching = false;
    const vllm_cache qwen = cache_of(models::qwen3_6_35b_a3b::value, w, 2048, april);
    const auto h = detail::capacity_of(qwen, bytes(51056423731), 131072, 262144, april);
    CHECK(h.size == tokens(623040));
    CHECK(h.concurrency == doctest::Approx(18.4375));

    // v0.20.0 still printed the tokens of a group, v0.20.1 those of so many requests.
    for (const int date : {20260427, 20260503}) {
        const auto c = detail::capacity_of(qwen, bytes(51056423731), 131072, 262144, detail::vllm_rules_at(date));
        CHECK(c.size == tokens(date < 20260503 ? 623040 : 2416640));
    }
}

// The largest max_model_len is the last that fits, with a block kept back.
constexpr bool longest_is_the_last_that_fits() {
    const vllm_cache c = cache_of(models::gemma_3_27b::value, served(131072), 2048);
    const auto at = detail::capacity_of(c, 10_GiB, 8192, 131072, today);
    const std::int64_t n = at.longest.count();
    return n > 0 && n < 131072 && c.blocks_per_request(n) <= at.blocks - 1 && c.blocks_per_request(n + 1) > at.blocks - 1;
}
static_assert(longest_is_the_last_that_fits(), "");

struct on_a_h100 : deployment<models::llama_3_1_8b, q::bf16, devices::h100_sxm_80gb, engines::vllm> {};
static_assert(on_a_h100::fits(tokens(131072)), "");

TEST_CASE("questions") {
    const machine one = machine_of(devices::geforce_rtx_4090::value);
    const engine &e = engines::vllm::value;
    const auto longest = max_context(models::llama_3_1_8b::value, q::bf16::value, one, e, served());
    REQUIRE(longest);
    CHECK(*longest > tokens(8192));
    CHECK(*longest < tokens(131072));
    CHECK(fits(models::llama_3_1_8b::value, q::bf16::value, one, e, served(longest->count())));
    CHECK(!fits(models::llama_3_1_8b::value, q::bf16::value, one, e, served(longest->count() + 16)));
    CHECK(!fits(models::llama_3_1_70b::value, q::awq::value, one, e, served(4096)));

    const auto report = vllm_capacity_of(models::llama_3_1_8b::value, q::bf16::value, one, e, served(16384));
    REQUIRE(report);
    CHECK(report->lower.longest >= *longest); // a promise and what the engine finds
    CHECK(report->expected.size > report->lower.size);
    CHECK(report->expected.concurrency ==
          doctest::Approx(static_cast<double>(report->expected.size.count()) / 16384).epsilon(1e-3));

    const auto b = budget_of(models::llama_3_1_8b::value, q::bf16::value, one, e, served(16384));
    REQUIRE(b);
    CHECK(b->devices[0].kv_cache.expected == bytes((1024 + 1) * 16 * std::int64_t{131072}));
    CHECK(b->devices[0].total().upper <= b->devices[0].usable_capacity);
    CHECK(b->host().weights.expected == 0_B);
}

TEST_CASE("what is refused") {
    const machine one = machine_of(devices::h100_sxm_80gb::value);
    const auto why = [&](const quantization &recipe, const workload &w, const machine &on) {
        const auto b = budget_of(models::llama_3_1_8b::value, recipe, on, engines::vllm::value, w);
        return b ? std::string() : std::string(b.error().where.c_str());
    };
    CHECK(why(q::q4_k_m::value, served(4096), one) == "quantization");
    CHECK(why(q::bf16::value, served(4096, 2), one) == "tensor_parallel");
    CHECK(why(q::bf16::value, served(4096, 3), several(devices::h100_sxm_80gb::value, 3)) == "tensor_parallel");
    CHECK(why(q::bf16::value, served(4096), machine{}) == "devices");
    CHECK(why(q::bf16::value, served(262144), one) == "context");
    CHECK(why(q::bf16::value, served(4096), one).empty());
}

} // namespace

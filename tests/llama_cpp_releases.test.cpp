// What earlier releases of llama.cpp printed, in MiB with two digits, where the present one allocates something else.
#include <membound/engines/llama_cpp.hpp>
#include <membound/engines/ollama.hpp>
#include <membound/models/gemma.hpp>
#include <membound/models/gpt_oss.hpp>
#include <membound/models/llama.hpp>
#include <membound/models/qwen.hpp>
#include <membound/models/qwen_next.hpp>
#include <membound/quantizations.hpp>
#include <membound/solve.hpp>

#include <doctest/doctest.h>

namespace {

using namespace membound;
namespace m = membound::models;
namespace q = membound::quantizations;

constexpr workload use_of(std::int64_t context, int sequences = 1) {
    workload w;
    w.context = tokens(context);
    w.sequences = sequences;
    w.batch = 2048;
    w.ubatch = 512;
    w.flash = flash_attention::on;
    w.outputs = -1;
    w.dry_run = false;
    w.loading = weight_loading::mapped;
    return w;
}

constexpr machine one(backend api, std::int64_t host_alignment = 0) {
    device d;
    d.api = api;
    d.capacity = 96_GiB;
    d.host_alignment = host_alignment;
    machine on;
    on.devices[on.device_count++] = d;
    return on;
}

constexpr std::int64_t hundredths(bytes b) { return (b.count() * 100 + (1 << 19)) / (1 << 20); }

// Compute buffers of the device and of the host.
struct printed {
    std::int64_t device = 0;
    std::int64_t host = 0;
};
constexpr bool prints(const model &of, const quantization &recipe, const machine &on, int date, const workload &w,
                      const printed &wanted) {
    const auto b = budget_of(of, recipe, on, at_date(engines::llama_cpp::value, date), w);
    return b && hundredths(b->devices[0].compute.expected) == wanted.device &&
           hundredths(b->host().compute.expected) == wanted.host;
}

// Rows of logits were picked behind the last attention, before draft models read the hidden states of all (b7772, b8193).
constexpr bool rows_were_picked_early() {
    workload w = use_of(131072);
    w.type_k = w.type_v = formats::q8_0::value;
    workload all_rows = use_of(16384);
    all_rows.outputs = 0;
    return prints(m::gpt_oss_20b::value, q::f16::value, one(backend::cuda), 20260118, use_of(16384), {39838, 3915}) &&
           prints(m::qwen3_5_9b::value, q::q8_0::value, one(backend::cuda), 20260303, w, {49300, 27202}) &&
           prints(m::gpt_oss_20b::value, q::f16::value, one(backend::cuda), 20260727, all_rows, {39838, 2802}) &&
           prints(m::gpt_oss_20b::value, q::f16::value, one(backend::cuda), 20260728, all_rows, {40400, 2802});
}

// Masks of F32 lived through layers that Vulkan had begun early, and Mesa's driver maps memory by pages (b9010).
constexpr bool vulkan_had_other_orders() {
    const machine strix_halo = one(backend::vulkan, 4096);
    workload quantized = use_of(34048);
    quantized.type_k = quantized.type_v = formats::q8_0::value;
    workload part = use_of(2048);
    part.placed.gpu_layers = 35;
    return prints(m::qwen3_6_35b_a3b::value, q::q4_k_m::value, strix_halo, 20260503, use_of(34048), {57652, 7453}) &&
           prints(m::qwen3_6_35b_a3b::value, q::q4_k_m::value, strix_halo, 20260503, quantized, {56378, 7479}) &&
           prints(m::qwen3_next_80b_a3b::value, q::q4_k_m::value, strix_halo, 20260503, use_of(69888), {30875, 14452}) &&
           prints(m::qwen3_next_80b_a3b::value, q::q4_k_m::value, strix_halo, 20260503, use_of(132352), {42376, 26652}) &&
           prints(m::qwen2_5_3b::value, q::q4_k_m::value, one(backend::vulkan), 20260228, part, {30075, 1201});
}

// Embeddings of layers lay with the output layer, and were looked up there (b8680); experts beside a dense block (b8854).
constexpr bool gemma_4_had_other_graphs() {
    workload two = use_of(32768, 2);
    two.unified_cache = false;
    two.placed.gpu_layers = -1;
    const auto before = budget_of(m::gemma_4_e4b::value, q::q8_0::value, one(backend::cuda),
                                  at_date(engines::llama_cpp::value, 20260407), use_of(65536));
    const auto after = budget_of(m::gemma_4_e4b::value, q::q8_0::value, one(backend::cuda),
                                 at_date(engines::llama_cpp::value, 20260408), use_of(65536));
    return prints(m::gemma_4_e4b::value, q::q8_0::value, one(backend::metal), 20260407, use_of(65536), {51750, 14002}) &&
           prints(m::gemma_4_26b_a4b::value, q::q4_k_m::value, one(backend::cuda), 20260420, two, {53263, 4602}) && before &&
           after && before->devices[0].weights.expected > after->devices[0].weights.expected + 2_GiB;
}

// Sliding layers kept every token in Ollama's own runner.
constexpr bool ollama_kept_every_token() {
    workload w = engines::ollama::value.defaults;
    w.context = 8192_tokens;
    const auto then = budget_of(m::gemma_2_2b::value, q::q4_0::value, one(backend::rocm),
                                at_date(engines::ollama::value, 20260514), w);
    const auto now = budget_of(m::gemma_2_2b::value, q::q4_0::value, one(backend::rocm),
                               at_date(engines::ollama::value, 20260629), w);
    return then && now && then->devices[0].kv_cache.expected == 832_MiB && now->devices[0].kv_cache.expected < 832_MiB;
}

} // namespace

TEST_CASE("rows were picked early") { CHECK(rows_were_picked_early()); }
TEST_CASE("Vulkan had other orders") { CHECK(vulkan_had_other_orders()); }
TEST_CASE("Gemma 4 had other graphs") { CHECK(gemma_4_had_other_graphs()); }
TEST_CASE("Ollama kept every token of sliding layers") { CHECK(ollama_kept_every_token()); }

#include <membound/devices/all.hpp>
#include <membound/engines/exllama.hpp>
#include <membound/engines/llama_cpp.hpp>
#include <membound/models/all.hpp>
#include <membound/quantizations.hpp>
#include <membound/throughput.hpp>

#include <doctest/doctest.h>

using namespace membound;

namespace {

constexpr const engine &llama_cpp = engines::llama_cpp::value;
constexpr const quantization &q4_k_m = quantizations::q4_k_m::value;
constexpr const model &llama_8b = models::llama_3_1_8b::value;

constexpr machine card_in(const device &card, const device &host) {
    machine on = machine_of(card);
    on.host = host;
    return on;
}

constexpr double decode(const model &m, const machine &on, const workload &w, const quantization &q = q4_k_m) {
    return throughput_of(m, q, on, llama_cpp, w)->decode.expected;
}
constexpr double prefill(const model &m, const machine &on, const workload &w, const quantization &q = q4_k_m) {
    return throughput_of(m, q, on, llama_cpp, w)->prefill.expected;
}

constexpr bool between(double x, double least, double most) { return x > least && x < most; }

// Every factor is 1, and below every rate is one, so that costs are counts.
constexpr efficiency ones = [] {
    efficiency e;
    for (double &f : e.factor.of) f = 1;
    return e;
}();
constexpr const efficiency *once(const device &) { return &ones; }

constexpr engine at_peak = [] {
    engine e = llama_cpp;
    e.efficiency_on = once;
    return e;
}();

constexpr device slow_card = [] {
    device d = bare_memory(80_GiB);
    d.memory_bandwidth_gbps = 1;
    d.fp32_tflops = 1;
    d.link_bandwidth_gbps = 1;
    return d;
}();

constexpr pass_costs spent(const model &m, const quantization &q, const machine &on, const workload &w, bool prompt) {
    const auto loaded = at_peak.load(m, q, on, w);
    detail::pass_timer timer(m, *loaded, on, at_peak, w);
    (void)(prompt ? prefill_seconds(timer, w) : decode_seconds(timer, w));
    return timer.spent();
}

// A token reads all that lies on the device but what else is there of padding.
constexpr bool weights_are_read_once_a_token() {
    const machine on = machine_of(slow_card);
    const auto loaded = llama_cpp.load(llama_8b, quantizations::q8_0::value, on, workload{});
    const double read = spent(llama_8b, quantizations::q8_0::value, on, workload{}, false)[cost::weights];
    const double held = static_cast<double>(loaded->weights.on[0].count()) / 1e9;
    return between(read / held, 0.9999, 1.0001);
}
static_assert(weights_are_read_once_a_token(), "");

// 32 layers of 8 heads of 128 for keys and for values, in F16, times the cells.
constexpr bool the_cache_grows_with_the_context() {
    workload w;
    w.filled = tokens(999);
    const double seconds = spent(llama_8b, q4_k_m, machine_of(slow_card), w, false)[cost::cache];
    return between(seconds * 1e9 / (32.0 * 2 * 8 * 128 * 2 * 1000), 0.9999, 1.0001);
}
static_assert(the_cache_grows_with_the_context(), "");

// Of Gemma 3 27B's 62 layers ten see all cells, the others the window of 1024 and the token itself.
constexpr bool a_window_is_read_and_no_more() {
    const model &m = models::gemma_3_27b::value;
    workload w;
    w.filled = tokens(9999);
    const double seconds = spent(m, q4_k_m, machine_of(slow_card), w, false)[cost::cache];
    const double a_cell = 2 * 16 * 128 * 2;
    return between(seconds * 1e9 / (a_cell * (10 * 10000.0 + 52 * 1025.0)), 0.9999, 1.0001);
}
static_assert(a_window_is_read_and_no_more(), "");

// DeepSeek V3 caches 512 + 64 numbers a token and layer, and no values beside them.
constexpr bool a_latent_cache_is_one_vector() {
    workload w;
    w.filled = tokens(99);
    const double seconds = spent(models::deepseek_v3::value, q4_k_m, machine_of(slow_card), w, false)[cost::cache];
    return between(seconds * 1e9 / (61.0 * 576 * 2 * 100), 0.9999, 1.0001);
}
static_assert(a_latent_cache_is_one_vector(), "");

// A state is read and written, whatever the context is.
constexpr bool states_do_not_grow() {
    workload w;
    const model &m = models::mamba_2_8b::value;
    const double empty = spent(m, q4_k_m, machine_of(slow_card), w, false)[cost::cache];
    w.filled = tokens(100000);
    return empty > 0 && spent(m, q4_k_m, machine_of(slow_card), w, false)[cost::cache] == empty;
}
static_assert(states_do_not_grow(), "");

// 8 of 128 experts: one token reads a sixteenth of them, two less than two sixteenths, and very many all.
constexpr bool tokens_share_experts() {
    const model &m = models::qwen3_30b_a3b::value;
    const double one = detail::share_of_experts(m, 1), two = detail::share_of_experts(m, 2);
    return one == 0.0625 && between(two, 0.0625, 0.125) && between(two, 0.1210, 0.1212) &&
           between(detail::share_of_experts(m, 512), 0.999, 1.0001) && detail::share_of_experts(llama_8b, 5) == 0;
}
static_assert(tokens_share_experts(), "");

// Active parameters: 3.3e9 of 30.5e9 of Qwen3 30B-A3B, of which the embedding is read by row.
constexpr bool active_experts_alone_are_multiplied() {
    const model &m = models::qwen3_30b_a3b::value;
    const auto loaded = llama_cpp.load(m, q4_k_m, machine_of(slow_card), workload{});
    const weight_work &w = loaded->weights.work[0];
    const double active = w.products + w.routed_products / 16 + loaded->weights.head.products;
    return between(active / 1e9, 3.0, 3.1) && between((w.products + w.routed_products) / 1e9, 29.8, 30);
}
static_assert(active_experts_alone_are_multiplied(), "");

// Twice the products of a token for each parameter but the embedding; the head is for one row of the prompt.
constexpr bool a_prompt_multiplies_every_weight() {
    const quantization &f16 = quantizations::f16::value;
    workload w;
    const double seconds = spent(llama_8b, f16, machine_of(slow_card), w, true)[cost::float_products];
    const double in_layers = 8030261248.0 - 2 * 128256.0 * 4096 - 65 * 4096 - 64;
    return between(seconds * 0.5e12 / (512 * in_layers + 128256.0 * 4096), 0.9999, 1.0001);
}
static_assert(a_prompt_multiplies_every_weight(), "");

// What runs through the same blocks again reads them again.
constexpr bool work_is_summed_like_bytes() {
    for (const model *m : {&llama_8b, &models::gpt_oss_20b::value, &models::deepseek_v2_lite::value}) {
        const machine on = machine_of(slow_card);
        const auto loaded = llama_cpp.load(*m, quantizations::bf16::value, on, workload{});
        const weight_work &w = loaded->weights.work[0];
        const double counted = w.bytes + w.routed_bytes + loaded->weights.head.bytes;
        if (!between(counted / static_cast<double>(loaded->weights.on[0].count()), 0.999, 1.0001)) return false;
    }
    return true;
}
static_assert(work_is_summed_like_bytes(), "");

constexpr bool what_is_not_known_is_not_told() {
    const machine memory = machine_of(bare_memory(24_GiB));
    const auto bare = throughput_of(llama_8b, q4_k_m, memory, llama_cpp, workload{});
    device without_rate = devices::geforce_rtx_4090::value;
    without_rate.fp32_tflops = without_rate.fp16_tflops = 0;
    const auto no_rate = throughput_of(llama_8b, q4_k_m, machine_of(without_rate), llama_cpp, workload{});
    workload half;
    half.placed.gpu_layers = 16;
    const auto no_host = throughput_of(llama_8b, q4_k_m, machine_of(devices::geforce_rtx_4090::value), llama_cpp, half);
    const auto on_host =
        throughput_of(llama_8b, q4_k_m, machine_of(devices::desktop_ddr5_5600_64gb::value), llama_cpp, workload{});
    engine nameless = llama_cpp;
    nameless.efficiency_on = nullptr;
    return bare && !bare->decode.known() && !bare->prefill.known() && bare->time_to_first_token_seconds == 0 &&
           !no_rate->decode.known() && !no_rate->prefill.known() && !no_host->decode.known() &&
           on_host->decode.known() && !on_host->prefill.known() &&
           !throughput_of(llama_8b, q4_k_m, memory, nameless, workload{}) &&
           !throughput_of(models::bert_base_uncased::value, q4_k_m, memory, llama_cpp, workload{});
}
static_assert(what_is_not_known_is_not_told(), "");

constexpr machine rtx_2080 = [] {
    machine on = card_in(devices::geforce_rtx_2080::value, devices::desktop_ddr4_3200_64gb::value);
    on.host.memory_bandwidth_gbps = 102.4; // four channels
    return on;
}();

// Llama 2 70B in 2.5 bits a weight on an RTX 4090: 38 tokens a second (exllamav2, README.md). No prefill was published.
constexpr bool exllama_decodes_as_published() {
    const quantization *exl2 = find_quantization("EXL2_2.5BPW");
    if (exl2 == nullptr) return false;
    workload w = engines::exllama_v2::value.defaults;
    w.filled = tokens(64);
    const auto t = throughput_of(models::llama_2_70b::value, *exl2, machine_of(devices::geforce_rtx_4090::value),
                                 engines::exllama_v2::value, w);
    return t && between(t->decode.expected / 38, 0.8, 1.25) && !t->prefill.known();
}
static_assert(exllama_decodes_as_published(), "");

// An RTX 2080 beside an i9-10900X, all in Q4_K_M: llmfit, pull requests 755, 774 and 778. Layers or experts on the host.
constexpr bool spilled_models_are_as_published() {
    const auto near = [](const model &m, int gpu_layers, int cpu_moe_layers, double measured) {
        workload w;
        w.filled = tokens(128);
        w.placed.gpu_layers = gpu_layers;
        w.placed.cpu_moe_layers = cpu_moe_layers;
        return between(decode(m, rtx_2080, w) / measured, 0.7, 1.35);
    };
    return near(models::qwen3_14b::value, 32, 0, 16.9) && near(models::phi_4::value, 32, 0, 16.7) &&
           near(models::gemma_3_12b::value, 44, 0, 26.1) && near(models::qwen2_5_14b::value, 42, 0, 20.8) &&
           near(models::gemma_2_9b::value, 36, 0, 23.7) && near(models::qwen3_30b_a3b::value, -1, 36, 36.7) &&
           near(models::deepseek_coder_v2_lite::value, -1, 16, 49.6);
}

// Llama 3.1 8B in system memory instead of the card's falls from tens of tokens a second to a few.
constexpr bool system_memory_is_slow() {
    const machine on = card_in(devices::geforce_rtx_3060_12gb::value, devices::desktop_ddr4_3200_32gb::value);
    double last = 1e9;
    for (const int layers : {33, 24, 16, 8, 0}) {
        workload w;
        w.placed.gpu_layers = layers;
        const double rate = decode(llama_8b, on, w);
        if (rate >= last) return false;
        last = rate;
    }
    return between(decode(llama_8b, on, workload{}), 40, 65) && between(last, 4, 9);
}
static_assert(system_memory_is_slow(), "");

constexpr bool batches_and_devices_do_as_expected() {
    const device &card = devices::geforce_rtx_3090::value;
    const machine one = machine_of(card), two = machine_of(card, card);
    workload w, many, small;
    many.sequences = 8;
    small.ubatch = 64;
    const double alone = decode(llama_8b, one, w), together = decode(llama_8b, one, many);
    return together > 3 * alone && together < 8 * alone && prefill(llama_8b, one, small) < prefill(llama_8b, one, w) &&
           between(decode(llama_8b, two, w) / alone, 0.9, 1) &&
           decode(llama_8b, one, w, quantizations::q8_0::value) < 0.75 * alone;
}
static_assert(batches_and_devices_do_as_expected(), "");

// Four passes over two equal halves take the time of five halves, not of eight.
constexpr bool devices_are_a_pipeline_for_prompts() {
    machine two = machine_of(devices::geforce_rtx_3090::value);
    const machine one = two;
    two.devices[two.device_count++] = two.devices[0];
    workload w;
    const double alone = prefill(llama_8b, one, w);
    if (!between(prefill(llama_8b, two, w) / alone, 0.9, 1)) return false;
    w.prompt = tokens(2048);
    workload spilled = w;
    spilled.placed.gpu_layers = 32;
    two.host = devices::desktop_ddr5_5600_64gb::value;
    const double gain = prefill(llama_8b, two, w) / prefill(llama_8b, one, w);
    return between(gain, 1.4, 1.6) && prefill(llama_8b, two, spilled) < 0.8 * prefill(llama_8b, two, w);
}
static_assert(devices_are_a_pipeline_for_prompts(), "");

// Large batches are multiplied on the device, for which the weights cross the link: never faster than it.
constexpr bool prompts_stream_what_lies_on_the_host() {
    const machine on = card_in(devices::geforce_rtx_4090::value, devices::desktop_ddr5_5600_64gb::value);
    workload w;
    w.placed.gpu_layers = 0;
    const auto streamed = throughput_of(llama_8b, q4_k_m, on, llama_cpp, w);
    w.offload_operations = false;
    const auto computed = throughput_of(llama_8b, q4_k_m, on, llama_cpp, w);
    const double link_seconds = 4.3e9 / 31.5e9;
    return streamed->prefill.known() && streamed->time_to_first_token_seconds > link_seconds &&
           streamed->prefill_bound == cost::link && !computed->prefill.known();
}
static_assert(prompts_stream_what_lies_on_the_host(), "");

constexpr bool bands_hold_what_is_expected() {
    for (const device *d : devices::all) {
        const efficiency *e = llama_cpp.efficiency_on(*d);
        if (e == nullptr || !(e->decode_lower < 1 && e->decode_upper > 1)) return false;
        const bool published = d->api != backend::cpu;
        if (published ? !(e->prefill_lower < 1 && e->prefill_upper > 1) : e->prefill_upper != 0) return false;
        for (const double f : e->factor.of)
            if (!(f >= 0)) return false;
    }
    return true;
}
static_assert(bands_hold_what_is_expected(), "");

} // namespace

TEST_CASE("a pass costs what it reads, computes and starts") {
    CHECK(weights_are_read_once_a_token());
    CHECK(the_cache_grows_with_the_context());
    CHECK(a_window_is_read_and_no_more());
    CHECK(a_latent_cache_is_one_vector());
    CHECK(states_do_not_grow());
    CHECK(tokens_share_experts());
    CHECK(active_experts_alone_are_multiplied());
    CHECK(a_prompt_multiplies_every_weight());
    CHECK(work_is_summed_like_bytes());
}

TEST_CASE("speeds are as published") {
    CHECK(exllama_decodes_as_published());
    CHECK(spilled_models_are_as_published());
    CHECK(system_memory_is_slow());
    CHECK(batches_and_devices_do_as_expected());
    CHECK(devices_are_a_pipeline_for_prompts());
    CHECK(prompts_stream_what_lies_on_the_host());
}

TEST_CASE("speeds are told with their bands, or not at all") {
    CHECK(what_is_not_known_is_not_told());
    CHECK(bands_hold_what_is_expected());
}

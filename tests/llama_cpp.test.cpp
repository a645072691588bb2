// What llama.cpp allocates, buffer by buffer, and what it refuses.
#include <membound/engines/llama_cpp.hpp>
#include <membound/formats/float.hpp>
#include <membound/models/deepseek.hpp>
#include <membound/models/gemma.hpp>
#include <membound/models/gpt2.hpp>
#include <membound/models/gpt_oss.hpp>
#include <membound/models/kimi.hpp>
#include <membound/models/llama.hpp>
#include <membound/models/mistral.hpp>
#include <membound/models/phi.hpp>
#include <membound/models/qwen.hpp>
#include <membound/models/starcoder.hpp>
#include <membound/quantizations.hpp>
#include <membound/solve.hpp>

#include <doctest/doctest.h>

#include <vector>

#include <initializer_list>

namespace {

using namespace membound;
namespace f = membound::formats;
namespace m = membound::models;
namespace q = membound::quantizations;
constexpr const engine &llama_cpp = engines::llama_cpp::value;

// A use as the measured runs had it: one cache for all sequences, and nothing really allocated.
struct use {
    int context = 0;
    int devices = 0;
    int ubatch = 512;
    int batch = 2048;
    int outputs = 0;
    int gpu_layers = -1;
    int sequences = 1;
    bool own_caches = false;
    bool flash = true;
    bool moves = true;
    bool cache_follows = true;
    bool experts_follow = true;
    bool window = true;
    bool vectors = false;
    const format *type_k = &f::f16::value;
    const format *type_v = &f::f16::value;
    int shares[4] = {};

    constexpr use ubatch_of(int n) { return ubatch = n, *this; }
    constexpr use batch_of(int n) { return batch = n, *this; }
    constexpr use sequences_of(int n) { return sequences = n, own_caches = true, *this; }
    constexpr use outputs_of(int n) { return outputs = n, *this; }
    constexpr use with_vectors() { return vectors = true, *this; }
    constexpr use cache(const format &k, const format &v) { return type_k = &k, type_v = &v, *this; }
    constexpr use without_flash() { return flash = false, *this; }
    constexpr use without_moving() { return moves = false, *this; }
    constexpr use cache_on_host() { return cache_follows = false, *this; }
    constexpr use experts_on_host() { return experts_follow = false, *this; }
    constexpr use full_window() { return window = false, *this; }
    constexpr use layers(int n) { return gpu_layers = n, *this; }
    constexpr use split(std::initializer_list<int> of_devices) {
        int d = 0;
        for (const int share : of_devices) shares[d++] = share;
        return *this;
    }

    constexpr operator workload() const {
        workload w;
        w.context = tokens(context);
        w.sequences = sequences;
        w.unified_cache = !own_caches;
        w.batch = batch;
        w.ubatch = ubatch;
        w.outputs = outputs;
        w.embeddings = vectors;
        w.type_k = *type_k;
        w.type_v = *type_v;
        w.flash = flash ? flash_attention::automatic : flash_attention::off;
        w.full_swa_cache = !window;
        w.offload_operations = moves;
        w.dry_run = true;
        w.placed.gpu_layers = gpu_layers;
        w.placed.cpu_moe_layers = experts_follow ? 0 : max_layers;
        w.placed.kv_on_device = cache_follows;
        for (int d = 0; d < 4; ++d) w.placed.tensor_split[d] = shares[d];
        return w;
    }
};
constexpr use gpu(int context, int devices = 1) {
    use u;
    u.context = context;
    u.devices = devices;
    return u;
}
constexpr use cpu(int context) { return gpu(context, 0); }

// Vulkan devices of 80 GiB, whose driver allocates 1 GiB at once.
constexpr machine machine_for(const use &u) {
    machine on;
    on.device_count = u.devices;
    for (int d = 0; d < u.devices; ++d) {
        on.devices[d] = bare_memory(80_GiB, backend::vulkan);
        on.devices[d].largest_buffer = 1_GiB;
        on.devices[d].subgroup_size = 8; // Mesa's software device, which was measured
    }
    return on;
}

struct buffers {
    std::int64_t weights;
    std::int64_t cache;
    std::int64_t compute;
};

struct measured {
    const model *of;
    const quantization *recipe;
    use with;
    buffers held[5]; // of each device, the host last
};

// Buffers of llama.cpp v0.5.0. The host's are the sum of all that no device holds.
constexpr measured runs[] = {
    // One device: the processor.
    {&m::llama_3_1_8b::value, &q::f16::value, cpu(8192), {{16061055232, 1073741824, 279447552}}},
    {&m::llama_3_1_8b::value, &q::q4_k_m::value, cpu(8192), {{4912898304, 1073741824, 279447552}}},
    {&m::llama_3_1_8b::value, &q::q4_k_m::value, cpu(0), {{4912898304, 17179869184, 279447552}}},
    {&m::llama_3_1_8b::value, &q::q4_k_m::value, cpu(8192).ubatch_of(2048), {{4912898304, 1073741824, 1117790208}}},
    {&m::llama_3_1_8b::value, &q::q4_k_m::value, cpu(8192).ubatch_of(128), {{4912898304, 1073741824, 69861888}}},
    {&m::llama_3_1_8b::value, &q::q4_k_m::value, cpu(8192).without_flash(), {{4912898304, 1073741824, 599795712}}},
    {&m::llama_3_1_8b::value, &q::q4_k_m::value, cpu(8192).cache(f::q8_0::value, f::q8_0::value),
     {{4912898304, 570425344, 287836160}}},
    {&m::llama_3_1_8b::value, &q::q4_k_m::value, cpu(8192).without_flash().cache(f::q8_0::value, f::f16::value),
     {{4912898304, 822083584, 591472640}}},
    {&m::llama_3_1_8b::value, &q::q4_k_m::value, cpu(8192).cache(f::q4_0::value, f::q4_0::value),
     {{4912898304, 301989888, 287836160}}},
    {&m::llama_3_1_8b::value, &q::q4_k_m::value, cpu(8192).sequences_of(4), {{4912898304, 1073741824, 279447552}}},
    {&m::llama_3_1_8b::value, &q::q4_k_m::value, cpu(8192).sequences_of(3), {{4912898304, 1107296256, 279463968}}},
    {&m::llama_3_1_8b::value, &q::q4_k_m::value, cpu(8192).outputs_of(1), {{4912898304, 1073741824, 130035744}}},
    // One device beside the host.
    {&m::llama_3_1_8b::value, &q::f16::value, gpu(8192),
     {{15010382080, 1073741824, 279445504}, {1050673152, 0, 25180160}}},
    {&m::llama_3_1_8b::value, &q::q4_k_m::value, gpu(8192),
     {{4617396480, 1073741824, 279445504}, {295501824, 0, 25180160}}},
    {&m::llama_3_1_8b::value, &q::q4_k_m::value, gpu(131072),
     {{4617396480, 17179869184, 279445504}, {295501824, 0, 151009280}}},
    {&m::llama_3_1_8b::value, &q::q4_k_m::value, gpu(8192).without_flash(),
     {{4617396480, 1073741824, 583016448}, {295501824, 0, 37758976}}},
    {&m::llama_3_1_8b::value, &q::q4_k_m::value, gpu(8192).cache(f::q8_0::value, f::q8_0::value),
     {{4617396480, 570425344, 271056896}, {295501824, 0, 25262080}}},
    {&m::llama_3_1_8b::value, &q::q4_k_m::value, gpu(8192).sequences_of(4),
     {{4617396480, 1073741824, 271056896}, {295501824, 0, 18888704}}},
    {&m::llama_3_1_8b::value, &q::q4_k_m::value, gpu(8192).cache_on_host(),
     {{4617396480, 0, 271056896}, {295501824, 1073741824, 25180160}}},
    {&m::llama_3_1_8b::value, &q::q4_k_m::value, gpu(8192).outputs_of(1),
     {{4617396480, 1073741824, 113256464}, {295501824, 0, 25178176}}},
    // Some of the layers on the device, or none.
    {&m::llama_3_1_8b::value, &q::q4_k_m::value, gpu(8192).layers(0),
     {{0, 0, 787914752}, {4912898304, 1073741824, 25180160}}},
    {&m::llama_3_1_8b::value, &q::q4_k_m::value, gpu(8192).layers(0).without_moving(),
     {{0, 0, 0}, {4912898304, 1073741824, 279447552}}},
    {&m::llama_3_1_8b::value, &q::q4_k_m::value, gpu(8192).layers(1),
     {{430956544, 0, 356974592}, {4481941760, 1073741824, 25180160}}},
    {&m::llama_3_1_8b::value, &q::q4_k_m::value, gpu(8192).layers(16).cache_on_host(),
     {{2401460480, 0, 271056896}, {2511438080, 1073741824, 25180160}}},
    {&m::llama_3_1_8b::value, &q::q4_k_m::value, gpu(8192).layers(16).without_moving(),
     {{2401460480, 503316480, 279445504}, {2511438080, 570425344, 130037760}}},
    {&m::llama_3_1_8b::value, &q::q4_k_m::value, gpu(8192).layers(32),
     {{4478460160, 1040187392, 279455744}, {434438400, 33554432, 25180160}}},
    {&m::llama_3_1_8b::value, &q::q4_k_m::value, gpu(8192).layers(33),
     {{4617396480, 1073741824, 279445504}, {295501824, 0, 25180160}}},
    // Several devices: shares of the layers, and four batches in flight where all lie on them.
    {&m::llama_3_1_8b::value, &q::q4_k_m::value, gpu(8192, 2),
     {{2215936256, 570425344, 172007424}, {2401460480, 503316480, 371769344}, {295501824, 0, 50388992}}},
    {&m::llama_3_1_8b::value, &q::q4_k_m::value, gpu(8192, 2).ubatch_of(2048),
     {{2215936256, 570425344, 688029696}, {2401460480, 503316480, 1872953344}, {295501824, 0, 201555968}}},
    {&m::llama_3_1_8b::value, &q::q4_k_m::value, gpu(8192, 2).sequences_of(4),
     {{2215936256, 570425344, 146841600}, {2401460480, 503316480, 346603520}, {295501824, 0, 25223168}}},
    {&m::llama_3_1_8b::value, &q::q4_k_m::value, gpu(8192, 2).layers(16),
     {{1030390016, 268435456, 142084352}, {1371070720, 234881024, 271056896}, {2511438080, 570425344, 25180160}}},
    {&m::mistral_7b_v0_3::value, &q::q4_k_m::value, gpu(8192, 2).split({3, 1}),
     {{3246325760, 838860800, 172007424}, {1050230784, 234881024, 205570048}, {75497472, 0, 50388992}}},
    {&m::mistral_7b_v0_3::value, &q::q4_k_m::value, gpu(8192, 3).split({2, 1, 1}),
     {{2215936000, 570425344, 172007424}, {1030389760, 268435456, 205561856}, {1050230784, 234881024, 205570048},
      {75497472, 0, 50388992}}},
    {&m::mistral_7b_v0_3::value, &q::q4_k_m::value, gpu(8192, 3).layers(16).split({1, 1, 2}),
     {{507084800, 134217728, 135792640}, {523304960, 134217728, 113256448}, {1050230784, 234881024, 113258496},
      {2291433472, 570425344, 25180160}}},
    {&m::mistral_7b_v0_3::value, &q::q4_k_m::value, gpu(8192, 4).sequences_of(4).split({1, 1, 1, 1}),
     {{1185546240, 301989888, 146841600}, {1030389760, 268435456, 180396032}, {1030389760, 268435456, 180396032},
      {1050230784, 234881024, 188792832}, {75497472, 0, 25223168}}},
    {&m::qwen2_5_7b::value, &q::q4_k_m::value, gpu(16384, 2).ubatch_of(1024).split({1, 2}),
     {{1401241600, 335544320, 455163904}, {2969317376, 603979776, 889290752}, {306561024, 0, 163692544}}},
    {&m::qwen2_5_7b::value, &q::q4_k_m::value, gpu(8192, 2).cache(f::q8_0::value, f::q8_0::value).split({2, 1}),
     {{2766528512, 178257920, 194355200}, {1604030464, 71303168, 411418624}, {306561024, 0, 48619520}}},
    {&m::qwen2_5_7b::value, &q::q4_k_m::value, gpu(8192, 2).split({1, 0}),
     {{4370558976, 469762048, 381730816}, {0, 0, 0}, {306561024, 0, 48291840}}},
    // Models that do not fit a device: long chains of layers that are not all alike.
    {&m::llama_3_3_70b::value, &q::q4_k_m::value, gpu(8192).layers(40),
     {{20909310208, 1308622848, 326895872}, {21603221760, 1375731712, 41957376}}},
    {&m::llama_3_3_70b::value, &q::q4_k_m::value, gpu(32768, 2),
     {{21012218112, 5502926848, 411082752}, {20909310208, 5234491392, 547930112}, {591003648, 0, 167829504}}},
    {&m::llama_2_13b::value, &q::q4_k_m::value, gpu(4096, 2).without_flash().split({1, 3}),
     {{2138132480, 922746880, 515923968}, {5634918400, 2432696320, 568360960}, {92160000, 0, 138452992}}},
    // Norms of heads, long-context factors, biases, fused matrices, learned positions.
    {&m::qwen3_8b::value, &q::q4_k_m::value, gpu(8192).layers(1),
     {{510521344, 0, 394395648}, {4511305728, 1207959552, 25180160}}},
    {&m::qwen3_8b::value, &q::q4_k_m::value, gpu(32768, 2),
     {{2189184000, 2550136832, 260087808}, {2482582528, 2281701376, 520929280}, {350060544, 0, 151052288}}},
    {&m::phi_4::value, &q::q4_k_m::value, cpu(0), {{9055703040, 3355443200, 226494464}}},
    {&m::phi_4::value, &q::q4_k_m::value, gpu(8192).without_flash().layers(20),
     {{4402360320, 796917760, 762066944}, {4653342720, 880803840, 50840576}}},
    {&m::phi_3_mini_128k::value, &q::q4_k_m::value, gpu(131072),
     {{2340626304, 51539607552, 197144576}, {55406592, 0, 146814976}}},
    {&m::starcoder2_7b::value, &q::q4_k_m::value, gpu(16384, 2).ubatch_of(1024).split({1, 2}),
     {{1480337408, 369098752, 323043328}, {2979194880, 704643072, 524386304}, {185794560, 0, 172081152}}},
    {&m::starcoder2_7b::value, &q::q4_k_m::value, gpu(8192).layers(16).without_moving(),
     {{2200381440, 251658240, 110100480}, {2444945408, 285212672, 83900416}}},
    {&m::gpt2::value, &q::q4_k_m::value, gpu(1024).layers(6),
     {{54967648, 15728640, 106072064}, {66149760, 22020096, 12060672}}},
    // Sliding windows, and an embedding that is held twice.
    {&m::gemma_3_4b::value, &q::q4_k_m::value, cpu(0), {{2483218432, 2866806784, 547358720}}},
    {&m::gemma_3_4b::value, &q::q4_k_m::value, cpu(8192).sequences_of(4), {{2483218432, 897581056, 547358720}}},
    {&m::gemma_3_4b::value, &q::q4_k_m::value, cpu(32768).full_window(), {{2483218432, 4563402752, 595603456}}},
    {&m::gemma_3_4b::value, &q::q4_k_m::value, gpu(131072),
     {{2483218432, 2866806784, 542113792}, {550502400, 0, 146298880}}},
    {&m::gemma_3_4b::value, &q::q4_k_m::value, gpu(8192).layers(34),
     {{2422657024, 343932928, 547356672}, {611063808, 6291456, 20469760}}},
    {&m::gemma_3_4b::value, &q::q4_k_m::value, gpu(8192, 4).sequences_of(4).split({1, 1, 1, 1}),
     {{515315712, 234881024, 117514240}, {500447232, 243269632, 138485760}, {500447232, 234881024, 138485760},
      {967008256, 184549376, 598818816}, {550502400, 0, 25255936}}},
    {&m::gemma_2_9b::value, &q::q4_k_m::value, gpu(8192).layers(21).without_moving(),
     {{3149862912, 1048576000, 531628032}, {3357777920, 1153433600, 131618816}}},
    {&m::gemma_2_9b::value, &q::q4_k_m::value, gpu(8192, 2),
     {{2605137920, 1153433600, 193011712}, {3149862912, 1048576000, 642859008}, {752640000, 0, 67198976}}},
    {&m::gemma_3_12b::value, &q::q4_k_m::value, gpu(8192, 2).without_flash(),
     {{3360266240, 532676608, 487628800}, {3933758464, 507510784, 754499584}, {825753600, 0, 162586624}}},
    // Experts, on the host too.
    {&m::qwen3_30b_a3b::value, &q::q4_k_m::value, cpu(8192).cache(f::f32::value, f::f32::value),
     {{18550716416, 1610612736, 319555584}}},
    {&m::qwen3_30b_a3b::value, &q::q4_k_m::value, gpu(8192),
     {{18375686144, 805306368, 315359232}, {175030272, 0, 16791552}}},
    {&m::qwen3_30b_a3b::value, &q::q4_k_m::value, gpu(8192).experts_on_host(),
     {{822523904, 805306368, 315359232}, {17728192512, 0, 16791552}}},
    {&m::mixtral_8x7b::value, &q::q4_k_m::value, cpu(1000), {{28447727616, 134217728, 210778112}}},
    {&m::mixtral_8x7b::value, &q::q4_k_m::value, gpu(8192).layers(16),
     {{13417996288, 503316480, 506988544}, {15029731328, 570425344, 25180160}}},
    {&m::mixtral_8x7b::value, &q::q4_k_m::value, gpu(8192, 2).experts_on_host(),
     {{510820352, 570425344, 657997808}, {558260224, 503316480, 73924608}, {27378647040, 0, 25180160}}},
    {&m::qwen1_5_moe_a2_7b::value, &q::q4_k_m::value, gpu(8192).layers(25),
     {{9315252224, 1610612736, 323747840}, {175030272, 0, 16791552}}},
    {&m::qwen1_5_moe_a2_7b::value, &q::q4_k_m::value, gpu(8192, 2).experts_on_host(),
     {{407076864, 872415232, 285466400}, {603453440, 738197504, 319553536}, {8479752192, 0, 16791552}}},
    {&m::gpt_oss_120b::value, &q::mxfp4_moe::value, cpu(0), {{63374323968, 4860149760, 429524992}}},
    {&m::gpt_oss_120b::value, &q::mxfp4_moe::value, cpu(8192).cache(f::q8_0::value, f::q8_0::value),
     {{63374323968, 175472640, 432887808}}},
    {&m::gpt_oss_120b::value, &q::mxfp4_moe::value, gpu(8192).full_window(),
     {{62758994688, 603979776, 423624704}, {615329280, 0, 28596224}}},
    {&m::gpt_oss_120b::value, &q::mxfp4_moe::value, gpu(8192).without_flash().layers(18),
     {{29960955136, 163577856, 1702660096}, {33413368832, 166723584, 34355200}}},
    // Latent attention.
    {&m::deepseek_v2_lite::value, &q::q4_k_m::value, cpu(8192).without_flash(), {{10363959296, 254803968, 346314752}}},
    {&m::deepseek_v2_lite::value, &q::q4_k_m::value, cpu(8192).cache(f::q8_0::value, f::q8_0::value),
     {{10363959296, 135364608, 251934720}}},
    {&m::deepseek_v2_lite::value, &q::q4_k_m::value, gpu(8192).experts_on_host(),
     {{718632960, 254803968, 255739904}, {9645326336, 0, 16787456}}},
    {&m::deepseek_v2_lite::value, &q::q4_k_m::value, gpu(8192).layers(28),
     {{10245994496, 254803968, 222298112}, {117964800, 0, 16787456}}},
    {&m::deepseek_v2_lite::value, &q::q4_k_m::value, gpu(8192, 2).sequences_of(4),
     {{4994744320, 132120576, 336093184}, {5251250176, 122683392, 482377728}, {117964800, 0, 1892458496}}},
    {&m::kimi_k2::value, &q::q4_k_m::value, cpu(8192).ubatch_of(128), {{620550916096, 575668224, 100665856}}},
    // Attention over earlier residuals.
    {&m::kimi_k3::value, &q::f16::value, cpu(8192), {{5560176376192, 691126272, 547383328}}},
    {&m::kimi_k3::value, &q::mxfp4_moe::value, gpu(8192).layers(30).experts_on_host(),
     {{19481902976, 216907776, 602931072}, {1488879772160, 474218496, 461116032}}},
    // Attention over compressed keys, and residual streams that are mixed.
    {&m::deepseek_v4_flash::value, &q::f16::value, cpu(8192), {{568764891200, 106315776, 281552896}}},
    {&m::deepseek_v4_flash::value, &q::mxfp4_moe::value, gpu(8192).layers(20),
     {{68260190272, 49053696, 1372063072}, {86049683392, 57262080, 22117632}}},
    {&m::deepseek_v4_flash::value, &q::q4_k_m::value, gpu(8192, 2).sequences_of(2),
     {{87162311104, 78184448, 295111424}, {84451147072, 79396864, 588113984}, {297861120, 0, 29756416}}},
};

constexpr result<budget> budget_for(const measured &run) {
    return budget_of(*run.of, *run.recipe, machine_for(run.with), llama_cpp, run.with);
}

// Weights, cache with states, and compute buffer of every device, to the byte, and known to be.
constexpr bool is_as_measured(const measured &run) {
    const auto b = budget_for(run);
    if (!b || b->count != run.with.devices + 1) return false;
    for (int d = 0; d < b->count; ++d) {
        const device_budget &at = b->devices[d];
        const buffers &held = run.held[d];
        if (at.weights.expected.count() != held.weights ||
            (at.kv_cache.expected + at.recurrent_state.expected).count() != held.cache ||
            at.compute.expected.count() != held.compute || at.compute.known != knowledge::exact ||
            at.compute.lower != at.compute.upper)
            return false;
    }
    return true;
}
static_assert(is_as_measured(runs[1]), "");  // Llama 3.1 8B on the processor
static_assert(is_as_measured(runs[13]), ""); // and on a device
static_assert(is_as_measured(runs[24]), ""); // and on both

// A context as it was asked for, as the engine sets it, and what one sequence has of it.
struct rounding {
    use asked;
    tokens context;
    tokens per_sequence;
};

// A multiple of 256, for each sequence where each has its own cache; 0 is what the model was trained for.
constexpr rounding roundings[] = {
    {cpu(1000), 1024_tokens, 1024_tokens},
    {cpu(1024), 1024_tokens, 1024_tokens},
    {cpu(1025), 1280_tokens, 1280_tokens},
    {cpu(1), 256_tokens, 256_tokens},
    {cpu(0), 1024_tokens, 1024_tokens},
    {cpu(8192).sequences_of(3), 8448_tokens, 2816_tokens},
    {cpu(1000).sequences_of(4), 1024_tokens, 256_tokens},
    {cpu(256).sequences_of(256), 65536_tokens, 256_tokens},
};
bool contexts_are_rounded() {
    for (const rounding &r : roundings) {
        const auto b = budget_of(m::gpt2::value, q::q8_0::value, machine{}, llama_cpp, r.asked);
        if (!b || b->context != r.context || b->context_per_sequence != r.per_sequence ||
            b->sequences != r.asked.sequences)
            return false;
    }
    return true;
}

struct held_logits {
    use asked;
    std::int64_t numbers;
};
constexpr held_logits logits[] = {
    {cpu(2048), 128256},
    {gpu(2048).layers(0), 128256},
    {cpu(2048).sequences_of(4), 4 * 128256},
    {cpu(2048).with_vectors(), 128256 + 4096},
};
bool logits_are_held_for_each_sequence() {
    for (const held_logits &l : logits) {
        const auto b = budget_of(m::llama_3_1_8b::value, q::q8_0::value, machine_for(l.asked), llama_cpp, l.asked);
        if (!b || b->host().output.expected.count() != 4 * l.numbers) return false;
        if (b->count > 1 && b->devices[0].output.expected != 0_B) return false;
    }
    return true;
}

constexpr bool is_ordered(const amount &a) { return a.lower <= a.expected && a.expected <= a.upper; }

// Each term says how it is known: ROCm's compute buffer is modelled after CUDA's, and what drivers take is assumed.
constexpr bool terms_say_how_they_are_known() {
    workload w;
    w.context = 4096_tokens;
    const budget b =
        budget_of(m::llama_3_1_8b::value, q::q4_k_m::value, machine_of(bare_memory(12_GiB, backend::rocm)), llama_cpp, w).value();
    const budget cuda =
        budget_of(m::llama_3_1_8b::value, q::q4_k_m::value, machine_of(bare_memory(12_GiB)), llama_cpp, w).value();
    const device_budget &gpu = b.devices[0];
    const device_budget &host = b.host();
    return cuda.devices[0].compute.known == knowledge::exact && gpu.weights.known == knowledge::exact &&
           gpu.kv_cache.known == knowledge::exact && gpu.compute.known == knowledge::modelled &&
           gpu.overhead.known == knowledge::assumed && host.compute.known == knowledge::exact &&
           host.output.known == knowledge::exact && is_ordered(gpu.compute) && is_ordered(gpu.overhead) &&
           is_ordered(host.overhead) && gpu.compute.lower < gpu.compute.upper && gpu.total().known == knowledge::assumed &&
           is_ordered(b.total()) && gpu.capacity == 12_GiB && same_text(gpu.name.c_str(), "memory") &&
           same_text(host.name.c_str(), "host");
}
static_assert(terms_say_how_they_are_known(), "");

constexpr bool is_refused(const model &of, const quantization &recipe, const machine &on, const workload &w, errc code,
                          const char *where) {
    const auto b = budget_of(of, recipe, on, llama_cpp, w);
    return !b && b.error().code == code && same_text(b.error().where.c_str(), where) && !b.error().what.empty() &&
           b.error().why[0] != '\0' && !fits(of, recipe, on, llama_cpp, w);
}

struct refusal {
    const model *of;
    use asked;
    errc code;
    const char *where;
};

// As llama.cpp refuses them, or could not count to them. A head of Llama has 128 numbers.
constexpr refusal refusals[] = {
    {&m::llama_3_1_8b::value, cpu(4096).sequences_of(0), errc::bad_value, "sequences, batch, ubatch"},
    {&m::llama_3_1_8b::value, cpu(4096).sequences_of(-1), errc::bad_value, "sequences, batch, ubatch"},
    {&m::llama_3_1_8b::value, cpu(4096).batch_of(0), errc::bad_value, "sequences, batch, ubatch"},
    {&m::llama_3_1_8b::value, cpu(4096).ubatch_of(-1), errc::bad_value, "sequences, batch, ubatch"},
    {&m::llama_3_1_8b::value, cpu(4096).sequences_of(257), errc::unsupported, "sequences"},
    {&m::llama_3_1_8b::value, cpu(-1), errc::bad_value, "context"},
    {&m::llama_3_1_8b::value, cpu(4096).cache(f::f16::value, f::q8_0::value).without_flash(), errc::unsupported,
     "type_v"},
    {&m::llama_3_1_8b::value, cpu(4096).cache(f::q4_k::value, f::f16::value), errc::unsupported, "type_k"},
    {&m::llama_3_1_8b::value, cpu(4096).cache(f::f16::value, f::q4_k::value), errc::unsupported, "type_v"},
    {&m::llama_3_1_8b::value, cpu(4096).cache(f::fp8_e4m3::value, f::f16::value), errc::unsupported, "type_k"},
    {&m::llama_3_1_8b::value, cpu(4096).cache(f::f16::value, f::fp8_e4m3::value), errc::unsupported, "type_v"},
    {&m::deepseek_v2_lite::value, cpu(4096).cache(f::q8_0::value, f::f16::value), errc::unsupported, "type_v"},
    {&m::llama_3_1_8b::value, cpu(1).sequences_of(256), errc::unsupported, "outputs"},
    {&m::llama_3_1_8b::value, cpu(4096).sequences_of(4).outputs_of(3), errc::unsupported, "outputs"},
};

// What is refused is refused alone: the same without it is not.
constexpr refusal accepted[] = {
    {&m::llama_3_1_8b::value, cpu(4096).sequences_of(256), {}, ""},
    {&m::llama_3_1_8b::value, cpu(4096).cache(f::f16::value, f::q8_0::value), {}, ""},
    {&m::llama_3_1_8b::value, cpu(4096).cache(f::q8_0::value, f::f16::value).without_flash(), {}, ""},
    {&m::deepseek_v2_lite::value, cpu(4096).cache(f::q8_0::value, f::q8_0::value), {}, ""},
    {&m::llama_3_1_8b::value, cpu(256).sequences_of(256), {}, ""},
    {&m::llama_3_1_8b::value, cpu(4096).sequences_of(4).outputs_of(4), {}, ""},
};

constexpr bool is_refused(const refusal &r) {
    return is_refused(*r.of, q::q4_k_m::value, machine{}, r.asked, r.code, r.where);
}
static_assert(is_refused(refusals[0]), "");

constexpr model without_family() {
    model unknown = m::llama_3_1_8b::value;
    unknown.family = nullptr;
    return unknown;
}

// A file of an unknown architecture has weights, but no cache that could be told.
constexpr bool unknown_architectures_have_only_weights() {
    constexpr stored_tensor stored[] = {
        {{tensor_name::other, tensor_part::weight, 3, {256, 100}}, f::q4_k::value, "strange"}};
    quantization file;
    file.kind = quantization::scheme::stored;
    file.stored = stored;
    file.stored_count = 1;
    constexpr model unknown = without_family();
    const auto loaded = llama_cpp.load(unknown, file, machine{}, {});
    return loaded && loaded->weights.on[0] == 14400_B &&
           is_refused(unknown, file, machine{}, cpu(4096), errc::unknown, "architecture") &&
           is_refused(unknown, q::f16::value, machine{}, cpu(4096), errc::unknown, "architecture");
}
static_assert(unknown_architectures_have_only_weights(), "");

bool overrides_are_refused() {
    const auto refused = [](const tensor_override &o) {
        workload w;
        w.placed.overrides = &o;
        w.placed.override_count = 1;
        return is_refused(m::gpt2::value, q::q8_0::value, machine_of(bare_memory(24_GiB)), w, errc::bad_value, "overrides");
    };
    return refused({"ffn_(up"}) && refused({"ffn_up", 1}) && !refused({"ffn_up", 0}) && !refused({"ffn_up"});
}

// --cpu-moe is one pattern of --override-tensor.
bool experts_may_be_named_by_a_pattern() {
    const tensor_override experts{"\\.ffn_(up|down|gate|gate_up)_(ch|)exps"};
    const machine on = machine_of(bare_memory(24_GiB, backend::cuda));
    workload counted = gpu(8192);
    counted.placed.cpu_moe_layers = max_layers;
    workload named = gpu(8192);
    named.placed.overrides = &experts;
    named.placed.override_count = 1;
    const auto a = budget_of(m::qwen1_5_moe_a2_7b::value, q::q4_k_m::value, on, llama_cpp, counted);
    const auto b = budget_of(m::qwen1_5_moe_a2_7b::value, q::q4_k_m::value, on, llama_cpp, named);
    const auto whole = budget_of(m::qwen1_5_moe_a2_7b::value, q::q4_k_m::value, on, llama_cpp, gpu(8192));
    const auto same = [](const device_budget &x, const device_budget &y) {
        return x.weights.expected == y.weights.expected && x.compute.expected == y.compute.expected;
    };
    return a && b && whole && same(a->devices[0], b->devices[0]) && same(a->host(), b->host()) && !same(whole->host(), b->host());
}
constexpr tensor_override up_and_gate_to_host{"ffn_(up|gate)"};

// Up and gate of Llama 3.1 8B: 32 layers, each 14336 times 4096 numbers of 4.5 bits.
constexpr bool named_tensors_leave_the_device() {
    workload w = gpu(8192);
    const machine on = machine_of(bare_memory(24_GiB, backend::cuda));
    const auto whole = budget_of(m::llama_3_1_8b::value, q::q4_k_m::value, on, llama_cpp, w);
    w.placed.overrides = &up_and_gate_to_host;
    w.placed.override_count = 1;
    const auto b = budget_of(m::llama_3_1_8b::value, q::q4_k_m::value, on, llama_cpp, w);
    const bytes moved(std::int64_t{32} * 2 * 14336 * 4096 / 256 * 144);
    return b && whole && whole->devices[0].weights.expected - b->devices[0].weights.expected == moved &&
           b->host().weights.expected - whole->host().weights.expected == moved;
}
static_assert(named_tensors_leave_the_device(), "");

bool machines_and_recipes_are_refused() {
    machine crowded;
    crowded.device_count = max_devices + 1;
    machine negative;
    negative.device_count = -1;
    model odd = m::gpt2::value;
    odd.hidden_size = 96; // no row of whole blocks of 128, and nothing to fall back to
    return is_refused(m::gpt2::value, q::q8_0::value, crowded, cpu(512), errc::bad_value, "machine") &&
           is_refused(m::gpt2::value, q::q8_0::value, negative, cpu(512), errc::bad_value, "machine") &&
           is_refused(odd, q::q1_0::value, machine{}, cpu(512), errc::unsupported, "quantization");
}

// What a device holds, tensor by tensor: an own sum, without the shortcuts of the engine.
std::int64_t weights_on(int d, const model &of, const quantization &recipe, const machine &on, const layout &at) {
    const bool is_device = d < on.device_count;
    const bool cuda = is_device && on.devices[d].api == backend::cuda;
    const std::int64_t alignment = cuda ? 128 : 32;
    type_chooser choose(of, recipe);
    std::int64_t sum = 0;
    for_each_weight(of, [&](const tensor &t, tensor_use kind, int layer) {
        if (kind == tensor_use::of_every_layer && layer > 0 &&
            at.device_of_layer(layer) == at.device_of_layer(layer - 1))
            return;
        const format type = choose(t);
        const int place = kind == tensor_use::own           ? device_of(at, t)
                          : kind == tensor_use::tied_output ? at.device_of_output()
                                                            : at.device_of_layer(layer);
        if (place != d || (kind == tensor_use::tied_output && place == at.host)) return;
        std::int64_t size = tensor_bytes(type, t.dims).count();
        const std::int64_t past = t.dims.ne[0] % 512;
        if (cuda && type.block_elements > 1 && past != 0)
            size += (512 - past + type.block_elements - 1) / type.block_elements * type.block_bytes;
        sum += (size + alignment - 1) / alignment * alignment;
    });
    return sum;
}

bool weights_are_the_sum_of_their_tensors(const model &of, const quantization &recipe, const machine &on,
                                          const placement &asked) {
    workload w;
    w.placed = asked;
    const auto loaded = llama_cpp.load(of, recipe, on, w);
    if (!loaded) return false;
    for (int d = 0; d <= on.device_count; ++d)
        if (loaded->weights.on[d].count() != weights_on(d, of, recipe, on, loaded->placed)) return false;
    return true;
}

// What runs of Llama 3.1 70B in Q4_K_M printed on a GPU, in MiB: Ollama 0.13.5, with llama.cpp of December 2025.
constexpr bool earlier_releases_have_their_rules() {
    const auto printed = [](bytes b, double mib) {
        const double d = static_cast<double>(b.count()) / (1 << 20) - mib;
        return d < 0.01 && d > -0.01;
    };
    const engine then = at_date(llama_cpp, 20251215);
    workload w = gpu(4096);
    w.dry_run = false;
    w.flash = flash_attention::on;
    w.batch = w.ubatch = 512;
    w.embeddings = true;
    const auto b = budget_of(m::llama_3_1_70b::value, q::q4_k_m::value, machine_of(bare_memory(80_GiB, backend::cuda)), then, w);
    w.context = tokens(8192);
    const auto longer =
        budget_of(m::llama_3_1_70b::value, q::q4_k_m::value, machine_of(bare_memory(80_GiB, backend::cuda)), then, w);
    return b && printed(b->devices[0].compute.expected, 266.5) && printed(b->host().compute.expected, 24.01) &&
           printed(b->host().output.expected, 0.52) && b->devices[0].compute.known == knowledge::modelled &&
           b->host().compute.known == knowledge::modelled && longer &&
           printed(longer->devices[0].compute.expected, 266.5) && printed(longer->host().compute.expected, 32.01);
}
static_assert(earlier_releases_have_their_rules(), "");

// What llama-server b8133 printed of Mistral Nemo in Q4_K_M with 40 of 41 layers on a GPU and a cache in Q8_0, whose copies
// in F16 came from a pool then.
constexpr bool copies_of_the_cache_came_from_a_pool() {
    workload w = gpu(4096);
    w.dry_run = false;
    w.sequences = 4;
    w.unified_cache = true;
    w.type_k = w.type_v = f::q8_0::value;
    w.flash = flash_attention::on;
    w.placed.gpu_layers = 40;
    const machine on = machine_of(bare_memory(12_GiB, backend::cuda));
    const auto then = budget_of(m::mistral_nemo_12b::value, q::q4_k_m::value, on, at_date(llama_cpp, 20260223), w);
    const auto now = budget_of(m::mistral_nemo_12b::value, q::q4_k_m::value, on, llama_cpp, w);
    if (!then || !now) return false;
    const auto mib = [](bytes b) { return (b.count() * 100 + (1 << 19)) / (1 << 20); }; // hundredths
    return mib(then->devices[0].compute.expected) == 30401 && mib(then->host().compute.expected) == 2801 &&
           then->devices[0].overhead.expected - now->devices[0].overhead.expected == 16_MiB;
}
static_assert(copies_of_the_cache_came_from_a_pool(), "");

// A model of 6 layers with an adapter of some rank beside each of its matrices, as libllama v0.5.0 allocates them.
constexpr bool takes_with_adapter(workload w, int rank, const format &type, const machine &on, std::int64_t adapters,
                                  bytes compute) {
    model small;
    small.family = &architectures::llama::value;
    small.num_hidden_layers = 6;
    small.hidden_size = 512;
    small.vocab_size = 4000;
    small.max_position_embeddings = 8192;
    small.num_attention_heads = 8;
    small.num_key_value_heads = 4;
    small.intermediate_size = 1536;
    const auto complete = arranged(small);
    if (!complete) return false;
    w.dry_run = false;
    w.lora.rank = rank;
    w.lora.type = type;
    const auto b = budget_of(*complete, q::f16::value, on, llama_cpp, w);
    return b && b->devices[0].adapters.expected == bytes(adapters) && b->devices[0].compute.expected == compute;
}
constexpr std::int64_t numbers_of_rank_1 = (2 * (512 + 512) + 2 * (512 + 256) + 3 * (512 + 1536)) * 6;

constexpr bool adapters_lie_on_the_host() {
    workload w = cpu(4096);
    w.ubatch = 128;
    return takes_with_adapter(w, 64, formats::f32::value, machine{}, 64 * 4 * numbers_of_rank_1, 4460032_B);
}
static_assert(adapters_lie_on_the_host(), "");

constexpr bool adapters_lie_on_the_host_without_flash_attention() {
    workload w = cpu(8192);
    w.flash = flash_attention::off;
    return takes_with_adapter(w, 16, formats::f16::value, machine{}, 16 * 2 * numbers_of_rank_1, 157296640_B) &&
           takes_with_adapter(cpu(4096), 16, formats::f16::value, machine{}, 16 * 2 * numbers_of_rank_1, 17840128_B);
}
static_assert(adapters_lie_on_the_host_without_flash_attention(), "");

bool adapters_lie_on_a_device() {
    const machine on = machine_for(gpu(4096));
    return takes_with_adapter(gpu(4096), 64, formats::f32::value, on, 64 * 4 * numbers_of_rank_1, 19148800_B) &&
           takes_with_adapter(gpu(4096), 0, formats::f32::value, on, 0, 15740928_B);
}

// Four slots share one cache, and the logits of one token each.
constexpr bool programs_have_their_defaults() {
    const auto compute_of = [](const engine &e, int outputs) {
        workload w = e.defaults;
        w.context = tokens(8192);
        if (outputs > 0) w.outputs = outputs;
        const auto b = budget_of(m::llama_3_1_8b::value, q::q4_k_m::value, machine{}, e, w);
        return b ? b->host().compute.expected : 0_B;
    };
    const engine &server = engines::llama_server::value;
    return server.defaults.sequences == 4 && server.defaults.unified_cache &&
           compute_of(server, 0) == compute_of(server, 4) &&
           compute_of(engines::llama_cli::value, 0) == compute_of(llama_cpp, 1) &&
           compute_of(at_date(server, 20260501), 0) > compute_of(server, 0);
}
static_assert(programs_have_their_defaults(), "");

} // namespace

// Weights that are copied to the device for a pass have the formats that the file says.
TEST_CASE("a file takes what its recipe takes") {
    const model &of = m::llama_3_1_8b::value;
    const quantization &recipe = q::q4_k_m::value;
    std::vector<stored_tensor> tensors;
    for_each_file_tensor(of, recipe, [&](const tensor &t, const format &f) { tensors.push_back({t, f, {}}); });
    quantization file;
    file.kind = quantization::scheme::stored;
    file.stored = tensors.data();
    file.stored_count = static_cast<std::int64_t>(tensors.size());
    for (const int layers : {0, 10, 32, -1}) {
        use with = gpu(8192).outputs_of(1);
        with.gpu_layers = layers;
        const auto by_recipe = budget_of(of, recipe, machine_for(with), llama_cpp, with);
        const auto by_file = budget_of(of, file, machine_for(with), llama_cpp, with);
        REQUIRE(by_recipe);
        REQUIRE(by_file);
        for (int d = 0; d < by_recipe->count; ++d) {
            CHECK(by_file->devices[d].weights.expected == by_recipe->devices[d].weights.expected);
            CHECK(by_file->devices[d].compute.expected == by_recipe->devices[d].compute.expected);
        }
    }
}

TEST_CASE("releases and programs") {
    CHECK(earlier_releases_have_their_rules());
    CHECK(copies_of_the_cache_came_from_a_pool());
    CHECK(programs_have_their_defaults());
    CHECK(adapters_lie_on_the_host());
    CHECK(adapters_lie_on_the_host_without_flash_attention());
    CHECK(adapters_lie_on_a_device());
}

TEST_CASE("buffers of measured runs") {
    for (const measured &run : runs) {
        const auto number = static_cast<int>(&run - runs);
        CAPTURE(number);
        CAPTURE(run.of->name.c_str());
        CHECK(is_as_measured(run));
    }
}

TEST_CASE("what is rounded, and what is known") {
    CHECK(contexts_are_rounded());
    CHECK(logits_are_held_for_each_sequence());
    CHECK(terms_say_how_they_are_known());
}

// The keys of a layer: 4 KiB a token in F32.
constexpr bool vulkan_addresses_tensors_of_the_cache() {
    machine on;
    on.device_count = 1;
    on.devices[0] = bare_memory(80_GiB, backend::vulkan);
    workload w = cpu((1 << 20) - 256).cache(f::f32::value, f::f16::value);
    const auto budget_at = [&](std::int64_t context) {
        w.context = tokens(context);
        return budget_of(m::llama_3_1_8b::value, q::q4_k_m::value, on, llama_cpp, w);
    };
    if (!budget_at((1 << 20) - 256).has_value() || budget_at(1 << 20).has_value()) return false;
    w.placed.kv_on_device = false;
    return budget_at(1 << 20).has_value();
}

TEST_CASE("what is refused") {
    CHECK(vulkan_addresses_tensors_of_the_cache());
    for (const refusal &r : refusals) {
        const auto number = static_cast<int>(&r - refusals);
        CAPTURE(number);
        CHECK(is_refused(r));
    }
    for (const refusal &r : accepted)
        CHECK(budget_of(*r.of, q::q4_k_m::value, machine{}, llama_cpp, r.asked).has_value());
    CHECK(unknown_architectures_have_only_weights());
    CHECK(overrides_are_refused());
    CHECK(machines_and_recipes_are_refused());
}

TEST_CASE("weights of every device") {
    const model *const of[] = {&m::llama_3_1_8b::value,      &m::qwen2_5_0_5b::value,     &m::gemma_3_1b::value,
                               &m::gpt_oss_20b::value,       &m::deepseek_v2_lite::value, &m::gpt2::value,
                               &m::qwen1_5_moe_a2_7b::value, &m::phi_3_mini_128k::value};
    const machine two = machine_of(bare_memory(24_GiB), bare_memory(24_GiB));
    for (const model *one : of)
        for (const quantization *recipe : {&q::q4_k_m::value, &q::q3_k_l::value, &q::iq4_xs::value, &q::f16::value})
            for (const int layers : {-1, 0, 1, 5, 11}) {
                placement asked;
                asked.gpu_layers = layers;
                asked.cpu_moe_layers = layers < 0 ? 0 : 7;
                CAPTURE(one->name.c_str());
                CAPTURE(recipe->name);
                CAPTURE(layers);
                CHECK(weights_are_the_sum_of_their_tensors(*one, *recipe, machine{}, asked));
                CHECK(weights_are_the_sum_of_their_tensors(*one, *recipe, machine_of(bare_memory(24_GiB)), asked));
                CHECK(weights_are_the_sum_of_their_tensors(*one, *recipe, two, asked));
                const tensor_override elsewhere[] = {{"blk\\.\\d\\.(attn_q|ffn_down)"}, {"ffn_up|attn_k", 1}};
                asked.overrides = elsewhere;
                asked.override_count = 2;
                CHECK(weights_are_the_sum_of_their_tensors(*one, *recipe, two, asked));
            }
    CHECK(experts_may_be_named_by_a_pattern());
    CHECK(named_tensors_leave_the_device());
}

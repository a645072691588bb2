// Ollama: llama.cpp's accounting under Ollama's own choice of context, batch and slots.
// Source: Ollama v0.33.0-rc2 (2026-08-21); file and function stand beside each rule, and the change where it was another.
#ifndef MEMBOUND_ENGINES_OLLAMA_HPP
#define MEMBOUND_ENGINES_OLLAMA_HPP

#include <membound/engines/llama_cpp.hpp>
#include <membound/engines/ollama_plan.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace detail {

inline constexpr int ollama_today = 20260821;

struct ollama_rules {
    int llama_cpp = 0;        // date of the llama.cpp that it carries
    bool server = true;       // which it runs as a program of its own (9db4bdbad, v0.30)
    bool flash_auto = true;   // and lets decide on flash attention (bd6c1d6b4, 2025-12-12)
    bool tiers = true;        // the default context goes by the memory of the devices (0334ffa62, v0.15.5)
    bool short_context = false; // it was half as long before (44b466eeb, v0.6.7)
    bool caps_context = true; // no longer than the model was trained for (10a8e04a8, 2025-06-23)
    bool batch_is_ubatch = true; // all that is submitted is computed together (v0.4)
};

constexpr ollama_rules ollama_rules_at(int date) {
    ollama_rules r;
    // The releases whose llama.cpp is known: v0.3.14, v0.11, v0.12, v0.13 to v0.24, v0.30 and on.
    r.server = date >= 20260529;
    r.llama_cpp = r.server            ? max(date, 20260601)
                  : date >= 20251211 ? 20251215
                  : date >= 20250918 ? 20251006
                  : date >= 20250801 ? 20250814
                  : date >= 20241105 ? date
                                     : 20241001;
    r.flash_auto = date >= 20251212;
    r.tiers = date >= 20260127;
    r.short_context = date < 20250428;
    r.caps_context = date >= 20250623;
    r.batch_is_ubatch = date >= 20241105;
    return r;
}

// Families that ran in an engine of Ollama's own until v0.30, with another graph and another cache, from this date on
// (fs/ggml/ggml.go, OllamaEngineRequired).
constexpr bool had_engine_of_its_own(const architecture &a, int date) {
    struct start {
        const char *name;
        int date;
    };
    constexpr start starts[] = {
        {"gemma3", 20250311},    {"gemma3n", 20250626},   {"mistral3", 20250403},   {"llama4", 20250425},
        {"gpt-oss", 20250805},   {"qwen3", 20251030},     {"qwen3moe", 20251030},   {"qwen3vl", 20251028},
        {"qwen3vlmoe", 20251028}, {"bert", 20251216},     {"deepseek2", 20251118},  {"nomic-bert", 20251119},
        {"olmo3", 20251215},     {"gemma4", 20260402},    {"laguna", 20260428},     {"nemotron_h", 20260222},
        {"nemotron_h_moe", 20260222}, {"qwen35", 20260224}, {"qwen35moe", 20260224}, {"qwen3next", 20260203},
        {"lfm2", 20260120},      {"lfm2moe", 20260120},
    };
    for (const start &s : starts)
        if (same_text(a.name, s.name)) return date >= s.date && date < 20260529;
    return false;
}

// Families that it decodes one sequence of at a time (server/sched.go, load).
constexpr bool has_one_slot_only(const architecture &a) {
    constexpr const char *names[] = {"qwen3vl", "qwen3vlmoe", "qwen35",     "qwen35moe",     "qwen3next",
                                     "lfm2",    "lfm2moe",    "nemotron_h", "nemotron_h_moe"};
    for (const char *name : names)
        if (same_text(a.name, name)) return true;
    return false;
}

// The memory of all devices together; the host's does not count.
constexpr bytes memory_of_devices(const machine &on) {
    bytes sum;
    for (int d = 0; d < on.device_count; ++d) sum += on.devices[d].usable_capacity();
    return sum;
}

// Of one sequence (server/routes.go, Serve).
constexpr std::int64_t ollama_default_context(const ollama_rules &r, const machine &on) {
    if (!r.tiers) return r.short_context ? 2048 : 4096;
    const bytes memory = memory_of_devices(on);
    return memory >= 47_GiB ? 262144 : memory >= 23_GiB ? 32768 : 4096;
}

// What it expects a model to take: the file, and a cache of F16 with heads of hidden_size / heads (llm/llama_server.go,
// PredictServerVRAM).
constexpr bytes ollama_prediction(const model &m, const quantization &q, std::int64_t context) {
    std::int64_t heads = 0, heads_kv = 0;
    for (int i = 0; i < m.layer_count(); ++i) {
        const layer &l = m.layers[i];
        heads = max<std::int64_t>(heads, l.num_attention_heads);
        if (heads_kv == 0 || l.num_key_value_heads < heads_kv) heads_kv = l.num_key_value_heads;
        if (!attends(l)) heads_kv = 0, i = m.layer_count(); // the least of all layers; 0 counts as 1
    }
    const std::int64_t head = heads > 0 ? m.hidden_size / heads : 0;
    const std::int64_t token = multiply(4 * m.num_hidden_layers, multiply(max<std::int64_t>(heads_kv, 1), head));
    return file_weight_bytes(m, q) + bytes(multiply(token, context));
}

// Longer contexts are read in larger steps where there is room for it (server/sched.go, automaticGenerationBatch). Flash
// attention that is off leaves a CUDA device small ones.
constexpr int ollama_batch(const model &m, const quantization &q, const machine &on, const workload &w) {
    const std::int64_t context = w.context.count();
    bool cuda = false, small = false;
    for (int d = 0; d < on.device_count; ++d) {
        const device &at = on.devices[d];
        cuda = cuda || at.api == backend::cuda;
        small = small || (at.api == backend::cuda && at.usable_capacity().count() > 0 && at.usable_capacity() <= 8_GiB);
    }
    if (w.flash == flash_attention::off && cuda) return small && context > 4096 ? 256 : 512;
    if (context <= 4096) return 512;

    const bytes available = memory_of_devices(on);
    if (available.count() == 0) return context > 32768 ? 2048 : 1024;
    const bytes predicted = ollama_prediction(m, q, context);
    const bytes most = available * 80 / 100;
    const auto fits = [&](int percent, bytes more) {
        return predicted <= available * percent / 100 && predicted + more <= most;
    };
    if (context > 32768 && fits(60, 2_GiB)) return 2048;
    return fits(75, 768_MiB) ? 1024 : 512;
}

} // namespace detail

// A use with everything that Ollama chooses where it is left open: context, batch, flash attention, and the layers of each
// of several devices as long as it chose those. `m` is of a known family.
constexpr workload ollama_workload(const model &m, const quantization &q, const machine &on, int date, workload w) {
    const detail::ollama_rules rules = detail::ollama_rules_at(date);
    if (m.bidirectional || detail::has_one_slot_only(*m.family)) w.sequences = 1;
    const std::int64_t slots = detail::max(w.sequences, 1);
    std::int64_t context = w.context.count() > 0 ? detail::divide_up(w.context.count(), slots)
                                                 : detail::ollama_default_context(rules, on);
    if (rules.caps_context && m.max_position_embeddings > 0) context = detail::min(context, m.max_position_embeddings);
    w.context = tokens(detail::multiply(context, slots));

    w.unified_cache = rules.llama_cpp < 20250716; // llama.cpp had no other then (PR 14363)
    w.outputs = rules.server ? -1 : 0;
    if (!rules.server) w.checkpoints = 0, w.prompt_cache = bytes(0);
    w.full_swa_cache = w.full_swa_cache || !rules.server; // which llama_context_default_params asks for
    w.embeddings = w.embeddings || !rules.server; // its runner asked for both (llama/llama.go, NewContextParams)
    if (w.flash == flash_attention::automatic && !rules.flash_auto)
        w.flash = w.type_v.block_elements > 1 ? flash_attention::on : flash_attention::off;
    if (w.batch == 0) {
        w.batch = rules.server && !m.bidirectional ? detail::ollama_batch(m, q, on, w) : 512;
        if (w.ubatch == 0) w.ubatch = w.batch;
        if (!rules.server && rules.batch_is_ubatch) w.batch *= w.sequences;
    }
    if (w.ubatch == 0) w.ubatch = rules.batch_is_ubatch ? w.batch : detail::min(w.batch, 512);

    bool given = on.device_count < 2 || rules.server;
    for (int d = 0; d < on.device_count; ++d) given = given || w.placed.tensor_split[d] != 0;
    if (given) return w;
    const auto plan = ollama_plan_of(m, q, on, date, w);
    for (int d = 0; plan && d < on.device_count; ++d) w.placed.tensor_split[d] = plan->layers_on[d];
    return w;
}

namespace detail {

// llama.cpp of Ollama's date, and a use in which everything is chosen.
constexpr result<engine_use> ollama_use_of(const engine &e, const model &m, const quantization &q, const machine &on,
                                           const workload &asked) {
    engine_use use{at_date(engines::llama_cpp::value, ollama_rules_at(e.date).llama_cpp), asked};
    const bool known = m.family != nullptr && on.device_count >= 0 && on.device_count <= max_devices;
    if (!known || asked.sequences < 1 || asked.context.count() < 0) return use; // which llama.cpp refuses
    const auto described = checked(m);
    if (!described) return described.error();
    if (had_engine_of_its_own(*m.family, e.date))
        return model_error(errc::unsupported, "date", "is before v0.30",
                           "Ollama had an engine of its own for the family, whose rules are not known");
    if (asked.type_k != asked.type_v)
        return model_error(errc::unsupported, "type_v", "is not type_k", "Ollama has one type for both (OLLAMA_KV_CACHE_TYPE)");
    const format &f = asked.type_k;
    if (!ollama_rules_at(e.date).server && f != formats::f16::value && f != formats::q8_0::value && f != formats::q4_0::value)
        return model_error(errc::unsupported, "type_k", "is not f16, q8_0 or q4_0", "Ollama took no other before v0.30");
    use.w = ollama_workload(m, q, on, e.date, asked);
    return use;
}

} // namespace detail

namespace engines {

// One slot, and batches by what fits (server/sched.go).
struct ollama {
    static constexpr engine value = [] {
        engine e = llama_cpp::value;
        e.name = "ollama";
        e.version = "v0.33.0-rc2 (2026-08-21)";
        e.date = detail::ollama_today;
        e.defaults.batch = 0;
        e.defaults.ubatch = 0;
        e.defaults.outputs = -1;
        e.defaults.checkpoints = llama_server::value.defaults.checkpoints; // it leaves these to the server
        e.defaults.prompt_cache = llama_server::value.defaults.prompt_cache;
        e.use_within = detail::ollama_use_of;
        return e;
    }();
};

} // namespace engines

MEMBOUND_END_NAMESPACE

#endif

// What vLLM printed. How much it had left for the cache depends on the machine, and is given; what the cache then holds is
// predicted, and the weights.
#include "engine_log.hpp"

#include "described.hpp"
#include "engine_log_gpu_server.hpp"

#include <membound/engines/vllm.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace conformance {

namespace {

using nlohmann::json;

// When a release was made: "0.8.5.post1" as 20250428. A build of one's own has no number: its day is that of the log, June
// 2026, where its source tells.
int date_of_release(const json &row) {
    const std::string version = text_in(row, "engine_version");
    struct release {
        double number;
        int date;
    };
    constexpr release releases[] = {
        {0.05, 20240715}, {0.06, 20240905}, {0.07, 20250127}, {0.08, 20250318}, {0.09, 20250515}, {0.092, 20250707},
        {0.10, 20250724}, {0.11, 20251002}, {0.12, 20251203}, {0.13, 20251218}, {0.14, 20260120}, {0.15, 20260129},
        {0.16, 20260215}, {0.17, 20260307}, {0.18, 20260320}, {0.19, 20260403}, {0.20, 20260427}, {0.201, 20260503},
        {0.21, 20260514}, {0.22, 20260529}, {0.23, 20260613}, {0.24, 20260630}, {0.25, 20260710}, {0.26, 20260725},
        {0.27, 20260808}, {0.28, 20260826}, {0.29, 20260909}, {0.30, 20260922}, {0.31, 20261005}, {0.32, 20261018},
        {0.33, 20261115},
    };
    int major = 0, minor = 0, patch = 0;
    if (version.rfind("0.1.dev", 0) == 0) return 20260612;
    const int date_of_log = date_in(version + " " + text_in(row, "notes"));
    if (std::sscanf(version.c_str(), "%d.%d.%d", &major, &minor, &patch) < 2)
        return date_of_log > 0 ? date_of_log : membound::detail::vllm_today;
    const double number = major + minor / 100.0 + std::min(patch, 9) / 1000.0;
    int date = releases[0].date;
    for (const release &r : releases)
        if (number > r.number - 1e-9) date = r.date;
    return date;
}

constexpr char drafted[] = "num_spec_tokens=";

// Why the settings can not be predicted; empty where they can.
std::string use_settings(const json &row, membound::workload &w) {
    const json flags = row.value("other_flags", json::object());
    w.context = membound::tokens(number_of(row, "n_ctx", 0));
    w.batch = static_cast<int>(number_of(row, "n_batch", 0));
    w.served.max_sequences = static_cast<int>(number_of(row, "n_seq_max", 0));
    w.served.memory_fraction = real_of(flags, "gpu_memory_utilization", 0);
    w.served.prefix_caching = is_true(flags, "enable_prefix_caching", true);
    w.served.graphs = !is_true(flags, "enforce_eager", false);
    w.served.text_only = is_true(flags, "language_model_only", false);
    w.placed.tensor_parallel = static_cast<int>(number_of(flags, "tensor_parallel_size", 1));
    w.placed.pipeline_parallel = static_cast<int>(number_of(flags, "pipeline_parallel_size", 1));
    if (!server_cache_type(text_in(row, "type_k"), w.type_k) || !server_cache_type(text_in(row, "type_v"), w.type_v))
        return "the cache's type " + text_in(row, "type_k") + " is not known";
    const std::string draft = text_in(flags, "speculative_config");
    if (!draft.empty() && draft.find("mtp") == std::string::npos) return "what drafts is a model of its own, and not printed";
    if (!draft.empty()) w.served.speculative_tokens = 1;
    if (const std::size_t at = draft.find(drafted); at != std::string::npos)
        w.served.speculative_tokens = std::atoi(draft.c_str() + at + std::strlen(drafted));
    return "";
}

// Some logs cut off how many tokens are drafted, and do not say which type of cache a checkpoint brings along; with the block
// and the padding that they print only some remain.
void settle_by_block(const json &measured, const membound::model &m, const membound::detail::vllm_rules &rules, bool drafts_known,
                     membound::workload &w) {
    const std::int64_t block = number_of(measured, "attention block size tokens (hybrid)", 0);
    if (block == 0) return;
    const double padding = real_of(measured, "mamba page padding %", 0); // none is not printed
    const int least = drafts_known ? w.served.speculative_tokens : 1, most = drafts_known ? least : 4;
    for (const membound::format &type : {w.type_k, membound::formats::bf16::value, membound::formats::fp8_e4m3::value}) {
        for (int n = least; n <= most; ++n) {
            membound::workload asked = w;
            asked.served.speculative_tokens = n;
            asked.type_k = asked.type_v = type;
            const auto cache = membound::vllm_cache_of(m, asked, {0, m.layer_count()}, 2048, rules);
            if (!cache || cache->block_size != block) continue;
            double of_states = 0; // percent
            for (int i = 0; i < cache->spec_count; ++i) {
                const membound::vllm_cache_spec &s = cache->specs[i];
                if (s.state_bytes > 0)
                    of_states = 100.0 * static_cast<double>(s.page_bytes - s.state_bytes) / static_cast<double>(s.state_bytes);
            }
            if (std::abs(of_states - padding) < 0.006) return void(w = asked);
        }
    }
}

struct printed_capacity {
    membound::vllm_capacity least, expected, most; // of what the printed memory may be
};

printed_capacity capacity_at(const membound::vllm_cache &c, double printed, std::int64_t length, const membound::model &m,
                             const membound::detail::vllm_rules &rules) {
    const auto at = [&](double size) {
        return membound::detail::capacity_of(c, membound::bytes(static_cast<std::int64_t>(size * gib)), length,
                                             m.max_position_embeddings, rules);
    };
    return {at(printed - 0.005), at(printed), at(printed + 0.005)};
}

} // namespace

void compare_vllm_log(const json &row, outcome &out) {
    membound::model m;
    membound::quantization q;
    if (!logged_repository(row, out, m, q)) return;
    membound::workload w = membound::engines::vllm::value.defaults;
    const std::string unpredicted = use_settings(row, w);
    if (!unpredicted.empty()) return out.skip(unpredicted);
    const int date = date_of_release(row);
    const membound::device *named = logged_device(row), *chip = logged_chip(row);
    const membound::device at = chip != nullptr ? *chip : membound::bare_memory(membound::bytes(std::int64_t{64} << 30));
    const membound::detail::vllm_rules rules = membound::detail::vllm_rules_on(at, date);
    // The kernel of sparse latents on small Blackwells knows no other type (_canonicalize_sparse_mla_kv_cache_dtype).
    const bool small_blackwell = at.compute_capability >= 120 && date >= membound::detail::vllm_0_24;
    if (small_blackwell && membound::detail::has_sparse_latents(m) && is_auto(row))
        w.type_k = w.type_v = membound::formats::fp8_e4m3::value;
    const json &measured = row.at("measured");
    const std::string draft = text_in(row.value("other_flags", json::object()), "speculative_config");
    settle_by_block(measured, m, rules, draft.empty() || draft.find(drafted) != std::string::npos, w);

    membound::machine on;
    on.device_count = w.placed.tensor_parallel * w.placed.pipeline_parallel;
    if (on.device_count > membound::max_devices) return out.skip("there are too many devices");
    for (int d = 0; d < on.device_count; ++d) on.devices[d] = at;
    membound::engine engine = membound::engines::vllm::value;
    engine.date = date;
    const auto loaded = engine.load(m, q, on, w);
    if (!loaded) return out.skip("refused: " + text_of(loaded.error()));

    for (const auto &[label, value] : measured.items()) {
        if (label.rfind("model loading", 0) != 0) continue;
        if (own_mixture(row)) {
            out.skip("the repository is a mixture of its maker's own", {"model loading"}, true);
            continue;
        }
        const int decimals = value.is_array() || value.get<double>() * 100 != std::round(value.get<double>() * 100) ? 4 : 2;
        const std::vector<double> each = value.is_array() ? value.get<std::vector<double>>() : std::vector<double>{value};
        for (std::size_t d = 0; d < each.size() && d < static_cast<std::size_t>(on.device_count); ++d)
            compare_rounded("model loading", static_cast<double>(loaded->weights.on[d].count()) / gib, each[d], decimals, out,
                            each.size() > 1 ? std::to_string(d) : "");
    }

    const membound::detail::layer_range mine = membound::detail::layers_of_stage(m.layer_count(), 0, w.placed.pipeline_parallel);
    const std::int64_t batch = membound::detail::vllm_batch_of(w, on.devices[0]).tokens;
    const auto cache = membound::vllm_cache_of(m, w, mine, batch, rules);
    if (!cache) return out.skip("refused: " + text_of(cache.error()));
    const std::int64_t length = membound::detail::request_length(m, w);

    // 4 GiB of swap for each device, in blocks (V0).
    if (const std::int64_t swapped = number_of(measured, "# CPU blocks", 0); swapped > 0)
        out.compare("cpu blocks", static_cast<double>((std::int64_t{4} << 30) / cache->block_bytes),
                    static_cast<double>(swapped));

    const json concurrency = measured.value("maximum concurrency", json::object());
    const double available = real_of(measured, "available KV cache memory GiB", 0);
    const std::int64_t size = number_of(measured, "GPU KV cache size tokens", 0);
    const std::int64_t blocks = number_of(measured, "# GPU blocks", 0);
    if (available > 0) {
        const printed_capacity c = capacity_at(*cache, available, length, m, rules);
        if (size > 0)
            compare_within("gpu kv cache tokens", static_cast<double>(c.least.size.count()),
                           static_cast<double>(c.expected.size.count()), static_cast<double>(c.most.size.count()),
                           static_cast<double>(size), out);
        if (blocks > 0)
            compare_within("gpu blocks", static_cast<double>(c.least.blocks), static_cast<double>(c.expected.blocks),
                           static_cast<double>(c.most.blocks), static_cast<double>(blocks), out);
        if (concurrency.contains("x"))
            compare_within("maximum concurrency", c.least.concurrency - 0.005, c.expected.concurrency, c.most.concurrency + 0.005,
                           concurrency["x"], out);
    } else if (concurrency.contains("x") && (blocks > 0 || size > 0)) {
        // The size is that of a group: a few blocks less than one of all are not in it.
        const std::int64_t smallest = membound::detail::smallest_block(*cache);
        const std::int64_t in_all = blocks > 0 ? blocks : membound::detail::multiply(size / smallest, cache->groups);
        const std::int64_t left_out = blocks > 0 ? 0 : cache->groups - 1;
        const auto each = static_cast<double>(cache->blocks_per_request(length));
        const bool by_request = blocks == 0 && rules.tokens_by_request;
        const double least =
            by_request ? static_cast<double>(size) / static_cast<double>(length) : static_cast<double>(in_all) / each;
        const double most = by_request ? least : static_cast<double>(in_all + left_out) / each;
        compare_within("maximum concurrency", least - 0.005, least, most + 0.005, concurrency["x"], out);
    }
    if (measured.contains("attention block size tokens (hybrid)") && w.served.speculative_tokens == 0)
        out.compare("attention block size", static_cast<double>(cache->block_size),
                    measured["attention block size tokens (hybrid)"].get<double>());
    if (measured.contains("mamba page padding %"))
        for (int i = 0; i < cache->spec_count; ++i) {
            const membound::vllm_cache_spec &s = cache->specs[i];
            if (s.state_bytes > 0)
                compare_rounded("mamba page padding",
                                100.0 * static_cast<double>(s.page_bytes - s.state_bytes) / static_cast<double>(s.state_bytes),
                                measured["mamba page padding %"], 2, out);
        }
    if (measured.contains("padding layers"))
        out.compare("padding layers", static_cast<double>(cache->padding_layers), measured["padding layers"].get<double>());

    // What is left for the cache, where the machine is named and its memory is the GPU's alone.
    if (named != nullptr && available > 0 && named->unified_memory) {
        out.skip("what other programs take of shared memory is not printed", {"available kv cache memory"}, true);
    } else if (named != nullptr && available > 0) {
        const auto report = membound::vllm_capacity_of(m, q, on, engine, w);
        if (report)
            compare_rounded("available kv cache memory", static_cast<double>(report->available.expected.count()) / gib, available,
                            2, out);
    }
    for (const char *label : {"CUDA graph capture GiB", "estimated CUDA graph memory GiB"})
        if (measured.contains(label)) out.skip("the driver decides what graphs take", {label}, true);
    if (blocks > 0 && available == 0) out.skip("neither the device nor what it had left is printed", {"gpu blocks"}, true);
}

} // namespace conformance

// What SGLang printed. The memory that it found and what its weights left is given; what its pools then hold is predicted,
// and what they take.
#include "engine_log.hpp"

#include "described.hpp"
#include "engine_log_gpu_server.hpp"

#include <membound/engines/sglang.hpp>

#include <algorithm>
#include <cstdio>

namespace conformance {

namespace {

using nlohmann::json;

bool is_ascend(const json &row) {
    for (const json &device : row.value("devices", json::array()))
        if (device.get<std::string>().find("Ascend") != std::string::npos) return true;
    return false;
}

// When a release was made. A build of one's own has no number: its day is that of the log, where its source tells. Those for
// Ascend do not, and are of the first months of 2026.
int date_of_release(const json &row) {
    const std::string version = text_in(row, "engine_version");
    struct release {
        int minor, patch, date;
    };
    constexpr release releases[] = {
        {4, 0, 20241203},  {4, 9, 20250706},  {5, 0, 20250823},  {5, 4, 20251026},  {5, 6, 20251203},
        {5, 7, 20260101},  {5, 8, 20260123},  {5, 9, 20260223},  {5, 10, 20260405}, {5, 11, 20260507},
        {5, 12, 20260516}, {5, 13, 20260611}, {5, 14, 20260626}, {5, 15, 20260710}, {5, 16, 20260725},
        {5, 17, 20260807}, {5, 18, 20260821}, {5, 20, 20260918}, {5, 23, 20261030},
    };
    int minor = 0, patch = 0, date = 0;
    if (std::sscanf(version.c_str(), "0.%d.%d", &minor, &patch) == 2 && minor > 0) {
        for (const release &r : releases)
            if (minor > r.minor || (minor == r.minor && patch >= r.patch)) date = r.date;
        return date;
    }
    date = date_in(text_in(row, "source") + " " + text_in(row, "notes"));
    return date > 0 ? date : is_ascend(row) ? 20260215 : membound::detail::sglang_today;
}

// Why the settings can not be predicted; empty where they can.
std::string use_settings(const json &row, membound::workload &w) {
    const json flags = row.value("other_flags", json::object());
    const auto count = [&](const char *key) { return static_cast<int>(std::max<std::int64_t>(1, number_of(flags, key, 1))); };
    w.context = membound::tokens(number_of(row, "n_ctx", 0));
    w.batch = static_cast<int>(std::max<std::int64_t>(0, number_of(row, "n_batch", 0)));
    w.placed.tensor_parallel = count("tp_size");
    w.placed.data_parallel = count("dp_size");
    w.placed.pipeline_parallel = count("pp_size");
    w.placed.expert_parallel = count("ep_size") > 1;
    w.served.attention_replicas = is_true(flags, "enable_dp_attention", false);
    w.served.prefix_caching = !is_true(flags, "disable_radix_cache", false);
    w.served.graphs = !is_true(flags, "disable_cuda_graph", false);
    w.served.memory_fraction = real_of(flags, "mem_fraction_static", 0);
    w.served.mamba_full_memory_ratio = real_of(flags, "mamba_full_memory_ratio", 0);
    w.served.block_size = static_cast<int>(number_of(flags, "page_size", 0));
    w.served.max_sequences = static_cast<int>(number_of(flags, "max_running_requests", 0));
    // One path of drafts, of which the last token is the model's own.
    if (const std::string by = text_in(flags, "speculative_algorithm"); by.rfind("EAGLE", 0) == 0 || by == "NEXTN")
        w.served.speculative_tokens = std::max(1, count("speculative_num_draft_tokens") - 1);
    if (count("ep_size") > 1 && count("ep_size") != w.placed.tensor_parallel) return "experts are divided in two ways";
    if (!server_cache_type(text_in(row, "type_k"), w.type_k) || !server_cache_type(text_in(row, "type_v"), w.type_v))
        return "the cache's type " + text_in(row, "type_k") + " is not known";
    return "";
}

// "weights LlamaForCausalLMEagle3 GB": what drafts for the model.
bool is_draft(const std::string &label) {
    for (const char *kind : {"Eagle", "NextN", "DFlash", "MTP"})
        if (label.find(kind) != std::string::npos) return true;
    return false;
}

// "KV cache", "KV cache #2", ...: pools in the order in which they were made.
std::vector<json> printed_pools(const json &measured) {
    std::vector<json> pools;
    if (measured.contains("KV cache")) pools.push_back(measured["KV cache"]);
    for (int n = 2; measured.contains("KV cache #" + std::to_string(n)); ++n)
        pools.push_back(measured["KV cache #" + std::to_string(n)]);
    return pools;
}

// The bytes that a pool of so many tokens takes, with a page more; keys and values are printed apart, and alike in size.
void compare_pool(const json &printed, std::int64_t token_bytes, std::int64_t page, const std::string &where, outcome &out) {
    const double size = static_cast<double>((printed.at("tokens").get<std::int64_t>() + page) * token_bytes) / gib;
    if (printed.contains("KV_GB")) return compare_rounded("kv cache", size, printed["KV_GB"], 2, out, where);
    compare_rounded("kv cache", size / 2, printed.at("K_GB"), 2, out, where + "k");
    compare_rounded("kv cache", size / 2, printed.at("V_GB"), 2, out, where + "v");
}

constexpr char printed_states[] = "max_mamba_cache_size: %lld, conv_state size: %lfGB, ssm_state size: %lfGB";

// The log does not tell the type of states that was asked for; the bytes that it prints of them do.
void settle_state_type(const std::string &line, const membound::model &m, membound::workload &w) {
    long long slots = 0;
    double convolution = 0, recurrent = 0;
    if (std::sscanf(line.c_str(), printed_states, &slots, &convolution, &recurrent) != 3) return;
    std::int64_t numbers = 0;
    for (int i = 0; i < m.layer_count(); ++i)
        numbers += membound::detail::server_state_of(m, m.layers[i], w.placed.tensor_parallel, 0).recurrent;
    const double each = recurrent * gib / static_cast<double>((slots + 1) * std::max<std::int64_t>(1, numbers));
    if (each > 1.9 && each < 2.1) w.served.state_type = membound::formats::bf16::value;
}

void compare_states(const std::string &line, const membound::model &m, const membound::workload &w,
                    const membound::sglang_capacity &least, const membound::sglang_capacity &expected,
                    const membound::sglang_capacity &most, outcome &out) {
    long long slots = 0;
    double convolution = 0, recurrent = 0;
    if (std::sscanf(line.c_str(), printed_states, &slots, &convolution, &recurrent) != 3)
        return out.skip("the line of states is not as known", {"mamba cache"});
    if (expected.state_slots > 0)
        compare_within("max_mamba_cache_size", static_cast<double>(least.state_slots), static_cast<double>(expected.state_slots),
                       static_cast<double>(most.state_slots), static_cast<double>(slots), out);
    else
        out.skip("what was left for the pools is not printed", {"max_mamba_cache_size"}, true);
    std::int64_t of_convolutions = 0, of_recurrences = 0;
    for (int i = 0; i < m.layer_count(); ++i) {
        const membound::detail::server_state s = membound::detail::server_state_of(m, m.layers[i], w.placed.tensor_parallel, 0);
        of_convolutions += 2 * s.convolution;
        of_recurrences += membound::detail::sglang_state_number_bytes(w.served) * s.recurrent;
    }
    compare_rounded("conv_state", static_cast<double>((slots + 1) * of_convolutions) / gib, convolution, 2, out);
    compare_rounded("ssm_state", static_cast<double>((slots + 1) * of_recurrences) / gib, recurrent, 2, out);
}

} // namespace

void compare_sglang_log(const json &row, outcome &out) {
    membound::model m;
    membound::quantization q;
    if (!logged_repository(row, out, m, q)) return;
    membound::workload w = membound::engines::sglang::value.defaults;
    const std::string unpredicted = use_settings(row, w);
    if (!unpredicted.empty()) return out.skip(unpredicted);
    const json &measured = row.at("measured");
    const json flags = row.value("other_flags", json::object());
    const int date = date_of_release(row);
    const membound::detail::sglang_rules rules = membound::detail::sglang_rules_at(date);
    if (measured.contains("mamba cache line")) settle_state_type(text_in(measured, "mamba cache line"), m, w);
    const std::vector<json> pools = printed_pools(measured);
    // A build of one's own may pool the windows of other models, too; then it prints a pool more.
    const bool own_build = text_in(row, "engine_version").rfind("0.0.0", 0) == 0 || text_in(row, "engine_version").empty();
    const bool pools_windows = membound::detail::sglang_pools_windows(m, date) ||
                               (own_build && w.served.speculative_tokens == 0 && pools.size() > 1);
    const membound::device *named = logged_chip(row);
    const membound::device on = named != nullptr ? *named : membound::bare_memory({});
    // arg_groups/overrides.py, _dsa_kv_cache_dtype_default.
    if (membound::detail::has_sparse_latents(m) && on.compute_capability >= 100 && is_auto(row))
        w.type_k = w.type_v = membound::formats::fp8_e4m3::value;
    membound::detail::sglang_sparse sparse = membound::detail::sglang_sparse_on(m, on, date);
    for (const char *asked : {"nsa_decode_backend", "dsa_decode_backend"})
        if (const std::string by = text_in(flags, asked); !by.empty()) sparse.packs = by.rfind("flashmla", 0) == 0;
    const membound::sglang_cache cache = membound::sglang_cache_of(m, w, {0, m.layer_count()}, pools_windows, sparse);
    const bool mixed_types = !pools.empty() && pools[0].contains("K_GB") && pools[0]["K_GB"] != pools[0]["V_GB"] &&
                             w.type_k == w.type_v && m.key_head_dim() == m.value_head_dim();
    if (mixed_types)
        out.skip("keys and values are of two types, which the settings do not tell", {"kv cache", "max_total_num_tokens"}, true);

    // Weights as the difference of what is free.
    for (const auto &[label, value] : measured.items()) {
        if (label.rfind("weights ", 0) != 0 || is_draft(label)) continue;
        if (own_mixture(row)) {
            out.skip("the repository is a mixture of its maker's own", {"weights"}, true);
            continue;
        }
        const membound::detail::server_shares by = membound::detail::sglang_shares(w.placed, w.served);
        // There free memory is the host's (srt/utils/common.py: psutil.virtual_memory).
        if (on.unified_memory) {
            out.skip("what the process takes of the host is in the figure where memory is shared", {"weights"}, true);
            continue;
        }
        const membound::detail::rotary_rules kept{is_ascend(row) ? 2 : 4, false, false};
        const membound::bytes beside = membound::detail::rotary_tables(m, kept) + membound::detail::vision_weights(m, w);
        const membound::bytes size =
            membound::detail::stage_weights(m, q, by, 0, 1, beside) + membound::detail::sglang_kernels(w.placed).expected;
        compare_rounded("weights", static_cast<double>(size.count()) / gib, value, 2, out);
    }

    // What is left for the pools, as far as it is printed.
    const double found = real_of(measured, "avail mem before weights GB", 0);
    const double after = real_of(measured, "avail mem after weights GB", 0);
    membound::sglang_capacity least, expected, most;
    if (found > 0 && after > 0 && w.served.memory_fraction > 0) {
        const bool by_aiter = text_in(flags, "attention_backend") == "aiter" && membound::detail::request_length(m, w) > 8192;
        const double kept = 1 - w.served.memory_fraction * (by_aiter ? membound::detail::sglang_aiter_share : 1);
        const auto at = [&](double off) {
            const double images = static_cast<double>(membound::detail::sglang_image_cache(m, w, rules).count()) / gib;
            const double left = after - found * kept - images + off * 0.005 * (1 + kept);
            return membound::detail::sglang_capacity_of(cache, w, membound::bytes(static_cast<std::int64_t>(left * gib)),
                                                        membound::detail::request_length(m, w), rules);
        };
        least = at(-1), expected = at(0), most = at(1);
        const std::int64_t asked = number_of(flags, "max_total_tokens", INT64_MAX);
        const auto size_of = [&](const membound::sglang_capacity &c) {
            return static_cast<double>(std::min(c.size.count(), asked));
        };
        if (text_in(flags, "speculative_algorithm") == "DFLASH")
            out.skip("what drafts is a model of its own, and not printed", {"max_total_num_tokens"}, true);
        else if (measured.contains("max_total_num_tokens") && !mixed_types)
            compare_within("max_total_num_tokens", size_of(least), size_of(expected), size_of(most),
                           measured["max_total_num_tokens"].get<double>(), out);
    }
    if (measured.contains("mamba cache line"))
        compare_states(text_in(measured, "mamba cache line"), m, w, least, expected, most, out);

    // Each pool of the model itself; what a draft has comes behind.
    if (pools.empty() || mixed_types) return;
    if (cache.sliding_token > 0 && cache.full_token > 0 && pools.size() > 1) {
        compare_pool(pools[0], cache.sliding_token, cache.page_size, "window ", out);
        compare_pool(pools[1], cache.full_token, cache.page_size, "", out);
        const double all = pools[1].at("tokens").get<double>();
        out.compare("swa_layer_tokens", static_cast<double>(static_cast<std::int64_t>(all * cache.sliding_ratio)),
                    pools[0].at("tokens").get<double>());
    } else {
        // There the keys of an indexer are stored in 16 bits, though they are counted packed (hardware_backend/npu).
        std::int64_t unpacked = 0;
        for (int i = 0; i < m.layer_count() && is_ascend(row); ++i)
            if (membound::cached_indexer_size(m, m.layers[i]) > 0)
                unpacked += 2 * m.indexer_head_dim - membound::detail::packed_indexer_key(m);
        compare_pool(pools[0], cache.full_token + cache.sliding_token + unpacked, cache.page_size, "", out);
    }
}

} // namespace conformance

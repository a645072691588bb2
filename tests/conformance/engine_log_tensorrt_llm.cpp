// What TensorRT-LLM printed. The device's memory and the peak of the trial run are given; the cache is predicted.
#include "engine_log.hpp"

#include "described.hpp"
#include "engine_log_gpu_server.hpp"

#include <membound/engines/tensorrt_llm.hpp>

namespace conformance {

using nlohmann::json;

void compare_tensorrt_llm_log(const json &row, outcome &out) {
    membound::model m;
    membound::quantization q;
    if (!logged_repository(row, out, m, q)) return;
    const json flags = row.value("other_flags", json::object());
    const json &measured = row.at("measured");
    membound::workload w = membound::engines::tensorrt_llm::value.defaults;
    w.context = membound::tokens(number_of(row, "n_ctx", 0));
    w.batch = static_cast<int>(number_of(flags, "max_num_tokens", number_of(row, "n_batch", 0)));
    w.served.max_sequences = static_cast<int>(number_of(flags, "max_batch_size", number_of(row, "n_seq_max", 0)));
    w.served.memory_fraction = real_of(flags, "free_gpu_memory_fraction", 0);
    w.served.block_size = static_cast<int>(number_of(flags, "tokens_per_block", 0));
    w.placed.tensor_parallel = static_cast<int>(number_of(flags, "tensor_parallel_size", 1));
    w.placed.pipeline_parallel = static_cast<int>(number_of(flags, "pipeline_parallel_size", 1));
    if (!server_cache_type(text_in(row, "type_k"), w.type_k) || !server_cache_type(text_in(row, "type_v"), w.type_v))
        return out.skip("the cache's type " + text_in(row, "type_k") + " is not known");
    membound::machine on;
    on.device_count = w.placed.tensor_parallel * w.placed.pipeline_parallel;
    if (on.device_count > membound::max_devices) return out.skip("there are too many devices");
    const double total = real_of(measured, "device total memory GiB", 80);
    for (int d = 0; d < on.device_count; ++d)
        on.devices[d] = membound::bare_memory(membound::bytes(static_cast<std::int64_t>(total * gib)));
    const auto loaded = membound::engines::tensorrt_llm::value.load(m, q, on, w);
    if (!loaded) return out.skip("refused: " + text_of(loaded.error()));
    const auto each = membound::detail::layers_of_stage(m.layer_count(), 0, w.placed.pipeline_parallel);
    const membound::tensorrt_llm_cache cache = membound::tensorrt_llm_cache_of(m, w, each);

    if (measured.contains("memory after loading weights inside torch GiB"))
        compare_rounded("memory after loading weights", static_cast<double>(loaded->weights.on[0].count()) / gib,
                        measured["memory after loading weights inside torch GiB"], 2, out);
    if (const std::int64_t size = number_of(measured, "kv size bytes per token (printed)", 0); size > 0)
        out.compare("kv size per token", static_cast<double>(cache.token_bytes), static_cast<double>(size));

    const double available = real_of(measured, "available KV cache memory GiB", 0);
    const double peak = real_of(measured, "peak during profiling GiB", 0);
    if (available > 0 && peak > 0) { // the trial's own cache is not in the way of the real one
        const double left = total - peak + real_of(measured, "temporary KV GiB", 0);
        const double share = membound::detail::tensorrt_llm_fraction(w);
        compare_within("available kv cache memory", (left - 0.015) * share - 0.005, left * share, (left + 0.015) * share + 0.005,
                       available, out);
    }
    if (available == 0) { // what the tokens take is still the tokens' own bytes
        const double tokens = real_of(measured, "allocated paged KV tokens", 0);
        if (tokens > 0 && measured.contains("allocated paged KV GiB"))
            compare_rounded("allocated paged kv", tokens * static_cast<double>(cache.token_bytes) / gib,
                            measured["allocated paged KV GiB"], 2, out);
        return;
    }
    const auto at = [&](double size) {
        return membound::detail::tensorrt_llm_capacity_of(cache, membound::bytes(static_cast<std::int64_t>(size * gib)));
    };
    const auto least = at(available - 0.005), expected = at(available), most = at(available + 0.005);
    const auto compare = [&](const char *term, const char *label, auto figure) {
        if (measured.contains(label))
            compare_within(term, static_cast<double>(figure(least)), static_cast<double>(figure(expected)),
                           static_cast<double>(figure(most)), measured[label].get<double>(), out);
    };
    using capacity = membound::tensorrt_llm_capacity;
    compare("max_tokens", "max_tokens", [](const capacity &c) { return c.tokens_within; });
    compare("primary blocks", "primary blocks", [](const capacity &c) { return c.blocks; });
    compare("allocated paged kv tokens", "allocated paged KV tokens",
            [&](const capacity &c) { return c.blocks * cache.block_size; });
    if (measured.contains("allocated paged KV GiB"))
        compare_within("allocated paged kv", static_cast<double>(least.allocated.count()) / gib - 0.005,
                       static_cast<double>(expected.allocated.count()) / gib,
                       static_cast<double>(most.allocated.count()) / gib + 0.005, measured["allocated paged KV GiB"], out);
}

} // namespace conformance

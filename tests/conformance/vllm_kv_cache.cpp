// How vLLM's own code lays out the caches of published models (vllm_kv_cache.py writes the rows).
#include "described.hpp"
#include "engine_log.hpp"
#include "engine_log_gpu_server.hpp"
#include "kinds.hpp"

#include <membound/engines/vllm.hpp>
#include <membound/models/all.hpp>

namespace conformance {

using nlohmann::json;

void compare_vllm_kv_cache(const json &row, outcome &out) {
    out.name = text_in(row, "model");
    const json &settings = row.at("settings");
    out.digest = "vllm " + text_in(row, "vllm") + " " + settings.dump();
    const membound::model *m = membound::find_model(out.name.c_str());
    if (m == nullptr) return out.skip("no model of the catalogue has the name " + out.name);
    out.about.family = m->family->name;
    membound::workload w = membound::engines::vllm::value.defaults;
    w.context = membound::tokens(settings.at("max_model_len").get<std::int64_t>());
    w.placed.tensor_parallel = static_cast<int>(number_of(settings, "tensor_parallel_size", 1));
    w.placed.pipeline_parallel = static_cast<int>(number_of(settings, "pipeline_parallel_size", 1));
    w.served.block_size = static_cast<int>(number_of(settings, "block_size", 0));
    w.served.prefix_caching = settings.value("enable_prefix_caching", true);
    if (!server_cache_type(settings.value("kv_cache_dtype", std::string()), w.type_k))
        return out.skip("the cache's type is not known");
    w.type_v = w.type_k;

    const membound::detail::vllm_rules rules = membound::detail::vllm_rules_at(membound::detail::vllm_today);
    const auto mine = membound::detail::layers_of_stage(m->layer_count(), 0, w.placed.pipeline_parallel);
    const auto cache = membound::vllm_cache_of(*m, w, mine, settings.at("max_num_batched_tokens").get<std::int64_t>(), rules);
    if (!cache) return out.skip("refused: " + text_of(cache.error()));
    const json &measured = row.at("measured");
    const auto capacity =
        membound::detail::capacity_of(*cache, membound::bytes(measured.at("available_bytes").get<std::int64_t>()),
                                      w.context.count(), m->max_position_embeddings, rules);
    const auto compare = [&](const char *term, std::int64_t predicted, const char *label) {
        out.compare(term, static_cast<double>(predicted), measured.at(label).get<double>());
    };
    compare("attention block size", cache->block_size, "attention_block_size");
    compare("cache groups", cache->groups, "groups");
    compare("block bytes", cache->block_bytes, "block_bytes");
    compare("gpu blocks", capacity.blocks, "num_blocks");
    compare("gpu kv cache tokens", capacity.size.count(), "tokens");
    compare_rounded("maximum concurrency", capacity.concurrency, measured.at("concurrency"), 8, out);
}

} // namespace conformance

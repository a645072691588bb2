// The parameters that transformers gives models of a config.json, against those of the walk.
#include <membound/read/repository.hpp>

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <string>

using namespace membound;

namespace {

std::string rows_path() {
    const char *source = std::getenv("MEMBOUND_SOURCE");
    return std::string(source != nullptr ? source : ".") + "/tests/conformance/transformers_parameters.jsonl";
}

// What transformers leaves out of layers that read the caches of others, and GGUF files have.
std::int64_t unused_keys(const model &m) {
    std::int64_t sum = 0;
    for_each_weight(m, [&](const tensor &t, tensor_use, int layer) {
        const bool of_keys =
            t.name == tensor_name::attn_k || t.name == tensor_name::attn_v || t.name == tensor_name::attn_k_norm;
        if (of_keys && layer >= 0 && m.layers[layer].shares_cache) sum += t.dims.elements();
    });
    return sum;
}

// The first rows of RoBERTa's positions, which are of no token, and which GGUF files do not have.
std::int64_t unused_positions(const model &m, json_value config) {
    if (m.family != &architectures::bert::value) return 0;
    const json_value positions = member_of(config, "max_position_embeddings");
    return positions ? (integer_of(positions) - m.max_position_embeddings) * m.hidden_size : 0;
}

} // namespace

TEST_CASE("parameters are those that transformers builds") {
    std::ifstream file(rows_path());
    REQUIRE_MESSAGE(file.good(), rows_path());
    std::set<std::string> types;
    std::string line;
    while (std::getline(file, line)) {
        const auto row = json_root(line.data(), static_cast<std::int64_t>(line.size()));
        REQUIRE(row);
        const json_value config = member_of(*row, "config");
        const char *end = membound::detail::behind_json(config.at);
        const std::string name = text_of_json<63>(member_of(config, "model_type")).c_str();
        const result<model> m = model_from_config(config.at, end - config.at);
        REQUIRE_MESSAGE(m, name << ": " << m.error().where.c_str() << ' ' << m.error().what.c_str() << ", "
                                << m.error().why);
        CHECK_MESSAGE(published_parameters(*m) - unused_keys(*m) + unused_positions(*m, config) ==
                          integer_of(member_of(*row, "parameters")),
                      name << ": " << line);
        types.insert(name);
    }
    CHECK(types.size() >= 100);
}

// Spark 2.5.
// Source: llama.cpp v0.5.0, src/models/spark2-5.cpp.
#ifndef MEMBOUND_ARCHITECTURES_SPARK_HPP
#define MEMBOUND_ARCHITECTURES_SPARK_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct spark2_5 {
    static constexpr architecture value = [] {
        architecture a;
        a.name = "spark2_5";
        a.gate = attention_gate::each_head;
        a.gguf.window = key_use::required;
        a.gguf.window_listed = true;
        a.gguf.heads_by_layer = true;
        return a;
    }();
    // config.json.
    static constexpr config_type types[] = {{"spark2_5"}, {"Spark2_5ForCausalLM"}};
    static constexpr void describe(config_query &q) {
        describe_window(q);
        q.put("rope.dimension_count", q.rotated_part_of(q.head_dim()), "partial_rotary_factor");
    }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

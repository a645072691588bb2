// Nanbeige 4.
// Source: llama.cpp v0.5.0, src/models/nanbeige.cpp.
#ifndef MEMBOUND_ARCHITECTURES_NANBEIGE_HPP
#define MEMBOUND_ARCHITECTURES_NANBEIGE_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

// The blocks of the file are run through `num_loops` times.
struct nanbeige {
    static constexpr void arrange(model &m) {
        if (m.num_loops > 1)
            for (int i = 0; i < m.layer_count(); ++i) m.layers[i].block = static_cast<std::int16_t>(i % m.block_count());
    }
    static constexpr void read(gguf_query &q, model &m) {
        m.num_loops = q.integer("num_loops", key_use::optional, 1, 1);
        m.norm_between_loops = m.num_loops > 1 && !q.boolean("skip_loop_final_norm");
        if (m.num_loops > max_layers / m.num_hidden_layers)
            q.fail(errc::bad_value, "num_loops", "is too large", "llama.cpp takes up to 512 layers");
        else
            m.num_hidden_layers *= m.num_loops;
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "nanbeige";
        a.arrange = arrange;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_type types[] = {{"nanbeige"}, {"NanbeigeForCausalLM"}};
    static constexpr void describe(config_query &q) {
        q.put("num_loops", q.integer("num_loops", 1), "num_loops");
        q.copy_boolean("skip_loop_final_norm", "skip_loop_final_norm");
        describe_llama_3_rope(q);
    }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

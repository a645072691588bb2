// A size that no model has stops the compiler where the model is described.
// expect: no_value_in_result
// expect g++: in .constexpr. expansion of
// expect clang++: constexpr variable 'value' must be initialized by a constant expression
#include <membound/architectures/llama.hpp>

using namespace membound;

struct absurd {
    static constexpr model value = [] {
        model m;
        m.family = &architectures::llama::value;
        m.num_hidden_layers = 2;
        m.vocab_size = 32000;
        m.max_position_embeddings = 4096;
        m.num_attention_heads = 32;
        m.intermediate_size = 16384;
#ifdef GOOD
        m.hidden_size = 4096;
#else
        m.hidden_size = std::int64_t{1} << 62;
#endif
        return arranged(m).value();
    }();
};
static_assert(absurd::value.hidden_size == 4096, "");

// The value of a failed result, named in a constant expression, stops the compiler: no size is made of a wrong model.
// Eight query heads can share four key heads, and not three.
// expect: no_value_in_result
// expect g++: in .constexpr. expansion of
// expect clang++: constexpr variable 'layers' must be initialized by a constant expression
#include <membound/model.hpp>

constexpr membound::model described() {
    membound::model m;
    m.num_hidden_layers = 2;
    m.hidden_size = 64;
    m.vocab_size = 100;
    m.max_position_embeddings = 128;
    m.intermediate_size = 256;
    m.num_attention_heads = 8;
#ifdef GOOD
    m.num_key_value_heads = 4;
#else
    m.num_key_value_heads = 3;
#endif
    return m;
}

constexpr std::int64_t layers = membound::arranged(described()).value().num_hidden_layers;
static_assert(layers == 2, "");

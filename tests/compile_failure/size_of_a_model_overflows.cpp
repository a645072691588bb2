// A model whose sizes do not fit in 63 bits is a compile-time error, not a small number that fits.
// expect: no_value_in_result
// expect g++: in .constexpr. expansion of
// expect clang++: constexpr variable 'yes' must be initialized by a constant expression
#include <membound/membound.hpp>

using namespace membound;

struct absurd {
    static constexpr model value = [] {
        model m;
        m.name = "absurd";
        m.family = &architectures::llama::value;
        m.num_hidden_layers = 2;
#ifdef GOOD
        m.hidden_size = 4096;
#else
        m.hidden_size = std::int64_t{1} << 40; // allowed by itself
#endif
        m.vocab_size = std::int64_t{1} << 22;
        m.max_position_embeddings = 4096;
        m.num_attention_heads = 32;
        m.intermediate_size = 16384;
        return arranged(m).value();
    }();
};
struct large_machine {
    static constexpr device value = bare_memory(bytes(std::int64_t{1} << 62));
};

constexpr bool yes = deployment<absurd, quantizations::f16, large_machine, engines::llama_cpp>::fits(tokens{4096});
static_assert(yes, "");

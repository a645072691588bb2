// What llama-server keeps of prompts beside its context.
#include <membound/membound.hpp>
#include <membound/models/gemma.hpp>
#include <membound/models/llama.hpp>
#include <membound/models/qwen_next.hpp>

#include <doctest/doctest.h>

using namespace membound;
namespace m = membound::models;
namespace q = membound::quantizations;

namespace {

constexpr const engine &server = engines::llama_server::value;

constexpr bytes checkpoint(const model &of, const workload &w) {
    return detail::checkpoint_bytes(of, w, detail::llama_cpp_context_of(of, w, detail::llama_cpp_rules_at(server.date)));
}
constexpr workload context_of(std::int64_t n) {
    workload w = server.defaults;
    w.context = tokens(n);
    return w;
}

// Six layers of Gemma 3, five of which have a window of 1024 tokens, with two heads of keys and values: as
// llama_state_seq_get_size_ext() of v0.5.0 tells.
constexpr model small_gemma() {
    model small = m::gemma_3_4b::value;
    small.num_hidden_layers = 6;
    for (int i = 0; i < 6; ++i) small.layers[i].num_key_value_heads = 2;
    return small;
}
constexpr bool windows_are_saved() {
    const model small = small_gemma();
    workload separate = context_of(8192);
    separate.sequences = 2;
    separate.unified_cache = false;
    workload whole = context_of(8192);
    whole.full_swa_cache = true;
    return checkpoint(small, context_of(8192)) == 10498192_B && checkpoint(small, separate) == 10498196_B &&
           checkpoint(small, context_of(512)) == bytes(8 + 16 + 512 * 12 + 10 * (12 + 512 * 1024)) &&
           checkpoint(small, whole) == 0_B;
}

constexpr bool prints(bytes b, double mib) {
    const double off = static_cast<double>(b.count()) / (1 << 20) - mib;
    return off < 0.00051 && off > -0.00051;
}
// Printed by llama-server ("created context checkpoint"): llama.cpp PR 19408 and PR 22929.
constexpr bool states_are_saved() {
    return prints(checkpoint(m::qwen3_next_80b_a3b::value, context_of(32768)), 75.376) &&
           prints(checkpoint(m::qwen3_5_27b::value, context_of(32768)), 149.626) &&
           checkpoint(m::llama_3_1_8b::value, context_of(32768)) == 0_B;
}

constexpr amount prompts(const model &of, const workload &w) {
    const auto b = server.load(of, q::q4_k_m::value, machine{}, w);
    return server.least(of, q::q4_k_m::value, *b, machine{}, w)->host().prompts;
}

bool the_host_keeps_prompts() {
    workload w = context_of(16384);
    const model &of = m::qwen3_next_80b_a3b::value;
    const bytes one = checkpoint(of, w);
    const amount both = prompts(of, w);
    w.prompt_cache = 0_B;
    const amount checkpoints = prompts(of, w);
    w.checkpoints = 0;
    const amount none = prompts(of, w);
    const amount dense = prompts(m::llama_3_1_8b::value, context_of(16384));
    return both.upper == one * (4 * 32) + 8_GiB && both.lower == 0_B && both.known == knowledge::assumed &&
           checkpoints.upper == one * (4 * 32) && checkpoints.expected == one * (4 * 4) && none.upper == 0_B &&
           none.known == knowledge::exact && dense.upper == 8_GiB &&
           dense.expected == bytes(16384) * (2 * 32 * 8 * 128 * 2);
}

bool what_is_negative_is_refused() {
    const auto refused = [](const workload &w) {
        const auto b = server.load(m::llama_3_1_8b::value, q::q4_k_m::value, machine{}, w);
        return !server.account(m::llama_3_1_8b::value, q::q4_k_m::value, *b, machine{}, w);
    };
    workload w = context_of(4096);
    w.checkpoints = -1;
    workload v = context_of(4096);
    v.prompt_cache = bytes(-1);
    return refused(w) && refused(v) && !refused(context_of(4096));
}

} // namespace

TEST_CASE("a checkpoint has the cells of windows and the recurrent states") {
    CHECK(windows_are_saved());
    CHECK(states_are_saved());
}

TEST_CASE("a server keeps checkpoints and earlier prompts on the host") {
    CHECK(the_host_keeps_prompts());
    CHECK(what_is_negative_is_refused());
}

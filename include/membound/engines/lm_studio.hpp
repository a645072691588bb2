// LM Studio: llama.cpp for GGUF files and MLX for MLX's, under LM Studio's defaults.
//
// The program is closed; its defaults are those of its public parts: lmstudio-js (packages/lms-kv-config/src/schema.ts: the
// batch, the cache in F16 beside its layers, all layers on the device), its documentation (four concurrent predictions that
// share one cache since v0.4.0), and the logs of its issues (bug-tracker 900: windows are kept whole, 512 tokens are submitted
// and computed together; 1454: flash attention is automatic). A context of 4096 is what the application proposes. Its
// guardrails, which refuse models by an estimate of its own, are not public and not accounted for: lms load --estimate-only
// prints them.
#ifndef MEMBOUND_ENGINES_LM_STUDIO_HPP
#define MEMBOUND_ENGINES_LM_STUDIO_HPP

#include <membound/engines/llama_cpp.hpp>
#include <membound/engines/mlx.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace detail {

inline constexpr int lm_studio_today = 20260813; // v0.4.21

constexpr bool runs_in_lm_studio(const quantization &q) { return is_of_llama_cpp(q) || runs_in_mlx(q); }

// The engine within, and a use with the default context. What is no GGUF file runs in MLX.
constexpr result<engine_use> lm_studio_use_of(const engine &e, const model &m, const quantization &q, const machine &,
                                              const workload &asked) {
    workload w = asked;
    const bool is_mlx = q.kind == quantization::scheme::linear;
    if (w.context.count() == 0 && m.max_position_embeddings > 0)
        w.context = tokens(min<std::int64_t>(4096, m.max_position_embeddings));
    if (is_mlx) w.ubatch = 0; // the batch is llama.cpp's
    return engine_use{at_date(is_mlx ? engines::mlx::value : engines::llama_cpp::value, e.date), w};
}

inline constexpr const format *lm_studio_cache_types[] = {
    &formats::f16::value,    &formats::f32::value,      &formats::q8_0::value,     &formats::q4_0::value,
    &formats::q4_1::value,   &formats::iq4_nl::value,   &formats::q5_0::value,     &formats::q5_1::value,
    &formats::mlx_8bit::value, &formats::mlx_4bit::value, &formats::mlx_2bit::value,
};

} // namespace detail

namespace engines {

struct lm_studio {
    static constexpr engine value = [] {
        engine e = llama_cpp::value;
        e.name = "lm-studio";
        e.version = "v0.4.21 (2026-08-13)";
        e.date = detail::lm_studio_today;
        e.caches_in(detail::lm_studio_cache_types);
        e.runs = detail::runs_in_lm_studio;
        e.defaults.sequences = 4;
        e.defaults.unified_cache = true;
        e.defaults.batch = 512;
        e.defaults.ubatch = 512;
        e.defaults.outputs = -1;
        e.defaults.full_swa_cache = true;
        e.use_within = detail::lm_studio_use_of;
        return e;
    }();
};

} // namespace engines

MEMBOUND_END_NAMESPACE

#endif

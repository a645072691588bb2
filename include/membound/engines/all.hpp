// Every engine, found by its name.
#ifndef MEMBOUND_ENGINES_ALL_HPP
#define MEMBOUND_ENGINES_ALL_HPP

#include <membound/engines/exllama.hpp>
#include <membound/engines/llama_cpp.hpp>
#include <membound/engines/lm_studio.hpp>
#include <membound/engines/mlx.hpp>
#include <membound/engines/ollama.hpp>
#include <membound/engines/sglang.hpp>
#include <membound/engines/tensorrt_llm.hpp>
#include <membound/engines/transformers.hpp>
#include <membound/engines/vllm.hpp>
#include <membound/name.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace engines {

inline constexpr const engine *all[] = {
    &llama_cpp::value, &llama_server::value, &llama_cli::value, &ollama::value, &lm_studio::value, &mlx::value,
    &transformers::value, &exllama_v3::value, &exllama_v2::value, &vllm::value, &sglang::value, &tensorrt_llm::value,
};

} // namespace engines

// By name: case does not matter, and '-' is '_'. Null where none has it.
constexpr const engine *find_engine(const char *name) {
    for (const engine *e : engines::all)
        if (detail::same_name(e->name, name)) return e;
    return nullptr;
}

MEMBOUND_END_NAMESPACE

#endif

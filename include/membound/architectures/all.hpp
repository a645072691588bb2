// Every family, found by the name that a GGUF file gives it.
#ifndef MEMBOUND_ARCHITECTURES_ALL_HPP
#define MEMBOUND_ARCHITECTURES_ALL_HPP

#include <membound/architectures/deepseek.hpp>
#include <membound/architectures/gemma.hpp>
#include <membound/architectures/gpt2.hpp>
#include <membound/architectures/gpt_oss.hpp>
#include <membound/architectures/llama.hpp>
#include <membound/architectures/phi.hpp>
#include <membound/architectures/qwen.hpp>
#include <membound/architectures/starcoder.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

inline constexpr const architecture *all[] = {
    &llama::value, &mistral3::value, &qwen2::value,  &qwen2moe::value,  &qwen3::value,      &qwen3moe::value, &gemma::value,
    &gemma2::value, &gemma3::value,  &phi3::value,   &gpt_oss::value,   &deepseek2::value,  &starcoder2::value, &gpt2::value,
};

} // namespace architectures

// Null where no family has the name.
constexpr const architecture *find_architecture(const char *name) {
    for (const architecture *a : architectures::all)
        if (same_text(a->name, name)) return a;
    return nullptr;
}

MEMBOUND_END_NAMESPACE

#endif

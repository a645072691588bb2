// Every family, found by the name that a GGUF file gives it.
#ifndef MEMBOUND_ARCHITECTURES_ALL_HPP
#define MEMBOUND_ARCHITECTURES_ALL_HPP

#include <membound/architectures/apertus.hpp>
#include <membound/architectures/arctic.hpp>
#include <membound/architectures/bailing.hpp>
#include <membound/architectures/bloom.hpp>
#include <membound/architectures/cohere.hpp>
#include <membound/architectures/dbrx.hpp>
#include <membound/architectures/deepseek.hpp>
#include <membound/architectures/dots.hpp>
#include <membound/architectures/ernie.hpp>
#include <membound/architectures/exaone.hpp>
#include <membound/architectures/falcon.hpp>
#include <membound/architectures/gemma.hpp>
#include <membound/architectures/glm.hpp>
#include <membound/architectures/gpt2.hpp>
#include <membound/architectures/gpt_oss.hpp>
#include <membound/architectures/gptneox.hpp>
#include <membound/architectures/granite.hpp>
#include <membound/architectures/llama.hpp>
#include <membound/architectures/minicpm.hpp>
#include <membound/architectures/minimax.hpp>
#include <membound/architectures/mpt.hpp>
#include <membound/architectures/olmo.hpp>
#include <membound/architectures/phi.hpp>
#include <membound/architectures/qwen.hpp>
#include <membound/architectures/seed_oss.hpp>
#include <membound/architectures/smollm.hpp>
#include <membound/architectures/starcoder.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

inline constexpr const architecture *all[] = {
    &llama::value, &mistral3::value, &qwen2::value, &qwen2moe::value, &qwen3::value, &qwen3moe::value,
    &gemma::value, &gemma2::value, &gemma3::value, &phi2::value, &phi3::value, &gpt_oss::value, &deepseek::value,
    &deepseek2::value, &starcoder::value, &starcoder2::value, &gpt2::value, &granite::value, &granitemoe::value,
    &minicpm::value, &olmo2::value, &olmoe::value, &smollm3::value, &exaone::value, &exaone4::value, &glm4::value,
    &glm4moe::value, &ernie4_5::value, &ernie4_5_moe::value, &bailingmoe2::value, &dots1::value, &seed_oss::value,
    &minimax_m2::value, &apertus::value, &command_r::value, &cohere2::value, &dbrx::value, &falcon::value,
    &gptneox::value, &mpt::value, &bloom::value, &arctic::value,
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

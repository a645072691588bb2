// Every family, found by the name that a GGUF file gives it.
#ifndef MEMBOUND_ARCHITECTURES_ALL_HPP
#define MEMBOUND_ARCHITECTURES_ALL_HPP

#include <membound/architectures/afmoe.hpp>
#include <membound/architectures/apertus.hpp>
#include <membound/architectures/arcee.hpp>
#include <membound/architectures/arctic.hpp>
#include <membound/architectures/baichuan.hpp>
#include <membound/architectures/bailing.hpp>
#include <membound/architectures/bert.hpp>
#include <membound/architectures/bitnet.hpp>
#include <membound/architectures/bloom.hpp>
#include <membound/architectures/chameleon.hpp>
#include <membound/architectures/codeshell.hpp>
#include <membound/architectures/cogvlm.hpp>
#include <membound/architectures/cohere.hpp>
#include <membound/architectures/dbrx.hpp>
#include <membound/architectures/deci.hpp>
#include <membound/architectures/deepseek.hpp>
#include <membound/architectures/dots.hpp>
#include <membound/architectures/drafts.hpp>
#include <membound/architectures/dream.hpp>
#include <membound/architectures/ernie.hpp>
#include <membound/architectures/exaone.hpp>
#include <membound/architectures/falcon.hpp>
#include <membound/architectures/gemma.hpp>
#include <membound/architectures/glm.hpp>
#include <membound/architectures/gpt2.hpp>
#include <membound/architectures/gpt_oss.hpp>
#include <membound/architectures/gptneox.hpp>
#include <membound/architectures/granite.hpp>
#include <membound/architectures/grok.hpp>
#include <membound/architectures/grovemoe.hpp>
#include <membound/architectures/hrm_text.hpp>
#include <membound/architectures/hy.hpp>
#include <membound/architectures/internlm2.hpp>
#include <membound/architectures/jais.hpp>
#include <membound/architectures/jamba.hpp>
#include <membound/architectures/kimi.hpp>
#include <membound/architectures/laguna.hpp>
#include <membound/architectures/lfm.hpp>
#include <membound/architectures/llada.hpp>
#include <membound/architectures/llama.hpp>
#include <membound/architectures/maincoder.hpp>
#include <membound/architectures/mamba.hpp>
#include <membound/architectures/maple.hpp>
#include <membound/architectures/mellum.hpp>
#include <membound/architectures/mimo.hpp>
#include <membound/architectures/minicpm.hpp>
#include <membound/architectures/minimax.hpp>
#include <membound/architectures/mpt.hpp>
#include <membound/architectures/muse_glimmer.hpp>
#include <membound/architectures/nanbeige.hpp>
#include <membound/architectures/nemotron.hpp>
#include <membound/architectures/nemotron_h.hpp>
#include <membound/architectures/olmo.hpp>
#include <membound/architectures/openelm.hpp>
#include <membound/architectures/orion.hpp>
#include <membound/architectures/pangu.hpp>
#include <membound/architectures/phi.hpp>
#include <membound/architectures/plamo.hpp>
#include <membound/architectures/plamo2.hpp>
#include <membound/architectures/plm.hpp>
#include <membound/architectures/qwen.hpp>
#include <membound/architectures/qwen_next.hpp>
#include <membound/architectures/refact.hpp>
#include <membound/architectures/rnd1.hpp>
#include <membound/architectures/rwkv.hpp>
#include <membound/architectures/seed_oss.hpp>
#include <membound/architectures/smallthinker.hpp>
#include <membound/architectures/smollm.hpp>
#include <membound/architectures/spark.hpp>
#include <membound/architectures/speech.hpp>
#include <membound/architectures/stablelm.hpp>
#include <membound/architectures/starcoder.hpp>
#include <membound/architectures/step.hpp>
#include <membound/architectures/t5.hpp>
#include <membound/architectures/talkie.hpp>
#include <membound/architectures/wavtokenizer.hpp>
#include <membound/architectures/xverse.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

inline constexpr const architecture *all[] = {
    &afmoe::value,
    &apertus::value,
    &arcee::value,
    &arctic::value,
    &arwkv7::value,
    &baichuan::value,
    &bailingmoe::value,
    &bailingmoe2::value,
    &bailingmoe3::value,
    &bert::value,
    &bitnet::value,
    &bloom::value,
    &chameleon::value,
    &chatglm::value,
    &codeshell::value,
    &cogvlm::value,
    &cohere2::value,
    &cohere2moe::value,
    &command_r::value,
    &dbrx::value,
    &deci::value,
    &deepseek::value,
    &deepseek2::value,
    &deepseek2_ocr::value,
    &deepseek32::value,
    &deepseek4::value,
    &dflash::value,
    &dots1::value,
    &dots3_note::value,
    &dream::value,
    &eagle3::value,
    &ernie4_5::value,
    &ernie4_5_moe::value,
    &eurobert::value,
    &exaone::value,
    &exaone4::value,
    &exaone_moe::value,
    &falcon::value,
    &falcon_h1::value,
    &gemma::value,
    &gemma2::value,
    &gemma3::value,
    &gemma3n::value,
    &gemma4::value,
    &gemma4_assistant::value,
    &gemma_embedding::value,
    &glm4::value,
    &glm4moe::value,
    &glm_dsa::value,
    &gpt2::value,
    &gpt_oss::value,
    &gptneox::value,
    &granite::value,
    &granite_swa::value,
    &granitehybrid::value,
    &granitemoe::value,
    &graniteswitch::value,
    &grok::value,
    &grovemoe::value,
    &hrm_text::value,
    &hunyuan_dense::value,
    &hunyuan_moe::value,
    &hunyuan_vl::value,
    &hy_v3::value,
    &hy_v4::value,
    &internlm2::value,
    &jais::value,
    &jais2::value,
    &jamba::value,
    &jina_bert_v2::value,
    &jina_bert_v3::value,
    &kimi_k3::value,
    &kimi_linear::value,
    &laguna::value,
    &lfm2::value,
    &lfm2moe::value,
    &llada::value,
    &llada_moe::value,
    &llama::value,
    &llama4::value,
    &llama_embed::value,
    &maincoder::value,
    &mamba::value,
    &mamba2::value,
    &maple::value,
    &mellum::value,
    &mimo2::value,
    &minicpm::value,
    &minicpm3::value,
    &minimax_01::value,
    &minimax_m2::value,
    &minimax_m3::value,
    &mistral3::value,
    &mistral4::value,
    &modern_bert::value,
    &mpt::value,
    &muse_glimmer::value,
    &nanbeige::value,
    &nemotron::value,
    &nemotron_h::value,
    &nemotron_h_moe::value,
    &neo_bert::value,
    &nomic_bert::value,
    &nomic_bert_moe::value,
    &olmo::value,
    &olmo2::value,
    &olmoe::value,
    &openelm::value,
    &orion::value,
    &paddleocr::value,
    &pangu_embedded::value,
    &phi2::value,
    &phi3::value,
    &phimoe::value,
    &plamo::value,
    &plamo2::value,
    &plamo3::value,
    &plm::value,
    &pockettts::value,
    &qwen::value,
    &qwen2::value,
    &qwen2moe::value,
    &qwen2vl::value,
    &qwen3::value,
    &qwen35::value,
    &qwen35moe::value,
    &qwen3moe::value,
    &qwen3next::value,
    &qwen3tts::value,
    &qwen3vl::value,
    &qwen3vlmoe::value,
    &qwen4exp::value,
    &refact::value,
    &rnd1::value,
    &rwkv6::value,
    &rwkv6qwen2::value,
    &rwkv7::value,
    &seed_oss::value,
    &smallthinker::value,
    &smollm3::value,
    &spark2_5::value,
    &stablelm::value,
    &starcoder::value,
    &starcoder2::value,
    &step35::value,
    &t5::value,
    &t5encoder::value,
    &talkie::value,
    &wavtokenizer_dec::value,
    &xverse::value,
};

// Those whose models are read of a config.json.
inline constexpr const config_reader *configs[] = {
    &afmoe::config,
    &apertus::config,
    &arcee::config,
    &arctic::config,
    &baichuan::config,
    &bailingmoe::config,
    &bailingmoe2::config,
    &bailingmoe3::config,
    &bert::config,
    &bitnet::config,
    &bloom::config,
    &chameleon::config,
    &chatglm::config,
    &codeshell::config,
    &cohere2::config,
    &cohere2moe::config,
    &command_r::config,
    &dbrx::config,
    &deci::config,
    &deepseek::config,
    &deepseek2::config,
    &deepseek2_ocr::config,
    &deepseek32::config,
    &deepseek4::config,
    &dots1::config,
    &dots3_note::config,
    &dream::config,
    &ernie4_5::config,
    &ernie4_5_moe::config,
    &eurobert::config,
    &exaone::config,
    &exaone4::config,
    &exaone_moe::config,
    &falcon::config,
    &falcon_h1::config,
    &gemma::config,
    &gemma2::config,
    &gemma3::config,
    &gemma3n::config,
    &gemma4::config,
    &gemma4_assistant::config,
    &gemma_embedding::config,
    &glm4::config,
    &glm4moe::config,
    &glm_dsa::config,
    &gpt2::config,
    &gpt_oss::config,
    &gptneox::config,
    &granite::config,
    &granite_swa::config,
    &granitehybrid::config,
    &granitemoe::config,
    &grok::config,
    &grovemoe::config,
    &hrm_text::config,
    &hunyuan_dense::config,
    &hunyuan_moe::config,
    &hunyuan_vl::config,
    &hy_v3::config,
    &hy_v4::config,
    &internlm2::config,
    &jais::config,
    &jais2::config,
    &jamba::config,
    &kimi_k3::config,
    &kimi_linear::config,
    &laguna::config,
    &lfm2::config,
    &lfm2moe::config,
    &llada::config,
    &llada_moe::config,
    &llama::config,
    &llama4::config,
    &llama_embed::config,
    &maincoder::config,
    &mamba::config,
    &mamba2::config,
    &maple::config,
    &mellum::config,
    &mimo2::config,
    &minicpm::config,
    &minicpm3::config,
    &minimax_01::config,
    &minimax_m2::config,
    &minimax_m3::config,
    &mistral3::config,
    &mistral4::config,
    &modern_bert::config,
    &mpt::config,
    &muse_glimmer::config,
    &nanbeige::config,
    &nemotron::config,
    &nemotron_h::config,
    &nemotron_h_moe::config,
    &nomic_bert::config,
    &nomic_bert_moe::config,
    &olmo::config,
    &olmo2::config,
    &olmoe::config,
    &openelm::config,
    &orion::config,
    &paddleocr::config,
    &pangu_embedded::config,
    &phi2::config,
    &phi3::config,
    &phimoe::config,
    &plamo::config,
    &plamo2::config,
    &plamo3::config,
    &plm::config,
    &qwen::config,
    &qwen2::config,
    &qwen2moe::config,
    &qwen2vl::config,
    &qwen3::config,
    &qwen35::config,
    &qwen35moe::config,
    &qwen3moe::config,
    &qwen3next::config,
    &qwen4exp::config,
    &qwen3vl::config,
    &qwen3vlmoe::config,
    &refact::config,
    &rnd1::config,
    &rwkv6::config,
    &rwkv7::config,
    &seed_oss::config,
    &smallthinker::config,
    &smollm3::config,
    &spark2_5::config,
    &stablelm::config,
    &starcoder::config,
    &starcoder2::config,
    &step35::config,
    &t5::config,
    &t5encoder::config,
    &talkie::config,
    &xverse::config,
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

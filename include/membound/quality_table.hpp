// Measured losses of quantizations. Written by tests/quality/condense.py, which says from what and how.
#ifndef MEMBOUND_QUALITY_TABLE_HPP
#define MEMBOUND_QUALITY_TABLE_HPP

#include <membound/config.hpp>

#include <cstdint>

MEMBOUND_BEGIN_NAMESPACE
namespace quality_table {

// A model that was measured, by its shape.
struct measured_model {
    const char *name;
    const char *family;
    int layers;
    int hidden_size;
    int vocab_size;
    int key_value_heads;
    int positions; // 0: any
};

inline constexpr measured_model models[] = {
    {"Llama 3 8B", "llama", 32, 4096, 128256, 8, 0},
    {"Llama 3 70B", "llama", 80, 8192, 128256, 8, 0},
    {"Llama 2 7B", "llama", 32, 4096, 32000, 32, 4096},
    {"Llama 2 13B", "llama", 40, 5120, 32000, 40, 4096},
    {"Llama 2 70B", "llama", 80, 8192, 32000, 8, 4096},
    {"LLaMA 7B", "llama", 32, 4096, 32000, 32, 2048},
    {"LLaMA 13B", "llama", 40, 5120, 32000, 40, 2048},
    {"Mistral 7B", "llama", 32, 4096, 32000, 8, 0},
    {"Gemma 2 27B", "gemma2", 46, 4608, 256000, 16, 0},
    {"Qwen3 30B-A3B", "qwen3moe", 48, 2048, 151936, 4, 0},
};

// By number: llama.cpp's file types have their own, others are known by name.
inline constexpr int first_named_scheme = 64;
struct named_scheme {
    const char *name;
    std::int8_t scheme;
};
inline constexpr named_scheme named_schemes[] = {
    {"Q8_0", 7},
    {"Q6_K", 18},
    {"Q5_K_M", 17},
    {"Q5_K_S", 16},
    {"Q5_1", 9},
    {"Q5_0", 8},
    {"Q4_K_M", 15},
    {"Q4_K_S", 14},
    {"Q4_1", 3},
    {"Q4_0", 2},
    {"IQ4_NL", 25},
    {"IQ4_XS", 30},
    {"Q3_K_L", 13},
    {"Q3_K_M", 12},
    {"Q3_K_S", 11},
    {"IQ3_M", 27},
    {"IQ3_S", 26},
    {"IQ3_XS", 22},
    {"IQ3_XXS", 23},
    {"Q2_K", 10},
    {"Q2_K_S", 21},
    {"IQ2_M", 29},
    {"IQ2_S", 28},
    {"IQ2_XS", 20},
    {"IQ2_XXS", 19},
    {"IQ1_M", 31},
    {"IQ1_S", 24},
    {"AWQ", 64},
    {"GPTQ", 65},
    {"GPTQ_INT8", 66},
    {"FP8_DYNAMIC", 67},
    {"NVFP4", 68},
};

inline constexpr const char *sources[] = {
    "llama.cpp, tools/perplexity/README.md: Llama 3 8B, WikiText-2",
    "llama.cpp, tools/perplexity/README.md: Llama 2 7B, WikiText-2",
    "llama.cpp, tools/perplexity/README.md: Llama 2 70B, WikiText-2",
    "XiongjieDai/GPU-Benchmarks-on-LLM-Inference: Llama 3 70B, WikiText-2",
    "llama.cpp pull request 1684: LLaMA 7B, WikiText-2",
    "llama.cpp pull request 1684: LLaMA 13B, WikiText-2",
    "llama.cpp, examples/quantize/README.md of 2023: LLaMA 7B, WikiText-2",
    "llama.cpp, examples/quantize/README.md of 2023: LLaMA 13B, WikiText-2",
    "ikawrakow/mistral-7b-quantized-gguf: Mistral 7B, WikiText-2",
    "Dracones/gemma-2-27b-it-GGUF: Gemma 2 27B",
    "ik_llama.cpp discussion 359: Qwen3 30B-A3B, WikiText-2 (KL divergence: a text of its own)",
    "Artefact2, GGUF quantizations overview: Mistral 7B, WikiText-2",
    "dwithchenna/llm-quantization, README: AWQ INT4-g128, WikiText-2",
    "dwithchenna/llm-quantization, README: GPTQ INT4-g128, WikiText-2",
    "HQQ (Mobius Labs): GPTQ 8 bits g128, WikiText-2",
    "pytorch/ao pull request 3394: float8 rowwise, Llama 3.1 8B, WikiText, words",
    "pytorch/ao pull request 3394: NVFP4, Llama 3.1 8B, WikiText, words",
};

// `loss` is ln(PPL / PPL of the baseline), `error` its standard error; 0 where not published, as are
// `kl_divergence` (nats) and `agreement` (percent of tokens whose most likely successor is the same).
struct measured_loss {
    std::int8_t model;
    std::int8_t scheme;
    bool importance_matrix;
    std::int8_t source;
    float loss;
    float error;
    float kl_divergence;
    float agreement;
};
inline constexpr measured_loss losses[] = {
    {0, 7, false, 0, 0.000180f, 0.000161f, 0.001355f, 97.674f}, // Q8_0
    {0, 18, false, 0, 0.003239f, 0.000297f, 0.005452f, 96.031f}, // Q6_K
    {0, 17, false, 0, 0.008856f, 0.000417f, 0.010762f, 0.000f}, // Q5_K_M
    {0, 16, false, 0, 0.016459f, 0.000534f, 0.016595f, 0.000f}, // Q5_K_S
    {0, 9, false, 0, 0.016657f, 0.000558f, 0.018045f, 0.000f}, // Q5_1
    {0, 8, false, 0, 0.020652f, 0.000625f, 0.022239f, 0.000f}, // Q5_0
    {0, 15, false, 0, 0.027526f, 0.000741f, 0.031273f, 91.901f}, // Q4_K_M
    {0, 14, false, 0, 0.042000f, 0.000905f, 0.043136f, 0.000f}, // Q4_K_S
    {0, 3, false, 0, 0.069644f, 0.001288f, 0.071683f, 0.000f}, // Q4_1
    {0, 2, false, 0, 0.072246f, 0.001276f, 0.071940f, 0.000f}, // Q4_0
    {0, 13, false, 0, 0.085255f, 0.001471f, 0.087176f, 0.000f}, // Q3_K_L
    {0, 12, false, 0, 0.099970f, 0.001616f, 0.101913f, 0.000f}, // Q3_K_M
    {0, 11, false, 0, 0.232385f, 0.002845f, 0.228217f, 0.000f}, // Q3_K_S
    {0, 10, false, 0, 0.447545f, 0.005433f, 0.445132f, 71.138f}, // Q2_K
    {0, 15, true, 0, 0.023745f, 0.000711f, 0.028152f, 0.000f}, // Q4_K_M
    {0, 14, true, 0, 0.027929f, 0.000761f, 0.031951f, 0.000f}, // Q4_K_S
    {0, 25, true, 0, 0.035063f, 0.000834f, 0.035742f, 0.000f}, // IQ4_NL
    {0, 30, true, 0, 0.035700f, 0.000835f, 0.036334f, 0.000f}, // IQ4_XS
    {0, 13, true, 0, 0.067920f, 0.001308f, 0.073077f, 0.000f}, // Q3_K_L
    {0, 12, true, 0, 0.077324f, 0.001428f, 0.084358f, 0.000f}, // Q3_K_M
    {0, 27, true, 0, 0.101395f, 0.001516f, 0.102534f, 0.000f}, // IQ3_M
    {0, 26, true, 0, 0.111086f, 0.001644f, 0.111278f, 0.000f}, // IQ3_S
    {0, 22, true, 0, 0.139051f, 0.001939f, 0.138693f, 0.000f}, // IQ3_XS
    {0, 23, true, 0, 0.179462f, 0.002444f, 0.183625f, 0.000f}, // IQ3_XXS
    {0, 11, true, 0, 0.198643f, 0.002517f, 0.199821f, 0.000f}, // Q3_K_S
    {0, 29, true, 0, 0.321972f, 0.004050f, 0.325989f, 0.000f}, // IQ2_M
    {0, 10, true, 0, 0.327424f, 0.004120f, 0.332223f, 0.000f}, // Q2_K
    {0, 21, true, 0, 0.402684f, 0.005120f, 0.403360f, 0.000f}, // Q2_K_S
    {0, 28, true, 0, 0.437155f, 0.005457f, 0.439197f, 0.000f}, // IQ2_S
    {0, 20, true, 0, 0.546084f, 0.006775f, 0.546290f, 0.000f}, // IQ2_XS
    {0, 19, true, 0, 0.815708f, 0.011351f, 0.812022f, 0.000f}, // IQ2_XXS
    {0, 31, true, 0, 1.408549f, 0.024449f, 1.393084f, 0.000f}, // IQ1_M
    {0, 24, true, 0, 2.275971f, 0.072137f, 2.254554f, 0.000f}, // IQ1_S
    {2, 10, false, 1, 0.102516f, 0.001288f, 0.108903f, 85.584f}, // Q2_K
    {2, 15, false, 1, 0.014142f, 0.000426f, 0.012686f, 94.665f}, // Q4_K_M
    {2, 18, false, 1, 0.002403f, 0.000191f, 0.002098f, 97.520f}, // Q6_K
    {2, 7, false, 1, 0.000689f, 0.000107f, 0.000369f, 98.846f}, // Q8_0
    {4, 2, false, 2, 0.035416f, 0.000000f, 0.000000f, 0.000f}, // Q4_0
    {4, 3, false, 2, 0.023389f, 0.000000f, 0.000000f, 0.000f}, // Q4_1
    {4, 8, false, 2, 0.012483f, 0.000000f, 0.000000f, 0.000f}, // Q5_0
    {4, 10, false, 2, 0.084514f, 0.000000f, 0.000000f, 0.000f}, // Q2_K
    {4, 11, false, 2, 0.075907f, 0.000000f, 0.000000f, 0.000f}, // Q3_K_S
    {4, 12, false, 2, 0.046104f, 0.000000f, 0.000000f, 0.000f}, // Q3_K_M
    {4, 13, false, 2, 0.037299f, 0.000000f, 0.000000f, 0.000f}, // Q3_K_L
    {4, 14, false, 2, 0.015586f, 0.000000f, 0.000000f, 0.000f}, // Q4_K_S
    {4, 15, false, 2, 0.011936f, 0.000000f, 0.000000f, 0.000f}, // Q4_K_M
    {4, 16, false, 2, 0.004942f, 0.000000f, 0.000000f, 0.000f}, // Q5_K_S
    {4, 17, false, 2, 0.004014f, 0.000000f, 0.000000f, 0.000f}, // Q5_K_M
    {4, 18, false, 2, 0.001573f, 0.000000f, 0.000000f, 0.000f}, // Q6_K
    {1, 24, true, 3, 1.248484f, 0.000000f, 0.000000f, 0.000f}, // IQ1_S
    {1, 31, true, 3, 1.101775f, 0.000000f, 0.000000f, 0.000f}, // IQ1_M
    {1, 19, true, 3, 0.857135f, 0.000000f, 0.000000f, 0.000f}, // IQ2_XXS
    {1, 20, true, 3, 0.708397f, 0.000000f, 0.000000f, 0.000f}, // IQ2_XS
    {1, 28, true, 3, 0.668090f, 0.000000f, 0.000000f, 0.000f}, // IQ2_S
    {1, 21, true, 3, 0.652006f, 0.000000f, 0.000000f, 0.000f}, // Q2_K_S
    {1, 29, true, 3, 0.547839f, 0.000000f, 0.000000f, 0.000f}, // IQ2_M
    {1, 10, true, 3, 0.523107f, 0.000000f, 0.000000f, 0.000f}, // Q2_K
    {1, 23, true, 3, 0.337476f, 0.000000f, 0.000000f, 0.000f}, // IQ3_XXS
    {1, 22, true, 3, 0.273433f, 0.000000f, 0.000000f, 0.000f}, // IQ3_XS
    {1, 11, true, 3, 0.254223f, 0.000000f, 0.000000f, 0.000f}, // Q3_K_S
    {1, 26, true, 3, 0.203538f, 0.000000f, 0.000000f, 0.000f}, // IQ3_S
    {1, 27, true, 3, 0.194970f, 0.000000f, 0.000000f, 0.000f}, // IQ3_M
    {1, 12, true, 3, 0.171887f, 0.000000f, 0.000000f, 0.000f}, // Q3_K_M
    {1, 13, true, 3, 0.153848f, 0.000000f, 0.000000f, 0.000f}, // Q3_K_L
    {1, 30, true, 3, 0.068333f, 0.000000f, 0.000000f, 0.000f}, // IQ4_XS
    {1, 25, true, 3, 0.066715f, 0.000000f, 0.000000f, 0.000f}, // IQ4_NL
    {1, 14, true, 3, 0.059718f, 0.000000f, 0.000000f, 0.000f}, // Q4_K_S
    {1, 15, true, 3, 0.047127f, 0.000000f, 0.000000f, 0.000f}, // Q4_K_M
    {1, 16, true, 3, 0.018723f, 0.000000f, 0.000000f, 0.000f}, // Q5_K_S
    {1, 17, true, 3, 0.012218f, 0.000000f, 0.000000f, 0.000f}, // Q5_K_M
    {1, 18, true, 3, 0.004687f, 0.000000f, 0.000000f, 0.000f}, // Q6_K
    {1, 7, true, 3, 0.000283f, 0.000000f, 0.000000f, 0.000f}, // Q8_0
    {5, 10, false, 4, 0.137376f, 0.000000f, 0.000000f, 0.000f}, // Q2_K
    {5, 11, false, 4, 0.089110f, 0.000000f, 0.000000f, 0.000f}, // Q3_K_S
    {5, 12, false, 4, 0.040430f, 0.000000f, 0.000000f, 0.000f}, // Q3_K_M
    {5, 13, false, 4, 0.030069f, 0.000000f, 0.000000f, 0.000f}, // Q3_K_L
    {5, 14, false, 4, 0.019266f, 0.000000f, 0.000000f, 0.000f}, // Q4_K_S
    {5, 15, false, 4, 0.009017f, 0.000000f, 0.000000f, 0.000f}, // Q4_K_M
    {5, 16, false, 4, 0.005959f, 0.000000f, 0.000000f, 0.000f}, // Q5_K_S
    {5, 17, false, 4, 0.002401f, 0.000000f, 0.000000f, 0.000f}, // Q5_K_M
    {5, 18, false, 4, 0.000745f, 0.000000f, 0.000000f, 0.000f}, // Q6_K
    {6, 10, false, 5, 0.108164f, 0.000000f, 0.000000f, 0.000f}, // Q2_K
    {6, 11, false, 5, 0.064309f, 0.000000f, 0.000000f, 0.000f}, // Q3_K_S
    {6, 12, false, 5, 0.036532f, 0.000000f, 0.000000f, 0.000f}, // Q3_K_M
    {6, 13, false, 5, 0.028518f, 0.000000f, 0.000000f, 0.000f}, // Q3_K_L
    {6, 14, false, 5, 0.016254f, 0.000000f, 0.000000f, 0.000f}, // Q4_K_S
    {6, 15, false, 5, 0.008698f, 0.000000f, 0.000000f, 0.000f}, // Q4_K_M
    {6, 16, false, 5, 0.004595f, 0.000000f, 0.000000f, 0.000f}, // Q5_K_S
    {6, 17, false, 5, 0.001806f, 0.000000f, 0.000000f, 0.000f}, // Q5_K_M
    {6, 18, false, 5, 0.000476f, 0.000000f, 0.000000f, 0.000f}, // Q6_K
    {5, 2, false, 6, 0.041438f, 0.000000f, 0.000000f, 0.000f}, // Q4_0
    {5, 3, false, 6, 0.030775f, 0.000000f, 0.000000f, 0.000f}, // Q4_1
    {5, 8, false, 6, 0.013386f, 0.000000f, 0.000000f, 0.000f}, // Q5_0
    {5, 9, false, 6, 0.007001f, 0.000000f, 0.000000f, 0.000f}, // Q5_1
    {5, 7, false, 6, 0.000068f, 0.000000f, 0.000000f, 0.000f}, // Q8_0
    {6, 2, false, 7, 0.024756f, 0.000000f, 0.000000f, 0.000f}, // Q4_0
    {6, 3, false, 7, 0.020066f, 0.000000f, 0.000000f, 0.000f}, // Q4_1
    {6, 8, false, 7, 0.005939f, 0.000000f, 0.000000f, 0.000f}, // Q5_0
    {6, 9, false, 7, 0.003097f, 0.000000f, 0.000000f, 0.000f}, // Q5_1
    {6, 7, false, 7, 0.000095f, 0.000000f, 0.000000f, 0.000f}, // Q8_0
    {7, 11, false, 8, 0.064101f, 0.000000f, 0.000000f, 0.000f}, // Q3_K_S
    {7, 12, false, 8, 0.034015f, 0.000000f, 0.000000f, 0.000f}, // Q3_K_M
    {7, 14, false, 8, 0.014692f, 0.000000f, 0.000000f, 0.000f}, // Q4_K_S
    {7, 15, false, 8, 0.010742f, 0.000000f, 0.000000f, 0.000f}, // Q4_K_M
    {7, 16, false, 8, 0.005883f, 0.000000f, 0.000000f, 0.000f}, // Q5_K_S
    {7, 2, false, 8, 0.022055f, 0.000000f, 0.000000f, 0.000f}, // Q4_0
    {7, 3, false, 8, 0.022935f, 0.000000f, 0.000000f, 0.000f}, // Q4_1
    {7, 8, false, 8, 0.004490f, 0.000000f, 0.000000f, 0.000f}, // Q5_0
    {7, 9, false, 8, 0.003594f, 0.000000f, 0.000000f, 0.000f}, // Q5_1
    {7, 11, true, 8, 0.052972f, 0.000000f, 0.000000f, 89.320f}, // Q3_K_S
    {7, 12, true, 8, 0.027129f, 0.000000f, 0.000000f, 0.000f}, // Q3_K_M
    {7, 14, true, 8, 0.007472f, 0.000000f, 0.000000f, 0.000f}, // Q4_K_S
    {7, 15, true, 8, 0.005883f, 0.000000f, 0.000000f, 0.000f}, // Q4_K_M
    {7, 16, true, 8, 0.003095f, 0.000000f, 0.000000f, 0.000f}, // Q5_K_S
    {7, 2, true, 8, 0.017447f, 0.000000f, 0.000000f, 0.000f}, // Q4_0
    {7, 3, true, 8, 0.009356f, 0.000000f, 0.000000f, 0.000f}, // Q4_1
    {7, 8, true, 8, 0.002597f, 0.000000f, 0.000000f, 0.000f}, // Q5_0
    {7, 9, true, 8, 0.002397f, 0.000000f, 0.000000f, 0.000f}, // Q5_1
    {8, 7, false, 9, 0.000362f, 0.000000f, 0.000000f, 0.000f}, // Q8_0
    {8, 18, false, 9, 0.004568f, 0.000000f, 0.000000f, 0.000f}, // Q6_K
    {8, 17, false, 9, 0.006658f, 0.000000f, 0.000000f, 0.000f}, // Q5_K_M
    {8, 16, false, 9, 0.004873f, 0.000000f, 0.000000f, 0.000f}, // Q5_K_S
    {8, 15, false, 9, 0.032034f, 0.000000f, 0.000000f, 0.000f}, // Q4_K_M
    {8, 14, false, 9, 0.048225f, 0.000000f, 0.000000f, 0.000f}, // Q4_K_S
    {8, 13, false, 9, 0.037826f, 0.000000f, 0.000000f, 0.000f}, // Q3_K_L
    {8, 12, false, 9, 0.074041f, 0.000000f, 0.000000f, 0.000f}, // Q3_K_M
    {8, 11, false, 9, 0.112715f, 0.000000f, 0.000000f, 0.000f}, // Q3_K_S
    {9, 7, true, 10, 0.000408f, 0.000000f, 0.002337f, 0.000f}, // Q8_0
    {9, 15, true, 10, 0.015198f, 0.000000f, 0.010136f, 0.000f}, // Q4_K_M
    {9, 14, true, 10, 0.016717f, 0.000000f, 0.012915f, 0.000f}, // Q4_K_S
    {7, 24, true, 11, 0.923500f, 0.000000f, 0.000000f, 61.600f}, // IQ1_S
    {7, 19, true, 11, 0.298800f, 0.000000f, 0.000000f, 76.870f}, // IQ2_XXS
    {7, 20, true, 11, 0.204600f, 0.000000f, 0.000000f, 80.570f}, // IQ2_XS
    {7, 28, true, 11, 0.172200f, 0.000000f, 0.000000f, 81.940f}, // IQ2_S
    {7, 29, true, 11, 0.122300f, 0.000000f, 0.000000f, 84.430f}, // IQ2_M
    {7, 21, true, 11, 0.160000f, 0.000000f, 0.000000f, 82.650f}, // Q2_K_S
    {7, 10, true, 11, 0.110300f, 0.000000f, 0.000000f, 85.080f}, // Q2_K
    {7, 23, true, 11, 0.058900f, 0.000000f, 0.000000f, 88.630f}, // IQ3_XXS
    {7, 22, true, 11, 0.045800f, 0.000000f, 0.000000f, 89.290f}, // IQ3_XS
    {2, 64, false, 12, 0.023488f, 0.000914f, 0.000000f, 0.000f}, // AWQ
    {3, 64, false, 12, 0.018275f, 0.001025f, 0.000000f, 0.000f}, // AWQ
    {4, 64, false, 12, 0.026748f, 0.001506f, 0.000000f, 0.000f}, // AWQ
    {2, 65, false, 13, 0.070576f, 0.000914f, 0.000000f, 0.000f}, // GPTQ
    {3, 65, false, 13, 0.018275f, 0.001025f, 0.000000f, 0.000f}, // GPTQ
    {4, 65, false, 13, 0.058496f, 0.001506f, 0.000000f, 0.000f}, // GPTQ
    {2, 66, false, 14, 0.001929f, 0.000965f, 0.000000f, 0.000f}, // GPTQ_INT8
    {3, 66, false, 14, 0.000000f, 0.001080f, 0.000000f, 0.000f}, // GPTQ_INT8
    {0, 67, false, 15, 0.009598f, 0.000662f, 0.000000f, 0.000f}, // FP8_DYNAMIC
    {0, 68, false, 16, 0.111804f, 0.000662f, 0.000000f, 0.000f}, // NVFP4
};

// What Llama 3 8B loses: measured, or derived from what other models lose beside what they lose under
// types that were measured of it. `bits` a weight of its layers; 0: of no type of llama.cpp. `divergence` is the KL
// divergence for each nat of loss, `scatter` the factor that measurements lie apart beside what their models'
// scales give. Losses of types on the curve may be interpolated by bits.
struct typical_loss {
    std::int8_t scheme;
    bool on_curve;
    float bits;
    float plain;
    float with_importance_matrix;
    float divergence;
    float scatter;
};
inline constexpr typical_loss typical_losses[] = {
    {7, true, 8.5f, 0.000180f, 0.000180f, 7.51f, 1.0f}, // Q8_0
    {18, true, 6.5625f, 0.003239f, 0.003239f, 1.68f, 1.0f}, // Q6_K
    {9, false, 6.0f, 0.016657f, 0.011111f, 1.08f, 1.0f}, // Q5_1
    {17, true, 5.6532f, 0.008856f, 0.004660f, 1.22f, 1.0f}, // Q5_K_M
    {16, true, 5.5f, 0.016459f, 0.008660f, 1.01f, 1.0f}, // Q5_K_S
    {8, false, 5.5f, 0.020652f, 0.011943f, 1.08f, 1.0f}, // Q5_0
    {3, false, 5.0f, 0.069644f, 0.028411f, 1.03f, 1.0f}, // Q4_1
    {15, true, 4.7975f, 0.027526f, 0.023745f, 1.14f, 1.0f}, // Q4_K_M
    {25, false, 4.5529f, 0.035063f, 0.035063f, 1.02f, 1.0f}, // IQ4_NL
    {14, true, 4.5361f, 0.042000f, 0.027929f, 1.03f, 1.0f}, // Q4_K_S
    {2, false, 4.5f, 0.072246f, 0.057151f, 1.00f, 1.0f}, // Q4_0
    {30, true, 4.3161f, 0.035700f, 0.035700f, 1.02f, 1.0f}, // IQ4_XS
    {13, false, 4.1911f, 0.085255f, 0.067920f, 1.02f, 1.0f}, // Q3_K_L
    {12, false, 3.8438f, 0.099970f, 0.077324f, 1.02f, 1.0f}, // Q3_K_M
    {27, true, 3.5754f, 0.101395f, 0.101395f, 1.01f, 1.0f}, // IQ3_M
    {26, true, 3.4579f, 0.111086f, 0.111086f, 1.00f, 1.0f}, // IQ3_S
    {11, false, 3.4375f, 0.232385f, 0.198643f, 0.98f, 1.0f}, // Q3_K_S
    {22, true, 3.2704f, 0.139051f, 0.139051f, 1.00f, 1.0f}, // IQ3_XS
    {23, true, 3.0709f, 0.179462f, 0.179462f, 1.02f, 1.0f}, // IQ3_XXS
    {10, false, 2.9423f, 0.447545f, 0.327424f, 0.99f, 1.0f}, // Q2_K
    {21, false, 2.7242f, 0.402684f, 0.402684f, 1.00f, 1.0f}, // Q2_K_S
    {29, true, 2.6965f, 0.321972f, 0.321972f, 1.01f, 1.0f}, // IQ2_M
    {28, true, 2.479f, 0.437155f, 0.437155f, 1.00f, 1.0f}, // IQ2_S
    {20, true, 2.3651f, 0.546084f, 0.546084f, 1.00f, 1.0f}, // IQ2_XS
    {19, true, 2.1283f, 0.815708f, 0.815708f, 1.00f, 1.0f}, // IQ2_XXS
    {31, true, 1.8564f, 1.408549f, 1.408549f, 0.99f, 1.0f}, // IQ1_M
    {24, true, 1.6932f, 2.275971f, 2.275971f, 0.99f, 1.0f}, // IQ1_S
    {64, false, 0.0f, 0.061722f, 0.061722f, 1.0f, 1.17f}, // AWQ
    {65, false, 0.0f, 0.115609f, 0.115609f, 1.0f, 1.78f}, // GPTQ
    {66, false, 0.0f, 0.004347f, 0.004347f, 1.0f, 1.00f}, // GPTQ_INT8
    {67, false, 0.0f, 0.009598f, 0.009598f, 1.0f, 1.00f}, // FP8_DYNAMIC
    {68, false, 0.0f, 0.111804f, 0.111804f, 1.0f, 1.00f}, // NVFP4
};

// Losses of models beside the reference's, sizes made even: those of one family and vocabulary, small and large ones
// apart, and of all; the band holds every model, and what one model's types lie apart.
struct kin {
    const char *family;
    int vocab_size;
    bool large; // beyond flat_above_parameters
    double scale;
    double lower;
    double upper;
};
inline constexpr kin kins[] = {
    {"llama", 128256, false, 1.000, 0.519, 1.929},
    {"llama", 128256, true, 2.062, 1.069, 3.976},
    {"llama", 32000, false, 0.357, 0.215, 0.565},
    {"llama", 32000, true, 0.498, 0.258, 0.961},
    {"gemma2", 256000, true, 0.906, 0.470, 1.748},
    {"qwen3moe", 151936, false, 0.694, 0.360, 1.338},
};
inline constexpr kin all_models = {"", 0, false, 0.783, 0.215, 2.863};

// Losses fall with parameters to this power (standard error 0.09), up to 13 billion: LLaMA and Llama 2 7B to
// 13B, OPT 1.3B to 13B. Larger models lose no less beside their own perplexity.
inline constexpr double size_exponent = 0.498;
inline constexpr double reference_parameters = 8.03e+09;
inline constexpr double flat_above_parameters = 1.3e+10;
// What a type costs more without an importance matrix, at Llama 3 8B's types that were measured in both ways.
inline constexpr double without_matrix = 1.286;

} // namespace quality_table
MEMBOUND_END_NAMESPACE

#endif

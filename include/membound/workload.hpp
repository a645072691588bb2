// One use of a model: the settings that an engine is started with, and what it is to be used for.
#ifndef MEMBOUND_WORKLOAD_HPP
#define MEMBOUND_WORKLOAD_HPP

#include <membound/formats/ggml.hpp>
#include <membound/placement.hpp>
#include <membound/projector.hpp>

MEMBOUND_BEGIN_NAMESPACE

enum class flash_attention : std::uint8_t { automatic, on, off };

// How weights come into memory (llama.cpp: --load-mode).
enum class weight_loading : std::uint8_t {
    automatic, // mapped, unless a device shares memory with the processor and is not Metal's
    read,      // into buffers
    mapped,    // the engine computes with the pages of the file itself, where it can
};

// A low-rank adapter (LoRA). It adds two matrices to each one that it changes: of `in` times `out` numbers, one of `in` times
// `rank` and one of `rank` times `out`.
struct lora_adapter {
    int rank = 0; // 0: there is no adapter
    format type = formats::f16::value;
    // Which matrices it changes (PEFT: target_modules).
    bool query = true;
    bool key = true;
    bool value = true;
    bool attention_output = true;
    bool feed_forward = true; // gate, up and down of dense layers
    bool experts = false;     // gate, up and down of every routed expert

    constexpr bool changes(tensor_name name) const {
        if (rank <= 0) return false;
        switch (name) {
        case tensor_name::attn_q: return query;
        case tensor_name::attn_k: return key;
        case tensor_name::attn_v: return value;
        case tensor_name::attn_qkv: return query && key && value;
        case tensor_name::attn_output: return attention_output;
        case tensor_name::ffn_gate:
        case tensor_name::ffn_up:
        case tensor_name::ffn_down: return feed_forward;
        case tensor_name::ffn_gate_exps:
        case tensor_name::ffn_up_exps:
        case tensor_name::ffn_down_exps: return experts;
        default: return false;
        }
    }
};

// Further settings, of servers on GPUs (vLLM, SGLang, TensorRT-LLM). 0 asks for the engine's own default.
struct serving {
    double memory_fraction = 0; // gpu_memory_utilization, mem_fraction_static, free_gpu_memory_fraction
    int max_sequences = 0;      // max_num_seqs, max_running_requests, max_batch_size
    int block_size = 0;         // tokens in a block of the cache: block_size, page_size, tokens_per_block
    int speculative_tokens = 0; // how many tokens a draft predicts in each step
    double swa_full_tokens_ratio = 0;   // SGLang: tokens that sliding-window layers keep, for each that the others keep
    double mamba_full_memory_ratio = 0; // SGLang: bytes of recurrent states for each byte of the cache
    bool prefix_caching = true; // requests that begin alike share cache (SGLang: radix cache; TensorRT-LLM: block reuse)
    bool graphs = true;         // CUDA graphs are captured; false: enforce_eager, disable_cuda_graph
    bool text_only = false;     // the part that reads images is not loaded (language-model-only)
    bool attention_replicas = false; // SGLang: data_parallel divides only attention (enable_dp_attention)
    format state_type;          // the type of recurrent states; without bytes: the model's own
};

// One use of a model. The settings are named as llama.cpp's are.
struct workload {
    // What is in the cache.
    tokens context;    // of all sequences together; 0: what the model was trained for
    int sequences = 1; // how many are decoded at the same time
    format type_k = formats::f16::value;
    format type_v = formats::f16::value;
    bool unified_cache = false;  // one cache that all sequences share, not one for each
    bool full_swa_cache = false; // sliding-window layers keep every token, not only those within their window

    // How it computes.
    int batch = 2048; // the most tokens in one call (servers on GPUs: max_num_batched_tokens; 0: chosen by the device)
    int ubatch = 512; // the most tokens that are computed at once: a batch is divided into parts of this size
    int outputs = 0;  // rows of logits that a batch may ask for; 0: as many as `batch`; -1: one for each sequence
    bool embeddings = false; // the final hidden state is an output as well
    flash_attention flash = flash_attention::automatic;
    bool offload_operations = true; // a device computes large batches also where the weights are on the host
    bool dry_run = false; // what the engine reports without allocating (no_alloc), where that differs from what it takes

    // How it loads.
    weight_loading loading = weight_loading::automatic;
    bool repack = true; // weights on the host may be stored in the order that suits its processor (use_extra_bufts)
    bool further_layers = false; // the layers that predict further tokens are loaded too (load_mtp)
    placement placed;

    // What a server keeps, at most.
    int checkpoints = 0; // copies of each sequence's state, of models whose caches can not be cut at any token
    bytes prompt_cache;  // of earlier prompts, on the host

    // What comes with the model.
    const model *target = nullptr; // if the model is a draft that reads another's caches: that one, which is loaded and
                                   // placed under the same settings; not owned
    const projector *vision = nullptr; // the part that reads images; not owned
    image_shape image; // the largest that it reads; zeros: any, from what the engine prepares for to the largest it takes
    lora_adapter lora; // in use in every batch
    bool control_vector = false; // a vector is added to the result of each layer but the first

    serving served;

    // Only for throughput: a prompt of `prompt` tokens is read, or the next token is decoded, when each sequence's cache
    // already has `filled`.
    tokens prompt{512};
    tokens filled;
};

MEMBOUND_END_NAMESPACE

#endif

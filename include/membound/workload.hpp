// One use of a model: how much context, how many sequences, which cache, what lies where.
#ifndef MEMBOUND_WORKLOAD_HPP
#define MEMBOUND_WORKLOAD_HPP

#include <membound/formats/ggml.hpp>
#include <membound/placement.hpp>
#include <membound/projector.hpp>

MEMBOUND_BEGIN_NAMESPACE

enum class flash_attention : std::uint8_t { automatic, on, off };

// How weights come into memory (llama.cpp: --load-mode): read into buffers, or mapped where the engine can compute with the
// pages of the file itself. `automatic` maps where no device is against it.
enum class weight_loading : std::uint8_t { automatic, read, mapped };

// A low-rank adapter (LoRA): beside each matrix of `in` times `out` that it changes one of `in` times `rank` and one of
// `rank` times `out`.
struct lora_adapter {
    int rank = 0; // 0: there is none
    format type = formats::f16::value;
    // The matrices that are changed (PEFT: target_modules).
    bool query = true;
    bool key = true;
    bool value = true;
    bool attention_output = true;
    bool feed_forward = true; // gate, up and down; of dense layers
    bool experts = false;     // those of every routed expert

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

// What servers on GPUs are told beside that (vLLM, SGLang, TensorRT-LLM). A 0 asks for the engine's own default.
struct serving {
    double memory_fraction = 0; // gpu_memory_utilization, mem_fraction_static, free_gpu_memory_fraction
    int max_sequences = 0;      // max_num_seqs, max_running_requests, max_batch_size
    int block_size = 0;         // tokens of a block of the cache: block_size, page_size, tokens_per_block
    int speculative_tokens = 0; // that a draft predicts in each step
    double swa_full_tokens_ratio = 0;    // of SGLang: tokens in caches with a window for each in the others
    double mamba_full_memory_ratio = 0;  // of SGLang: memory of states for each byte of the cache
    bool prefix_caching = true; // also radix cache, block reuse
    bool graphs = true;         // CUDA graphs are captured (not enforce_eager, disable_cuda_graph)
    bool text_only = false;     // what sees images is not loaded (language-model-only)
    bool attention_replicas = false; // of SGLang: data_parallel divides attention alone (enable_dp_attention)
    format state_type;          // of recurrent states; without bytes: the model's own
};

// One use of a model. A 0 asks for the engine's own default.
struct workload {
    tokens context;     // for all sequences together; 0: what the model was trained for
    int sequences = 1;  // that are decoded together
    int batch = 2048;   // tokens that are submitted together; of servers on GPUs 0: by the device (max_num_batched_tokens)
    int ubatch = 512;   // tokens that are computed together
    int outputs = 0;    // rows of logits that a batch may ask for; 0: as many as `batch`; -1: one for each sequence
    format type_k = formats::f16::value;
    format type_v = formats::f16::value;
    flash_attention flash = flash_attention::automatic;
    bool unified_cache = false; // one cache shared by all sequences, not one for each
    bool full_swa_cache = false; // sliding-window layers keep every token
    bool embeddings = false;    // the final hidden state is an output as well
    bool further_layers = false; // those that predict further tokens are loaded too (load_mtp)
    bool offload_operations = true; // large batches are computed on the device also where the weights are on the host
    weight_loading loading = weight_loading::automatic;
    bool repack = true;         // weights on the host may be stored in the order that its processor likes (use_extra_bufts)
    bool dry_run = false;       // as the engine's own dry run reports it (no_alloc), where that differs from the real thing
    tokens prompt{512}; // that a sequence begins with, for the speed of reading it
    tokens filled;      // of a sequence's cache before that, and before the next new token
    int checkpoints = 0;         // that a server keeps of each sequence, at most, where it can not be cut anywhere
    bytes prompt_cache;          // what a server keeps of earlier prompts on the host, at most
    const model *target = nullptr; // whose caches a draft reads, under the same settings and placed likewise; not owned
    const projector *vision = nullptr; // what reads images; not owned
    image_shape image;                 // the largest that is read; zeros: what the engine prepares for, up to what it takes
    placement placed;
    serving served;
    lora_adapter lora;           // applied to every pass
    bool control_vector = false; // a direction that is added to the result of each layer but the first
};

MEMBOUND_END_NAMESPACE

#endif

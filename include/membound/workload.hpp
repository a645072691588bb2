// One use of a model: how much context, how many sequences, which cache, what lies where.
#ifndef MEMBOUND_WORKLOAD_HPP
#define MEMBOUND_WORKLOAD_HPP

#include <membound/formats/ggml.hpp>
#include <membound/placement.hpp>

MEMBOUND_BEGIN_NAMESPACE

enum class flash_attention : std::uint8_t { automatic, on, off };

// One use of a model. A 0 asks for the engine's own default.
struct workload {
    tokens context;     // for all sequences together; 0: what the model was trained for
    int sequences = 1;  // that are decoded together
    int batch = 2048;   // tokens that are submitted together
    int ubatch = 512;   // tokens that are computed together
    int outputs = 0;    // rows of logits that a batch may ask for; 0: as many as `batch`; -1: one for each sequence
    format type_k = formats::f16::value;
    format type_v = formats::f16::value;
    flash_attention flash = flash_attention::automatic;
    bool unified_cache = false; // one cache shared by all sequences, not one for each
    bool full_swa_cache = false; // sliding-window layers keep every token
    bool embeddings = false;    // the final hidden state is an output as well
    bool offload_operations = true; // large batches are computed on the device also where the weights are on the host
    bool dry_run = false;       // as the engine's own dry run reports it (no_alloc), where that differs from the real thing
    placement placed;
};

MEMBOUND_END_NAMESPACE

#endif

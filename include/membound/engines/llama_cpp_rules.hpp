// What llama.cpp did differently before its present release, by date: each rule with the change that brought it.
#ifndef MEMBOUND_ENGINES_LLAMA_CPP_RULES_HPP
#define MEMBOUND_ENGINES_LLAMA_CPP_RULES_HPP

#include <membound/metal_order.hpp>
#include <membound/vulkan_order.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace detail {

inline constexpr int llama_cpp_today = 20260928; // v0.5.0

struct llama_cpp_rules {
    int date = llama_cpp_today;
    // Latent attention caches one compressed vector a token (PR 12801).
    bool latent_cache = true;
    // Layers with a sliding window cache no more than it (PR 13194).
    bool sliding_cache = true;
    // Both branches of a feed-forward block are joined at once (PR 14158).
    bool joins_branches = true;
    // Keys and values are stored by the numbers of their cells, which are inputs (PR 14285, PR 14959).
    bool stores_by_number = true;
    // Values come before keys, where no layer has a window (PR 16884).
    bool values_first = true;
    // The output layer is the first that goes to a device, not the last (PR 18148).
    bool output_layer_first = true;
    // Tokens come as numbers or as vectors, with an input for each (PR 18898).
    bool both_inputs = true;
    // Embeddings of each layer are looked up on the host before the first, and added up there (PR 21612).
    bool layer_embeddings_first = true;
    // Queries, keys and values are rotated where the cache is quantized (PR 21038).
    bool rotates_quantized_cache = true;
    // The masks of flash attention are F16 from the beginning, not F32 and copied (PR 23764).
    bool mask_in_f16 = true;
    // llama-server asks for one row of logits a sequence (PR 23861).
    bool limits_outputs = true;
    // CUDA reserves room for a quantized cache in F16; before, it came from a pool (PR 23907).
    bool reserves_cache_copies = true;
    metal_ordering metal_order = metal_ordering::keeping_inputs;
    vulkan_ordering vulkan_order = vulkan_ordering::functions;
    // Metal keeps the cache in F16 for attention (PR 27390).
    bool metal_copies_cache = true;
    // CUDA keeps alive what its fused kernels read (PR 25952, PR 27301).
    bool keeps_for_cuda = true;
};

constexpr llama_cpp_rules llama_cpp_rules_at(int date) {
    llama_cpp_rules r;
    r.date = date;
    r.latent_cache = date >= 20250415;
    r.sliding_cache = date >= 20250520;
    r.joins_branches = date >= 20250629;
    r.stores_by_number = date >= 20250802;
    r.values_first = date >= 20251108;
    r.output_layer_first = date >= 20251218;
    r.both_inputs = date >= 20260123;
    r.rotates_quantized_cache = date >= 20260401;
    r.layer_embeddings_first = date >= 20260408;
    r.mask_in_f16 = date >= 20260528;
    r.limits_outputs = date >= 20260601;
    r.reserves_cache_copies = date >= 20260603;
    r.metal_order = date < 20250913   ? metal_ordering::none
                    : date < 20250925 ? metal_ordering::near
                    : date < 20260213 ? metal_ordering::near_stores
                    : date < 20260917 ? metal_ordering::far
                                      : metal_ordering::keeping_inputs;
    r.vulkan_order = date < 20251126   ? vulkan_ordering::none
                     : date < 20251221 ? vulkan_ordering::pairs
                     : date < 20260517 ? vulkan_ordering::sums
                     : date < 20260801 ? vulkan_ordering::convolutions
                     : date < 20260904 ? vulkan_ordering::roots
                                       : vulkan_ordering::functions;
    r.metal_copies_cache = date >= 20260820;
    r.keeps_for_cuda = date >= 20260901;
    return r;
}

} // namespace detail
MEMBOUND_END_NAMESPACE

#endif

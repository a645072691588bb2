// Seed-OSS.
// Source: llama.cpp v0.5.0, src/models/seed-oss.cpp.
#ifndef MEMBOUND_ARCHITECTURES_SEED_OSS_HPP
#define MEMBOUND_ARCHITECTURES_SEED_OSS_HPP

#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct seed_oss {
    static constexpr architecture value = [] {
        architecture a;
        a.name = "seed_oss";
        a.ffn_norm = tensor_name::post_attention_norm;
        a.gguf.rotates_whole_head = true;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

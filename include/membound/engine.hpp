// What an engine's rules must answer.
#ifndef MEMBOUND_ENGINE_HPP
#define MEMBOUND_ENGINE_HPP

#include <membound/budget.hpp>
#include <membound/weights.hpp>
#include <membound/workload.hpp>

MEMBOUND_BEGIN_NAMESPACE

// A model as it lies on a machine before anything is asked of it: what does not depend on the context.
struct loaded_model {
    layout placed;
    placed_weights weights;
};

// The rules of one engine at one time. Adding an engine is adding one value of this kind.
struct engine {
    const char *name = "";
    const char *version = ""; // release and date of the source that the rules were read in
    workload defaults;
    result<loaded_model> (*load)(const model &, const quantization &, const machine &, const workload &) = nullptr;
    result<budget> (*account)(const model &, const quantization &, const loaded_model &, const machine &,
                              const workload &) = nullptr;
    // The context, of all sequences together, is a multiple of this.
    tokens (*context_step)(const workload &) = nullptr;
};

MEMBOUND_END_NAMESPACE

#endif

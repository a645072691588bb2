// Nanbeige 4.
// Source: llama.cpp v0.5.0, src/models/nanbeige.cpp.
#ifndef MEMBOUND_ARCHITECTURES_NANBEIGE_HPP
#define MEMBOUND_ARCHITECTURES_NANBEIGE_HPP

#include <membound/gguf_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct nanbeige {
    static constexpr void read(gguf_query &q, model &) {
        if (q.integer("num_loops", key_use::optional, 1) != 1)
            q.fail(errc::unsupported, "num_loops", "is not 1", "layers that are run through more than once");
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "nanbeige";
        a.gguf.read = read;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

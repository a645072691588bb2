// What llama.cpp maps of the files of a model, and what it allocates for weights beside: the buffers as it prints them.
// Source: llama.cpp v0.5.0, src/llama-model.cpp (load_tensors), src/llama-model-loader.cpp (create_tensor,
// get_mapping_range, lazy_read::add).
#ifndef MEMBOUND_ENGINES_LLAMA_CPP_FILES_HPP
#define MEMBOUND_ENGINES_LLAMA_CPP_FILES_HPP

#include <membound/engines/llama_cpp_weights.hpp>
#include <membound/tensor_text.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace detail {

// Where a tensor stands in its file: those of no block first, then block after block, each by name
// (src/llama-model-loader.h, weight_name_comparer).
struct file_place {
    int block = 0;
    tensor which;

    constexpr file_place() = default;
    constexpr file_place(const tensor &t, file_order order) : block(block_of(t, order)), which(t) {}

    constexpr bool is_before(const file_place &other) const {
        return block != other.block ? block < other.block : is_named_before(other.which);
    }

private:
    static constexpr int block_of(const tensor &t, file_order order) {
        if (order == file_order::as_converted && t.name == tensor_name::output_norm) return max_layers + 1;
        if (order == file_order::as_converted && t.name == tensor_name::output) return max_layers + 2;
        return is_of_encoder(t.name) || is_of_decoder(t.name) ? -1 : t.layer;
    }
    constexpr bool is_named_before(const tensor &other) const {
        tensor_letters left(which), right(other);
        for (;;) {
            const char l = left.next(), r = right.next();
            if (l != r || l == '\0') return l < r; // all are below 128
        }
    }
};

// Sums up the buffers of each device. A buffer that is mapped reaches from the first of its tensors in the file to the last.
class file_map : public weight_listener {
public:
    constexpr file_map(const model &m, const quantization &q, const machine &on, const workload &w)
        : weight_listener{start, note}, m_(m), q_(q), host_(on.device_count), loads_(!w.dry_run), lengthened_(lengthened(on)) {
        const bool maps = maps_files(on, w);
        for (int d = 0; d <= host_; ++d) {
            rules_[d] = buffer_rules_of(on, d);
            maps_[d] = maps && (d == host_ || on.devices[d].api == backend::metal);
            if (d < host_ && on.devices[d].unified_memory && on.devices[d].api != backend::metal) reads_rows_ = false;
        }
    }

    // After all weights were told of.
    constexpr model_buffers finish() {
        if (q_.kind == quantization::scheme::stored)
            end_shard();
        else
            for_each_file_tensor(m_, q_, [&](const tensor &t, const format &f) { pass(t, tensor_bytes(f, t.dims).count()); });
        if (loads_) buffers_.on[host_].allocated += lengthened_ * pinned_;
        buffers_.count = host_ + 1;
        return buffers_;
    }

private:
    struct span {
        bool any = false;
        file_place first, last;          // of a recipe
        std::int64_t begin = 0, end = 0; // of a shard
    };

    static constexpr void start(weight_listener &self, std::int64_t stored) {
        static_cast<file_map &>(self).begin_tensor(stored);
    }
    static constexpr void note(weight_listener &self, const tensor &t, const format &f, int device, bytes repacked) {
        static_cast<file_map &>(self).hold(t, f, device, repacked);
    }

    constexpr void begin_tensor(std::int64_t i) {
        const stored_tensor &t = q_.stored[i];
        if (t.shard != shard_) {
            end_shard();
            shard_ = t.shard;
        }
        begin_ = next_;
        next_ = add(begin_, round_up(tensor_bytes(t.type, t.which.dims).count(), q_.alignment));
    }
    constexpr void end_shard() {
        for (int d = 0; d <= host_; ++d) {
            if (spans_[d].any) buffers_.on[d].mapped += bytes(spans_[d].end - spans_[d].begin);
            spans_[d] = span{};
        }
        next_ = 0;
    }

    constexpr void hold(const tensor &t, const format &f, int d, bytes repacked) {
        weight_buffers &b = buffers_.on[d];
        const bytes size = tensor_bytes(f, t.dims);
        constexpr bytes large = 4_GiB; // auto_min_size
        const bool by_row = m_.family != nullptr && m_.family->reads_layer_embedding_by_row && loads_ && reads_rows_;
        if (by_row && t.name == tensor_name::per_layer_token_embd && size > large) {
            b.mapped += size;
        } else if (!maps_[d] || repacked >= 0_B) {
            const buffer_rules rules = d == host_ && stays_with_cpu(rules_[d], m_, t, f) ? buffer_rules{} : rules_[d];
            const bytes padded = buffer_bytes(rules, f, t.dims, repacked >= 0_B ? repacked : size);
            b.allocated += padded;
            if (d == host_ && repacked < 0_B && rules.vulkan) pin(padded.count());
        } else if (q_.kind == quantization::scheme::stored) {
            span &s = spans_[d];
            const std::int64_t end = add(begin_, size.count());
            s.begin = s.any ? min(s.begin, begin_) : begin_;
            s.end = s.any ? max(s.end, end) : end;
            s.any = true;
        } else {
            span &s = spans_[d];
            const file_place at(t, q_.order);
            if (!s.any || at.is_before(s.first)) s.first = at;
            if (!s.any || s.last.is_before(at)) s.last = at;
            s.any = true;
        }
    }
    // Tensors fill one buffer after the other (ggml-alloc.c, ggml_backend_alloc_ctx_tensors_from_buft).
    constexpr void pin(std::int64_t size) {
        if (pinned_ == 0 || add(last_pinned_, size) > rules_[host_].largest_buffer) {
            ++pinned_;
            last_pinned_ = 0;
        }
        last_pinned_ = add(last_pinned_, size);
    }
    // A tensor of the file, for the spans that it may lie in.
    constexpr void pass(const tensor &t, std::int64_t size) {
        const file_place at(t, q_.order);
        for (int d = 0; d <= host_; ++d) {
            const span &s = spans_[d];
            if (!s.any || at.is_before(s.first) || s.last.is_before(at)) continue;
            const bool last = !at.is_before(s.last);
            buffers_.on[d].mapped += bytes(last ? size : round_up(size, q_.alignment));
        }
    }

    const model &m_;
    const quantization &q_;
    int host_;
    bool loads_;
    bytes lengthened_;
    bool reads_rows_ = true;
    buffer_rules rules_[max_devices + 1] = {};
    bool maps_[max_devices + 1] = {};
    span spans_[max_devices + 1] = {};
    int shard_ = 0;
    std::int64_t begin_ = 0; // of the tensor that is told of
    std::int64_t next_ = 0;
    int pinned_ = 0; // buffers of the host that devices read from
    std::int64_t last_pinned_ = 0; // bytes in the last of them
    model_buffers buffers_;
};

constexpr result<model_buffers> llama_cpp_buffers(const engine &, const model &m, const quantization &q,
                                                  const loaded_model &loaded, const machine &on, const workload &w) {
    loaded_model again;
    again.placed = loaded.placed;
    file_map map(m, q, on, w);
    load_weights(m, q, on, w, again, &map);
    return map.finish();
}

constexpr result<loaded_model> llama_cpp_load_files(const engine &e, const model &m, const quantization &q,
                                                    const machine &on, const workload &w) {
    auto loaded = llama_cpp_load(e, m, q, on, w);
    bool spans = false;
    for (int d = 0; d < on.device_count; ++d) spans = spans || on.devices[d].api == backend::metal;
    if (!loaded || !spans || !maps_files(on, w)) return loaded;
    const auto buffers = llama_cpp_buffers(e, m, q, *loaded, on, w);
    for (int d = 0; d < on.device_count; ++d) (*loaded).weights.mapped[d] = buffers->on[d].mapped;
    return loaded;
}

} // namespace detail
MEMBOUND_END_NAMESPACE

#endif

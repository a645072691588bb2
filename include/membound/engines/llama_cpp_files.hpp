// What llama.cpp maps of the files of a model, and what it allocates for weights beside: the buffers as it prints them.
// Source: llama.cpp v0.5.0, src/llama-model.cpp (load_tensors), src/llama-model-loader.cpp (create_tensor,
// get_mapping_range, lazy_read::add).
#ifndef MEMBOUND_ENGINES_LLAMA_CPP_FILES_HPP
#define MEMBOUND_ENGINES_LLAMA_CPP_FILES_HPP

#include <membound/engines/llama_cpp_weights.hpp>
#include <membound/tensor_text.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace detail {

// The first letter of what a tensor's name has before a number, as in "blk.0.": those with the same are of one stack of
// blocks; '\0': the tensor is of none.
constexpr char stack_of(tensor_name name) { return all_tensor_stems.stack[static_cast<int>(name)]; }

// Where a tensor stands in its file: those of no "blk." first, then block after block, each by name
// (src/llama-model-loader.h, weight_name_comparer).
struct file_place {
    std::int64_t block; // of a file that was read: the number of the tensor
    int layer;
    tensor_name name;
    tensor_part part;

    constexpr bool is_before(const file_place &other) const {
        if (block != other.block) return block < other.block;
        return is_named_before({name, part, layer, {}}, {other.name, other.part, other.layer, {}});
    }
    constexpr file_place in_block(int i) const { return {i, i, name, part}; }
};

constexpr file_place place_of(const tensor &t, file_order order) {
    const bool converted = order == file_order::as_converted;
    const int block = converted && t.name == tensor_name::output_norm ? max_layers + 1
                      : converted && t.name == tensor_name::output    ? max_layers + 2
                      : stack_of(t.name) == 'b'                       ? t.layer
                                                                      : -1;
    return {block, t.layer, t.name, t.part};
}

// Sums up the buffers of each device. A buffer that is mapped reaches from the first of its tensors in the file to the last.
//
// A file that a recipe makes consists of parts: tensors of no block, and blocks, whose tensors stand side by side. A buffer
// begins within one part, ends within another, and has all of those between; blocks of layers alike are as long.
class file_map : public weight_listener {
public:
    constexpr file_map(const model &m, const quantization &q, const machine &on, const workload &w)
        : weight_listener{begin, note, true, remember, repeat}, m_(m), q_(q), host_(on.device_count), loads_(!w.dry_run),
          lengthened_(lengthened(on)) {
        const bool maps = maps_files(on, w);
        for (int d = 0; d <= host_; ++d) {
            rules_[d] = buffer_rules_of(on, d);
            maps_[d] = maps && (d == host_ || on.devices[d].api == backend::metal);
            if (d < host_ && on.devices[d].unified_memory && on.devices[d].api != backend::metal) reads_rows_ = false;
        }
        // Pinned buffers are filled tensor by tensor; and a layer of two stacks stands in two parts.
        takes_layers = !rules_[host_].vulkan && (m.family == nullptr || m.family->stacks == layer_stacks::one);
    }

    // After all weights were told of.
    constexpr model_buffers finish() {
        end_part();
        end_spans();
        if (loads_) buffers_.on[host_].allocated += lengthened_ * pinned_;
        buffers_.count = host_ + 1;
        return buffers_;
    }

private:
    // From the first tensor that a device maps to the last: bytes from where the part of the first begins, and of the last; in
    // a file that was read, from where that begins.
    struct span {
        bool any;
        file_place first, last;
        std::int64_t begin, end;

        constexpr void widen(const span &other) {
            if (!any || other.first.is_before(first)) first = other.first, begin = other.begin;
            if (!any || last.is_before(other.last)) last = other.last, end = other.end;
            any = true;
        }
    };
    struct file_part {
        file_place last; // of its tensors
        std::int64_t size;
    };
    // With what each device holds of it.
    struct block_part : file_part {
        span mapped[max_devices + 1];
        std::int64_t allocated[max_devices + 1];
    };
    struct entry {
        file_place at;
        std::int64_t size;
        int device; // that maps it; negative: none
    };
    static constexpr int max_entries = 256;                // there are fewer names of tensors with a number
    static constexpr int max_parts = 3 * max_layers + 128; // two stacks and what stands apart, and tensors of none

    static constexpr void begin(weight_listener &self, const tensor &t, const format &f, std::int64_t stored) {
        static_cast<file_map &>(self).begin_tensor(t, tensor_bytes(f, t.dims).count(), stored);
    }
    static constexpr void note(weight_listener &self, const tensor &t, const format &f, int device, bytes repacked) {
        static_cast<file_map &>(self).hold(t, f, device, repacked);
    }
    static constexpr void remember(weight_listener &self, int known) {
        auto &map = static_cast<file_map &>(self);
        const bool has_tensors = map.entry_count_ > 0;
        map.end_part();
        map.known_[known] = has_tensors ? map.part_ : block_part{};
    }
    static constexpr void repeat(weight_listener &self, int known, int layer) {
        auto &map = static_cast<file_map &>(self);
        map.end_part();
        block_part &part = map.known_[known];
        part.last = part.last.in_block(layer);
        for (int d = 0; d <= map.host_; ++d) // nothing begins in a layer like an earlier one
            part.mapped[d].last = part.mapped[d].last.in_block(layer);
        map.add_part(part);
    }

    constexpr bool is_stored() const { return q_.kind == quantization::scheme::stored; }
    constexpr std::int64_t padded(std::int64_t size) const { return round_up(size, q_.alignment); }

    constexpr void begin_tensor(const tensor &t, std::int64_t size, std::int64_t stored) {
        if (is_stored()) {
            if (q_.stored[stored].shard != shard_) end_spans();
            shard_ = q_.stored[stored].shard;
            number_ = stored;
            begin_ = next_;
            next_ = add(begin_, padded(size));
        } else if (stack_of(t.name) == '\0') {
            parts_[part_count_++] = {place_of(t, q_.order), padded(size)};
        } else {
            const file_place at = place_of(t, q_.order);
            const file_place &of = entries_[0].at;
            if (entry_count_ > 0 && (of.layer != at.layer || stack_of(of.name) != stack_of(at.name))) end_part();
            if (entry_count_ == 0) part_ = {};
            told_ = entry_count_++;
            for (; told_ > 0 && at.is_before(entries_[told_ - 1].at); --told_) entries_[told_] = entries_[told_ - 1];
            entries_[told_] = {at, size, -1};
        }
    }

    constexpr void hold(const tensor &t, const format &f, int d, bytes repacked) {
        const bytes size = tensor_bytes(f, t.dims);
        constexpr bytes large = 4_GiB; // auto_min_size
        const bool by_row = m_.family != nullptr && m_.family->reads_layer_embedding_by_row && loads_ && reads_rows_;
        const bool of_block = !is_stored() && stack_of(t.name) != '\0';
        if (by_row && t.name == tensor_name::per_layer_token_embd && size > large) {
            buffers_.on[d].mapped += size;
        } else if (!maps_[d] || repacked >= 0_B) {
            const buffer_rules rules = d == host_ && stays_with_cpu(rules_[d], m_, t, f) ? buffer_rules{} : rules_[d];
            const bytes in_buffer = buffer_bytes(rules, f, t.dims, repacked >= 0_B ? repacked : size);
            if (of_block)
                part_.allocated[d] = add(part_.allocated[d], in_buffer.count());
            else
                buffers_.on[d].allocated += in_buffer;
            if (d == host_ && repacked < 0_B && rules.vulkan) pin(in_buffer.count());
        } else if (of_block) {
            entries_[told_].device = d;
        } else if (is_stored()) {
            const file_place at = {number_, 0, {}, {}};
            spans_[d].widen({true, at, at, begin_, add(begin_, size.count())});
        } else {
            const file_place at = place_of(t, q_.order);
            spans_[d].widen({true, at, at, 0, size.count()});
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

    // All tensors of a block were told of.
    constexpr void end_part() {
        if (entry_count_ == 0) return;
        for (int i = 0; i < entry_count_; ++i) {
            const entry &e = entries_[i];
            if (e.device >= 0) {
                span &s = part_.mapped[e.device];
                if (!s.any) s = {true, e.at, e.at, part_.size, 0};
                s.last = e.at;
                s.end = add(part_.size, e.size);
            }
            part_.last = e.at;
            part_.size = add(part_.size, padded(e.size));
        }
        entry_count_ = 0;
        add_part(part_);
    }
    constexpr void add_part(const block_part &part) {
        parts_[part_count_++] = part;
        for (int d = 0; d <= host_; ++d) {
            buffers_.on[d].allocated += bytes(part.allocated[d]);
            if (part.mapped[d].any) spans_[d].widen(part.mapped[d]);
        }
    }
    constexpr void end_spans() {
        for (int d = 0; d <= host_; ++d) {
            span &s = spans_[d];
            if (!s.any) continue;
            bytes length(s.end - s.begin);
            for (int i = 0; i < part_count_; ++i)
                if (!parts_[i].last.is_before(s.first) && parts_[i].last.is_before(s.last)) length += bytes(parts_[i].size);
            buffers_.on[d].mapped += length;
            s = {};
        }
        next_ = 0;
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

    int shard_ = 0;           // of the tensor of a read file that is told of
    std::int64_t number_ = 0;
    std::int64_t begin_ = 0;
    std::int64_t next_ = 0;

    block_part part_ = {}; // the block that is told of
    entry entries_[max_entries] = {}; // of its tensors, by name
    int entry_count_ = 0;
    int told_ = 0; // the one that is told of
    block_part known_[max_known_layers] = {};
    file_part parts_[max_parts] = {};
    int part_count_ = 0;

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

// Metal holds the spans of what is mapped.
constexpr result<loaded_model> llama_cpp_load_files(const engine &e, const model &m, const quantization &q,
                                                    const machine &on, const workload &w) {
    bool spans = false;
    for (int d = 0; d < min(on.device_count, max_devices); ++d) spans = spans || on.devices[d].api == backend::metal;
    if (!spans || on.device_count > max_devices || !maps_files(on, w)) return llama_cpp_load(e, m, q, on, w);
    file_map map(m, q, on, w);
    auto loaded = llama_cpp_load(e, m, q, on, w, &map);
    if (!loaded) return loaded;
    const model_buffers buffers = map.finish();
    for (int d = 0; d < on.device_count; ++d) (*loaded).weights.mapped[d] = buffers.on[d].mapped;
    return loaded;
}

} // namespace detail
MEMBOUND_END_NAMESPACE

#endif

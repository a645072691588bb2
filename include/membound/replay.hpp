// The graph allocator of ggml, replayed: how large each buffer grows while a graph is computed.
// Source: llama.cpp v0.5.0, ggml/src/ggml-alloc.c (ggml_dyn_tallocr_*, ggml_gallocr_alloc_graph_impl), and where it stands
// beside a rule.
#ifndef MEMBOUND_REPLAY_HPP
#define MEMBOUND_REPLAY_HPP

#include <membound/kernel_scratch.hpp>

MEMBOUND_BEGIN_NAMESPACE

// The address space of one buffer: chunks, each with its free blocks in the order of their addresses. A request takes the
// tightest free block of the last chunk that has one; only where none is large enough, the open end of a chunk; else it
// opens a new chunk.
class arena {
public:
    constexpr arena() = default;
    // The alignment is a power of two (ggml-alloc.c, aligned_offset).
    constexpr arena(std::int64_t alignment, std::int64_t largest_chunk)
        : alignment_(alignment), largest_chunk_(largest_chunk) {}

    struct address {
        int chunk;
        std::int64_t offset;
    };

    constexpr std::int64_t aligned(std::int64_t size) const {
        return size > detail::overflow_count - alignment_ ? detail::overflow_count : (size + alignment_ - 1) & -alignment_;
    }

    constexpr address take(std::int64_t size) {
        size = aligned(size);
        int best = -1;
        std::int64_t best_size = INT64_MAX;
        for (int i = 0; i < block_count_; ++i) {
            if (i > 0 && blocks_[i].chunk != blocks_[i - 1].chunk) best_size = INT64_MAX;
            if (blocks_[i].size >= size && blocks_[i].size <= best_size && !is_open_end(i))
                best = i, best_size = blocks_[i].size;
        }
        if (best < 0) best = best_open_end(size);
        if (best < 0) best = open_chunk(size);
        if (best < 0) return {};

        block &b = blocks_[best];
        const address at{b.chunk, b.offset};
        b.offset += size;
        b.size -= size;
        if (tops_[at.chunk] < b.offset) tops_[at.chunk] = b.offset;
        if (b.size == 0) erase(best);
        return at;
    }

    // Joins the first block that it touches, and then that one's neighbour. An empty piece may come to lie within a free
    // block.
    constexpr void give(address at, std::int64_t size) {
        size = aligned(size);
        int first = 0; // of those that do not end before the freed one
        while (first < block_count_ &&
               (blocks_[first].chunk < at.chunk ||
                (blocks_[first].chunk == at.chunk && blocks_[first].offset + blocks_[first].size < at.offset)))
            ++first;
        for (int i = first; i < block_count_ && blocks_[i].chunk == at.chunk; ++i) {
            block &b = blocks_[i];
            if (b.offset + b.size == at.offset) {
                b.size += size;
                if (!is_open_end(i) && b.offset + b.size == blocks_[i + 1].offset) {
                    b.size += blocks_[i + 1].size;
                    erase(i + 1);
                }
                return;
            }
            if (at.offset + size == b.offset) {
                b.offset = at.offset;
                b.size += size;
                return;
            }
        }
        while (first < block_count_ && blocks_[first].chunk == at.chunk && blocks_[first].offset < at.offset) ++first;
        insert(first, {at.chunk, at.offset, size});
    }

    // The bytes of all chunks together.
    constexpr bytes peak() const {
        bytes sum;
        for (int c = 0; c < chunk_count_; ++c) sum += bytes(tops_[c]);
        return sum;
    }
    // Two arenas with the same free blocks have the same fingerprint.
    constexpr std::uint64_t fingerprint() const {
        std::uint64_t hash = 1469598103934665603u; // FNV-1a, a number at a time
        for (int i = 0; i < block_count_; ++i) {
            hash = (hash ^ static_cast<std::uint64_t>(blocks_[i].offset)) * 1099511628211u;
            hash = (hash ^ static_cast<std::uint64_t>(blocks_[i].size)) * 1099511628211u;
        }
        return hash;
    }
    // More free blocks at once than there is room for: the peak must not be used.
    constexpr bool exceeded() const { return exceeded_; }

private:
    struct block {
        int chunk;
        std::int64_t offset;
        std::int64_t size;
    };
    static constexpr int max_chunks = 16; // GGML_VBUFFER_MAX_CHUNKS
    static constexpr int max_blocks = 64;

    constexpr bool is_open_end(int i) const { return i + 1 == block_count_ || blocks_[i + 1].chunk != blocks_[i].chunk; }

    // Growing a chunk as little as possible comes before leaving room in one that need not grow.
    constexpr int best_open_end(std::int64_t size) const {
        int best = -1;
        std::int64_t best_reuse = INT64_MIN;
        for (int i = 0; i < block_count_; ++i) {
            const block &b = blocks_[i];
            if (!is_open_end(i) || b.size < size) continue;
            const std::int64_t reuse = tops_[b.chunk] - b.offset - size;
            if ((best_reuse < 0 && reuse > best_reuse) || (reuse >= 0 && reuse < best_reuse)) best = i, best_reuse = reuse;
        }
        return best;
    }

    constexpr int open_chunk(std::int64_t size) {
        if (chunk_count_ == max_chunks) {
            exceeded_ = true;
            return -1;
        }
        const bool last = chunk_count_ == max_chunks - 1;
        const std::int64_t room = last ? INT64_MAX / 2 : detail::max(size, largest_chunk_);
        insert(block_count_, {chunk_count_, 0, room});
        ++chunk_count_;
        return exceeded_ ? -1 : block_count_ - 1;
    }

    constexpr void insert(int at, const block &b) {
        if (block_count_ == max_blocks) {
            exceeded_ = true;
            return;
        }
        for (int i = block_count_; i > at; --i) blocks_[i] = blocks_[i - 1];
        blocks_[at] = b;
        ++block_count_;
    }

    constexpr void erase(int at) {
        --block_count_;
        for (int i = at; i < block_count_; ++i) blocks_[i] = blocks_[i + 1];
    }

    block blocks_[max_blocks] = {};
    std::int64_t tops_[max_chunks] = {};
    int block_count_ = 0;
    int chunk_count_ = 0;
    std::int64_t alignment_ = 32;
    std::int64_t largest_chunk_ = INT64_MAX / 2;
    bool exceeded_ = false;
};

// Places every tensor of a sequence of leafs and nodes, each in the arena of its device, and frees it after its last use.
class replay {
public:
    // Of a tensor; empty at first.
    struct state {
        std::int16_t children;
        std::int16_t views;
        bool owned; // has a place of its own now
        std::int8_t device;
        std::int8_t chunk;
        std::int64_t offset;
    };

    // `states` are as many as the graph has room for tensors.
    constexpr replay(const graph &g, arena *arenas, state *states, const kernel_scratch &scratch)
        : tensors_(g.tensors()), arenas_(arenas), states_(states), scratch_(scratch) {}

    // Allocated before anything is computed.
    constexpr void add_leaf(int t, int device) { allocate(t, device); }

    // Counts what needs a tensor; every node before the first is computed.
    constexpr void count(int t) {
        const graph_tensor &node = tensors_[t];
        if (node.view_of >= 0 && node.op != operation::none) ++states_[node.view_of].views;
        for (int i = 0; i < node.source_count; ++i) ++states_[node.sources[i]].children;
    }

    constexpr void compute(int t, int device) {
        const graph_tensor &node = tensors_[t];
        allocate(t, device);
        for (int i = 0; i < node.source_count; ++i) release_use(node.sources[i]);
    }

    // What needs a tensor may also be no node.
    constexpr void count_use(int t) { ++states_[t].children; }
    constexpr void release_use(int t) {
        if (--states_[t].children == 0 && states_[t].views == 0) free(t);
    }

    // A fingerprint of the free space of the first `devices` arenas.
    constexpr std::uint64_t free_space(int devices) const {
        std::uint64_t hash = 0;
        for (int d = 0; d < devices; ++d) hash = hash * 31u + arenas_[d].fingerprint();
        return hash;
    }
    // Nodes that have a place of their own now.
    constexpr int nodes_with_places() const { return nodes_with_places_; }
    // Of the place that a tensor has now, if any.
    constexpr std::uint64_t place_of(int t) const {
        const state &s = states_[t];
        if (!s.owned) return 0;
        return (static_cast<std::uint64_t>(s.offset) * 16u + static_cast<std::uint64_t>(s.chunk)) * 32u +
               static_cast<std::uint64_t>(s.device) + 1u;
    }

private:
    constexpr std::int64_t size_on(int device, const graph_tensor &node) const {
        return scratch_.bytes_with(tensors_, node, device);
    }

    // Nobody needs `t` any more, nor perhaps what it looks at.
    constexpr void free(int t) {
        const int root = tensors_[t].view_of;
        if (root >= 0 && (--states_[root].views > 0 || states_[root].children > 0)) return;
        if (states_[root >= 0 ? root : t].owned) release(root >= 0 ? root : t);
    }

    constexpr void allocate(int t, int device) {
        const graph_tensor &node = tensors_[t];
        if (node.external == external_kind::none && node.view_of < 0 && !states_[t].owned) place(t, device);
    }

    constexpr void place(int t, int device) {
        const graph_tensor &node = tensors_[t];
        state &s = states_[t];
        s.owned = true;
        if (node.op != operation::none) ++nodes_with_places_;
        if (works_in_place(node.op) && reuse(t)) return;
        s.device = static_cast<std::int8_t>(device);
        const arena::address at = arenas_[device].take(size_on(device, node));
        s.chunk = static_cast<std::int8_t>(at.chunk);
        s.offset = at.offset;
    }

    // Takes over the place of an operand that nobody else needs. A view owns no place, so it never lends one.
    constexpr bool reuse(int t) {
        const graph_tensor &node = tensors_[t];
        for (int i = 0; i < node.source_count; ++i) {
            const graph_tensor &parent = tensors_[node.sources[i]];
            state &s = states_[node.sources[i]];
            if (!s.owned || parent.output || s.children != 1 || s.views != 0 || !same_layout(parent, node)) continue;
            states_[t].device = s.device;
            states_[t].chunk = s.chunk;
            states_[t].offset = s.offset;
            s.owned = false;
            if (parent.op != operation::none) --nodes_with_places_;
            arena &a = arenas_[s.device];
            const std::int64_t kept = a.aligned(size_on(s.device, node));
            const std::int64_t spare = a.aligned(size_on(s.device, parent)) - kept;
            if (spare > 0) a.give({s.chunk, s.offset + kept}, spare);
            return true;
        }
        return false;
    }

    constexpr void release(int t) {
        if (tensors_[t].output) return;
        state &s = states_[t];
        arenas_[s.device].give({s.chunk, s.offset}, size_on(s.device, tensors_[t]));
        s.owned = false;
        if (tensors_[t].op != operation::none) --nodes_with_places_;
    }

    const graph_tensor *tensors_;
    arena *arenas_;
    state *states_;
    kernel_scratch scratch_;
    int nodes_with_places_ = 0;
};

MEMBOUND_END_NAMESPACE

#endif

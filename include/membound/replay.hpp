// The graph allocator of ggml, replayed: how large each buffer grows while a graph is computed.
// Source: llama.cpp v0.5.0, ggml/src/ggml-alloc.c (ggml_dyn_tallocr_*, ggml_gallocr_alloc_graph_impl), and where it stands
// beside a rule.
//
// What was done for one layer can be done again for another that was not drawn (schedule.hpp says when). For that the replay
// notes *events*: a tensor takes a place, gives it back, or takes over that of another. A `record` begins with each drawn layer
// and notes which tensors live there; a `repetition` does the events between two records again.
#ifndef MEMBOUND_REPLAY_HPP
#define MEMBOUND_REPLAY_HPP

#include <membound/kernel_scratch.hpp>

MEMBOUND_BEGIN_NAMESPACE

// The address space of one buffer: chunks, each with its free blocks in the order of their addresses. A request takes the
// tightest free block of the last chunk that has one; only where none is large enough, the open end of a chunk; else it
// opens a new chunk.
class arena {
public:
    // Bytes from the begin of the first chunk; each chunk begins `chunk_distance` behind the one before.
    using address = std::int64_t;
    static constexpr std::int64_t chunk_distance = std::int64_t{1} << 58;

    constexpr arena() = default;
    // The alignment is a power of two (ggml-alloc.c, aligned_offset).
    constexpr arena(std::int64_t alignment, std::int64_t largest_chunk)
        : alignment_(alignment), largest_chunk_(detail::min(largest_chunk, most_room)) {}

    constexpr std::int64_t aligned(std::int64_t size) const {
        return size > most_room ? most_room + 1 : (size + alignment_ - 1) & -alignment_;
    }

    // `size` is `aligned`, here and below.
    constexpr address take(std::int64_t size) {
        int c = chunk_count_ - 1;
        int best = -1;
        for (; c >= 0; --c)
            if ((best = tightest(c, size)) >= 0) break;
        if (best < 0) {
            c = best_open_end(size);
            if (c < 0) c = open_chunk(size);
            if (c < 0) return 0;
            best = end_of(c) - 1;
        }

        block &b = blocks_[best];
        const address at = b.begin;
        b.begin += size;
        b.size -= size;
        if (tops_[c] < b.begin) tops_[c] = b.begin;
        if (b.size == 0) erase(c, best);
        return at;
    }

    // Frees a piece. It is joined to the first free block that ends or begins where it does; a block that grows at its end is
    // joined to its neighbour too. A piece of no bytes may lie within a free block; it stands behind that one even when what it
    // lay in was taken, so that blocks are not always in the order of their addresses.
    constexpr void give(address at, std::int64_t size) {
        if (size > most_room) return;
        const int c = static_cast<int>(at / chunk_distance);
        int first = begins_[c]; // the first block that does not end before the freed piece
        while (first < end_of(c) && blocks_[first].begin + blocks_[first].size < at) ++first;
        for (int i = first; i < end_of(c); ++i) {
            block &b = blocks_[i];
            if (b.begin + b.size == at) {
                b.size += size;
                if (i + 1 < end_of(c) && b.begin + b.size == blocks_[i + 1].begin) {
                    b.size += blocks_[i + 1].size;
                    erase(c, i + 1);
                }
                return;
            }
            if (at + size == b.begin) {
                b.begin = at;
                b.size += size;
                return;
            }
        }
        while (first < end_of(c) && blocks_[first].begin < at) ++first;
        insert(c, first, {at, size});
    }

    constexpr int chunk_count() const { return chunk_count_; }
    // The bytes of all chunks together.
    constexpr bytes peak() const {
        bytes sum = bytes(too_large_ ? detail::overflow_count : 0);
        for (int c = 0; c < chunk_count_; ++c) sum += bytes(tops_[c] - c * chunk_distance);
        return sum;
    }
    // Two arenas with the same free blocks have the same fingerprint.
    constexpr std::uint64_t fingerprint() const {
        std::uint64_t hash = 1469598103934665603u; // FNV-1a, a number at a time
        for (int i = 0; i < begins_[chunk_count_]; ++i) {
            hash = (hash ^ static_cast<std::uint64_t>(blocks_[i].begin)) * 1099511628211u;
            hash = (hash ^ static_cast<std::uint64_t>(blocks_[i].size)) * 1099511628211u;
        }
        return hash;
    }
    // More free blocks at once than there is room for: the peak must not be used.
    constexpr bool exceeded() const { return exceeded_; }

private:
    struct block {
        address begin;
        std::int64_t size;
    };
    static constexpr int max_chunks = 16; // GGML_VBUFFER_MAX_CHUNKS
    static constexpr int max_blocks = 64;
    static constexpr std::int64_t most_room = chunk_distance / 4; // of a chunk

    constexpr int end_of(int chunk) const { return begins_[chunk + 1]; }

    // Of the blocks before the open end; of several that are as tight the last.
    constexpr int tightest(int chunk, std::int64_t size) const {
        int best = -1;
        for (int i = end_of(chunk) - 2; i >= begins_[chunk]; --i) {
            if (blocks_[i].size == size) return i;
            if (blocks_[i].size > size && (best < 0 || blocks_[i].size < blocks_[best].size)) best = i;
        }
        return best;
    }

    // The chunk with the open end that need not grow, with the least room left over; where all would grow, the one that grows
    // least.
    constexpr int best_open_end(std::int64_t size) const {
        int best = -1;
        std::int64_t best_reuse = INT64_MIN;
        for (int c = 0; c < chunk_count_; ++c) {
            const int end = end_of(c) - 1;
            if (end < begins_[c] || blocks_[end].size < size) continue;
            const std::int64_t reuse = tops_[c] - blocks_[end].begin - size;
            if ((best_reuse < 0 && reuse > best_reuse) || (reuse >= 0 && reuse < best_reuse)) best = c, best_reuse = reuse;
        }
        return best;
    }

    constexpr int open_chunk(std::int64_t size) {
        too_large_ = too_large_ || size > most_room;
        if (too_large_) return -1;
        if (chunk_count_ == max_chunks) {
            exceeded_ = true;
            return -1;
        }
        const int c = chunk_count_++;
        const bool last = chunk_count_ == max_chunks;
        tops_[c] = c * chunk_distance;
        begins_[c + 1] = begins_[c];
        insert(c, begins_[c], {tops_[c], last ? most_room : detail::max(size, largest_chunk_)});
        return exceeded_ ? -1 : c;
    }

    constexpr void insert(int chunk, int at, const block &b) {
        if (begins_[chunk_count_] == max_blocks) {
            exceeded_ = true;
            return;
        }
        for (int i = begins_[chunk_count_]; i > at; --i) blocks_[i] = blocks_[i - 1];
        blocks_[at] = b;
        for (int c = chunk + 1; c <= chunk_count_; ++c) ++begins_[c];
    }

    constexpr void erase(int chunk, int at) {
        for (int c = chunk + 1; c <= chunk_count_; ++c) --begins_[c];
        for (int i = at; i < begins_[chunk_count_]; ++i) blocks_[i] = blocks_[i + 1];
    }

    block blocks_[max_blocks] = {};
    int begins_[max_chunks + 1] = {}; // of the blocks of each chunk; those of the last end where another would begin
    address tops_[max_chunks] = {};
    int chunk_count_ = 0;
    std::int64_t alignment_ = 32;
    std::int64_t largest_chunk_ = most_room;
    bool exceeded_ = false;
    bool too_large_ = false;
};

// Places every tensor of a sequence of leafs and nodes, each in the arena of its device, and frees it after its last use.
class replay {
public:
    // Of a tensor; empty at first.
    struct state {
        std::int16_t children;
        std::int16_t views;
        bool owned; // has a place of its own now
        bool older; // took it before the present record began
        bool grows; // with each residual that is kept (`graph_tensor::growth`)
        std::int8_t device;
        arena::address at;
        std::int64_t size; // bytes there, aligned
    };

    // A tensor takes a place, gives it back, or takes over that of another.
    struct event {
        static constexpr std::int16_t taken = -1, given = -2;
        std::int16_t tensor;
        std::int16_t from; // `taken`, `given`, or the tensor whose place it takes over
    };
    static constexpr int max_living = 16;
    static constexpr int max_leafs = 4;

    // From a point of the graph to the next: which tensors live at the beginning, and which of them lose their places.
    struct record {
        int first_event;
        std::int16_t living[max_living]; // that are neither leafs nor inputs; the one that took its place last comes first
        std::int16_t leafs[max_leafs];   // leafs that lose their places
        std::int8_t lost[max_living];    // the others that do, by their numbers in `living`
        std::int8_t living_count;
        std::int8_t leaf_count;
        std::int8_t lost_count;
        bool takes_inputs; // copies of inputs take places: repeated, they would be there twice
        bool loses_inputs; // an input, or what `living` has no room for, loses its place
        bool lends_by_chance; // a place is taken over that is as large only with so many residuals kept
    };
    struct span {
        const record *begin = nullptr;
        const record *end = nullptr;
    };

    // Where a tensor lies; and where those of a record do, in the order of `record::living`.
    struct held {
        arena::address at;
        std::int64_t size;
        std::int8_t device;
    };
    struct places {
        held of[max_living] = {};
        int count = 0;
    };

    // The events of `as`, to be done again for another layer, before which so many more residuals are kept. Its own leafs stand
    // in the place of those of `as`.
    struct repetition {
        span as;
        std::int64_t residuals = 0;
        const std::int16_t *leafs = nullptr;
        int leaf_count = 0;
    };

    // `states` are as many as the graph has room for tensors.
    constexpr replay(const graph &g, arena *arenas, state *states, const kernel_scratch &scratch)
        : tensors_(g.tensors()), arenas_(arenas), states_(states), scratch_(scratch) {}

    // Allocated before anything is computed.
    constexpr void add_leaf(int t, int device) {
        allocate(t, device);
        states_[t].older = true;
    }

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

    // A use that is no node's: a copy to another device, or a fused kernel that reads the tensor later.
    constexpr void count_use(int t) { ++states_[t].children; }
    constexpr void release_use(int t) {
        if (--states_[t].children == 0 && states_[t].views == 0) free(t);
    }

    // Events are recorded from now on, at most `capacity` of them.
    constexpr void record_in(event *events, int capacity) {
        events_ = events;
        event_capacity_ = capacity;
    }
    // Ends the present record, and begins `r`.
    constexpr void begin(record &r) {
        const auto add_living = [&](std::int16_t t) {
            if (!states_[t].owned) return;
            states_[t].older = true;
            if (!tensors_[t].input && r.living_count < max_living) r.living[r.living_count++] = t;
        };
        for (int e = event_count_ - 1; e >= (now_ != nullptr ? now_->first_event : 0); --e)
            if (events_[e].from != event::given) add_living(events_[e].tensor);
        for (int i = 0; now_ != nullptr && i < now_->living_count; ++i) add_living(now_->living[i]);
        r.first_event = event_count_;
        now_ = &r;
    }
    // Ends recording.
    constexpr void end() { events_ = nullptr; }
    // More was to be recorded than there is room for.
    constexpr bool exceeded() const { return exceeded_; }

    constexpr places places_of(const record &r) const {
        places p;
        for (; p.count < r.living_count; ++p.count) p.of[p.count] = place_of(r.living[p.count]);
        return p;
    }
    // Moves the living tensors of a record to these places; where they `may_grow`, they take the sizes given there too. False
    // where devices or sizes differ.
    constexpr bool put(const record &r, const places &at, graph_tensor *tensors, bool may_grow) {
        if (at.count != r.living_count) return false;
        for (int i = 0; i < at.count; ++i) {
            const int t = r.living[i];
            if (states_[t].device != at.of[i].device) return false;
            const bool resized = at.of[i].size != states_[t].size;
            if (resized && !may_grow) return false;
            states_[t].at = at.of[i].at;
            states_[t].size = at.of[i].size;
            tensors[t].resized = tensors[t].resized || resized;
        }
        return true;
    }
    // A fingerprint of the free space of the first `devices` arenas, and of what lives.
    constexpr std::uint64_t fingerprint(const places &p, int devices) const {
        std::uint64_t hash = 0;
        for (int d = 0; d < devices; ++d) hash = hash * 31u + arenas_[d].fingerprint();
        for (int i = 0; i < p.count; ++i) {
            hash = (hash ^ static_cast<std::uint64_t>(p.of[i].at)) * 1099511628211u;
            hash = (hash ^ static_cast<std::uint64_t>(p.of[i].device)) * 1099511628211u;
        }
        return hash;
    }

    // Does the events again. `living` has the places of the tensors that live before it, and then of those that live behind it.
    // False where it can not be done alike.
    constexpr bool repeat(const repetition &r, places &living) {
        const record &as = *r.as.begin;
        if (as.takes_inputs || as.loses_inputs || as.lends_by_chance || as.leaf_count != r.leaf_count) return false;
        if (!loses_alike(r, living)) return false;
        for (int i = 0; i < as.living_count && i < living.count; ++i) states_[as.living[i]].at = living.of[i].at;
        for (int i = 0; i < r.leaf_count; ++i) states_[tensors_[r.leafs[i]].sources[0]].at = states_[r.leafs[i]].at;
        const event *e = events_ + as.first_event;
        const event *const end = events_ + r.as.end->first_event;
        for (; e < end; ++e) repeat(*e, r.residuals);
        for (int i = 0; i < r.as.end->living_count; ++i)
            if (tensors_[r.as.end->living[i]].resized) return false;
        living = left_by(r, living);
        return true;
    }

private:
    // Whether the tensors that would lose their places live, and have the sizes that they should have.
    constexpr bool loses_alike(const repetition &r, const places &living) const {
        const record &as = *r.as.begin;
        for (int i = 0; i < r.leaf_count; ++i) {
            int n = 0;
            while (n < as.leaf_count && as.leafs[n] != tensors_[r.leafs[i]].sources[0]) ++n;
            if (n == as.leaf_count) return false;
        }
        for (int i = 0; i < as.lost_count; ++i) {
            const int n = as.lost[i];
            if (n >= living.count) return false;
            const graph_tensor &t = tensors_[as.living[n]];
            const held &p = living.of[n];
            if (t.resized || p.device != states_[as.living[n]].device || p.size != size_with(as.living[n], r.residuals))
                return false;
        }
        return true;
    }
    // With so many more residuals.
    constexpr std::int64_t size_with(int t, std::int64_t residuals) const {
        const state &s = states_[t];
        if (!s.grows || residuals == 0) return s.size;
        return arenas_[s.device].aligned(detail::add(tensors_[t].size, detail::multiply(tensors_[t].growth, residuals)));
    }
    constexpr void repeat(const event &e, std::int64_t residuals) {
        state &s = states_[e.tensor];
        arena &a = arenas_[s.device];
        const std::int64_t size = size_with(e.tensor, residuals);
        if (e.from == event::taken)
            s.at = a.take(size);
        else if (e.from == event::given)
            a.give(s.at, size);
        else
            take_over(s, states_[e.from], size_with(e.from, residuals), size);
    }
    // The places of what lives behind a repetition, in the order of a record: what it made, and then what lived before.
    constexpr places left_by(const repetition &r, const places &before) const {
        const record &as = *r.as.begin;
        const record &end = *r.as.end;
        places left;
        const auto add = [&](const held &p) {
            if (left.count < max_living) left.of[left.count++] = p;
        };
        for (int i = 0; i < end.living_count; ++i) {
            int n = 0;
            while (n < as.living_count && as.living[n] != end.living[i]) ++n;
            if (n < as.living_count) {
                if (n < before.count) add(before.of[n]);
                continue;
            }
            held p = place_of(end.living[i]);
            p.size = size_with(end.living[i], r.residuals);
            add(p);
        }
        for (int i = as.living_count; i < before.count; ++i) add(before.of[i]);
        return left;
    }

    constexpr held place_of(int t) const { return {states_[t].at, states_[t].size, states_[t].device}; }

    constexpr void note(int t, std::int16_t from) {
        if (events_ != nullptr) write(t, from);
    }
    MEMBOUND_NOINLINE constexpr void write(int t, std::int16_t from) {
        const int lost = from == event::given ? t : from;
        if (lost >= 0 && states_[lost].older && now_ != nullptr) note_lost(lost);
        if (tensors_[t].input && from == event::taken && now_ != nullptr) now_->takes_inputs = true;
        if (event_count_ == event_capacity_) {
            exceeded_ = true;
            return;
        }
        events_[event_count_++] = {static_cast<std::int16_t>(t), from};
    }
    constexpr void note_lost(int t) {
        states_[t].older = false;
        int n = 0;
        while (n < now_->living_count && now_->living[n] != t) ++n;
        if (n < now_->living_count)
            now_->lost[now_->lost_count++] = static_cast<std::int8_t>(n);
        else if (tensors_[t].op == operation::none && !tensors_[t].input && now_->leaf_count < max_leafs)
            now_->leafs[now_->leaf_count++] = static_cast<std::int16_t>(t);
        else
            now_->loses_inputs = true;
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

    MEMBOUND_NOINLINE constexpr void place(int t, int device) {
        const graph_tensor &node = tensors_[t];
        state &s = states_[t];
        s.owned = true;
        s.older = false;
        s.grows = node.growth != 0;
        if (works_in_place(node.op) && reuse(t)) return;
        s.device = static_cast<std::int8_t>(device);
        arena &a = arenas_[device];
        s.size = a.aligned(scratch_.bytes_with(tensors_, node, device));
        s.at = a.take(s.size);
        note(t, event::taken);
    }

    // Takes over the place of an operand that nobody else needs. A view owns no place, so it never lends one.
    constexpr bool reuse(int t) {
        const graph_tensor &node = tensors_[t];
        for (int i = 0; i < node.source_count; ++i) {
            const graph_tensor &parent = tensors_[node.sources[i]];
            state &s = states_[node.sources[i]];
            if (!s.owned || parent.output || s.children != 1 || s.views != 0 || !same_layout(parent, node)) continue;
            s.owned = false;
            if (parent.growth != node.growth && now_ != nullptr) now_->lends_by_chance = true;
            states_[t].device = s.device;
            states_[t].size = arenas_[s.device].aligned(scratch_.bytes_with(tensors_, node, s.device));
            take_over(states_[t], s, s.size, states_[t].size);
            note(t, node.sources[i]);
            return true;
        }
        return false;
    }
    // The end of the place that is not needed is freed.
    constexpr void take_over(state &s, const state &from, std::int64_t size, std::int64_t kept) {
        s.at = from.at;
        if (size > kept) arenas_[s.device].give(s.at + kept, size - kept);
    }

    constexpr void release(int t) {
        if (tensors_[t].output) return;
        state &s = states_[t];
        arenas_[s.device].give(s.at, s.size);
        s.owned = false;
        note(t, event::given);
    }

    const graph_tensor *tensors_;
    arena *arenas_;
    state *states_;
    kernel_scratch scratch_;
    event *events_ = nullptr;
    int event_capacity_ = 0;
    int event_count_ = 0;
    record *now_ = nullptr; // where events are noted
    bool exceeded_ = false;
};

MEMBOUND_END_NAMESPACE

#endif

// Which layers of a model are drawn in a graph, and which of these stands for each of the others (schedule.hpp does those).
#ifndef MEMBOUND_ENGINES_LLAMA_CPP_LAYERS_HPP
#define MEMBOUND_ENGINES_LLAMA_CPP_LAYERS_HPP

#include <membound/placement.hpp>
#include <membound/weights.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace detail {

// How many layers are drawn ("shown"). `few`: a layer stands for others of its kind whose predecessor ends alike (find_end).
// `more`: for those alone that stand between layers of the same kinds, and never where the predecessor is the first of its kind,
// which makes inputs that both read. `all`: for itself alone.
enum class showing : std::uint8_t { few, more, all };

// Two layers are of one kind if they have the same shape and lie on the same device. Shown are
//   - the last layer that reads the inputs which its kind shares, since it frees them;
//   - each layer while which inputs of the next are copied to a device;
//   - each layer that no other can stand for: the first of its kind behind a given kind.
class representative_layers {
public:
    // `by_format`: layers that differ only in the formats of their weights are of two kinds where weights may be copied to a
    // device. `reorders`: a backend computes nodes in an order of its own, so that the layers on both sides matter.
    constexpr representative_layers(const model &m, const layout &at, const placed_weights &weights, bool by_format,
                                    bool reorders, showing much)
        : m_(m), at_(at), count_(m.layer_count()), in_order_(!reorders), by_neighbours_(reorders || much != showing::few),
          behind_second_(much != showing::few || by_format || at.layer_device[0] != at.layer_device[m.layer_count() - 1] ||
                         m.per_layer_size > 0 || m.deepstack_layers > 0) {
        const bool leaves_out = much != showing::all && !m.repeats_blocks(); // a layer that shares a block is like no other
        for (int i = 0; i < count_; ++i) kind_[i] = kind_of(i, weights, by_format);
        bool later[max_layers] = {}; // by the first that shares the inputs: a later layer reads them
        for (int i = count_ - 1; i >= 0; --i) {
            bool &shared = later[first_sharing_with(i)];
            is_last_[i] = !shared;
            shared = true;
        }
        for (int i = 0; i < count_; ++i)
            if (kind_[i] == i) find_end(i, weights, by_format);
        for (int i = 0; i < count_; ++i)
            if (!leaves_out || is_last_[i] || (much != showing::few && is_last_[i + 1]) || copies_ahead(i) || !find_stand_in(i))
                show(i);
    }

    constexpr bool keeps(int i) const { return stand_in_[i] == none; }
    constexpr int kept_count() const { return kept_count_; }
    // Of those on a device; the host has a part in every layer.
    constexpr std::int64_t kept_count(int device) const {
        std::int64_t count = 0;
        for (int k = 0; k < kept_count_; ++k)
            count += device == at_.host || device == at_.layer_device[kept_[k]] ? 1 : 0;
        return count;
    }
    constexpr bool leaves_out() const { return kept_count_ < count_; }
    // The k-th that is shown, and how many are left out right before it.
    constexpr int kept(int k) const { return kept_[k]; }
    constexpr int left_out_before(int k) const { return kept_[k] - (k > 0 ? kept_[k - 1] : -1) - 1; }
    // Which of those shown stands for layer `i`.
    constexpr int stand_in(int i) const { return stand_in_[i]; }
    constexpr bool stands_for_others(int k) const { return stands_[k]; }

private:
    static constexpr std::int16_t none = -1;

    constexpr std::int16_t kind_of(int i, const placed_weights &weights, bool by_format) const {
        const std::int16_t first = at_.first_like[i];
        // The formats of weights count where they may be copied to a device.
        if (!by_format || !may_copy(i, weights)) return first;
        int j = first;
        while (at_.first_like[j] != first || weights.layer_key[j] != weights.layer_key[i]) ++j;
        return static_cast<std::int16_t>(j);
    }
    // The first layer that reads the same inputs as layer `i`, whatever the formats of its weights and the residuals it keeps.
    constexpr int first_sharing_with(int i) const {
        layer l = m_.layers[i];
        if (!l.keeps_residual) return at_.first_like[i];
        l.keeps_residual = false;
        int j = 0;
        while (j < count_ && !(at_.layer_device[j] == at_.layer_device[i] && same_shape(m_.layers[j], l))) ++j;
        return j < count_ ? at_.first_like[j] : at_.first_like[i];
    }
    constexpr bool may_copy(int i, const placed_weights &weights) const {
        return at_.layer_device[i] == at_.host || i < at_.cpu_moe_layers || at_.override_count > 0 || weights.left_behind;
    }
    // Whether inputs that the next layer is the first to read may be copied while this one is computed: where weights of it are
    // copied, or the host computes a part of it, a run of nodes begins within it.
    constexpr bool copies_ahead(int i) const {
        const bool between = at_.layer_device[i] == at_.host || i < at_.cpu_moe_layers;
        return at_.host > 0 && between && (i + 2 == count_ || at_.first_like[i + 1] == i + 1);
    }
    // Finds the first kind behind whose layers the same nodes are still to be computed as behind those of this kind. A layer with
    // experts leaves none of what comes before them; one with a dense block leaves that, and the result of attention.
    constexpr void find_end(int i, const placed_weights &weights, bool by_format) {
        const layer &l = m_.layers[i];
        int j = 0;
        const auto ends_alike = [&] {
            const layer &o = m_.layers[j];
            const bool attend_alike = attends(l) && attends(o) && l.state == o.state &&
                                      l.num_attention_heads == o.num_attention_heads &&
                                      m_.value_head_dim(l) == m_.value_head_dim(o);
            return kind_[j] == j && at_.override_count == 0 && (l.ffn == feed_forward_kind::experts || attend_alike) &&
                   l.ffn == o.ffn && l.intermediate_size == o.intermediate_size &&
                   at_.layer_device[i] == at_.layer_device[j] &&
                   (i < at_.cpu_moe_layers) == (j < at_.cpu_moe_layers) &&
                   (!by_format || !may_copy(i, weights) || weights.layer_key[i] == weights.layer_key[j]);
        };
        while (j < i && !ends_alike()) ++j;
        end_[i] = static_cast<std::int16_t>(j);
    }
    // Whether none of a layer's nodes are computed before the next layer's: it only feeds forward.
    constexpr bool waits(int i) const { return !attends(m_.layers[i]) && m_.layers[i].state == state_kind::none; }
    // Whether the same nodes are still to be computed where layers `i` and `j` begin.
    constexpr bool begin_alike(int i, int j) const {
        if (i == 0 || j == 0) return i == j;
        const int a = kind_[i - 1];
        const int b = kind_[j - 1];
        if (by_neighbours_ ? a != b : end_[a] != end_[b]) return false;
        return waits(a) == waits(b) && (!waits(a) || begin_alike(i - 1, j - 1));
    }
    constexpr bool stand_alike(int i, int j) const {
        return kind_[i] == kind_[j] && begin_alike(i, j) && (!by_neighbours_ || kind_[i + 1] == kind_[j + 1]);
    }
    // Whether a layer comes too early to stand for later ones: behind the first of a kind, or as the second with a state where a
    // backend's own order computes the model's inputs only then.
    constexpr bool is_early(int j) const {
        return (behind_second_ && kind_[j - 1] == j - 1) || (!in_order_ && j == 1 && m_.layers[j].state != state_kind::none);
    }
    constexpr bool find_stand_in(int i) {
        for (int k = kept_count_ - 1; k >= 0; --k) {
            const int j = kept_[k];
            if (is_last_[j] || copies_ahead(j) || !stand_alike(i, j) || is_early(j)) continue;
            if (!in_order_ && m_.kept_residuals(j) != m_.kept_residuals(i)) continue;
            stand_in_[i] = static_cast<std::int16_t>(k);
            stands_[k] = true;
            return true;
        }
        return false;
    }
    // The layers left out right before `i` must end like the one that `i` stands behind; as long as they do not, they are shown.
    constexpr void show(int i) {
        int begin = kept_count_ > 0 ? kept_[kept_count_ - 1] + 1 : 0; // the first layer left out
        while (begin < i && !(begin_alike(begin, i) && (!by_neighbours_ || kind_[begin] == kind_[i]))) keep(begin++);
        keep(i);
    }
    constexpr void keep(int i) {
        stand_in_[i] = none;
        kept_[kept_count_++] = static_cast<std::int16_t>(i);
    }

    const model &m_;
    const layout &at_;
    int count_;
    bool in_order_;
    bool by_neighbours_;
    // A layer stands for others only if its predecessor is not the first of its kind: where layers are split between devices,
    // where weights are copied, or where layers share what the first one makes.
    bool behind_second_;
    std::int16_t kind_[max_layers] = {}; // the first layer of it
    std::int16_t end_[max_layers] = {};  // of a kind
    bool is_last_[max_layers] = {};      // that shares inputs with those before
    std::int16_t stand_in_[max_layers] = {};
    std::int16_t kept_[max_layers] = {};
    bool stands_[max_layers] = {};
    int kept_count_ = 0;
};

} // namespace detail
MEMBOUND_END_NAMESPACE

#endif

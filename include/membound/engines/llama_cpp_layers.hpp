// Which layers of a model are drawn in a graph for all of them.
#ifndef MEMBOUND_ENGINES_LLAMA_CPP_LAYERS_HPP
#define MEMBOUND_ENGINES_LLAMA_CPP_LAYERS_HPP

#include <membound/placement.hpp>
#include <membound/weights.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace detail {

// How many layers are shown before others are left out.
enum class showing : std::uint8_t { few, more, most, all };

// Which layers stand for all: the first and the last of each kind, and every other that does not come behind the same kinds
// as one that is shown. That is exact where each layer that is left out finds the same free space as one that stands for it,
// which the replay tells.
class representative_layers {
public:
    // `by_format`: layers that differ only in the formats of their weights are of two kinds where those may be copied to a
    // device.
    constexpr representative_layers(const model &m, const layout &at, const placed_weights &weights, bool by_format, showing much)
        : at_(at), count_(m.layer_count()) {
        for (int i = 0; i < count_; ++i) kind_[i] = kind_of(i, weights, by_format);
        bool later[max_layers] = {}; // of a kind
        for (int i = count_ - 1; i >= 0; --i) {
            role_[i] = !later[kind_[i]] ? role::last : kind_[i] == i ? role::first : role::shown;
            later[kind_[i]] = true;
        }
        const extent shown = m.repeats_blocks() ? extent{} : extent_of(much); // a layer that shares a block is like no other
        int changed = 0; // what is free changes behind the last of a kind
        for (int i = 0; i < count_; ++i) {
            if (role_[i] == role::shown && is_shown_before(i, changed, shown))
                role_[i] = role::left_out;
            else
                show(i, shown);
            if (role_[i] == role::last) changed = i + 1;
        }
    }

    constexpr bool keeps(int i) const { return role_[i] != role::left_out; }
    constexpr int kept_count() const { return kept_count_; }
    // On a device; the host has a part in every layer.
    constexpr std::int64_t kept_count(int device) const {
        std::int64_t count = 0;
        for (int k = 0; k < kept_count_; ++k)
            count += device == at_.host || device == at_.layer_device[kept_[k]] ? 1 : 0;
        return count;
    }
    constexpr bool leaves_out() const { return kept_count_ < count_; }
    constexpr bool stands_for_others(int i) const { return leaves_out() && role_[i] == role::shown; }

    // Whether each layer finds the same free space as one of its kind that is shown, behind one of the kind before it.
    // `states[k]` is that before the k-th layer shown; `reorders`: so does what follows count.
    template <class States>
    constexpr bool stand_for_all(const States &states, bool reorders) const {
        int shown = 0; // before this layer
        std::uint64_t state = states[0];
        for (int i = 0; i + 1 < count_; ++i) {
            if (keeps(i) && states[shown++] != state) return false;
            int k = shown - 1;
            while (k >= 0 && !(states[k] == state && stands_for(k, i, reorders))) --k;
            if (k < 0) return false;
            state = states[k + 1];
        }
        return states[shown] == state;
    }

private:
    enum class role : std::uint8_t { left_out, shown, first, last }; // the first and the last of a kind stand for no other

    constexpr std::int16_t kind_of(int i, const placed_weights &weights, bool by_format) const {
        const std::int16_t first = at_.first_like[i];
        // The formats of weights count where they may be copied to a device.
        if (!by_format || !(at_.layer_device[i] == at_.host || i < at_.cpu_moe_layers || at_.override_count > 0 || weights.left_behind))
            return first;
        int j = first;
        while (at_.first_like[j] != first || weights.layer_key[j] != weights.layer_key[i]) ++j;
        return static_cast<std::int16_t>(j);
    }
    struct extent {
        int behind = 0;   // so many layers of the same kinds
        int times = 0;    // so often; 0: nothing is left out
        int multiple = 1; // of each kind such a multiple is left out in a row
    };
    // The allocator comes back to the same state after every layer, or after every second or third group of layers.
    constexpr extent extent_of(showing much) const {
        const bool mixed = mixes();
        switch (much) {
        case showing::few: return mixed ? extent{3, 2, 2} : extent{at_.host == 0 ? 1 : 2, 1, 1};
        case showing::more: return mixed ? extent{3, 4, 3} : extent{2, 2, 2};
        case showing::most: return mixed ? extent{} : extent{2, 4, 3};
        default: return {};
        }
    }
    // Whether a kind of layers comes again behind another.
    constexpr bool mixes() const {
        for (int i = 1; i < count_; ++i)
            if (kind_[i] != kind_[i - 1] && kind_[i] != i) return true;
        return false;
    }
    constexpr bool is_shown_before(int i, int changed, const extent &much) const {
        int times = 0;
        for (int k = kept_count_ - 1; k >= 0 && kept_[k] >= changed; --k)
            if (role_[kept_[k]] == role::shown && comes_alike(kept_[k], i, much.behind) && ++times == much.times) return true;
        return false;
    }
    // `i` is before `j`.
    constexpr bool comes_alike(int i, int j, int behind) const {
        for (int b = 0; b <= behind; ++b)
            if (i < b || kind_[i - b] != kind_[j - b]) return false;
        return true;
    }
    // What is left out before it ends with the kinds of layers that it begins behind, and has a multiple of each; where it
    // has not, more is shown.
    constexpr void show(int i, const extent &much) {
        int begin = kept_count_ > 0 ? kept_[kept_count_ - 1] + 1 : 0; // of what is left out
        if (begin < i) {
            std::int16_t count[max_layers] = {}; // of each kind
            int uneven = 0;                      // kinds
            const auto change = [&](int layer, int by) {
                std::int16_t &n = count[kind_[layer]];
                uneven -= n % much.multiple != 0 ? 1 : 0;
                n = static_cast<std::int16_t>(n + by);
                uneven += n % much.multiple != 0 ? 1 : 0;
            };
            for (int j = begin; j < i; ++j) change(j, 1);
            for (; begin < i && (uneven > 0 || !comes_alike(begin - 1, i - 1, much.behind - 1)); ++begin) {
                change(begin, -1);
                role_[begin] = role::shown;
                kept_[kept_count_++] = static_cast<std::int16_t>(begin);
            }
        }
        kept_[kept_count_++] = static_cast<std::int16_t>(i);
    }
    // Whether the k-th layer shown does as layer `i` does, which begins with the last operations of the layer before.
    constexpr bool stands_for(int k, int i, bool reorders) const {
        const int j = kept_[k];
        if (j != i && (role_[j] != role::shown || role_[i] > role::shown || kind_[j] != kind_[i])) return false;
        if (k > 0 && kind_[kept_[k - 1]] != kind_[i - 1]) return false;
        return !reorders || kind_[kept_[k + 1]] == kind_[i + 1];
    }

    const layout &at_;
    int count_;
    std::int16_t kind_[max_layers] = {}; // the first layer of it
    role role_[max_layers] = {};
    std::int16_t kept_[max_layers] = {};
    int kept_count_ = 0;
};

} // namespace detail
MEMBOUND_END_NAMESPACE

#endif

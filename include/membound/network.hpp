// Networks that are no language models: a list of layers, written as the forward pass that it is, and what it takes.
#ifndef MEMBOUND_NETWORK_HPP
#define MEMBOUND_NETWORK_HPP

#include <membound/training.hpp>

MEMBOUND_BEGIN_NAMESPACE

// What a layer gives for one example: an image of channels, or `width` tokens of so many features.
struct feature_map {
    std::int64_t channels = 0;
    std::int64_t width = 1;
    std::int64_t height = 1;

    constexpr std::int64_t numbers() const { return detail::multiply(detail::multiply(channels, width), height); }
};

enum class network_operation : std::uint8_t {
    input, parameter, embedding, convolution, linear, normalisation, activation, pooling, attention, addition, reshaping
};

struct network_layer {
    network_operation kind = network_operation::input;
    std::int16_t from[3] = {-1, -1, -1}; // numbers of the layers that it reads
    feature_map gives;
    std::int64_t parameters = 0; // trained
    std::int64_t saved = 0;      // numbers of one example that its backward pass needs beside what it reads
};

struct convolution_shape {
    std::int64_t kernel = 1;
    std::int64_t stride = 1;
    std::int64_t padding = 0;
    std::int64_t groups = 1;
    bool bias = false;
};

// A network under construction, layer by layer; each function returns the number of the layer that it adds. One that has no
// room, or whose shapes do not fit, makes the network invalid.
class network {
public:
    using value = std::int16_t;
    static constexpr int max_network_layers = 1024;

    constexpr explicit network(const char *name) : name_(name) {}

    constexpr value input(const feature_map &of) { return add({network_operation::input, {-1, -1, -1}, of, 0, 0}); }
    // Numbers that are trained and stand for themselves: a class token.
    constexpr value parameter(const feature_map &of) {
        return add({network_operation::parameter, {-1, -1, -1}, of, of.numbers(), 0});
    }
    // A vector for each of `tokens`, out of a table of `entries`.
    constexpr value embedding(std::int64_t entries, std::int64_t size, std::int64_t tokens) {
        return add({network_operation::embedding, {-1, -1, -1}, {size, tokens, 1}, detail::multiply(entries, size), 0});
    }
    // Over width and height, or over the width alone where the height is 1.
    constexpr value convolution(value x, std::int64_t channels, const convolution_shape &s) {
        const feature_map &of = (*this)[x].gives;
        if (s.groups < 1 || of.channels % s.groups != 0 || channels % s.groups != 0) return fail();
        const std::int64_t area = of.height == 1 ? s.kernel : detail::multiply(s.kernel, s.kernel);
        const std::int64_t weights = detail::multiply(detail::multiply(channels, of.channels / s.groups), area);
        return add({network_operation::convolution, {x, -1, -1}, slid(of, channels, s),
                    detail::add(weights, s.bias ? channels : 0), 0});
    }
    constexpr value linear(value x, std::int64_t features, bool bias = true) {
        feature_map gives = (*this)[x].gives;
        const std::int64_t weights = detail::multiply(gives.channels, features);
        gives.channels = features;
        return add({network_operation::linear, {x, -1, -1}, gives, detail::add(weights, bias ? features : 0), 0});
    }
    // Without parameters, as the same matrix a second time.
    constexpr value tied_linear(value x, std::int64_t features) {
        feature_map gives = (*this)[x].gives;
        gives.channels = features;
        return unary(network_operation::linear, x, gives);
    }
    // Batch or layer normalisation: a scale and a shift for each channel.
    constexpr value normalisation(value x, bool bias = true) {
        const feature_map gives = (*this)[x].gives;
        return add({network_operation::normalisation, {x, -1, -1}, gives, gives.channels * (bias ? 2 : 1), 0});
    }
    constexpr value activation(value x) { return unary(network_operation::activation, x, (*this)[x].gives); }
    constexpr value pooling(value x, const convolution_shape &s) {
        const feature_map &of = (*this)[x].gives;
        return unary(network_operation::pooling, x, slid(of, of.channels, s));
    }
    constexpr value global_pooling(value x) { return unary(network_operation::pooling, x, {(*this)[x].gives.channels, 1, 1}); }
    // The pixels of an image as tokens.
    constexpr value as_tokens(value x) {
        const feature_map &of = (*this)[x].gives;
        return unary(network_operation::reshaping, x, {of.channels, detail::multiply(of.width, of.height), 1});
    }
    // One of many tokens, as the class token.
    constexpr value one_token(value x) { return unary(network_operation::reshaping, x, {(*this)[x].gives.channels, 1, 1}); }
    // The tokens of both, one after the other.
    constexpr value joined(value x, value y) {
        const feature_map &a = (*this)[x].gives, &b = (*this)[y].gives;
        if (a.channels != b.channels || a.height != 1 || b.height != 1) return fail();
        return add({network_operation::reshaping, {x, y, -1}, {a.channels, detail::add(a.width, b.width), 1}, 0, 0});
    }
    constexpr value addition(value x, value y) {
        if ((*this)[x].gives.numbers() != (*this)[y].gives.numbers()) return fail();
        return add({network_operation::addition, {x, y, -1}, (*this)[x].gives, 0, 0});
    }
    // Softmax(q k / sqrt(head)) v. Kernels that keep no scores save the logarithms of their sums.
    constexpr value attention(value q, value k, value v, std::int64_t heads, bool keeps_scores = false) {
        const feature_map &from = (*this)[q].gives, &to = (*this)[k].gives;
        if (heads < 1 || from.channels % heads != 0 || from.channels != to.channels) return fail();
        const std::int64_t rows = detail::multiply(heads, from.width);
        return add({network_operation::attention, {q, k, v}, {(*this)[v].gives.channels, from.width, 1}, 0,
                    keeps_scores ? detail::multiply(rows, to.width) : rows});
    }

    constexpr const char *name() const { return name_; }
    constexpr bool valid() const { return valid_; }
    constexpr int size() const { return count_; }
    constexpr const network_layer &operator[](int i) const { return layers_[i >= 0 && i < count_ ? i : 0]; }

private:
    constexpr value unary(network_operation kind, value x, const feature_map &gives) {
        return add({kind, {x, -1, -1}, gives, 0, 0});
    }
    // What a kernel leaves of a map that it slides over; nothing where it does not fit.
    static constexpr feature_map slid(const feature_map &of, std::int64_t channels, const convolution_shape &s) {
        const bool flat = of.height == 1;
        const auto room = [&](std::int64_t n) { return detail::add(n, detail::multiply(2, s.padding)) - s.kernel; };
        if (s.kernel < 1 || s.stride < 1 || s.padding < 0 || room(of.width) < 0 || (!flat && room(of.height) < 0)) return {};
        return {channels, room(of.width) / s.stride + 1, flat ? 1 : room(of.height) / s.stride + 1};
    }
    constexpr value fail() {
        valid_ = false;
        return 0;
    }
    constexpr value add(const network_layer &l) {
        if (count_ == max_network_layers || l.gives.channels < 1 || l.gives.width < 1 || l.gives.height < 1) return fail();
        layers_[count_] = l;
        return static_cast<value>(count_++);
    }

    const char *name_;
    network_layer layers_[max_network_layers] = {};
    int count_ = 0;
    bool valid_ = true;
};

constexpr std::int64_t parameter_count(const network &n) {
    std::int64_t sum = 0;
    for (int i = 0; i < n.size(); ++i) sum = detail::add(sum, n[i].parameters);
    return sum;
}

namespace detail {

// Activations and additions are done in place where nothing else reads what they change.
constexpr bool is_in_place(network_operation kind) {
    return kind == network_operation::activation || kind == network_operation::addition || kind == network_operation::reshaping;
}

// Numbers of one example.
constexpr std::int64_t largest_live_numbers(const network &n) {
    int last_use[network::max_network_layers] = {};
    for (int i = 0; i < n.size(); ++i) {
        last_use[i] = i;
        for (const std::int16_t from : n[i].from)
            if (from >= 0) last_use[from] = i;
    }
    std::int64_t live = 0, largest = 0;
    for (int i = 0; i < n.size(); ++i) {
        const network_layer &l = n[i];
        if (l.kind == network_operation::parameter) continue;
        const std::int16_t first = l.from[0];
        const bool reuses = is_in_place(l.kind) && last_use[first] == i && n[first].kind != network_operation::parameter &&
                            n[first].gives.numbers() == l.gives.numbers();
        live = add(live, reuses ? 0 : l.gives.numbers());
        largest = max(largest, live);
        bool freed_first = reuses;
        for (const std::int16_t from : l.from) {
            if (from < 0 || last_use[from] != i || n[from].kind == network_operation::parameter) continue;
            if (from == first && freed_first) continue;
            if (from == first) freed_first = true;
            live -= n[from].gives.numbers();
        }
    }
    return largest;
}

// What is read by an operation whose gradient depends on it; each once.
constexpr std::int64_t saved_numbers(const network &n) {
    bool saved[network::max_network_layers] = {};
    std::int64_t sum = 0;
    for (int i = 0; i < n.size(); ++i) {
        sum = add(sum, n[i].saved);
        const network_operation kind = n[i].kind;
        if (kind == network_operation::addition || kind == network_operation::reshaping) continue;
        for (const std::int16_t from : n[i].from)
            if (from >= 0) saved[from] = true;
        if (kind == network_operation::attention) saved[i] = true;
    }
    for (int i = 0; i < n.size(); ++i)
        if (saved[i] && n[i].kind != network_operation::parameter) sum = add(sum, n[i].gives.numbers());
    return sum;
}

constexpr error not_valid() {
    return model_error(errc::bad_value, "network", "is not valid", "shapes do not fit, or it has too many layers");
}

} // namespace detail

// What running a network takes for so many examples at once: weights, and the activations that are needed at the same time,
// if each is freed after its last use.
struct network_budget {
    bytes weights;
    bytes activations;
};

constexpr result<network_budget> network_budget_of(const network &n, const format &precision, std::int64_t batch) {
    if (!n.valid()) return detail::not_valid();
    if (batch < 1) return detail::model_error(errc::bad_value, "batch", "is less than 1", "it counts examples");
    network_budget b;
    b.weights = tensor_bytes(precision, {parameter_count(n)});
    b.activations = tensor_bytes(precision, {detail::multiply(detail::largest_live_numbers(n), batch)});
    return detail::counted(b, b.weights + b.activations, "network");
}

// Of one device; `micro_batch` counts examples. There is nothing here to recompute or to share out over tensors.
constexpr result<training_budget> training_budget_of(const network &n, const training &t) {
    using namespace detail;
    if (!n.valid()) return not_valid();
    if (t.micro_batch < 1 || t.data_parallel < 1)
        return model_error(errc::bad_value, "micro_batch, data_parallel", "are less than 1", "there is at least one of each");
    if (t.tensor_parallel != 1 || t.recompute != recomputation::none || t.lora.rank != 0)
        return model_error(errc::unsupported, "training", "is not of a network", "layers are neither split nor computed again");
    parameter_bytes p;
    p.count = parameter_count(n);
    p.weights = tensor_bytes(t.precision, {p.count});
    p.train(t, {p.count});
    training_budget b = budget_of_parameters(p, t);
    const bytes kept = tensor_bytes(t.precision, {multiply(saved_numbers(n), t.micro_batch)});
    b.activations = {kept, kept, kept + kept / 10, knowledge::modelled};
    return counted(b, b.total().upper, "training budget");
}

MEMBOUND_END_NAMESPACE

#endif

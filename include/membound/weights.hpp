// The weights of a model: every tensor, in the format that a recipe gives it, on the device where it lies.
#ifndef MEMBOUND_WEIGHTS_HPP
#define MEMBOUND_WEIGHTS_HPP

#include <membound/architectures/walk.hpp>
#include <membound/placement.hpp>
#include <membound/quantization.hpp>

MEMBOUND_BEGIN_NAMESPACE

// How a tensor of a file comes to stand on a device.
enum class tensor_use : std::uint8_t {
    own,            // once, where it belongs
    tied_output,    // the embedding again, in the place of the output matrix
    head_as_embedding, // the output matrix a second time, beside itself
    of_every_layer, // one tensor that each device with layers has for itself
};

namespace detail {

// Whether a reported weight is a tensor of the file that was not reported before.
constexpr bool is_first_of_file(tensor_use use, int layer) {
    return use == tensor_use::own || (use == tensor_use::of_every_layer && layer == 0);
}

// Whom a pass tells of weights. Functions behind pointers, so that the walk is compiled once for all visitors; each casts
// the visitor to the class that derives from it.
struct weight_visitor {
    void (*report)(weight_visitor &, const tensor &, tensor_use, int layer);
    bool (*leaves_out)(weight_visitor &, int layer); // asked before the first weight of a layer
};

// A visitor of all layers that calls report(tensor, tensor_use, layer).
template <class Report>
class reporting_visitor : public weight_visitor {
public:
    constexpr explicit reporting_visitor(const Report &report) : weight_visitor{tell, leave_nothing_out}, report_(report) {}

private:
    static constexpr void tell(weight_visitor &self, const tensor &t, tensor_use use, int layer) {
        static_cast<reporting_visitor &>(self).report_(t, use, layer);
    }
    static constexpr bool leave_nothing_out(weight_visitor &, int) { return false; }

    const Report &report_;
};

// A pass that reports weights and computes nothing.
class weights_pass {
public:
    struct value {};

    constexpr explicit weights_pass(weight_visitor &visitor) : visitor_(visitor) {}

    constexpr value weight(tensor_name name, int layer, const shape &s, tensor_part part = tensor_part::weight) {
        if (layer >= 0) layer += shift_;
        visitor_.report(visitor_, tensor{name, part, layer, s}, tensor_use::own, layer);
        return {};
    }
    constexpr value tied_weight(tensor_name name, const shape &s) {
        visitor_.report(visitor_, tensor{name, tensor_part::weight, -1, s}, tensor_use::tied_output, -1);
        return {};
    }
    constexpr value head_as_embedding(const shape &s) {
        visitor_.report(visitor_, tensor{tensor_name::output, tensor_part::weight, -1, s}, tensor_use::head_as_embedding, -1);
        return {};
    }
    // Told before the first weight of a layer that shares blocks with others; whether it has none of its own to report.
    constexpr bool takes_weights_of(int layer, int block, bool first) {
        shift_ = block - layer;
        return !first;
    }
    // Before its turn: it is reported then.
    constexpr value weight_ahead(tensor_name, const shape &) const { return {}; }
    constexpr value weight_of_every_layer(tensor_name name, int layer, const shape &s) {
        visitor_.report(visitor_, tensor{name, tensor_part::weight, -1, s}, tensor_use::of_every_layer, layer + shift_);
        return {};
    }
    constexpr value weight_of_first_layer(tensor_name name, int layer, const shape &s) {
        return layer == 0 ? weight(name, layer, s) : value{};
    }
    constexpr bool skips(int layer) { return visitor_.leaves_out(visitor_, layer); }

    constexpr std::int64_t tokens() const { return 1; }
    constexpr std::int64_t outputs() const { return 1; }
    constexpr bool is_before(int) const { return false; }
    constexpr std::int64_t tokens_of(value) const { return 1; }
    constexpr value nothing() const { return {}; }
    constexpr value positions() const { return {}; }
    constexpr value attention_scale() const { return {}; }
    constexpr value embed(value) const { return {}; }
    constexpr value signal() const { return {}; }
    constexpr value features(std::int64_t) const { return {}; }
    constexpr value borrowed_weight(tensor_name, const shape &) const { return {}; }
    constexpr value convolve(value, value) const { return {}; }
    constexpr value convolve_channels(value, value) const { return {}; }
    constexpr value scatter(value, value, std::int64_t) const { return {}; }
    constexpr value pad(value, const shape &) const { return {}; }
    constexpr value deepstack(int) const { return {}; }
    constexpr value hide_image_tokens(value) const { return {}; }
    constexpr value pick_outputs(value) const { return {}; }
    constexpr void hidden_state(value) const {}
    constexpr void logits(value) const {}
    constexpr value mean_of_sequences() const { return {}; }
    constexpr value row_of_sequences() const { return {}; }
    constexpr bool gives_embeddings() const { return false; }
    constexpr void embeddings(value) const {}
    constexpr void expand(value) const {}
    constexpr value encoded() const { return {}; }
    constexpr value position_bias(value) const { return {}; }
    constexpr value attend(int, value, value, value, value, value = {}) const { return {}; }
    constexpr value attend_encoded(value, value, value) const { return {}; }
    constexpr std::int64_t sequences() const { return 1; }
    constexpr value load_state(int, state_part) const { return {}; }
    constexpr void store_state(int, state_part, value) const {}
    constexpr value scan_state(int, const shape &, value, value, value, value, value) const { return {}; }
    constexpr value attend_latent(int, value, value, value, value, value, value = {}) const { return {}; }
    constexpr value again(value w, const shape &) const { return w; }
    constexpr value resized(value x, const shape &) const { return x; }
    constexpr value growing(value x, int) const { return x; }
    constexpr value embed_again(value) const { return {}; }
    constexpr value attend_shared(int, value) const { return {}; }
    constexpr value last_dimension_first(value) const { return {}; }
    constexpr value &choice() { return choice_; }
    constexpr value indexer_rotation() const { return {}; }
    constexpr void store_indexer_key(int, value) const {}
    constexpr value choose_tokens(int, value, value) const { return {}; }
    constexpr bool chooses_blocks() const { return true; }
    constexpr value pooled_indexer_keys() const { return {}; }
    constexpr value choose_by_pooled_keys(int, value, value) const { return {}; }
    constexpr value attend_chosen(int, value, value, value, value) const { return {}; }
    constexpr value look_up(value, std::int64_t) const { return {}; }
    constexpr value column_in_f32(value) const { return {}; }
    constexpr value weight_as_stored(tensor_name name, int layer, const shape &s) { return weight(name, layer, s); }
    constexpr value attend_blocks(int, value, value, value, value, value) const { return {}; }
    constexpr value sum_of_experts(value, const shape &, std::int64_t) const { return {}; }

    constexpr value get_rows(value, value) const { return {}; }
    constexpr value set_rows(value, value, value) const { return {}; }
    constexpr value mul_mat(value, value) const { return {}; }
    constexpr value mul_mat_id(value, value, value) const { return {}; }
    constexpr void keep_precision(value) const {}
    constexpr value add(value, value) const { return {}; }
    constexpr value add_id(value, value, value) const { return {}; }
    constexpr value sub(value, value) const { return {}; }
    constexpr value sqr(value) const { return {}; }
    constexpr value sqrt(value) const { return {}; }
    constexpr value l2_norm(value) const { return {}; }
    constexpr value mul(value, value) const { return {}; }
    constexpr value div(value, value) const { return {}; }
    constexpr value scale(value) const { return {}; }
    constexpr value clamp(value) const { return {}; }
    constexpr value unary(value) const { return {}; }
    constexpr value fill(value) const { return {}; }
    constexpr value rms_norm(value, int) const { return {}; }
    constexpr value norm(value, int) const { return {}; }
    constexpr value rope(value, value) const { return {}; }
    constexpr value rope(value, value, value) const { return {}; }
    constexpr value rope_back(value) const { return {}; }
    constexpr value soft_max(value) const { return {}; }
    constexpr value glu(value, value) const { return {}; }
    constexpr value glu_of_halves(value) const { return {}; }
    constexpr value sum_rows(value) const { return {}; }
    constexpr value mean(value) const { return {}; }
    constexpr value ssm_conv(value, value, const shape &) const { return {}; }
    constexpr value gated_delta_net(value, value, value, value, value, value) const { return {}; }
    constexpr value gated_linear_attention(value, value, value, value, value) const { return {}; }
    constexpr value wkv_6(value, value, value, value, value, value) const { return {}; }
    constexpr value wkv_7(value, value, value, value, value, value, value) const { return {}; }
    constexpr value decay_input(int, const shape &) const { return {}; }
    constexpr value top_k(value, std::int64_t) const { return {}; }
    constexpr value cont(value) const { return {}; }
    constexpr value cont_as(value, const shape &) const { return {}; }
    constexpr value sum_by_weight(value, value) const { return {}; }
    constexpr bool fuses(stream_kernel) const { return true; }
    constexpr value mix_of_streams(value, value, value, std::int64_t) const { return {}; }
    constexpr value distribute(value, value, value, value) const { return {}; }
    constexpr value filled(const shape &) const { return {}; }
    constexpr value on_layer(int, value) const { return {}; }
    constexpr value token_numbers() const { return {}; }
    constexpr value weight_of_numbers(tensor_name name, int layer, const shape &s) { return weight(name, layer, s); }
    constexpr std::int64_t compressed_blocks(compressor) const { return 1; }
    constexpr std::int64_t rows_to_compress(compressor) const { return 1; }
    constexpr value compressor_input(compressor, compressor_rows) const { return {}; }
    constexpr value compressor_state(int, compressor) const { return {}; }
    constexpr value state_rows_of(value) const { return {}; }
    constexpr void keep_for_compressor(compressor, value, value) const {}
    constexpr void store_compressed(int, compressor, value) const {}
    constexpr value rotated_indexer_query(value) const { return {}; }
    constexpr value choose_compressed(int, value, value) const { return {}; }
    constexpr value attend_compressed(int, value, value, value, value) const { return {}; }
    constexpr value cast(value, ggml_type) const { return {}; }
    constexpr value cont(value, const shape &) const { return {}; }
    constexpr value concat(value, value, const shape &) const { return {}; }
    constexpr value repeat(value, const shape &) const { return {}; }
    constexpr value reshape(value, const shape &) const { return {}; }
    constexpr value columns(value, const shape &) const { return {}; }
    constexpr value heads_within(value, std::int64_t, std::int64_t, std::int64_t) const { return {}; }
    constexpr value permute(value, int, int) const { return {}; }
    constexpr value transpose(value) const { return {}; }
    constexpr value cycle(value) const { return {}; }
    constexpr value view(value, const shape &, std::int64_t, std::int64_t, std::int64_t = 0) const { return {}; }

private:
    weight_visitor &visitor_;
    int shift_ = 0; // from a layer to the block whose weights it has
    value choice_;
};

} // namespace detail

// Calls report(tensor, tensor_use, layer) for every weight in the order of the walk; `m.family` is not null.
// A tensor of every layer is reported once for each.
template <class Report>
constexpr void for_each_weight(const model &m, const Report &report) {
    detail::reporting_visitor<Report> visitor(report);
    detail::weights_pass pass(visitor);
    walk(m, pass);
}

// Calls report(tensor, format) for every tensor of the file that a recipe makes, or of the file that it stands for.
template <class Report>
constexpr void for_each_file_tensor(const model &m, const quantization &q, const Report &report) {
    if (q.kind == quantization::scheme::stored) {
        for (std::int64_t i = 0; i < q.stored_count; ++i) report(q.stored[i].which, q.stored[i].type);
        return;
    }
    type_chooser choose(m, q);
    for_each_weight(m, [&](const tensor &t, tensor_use use, int layer) {
        if (detail::is_first_of_file(use, layer)) report(t, choose(t));
    });
    if (!files_hold_further_layers(m) && m.cross_distances == relative_bias::none) return;
    const auto unloaded = [&](const tensor &t, tensor_use use, int) {
        if (use == tensor_use::own) report(t, choose(t));
    };
    detail::reporting_visitor<decltype(unloaded)> visitor(unloaded);
    detail::weights_pass pass(visitor);
    walk_unloaded(m, pass);
}

// Bytes of all tensors of the file, without padding and header.
constexpr bytes file_weight_bytes(const model &m, const quantization &q) {
    bytes sum;
    for_each_file_tensor(m, q, [&](const tensor &t, const format &f) {
        const module_kind module = q.kind == quantization::scheme::linear ? module_of(m, t) : module_kind::other;
        const bool linear = module != module_kind::other;
        sum += linear ? linear_file_bytes(linear_format_of(q, module, t.layer), t.dims.ne[0], t.dims.ne[1]) * t.dims.ne[2]
                      : tensor_bytes(f, t.dims);
    });
    return sum;
}

// Numbers of all tensors of that file.
constexpr std::int64_t parameter_count(const model &m, const quantization &q) {
    std::int64_t sum = 0;
    for_each_file_tensor(m, q, [&](const tensor &t, const format &) { sum = detail::add(sum, t.dims.elements()); });
    return sum;
}

// What a pass reads of weights, and computes with them: counts far beyond what can be exact are rounded. Tables of which
// each token takes a row are left out.
struct weight_work {
    double tensors = 0;         // each is an operation of its own
    double bytes = 0;           // read by every pass
    double products = 0;        // multiply-adds of each token, without those of routed experts
    double float_products = 0;  // those of them whose weights are floating-point numbers
    double super_products = 0;  // and those whose weights are in super-blocks of 256 (K and I types)
    double operands = 0;        // numbers that matrices take and give for each token
    double routed_bytes = 0;    // of all routed experts: a pass reads those that its tokens are sent to
    double routed_products = 0; // if a token were sent to every expert
    double routed_super_products = 0;
    double routed_operands = 0; // of one expert in each layer

    static constexpr std::int64_t super_block = 256;

    // One tensor, which a pass runs `times` times.
    constexpr void count(const tensor &t, const format &f, membound::bytes size, double times = 1) {
        const double columns = times * static_cast<double>(t.dims.ne[0]);
        const double rows = static_cast<double>(t.dims.ne[1]);
        const double read = times * static_cast<double>(size.count());
        tensors += times;
        if (is_routed_expert(t.name)) {
            routed_bytes += read;
            const double elements = columns * rows * static_cast<double>(t.dims.ne[2]);
            routed_products += elements;
            if (f.block_elements == super_block) routed_super_products += elements;
            routed_operands += columns + times * rows;
            return;
        }
        bytes += read;
        if (t.dims.ne[1] == 1) return;
        const double elements = columns * rows * static_cast<double>(t.dims.ne[2]);
        products += elements;
        operands += columns + times * rows;
        if (f.block_elements == 1) float_products += elements;
        if (f.block_elements == super_block) super_products += elements;
    }
    constexpr void add(const weight_work &w, double times = 1) {
        tensors += times * w.tensors;
        bytes += times * w.bytes;
        products += times * w.products;
        float_products += times * w.float_products;
        super_products += times * w.super_products;
        operands += times * w.operands;
        routed_bytes += times * w.routed_bytes;
        routed_products += times * w.routed_products;
        routed_super_products += times * w.routed_super_products;
        routed_operands += times * w.routed_operands;
    }
};

// Weights as an engine's buffers hold them.
struct placed_weights {
    bytes on[max_devices + 1] = {}; // each device, the host last
    weight_work work[max_devices + 1] = {}; // without the head
    weight_work head;                       // what gives the logits, which only some tokens need
    int head_device = 0;
    bool left_behind = false;       // some lie on the host because their device can not hold them
    bytes perhaps_copied;           // on the host, by processors that compute with an order of their own
    bytes mapped[max_devices] = {}; // the span of the files that a device holds for them, where it keeps more than them alone
    // Layers of the same shape with the same number are stored in the same formats.
    std::uint32_t layer_key[max_layers] = {};

    constexpr bytes total() const {
        bytes sum;
        for (const bytes held : on) sum += held;
        return sum;
    }
};

// The buffers of one device that hold weights: a part of the files that is mapped, and what is allocated for weights that
// are read into it.
struct weight_buffers {
    bytes mapped;
    bytes allocated;

    constexpr bytes total() const { return mapped + allocated; }
};
struct model_buffers {
    weight_buffers on[max_devices + 1] = {}; // each device, the host last
    int count = 0;

    constexpr const weight_buffers &host() const { return on[count - 1]; }
};

// Numbers of all weights, factors of the rotation included.
constexpr std::int64_t parameter_count(const model &m) {
    std::int64_t sum = 0;
    for_each_weight(m, [&](const tensor &t, tensor_use use, int layer) {
        if (detail::is_first_of_file(use, layer)) sum = detail::add(sum, t.dims.elements());
    });
    return sum;
}

MEMBOUND_END_NAMESPACE

#endif

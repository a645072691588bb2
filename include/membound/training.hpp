// What training or fine-tuning a model takes on each of its devices: weights, gradients, the optimizer's states and the
// activations that the backward pass needs.
// Sources: Korthikanti et al. 2022 (arXiv 2205.05198, section 4: what each operation saves), Rajbhandari et al. 2020 (arXiv
// 1910.02054: ZeRO and the 16 bytes of mixed-precision Adam), Dettmers et al. 2021 and 2023 (8-bit optimizers, QLoRA).
#ifndef MEMBOUND_TRAINING_HPP
#define MEMBOUND_TRAINING_HPP

#include <membound/budget.hpp>
#include <membound/quantizations.hpp>
#include <membound/weights.hpp>
#include <membound/workload.hpp>

MEMBOUND_BEGIN_NAMESPACE

enum class optimizer : std::uint8_t {
    sgd,          // without momentum: no states
    sgd_momentum, // one fp32 number for each parameter
    adamw,        // two
    adamw_8bit,   // two of 8 bits, with an fp32 scale for each block of 256 (bitsandbytes; small tensors stay in fp32)
    adafactor,    // fp32 sums of the rows and of the columns of each matrix, and one number for each other parameter
};

// Which activations are not kept for the backward pass, but computed again.
enum class recomputation : std::uint8_t {
    none,
    selective, // the scores of attention
    full,      // everything but the input of each layer
};

// What each data-parallel device keeps only its share of (ZeRO, or FSDP, which is `parameters`). Each includes those before it.
enum class zero_stage : std::uint8_t { none, optimizer_states, gradients, parameters };

// How a model is trained.
struct training {
    format precision = formats::bf16::value; // of weights that are trained, and of activations
    format gradients = formats::bf16::value;
    bool master_weights = true; // a copy of the weights in fp32, if `precision` has fewer bits
    membound::optimizer optimizer = optimizer::adamw;

    // With an adapter only that is trained, and the model itself is frozen.
    lora_adapter lora;
    const quantization *frozen = nullptr; // how the frozen model is stored; null: in `precision`; QLoRA: nf4_double

    std::int64_t sequence_length = 2048;
    std::int64_t micro_batch = 1; // sequences in one pass
    recomputation recompute = recomputation::none;
    bool flash_attention = true;   // keeps no scores
    bool dropout = false;          // keeps masks
    bool fused_activation = false; // gated feed-forward blocks keep their two branches and the product, nothing between

    int data_parallel = 1;
    zero_stage zero = zero_stage::none;
    int tensor_parallel = 1;
    bool sequence_parallel = false; // norms and dropout are divided among the tensor-parallel devices as well
};

// What training takes on each device.
struct training_budget {
    std::int64_t parameters = 0;
    std::int64_t trained_parameters = 0;
    amount weights; // in the precision of the forward pass
    amount gradients;
    amount master_weights;
    amount optimizer_states;
    amount activations; // kept by all layers, and what one layer needs that is computed again
    amount logits;      // with what the loss keeps of them

    constexpr amount total() const {
        amount sum = weights;
        sum += gradients;
        sum += master_weights;
        sum += optimizer_states;
        sum += activations;
        sum += logits;
        return sum;
    }
};

namespace detail {

// Bytes of the optimizer's states of one tensor.
constexpr bytes states_of(optimizer by, const shape &s) {
    const std::int64_t count = s.elements();
    switch (by) {
    case optimizer::sgd: return bytes(0);
    case optimizer::sgd_momentum: return bytes(4) * count;
    case optimizer::adamw: return bytes(8) * count;
    case optimizer::adamw_8bit: {
        constexpr std::int64_t block = 256, least = 4096; // bitsandbytes: block-wise, min_8bit_size
        if (count < least) return bytes(8) * count;
        return bytes(2) * count + bytes(2 * 4) * divide_up(count, block);
    }
    case optimizer::adafactor: break;
    }
    if (s.ne[1] <= 1) return bytes(4) * count;
    return bytes(4) * multiply(add(s.ne[0], s.ne[1]), multiply(s.ne[2], s.ne[3]));
}

// What a layer keeps of each token for the backward pass. Numbers are in the precision of activations.
struct kept_numbers {
    double shared = 0;      // numbers that every tensor-parallel device keeps: residuals, and inputs of matrices that are split
    double split = 0;       // numbers that are divided among them
    double mask_bytes = 0;  // masks of dropout, which every device keeps
    double score_bytes = 0; // scores of attention, divided among the devices as heads are
    double fp32_bytes = 0;  // what is kept in fp32
};

// What a feed-forward block keeps between its matrices: `size` is the width of a branch.
constexpr void keep_feed_forward(kept_numbers &k, const training &t, feed_forward_form form, double size,
                                 double times = 1) {
    const bool two = form == feed_forward_form::gated || form == feed_forward_form::fused_gated;
    const double between = two ? (t.fused_activation ? 3 : 4) : 2; // branches, act(gate), the product
    k.split += times * between * size;
}

constexpr result<kept_numbers> kept_by(const model &m, const layer &l, const training &t) {
    if (l.state != state_kind::none || l.kind == layer_kind::linear_map)
        return model_error(errc::unsupported, "layers", "keep a state", "what their backward pass needs is not known");
    const architecture &a = *m.family;
    const double hidden = as_double(m.hidden_size);
    kept_numbers k;
    const auto keep_ends = [&] { // what the norms and the first matrices of a block read, and the mask of its dropout
        k.shared += (1 + has_input_norms(m) + has_post_norms(m)) * hidden;
        if (t.dropout) k.mask_bytes += hidden;
    };
    if (attends(l)) {
        keep_ends();
        const double heads = l.num_attention_heads;
        const double kv_heads = m.is_latent(l) ? heads : l.num_key_value_heads;
        const double key = m.is_latent(l) ? as_double(add(m.qk_nope_head_dim, m.qk_rope_head_dim)) : as_double(m.key_head_dim(l));
        const double value = as_double(m.value_head_dim(l));
        if (m.is_latent(l))
            k.shared += 2 * as_double(add(m.q_lora_rank, m.latent_rank(l))); // the norms over both, and their results
        if (t.lora.rank > 0) k.split += 4 * as_double(t.lora.rank);
        k.split += heads * key + kv_heads * (key + value) + heads * value;
        if (head_norms_of(m) != query_key_norm::none) k.split += heads * key + kv_heads * key;
        const double scores = heads * as_double(t.sequence_length);
        if (!t.flash_attention && t.recompute == recomputation::none) k.score_bytes += scores * (t.dropout ? 5 : 2);
        if (t.flash_attention) k.fp32_bytes += 4 * heads; // logarithm of the sum
    }
    if (l.ffn == feed_forward_kind::none || l.ffn == feed_forward_kind::activation) return k;
    keep_ends();
    if (l.ffn == feed_forward_kind::dense) {
        keep_feed_forward(k, t, a.ffn, l.intermediate_size);
        return k;
    }
    const double chosen = as_double(m.num_experts_per_tok);
    k.fp32_bytes += 8 * as_double(m.num_experts); // logits and probabilities of the router
    k.split += 2 * chosen * hidden;            // a copy for each expert, and what each gives
    keep_feed_forward(k, t, a.ffn, as_double(m.moe_intermediate_size), chosen);
    if (m.num_shared_experts > 0) keep_feed_forward(k, t, a.shared_expert, as_double(m.shared_expert_intermediate_size));
    return k;
}

// What the parameters take before they are divided among the data-parallel devices.
struct parameter_bytes {
    std::int64_t count = 0;
    std::int64_t trained = 0;
    bytes weights;
    bytes gradients;
    bytes master_weights;
    bytes optimizer_states;

    // Adds a tensor that is trained and cut into `parts`, of which each device has one; but not its weights.
    constexpr void train(const training &t, const shape &s, std::int64_t parts = 1) {
        trained = add(trained, s.elements());
        const std::int64_t here = divide_up(s.elements(), parts);
        gradients += tensor_bytes(t.gradients, {here});
        if (t.master_weights && t.precision.block_bytes < 4) master_weights += bytes(4) * here;
        optimizer_states += bytes(divide_up(states_of(t.optimizer, s).count(), parts));
    }
};

constexpr parameter_bytes parameters_of(const model &m, const training &t) {
    parameter_bytes p;
    const bool adapted = t.lora.rank > 0;
    const bytes each = t.frozen != nullptr ? bytes(0) : tensor_bytes(t.precision, {1});
    for_each_weight(m, [&](const tensor &w, tensor_use use, int) {
        if (use != tensor_use::own) return;
        const std::int64_t count = w.dims.elements();
        p.count = add(p.count, count);
        const bool matrix = w.dims.ne[1] > 1;
        const std::int64_t parts = matrix ? t.tensor_parallel : 1;
        p.weights += each * divide_up(count, parts);
        if (!adapted) return p.train(t, w.dims, parts);
        if (!t.lora.changes(w.name) || w.part != tensor_part::weight) return;
        const shape added[] = {{w.dims.ne[0], t.lora.rank, w.dims.ne[2]}, {t.lora.rank, w.dims.ne[1], w.dims.ne[2]}};
        for (const shape &s : added) {
            p.weights += tensor_bytes(t.lora.type, s);
            p.train(t, s);
        }
    });
    if (t.frozen != nullptr) p.weights += bytes(divide_up(file_weight_bytes(m, *t.frozen).count(), t.tensor_parallel));
    return p;
}

// What is left of them on each data-parallel device.
constexpr training_budget budget_of_parameters(const parameter_bytes &p, const training &t) {
    const auto share = [&](bytes size, zero_stage from) {
        return exactly(t.zero >= from ? bytes(divide_up(size.count(), t.data_parallel)) : size);
    };
    training_budget b;
    b.parameters = p.count;
    b.trained_parameters = p.trained;
    b.weights = share(p.weights, zero_stage::parameters);
    b.gradients = share(p.gradients, zero_stage::gradients);
    b.master_weights = share(p.master_weights, zero_stage::optimizer_states);
    b.optimizer_states = share(p.optimizer_states, zero_stage::optimizer_states);
    return b;
}

constexpr amount modelled(double lower, double expected, double upper) {
    const auto whole = [](double x) { return x < 9e18 ? bytes(static_cast<std::int64_t>(x)) : bytes::overflow(); };
    return {whole(lower), whole(expected), whole(upper), knowledge::modelled};
}

// Activations and logits of one micro-batch, on one of the devices that share the tensors.
constexpr result<bool> add_activations(training_budget &b, const model &m, const training &t) {
    const double tokens = as_double(t.sequence_length) * as_double(t.micro_batch);
    const double width = as_double(t.precision.block_bytes);
    const double parts = t.tensor_parallel;
    const double shared_parts = t.sequence_parallel ? parts : 1;
    const double input = tokens * width * as_double(m.hidden_size) / shared_parts; // of a layer
    double kept = 0, largest = 0;
    for (int i = 0; i < m.layer_count(); ++i) {
        const auto k = kept_by(m, m.layers[i], t);
        if (!k) return k.error();
        const double whole = tokens * (width * (k->shared / shared_parts + k->split / parts) + k->mask_bytes / shared_parts +
                                       (k->score_bytes + k->fp32_bytes) / parts);
        kept += t.recompute == recomputation::full ? input : whole;
        if (t.recompute == recomputation::full && whole > largest) largest = whole;
    }
    b.activations = modelled(kept, kept + largest, kept + largest + kept / 10);
    // The final norm's and the head's input, and logits in fp32; engines that widen them keep the narrow ones and the
    // gradient beside.
    const double rows = tokens * as_double(m.vocab_size) / parts;
    b.logits = modelled(2 * input + 4 * rows, 2 * input + 4 * rows, 2 * input + (4 + 4 + width) * rows);
    return true;
}

} // namespace detail

// What training takes on each device. An error where a setting is out of range, or where the backward pass of a layer is not
// known.
constexpr result<training_budget> training_budget_of(const model &m, const training &t) {
    using namespace detail;
    if (m.family == nullptr) return model_error(errc::unknown, "architecture", "is not known", "so neither are its tensors");
    if (t.sequence_length < 1 || t.micro_batch < 1 || t.data_parallel < 1 || t.tensor_parallel < 1)
        return model_error(errc::bad_value, "sequence_length, micro_batch, data_parallel, tensor_parallel", "are less than 1",
                           "there is at least one of each");
    if (t.lora.rank < 0) return model_error(errc::bad_value, "lora.rank", "is negative", "it counts rows");
    training_budget b = budget_of_parameters(parameters_of(m, t), t);
    const auto known = add_activations(b, m, t);
    if (!known) return known.error();
    return counted(b, b.total().upper, "training budget");
}

MEMBOUND_END_NAMESPACE

#endif

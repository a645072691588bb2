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

// What of the activations is computed again in the backward pass: nothing, the attention scores, or every layer from its input.
enum class recomputation : std::uint8_t { none, selective, full };

// What ZeRO, or FSDP with `parameters`, shares out over the data-parallel ranks.
enum class zero_stage : std::uint8_t { none, optimizer_states, gradients, parameters };

struct training {
    // Of what is trained, and of activations. 16-bit training keeps master weights in fp32.
    format precision = formats::bf16::value;
    format gradients = formats::bf16::value;
    bool master_weights = true;
    membound::optimizer optimizer = optimizer::adamw;

    // With an adapter the model itself is frozen and only the adapter trained; `frozen` is how the model is stored then.
    lora_adapter lora;
    const quantization *frozen = nullptr; // null: in `precision`; quantizations::nf4_double for QLoRA

    std::int64_t sequence_length = 2048;
    std::int64_t micro_batch = 1; // sequences of one pass
    recomputation recompute = recomputation::none;
    bool flash_attention = true; // keeps no scores
    bool dropout = false;        // keeps masks
    bool fused_activation = false; // of gated feed-forward blocks: the product is all that is kept beside the two branches

    int data_parallel = 1;
    zero_stage zero = zero_stage::none;
    int tensor_parallel = 1;
    bool sequence_parallel = false; // norms and dropout are shared out as well
};

// Of one device.
struct training_budget {
    std::int64_t parameters = 0;
    std::int64_t trained_parameters = 0;
    amount weights;        // in the precision of the forward pass
    amount gradients;
    amount master_weights;
    amount optimizer_states;
    amount activations;    // of all layers, and of one that is computed again
    amount logits;         // and what the loss keeps of them

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

// Numbers of a token that a layer keeps, in the precision of activations unless said otherwise.
struct kept_numbers {
    double shared = 0;   // by all tensor-parallel devices: what stands before a matrix that is split, and residuals
    double split = 0;    // over them
    double mask_bytes = 0; // of dropout over what all have
    double score_bytes = 0; // of attention, over heads that are split
    double fp32_bytes = 0;
};

constexpr double number(std::int64_t n) { return static_cast<double>(n); }

// Two matrices and what stands between them: `size` is the width of a branch.
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
    const double hidden = number(m.hidden_size);
    kept_numbers k;
    if (attends(l)) {
        const double heads = l.num_attention_heads;
        const double kv_heads = m.is_latent(l) ? heads : l.num_key_value_heads;
        const double key = m.is_latent(l) ? number(add(m.qk_nope_head_dim, m.qk_rope_head_dim)) : number(m.key_head_dim(l));
        const double value = number(m.value_head_dim(l));
        k.shared += (a.input_norms || a.post_norms ? 2 : 1) * hidden; // the norm's and the matrices' input
        if (a.input_norms && a.post_norms) k.shared += hidden;
        if (m.is_latent(l)) k.shared += 2 * number(add(m.q_lora_rank, m.latent_rank(l))); // the norms over both, and their results
        if (t.lora.rank > 0) k.split += 4 * number(t.lora.rank);
        k.split += heads * key + kv_heads * (key + value) + heads * value;
        if (a.head_norms != query_key_norm::none) k.split += heads * key + kv_heads * key;
        if (t.dropout) k.mask_bytes += hidden;
        const double scores = heads * number(t.sequence_length);
        if (!t.flash_attention && t.recompute == recomputation::none) k.score_bytes += scores * (t.dropout ? 5 : 2);
        if (t.flash_attention) k.fp32_bytes += 4 * heads; // logarithm of the sum
    }
    if (l.ffn == feed_forward_kind::none || l.ffn == feed_forward_kind::activation) return k;
    k.shared += (a.input_norms || a.post_norms ? 2 : 1) * hidden;
    if (a.input_norms && a.post_norms) k.shared += hidden;
    if (t.dropout) k.mask_bytes += hidden;
    if (l.ffn == feed_forward_kind::dense) {
        keep_feed_forward(k, t, a.ffn, l.intermediate_size);
        return k;
    }
    const double chosen = number(m.num_experts_per_tok);
    k.fp32_bytes += 8 * number(m.num_experts); // logits and probabilities of the router
    k.split += 2 * chosen * hidden;            // a copy for each expert, and what each gives
    keep_feed_forward(k, t, a.ffn, number(m.moe_intermediate_size), chosen);
    if (m.num_shared_experts > 0) keep_feed_forward(k, t, a.shared_expert, number(m.shared_expert_intermediate_size));
    return k;
}

} // namespace detail

// The error is one of the settings, or of a model whose layers are not covered.
constexpr result<training_budget> training_budget_of(const model &m, const training &t) {
    using namespace detail;
    if (m.family == nullptr) return model_error(errc::unknown, "architecture", "is not known", "its tensors can not be told");
    if (t.sequence_length < 1 || t.micro_batch < 1 || t.data_parallel < 1 || t.tensor_parallel < 1)
        return model_error(errc::bad_value, "sequence_length, micro_batch, data_parallel, tensor_parallel", "are less than 1",
                           "they count");
    if (t.lora.rank < 0) return model_error(errc::bad_value, "lora.rank", "is negative", "it counts rows");

    training_budget b;
    bytes weights, gradients, master, states;
    const bool adapted = t.lora.rank > 0;
    const auto shared_out = [&](bytes size, zero_stage from) {
        return t.zero >= from ? bytes(divide_up(size.count(), t.data_parallel)) : size;
    };
    const auto train = [&](const shape &s, std::int64_t parts) {
        const std::int64_t count = s.elements();
        b.trained_parameters = add(b.trained_parameters, count);
        const std::int64_t here = divide_up(count, parts);
        gradients += tensor_bytes(t.gradients, {here});
        if (t.master_weights && t.precision.block_bytes < 4) master += bytes(4) * here;
        states += bytes(divide_up(states_of(t.optimizer, s).count(), parts));
    };
    const bytes sixteen_bits = t.frozen != nullptr ? bytes(0) : tensor_bytes(t.precision, {1});
    for_each_weight(m, [&](const tensor &w, tensor_use use, int layer) {
        if (!is_first_of_file(use, layer) || is_of_every_layer(w.name)) return;
        const std::int64_t count = w.dims.elements();
        b.parameters = add(b.parameters, count);
        const bool matrix = w.dims.ne[1] > 1;
        const std::int64_t parts = matrix ? t.tensor_parallel : 1;
        weights += sixteen_bits * divide_up(count, parts);
        if (!adapted) return train(w.dims, parts);
        if (!t.lora.changes(w.name) || w.part != tensor_part::weight) return;
        const shape added[] = {{w.dims.ne[0], t.lora.rank, w.dims.ne[2]}, {t.lora.rank, w.dims.ne[1], w.dims.ne[2]}};
        for (const shape &s : added) {
            weights += tensor_bytes(t.lora.type, s);
            train(s, 1);
        }
    });
    if (t.frozen != nullptr) weights += bytes(divide_up(file_weight_bytes(m, *t.frozen).count(), t.tensor_parallel));
    b.weights = exactly(shared_out(weights, zero_stage::parameters));
    b.gradients = exactly(shared_out(gradients, zero_stage::gradients));
    b.master_weights = exactly(shared_out(master, zero_stage::optimizer_states));
    b.optimizer_states = exactly(shared_out(states, zero_stage::optimizer_states));

    const double tokens = number(t.sequence_length) * number(t.micro_batch);
    const double width = static_cast<double>(t.precision.block_bytes);
    const double parts = t.tensor_parallel;
    const double shared_parts = t.sequence_parallel ? parts : 1;
    double kept = 0, largest = 0;
    for (int i = 0; i < m.layer_count(); ++i) {
        const auto k = kept_by(m, m.layers[i], t);
        if (!k) return k.error();
        const double whole = tokens * (width * (k->shared / shared_parts + k->split / parts) + k->mask_bytes / shared_parts +
                                       (k->score_bytes + k->fp32_bytes) / parts);
        const double input = tokens * width * number(m.hidden_size) / shared_parts;
        kept += t.recompute == recomputation::full ? input : whole;
        if (t.recompute == recomputation::full && whole > largest) largest = whole;
    }
    const auto modelled = [](double expected, double lower, double upper) {
        const auto whole = [](double x) { return x < 9e18 ? bytes(static_cast<std::int64_t>(x)) : bytes::overflow(); };
        return amount{whole(lower), whole(expected), whole(upper), knowledge::modelled};
    };
    b.activations = modelled(kept + largest, kept, kept + largest + kept / 10);
    // The final norm's and the head's input, and logits in fp32; engines that widen them keep the narrow ones and the
    // gradient beside.
    const double rows = tokens * number(m.vocab_size) / parts;
    const double before = tokens * 2 * width * number(m.hidden_size) / shared_parts;
    b.logits = modelled(before + 4 * rows, before + 4 * rows, before + (4 + 4 + width) * rows);
    if (b.total().upper.overflowed())
        return model_error(errc::overflow, "training budget", "is too large", "its bytes do not fit in 63 bits");
    return b;
}

MEMBOUND_END_NAMESPACE

#endif

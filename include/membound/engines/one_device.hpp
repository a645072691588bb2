// What engines have in common that hold a whole model on one device, or on the host where there is none.
#ifndef MEMBOUND_ENGINES_ONE_DEVICE_HPP
#define MEMBOUND_ENGINES_ONE_DEVICE_HPP

#include <membound/engine.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace detail {

// What such an engine takes. The parts of the host are those beside a device; without one, all lies there.
struct one_device_terms {
    bytes kv_cache;
    bytes recurrent_state;
    amount compute;
    bytes output;
    amount overhead;      // of the device
    amount host_overhead; // of the process
    std::int64_t context_per_sequence = 0;
};

constexpr result<budget> one_device_budget(const loaded_model &loaded, const machine &on, const workload &w,
                                           const one_device_terms &terms) {
    budget b = empty_budget(on);
    b.context_per_sequence = tokens(terms.context_per_sequence);
    b.context = tokens(multiply(terms.context_per_sequence, w.sequences));
    b.sequences = w.sequences;
    for (int d = 0; d < b.count; ++d) {
        device_budget &held = b.devices[d];
        held.weights = exactly(loaded.weights.on[d]);
        held.overhead = d < on.device_count ? terms.overhead : terms.host_overhead;
        if (d == 0) {
            held.kv_cache = exactly(terms.kv_cache);
            held.recurrent_state = exactly(terms.recurrent_state);
            held.compute = terms.compute;
            held.output = exactly(terms.output);
        }
    }
    return completed(b, on);
}

// What all of them refuse.
constexpr result<bool> one_device_accepts(const model &m, const machine &on, const workload &w) {
    const auto refused = [](const char *where, const char *what, const char *why) {
        return model_error(errc::unsupported, where, what, why);
    };
    if (m.family == nullptr)
        return model_error(errc::unknown, "architecture", "is not known", "so neither are its layers");
    if (is_part_of_another(m)) return refused("architecture", "is no language model by itself", "the engine runs no part of one");
    if (on.device_count < 0 || on.device_count > 1)
        return refused("machine", "has several devices", "how the engine divides a model among them is not accounted for");
    if (w.sequences < 1 || w.ubatch < 0 || w.context.count() < 0)
        return model_error(errc::bad_value, "sequences, ubatch, context", "are too small", "a pass computes a token");
    if (w.placed.gpu_layers >= 0 && w.placed.gpu_layers <= m.layer_count() && on.device_count > 0)
        return refused("gpu_layers", "are not all", "the engine computes every layer on the device");
    if (w.lora.rank != 0 || w.control_vector) return refused("lora", "is given", "the engine's adapters are not accounted for");
    return checked(m);
}

// The sum of size(tensor) over the weights that such an engine stores: corrections of the rotation are computed, and an
// embedding that is the head stands there once. They lie on the device unless `stays` says that they stay on the host.
template <class Size, class Stays>
constexpr result<loaded_model> one_device_load(const model &m, const machine &on, const Size &size, const Stays &stays) {
    loaded_model loaded;
    loaded.placed = lay_out(m, on, placement{});
    placed_weights &weights = loaded.weights;
    for_each_weight(m, [&](const tensor &t, tensor_use use, int) {
        if (is_of_every_layer(t.name) || use == tensor_use::head_as_embedding) return;
        const int d = stays(t) ? on.device_count : 0;
        const bytes held = size(t);
        if (use == tensor_use::own) weights.on[d] += held;
        const bool quantized = held < storage_bytes(formats::f16::value, t.dims.elements());
        const format &f = quantized ? formats::q8_0::value : formats::f16::value;
        if (use == tensor_use::tied_output || t.name == tensor_name::output)
            weights.head.count(t, f, held);
        else if (!is_input(t.name))
            weights.work[d].count(t, f, held);
    });
    return counted(loaded, weights.total(), "model");
}

// Matrices of a weight together as a linear layer stores them.
constexpr bytes linear_bytes_of(const linear_format &how, const tensor &t) {
    return linear_bytes(how, t.dims.ne[0], multiply(t.dims.ne[1], multiply(t.dims.ne[2], t.dims.ne[3])));
}

// Numbers of the widest moment of a layer in PyTorch for each of `tokens`, which each attend to `cells`: what is freed as soon
// as no variable holds it (transformers, models/llama/modeling_llama.py, and the like). `scores`: attention is computed step
// by step, with the softmax in F32 (eager_attention_forward).
constexpr std::int64_t torch_numbers_of(const model &m, const layer &l, std::int64_t tokens, std::int64_t cells, bool scores) {
    const std::int64_t hidden = m.hidden_size;
    std::int64_t attention = 0, ffn = 0;
    if (attends(l)) {
        const std::int64_t queries = multiply(l.num_attention_heads, m.key_head_dim(l));
        const std::int64_t values = multiply(l.num_attention_heads, m.value_head_dim(l));
        // Queries before and after rotation, keys, values, and what attention gives.
        attention = multiply(tokens, 2 * queries + 2 * cached_key_size(m, l) + cached_value_size(m, l) + values);
        // Keys and values are decompressed for all tokens, keys twice.
        if (m.is_latent(l)) attention = add(attention, multiply(cells, 2 * queries + 2 * values));
        if (scores) attention = add(attention, multiply(multiply(l.num_attention_heads, tokens), 3 * cells));
    }
    if (l.state != state_kind::none) attention = max(attention, multiply(tokens, 6 * m.ssm_inner_size));
    if (l.ffn == feed_forward_kind::dense) ffn = multiply(tokens, 3 * static_cast<std::int64_t>(l.intermediate_size));
    if (l.ffn == feed_forward_kind::experts)
        ffn = multiply(tokens, multiply(m.num_experts_per_tok, 2 * hidden + 3 * m.moe_intermediate_size) +
                                   3 * m.shared_expert_intermediate_size);
    return add(multiply(tokens, 3 * hidden), max(attention, ffn));
}

// What the driver's context, PyTorch's kernels and cuBLAS take of a GPU, and what Python and its libraries take of the host: a
// rule of thumb, 0.3 to 0.9 GB and 0.5 to 3 GB.
constexpr amount torch_overhead(const device &d) {
    if (d.api == backend::cpu) return {500_MiB, 1536_MiB, 3_GiB, knowledge::assumed};
    return {300_MiB, 550_MiB, 900_MiB, knowledge::assumed};
}

} // namespace detail
MEMBOUND_END_NAMESPACE

#endif

// What each device holds of a model's weights under llama.cpp.
// Source: llama.cpp v0.5.0, src/llama-model.cpp (load_tensors), src/llama-model-loader.cpp (create_tensor).
#ifndef MEMBOUND_ENGINES_LLAMA_CPP_WEIGHTS_HPP
#define MEMBOUND_ENGINES_LLAMA_CPP_WEIGHTS_HPP

#include <membound/engine.hpp>
#include <membound/engines/llama_cpp_repack.hpp>
#include <membound/engines/llama_cpp_rules.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace detail {

// A layer like one that was looked at before is not looked at again; of so many kinds what was found is remembered.
inline constexpr int max_known_layers = 12;

// Whom the loader tells that a tensor stands in the file, in the order of the walk or of a file that was read (`stored`: its
// number there), and then where it lies if it is loaded: `repacked` are its bytes in the processor's order, negative in that
// of the file. Functions behind pointers, as in weight_visitor.
struct weight_listener {
    void (*stands)(weight_listener &, const tensor &, const format &, std::int64_t stored);
    void (*lies)(weight_listener &, const tensor &, const format &, int device, bytes repacked);
    // A listener that takes layers remembers under a number what it was told of the layer before, which is not told again of
    // a layer alike.
    bool takes_layers;
    void (*remember)(weight_listener &, int known);
    void (*repeat)(weight_listener &, int known, int layer);
};

// Whether files are mapped (src/llama-model.cpp, load_tensors): a dry run maps nothing, and GPUs that share the memory of the
// machine are against it, but for Metal (mmap_support).
constexpr bool maps_files(const machine &on, const workload &w) {
    if (w.dry_run || w.loading == weight_loading::read) return false;
    if (w.loading == weight_loading::mapped) return true;
    for (int d = 0; d < on.device_count; ++d)
        if (on.devices[d].unified_memory && on.devices[d].api != backend::metal) return false;
    return true;
}

// Sums up what each device holds of the weights. A layer like one before it is so in shape, place and formats.
class weight_loader : public weight_visitor {
public:
    constexpr weight_loader(const model &m, const quantization &q, const machine &on, const workload &w,
                            loaded_model &loaded, weight_listener *listener = nullptr)
        : weight_visitor{tell, ask}, m_(m), at_(loaded.placed), weights_(loaded.weights), choose_(m, q),
          repacking_(repacking_of(on, w)), mapped_(maps_files(on, w)),
          moves_between_devices_(loaded.placed.moves_between_devices()), listener_(listener) {
        for (int d = 0; d <= on.device_count; ++d) rules_[d] = buffer_rules_of(on, d);
    }

    constexpr void hold(const tensor &t, const format &f, tensor_use use, int layer) {
        refused_ = refused_ || f.block_bytes == 0;
        switch (use) {
        case tensor_use::own: hold_own(t, f); break;
        // One copy serves all that read it from the same buffer (llama-model-loader.cpp, create_tensor).
        case tensor_use::tied_output: hold_tied(t, f); break;
        case tensor_use::head_as_embedding: hold_own(t, f, false); break;
        case tensor_use::of_every_layer: hold_for_device(t, f, layer); break;
        }
    }

    constexpr void load(const tensor &t, tensor_use use, int layer) { hold(t, pass_over(t, use, layer), use, layer); }
    // A tensor that is not loaded stands in the file, and counts for the types of those behind it.
    constexpr format pass_over(const tensor &t, tensor_use use, int layer) {
        const format f = choose_(t);
        if (listener_ != nullptr && is_first_of_file(use, layer)) listener_->stands(*listener_, t, f, -1);
        return f;
    }

    // After the last weight.
    constexpr void finish() {
        finish_layer();
        for (int i = 0; i < known_count_; ++i) {
            weights_.work[at_.device_of_layer(known_[i].layer)].add(known_[i].device_work, known_[i].times);
            weights_.work[at_.host].add(known_[i].host_work, known_[i].times);
        }
    }

    constexpr bool refused() const { return refused_; }

private:
    static constexpr void tell(weight_visitor &self, const tensor &t, tensor_use use, int layer) {
        static_cast<weight_loader &>(self).load(t, use, layer);
    }
    static constexpr bool ask(weight_visitor &self, int layer) {
        return static_cast<weight_loader &>(self).is_known(layer);
    }

    // Whether a layer like it was looked at before: what that held is added at once.
    constexpr bool is_known(int layer) {
        // Weights lie where their block is, not their layer.
        if (m_.repeats_blocks() || moves_between_devices_ || (listener_ != nullptr && !listener_->takes_layers)) return false;
        finish_layer();
        const std::uint32_t key = choose_.key_of_layer(layer);
        weights_.layer_key[layer] = key;
        for (int i = 0; i < known_count_; ++i) {
            known_layer &k = known_[i];
            if (weights_.layer_key[k.layer] != key || !at_.alike(k.layer, layer)) continue;
            weights_.on[at_.device_of_layer(layer)] += k.on_device;
            weights_.on[at_.host] += k.on_host;
            ++k.times;
            choose_.pass_over(k.before, k.after);
            if (listener_ != nullptr) listener_->repeat(*listener_, i, layer);
            return true;
        }
        layer_ = layer;
        before_ = choose_.seen();
        device_before_ = weights_.on[at_.device_of_layer(layer)];
        host_before_ = weights_.on[at_.host];
        return false;
    }

    struct known_layer {
        int layer = 0;
        int times = 1;
        bytes on_device;
        bytes on_host;
        weight_work device_work;
        weight_work host_work;
        type_chooser::counts before;
        type_chooser::counts after;
    };

    constexpr void hold_own(const tensor &t, const format &f, bool works = true) {
        const bytes size = tensor_bytes(f, t.dims);
        int d = device_of(at_, t);
        if (stays_with_cpu(rules_[d], m_, t, f)) {
            weights_.left_behind = weights_.left_behind || !rules_[d].vulkan;
            weights_.on[at_.host] += buffer_bytes(buffer_rules{}, f, t.dims, size);
            if (listener_ != nullptr) listener_->lies(*listener_, t, f, at_.host, bytes(-1));
            d = at_.host;
        } else {
            const bool stays = size.count() > rules_[d].largest_tensor;
            weights_.left_behind = weights_.left_behind || stays;
            if (stays) d = at_.host;
            add(t, f, d, size);
        }
        if (works && !is_input(t.name)) count_work(t, f, size, d);
    }
    constexpr void count_work(const tensor &t, const format &f, bytes size, int d) {
        if (t.name == tensor_name::output) {
            count_head(t, f, size, d);
        } else if (layer_ >= 0 && t.layer == layer_ && (d == at_.host || d == at_.device_of_layer(layer_))) {
            (d == at_.host ? host_work_ : device_work_).count(t, f, size);
        } else if (t.layer < m_.layer_count()) { // those behind predict further tokens, which is not asked for
            weights_.work[d].count(t, f, size, m_.repeats_blocks() ? runs_of_block(t.layer) : 1);
        }
    }
    constexpr void count_head(const tensor &t, const format &f, bytes size, int d) {
        weights_.head.count(t, f, size);
        weights_.head_device = d;
    }
    constexpr int runs_of_block(int block) const {
        int runs = block < 0 ? 1 : 0;
        for (int i = 0; block >= 0 && i < m_.layer_count(); ++i) runs += m_.layers[i].block == block ? 1 : 0;
        return runs;
    }
    // Once on each device that has a layer which reads it; that does not count to what the layer itself holds.
    constexpr void hold_for_device(const tensor &t, const format &f, int layer) {
        const bool windowed = m_.layers[layer].kind == layer_kind::sliding_attention;
        if (m_.family != nullptr && m_.family->full_layers_have_rope_tensors && windowed) return;
        const int d = overridden(at_, t, at_.device_of_layer(layer));
        const unsigned bit = t.name == tensor_name::rope_freqs          ? 1u
                             : t.name == tensor_name::rope_factors_long ? 2u
                                                                        : 4u;
        if ((held_for_device_[d] & bit) != 0) return;
        held_for_device_[d] |= bit;
        const bytes before = weights_.on[d];
        add(t, f, d, tensor_bytes(f, t.dims));
        if (layer == layer_) device_before_ += weights_.on[d] - before;
    }
    constexpr void hold_tied(const tensor &t, const format &f) {
        const bytes size = tensor_bytes(f, t.dims);
        const int d = overridden(at_, t, at_.device_of_output());
        const bool stays = size.count() > rules_[d].largest_tensor || stays_with_cpu(rules_[d], m_, t, f);
        weights_.left_behind = weights_.left_behind || stays;
        count_head(t, f, size, stays ? at_.host : d);
        if (m_.family->head_reads_embedding) return;
        if (d == at_.host || stays) return hold_tied_on_host(t, f, size);
        if (device_of(at_, t) != d) add(t, f, d, size, true);
    }
    constexpr void hold_tied_on_host(const tensor &t, const format &f, bytes size) {
        // One copy serves both, but where the processor multiplies in an order of its own.
        const bool copied = m_.family->tied_head_is_copied && !mapped_;
        if (copied || repacked_bytes(repacking_, f, t, true) >= 0_B) return add(t, f, at_.host, size, true);
        if (repacking_ == instruction_set::unknown && repacks_somewhere(f, t))
            weights_.perhaps_copied += buffer_bytes(rules_[at_.host], f, t.dims, size);
    }
    constexpr void add(const tensor &t, const format &f, int device, bytes size, bool as_output = false) {
        bytes repacked(-1);
        if (device == at_.host && repacking_ > instruction_set::none) {
            repacked = repacked_bytes(repacking_, f, t, as_output);
            if (repacked >= 0_B) size = repacked;
        }
        weights_.on[device] += buffer_bytes(rules_[device], f, t.dims, size);
        if (listener_ != nullptr) listener_->lies(*listener_, t, f, device, repacked);
    }

    // Whether the first layer has weights that others are without, or lacks some.
    constexpr bool is_special(int layer) const {
        const architecture &a = *m_.family;
        return layer == 0 && (!a.first_norm || a.token_shift || a.stacks != layer_stacks::one);
    }
    // Remembers the layer that was just looked at.
    constexpr void finish_layer() {
        if (layer_ < 0) return;
        const int d = at_.device_of_layer(layer_);
        if (is_special(layer_) || known_count_ == max_known_layers) {
            weights_.work[d].add(device_work_);
            weights_.work[at_.host].add(host_work_);
        } else {
            const bytes on_host = d == at_.host ? bytes() : weights_.on[at_.host] - host_before_;
            const bytes on_device = weights_.on[d] - device_before_;
            if (listener_ != nullptr) listener_->remember(*listener_, known_count_);
            known_[known_count_++] = {layer_, 1, on_device, on_host, device_work_, host_work_, before_, choose_.seen()};
        }
        device_work_ = host_work_ = {};
        layer_ = -1;
    }

    const model &m_;
    const layout &at_;
    placed_weights &weights_;
    type_chooser choose_;
    buffer_rules rules_[max_devices + 1] = {};
    known_layer known_[max_known_layers] = {};
    int known_count_ = 0;
    int layer_ = -1; // the layer that is looked at
    type_chooser::counts before_;
    bytes device_before_;
    unsigned held_for_device_[max_devices + 1] = {}; // tensors of every layer, a bit for each
    bytes host_before_;
    weight_work device_work_; // of the layer that is looked at: on its device, and on the host
    weight_work host_work_;
    bool refused_ = false;
    instruction_set repacking_ = instruction_set::none;
    bool mapped_ = false;
    bool moves_between_devices_ = false;
    weight_listener *listener_ = nullptr;
};

// Whether llama.cpp loads nothing of a tensor that it knows.
constexpr bool stands_unused(tensor_name name) {
    return name == tensor_name::dec_cross_attn_rel_b || name == tensor_name::masked_embd_centroids ||
           name == tensor_name::masked_embd_ordering;
}

// Whether a tensor is loaded that a layer has which predicts further tokens (src/models/: TENSOR_SKIP without load_mtp, but
// not for all of them).
constexpr bool loads_of_further_layers(const architecture &a, const workload &w, tensor_name name) {
    using n = tensor_name;
    if (w.further_layers) return a.further >= further_loading::on_request;
    switch (name) {
    case n::exp_probs_b: return a.further >= further_loading::router_bias_always;
    case n::nextn_embed_tokens:
    case n::nextn_shared_head_head:
    case n::nextn_shared_head_norm: return a.further >= further_loading::head_always;
    case n::ffn_gate:
    case n::ffn_up:
    case n::ffn_down:
    case n::ffn_gate_inp:
    case n::ffn_gate_exps:
    case n::ffn_up_exps:
    case n::ffn_down_exps:
    case n::ffn_gate_up_exps:
    case n::ffn_gate_shexp:
    case n::ffn_up_shexp:
    case n::ffn_down_shexp: return a.further >= further_loading::feed_forward_always;
    case n::attn_q_norm:
    case n::attn_k_norm:
    case n::attn_gate:
    case n::rope_freqs:
    case n::rope_factors_long:
    case n::rope_factors_short: return a.further >= further_loading::options_always;
    default: return false;
    }
}

// Passes on what is loaded of the layers that predict further tokens.
class further_weights : public weight_visitor {
public:
    constexpr further_weights(weight_loader &loader, const architecture &a, const workload &w)
        : weight_visitor{tell, ask}, loader_(loader), a_(a), w_(w) {}

private:
    static constexpr void tell(weight_visitor &self, const tensor &t, tensor_use use, int layer) {
        auto &further = static_cast<further_weights &>(self);
        if (!stands_unused(t.name) && loads_of_further_layers(further.a_, further.w_, t.name))
            further.loader_.load(t, use, layer);
        else
            further.loader_.pass_over(t, use, layer);
    }
    static constexpr bool ask(weight_visitor &, int) { return false; }

    weight_loader &loader_;
    const architecture &a_;
    const workload &w_;
};

// Adds the weights to what is laid out; false where a tensor has no type.
constexpr bool load_weights(const model &m, const quantization &q, const machine &on, const workload &w, loaded_model &loaded,
                            weight_listener *listener = nullptr) {
    weight_loader loader(m, q, on, w, loaded, listener);
    if (q.kind == quantization::scheme::stored) {
        const bool has_head = m.family == nullptr || m.family->head != head_use::none;
        for (std::int64_t i = 0; i < q.stored_count; ++i) {
            const stored_tensor &t = q.stored[i];
            if (listener != nullptr) listener->stands(*listener, t.which, t.type, i);
            if (stands_unused(t.which.name)) continue;
            const bool further = t.which.layer >= m.layer_count() && m.family != nullptr;
            if (further && !loads_of_further_layers(*m.family, w, t.which.name)) continue;
            if (is_of_every_layer(t.which.name))
                for (int layer = 0; layer < m.block_count(); ++layer)
                    loader.hold(t.which, t.type, tensor_use::of_every_layer, layer);
            else
                loader.hold(t.which, t.type, tensor_use::own, t.which.layer);
            if (m.tie_word_embeddings && has_head && t.which.name == tensor_name::token_embd)
                loader.hold(t.which, t.type, tensor_use::tied_output, -1);
            if (m.head_as_embedding && t.which.name == tensor_name::output && t.which.part == tensor_part::weight)
                loader.hold(t.which, t.type, tensor_use::head_as_embedding, -1);
            if (t.which.layer >= 0 && t.which.layer < max_layers) {
                std::uint32_t &key = loaded.weights.layer_key[t.which.layer];
                key = key * 31u + static_cast<std::uint32_t>(t.type.block_bytes * 256 + t.type.block_elements);
            }
        }
    } else {
        weights_pass pass(loader);
        walk(m, pass);
        further_weights further(loader, *m.family, w);
        weights_pass further_pass(further);
        walk_unloaded(m, further_pass);
    }
    loader.finish();
    return !loader.refused();
}

constexpr result<loaded_model> llama_cpp_load(const engine &e, const model &m, const quantization &q, const machine &on,
                                              const workload &w, weight_listener *listener = nullptr) {
    if (on.device_count < 0 || on.device_count > max_devices)
        return model_error(errc::bad_value, "machine", "has too many devices", "ggml has room for 16");
    if (m.family == nullptr && q.kind != quantization::scheme::stored)
        return model_error(errc::unknown, "architecture", "is not known", "only the tensors of its own file are");
    const auto described = checked(m);
    if (!described && (m.family != nullptr || m.num_hidden_layers < 0 || m.num_hidden_layers > max_layers))
        return described.error();

    if (w.further_layers && m.num_nextn_predict_layers > 0 && m.family != nullptr &&
        m.family->further == further_loading::unknown)
        return model_error(errc::unsupported, "further_layers", "are asked for",
                           "what they load is not known of the model's family");

    // The CPU has no product of F32 and BF16 (ggml-cpu.cpp, ggml_backend_cpu_device_supports_op).
    const tensor kernel{tensor_name::conv1d, tensor_part::weight, -1, {7, m.hidden_size, m.sound.channels}};
    if (m.sound.channels > 0 && type_chooser(m, q)(kernel) == formats::bf16::value)
        return model_error(errc::unsupported, "quantization", "has convolutions in BF16",
                           "llama.cpp does not run them on the host");

    for (int i = 0; i < w.placed.override_count; ++i) {
        const tensor_override &o = w.placed.overrides[i];
        if (o.names.problem() != nullptr)
            return model_error(errc::bad_value, "overrides", "have a bad pattern", o.names.problem());
        if (o.device >= on.device_count)
            return model_error(errc::bad_value, "overrides", "name a device that is not there", "devices are counted from 0");
    }

    loaded_model loaded;
    const auto rules = llama_cpp_rules_at(e.date);
    const auto order = rules.output_layer_first ? offload_order::output_first : offload_order::output_last;
    loaded.placed = lay_out(m, on, w.placed, order);
    loaded.placed.layer_embeddings_at_output = !rules.layer_embeddings_first;
    if (w.target != nullptr && m.reads_target_caches() && w.target->layer_count() > 1) {
        const layout of_target = lay_out(*w.target, on, w.placed, order);
        const int last = w.target->layer_count() - 1;
        for (int i = 0; i < 2; ++i)
            loaded.placed.target_cache_devices[i] = static_cast<std::int8_t>(of_target.device_of_cache(last - 1 + i));
    }
    const bool all_have_types = load_weights(m, q, on, w, loaded, listener);
    bytes &of_host = loaded.weights.on[on.device_count];
    if (!w.dry_run && !maps_files(on, w) && of_host > 0_B)
        of_host += lengthened(on) * divide_up(of_host.count(), buffer_rules_of(on, on.device_count).largest_buffer);
    if (!all_have_types)
        return model_error(errc::unsupported, "quantization", "has no type for a tensor", "llama-quantize refuses it");
    return counted(loaded, loaded.weights.total(), "model");
}

} // namespace detail
MEMBOUND_END_NAMESPACE

#endif

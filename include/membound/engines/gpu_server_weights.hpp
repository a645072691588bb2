// The weights that a device of a server on GPUs holds: its share of each, and the stage of layers that it has.
// Source: vLLM v0.33.0, model_executor/layers/linear.py, vocab_parallel_embedding.py, fused_moe/layer.py,
// distributed/utils.py (get_pp_indices); SGLang v0.5.23 has the same under srt/layers.
#ifndef MEMBOUND_ENGINES_GPU_SERVER_WEIGHTS_HPP
#define MEMBOUND_ENGINES_GPU_SERVER_WEIGHTS_HPP

#include <membound/quantizations.hpp>
#include <membound/weights.hpp>
#include <membound/workload.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace detail {

// To multiples of what the kernels of MXFP4 pad each expert.
struct mxfp4_padding {
    std::int64_t hidden = 1; // the model's width
    std::int64_t read = 1;   // the same, where the first matrices read it
    std::int64_t inner = 1;  // the expert's
    std::int64_t inputs = 1; // of whichever matrix: numbers alone, not their scales
};

// What of torch's memory an engine prints as the weights'.
enum class torch_memory : std::uint8_t {
    blocks,   // what is allocated: of a large segment that nobody shares up to 1 MiB more than is asked for
    segments, // so, but such a segment whole, as vLLM's figures have it from torch 2.11 on
    reserved, // all segments, as the driver sees them
};

// By how many devices each kind of matrix is divided, and how they lie there.
struct server_shares {
    std::int64_t attention = 1;
    std::int64_t dense = 1;         // feed-forward blocks and shared experts
    std::int64_t vocabulary = 1;    // rows of the embedding
    std::int64_t head = 1;
    std::int64_t expert_matrix = 1; // each routed expert's matrices
    std::int64_t experts = 1;       // the routed experts themselves
    std::int64_t redundant_experts = 0; // copies that are kept beside them
    mxfp4_padding padded;
    torch_memory counted = torch_memory::blocks;
    bool unnested_scales = false; // scales of scales are multiplied out when weights are loaded (bitsandbytes)
    bool fp8_by_marlin = false;   // FP8 is unpacked by a kernel that wants a scale of 16 bits for each output
};

// All divided among the devices that share each matrix, and routed experts among so many.
constexpr server_shares shares_of(const placement &p, std::int64_t experts_among) {
    server_shares by;
    by.attention = by.dense = by.vocabulary = by.head = p.tensor_parallel;
    (p.expert_parallel ? by.experts : by.expert_matrix) = experts_among;
    return by;
}

struct layer_range {
    int first = 0;
    int last = 0; // behind the last

    constexpr int count() const { return last - first; }
    constexpr bool has(int i) const { return i >= first && i < last; }
};

// Layers of a stage. What is left over goes to the stages before the last, backwards.
constexpr layer_range layers_of_stage(int layers, int stage, int stages) {
    const int each = layers / stages, more = layers % stages;
    const auto of = [&](int s) { return each + (s != stages - 1 && s >= stages - 1 - more ? 1 : 0); };
    layer_range r;
    for (int s = 0; s < stage; ++s) r.first += of(s);
    r.last = r.first + of(stage);
    return r;
}

constexpr int devices_used(const placement &p) { return p.tensor_parallel * p.pipeline_parallel * p.data_parallel; }
constexpr int stage_of(const placement &p, int device) { return device / p.tensor_parallel % p.pipeline_parallel; }
constexpr layer_range layers_on(const model &m, const placement &p, int device) {
    return layers_of_stage(m.layer_count(), stage_of(p, device), p.pipeline_parallel);
}

// Heads of keys and values on a device: where there are fewer than devices, they are repeated.
constexpr std::int64_t kv_heads_on(std::int64_t heads, std::int64_t by) { return max<std::int64_t>(1, heads / by); }

constexpr std::int64_t padded_vocabulary(std::int64_t rows) { return round_up(rows, 64); }

// A weight as a device has it: inputs, outputs, and how many such matrices. One-dimensional ones are all outputs.
struct weight_share {
    std::int64_t in = 1;
    std::int64_t out = 1;
    std::int64_t count = 1;
};

// Rows of what mixes several projections, each of which is divided: of a state space z, x, B, C and dt. Groups that are
// fewer than devices are repeated, one for each device.
constexpr std::int64_t mixed_rows(const model &m, std::int64_t rows, std::int64_t by) {
    const std::int64_t groups = m.ssm_group_count;
    if (by <= 1 || groups <= 0 || groups % by == 0) return divide_up(rows, by);
    const std::int64_t repeated = multiply(2, multiply(m.ssm_state_size, groups));
    const std::int64_t own = multiply(2, m.ssm_state_size); // B and C of one group
    return add(divide_up(rows - repeated, by), own);
}

constexpr weight_share share_of(const model &m, const tensor &t, const server_shares &by) {
    using n = tensor_name;
    const bool is_vector = t.dims.dimensions() == 1;
    weight_share s{is_vector ? 1 : t.dims.ne[0], is_vector ? t.dims.ne[0] : t.dims.ne[1],
                   multiply(t.dims.ne[2], t.dims.ne[3])};
    const bool of_layer = t.layer >= 0 && t.layer < m.num_hidden_layers;
    const layer *l = of_layer ? &m.layers[t.layer] : nullptr;
    const bool has_state = l != nullptr && l->state != state_kind::none && !attends(*l);
    const auto outputs = [&](std::int64_t d) { s.out = divide_up(s.out, d); };
    // What reads divided activations; its bias is whole.
    const auto inputs = [&](std::int64_t d) {
        if (!is_vector) s.in = divide_up(s.in, d);
    };
    switch (t.name) {
    case n::token_embd:
    case n::per_layer_token_embd: s.out = divide_up(padded_vocabulary(s.out), by.vocabulary); break;
    case n::output: s.out = divide_up(padded_vocabulary(s.out), by.head); break;
    case n::attn_q:
    case n::attn_q_b:
    case n::attn_sinks: outputs(by.attention); break;
    case n::attn_k:
    case n::attn_v:
        if (l != nullptr && l->num_key_value_heads > 0)
            s.out = multiply(s.out / l->num_key_value_heads, kv_heads_on(l->num_key_value_heads, by.attention));
        if (l != nullptr && l->values_are_keys)
            s.out = multiply(2, s.out); // once more, in the place of values (models/gemma4.py)
        break;
    case n::attn_qkv:
        if (!has_state && l != nullptr && l->num_key_value_heads > 0) {
            const std::int64_t values = multiply(l->num_key_value_heads, add(m.key_head_dim(*l), m.value_head_dim(*l)));
            const std::int64_t here = kv_heads_on(l->num_key_value_heads, by.attention);
            s.out = add(divide_up(s.out - values, by.attention), multiply(values / l->num_key_value_heads, here));
        } else {
            outputs(by.attention);
        }
        break;
    case n::attn_gate:
    case n::ssm_ba:
    case n::ssm_alpha:
    case n::ssm_beta:
    case n::ssm_f_b:
    case n::ssm_g:
    case n::ssm_g_b:
    case n::ssm_dt:
    case n::shortconv_in_proj: outputs(by.attention); break;
    case n::ssm_in: s.out = mixed_rows(m, s.out, by.attention); break;
    case n::ssm_conv1d:
    case n::ssm_conv1d_q:
    case n::ssm_conv1d_k:
    case n::ssm_conv1d_v:
    case n::shortconv_conv: s.out = mixed_rows(m, s.out, by.attention); break;
    case n::ssm_a:
    case n::ssm_d: s.count = 1, s.out = divide_up(t.dims.elements(), by.attention), s.in = 1; break;
    case n::attn_k_b:
    case n::attn_v_b: s.count = divide_up(s.count, by.attention); break; // a matrix for each head
    case n::attn_kv_b: outputs(by.attention); break;
    case n::attn_output:
    case n::ssm_x:
    case n::ssm_out:
    case n::shortconv_out_proj: inputs(by.attention); break;
    case n::ffn_gate:
    case n::ffn_up:
    case n::ffn_gate_shexp:
    case n::ffn_up_shexp: outputs(by.dense); break;
    case n::ffn_down:
    case n::ffn_down_shexp: inputs(by.dense); break;
    case n::ffn_gate_exps:
    case n::ffn_up_exps:
    case n::ffn_gate_up_exps:
    case n::ffn_down_exps:
        if (is_vector || t.part != tensor_part::weight) { // biases and scales of each expert
            if (t.part == tensor_part::bias && t.name != n::ffn_down_exps) s.in = divide_up(s.in, by.expert_matrix);
            s.out = divide_up(s.out + by.redundant_experts, by.experts);
            break;
        }
        if (t.name == n::ffn_down_exps)
            inputs(by.expert_matrix);
        else
            outputs(by.expert_matrix);
        s.count = divide_up(s.count + by.redundant_experts, by.experts);
        break;
    default: break; // norms, routers, projections down to a rank: whole on each device
    }
    return s;
}

// An expert's matrix as its kernel wants it.
constexpr weight_share padded_share(weight_share s, tensor_name name, const mxfp4_padding &to) {
    const bool down = name == tensor_name::ffn_down_exps, both = name == tensor_name::ffn_gate_up_exps;
    s.in = round_up(s.in, down ? to.inner : max(to.hidden, to.read));
    s.out = down ? round_up(s.out, to.hidden) : both ? 2 * round_up(s.out / 2, to.inner) : round_up(s.out, to.inner);
    return s;
}

// Bytes of a number that is not of a linear layer: the torch type, but what is kept in fp32.
constexpr std::int64_t bytes_of_other(const tensor &t) {
    switch (t.name) {
    case tensor_name::ssm_a:
    case tensor_name::ssm_d:
    case tensor_name::exp_probs_b: return 4;
    case tensor_name::ssm_dt: return t.part == tensor_part::bias ? 4 : 2;
    default: return 2;
    }
}

// What torch counts (c10/cuda/CUDACachingAllocator.cpp): from 10 MiB on a tensor lies in a segment of its own, of whole
// 2 MiB, and what is left over of it is counted too unless it is more than 1 MiB. Smaller ones share segments of 20 MiB in
// the same way, those of up to 1 MiB segments of 2 MiB.
class torch_allocator {
public:
    constexpr explicit torch_allocator(torch_memory what = torch_memory::blocks) : what_(what) {}

    constexpr void hold(bytes size, std::int64_t count = 1) {
        if (size.count() == 0 || count == 0) return;
        if (size <= kept_whole) {
            small_ += bytes(round_up(size.count(), 512)) * count;
        } else if (size < own_segment) {
            for (std::int64_t i = 0; i < count; ++i) share(size);
        } else {
            const std::int64_t segment = round_up(size.count(), (2_MiB).count());
            sum_ += bytes(what_ == torch_memory::blocks ? counted(size.count(), segment) : segment) * count;
        }
    }
    constexpr bytes sum() const {
        if (what_ != torch_memory::reserved) return sum_ + shared_ + small_;
        return sum_ + bytes(round_up(shared_.count(), (20_MiB).count())) + bytes(round_up(small_.count(), (2_MiB).count()));
    }

private:
    static constexpr bytes kept_whole = 1_MiB;
    static constexpr bytes own_segment = 10_MiB;

    static constexpr std::int64_t counted(std::int64_t size, std::int64_t block) {
        return block - size <= kept_whole.count() ? block : size;
    }
    constexpr void share(bytes size) {
        const std::int64_t n = round_up(size.count(), 512);
        if (left_ < n) left_ = (20_MiB).count();
        const std::int64_t taken = counted(n, left_);
        left_ -= taken;
        shared_ += bytes(taken);
    }

    torch_memory what_;
    bytes sum_; // of segments of one tensor
    bytes shared_;
    bytes small_;
    std::int64_t left_ = 0; // of the shared segment
};

// Matrices that are one tensor in memory: query, key and value; both branches of a feed-forward block.
enum class fused_group : std::uint8_t {
    none, query_key_value, gate_up, shared_gate_up, expert_gate_up, delta_inputs, latent_inputs, count
};

constexpr fused_group fused_group_of(tensor_name name, module_kind module) {
    using n = tensor_name;
    using g = fused_group;
    switch (name) {
    case n::attn_q: return module == module_kind::latent_attention ? g::none : g::query_key_value;
    case n::attn_k:
    case n::attn_v: return g::query_key_value;
    case n::attn_qkv:
    case n::attn_gate: return module == module_kind::linear_attention ? g::delta_inputs : g::none;
    case n::attn_q_a:
    case n::attn_kv_a_mqa: return g::latent_inputs;
    case n::ffn_gate:
    case n::ffn_up: return g::gate_up;
    case n::ffn_gate_shexp:
    case n::ffn_up_shexp: return g::shared_gate_up;
    case n::ffn_gate_exps:
    case n::ffn_up_exps: return g::expert_gate_up;
    default: return g::none;
    }
}

// Devices that do not compute in FP8 leave it to Marlin, which has no scales of whole matrices or of blocks of outputs (vLLM:
// quantization/utils/marlin_utils_fp8.py; SGLang: layers/quantization/marlin_utils_fp8.py).
constexpr bool lacks_fp8(const device &d) {
    return d.api == backend::cuda && d.compute_capability > 0 && d.compute_capability < 89;
}
constexpr linear_format fp8_for_marlin(linear_format f) {
    if (f != quantizations::linear::fp8 && f != quantizations::linear::fp8_block) return f;
    f.group_outputs = 1;
    f.scale_bits = 16;
    f.matrix_bytes = 0;
    return f;
}

// The weights of one device, tensor by tensor as they lie there.
class server_weights {
public:
    constexpr server_weights(const model &m, const quantization &q, const server_shares &by)
        : m_(m), q_(q), by_(by), memory_(by.counted) {}

    constexpr void hold(const tensor &t) {
        if (t.layer != layer_) flush(t.layer);
        weight_share s = share_of(m_, t, by_);
        const module_kind module = module_of(m_, t);
        if (module == module_kind::other) {
            memory_.hold(bytes(multiply(multiply(s.in, multiply(s.out, s.count)), bytes_of_other(t))));
            return;
        }
        linear_format f = linear_format_of(q_, module, t.layer);
        if (by_.unnested_scales && f.nested_groups > 0) f.nested_groups = 0, f.scale_bits = 32;
        if (by_.fp8_by_marlin) f = fp8_for_marlin(f);
        const bool is_padded = module == module_kind::experts && f == quantizations::linear::mxfp4;
        if (is_padded) s = padded_share(s, t.name, by_.padded);
        linear_parts p = linear_parts_of(f, s.in, s.out);
        if (is_padded) p.values = linear_parts_of(f, round_up(s.in, by_.padded.inputs), s.out).values;
        const linear_parts all{p.values * s.count, p.scales * s.count, p.zeros * s.count, p.rest * s.count};
        const fused_group group = fused_group_of(t.name, module);
        if (group == fused_group::none) {
            allocate(all);
        } else {
            linear_parts &sum = pending_[static_cast<int>(group)];
            sum = {sum.values + all.values, sum.scales + all.scales, sum.zeros + all.zeros, sum.rest + all.rest};
        }
        // Keys and values of latent attention are unpacked to 16 bits once more (W_UK_T, W_UV).
        if (f.quantized() && (t.name == tensor_name::attn_k_b || t.name == tensor_name::attn_v_b))
            memory_.hold(linear_bytes({}, s.in, s.out) * s.count);
    }
    constexpr void hold(bytes size) { memory_.hold(size); }
    constexpr bytes sum() {
        flush(-1);
        return memory_.sum();
    }

private:
    constexpr void flush(int layer) {
        for (linear_parts &p : pending_) {
            allocate(p);
            p = {};
        }
        layer_ = layer;
    }
    constexpr void allocate(const linear_parts &p) {
        memory_.hold(p.values);
        memory_.hold(p.scales);
        memory_.hold(p.zeros);
        memory_.hold(p.rest);
    }

    const model &m_;
    const quantization &q_;
    const server_shares &by_;
    torch_allocator memory_;
    linear_parts pending_[static_cast<int>(fused_group::count)] = {};
    int layer_ = -1;
};

// What a device of a stage holds of the model. The first stage has the embedding, the last the head; a head that is the
// embedding lies there too. `more` is held beside it: rotary tables, what sees images.
constexpr bytes stage_weights(const model &m, const quantization &q, const server_shares &by, int stage, int stages,
                              bytes more = {}) {
    const layer_range mine = layers_of_stage(m.layer_count(), stage, stages);
    const bool first = stage == 0, last = stage == stages - 1;
    server_weights held(m, q, by);
    held.hold(more);
    for_each_weight(m, [&](const tensor &t, tensor_use use, int) {
        if (use == tensor_use::of_every_layer) return; // engines reckon rotary factors themselves
        const bool embeds = t.name == tensor_name::token_embd || is_input(t.name) || t.name == tensor_name::token_embd_norm;
        if (use == tensor_use::tied_output) {
            if (last && !first) held.hold(t);
            return;
        }
        if (use != tensor_use::own) return;
        const bool here = t.layer >= m.layer_count() ? false // what predicts further tokens is another model
                          : t.layer >= 0             ? mine.has(t.layer)
                          : embeds                   ? first
                                                     : last;
        if (here) held.hold(t);
    });
    return held.sum();
}

// The layers that predict further tokens, which draft for the model and share its embedding and head.
constexpr bytes draft_weights(const model &m, const quantization &q, const server_shares &by) {
    server_weights held(m, q, by);
    if (m.num_nextn_predict_layers <= 0) return {};
    const auto hold = [&](const tensor &t, tensor_use use, int) {
        const bool shared = t.name == tensor_name::nextn_embed_tokens || t.name == tensor_name::nextn_shared_head_head;
        if (use == tensor_use::own && t.layer >= m.layer_count() && !shared) held.hold(t);
    };
    reporting_visitor<decltype(hold)> visitor(hold);
    weights_pass pass(visitor);
    walk_unloaded(m, pass);
    return held.sum();
}

// How an engine keeps sines and cosines.
struct rotary_rules {
    int number_bytes = 2;
    bool linear_rows = false;     // of linear scaling: so many times the rows
    bool video_positions = false; // positions with several numbers: four times as many
};

// Bytes of the sines and cosines of every position, one table for each kind of rotation.
// vLLM: model_executor/layers/rotary_embedding/base.py (_compute_cos_sin_cache), linear_scaling_rope.py, mrope.py.
constexpr bytes rotary_tables(const model &m, const rotary_rules &kept) {
    if (m.family->position != position_kind::rotary) return {};
    bool full = false, windowed = false, latent = false;
    for (int i = 0; i < m.layer_count(); ++i) {
        const layer &l = m.layers[i];
        if (!attends(l) || l.unrotated) continue;
        latent = latent || m.is_latent(l);
        full = full || l.kind != layer_kind::sliding_attention;
        windowed = windowed || l.kind == layer_kind::sliding_attention;
    }
    const std::int64_t row = latent ? m.qk_rope_head_dim : m.rope_dim();
    // Gemma 3 and 4 rotate layers with a window in their own way.
    const bool two_kinds = full && windowed && (m.sliding_head_dim > 0 || m.family->full_layers_have_rope_tensors ||
                                                same_text(m.family->name, "gemma3") || same_text(m.family->name, "gemma3n"));
    const std::int64_t longer = kept.video_positions && m.multi_axis_rope ? 4 : 1;
    const std::int64_t scaled = kept.linear_rows ? m.linear_rope_factor : 1;
    const std::int64_t positions = multiply(multiply(m.max_position_embeddings, longer), scaled);
    bytes sum = full || windowed ? bytes(multiply(multiply(positions, row), kept.number_bytes)) : bytes();
    if (two_kinds) {
        const std::int64_t of_window = m.sliding_head_dim > 0 ? m.sliding_head_dim : row;
        sum += bytes(multiply(multiply(m.max_position_embeddings, of_window), kept.number_bytes));
    }
    return sum;
}

// What sees images, in 16 bits: cut among the devices of the first stage. Where it has no layers it is loaded for text, too.
constexpr bytes vision_weights(const model &m, const workload &w) {
    if (m.vision == nullptr || (w.served.text_only && m.vision->num_hidden_layers > 0)) return {};
    return bytes(multiply(divide_up(parameter_count(*m.vision, m.hidden_size), w.placed.tensor_parallel), 2));
}

} // namespace detail
MEMBOUND_END_NAMESPACE

#endif

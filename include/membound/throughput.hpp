// How fast a deployment reads a prompt and writes tokens: a roofline of where the bytes lie. A pass over some tokens takes
// on each device the time of what it reads, of what it computes and of what it starts, one after the other, each as far
// behind the device's peak as the engine's kernels were seen to stay (efficiency.hpp).
#ifndef MEMBOUND_THROUGHPUT_HPP
#define MEMBOUND_THROUGHPUT_HPP

#include <membound/engine.hpp>

MEMBOUND_BEGIN_NAMESPACE

// Tokens a second, and the band in which nine of ten measurements lay; 0 where it is not known.
struct speed {
    double lower = 0;
    double expected = 0;
    double upper = 0;

    constexpr bool known() const { return expected > 0; }
};

struct throughput {
    speed prefill; // tokens of prompts
    speed decode;  // new tokens, of all sequences together
    double time_to_first_token_seconds = 0; // of workload::prompt tokens; 0 where it is not known
    cost prefill_bound = cost::count;       // what most of the time goes to
    cost decode_bound = cost::count;
};

namespace detail {

// What attention reads and computes for each cell of a cache.
struct attention_work {
    double bytes_per_cell = 0;    // of keys and values
    double products_per_cell = 0; // multiply-adds of one token
    double heads = 0;

    constexpr void add(double bytes, double products, double count) {
        bytes_per_cell += bytes;
        products_per_cell += products;
        heads += count;
    }
};

// Attention and states of the layers whose caches lie on one device.
struct device_attention {
    attention_work full;    // every cell
    attention_work sliding; // those within the window
    attention_work chosen;  // those that an indexer chooses
    attention_work indexer; // which looks at every cell
    double state_bytes = 0; // of one sequence: a pass reads and writes them
};

constexpr device_attention attention_on(const model &m, const layout &placed, const workload &w, int device) {
    device_attention sum;
    const double k_bytes = bits_per_element(w.type_k) / 8;
    const double v_bytes = bits_per_element(w.type_v) / 8;
    for (int i = 0; i < m.layer_count(); ++i) {
        if (placed.device_of_cache(i) != device) continue;
        const layer &l = m.layers[i];
        if (l.state != state_kind::none) {
            constexpr double read_and_written = 2 * 4; // F32
            sum.state_bytes += read_and_written * as_double(convolution_state_size(m, l));
            sum.state_bytes += read_and_written * as_double(recurrent_state_size(m, l));
        }
        if (!attends(l)) continue;
        const double keys = as_double(cached_key_size(m, l));
        const double per_head = as_double(cached_key_head(m, l)) + as_double(cached_value_head(m, l));
        attention_work &of = l.kind == layer_kind::sliding_attention ? sum.sliding
                             : l.choice != token_choice::all         ? sum.chosen
                                                                     : sum.full;
        of.add(keys * k_bytes + as_double(cached_value_size(m, l)) * v_bytes, l.num_attention_heads * per_head,
               l.num_attention_heads);
        if (l.choice != token_choice::by_indexer) continue;
        const double key = as_double(m.indexer_head_dim);
        sum.indexer.add(key * k_bytes, as_double(m.indexer_heads) * key, as_double(m.indexer_heads));
    }
    return sum;
}

constexpr double power(double base, std::int64_t exponent) {
    double product = 1;
    for (; exponent > 0; exponent /= 2, base *= base)
        if (exponent % 2 == 1) product *= base;
    return product;
}

// The share of a layer's routed experts that some of the tokens are sent to, each to its own as if by chance.
constexpr double share_of_experts(const model &m, std::int64_t tokens) {
    if (m.num_experts <= 0) return 0;
    return 1 - power(1 - as_double(m.num_experts_per_tok) / as_double(m.num_experts), tokens);
}

// One pass: tokens of some sequences, each of which attends to so many cells, its own tokens included.
struct pass_shape {
    std::int64_t tokens = 1; // of all sequences together
    std::int64_t sequences = 1;
    std::int64_t outputs = 1; // rows of logits
    double cells = 0;
};

// Up to so many tokens matrices are multiplied by vectors (ggml-cuda: MMVQ_MAX_BATCH_SIZE).
inline constexpr std::int64_t few_tokens = 8;

// The cells that a layer attends to which sees no more than `most` before a token.
constexpr double cells_within(std::int64_t most, const pass_shape &p) {
    const double seen = as_double(most) + as_double(p.tokens) / as_double(p.sequences);
    return most > 0 && seen < p.cells ? seen : p.cells;
}

constexpr pass_costs costs_of(const model &m, const device &at, const weight_work &work, const device_attention &attention,
                              bool flash, const pass_shape &p) {
    const double tokens = as_double(p.tokens);
    const double used = m.num_experts > 0 ? as_double(m.num_experts_per_tok) / as_double(m.num_experts) : 0;
    const double bandwidth = at.memory_bandwidth_gbps * 1e9;
    const bool matrix_units = has_matrix_units(at);
    const bool few = p.tokens <= few_tokens;
    const double shaders = at.fp32_tflops * 1e12 / 2; // multiply-adds a second
    const double matrices = matrix_units ? max(at.fp16_tflops, at.int8_tops / 2) * 1e12 / 2 : shaders;
    const auto by = [](double amount, double rate) { return rate > 0 ? amount / rate : 0; };
    pass_costs c;

    const double read = work.bytes + work.routed_bytes * share_of_experts(m, p.tokens);
    c[cost::weights] = by(work.bytes, bandwidth);
    c[cost::routed_weights] = by(read - work.bytes, bandwidth);
    c[cost::kernels] = work.tensors * 1e-6;
    const double super = tokens * (work.super_products + used * work.routed_super_products);
    if (few) {
        c[cost::loads] = by(read / 2, shaders);
        c[cost::super_loads] = by(super, shaders);
    } else {
        const double quantized = tokens * (work.products - work.float_products);
        c[matrix_units ? cost::shader_products : cost::products] = by(quantized, shaders);
        if (matrix_units) c[cost::matrix_products] = by(quantized, matrices);
        c[cost::super_products] = by(super, shaders);
        c[cost::float_products] = by(tokens * work.float_products, matrices);
        c[cost::routed_products] = by(tokens * used * work.routed_products, shaders);
        const double routed = work.routed_operands * as_double(m.num_experts_per_tok);
        c[cost::operands] = by(4 * tokens * (work.operands + routed), bandwidth);
    }

    double read_cache = as_double(p.sequences) * attention.state_bytes, read_again = 0, attended = 0, scores = 0;
    const auto attend = [&](const attention_work &a, double cells) {
        read_cache += as_double(p.sequences) * cells * a.bytes_per_cell;
        read_again += tokens * cells * a.bytes_per_cell;
        attended += tokens * cells * a.products_per_cell;
        scores += 4 * tokens * cells * a.heads;
    };
    attend(attention.full, p.cells);
    attend(attention.sliding, cells_within(m.sliding_window, p));
    attend(attention.chosen, cells_within(m.indexer_top_k, p));
    attend(attention.indexer, p.cells);
    c[cost::cache] = by(read_cache, bandwidth);
    if (!few) {
        c[flash ? cost::attended : cost::attended_plainly] = by(attended, matrices);
        c[flash ? cost::cache_again : cost::scores] = by(flash ? read_again : scores, bandwidth);
    }
    return c;
}

// Whether a pass can be told at all: what costs something has a rate.
constexpr bool has_rates(const device &d, const efficiency &known, bool few) {
    const bool computes = !few || known.factor[cost::loads] > 0 || known.factor[cost::super_loads] > 0;
    return d.memory_bandwidth_gbps > 0 && (d.fp32_tflops > 0 || !computes);
}

constexpr bool works(const weight_work &w) { return w.tensors > 0; }

// The times of passes over a model that is loaded: what they share is looked at once.
class pass_timer {
public:
    constexpr pass_timer(const model &m, const loaded_model &loaded, const machine &on, const engine &e, const workload &w)
        : m_(m), loaded_(loaded), on_(on), w_(w) {
        flash_ = w.flash != flash_attention::off && m.family->flash_attention;
        for (int d = 0; d <= on.device_count; ++d) {
            attention_[d] = attention_on(m, loaded.placed, w, d);
            efficiencies_[d] = e.efficiency_on != nullptr ? e.efficiency_on(device_at(on, d)) : nullptr;
        }
    }

    // Of the devices that the pass asks something of, the one whose figures are the least certain.
    constexpr const efficiency *band() const { return band_; }
    constexpr const pass_costs &spent() const { return spent_; }
    constexpr cost bound() const {
        int most = 0;
        for (int i = 1; i < static_cast<int>(cost::count); ++i)
            if (spent_.of[i] > spent_.of[most]) most = i;
        return static_cast<cost>(most);
    }
    constexpr void begin() {
        spent_ = {};
        band_ = nullptr;
    }

    // Whether one device computes a pass while the next computes the one before: llama.cpp v0.5.0, src/llama-context.cpp
    // (pipeline_parallel).
    constexpr bool pipelined() const {
        const layout &at = loaded_.placed;
        return on_.device_count > 1 && at.all_offloaded && at.kv_on_device && !at.has_overrides() && !loaded_.weights.left_behind;
    }
    // Of the last pass, the seconds of the device that took longest.
    constexpr double slowest() const { return slowest_; }

    // Seconds; negative where they can not be told.
    constexpr double seconds(const pass_shape &p) {
        double sum = 0;
        slowest_ = 0;
        const int host = loaded_.placed.host;
        const bool few = p.tokens <= few_tokens;
        // Large batches are computed on the first device, which the weights are copied to (ggml-cuda: offload_op, 32 tokens).
        const bool streams = on_.device_count > 0 && w_.offload_operations && p.tokens >= 32;
        for (int d = 0; d <= host; ++d) {
            weight_work work = loaded_.weights.work[d];
            if (d == loaded_.weights.head_device && p.outputs > 0) work.add(head_of(p));
            const device_attention &attention = attention_[d];
            const bool attends =
                attention.full.heads + attention.sliding.heads + attention.chosen.heads + attention.state_bytes > 0;
            if (!works(work) && !attends) continue;
            const bool streamed = d == host && streams && works(work);
            const int at = streamed ? 0 : d;
            const device &where = device_at(on_, at);
            const efficiency *known = efficiencies_[at];
            if (known == nullptr || !has_rates(where, *known, few)) return -1;
            const pass_costs c = costs_of(m_, where, work, attention, flash_, p);
            double here = 0;
            for (int i = 0; i < static_cast<int>(cost::count); ++i) {
                spent_.of[i] += c.of[i] * known->factor.of[i];
                here += c.of[i] * known->factor.of[i];
            }
            slowest_ = max(slowest_, here);
            sum += here;
            if (band_ == nullptr || known->decode_lower < band_->decode_lower) band_ = known;
            if (streamed) {
                const double read = work.bytes + work.routed_bytes * share_of_experts(m_, p.tokens);
                const double link = over_link(0, read);
                if (link < 0) return -1;
                sum += link;
            }
        }
        const double handing_over = hand_over(p);
        slowest_ += handing_over;
        return handing_over < 0 ? -1 : sum + handing_over;
    }

private:
    // The work of the head, for the rows of logits alone.
    constexpr weight_work head_of(const pass_shape &p) const {
        weight_work head = loaded_.weights.head;
        const double share = as_double(p.outputs) / as_double(p.tokens);
        head.products *= share;
        head.float_products *= share;
        head.super_products *= share;
        head.operands *= share;
        return head;
    }
    // Seconds of bytes between a device and the host; negative where the link is not known. GPUs that share the host's
    // memory read it there.
    constexpr double over_link(int d, double bytes) {
        const device &at = device_at(on_, d);
        if (at.unified_memory) return 0;
        if (at.link_bandwidth_gbps <= 0) return -1;
        const double seconds = bytes / (at.link_bandwidth_gbps * 1e9);
        spent_[cost::link] += seconds;
        return seconds;
    }
    // Hidden states that go from the device of one layer to that of the next, through the host.
    constexpr double hand_over(const pass_shape &p) {
        double sum = 0;
        const double bytes = 4 * as_double(p.tokens) * as_double(m_.hidden_size);
        for (int i = 1; i <= m_.layer_count(); ++i) {
            const bool last = i == m_.layer_count();
            const int from = loaded_.placed.device_of_layer(i - 1);
            const int to = last ? loaded_.weights.head_device : loaded_.placed.device_of_layer(i);
            if (from == to) continue;
            const double up = from == loaded_.placed.host ? 0 : over_link(from, bytes);
            const double down = to == loaded_.placed.host ? 0 : over_link(to, bytes);
            if (up < 0 || down < 0) return -1;
            sum += up + down;
        }
        return sum;
    }

    const model &m_;
    const loaded_model &loaded_;
    const machine &on_;
    const workload &w_;
    bool flash_ = true;
    device_attention attention_[max_devices + 1] = {};
    const efficiency *efficiencies_[max_devices + 1] = {};
    const efficiency *band_ = nullptr;
    pass_costs spent_; // by all passes since begin()
    double slowest_ = 0;
};

// Of one more token for every sequence; negative where it can not be told.
constexpr double decode_seconds(pass_timer &timer, const workload &w) {
    pass_shape p;
    p.tokens = p.sequences = p.outputs = w.sequences;
    p.cells = as_double(w.filled) + 1;
    timer.begin();
    return timer.seconds(p);
}

// Of one prompt, in passes of no more than `ubatch` tokens. Where several devices are a pipeline, the first pass of each
// batch runs through all of them, and the others take the time of the slowest.
constexpr double prefill_seconds(pass_timer &timer, const workload &w) {
    timer.begin();
    double sum = 0;
    for (std::int64_t done = 0; done < w.prompt.count();) {
        pass_shape p;
        p.tokens = min<std::int64_t>(w.ubatch, w.prompt.count() - done);
        done += p.tokens;
        p.cells = as_double(w.filled) + as_double(done);
        p.outputs = done == w.prompt.count() ? 1 : 0;
        const double seconds = timer.seconds(p);
        if (seconds < 0) return -1;
        const bool begins_batch = w.batch < 1 || (done - p.tokens) % w.batch == 0;
        sum += timer.pipelined() && !begins_batch ? timer.slowest() : seconds;
    }
    return sum;
}

} // namespace detail

// The speed of a model as it lies on a machine (engine::load): cheap, for many questions of one placement. An error where
// the engine's speed is not known at all; single speeds are 0 where a device's bandwidth, rate or link is not known.
constexpr result<throughput> throughput_of(const model &m, const loaded_model &loaded, const machine &on, const engine &e,
                                           const workload &w) {
    const auto unknown = [](const char *where, const char *what, const char *why) {
        return detail::model_error(errc::unsupported, where, what, why);
    };
    if (m.family == nullptr) return unknown("architecture", "is not known", "what it computes can not be told");
    if (m.family->stacks != layer_stacks::one || m.family->head == head_use::none)
        return unknown("architecture", "does not write token by token", "its passes are others");
    if (e.efficiency_on == nullptr) return unknown("engine", "has no speeds", "none were published in enough detail");
    if (w.sequences < 1 || w.ubatch < 1 || w.prompt.count() < 1)
        return detail::model_error(errc::bad_value, "sequences, ubatch, prompt", "are less than 1", "a pass computes a token");

    throughput t;
    detail::pass_timer timer(m, loaded, on, e, w);
    const double step = detail::decode_seconds(timer, w);
    if (step > 0 && timer.band()->decode_upper > 0) {
        const double rate = w.sequences / step;
        t.decode = {rate * timer.band()->decode_lower, rate, rate * timer.band()->decode_upper};
        t.decode_bound = timer.bound();
    }
    const double prompt = detail::prefill_seconds(timer, w);
    if (prompt > 0 && timer.band()->prefill_upper > 0) {
        const double rate = detail::as_double(w.prompt) / prompt;
        t.prefill = {rate * timer.band()->prefill_lower, rate, rate * timer.band()->prefill_upper};
        t.prefill_bound = timer.bound();
        t.time_to_first_token_seconds = prompt;
    }
    return t;
}

constexpr result<throughput> throughput_of(const model &m, const quantization &q, const machine &on, const engine &e,
                                           const workload &w) {
    const auto loaded = e.load(m, q, on, w);
    if (!loaded) return loaded.error();
    return throughput_of(m, *loaded, on, e, w);
}

MEMBOUND_END_NAMESPACE

#endif

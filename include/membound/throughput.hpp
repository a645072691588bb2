// How fast a deployment reads prompts and writes tokens. A pass over some tokens is a sum of costs on each device that holds a
// part of the model: bytes to read, products to compute, kernels to start (enum cost). Each takes the time that it would at
// the device's peak rates, times a factor that was measured for the engine's kernels (efficiency.hpp).
#ifndef MEMBOUND_THROUGHPUT_HPP
#define MEMBOUND_THROUGHPUT_HPP

#include <membound/engine.hpp>

MEMBOUND_BEGIN_NAMESPACE

// Tokens a second; nine of ten measurements lay between `lower` and `upper`. 0 where it is not known.
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
    cost prefill_bound = cost::count;       // what takes the most time; cost::count where it is not known
    cost decode_bound = cost::count;
};

namespace detail {

// What attention reads and computes for each cell (the keys and values of one token) of a cache.
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
    attention_work full;    // attention to every cell
    attention_work sliding; // attention to the cells within the window
    attention_work chosen;  // attention to the cells that an indexer chooses
    attention_work indexer; // the choice itself, which looks at every cell
    double state_bytes = 0; // of one sequence's states: a pass reads and writes them

    constexpr bool any() const { return full.heads + sliding.heads + chosen.heads + state_bytes > 0; }
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

// The share of a layer's routed experts that at least one of the tokens is sent to, if experts are chosen by chance.
constexpr double share_of_experts(const model &m, std::int64_t tokens) {
    if (m.num_experts <= 0) return 0;
    return 1 - power(1 - as_double(m.num_experts_per_tok) / as_double(m.num_experts), tokens);
}

// The bytes of weights that a pass over some tokens reads.
constexpr double bytes_read(const model &m, const weight_work &work, std::int64_t tokens) {
    return work.bytes + work.routed_bytes * share_of_experts(m, tokens);
}

// The size of one pass.
struct pass_shape {
    std::int64_t tokens = 1; // of all sequences together
    std::int64_t sequences = 1;
    std::int64_t outputs = 1; // rows of logits
    double cells = 0; // that each sequence attends to, its own tokens among them

    // Up to so many tokens matrices are multiplied by vectors, with other kernels (ggml-cuda: MMVQ_MAX_BATCH_SIZE).
    constexpr bool few() const { return tokens <= 8; }
};

// The cells that a sequence attends to in layers where a token sees no more than `most` before it; 0: all.
constexpr double cells_within(std::int64_t most, const pass_shape &p) {
    const double seen = as_double(most) + as_double(p.tokens) / as_double(p.sequences);
    return most > 0 && seen < p.cells ? seen : p.cells;
}

// A device's peak rates.
struct peak_rates {
    double bandwidth = 0; // bytes a second
    double shaders = 0;   // multiply-adds a second
    double matrices = 0;  // the same of matrix units, or of the shaders where there are none
    bool matrix_units = false;

    constexpr explicit peak_rates(const device &d)
        : bandwidth(d.memory_bandwidth_gbps * 1e9), shaders(d.fp32_tflops * 1e12 / 2), matrix_units(has_matrix_units(d)) {
        matrices = matrix_units ? max(d.fp16_tflops, d.int8_tops / 2) * 1e12 / 2 : shaders;
    }
};

constexpr double seconds_of(double amount, double rate) { return rate > 0 ? amount / rate : 0; }

// The seconds at peak of reading weights and multiplying by them.
constexpr void add_weights(pass_costs &c, const model &m, const peak_rates &peak, const weight_work &work,
                           const pass_shape &p) {
    const double tokens = as_double(p.tokens);
    const double used = m.num_experts > 0 ? as_double(m.num_experts_per_tok) / as_double(m.num_experts) : 0;
    const double read = bytes_read(m, work, p.tokens);
    c[cost::weights] = seconds_of(work.bytes, peak.bandwidth);
    c[cost::routed_weights] = seconds_of(read - work.bytes, peak.bandwidth);
    c[cost::kernels] = work.tensors * 1e-6;
    const double super = tokens * (work.super_products + used * work.routed_super_products);
    if (p.few()) {
        c[cost::loads] = seconds_of(read / 2, peak.shaders);
        c[cost::super_loads] = seconds_of(super, peak.shaders);
        return;
    }
    const double quantized = tokens * (work.products - work.float_products);
    c[peak.matrix_units ? cost::shader_products : cost::products] = seconds_of(quantized, peak.shaders);
    if (peak.matrix_units) c[cost::matrix_products] = seconds_of(quantized, peak.matrices);
    c[cost::super_products] = seconds_of(super, peak.shaders);
    c[cost::float_products] = seconds_of(tokens * work.float_products, peak.matrices);
    c[cost::routed_products] = seconds_of(tokens * used * work.routed_products, peak.shaders);
    const double routed = work.routed_operands * as_double(m.num_experts_per_tok);
    c[cost::operands] = seconds_of(4 * tokens * (work.operands + routed), peak.bandwidth);
}

// The seconds at peak of attention and of states.
constexpr void add_attention(pass_costs &c, const model &m, const peak_rates &peak, const device_attention &attention,
                             bool flash, const pass_shape &p) {
    const double tokens = as_double(p.tokens);
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
    c[cost::cache] = seconds_of(read_cache, peak.bandwidth);
    if (p.few()) return;
    c[flash ? cost::attended : cost::attended_plainly] = seconds_of(attended, peak.matrices);
    c[flash ? cost::cache_again : cost::scores] = seconds_of(flash ? read_again : scores, peak.bandwidth);
}

// Whether every rate is known that the time of a pass depends on.
constexpr bool has_rates(const device &d, const efficiency &known, bool few) {
    const bool computes = !few || known.factor[cost::loads] > 0 || known.factor[cost::super_loads] > 0;
    return d.memory_bandwidth_gbps > 0 && (d.fp32_tflops > 0 || !computes);
}

constexpr bool works(const weight_work &w) { return w.tensors > 0; }

// Predicts the seconds of passes over a loaded model. What depends on the model and its placement alone is computed once.
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

    // Among the devices that took part since begin(), the figures of the least certain one; null: none did.
    constexpr const efficiency *band() const { return band_; }
    // Seconds of all passes since begin(), and the cost that most of them went to.
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

    // Whether the devices are a pipeline: while one computes a pass, the next one computes the pass before it (llama.cpp
    // v0.5.0, src/llama-context.cpp, pipeline_parallel).
    constexpr bool pipelined() const {
        const layout &at = loaded_.placed;
        return on_.device_count > 1 && at.all_offloaded && at.kv_on_device && !at.has_overrides() && !loaded_.weights.left_behind;
    }
    // The seconds of the device that took longest in the last pass.
    constexpr double slowest() const { return slowest_; }

    // The seconds of a pass; negative where a rate is not known.
    constexpr double seconds(const pass_shape &p) {
        double sum = 0;
        slowest_ = 0;
        const int host = loaded_.placed.host;
        for (int d = 0; d <= host; ++d) {
            weight_work work = loaded_.weights.work[d];
            if (d == loaded_.weights.head_device && p.outputs > 0) work.add(head_of(p));
            if (!works(work) && !attention_[d].any()) continue;
            const bool streamed = d == host && works(work) && streams(p);
            const double here = compute(streamed ? 0 : d, work, attention_[d], p);
            if (here < 0) return -1;
            slowest_ = max(slowest_, here);
            sum += here;
            if (!streamed) continue;
            const double link = over_link(0, bytes_read(m_, work, p.tokens));
            if (link < 0) return -1;
            sum += link;
        }
        const double handing_over = hand_over(p);
        slowest_ += handing_over;
        return handing_over < 0 ? -1 : sum + handing_over;
    }

private:
    // Whether the first device computes with weights of the host, which are copied to it for each pass (ggml-cuda:
    // offload_op, from 32 tokens on).
    constexpr bool streams(const pass_shape &p) const {
        return on_.device_count > 0 && w_.offload_operations && p.tokens >= 32;
    }
    // The seconds that device `at` computes; negative where a rate is not known.
    constexpr double compute(int at, const weight_work &work, const device_attention &attention, const pass_shape &p) {
        const device &where = device_at(on_, at);
        const efficiency *known = efficiencies_[at];
        if (known == nullptr || !has_rates(where, *known, p.few())) return -1;
        const peak_rates peak(where);
        pass_costs c;
        add_weights(c, m_, peak, work, p);
        add_attention(c, m_, peak, attention, flash_, p);
        double sum = 0;
        for (int i = 0; i < static_cast<int>(cost::count); ++i) {
            spent_.of[i] += c.of[i] * known->factor.of[i];
            sum += c.of[i] * known->factor.of[i];
        }
        if (band_ == nullptr || known->decode_lower < band_->decode_lower) band_ = known;
        return sum;
    }
    // The work of the head, which is done only for the rows of logits.
    constexpr weight_work head_of(const pass_shape &p) const {
        weight_work head = loaded_.weights.head;
        const double share = as_double(p.outputs) / as_double(p.tokens);
        head.products *= share;
        head.float_products *= share;
        head.super_products *= share;
        head.operands *= share;
        return head;
    }
    // The seconds that bytes take between a device and the host; negative where the link's rate is not known. A GPU that
    // shares the host's memory needs no copy.
    constexpr double over_link(int d, double bytes) {
        const device &at = device_at(on_, d);
        if (at.unified_memory) return 0;
        if (at.link_bandwidth_gbps <= 0) return -1;
        const double seconds = bytes / (at.link_bandwidth_gbps * 1e9);
        spent_[cost::link] += seconds;
        return seconds;
    }
    // The seconds of copying hidden states, through the host, wherever the next layer lies on another device.
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
    pass_costs spent_; // since begin()
    double slowest_ = 0;
};

// The seconds of one more token for every sequence; negative where a rate is not known.
constexpr double decode_seconds(pass_timer &timer, const workload &w) {
    pass_shape p;
    p.tokens = p.sequences = p.outputs = w.sequences;
    p.cells = as_double(w.filled) + 1;
    timer.begin();
    return timer.seconds(p);
}

// The seconds of one prompt, in passes of `ubatch` tokens. Where the devices are a pipeline, the first pass of each batch
// takes the time of all of them, and every further pass adds only the time of the slowest.
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

// The speed of a model that engine::load has placed: for several questions about one placement. An error where the engine's
// speed is not known at all; a single speed is 0 where a device's bandwidth, rate or link is not known.
constexpr result<throughput> throughput_of(const model &m, const loaded_model &loaded, const machine &on, const engine &e,
                                           const workload &w) {
    const auto unknown = [](const char *where, const char *what, const char *why) {
        return detail::model_error(errc::unsupported, where, what, why);
    };
    if (m.family == nullptr) return unknown("architecture", "is not known", "so neither is what it computes");
    if (m.family->stacks != layer_stacks::one || m.family->head == head_use::none)
        return unknown("architecture", "does not write token by token", "only prompts and next tokens have a predicted speed");
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

// The same, of a model that is still to be placed.
constexpr result<throughput> throughput_of(const model &m, const quantization &q, const machine &on, const engine &e,
                                           const workload &w) {
    const auto loaded = e.load(m, q, on, w);
    if (!loaded) return loaded.error();
    return throughput_of(m, *loaded, on, e, w);
}

MEMBOUND_END_NAMESPACE

#endif

// What a quantization costs in quality: how much perplexity rises, and how far the distribution of the next token moves.
#ifndef MEMBOUND_QUALITY_HPP
#define MEMBOUND_QUALITY_HPP

#include <membound/quality_table.hpp>
#include <membound/quantization.hpp>

#include <initializer_list>

MEMBOUND_BEGIN_NAMESPACE

// How a loss is known.
enum class evidence : std::uint8_t {
    reference,    // 16 bits, with which all others are compared
    measured,     // of this quantization and a model of this shape
    interpolated, // between quantizations or models that were measured
    extrapolated, // from quantizations or models that were measured, which are all on one side
};

// What is lost in comparison with the same model in 16 bits. It depends on the text that it is measured with.
struct quality {
    double perplexity_increase_percent = 0;
    double perplexity_increase_lower_percent = 0;
    double perplexity_increase_upper_percent = 0;
    double kl_divergence = 0; // mean, in nats a token
    double kl_divergence_lower = 0;
    double kl_divergence_upper = 0;
    double top_1_agreement_percent = 0; // how often the most likely next token stays the same; 0: not measured
    evidence known = evidence::reference;
    const char *source = "";       // who measured the loss by weights
    const char *cache_source = ""; // who measured the loss by the types of the cache; empty if there is none
};

namespace detail {

constexpr double exponential(double x) {
    int halvings = 0;
    for (; x > 0.25 || x < -0.25; x /= 2) ++halvings;
    double term = 1;
    double sum = 1;
    for (int n = 1; n < 12; ++n) sum += term *= x / n;
    for (; halvings > 0; --halvings) sum *= sum;
    return sum;
}

constexpr double natural_logarithm(double x) {
    constexpr double ln_2 = 0.69314718055994531;
    double sum = 0;
    for (; x > 1.5; x /= 2) sum += ln_2;
    for (; x < 0.75; x *= 2) sum -= ln_2;
    const double z = (x - 1) / (x + 1);
    double power = z;
    for (int n = 1; n < 22; n += 2, power *= z * z) sum += 2 * power / n;
    return sum;
}

// A loss in nats a token, ln(perplexity / perplexity in 16 bits), and the band in which it lies.
struct loss_band {
    double lower = 0;
    double expected = 0;
    double upper = 0;
};

constexpr loss_band scaled(const loss_band &b, double by) { return {b.lower * by, b.expected * by, b.upper * by}; }

struct weight_loss {
    loss_band perplexity;
    loss_band divergence;
    double agreement = 0;
    evidence known = evidence::reference;
    const char *source = "";
};

struct parameter_sums {
    double all = 0;
    double of_token = 0; // those that one token uses
};

// The parameters of embedding and layers, on whose number losses depend. It is not exact, and need not be: losses change with
// its root.
constexpr parameter_sums matrix_parameters(const model &m) {
    const double hidden = as_double(m.hidden_size);
    const double expert = 3 * hidden * as_double(m.moe_intermediate_size);
    const double shared = 3 * hidden * as_double(m.shared_expert_intermediate_size);
    parameter_sums sums;
    sums.all = sums.of_token = hidden * as_double(m.vocab_size);
    for (int i = 0; i < m.layer_count(); ++i) {
        const layer &l = m.layers[i];
        const double keys = as_double(l.num_key_value_heads * (m.key_head_dim(l) + m.value_head_dim(l)));
        const double queries = as_double(l.num_attention_heads * (m.key_head_dim(l) + m.value_head_dim(l)));
        double both = attends(l) ? hidden * (queries + (m.is_latent(l) ? 0 : keys)) : 0;
        if (l.state != state_kind::none) both += 3 * hidden * as_double(m.ssm_inner_size);
        if (l.ffn == feed_forward_kind::dense) both += 3 * hidden * as_double(l.intermediate_size);
        const bool routed = l.ffn == feed_forward_kind::experts;
        sums.all += both + (routed ? shared + expert * as_double(m.num_experts) : 0);
        sums.of_token += both + (routed ? shared + expert * as_double(m.num_experts_per_tok) : 0);
    }
    return sums;
}

// The logarithm of a model's size, on which its losses depend. A mixture of experts loses as much as a dense model of the
// geometric mean of all parameters and of those that one token uses: a rule of thumb that the two measured ones follow (Qwen3
// 30B-A3B, DeepSeek V2 Lite).
constexpr double logarithm_of_size(const model &m) {
    const parameter_sums sums = matrix_parameters(m);
    const double all = natural_logarithm(max(sums.all, 1.0));
    return m.num_experts > 0 ? (all + natural_logarithm(max(sums.of_token, 1.0))) / 2 : all;
}

constexpr bool is_measured(const model &m, const quality_table::measured_model &t) {
    return m.num_hidden_layers == t.layers && m.hidden_size == t.hidden_size && m.vocab_size == t.vocab_size &&
           m.layers[0].num_key_value_heads == t.key_value_heads &&
           (t.positions == 0 || m.max_position_embeddings == t.positions) && m.family != nullptr &&
           same_text(m.family->name, t.family);
}

constexpr int measured_index(const model &m) {
    int i = 0;
    for (const auto &t : quality_table::models) {
        if (is_measured(m, t)) return i;
        ++i;
    }
    return -1;
}

// The measured models that are most like this one: of the same family and vocabulary, and if possible of its size, small or
// `large`; if there are none, all models.
constexpr const quality_table::kin &kin_of(const model &m, bool large) {
    const quality_table::kin *found = &quality_table::all_models;
    for (const auto &k : quality_table::kins) {
        const bool related = m.vocab_size == k.vocab_size && m.family != nullptr && same_text(m.family->name, k.family);
        if (related && (found == &quality_table::all_models || k.large == large)) found = &k;
    }
    return *found;
}

constexpr const quality_table::typical_loss *typical_loss_of(int scheme) {
    for (const auto &t : quality_table::typical_losses)
        if (t.scheme == scheme) return &t;
    return nullptr;
}

constexpr int scheme_named(const char *name) {
    for (const auto &s : quality_table::named_schemes)
        if (same_text(s.name, name)) return s.scheme;
    return -1;
}

// The loss of a model that was not measured, from the loss that the reference model (reference_parameters) has with the same
// quantization: losses fall with the size of a model, and models of one family lose alike.
constexpr weight_loss modelled_loss(const model &m, const loss_band &of_reference, double divergence) {
    namespace table = quality_table;
    constexpr double smallest_measured = natural_logarithm(1.2e9); // about OPT 1.3B
    constexpr double largest_measured = natural_logarithm(72e9);   // about Llama 3 70B
    constexpr double flat = natural_logarithm(table::flat_above_parameters);
    constexpr double reference = natural_logarithm(table::reference_parameters);
    const double size = logarithm_of_size(m);
    const double factor = exponential(table::size_exponent * (reference - min(size, flat)));
    const table::kin &k = kin_of(m, size > flat);
    const bool beyond = size < smallest_measured || size > largest_measured;

    weight_loss w;
    w.perplexity = {of_reference.lower * factor * k.lower, of_reference.expected * factor * k.scale,
                    of_reference.upper * factor * k.upper};
    w.divergence = scaled(w.perplexity, divergence);
    w.known = beyond ? evidence::extrapolated : evidence::interpolated;
    w.source = &k != &table::all_models ? "membound, by size from measured models of the same family (quality_table.hpp)"
                                        : "membound, by size from measured models (quality_table.hpp)";
    return w;
}

// The loss of a model that was measured itself; false where this scheme was not. If it was measured only with an importance
// matrix and is asked for without one, or the other way round, the band is wider.
constexpr bool find_measured(weight_loss &w, int model_index, int scheme, bool importance_matrix) {
    namespace table = quality_table;
    const table::measured_loss *found = nullptr;
    for (const auto &l : table::losses) {
        if (l.model != model_index || l.scheme != scheme) continue;
        if (found == nullptr || l.importance_matrix == importance_matrix) found = &l;
    }
    if (found == nullptr) return false;
    const double loss = static_cast<double>(found->loss);
    const double error = 2 * static_cast<double>(found->error);
    const bool other = found->importance_matrix != importance_matrix && scheme < table::first_named_scheme;
    const double more = other && found->importance_matrix ? table::without_matrix : 1;
    const double less = other && !found->importance_matrix ? 1 / table::without_matrix : 1;
    w.perplexity = {loss * less - error, loss, loss * more + error};
    const double divergence = static_cast<double>(found->kl_divergence);
    if (divergence > 0)
        w.divergence = {divergence * less, divergence, divergence * more};
    else
        w.divergence = {max(loss, 0.0) / 2, max(loss, 0.0), max(loss, 0.0) * 2};
    w.agreement = static_cast<double>(found->agreement);
    w.known = evidence::measured;
    w.source = table::sources[found->source];
    return true;
}

// Whether the losses of a type of ggml lie on one curve with those of most other types, as a function of its bits.
constexpr bool is_on_curve(const format &type) {
    for (const char *name : {"q1_0", "q2_0", "tq1_0", "tq2_0", "mxfp4", "nvfp4"})
        if (same_text(type.name, name)) return false;
    return true;
}

// Bits per weight in the layers of a file, and whether nine tenths of the weights are in types on the curve.
struct stored_bits {
    double bits = 0;
    bool on_curve = true;
};

constexpr stored_bits bits_of_layers(const quantization &q) {
    double bits = 0;
    double elements = 0;
    double others = 0;
    for (std::int64_t i = 0; i < q.stored_count; ++i) {
        const stored_tensor &t = q.stored[i];
        if (t.which.layer < 0 || t.which.dims.ne[1] <= 1) continue;
        const double n = as_double(t.which.dims.elements());
        if (!is_on_curve(t.type)) others += n;
        elements += n;
        bits += n * bits_per_element(t.type);
    }
    stored_bits found;
    if (elements > 0) found = {bits / elements, others < elements / 10};
    return found;
}

// The reference model's loss with so many bits per weight, between the neighbouring types on the curve; false if that is less
// than all of them have.
constexpr bool interpolate_by_bits(loss_band &of_reference, double bits, bool importance_matrix) {
    namespace table = quality_table;
    const table::typical_loss *above = nullptr;
    for (const auto &t : table::typical_losses) {
        if (!t.on_curve) continue;
        const double loss = static_cast<double>(t.with_importance_matrix);
        if (static_cast<double>(t.bits) > bits) {
            above = &t;
            continue;
        }
        if (above == nullptr) {
            of_reference = {0, loss, loss};
            return true;
        }
        const double part = (bits - static_cast<double>(t.bits)) / static_cast<double>(above->bits - t.bits);
        const double high = static_cast<double>(above->with_importance_matrix);
        const double more = importance_matrix ? 1 : table::without_matrix;
        const double between = more * loss * exponential(part * natural_logarithm(high / loss));
        of_reference = {between / table::without_matrix, between, between * table::without_matrix};
        return true;
    }
    return false;
}

// The type that a family's weights were published in, which loses nothing; null: full precision.
constexpr const char *published_in(const model &m) {
    return m.family != nullptr && same_text(m.family->name, "gpt-oss") ? "MXFP4" : nullptr;
}

constexpr bool begins_with(const char *text, const char *start) {
    while (*start != '\0' && *text == *start) ++text, ++start;
    return *start == '\0';
}

constexpr error quality_error(const quantization &q, const char *what, const char *why) {
    return model_error(errc::unsupported, q.name, what, why);
}

constexpr bool is_full_precision(const quantization &q, const stored_bits &stored) {
    switch (q.kind) {
    case quantization::scheme::mix: return plain_bits(q) > 0;
    case quantization::scheme::uniform: return q.matrices.block_elements == 1 && q.matrices.block_bytes >= 2;
    case quantization::scheme::linear: return false;
    case quantization::scheme::stored: return stored.bits >= 16;
    }
    return false;
}

// FP8 with scales for blocks or tensors. Its losses are taken to be those of FP8_DYNAMIC, which was measured: they come from the
// few digits of each number, and hardly from how many numbers share a scale.
constexpr bool loses_like_dynamic_fp8(const quantization &q) {
    return same_text(q.name, "FP8") || same_text(q.name, "FP8_BLOCK");
}

// The number that the tables have for a quantization, or for one with the same losses; negative: none.
constexpr int scheme_of(const model &m, const quantization &q) {
    if (loses_like_dynamic_fp8(q)) return scheme_named("FP8_DYNAMIC");
    if (q.kind != quantization::scheme::mix) return scheme_named(q.name);
    const bool is_q8_0 = q.type == file_type::mxfp4_moe && m.num_experts == 0; // only experts are in MXFP4
    return static_cast<int>(is_q8_0 ? file_type::q8_0 : q.type);
}

constexpr result<weight_loss> loss_by_bits(const model &m, const quantization &q, const stored_bits &stored) {
    if (!stored.on_curve) return quality_error(q, "has no known loss", "nobody measured the formats of its weights");
    loss_band of_reference;
    if (!interpolate_by_bits(of_reference, stored.bits, q.importance_matrix))
        return quality_error(q, "has no known loss", "it has fewer bits a weight than anything measured");
    return modelled_loss(m, of_reference, 1);
}

constexpr result<weight_loss> weight_loss_of(const model &m, const quantization &q) {
    namespace table = quality_table;
    const bool is_stored = q.kind == quantization::scheme::stored;
    const stored_bits stored = is_stored ? bits_of_layers(q) : stored_bits{};
    weight_loss w;
    w.source = "full precision";
    if (is_full_precision(q, stored)) return w;
    if (m.sound.channels > 0) return quality_error(q, "has no known loss", "what makes sound writes no text");
    if (const char *own = published_in(m); own != nullptr && begins_with(q.name, own)) {
        w.source = "what the model was published in";
        return w;
    }

    const int scheme = scheme_of(m, q);
    const table::typical_loss *typical = typical_loss_of(scheme);
    if (is_stored) {
        // Some files mix types in other ways than their names say: then only their bits tell what they lose.
        constexpr double tolerance = 0.12;
        const double apart = typical != nullptr ? stored.bits - static_cast<double>(typical->bits) : 1;
        if (apart > tolerance || apart < -tolerance) return loss_by_bits(m, q, stored);
    }
    if (typical == nullptr)
        return quality_error(q, "has no known loss", "nobody published what it loses beside full precision");

    const int index = measured_index(m);
    if (index >= 0 && find_measured(w, index, scheme, q.importance_matrix)) {
        if (loses_like_dynamic_fp8(q)) w.known = evidence::extrapolated;
        return w;
    }
    const double loss = static_cast<double>(q.importance_matrix ? typical->with_importance_matrix : typical->plain);
    const double scatter = static_cast<double>(typical->scatter);
    w = modelled_loss(m, {loss / scatter, loss, loss * scatter}, static_cast<double>(typical->divergence));
    if (loses_like_dynamic_fp8(q)) w.known = evidence::extrapolated;
    return w;
}

// What caches lose. Engines rotate keys and values before they quantize them (llama.cpp since 2026-04-01): the expected figures
// are with rotation, the upper ones without. They come from these measurements, in percent of perplexity:
// - rotated keys of Qwen3 30B-A3B: q8_0 0.07, q5_0 0.26, q4_0 0.92 (ik_llama.cpp pull request 1034)
// - rotated keys and values in q4_0: gemma 4 31B 0.77 (1599), Qwen3 8B 2.2 (issue 1509), Qwen3.5 4B 0.22, Qwen3.8 Flash 0.69
// - keys of Llama 2 7B without rotation: q8_0 0.02, q5_1 0.22, q5_0 0.42, q4_1 0.96, iq4_nl 1.11, q4_0 1.91 (llama.cpp pull
//   request 6183)
// - keys and values in fp8_e4m3: -0.06 to 0.12 (vLLM issue 54426)
// Values lose 0.73 times as much as keys: Llama 3 8B without rotation has a KL divergence of 0.00075 with keys in q8_0, and of
// 0.00055 with values in q8_0 (llama.cpp pull request 7412; 0.0016 with values in q5_1).
struct cache_loss {
    const char *type = "";
    loss_band keys;
    const char *source = "";
};

inline constexpr double values_beside_keys = 0.73;
inline constexpr cache_loss cache_losses[] = {
    {"q8_0", {0, 0.0005, 0.0010}, "llama.cpp pull requests 6183 and 7412, ik_llama.cpp 1034 and 1599"},
    {"q5_1", {0.0007, 0.0014, 0.0022}, "llama.cpp pull requests 6183 and 7412, ik_llama.cpp 1034"},
    {"q5_0", {0.0013, 0.0026, 0.0042}, "llama.cpp pull request 6183, ik_llama.cpp 1034"},
    {"q4_1", {0.0012, 0.0025, 0.0096}, "llama.cpp pull request 6183, ik_llama.cpp 1034"},
    {"iq4_nl", {0.0013, 0.0049, 0.0111}, "llama.cpp pull request 6183, ik_llama.cpp 1547"},
    {"q4_0", {0.0013, 0.0049, 0.0191}, "llama.cpp pull request 6183, ik_llama.cpp 1034, 1509 and 1599"},
    {"fp8_e4m3", {-0.0004, 0.0001, 0.0007}, "vLLM issue 54426"},
};

constexpr const cache_loss *cache_loss_of(const format &type) {
    for (const cache_loss &c : cache_losses)
        if (same_text(c.type, type.name)) return &c;
    return nullptr;
}

constexpr bool keeps_keys(const model &m) {
    for (int i = 0; i < m.layer_count(); ++i)
        if (attends(m.layers[i])) return true;
    return false;
}

constexpr bool has_latent_cache(const model &m) {
    for (int i = 0; i < m.layer_count(); ++i)
        if (m.is_latent(m.layers[i])) return true;
    return false;
}

// What a cache of this model loses with keys of this type. An error where nothing was published that applies to it.
constexpr result<cache_loss> checked_cache_loss(const model &m, const format &type) {
    const auto unknown = [&](const char *why) {
        return model_error(errc::unsupported, type.name, "has no known loss as a cache", why);
    };
    const cache_loss *found = cache_loss_of(type);
    if (found == nullptr) return unknown("nobody published what it loses beside full precision");
    constexpr double smallest = natural_logarithm(2e9);
    const double bits = bits_per_element(type);
    if (bits < 8 && has_latent_cache(m)) return unknown("latent caches were measured in 8 bits and more");
    if (bits < 5.5 && logarithm_of_size(m) < smallest)
        return unknown("small models lose from 14 % to all: Qwen3 0.6B is destroyed");
    return *found;
}

// What keys and values lose together; nothing where they have 16 bits or more.
constexpr result<cache_loss> cache_loss_of(const model &m, const format &type_k, const format &type_v) {
    cache_loss sum;
    if (!keeps_keys(m)) return sum;
    const int parts = has_latent_cache(m) ? 1 : 2; // latent caches have no values of their own
    for (int part = 0; part < parts; ++part) {
        const format &type = part == 0 ? type_k : type_v;
        if (bits_per_element(type) >= 16) continue;
        const auto found = checked_cache_loss(m, type);
        if (!found) return found.error();
        const loss_band more = scaled(found->keys, part == 0 ? 1 : values_beside_keys);
        sum.keys = {sum.keys.lower + more.lower, sum.keys.expected + more.expected, sum.keys.upper + more.upper};
        sum.source = found->source;
    }
    return sum;
}

} // namespace detail

// The loss of weights and cache together. In nats the two add up, as far as was measured. An error where no measurement allows
// an estimate.
constexpr result<quality> quality_of(const model &m, const quantization &q, const format &type_k, const format &type_v) {
    const auto weights = detail::weight_loss_of(m, q);
    if (!weights) return weights.error();
    const auto of_cache = detail::cache_loss_of(m, type_k, type_v);
    if (!of_cache) return of_cache.error();
    const detail::loss_band &cache = of_cache->keys;
    const bool cache_loses = of_cache->source[0] != '\0';

    quality answer;
    answer.known = cache_loses ? detail::max(weights->known, evidence::interpolated) : weights->known;
    answer.source = weights->source;
    answer.cache_source = of_cache->source;
    const auto percent = [](double nats) { return 100 * (detail::exponential(nats) - 1); };
    answer.perplexity_increase_percent = percent(weights->perplexity.expected + cache.expected);
    answer.perplexity_increase_lower_percent = percent(weights->perplexity.lower + cache.lower);
    answer.perplexity_increase_upper_percent = percent(weights->perplexity.upper + cache.upper);
    // The divergence is the mean loss in nats on a text that the model itself would write.
    answer.kl_divergence = weights->divergence.expected + cache.expected;
    answer.kl_divergence_lower = detail::max(weights->divergence.lower + cache.lower, 0.0);
    answer.kl_divergence_upper = weights->divergence.upper + cache.upper;
    answer.top_1_agreement_percent = cache_loses ? 0 : weights->agreement;
    return answer;
}

MEMBOUND_END_NAMESPACE

#endif

// What a quantization costs: how much perplexity rises, and how far the distribution of the next token moves.
#ifndef MEMBOUND_QUALITY_HPP
#define MEMBOUND_QUALITY_HPP

#include <membound/quality_table.hpp>
#include <membound/quantization.hpp>

MEMBOUND_BEGIN_NAMESPACE

// How a loss is known: full precision loses nothing; measured, this quantization of a model of this shape; interpolated
// between measured quantizations or models; extrapolated, from beyond what was measured.
enum class evidence : std::uint8_t { reference, measured, interpolated, extrapolated };

// Beside the same model in 16 bits. Of a text: another one moves perplexities otherwise.
struct quality {
    double perplexity_increase_percent = 0;
    double perplexity_increase_lower_percent = 0;
    double perplexity_increase_upper_percent = 0;
    double kl_divergence = 0; // mean, in nats a token
    double kl_divergence_lower = 0;
    double kl_divergence_upper = 0;
    double top_1_agreement_percent = 0; // tokens whose most likely successor is the same; 0: not measured
    evidence known = evidence::reference;
    const char *source = "";
    const char *cache_source = ""; // empty where the cache costs nothing
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

// In nats a token: ln(PPL / PPL in 16 bits).
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
    double of_token = 0; // that one token runs through
};

// Of the matrices of layers, which losses hang on: near enough, since they change with the root of it.
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

// ln of how many parameters a model loses like: of a mixture of experts the geometric mean of all and of those that a token
// runs through, a rule of thumb that the two measured ones follow (Qwen3 30B-A3B, DeepSeek V2 Lite).
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

// Measured models of the same family and vocabulary, of this size or else of another; all, where there are none.
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

// A loss of the reference model brought to another model.
constexpr weight_loss modelled_loss(const model &m, const loss_band &of_reference, double divergence) {
    namespace table = quality_table;
    constexpr double smallest_measured = natural_logarithm(1.2e9); // OPT 1.3B, near enough
    constexpr double largest_measured = natural_logarithm(72e9);   // Llama 3 70B
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

// Of a model that was measured itself. What was measured with an importance matrix alone stands for the type without one
// too, with a band that says so, and the other way round.
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

// What a file's layers take for each weight, and whether most of that is in types whose losses lie on one curve.
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
        const char first = t.type.name[0]; // mxfp4, nvfp4, tq1_0, tq2_0; q1_0, q2_0
        const bool ternary = first == 'q' && t.type.name[1] < '3' && t.type.name[3] == '0';
        if (first == 'm' || first == 'n' || first == 't' || ternary) others += n;
        elements += n;
        bits += n * bits_per_element(t.type);
    }
    stored_bits found;
    if (elements > 0) found = {bits / elements, others < elements / 10};
    return found;
}

// By bits per weight, between neighbours of the curve; nothing below its lowest.
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

// What models were published in loses nothing.
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

    int scheme = q.kind == quantization::scheme::mix ? static_cast<int>(q.type) : scheme_named(q.name);
    // Which changes experts alone.
    if (q.kind == quantization::scheme::mix && q.type == file_type::mxfp4_moe && m.num_experts == 0)
        scheme = static_cast<int>(file_type::q8_0);
    // Numbers with exponents: what they lose hangs on their digits, not on how many share a scale.
    const bool as_dynamic = same_text(q.name, "FP8") || same_text(q.name, "FP8_BLOCK");
    if (as_dynamic) scheme = scheme_named("FP8_DYNAMIC");
    const table::typical_loss *typical = typical_loss_of(scheme);
    if (is_stored) {
        // A name says little where the mix is another one: the file's own bits do.
        constexpr double tolerance = 0.12;
        const double apart = typical != nullptr ? stored.bits - static_cast<double>(typical->bits) : 1;
        if (apart > tolerance || apart < -tolerance) {
            if (!stored.on_curve)
                return quality_error(q, "has no known loss", "nobody measured the formats of its weights");
            loss_band of_reference;
            if (!interpolate_by_bits(of_reference, stored.bits, q.importance_matrix))
                return quality_error(q, "has no known loss", "it has fewer bits a weight than anything measured");
            return modelled_loss(m, of_reference, 1);
        }
    }
    if (typical == nullptr)
        return quality_error(q, "has no known loss", "nobody published what it loses beside full precision");

    const int index = measured_index(m);
    if (index >= 0 && find_measured(w, index, scheme, q.importance_matrix)) {
        if (as_dynamic) w.known = evidence::extrapolated;
        return w;
    }
    const double loss = static_cast<double>(q.importance_matrix ? typical->with_importance_matrix : typical->plain);
    const double scatter = static_cast<double>(typical->scatter);
    w = modelled_loss(m, {loss / scatter, loss, loss * scatter}, static_cast<double>(typical->divergence));
    if (as_dynamic) w.known = evidence::extrapolated;
    return w;
}

// Losses of caches. Engines rotate what they quantize (llama.cpp since 2026-04-01), which the expected figures are of; the
// upper ones are without it. Measured, as percent of perplexity: keys of Qwen3 30B-A3B, rotated, q8_0 0.07, q5_0 0.26,
// q4_0 0.92 (ik_llama.cpp pull request 1034); both rotated in q4_0, gemma 4 31B 0.77 (1599), Qwen3 8B 2.2 (issue 1509),
// Qwen3.5 4B 0.22 and Qwen3.8 Flash 0.69; keys of Llama 2 7B as they are, q8_0 0.02, q5_1 0.22, q5_0 0.42, q4_1 0.96,
// iq4_nl 1.11, q4_0 1.91 (llama.cpp pull request 6183); Llama 3 8B as it is, KL divergence of keys in q8_0 0.00075, of
// values in q8_0 0.00055, in q5_1 0.0016 (7412), whence values lose 0.73 times what keys do. Both in fp8_e4m3: -0.06 to
// 0.12 (vLLM issue 54426).
struct cache_loss {
    const char *type;
    loss_band keys;
    const char *source;
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

} // namespace detail

// The loss of weights and cache together: in nats they add up, as far as was measured. An error where nobody measured
// anything that it could be told from.
constexpr result<quality> quality_of(const model &m, const quantization &q, const format &type_k, const format &type_v) {
    const auto weights = detail::weight_loss_of(m, q);
    if (!weights) return weights.error();

    detail::loss_band cache;
    quality answer;
    answer.known = weights->known;
    answer.source = weights->source;
    const bool latent = detail::has_latent_cache(m); // which has no values of its own
    for (int part = 0; part < (latent ? 1 : 2); ++part) {
        const format &type = part == 0 ? type_k : type_v;
        if (bits_per_element(type) >= 16 || !detail::keeps_keys(m)) continue;
        const auto unknown = [&](const char *why) {
            return detail::model_error(errc::unsupported, type.name, "has no known loss as a cache", why);
        };
        const detail::cache_loss *found = detail::cache_loss_of(type);
        if (found == nullptr) return unknown("nobody published what it loses beside full precision");
        constexpr double smallest = detail::natural_logarithm(2e9);
        const double bits = bits_per_element(type);
        if (bits < 8 && latent) return unknown("latent caches were measured in 8 bits and more");
        if (bits < 5.5 && detail::logarithm_of_size(m) < smallest)
            return unknown("small models lose from 14 % to all: Qwen3 0.6B is destroyed");
        const double share = part == 0 ? 1 : detail::values_beside_keys;
        const detail::loss_band more = detail::scaled(found->keys, share);
        cache = {cache.lower + more.lower, cache.expected + more.expected, cache.upper + more.upper};
        answer.known = detail::max(answer.known, evidence::interpolated);
        answer.cache_source = found->source;
    }

    const auto percent = [&](double of_weights, double of_cache) {
        return 100 * (detail::exponential(of_weights + of_cache) - 1);
    };
    answer.perplexity_increase_percent = percent(weights->perplexity.expected, cache.expected);
    answer.perplexity_increase_lower_percent = percent(weights->perplexity.lower, cache.lower);
    answer.perplexity_increase_upper_percent = percent(weights->perplexity.upper, cache.upper);
    // Where a text is what a model would write, the mean loss in nats is the divergence.
    answer.kl_divergence = weights->divergence.expected + cache.expected;
    answer.kl_divergence_lower = detail::max(weights->divergence.lower + cache.lower, 0.0);
    answer.kl_divergence_upper = weights->divergence.upper + cache.upper;
    answer.top_1_agreement_percent = answer.cache_source[0] == '\0' ? weights->agreement : 0;
    return answer;
}

MEMBOUND_END_NAMESPACE

#endif

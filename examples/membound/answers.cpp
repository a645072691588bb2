#include "answers.hpp"

#include "bad_input.hpp"
#include "engines.hpp"

#include <membound/quantizations.hpp>

#include <cctype>

using namespace membound;

namespace {

// gpt-oss is published in MXFP4: what is larger has no more in it.
bool is_published_in_mxfp4(const model &m) { return m.family != nullptr && same_text(m.family->name, "gpt-oss"); }

// Where more bytes are less loss. Left out are Q4_0, Q4_1, Q5_0 and Q5_1, which lose more than smaller K-quants
// (perplexity of Llama 3 8B: llama.cpp, tools/perplexity/README.md), and types for models that were trained in them.
bool is_recommendable(const quantization &q, const model &m) {
    switch (q.type) {
    case file_type::q4_0:
    case file_type::q4_1:
    case file_type::q5_0:
    case file_type::q5_1:
    case file_type::tq1_0:
    case file_type::tq2_0:
    case file_type::q1_0:
    case file_type::q2_0: return false;
    case file_type::mxfp4_moe: return is_published_in_mxfp4(m);
    default: break;
    }
    const bytes published = file_weight_bytes(m, quantizations::mxfp4_moe::value);
    return !is_published_in_mxfp4(m) || file_weight_bytes(m, q) <= published;
}

std::vector<const quantization *> recommendable(const question &q) {
    std::vector<const quantization *> found;
    if (q.source.model.family == nullptr) return found;
    for (const quantization *recipe : quantizations_for(*q.engine))
        if (is_recommendable(*recipe, q.source.model)) found.push_back(recipe);
    return found;
}

// "llama" of "llama-3.1-70b", "qwen" of "qwen2.5-72b".
std::string first_word(const std::string &name) {
    std::size_t n = 0;
    while (n < name.size() && std::isalpha(static_cast<unsigned char>(name[n])) != 0) ++n;
    return name.substr(0, n);
}

const model *smaller_model(const question &q) {
    const std::string word = first_word(q.source.model.name.c_str());
    if (q.source.file || word.empty()) return nullptr;
    workload w = q.workload;
    if (w.context.count() == 0) w.context = tokens(q.source.model.max_position_embeddings);
    const std::int64_t own = parameter_count(q.source.model);
    const model *largest = nullptr;
    std::int64_t most = 0;
    for (const model *m : all_models()) {
        if (first_word(m->name.c_str()) != word) continue;
        const std::int64_t parameters = parameter_count(*m);
        const bool reaches = m->max_position_embeddings >= w.context.count();
        if (!reaches || parameters <= most || parameters >= own) continue;
        if (!fits(*m, quantizations::q4_k_m::value, q.on, *q.engine, w)) continue;
        largest = m;
        most = parameters;
    }
    return largest;
}

} // namespace

candidate ask(const question &q, const quantization &recipe) {
    const model &m = q.source.model;
    const bool is_file = recipe.kind == quantization::scheme::stored;
    const bool countable = is_file || m.family != nullptr;
    const bytes weights = countable ? file_weight_bytes(m, recipe) : bytes(0);
    std::int64_t parameters = 0;
    if (countable)
        for_each_file_tensor(m, recipe, [&](const tensor &t, const format &) { parameters += t.dims.elements(); });
    const double bits = 8.0 * static_cast<double>(weights.count());
    return {recipe, is_file, weights, parameters > 0 ? bits / static_cast<double>(parameters) : 0,
            budget_of(m, recipe, q.on, *q.engine, q.workload), max_context(m, recipe, q.on, *q.engine, q.workload),
            quality_of(m, recipe, q.workload.type_k, q.workload.type_v), buffers_of(m, recipe, q.on, *q.engine, q.workload)};
}

std::vector<candidate> ask_all(const question &q) {
    std::vector<candidate> all;
    const char *of_file = "";
    if (q.source.file) {
        all.push_back(ask(q, q.source.file->stored()));
        of_file = all.front().recipe.name;
    }
    if (q.source.model.family != nullptr)
        for (const quantization *recipe : quantizations_for(*q.engine))
            if (!same_text(recipe->name, of_file)) all.push_back(ask(q, *recipe));
    for (const candidate &c : all)
        if (c.predicted) return all;
    throw bad_input(all.front().predicted.error());
}

const candidate *recommended(const question &q, const std::vector<candidate> &all) {
    if (all.front().is_file && all.front().fits()) return &all.front();
    const auto best = [&](const auto &allowed) {
        const candidate *most = nullptr;
        for (const candidate &c : all)
            if (c.fits() && !c.is_file && (most == nullptr || c.weights > most->weights) && allowed(c)) most = &c;
        return most;
    };
    const candidate *faithful = best([&](const candidate &c) { return is_recommendable(c.recipe, q.source.model); });
    return faithful != nullptr ? faithful : best([](const candidate &) { return true; });
}

quantization usual_recipe(const question &q) {
    return q.source.file ? q.source.file->stored() : quantizations::q4_k_m::value;
}

remedies remedies_for(const question &q, const quantization &recipe) {
    const model &m = q.source.model;
    remedies found;
    found.of = recipe.name;
    const auto fits_with = [&](const workload &w) { return fits(m, recipe, q.on, *q.engine, w); };

    const std::vector<const quantization *> smaller = recommendable(q);
    found.quantization =
        best_quantization(m, smaller.data(), static_cast<int>(smaller.size()), q.on, *q.engine, q.workload);
    found.model = smaller_model(q);

    const auto context = max_context(m, recipe, q.on, *q.engine, q.workload);
    if (context && context->count() > 0) found.context = *context;

    workload w = q.workload;
    w.type_k = w.type_v = formats::q8_0::value;
    found.cache_in_8_bits = q.workload.type_k.block_elements == 1 && fits_with(w);

    w = q.workload;
    for (int n = w.placed.cpu_moe_layers + 1; q.on_devices() && m.num_experts > 0 && n <= m.layer_count(); ++n) {
        w.placed.cpu_moe_layers = n;
        if (!fits_with(w)) continue;
        found.cpu_moe_layers = n;
        break;
    }

    const auto layers = max_gpu_layers(m, recipe, q.on, *q.engine, q.workload);
    if (q.on_devices() && layers) {
        w = q.workload;
        w.placed.gpu_layers = *layers;
        if (fits_with(w)) found.gpu_layers = *layers;
    }
    return found;
}

const device_budget &tightest(const budget &b) {
    const device_budget *least = &b.devices[0];
    for (int i = 1; i < b.count; ++i)
        if (b.devices[i].headroom() < least->headroom()) least = &b.devices[i];
    return *least;
}

bytes needed_on_devices(const budget &b) {
    if (b.count == 1) return b.host().total().upper;
    bytes sum;
    for (int i = 0; i + 1 < b.count; ++i) sum += b.devices[i].total().upper;
    return sum;
}

std::string source_of(const quality &loss) {
    const std::string cache = loss.cache_source;
    return loss.source + (cache.empty() ? "" : "; the cache: " + cache);
}

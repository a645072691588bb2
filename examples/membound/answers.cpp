#include "answers.hpp"

#include "bad_input.hpp"
#include "engines.hpp"

#include <membound/quantizations.hpp>

#include <algorithm>
#include <cctype>
#include <cmath>

using namespace membound;

namespace {

// gpt-oss is published in MXFP4: what is larger has no more in it.
bool is_published_in_mxfp4(const model &m) { return m.family != nullptr && same_text(m.family->name, "gpt-oss"); }

// Where more bytes are less loss. Left out are Q4_0, Q4_1, Q5_0 and Q5_1, which lose more than smaller K-quants
// (perplexity of Llama 3 8B: llama.cpp, tools/perplexity/README.md), and types for models that were trained in them.
bool is_recommendable(const quantization &q, const model &m) {
    if (q.kind == quantization::scheme::linear && is_published_in_mxfp4(m)) return same_text(q.name, "MXFP4");
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
    if (q.source.own() || word.empty()) return nullptr;
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
    const std::optional<quantization> own = q.source.own();
    const bool is_file = own && same_text(recipe.name, own->name) && recipe.kind == own->kind;
    const bool countable = recipe.kind == quantization::scheme::stored || m.family != nullptr;
    const bytes weights = countable ? file_weight_bytes(m, recipe) : bytes(0);
    const std::int64_t parameters = countable ? parameter_count(m, recipe) : 0;
    const double bits = 8.0 * static_cast<double>(weights.count());
    const auto predicted = budget_of(m, recipe, q.on, *q.engine, q.workload);
    const auto loaded = q.engine->load(m, recipe, q.on, q.workload);
    const auto speeds_after = [&](tokens filled) -> result<throughput> {
        if (!loaded) return loaded.error();
        workload w = q.workload;
        w.filled = filled;
        return throughput_of(m, *loaded, q.on, *q.engine, w);
    };
    const tokens last = predicted ? predicted->context_per_sequence - tokens(1) : tokens(0);
    return {recipe, is_file, weights, parameters > 0 ? bits / static_cast<double>(parameters) : 0,
            predicted, max_context(m, recipe, q.on, *q.engine, q.workload),
            quality_of(m, recipe, q.workload.type_k, q.workload.type_v), buffers_of(m, recipe, q.on, *q.engine, q.workload),
            speeds_after(tokens(0)), speeds_after(last)};
}

std::vector<candidate> ask_all(const question &q) {
    std::vector<candidate> all;
    const char *of_file = "";
    if (const std::optional<quantization> own = q.source.own()) {
        all.push_back(ask(q, *own));
        of_file = all.front().recipe.name;
    }
    if (q.source.model.family != nullptr)
        for (const quantization *recipe : quantizations_for(*q.engine))
            if (!same_text(recipe->name, of_file) && has_kernels_for(q.on, *recipe)) all.push_back(ask(q, *recipe));
    for (const candidate &c : all)
        if (c.predicted) return all;
    throw bad_input(all.front().predicted.error());
}

const candidate *recommended(const question &q, const std::vector<candidate> &all) {
    if (all.front().is_file && all.front().fits()) return &all.front();
    const auto loss = [](const candidate &c) { return c.quality ? c.quality->perplexity_increase_percent : HUGE_VAL; };
    const auto best = [&](const auto &allowed) {
        const candidate *least = nullptr;
        for (const candidate &c : all)
            if (c.fits() && !c.is_file && allowed(c) && (least == nullptr || loss(c) < loss(*least))) least = &c;
        return least;
    };
    const candidate *faithful = best([&](const candidate &c) { return is_recommendable(c.recipe, q.source.model); });
    return faithful != nullptr ? faithful : best([](const candidate &) { return true; });
}

quantization usual_recipe(const question &q) {
    if (const std::optional<quantization> own = q.source.own()) return *own;
    for (const quantization *usual : {&quantizations::q4_k_m::value, &quantizations::mlx_4bit::value})
        if (q.engine->runs(*usual)) return *usual;
    return quantizations::bf16::value;
}

choices selection::all() const {
    choices c;
    c.quantizations = quantizations.data();
    c.quantization_count = static_cast<int>(quantizations.size());
    c.caches = caches.data();
    c.cache_count = static_cast<int>(caches.size());
    c.context = context;
    return c;
}

selection selection_of(const question &q) {
    selection from;
    const model &m = q.source.model;
    if (const std::optional<quantization> own = q.source.own()) {
        from.file.push_back(*own);
        from.quantizations.push_back(&from.file.front());
    } else {
        const auto loss = [&](const quantization *recipe) {
            const auto of = quality_of(m, *recipe, q.workload.type_k, q.workload.type_v);
            return of ? of->perplexity_increase_percent : HUGE_VAL;
        };
        const auto loses_less = [&](const quantization *a, const quantization *b) { return loss(a) < loss(b); };
        std::vector<const quantization *> &all = from.quantizations;
        for (const quantization *recipe : recommendable(q))
            all.insert(std::upper_bound(all.begin(), all.end(), recipe, loses_less), recipe);
    }
    from.caches.push_back({q.workload.type_k, q.workload.type_v});
    if (!q.cache_given)
        for (const format *f : {&formats::q8_0::value, &formats::q4_0::value})
            for (int i = 0; i < q.engine->cache_type_count; ++i)
                if (*q.engine->cache_types[i] == *f) from.caches.push_back({*f, *f});
    from.context = !q.context_given;
    return from;
}

workload least_workload(const question &q, const selection &from) {
    workload least = q.workload;
    const std::int64_t trained = q.source.model.max_position_embeddings;
    // As llama.cpp's own fitting, which goes no lower (common/common.h, fit_params_min_ctx).
    if (from.context) least.context = tokens(std::min<std::int64_t>(4096, trained)) * least.sequences;
    return least;
}

result<recommendation> best_plan(const question &q, const selection &from) {
    return recommend(q.source.model, from.all(), q.on, *q.engine, least_workload(q, from), q.wanted);
}

std::vector<std::string> words_for(const question &q, const workload &use) {
    const workload &asked = q.workload;
    std::vector<std::string> words;
    const auto add = [&](const char *option, const std::string &value) {
        words.emplace_back(option);
        words.push_back(value);
    };
    const tokens trained(q.source.model.max_position_embeddings);
    if (use.context != (asked.context.count() > 0 ? asked.context : trained))
        add("--context", std::to_string(use.context.count()));
    if (use.sequences != asked.sequences) add("--sequences", std::to_string(use.sequences));
    if (use.ubatch != asked.ubatch) add("--ubatch", std::to_string(use.ubatch));
    const bool k = use.type_k != asked.type_k, v = use.type_v != asked.type_v;
    if (k && v && use.type_k == use.type_v) {
        add("--kv-type", use.type_k.name);
    } else {
        if (k) add("--type-k", use.type_k.name);
        if (v) add("--type-v", use.type_v.name);
    }
    if (use.flash != asked.flash) add("--flash-attention", use.flash == flash_attention::off ? "off" : "on");
    if (use.placed.gpu_layers != asked.placed.gpu_layers) add("--gpu-layers", std::to_string(use.placed.gpu_layers));
    if (use.placed.cpu_moe_layers != asked.placed.cpu_moe_layers)
        add("--cpu-moe-layers", std::to_string(use.placed.cpu_moe_layers));
    std::string split;
    for (int d = 0; d < q.on.device_count; ++d)
        split += (d > 0 ? "," : "") + std::to_string(static_cast<int>(use.placed.tensor_split[d]));
    if (!std::equal(use.placed.tensor_split, use.placed.tensor_split + max_devices, asked.placed.tensor_split))
        add("--tensor-split", split);
    return words;
}

remedies remedies_for(const question &q, const quantization &recipe) {
    remedies found;
    found.of = recipe;
    selection from = selection_of(q);
    from.quantizations = recommendable(q);
    found.changes = changes_that_fit(q.source.model, found.of, q.on, *q.engine, q.workload, from.all());
    found.model = smaller_model(q);
    return found;
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

#include "json.hpp"

#include "contexts.hpp"
#include "names.hpp"

#include <membound/text.hpp>

#include <algorithm>
#include <string>

using namespace membound;
using nlohmann::ordered_json;

namespace {

std::string printed(const ordered_json &j) {
    return j.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

// What is unlimited or not known is null.
ordered_json known(bytes b) { return b.overflowed() ? ordered_json() : ordered_json(b.count()); }
ordered_json limited(bytes b) { return b.count() == 0 ? ordered_json() : ordered_json(b.count()); }

ordered_json json_of(const weight_buffers &b) {
    return {{"mapped_bytes", known(b.mapped)}, {"allocated_bytes", known(b.allocated)}};
}

// "kv_cache" of "KV cache".
std::string key_of(const budget_term &t) {
    std::string key = lower_case(t.name);
    std::replace(key.begin(), key.end(), ' ', '_');
    return key;
}

ordered_json json_of(const device_budget &d) {
    const amount total = d.total();
    ordered_json j = {{"name", d.name.c_str()},
                      {"capacity_bytes", limited(d.capacity)},
                      {"usable_bytes", limited(d.usable_capacity)},
                      {"fits", d.fits()},
                      {"headroom_bytes", known(d.headroom())},
                      {"lower_bytes", known(total.lower)},
                      {"expected_bytes", known(total.expected)},
                      {"upper_bytes", known(total.upper)}};
    for (const budget_term &t : budget_terms) {
        const amount &of = d.*t.of;
        j["terms"][key_of(t)] = known(of.expected);
        j["known"][key_of(t)] = text_of(of.known);
    }
    return j;
}

// To six digits: no figure is known better.
ordered_json rounded(double x) { return std::stod(decimal(x, 6)); }

ordered_json json_of(const result<quality> &loss) {
    if (!loss)
        return {{"perplexity_increase_percent", nullptr}, {"source", nullptr}, {"unknown", text_of(loss.error())}};
    const double agreement = loss->top_1_agreement_percent;
    return {{"perplexity_increase_percent", rounded(loss->perplexity_increase_percent)},
            {"perplexity_increase_lower_percent", rounded(loss->perplexity_increase_lower_percent)},
            {"perplexity_increase_upper_percent", rounded(loss->perplexity_increase_upper_percent)},
            {"kl_divergence", rounded(loss->kl_divergence)},
            {"kl_divergence_lower", rounded(loss->kl_divergence_lower)},
            {"kl_divergence_upper", rounded(loss->kl_divergence_upper)},
            {"top_1_agreement_percent", agreement > 0 ? rounded(agreement) : ordered_json()},
            {"known", text_of(loss->known)},
            {"source", source_of(*loss)}};
}

void add_speed(ordered_json &j, const std::string &what, const speed &s) {
    const auto known = [&](double x) { return s.known() ? rounded(x) : ordered_json(); };
    j[what + "_tokens_per_second"] = known(s.expected);
    j[what + "_lower_tokens_per_second"] = known(s.lower);
    j[what + "_upper_tokens_per_second"] = known(s.upper);
}

ordered_json json_of_speeds(const question &q, const candidate &c) {
    ordered_json j;
    const throughput t = c.speeds.value_or({}), full = c.speeds_full.value_or({});
    add_speed(j, "prefill", t.prefill);
    add_speed(j, "decode", t.decode);
    add_speed(j, "decode_full_context", full.decode);
    const double first = t.time_to_first_token_seconds;
    j["prompt_tokens"] = q.workload.prompt.count();
    j["time_to_first_token_seconds"] = first > 0 ? rounded(first) : ordered_json();
    j["prefill_bound"] = t.prefill.known() ? ordered_json(text_of(t.prefill_bound)) : ordered_json();
    j["decode_bound"] = t.decode.known() ? ordered_json(text_of(t.decode_bound)) : ordered_json();
    j["known"] = text_of(knowledge::modelled);
    if (!c.speeds) j["unknown"] = text_of(c.speeds.error());
    return j;
}

ordered_json json_of(const question &q, const candidate &c) {
    const bool answered = c.predicted.has_value();
    ordered_json j = {{"model", q.source.name()},
                      {"quantization", c.recipe.name},
                      {"engine", q.engine->name},
                      {"context", answered ? ordered_json(c.predicted->context.count()) : ordered_json()},
                      {"sequences", q.workload.sequences},
                      {"fits", c.fits()},
                      {"max_context", c.max_context ? ordered_json(c.max_context->count()) : ordered_json()}};
    if (!answered) j["error"] = text_of(c.predicted.error());
    if (c.is_file) j["file"] = q.source.path;
    j["weights_bytes"] = limited(c.weights);
    j["devices"] = ordered_json::array();
    for (int i = 0; answered && i < c.predicted->count; ++i) {
        ordered_json device = json_of(c.predicted->devices[i]);
        if (c.buffers) device["weight_buffers"] = json_of(c.buffers->on[i]);
        j["devices"].push_back(device);
    }
    j["throughput"] = json_of_speeds(q, c);
    j["quality"] = json_of(c.quality);
    return j;
}

// What is decided, and the words that ask `membound budget` for it.
ordered_json json_of(const question &q, const plan &p) {
    const workload &use = p.use;
    const auto of = [](bool is_known, double x) { return is_known ? rounded(x) : ordered_json(); };
    ordered_json j = {{"quantization", p.recipe->name},
                      {"context", p.held.context.count()},
                      {"sequences", use.sequences},
                      {"type_k", use.type_k.name},
                      {"type_v", use.type_v.name},
                      {"gpu_layers", use.placed.gpu_layers < 0 ? q.all_layers() : use.placed.gpu_layers},
                      {"cpu_moe_layers", use.placed.cpu_moe_layers},
                      {"upper_bytes", known(needed_on_devices(p.held))},
                      {"prefill_tokens_per_second", of(p.speed.prefill.known(), p.speed.prefill.expected)},
                      {"decode_tokens_per_second", of(p.speed.decode.known(), p.speed.decode.expected)},
                      {"perplexity_increase_percent", of(p.loss_known, p.loss.perplexity_increase_percent)}};
    j["options"] = words_for(q, use);
    return j;
}

ordered_json json_of(const question &q, const recommendation &r) {
    const binding_term binds = binding_term_of(r.best.held);
    ordered_json j = json_of(q, r.best);
    j["keeps_quality"] = r.keeps_quality;
    j["keeps_speed"] = r.keeps_speed;
    j["binds"] = {{"device", r.best.held.devices[binds.device].name.c_str()},
                  {"term", binds.name},
                  {"bytes", known(binds.of.upper)},
                  {"headroom_bytes", known(r.best.held.devices[binds.device].headroom())}};
    j["next"] = r.next ? json_of(q, r.next) : ordered_json();
    return j;
}

ordered_json json_of(const question &q, const remedies &r) {
    ordered_json j = {{"for", r.of.name}, {"changes", ordered_json::array()}};
    for (int i = 0; i < r.changes.count; ++i) {
        const change &c = r.changes.items[i];
        ordered_json one = {{"change", text_of(c.kind)}, {"cost", rounded(c.cost)}};
        one.update(json_of(q, c.after));
        j["changes"].push_back(one);
    }
    j["model"] = r.model != nullptr ? ordered_json(r.model->name.c_str()) : ordered_json();
    return j;
}

// What an answer is about.
ordered_json about(const question &q) { return {{"model", q.source.name()}, {"engine", q.engine->name}}; }

} // namespace

std::string contexts_json(const question &q, const std::vector<candidate> &all) {
    const std::vector<tokens> contexts = usual_contexts(q);
    ordered_json j = about(q);
    j["sequences"] = q.workload.sequences;
    j["contexts"] = ordered_json::array();
    j["rows"] = ordered_json::array();
    for (const tokens &c : contexts) j["contexts"].push_back(c.count());
    for (const candidate &c : all) {
        ordered_json row = {{"quantization", c.recipe.name}, {"weights_bytes", limited(c.weights)}};
        row["cells"] = ordered_json::array();
        for (const auto &need : needs_over(q, c.recipe, contexts))
            row["cells"].push_back(need ? ordered_json{{"upper_bytes", known(need->needed)}, {"fits", need->fits}}
                                        : ordered_json());
        row["quality"] = json_of(c.quality);
        j["rows"].push_back(row);
    }
    return printed(j);
}

std::string front_json(const question &q, const front &f) {
    ordered_json j = about(q);
    j["recommended"] = f.best >= 0 ? ordered_json(f.best) : ordered_json();
    j["front"] = ordered_json::array();
    for (const plan &p : f.plans) {
        j["front"].push_back(json_of(q, p));
        j["front"].back()["all_upper_bytes"] = known(p.held.total().upper); // of devices and host
    }
    if (f.plans.empty()) j["why"] = f.why_none;
    return printed(j);
}

std::string fit_json(const question &q, const std::vector<candidate> &all) {
    const candidate *best = recommended(q, all);
    std::vector<const candidate *> order;
    for (const candidate &c : all) order.push_back(&c);
    // What fits comes first, the recommended one before all; of what does not, that which lacks least.
    const auto rank = [&](const candidate *c) { return c == best ? 0 : c->fits() ? 1 : c->predicted ? 2 : 3; };
    std::sort(order.begin(), order.end(), [&](const candidate *a, const candidate *b) {
        if (rank(a) != rank(b)) return rank(a) < rank(b);
        if (a->weights == b->weights) return a < b; // both are of `all`
        return rank(a) == 1 ? a->weights > b->weights : a->weights < b->weights;
    });
    ordered_json j = about(q);
    j["recommended"] = best != nullptr ? ordered_json(best->recipe.name) : ordered_json();
    j["candidates"] = ordered_json::array();
    for (const candidate *c : order) j["candidates"].push_back(json_of(q, *c));
    const selection from = selection_of(q);
    const auto plan = best_plan(q, from);
    j["plan"] = plan ? json_of(q, *plan) : ordered_json();
    if (best == nullptr) j["would_fit"] = json_of(q, remedies_for(q, usual_recipe(q)));
    return printed(j);
}

std::string budget_json(const question &q, const candidate &c) {
    ordered_json j = json_of(q, c);
    if (!c.fits()) j["would_fit"] = json_of(q, remedies_for(q, c.recipe));
    return printed(j);
}

std::string inspect_json(const properties &all) { return printed(json_of(all)); }

std::string list_json(const std::vector<properties> &all) {
    ordered_json j = ordered_json::array();
    for (const properties &p : all) j.push_back(json_of(p));
    return printed(j);
}

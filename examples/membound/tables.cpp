#include "tables.hpp"

#include "contexts.hpp"
#include "names.hpp"

#include <membound/text.hpp>

using namespace membound;
using side = text_table::side;

namespace {

constexpr const char *bold = "\x1b[1m";
constexpr const char *green = "\x1b[1;32m";
constexpr const char *dim = "\x1b[2m";

std::string limit(bytes b) { return b.count() == 0 ? "no limit" : gib(b); }

const device_budget &tightest(const budget &b) { return b.devices[binding_term_of(b).device]; }

std::string left_of(const device_budget &d) { return d.usable_capacity.count() == 0 ? "" : gib(d.headroom()); }

std::string name_of(const device &d) {
    const bool shown = d.capacity.count() > 0 && !same_text(d.name.c_str(), "memory");
    const std::string usable = d.usable_capacity() < d.capacity ? ", " + text_of(d.usable_capacity()) + " usable" : "";
    return std::string(d.name.c_str()) + (shown ? " (" + text_of(d.capacity) + usable + ")" : "");
}

std::string machine_text(const machine &on) {
    std::vector<std::string> parts;
    for (int i = 0; i < on.device_count; ++i) parts.push_back(name_of(on.devices[i]));
    const std::string host = on.host.name.empty() ? "host" : on.host.name.c_str();
    parts.push_back(on.host.capacity.count() > 0 ? host + " (" + text_of(on.host.capacity) + ")"
                                                 : "a host without limit");
    return joined(parts);
}

const char *text_of(flash_attention f) {
    switch (f) {
    case flash_attention::on: return ", flash attention";
    case flash_attention::off: return ", no flash attention";
    case flash_attention::automatic: break;
    }
    return "";
}

std::string workload_text(const question &q, tokens context) {
    const workload &w = q.workload;
    const int layers = w.placed.gpu_layers;
    std::string text = "context " + text_of(context) + " tokens, " + std::to_string(w.sequences) +
                       (w.sequences == 1 ? " sequence, " : " sequences, ") + w.type_k.name;
    if (w.type_k != w.type_v) text += std::string(" and ") + w.type_v.name;
    text += std::string(" cache") + text_of(w.flash);
    if (q.on_devices())
        text += layers < 0 || layers >= q.all_layers()
                    ? ", all layers on the device" + std::string(q.on.device_count > 1 ? "s" : "")
                    : ", " + std::to_string(layers) + " of " + std::to_string(q.all_layers()) + " layers on the device";
    if (w.placed.cpu_moe_layers > 0)
        text += ", experts of " + std::to_string(w.placed.cpu_moe_layers) + " layers on the host";
    if (w.placed.override_count > 0) text += ", chosen tensors elsewhere";
    return text;
}

std::string head(const question &q, const std::string &model) {
    return model + " in " + q.engine->name + " " + q.engine->version + "\non " + machine_text(q.on) + "\n";
}

// "it takes at most 11.31 of 12.00 GiB on rtx-3060-12gb", or "more than there is".
std::string tightest_text(const budget &b) {
    const device_budget &d = tightest(b);
    const std::string most = gib(d.total().upper);
    const std::string device = std::string(" on ") + d.name.c_str();
    if (d.usable_capacity.count() == 0) return "it takes at most " + most + " GiB" + device;
    if (!d.fits()) return "it may take " + most + " GiB" + device + ", which has " + gib(d.usable_capacity);
    return "it takes at most " + most + " of " + gib(d.usable_capacity) + " GiB" + device;
}

// "51 tokens/s (40 to 63)"
std::string speed_text(const speed &s) {
    const auto figure = [](double x) { return decimal(x, x < 10 ? 1 : 0); };
    return figure(s.expected) + " tokens/s (" + figure(s.lower) + " to " + figure(s.upper) + ")";
}

std::string speeds_text(const question &q, const candidate &c) {
    if (!c.speeds) return "Speed is not known: " + text_of(c.speeds.error()) + ".\n";
    const throughput &t = *c.speeds;
    std::string text;
    if (t.decode.known()) {
        text = "Decodes " + speed_text(t.decode) + ", mostly " + text_of(t.decode_bound);
        if (c.speeds_full && c.speeds_full->decode.known())
            text += "; " + speed_text(c.speeds_full->decode) + " in a full context";
        text += ".\n";
    }
    if (t.prefill.known())
        text += "Reads a prompt of " + text_of(q.workload.prompt) + " tokens at " + speed_text(t.prefill) + ", mostly " +
                text_of(t.prefill_bound) + ".\n";
    return text.empty() ? "Speed is not known: a bandwidth, a rate or a link is not.\n" : text;
}

std::string growth_text(const candidate &c) {
    if (!c.max_context) return "";
    const bool grows = *c.max_context > c.predicted->context;
    return grows ? "; up to " + text_of(*c.max_context) + " tokens fit" : "";
}

// "+2.79", "~+2.2" where it was not measured itself, "" where nobody knows.
std::string loss_text(const result<quality> &loss) {
    if (!loss) return "?";
    const bool certain = loss->known <= evidence::measured;
    const double percent = loss->perplexity_increase_percent;
    const std::string number = decimal(percent, percent < 10 ? 2 : percent < 100 ? 1 : 0);
    return (certain ? "" : "~") + number;
}

constexpr const char *loss_note = "loss in percent of perplexity (~ modelled, ? not known)";

// "32.1 tokens/s, loss 2.79 %"; what is not known is left out.
std::string worth_text(const plan &p) {
    std::vector<std::string> parts;
    if (p.speed.decode.known()) parts.push_back(decimal(p.speed.decode.expected, 1) + " tokens/s");
    if (p.loss_known) parts.push_back("loss " + decimal(p.loss.perplexity_increase_percent, 2) + " %");
    return joined(parts);
}

std::string command_words(const question &q, const workload &use) {
    std::string text;
    for (const std::string &word : words_for(q, use)) text += " " + word;
    return text;
}

std::string remedies_text(const remedies &r, const question &q) {
    text_table table({side::left, side::left, side::left});
    for (int i = 0; i < r.changes.count; ++i) {
        const change &c = r.changes.items[i];
        const std::string words = c.kind == change_kind::quantization ? std::string(" --quant ") + c.after.recipe->name
                                                                      : command_words(q, c.after.use);
        table.add({std::string("  another ") + text_of(c.kind), words.substr(1), worth_text(c.after)});
    }
    if (r.model != nullptr) table.add({"  a smaller model", std::string(r.model->name.c_str()) + " in Q4_K_M", ""});
    if (r.changes.count == 0 && r.model == nullptr) return "No change of one setting makes it fit.\n";
    return "What would fit" + (r.of.name[0] == '\0' ? "" : std::string(" of ") + r.of.name) + ", the cheapest change first:\n" +
           table.text(false);
}

std::string plan_text(const question &q, const result<recommendation> &r) {
    if (!r) return "No plan fits: " + text_of(r.error()) + ".\n";
    const plan &p = r->best;
    const binding_term binds = binding_term_of(p.held);
    const device_budget &d = p.held.devices[binds.device];
    std::string text = std::string("Best plan: --quant ") + p.recipe->name + command_words(q, p.use) + " (" + worth_text(p) +
                       ", " + text_of(p.held.context) + " tokens).\n";
    if (!r->keeps_quality)
        text += "Nothing that fits loses less than " + decimal(q.wanted.most_perplexity_increase_percent, 0) + " %.\n";
    if (!r->keeps_speed)
        text += q.wanted.whole_on_devices ? "It does not fit on the devices alone: the host computes a part.\n"
                                          : "Nothing that fits is as fast as was asked for.\n";
    text += "What binds is " + std::string(d.name.c_str()) + ", most of it " + binds.name + ": " + gib(binds.of.upper) +
            " GiB" + (d.usable_capacity.count() == 0 ? "" : ", " + gib(d.headroom()) + " left") + ".\n";
    if (r->next)
        text += std::string("Next best: --quant ") + r->next.recipe->name + command_words(q, r->next.use) + " (" +
                worth_text(r->next) + ").\n";
    return text;
}

std::string quality_text(const candidate &c) {
    if (!c.quality) return "What it loses is not known: " + text_of(c.quality.error()) + ".\n";
    const quality &loss = *c.quality;
    if (loss.known == evidence::reference) return std::string("It loses nothing: ") + loss.source + ".\n";
    const auto percent = [](double x) { return decimal(x, 2) + " %"; };
    return "Perplexity rises by " + percent(loss.perplexity_increase_percent) + " (" +
           percent(loss.perplexity_increase_lower_percent) + " to " + percent(loss.perplexity_increase_upper_percent) +
           "), KL divergence " + decimal(loss.kl_divergence, 4) + " nats, " + text_of(loss.known) + ": " +
           source_of(loss) + ".\n";
}

std::string name_of(const candidate &c) { return std::string(c.recipe.name) + (c.is_file ? " (the file)" : ""); }

void add_candidate(text_table &table, const candidate &c, bool best) {
    const std::string bits = c.bits_per_weight > 0 ? decimal(c.bits_per_weight, 2) : "";
    const std::string weights = c.weights.count() > 0 ? gib(c.weights) : "";
    if (!c.predicted) {
        table.add({"", name_of(c), bits, weights, loss_text(c.quality), "", "", "", text_of(c.predicted.error())}, dim);
        return;
    }
    const budget &b = *c.predicted;
    const std::string needs = gib(needed_on_devices(b));
    const std::string most = c.max_context ? std::to_string(c.max_context->count()) : "";
    table.add({best ? "*" : "", name_of(c), bits, weights, loss_text(c.quality), needs, left_of(tightest(b)), most,
               c.fits() ? "yes" : "no"},
              best ? green : c.fits() ? "" : dim);
}

} // namespace

std::string contexts_table(const question &q, const std::vector<candidate> &all, bool colored) {
    const candidate *best = recommended(q, all);
    const std::vector<tokens> contexts = usual_contexts(q);
    std::vector<side> columns(3 + contexts.size(), side::right);
    columns[0] = columns[1] = side::left;
    text_table table(columns);
    std::vector<std::string> titles = {"", "quantization", "loss"};
    for (const tokens &c : contexts) titles.push_back(text_of(c));
    table.add(titles, bold);
    for (const candidate &c : all) {
        std::vector<std::string> cells = {&c == best ? "*" : "", name_of(c), loss_text(c.quality)};
        bool any = false;
        for (const auto &need : needs_over(q, c.recipe, contexts)) {
            const bool fits = need && need->fits;
            any = any || fits;
            cells.push_back(!need ? "?" : fits ? gib(need->needed) + " " : "(" + gib(need->needed) + ")");
        }
        table.add(cells, &c == best ? green : any ? "" : dim);
    }
    return head(q, q.source.name()) + "GiB at most by context, in brackets where it does not fit;\n" + loss_note + "\n\n" +
           table.text(colored);
}

std::string front_table(const question &q, const front &f, bool colored) {
    text_table table({side::left, side::left, side::left, side::right, side::right, side::right, side::right});
    table.add({"", "quantization", "", "loss", "tokens/s", "context", "GiB in all"}, bold);
    for (std::size_t i = 0; i < f.plans.size(); ++i) {
        const plan &p = f.plans[i];
        const bool best = static_cast<int>(i) == f.best;
        const std::string speed = p.speed.decode.known() ? decimal(p.speed.decode.expected, 1) : "?";
        table.add({best ? "*" : "", p.recipe->name, ways_of(q, p), loss_text(p.loss), speed, text_of(p.held.context),
                   gib(p.held.total().upper)},
                  best ? green : "");
    }
    const std::string about = head(q, q.source.name());
    if (f.plans.empty()) return about + "No plan fits: " + f.why_none + ".\n";
    return about + "what nothing else beats in loss, speed, context and memory at once;\n" + loss_note + "\n\n" +
           table.text(colored);
}

std::string fit_table(const question &q, const std::vector<candidate> &all, bool colored) {
    const candidate *best = recommended(q, all);
    std::vector<side> columns(9, side::right);
    columns[0] = columns[1] = columns[8] = side::left;
    text_table table(columns);
    table.add({"", "quantization", "bits", "weights", "loss", "needs", "left", "max context", "fits"}, bold);
    tokens context;
    for (const candidate &c : all) {
        add_candidate(table, c, &c == best);
        if (c.predicted) context = c.predicted->context;
    }
    std::string out = head(q, q.source.name()) + workload_text(q, context) + "; sizes in GiB,\n" + loss_note + "\n\n";
    out += table.text(colored) + "\n";
    const selection from = selection_of(q);
    const std::string plan = plan_text(q, best_plan(q, from));
    if (best == nullptr)
        return out + "None fits with a context of " + text_of(context) + " tokens. " + plan +
               remedies_text(remedies_for(q, usual_recipe(q)), q);
    const char *why = best->is_file ? ", the file itself, fits: " : " is recommended, the most faithful that fits: ";
    return out + "* " + best->recipe.name + why + tightest_text(*best->predicted) + growth_text(*best) + ".\n" + plan;
}

std::string budget_table(const question &q, const candidate &c, bool colored) {
    const budget &b = *c.predicted;
    std::vector<side> columns(static_cast<std::size_t>(b.count) + 2, side::right);
    columns.front() = columns.back() = side::left;
    text_table table(columns);
    const auto row = [&](const std::string &name, const auto &cell, const std::string &note, const char *style = "") {
        std::vector<std::string> cells = {name};
        for (int i = 0; i < b.count; ++i) cells.push_back(cell(b.devices[i]));
        cells.push_back(note);
        table.add(cells, style);
    };
    row("GiB", [](const device_budget &d) { return std::string(d.name.c_str()); }, "known", bold);
    for (const budget_term &t : budget_terms) {
        amount sum;
        for (int i = 0; i < b.count; ++i) sum += b.devices[i].*t.of;
        if (sum.upper.count() == 0) continue;
        row(t.name, [&](const device_budget &d) { return gib((d.*t.of).expected); }, text_of(sum.known));
    }
    row("total", [](const device_budget &d) { return gib(d.total().expected); }, "expected", bold);
    row("", [](const device_budget &d) { return gib(d.total().lower); }, "at least");
    row("", [](const device_budget &d) { return gib(d.total().upper); }, "at most");
    const auto mapped = [&](int i) { return c.buffers ? c.buffers->on[i].mapped : bytes(0); };
    bool any_mapped = false;
    for (int i = 0; i < b.count; ++i) any_mapped = any_mapped || mapped(i).count() > 0;
    if (any_mapped) {
        int i = 0;
        row("file", [&](const device_budget &) { return gib(mapped(i++)); }, "mapped");
    }
    row("usable", [](const device_budget &d) { return limit(d.usable_capacity); }, "");
    row("left", left_of, "below the most", c.fits() ? green : bold);

    std::string out = head(q, q.source.name() + " " + c.recipe.name) + workload_text(q, b.context) + "\n\n";
    out += table.text(colored) + "\n" + quality_text(c) + speeds_text(q, c);
    if (c.fits()) return out + "It fits: " + tightest_text(b) + growth_text(c) + ".\n";
    return out + "It does not fit: " + tightest_text(b) + ". " + remedies_text(remedies_for(q, c.recipe), q);
}

std::string inspect_table(const properties &all) {
    text_table table({side::left, side::left});
    for (const property &p : all)
        if (p.title[0] != '\0' && !p.text.empty()) table.add({p.title, p.text});
    return table.text();
}

std::string list_table(const std::vector<properties> &all, bool colored) {
    std::vector<side> columns(all.front().size(), side::left);
    std::vector<std::string> titles;
    for (const property &p : all.front()) titles.emplace_back(p.title);
    for (const properties &one : all)
        for (std::size_t i = 0; i < one.size(); ++i)
            if (one[i].value.is_number()) columns[i] = side::right;
    text_table table(columns);
    table.add(titles, bold);
    for (const properties &one : all) {
        std::vector<std::string> cells;
        for (const property &p : one) cells.push_back(p.text);
        table.add(cells);
    }
    return table.text(colored);
}

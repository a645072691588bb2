#include "charts.hpp"

#include "bad_input.hpp"
#include "contexts.hpp"

#include <membound/text.hpp>

#include <algorithm>
#include <cctype>
#include <cmath>

using namespace membound;
using namespace palette;

namespace {

// Of the picture and of the plot in it.
constexpr double width = 1040;
constexpr double height = 620;
constexpr double left = 64;
constexpr double right = 700;
constexpr double top = 112;
constexpr double bottom = 540;

// From numbers to pixels.
struct axis {
    double low = 0;
    double high = 1;
    double from = 0;
    double to = 1;
    bool logarithmic = false;

    double place(double x) const {
        const double part = logarithmic ? std::log(x / low) / std::log(high / low) : (x - low) / (high - low);
        return from + part * (to - from);
    }
};

double as_number(tokens t) { return static_cast<double>(t.count()); }

// Powers of two, or round numbers from 0.
std::vector<double> ticks_of(const axis &a) {
    std::vector<double> ticks;
    if (a.logarithmic) {
        double step = 2;
        while (std::log(a.high / a.low) / std::log(step) > 10) step *= 2;
        for (double t = std::exp2(std::ceil(std::log2(a.low))); t <= a.high * 1.0001; t *= step) ticks.push_back(t);
        return ticks;
    }
    double step = std::pow(10, std::floor(std::log10(a.high)) - 1);
    for (const double more : {2.0, 2.5, 2.0, 2.0, 2.5, 2.0})
        if (a.high / step > 8) step *= more;
    for (double t = 0; t <= a.high * 1.0001; t += step) ticks.push_back(t);
    return ticks;
}

// With as many decimals as it needs, at most two.
std::string tick_text(double gib) {
    int decimals = 0;
    for (double x = gib; decimals < 2 && std::abs(x - std::round(x)) > 1e-9; x *= 10) ++decimals;
    return decimal(gib, decimals);
}

struct curve {
    const candidate *of = nullptr;
    std::vector<context_need> needs;
    bool best = false;

    bool ever_fits() const { return !needs.empty() && of->max_context && of->max_context->count() > 0; }
    const char *color() const { return best ? green : ever_fits() ? blue : faint; }
};

// Those that tell the range apart, the recommended one and the file itself; all of them would be too many to read.
std::vector<const candidate *> drawn(const std::vector<candidate> &all, const candidate *best) {
    constexpr const char *ladder[] = {"BF16",   "FP16", "FP8",      "MLX_8BIT", "Q8_0", "Q6_K",    "Q5_K_M",
                                      "Q4_K_M", "AWQ",  "MLX_4BIT", "Q3_K_M",   "Q2_K", "IQ2_XXS", "IQ1_S"};
    std::vector<const candidate *> found;
    for (const candidate &c : all) {
        const bool on_ladder = std::any_of(std::begin(ladder), std::end(ladder),
                                           [&](const char *name) { return same_text(name, c.recipe.name); });
        const bool as_best = best != nullptr && &c != best && c.weights == best->weights; // F16 and BF16
        if (c.predicted && !as_best && (on_ladder || &c == best || c.is_file)) found.push_back(&c);
    }
    return found;
}

// The context in equal ratios, as the engine rounds it.
std::vector<tokens> drawn_contexts(const question &q) {
    const std::int64_t step = std::max<std::int64_t>(q.engine->context_step(q.workload).count(), 1);
    const std::int64_t most = largest_context(q).count();
    const std::int64_t asked = q.workload.context.count();
    const std::int64_t low = std::min({std::int64_t{1024}, most / 4, asked > 0 ? asked : most});
    const std::int64_t least = std::max(low, std::min(step, most / 2 + 1));
    std::vector<tokens> all;
    constexpr int points = 80;
    const double ratio = static_cast<double>(most) / static_cast<double>(least);
    for (int i = 0; i < points; ++i) {
        const double n = static_cast<double>(least) * std::pow(ratio, static_cast<double>(i) / points);
        all.emplace_back(i == 0 ? least : std::max(static_cast<std::int64_t>(n) / step * step, least));
    }
    all.emplace_back(most);
    return all;
}

std::vector<curve> curves_of(const question &q, const std::vector<candidate> &all) {
    const candidate *best = recommended(q, all);
    const std::vector<tokens> usual = drawn_contexts(q);
    std::vector<curve> curves;
    for (const candidate *c : drawn(all, best)) {
        std::vector<tokens> contexts = usual;
        if (c->max_context) contexts.push_back(*c->max_context);
        std::sort(contexts.begin(), contexts.end());
        contexts.erase(std::unique(contexts.begin(), contexts.end()), contexts.end());
        const auto begin = std::lower_bound(contexts.begin(), contexts.end(), usual.front());
        contexts.erase(contexts.begin(), begin);
        contexts.erase(std::upper_bound(contexts.begin(), contexts.end(), usual.back()), contexts.end());
        curve one;
        one.of = c;
        one.best = c == best;
        for (const auto &need : needs_over(q, c->recipe, contexts))
            if (need && !need->needed.overflowed()) one.needs.push_back(*need);
        if (!one.needs.empty()) curves.push_back(one);
    }
    return curves;
}

struct limit {
    std::string name;
    double gib = 0;
    bool whole = true; // of all devices together
};

std::string limit_name(const std::string &name, double gib) {
    const std::string size = decimal(gib, 2) + " GiB";
    const bool bare = name.empty() || name == "memory" || std::isdigit(static_cast<unsigned char>(name[0])) != 0;
    return bare ? size : name + ": " + size;
}

std::vector<limit> limits_of(const question &q) {
    std::vector<limit> all;
    if (!q.on_devices()) {
        const double gib = in_gib(q.on.host.usable_capacity());
        if (gib > 0) all.push_back({limit_name(q.on.host.name.empty() ? "host" : q.on.host.name.c_str(), gib), gib, true});
        return all;
    }
    double sum = 0;
    for (int i = 0; i < q.on.device_count; ++i) {
        const device &d = q.on.devices[i];
        const double gib = in_gib(d.usable_capacity());
        if (gib <= 0) return {};
        sum += gib;
        const auto alike = [&](const limit &l) { return std::abs(l.gib - gib) < 0.02 * gib; };
        const std::string alone = q.on.device_count > 1 ? " alone" : "";
        if (std::none_of(all.begin(), all.end(), alike))
            all.push_back({limit_name(d.name.c_str() + alone, gib), gib, q.on.device_count == 1});
    }
    if (q.on.device_count > 1)
        all.push_back({(q.on.device_count == 2 ? "both devices: " : "all devices: ") + decimal(sum, 2) + " GiB", sum, true});
    return all;
}

// Moved apart until none is nearer to the next than `gap`, in their order: each cluster stays around its middle, within
// the range.
std::vector<double> spread(const std::vector<double> &wanted, double gap, double least, double most) {
    struct cluster {
        double middle;
        int size;
    };
    std::vector<cluster> clusters;
    for (const double at : wanted) {
        clusters.push_back({at, 1});
        for (;;) {
            cluster &last = clusters.back();
            const double half = gap * (last.size - 1) / 2;
            last.middle = std::max(std::min(last.middle, most - half), least + half);
            if (clusters.size() < 2) break;
            cluster &before = clusters[clusters.size() - 2];
            if (last.middle - before.middle >= gap * (last.size + before.size) / 2) break;
            const int size = before.size + last.size;
            before = {(before.middle * before.size + last.middle * last.size) / size, size};
            clusters.pop_back();
        }
    }
    std::vector<double> places;
    for (const cluster &c : clusters)
        for (int i = 0; i < c.size; ++i) places.push_back(c.middle + gap * (i - (c.size - 1) / 2.0));
    return places;
}

std::vector<svg_point> placed(const curve &c, const axis &x, const axis &y) {
    std::vector<svg_point> points;
    for (const context_need &n : c.needs) points.push_back({x.place(as_number(n.context)), y.place(in_gib(n.needed))});
    return points;
}

// Where a line of text above or below `y` is crossed by the fewest curves.
svg_point clear_place(const std::vector<curve> &curves, const axis &x, const axis &y, double at, double wide) {
    svg_point best = {left + 8, at - 7};
    double fewest = 1e9;
    for (const double base : {at - 7, at + 16})
        for (double from = left + 8; from + wide <= right - 8; from += 20) {
            double crossed = (from - left) / 1e4 + (base > at ? 0.01 : 0);
            for (const curve &c : curves)
                for (const svg_point &p : placed(c, x, y))
                    if (p.x > from - 6 && p.x < from + wide + 6 && p.y > base - 12 && p.y < base + 3) crossed += 1;
            if (base - 12 > top && base + 4 < bottom && crossed < fewest) fewest = crossed, best = {from, base};
        }
    return best;
}

void draw_frame(svg_picture &picture, const axis &x, const axis &y, const std::vector<double> &contexts) {
    for (const double t : ticks_of(y)) {
        const double at = y.place(t);
        picture.line({{left, at}, {right, at}}, {grid, 1});
        picture.text({left - 10, at + 4}, tick_text(t), {12, muted, false, "end"});
    }
    for (const double c : contexts) {
        const double at = x.place(c);
        picture.line({{at, bottom}, {at, bottom + 5}}, {faint, 1});
        picture.text({at, bottom + 20}, text_of(tokens(std::llround(c))), {12, muted, false, "middle"});
    }
    picture.line({{left, bottom}, {right, bottom}}, {faint, 1});
    picture.text({right, bottom + 40}, "context, tokens", {12, ink, false, "end"});
}

void draw_limits(svg_picture &picture, const std::vector<limit> &limits, const std::vector<curve> &curves, const axis &x,
                 const axis &y) {
    for (const limit &l : limits) {
        const double at = y.place(l.gib);
        picture.line({{left, at}, {right, at}}, {rust, l.whole ? 1.75 : 1, l.whole ? "" : "3 4"});
        const svg_letters letters = {12.5, rust, l.whole};
        picture.text_above(clear_place(curves, x, y, at, svg_width(l.name, letters)), l.name, letters);
    }
}

// Rounded down: it fits up to there.
std::string reach_text(const curve &c, const question &q) {
    if (!c.ever_fits()) return "no";
    const tokens most = *c.of->max_context;
    const bool all = most >= largest_context(q);
    return (all ? "all " : "") + (most.count() >= 1024 ? text_of(tokens(most.count() / 1024 * 1024)) : text_of(most));
}

// A table whose rows stand where the curves end.
void draw_labels(svg_picture &picture, const question &q, const std::vector<curve> &curves, const axis &x, const axis &y) {
    constexpr double name_at = right + 46;
    constexpr double reach_at = right + 218;
    constexpr double loss_at = width - 20;
    std::vector<const curve *> order;
    for (const curve &c : curves) order.push_back(&c);
    const auto end = [&](const curve &c) { return placed(c, x, y).back(); };
    std::sort(order.begin(), order.end(), [&](const curve *a, const curve *b) {
        return end(*a).y != end(*b).y ? end(*a).y < end(*b).y : a < b; // both are of `curves`
    });
    std::vector<double> wanted;
    for (const curve *c : order) wanted.push_back(end(*c).y);
    const std::vector<double> places = spread(wanted, 19, top + 6, bottom - 4);

    const svg_letters head = {11.5, muted, false, "end"};
    picture.text({name_at, top - 14}, "quantization", {11.5, muted});
    picture.text({reach_at, top - 14}, "fits up to", head);
    picture.text({loss_at, top - 14}, "perplexity", head);
    for (std::size_t i = 0; i < order.size(); ++i) {
        const curve &c = *order[i];
        const svg_point from = end(c);
        const double at = places[i];
        picture.line({{from.x + 3, from.y}, {from.x + 8, from.y}, {name_at - 10, at}, {name_at - 5, at}}, {faint, 1});
        const char *color = c.ever_fits() ? c.best ? green : ink : muted;
        const std::string name = c.of->recipe.name + std::string(c.of->is_file ? " (file)" : "");
        picture.text({name_at, at + 4}, name, {13, color, c.best});
        picture.text({reach_at, at + 4}, reach_text(c, q), {13, color, c.best, "end"});
        picture.text({loss_at, at + 4}, c.of->quality ? loss_label(*c.of->quality) : "?", {13, color, c.best, "end"});
    }
}

// As far as it fits, and in faint beyond.
void draw_curve(svg_picture &picture, const curve &c, const axis &x, const axis &y) {
    const std::vector<svg_point> points = placed(c, x, y);
    std::size_t fitting = 0;
    while (fitting < points.size() && c.needs[fitting].fits) ++fitting;
    const auto cut = points.begin() + static_cast<std::ptrdiff_t>(fitting);
    picture.line(std::vector<svg_point>(fitting > 0 ? cut - 1 : cut, points.end()), {faint, 1.5});
    picture.line(std::vector<svg_point>(points.begin(), cut), {c.color(), c.best ? 3.0 : 1.75});
}

// The best above all others.
void draw_curves(svg_picture &picture, const std::vector<curve> &curves, const axis &x, const axis &y) {
    for (const bool best : {false, true})
        for (const curve &c : curves)
            if (c.best == best) draw_curve(picture, c, x, y);
}

void draw_dots(svg_picture &picture, const std::vector<curve> &curves, const axis &x, const axis &y) {
    for (const curve &c : curves) {
        if (!c.ever_fits() || *c.of->max_context < c.needs.front().context || c.needs.back().fits) continue;
        for (const context_need &n : c.needs)
            if (n.context == *c.of->max_context)
                picture.dot({x.place(as_number(n.context)), y.place(in_gib(n.needed))}, c.best ? 5.5 : 4, c.color());
    }
}

// Powers of two, so far apart that they can be read, and the largest context.
std::vector<double> context_ticks(const axis &x) {
    std::vector<double> ticks;
    for (double t = std::exp2(std::ceil(std::log2(x.low))); t < x.high * 0.75; t *= 2) ticks.push_back(t);
    ticks.push_back(x.high);
    return ticks;
}

} // namespace

std::string memory_chart(const question &q, const std::vector<candidate> &all) {
    const std::vector<curve> curves = curves_of(q, all);
    if (curves.empty()) throw bad_input("--svg", "has nothing to draw", "no quantization has a size");
    const std::vector<limit> limits = limits_of(q);
    double least = 1e30;
    double most = 0;
    for (const curve &c : curves)
        for (const context_need &n : c.needs) {
            least = std::min(least, in_gib(n.needed));
            most = std::max(most, in_gib(n.needed));
        }
    for (const limit &l : limits) {
        least = std::min(least, l.gib);
        most = std::max(most, l.gib);
    }

    const std::vector<tokens> contexts = drawn_contexts(q);
    const axis x = {as_number(contexts.front()), as_number(contexts.back()), left, right, true};
    axis y = {0, most * 1.04, bottom, top, false};
    if (most / least > 12) y = {least / 1.25, most * 1.15, bottom, top, true};

    svg_picture picture(width, height, chart_title(q),
                        "Memory against context for each quantization, and what there is of it");
    draw_head(picture, q);
    picture.text({left - 40, top - 24}, q.on_devices() ? "GiB on the device" + std::string(q.on.device_count > 1 ? "s" : "")
                                                       : "GiB in memory",
                 {12, ink});
    for (const limit &l : limits)
        if (l.whole) picture.rectangle({left, top}, right - left, std::max(y.place(l.gib) - top, 0.0), beyond);
    draw_frame(picture, x, y, context_ticks(x));
    if (q.workload.context.count() > 0) {
        const double at = x.place(as_number(q.workload.context));
        picture.line({{at, top - 4}, {at, bottom}}, {muted, 1, "2 4"});
        picture.text({at, top - 8}, text_of(q.workload.context) + " asked", {12, muted, false, "middle"});
    }
    draw_curves(picture, curves, x, y);
    draw_limits(picture, limits, curves, x, y);
    draw_dots(picture, curves, x, y);
    draw_labels(picture, q, curves, x, y);

    const candidate *best = recommended(q, all);
    const std::string note = "Upper bounds: what is drawn to fit does fit. Dots: the largest context that fits. ~ modelled";
    picture.text({left - 40, height - 22}, note, {11.5, muted});
    const std::string context = text_of(q.workload.context.count() > 0 ? q.workload.context : largest_context(q));
    if (best != nullptr)
        picture.text({width - 20, height - 22}, std::string(best->recipe.name) + " is recommended for " + context + " tokens",
                     {12, green, true, "end"});
    else
        picture.text({width - 20, height - 22}, "None fits with " + context + " tokens", {12, rust, true, "end"});
    return picture.text();
}

#include "charts.hpp"

#include <membound/text.hpp>

#include <algorithm>
#include <cmath>

using namespace membound;
using namespace palette;

namespace {

constexpr double width = 1150;
constexpr double top = 118;
constexpr double row_height = 23;
constexpr double ways_at = 112;
constexpr double first_column = 406;
constexpr double column_width = 182;
constexpr double bar_from = 70; // in a column, behind its number
constexpr double bar_length = 104;
constexpr std::size_t most_rows = 28;

// One of the four, of one plan: the number, and how far its bar reaches, from 0 to 1.
struct mark {
    std::string number;
    double part = 0;
};

// Losses span from hundredths of a percent to hundreds of percent.
mark loss_mark(const plan &p) {
    constexpr double least = 0.01;
    constexpr double most = 1000;
    if (p.loss.known == evidence::reference) return {loss_label(p.loss), 0};
    const double shown = std::clamp(p.loss.perplexity_increase_percent, least, most);
    return {loss_label(p.loss), std::log(shown / least) / std::log(most / least)};
}

// The rows that are drawn: all, or, of too many, as many from every part of the list, the recommended one among them.
std::vector<std::size_t> rows_of(const front &f) {
    const std::size_t all = f.plans.size();
    std::vector<std::size_t> rows;
    for (std::size_t i = 0; i < std::min(all, most_rows); ++i)
        rows.push_back(all <= most_rows ? i : i * (all - 1) / (most_rows - 1));
    if (f.best < 0) return rows;
    const auto best = static_cast<std::size_t>(f.best);
    const auto at = std::lower_bound(rows.begin(), rows.end(), best);
    if (at != rows.end()) *at = best;
    return rows;
}

std::vector<mark> marks_of(const plan &p, double fastest, tokens longest, double largest) {
    const double speed = p.speed.decode.expected;
    const std::string number = !p.speed.decode.known() ? "?" : decimal(speed, speed < 10 ? 1 : 0);
    const double context = static_cast<double>(p.held.context.count());
    const double memory = in_gib(p.held.total().upper);
    const std::string in_k = p.held.context.count() < 1024 ? text_of(p.held.context)
                                                           : std::to_string(p.held.context.count() / 1024) + "k";
    return {loss_mark(p),
            {number, fastest > 0 ? speed / fastest : 0},
            {in_k, context / static_cast<double>(longest.count())},
            {decimal(memory, memory < 100 ? 1 : 0), memory / largest}};
}

} // namespace

std::string front_chart(const question &q, const front &f) {
    const std::vector<std::size_t> rows = rows_of(f);
    const double bottom = top + row_height * static_cast<double>(std::max<std::size_t>(rows.size(), 1));
    svg_picture picture(width, bottom + 56, chart_title(q),
                        "Deployments that no other beats in quality, speed, context and memory");
    draw_head(picture, q);

    double fastest = 0;
    double largest = 0;
    tokens longest(1);
    for (const std::size_t i : rows) {
        const plan &p = f.plans[i];
        fastest = std::max(fastest, p.speed.decode.expected);
        longest = std::max(longest, p.held.context);
        largest = std::max(largest, in_gib(p.held.total().upper));
    }

    const char *titles[] = {"perplexity", "tokens a second", "context", "GiB in all"};
    constexpr double numbers_end = bar_from - 8;
    const std::string usual = std::string(q.workload.type_k.name) + " cache where no other is named";
    picture.text({24, top - 16}, "quantization, " + usual, {11.5, muted});
    for (int c = 0; c < 4; ++c)
        picture.text({first_column + c * column_width + bar_from, top - 16}, titles[c], {11.5, muted});
    picture.line({{24, top - 6}, {width - 24, top - 6}}, {faint, 1});

    for (std::size_t row = 0; row < rows.size(); ++row) {
        const plan &p = f.plans[rows[row]];
        const bool best = f.best >= 0 && rows[row] == static_cast<std::size_t>(f.best);
        const char *color = best ? green : blue;
        const double y = top + row_height * (static_cast<double>(row) + 0.5);
        if (best) picture.rectangle({16, y - row_height / 2}, width - 32, row_height, "#eef7f3");
        picture.text({24, y + 4.5}, p.recipe->name, {13, best ? green : ink, best});
        picture.text({ways_at, y + 4.5}, ways_of(q, p), {11.5, muted});
        int c = 0;
        for (const mark &m : marks_of(p, fastest, longest, largest)) {
            const double from = first_column + c * column_width;
            picture.text({from + numbers_end, y + 4.5}, m.number, {12.5, best ? green : ink, best, "end"});
            if (c++ == 0) {
                picture.line({{from + bar_from, y}, {from + bar_from + bar_length, y}}, {grid, 1.5});
                picture.dot({from + bar_from + bar_length * m.part, y}, 4.5, color);
            } else if (m.part > 0) {
                picture.rectangle({from + bar_from, y - 4.5}, std::max(bar_length * m.part, 1.0), 9, color);
            }
        }
    }
    if (rows.empty()) picture.text({24, top + 16}, "Nothing: " + f.why_none, {13, rust, true});

    std::string note =
        "No other deployment beats one of these in everything. Perplexity: from 0.01 % to 1000 %, in powers; ~ modelled";
    if (rows.size() < f.plans.size())
        note += "; " + std::to_string(rows.size()) + " of " + std::to_string(f.plans.size());
    picture.text({24, bottom + 34}, note, {11.5, muted});
    if (f.best >= 0)
        picture.text({width - 24, bottom + 34},
                     std::string(f.plans[static_cast<std::size_t>(f.best)].recipe->name) + " is recommended",
                     {12, green, true, "end"});
    return picture.text();
}

// Answers as pictures, in SVG.
#ifndef MEMBOUND_PROGRAM_CHARTS_HPP
#define MEMBOUND_PROGRAM_CHARTS_HPP

#include "front.hpp"
#include "svg.hpp"

#include <string>
#include <vector>

// Memory against context, one line a quantization.
std::string memory_chart(const question &q, const std::vector<candidate> &all);

// One row a deployment; perplexity, speed, context and memory side by side.
std::string front_chart(const question &q, const front &f);

// What both have in common: what it is about, and under which settings.
std::string chart_title(const question &q);
void draw_head(svg_picture &picture, const question &q);
double in_gib(membound::bytes b);
// What a quantization loses, as the percent that perplexity rises: "+2.8 %", "~ +2.8 %" where it was not measured itself.
std::string loss_label(const membound::quality &loss);

namespace palette {
inline constexpr const char *ink = "#1f2933";
inline constexpr const char *muted = "#6b7785";
inline constexpr const char *faint = "#c3cbd4";
inline constexpr const char *grid = "#e8ebef";
inline constexpr const char *blue = "#3a6ea5";
inline constexpr const char *green = "#0a7d55"; // the recommended one
inline constexpr const char *rust = "#c2491d";  // the limit
inline constexpr const char *beyond = "#fdf5f1";
} // namespace palette

#endif

#include "svg.hpp"

#include <membound/text.hpp>

namespace {

std::string number(double x) {
    std::string text = membound::decimal(x, 2);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
    return text == "-0" ? "0" : text;
}

// What is not text in XML, and what may not stand in it at all, is replaced.
std::string escaped(const std::string &words) {
    std::string text;
    for (const char c : words) {
        if (c == '&')
            text += "&amp;";
        else if (c == '<')
            text += "&lt;";
        else if (c == '>')
            text += "&gt;";
        else
            text += static_cast<unsigned char>(c) < ' ' || c == '\x7f' ? '?' : c;
    }
    return text;
}

std::string attribute(const char *name, double value) { return std::string(" ") + name + "=\"" + number(value) + "\""; }
std::string attribute(const char *name, const std::string &value) { return std::string(" ") + name + "=\"" + value + "\""; }

} // namespace

svg_picture::svg_picture(double width, double height, const std::string &title, const std::string &description) {
    text_ = "<svg xmlns=\"http://www.w3.org/2000/svg\"" + attribute("width", width) + attribute("height", height) +
            attribute("viewBox", "0 0 " + number(width) + " " + number(height)) + " role=\"img\"" +
            attribute("font-family", "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif") + ">\n<title>" +
            escaped(title) + "</title>\n<desc>" + escaped(description) + "</desc>\n";
    rectangle({0, 0}, width, height, "#ffffff");
}

void svg_picture::rectangle(svg_point corner, double width, double height, const char *fill) {
    text_ += "<rect" + attribute("x", corner.x) + attribute("y", corner.y) + attribute("width", width) +
             attribute("height", height) + attribute("fill", fill) + "/>\n";
}

void svg_picture::line(const std::vector<svg_point> &points, const svg_stroke &stroke) {
    if (points.size() < 2) return;
    std::string path;
    for (const svg_point &p : points) path += (path.empty() ? "M" : " L") + number(p.x) + " " + number(p.y);
    text_ += "<path" + attribute("d", path) + " fill=\"none\" stroke-linejoin=\"round\"" +
             attribute("stroke", stroke.color) + attribute("stroke-width", stroke.width);
    if (stroke.dashes[0] != '\0') text_ += attribute("stroke-dasharray", stroke.dashes);
    text_ += "/>\n";
}

void svg_picture::dot(svg_point center, double radius, const char *fill) {
    text_ += "<circle" + attribute("cx", center.x) + attribute("cy", center.y) + attribute("r", radius) +
             attribute("fill", fill) + " stroke=\"#ffffff\" stroke-width=\"1.5\"/>\n";
}

void svg_picture::write(svg_point base, const std::string &words, const svg_letters &letters, const char *more) {
    if (words.empty()) return;
    text_ += "<text" + attribute("x", base.x) + attribute("y", base.y) + attribute("font-size", letters.size) +
             attribute("fill", letters.color);
    if (letters.bold) text_ += " font-weight=\"600\"";
    if (letters.anchor[0] != 's') text_ += attribute("text-anchor", letters.anchor);
    text_ += more + (">" + escaped(words)) + "</text>\n";
}

void svg_picture::text(svg_point base, const std::string &words, const svg_letters &letters) {
    write(base, words, letters, "");
}

void svg_picture::text_above(svg_point base, const std::string &words, const svg_letters &letters) {
    write(base, words, letters, " stroke=\"#ffffff\" stroke-width=\"4\" stroke-linejoin=\"round\" aria-hidden=\"true\"");
    write(base, words, letters, "");
}

double svg_width(const std::string &words, const svg_letters &letters) {
    return static_cast<double>(words.size()) * letters.size * (letters.bold ? 0.62 : 0.56);
}

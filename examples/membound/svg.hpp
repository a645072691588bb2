// Drawing in SVG. Coordinates are pixels from the upper left.
#ifndef MEMBOUND_PROGRAM_SVG_HPP
#define MEMBOUND_PROGRAM_SVG_HPP

#include <string>
#include <vector>

struct svg_point {
    double x = 0;
    double y = 0;
};

struct svg_stroke {
    const char *color;
    double width = 1;
    const char *dashes = ""; // as stroke-dasharray
};

struct svg_letters {
    double size;
    const char *color;
    bool bold = false;
    const char *anchor = "start"; // or middle, end
};

class svg_picture {
public:
    // On a white ground; `title` and `description` are for who cannot see it.
    svg_picture(double width, double height, const std::string &title, const std::string &description);

    void rectangle(svg_point corner, double width, double height, const char *fill);
    void line(const std::vector<svg_point> &points, const svg_stroke &stroke);
    void dot(svg_point center, double radius, const char *fill); // with a white rim
    void text(svg_point base, const std::string &words, const svg_letters &letters);
    // With a white rim, to be read above lines.
    void text_above(svg_point base, const std::string &words, const svg_letters &letters);

    std::string text() const { return text_ + "</svg>\n"; }

private:
    void write(svg_point base, const std::string &words, const svg_letters &letters, const char *more);

    std::string text_;
};

// About how wide a text is: the fonts of a reader are not known.
double svg_width(const std::string &words, const svg_letters &letters);

#endif

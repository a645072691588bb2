// What ends the program with one line on standard error: `membound: WHERE: WHAT, WHY`.
#ifndef MEMBOUND_PROGRAM_BAD_INPUT_HPP
#define MEMBOUND_PROGRAM_BAD_INPUT_HPP

#include <membound/text.hpp>

#include <string>

struct bad_input {
    std::string line; // WHERE: WHAT, WHY

    bad_input(const std::string &where, const std::string &what, const std::string &why)
        : line(where + ": " + what + ", " + why) {}
    explicit bad_input(const membound::error &e) : line(membound::text_of(e)) {}
};

#endif

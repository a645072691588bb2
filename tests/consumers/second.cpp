#include <membound/membound.hpp>

const membound::format *second_format() { return &membound::formats::q4_k::value; }

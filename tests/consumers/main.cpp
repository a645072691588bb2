#include <membound/membound.hpp>

#include <cstdio>
#include <cstring>

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)

const membound::format *second_format();

// Two files that include everything make one program, and the version is that of the package.
int main() {
    char version[32];
    std::snprintf(version, sizeof version, "%d.%d.%d", MEMBOUND_VERSION_MAJOR, MEMBOUND_VERSION_MINOR,
                  MEMBOUND_VERSION_PATCH);
    if (std::strcmp(version, TEXT(EXPECTED_VERSION)) != 0) return 1;
    return second_format() == &membound::formats::q4_k::value ? 0 : 2;
}

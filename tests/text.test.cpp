#include <membound/text.hpp>

#include <doctest/doctest.h>

using namespace membound;

TEST_CASE("sizes in units of 2^30, and with their unit") {
    CHECK(gib(12_GiB) == "12.00");
    CHECK(gib(12_GB) == "11.18");
    CHECK(gib(1_GiB - 3_GiB) == "-2.00");
    CHECK(gib(1_GiB, 3) == "1.000");
    CHECK(gib(bytes::overflow()) == "too large");

    CHECK(text_of(bytes(1023)) == "1023 B");
    CHECK(text_of(128_KiB) == "128 KiB");
    CHECK(text_of(1536_KiB) == "1.50 MiB");
    CHECK(text_of(24_GiB) == "24.00 GiB");
    CHECK(text_of(bytes(0) - 512_MiB) == "-512 MiB");
    CHECK(text_of(bytes::overflow()) == "too large");
}

TEST_CASE("tokens as an option takes them") {
    CHECK(text_of(0_tokens) == "0");
    CHECK(text_of(1000_tokens) == "1000");
    CHECK(text_of(32768_tokens) == "32k");
    CHECK(text_of(tokens(-1024)) == "-1k");
    CHECK(text_of(tokens::overflow()) == "too many");
}

TEST_CASE("an error is one line") {
    CHECK(text_of(detail::model_error(errc::unknown, "a\nb", "is\x7f bad", "so it is")) == "a?b: is? bad, so it is");
    CHECK(text_of(detail::model_error(errc::unknown, "", "is bad", "")) == "is bad");
}

TEST_CASE("a table is as wide as its widest cells, and no wider") {
    text_table t({text_table::side::left, text_table::side::right, text_table::side::left});
    t.add({"name", "GiB", "fits"}, "\x1b[1m");
    t.add({"Größe", "12.00"});
    t.add({"b", "1.00", "yes", "no such column"});
    CHECK(t.text() == "name     GiB  fits\nGröße  12.00\nb       1.00  yes\n");
    CHECK(t.text(true) == "\x1b[1mname     GiB  fits\x1b[0m\nGröße  12.00\nb       1.00  yes\n");
}

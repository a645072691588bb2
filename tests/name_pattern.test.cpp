// Regular expressions over names, beside the standard library's.
#include <membound/name_pattern.hpp>

#include <doctest/doctest.h>

#include <initializer_list>
#include <random>
#include <regex>
#include <string>

namespace {

using membound::name_pattern;

constexpr bool is_found(const char *pattern, const char *name) { return name_pattern(pattern).is_found_in(name); }

constexpr bool patterns_of_the_field_are_found() {
    constexpr const char *experts = "\\.ffn_(up|down|gate|gate_up)_(ch|)exps"; // --cpu-moe
    return is_found(experts, "blk.12.ffn_gate_up_exps.weight") && is_found(experts, "blk.1.ffn_up_chexps.weight") &&
           !is_found(experts, "blk.1.ffn_up_shexp.weight") && !is_found(experts, "blk.1.ffn_up.weight") &&
           is_found("blk\\.(2[0-9]|3[0-5])\\.", "blk.29.attn_q.weight") &&
           !is_found("blk\\.(2[0-9]|3[0-5])\\.", "blk.36.attn_q.weight") &&
           is_found("blk\\.\\d{2}\\.ffn_(?:up|down)\\.", "blk.10.ffn_up.weight") &&
           !is_found("blk\\.\\d{2}\\.ffn", "blk.1.ffn_up.weight") && is_found("^output\\.weight$", "output.weight") &&
           !is_found("^output\\.weight$", "attn_output.weight") && is_found("[^0-9.]+_norm", "output_norm.weight") &&
           is_found("", "anything") && !is_found("$^", "anything");
}
static_assert(patterns_of_the_field_are_found(), "");

// Layers are alike for a pattern where as much of it is found in the beginnings of their tensors' names.
constexpr bool beginnings_tell_layers_apart() {
    const name_pattern p("blk\\.(1|2)\\.ffn");
    return p.read("blk.1.") == p.read("blk.2.") && p.read("blk.3.") == p.read("blk.0.") &&
           !(p.read("blk.1.") == p.read("blk.3."));
}
static_assert(beginnings_tell_layers_apart(), "");

std::string any_pattern(std::mt19937 &random, int depth) {
    const auto one_of = [&](std::initializer_list<const char *> choices) { return choices.begin()[random() % choices.size()]; };
    if (depth > 2 || random() % 4 != 0)
        return one_of({"a", "b", "\\.", ".", "[ab]", "[^a-c.]", "\\d", "1", "[\\d_-]", "\\W", "[a\\-]"});
    if (random() % 2 == 0)
        return any_pattern(random, depth + 1) + one_of({"*", "+", "?", "{2}", "{1,}", "{0,2}", "{1,3}", "*?", "{0}"});
    std::string group = one_of({"(", "(?:"});
    for (int alternative = static_cast<int>(random() % 3); alternative >= 0; --alternative) {
        for (int i = static_cast<int>(random() % 3); i > 0; --i) group += any_pattern(random, depth + 1);
        if (alternative > 0) group += '|';
    }
    return group + ')';
}

} // namespace

TEST_CASE("name patterns: the same is found as by std::regex_search") {
    std::mt19937 random(7);
    int found = 0;
    for (int i = 0; i < 2000; ++i) {
        std::string pattern = random() % 8 == 0 ? "^" : "";
        for (int k = static_cast<int>(random() % 4); k >= 0; --k) pattern += any_pattern(random, 0);
        if (random() % 8 == 0) pattern += '$';
        if (random() % 8 == 0) pattern += '|' + any_pattern(random, 0);
        CAPTURE(pattern);
        const std::regex theirs(pattern);
        const name_pattern ours(pattern.c_str());
        REQUIRE(ours.problem() == nullptr);
        for (int k = 0; k < 6; ++k) {
            std::string name;
            for (int length = static_cast<int>(random() % 9); length > 0; --length) name += "aabc1.2_-"[random() % 9];
            CAPTURE(name);
            CHECK(ours.is_found_in(name.c_str()) == std::regex_search(name, theirs));
            found += ours.is_found_in(name.c_str()) ? 1 : 0;
        }
    }
    CHECK(found > 2000);
    CHECK(found < 10000);
}

TEST_CASE("name patterns: what is wrong is said") {
    for (const std::string pattern :
         {"a)", "(a", "[a", "*a", "a|+", "a{2", "a{3,2}", "{1}", "\\", "[z-a]", "[a-\\d]", "(a", "a{x}"}) {
        CAPTURE(pattern);
        CHECK(name_pattern(pattern.c_str()).problem() != nullptr);
        CHECK_THROWS(std::regex(pattern));
        CHECK_FALSE(name_pattern(pattern.c_str()).is_found_in("a"));
    }
    for (const std::string pattern : {"(?=a)", "(?!a)", "(a)\\1", "\\ba", "\\x41", "[[:digit:]]", "[]"}) {
        CAPTURE(pattern);
        CHECK(name_pattern(pattern.c_str()).problem() != nullptr);
    }
    CHECK(name_pattern(std::string(600, 'a').c_str()).problem() == std::string("is too long"));
    CHECK(name_pattern("(a{99}){99}").problem() == std::string("is too long"));
    CHECK(name_pattern("a{99999999999}").problem() == std::string("is too long"));
    CHECK(name_pattern((std::string(99, '(') + std::string(99, ')')).c_str()).problem() == std::string("has groups too deep"));
}

TEST_CASE("name patterns: none takes long") {
    const std::string name(60, 'a');
    CHECK_FALSE(name_pattern("(a*)*b").is_found_in(name.c_str()));
    CHECK_FALSE(name_pattern("(a|aa|a*)+(a?){20}b").is_found_in(name.c_str()));
}

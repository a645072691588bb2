// Regular expressions over the names of tensors, as llama.cpp's --override-tensor takes them.
#ifndef MEMBOUND_NAME_PATTERN_HPP
#define MEMBOUND_NAME_PATTERN_HPP

#include <membound/config.hpp>

#include <cstdint>

MEMBOUND_BEGIN_NAMESPACE

// An expression in ECMAScript's grammar, which may be found anywhere in a name (std::regex_search). It knows groups,
// alternatives, sets, \d \s \w, * + ? {n,m} ^ and $; looking ahead, references back, \b, \x and the sets named in [: :] are
// refused. All of its states are followed at once, so that no expression takes long.
class name_pattern {
public:
    static constexpr int capacity = 512; // steps: about as many as characters

private:
    static constexpr int words = capacity / 64;

    enum class step_kind : std::uint8_t { one, either, jump, begin, end, found };
    struct step {
        std::int16_t to = 0; // where `one` stands in the text; how far it is to the other step
        step_kind kind = step_kind::one;
    };

public:
    // How much of the expression was found in the beginning of a name.
    struct reading {
        std::uint64_t at[words] = {}; // the steps that come next
        bool found = false;

        constexpr bool operator==(const reading &other) const {
            for (int w = 0; w < words; ++w)
                if (at[w] != other.at[w]) return false;
            return found == other.found;
        }
    };

    // Keeps the pointer: the text must live as long.
    constexpr name_pattern(const char *text) : text_(text) {
        alternatives(0);
        if (text_[place_] == ')') fail("closes a group that is not open");
        append(step_kind::found);
        if (count_ <= 64 && steps_[0].kind == step_kind::one) first_ = literal(steps_[0].to);
    }

    // What is wrong with it, as the end of a sentence; null: nothing.
    constexpr const char *problem() const { return problem_; }

    constexpr reading read(const char *beginning) const { // of a name
        reading r;
        if (problem_ == nullptr) enter(r, 0, true, false);
        for (; *beginning != '\0' && !r.found; ++beginning)
            if (*beginning == first_ || first_ == '\0' || r.at[0] != 1) r = next(r, *beginning);
        return r;
    }
    constexpr bool is_found_in(const char *name) const {
        const reading last = read(name);
        reading r = last;
        for (int i = next_step(last, 0); i < count_; i = next_step(last, i + 1))
            if (steps_[i].kind == step_kind::end) enter(r, i + 1, false, true);
        return r.found;
    }

private:
    // The first that is no earlier than `i`; count_: none.
    constexpr int next_step(const reading &r, int i) const {
        for (; i < count_; i = (i / 64 + 1) * 64)
            if (const std::uint64_t rest = r.at[i / 64] >> i % 64; rest != 0) return i + lowest_bit(rest);
        return count_;
    }
    // By a product that has the place in its highest six bits (de Bruijn).
    static constexpr int lowest_bit(std::uint64_t bits) {
        return places_of_bits[(bits & (~bits + 1)) * 0x022fdd63cc95386du >> 58];
    }
    static constexpr std::int8_t places_of_bits[] = {0,  1,  2,  53, 3,  7,  54, 27, 4,  38, 41, 8,  34, 55, 48, 28,
                                                     62, 5,  39, 46, 44, 42, 22, 9,  24, 35, 59, 56, 49, 18, 29, 11,
                                                     63, 52, 6,  26, 37, 40, 33, 47, 61, 45, 43, 21, 23, 58, 17, 10,
                                                     51, 25, 36, 32, 60, 20, 57, 16, 50, 31, 19, 15, 30, 14, 13, 12};

    constexpr reading next(const reading &r, char c) const {
        reading after;
        for (int i = next_step(r, 0); i < count_; i = next_step(r, i + 1))
            if (steps_[i].kind == step_kind::one && matches(steps_[i].to, c)) enter(after, i + 1, false, false);
        enter(after, 0, false, false);
        return after;
    }
    // Adds a step, and where it is none for a character, those behind it.
    constexpr void enter(reading &r, int i, bool at_begin, bool at_end) const {
        for (;;) {
            std::uint64_t &word = r.at[i / 64];
            const std::uint64_t bit = std::uint64_t{1} << i % 64;
            const step s = steps_[i];
            if ((word & bit) != 0 && !(at_end && s.kind == step_kind::end)) return;
            word |= bit;
            switch (s.kind) {
            case step_kind::one: return;
            case step_kind::found: r.found = true; return;
            case step_kind::begin:
                if (!at_begin) return;
                ++i;
                break;
            case step_kind::end:
                if (!at_end) return;
                ++i;
                break;
            case step_kind::either: enter(r, i + 1, at_begin, at_end); i += s.to; break;
            case step_kind::jump: i += s.to; break;
            }
        }
    }

    // Whether one character is what stands at a place of the text.
    constexpr bool matches(int place, char c) const {
        switch (text_[place]) {
        case '.': return c != '\n' && c != '\r';
        case '\\': return is_escaped(text_[place + 1], c);
        case '[': return is_in_set(place + 1, c);
        default: return text_[place] == c;
        }
    }
    static constexpr bool is_between(char c, char first, char last) { return first <= c && c <= last; }
    static constexpr bool is_class(char letter) {
        return letter == 'd' || letter == 'D' || letter == 'w' || letter == 'W' || letter == 's' || letter == 'S';
    }
    // The only character that stands at a place of the text; '\0': there are several.
    constexpr char literal(int place) const {
        if (text_[place] == '.' || text_[place] == '[') return '\0';
        if (text_[place] != '\\') return text_[place];
        return is_class(text_[place + 1]) ? '\0' : escaped(text_[place + 1]);
    }
    static constexpr char escaped(char letter) {
        switch (letter) {
        case 't': return '\t';
        case 'n': return '\n';
        case 'r': return '\r';
        case 'f': return '\f';
        case 'v': return '\v';
        default: return letter;
        }
    }
    static constexpr bool is_escaped(char letter, char c) {
        const bool digit = is_between(c, '0', '9');
        const bool word = digit || is_between(c, 'a', 'z') || is_between(c, 'A', 'Z') || c == '_';
        const bool space = c == ' ' || is_between(c, '\t', '\r');
        switch (letter) {
        case 'd': return digit;
        case 'D': return !digit;
        case 'w': return word;
        case 'W': return !word;
        case 's': return space;
        case 'S': return !space;
        default: return escaped(letter) == c;
        }
    }
    constexpr bool is_in_set(int place, char c) const {
        const bool negated = text_[place] == '^';
        if (negated) ++place;
        bool is_in = false;
        while (text_[place] != ']') {
            if (text_[place] == '\\' && is_class(text_[place + 1])) {
                is_in = is_in || is_escaped(text_[place + 1], c);
                place += 2;
                continue;
            }
            const char first = member(place);
            char last = first;
            if (text_[place] == '-' && text_[place + 1] != ']') {
                ++place;
                last = member(place);
            }
            is_in = is_in || is_between(c, first, last);
        }
        return is_in != negated;
    }
    // A character of a set; `place` moves behind it.
    constexpr char member(int &place) const {
        if (text_[place] != '\\') return text_[place++];
        place += 2;
        return escaped(text_[place - 1]);
    }

    // What follows reads the text once, from place_ on, and stops at the first problem.
    constexpr void fail(const char *problem) {
        if (problem_ == nullptr) problem_ = problem;
        count_ = 0;
    }
    constexpr void append(step_kind kind, int to = 0) {
        if (problem_ != nullptr) return;
        if (count_ == capacity) return fail("is too long");
        steps_[count_++] = {static_cast<std::int16_t>(to), kind};
    }
    constexpr void insert(int at, step_kind kind, int to) {
        append(kind);
        if (problem_ != nullptr) return;
        for (int i = count_ - 1; i > at; --i) steps_[i] = steps_[i - 1];
        steps_[at] = {static_cast<std::int16_t>(to), kind};
    }

    constexpr void alternatives(int depth) {
        if (depth > 32) return fail("has groups too deep");
        int begin = count_;
        int unfinished = -1; // the last jump over the alternatives that follow, which tells where the one before is
        sequence(depth);
        while (problem_ == nullptr && text_[place_] == '|') {
            ++place_;
            insert(begin, step_kind::either, count_ - begin + 2);
            append(step_kind::jump, unfinished);
            unfinished = count_ - 1;
            begin = count_;
            sequence(depth);
        }
        while (problem_ == nullptr && unfinished >= 0) {
            const int before = steps_[unfinished].to;
            steps_[unfinished].to = static_cast<std::int16_t>(count_ - unfinished);
            unfinished = before;
        }
    }
    constexpr void sequence(int depth) {
        while (problem_ == nullptr && text_[place_] != '\0' && text_[place_] != '|' && text_[place_] != ')') {
            const int begin = count_;
            const char c = text_[place_];
            if (c == '^' || c == '$') {
                ++place_;
                append(c == '^' ? step_kind::begin : step_kind::end);
                continue;
            }
            if (c == '(')
                group(depth);
            else
                character();
            while (repeat(begin)) {}
        }
    }
    constexpr void group(int depth) {
        ++place_;
        if (text_[place_] == '?') {
            if (text_[place_ + 1] != ':') return fail("looks ahead");
            place_ += 2;
        }
        alternatives(depth + 1);
        if (problem_ != nullptr) return;
        if (text_[place_] != ')') return fail("has a group that is not closed");
        ++place_;
    }
    constexpr void character() {
        const int begin = place_;
        switch (text_[place_]) {
        case '*':
        case '+':
        case '?':
        case '{': return fail("repeats nothing");
        case '\\': escape(); break;
        case '[': set(); break;
        default: ++place_;
        }
        append(step_kind::one, begin);
    }
    constexpr void escape() {
        const char letter = text_[place_ + 1];
        if (letter == '\0') return fail("ends in a backslash");
        if (is_between(letter, '0', '9')) return fail("refers back");
        if (letter == 'b' || letter == 'B' || letter == 'c' || letter == 'x' || letter == 'u')
            return fail("has an escape that is not known here");
        place_ += 2;
    }
    constexpr void set() {
        ++place_;
        if (text_[place_] == '^') ++place_;
        if (text_[place_] == ']') return fail("has an empty set");
        char first = '\0'; // of a range
        bool ranges = false;
        while (problem_ == nullptr && text_[place_] != ']') {
            const char c = text_[place_];
            if (c == '\0') return fail("has a set that is not closed");
            if (c == '[' && (text_[place_ + 1] == ':' || text_[place_ + 1] == '.' || text_[place_ + 1] == '='))
                return fail("has a named set");
            const bool many = c == '\\' && is_class(text_[place_ + 1]);
            const int begin = place_;
            if (c == '\\')
                escape();
            else
                ++place_;
            if (problem_ != nullptr) return;
            int at = begin;
            const char last = many ? c : member(at);
            if (ranges && (many || last < first)) return fail("has a range that ends before it begins");
            ranges = !ranges && text_[place_] == '-' && text_[place_ + 1] != ']';
            if (!ranges) continue;
            if (many) return fail("has a range that ends before it begins");
            first = last;
            ++place_;
        }
        ++place_;
    }
    constexpr bool repeat(int begin) {
        if (problem_ != nullptr) return false;
        int least = 1;
        int most = 1; // -1: any number
        switch (text_[place_]) {
        case '*': least = 0, most = -1; break;
        case '+': most = -1; break;
        case '?': least = 0; break;
        case '{': bounds(least, most); break;
        default: return false;
        }
        if (problem_ != nullptr) return false;
        ++place_;
        if (text_[place_] == '?') ++place_; // as few as possible: found or not is the same
        take_times(begin, least, most);
        return true;
    }
    // {n}, {n,} or {n,m}; stops at the last brace.
    constexpr void bounds(int &least, int &most) {
        ++place_;
        const bool begins = number(least);
        most = least;
        if (text_[place_] == ',') {
            ++place_;
            if (!number(most)) most = -1;
        }
        if (!begins || text_[place_] != '}' || (most >= 0 && most < least)) fail("has bounds that are not {n}, {n,} or {n,m}");
    }
    constexpr bool number(int &n) {
        if (!is_between(text_[place_], '0', '9')) return false;
        n = 0;
        for (; is_between(text_[place_], '0', '9'); ++place_)
            if (n < capacity) n = n * 10 + (text_[place_] - '0');
        return true;
    }
    constexpr void take_times(int begin, int least, int most) {
        const int length = count_ - begin;
        if (most == 0) {
            count_ = begin;
            return;
        }
        const int copies = most < 0 ? (least > 0 ? least : 1) : most;
        for (int copy = 1; copy < copies && problem_ == nullptr; ++copy) {
            const int at = count_;
            for (int i = 0; i < length; ++i) append(steps_[begin + i].kind, steps_[begin + i].to);
            if (copy >= least) insert(at, step_kind::either, length + 1);
        }
        if (problem_ != nullptr) return;
        if (most < 0) append(step_kind::either, -length); // the last once more
        if (least == 0) insert(begin, step_kind::either, length + (most < 0 ? 2 : 1));
    }

    const char *text_;
    const char *problem_ = nullptr;
    step steps_[capacity] = {};
    int place_ = 0;
    int count_ = 0;
    char first_ = '\0'; // which all that is found begins with, where there is such a one
};

MEMBOUND_END_NAMESPACE

#endif

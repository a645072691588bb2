// membound: whether a language model fits a machine, before it is loaded.
#include "answers.hpp"
#include "bad_input.hpp"
#include "charts.hpp"
#include "inspect.hpp"
#include "json.hpp"
#include "lists.hpp"
#include "machines.hpp"
#include "options.hpp"
#include "tables.hpp"

#include <membound/read/projector.hpp>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>

#if defined(_WIN32)
#include <io.h>
#else
#include <unistd.h>
#endif

namespace {

enum exit_status { fits = 0, does_not_fit = 1, input_is_bad = 2 };

struct answer {
    std::string text;
    exit_status status = fits;
};

bool is_colored() {
#if defined(_WIN32)
    const bool terminal = _isatty(1) != 0;
#else
    const bool terminal = isatty(1) != 0;
#endif
    const char *no_color = std::getenv("NO_COLOR");
    return terminal && (no_color == nullptr || no_color[0] == '\0');
}

question asked(const options &o) {
    question q;
    q.on = read_machine(o.on, o.host_memory);
    q.source = open_model(o.subject);
    q.engine = o.engine;
    q.workload = o.workload;
    if (!o.projector.empty()) {
        const auto read = membound::read_projector(o.projector);
        if (!read) throw bad_input(read.error());
        q.projector = std::make_shared<membound::projector>(*read);
        q.workload.vision = q.projector.get();
    }
    q.context_given = o.context_given;
    q.cache_given = o.cache_given;
    q.wanted = o.wanted;
    return q;
}

void write_file(const std::string &path, const std::string &text) {
    std::FILE *file = std::fopen(path.c_str(), "wb");
    const std::size_t length = file != nullptr ? std::fwrite(text.data(), 1, text.size(), file) : 0;
    const bool closed = file != nullptr && std::fclose(file) == 0;
    if (!closed || length != text.size())
        throw bad_input(path, "cannot be written", file != nullptr ? "there may be no room" : "is there such a folder?");
}

answer fit_front(const options &o, const question &q) {
    if (o.table) throw bad_input("--table", "is beside --pareto", "each is a table of its own");
    const front f = front_of(q);
    if (!o.svg.empty()) write_file(o.svg, front_chart(q, f));
    return {o.json ? front_json(q, f) : front_table(q, f, is_colored()), f.plans.empty() ? does_not_fit : fits};
}

answer fit(const options &o) {
    const question q = asked(o);
    if (o.pareto) return fit_front(o, q);
    const std::vector<candidate> all = ask_all(q);
    const exit_status status = recommended(q, all) != nullptr ? fits : does_not_fit;
    if (!o.svg.empty()) write_file(o.svg, memory_chart(q, all));
    if (o.table) return {o.json ? contexts_json(q, all) : contexts_table(q, all, is_colored()), status};
    return {o.json ? fit_json(q, all) : fit_table(q, all, is_colored()), status};
}

answer budget(const options &o) {
    const question q = asked(o);
    const std::optional<membound::quantization> own = q.source.own();
    if (o.quantization == nullptr && !own)
        throw bad_input("--quant", "is missing", "a model of the catalogue has no quantization of its own");
    const candidate c = ask(q, o.quantization != nullptr ? *o.quantization : *own);
    if (!c.predicted) throw bad_input(c.predicted.error());
    return {o.json ? budget_json(q, c) : budget_table(q, c, is_colored()), c.fits() ? fits : does_not_fit};
}

answer answer_to(const options &o) {
    switch (o.what) {
    case options::command::fit: return fit(o);
    case options::command::budget: return budget(o);
    case options::command::inspect: {
        const properties found = is_gguf(o.subject) ? inspect(open_gguf(o.subject)) : inspect(o.subject);
        return {o.json ? inspect_json(found) : inspect_table(found), fits};
    }
    case options::command::list: {
        const std::vector<properties> found = list_of(o.subject);
        return {o.json ? list_json(found) : list_table(found, is_colored()), fits};
    }
    case options::command::help: break;
    }
    return {o.help, fits};
}

int refuse(const std::string &line) {
    std::string shown = "membound: " + line;
    for (char &c : shown)
        if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = '?';
    std::fprintf(stderr, "%s\n", shown.c_str());
    return input_is_bad;
}

} // namespace

int main(int argc, char **argv) {
    try {
        const answer a = answer_to(read_options(argc, argv));
        const std::size_t length = std::fwrite(a.text.data(), 1, a.text.size(), stdout);
        const bool written = length == a.text.size() && std::fflush(stdout) == 0;
        return written ? a.status : refuse("standard output: cannot be written, the answer is lost");
    } catch (const bad_input &e) {
        return refuse(e.line);
    } catch (const std::exception &e) {
        return refuse(std::string("membound: failed, ") + e.what());
    }
}

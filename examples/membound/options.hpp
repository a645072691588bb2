// The command line, checked as far as it can be without a model.
#ifndef MEMBOUND_PROGRAM_OPTIONS_HPP
#define MEMBOUND_PROGRAM_OPTIONS_HPP

#include <membound/plan.hpp>

#include <list>
#include <memory>
#include <string>
#include <vector>

// What a workload's tensor overrides point to.
struct override_list {
    std::list<std::string> patterns;
    std::vector<membound::tensor_override> all;
};

struct options {
    enum class command { help, fit, budget, inspect, list };

    command what = command::help;
    std::string help;          // the text to print, where that is all
    std::string subject;       // MODEL, FILE, or what to list
    std::string on;            // --on
    const membound::engine *engine = nullptr;
    const membound::quantization *quantization = nullptr; // null: not given
    membound::workload workload;
    std::shared_ptr<const override_list> overrides; // of the workload; null: none
    std::string projector; // the file; empty: not given
    bool context_given = false;
    bool cache_given = false;
    membound::objective wanted; // of fit
    membound::bytes host_memory; // 0: not given
    bool json = false;
    bool pareto = false; // of fit: what no other beats
    bool table = false; // of fit: over contexts
    std::string svg;    // of fit: where to write a picture; empty: nowhere
};

// Throws bad_input.
options read_options(int argc, char **argv);

// "24GiB", "1.5 GB", "512MiB". Throws bad_input.
membound::bytes read_size(const std::string &where, const std::string &text);

#endif

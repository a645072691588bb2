// What `fit` and `budget` ask of the library.
#ifndef MEMBOUND_PROGRAM_ANSWERS_HPP
#define MEMBOUND_PROGRAM_ANSWERS_HPP

#include "models.hpp"

#include <membound/quality.hpp>
#include <membound/solve.hpp>

#include <optional>
#include <string>
#include <vector>

struct question {
    model_source source;
    membound::machine on;
    const membound::engine *engine = nullptr;
    membound::workload workload;

    bool on_devices() const { return on.device_count > 0; }
    int all_layers() const { return source.model.layer_count() + 1; }
};

// One quantization on the machine.
struct candidate {
    membound::quantization recipe;
    bool is_file = false; // as the file has it
    membound::bytes weights;
    double bits_per_weight = 0;
    membound::result<membound::budget> predicted;
    membound::result<membound::tokens> max_context;
    membound::result<membound::quality> quality;
    membound::result<membound::model_buffers> buffers;

    bool fits() const { return predicted && predicted->fits(); }
};

// Changes that would make a deployment fit, each alone; those that would not are empty.
struct remedies {
    std::string of; // the quantization that all but the next two are told of
    const membound::quantization *quantization = nullptr; // the most faithful that fits
    const membound::model *model = nullptr; // the largest of the same name that fits in Q4_K_M
    std::optional<int> gpu_layers;
    std::optional<int> cpu_moe_layers;
    std::optional<membound::tokens> context;
    bool cache_in_8_bits = false;
};

candidate ask(const question &q, const membound::quantization &recipe);

// Of a file, the file itself first. Throws bad_input where no quantization has an answer.
std::vector<candidate> ask_all(const question &q);

// The file itself where it fits, else the most faithful that fits; null where none does.
const candidate *recommended(const question &q, const std::vector<candidate> &all);

// What is looked at closer where nothing fits: the file itself, or Q4_K_M.
membound::quantization usual_recipe(const question &q);

remedies remedies_for(const question &q, const membound::quantization &recipe);

// The device that has least left.
const membound::device_budget &tightest(const membound::budget &b);

// Where the figures of weights and of the cache come from.
std::string source_of(const membound::quality &loss);

// The upper totals of all devices together; those of the host where there are none.
membound::bytes needed_on_devices(const membound::budget &b);

#endif

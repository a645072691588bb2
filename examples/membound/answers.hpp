// What `fit` and `budget` ask of the library.
#ifndef MEMBOUND_PROGRAM_ANSWERS_HPP
#define MEMBOUND_PROGRAM_ANSWERS_HPP

#include "models.hpp"

#include <membound/changes.hpp>
#include <membound/quality.hpp>
#include <membound/throughput.hpp>

#include <memory>
#include <string>
#include <vector>

struct question {
    model_source source;
    membound::machine on;
    const membound::engine *engine = nullptr;
    membound::workload workload;
    std::shared_ptr<const membound::projector> projector; // that the workload points to
    bool context_given = false;
    bool cache_given = false;
    membound::objective wanted;

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
    membound::result<membound::throughput> speeds;      // of an empty cache
    membound::result<membound::throughput> speeds_full; // of one that is nearly full

    bool fits() const { return predicted && predicted->fits(); }
};

// What would make a deployment fit.
struct remedies {
    membound::quantization of;
    membound::change_list changes;            // of it, the cheapest first
    const membound::model *model = nullptr; // the largest of the same name that fits in Q4_K_M
};

// What may be chosen: of a file its own quantization alone, of the others those worth choosing, the most faithful first.
struct selection {
    std::vector<membound::quantization> file;
    std::vector<const membound::quantization *> quantizations;
    std::vector<membound::cache_types> caches;
    bool context = false;

    membound::choices all() const;
};
selection selection_of(const question &q);

// What is asked, with the least context that is worth a plan where none was given.
membound::workload least_workload(const question &q, const selection &from);

// The best of all that may be chosen: quantization, cache, placement and, where it was not given, context.
membound::result<membound::recommendation> best_plan(const question &q, const selection &from);

// The words of the command line that ask for a plan, in place of those of the question: {"--gpu-layers", "20"}.
std::vector<std::string> words_for(const question &q, const membound::workload &use);

candidate ask(const question &q, const membound::quantization &recipe);

// Of a file, the file itself first. Throws bad_input where no quantization has an answer.
std::vector<candidate> ask_all(const question &q);

// The file itself where it fits, else the most faithful that fits; null where none does.
const candidate *recommended(const question &q, const std::vector<candidate> &all);

// What is looked at closer where nothing fits: the file itself, or Q4_K_M.
membound::quantization usual_recipe(const question &q);

remedies remedies_for(const question &q, const membound::quantization &recipe);

// Where the figures of weights and of the cache come from.
std::string source_of(const membound::quality &loss);

// The upper totals of all devices together; those of the host where there are none.
membound::bytes needed_on_devices(const membound::budget &b);

#endif

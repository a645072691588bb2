#include "options.hpp"

#include "bad_input.hpp"
#include "engines.hpp"
#include "names.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>

using membound::bytes;

namespace {

constexpr std::int64_t most_tokens = INT32_MAX;

std::int64_t read_number(const std::string &where, const std::string &text, std::int64_t least, std::int64_t most) {
    std::int64_t n = 0;
    const char *end = text.data() + text.size();
    const auto [rest, failure] = std::from_chars(text.data(), end, n);
    const bool too_large = failure == std::errc::result_out_of_range && text[0] != '-';
    if (rest != end || failure == std::errc::invalid_argument)
        throw bad_input(where, "'" + text + "' is not a whole number", "it counts");
    if (too_large || n > most) throw bad_input(where, text + " is too large", "it is at most " + std::to_string(most));
    if (failure != std::errc() || n < least)
        throw bad_input(where, text + " is too small", "it is at least " + std::to_string(least));
    return n;
}

int read_int(const std::string &where, const std::string &text, int least) {
    return static_cast<int>(read_number(where, text, least, INT32_MAX));
}

// "32768" and "32k" are the same.
membound::tokens read_tokens(const std::string &where, const std::string &text) {
    const char last = text.empty() ? '\0' : text.back();
    const std::int64_t unit = last == 'k' || last == 'K' ? 1024 : last == 'm' || last == 'M' ? 1024 * 1024 : 1;
    const std::string digits = unit > 1 ? text.substr(0, text.size() - 1) : text;
    return membound::tokens(read_number(where, digits, 1, most_tokens / unit) * unit);
}

struct size_unit {
    const char *name;
    bytes size;
};

constexpr size_unit size_units[] = {
    {"tib", bytes(std::int64_t{1} << 40)}, {"gib", bytes(1 << 30)},    {"mib", bytes(1 << 20)}, {"kib", bytes(1 << 10)},
    {"tb", bytes(1000000000000)},          {"gb", bytes(1000000000)}, {"mb", bytes(1000000)},  {"kb", bytes(1000)},
};

template <class Choice>
Choice read_switch(const std::string &where, const std::string &text, Choice on, Choice off, Choice automatic) {
    if (text == "on") return on;
    if (text == "off") return off;
    if (text == "auto") return automatic;
    throw bad_input(where, "'" + text + "' is not a choice", "the choices are on, off and auto");
}

membound::flash_attention read_flash_attention(const std::string &where, const std::string &text) {
    using when = membound::flash_attention;
    return read_switch(where, text, when::on, when::off, when::automatic);
}

membound::weight_loading read_loading(const std::string &where, const std::string &text) {
    using how = membound::weight_loading;
    return read_switch(where, text, how::mapped, how::read, how::automatic);
}

// -1 and "all" are all layers.
int read_layers(const std::string &where, const std::string &text) {
    return text == "all" || text == "-1" ? -1 : read_int(where, text, 0);
}

// The options as they stand on the command line; empty where left out.
struct words {
    std::string subject, on, engine = "llama.cpp", quantization, context, sequences, batch, ubatch, kv_type, type_k,
        type_v, flash_attention, gpu_layers, cpu_moe_layers, override_tensor, tensor_split, lora_rank, tensor_parallel,
        pipeline_parallel, data_parallel, max_sequences, memory_fraction, mmap, mmproj, checkpoints, cache_ram,
        host_memory, aim, max_loss, min_speed, svg;
    bool json = false, pareto = false, table = false;
};

double read_amount(const std::string &where, const std::string &text) {
    double x = 0;
    const char *end = text.data() + text.size();
    const auto [rest, failure] = std::from_chars(text.data(), end, x);
    if (rest != end || failure != std::errc() || !(x >= 0) || !(x < 1e9))
        throw bad_input(where, "'" + text + "' is not an amount", "it is a number from 0 on");
    return x;
}

// "3,1": how many layers each device has in proportion.
void read_shares(const std::string &where, const std::string &text, double *shares) {
    double sum = 0;
    int count = 0;
    for (std::size_t begin = 0; begin <= text.size(); ++count) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        if (count == membound::max_devices) throw bad_input(where, "has too many shares", "no machine has so many devices");
        shares[count] = read_amount(where, text.substr(begin, end - begin));
        sum += shares[count];
        begin = end + 1;
    }
    if (sum == 0) throw bad_input(where, "gives all devices nothing", "the layers lie somewhere");
}

// "ffn_up=CPU,ffn_down=CUDA1": by llama.cpp's names of buffers, which end in the number of their device.
std::shared_ptr<const override_list> read_overrides(const std::string &where, const std::string &text) {
    const auto list = std::make_shared<override_list>();
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        const std::string item = text.substr(begin, end - begin);
        const std::size_t equals = item.find('=');
        if (equals == std::string::npos)
            throw bad_input(where, "'" + item + "' has no =",
                            "a pattern of tensors' names stands before it, CPU or a device behind");
        const std::string buffer = item.substr(equals + 1);
        const std::size_t number = buffer.find_last_not_of("0123456789") + 1;
        if (buffer != "CPU" && number == buffer.size())
            throw bad_input(where, "'" + buffer + "' is no device", "CPU is the host, and CUDA0 or 0 the first device");
        const membound::name_pattern names(list->patterns.emplace_back(item.substr(0, equals)).c_str());
        if (names.problem() != nullptr)
            throw bad_input(where, "'" + list->patterns.back() + "' " + names.problem(), "patterns are those of ECMAScript");
        list->all.push_back({names, buffer == "CPU" ? -1 : read_int(where, buffer.substr(number), 0)});
        begin = end + 1;
    }
    return list;
}

membound::objective read_objective(const words &w) {
    using membound::aim;
    membound::objective o;
    o.most_perplexity_increase_percent = w.max_loss.empty() ? 10 : read_amount("--max-loss", w.max_loss);
    if (!w.min_speed.empty()) o.least_decode_tokens_per_second = read_amount("--min-speed", w.min_speed);
    o.whole_on_devices = w.min_speed.empty();
    const auto order = [&](aim first, aim second, aim third) { o.order[0] = first, o.order[1] = second, o.order[2] = third; };
    if (w.aim == "speed")
        order(aim::speed, aim::quality, aim::context);
    else if (w.aim == "context")
        order(aim::context, aim::quality, aim::speed);
    else if (!w.aim.empty() && w.aim != "quality")
        throw bad_input("--aim", "'" + w.aim + "' is not a choice", "the choices are quality, speed and context");
    return o;
}

// Devices that share each matrix, stages of layers, or replicas.
void read_parallel(const std::string &where, const std::string &text, const membound::engine &e, int &count) {
    if (text.empty()) return;
    count = read_int(where, text, 1);
    if (count != 1 && !e.divides_matrices)
        throw bad_input(where, "is not 1", std::string(e.name) + " lays whole layers on each device");
}

options checked(const words &w) {
    options o;
    o.engine = &engine_named(w.engine);
    o.workload = o.engine->defaults;
    if (!w.quantization.empty()) o.quantization = &quantization_named(*o.engine, w.quantization);
    if (!w.context.empty()) o.workload.context = read_tokens("--context", w.context);
    if (!w.sequences.empty()) o.workload.sequences = read_int("--sequences", w.sequences, 1);
    if (!w.batch.empty()) o.workload.batch = read_int("--batch", w.batch, 1);
    if (!w.ubatch.empty()) o.workload.ubatch = read_int("--ubatch", w.ubatch, 1);
    if (!w.kv_type.empty()) o.workload.type_k = o.workload.type_v = cache_type_named(*o.engine, "--kv-type", w.kv_type);
    if (!w.type_k.empty()) o.workload.type_k = cache_type_named(*o.engine, "--type-k", w.type_k);
    if (!w.type_v.empty()) o.workload.type_v = cache_type_named(*o.engine, "--type-v", w.type_v);
    if (!w.flash_attention.empty()) o.workload.flash = read_flash_attention("--flash-attention", w.flash_attention);
    if (!w.gpu_layers.empty()) o.workload.placed.gpu_layers = read_layers("--gpu-layers", w.gpu_layers);
    if (!w.lora_rank.empty()) o.workload.lora.rank = read_int("--lora-rank", w.lora_rank, 0);
    if (!w.cpu_moe_layers.empty()) o.workload.placed.cpu_moe_layers = read_int("--cpu-moe-layers", w.cpu_moe_layers, 0);
    if (!w.override_tensor.empty()) {
        if (o.engine->buffers_by == nullptr)
            throw bad_input("--override-tensor", std::string("is not covered for ") + o.engine->name,
                            "the names are those of GGUF files");
        o.overrides = read_overrides("--override-tensor", w.override_tensor);
        o.workload.placed.overrides = o.overrides->all.data();
        o.workload.placed.override_count = static_cast<int>(o.overrides->all.size());
    }
    if (!w.tensor_split.empty()) read_shares("--tensor-split", w.tensor_split, o.workload.placed.tensor_split);
    read_parallel("--tensor-parallel", w.tensor_parallel, *o.engine, o.workload.placed.tensor_parallel);
    read_parallel("--pipeline-parallel", w.pipeline_parallel, *o.engine, o.workload.placed.pipeline_parallel);
    read_parallel("--data-parallel", w.data_parallel, *o.engine, o.workload.placed.data_parallel);
    if (!w.max_sequences.empty()) o.workload.served.max_sequences = read_int("--max-sequences", w.max_sequences, 1);
    if (!w.memory_fraction.empty()) {
        o.workload.served.memory_fraction = read_amount("--memory-fraction", w.memory_fraction);
        if (o.workload.served.memory_fraction <= 0 || o.workload.served.memory_fraction > 1)
            throw bad_input("--memory-fraction", w.memory_fraction + " is no share", "it is more than 0 and at most 1");
    }
    if (!w.mmproj.empty() && o.engine->buffers_by == nullptr)
        throw bad_input("--mmproj", std::string("is not covered for ") + o.engine->name,
                        "a projector's passes are those of llama.cpp");
    o.projector = w.mmproj;
    if (!w.mmap.empty()) o.workload.loading = read_loading("--mmap", w.mmap);
    o.context_given = !w.context.empty();
    o.cache_given = !w.kv_type.empty() || !w.type_k.empty() || !w.type_v.empty();
    o.wanted = read_objective(w);
    if (!w.checkpoints.empty()) o.workload.checkpoints = read_int("--checkpoints", w.checkpoints, 0);
    if (!w.cache_ram.empty())
        o.workload.prompt_cache = w.cache_ram == "0" ? bytes(0) : read_size("--cache-ram", w.cache_ram);
    if (!w.host_memory.empty()) o.host_memory = read_size("--host-memory", w.host_memory);
    return o;
}

void add_workload_options(CLI::App &to, words &w) {
    to.add_option("--on", w.on, "The machine: names of `membound list devices`, 24GiB (bare memory), local")
        ->type_name("DEVICE[,DEVICE...]");
    to.add_option("--engine", w.engine, "What runs the model [llama.cpp]")->type_name("NAME");
    to.add_option("--context", w.context, "Tokens, of all sequences together [what the model was trained for]")
        ->type_name("N");
    to.add_option("--sequences", w.sequences, "Sequences that are decoded together [1]")->type_name("N");
    to.add_option("--batch", w.batch, "Tokens that are submitted together [2048]")->type_name("N");
    to.add_option("--ubatch", w.ubatch, "Tokens that are computed together [512]")->type_name("N");
    to.add_option("--kv-type", w.kv_type, "Type of the KV cache: f16, q8_0, ... [f16]")->type_name("TYPE");
    to.add_option("--type-k", w.type_k, "Type of the keys alone")->type_name("TYPE");
    to.add_option("--type-v", w.type_v, "Type of the values alone")->type_name("TYPE");
    to.add_option("--flash-attention", w.flash_attention, "on, off or auto [auto]")->type_name("WHEN");
    to.add_option("--gpu-layers", w.gpu_layers, "Layers on the devices, the output layer counted [all]")
        ->type_name("N");
    to.add_option("--lora-rank", w.lora_rank, "Rank of a low-rank adapter (LoRA) on all matrices but the experts' [none]")
        ->type_name("N");
    to.add_option("--cpu-moe-layers", w.cpu_moe_layers, "Leading layers whose experts stay on the host [0]")
        ->type_name("N");
    to.add_option("--override-tensor,--ot", w.override_tensor,
                  "Where tensors lie whose names hold a regular expression: '\\.ffn_.*_exps=CPU' [with their layer]")
        ->type_name("PATTERN=DEVICE,...");
    to.add_option("--tensor-split", w.tensor_split, "Shares of the layers that each device has: 3,1 [by free memory]")
        ->type_name("N,N,...");
    to.add_option("--tensor-parallel", w.tensor_parallel, "Devices that share each layer: vllm, sglang, tensorrt-llm [1]")
        ->type_name("N");
    to.add_option("--pipeline-parallel", w.pipeline_parallel, "Stages that the layers are divided among, likewise [1]")
        ->type_name("N");
    to.add_option("--data-parallel", w.data_parallel, "Replicas that divide the sequences, likewise [1]")->type_name("N");
    to.add_option("--max-sequences", w.max_sequences, "Most sequences of a batch of theirs [by the device]")->type_name("N");
    to.add_option("--memory-fraction", w.memory_fraction,
                  "gpu-memory-utilization, mem-fraction-static or free-gpu-memory-fraction [the engine's own]")
        ->type_name("SHARE");
    to.add_option("--mmap", w.mmap, "Files are mapped, not read: on, off or auto [auto]")->type_name("WHEN");
    to.add_option("--mmproj", w.mmproj, "The GGUF file of the projector that reads images [none]")->type_name("FILE");
    to.add_option("--checkpoints", w.checkpoints, "States that a server keeps of each sequence, at most [llama-server: 32]")
        ->type_name("N");
    to.add_option("--cache-ram", w.cache_ram, "What a server keeps of earlier prompts, at most: 2GiB, 0 [llama-server: 8GiB]")
        ->type_name("SIZE");
    to.add_option("--host-memory", w.host_memory, "Memory of the host: 64GiB [without limit]")->type_name("SIZE");
}

// CLI11's own words: "--context: 1 required TEXT missing".
bad_input command_line_error(const CLI::ParseError &e, const std::string &command) {
    const std::string text = e.what();
    const std::size_t colon = text[0] == '-' ? text.find(": ") : std::string::npos;
    const bool placed = colon != std::string::npos;
    return bad_input(placed ? text.substr(0, colon) : command, placed ? text.substr(colon + 2) : text,
                     "membound --help has the command line");
}

[[noreturn]] void refuse(const CLI::App &command, const std::string &word) {
    if (word.compare(0, 1, "-") != 0)
        throw bad_input("command line", "'" + word + "' is one word too many",
                        command.get_name() + " takes one, and options");
    std::vector<std::string> names;
    for (const CLI::Option *o : command.get_options()) names.push_back(o->get_name());
    throw bad_input(word, "is not an option of " + command.get_name(),
                    why_unknown(near_names(word, names), "membound " + command.get_name() + " --help has them all"));
}

options help_of(const std::string &text) {
    options o;
    o.help = text;
    return o;
}

// Of the command that was given.
options options_of(const CLI::App &command, options::command what, const words &w) {
    if (const auto extras = command.remaining(); !extras.empty()) refuse(command, extras.front());
    for (const CLI::Option *option : command.get_options())
        for (const std::string &value : option->results())
            if (value.empty()) throw bad_input(option->get_name(), "is empty", "leave it out for its default");
    const bool deploys = what == options::command::fit || what == options::command::budget;
    options o = deploys ? checked(w) : options();
    const char *missing = deploys ? "MODEL" : what == options::command::inspect ? "FILE" : "WHAT";
    if (w.subject.empty())
        throw bad_input(missing, "is missing", "membound " + command.get_name() + " --help has the command line");
    if (deploys && w.on.empty()) throw bad_input("--on", "is missing", "it names the machine: a device, 24GiB or local");
    o.what = what;
    o.subject = w.subject;
    o.on = w.on;
    o.json = w.json;
    o.table = w.table;
    o.pareto = w.pareto;
    o.svg = w.svg;
    return o;
}

} // namespace

bytes read_size(const std::string &where, const std::string &text) {
    const std::size_t digits = text.find_first_not_of("0123456789.");
    const std::string number = text.substr(0, digits);
    const std::size_t begin = digits == std::string::npos ? digits : text.find_first_not_of(' ', digits);
    const std::string unit = begin == std::string::npos ? "" : lower_case(text.substr(begin));
    const std::size_t point = number.find('.');
    const bool plain = number.find_first_not_of('.') != std::string::npos && point == number.rfind('.');
    for (const size_unit &u : size_units) {
        if (!plain || unit != u.name) continue;
        double fraction = 0;
        double scale = 1;
        bytes whole;
        for (const char c : number.substr(0, point)) whole = whole * 10 + bytes(c - '0');
        if (point != std::string::npos)
            for (const char c : number.substr(point + 1)) fraction += (c - '0') * (scale /= 10);
        fraction *= static_cast<double>(u.size.count());
        const bytes size = whole * u.size.count() + bytes(static_cast<std::int64_t>(fraction));
        if (size.count() == 0) throw bad_input(where, text + " is nothing", "a memory has at least one byte");
        if (size > bytes(std::int64_t{1} << 60))
            throw bad_input(where, text + " is too large", "no machine has that much");
        return size;
    }
    throw bad_input(where, "'" + text + "' is not a size", "a size is a number and a unit, as in 24GiB or 24GB");
}

options read_options(int argc, char **argv) {
    using command = options::command;
    CLI::App app("Says whether a language model fits a machine, before it is loaded.", "membound");
    constexpr int version[] = {MEMBOUND_VERSION_MAJOR, MEMBOUND_VERSION_MINOR, MEMBOUND_VERSION_PATCH};
    const auto part = [&](int i) { return std::to_string(version[i]); };
    app.set_version_flag("--version", part(0) + "." + part(1) + "." + part(2));
    words w;
    const auto add = [&](const char *name, const char *subject, const char *of_subject, const char *about) {
        CLI::App *c = app.add_subcommand(name, about);
        c->add_option(subject, w.subject, of_subject);
        c->add_flag("--json", w.json, "Print JSON");
        c->allow_extras();
        return c;
    };
    constexpr const char *of_model = "A name of `membound list models`, a .gguf file (of several, the first), or a folder, a "
                                     "config.json, a .safetensors file or an index as Hugging Face has them";
    constexpr const char *of_file = "A .gguf file (of several, the first), or a folder, a config.json, a .safetensors file or "
                                    "an index";
    CLI::App *fit = add("fit", "MODEL", of_model, "Every quantization against the machine, the recommended one marked");
    CLI::App *budget = add("budget", "MODEL", of_model, "One deployment, term by term and device by device");
    CLI::App *inspect = add("inspect", "FILE", of_file, "What a model file says, and what it means");
    CLI::App *list = add("list", "WHAT", "models, devices, formats, quantizations or engines", "What is known by name");
    for (CLI::App *c : {fit, budget}) add_workload_options(*c, w);
    fit->add_flag("--pareto", w.pareto, "Deployments that no other beats in memory, speed, quality and context at once");
    fit->add_flag("--table", w.table, "What each quantization takes at each context");
    fit->add_option("--svg", w.svg, "Write a picture: memory against context, or what --pareto found")->type_name("FILE");
    budget->add_option("--quant", w.quantization, "A name of `membound list quantizations` [of a file, its own]")
        ->type_name("Q");
    fit->add_option("--aim", w.aim, "What the best plan has most of: quality, speed or context [quality]")->type_name("AIM");
    fit->add_option("--max-loss", w.max_loss, "Percent that perplexity may rise in the best plan [10]")->type_name("PERCENT");
    fit->add_option("--min-speed", w.min_speed, "New tokens a second that the best plan has at least [all on devices]")
        ->type_name("N");
    app.allow_extras();
    app.footer("Exit status: 0 it fits, or the question was answered; 1 it does not fit; 2 the input is bad.");

    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForVersion &e) {
        return help_of(std::string(e.what()) + "\n");
    } catch (const CLI::Success &) {
        return help_of(app.help());
    } catch (const CLI::ParseError &e) {
        throw command_line_error(e, "command line");
    }

    const struct {
        const CLI::App *app;
        command what;
    } commands[] = {{fit, command::fit}, {budget, command::budget}, {inspect, command::inspect}, {list, command::list}};
    constexpr const char *which = "the commands are fit, budget, inspect and list";
    if (const auto extras = app.remaining(); !extras.empty() && app.get_subcommands().empty())
        throw bad_input(extras.front(), "is not a command", which);
    for (const auto &c : commands)
        if (c.app->parsed()) return options_of(*c.app, c.what, w);
    throw bad_input("command", "is missing", which);
}

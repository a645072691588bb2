// Asks libllama what a model and a context take, without allocating them. Built against the headers of the library that
// it asks, not as a part of the project.
//     ask_llama BACKENDS_FOLDER < JOBS
// A job is a line `MODEL.gguf KEY=VALUE...` with the names of llama_model_params and llama_context_params; the answer is a
// line of JSON, the `measured` of a memory row, or {"error": ...}: "abort" where the library ended the process, which is
// another for each job.
#include "ggml-backend.h"
#include "llama-ext.h"
#include "llama.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <map>
#include <sstream>
#include <string>

namespace {

using settings = std::map<std::string, std::string>;

long number(const settings &s, const char *key) { return std::atol(s.at(key).c_str()); }

ggml_type type_named(const std::string &name) {
    for (int i = 0; i < GGML_TYPE_COUNT; ++i) {
        const char *known = ggml_type_name(static_cast<ggml_type>(i));
        if (known != nullptr && name == known) return static_cast<ggml_type>(i);
    }
    return GGML_TYPE_COUNT;
}

void answer(const std::string &path, const settings &s) {
    llama_model_params mp = llama_model_default_params();
    mp.no_alloc = true;
    mp.load_mode = LLAMA_LOAD_MODE_NONE;
    mp.n_gpu_layers = 0;
    mp.use_extra_bufts = false;
    llama_model *model = llama_model_load_from_file(path.c_str(), mp);
    if (model == nullptr) {
        std::puts("{\"error\": \"model\"}");
        return;
    }
    llama_context_params cp = llama_context_default_params();
    cp.n_ctx = static_cast<uint32_t>(number(s, "n_ctx"));
    cp.n_batch = static_cast<uint32_t>(number(s, "n_batch"));
    cp.n_ubatch = static_cast<uint32_t>(number(s, "n_ubatch"));
    cp.n_seq_max = static_cast<uint32_t>(number(s, "n_seq_max"));
    cp.n_outputs_max = static_cast<uint32_t>(number(s, "n_outputs_max"));
    cp.flash_attn_type = static_cast<llama_flash_attn_type>(number(s, "flash_attn"));
    cp.type_k = type_named(s.at("type_k"));
    cp.type_v = type_named(s.at("type_v"));
    cp.swa_full = number(s, "swa_full") != 0;
    cp.kv_unified = number(s, "kv_unified") != 0;
    cp.embeddings = number(s, "embeddings") != 0;
    llama_context *context = llama_init_from_model(model, cp);
    if (context == nullptr) {
        std::puts("{\"error\": \"context\"}");
    } else {
        std::string buffers;
        for (const auto &[type, held] : llama_get_memory_breakdown(context)) {
            char text[400];
            std::snprintf(text, sizeof text, "%s\"%s\": {\"model\": %zu, \"context\": %zu, \"compute\": %zu}",
                          buffers.empty() ? "" : ", ", ggml_backend_buft_name(type), held.model, held.context,
                          held.compute);
            buffers += text;
        }
        std::printf("{\"n_ctx\": %u, \"breakdown\": {%s}}\n", llama_n_ctx(context), buffers.c_str());
        llama_free(context);
    }
    llama_model_free(model);
}

} // namespace

int main(int, char **argv) {
    llama_log_set([](ggml_log_level, const char *, void *) {}, nullptr);
    ggml_backend_load_all_from_path(argv[1]);
    llama_backend_init();
    for (std::string line; std::getline(std::cin, line);) {
        std::istringstream words(line);
        std::string path;
        words >> path;
        settings s;
        for (std::string word; words >> word;) s[word.substr(0, word.find('='))] = word.substr(word.find('=') + 1);
        const pid_t child = fork();
        if (child == 0) {
            answer(path, s);
            std::fflush(stdout);
            _exit(0);
        }
        int status = 0;
        waitpid(child, &status, 0);
        if (status != 0) std::puts("{\"error\": \"abort\"}");
        std::fflush(stdout);
    }
}

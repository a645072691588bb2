#include "models.hpp"

#include "bad_input.hpp"
#include "names.hpp"

#include <membound/models/all.hpp>

#include <filesystem>

using namespace membound;

namespace {

bool has_ending(const std::string &text, const std::string &ending) {
    return text.size() >= ending.size() && lower_case(text.substr(text.size() - ending.size())) == ending;
}

bool is_path(const std::string &given) {
    for (const char *ending : {".gguf", ".json", ".safetensors"})
        if (has_ending(given, ending)) return true;
    std::error_code failed;
    return given.find('/') != std::string::npos || std::filesystem::exists(given, failed);
}

} // namespace

std::string model_source::name() const {
    if (!model.name.empty()) return model.name.c_str();
    return std::filesystem::path(file->shards.front().path).filename().string();
}

const std::vector<const model *> &all_models() {
    static const std::vector<const model *> all(std::begin(models::all), std::end(models::all));
    return all;
}

gguf_file open_file(const std::string &path) {
    std::error_code failed;
    const auto kind = std::filesystem::status(path, failed).type();
    const bool other = kind != std::filesystem::file_type::regular && kind != std::filesystem::file_type::not_found;
    const char *unread = kind == std::filesystem::file_type::directory ? "a directory"
                         : other                                       ? "not a plain file"
                         : has_ending(path, ".json")                   ? "JSON"
                         : has_ending(path, ".safetensors")            ? "a safetensors file"
                                                                       : nullptr;
    if (unread != nullptr) throw bad_input(path, std::string("is ") + unread, "only .gguf files are read as yet");
    result<gguf_file> file = read_gguf_file(path);
    if (!file) throw bad_input(file.error());
    return *file;
}

model_source open_model(const std::string &given) {
    model_source source;
    if (is_path(given)) {
        source.file = open_file(given);
        source.model = source.file->model;
        return source;
    }
    const model *known = find_model(given.c_str());
    if (known == nullptr) {
        std::vector<std::string> names;
        for (const model *m : all_models()) names.emplace_back(m->name.c_str());
        throw bad_input("MODEL", "'" + given + "' is neither a file nor a name of the catalogue",
                        why_unknown(near_names(given, names), "membound list models has them all"));
    }
    source.model = *known;
    return source;
}

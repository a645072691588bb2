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
    namespace fs = std::filesystem;
    if (!model.name.empty()) return model.name.c_str();
    if (file) return fs::path(file->shards.front().path).filename().string();
    std::error_code failed;
    const fs::path folder = fs::absolute(repository->folder.empty() ? "." : repository->folder, failed).lexically_normal();
    return (folder.has_filename() ? folder : folder.parent_path()).filename().string();
}

std::optional<quantization> model_source::own() const {
    if (file) return file->stored();
    if (repository) return repository->quantization;
    return std::nullopt;
}

const std::vector<const model *> &all_models() {
    static const std::vector<const model *> all(std::begin(models::all), std::end(models::all));
    return all;
}

bool is_gguf(const std::string &path) {
    using type = std::filesystem::file_type;
    std::error_code failed;
    const type kind = std::filesystem::status(path, failed).type();
    if (kind == type::directory) return false;
    if (kind != type::regular && kind != type::not_found)
        throw bad_input(path, "is not a plain file", "a model is read of one, or of a folder");
    return !has_ending(path, ".json") && !has_ending(path, ".safetensors");
}

gguf_file open_gguf(const std::string &path) {
    result<gguf_file> file = read_gguf_file(path);
    if (!file) throw bad_input(file.error());
    return *file;
}

model_repository open_repository(const std::string &path) {
    result<model_repository> found = read_repository(path);
    if (!found) throw bad_input(found.error());
    return *found;
}

model_source open_model(const std::string &given) {
    model_source source;
    if (is_path(given)) {
        source.path = given;
        if (is_gguf(given))
            source.file = open_gguf(given);
        else
            source.repository = open_repository(given);
        source.model = source.file ? source.file->model : source.repository->model;
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

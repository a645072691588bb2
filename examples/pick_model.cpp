// What a runtime does before it loads one of the models that lie in a folder: takes the largest that fits the device.
//
//     pick_model FOLDER DEVICE
//
// It prints the path of that file; its exit status is 1 where none fits, 2 where the input is bad.
#include <membound/devices/all.hpp>
#include <membound/engines/llama_cpp.hpp>
#include <membound/read/gguf.hpp>
#include <membound/solve.hpp>
#include <membound/text.hpp>

#include <filesystem>
#include <iostream>
#include <string>

int main(int argc, char **argv) {
    if (argc != 3) {
        std::cerr << "pick_model: the arguments are FOLDER DEVICE\n";
        return 2;
    }
    const membound::device *device = membound::find_device(argv[2]);
    if (device == nullptr) {
        std::cerr << "pick_model: " << argv[2] << ": is not a device of the catalogue\n";
        return 2;
    }
    std::error_code failed;
    std::filesystem::directory_iterator folder(argv[1], failed);
    if (failed) {
        std::cerr << "pick_model: " << argv[1] << ": " << failed.message() << '\n';
        return 2;
    }

    constexpr const membound::engine &engine = membound::engines::llama_cpp::value;
    const membound::machine machine = membound::machine_of(*device);
    membound::workload use = engine.defaults;
    use.context = membound::tokens(8192);

    std::string best;
    membound::bytes most;
    for (const auto &entry : folder) {
        const std::string path = entry.path().string();
        if (entry.path().extension() != ".gguf") continue;
        const auto file = membound::read_gguf_file(path);
        if (!file) {
            std::cerr << text_of(file.error()) << '\n';
            continue;
        }
        const auto budget = membound::budget_of(file->model, file->stored(), machine, engine, use);
        if (!budget) {
            std::cerr << path << ": " << text_of(budget.error()) << '\n';
            continue;
        }
        std::cerr << path << ": at most " << text_of(budget->devices[0].total().upper)
                  << (budget->fits() ? ", fits\n" : ", does not fit\n");
        if (budget->fits() && file->tensors_size() > most) {
            best = path;
            most = file->tensors_size();
        }
    }
    if (best.empty()) return 1;
    std::cout << best << '\n';
}

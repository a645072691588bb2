// What published tables call devices, models and formats, and what those are here.
#ifndef MEMBOUND_TESTS_CONFORMANCE_LABELS_HPP
#define MEMBOUND_TESTS_CONFORMANCE_LABELS_HPP

#include <membound/device.hpp>
#include <membound/model.hpp>
#include <membound/quantization.hpp>

#include <optional>
#include <string>

namespace conformance {

// The device that a label means, as a catalogue has it: "NVIDIA GeForce RTX 4090 24GB", "Apple M2 Pro (16 GPU)",
// "Intel 265K Custom PC (Nvidia RTX 4090)". Where memory sizes differ and the label does not tell, the largest. Empty where
// no device is meant.
std::optional<membound::device> labelled_device(const std::string &label);

// The model whose name the label begins with, behind the name of its publisher; where the catalogue has none, one of the
// usual shape with the parameters that the label or `billions` tells ("30B-A3B" activates 3). Empty where nothing does.
std::optional<membound::model> labelled_model(const std::string &label, double billions);

// The recipe that a label means; false where none is.
bool labelled_quantization(const std::string &label, membound::quantization &q);

} // namespace conformance

#endif

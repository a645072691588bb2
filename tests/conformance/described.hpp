// What a row says of its model: the model itself, and the file that the row was measured on.
#ifndef MEMBOUND_TESTS_CONFORMANCE_DESCRIBED_HPP
#define MEMBOUND_TESTS_CONFORMANCE_DESCRIBED_HPP

#include "report.hpp"

#include <membound/model.hpp>
#include <membound/quantization.hpp>
#include <membound/text.hpp>

#include <vector>

namespace conformance {

// From `arch`, `hparams`, `vocab`, `tied` and `optional_tensors`.
membound::result<membound::model> described_model(const nlohmann::json &row);

// A recipe of llama-quantize by its name or number, as it comes out without an importance matrix; false where there is
// none.
bool described_quantization(const nlohmann::json &file_type, membound::quantization &q);

// The same of a row's file. Where the file has matrices in F32 that converters write in F16 (those of RWKV's attention), it
// becomes the list of `tensors`.
bool described_file(const nlohmann::json &file_type, const membound::model &m, membound::quantization &q,
                    std::vector<membound::stored_tensor> &tensors);

// The tensors in the order of the rows' files: those of no block, block after block, what belongs to the output.
membound::quantization in_file_order(const membound::model &m, const membound::quantization &q,
                                     std::vector<membound::stored_tensor> &tensors);

// Bytes of the whole GGUF file: its keys, a dummy vocabulary (t0, t1, ..., each with a score), and the padded tensors.
std::int64_t described_file_bytes(const nlohmann::json &row, const membound::model &m, const membound::quantization &q);

// The type of a cache by ggml's name; null where there is none.
const membound::format *cache_type(const std::string &name);

// Whether a size is printed as this figure, in MiB with two decimals: what is printed alike is exact.
bool prints_as(membound::bytes size, double mib);

// Model and settings of the row for the eye, and what requirements ask of the model.
void introduce(const nlohmann::json &row, outcome &out);

} // namespace conformance

#endif

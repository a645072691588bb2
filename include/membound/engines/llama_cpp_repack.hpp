// Which weights llama.cpp keeps on the host in the order that the processor likes, and what they take there.
// Source: llama.cpp v0.5.0, ggml/src/ggml-cpu/repack.cpp (ggml_repack_get_optimal_repack_type, supports_op),
// ggml/src/ggml-cpu/amx (supports_op, get_row_size), src/llama-model.cpp (make_cpu_buft_list).
#ifndef MEMBOUND_ENGINES_LLAMA_CPP_REPACK_HPP
#define MEMBOUND_ENGINES_LLAMA_CPP_REPACK_HPP

#include <membound/engines/llama_cpp_buffers.hpp>
#include <membound/workload.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace detail {

// Backends whose devices read from buffers of the host that they lock for it.
constexpr bool has_host_buffers(backend api) { return is_cuda_like(api) || api == backend::vulkan; }

// Whose order weights of the host are brought into: no one's beside a device with buffers of the host, which come first.
constexpr instruction_set repacking_of(const machine &on, const workload &w) {
    for (int d = 0; d < on.device_count; ++d)
        if (has_host_buffers(on.devices[d].api)) return instruction_set::none;
    return w.repack ? on.host.instructions : instruction_set::none;
}

// What a weight is for a pass: the left side of a product, that of experts, or neither.
enum class weight_role : std::uint8_t { none, matrix, experts };

// src/llama-arch.cpp, LLM_TENSOR_INFOS.
constexpr weight_role role_in_pass(tensor_name name, tensor_part part, const shape &s, bool as_output) {
    using n = tensor_name;
    if (part != tensor_part::weight || s.ne[1] == 1) return weight_role::none;
    if (is_input(name) && !as_output) return weight_role::none;
    if (name == n::nextn_embed_tokens || name == n::dec_attn_rel_b || name == n::enc_attn_rel_b) return weight_role::none;
    return is_routed_expert(name) ? weight_role::experts : weight_role::matrix;
}

// Rows that lie interleaved, whose number divides that of all; 0 where the type stays as it is.
constexpr int interleaved_rows(instruction_set i, const format &f) {
    using s = instruction_set;
    const bool x86 = i == s::avx2 || i == s::avx512 || i == s::amx;
    const bool neon = i == s::neon_dot || i == s::neon_i8mm;
    const bool riscv = i == s::riscv_v256;
    if (f.block_elements == 1) return 0;
    if (f == formats::q4_0::value) return x86 ? 8 : neon || i == s::s390_vector ? 4 : riscv ? 16 : 0;
    if (f == formats::q4_k::value) return x86 || neon ? 8 : riscv ? 16 : 0;
    if (f == formats::q2_k::value) return i == s::avx512 || i == s::amx ? 8 : riscv ? 16 : 0;
    if (f == formats::q5_k::value || f == formats::q6_k::value) return neon ? 8 : 0;
    if (f == formats::iq4_nl::value) return x86 ? 8 : neon ? 4 : riscv ? 16 : 0;
    if (f == formats::mxfp4::value) return x86 ? 8 : neon ? 4 : 0;
    if (f == formats::q8_0::value) return neon ? 4 : riscv ? 16 : 0;
    if (f == formats::q1_0::value) return neon ? 4 : 0;
    return 0;
}

// Bytes that a block takes in tiles, 0 where the type is not computed in tiles. Beside a block lie the sums that correct
// for numbers without sign, or scales that are unpacked.
constexpr std::int64_t tiled_block(const format &f) {
    if (f == formats::q4_0::value || f == formats::q4_1::value || f == formats::q6_k::value) return f.block_bytes;
    if (f == formats::q8_0::value || f == formats::q4_k::value || f == formats::q5_k::value) return f.block_bytes + 4;
    return f == formats::iq4_xs::value ? f.block_bytes + 2 : 0;
}

// Bytes of a weight in an order of the processor's own; -1 where it stays in that of the file.
constexpr bytes repacked_bytes(instruction_set i, const format &f, const tensor &t, bool as_output = false) {
    const bytes stays(-1);
    if (i == instruction_set::unknown || i == instruction_set::none) return stays;
    const weight_role role = role_in_pass(t.name, t.part, t.dims, as_output);
    if (role == weight_role::none) return stays;
    if (i == instruction_set::amx && role == weight_role::matrix && t.dims.ne[1] % 32 == 0) {
        if (f == formats::f16::value && t.dims.ne[0] % 16 == 0) return tensor_bytes(f, t.dims);
        // Of a matrix of several planes room is made for one (ggml_backend_amx_get_alloc_size).
        const std::int64_t block = tiled_block(f);
        if (block > 0) return bytes(multiply(multiply(t.dims.ne[0] / f.block_elements, block), t.dims.ne[1]));
    }
    const int rows = interleaved_rows(i, f);
    const int dimensions = role == weight_role::experts ? 3 : 2;
    if (rows == 0 || t.dims.ne[1] % rows != 0 || t.dims.dimensions() != dimensions) return stays;
    return tensor_bytes(f, t.dims);
}

// Whether a processor that is not known may have an order of its own for an output matrix.
constexpr bool repacks_somewhere(const format &f, const tensor &output) {
    constexpr instruction_set each[] = {instruction_set::avx512, instruction_set::amx, instruction_set::neon_i8mm,
                                        instruction_set::riscv_v256};
    for (const instruction_set i : each)
        if (repacked_bytes(i, f, output, true) >= 0_B) return true;
    return false;
}

} // namespace detail
MEMBOUND_END_NAMESPACE

#endif

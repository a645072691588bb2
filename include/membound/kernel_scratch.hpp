// What ggml's backends ask for behind the result of a node: room for its kernels, which their buffers count with it.
#ifndef MEMBOUND_KERNEL_SCRATCH_HPP
#define MEMBOUND_KERNEL_SCRATCH_HPP

#include <membound/cuda_kernels.hpp>

MEMBOUND_BEGIN_NAMESPACE

struct kernel_scratch {
    std::uint32_t cuda_devices = 0;  // bit d: driven by CUDA, or by a backend made after it
    std::uint32_t before_ada = 0;    // bit d: one of those, of compute capability below 8.9
    bool cuda_copies_cache = true;   // CUDA reserves room for the cache in F16 (PR 23907)
    std::uint32_t metal_devices = 0; // bit d
    bool metal_copies_cache = true;  // Metal too keeps the cache in F16 (PR 27390)

    // Bytes of a node in the buffer of a device.
    constexpr std::int64_t bytes_with(const graph_tensor *tensors, const graph_tensor &node, int device) const {
        const bool plain = node.op < operation::mul_mat_id || node.op > operation::top_k;
        if (plain && (cuda_devices == 0 || node.type <= ggml_type::f16)) return node.size;
        return bytes_of_kernel(tensors, node, device);
    }

private:
    MEMBOUND_NOINLINE constexpr std::int64_t bytes_of_kernel(const graph_tensor *tensors, const graph_tensor &node,
                                                             int device) const {
        if ((metal_devices >> device & 1u) != 0) return on_metal(tensors, node);
        if ((cuda_devices >> device & 1u) == 0) return node.size;
        if (node.op == operation::flash_attn_ext)
            return cuda_copies_cache ? attention_on_cuda(tensors, node, (before_ada >> device & 1u) != 0) : node.size;
        return detail::add(node.size, detail::cuda_padding(format_of(node.type), node.ne[0]));
    }

    // Attention over a cache that is not F16 keeps a copy of it in F16 (ggml-cuda/fattn.cu,
    // ggml_cuda_flash_attn_ext_get_alloc_size).
    static constexpr std::int64_t attention_on_cuda(const graph_tensor *tensors, const graph_tensor &node, bool before_ada) {
        const graph_tensor &k = tensors[node.sources[1]];
        const graph_tensor &v = tensors[node.sources[2]];
        if (k.type == ggml_type::f16 && v.type == ggml_type::f16) return node.size;
        if (detail::cuda_attention_of(tensors, node, before_ada) != detail::cuda_attention::f16) return node.size;
        std::int64_t size = node.size;
        if (k.type != ggml_type::f16) size = detail::add(detail::round_up(size, 128), bytes_in_f16(k));
        if (v.type != ggml_type::f16 && !is_part_of(v, k)) size = detail::add(detail::round_up(size, 128), bytes_in_f16(v));
        return size;
    }

    // ggml-metal.cpp (ggml_backend_metal_buffer_type_get_alloc_size).
    constexpr std::int64_t on_metal(const graph_tensor *tensors, const graph_tensor &node) const {
        using detail::add;
        using detail::multiply;
        switch (node.op) {
        case operation::mul_mat_id: { // rows of each expert, and scales
            const std::int64_t experts = tensors[node.sources[0]].ne[2];
            const std::int64_t tokens = tensors[node.sources[2]].ne[1];
            return add(node.size, add(multiply(4 * experts, 1 + tokens), 8 + 4 * 256));
        }
        case operation::flash_attn_ext: return add(node.size, attention_on_metal(tensors, node));
        case operation::argsort: return multiply(2, node.size);
        case operation::top_k: return multiply(2, tensors[node.sources[0]].size); // of F32, as an index is large
        default: return node.size;
        }
    }

    // ggml-metal-ops.cpp (ggml_metal_op_flash_attn_ext_extra_*): the last cells in whole groups of 64, which blocks of the
    // mask are empty, a result of each of 32 groups for up to 32 tokens, and the cache in F16.
    constexpr std::int64_t attention_on_metal(const graph_tensor *tensors, const graph_tensor &node) const {
        using detail::add;
        using detail::divide_up;
        using detail::multiply;
        using detail::round_up;
        constexpr std::int64_t cells_of_group = 64;
        const graph_tensor &q = tensors[node.sources[0]];
        const graph_tensor &k = tensors[node.sources[1]];
        const graph_tensor &v = tensors[node.sources[2]];
        const auto heads = [](const graph_tensor &t) { return multiply(t.ne[2], t.ne[3]); };

        const bool quantized = format_of(k.type).block_elements > 1;
        const bool reads_copy = metal_copies_cache && quantized && q.ne[1] >= 32;
        const std::int64_t k_row = reads_copy ? 2 * k.ne[0] : k.nb[1];
        const std::int64_t v_row = reads_copy ? 2 * (is_part_of(v, k) ? k : v).ne[0] : v.nb[1];
        std::int64_t last_cells = add(multiply(k_row, heads(k)), multiply(v_row, heads(v)));
        std::int64_t empty_blocks = 0;
        if (node.source_count > 3) {
            const graph_tensor &mask = tensors[node.sources[3]];
            last_cells = add(last_cells, multiply(2 * mask.ne[1], heads(mask)));
            const bool few_tokens = q.ne[1] < 20 && q.ne[0] % 32 == 0;
            const std::int64_t blocks = multiply(divide_up(mask.ne[0], few_tokens ? 32 : cells_of_group),
                                                 divide_up(q.ne[1], few_tokens ? 1 : 8));
            empty_blocks = round_up(multiply(blocks, heads(mask)), 32);
        }
        const std::int64_t results = multiply(4 * 32 * detail::min<std::int64_t>(q.ne[1], 32), multiply(heads(q), v.ne[0] + 2));
        std::int64_t size = add(add(multiply(cells_of_group, last_cells), empty_blocks), results);
        const std::int64_t listed = node.sources[max_sources - 1];
        if (listed > 0 && lists_cells(k, v)) {
            const graph_tensor &mask = tensors[node.sources[3]];
            const std::int64_t list = multiply(4 * round_up(listed, 32), multiply(mask.ne[1], heads(mask)));
            size = add(size, round_up(list, 16));
        }
        if (!metal_copies_cache) return size;
        size = add(size, round_up(bytes_in_f16(k), 16));
        return is_part_of(v, k) ? size : add(size, round_up(bytes_in_f16(v), 16));
    }

    // Whether attention to few of the cells goes by lists of them.
    static constexpr bool lists_cells(const graph_tensor &k, const graph_tensor &v) {
        const std::int64_t dk = k.ne[0];
        const std::int64_t dv = v.ne[0];
        const bool narrower =
            (dk == 96 && dv == 64) || (dk == 192 && dv == 128) || (dk == 320 && dv == 256) || (dk == 576 && dv == 512);
        const bool same = dk == dv && (dk == 32 || dk == 64 || dk == 96 || dk == 128 || dk == 192 || dk == 256 || dk == 512);
        switch (k.type) {
        case ggml_type::f16: case ggml_type::bf16: case ggml_type::f32: case ggml_type::q4_0: case ggml_type::q4_1:
        case ggml_type::q5_0: case ggml_type::q5_1: case ggml_type::q8_0: return narrower || same;
        default: return false;
        }
    }
    static constexpr std::int64_t bytes_in_f16(const graph_tensor &t) {
        return storage_bytes(formats::f16::value, shape{t.ne[0], t.ne[1], t.ne[2], t.ne[3]}.elements()).count();
    }
    // Whether values are a part of the keys.
    static constexpr bool is_part_of(const graph_tensor &v, const graph_tensor &k) {
        return v.view_of >= 0 && v.view_of == k.view_of;
    }
};

MEMBOUND_END_NAMESPACE

#endif

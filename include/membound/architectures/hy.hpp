// Hunyuan, dense and with experts, and HY V3 (Tencent).
// Source: llama.cpp v0.5.0, src/models/hunyuan-dense.cpp, hunyuan-vl.cpp, hunyuan-moe.cpp, hy-v3.cpp.
#ifndef MEMBOUND_ARCHITECTURES_HY_HPP
#define MEMBOUND_ARCHITECTURES_HY_HPP

#include <membound/gguf_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct hunyuan_dense {
    static constexpr architecture value = [] {
        architecture a;
        a.name = "hunyuan-dense";
        a.head_norms = query_key_norm::each_rotated_head;
        a.gguf.rotates_whole_head = true;
        return a;
    }();
};

struct hunyuan_vl {
    static constexpr architecture value = [] {
        architecture a = hunyuan_dense::value;
        a.name = "hunyuan_vl";
        a.gguf.read = read_rope_sections;
        return a;
    }();
};

struct hunyuan_moe {
    static constexpr void arrange(model &m) {
        m.norm_topk_prob = true;
        m.moe_intermediate_size = m.intermediate_size;
        if (m.shared_expert_intermediate_size == 0) m.shared_expert_intermediate_size = m.intermediate_size;
    }
    static constexpr void read(gguf_query &q, model &m) {
        m.shared_expert_intermediate_size = q.integer("expert_shared_feed_forward_length", key_use::optional);
        m.moe_intermediate_size = m.intermediate_size; // expert_feed_forward_length is read and not used
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "hunyuan-moe";
        a.head_norms = query_key_norm::each_rotated_head;
        a.arrange = arrange;
        a.gguf.experts = key_use::required;
        a.gguf.expert_size = key_use::required;
        a.gguf.rotates_whole_head = true;
        a.gguf.read = read;
        return a;
    }();
};

struct hy_v3 {
    static constexpr void arrange(model &m) {
        membound::detail::set_expert_size(m);
        if (m.shared_expert_intermediate_size == 0) m.shared_expert_intermediate_size = m.moe_intermediate_size;
    }
    static constexpr void read(gguf_query &q, model &m) {
        read_routing(q, m, key_use::none, router_kind::sigmoid);
        read_feed_forward_kinds(q, m);
        m.router_bias = q.has(tensor_name::exp_probs_b, tensor_part::bare);
        m.shared_expert_intermediate_size = q.integer("expert_shared_feed_forward_length", key_use::optional);
        if (q.has(tensor_name::ffn_gate_inp) && !q.has(tensor_name::ffn_up_shexp))
            q.fail_at(errc::unsupported, "ffn_up_shexp", "is missing", "experts without a shared one are not supported");
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "hy_v3";
        a.further = further_loading::feed_forward_always;
        a.files_hold_unloaded_layers = true;
        a.head_norms = query_key_norm::each_head;
        a.outputs = output_rows::behind_last_norm;
        a.router_bias = tensor_part::bare;
        a.arrange = arrange;
        a.gguf.fused_experts = true;
        a.gguf.experts = key_use::optional;
        a.gguf.expert_size = key_use::required;
        a.gguf.rotates_whole_head = true;
        a.gguf.read = read;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif

// A projector from its GGUF file ("mmproj"), of which the header alone is read.
#ifndef MEMBOUND_READ_PROJECTOR_HPP
#define MEMBOUND_READ_PROJECTOR_HPP

#include <membound/engines/llama_cpp_projector.hpp>
#include <membound/read/gguf.hpp>

#include <string>

MEMBOUND_BEGIN_NAMESPACE

// What is not drawn as the file's tensors ask for is an error, never a guess. Source: llama.cpp v0.5.0, tools/mtmd/clip.cpp.
inline result<projector> read_projector(const std::string &path) {
    detail::gguf_header header;
    gguf_file file;
    if (!header.read(path, file)) return header.error();
    const auto fail = [&](errc code, const char *what, const char *why) { return detail::file_error(code, path, what, why); };
    const gguf_value architecture = header.value_of("general.architecture");
    if (architecture.type != gguf_value::kind::text || !same_text(architecture.text, "clip"))
        return fail(errc::unsupported, "is no projector", "its general.architecture is not clip");

    gguf_value name = header.value_of("clip.projector_type");
    if (name.type != gguf_value::kind::text) name = header.value_of("clip.vision.projector_type");
    const struct {
        const char *name;
        projector_kind kind;
    } kinds[] = {{"mlp", projector_kind::mlp},
                 {"gemma3", projector_kind::gemma3},
                 {"idefics3", projector_kind::idefics3},
                 {"pixtral", projector_kind::pixtral},
                 {"qwen2vl_merger", projector_kind::qwen2vl},
                 {"qwen2.5vl_merger", projector_kind::qwen2_5vl},
                 {"qwen3vl_merger", projector_kind::qwen3vl},
                 {"internvl", projector_kind::internvl},
                 {"llama4", projector_kind::llama4}};
    projector p;
    bool known = false;
    for (const auto &k : kinds)
        if (name.type == gguf_value::kind::text && same_text(name.text, k.name)) p.kind = k.kind, known = true;
    if (!known) return fail(errc::unsupported, "has a projector of another kind", "its passes are not known");

    const auto number = [&](const char *key, std::int64_t otherwise) {
        const gguf_value v = header.value_of(std::string("clip.vision.") + key);
        return v.type == gguf_value::kind::integer ? v.integer : otherwise;
    };
    const auto tensor = [&](const std::string &of) -> const stored_tensor * {
        for (const stored_tensor &t : file.tensors)
            if (of == t.name.c_str()) return &t;
        return nullptr;
    };
    p.layers = static_cast<int>(detail::min<std::int64_t>(number("block_count", 0), 1 << 10));
    p.hidden_size = number("embedding_length", 0);
    p.intermediate_size = number("feed_forward_length", 0);
    p.num_attention_heads = number("attention.head_count", 0);
    p.image_size = number("image_size", 0);
    p.patch_size = number("patch_size", 0);
    p.text_size = number("projection_dim", 0);
    const bool of_qwen =
        p.kind == projector_kind::qwen2vl || p.kind == projector_kind::qwen2_5vl || p.kind == projector_kind::qwen3vl;
    p.merge = p.kind == projector_kind::gemma3 ? 4 : of_qwen ? 2 : 1;
    p.merge = number(of_qwen || p.kind == projector_kind::pixtral ? "spatial_merge_size" : "projector.scale_factor", p.merge);
    p.window_period = static_cast<int>(detail::min<std::int64_t>(number("n_wa_pattern", 0), 1 << 10));
    const auto checked = detail::checked(p);
    if (!checked) return checked.error();

    for (int i = 0; i < p.layers && i < 64; ++i)
        if (tensor("v.deepstack." + std::to_string(i) + ".fc1.weight") != nullptr) p.deepstack |= std::uint64_t{1} << i;
    p.layer_scale = tensor("v.blk.0.ls1.weight") != nullptr;
    p.query_key_norm = tensor("v.blk.0.attn_q_norm.weight") != nullptr;
    p.patch_merger = tensor("mm.patch_merger.weight") != nullptr;
    p.break_token = tensor("v.token_embd.img_break") != nullptr;
    if (const stored_tensor *first = tensor(p.kind == projector_kind::mlp        ? "mm.0.weight"
                                            : p.kind == projector_kind::internvl || p.kind == projector_kind::llama4
                                                ? "mm.model.mlp.1.weight"
                                                : ""))
        p.middle_size = first->which.dims.ne[1];
    if (const stored_tensor *t = tensor("v.patch_embd.weight")) p.patches = t->type;
    if (const stored_tensor *t = tensor("v.blk.0.attn_out.weight")) p.matrices = t->type;
    if (tensor("mm.0.weight") != nullptr && p.kind == projector_kind::mlp && tensor("mm.2.weight") != nullptr)
        p.text_size = tensor("mm.2.weight")->which.dims.ne[1];

    std::int64_t elements = 0;
    for (const stored_tensor &t : file.tensors) {
        p.stored += bytes(detail::round_up(tensor_bytes(t.type, t.which.dims).count(), 32));
        elements = detail::add(elements, t.which.dims.elements());
    }
    const auto drawn = detail::measure_projector(p, detail::first_image(p), machine{}, true);
    if (drawn.exceeded || drawn.weight_elements != elements)
        return fail(errc::unsupported, "has tensors that others of its kind are without, or lacks some",
                    "the graph of its kind is another");
    return p;
}

MEMBOUND_END_NAMESPACE

#endif

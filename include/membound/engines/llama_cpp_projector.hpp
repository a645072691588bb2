// What a projector takes in llama.cpp: its weights, and the buffers of a pass over one image.
// Source: llama.cpp v0.5.0, tools/mtmd/clip.cpp (build_vit, build_attn, build_inp, load_hparams, warmup) and
// tools/mtmd/models/ (llava, siglip, pixtral, qwen2vl, qwen3vl, internvl, llama4).
#ifndef MEMBOUND_ENGINES_LLAMA_CPP_PROJECTOR_HPP
#define MEMBOUND_ENGINES_LLAMA_CPP_PROJECTOR_HPP

#include <membound/budget.hpp>
#include <membound/engines/llama_cpp_buffers.hpp>
#include <membound/projector.hpp>
#include <membound/schedule.hpp>
#include <membound/workload.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace detail {

// Draws the pass of a projector and counts its weights.
class projector_graph {
public:
    using value = graph::value;

    constexpr projector_graph(graph &g, const projector &p, const image_shape &image, bool flash, int device,
                              const buffer_rules &rules)
        : g_(g), p_(p), flash_(flash), device_(device), rules_(rules), width_(image.width), height_(image.height),
          columns_(image.width / p.patch_size), rows_(image.height / p.patch_size), patches_(columns_ * rows_),
          head_(p.hidden_size / p.num_attention_heads) {}

    constexpr bytes weights() const { return weights_; }
    constexpr std::int64_t weight_elements() const { return elements_; }

    constexpr void draw() {
        switch (p_.kind) {
        case projector_kind::mlp: return draw_mlp();
        case projector_kind::gemma3:
        case projector_kind::idefics3: return draw_siglip();
        case projector_kind::pixtral: return draw_pixtral();
        case projector_kind::qwen2vl:
        case projector_kind::qwen2_5vl:
        case projector_kind::qwen3vl: return draw_qwen();
        case projector_kind::internvl: return draw_internvl();
        case projector_kind::llama4: return draw_llama4();
        }
    }

private:
    enum class norm_type : std::uint8_t { layer, rms };

    // Weights.
    constexpr value weight(const format &f, const shape &s) {
        weights_ += buffer_bytes(rules_, f, s);
        elements_ = detail::add(elements_, s.elements());
        auto type = ggml_type::f16;
        for (int i = 0; i < static_cast<int>(ggml_type::count); ++i)
            if (format_of(static_cast<ggml_type>(i)) == f) type = static_cast<ggml_type>(i);
        return g_.external(external_kind::weight, type, s, device_);
    }
    // Rows that are not whole blocks stay in F16 (gguf-py, quants.QuantError; conversion/base.py).
    constexpr value matrix(std::int64_t in, std::int64_t out) {
        return weight(divides(p_.matrices, in) ? p_.matrices : formats::f16::value, {in, out});
    }
    constexpr value vector(std::int64_t n) { return weight(formats::f32::value, {n}); }

    // Operations.
    constexpr value mul_mat(value w, value x) {
        return g_.compute(operation::mul_mat, ggml_type::f32, {g_[w].ne[1], g_[x].ne[1], g_[x].ne[2], g_[x].ne[3]}, w, x);
    }
    constexpr value add(value a, value b) { return g_.like(operation::add, a, b); }
    constexpr value mul(value a, value b) { return g_.like(operation::mul, a, b); }
    constexpr value linear(value x, std::int64_t in, std::int64_t out, bool bias = true) {
        const value w = matrix(in, out);
        const value y = mul_mat(w, x);
        return bias ? add(y, vector(out)) : y;
    }
    constexpr value norm(value x, norm_type type, bool bias) {
        const value y = g_.like(type == norm_type::rms ? operation::rms_norm : operation::norm, x);
        const value scaled = mul(y, vector(g_[x].ne[0]));
        return bias ? add(scaled, vector(g_[x].ne[0])) : scaled;
    }
    constexpr value cont(value a, const shape &s) { return g_.compute(operation::cont, g_[a].type, s, a); }
    constexpr value cont(value a) { return g_.like(operation::cont, a); }
    constexpr value transposed(value a) { return cont(g_.permute(a, 0, 1, operation::transpose)); }
    constexpr value concat(value a, value b, const shape &s) { return g_.compute(operation::concat, g_[a].type, s, a, b); }
    constexpr value cast(value a) {
        const value y = g_.compute(operation::cpy, ggml_type::f16, g_.shape_of(a), a);
        g_.add_source(y, y); // as ggml_cast does
        return y;
    }
    constexpr value get_rows(value table, value rows) {
        return g_.compute(operation::get_rows, ggml_type::f32, {g_[table].ne[0], g_[rows].ne[0]}, table, rows);
    }
    // ggml_permute: dimension i of the operand becomes dimension `to[i]`.
    constexpr value permuted(value a, int i0, int i1, int i2, int i3) {
        const int to[] = {i0, i1, i2, i3};
        const value t = g_.permute(a, 0, 0);
        for (int i = 0; i < 4; ++i) g_[t].ne[to[i]] = g_[a].ne[i], g_[t].nb[to[i]] = g_[a].nb[i];
        g_[t].size = spanned_bytes(g_[t]);
        return t;
    }

    constexpr value image() { return g_.input(ggml_type::f32, {width_, height_, 3}); }
    constexpr value patch_weight() { return weight(p_.patches, {p_.patch_size, p_.patch_size, 3, p_.hidden_size}); }
    // ggml_conv_2d with a stride of a patch.
    constexpr value convolve(value kernel, value x) {
        const std::int64_t window = p_.patch_size * p_.patch_size * 3;
        const value columns = g_.compute(operation::im2col, g_[kernel].type, {window, columns_, rows_}, kernel, x);
        const value flat = g_.reshape(columns, {window, patches_});
        const value product = mul_mat(flat, g_.reshape(kernel, {window, p_.hidden_size}));
        const value planes = g_.reshape(product, {columns_, rows_, 1, p_.hidden_size});
        return cont(permuted(planes, 0, 1, 3, 2));
    }
    constexpr value patches(bool bias) {
        const value x = convolve(patch_weight(), image());
        const value y = transposed(g_.reshape(x, {patches_, p_.hidden_size}));
        return bias ? add(y, vector(p_.hidden_size)) : y;
    }

    // Attention over heads that lie as [head, heads, positions].
    constexpr value attend(value q, value k, value v, value mask = -1) {
        if (computes_) g_.expand(q), g_.expand(k), g_.expand(v);
        const std::int64_t n = g_[q].ne[2];
        const value queries = permuted(q, 0, 2, 1, 3);
        value keys = permuted(k, 0, 2, 1, 3);
        if (flash_) {
            value values = permuted(v, 0, 2, 1, 3);
            keys = cast(keys);
            values = cast(values);
            if (mask >= 0) mask = cast(mask);
            const value out = g_.compute(operation::flash_attn_ext, ggml_type::f32, {head_, p_.num_attention_heads, n},
                                         queries, keys, values, mask);
            return g_.reshape(out, {p_.hidden_size, n});
        }
        const value values = cont(permuted(v, 1, 2, 0, 3));
        const value scores = g_.like(operation::soft_max, mul_mat(keys, queries), mask);
        return cont(permuted(mul_mat(values, scores), 0, 2, 1, 3), {p_.hidden_size, n});
    }
    constexpr value heads(value x) { return g_.reshape(x, {head_, p_.num_attention_heads, g_[x].ne[1]}); }
    // Of queries, keys and values side by side.
    constexpr value part_of_heads(value x) {
        return g_.view(x, {head_, p_.num_attention_heads, g_[x].ne[1]}, 4 * head_, g_[x].nb[1], g_[x].nb[1] * g_[x].ne[1]);
    }
    constexpr value feed_forward(value x, bool gated, bool bias, std::int64_t in, std::int64_t middle, std::int64_t out) {
        value up = linear(x, in, middle, bias);
        up = gated ? g_.like(operation::glu, linear(x, in, middle, bias), up) : g_.like(operation::unary, up);
        return linear(up, middle, out, bias);
    }

    struct vit_options {
        norm_type norms = norm_type::layer;
        bool norm_bias = true;
        bool bias = true;
        bool fused = false;
        bool gated = false;
        bool multi_axis = false; // one rotation by positions of several axes, else one for each half of a head
        value rows = -1, columns = -1; // positions; -1: no rotation
        int layers = 0;
    };

    constexpr value rotated(value x, const vit_options &o) {
        if (o.rows < 0) return x;
        const value first = g_.like(operation::rope, x, o.rows);
        return o.multi_axis ? first : g_.like(operation::rope, first, o.columns);
    }
    constexpr value layer(value x, const vit_options &o, value mask) {
        const std::int64_t h = p_.hidden_size;
        value y = norm(x, o.norms, o.norm_bias);
        value q = -1, k = -1, v = -1;
        if (o.fused) {
            const value all = linear(y, h, 3 * h, o.bias);
            q = part_of_heads(all), k = part_of_heads(all), v = part_of_heads(all);
        } else {
            q = linear(y, h, h, o.bias), k = linear(y, h, h, o.bias), v = linear(y, h, h, o.bias);
            if (p_.query_key_norm) q = norm(q, o.norms, false), k = norm(k, o.norms, false);
            q = heads(q), k = heads(k), v = heads(v);
        }
        q = rotated(q, o);
        k = rotated(k, o);
        y = linear(attend(q, k, v, mask), h, h, o.bias);
        if (p_.layer_scale) y = mul(y, vector(h));
        x = add(y, x);
        y = feed_forward(norm(x, o.norms, o.norm_bias), o.gated, o.bias, h, p_.intermediate_size, h);
        if (p_.layer_scale) y = mul(y, vector(h));
        return add(x, y);
    }
    constexpr value transformer(value x, const vit_options &o) {
        for (int i = 0; i < o.layers; ++i) x = layer(x, o, -1);
        return x;
    }

    // Patches of a square of `merge` become one row (build_patch_merge_permute; the sides are multiples of it).
    constexpr value shuffled(value x, bool swap_back = true) {
        const std::int64_t h = p_.hidden_size, m = p_.merge;
        value y = g_.reshape(x, {h * m, columns_ / m, rows_});
        y = cont(permuted(y, 0, 2, 1, 3), {h * m * m, rows_ / m, columns_ / m});
        if (swap_back) y = permuted(y, 0, 2, 1, 3);
        return cont(y, {h * m * m, patches_ / (m * m)});
    }
    constexpr std::int64_t merged() const { return p_.hidden_size * p_.merge * p_.merge; }

    // LLaVA: CLIP without its last layer, an MLP on each patch.
    constexpr void draw_mlp() {
        const std::int64_t h = p_.hidden_size, n = patches_ + 1;
        value x = concat(patches(false), vector(h), {h, n});
        const value positions = g_.input(ggml_type::i32, {n});
        x = add(x, get_rows(matrix(h, n), positions));
        x = norm(x, norm_type::layer, true);
        vit_options o;
        o.layers = p_.layers - 1;
        x = transformer(g_.reshape(x, {h, n}), o);
        computes_ = false; // the last layer is loaded alone
        layer(x, o, -1);
        computes_ = true;
        const value chosen = g_.input(ggml_type::i32, {patches_});
        x = get_rows(g_.reshape(x, {h, n}), chosen);
        const std::int64_t middle = p_.middle_size > 0 ? p_.middle_size : p_.text_size;
        g_.expand(linear(g_.like(operation::unary, linear(x, h, middle)), middle, p_.text_size));
    }

    constexpr void draw_siglip() {
        const std::int64_t h = p_.hidden_size;
        value x = patches(true);
        const bool gemma = p_.kind == projector_kind::gemma3;
        x = add(x, weight(formats::f32::value, {h, patches_}));
        vit_options o;
        o.layers = p_.layers;
        x = norm(transformer(g_.reshape(x, {h, patches_}), o), norm_type::layer, true);
        x = g_.reshape(x, {h, patches_});
        if (gemma) {
            const std::int64_t side = columns_ / p_.merge;
            x = cont(g_.permute(x, 0, 1, operation::transpose), {columns_, columns_, h});
            x = g_.compute(operation::pool_2d, ggml_type::f32, {side, side, h}, x);
            x = transposed(g_.reshape(x, {side * side, h}));
            x = mul(g_.like(operation::rms_norm, x), vector(h));
            x = mul_mat(transposed(weight(formats::f16::value, {p_.text_size, h})), x);
        } else {
            x = linear(shuffled(x), merged(), p_.text_size, false);
        }
        g_.expand(x);
    }

    constexpr void draw_pixtral() {
        const std::int64_t h = p_.hidden_size, t = p_.text_size;
        vit_options o;
        o.norms = norm_type::rms;
        o.norm_bias = o.bias = false;
        o.gated = true;
        o.layers = p_.layers;
        o.rows = g_.input(ggml_type::i32, {patches_});
        o.columns = g_.input(ggml_type::i32, {patches_});
        value x = patches(false);
        x = norm(g_.reshape(x, {h, patches_}), norm_type::rms, false);
        x = transformer(x, o);
        x = g_.reshape(x, {h, patches_});
        const std::int64_t m = p_.merge, across = columns_ / m, down = rows_ / m;
        if (p_.patch_merger) {
            x = mul(g_.like(operation::rms_norm, x), vector(h));
            x = cont(permuted(g_.reshape(x, {h, columns_, rows_}), 2, 0, 1, 3));
            const value kernel = g_.view(x, {m, m, h}, 0, 0);
            x = g_.compute(operation::im2col, ggml_type::f32, {h * m * m, across, down}, kernel, x);
            x = mul_mat(weight(p_.patches, {h * m * m, h}), g_.reshape(x, {h * m * m, across * down}));
        }
        x = feed_forward(x, false, !p_.patch_merger, h, t, t);
        if (p_.break_token) {
            const value table = g_.make(ggml_type::f32, {t, 1, down});
            const value tokens = add(g_.like(operation::scale, table), vector(t));
            x = concat(g_.reshape(x, {t, across, down}), tokens, {t, across + 1, down});
            x = g_.view(x, {t, across * down + down - 1}, 4 * t);
        }
        g_.expand(x);
    }

    // Squares of two by two patches come to lie one after the other.
    constexpr value in_squares(value x, bool from_planes) {
        const std::int64_t h = p_.hidden_size;
        if (from_planes) x = permuted(x, 1, 2, 0, 3);
        x = cont(x, {2 * h, columns_ / 2, rows_});
        x = g_.reshape(x, {2 * h, columns_ / 2, 2, rows_ / 2});
        return cont(permuted(x, 0, 2, 1, 3), {h, patches_});
    }
    constexpr void draw_qwen() {
        const std::int64_t h = p_.hidden_size, n = patches_;
        const bool third = p_.kind == projector_kind::qwen3vl, windows = p_.window_period > 0;
        const value input = image();
        const value first = convolve(patch_weight(), input);
        value x = in_squares(add(first, convolve(patch_weight(), input)), true);
        if (third) {
            x = add(x, vector(h));
            const std::int64_t side = p_.image_size / p_.patch_size;
            value learned = weight(formats::f32::value, {h, side * side});
            if (columns_ != side || rows_ != side) {
                learned = permuted(g_.reshape(learned, {h, side, side}), 2, 0, 1, 3);
                learned = g_.compute(operation::upscale, ggml_type::f32, {columns_, rows_, h}, learned);
                learned = cont(permuted(learned, 1, 2, 0, 3), {h, n});
            }
            x = add(x, in_squares(learned, false));
        }
        vit_options o;
        o.norms = p_.kind == projector_kind::qwen2_5vl ? norm_type::rms : norm_type::layer;
        o.norm_bias = p_.kind != projector_kind::qwen2_5vl;
        o.gated = p_.kind == projector_kind::qwen2_5vl;
        o.fused = third;
        o.multi_axis = true;
        o.rows = g_.input(ggml_type::i32, {4 * n});
        value mask = -1;
        if (windows) {
            const value order = g_.input(ggml_type::i32, {n / 4});
            mask = g_.input(ggml_type::f32, {n, n});
            if (flash_) mask = cast(mask);
            x = g_.reshape(get_rows(g_.reshape(x, {4 * h, n / 4}), order), {h, n});
        }
        value deep = -1;
        for (int i = 0; i < p_.layers; ++i) {
            x = layer(x, o, windows && (i + 1) % p_.window_period != 0 ? mask : value{-1});
            if (!p_.is_deep(i)) continue;
            value y = norm(g_.reshape(x, {4 * h, n / 4}), o.norms, true);
            y = feed_forward(y, false, true, 4 * h, 4 * h, p_.text_size);
            deep = deep < 0 ? y : concat(deep, y, {g_[deep].ne[0] + p_.text_size, n / 4});
        }
        x = norm(x, o.norms, o.norm_bias);
        x = feed_forward(g_.reshape(x, {4 * h, n / 4}), false, true, 4 * h, 4 * h, p_.text_size);
        if (windows) {
            const value back = g_.input(ggml_type::i32, {n / 4});
            x = g_.reshape(get_rows(x, back), {p_.text_size, n / 4});
        }
        if (deep >= 0) x = concat(x, deep, {g_[x].ne[0] + g_[deep].ne[0], n / 4});
        g_.expand(x);
    }

    constexpr void draw_internvl() {
        const std::int64_t h = p_.hidden_size, n = patches_ + 1;
        value x = patches(true);
        const value repeated = g_.compute(operation::repeat, ggml_type::f32, {h}, vector(h)); // one repetition
        x = concat(x, repeated, {h, n});
        x = add(x, weight(formats::f32::value, {h, n}));
        vit_options o;
        o.layers = p_.layers;
        o.norms = p_.query_key_norm ? norm_type::rms : norm_type::layer;
        o.norm_bias = o.norms == norm_type::layer;
        o.bias = true;
        x = transformer(g_.reshape(x, {h, n}), o);
        x = g_.reshape(x, {h, n});
        x = cont(g_.view(x, {h, patches_}, 4 * h));
        x = norm(shuffled(x), norm_type::layer, true);
        const std::int64_t middle = p_.middle_size > 0 ? p_.middle_size : p_.text_size;
        g_.expand(feed_forward(x, false, true, merged(), middle, p_.text_size));
    }

    constexpr void draw_llama4() {
        const std::int64_t h = p_.hidden_size, n = patches_ + 1, window = p_.patch_size * p_.patch_size * 3;
        vit_options o;
        o.layers = p_.layers;
        o.rows = g_.input(ggml_type::i32, {n});
        o.columns = g_.input(ggml_type::i32, {n});
        const value kernel = weight(p_.patches, {window, h});
        value x = g_.compute(operation::im2col, ggml_type::f32, {window, columns_, rows_},
                             g_.reshape(kernel, {p_.patch_size, p_.patch_size, 3, h}), image());
        x = g_.reshape(mul_mat(kernel, x), {h, patches_});
        x = concat(x, vector(h), {h, n});
        x = add(x, matrix(h, n));
        x = norm(g_.reshape(x, {h, n}), norm_type::layer, true);
        x = norm(transformer(x, o), norm_type::layer, true);
        x = g_.view(g_.reshape(x, {h, n}), {h, patches_}, 4 * h);
        x = shuffled(x, false);
        const std::int64_t middle = p_.middle_size > 0 ? p_.middle_size : 4096;
        x = g_.like(operation::unary, linear(x, merged(), middle, false));
        x = g_.like(operation::unary, linear(x, middle, middle, false));
        g_.expand(linear(x, middle, p_.text_size, false));
    }

    graph &g_;
    const projector &p_;
    bool flash_;
    int device_;
    buffer_rules rules_;
    std::int64_t width_, height_, columns_, rows_, patches_, head_;
    bool computes_ = true;
    bytes weights_;
    std::int64_t elements_ = 0;
};

// An image with so many tokens on each side.
constexpr image_shape square_of(const projector &p, std::int64_t side) {
    const std::int64_t pixels = multiply(side, multiply(p.patch_size, p.merge));
    return {pixels, pixels};
}
// What memory is reserved for before an image is seen (set_warmup_n_tokens), and the largest image that is not made smaller
// (set_limit_image_tokens).
constexpr image_shape first_image(const projector &p) {
    switch (p.kind) {
    case projector_kind::pixtral: return square_of(p, 16);
    case projector_kind::qwen2vl:
    case projector_kind::qwen2_5vl:
    case projector_kind::qwen3vl: return square_of(p, 46);
    default: return {p.image_size, p.image_size};
    }
}
constexpr image_shape largest_image(const projector &p) {
    switch (p.kind) {
    case projector_kind::pixtral: return square_of(p, 32);
    case projector_kind::qwen2vl:
    case projector_kind::qwen2_5vl:
    case projector_kind::qwen3vl: return square_of(p, 64);
    default: return {p.image_size, p.image_size};
    }
}

constexpr result<projector> checked(const projector &p) {
    const auto bad = [](const char *where, const char *what, const char *why) {
        return model_error(errc::bad_value, where, what, why);
    };
    const std::int64_t sizes[] = {p.hidden_size, p.intermediate_size, p.num_attention_heads, p.patch_size,
                                  p.merge,       p.text_size,         p.image_size};
    for (const std::int64_t n : sizes)
        if (n < 1 || n > 1 << 20) return bad("projector", "has a size out of range", "sizes are 1 to 1048576");
    if (p.layers < 1 || p.layers > 128) return bad("projector.layers", "are out of range", "there are 1 to 128");
    if (p.hidden_size % p.num_attention_heads != 0)
        return bad("projector.hidden_size", "is not a multiple of num_attention_heads", "all heads are of one size");
    return p;
}
constexpr bool fits_patches(const projector &p, const image_shape &image) {
    const std::int64_t step = multiply(p.patch_size, p.merge);
    return image.width >= step && image.height >= step && image.width <= 1 << 16 && image.height <= 1 << 16 &&
           image.width % step == 0 && image.height % step == 0;
}

struct projector_buffers {
    bytes weights;
    std::int64_t weight_elements = 0;
    bytes compute[2] = {}; // of the device, or of the host where there is none, and then of the host beside it
    bool exceeded = false;
};
constexpr projector_buffers measure_projector(const projector &p, const image_shape &image, const machine &on, bool flash) {
    constexpr unsigned capacity = 4096;
    const int devices = on.device_count > 0 ? 2 : 1;
    machine pair;
    pair.device_count = devices - 1;
    pair.devices[0] = on.devices[0];
    graph::room<capacity> drawn;
    graph g(drawn);
    projector_graph drawing(g, p, image, flash, 0, buffer_rules_of(pair, 0));
    drawing.draw();
    arena arenas[2] = {};
    for (int d = 0; d < devices; ++d) {
        const buffer_rules r = d + 1 == devices ? buffer_rules{} : buffer_rules_of(pair, d);
        arenas[d] = arena(r.alignment, r.largest_buffer);
    }
    schedule_options options;
    options.device_count = devices;
    options.offload_operations = true;
    if (devices == 2 && is_cuda_like(pair.devices[0].api)) options.scratch.cuda_devices = 1;
    if (devices == 2 && is_cuda(pair.devices[0].api)) options.cuda_devices = 1;
    if (devices == 2 && pair.devices[0].api == backend::metal) options.scratch.metal_devices = 1;
    schedule::room<capacity> room;
    schedule run(g, arenas, room, options);
    run.run();
    projector_buffers out;
    out.weights = p.stored > 0_B ? p.stored : drawing.weights();
    out.weight_elements = drawing.weight_elements();
    out.exceeded = run.exceeded() || arenas[0].exceeded() || arenas[1].exceeded();
    for (int d = 0; d < devices; ++d) out.compute[d] = arenas[d].peak();
    return out;
}

// Adds what reads images to a budget: it lies on the first device, and inputs come from the host. Buffers grow with the
// largest image that was read. The replay is checked byte for byte on the CPU and under Vulkan.
constexpr result<budget> with_projector(budget b, const machine &on, const workload &w, bool draws) {
    const auto allowed = checked(*w.vision);
    if (!allowed) return allowed.error();
    const projector &p = *w.vision;
    const bool given = w.image.width != 0 || w.image.height != 0;
    const image_shape first = given ? w.image : first_image(p);
    if (!fits_patches(p, first))
        return model_error(errc::bad_value, "image", "is not made of whole tokens", "its sides are multiples of patches");
    // Where the device has no kernel it is not asked for (tools/mtmd/clip.cpp, warmup).
    const std::int64_t head = p.hidden_size / p.num_attention_heads;
    const bool has_kernel = !is_cuda(device_at(on, 0).api) || cuda_attends_with(head, head, 1, false);
    const bool flash = w.flash == flash_attention::on || (w.flash == flash_attention::automatic && has_kernel);
    const projector_buffers now = measure_projector(p, first, on, flash);
    const projector_buffers most = given || !draws ? now : measure_projector(p, largest_image(p), on, flash);
    if (now.exceeded || most.exceeded)
        return model_error(errc::unsupported, "projector", "is too large", "its graph is larger than can be drawn");
    const device &holder = device_at(on, 0);
    const bool exact = holder.api == backend::cpu || holder.api == backend::vulkan;
    amount held = exactly(now.weights);
    for (int d = 0; draws && d < (on.device_count > 0 ? 2 : 1); ++d) {
        amount pass{now.compute[d], now.compute[d], most.compute[d], exact && given ? knowledge::exact : knowledge::modelled};
        if (d == 0 && !exact) pass.lower = pass.lower - pass.lower / 50, pass.upper += pass.upper / 20;
        if (d == 0)
            held += pass;
        else
            b.devices[b.count - 1].projector = pass;
    }
    b.devices[0].projector += held;
    return b;
}

} // namespace detail
MEMBOUND_END_NAMESPACE

#endif

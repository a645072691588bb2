// The graph that llama.cpp builds for a model, node for node.
// Source: llama.cpp v0.5.0, src/llama-graph.cpp (build_attn, build_attn_mha, build_inp_*), src/llama-kv-cache.cpp
// (cpy_k, cpy_v, get_k, get_v, build_input_*_rot), src/llama-context.cpp (graph_reserve, graph_get_cb).
#ifndef MEMBOUND_ENGINES_LLAMA_CPP_GRAPH_HPP
#define MEMBOUND_ENGINES_LLAMA_CPP_GRAPH_HPP

#include <membound/engines/llama_cpp_buffers.hpp>
#include <membound/engines/llama_cpp_layers.hpp>
#include <membound/engines/llama_cpp_repack.hpp>
#include <membound/engines/llama_cpp_rules.hpp>
#include <membound/schedule.hpp>
#include <membound/workload.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace detail {

// The bit of an operation that has a fused kernel. Before llama.cpp uses such a kernel, it asks whether a pass computes each of
// its nodes on the device of its layer (src/llama-context.cpp, resolve_fused_ops): `llama_cpp_pass::asked` has these bits.
constexpr std::uint32_t question_of(operation op) {
    switch (op) {
    case operation::flash_attn_ext: return 1u;
    case operation::dsv4_hc_pre: return 2u;
    case operation::dsv4_hc_comb: return 4u;
    case operation::dsv4_hc_post: return 8u;
    default: return 0;
    }
}

// One pass through a model, as llama.cpp reserves memory for it.
struct llama_cpp_pass {
    llama_cpp_rules rules;
    lora_adapter lora;
    const model *target = nullptr; // whose caches are read
    std::int64_t tokens = 0;
    std::int64_t outputs = 0;
    std::int64_t streams = 1; // parts of the cache, and of the batch
    std::int64_t sequences = 1;   // in the batch, with the same number of tokens each
    std::int64_t state_cells = 1; // sequences that there is room for in a recurrent state
    std::int64_t cells = 0;   // of a layer that keeps every token, in each stream
    std::int64_t sliding_cells = 0;
    ggml_type type_k = ggml_type::f16;
    ggml_type type_v = ggml_type::f16;
    bool flash = true;
    bool transposes_values = false; // in the cache, which is laid out before it is known whether the kernel runs
    bool moves_weights = false;  // those on the host are copied to a device for large batches
    bool expects_no_copies = false; // of weights: where the pass copies one after all, it is not measured
    bool leaves_weights = false; // some weights lie on the host because their device can not hold them or compute with them
    bool allocates = true; // weights and caches are allocated; a dry run only measures them, but does allocate states
    instruction_set repacking = instruction_set::none; // whose order weights of the host are in
    bool pins_norms = false;     // the norms of a layer are computed where the layer lies
    bool pools = false;          // embeddings are made of the hidden states
    bool pins_attention = false; // attention without the flash kernel is computed where the cache lies
    std::int64_t seen_positions = 0; // of tokens in the cache, as far as the graph depends on it

    constexpr bool separates_sequences() const { return sequences == 1 || streams > 1; }

    bool fuses_streams[3] = {true, true, true}; // by stream_kernel
    std::uint32_t asked = 0; // bits of question_of; if there are any, the pass is not measured

    // Whether the bytes of weights matter, not only what is computed with them.
    constexpr bool sizes_weights() const { return moves_weights || leaves_weights; }
};

class llama_cpp_graph {
public:
    using value = std::int16_t;

    constexpr llama_cpp_graph(graph &g, const model &m, const quantization &q, const machine &on, const layout &at,
                              const representative_layers &shown, const llama_cpp_pass &pass)
        : g_(g), m_(m), at_(at), pass_(pass), shown_(shown), choose_(m, q), place_of_(at) {
        for (int i = 0; i < m.layer_count(); ++i)
            if (m.layers[i].kind == layer_kind::sliding_attention) has_sliding_ = true;
        if (pass.transposes_values) widest_value_ = widest_cached_value(pass.target != nullptr ? *pass.target : m);
        for (int d = 0; d <= at.host; ++d) of_every_layer_[d] = weight_on_[d] = experts_on_[d] = first_weight_on_[d] = -1;
        for (int d = 0; d <= on.device_count; ++d) rules_[d] = buffer_rules_of(on, d);
        // Queries, keys and values are rotated where the cache is quantized (attn_rot_k, attn_rot_v).
        const bool latent = m.kv_lora_rank > 0 && m.is_latent(m.layers[0]);
        const bool rotates = pass.rules.rotates_quantized_cache && !latent;
        rotates_k_ = rotates && format_of(pass.type_k).block_elements > 1 && m.key_head_dim(m.layers[0]) % 64 == 0;
        // What is as wide as the indexer's keys is taken for them.
        rotates_k_ = rotates_k_ || (m.family->keys_are_values && m.key_head_dim() == m.indexer_head_dim);
        rotates_v_ = rotates && format_of(pass.type_v).block_elements > 1 && m.value_head_dim(m.layers[0]) % 64 == 0;
    }

    constexpr value weight(tensor_name name, int layer, const shape &s, tensor_part part = tensor_part::weight) {
        if (layer >= 0 && shares_) return next_of_block(s);
        if (name == tensor_name::output_norm && ahead_ >= 0) return ahead_;
        const tensor t{name, part, layer >= 0 ? layer + shift_ : layer, s};
        const int d = place_of_(t);
        const format f = format_where_sized(t);
        const bool asks = name == tensor_name::ssm_a || pass_.sizes_weights();
        const bool stays = asks && stays_with_cpu(rules_[d], m_, t, f);
        const int place = stays ? at_.host : d;
        const value w = placed_within_limits(s, place, copied_size(f, s, place));
        if (pass_.sizes_weights() && !multiplies(rules_[0].api, f)) g_[w].type = ggml_type::tq1_0;
        note_order(w, t, f, false);
        adapted_ = part == tensor_part::weight && pass_.lora.changes(name) ? w : nothing();
        return w;
    }
    // One that all layers read.
    constexpr value weight_of_first_layer(tensor_name name, int layer, const shape &s) {
        if (layer > 0) return first_layer_weight_;
        const tensor t{name, tensor_part::weight, layer, s};
        first_layer_weight_ = make_weight(ggml_type::f32, s, device_of(at_, t));
        g_[first_layer_weight_].size = tensor_bytes(choose_(t), s).count();
        return first_layer_weight_;
    }
    // A table of whole numbers.
    constexpr value weight_of_numbers(tensor_name name, int layer, const shape &s) {
        const tensor t{name, tensor_part::weight, layer, s};
        const value w = make_weight(ggml_type::i32, s, device_of(at_, t));
        g_[w].size = size_of(t, at_.host);
        return w;
    }
    constexpr value tied_weight(tensor_name name, const shape &s) {
        const tensor t{name, tensor_part::weight, -1, s};
        const format f = format_where_sized(t);
        const int d = overridden(at_, t, m_.family->head_reads_embedding ? at_.host : at_.device_of_output());
        if (m_.family->head_reads_embedding) return placed(s, d, copied_size(f, s, d));
        const value w = placed_within_limits(s, d, copied_size(f, s, d));
        note_order(w, t, f, true);
        return w;
    }
    constexpr value head_as_embedding(const shape &s) { return tied_weight(tensor_name::output, s); }
    // A weight that was asked for before, in another shape.
    constexpr value again(value w, const shape &s) {
        for (int i = 0; i < 4; ++i) g_[w].ne[i] = s.ne[i];
        return w;
    }
    // One for each device. The two that exclude each other (long and short factors) are one here.
    constexpr value weight_of_every_layer(tensor_name name, int layer, const shape &s) {
        const bool of_first = m_.family->drafts == draft_kind::in_blocks; // all layers read that of the first
        const int d = overridden(at_, {name, tensor_part::weight, -1, s}, at_.layer_device[of_first ? 0 : layer + shift_]);
        value &w = of_every_layer_[d];
        if (w < 0) w = of_first ? make_weight(ggml_type::f32, s, d) // other devices copy it
                                : placed(s, d, tensor_bytes(formats::f32::value, s).count());
        return w;
    }
    // A layer that runs through a block again has the weights that were drawn for the first such layer.
    constexpr bool takes_weights_of(int layer, int block, bool first) {
        shift_ = block - layer;
        shares_ = !first && pass_.sizes_weights();
        if (first) first_of_block_[block] = static_cast<value>(g_.size());
        next_of_block_ = first_of_block_[block];
        return false;
    }
    constexpr value weight_ahead(tensor_name name, const shape &s) {
        if (ahead_ < 0) ahead_ = weight(name, -1, s);
        return ahead_;
    }

    constexpr bool skips(int i) {
        begins_[i] = {static_cast<value>(g_.size()), static_cast<value>(g_.node_count()), static_cast<value>(g_.leaf_count())};
        if (shown_.keeps(i)) return false;
        draw_own_leafs(shown_.kept(shown_.stand_in(i)));
        if (pass_.sizes_weights()) {
            const auto count = [&](const tensor &t, tensor_use, int) { (void)choose_(t); };
            reporting_visitor<decltype(count)> visitor(count);
            weights_pass uncounted(visitor);
            carried<weights_pass::value> beside;
            walk_layer(uncounted, m_, i, {}, beside);
        }
        return true;
    }

    // The layer of a tensor, in a pass that is only asked where its nodes are computed: all layers are drawn in their order.
    constexpr int layer_of(int tensor) const {
        if (tensor < begins_[0].tensor) return m_.layer_count(); // what chooses adapters has a cache behind those of the layers
        int i = 0;
        while (i + 1 < m_.layer_count() && begins_[i + 1].tensor <= tensor) ++i;
        return i;
    }

    // The numbers of a layer's first tensor, node and leaf.
    struct beginning {
        value tensor;
        value node;
        value leaf;
    };
    constexpr const beginning &begin_of(int i) const { return begins_[i]; }
    // Whether a leaf is neither an input nor a weight or a cache: such leafs are allocated before all nodes, one for each layer.
    constexpr bool is_own_leaf(int i) const {
        const graph_tensor &leaf = g_[g_.leaf(i)];
        return leaf.external == external_kind::none && !leaf.input;
    }

    // `x` in the shape that layers that were left out would have given it.
    constexpr value resized(value x, const shape &s) { return g_.shape_of(x) == s ? x : g_.reshape(x, s); }
    // `x` is longer by one in this dimension for each residual kept before a later layer.
    constexpr value growing(value x, int dimension) {
        const value stored = g_[x].view_of >= 0 ? g_[x].view_of : x;
        g_[stored].growth = g_[x].growth = g_[x].size / g_[x].ne[dimension];
        return x;
    }

    constexpr std::int64_t tokens() const { return pass_.tokens; }
    constexpr std::int64_t outputs() const { return pass_.outputs; }
    constexpr bool is_before(int date) const { return pass_.rules.date < date; }
    constexpr std::int64_t tokens_of(value x) const { return g_[x].ne[1]; }
    constexpr value nothing() const { return -1; }
    constexpr void expand(value x) { g_.expand(x); }

    constexpr value positions() {
        return once(positions_, ggml_type::i32, {multiply(m_.multi_axis_rope ? 4 : 1, pass_.tokens)});
    }
    constexpr value attention_scale() { return once(attention_scale_, ggml_type::f32, {1, 1, pass_.tokens}); }

    // Tokens come as numbers or as vectors: there is an input for each, one of which stays empty. The vectors of an image may
    // have parts for the layers behind the first, which are zeros for text.
    constexpr value embed(value table) {
        const value numbers = token_numbers_ = g_.input(ggml_type::i32, {pass_.tokens});
        const shape all = {multiply(m_.hidden_size, 1 + m_.deepstack_layers), pass_.tokens};
        value x = get_rows(table, numbers);
        if (m_.deepstack_layers > 0) x = g_.compute(operation::pad, ggml_type::f32, all, x);
        expand(x);
        if (pass_.rules.both_inputs) expand(g_.input(ggml_type::f32, all));
        if (m_.deepstack_layers == 0) return x;
        embedded_ = g_.view(x, {m_.hidden_size, pass_.tokens}, g_[x].nb[1]);
        return embedded_;
    }
    // A vector for each token.
    constexpr value features(std::int64_t size) { return g_.input(ggml_type::f32, {size, pass_.tokens}); }
    // A weight of another model. It is taken to lie where this model's own would, and to have the format of that.
    constexpr value borrowed_weight(tensor_name name, const shape &s) {
        const tensor t{name, tensor_part::weight, -1, s};
        const int d = device_of(at_, t);
        const std::int64_t own = size_of(t, d);
        const bool unknown = pass_.sizes_weights() && own == 0;
        return placed(s, d, unknown ? tensor_bytes(formats::f16::value, s).count() : own);
    }
    // The rows of `x` put at their places among `count`.
    constexpr value scatter(value x, value places, std::int64_t count) {
        g_[places].type = ggml_type::i64;
        const std::int64_t n = g_[x].ne[0];
        const std::int64_t tokens = g_[x].ne[1];
        const value all = fill(g_.make(ggml_type::f32, {1, count, tokens}));
        const value from = g_.reshape(x, {1, n, tokens});
        return g_.reshape(set_rows(all, from, g_.reshape(places, {n, 1, 1})), {count, tokens});
    }
    // Convolutions along the rows of `x`, a channel each, with as many columns before as behind (ggml_conv_1d_ph): over all
    // channels, and over each by itself (ggml_conv_1d_dw_ph).
    constexpr value convolve(value kernel, value x) {
        const graph_tensor &k = g_[kernel];
        const std::int64_t window = multiply(k.ne[0], k.ne[1]);
        const std::int64_t out = k.ne[2];
        const value columns = g_.compute(operation::im2col, column_type(kernel), {window, g_[x].ne[0]}, kernel, x);
        const value flat = g_.reshape(columns, {window, g_[x].ne[0]});
        return g_.reshape(mul_mat(flat, g_.reshape(kernel, {window, out})), {g_[x].ne[0], out});
    }
    constexpr value convolve_channels(value kernel, value x) {
        const shape s = g_.shape_of(x);
        const value planes = g_.reshape(x, {s.ne[0], 1, s.ne[1]});
        const value columns =
            g_.compute(operation::im2col, column_type(kernel), {g_[kernel].ne[0], s.ne[0], s.ne[1]}, kernel, planes);
        return g_.reshape(mul_mat(columns, kernel), s);
    }
    // One number for each token.
    constexpr value signal() { return g_.input(ggml_type::f32, {pass_.tokens}); }
    constexpr value pad(value x, const shape &s) { return g_.compute(operation::pad, ggml_type::f32, s, x); }
    constexpr value token_numbers() const { return token_numbers_; }
    // By the numbers of the tokens, in an input of its own.
    constexpr value embed_again(value table) { return get_rows(table, g_.input(ggml_type::i32, {pass_.tokens})); }
    constexpr value deepstack(int) { return g_.view(embedded_, g_.shape_of(embedded_), g_[embedded_].nb[1]); }
    constexpr value pick_outputs(value x) { return get_rows(x, once(output_rows_, ggml_type::i32, {pass_.outputs})); }
    constexpr void hidden_state(value x) { g_[x].output = true; }
    constexpr void logits(value x) {
        g_[x].output = true;
        expand(x);
    }

    // Embeddings: the shares of a sequence's tokens in its mean, or the token that stands for it (build_pooling).
    constexpr value mean_of_sequences() { return g_.input(ggml_type::f32, {pass_.tokens, pass_.sequences}); }
    constexpr value row_of_sequences() { return g_.input(ggml_type::i32, {pass_.sequences}); }
    constexpr bool gives_embeddings() const { return pass_.pools; }
    constexpr void embeddings(value x) {
        if (!pass_.pools) return;
        g_[x].output = true;
        expand(x);
    }

    // Logits of pictures' tokens are overwritten: src/models/chameleon.cpp.
    constexpr value hide_image_tokens(value x) {
        constexpr std::int64_t image_tokens = 8192;
        const value lowest = g_.like(operation::clamp, g_.make(ggml_type::f32, {image_tokens}));
        return g_.like(operation::set, x, lowest);
    }

    // What is added to attention scores, by distance (build_pos_bias).
    constexpr value position_bias(value table) {
        const std::int64_t cells = pass_.cells;
        const value buckets = once(buckets_, ggml_type::i32, {cells, pass_.tokens});
        const value rows = get_rows(table, g_.reshape(buckets, {multiply(cells, pass_.tokens)}));
        const value b = g_.reshape(rows, {g_[rows].ne[0], cells, pass_.tokens});
        const graph_tensor from = g_[b];
        const value turned = g_.view(b, {from.ne[1], from.ne[2], from.ne[0]}, from.nb[2], from.nb[0], from.nb[3],
                                     operation::permute);
        g_[turned].nb[0] = from.nb[1];
        g_[turned].size = spanned_bytes(g_[turned]);
        return cont(turned);
    }

    // What the encoder made, of as many tokens as the model was trained for (build_inp_cross_embd).
    constexpr value encoded() {
        return once(encoded_, ggml_type::f32, {m_.hidden_size, m_.max_position_embeddings});
    }
    constexpr value attend_encoded(value q, value k, value v) {
        expand(q);
        expand(k);
        expand(v);
        const value m = once(encoded_mask_, pass_.flash ? ggml_type::f16 : ggml_type::f32,
                             {m_.max_position_embeddings, pass_.tokens});
        return multi_head(q, k, v, m, -1, -1, false);
    }

    // Of the cached tokens those in `chosen`, if it is not -1.
    constexpr value attend_chosen(int i, value q, value k, value v, value chosen) { return attend(i, q, k, v, -1, -1, chosen); }
    constexpr value attend(int i, value q, value k, value v, value sinks, value bias = -1, value chosen = -1) {
        if (m_.family->cache != cache_use::read) {
            expand(q);
            expand(k);
            expand(v);
            return multi_head(q, k, v, mask(cache_of(i)), sinks, -1, false, bias);
        }
        cache &c = cache_of(i);
        const std::int64_t k_size = multiply(g_[k].ne[0], g_[k].ne[1]);
        const std::int64_t v_size = multiply(g_[v].ne[0], g_[v].ne[1]);
        rotate(c, q, k, v);
        const bool keys_first = has_sliding_ || !pass_.rules.values_first;
        expand(q);
        expand(keys_first ? k : v);
        expand(keys_first ? v : k);

        const value k_cache = cache_tensor(c.last, i, pass_.type_k, k_size, c.cells);
        store(k_cache, k, k_size, k_rows(c));
        const std::int64_t v_cached = pass_.transposes_values ? widest_value_ : v_size;
        const value v_cache = cache_tensor(c.last, i, pass_.type_v, v_cached, c.cells);
        if (!pass_.transposes_values)
            store(v_cache, v, v_size, rows_of(c.v_rows, pass_.tokens));
        else
            store_transposed(v_cache, v, v_size, rows_of(c.v_rows, multiply(pass_.tokens, v_cached)));

        value y = attend_cached(i, q, k_cache, v_cache, sinks, bias, chosen);
        if (rotates_v_) y = rotated(y, c.v_rotation);
        return y;
    }

    // Over what an earlier layer cached.
    constexpr value attend_shared(int i, value q) {
        cache &c = cache_of(i);
        const layer &l = m_.layers[i];
        const int from = m_.cache_layer(i);
        if (rotates_k_) q = rotated(q, rotation(c.k_rotation, largest_rotation(m_.key_head_dim(l))));
        expand(q);
        const value k_cache = cache_tensor(c.last, from, pass_.type_k, cached_key_size(m_, l), c.cells);
        const std::int64_t v_cached = pass_.transposes_values ? widest_value_ : cached_value_size(m_, l);
        value y = attend_cached(i, q, k_cache, cache_tensor(c.last, from, pass_.type_v, v_cached, c.cells), -1);
        if (rotates_v_) y = rotated(y, rotation(c.v_rotation, 64));
        return y;
    }

    constexpr value attend_cached(int i, value q, value k_cache, value v_cache, value sinks, value bias = -1,
                                  value chosen = -1) {
        cache &c = cache_of(i);
        const layer &l = m_.layers[i];
        const std::int64_t v_head = m_.value_head_dim(l);
        const std::int64_t v_cached = pass_.transposes_values ? widest_value_ : cached_value_size(m_, l);
        const value keys = heads_of_cache(k_cache, m_.key_head_dim(l), l.num_key_value_heads, c.cells);
        const std::int64_t kv_heads = l.num_key_value_heads;
        const std::int64_t column = storage_bytes(format_of(pass_.type_v), c.cells).count();
        const value values =
            !pass_.transposes_values
                        ? heads_of_cache(v_cache, v_head, kv_heads, c.cells)
                        : g_.view(v_cache, {c.cells, kv_heads, v_head, pass_.streams}, multiply(column, v_head), column,
                                  multiply(column, v_cached));
        const value seen = chosen < 0 ? mask(c) : mask_of_chosen(mask(c), chosen, ggml_type::f32);
        return multi_head(q, keys, values, seen, sinks, -1, pass_.transposes_values, bias, cells_in(chosen));
    }

    // Of the cached tokens those in `chosen`, if it is not -1.
    constexpr value attend_latent(int i, value q, value k, value latent, value decompress, value chosen,
                                  value sinks = -1) {
        cache &c = cache_of(i);
        const std::int64_t size = g_[k].ne[0];
        const std::int64_t rank = g_[latent].ne[0];
        expand(q);
        expand(latent);
        expand(k);
        const value k_cache = cache_tensor(c.last, i, pass_.type_k, size, c.cells);
        store(k_cache, k, size, k_rows(c));
        const std::int64_t row = storage_bytes(format_of(pass_.type_k), size).count();
        const value keys = g_.view(k_cache, {size, 1, c.cells, pass_.streams}, row, row, multiply(row, c.cells));
        const value values = g_.view(keys, {rank, 1, c.cells, pass_.streams}, row, row, multiply(row, c.cells));
        const value seen = chosen < 0 ? mask(c) : mask_of_chosen(mask(c), chosen, ggml_type::f32);
        return multi_head(q, keys, values, seen, sinks, decompress, false, nothing(), cells_in(chosen));
    }

    // The tokens that the last indexer chose.
    constexpr value &choice() { return choice_; }
    constexpr value indexer_rotation() {
        return rotation(caches_[of_indexer].k_rotation, largest_rotation(m_.indexer_head_dim));
    }
    constexpr void store_indexer_key(int i, value k) {
        cache &c = caches_[of_indexer];
        c.cells = pass_.cells;
        indexer_keys_ = cache_tensor(c.last, i, pass_.type_k, m_.indexer_head_dim, c.cells);
        store(indexer_keys_, k, m_.indexer_head_dim, k_rows(c));
    }
    constexpr value choose_tokens(int, value q, value weights) {
        cache &c = caches_[of_indexer];
        const std::int64_t n = pass_.streams;
        const std::int64_t head = m_.indexer_head_dim;
        const std::int64_t row = storage_bytes(format_of(pass_.type_k), head).count();
        const value keys = g_.view(indexer_keys_, {head, 1, c.cells, n}, row, row, multiply(row, c.cells));
        q = in_streams(q);
        const graph_tensor &w = g_[weights];
        weights = scale(g_.view(weights, {w.ne[0], w.ne[1] / n, w.ne[2], n}, w.nb[1], w.nb[2] / n, w.nb[3] / n));
        const shape scores = {c.cells, g_[q].ne[2], 1, n};
        const value mask = once(c.mask, ggml_type::f16, scores);
        const value score = g_.compute(operation::lightning_indexer, ggml_type::f32, scores, q, keys, weights, mask);
        const shape best = {min(c.cells, m_.indexer_top_k), scores.ne[1], 1, n};
        return cont(g_.compute(operation::top_k, ggml_type::i32, best, score));
    }

    // The means of the cached keys of each block: src/models/qwen4exp.cpp (build_qsa_top_k).
    constexpr value pooled_indexer_keys() {
        const cache &c = caches_[of_indexer];
        const std::int64_t n = pass_.streams;
        const std::int64_t head = m_.indexer_head_dim;
        const std::int64_t size = m_.indexer_block_size;
        const std::int64_t blocks = pooled_blocks();
        const value all = heads_of_cache(indexer_keys_, head, 1, c.cells);
        const value keys = g_.view(all, {head, c.cells, n}, g_[all].nb[2], g_[all].nb[3]);
        value members = get_rows(keys, once(cells_of_blocks_, ggml_type::i32, {multiply(size, blocks), n}));
        members = g_.reshape(members, {head, size, blocks, n});
        value sum = -1;
        for (std::int64_t k = 0; k < size; ++k) {
            const value slice = cont(g_.view(members, {head, blocks, n}, g_[members].nb[2], g_[members].nb[3]));
            sum = k == 0 ? slice : add(sum, slice);
        }
        return g_.reshape(scale(sum), {head, multiply(blocks, n)});
    }
    constexpr value choose_by_pooled_keys(int i, value q, value keys) {
        cache &c = caches_[of_indexer];
        const std::int64_t n = pass_.streams;
        const std::int64_t each = pass_.tokens / n;
        const std::int64_t head = m_.indexer_head_dim;
        const std::int64_t heads = m_.indexer_heads;
        const std::int64_t blocks = pooled_blocks();
        keys = g_.reshape(keys, {head, 1, multiply(blocks, n)});
        keys = g_.like(operation::rope, keys, once(positions_of_blocks_, ggml_type::i32, {multiply(4, multiply(blocks, n))}));
        keys = g_.reshape(keys, {head, blocks, n});
        value scores = mul_mat(keys, g_.reshape(q, {head, multiply(heads, each), n}));
        scores = unary(g_.reshape(scores, {blocks, heads, each, n}));
        value sum = -1;
        for (std::int64_t k = 0; k < heads; ++k) {
            const value slice = g_.view(scores, {blocks, each, n}, g_[scores].nb[2], g_[scores].nb[3]);
            sum = k == 0 ? cont(slice) : add(sum, slice);
        }
        sum = add(sum, once(block_bias_, ggml_type::f32, {blocks, each, n}));
        value of_cells = get_rows(cont(g_.permute(sum, 0, 1)), once(blocks_of_cells_, ggml_type::i32, {c.cells, n}));
        of_cells = cont(g_.permute(of_cells, 0, 1));
        value causal = mask(cache_of(i));
        if (g_[causal].type != ggml_type::f32) causal = cast(causal, ggml_type::f32);
        of_cells = add(of_cells, g_.reshape(causal, {c.cells, each, n}));
        const std::int64_t width = min(c.cells, m_.indexer_top_k + m_.indexer_block_size - 1);
        const value best = cont(g_.compute(operation::top_k, ggml_type::i32, {width, each, n}, of_cells));
        return g_.reshape(best, {width, each, 1, n});
    }

    // Rows of a table by numbers that are computed beforehand, several for each token.
    constexpr value look_up(value table, std::int64_t count) {
        return get_rows(table, g_.input(ggml_type::i32, {multiply(count, pass_.tokens)}));
    }
    // A weight whose type matters to the graph.
    constexpr value weight_as_stored(tensor_name name, int layer, const shape &s) {
        const tensor t{name, tensor_part::weight, layer, s};
        const format f = choose_(t);
        ggml_type type = ggml_type::f32;
        for (int i = 0; i < static_cast<int>(ggml_type::count); ++i)
            if (format_of(static_cast<ggml_type>(i)) == f) type = static_cast<ggml_type>(i);
        const int d = device_of(at_, t);
        return make_weight(type, s, stays_with_cpu(rules_[d], m_, t, f) ? at_.host : d);
    }
    // One number of each row.
    constexpr value column_in_f32(value taps) {
        const std::int64_t rows = g_[taps].ne[1];
        const value column = g_.reshape(cont(g_.view(taps, {1, rows}, g_[taps].nb[1])), {rows});
        return g_[column].type == ggml_type::f32 ? column : cast(column, ggml_type::f32);
    }

    // Blocks are chosen by the flash kernel alone, and where no sequences share a cache.
    constexpr bool chooses_blocks() const { return pass_.flash && pass_.separates_sequences(); }
    // Over the blocks of tokens that an indexer chooses for each head of keys: src/models/minimax-m3.cpp.
    constexpr value attend_blocks(int i, value q, value k, value v, value index_q, value index_k) {
        cache &c = cache_of(i);
        const layer &l = m_.layers[i];
        store_indexer_key(i, index_k);
        rotate(c, q, k, v);
        expand(q);
        expand(k);
        expand(v);
        const std::int64_t k_size = cached_key_size(m_, l);
        const std::int64_t v_size = cached_value_size(m_, l);
        const value k_cache = cache_tensor(c.last, i, pass_.type_k, k_size, c.cells);
        const value v_cache = cache_tensor(c.last, i, pass_.type_v, v_size, c.cells);
        store(k_cache, k, k_size, k_rows(c));
        store(v_cache, v, v_size, rows_of(c.v_rows, pass_.tokens));
        const value keys = heads_of_cache(k_cache, m_.key_head_dim(l), l.num_key_value_heads, c.cells);
        const value values = heads_of_cache(v_cache, m_.value_head_dim(l), l.num_key_value_heads, c.cells);
        const value index_keys = heads_of_cache(indexer_keys_, m_.indexer_head_dim, 1, c.cells);
        value y = -1;
        if (pass_.tokens == pass_.streams)
            y = attend_gathered_blocks(q, keys, values, index_q, index_keys);
        else
            for (std::int64_t s = 0; s < pass_.streams; ++s) {
                const value part = attend_masked_blocks(c, q, keys, values, index_q, index_keys);
                y = s == 0 ? part : concat(y, part, {g_[y].ne[0], detail::add(g_[y].ne[1], g_[part].ne[1])});
            }
        return rotates_v_ ? rotated(y, c.v_rotation) : y;
    }

    // Caches of compressed keys, and what these are made from: src/llama-kv-cache-dsv4.cpp (dsv4_build_reserve_comp_plan,
    // llama_dsv4_comp_state), src/llama-graph.cpp (build_inp_dsv4).
    constexpr std::int64_t compressed_blocks(compressor c) const {
        return detail::add(pass_.tokens / compressed_tokens(c), pass_.sequences);
    }
    constexpr std::int64_t rows_to_compress(compressor c) const { return detail::add(kept_rows(c), pass_.tokens); }
    constexpr value compressor_input(compressor c, compressor_rows rows) {
        value &v = compressed(c).inputs[static_cast<int>(rows)];
        const std::int64_t blocks = compressed_blocks(c);
        switch (rows) {
        case compressor_rows::positions: return once(v, ggml_type::i32, {pass_.tokens});
        case compressor_rows::kept:
        case compressor_rows::kept_at: return once(v, ggml_type::i32, {min(pass_.tokens, kept_rows(c))});
        case compressor_rows::read: return once(v, ggml_type::i32, {multiply(blocks, tokens_of_block(c))});
        case compressor_rows::cells: return once(v, ggml_type::i64, {blocks});
        case compressor_rows::block_positions: break;
        }
        return once(v, ggml_type::i32, {blocks});
    }
    constexpr value compressor_state(int i, compressor c) {
        const shape s = {compressor_width(m_, c), tokens_to_compress(c), pass_.streams};
        return compressed(c).last_state = g_.cache_behind(compressed(c).last_state, ggml_type::f32, s, at_.device_of_cache(i));
    }
    constexpr value state_rows_of(value state) {
        const value all = all_rows(state);
        return g_.view(all, g_.shape_of(all), g_[all].nb[1]);
    }
    constexpr void keep_for_compressor(compressor c, value state, value x) {
        const value kept = get_rows(x, compressor_input(c, compressor_rows::kept));
        expand(g_.write(all_rows(state), kept, compressor_input(c, compressor_rows::kept_at)));
    }
    constexpr void store_compressed(int i, compressor c, value x) {
        const std::int64_t size = compressed_key_size(m_, c);
        if (c == compressor::indexer || rotates_k_) x = rotated(x, compressed_rotation(c));
        compressed_cache &of = compressed(c);
        of.keys = cache_tensor(of.last_keys, i, pass_.type_k, size, compressed_cells(c, pass_.cells));
        const value flat = g_.view(x, {size, g_[x].ne[2]}, g_[x].nb[2]);
        expand(g_.write(all_streams(compressed(c).keys), flat, compressor_input(c, compressor_rows::cells)));
    }
    constexpr value rotated_indexer_query(value q) { return rotated(q, compressed_rotation(compressor::indexer)); }
    constexpr value choose_compressed(int, value q, value weights) {
        const std::int64_t n = pass_.streams;
        const value keys = compressed_keys(compressor::indexer);
        q = in_streams(q);
        const graph_tensor &w = g_[weights];
        weights = g_.view(weights, {w.ne[0], w.ne[1] / n, w.ne[2], n}, w.nb[1], w.nb[2] / n, w.nb[3] / n);
        const shape scores = {g_[keys].ne[2], g_[q].ne[2], 1, n};
        const value mask = once(compressed(compressor::indexer).mask, ggml_type::f16, scores);
        const value score = g_.compute(operation::lightning_indexer, ggml_type::f32, scores, q, keys, weights, mask);
        const shape best = {min(scores.ne[0], m_.indexer_top_k), scores.ne[1], 1, n};
        return cont(g_.compute(operation::top_k, ggml_type::i32, best, score));
    }
    // Of the compressed keys those in `chosen`, if it is not -1.
    constexpr value attend_compressed(int i, value q, value k, value chosen, value sinks) {
        cache &c = cache_of(i);
        const std::int64_t head = g_[k].ne[0];
        const value r = rotates_k_ ? rotation(c.k_rotation, largest_rotation(head)) : nothing();
        if (rotates_k_) q = rotated(q, r), k = rotated(k, r);
        expand(q);
        expand(k);
        const value k_cache = cache_tensor(c.last, i, pass_.type_k, head, c.cells);
        store(k_cache, k, head, k_rows(c));
        value keys = heads_of_cache(k_cache, head, 1, c.cells);
        value seen = mask(c);
        if (m_.layers[i].compression != key_compression::none) {
            const compressor by = chosen < 0 ? compressor::apart : compressor::overlapping;
            const value more = compressed_keys(by);
            const std::int64_t cells = detail::add(c.cells, g_[more].ne[2]);
            const std::int64_t rows = g_[seen].ne[1];
            keys = concat(keys, more, {head, 1, cells, pass_.streams});
            const value all = once(compressed(by).mask, g_[seen].type, {g_[more].ne[2], rows, 1, pass_.streams});
            seen = concat(seen, chosen < 0 ? all : mask_of_chosen(all, chosen, g_[seen].type), {cells, rows, 1, pass_.streams});
        }
        const std::int64_t most = chosen < 0 ? 0 : detail::add(min(c.cells, m_.sliding_window), g_[chosen].ne[0]);
        const value y = multi_head(q, keys, keys, seen, sinks, -1, false, nothing(), most);
        return rotates_k_ ? rotated(y, r) : y;
    }

    constexpr std::int64_t sequences() const { return pass_.sequences; }

    // The states of the sequences in the batch: llama-graph.cpp, build_rs.
    constexpr value load_state(int i, state_part part) {
        const value states = cleared_states(i, part);
        const value loaded = get_rows(states, state_rows());
        expand(loaded);
        keep_other_states(i, part, states);
        return loaded;
    }
    constexpr void store_state(int i, state_part part, value x) {
        expand(g_.copy(x, flat(state_tensor(i, part), g_.shape_of(x).elements())));
    }
    // Runs the state over the tokens; the result has the outputs and behind them the new states, which are stored.
    // `state` is the shape of one sequence's.
    constexpr value scan_state(int i, const shape &state, value x, value dt, value a, value b, value c) {
        const value states = cleared_states(i, state_part::recurrent);
        const std::int64_t size = state.elements();
        const std::int64_t outputs = g_.shape_of(x).elements();
        const value shaped = g_.reshape(states, {state.ne[0], state.ne[1], state.ne[2], pass_.state_cells});
        const value y = g_.compute(operation::ssm_scan, ggml_type::f32,
                                   {detail::add(outputs, multiply(size, pass_.sequences))}, shaped, x, dt, a, b);
        g_.add_source(y, c);
        g_.add_source(y, state_rows());
        expand(y);
        keep_other_states(i, state_part::recurrent, states);
        store_state(i, state_part::recurrent, flat(y, multiply(size, pass_.sequences)));
        return y;
    }

    // Views come before additions.
    constexpr value sum_of_experts(value x, const shape &s, std::int64_t count) {
        const std::int64_t stride = g_[x].nb[2];
        value first = -1;
        for (std::int64_t e = 0; e < count; ++e) {
            const value part = g_.view(x, s, stride);
            expand(part);
            if (e == 0) first = part;
        }
        value sum = first;
        for (std::int64_t e = 1; e < count; ++e) {
            sum = add(sum, static_cast<value>(first + e));
            expand(sum);
        }
        return count == 1 ? cont(sum) : sum;
    }

    constexpr value get_rows(value table, value rows) {
        const ggml_type type = g_[table].type == ggml_type::i32 ? ggml_type::i32 : ggml_type::f32;
        return g_.compute(operation::get_rows, type, {g_[table].ne[0], g_[rows].ne[0], g_[rows].ne[1], g_[rows].ne[2]},
                          table, rows);
    }
    constexpr value set_rows(value target, value from, value rows) { return g_.write(target, from, rows); }
    constexpr value mul_mat(value a, value b) { return mul_mat_id(a, b, nothing()); }
    // `ids` are those of the chosen experts; -1 where there are none.
    constexpr value mul_mat_id(value a, value b, value ids) {
        const bool adapted = adapted_ >= 0 && a == adapted_;
        adapted_ = nothing();
        const shape s = g_.shape_of(a);
        const int device = g_[a].place;
        const value y = product(a, b, ids);
        if (!adapted) return y;
        // llama-graph.cpp, build_lora_mm
        const std::int64_t rank = pass_.lora.rank;
        const value narrow = product(adapter_part({s.ne[0], rank, s.ne[2]}, device), b, ids);
        const value wide = product(adapter_part({rank, s.ne[1], s.ne[2]}, device), narrow, ids);
        return add(y, scale(wide));
    }
    constexpr void keep_precision(value y) { g_[y].unrounded = true; }
    constexpr value add(value a, value b) { return g_.like(operation::add, a, b); }
    constexpr value add_id(value a, value b, value ids) { return g_.like(operation::add_id, a, b, ids); }
    constexpr value sub(value a, value b) { return g_.like(operation::sub, a, b); }
    constexpr value sqrt(value a) { return g_.like(operation::sqrt, a); }
    constexpr value sqr(value a) { return g_.like(operation::sqr, a); }
    constexpr value l2_norm(value a) { return g_.like(operation::l2_norm, a); }
    constexpr value mul(value a, value b) { return g_.like(operation::mul, a, b); }
    constexpr value div(value a, value b) { return g_.like(operation::div, a, b); }
    constexpr value scale(value a) { return g_.like(operation::scale, a); }
    constexpr value clamp(value a) { return g_.like(operation::clamp, a); }
    constexpr value unary(value a) { return g_.like(operation::unary, a); }
    constexpr value fill(value a) { return g_.like(operation::fill, a); }
    constexpr value rms_norm(value a, int layer) { return pinned(g_.like(operation::rms_norm, a), layer); }
    constexpr value norm(value a, int layer) { return pinned(g_.like(operation::norm, a), layer); }
    constexpr value rope(value a, value factors) { return g_.like(operation::rope, a, positions(), factors); }
    constexpr value rope(value a, value factors, value at) { return g_.like(operation::rope, a, at, factors); }
    constexpr value rope_back(value a) { return g_.like(operation::rope_back, a, positions()); }
    constexpr value soft_max(value a) { return g_.like(operation::soft_max, a); }
    constexpr value glu(value gate, value up) {
        return pass_.rules.joins_branches ? g_.like(operation::glu, gate, up) : mul(unary(gate), up);
    }
    constexpr value glu_of_halves(value a) {
        if (!pass_.rules.joins_branches) {
            const shape half = {g_[a].ne[0] / 2, g_[a].ne[1]};
            const value gate = cont(g_.view(a, half, g_[a].nb[1]));
            const value up = cont(g_.view(a, half, g_[a].nb[1]));
            return mul(unary(gate), up);
        }
        return g_.compute(operation::glu, ggml_type::f32, {g_[a].ne[0] / 2, g_[a].ne[1], g_[a].ne[2], g_[a].ne[3]}, a);
    }
    constexpr value sum_rows(value a) { return one_of_each_row(operation::sum_rows, a); }
    constexpr value mean(value a) { return one_of_each_row(operation::mean, a); }
    constexpr value one_of_each_row(operation op, value a) {
        return g_.compute(op, ggml_type::f32, {1, g_[a].ne[1], g_[a].ne[2], g_[a].ne[3]}, a);
    }
    constexpr value top_k(value a, std::int64_t k) {
        const value sorted = g_.compute(operation::argsort, ggml_type::i32, g_.shape_of(a), a);
        const graph_tensor &s = g_[sorted];
        return g_.view(sorted, {k, s.ne[1], s.ne[2], s.ne[3]}, s.nb[1], s.nb[2], s.nb[3]);
    }
    // Linear attention over the tokens; the result has the outputs, and behind them the new states.
    constexpr value gated_delta_net(value q, value k, value v, value decay, value beta, value state) {
        const graph_tensor &values = g_[v];
        const std::int64_t tokens = multiply(values.ne[2], values.ne[3]);
        const std::int64_t states = multiply(values.ne[0], values.ne[3]);
        const value y = g_.compute(operation::gated_delta_net, ggml_type::f32,
                                   {multiply(values.ne[0], values.ne[1]), detail::add(tokens, states)}, q, k, v, decay, beta);
        g_.add_source(y, state);
        return y;
    }
    constexpr value gated_linear_attention(value k, value v, value q, value decay, value state) {
        return g_.compute(operation::gated_linear_attn, ggml_type::f32, attended_with_states(k), k, v, q, decay, state);
    }
    constexpr value wkv_6(value k, value v, value r, value bonus, value decay, value state) {
        const value y = g_.compute(operation::rwkv_wkv6, ggml_type::f32, attended_with_states(k), k, v, r, bonus, decay);
        g_.add_source(y, state);
        return y;
    }
    constexpr value wkv_7(value r, value w, value k, value v, value a, value b, value state) {
        const value y = g_.compute(operation::rwkv_wkv7, ggml_type::f32, attended_with_states(k), r, w, k, v, a);
        g_.add_source(y, b);
        g_.add_source(y, state);
        return y;
    }
    // What heads forget by: slopes, decay of queries and of keys, and of keys as queries see them.
    constexpr value decay_input(int which, const shape &s) { return once(decays_[which], ggml_type::f32, s); }

    constexpr value ssm_conv(value x, value kernel, const shape &s) {
        return g_.compute(operation::ssm_conv, ggml_type::f32, s, x, kernel);
    }
    constexpr value cont_as(value a, const shape &s) { return g_.compute(operation::cont, g_[a].type, s, a); }
    constexpr value cont(value a) { return g_.like(operation::cont, a); }
    constexpr value last_dimension_first(value a) {
        const value t = g_.permute(a, 0, 1);
        for (int i = 0; i < 3; ++i) g_[t].ne[(i + 1) % 3] = g_[a].ne[i], g_[t].nb[(i + 1) % 3] = g_[a].nb[i];
        return t;
    }
    constexpr value cast(value a, ggml_type type) {
        const value y = g_.compute(operation::cpy, type, g_.shape_of(a), a);
        g_.add_source(y, y); // as ggml_cast does
        return y;
    }
    constexpr value cont(value a, const shape &s) { return g_.compute(operation::cont, g_[a].type, s, a); }
    constexpr value concat(value a, value b, const shape &s) {
        return g_.compute(operation::concat, g_[a].type, s, a, b);
    }
    // Of the rows of each plane of `a`, one weight a row.
    constexpr value sum_by_weight(value a, value weights) {
        return g_.compute(operation::dsv4_hc_pre, ggml_type::f32, {g_[a].ne[0], g_[a].ne[2]}, a, weights);
    }
    constexpr bool fuses(stream_kernel k) const { return pass_.fuses_streams[static_cast<int>(k)]; }
    constexpr value mix_of_streams(value mixes, value scales, value bases, std::int64_t n) {
        return g_.compute(operation::dsv4_hc_comb, ggml_type::f32, {n, n, g_[mixes].ne[1]}, mixes, scales, bases);
    }
    // `mix` is -1 where the streams stay as they are.
    constexpr value distribute(value x, value streams, value weights, value mix) {
        return g_.compute(operation::dsv4_hc_post, ggml_type::f32, g_.shape_of(streams), x, streams, weights, mix);
    }
    constexpr value filled(const shape &s) { return fill(g_.make(ggml_type::f32, s)); }
    constexpr value on_layer(int i, value x) { return pinned(x, i); }
    constexpr value repeat(value a, const shape &s) { return g_.compute(operation::repeat, ggml_type::f32, s, a); }
    constexpr value reshape(value a, const shape &s) { return g_.reshape(a, s); }
    constexpr value permute(value a, int x, int y) { return g_.permute(a, x, y); }
    constexpr value transpose(value a) { return g_.permute(a, 0, 1, operation::transpose); }
    constexpr value cycle(value a) { return g_.cycle(a); }
    // Strides in numbers.
    constexpr value view(value a, const shape &s, std::int64_t stride1, std::int64_t stride2, std::int64_t stride3 = 0) {
        const std::int64_t n = g_[a].nb[0];
        const std::int64_t last = stride3 > 0 ? stride3 : multiply(stride2, s.ne[2]);
        return g_.view(a, s, multiply(stride1, n), multiply(stride2, n), multiply(last, n));
    }

    // Some columns of `a`, all rows; a new dimension between the two has one element.
    constexpr value columns(value a, const shape &s) {
        const std::int64_t row = g_[a].nb[1];
        const bool between = s.ne[1] == 1 && g_[a].ne[1] != 1;
        return g_.view(a, s, row, between ? row : g_[a].nb[2]);
    }
    constexpr value heads_within(value a, std::int64_t head, std::int64_t count, std::int64_t stride) {
        return g_.view(a, {head, count, pass_.tokens}, storage_bytes(format_of(g_[a].type), stride).count(), g_[a].nb[1]);
    }

private:
    constexpr void draw_own_leafs(int layer) {
        for (int l = begins_[layer].leaf; l < begins_[layer + 1].leaf; ++l)
            if (is_own_leaf(l)) g_.leaf_like(static_cast<value>(g_.leaf(l)));
    }
    constexpr value next_of_block(const shape &s) {
        while (next_of_block_ + 1 < g_.size() &&
               (g_[next_of_block_].external != external_kind::weight || g_.shape_of(next_of_block_) != s))
            ++next_of_block_;
        return next_of_block_++;
    }

    // Inputs that all layers with the same kind of cache share.
    struct cache {
        std::int64_t cells = 0;
        value k_rows = -1;
        value v_rows = -1;
        value mask = -1;
        value k_rotation = -1;
        value v_rotation = -1;
        value last = -1; // of its tensors
    };

    // Of a cache of compressed keys.
    struct compressed_cache {
        value inputs[6] = {-1, -1, -1, -1, -1, -1}; // by compressor_rows
        value keys = -1; // of the layer
        value last_keys = -1;
        value last_state = -1;
        value mask = -1;
        value rotation = -1;
    };
    constexpr compressed_cache &compressed(compressor c) { return compressed_[static_cast<int>(c)]; }
    constexpr std::int64_t kept_rows(compressor c) const { return multiply(tokens_to_compress(c), pass_.streams); }
    static constexpr std::int64_t tokens_of_block(compressor c) {
        return (c == compressor::apart ? 1 : 2) * compressed_tokens(c);
    }
    constexpr value all_rows(value state) {
        const graph_tensor &s = g_[state];
        return g_.view(state, {s.ne[0], multiply(s.ne[1], s.ne[2])}, s.nb[1]);
    }
    constexpr value compressed_rotation(compressor c) {
        return rotation(compressed(c).rotation, largest_rotation(compressed_key_size(m_, c)));
    }
    constexpr value compressed_keys(compressor c) {
        const value k = heads_of_cache(compressed(c).keys, compressed_key_size(m_, c), 1, compressed_cells(c, pass_.cells));
        return g_.view(k, g_.shape_of(k), g_[k].nb[1], g_[k].nb[2], g_[k].nb[3]);
    }

    constexpr cache &cache_of(int i) {
        const bool sliding = m_.layers[i].kind == layer_kind::sliding_attention;
        cache &c = caches_[sliding ? 1 : 0];
        c.cells = sliding ? pass_.sliding_cells : pass_.cells;
        return c;
    }

    constexpr value once(value &v, ggml_type type, const shape &s) {
        if (v < 0) v = g_.input(type, s);
        return v;
    }
    // The numbers of the cells that are stored into.
    constexpr value rows_of(value &rows, std::int64_t count) {
        return pass_.rules.stores_by_number ? once(rows, ggml_type::i64, {count}) : nothing();
    }
    constexpr value k_rows(cache &c) { return rows_of(c.k_rows, pass_.tokens); }
    constexpr value mask(cache &c) {
        if (c.mask >= 0) return c.mask;
        const shape s = {c.cells, pass_.tokens / pass_.streams, 1, pass_.streams};
        c.mask = g_.input(pass_.flash && pass_.rules.mask_in_f16 ? ggml_type::f16 : ggml_type::f32, s);
        if (pass_.flash) c.mask = in_f16(c.mask);
        return c.mask;
    }

    constexpr value product(value a, value b, value ids) {
        if (ids < 0)
            return g_.compute(operation::mul_mat, ggml_type::f32, {g_[a].ne[1], g_[b].ne[1], g_[b].ne[2], g_[b].ne[3]}, a, b);
        return g_.compute(operation::mul_mat_id, ggml_type::f32, {g_[a].ne[1], g_[ids].ne[0], g_[b].ne[2]}, a, b, ids);
    }
    constexpr value adapter_part(const shape &s, int device) {
        return placed(s, device, pass_.sizes_weights() ? tensor_bytes(pass_.lora.type, s).count() : 0);
    }

    constexpr format format_where_sized(const tensor &t) { return pass_.sizes_weights() ? choose_(t) : format{}; }
    // Of its copy, where weights are copied: what lies on the host goes to the first device.
    constexpr std::int64_t copied_size(const format &f, const shape &s, int place) const {
        if (!pass_.sizes_weights()) return 0;
        const bool pads = rules_[0].cuda && place == at_.host;
        return detail::add(tensor_bytes(f, s).count(), pads ? cuda_padding(f, s.ne[0]) : 0);
    }
    constexpr std::int64_t size_of(const tensor &t, int place) {
        return copied_size(format_where_sized(t), t.dims, place);
    }
    constexpr void note_order(value w, const tensor &t, const format &f, bool as_output) {
        if (pass_.repacking == instruction_set::none || !pass_.sizes_weights() || g_[w].place != at_.host) return;
        g_[w].repacked = repacked_bytes(pass_.repacking, f, t, as_output) >= bytes();
    }
    constexpr value placed_within_limits(const shape &s, int device, std::int64_t size) {
        const bool stays = pass_.sizes_weights() && size > rules_[device].largest_tensor;
        return placed(s, stays ? at_.host : device, size);
    }
    constexpr value make_weight(ggml_type type, const shape &s, int device) {
        if (pass_.allocates) return g_.external(external_kind::weight, type, s, device);
        value &first = first_weight_on_[device];
        const value w = g_.measured_beside(first, external_kind::weight, type, s, device);
        if (first < 0) first = w;
        return w;
    }
    // Where no weights are copied, only their places and the number of experts matter: one stands for all of a device, in the
    // shape that is asked for and used next.
    constexpr value placed(const shape &s, int device, std::int64_t size) {
        value &shared = s.ne[2] > 1 ? experts_on_[device] : weight_on_[device];
        if (pass_.sizes_weights() || shared < 0 || g_[shared].ne[2] != s.ne[2]) shared = make_weight(ggml_type::f32, s, device);
        graph_tensor &w = g_[shared];
        for (int i = 0; i < 4; ++i) w.ne[i] = s.ne[i];
        w.size = size;
        return shared;
    }
    constexpr value pinned(value x, int layer) {
        if (pass_.pins_norms && layer >= 0) g_[x].place = at_.layer_device[layer];
        return x;
    }
    constexpr value cache_tensor(value &last, int i, ggml_type type, std::int64_t size, std::int64_t cells) {
        const shape s = {size, cells, pass_.streams};
        const int device = device_of_read_cache(at_, m_, i);
        return last = pass_.allocates ? g_.cache_behind(last, type, s, device)
                                      : g_.measured_beside(last, external_kind::cache, type, s, device);
    }

    constexpr shape attended_with_states(value k) const {
        const graph_tensor &keys = g_[k];
        return {multiply(keys.ne[0], keys.ne[1]), detail::add(keys.ne[2], multiply(keys.ne[0], pass_.sequences))};
    }
    constexpr value state_tensor(int i, state_part part) {
        value &state = states_[static_cast<int>(part)];
        if (state_layer_ != i) state_layer_ = i, states_[0] = states_[1] = states_[2] = -1;
        const layer &l = m_.layers[i];
        const std::int64_t size = part == state_part::convolution ? convolution_state_size(m_, l)
                                  : part == state_part::recurrent ? recurrent_state_size(m_, l)
                                                                  : ngram_state_size(m_, l);
        if (state < 0)
            state = last_state_ = g_.cache_behind(last_state_, ggml_type::f32, {size, pass_.state_cells}, at_.device_of_cache(i));
        return state;
    }
    constexpr value flat(value a, std::int64_t count) { return g_.view(a, {count}, multiply(count, g_[a].nb[0])); }
    // One state is set to zero, for sequences that begin.
    constexpr value cleared_states(int i, state_part part) {
        const value all = state_tensor(i, part);
        const value states = g_.reshape(all, g_.shape_of(all));
        expand(g_.overwrite(operation::scale, flat(states, g_[all].ne[0])));
        return states;
    }
    // Sequences that are not in the batch change cells, too.
    constexpr void keep_other_states(int i, state_part part, value states) {
        const value all = state_tensor(i, part);
        const std::int64_t others = pass_.state_cells - pass_.sequences;
        const value kept = get_rows(states, state_view(other_rows_, others));
        expand(g_.copy(kept, g_.view(all, {g_[all].ne[0], others}, g_[all].nb[1])));
    }
    constexpr value state_rows() { return state_view(state_rows_, pass_.sequences); }
    constexpr value state_view(value &v, std::int64_t count) {
        if (v < 0) v = flat(once(state_copies_, ggml_type::i32, {pass_.state_cells}), count);
        return v;
    }

    // The largest power of two that divides a head.
    constexpr std::int64_t largest_rotation(std::int64_t head) const {
        std::int64_t n = 64;
        while (head % (2 * n) == 0) n *= 2;
        return n;
    }
    constexpr value rotation(value &v, std::int64_t n) { return once(v, ggml_type::f32, {n, n}); }
    constexpr value rotated(value x, value rotation) {
        const std::int64_t n = g_[rotation].ne[0];
        const shape s = g_.shape_of(x);
        const shape flat = {n, s.elements() / n};
        const value in = is_contiguous(g_[x]) ? g_.reshape(x, flat) : g_.compute(operation::cont, g_[x].type, flat, x);
        return g_.reshape(mul_mat(rotation, in), s);
    }
    // What comes to a cache that is quantized, and the queries that meet its keys.
    constexpr void rotate(cache &c, value &q, value &k, value &v) {
        if (rotates_k_) {
            const value r = rotation(c.k_rotation, largest_rotation(g_[k].ne[0]));
            q = rotated(q, r);
            k = rotated(k, r);
        }
        if (rotates_v_) v = rotated(v, rotation(c.v_rotation, 64));
    }

    constexpr value all_streams(value cached) {
        const graph_tensor &c = g_[cached];
        return pass_.streams > 1 ? g_.reshape(cached, {c.ne[0], multiply(c.ne[1], c.ne[2])}) : cached;
    }
    constexpr void store(value cached, value x, std::int64_t size, value rows) {
        const value flat = g_.view(x, {size, pass_.tokens}, g_[x].nb[2]);
        expand(g_.write(all_streams(cached), flat, rows));
    }
    // Without flash attention values are cached number by number.
    constexpr void store_transposed(value cached, value x, std::int64_t size, value rows) {
        const shape flat = {size, pass_.tokens};
        const bool packed = g_[x].nb[2] == storage_bytes(format_of(g_[x].type), size).count();
        value joined = packed ? g_.reshape(x, flat) : g_.compute(operation::cont, g_[x].type, flat, x);
        const shape padded = {widest_value_, pass_.tokens};
        if (size < widest_value_) joined = g_.compute(operation::pad, ggml_type::f32, padded, joined);
        const value target = g_.reshape(cached, {1, g_.shape_of(cached).elements()});
        expand(g_.write(target, g_.reshape(joined, {1, padded.elements()}), rows));
    }

    constexpr ggml_type column_type(value kernel) const {
        return g_[kernel].type == ggml_type::bf16 ? ggml_type::f32 : ggml_type::f16;
    }
    constexpr value in_f16(value x) { return g_[x].type == ggml_type::f32 ? cast(x, ggml_type::f16) : x; }

    // Adds to the mask that all tokens but the chosen are left out.
    constexpr value mask_of_chosen(value kept, value chosen, ggml_type type) {
        const value none = fill(kept);
        const graph_tensor &m = g_[none];
        const value cells = g_.view(none, {1, m.ne[0], m.ne[1], m.ne[3]}, m.nb[0], m.nb[1], m.nb[2]);
        const graph_tensor &t = g_[chosen];
        const value rows = g_.view(chosen, {t.ne[0], t.ne[1], t.ne[3]}, t.nb[1], t.nb[2], multiply(t.nb[3], t.ne[3]));
        const value zeros = fill(g_.make(type, {1, t.ne[0], t.ne[1], t.ne[3]}));
        const value opened = set_rows(cells, zeros, rows);
        const graph_tensor &o = g_[opened];
        const value joined = g_.view(opened, {o.ne[1], o.ne[2], 1, o.ne[3]}, o.nb[2], o.nb[3], o.nb[3]);
        return add(joined, kept);
    }

    constexpr value in_streams(value q) {
        const std::int64_t n = pass_.streams;
        const graph_tensor &from = g_[q];
        return g_.view(q, {from.ne[0], from.ne[1], from.ne[2] / n, n}, from.nb[1], from.nb[2], from.nb[3] / n);
    }

    // The heads of all cached tokens.
    constexpr value heads_of_cache(value cached, std::int64_t head, std::int64_t heads, std::int64_t cells) {
        const format &f = format_of(g_[cached].type);
        const std::int64_t row = storage_bytes(f, multiply(head, heads)).count();
        return g_.view(cached, {head, heads, cells, pass_.streams}, stride_bytes(f, head).count(), row, multiply(row, cells));
    }

    // Dimension i becomes dimension axes[i] (ggml_permute).
    constexpr value rearranged(value a, const int (&axes)[4]) {
        const value y = g_.permute(a, 0, 0);
        for (int i = 0; i < 4; ++i) g_[y].ne[axes[i]] = g_[a].ne[i], g_[y].nb[axes[i]] = g_[a].nb[i];
        return y;
    }
    // The sum in the place of the first.
    constexpr value add_in_place(value a, value b) {
        const value y = g_.overwrite(operation::add, a);
        g_.add_source(y, b);
        return y;
    }
    constexpr value repeat_same(value a, const shape &s) { return g_.compute(operation::repeat, g_[a].type, s, a); }
    constexpr value counting(std::int64_t n) { return g_.make(ggml_type::f32, {n}, operation::arange); }
    // The best of each block of positions.
    constexpr value best_of_blocks(value scores) {
        const graph_tensor &s = g_[scores];
        return g_.compute(operation::pool_2d, ggml_type::f32, {blocks(), s.ne[1], s.ne[2], s.ne[3]}, scores);
    }
    constexpr value best_blocks(value scores) {
        const graph_tensor &s = g_[scores];
        return g_.compute(operation::top_k, ggml_type::i32, {chosen_blocks(), s.ne[1], s.ne[2], s.ne[3]}, scores);
    }
    // As GGML_PAD rounds, which takes every step for a power of two.
    constexpr std::int64_t positions_in_blocks() const {
        return (pass_.seen_positions + m_.indexer_block_size - 1) & ~(m_.indexer_block_size - 1);
    }
    constexpr std::int64_t pooled_blocks() const { return divide_up(caches_[of_indexer].cells, m_.indexer_block_size); }
    constexpr std::int64_t blocks() const { return positions_in_blocks() / m_.indexer_block_size; }
    constexpr std::int64_t chosen_blocks() const { return min(m_.indexer_top_k, blocks()); }
    constexpr value block_bias() { return once(block_bias_, ggml_type::f32, {blocks(), pass_.tokens}); }
    constexpr value position_mask() { return once(position_mask_, ggml_type::f32, {positions_in_blocks(), pass_.tokens}); }
    constexpr value cells_of_positions() {
        return once(cells_of_positions_, ggml_type::i32, {positions_in_blocks(), pass_.streams});
    }

    // The heads that share one of keys stand side by side, as sequences would.
    constexpr value attend_by_group(value q, value k, value v, value mask, std::int64_t tokens) {
        const std::int64_t head = g_[q].ne[0];
        const std::int64_t groups = g_[k].ne[3];
        const std::int64_t each = m_.num_attention_heads / m_.indexer_heads;
        const std::int64_t rows = multiply(m_.num_attention_heads, tokens) / multiply(each, groups);
        q = rearranged(g_.reshape(q, {head, each, groups, rows}), {0, 2, 3, 1});
        const value y = g_.compute(operation::flash_attn_ext, ggml_type::f32, {g_[v].ne[0], each, rows, groups}, q, k, v, mask);
        value turned = rearranged(y, {0, 1, 3, 2});
        if (!is_contiguous(g_[turned])) turned = cont(turned);
        return g_.reshape(turned, {multiply(head, m_.num_attention_heads), tokens});
    }

    // One token of each sequence: the keys and values of its blocks are gathered.
    constexpr value attend_gathered_blocks(value q, value keys, value values, value index_q, value index_keys) {
        const std::int64_t n = pass_.streams;
        const std::int64_t heads = m_.indexer_heads;
        const std::int64_t size = m_.indexer_block_size;
        const std::int64_t positions = positions_in_blocks();
        const std::int64_t best = chosen_blocks();
        const std::int64_t gathered = multiply(multiply(size, best), heads);
        const graph_tensor &x = g_[index_keys];
        const value index = g_.view(index_keys, {x.ne[0], x.ne[2], n}, x.nb[2], x.nb[3]);
        const value ordered = g_.reshape(get_rows(index, cells_of_positions()), {m_.indexer_head_dim, positions, 1, n});
        value scores = mul_mat(ordered, g_.reshape(index_q, {m_.indexer_head_dim, heads, 1, n}));
        scores = best_of_blocks(add_in_place(scores, g_.reshape(position_mask(), {positions, 1, 1, n})));
        const value chosen = best_blocks(add(scores, g_.reshape(block_bias(), {blocks(), 1, 1, n})));

        const value first = g_.reshape(scale(cast(chosen, ggml_type::f32)), {1, best, heads, n});
        const value tokens = add(repeat_same(first, {size, best, heads, n}), g_.reshape(counting(size), {size, 1, 1}));
        const value positions_chosen = cast(g_.reshape(tokens, {gathered, n}), ggml_type::i32);
        const value cells_in_f32 = once(cells_of_positions_in_f32_, ggml_type::f32, {positions, n});
        value cells = get_rows(g_.reshape(cells_in_f32, {1, positions, n}), positions_chosen);
        cells = scale(g_.reshape(cells, {size, best, heads, n}));
        cells = add(cells, g_.reshape(counting(heads), {1, 1, heads}));
        const value rows = cast(g_.reshape(cells, {gathered, n}), ggml_type::i32);

        const auto gather = [&](value from, ggml_type type) {
            const graph_tensor &t = g_[from];
            const value all = g_.view(from, {t.ne[0], multiply(t.ne[1], t.ne[2]), n}, t.nb[1], t.nb[3]);
            const value y = g_.reshape(get_rows(all, rows), {g_[from].ne[0], multiply(size, best), 1, multiply(heads, n)});
            type = format_of(type).block_elements > 1 ? ggml_type::f16 : type;
            return type == ggml_type::f32 ? y : cast(y, type);
        };
        const value k = gather(keys, pass_.type_k);
        const value v = gather(values, pass_.type_v);
        value mask = get_rows(g_.reshape(position_mask(), {1, positions, n}), positions_chosen);
        mask = cast(g_.reshape(mask, {multiply(size, best), 1, 1, multiply(heads, n)}), ggml_type::f16);
        return attend_by_group(q, k, v, mask, pass_.tokens);
    }

    // Many tokens of one sequence: what they do not attend to is masked, for each head of keys.
    constexpr value attend_masked_blocks(cache &c, value q, value keys, value values, value index_q, value index_keys) {
        const std::int64_t each = pass_.tokens / pass_.streams;
        const std::int64_t heads = m_.indexer_heads;
        const std::int64_t rows = multiply(heads, each);
        const std::int64_t positions = positions_in_blocks();
        const value causal = mask(c);
        if (mask_in_f32_ < 0) mask_in_f32_ = cast(causal, ggml_type::f32);
        const auto part = [&](value from, const shape &s, int nb1, int nb2) {
            return g_.view(from, s, g_[from].nb[nb1], g_[from].nb[nb2]);
        };
        const value own_index_q = part(index_q, {m_.indexer_head_dim, heads, each}, 1, 2);
        const value own_index_keys = g_.view(index_keys, {m_.indexer_head_dim, c.cells}, g_[index_keys].nb[2]);
        const value ordered = get_rows(own_index_keys, flat(cells_of_positions(), positions));
        value scores = mul_mat(ordered, g_.reshape(own_index_q, {m_.indexer_head_dim, rows}));
        scores = g_.reshape(scores, {positions, heads, each});
        scores = add_in_place(scores, part(position_mask(), {positions, 1, each}, 1, 1));
        const value bias = part(block_bias(), {blocks(), 1, each}, 1, 1);
        const value chosen = best_blocks(add(best_of_blocks(scores), bias));

        const value none = repeat_same(cast(scale(bias), ggml_type::f16), {blocks(), heads, each});
        const value zeros = scale(cast(chosen, ggml_type::f32));
        const std::int64_t best = chosen_blocks();
        value opened = set_rows(g_.reshape(none, {1, blocks(), rows}), g_.reshape(zeros, {1, best, rows}),
                                g_.reshape(chosen, {best, rows}));
        opened = cont(g_.permute(g_.reshape(opened, {blocks(), heads, each}), 1, 2));
        opened = cont(transpose(g_.reshape(opened, {blocks(), rows})));
        const value cells = flat(once(blocks_of_cells_, ggml_type::i32, {c.cells, pass_.streams}), c.cells);
        opened = cont(transpose(get_rows(opened, cells)));
        opened = add_in_place(g_.reshape(opened, {c.cells, each, heads}), part(mask_in_f32_, {c.cells, each, 1}, 1, 3));
        opened = cast(g_.reshape(opened, {c.cells, each, 1, heads}), ggml_type::f16);

        const auto own = [&](value cached) {
            const graph_tensor &t = g_[cached];
            return rearranged(g_.view(cached, {t.ne[0], t.ne[1], t.ne[2]}, t.nb[1], t.nb[2], t.nb[3]), {0, 3, 1, 2});
        };
        const value own_q = part(q, {g_[q].ne[0], g_[q].ne[1], each}, 1, 2);
        const value own_keys = own(keys);
        return attend_by_group(own_q, own_keys, own(values), opened, each);
    }

    constexpr std::int64_t cells_in(value chosen) const { return chosen < 0 ? 0 : g_[chosen].ne[0]; }
    // `most_cells`: that a token attends to, 0 where it is not known.
    constexpr value multi_head(value q, value k, value v, value mask, value sinks, value decompress, bool transposed,
                               value bias = -1, std::int64_t most_cells = 0) {
        q = g_.permute(in_streams(q), 1, 2);
        k = g_.permute(k, 1, 2);
        v = g_.permute(v, 1, 2);
        value y = -1;
        if (pass_.flash && bias < 0) {
            k = in_f16(k);
            v = in_f16(v);
            const graph_tensor &queries = g_[q];
            y = g_.compute(operation::flash_attn_ext, ggml_type::f32,
                           {g_[v].ne[0], queries.ne[2], queries.ne[1], queries.ne[3]}, q, k, v, mask, sinks);
            g_.limit_cells(y, most_cells);
            if (decompress >= 0) y = cont(g_.permute(mul_mat(decompress, g_.permute(y, 1, 2)), 1, 2));
            const graph_tensor &heads = g_[y];
            y = g_.reshape(y, {multiply(heads.ne[0], heads.ne[1]), multiply(heads.ne[2], heads.ne[3])});
        } else {
            value scores = mul_mat(k, q);
            if (m_.family->attention_softcap) scores = scale(unary(scale(scores)));
            if (bias >= 0) scores = add(scores, bias);
            scores = g_.like(operation::soft_max, scores, mask, sinks);
            if (!transposed) v = cont(g_.permute(v, 0, 1, operation::transpose));
            value mixed = mul_mat(v, scores);
            if (decompress >= 0) mixed = mul_mat(decompress, mixed);
            mixed = g_.permute(mixed, 1, 2);
            const graph_tensor &heads = g_[mixed];
            y = g_.compute(operation::cont, ggml_type::f32,
                           {multiply(heads.ne[0], heads.ne[1]), multiply(heads.ne[2], heads.ne[3])}, mixed);
            if (pass_.pins_attention) g_[y].place = static_cast<std::int8_t>(at_.host);
        }
        expand(y);
        return y;
    }

    graph &g_;
    const model &m_;
    const layout &at_;
    llama_cpp_pass pass_;
    const representative_layers &shown_;
    type_chooser choose_;
    tensor_places place_of_;
    bool has_sliding_ = false;
    buffer_rules rules_[max_devices + 1] = {};
    bool rotates_k_ = false;
    bool rotates_v_ = false;
    std::int64_t widest_value_ = 0; // numbers that a layer caches where values are transposed
    static constexpr int of_indexer = 2;
    cache caches_[3]; // of full and sliding attention, and of the indexer
    compressed_cache compressed_[3]; // by compressor
    value choice_ = -1;
    value token_numbers_ = -1;
    value buckets_ = -1;
    value first_layer_weight_ = -1;
    value encoded_ = -1;
    value encoded_mask_ = -1;
    value indexer_keys_ = -1;
    value block_bias_ = -1;
    value position_mask_ = -1;
    value cells_of_positions_ = -1;
    value cells_of_positions_in_f32_ = -1;
    value blocks_of_cells_ = -1;
    value mask_in_f32_ = -1;
    value cells_of_blocks_ = -1;
    value positions_of_blocks_ = -1;
    beginning begins_[max_layers] = {};
    value of_every_layer_[max_devices + 1] = {};
    value weight_on_[max_devices + 1] = {};
    value experts_on_[max_devices + 1] = {};
    value first_weight_on_[max_devices + 1] = {};
    int shift_ = 0;       // from a layer to the block whose weights it has
    bool shares_ = false; // they were drawn before
    value next_of_block_ = 0;
    value first_of_block_[max_layers] = {};
    value ahead_ = -1; // a weight that was asked for before its turn
    value embedded_ = -1;
    value adapted_ = -1; // the weight that was just asked for, where an adapter changes it
    value positions_ = -1;
    value attention_scale_ = -1;
    value output_rows_ = -1;
    value decays_[4] = {-1, -1, -1, -1};
    value state_copies_ = -1;
    value state_rows_ = -1;
    value other_rows_ = -1;
    value states_[3] = {-1, -1, -1}; // of state_layer_
    int state_layer_ = -1;
    value last_state_ = -1;
};

} // namespace detail
MEMBOUND_END_NAMESPACE

#endif

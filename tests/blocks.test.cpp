// The blocks of a layer: the weights that they ask for and the operations that they run, in their order.
#include <membound/architectures/all.hpp>
#include <membound/architectures/walk.hpp>

#include <doctest/doctest.h>

namespace {

using namespace membound;

// A pass that writes down what it is told, a letter for each: weights in capitals, operations in small ones, views not.
struct recorder {
    using value = int;
    char told[400] = {};
    int count = 0;
    value chosen = -1; // by the last indexer
    stream_kernel unfused = static_cast<stream_kernel>(3); // the one that there is no kernel for

    constexpr value tell(char letter) {
        if (count < 399) told[count++] = letter;
        return 0;
    }
    constexpr value weight(tensor_name, int, const shape &, tensor_part part = tensor_part::weight) {
        return tell(part == tensor_part::bias ? 'B' : 'W');
    }
    constexpr value tied_weight(tensor_name, const shape &) { return tell('T'); }
    constexpr value weight_of_every_layer(tensor_name, int, const shape &) { return tell('F'); }
    constexpr value borrowed_weight(tensor_name, const shape &) { return tell('T'); }
    constexpr bool skips(int) const { return false; }
    constexpr bool takes_weights_of(int, int, bool) const { return false; }
    constexpr value weight_ahead(tensor_name, const shape &) { return tell('A'); }
    constexpr std::int64_t tokens() const { return 5; }
    constexpr std::int64_t tokens_of(value) const { return 5; }
    constexpr bool is_before(int) const { return false; }
    constexpr value nothing() const { return -1; }
    constexpr value positions() const { return 0; }
    constexpr value attention_scale() const { return 0; }
    constexpr void expand(value) const {}
    constexpr value rope(value, value, value) { return tell('r'); }
    constexpr value rope_back(value) { return tell('R'); }
    constexpr value rope(value, value factors) { return tell(factors < 0 ? 'r' : 'R'); }
    constexpr value weight_of_first_layer(tensor_name, int layer, const shape &) { return layer > 0 ? 0 : tell('W'); }
    constexpr value encoded() const { return 0; }
    constexpr value position_bias(value) { return tell('d'); }
    constexpr value attend_encoded(value, value, value) { return tell('E'); }
    constexpr value attend(int, value, value, value, value sinks, value = -1) { return tell(sinks < 0 ? 'a' : 's'); }

    constexpr value attend_chosen(int, value, value, value, value) { return tell('c'); }
    constexpr value pooled_indexer_keys() { return tell('Q'); }
    constexpr value choose_by_pooled_keys(int, value, value) { return tell('j'); }
    constexpr value look_up(value, std::int64_t) { return tell('g'); }
    constexpr value pad(value, const shape &) { return tell('D'); }
    constexpr value features(std::int64_t) { return tell('V'); }
    constexpr value convolve(value, value) { return tell('v'); }
    constexpr value convolve_channels(value, value) { return tell('V'); }
    constexpr value scatter(value, value, std::int64_t) { return tell('t'); }
    constexpr value signal() { return tell('V'); }
    constexpr std::int64_t outputs() const { return 5; }
    constexpr value weight_as_stored(tensor_name, int, const shape &) { return tell('W'); }
    constexpr value growing(value x, int) const { return x; }
    constexpr value column_in_f32(value x) { return x; }
    constexpr bool chooses_blocks() const { return true; }
    constexpr value attend_blocks(int, value, value, value, value, value) { return tell('O'); }

    constexpr value embed(value) { return tell('e'); }
    constexpr value pick_outputs(value) { return tell('o'); }
    constexpr value hidden_state(value) { return tell('h'); }
    constexpr value logits(value) { return tell('l'); }
    constexpr value mean_of_sequences() { return tell('M'); }
    constexpr value row_of_sequences() { return tell('C'); }
    constexpr bool gives_embeddings() const { return false; }
    constexpr void embeddings(value) const {}
    constexpr value head_as_embedding(const shape &) { return tell('H'); }
    constexpr value deepstack(int) { return tell('D'); }
    constexpr value cast(value v, ggml_type) { return v; }
    constexpr value hide_image_tokens(value v) { return v; }
    constexpr std::int64_t sequences() const { return 1; }
    constexpr value load_state(int, state_part) { return tell('<'); }
    constexpr void store_state(int, state_part, value) { tell('>'); }
    constexpr value scan_state(int, const shape &, value, value, value, value, value) { return tell('S'); }
    constexpr value ssm_conv(value, value, const shape &) { return tell('v'); }
    constexpr value gated_delta_net(value, value, value, value, value, value) { return tell('d'); }
    constexpr value gated_linear_attention(value, value, value, value, value) { return tell('G'); }
    constexpr value wkv_6(value, value, value, value, value, value) { return tell('6'); }
    constexpr value wkv_7(value, value, value, value, value, value, value) { return tell('7'); }
    constexpr value decay_input(int, const shape &) { return tell('z'); }
    constexpr value cont(value, const shape &) { return tell('.'); }
    constexpr value sub(value, value) { return tell('-'); }
    constexpr value l2_norm(value) { return tell('2'); }
    constexpr value attend_latent(int, value, value, value, value, value, value = -1) { return tell('c'); }
    constexpr value again(value w, const shape &) { return w; }
    constexpr value embed_again(value) { return tell('e'); }
    constexpr value attend_shared(int, value) { return tell('a'); }
    constexpr value last_dimension_first(value a) { return a; }
    constexpr value sqrt(value) { return tell('f'); }
    constexpr value &choice() { return chosen; }
    constexpr value indexer_rotation() { return tell('J'); }
    constexpr void store_indexer_key(int, value) { tell('K'); }
    constexpr value choose_tokens(int, value, value) { return tell('j'); }
    constexpr void keep_precision(value) {}
    constexpr value sum_of_experts(value, const shape &, std::int64_t) { return tell('x'); }
    constexpr value get_rows(value, value) { return tell('g'); }
    constexpr value set_rows(value, value, value) { return tell('t'); }
    constexpr value mul_mat(value, value) { return tell('m'); }
    constexpr value mul_mat_id(value, value, value) { return tell('i'); }
    constexpr value add(value, value) { return tell('+'); }
    constexpr value add_id(value, value, value) { return tell('&'); }
    constexpr value mul(value, value) { return tell('*'); }
    constexpr value div(value, value) { return tell('/'); }
    constexpr value scale(value) { return tell('k'); }
    constexpr value clamp(value) { return tell('^'); }
    constexpr value unary(value) { return tell('u'); }
    constexpr value sqr(value) { return tell('q'); }
    constexpr value fill(value) { return tell('0'); }
    constexpr value rms_norm(value, int) { return tell('n'); }
    constexpr value norm(value, int) { return tell('N'); }
    constexpr value soft_max(value) { return tell('p'); }
    constexpr value glu(value, value) { return tell('y'); }
    constexpr value glu_of_halves(value) { return tell('Y'); }
    constexpr value sum_rows(value) { return tell('='); }
    constexpr value mean(value) { return tell('='); }
    constexpr value top_k(value, std::int64_t) { return tell('b'); }
    constexpr value cont(value) { return tell('.'); }
    constexpr value sum_by_weight(value, value) { return tell('Z'); }
    constexpr bool fuses(stream_kernel k) const { return k != unfused; }
    constexpr value mix_of_streams(value, value, value, std::int64_t) { return tell('X'); }
    constexpr value distribute(value, value, value, value) { return tell('P'); }
    constexpr value filled(const shape &) { return tell('0'); }
    constexpr value on_layer(int, value x) const { return x; }
    constexpr value resized(value x, const shape &) const { return x; }
    constexpr value token_numbers() const { return 0; }
    constexpr value weight_of_numbers(tensor_name, int, const shape &) { return tell('I'); }
    constexpr std::int64_t compressed_blocks(compressor) const { return 2; }
    constexpr std::int64_t rows_to_compress(compressor) const { return 13; }
    constexpr value compressor_input(compressor, compressor_rows) const { return 0; }
    constexpr value compressor_state(int, compressor) { return tell('['); }
    constexpr value state_rows_of(value) const { return 0; }
    constexpr void keep_for_compressor(compressor, value, value) { tell(']'); }
    constexpr void store_compressed(int, compressor, value) { tell('K'); }
    constexpr value rotated_indexer_query(value v) const { return v; }
    constexpr value choose_compressed(int, value, value) { return tell('j'); }
    constexpr value attend_compressed(int, value, value, value chosen, value) { return tell(chosen < 0 ? 'a' : 'c'); }
    constexpr value cont_as(value, const shape &) { return tell('.'); }
    constexpr value concat(value, value, const shape &) { return tell('|'); }
    constexpr value repeat(value, const shape &) { return tell('%'); }

    constexpr value reshape(value a, const shape &) const { return a; }
    constexpr value columns(value a, const shape &) const { return a; }
    template <class... T>
    constexpr value heads_within(value a, const T &...) const {
        return a;
    }
    constexpr value permute(value a, int, int) const { return a; }
    constexpr value cycle(value a) const { return a; }
    constexpr value transpose(value a) const { return a; }
    constexpr value view(value a, const shape &, std::int64_t, std::int64_t, std::int64_t = 0) const { return a; }
};

constexpr model small(const architecture &family) {
    model m;
    m.family = &family;
    m.num_hidden_layers = 1;
    m.hidden_size = 64;
    m.vocab_size = 100;
    m.max_position_embeddings = 128;
    m.num_attention_heads = 4;
    m.num_key_value_heads = 2;
    m.intermediate_size = 256;
    m.ssm_conv_kernel = 4;
    m.ssm_inner_size = 128;
    m.ssm_state_size = 16;
    m.ssm_time_step_rank = 8;
    m.ssm_group_count = 1;
    return m;
}

template <class Block>
constexpr bool tells(const char *wanted, const model &description, Block block) {
    const model m = arranged(description).value();
    recorder p;
    block(p, m);
    return same_text(p.told, wanted);
}

namespace a = membound::architectures;
constexpr auto attention = [](recorder &p, const model &m) {
    blocks::attention(p, m, 0, 0);
};
constexpr auto latent = [](recorder &p, const model &m) {
    blocks::latent_attention(p, m, 0, 0);
};
constexpr auto feed_forward = [](recorder &p, const model &m) {
    detail::feed_forward(p, m, 0, 0);
};
constexpr auto whole = [](recorder &p, const model &m) {
    walk(m, p);
};

constexpr bool attention_is_as_its_family_has_it() {
    model plain = small(a::llama::value), corrected = plain, biased = small(a::qwen2::value), scaled = plain;
    corrected.rope = rope_tensors::freqs;
    biased.attention_bias = true;
    scaled.attention_temperature = true;
    model sinks = small(a::gpt_oss::value);
    sinks.attention_bias = true;
    model fused = small(a::phi3::value);
    fused.fused_qkv = true;
    fused.rope = rope_tensors::long_short;
    return tells("WmWmWmrraWm", plain, attention) && tells("WmWmWmFRRaWm", corrected, attention) &&
           tells("WmB+WmB+WmB+rraWm", biased, attention) && tells("WmWmWmrr*aWm", scaled, attention) &&
           tells("WmWmWmnW*nW*rraWm", small(a::qwen3::value), attention) &&
           tells("WmWmWmrrkaWm", small(a::gemma::value), attention) && tells("WmFFRRkaWm", fused, attention) &&
           tells("WmB+WmB+WmB+rrWsWmB+", sinks, attention) && tells("WmB+aWmB+", small(a::gpt2::value), attention);
}
static_assert(attention_is_as_its_family_has_it(), "");

constexpr model compressed() {
    model m = small(a::deepseek2::value);
    m.num_key_value_heads = 1;
    m.kv_lora_rank = 32;
    m.qk_nope_head_dim = 16;
    m.qk_rope_head_dim = 8;
    m.v_head_dim = 16;
    return m;
}

// Absorbed, as files are written today, and decompressed, as they were before.
constexpr bool latent_attention_has_two_ways() {
    model query = compressed(), old = compressed();
    query.q_lora_rank = 24;
    old.layer_kinds_given = true;
    return tells("WmWmrnW*rWm||WcWm", compressed(), latent) && tells("WmnW*WmWmrnW*rWm||WcWm", query, latent) &&
           tells("WmWmrnW*Wm.%|raWm", old, latent);
}
static_assert(latent_attention_has_two_ways(), "");

constexpr bool feed_forward_blocks_have_a_form() {
    model biased = small(a::llama::value);
    biased.mlp_bias = true;
    return tells("WmWmyWm", small(a::llama::value), feed_forward) && tells("WmB+WmB+yWmB+", biased, feed_forward) &&
           tells("WmYWm", small(a::phi3::value), feed_forward) &&
           tells("WmB+uWmB+", small(a::starcoder2::value), feed_forward);
}
static_assert(feed_forward_blocks_have_a_form(), "");

constexpr model routed(const architecture &family) {
    model m = small(family);
    m.num_experts = 8;
    m.num_experts_per_tok = 2;
    m.moe_intermediate_size = 32;
    return m;
}

constexpr bool routers_have_a_kind() {
    model sigmoid = compressed();
    sigmoid.num_experts = 8;
    sigmoid.num_experts_per_tok = 2;
    sigmoid.moe_intermediate_size = 32;
    sigmoid.num_shared_experts = 1;
    sigmoid.router = router_kind::sigmoid;
    sigmoid.router_bias = sigmoid.norm_topk_prob = sigmoid.scaled_expert_weights = true;
    model grouped = sigmoid;
    grouped.num_expert_groups = 4;
    grouped.num_expert_groups_used = 2;
    return tells("Wmpbg=^/WiWiyWi*x", routed(a::llama::value), feed_forward) && // Mixtral
           tells("WmpbgWiWiyWi*xWmu/WmWmyWm*+", routed(a::qwen2moe::value), feed_forward) &&
           tells("WmB+bgpWiB&WiB&yWiB&*x", routed(a::gpt_oss::value), feed_forward) &&
           tells("WmuB+bg=^/kWiWiyWi*xWmWmyWm+", sigmoid, feed_forward) &&
           tells("WmuB+bg=bg0tbg=^/kWiWiyWi*xWmWmyWm+", grouped, feed_forward);
}
static_assert(routers_have_a_kind(), "");

constexpr model with_distances() {
    model m = small(a::t5::value);
    m.num_key_value_heads = 4;
    m.relative_attention_num_buckets = 32;
    m.distances = relative_bias::first_layer;
    m.ffn = feed_forward_form::plain;
    return m;
}

// Behind a layer that keeps the residual every block reads a mix, and where none does, the residual itself.
constexpr bool residuals_are_attended() {
    model m = small(a::kimi_k3::value);
    m.num_hidden_layers = 2;
    m.num_key_value_heads = 1;
    m.kv_lora_rank = 32;
    m.qk_nope_head_dim = 16;
    m.qk_rope_head_dim = 8;
    m.v_head_dim = 16;
    m.gate = attention_gate::each_number;
    model mixed = m, each = m, bounded = m;
    mixed.residual_interval = 2;
    each.residual_interval = 1;
    bounded.bounded_branches = true;
    bounded.gate = attention_gate::none;
    return tells("WenW*WmWmnW*Wm||WcWmu*Wm+nW*WmWmkuku**Wm+nW*WmWmnW*Wm||WcWmu*Wm+nW*WmWmkuku**Wm+onW*hWml", m, whole) &&
           tells("WeWnW*WmWmnW*Wm||WcWmu*WmWn*=n*=|p..Z*+nW*WmWmkuku**Wm+Wn*=n*=|p..Z*+nW*WmWmnW*Wm||WcWmu*Wm+Wn*=n*=|p..Z*+"
                 "nW*WmWmkuku**Wm+Wn*=n*=|p..Z*+onW*hWml",
                 mixed, whole) &&
           tells("WeWnW*WmWmnW*Wm||WcWmu*WmWn*=n*=|p..Z*+nW*WmWmkuku**Wm+Wn*=n*=|p..Z*+|nW*WmWmnW*Wm||WcWmu*WmWn*=n*=|p..Z*+"
                 "nW*WmWmkuku**Wm+Wn*=n*=|p..Z*+onW*hWml",
                 each, whole) &&
           tells("WenW*WmWmnW*Wm||WcWm+nW*WmWmkukkuku**Wm+nW*WmWmnW*Wm||WcWm+nW*WmWmkukkuku**Wm+onW*hWml", bounded, whole);
}
static_assert(residuals_are_attended(), "");

constexpr model between_streams() {
    model m = small(a::deepseek4::value);
    m.num_key_value_heads = 1;
    m.rotary_dim = 8;
    m.q_lora_rank = 24;
    m.output_groups = 2;
    m.output_rank = 8;
    m.sliding_window = 16;
    m.indexer_heads = 4;
    m.indexer_head_dim = 8;
    m.indexer_top_k = 4;
    m.num_experts = 8;
    m.num_experts_per_tok = 2;
    m.moe_intermediate_size = 32;
    m.num_shared_experts = 1;
    m.hyper_connections = 4;
    m.sinkhorn_iterations = 2;
    return m;
}
constexpr auto compressed_keys = [](recorder &p, const model &m) {
    blocks::compressed_attention(p, m, 0, 0);
};
template <stream_kernel Unfused>
constexpr auto streams = [](recorder &p, const model &m) {
    p.unfused = Unfused;
    const auto by = blocks::hyper_connect_mixed(
        p, m, 0, 0, {tensor_name::hc_attn_fn, tensor_name::hc_attn_scale, tensor_name::hc_attn_base});
    blocks::mixed_and_distributed(p, m, 0, 0, by);
};

// Beside a window: 128 tokens at once, or four and the four before them, of which an indexer chooses.
constexpr bool keys_are_compressed() {
    const model window = between_streams();
    model apart = window, overlapping = window;
    apart.layers[0].compression = key_compression::apart;
    overlapping.layers[0].compression = key_compression::overlapping;
    return tells("WmnW*WmnrWmnW*rWaRWm.Wm", window, compressed_keys) &&
           tells("WmnW*WmnrWmnW*rWmWmWg+[[|g|g..p*=.nW*rK]]WaRWm.Wm", apart, compressed_keys) &&
           tells("WmnW*WmnrWmnW*rWmWmWg+[[|k|g..||k|g..|..p*=.nW*rK]]WmWmWg+[[|k|g..||k|g..|..p*=.nW*rK]]WmrWmkjWcRWm.Wm",
                 overlapping, compressed_keys);
}
static_assert(keys_are_compressed(), "");

// Two blocks of convolutions and attention between them, and one whose convolutions are of each channel by itself.
constexpr bool sound_is_decoded() {
    model m = small(a::wavtokenizer_dec::value);
    m.num_hidden_layers = 3;
    m.sound = {32, 3, 1};
    m.embedding_size = 10;
    return tells("We.WvB+NW*B+u*WvB+NW*B+u*WvB++NW*B+u*WvB+NW*B+u*WvB++NW*B+WvB+.WvB+.WvB+mpmWvB++.NW*B+."
                 "WVB+.NW*B+WmB+uWmB+W*.+.NW*B+WmB+h", m, whole);
}
static_assert(sound_is_decoded(), "");

// The target's embedding of a token and its hidden state come first, and behind the logits what stands for the next state.
constexpr bool draft_reads_its_target() {
    model m = small(a::gemma4_assistant::value);
    m.target_features = 128;
    m.tie_word_embeddings = m.layer_output_scale = true;
    return tells("WTekV|WmnW*WmnW*FRaWmoonW*+nW*WmWmyWmnW*+W*nW*TmlWmh", m, whole);
}
static_assert(draft_reads_its_target(), "");

// By kernels, or step by step where there is none.
constexpr bool streams_are_mixed() {
    const model m = between_streams();
    return tells("nWmWW*+uk*+ukXZP", m, streams<static_cast<stream_kernel>(3)>) &&
           tells("nWmWW*+uk*+ukX**+*+*+P", m, streams<stream_kernel::sum>) &&
           tells("nWmWW*+uk*+uk*+p0+.=+/=+/.=+/ZP", m, streams<stream_kernel::mix>) &&
           tells("nWmWW*+uk*+ukXZ**+*+*+*+**+*+*+*+|**+*+*+*+|**+*+*+*+|", m, streams<stream_kernel::distribution>);
}
static_assert(streams_are_mixed(), "");

// From the embedding to the logits. Rows without output are dropped in the last layer, or behind it.
constexpr bool walks_go_from_embedding_to_logits() {
    return tells("WenW*WmWmWmrraWmoo+nW*WmWmyWm+nW*hWml", small(a::llama::value), whole) &&
           tells("WeknW*WmWmWmrrkaWmoonW*+nW*WmWmyWmnW*+nW*hTmkukl", small(a::gemma2::value), whole) &&
           tells("WenW*WmWmWmrrWsWmB++nW*WmB+WmB+yWmB++honW*hWml", small(a::gpt_oss::value), whole) &&
           tells("WeWg+NW*B+WmB+aWmB+oo+NW*B+WmB+uWmB++NW*B+hWml", small(a::gpt2::value), whole) &&
           tells("WeWg+NW*B+WmWmWmaWmoo+NW*B+WmuWm+NW*B+h", small(a::bert::value), whole) &&
           tells("WeWWWWWWWWWnW*WmWmWmWdaWm+nW*WmWmWmEWmoo+nW*WmuWm+WnW*hWml", with_distances(), whole) &&
           tells("WenW*<Wm|>WvB+uWm.WmB+WSW*+.yWmoo+nW*hWml", small(a::mamba::value), whole) &&
           tells("WenW*<Wm|>WvB+u.B+WSW*+.ynW*Wmoo+nW*hWml", small(a::mamba2::value), whole);
}
static_assert(walks_go_from_embedding_to_logits(), "");

} // namespace

TEST_CASE("attention") {
    CHECK(attention_is_as_its_family_has_it());
    CHECK(latent_attention_has_two_ways());
}

TEST_CASE("feed-forward blocks") {
    CHECK(feed_forward_blocks_have_a_form());
    CHECK(routers_have_a_kind());
}

TEST_CASE("walks") {
    CHECK(walks_go_from_embedding_to_logits());
    CHECK(residuals_are_attended());
    CHECK(keys_are_compressed());
    CHECK(streams_are_mixed());
}

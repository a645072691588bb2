#include <membound/architectures/llama.hpp>
#include <membound/architectures/qwen.hpp>
#include <membound/quantizations.hpp>

#include <doctest/doctest.h>

#include <cstddef>

using namespace membound;
namespace q = membound::quantizations;
namespace f = membound::formats;
using n = tensor_name;

namespace {

// A dense model with `heads` query heads to a key head.
constexpr mix_facts dense(int layers, int heads = 1) {
    mix_facts facts;
    facts.layers = facts.value_matrices = layers;
    facts.heads_per_kv_head = heads;
    return facts;
}
constexpr mix_facts with_experts(int experts, int layers = 16, int heads = 1) {
    mix_facts facts = dense(layers, heads);
    facts.experts = experts;
    return facts;
}

constexpr tensor matrix(tensor_name name, int layer = 0, const shape &dims = {4096, 4096}) {
    return {name, tensor_part::weight, layer, dims};
}
constexpr format one(const mix_facts &facts, const quantization &recipe, const tensor &t) {
    return type_chooser(facts, recipe)(t);
}

struct run {
    format type;
    int layers;
};

// The types of one kind of matrix along the layers.
template <std::size_t Runs>
constexpr bool along(const mix_facts &facts, const quantization &recipe, tensor_name name, const run (&runs)[Runs]) {
    type_chooser choose(facts, recipe);
    int layer = 0;
    for (const run &r : runs)
        for (int i = 0; i < r.layers; ++i)
            if (choose(matrix(name, layer++)) != r.type) return false;
    return layer == facts.layers;
}

constexpr quantization with_importance(quantization recipe) {
    recipe.importance_matrix = true;
    return recipe;
}
constexpr quantization without_importance(quantization recipe) {
    recipe.importance_matrix = false;
    return recipe;
}

constexpr const format &q3 = f::q3_k::value, &q4 = f::q4_k::value, &q5 = f::q5_k::value, &q6 = f::q6_k::value,
                       &q8 = f::q8_0::value;

constexpr bool some_layers_have_more_bits() {
    const run value[] = {{q6, 2}, {q4, 2}, {q6, 1}, {q4, 2}, {q6, 1}, {q4, 2}, {q6, 1}, {q4, 2}, {q6, 3}};
    const run small[] = {{q5, 4}, {q4, 12}};
    const run small_down[] = {{q5, 2}, {q4, 14}};
    const run middle[] = {{q5, 2}, {q4, 14}};
    const run middle_down[] = {{q5, 1}, {q4, 15}};
    const run iq3_gate[] = {{f::iq3_s::value, 2}, {f::iq3_xxs::value, 12}, {f::iq3_s::value, 2}};
    const run all_q4[] = {{q4, 16}};
    return along(dense(16), q::q4_k_m::value, n::attn_v, value) &&
           along(dense(16), q::q4_k_m::value, n::attn_qkv, value) &&
           along(dense(16), q::q4_k_m::value, n::ffn_down, value) &&
           along(dense(16), q::q4_k_m::value, n::ffn_up, all_q4) &&
           along(dense(16), q::q4_k_m::value, n::attn_output, all_q4) &&
           along(dense(16), q::q4_k_s::value, n::attn_v, small) &&
           along(dense(16), q::q4_k_s::value, n::ffn_down, small_down) &&
           along(dense(16), q::q3_k_m::value, n::attn_v, middle) &&
           along(dense(16), q::q3_k_m::value, n::ffn_down, middle_down) &&
           along(dense(16), q::iq3_xs::value, n::ffn_gate, iq3_gate) &&
           along(dense(16), q::iq3_xs::value, n::ffn_up, iq3_gate);
}
static_assert(some_layers_have_more_bits(), "");

// What counts is how many value matrices came before, not the number of the layer.
constexpr bool positions_are_counted() {
    mix_facts facts = dense(32);
    facts.value_matrices = 8;
    type_chooser choose(facts, q::q4_k_m::value);
    const bool more[] = {true, false, false, true, false, false, true, true};
    for (int i = 0; i < 8; ++i)
        if (choose(matrix(n::attn_v, 4 * i + 3)) != (more[i] ? q6 : q4)) return false;
    return true;
}
static_assert(positions_are_counted(), "");

constexpr bool grouped_queries_keep_better_values() {
    const tensor v = matrix(n::attn_v);
    const struct {
        const quantization &recipe;
        const format &of_three; // query heads to a key head
        const format &of_four;
    } cases[] = {
        {q::q2_k::value, q3, q4},
        {q::q2_k_s::value, f::q2_k::value, q4},
        {q::iq3_xxs::value, f::iq3_s::value, q4},
        {q::iq3_xs::value, f::iq3_s::value, q4},
        {q::iq3_s::value, f::iq3_s::value, q4},
        {q::iq4_xs::value, f::iq4_xs::value, q5},
        {q::iq4_nl::value, f::iq4_nl::value, q5},
        {q::iq2_xxs::value, f::q2_k::value, q4},
        {q::iq2_m::value, f::iq3_s::value, q4},
        {q::q4_k_s::value, q5, q5},
    };
    for (const auto &c : cases)
        if (one(dense(32, 3), without_importance(c.recipe), v) != c.of_three ||
            one(dense(32, 4), without_importance(c.recipe), v) != c.of_four)
            return false;
    return one(with_experts(3), q::iq2_m::value, v) == f::iq3_s::value &&
           one(with_experts(4), q::iq2_m::value, v) == q4;
}
static_assert(grouped_queries_keep_better_values(), "");

constexpr model large_model(const architecture &family, int key_heads, int layers = 80) {
    model m;
    m.family = &family;
    m.num_hidden_layers = layers;
    m.hidden_size = 8192;
    m.vocab_size = 128256;
    m.max_position_embeddings = 8192;
    m.num_attention_heads = 64;
    m.num_key_value_heads = key_heads;
    m.intermediate_size = 28672;
    return arranged(m).value();
}

constexpr bool seventy_b_is_told_by_family_and_layers() {
    const tensor v = matrix(n::attn_v, 20);
    const model llama = large_model(architectures::llama::value, 8);
    const model llama_1 = large_model(architectures::llama::value, 64);
    const model shorter = large_model(architectures::llama::value, 8, 79);
    const model qwen = large_model(architectures::qwen2::value, 64);
    const model mistral = large_model(architectures::mistral3::value, 8);
    const auto &recipe = q::q3_k_s::value;
    return type_chooser(llama, recipe)(v) == q5 && type_chooser(llama_1, recipe)(v) == q3 &&
           type_chooser(shorter, recipe)(v) == q3 && type_chooser(qwen, recipe)(v) == q5 &&
           type_chooser(mistral, recipe)(v) == q3 && type_chooser(llama, q::q6_k::value)(v) == q6;
}
static_assert(seventy_b_is_told_by_family_and_layers(), "");

constexpr bool falcon_is_told_by_family() {
    architecture family;
    family.name = "falcon";
    const model m = large_model(family, 8);
    return type_chooser(m, q::q5_k_m::value)(matrix(n::output, -1)) == q8;
}
static_assert(falcon_is_told_by_family(), "");

constexpr bool eight_experts_are_special() {
    const mix_facts eight = with_experts(8), nine = with_experts(9);
    return one(eight, q::q4_k_m::value, matrix(n::attn_v, 5)) == q8 &&
           one(eight, q::q4_k_m::value, matrix(n::attn_k, 5)) == q8 &&
           one(eight, q::q4_k_m::value, matrix(n::attn_output)) == q5 &&
           one(eight, q::q3_k_l::value, matrix(n::attn_output)) == q3 &&
           one(eight, q::q5_k_m::value, matrix(n::attn_output)) == q5 &&
           one(eight, q::iq1_s::value, matrix(n::attn_k)) == q4 &&
           one(eight, q::iq1_s::value, matrix(n::attn_output)) == q5 &&
           one(nine, q::q4_k_m::value, matrix(n::attn_k)) == q4 &&
           one(nine, q::q3_k_l::value, matrix(n::attn_output)) == q5 &&
           one(nine, q::iq1_s::value, matrix(n::attn_output)) == f::iq2_xxs::value;
}
static_assert(eight_experts_are_special(), "");

// With experts a layer is its number, but below 3 bits it is a count in which the shared expert comes second.
constexpr bool experts_and_shared_expert(bool shared_first) {
    type_chooser by_layer(with_experts(60, 24), q::q4_k_m::value);
    type_chooser by_count(with_experts(60, 24), q::iq2_xxs::value);
    for (int layer = 0; layer < 24; ++layer) {
        for (int i = 0; i < 2; ++i) {
            const bool shared = (i == 0) == shared_first;
            const tensor t = matrix(shared ? n::ffn_down_shexp : n::ffn_down_exps, layer);
            const bool more = layer < 3 || layer >= 21 || (layer - 3) % 3 == 2;
            if (by_layer(t) != (more ? q6 : q4)) return false;
            const bool early = layer < (shared ? 1 : 2);
            if (by_count(t) != (early ? f::q2_k::value : f::iq2_xxs::value)) return false;
        }
    }
    return true;
}
static_assert(experts_and_shared_expert(false) && experts_and_shared_expert(true), "");

// A dense block, or smaller experts, come before the routed experts of their layer, and the shared one behind them.
constexpr bool experts_beside_others() {
    mix_facts facts = with_experts(60, 32); // four matrices are early
    facts.downs_before_experts = 1;
    type_chooser chosen(facts, q::iq2_xxs::value);
    for (int layer = 0; layer < 32; ++layer) {
        const auto early = [&](tensor_name name, int layers) {
            return chosen(matrix(name, layer)) == (layer < layers ? f::q2_k::value : f::iq2_xxs::value);
        };
        if (!early(n::ffn_down_exps, 1) || !early(n::ffn_down_shexp, 1) || !early(n::ffn_down, 2)) return false;
    }
    return true;
}
static_assert(experts_beside_others(), "");

constexpr bool importance_matrix_changes_types() {
    const mix_facts d = dense(16);
    const tensor down = matrix(n::ffn_down), v = matrix(n::attn_v);
    return one(d, q::q4_0::value, down) == f::q4_0::value &&
           one(d, with_importance(q::q4_0::value), down) == f::q4_1::value &&
           one(d, with_importance(q::q5_0::value), down) == f::q5_1::value && one(d, q::iq4_xs::value, down) == q5 &&
           one(d, with_importance(q::iq4_xs::value), down) == f::iq4_xs::value &&
           one(d, without_importance(q::iq3_xxs::value), down) == q4 &&
           one(d, without_importance(q::iq3_xxs::value), v) == f::iq3_s::value &&
           one(d, q::iq3_xxs::value, down) == f::iq3_xxs::value && one(d, q::iq3_xxs::value, v) == f::iq3_xxs::value &&
           one(d, with_importance(q::q4_k_m::value), down) == one(d, q::q4_k_m::value, down);
}
static_assert(importance_matrix_changes_types(), "");

constexpr format of_row(const quantization &recipe, std::int64_t row, tensor_name name = n::attn_q_a) {
    return one(dense(32), recipe, matrix(name, 0, {row, 64}));
}

constexpr bool rows_that_are_no_whole_blocks() {
    constexpr std::int64_t of_32 = 4000, odd = 1002;
    const struct {
        const quantization &recipe;
        const format &instead;
    } cases[] = {
        {q::q2_k::value, f::q4_0::value}, {q::q3_k_s::value, f::q4_0::value},
        {q::q4_k_m::value, f::q5_0::value}, {q::q5_k_m::value, f::q5_1::value}, {q::q6_k::value, q8},
        {q::iq4_xs::value, f::iq4_nl::value}, {q::iq3_m::value, f::iq4_nl::value},
        {q::iq3_xxs::value, f::iq4_nl::value}, {q::iq2_m::value, f::iq4_nl::value},
        {q::iq1_s::value, f::iq4_nl::value}, {q::tq1_0::value, f::q4_0::value},
        {q::q2_0::value, f::q4_0::value}, {q::q8_0::value, q8}, {q::q4_0::value, f::q4_0::value},
        {q::iq4_nl::value, f::iq4_nl::value}, {q::mxfp4_moe::value, q8},
    };
    for (const auto &c : cases)
        if (of_row(c.recipe, of_32) != c.instead || of_row(c.recipe, odd) != f::f16::value) return false;
    return of_row(q::q2_0::value, 4032) == f::q2_0::value && of_row(q::bf16::value, odd) == f::bf16::value &&
           of_row(q::iq1_s::value, of_32, n::output) == q8 && of_row(q::iq1_s::value, 4096, n::output) == q5 &&
           of_row(q::q4_0::value, of_32, n::output) == q8 && of_row(q::q4_0::value, odd, n::output) == f::f16::value;
}
static_assert(rows_that_are_no_whole_blocks(), "");

// What llama-quantize does not make has no bytes.
constexpr bool refusals_have_no_bytes() {
    quantization nvfp4_mix = q::f16::value;
    nvfp4_mix.type = file_type::nvfp4;
    quantization stored = q::f16::value;
    stored.kind = quantization::scheme::stored;
    return of_row(q::q1_0::value, 4096) == f::q1_0::value && of_row(q::q1_0::value, 4000).block_bytes == 0 &&
           of_row(nvfp4_mix, 4096).block_bytes == 0 && of_row(nvfp4_mix, 4000).block_bytes == 0 &&
           of_row(stored, 4096).block_bytes == 0;
}
static_assert(refusals_have_no_bytes(), "");

constexpr bool embeddings_and_output() {
    mix_facts tied = dense(32);
    tied.tied = true;
    const tensor embedding = matrix(n::token_embd, -1), output = matrix(n::output, -1);
    const struct {
        const quantization &recipe;
        const format &embedding;
        const format &output;
    } cases[] = {
        {q::q4_k_m::value, q4, q6},
        {q::q4_0::value, f::q4_0::value, q6},
        {q::q8_0::value, q8, q8},
        {q::f16::value, f::f16::value, f::f16::value},
        {q::iq1_m::value, f::q2_k::value, q5},
        {q::iq2_m::value, f::iq3_s::value, q5},
        {q::iq3_xxs::value, f::iq3_s::value, q5},
        {q::iq3_xs::value, f::iq3_s::value, q6},
        {q::tq2_0::value, q4, q6},
        {q::mxfp4_moe::value, q8, q8},
    };
    for (const auto &c : cases)
        if (one(dense(32), c.recipe, embedding) != c.embedding || one(dense(32), c.recipe, output) != c.output ||
            one(tied, c.recipe, embedding) != c.output)
            return false;
    return one(tied, q::iq1_m::value, matrix(n::token_embd, -1, {4000, 64})) == q8;
}
static_assert(embeddings_and_output(), "");

constexpr bool small_tensors_stay_in_f32() {
    constexpr const quantization *recipes[] = {&q::f16::value, &q::bf16::value, &q::q4_k_m::value,
                                               &q::mxfp4_moe::value};
    for (const quantization *recipe : recipes) {
        type_chooser choose(dense(32), *recipe);
        if (choose(matrix(n::attn_norm, 0, {4096})) != f::f32::value ||
            choose(matrix(n::attn_q_norm, 0, {128, 64})) != f::f32::value ||
            choose(matrix(n::ffn_gate_inp, 0, {4096, 8})) != f::f32::value ||
            choose(matrix(n::ffn_gate_inp_shexp, 0, {4096})) != f::f32::value ||
            choose(matrix(n::position_embd, -1, {768, 1024})) != f::f32::value ||
            choose({n::ffn_down_exps, tensor_part::bias, 0, {2880, 32}}) != f::f32::value ||
            choose({n::rope_freqs, tensor_part::weight, -1, {64}}) != f::f32::value)
            return false;
    }
    return true;
}
static_assert(small_tensors_stay_in_f32(), "");

constexpr bool mxfp4_is_for_matrices_in_stacks() {
    mix_facts bailing = with_experts(16);
    bailing.bailingmoe3 = true;
    const tensor experts = matrix(n::ffn_up_exps, 3, {2048, 768, 16}), latent = matrix(n::attn_k_b, 3, {128, 512, 16});
    const auto &recipe = q::mxfp4_moe::value;
    return one(with_experts(16), recipe, experts) == f::mxfp4::value &&
           one(with_experts(16), recipe, latent) == f::mxfp4::value &&
           one(with_experts(16), recipe, matrix(n::ffn_up_shexp, 3)) == q8 &&
           one(bailing, recipe, experts) == f::mxfp4::value && one(bailing, recipe, latent) == q8;
}
static_assert(mxfp4_is_for_matrices_in_stacks(), "");

constexpr bool falcon_has_its_own_mix() {
    mix_facts falcon = dense(32);
    falcon.falcon = true;
    const run down[] = {{q6, 2}, {q5, 2}, {q4, 2}, {q5, 1}, {q4, 2}, {q5, 1}, {q4, 2}, {q5, 1}, {q4, 2}, {q5, 1},
                        {q4, 2}, {q5, 1}, {q4, 2}, {q5, 1}, {q4, 2}, {q5, 1}, {q4, 2}, {q5, 5}};
    return along(falcon, q::q4_k_m::value, n::ffn_down, down) &&
           one(falcon, q::q4_k_m::value, matrix(n::output)) == q8 &&
           one(falcon, q::iq2_xs::value, matrix(n::output)) == q8 &&
           one(falcon, q::q3_k_l::value, matrix(n::attn_output)) == q4 &&
           one(falcon, q::q3_k_m::value, matrix(n::attn_output)) == q3 &&
           one(falcon, q::q4_k_s::value, matrix(n::ffn_down)) == q4;
}
static_assert(falcon_has_its_own_mix(), "");

constexpr bool uniform_recipes() {
    quantization in_groups;
    in_groups.kind = quantization::scheme::uniform;
    in_groups.matrices = f::mlx_4bit::value;
    in_groups.rest = f::bf16::value;
    type_chooser chosen(dense(32), in_groups);
    return chosen(matrix(n::attn_v)) == f::mlx_4bit::value && chosen(matrix(n::output, -1)) == f::mlx_4bit::value &&
           chosen(matrix(n::attn_norm, 0, {4096})) == f::bf16::value &&
           tensor_bytes(chosen(matrix(n::attn_v)), {4096, 4096}) == bytes(4096 * 4096 / 64 * 36);
}
static_assert(uniform_recipes(), "");

struct sizes {
    int layers;
    std::int64_t hidden, key, ffn, vocab;
    int experts = 0;
    bool falcon = false;
};

// All tensors of a model of Llama's layout, with or without experts, or of Falcon's.
constexpr std::int64_t total_bytes(const sizes &s, const mix_facts &facts, const quantization &recipe) {
    type_chooser choose(facts, recipe);
    bytes sum;
    const auto add = [&](tensor_name name, int layer, const shape &dims, tensor_part part = tensor_part::weight) {
        sum += tensor_bytes(choose({name, part, layer, dims}), dims);
    };
    const auto add_norm = [&](tensor_name name, int layer) {
        add(name, layer, {s.hidden});
        if (s.falcon) add(name, layer, {s.hidden}, tensor_part::bias);
    };
    add(n::token_embd, -1, {s.hidden, s.vocab});
    if (!facts.tied) add(n::output, -1, {s.hidden, s.vocab});
    add_norm(n::output_norm, -1);
    for (int i = 0; i < s.layers; ++i) {
        add_norm(n::attn_norm, i);
        add(n::attn_output, i, {s.hidden, s.hidden});
        if (s.falcon) {
            add(n::attn_qkv, i, {s.hidden, s.hidden + 2 * s.key});
        } else {
            add(n::attn_q, i, {s.hidden, s.hidden});
            add(n::attn_k, i, {s.hidden, s.key});
            add(n::attn_v, i, {s.hidden, s.key});
            add_norm(n::ffn_norm, i);
        }
        if (s.experts > 0) {
            add(n::ffn_gate_inp, i, {s.hidden, s.experts});
            add(n::ffn_down_exps, i, {s.ffn, s.hidden, s.experts});
            add(n::ffn_gate_exps, i, {s.hidden, s.ffn, s.experts});
            add(n::ffn_up_exps, i, {s.hidden, s.ffn, s.experts});
        } else {
            add(n::ffn_down, i, {s.ffn, s.hidden});
            add(n::ffn_up, i, {s.hidden, s.ffn});
            if (!s.falcon) add(n::ffn_gate, i, {s.hidden, s.ffn});
        }
    }
    return sum.count();
}

// Llama 3.1 8B, 3.2 3B and 3.3 70B without rope_freqs, 256 bytes.
constexpr sizes llama_8b{32, 4096, 1024, 14336, 128256};
constexpr sizes llama_3b{28, 3072, 1024, 8192, 128256};
constexpr sizes llama_70b{80, 8192, 1024, 28672, 128256};

static_assert(total_bytes(llama_8b, dense(32, 4), q::q4_k_m::value) + 256 == 4912898304, "");

constexpr bool every_name_finds_its_recipe() {
    for (const quantization *recipe : q::all)
        if (find_quantization(recipe->name) != recipe) return false;
    return find_quantization("q4-k-m") == &q::q4_k_m::value && find_quantization("q4_k") == &q::q4_k_m::value &&
           find_quantization("Fp16") == &q::f16::value && find_quantization("mxfp4") == &q::mxfp4::value &&
           find_quantization("") == nullptr && find_quantization("Q4_K_") == nullptr &&
           find_quantization("Q4_K_MM") == nullptr;
}
static_assert(every_name_finds_its_recipe(), "");

constexpr bool every_file_type_has_its_recipe() {
    int found = 0;
    for (std::uint32_t number = 0; number < 2048; ++number) {
        const quantization *recipe = quantization_of(number);
        if (recipe == nullptr) continue;
        ++found;
        if (recipe != &q::nvfp4::value && static_cast<std::uint32_t>(recipe->type) != number) return false;
    }
    return found == 36 && quantization_of(15) == &q::q4_k_m::value && quantization_of(4) == nullptr &&
           quantization_of(file_type::nvfp4) == &q::nvfp4::value && quantization_of(UINT32_MAX) == nullptr;
}
static_assert(every_file_type_has_its_recipe(), "");

} // namespace

TEST_CASE("a mix gives types by position") {
    CHECK(some_layers_have_more_bits());
    CHECK(positions_are_counted());
    CHECK(experts_and_shared_expert(false));
    CHECK(experts_and_shared_expert(true));
}

TEST_CASE("a mix looks at the model") {
    CHECK(grouped_queries_keep_better_values());
    CHECK(seventy_b_is_told_by_family_and_layers());
    CHECK(eight_experts_are_special());
    CHECK(falcon_is_told_by_family());
    CHECK(falcon_has_its_own_mix());
    CHECK(mxfp4_is_for_matrices_in_stacks());
}

TEST_CASE("a mix looks at the importance matrix, the shape and the name of a tensor") {
    CHECK(importance_matrix_changes_types());
    CHECK(rows_that_are_no_whole_blocks());
    CHECK(refusals_have_no_bytes());
    CHECK(embeddings_and_output());
    CHECK(small_tensors_stay_in_f32());
}

TEST_CASE("uniform recipes") { CHECK(uniform_recipes()); }

// llama-quantize --dry-run of v0.5.0.
TEST_CASE("totals of llama-quantize, known models") {
    mix_facts small = dense(28, 3), large = dense(80, 8);
    small.tied = true;
    large.type_70b = true;
    CHECK(total_bytes(llama_8b, dense(32, 4), q::iq4_xs::value) + 256 == 4476526848);
    CHECK(total_bytes(llama_8b, dense(32, 4), q::iq2_xxs::value) + 256 == 2391376128);
    CHECK(total_bytes(llama_3b, small, q::iq2_xxs::value) + 256 == 1009742080);
    CHECK(total_bytes(llama_70b, large, q::q3_k_m::value) + 256 == 34259632384);
}

// The same of made-up models of 31 layers, a number that none of the fractions of a mix divides: a dense one, without
// and with an importance matrix; one of eight experts; a Falcon.
TEST_CASE("totals of llama-quantize, every file type") {
    constexpr sizes llama{31, 512, 256, 1024, 1024}, mixtral{31, 512, 128, 1024, 1024, 8},
        falcon{31, 512, 256, 1024, 1024, 0, true};
    mix_facts of_falcon = dense(31, 2);
    of_falcon.falcon = true;

    const struct {
        const quantization &recipe;
        std::int64_t dense, dense_with_importance, eight_experts, falcon;
    } totals[] = {
        {q::q8_0::value, 78952448, 78952448, 437786624, 61685760},
        {q::q6_k::value, 60985344, 60985344, 339126272, 47781888},
        {q::q5_k_m::value, 52507648, 52507648, 293447680, 42246144},
        {q::q5_k_s::value, 51202048, 51202048, 285091840, 40157184},
        {q::q5_1::value, 55805952, 55805952, 310519808, 43745280},
        {q::q5_0::value, 51202048, 51300352, 285091840, 40157184},
        {q::q4_k_m::value, 44528640, 44528640, 251471872, 36061184},
        {q::q4_k_s::value, 42256384, 42256384, 236824576, 33243136},
        {q::q4_1::value, 46598144, 46598144, 259663872, 36569088},
        {q::q4_0::value, 41994240, 42092544, 234235904, 32980992},
        {q::iq4_nl::value, 42190848, 41994240, 236824576, 33177600},
        {q::iq4_xs::value, 39938048, 39692288, 224757760, 31432704},
        {q::mxfp4_moe::value, 78952448, 78952448, 230561792, 61685760},
        {q::q3_k_l::value, 39543808, 39543808, 213723136, 32784384},
        {q::q3_k_m::value, 36086784, 36086784, 200089600, 28755968},
        {q::q3_k_s::value, 32210944, 32210944, 182296576, 25356288},
        {q::iq3_m::value, 34038784, 34038784, 190652416, 27723776},
        {q::iq3_s::value, 32210944, 32210944, 182296576, 25356288},
        {q::iq3_xs::value, 30459904, 30459904, 172478464, 24766464},
        {q::iq3_xxs::value, 29493248, 28332032, 170819584, 24422400},
        {q::q2_k::value, 27618304, 27618304, 155006976, 22827008},
        {q::q2_k_s::value, 25098240, 25098240, 141830144, 19894272},
        {q::q2_0::value, 21424128, 21424128, 119957504, 16982016},
        {q::iq2_m::value, 25647104, 25647104, 138018816, 21972992},
        {q::iq2_s::value, 23791616, 23791616, 125968384, 21006336},
        {q::iq2_xs::value, 22023168, 22023168, 124637184, 17999872},
        {q::iq2_xxs::value, 19913728, 19913728, 112586752, 16779264},
        {q::tq2_0::value, 19709952, 19709952, 110434304, 15648768},
        {q::tq1_0::value, 16281600, 16281600, 91387904, 12982272},
        {q::iq1_m::value, 17594368, 17594368, 97523712, 15570944},
        {q::iq1_s::value, 16202752, 16202752, 88485888, 14845952},
        {q::q1_0::value, 10917888, 10917888, 62597120, 8761344},
        {q::bf16::value, 148502528, 148502528, 823506944, 115998720},
        {q::f16::value, 148502528, 148502528, 823506944, 115998720},
        {q::f32::value, 296876032, 296876032, 1646376960, 231866368},
    };
    for (const auto &t : totals) {
        CAPTURE(t.recipe.name);
        const quantization without = without_importance(t.recipe);
        CHECK(total_bytes(llama, dense(31, 2), without) == t.dense);
        CHECK(total_bytes(llama, dense(31, 2), with_importance(t.recipe)) == t.dense_with_importance);
        CHECK(total_bytes(mixtral, with_experts(8, 31, 4), without) == t.eight_experts);
        CHECK(total_bytes(falcon, of_falcon, without) == t.falcon);
    }
}

TEST_CASE("recipes are found by name and by file type") {
    CHECK(every_name_finds_its_recipe());
    CHECK(every_file_type_has_its_recipe());
}

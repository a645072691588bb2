// Shapes and tensors: dimensions, elements, bytes, and names as GGUF stores them.
#include <membound/formats/ggml.hpp>
#include <membound/tensor.hpp>

#include <doctest/doctest.h>

namespace {

using namespace membound;

constexpr bool shapes_count_their_elements() {
    constexpr shape row = {4096};
    constexpr shape matrix = {4096, 14336};
    constexpr shape experts = {2048, 768, 128};
    constexpr shape four = {2, 3, 5, 7};
    return row.elements() == 4096 && row.rows() == 1 && row.dimensions() == 1 && matrix.elements() == 58720256 &&
           matrix.rows() == 14336 && matrix.dimensions() == 2 && experts.elements() == 201326592 &&
           experts.dimensions() == 3 && four.elements() == 210 && four.rows() == 105 && four.dimensions() == 4 &&
           shape{5, 1, 1, 2}.dimensions() == 4 && shape{5, 1, 2}.dimensions() == 3 && shape{1}.dimensions() == 1 &&
           shape{}.elements() == 1;
}
static_assert(shapes_count_their_elements(), "");

constexpr bool shapes_compare() {
    return shape{4096} == shape{4096, 1, 1, 1} && shape{1, 2, 3, 4} == shape{1, 2, 3, 4} &&
           shape{2, 2, 3, 4} != shape{1, 2, 3, 4} && shape{1, 1, 3, 4} != shape{1, 2, 3, 4} &&
           shape{1, 2, 1, 4} != shape{1, 2, 3, 4} && shape{1, 2, 3} != shape{1, 2, 3, 4};
}
static_assert(shapes_compare(), "");

constexpr bool a_shape_that_is_too_large_overflows() {
    constexpr std::int64_t m = std::int64_t{1} << 40;
    return shape{m, m}.elements() == INT64_MAX && shape{1, m, m}.rows() == INT64_MAX &&
           shape{m, 1 << 20}.elements() == std::int64_t{1} << 60 &&
           tensor_bytes(formats::q4_k::value, {m, m}).overflowed() &&
           tensor_bytes(formats::f32::value, {256, m, m, 0}).overflowed();
}
static_assert(a_shape_that_is_too_large_overflows(), "");

constexpr bool bytes_are_those_of_the_rows() {
    return tensor_bytes(formats::q4_k::value, {4096, 128256}) == 295501824_B && // token_embd of Llama 3.1 8B
           tensor_bytes(formats::q6_k::value, {4096, 128256}) == 430940160_B && // and its output matrix
           tensor_bytes(formats::f32::value, {64}) == 256_B && tensor_bytes(formats::q4_k::value, {300, 2}) == 576_B;
}
static_assert(bytes_are_those_of_the_rows(), "");

constexpr bool names_are_those_of_gguf() {
    using n = tensor_name;
    return same_text(text_of(n::token_embd), "token_embd") && same_text(text_of(n::output), "output") &&
           same_text(text_of(n::attn_q), "blk.%d.attn_q") &&
           same_text(text_of(n::attn_kv_a_mqa), "blk.%d.attn_kv_a_mqa") &&
           same_text(text_of(n::ffn_down_exps), "blk.%d.ffn_down_exps") &&
           same_text(text_of(n::exp_probs_b), "blk.%d.exp_probs_b") &&
           same_text(text_of(n::post_ffw_norm), "blk.%d.post_ffw_norm") && same_text(text_of(n::other), "?");
}
static_assert(names_are_those_of_gguf(), "");

constexpr bool no_two_names_are_the_same() {
    constexpr int count = static_cast<int>(tensor_name::other) + 1;
    for (int i = 0; i < count; ++i)
        for (int j = i + 1; j < count; ++j)
            if (same_text(text_of(static_cast<tensor_name>(i)), text_of(static_cast<tensor_name>(j)))) return false;
    return count > 30;
}
static_assert(no_two_names_are_the_same(), "");

} // namespace

TEST_CASE("shapes") {
    CHECK(shapes_count_their_elements());
    CHECK(shapes_compare());
    CHECK(a_shape_that_is_too_large_overflows());
}

TEST_CASE("bytes of tensors") { CHECK(bytes_are_those_of_the_rows()); }

TEST_CASE("names of tensors") {
    CHECK(names_are_those_of_gguf());
    CHECK(no_two_names_are_the_same());
}

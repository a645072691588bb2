#include <membound/tensor_text.hpp>

#include <doctest/doctest.h>

#include <initializer_list>

using namespace membound;

namespace {

constexpr bool is(const char *text, tensor_name name, tensor_part part, int layer) {
    const tensor t = parse_tensor_name(text);
    return t.name == name && t.part == part && t.layer == layer;
}

constexpr bool names_are_parsed() {
    return is("token_embd.weight", tensor_name::token_embd, tensor_part::weight, -1) &&
           is("output.bias", tensor_name::output, tensor_part::bias, -1) &&
           is("blk.0.attn_q.weight", tensor_name::attn_q, tensor_part::weight, 0) &&
           is("blk.12.attn_q_norm.weight", tensor_name::attn_q_norm, tensor_part::weight, 12) &&
           is("blk.511.exp_probs_b.bias", tensor_name::exp_probs_b, tensor_part::bias, 511) &&
           is("blk.3.attn_sinks", tensor_name::attn_sinks, tensor_part::bare, 3) &&
           is("blk.3.attn_q.scale", tensor_name::attn_q, tensor_part::scale, 3);
}

constexpr bool unknown_names_keep_part_and_layer() {
    return is("", tensor_name::other, tensor_part::bare, -1) &&
           is(".weight", tensor_name::other, tensor_part::weight, -1) &&
           is("blk.7.unheard_of", tensor_name::other, tensor_part::bare, 7) &&
           is("blk.7.unheard_of.weight", tensor_name::other, tensor_part::weight, 7) &&
           is("v.blk.0.attn_q.weight", tensor_name::other, tensor_part::weight, -1) &&
           is("attn_q.weight", tensor_name::other, tensor_part::weight, -1) &&
           is("blk.2.token_embd.weight", tensor_name::other, tensor_part::weight, 2);
}

constexpr bool numbers_of_layers_are_plain() {
    return is("blk.01.attn_q.weight", tensor_name::other, tensor_part::weight, -1) &&
           is("blk..attn_q.weight", tensor_name::other, tensor_part::weight, -1) &&
           is("blk.-1.attn_q.weight", tensor_name::other, tensor_part::weight, -1) &&
           is("blk.999999.attn_q.weight", tensor_name::attn_q, tensor_part::weight, 999999) &&
           is("blk.99999999999999999999.attn_q.weight", tensor_name::other, tensor_part::weight, -1) &&
           is("blk.", tensor_name::other, tensor_part::bare, -1) &&
           is("blk.1", tensor_name::other, tensor_part::bare, -1);
}

constexpr bool every_name_comes_back() {
    for (int i = 0; i < static_cast<int>(tensor_name::other); ++i) {
        for (const tensor_part part : {tensor_part::weight, tensor_part::bias, tensor_part::bare}) {
            tensor t;
            t.name = static_cast<tensor_name>(i);
            t.part = part;
            t.layer = detail::block_prefix(text_of(t.name)) > 0 ? 10 * i : -1;
            const tensor back = parse_tensor_name(text_of(t).c_str());
            if (back.name != t.name || back.part != t.part || back.layer != t.layer) return false;
        }
    }
    return true;
}

constexpr bool is_before(const char *a, const char *b) {
    const tensor l = parse_tensor_name(a), r = parse_tensor_name(b);
    return detail::is_named_before(l, r) && !detail::is_named_before(r, l) && !detail::is_named_before(l, l);
}

constexpr bool names_are_in_the_order_of_letters() {
    return is_before("blk.3.attn_k.weight", "blk.3.attn_q.weight") &&
           is_before("blk.3.attn_q.weight", "blk.3.attn_q_norm.weight") &&
           is_before("blk.3.attn_q.bias", "blk.3.attn_q.weight") &&
           is_before("blk.10.attn_q.weight", "blk.2.attn_k.weight") &&
           is_before("dec.blk.1.attn_v.weight", "dec.blk.10.attn_k.weight") &&
           is_before("dec.blk.9.attn_v.weight", "enc.blk.0.attn_k.weight") &&
           is_before("enc.blk.0.attn_k.weight", "enc.output_norm.weight") &&
           is_before("output.bias", "output.weight") && is_before("output.weight", "output_norm.weight");
}
static_assert(names_are_in_the_order_of_letters(), "");

constexpr bool names_are_written() {
    tensor t;
    t.name = tensor_name::ffn_gate_exps;
    t.layer = 42;
    tensor e;
    e.name = tensor_name::token_embd;
    return same_text(text_of(t).c_str(), "blk.42.ffn_gate_exps.weight") &&
           same_text(text_of(e).c_str(), "token_embd.weight") && same_text(text_of(tensor{}).c_str(), "?.weight");
}

constexpr bool numbers_are_written_whole() {
    const auto text = detail::text_builder<63>{} << INT64_MIN << ' ' << std::int64_t{0} << ' ' << INT64_MAX;
    const auto cut = detail::text_builder<4>{} << "longer";
    return same_text(text.text.c_str(), "-9223372036854775808 0 9223372036854775807") &&
           same_text(cut.text.c_str(), "long");
}

static_assert(names_are_parsed(), "");
static_assert(unknown_names_keep_part_and_layer(), "");
static_assert(numbers_of_layers_are_plain(), "");
static_assert(every_name_comes_back(), "");
static_assert(names_are_written(), "");
static_assert(numbers_are_written_whole(), "");

TEST_CASE("tensor names") {
    CHECK(names_are_parsed());
    CHECK(unknown_names_keep_part_and_layer());
    CHECK(numbers_of_layers_are_plain());
    CHECK(every_name_comes_back());
    CHECK(names_are_in_the_order_of_letters());
    CHECK(names_are_written());
    CHECK(numbers_are_written_whole());
}

} // namespace

// The boundary: what takes exactly all that a device has compiles, and on a device with one byte less it does not.
// expect: needed_bytes is more than the device's usable_bytes
// expect: fits_in<false, .*models::gemma_3_4b, .*quantizations::q8_0, card_of_ones_own, .*engines::llama_cpp>
// expect: context_tokens<8192L?L?>
// expect: needed_bytes<5645170688L?L?>
// expect: usable_bytes<5645170687L?L?>
#include <membound/membound.hpp>
#include <membound/models/gemma.hpp>

using namespace membound;

struct large_card {
    static constexpr device value = bare_memory(24_GiB);
};
template <class Card>
using gemma_on = deployment<models::gemma_3_4b, quantizations::q8_0, Card, engines::llama_cpp>;

constexpr bytes needed = gemma_on<large_card>::budget(tokens{8192}).devices[0].total().upper;

#ifdef GOOD
constexpr bytes built_in = needed;
#else
constexpr bytes built_in = needed - 1_B;
#endif

struct card_of_ones_own {
    static constexpr device value = bare_memory(built_in);
};
static_assert(assert_fits<gemma_on<card_of_ones_own>, 8192>::value, "");

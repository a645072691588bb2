// A size that overflows is larger than every capacity: one byte above the largest size is an overflow.
// expect: does not fit
// expect: fits_in<9223372036854775807
#include <membound/quantity.hpp>

template <std::int64_t Bytes>
struct fits_in {
    static_assert(!membound::bytes{Bytes}.overflowed(), "does not fit");
};

#ifdef GOOD
constexpr membound::bytes rest{0};
#else
constexpr membound::bytes rest{1};
#endif

constexpr membound::bytes size = (membound::bytes{std::int64_t{1} << 62} - membound::bytes{1}) * 2 + rest;
template struct fits_in<size.count()>;

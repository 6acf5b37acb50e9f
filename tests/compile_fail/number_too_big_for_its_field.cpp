// A constant that does not fit.
#include "bulkhead/regs/registers.hpp"
#include "bulkhead/regs/window.hpp"

using namespace bulkhead::regs;

using SRRCTL = Register<"SRRCTL", 0x01014, Access::read_write, "split receive control, 8.2.3.8.7">;
inline constexpr Field<SRRCTL, 4, 0> BSIZEPACKET;

// expected-error@+1 {{must be initialized by a constant expression}}
constexpr auto mistake = BSIZEPACKET(32);

// expected-note@*:* 1+{{number_does_not_fit_its_field}}

// CTRL has no LINK_UP.
#include "bulkhead/regs/registers.hpp"
#include "bulkhead/regs/window.hpp"

using namespace bulkhead::regs;

using CTRL = Register<"CTRL", 0x00000, Access::read_write, "device control, 8.2.3.1.1">;
using STATUS = Register<"STATUS", 0x00008, Access::read_only, "device status, 8.2.3.1.2">;
inline constexpr Field<STATUS, 7> LINK_UP;

uint32_t mistake(Window<4096>& bar) {
  // expected-error@+1 {{no matching member function for call to 'get'}}
  return bar.read<CTRL>().get(LINK_UP);
}

// expected-note@*:* 1+{{same_as}}

// EICS sets interrupt causes; reading it says nothing.
#include "bulkhead/regs/registers.hpp"
#include "bulkhead/regs/window.hpp"

using namespace bulkhead::regs;

using EICS = Register<"EICS", 0x00808, Access::write_only, "interrupt cause set, 8.2.3.5.2">;

uint32_t mistake(Window<4096>& bar) {
  // expected-error@+1 {{no matching member function for call to 'read'}}
  return bar.read<EICS>().bits();
}

// expected-note@*:* 1+{{::readable' evaluated to false}}

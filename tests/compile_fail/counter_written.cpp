// A counter that clears when read is not written.
#include "bulkhead/regs/registers.hpp"
#include "bulkhead/regs/window.hpp"

using namespace bulkhead::regs;

using GPRC = Register<"GPRC", 0x04074, Access::read_to_clear, "good packets received, 8.2.3.23.26">;

void mistake(Window<0x8000>& bar) {
  bar.write(Value<GPRC>{});
}

// expected-error@*:* {{no matching member function for call to 'write'}}
// expected-note@*:* 1+{{::writable' evaluated to false}}

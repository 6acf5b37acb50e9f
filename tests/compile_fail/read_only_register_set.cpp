// A read-modify-write is a write.
#include "bulkhead/regs/registers.hpp"
#include "bulkhead/regs/window.hpp"

using namespace bulkhead::regs;

using STATUS = Register<"STATUS", 0x00008, Access::read_only, "device status, 8.2.3.1.2">;
inline constexpr Field<STATUS, 19> ENABLED;

void mistake(Window<4096>& bar) {
  bar.set(ENABLED());
}

// expected-error@*:* {{no matching member function for call to 'write'}}
// expected-note@*:* 1+{{::writable' evaluated to false}}

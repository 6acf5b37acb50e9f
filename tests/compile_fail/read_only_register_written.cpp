// STATUS cannot be written.
#include "bulkhead/regs/registers.hpp"
#include "bulkhead/regs/window.hpp"

using namespace bulkhead::regs;

using STATUS = Register<"STATUS", 0x00008, Access::read_only, "device status, 8.2.3.1.2">;

void mistake(Window<4096>& bar) {
  bar.write(Value<STATUS>{1});
}

// expected-error@*:* {{no matching member function for call to 'write'}}
// expected-note@*:* 1+{{::writable' evaluated to false}}

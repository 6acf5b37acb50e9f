// Bits of one register are not written into another.
#include "bulkhead/regs/registers.hpp"
#include "bulkhead/regs/window.hpp"

using namespace bulkhead::regs;

using CTRL = Register<"CTRL", 0x00000, Access::read_write, "device control, 8.2.3.1.1">;
using EIMS = Register<"EIMS", 0x00880, Access::read_write, "interrupt mask set, 8.2.3.5.3">;

void mistake(Window<4096>& bar) {
  // expected-error@+1 {{invalid operands to binary expression}}
  bar.write(Value<CTRL>{1} | Value<EIMS>{2});
}

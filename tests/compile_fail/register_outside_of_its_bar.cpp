// A window of one page does not hold a register of the next.
#include "bulkhead/regs/registers.hpp"
#include "bulkhead/regs/window.hpp"

using namespace bulkhead::regs;

using RDT = Register<"RDT", 0x01018, Access::read_write, "receive descriptor tail, 8.2.3.8.5">;

void mistake(Window<4096>& bar) {
  bar.write(Value<RDT>{1});
}

// expected-error@*:* {{the register lies outside of its BAR}}

// Which queue's tail?
#include "bulkhead/regs/registers.hpp"
#include "bulkhead/regs/window.hpp"

using namespace bulkhead::regs;

using RDT = Register<"RDT", 0x01018, Access::read_write, "receive descriptor tail, 8.2.3.8.5",
                     Each{64, 0x40}>;

void mistake(Window<0x8000>& bar) {
  bar.write(Value<RDT>{1});
}

// expected-error@*:* {{a repeated register is written by index}}

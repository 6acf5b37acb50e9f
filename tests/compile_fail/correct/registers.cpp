// What the cases beside this folder do wrong, done right: registers.
#include "bulkhead/regs/registers.hpp"

#include "bulkhead/regs/table.hpp"
#include "bulkhead/regs/window.hpp"

// expected-no-diagnostics

using namespace bulkhead::regs;

using CTRL = Register<"CTRL", 0x00000, Access::read_write, "device control, 8.2.3.1.1">;
using STATUS = Register<"STATUS", 0x00008, Access::read_only, "device status, 8.2.3.1.2">;
using EICS = Register<"EICS", 0x00808, Access::write_only, "interrupt cause set, 8.2.3.5.2">;
using RDT = Register<"RDT", 0x01018, Access::read_write, "receive descriptor tail, 8.2.3.8.5",
                     Each{64, 0x40}>;
inline constexpr Field<CTRL, 26> RST;
inline constexpr Field<STATUS, 7> LINK_UP;

constexpr auto& rows = Table<0x8000, CTRL, STATUS, EICS, RDT>::rows;

uint32_t use(Window<0x8000>& bar, uint32_t queue) {
  bar.set(RST());
  bar.write(Value<EICS>{1});
  bar.write(queue, Value<RDT>{rows.size()});
  return bar.read<STATUS>().get(LINK_UP);
}

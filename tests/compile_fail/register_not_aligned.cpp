// A 32-bit register at an odd place.
#include "bulkhead/regs/table.hpp"

using namespace bulkhead::regs;

using A = Register<"A", 0x102, Access::read_write, "odd, 8.1">;

const auto& mistake = Table<4096, A>::rows;

// expected-error@*:* {{static assertion expression is not an integral constant expression}}
// expected-note@*:* 1+{{register_is_not_aligned}}

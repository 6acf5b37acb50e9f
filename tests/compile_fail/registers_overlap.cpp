// Two names for one place, in a table.
#include "bulkhead/regs/table.hpp"

using namespace bulkhead::regs;

using A = Register<"A", 0x100, Access::read_write, "repeats, 8.1", Each{4, 4}>;
using B = Register<"B", 0x10C, Access::read_write, "hits A[3], 8.2">;

const auto& mistake = Table<4096, A, B>::rows;

// expected-error@*:* {{static assertion expression is not an integral constant expression}}
// expected-note@*:* 1+{{register_overlaps_another}}

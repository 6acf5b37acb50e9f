// The last repetition lies outside.
#include "bulkhead/regs/table.hpp"

using namespace bulkhead::regs;

using A = Register<"A", 0xFF8, Access::read_write, "repeats, 8.1", Each{3, 4}>;

const auto& mistake = Table<4096, A>::rows;

// expected-error@*:* {{static assertion expression is not an integral constant expression}}
// expected-note@*:* 1+{{register_lies_outside_of_its_bar}}

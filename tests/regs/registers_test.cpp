#include "bulkhead/regs/registers.hpp"

#include <array>

#include <gtest/gtest.h>

#include "bulkhead/regs/fake.hpp"
#include "bulkhead/regs/table.hpp"
#include "bulkhead/regs/window.hpp"

namespace bulkhead::regs {
namespace {

using CTRL = Register<"CTRL", 0x00, Access::read_write, "control, 1.1">;
using STATUS = Register<"STATUS", 0x08, Access::read_only, "status, 1.2">;
using TAIL = Register<"TAIL", 0x20, Access::read_write, "tail, 1.3", Each{4, 0x10}>;
inline constexpr Field<CTRL, 26> RESET;
inline constexpr Field<CTRL, 9, 8> SPEED;
using Book = Table<0x100, CTRL, STATUS, TAIL>;

TEST(Registers, SetAndClearKeepTheOtherBits) {
  Fake<0x100> bar;
  bar.write(Value<CTRL>{0xF0});
  bar.set(RESET());
  EXPECT_EQ(bar.read<CTRL>().bits(), 0x0400'00F0U);
  bar.clear(Value<CTRL>{0x30});
  EXPECT_EQ(bar.read<CTRL>().bits(), 0x0400'00C0U);
}

TEST(Registers, RepetitionsLieAStrideApart) {
  Fake<0x100> bar;
  bar.write(3, Value<TAIL>{7});
  ASSERT_EQ(bar.writes().size(), 1U);
  EXPECT_EQ(bar.writes().front(), (std::pair<uint32_t, uint32_t>{0x50, 7}));
  EXPECT_DEATH(bar.write(4, Value<TAIL>{7}), "");
}

TEST(Registers, FieldsReadAndReplaceTheirBits) {
  const Value<CTRL> value{0x0000'02FF};
  EXPECT_EQ(value.get(SPEED), 2U);
  EXPECT_EQ(value.with(SPEED, 1).bits(), 0x0000'01FFU);
  EXPECT_FALSE(value.has(RESET()));
  volatile uint32_t too_large = 4;
  EXPECT_DEATH(static_cast<void>(SPEED(too_large)), "");
}

TEST(Registers, TheTableListsWhatWasDeclared) {
  ASSERT_EQ(Book::rows.size(), 3U);
  EXPECT_EQ(Book::rows[2].name, "TAIL");
  EXPECT_EQ(Book::rows[2].count, 4U);
  EXPECT_EQ(Book::rows[1].access, Access::read_only);
}

TEST(Window, ReachesTheMappedWords) {
  alignas(4) std::array<std::byte, 0x100> memory{};
  Window<0x100> window{std::span<std::byte, 0x100>{memory}};
  window.write(1, Value<TAIL>{0x01020304});
  EXPECT_EQ(memory[0x30], std::byte{4});
  memory[0x08] = std::byte{0x55};
  EXPECT_EQ(window.read<STATUS>().bits(), 0x55U);
}

TEST(Doorbell, LiesInsideItsPage) {
  alignas(4) std::array<std::byte, 16> page{};
  const Doorbell doorbell{page, 12};
  doorbell.ring(9);
  EXPECT_EQ(page[12], std::byte{9});
  EXPECT_DEATH((Doorbell{page, 16}), "");
}

}  // namespace
}  // namespace bulkhead::regs

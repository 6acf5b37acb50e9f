// The driver's book of registers and the model's were written down independently:
// where both name a register, they must agree.
#include <algorithm>

#include <gtest/gtest.h>

#include "bulkhead/driver/ixgbe/statistics.hpp"

#include "model/ixgbe/registers.hpp"

namespace bulkhead::ixgbe {
namespace {

const model::ixgbe::Register* in_the_models_book(std::string_view name) {
  const auto book = model::ixgbe::book();
  const auto found = std::ranges::find(book, name, &model::ixgbe::Register::name);
  return found == book.end() ? nullptr : &*found;
}

TEST(Books, EveryRegisterOfTheDriverIsTheSameInTheModelsBook) {
  for (const regs::Row& row : Registers::rows) {
    const auto* other = in_the_models_book(row.name);
    ASSERT_NE(other, nullptr) << row.name;
    EXPECT_EQ(other->offset, row.offset) << row.name;
    EXPECT_GE(other->count, row.count) << row.name;
    if (row.count > 1) {
      EXPECT_EQ(other->stride, row.stride) << row.name;
    }
    EXPECT_EQ(static_cast<int>(other->access), static_cast<int>(row.access)) << row.name;
  }
}

TEST(Books, TheDriversBookIsNotEmpty) {
  EXPECT_GT(Registers::rows.size(), 80U);
}

}  // namespace
}  // namespace bulkhead::ixgbe

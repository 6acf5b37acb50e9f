#include "bulkhead/driver/e1000e/interrupts.hpp"

#include <gtest/gtest.h>

#include "tests/driver/intel/fake_function.hpp"

namespace bulkhead::e1000e {
namespace {

using intel::FakeBar;

TEST(Interrupts82574, TheRxQueueHasVector0AndStaysEnabled) {
  FakeBar fake;
  auto& registers = fake.function->registers;
  registers[CTRL_EXT::offset] = ctrl_ext::EIAME().bits();
  ASSERT_TRUE(enable_rx_interrupt(fake.bar));
  EXPECT_EQ(registers[IVAR::offset], 0x8U);
  EXPECT_EQ(registers[IMS::offset], bit(20));
  EXPECT_EQ(registers[EIAC::offset], bit(20)) << "its cause clears by itself";
  EXPECT_EQ(registers[IAM::offset], 0U);
  EXPECT_EQ(registers[CTRL_EXT::offset], bit(31) | bit(27)) << "and is not masked";
  EXPECT_EQ(registers[EITR::offset] * 256 / 1000, 199U) << "us";
}

TEST(Interrupts82574, MaskingCoversEveryCauseAndForgetsWhatIsPending) {
  FakeBar fake;
  bool read = false;
  fake.function->on_read[ICR::offset] = [&read] {
    read = true;
    return 0U;
  };
  ASSERT_TRUE(mask_interrupts(fake.bar));
  EXPECT_EQ(fake.function->registers[IMC::offset], ~0U);
  EXPECT_TRUE(read);
}

}  // namespace
}  // namespace bulkhead::e1000e

#include "bulkhead/driver/ixgbe/interrupts.hpp"

#include <gtest/gtest.h>

#include "tests/driver/intel/fake_function.hpp"

namespace bulkhead::ixgbe {
namespace {

using intel::FakeBar;

TEST(Interrupts, MaskingCoversEveryCause) {
  FakeBar fake;
  ASSERT_TRUE(mask_interrupts(fake.bar));
  EXPECT_EQ(fake.function->registers[EIMC::offset], 0x7FFFFFFFU);
  EXPECT_EQ(fake.function->registers[EIMC_EX::offset], 0xFFFFFFFFU);
  EXPECT_EQ(fake.function->registers[EIMC_EX::offset + 4], 0xFFFFFFFFU);
}

TEST(Interrupts, EachQueueHasTheVectorOfItsNumber) {
  FakeBar fake;
  ASSERT_TRUE(enable_rx_interrupts(fake.bar, 3));
  auto& registers = fake.function->registers;
  EXPECT_EQ(registers[IVAR::offset], 0x00810080U);
  EXPECT_EQ(registers[IVAR::offset + 4], 0x00000082U);
  EXPECT_EQ(registers[EIMS_EX::offset], 0b111U);
  EXPECT_EQ(registers.count(EIMS_EX::offset + 4), 0U);
  EXPECT_EQ(registers[EIAC::offset], 0xFFFFU);
  EXPECT_EQ(registers[GPIE::offset], 0x80000030U);
}

TEST(Interrupts, VectorsBeyond23AreThrottledInTheirOwnRegisters) {
  FakeBar fake;
  ASSERT_TRUE(enable_rx_interrupts(fake.bar, 64));
  auto& registers = fake.function->registers;
  constexpr uint32_t every_200_us = 100U << 3U | 1U << 31U;
  EXPECT_EQ(registers[EITR::offset], every_200_us);
  EXPECT_EQ(registers[EITR::offset + 23 * 4], every_200_us);
  EXPECT_EQ(registers[EITR_HIGH::offset], every_200_us);
  EXPECT_EQ(registers[EITR_HIGH::offset + 39 * 4], every_200_us);
  EXPECT_EQ(registers.count(EITR_HIGH::offset + 40 * 4), 0U);
  EXPECT_EQ(registers[EIMS_EX::offset + 4], 0xFFFFFFFFU);
}

}  // namespace
}  // namespace bulkhead::ixgbe

#include "bulkhead/bus/bind/previous.hpp"

#include <gtest/gtest.h>

#include "tests/bus/made_up_machine.hpp"

namespace bulkhead::bus {
namespace {

class Remembered : public ::testing::Test, public MadeUpMachine {};

TEST_F(Remembered, WhatIsKeptIsRecalled) {
  const Previous everything{.driver = "ixgbe", .driver_override = "ixgbe", .power_control = "auto"};
  for (const auto& previous : {everything, Previous{}}) {
    write(previous_file("0000:03:00.0"), to_text(previous));
    EXPECT_EQ(recall(machine, "0000:03:00.0"), previous);
  }
}

TEST_F(Remembered, NothingIsKeptOfWhatOthersBound) {
  EXPECT_EQ(recall(machine, "0000:03:00.0"), std::nullopt);
}

}  // namespace
}  // namespace bulkhead::bus

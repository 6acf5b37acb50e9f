#include "bulkhead/bus/bind/previous.hpp"

#include <gtest/gtest.h>

#include "bulkhead/bus/bind/changes.hpp"

#include "tests/bus/made_up_machine.hpp"

namespace bulkhead::bus {
namespace {

class Remembered : public ::testing::Test, public MadeUpMachine {
 protected:
  void keep(const Previous& previous) const {
    ASSERT_TRUE(RealChanges{machine}.remember(previous_file("0000:03:00.0"), to_text(previous)));
  }
};

TEST_F(Remembered, WhatIsKeptIsRecalled) {
  const Previous everything{.driver = "ixgbe", .driver_override = "ixgbe", .power_control = "auto"};
  for (const auto& previous : {everything, Previous{}}) {
    keep(previous);
    EXPECT_EQ(recall(machine, "0000:03:00.0"), previous);
  }
}

TEST_F(Remembered, NothingIsKeptOfWhatOthersBound) {
  EXPECT_EQ(recall(machine, "0000:03:00.0"), std::nullopt);
}

TEST_F(Remembered, NothingIsKeptWhereOthersCanChangeIt) {
  const auto bound = machine.at("/run/bulkhead/bound");
  keep({});
  EXPECT_TRUE(check_keeping_place(machine));
  std::filesystem::permissions(bound, std::filesystem::perms::group_write,
                               std::filesystem::perm_options::add);
  EXPECT_EQ(check_keeping_place(machine).error().code, ErrorCode::permission);
  EXPECT_EQ(recall(machine, "0000:03:00.0"), std::nullopt);
}

TEST_F(Remembered, NothingIsKeptBehindALink) {
  make_folder("/elsewhere");
  link("/run/bulkhead", "/elsewhere");
  EXPECT_EQ(check_keeping_place(machine).error().what, "others can change /run/bulkhead");
}

}  // namespace
}  // namespace bulkhead::bus

#include "bulkhead/bus/bind/changes.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bulkhead/bus/text_files.hpp"

#include "tests/bus/made_up_machine.hpp"

namespace bulkhead::bus {
namespace {

class RealChange : public ::testing::Test, public MadeUpMachine {
 protected:
  static constexpr const char* card = "0000:03:00.0";
  [[nodiscard]] uid_t owner_of(const std::string& file) const {
    struct stat status{};
    EXPECT_EQ(::stat(machine.at(file).c_str(), &status), 0);
    return status.st_uid;
  }
  [[nodiscard]] RealChanges changes() const { return RealChanges{machine}; }

  // Only root can give files away.
  const Owner somebody{.name = "somebody", .id = ::geteuid() == 0 ? 4242U : ::geteuid()};
};

TEST_F(RealChange, WritesReplaceTheText) {
  write("/sys/file", "something longer");
  ASSERT_TRUE(changes().write("/sys/file", "text"));
  EXPECT_EQ(read_line(machine.at("/sys/file")), "text");
}

TEST_F(RealChange, AFileThatIsMissingIsNamed) {
  const auto written = changes().write("/sys/file", "text");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::not_found);
  EXPECT_NE(written.error().what.find("/sys/file"), std::string::npos);
}

TEST_F(RealChange, TheGroupsNodeIsGiven) {
  write("/dev/vfio/17", "");
  ASSERT_TRUE(changes().give({.address = card, .group = "17"}, somebody));
  EXPECT_EQ(owner_of("/dev/vfio/17"), somebody.id);
}

TEST_F(RealChange, TheFunctionsOwnNodeIsGiven) {
  make_folder(file_of(card, "vfio-dev/vfio3"));
  write("/dev/vfio/devices/vfio3", "");
  ASSERT_TRUE(changes().give({.address = card, .group = "17"}, somebody));
  EXPECT_EQ(owner_of("/dev/vfio/devices/vfio3"), somebody.id);
}

TEST_F(RealChange, WithoutANodeThereIsNothingToGive) {
  const auto given = changes().give({.address = card, .group = "17"}, somebody);
  ASSERT_FALSE(given);
  EXPECT_EQ(given.error().code, ErrorCode::not_found);
  EXPECT_NE(given.error().what.find("/dev/vfio/17"), std::string::npos);
}

TEST_F(RealChange, ALinkIsNotFollowedToWhatIsGiven) {
  write("/elsewhere", "");
  link("/dev/vfio/17", "/elsewhere");
  ASSERT_TRUE(changes().give({.address = card, .group = "17"}, somebody));
  EXPECT_EQ(owner_of("/elsewhere"), ::geteuid());
}

TEST_F(RealChange, WhatIsRememberedCanBeForgotten) {
  ASSERT_TRUE(changes().remember("/run/bulkhead/bound/card", "text\n"));
  EXPECT_EQ(read_line(machine.at("/run/bulkhead/bound/card")), "text");
  ASSERT_TRUE(changes().forget("/run/bulkhead/bound/card"));
  EXPECT_FALSE(is_there(machine.at("/run/bulkhead/bound/card")));
  EXPECT_TRUE(changes().forget("/run/bulkhead/bound/card"));
}

TEST_F(RealChange, AnotherDriverIsNotTheOneExpected) {
  EXPECT_FALSE(changes().expect_driver(card, "vfio-pci"));
  set_driver(card, "ixgbe");
  const auto expected = changes().expect_driver(card, "vfio-pci");
  ASSERT_FALSE(expected);
  EXPECT_NE(expected.error().what.find("which has the driver ixgbe"), std::string::npos);
  set_driver(card, "vfio-pci");
  EXPECT_TRUE(changes().expect_driver(card, "vfio-pci"));
}

TEST(FindUser, ByNameAndByNumber) {
  EXPECT_EQ(find_user("root")->id, 0U);
  EXPECT_EQ(find_user("4242")->id, 4242U);
  EXPECT_EQ(find_user("no-such-user").error().code, ErrorCode::not_found);
  EXPECT_EQ(find_user("").error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace bulkhead::bus

#include "bulkhead/bus/bind/openers.hpp"

#include <gtest/gtest.h>

#include "tests/bus/made_up_machine.hpp"

namespace bulkhead::bus {
namespace {

class Openers : public ::testing::Test, public MadeUpMachine {
 protected:
  void open(const std::string& process, const std::string& fd, const std::string& what) const {
    write("/proc/" + process + "/comm", "program");
    make_folder("/proc/" + process + "/fd");
    std::filesystem::create_symlink(what, machine.at("/proc/" + process + "/fd/" + fd));
  }
  [[nodiscard]] std::vector<std::string> found() const {
    return openers(machine, "0000:03:00.0", {"/dev/vfio/17", "/dev/vfio/devices/vfio0"});
  }
};

using Words = std::vector<std::string>;

TEST_F(Openers, AreThoseWithANodeOpen) {
  open("100", "0", "/dev/null");
  open("100", "1", "/dev/vfio/18");
  EXPECT_EQ(found(), Words{});
  open("200", "3", "/dev/vfio/17");
  open("300", "3", "/dev/vfio/devices/vfio0");
  EXPECT_EQ(found(), (Words{"200 (program)", "300 (program)"}));
}

TEST_F(Openers, AreThoseWithTheFunctionOpen) {
  open("100", "4", "anon_inode:[vfio-device]");
  open("200", "4", "anon_inode:[vfio-device]");
  write("/proc/100/fdinfo/4",
        "pos:\t0\nvfio-device-syspath: /sys/devices/pci0000:00/0000:00:01.0/0000:03:00.1");
  write("/proc/200/fdinfo/4",
        "pos:\t0\nvfio-device-syspath: /sys/devices/pci0000:00/0000:00:01.0/0000:03:00.0");
  EXPECT_EQ(found(), Words{"200 (program)"});
}

TEST_F(Openers, OfAFunctionHaveAnyOfItsNodes) {
  add_function("0000:03:00.0", "0x020000");
  put_into_group("0000:03:00.0", "17");
  make_folder(file_of("0000:03:00.0", "vfio-dev/vfio3"));
  write("/dev/vfio/devices/vfio3", "");
  open("100", "1", "/dev/vfio/18");
  open("200", "3", "/dev/vfio/17");
  open("300", "3", "/dev/vfio/devices/vfio3");
  EXPECT_EQ(openers(machine, *find_function(machine, "03:00.0")),
            (Words{"200 (program)", "300 (program)"}));
}

TEST_F(Openers, WhatIsNoProcessIsNotLookedAt) {
  open("self", "3", "/dev/vfio/17");
  EXPECT_EQ(found(), Words{});
}

}  // namespace
}  // namespace bulkhead::bus

#include "bulkhead/bus/bind/modprobe.hpp"

#include <gtest/gtest.h>

#include "bulkhead/bus/text_files.hpp"

#include "tests/bus/made_up_machine.hpp"

namespace bulkhead::bus {
namespace {

class Modprobe : public ::testing::Test, public MadeUpMachine {
 protected:
  void add_modprobe(const std::string& folder, const std::string& script) const {
    const std::string file = folder + "/modprobe";
    write(file, "#!/bin/sh\n" + script);
    std::filesystem::permissions(machine.at(file), std::filesystem::perms::owner_all);
  }
};

TEST_F(Modprobe, IsCalledWithTheModulesName) {
  const std::string noted = machine.at("/noted").string();
  add_modprobe("/sbin", "echo \"$*\" > " + noted);
  ASSERT_TRUE(load_module(machine, "vfio-pci"));
  EXPECT_EQ(read_line(noted), "vfio-pci");
}

TEST_F(Modprobe, ItsFailureIsAnError) {
  add_modprobe("/usr/sbin", "exit 1");
  EXPECT_EQ(load_module(machine, "vfio-pci").error().what, "modprobe vfio-pci failed");
}

TEST_F(Modprobe, AMachineNeedNotHaveIt) {
  EXPECT_EQ(load_module(machine, "vfio-pci").error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace bulkhead::bus

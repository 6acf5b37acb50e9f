#include "bulkhead/bus/pci_address.hpp"

#include <string>

#include <gtest/gtest.h>

namespace bulkhead::bus {
namespace {

TEST(PciAddress, IsWhatSysfsCallsAFunction) {
  for (const std::string name : {"0000:03:00.0", "0000:ff:1f.7", "10000:e1:00.0"})
    EXPECT_TRUE(is_pci_address(name)) << name;
}

TEST(PciAddress, OtherFormsAreNone) {
  for (const std::string name :
       {"", ":", "03:00.0", "000:03:00.0", "0000:03:00", "0000:03:00.8", "0000:03:00.0 ",
        "0000:03:0.0", "0000:0G:00.0", "0000:AB:00.0", "0000-03-00.0", "../:03:00.0",
        "0000:03:00.01", "123456789:03:00.0"})
    EXPECT_FALSE(is_pci_address(name)) << name;
}

}  // namespace
}  // namespace bulkhead::bus

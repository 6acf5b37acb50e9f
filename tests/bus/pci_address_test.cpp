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

TEST(PciAddress, IsMadeOfWhatAPersonWrites) {
  for (const std::string name : {"0000:0a:1f.7", "0000:0A:1F.7", "0a:1f.7", "0A:1F.7"})
    EXPECT_EQ(pci_address_of(name), "0000:0a:1f.7") << name;
  EXPECT_EQ(pci_address_of("10000:E1:00.0"), "10000:e1:00.0");
  for (const std::string name : {"", "0a:1f", "0g:1f.7", "0000:0000:0a:1f.7", "vfio-user:a"})
    EXPECT_EQ(pci_address_of(name), std::nullopt) << name;
}

}  // namespace
}  // namespace bulkhead::bus

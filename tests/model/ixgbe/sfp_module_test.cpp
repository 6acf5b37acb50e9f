#include "model/ixgbe/sfp_module.hpp"

#include <optional>

#include <gtest/gtest.h>

namespace bulkhead::model::ixgbe {
namespace {

/// A host that drives the two wires as I2C says.
class Host {
 public:
  explicit Host(SfpModule& module) : module_(module) {}

  void start() {
    lines(true, true);
    lines(true, false);
    lines(false, false);
  }
  void stop() {
    lines(false, false);
    lines(true, false);
    lines(true, true);
  }
  bool send(uint8_t value) {
    for (unsigned i = 8; i-- > 0;) clock((value >> i & 1U) != 0);
    return !clock(true);
  }
  uint8_t receive(bool acknowledge) {
    unsigned value = 0;
    for (int i = 0; i < 8; ++i) value = value << 1U | (clock(true) ? 1U : 0U);
    clock(!acknowledge);
    return static_cast<uint8_t>(value);
  }
  std::optional<uint8_t> read(uint8_t device, uint8_t address) {
    start();
    if (!send(device) || !send(address)) return std::nullopt;
    start();
    if (!send(device | 1U)) return std::nullopt;
    const uint8_t value = receive(false);
    stop();
    return value;
  }

 private:
  void lines(bool clock, bool data) { module_.write((clock ? 2U : 0U) | (data ? 8U : 0U)); }
  bool clock(bool data) {
    lines(false, data);
    lines(true, data);
    const bool seen = (module_.read() & 4U) != 0;
    lines(false, data);
    return seen;
  }

  SfpModule& module_;
};

TEST(SfpModule, IdentifiesAs10GBaseSr) {
  SfpModule module;
  Host host{module};
  EXPECT_EQ(host.read(0xA0, 0), 0x03);
  EXPECT_EQ(host.read(0xA0, 3), 0x10);
  EXPECT_EQ(host.read(0xA0, 38), 0x1B);
}

TEST(SfpModule, ReadsOnFromWhereItIs) {
  SfpModule module;
  Host host{module};
  host.start();
  ASSERT_TRUE(host.send(0xA0));
  ASSERT_TRUE(host.send(20));
  host.start();
  ASSERT_TRUE(host.send(0xA1));
  EXPECT_EQ(host.receive(true), 'B');
  EXPECT_EQ(host.receive(true), 'u');
  EXPECT_EQ(host.receive(false), 'l');
  host.stop();
}

TEST(SfpModule, OtherAddressesAreNotAnswered) {
  SfpModule module;
  Host host{module};
  EXPECT_FALSE(host.read(0xA2, 0));
  EXPECT_EQ(host.read(0xA0, 0), 0x03) << "and the bus is free afterwards";
}

}  // namespace
}  // namespace bulkhead::model::ixgbe

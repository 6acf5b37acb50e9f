#include "bulkhead/bus/uses/network_uses.hpp"

#include <gtest/gtest.h>

#include "tests/bus/made_up_machine.hpp"

namespace bulkhead::bus {
namespace {

class NetworkUses : public ::testing::Test, public MadeUpMachine {
 protected:
  NetworkUses() { write("/sys/class/net/eth0/flags", "0x1003"); }

  [[nodiscard]] std::vector<std::string> uses() const { return each(&Use::what); }
  [[nodiscard]] std::vector<std::string> losses() const { return each(&Use::loss); }

  /// As an ancestor's environment has it: from client 198.51.100.7 to this machine's `address`.
  void set_session(const std::string& process, const std::string& address) const {
    write("/proc/" + process + "/environ",
          std::string{"HOME=/"} + '\0' + "SSH_CONNECTION=198.51.100.7 50000 " + address + " 22");
  }

 private:
  [[nodiscard]] std::vector<std::string> each(std::string Use::* part) const {
    std::vector<Use> uses;
    add_network_uses(machine, machine.at("/sys/class/net/eth0"), uses);
    std::vector<std::string> parts;
    for (const auto& use : uses) parts.push_back(use.*part);
    return parts;
  }
};

using Words = std::vector<std::string>;

TEST_F(NetworkUses, AnInterfaceThatIsUpIsAUseWithNothingToLose) {
  EXPECT_EQ(uses(), Words{"eth0 is up"});
  EXPECT_EQ(losses(), Words{""});
}

TEST_F(NetworkUses, AnInterfaceThatIsDownHasNone) {
  write("/sys/class/net/eth0/flags", "0x1002");
  machine.addresses = {{"eth0", "192.0.2.2"}};
  EXPECT_EQ(uses(), Words{});
}

TEST_F(NetworkUses, AddressesAreLost) {
  machine.addresses = {{"eth0", "192.0.2.2"}, {"eth1", "192.0.2.3"}, {"eth0", "2001:db8::2"}};
  EXPECT_EQ(uses(), Words{"eth0 is up with address 192.0.2.2, 2001:db8::2"});
  EXPECT_EQ(losses(), Words{"connections to 192.0.2.2, 2001:db8::2"});
}

TEST_F(NetworkUses, TheDefaultRouteIsAUse) {
  write("/proc/net/route",
        "Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT\n"
        "eth0 00000000 010200C0 0003 0 0 0 00000000 0 0 0");
  EXPECT_EQ(uses(), (Words{"eth0 is up", "eth0 has the default route"}));
}

TEST_F(NetworkUses, ARouteToANetworkIsNone) {
  write("/proc/net/route",
        "eth0 000200C0 00000000 0001 0 0 0 00FFFFFF 0 0 0\n"
        "eth0 00000000 00000000 0001 0 0 0 00000080 0 0 0\n"  // 0.0.0.0/1
        "eth1 00000000 010200C0 0003 0 0 0 00000000 0 0 0\n"  // another interface's
        "eth0 00000000 00000000 0201 0 0 0 00000000 0 0 0");  // unreachable
  EXPECT_EQ(uses(), Words{"eth0 is up"});
}

TEST_F(NetworkUses, TheDefaultRouteOfIPv6IsAUse) {
  const std::string zeros(32, '0');
  write("/proc/net/ipv6_route",
        zeros + " 00 " + zeros + " 00 " + zeros + " ffffffff 00000001 00000000 00200200 eth0\n" +
            zeros + " 40 " + zeros + " 00 " + zeros + " 00000400 00000002 00000000 00000003 eth0");
  EXPECT_EQ(uses(), Words{"eth0 is up"});
  write("/proc/net/ipv6_route", zeros + " 00 " + zeros + " 00 fd0000000000000000000000000000" +
                                    "01 00000400 00000002 00000000 00000003 eth0");
  EXPECT_EQ(uses(), (Words{"eth0 is up", "eth0 has the default route"}));
}

TEST_F(NetworkUses, TheSessionThatAsksIsAUse) {
  machine.addresses = {{"eth0", "192.0.2.2"}};
  set_session("self", "192.0.2.9");
  EXPECT_EQ(uses(), Words{"eth0 is up with address 192.0.2.2"});
  set_session("self", "192.0.2.2");
  EXPECT_EQ(uses(), (Words{"eth0 is up with address 192.0.2.2", "eth0 carries this SSH session"}));
}

TEST_F(NetworkUses, TheSessionIsFoundWhereSudoHasHiddenIt) {
  write("/proc/self/status", "Name:\tbulkhead\nPPid:\t40");
  write("/proc/self/environ", "SUDO_USER=somebody");
  write("/proc/40/status", "Name:\tsudo\nPPid:\t30");
  write("/proc/30/status", "Name:\tbash\nPPid:\t1");
  set_session("30", "fe80::1%eth0");
  EXPECT_EQ(session_address(machine), "fe80::1");
}

TEST_F(NetworkUses, WithoutASessionThereIsNoAddress) {
  write("/proc/self/status", "PPid:\t1");
  write("/proc/1/status", "PPid:\t0");
  EXPECT_EQ(session_address(machine), "");
  write("/proc/1/environ", "SSH_CONNECTION=broken");
  EXPECT_EQ(session_address(machine), "");
}

TEST_F(NetworkUses, WhatRunsOverAnInterfaceUsesIt) {
  machine.addresses = {{"br0", "192.0.2.2"}};
  link("/sys/class/net/eth0/upper_bond0", "/sys/class/net/bond0");
  write("/sys/class/net/bond0/flags", "0x1003");
  link("/sys/class/net/bond0/upper_br0", "/sys/class/net/br0");
  write("/sys/class/net/br0/flags", "0x1003");
  EXPECT_EQ(uses(), (Words{"eth0 is up", "bond0 runs over eth0", "bond0 is up",
                           "br0 runs over bond0", "br0 is up with address 192.0.2.2"}));
}

}  // namespace
}  // namespace bulkhead::bus

#include "bulkhead/app/port_pair.hpp"

#include <gtest/gtest.h>

#include "tests/app/fake_port.hpp"

namespace bulkhead::app {
namespace {

class CheckPorts : public ::testing::Test {
 protected:
  CheckPorts() {
    ports.port = {std::make_unique<FakePort>("the first"),
                  std::make_unique<FakePort>("the second")};
  }
  /// What is said of queues that have stopped on the ways from A and from B.
  std::string said(net::Forwarder::Stopped from_a, net::Forwarder::Stopped from_b) {
    const auto checked = check_ports(ports, {from_a, from_b});
    if (checked) return "";
    EXPECT_EQ(checked.error().code, ErrorCode::hostile_device);
    return checked.error().what;
  }
  PortPair ports;
};

TEST_F(CheckPorts, NamesThePortThatAStoppedQueueBelongsTo) {
  EXPECT_EQ(said({}, {}), "");
  EXPECT_TRUE(said({.rx = true}, {}).starts_with("the first: an rx queue has stopped"));
  EXPECT_TRUE(said({}, {.rx = true}).starts_with("the second: an rx queue has stopped"));
  EXPECT_TRUE(said({.tx = true}, {}).starts_with("the second: a tx queue has stopped"));
  EXPECT_TRUE(said({}, {.tx = true}).starts_with("the first: a tx queue has stopped"));
}

}  // namespace
}  // namespace bulkhead::app

// Keeps a network interface as its device is, while workers carry the frames between the two.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "bulkhead/base/error.hpp"
#include "bulkhead/net/port.hpp"
#include "bulkhead/net/tap.hpp"

namespace bulkhead::app {

class InterfaceKeeper {
 public:
  /// Called with a line for a person; it must not wait for anything.
  using Log = std::function<void(const std::string&)>;

  /// Both outlive it.
  InterfaceKeeper(net::Port& port, net::Tap& tap, Log log)
      : port_(port), tap_(tap), log_(std::move(log)) {}

  /// The device's address, and no larger MTU than the device's, or a line that it
  /// has one: a persistent interface's takes a privilege. Errors: what the kernel says.
  Result<> begin();
  /// To be called often: the carrier follows the device's link, an MTU that is too large is told
  /// of. Errors: a device that is gone or does not answer, an interface that was removed.
  Result<> look();
  /// No carrier from now on.
  void end() { static_cast<void>(tap_.set_carrier(false)); }

 private:
  using Clock = std::chrono::steady_clock;
  Result<> follow_link();
  void look_at_mtu();

  net::Port& port_;
  net::Tap& tap_;
  Log log_;
  std::optional<bool> link_;
  uint32_t mtu_ = 0;
  Clock::time_point counted_ = Clock::now();
};

}  // namespace bulkhead::app

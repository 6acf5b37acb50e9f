#include "bulkhead/app/interface_keeper.hpp"

#include <fmt/format.h>

#include "bulkhead/app/port_report.hpp"

namespace bulkhead::app {
namespace {

/// The devices' counters are 32 bits wide and would overflow.
constexpr std::chrono::seconds between_counts{1};

}  // namespace

Result<> InterfaceKeeper::begin() {
  BULKHEAD_TRY(tap_.set_mac(port_.mac()));
  const auto mtu = tap_.mtu();
  if (mtu && *mtu > port_.mtu()) static_cast<void>(tap_.set_mtu(port_.mtu()));
  // What there was no privilege for is told now: later it may be in a network of its own.
  look_at_mtu();
  return {};
}

Result<> InterfaceKeeper::look() {
  if (auto alive = port_.check_alive(); !alive)
    return std::unexpected(std::move(alive).error().within(port_.description()));
  BULKHEAD_TRY(tap_.current_name());
  BULKHEAD_TRY(follow_link());
  look_at_mtu();
  if (Clock::now() - counted_ < between_counts) return {};
  counted_ = Clock::now();
  BULKHEAD_TRY(port_.statistics());
  return {};
}

Result<> InterfaceKeeper::follow_link() {
  BULKHEAD_TRY_ASSIGN(const auto link, port_.link());
  if (link_ == link.up) return {};
  BULKHEAD_TRY(tap_.set_carrier(link.up));
  link_ = link.up;
  log_(fmt::format("link {}", to_string(link)));
  return {};
}

/// The kernel knows no limit but a TAP interface's own, so nobody else says it.
void InterfaceKeeper::look_at_mtu() {
  const auto mtu = tap_.mtu();
  if (!mtu || *mtu == mtu_) return;
  mtu_ = *mtu;
  if (*mtu > port_.mtu())
    log_(
        fmt::format("warning: the interface's MTU of {} is more than the device was opened for "
                    "({}): longer frames are dropped",
                    *mtu, port_.mtu()));
}

}  // namespace bulkhead::app

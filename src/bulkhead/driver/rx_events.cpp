#include "bulkhead/driver/rx_events.hpp"

#include <array>

#include <fmt/format.h>
#include <sys/eventfd.h>

namespace bulkhead::driver {
namespace {

Result<OwnedFd> make_event() {
  OwnedFd event{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  if (!event) return fail_errno("eventfd");
  return event;
}

}  // namespace

Result<std::vector<OwnedFd>> connect_rx_events(bus::Function& function, uint32_t first,
                                               uint32_t count) {
  const uint32_t there = function.interrupt_count(bus::InterruptKind::msix);
  std::vector<OwnedFd> events(count);
  if (there == 0) return events;
  if (first + count > there)
    return fail(ErrorCode::unsupported,
                fmt::format("{}: {} MSI-X vectors for {} queues that want one each, from vector {}",
                            function.name(), there, count, first),
                "open the port without interrupts, or with fewer queues");
  std::vector<int> descriptors;
  for (auto& event : events) {
    BULKHEAD_TRY_ASSIGN(event, make_event());
    descriptors.push_back(event.get());
  }
  BULKHEAD_TRY(function.set_interrupts(bus::InterruptKind::msix, first, descriptors));
  return events;
}

Result<std::optional<LineEvents>> connect_line_events(bus::Function& function) {
  constexpr auto intx = bus::InterruptKind::intx;
  if (function.interrupt_count(intx) == 0) return std::nullopt;
  LineEvents events;
  BULKHEAD_TRY_ASSIGN(events.fired, make_event());
  BULKHEAD_TRY_ASSIGN(events.unmask, make_event());
  BULKHEAD_TRY(function.set_interrupts(intx, 0, std::array{events.fired.get()}));
  BULKHEAD_TRY(function.set_intx_unmask(events.unmask.get()));
  return events;
}

}  // namespace bulkhead::driver

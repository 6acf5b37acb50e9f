#include "bulkhead/driver/rx_events.hpp"

#include <fmt/format.h>
#include <sys/eventfd.h>

namespace bulkhead::driver {

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
    event = OwnedFd{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    if (!event) return fail_errno("eventfd");
    descriptors.push_back(event.get());
  }
  BULKHEAD_TRY(function.set_interrupts(bus::InterruptKind::msix, first, descriptors));
  return events;
}

}  // namespace bulkhead::driver

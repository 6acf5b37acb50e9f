// The eventfds that a NIC's interrupts signal.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "bulkhead/base/error.hpp"
#include "bulkhead/base/owned_fd.hpp"
#include "bulkhead/bus/function.hpp"

namespace bulkhead::driver {

/// Makes `count` non-blocking eventfds and connects them to the MSI-X vectors from `first` on; the
/// function keeps them connected until it is closed. Without MSI-X, as on a bus without interrupts,
/// all are empty. Errors: `unsupported` for fewer vectors than that.
Result<std::vector<OwnedFd>> connect_rx_events(bus::Function& function, uint32_t first,
                                               uint32_t count);

/// What INTx signals, and what unmasks it when it has.
struct LineEvents {
  OwnedFd fired;
  OwnedFd unmask;
};
/// For the one rx queue of a device that can be served without MSI-X: makes non-blocking eventfds
/// and connects them to INTx. None without INTx.
Result<std::optional<LineEvents>> connect_line_events(bus::Function& function);

}  // namespace bulkhead::driver

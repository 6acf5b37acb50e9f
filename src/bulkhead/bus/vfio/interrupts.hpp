// Which eventfds a function's interrupts signal.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "bulkhead/base/error.hpp"
#include "bulkhead/base/owned_fd.hpp"
#include "bulkhead/bus/function.hpp"

namespace bulkhead::vfio {

/// Kernels without dynamic MSI-X (before 6.5, and devices that cannot do it) let vectors be
/// connected only within the range that the first call enabled. So all that is connected is
/// remembered, and beyond that range everything is set again; an interrupt that comes in between is
/// lost.
class Interrupts {
 public:
  /// Connects the interrupts from `first` on; no descriptors switch the kind off.
  using Set = std::function<Result<>(bus::InterruptKind, uint32_t first, std::span<const int>)>;

  /// As bus::Function::set_interrupts(), without a check of the count. If it fails beyond the
  /// range, nothing of this kind is connected any more.
  Result<> connect(bus::InterruptKind kind, uint32_t first, std::span<const int> eventfds,
                   const Set& set);

 private:
  /// Duplicates, since the caller may close its own; where there is none, nothing is connected.
  std::array<std::vector<OwnedFd>, 3> connected_;
};

}  // namespace bulkhead::vfio

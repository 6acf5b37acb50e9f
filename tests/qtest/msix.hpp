// A function's MSI-X vectors: their messages are written to words of QEMU's memory, and become
// signals of eventfds.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "bulkhead/base/error.hpp"
#include "bulkhead/base/owned_fd.hpp"

#include "tests/qtest/pci.hpp"

namespace bulkhead::qtest {

class Msix {
 public:
  /// A function without the capability has no vectors.
  static Result<Msix> find(Qemu& qemu, Pci pci, std::span<const BarPlace> bars);

  [[nodiscard]] uint32_t vectors() const { return static_cast<uint32_t>(events_.size()); }
  /// The vectors must be there (a trap otherwise); -1 masks one.
  Result<> connect(uint32_t first, std::span<const int> eventfds);
  /// Signals the eventfds of the vectors whose messages have come.
  void forward() const;

 private:
  Msix(Qemu& qemu, Pci pci) : qemu_(&qemu), pci_(pci) {}

  Qemu* qemu_;
  Pci pci_;
  uint32_t capability_ = 0;
  uint64_t table_ = 0;
  std::vector<OwnedFd> events_;
};

}  // namespace bulkhead::qtest

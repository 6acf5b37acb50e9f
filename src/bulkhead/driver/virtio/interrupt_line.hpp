// INTx: the interrupt of a device that has no MSI-X.
#pragma once

#include <cstdint>
#include <utility>

#include <unistd.h>

#include "bulkhead/base/owned_fd.hpp"
#include "bulkhead/base/shared_words.hpp"
#include "bulkhead/bus/function.hpp"

namespace bulkhead::virtio {

/// The device holds the line until its ISR status is read (virtio 1.2, 4.1.4.5), and the kernel
/// masks it when it has fired.
class InterruptLine {
 public:
  /// `status` is the ISR status byte's offset in the BAR that the pages are of.
  InterruptLine(bus::BarPages pages, uint64_t status, OwnedFd unmask)
      : pages_(std::move(pages)), status_(status), unmask_(std::move(unmask)) {}

  /// From now on it can fire again. Costs a register's read and a write(2): for who goes to sleep.
  void renew() const {
    static_cast<void>(
        shared::load_acquire<uint8_t>(pages_.pages.bytes(), status_ - pages_.offset.value()));
    const uint64_t one = 1;
    // A full counter has unmasked it already.
    [[maybe_unused]] const auto written = ::write(unmask_.get(), &one, sizeof one);
  }
  [[nodiscard]] int unmask_fd() const { return unmask_.get(); }

 private:
  bus::BarPages pages_;
  uint64_t status_;
  OwnedFd unmask_;
};

}  // namespace bulkhead::virtio

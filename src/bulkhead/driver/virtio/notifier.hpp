// How a queue tells the device that buffers are waiting.
#pragma once

#include <cstdint>
#include <optional>

#include "bulkhead/bus/function.hpp"
#include "bulkhead/regs/window.hpp"

namespace bulkhead::virtio {

/// Modern devices have a mapped word for it (virtio 1.2, 4.1.4.4). The legacy interface has an I/O
/// port, which a process without port privileges reaches by a system call: there every notification
/// is one.
class Notifier {
 public:
  Notifier(regs::Doorbell16 doorbell, uint16_t queue) : doorbell_(doorbell), queue_(queue) {}
  /// The function outlives the notifier.
  Notifier(bus::Function& function, uint16_t queue) : function_(&function), queue_(queue) {}

  void notify() const {
    if (doorbell_) [[likely]] {
      doorbell_->ring(queue_);
    } else {
      write_port();
    }
  }

 private:
  void write_port() const;

  std::optional<regs::Doorbell16> doorbell_;
  bus::Function* function_ = nullptr;
  uint16_t queue_;
};

}  // namespace bulkhead::virtio

// How a queue tells the device that buffers are waiting.
#pragma once

#include <cstdint>
#include <optional>

#include "bulkhead/bus/function.hpp"
#include "bulkhead/regs/window.hpp"

namespace bulkhead::virtio {

/// Modern devices have a mapped word for it (virtio 1.2, 4.1.4.4). The legacy interface has an I/O
/// port, which a process without port privileges reaches by a system call, and a device in another
/// process may have a pipe: there every notification is a system call.
class Notifier {
 public:
  Notifier(regs::Doorbell16 doorbell, uint16_t queue) : doorbell_(doorbell), queue_(queue) {}
  /// The function outlives the notifier.
  Notifier(bus::Function& function, uint16_t queue) : function_(&function), queue_(queue) {}
  /// By eight bytes, as an eventfd takes them; the pipe, which is non-blocking, stays open for
  /// longer than the notifier is used.
  static Notifier by_pipe(int pipe) { return Notifier{pipe}; }

  void notify() const {
    if (doorbell_) [[likely]] {
      doorbell_->ring(queue_);
    } else {
      call();
    }
  }

 private:
  explicit Notifier(int pipe) : pipe_(pipe) {}
  void call() const;

  std::optional<regs::Doorbell16> doorbell_;
  bus::Function* function_ = nullptr;
  int pipe_ = -1;
  uint16_t queue_ = 0;
};

}  // namespace bulkhead::virtio

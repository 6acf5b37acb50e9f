// The queue for commands to the network device (virtio 1.2, 5.1.6.5).
#pragma once

#include <cstdint>
#include <span>

#include "bulkhead/base/error.hpp"
#include "bulkhead/base/units.hpp"
#include "bulkhead/driver/nic.hpp"
#include "bulkhead/driver/virtio/notifier.hpp"

namespace bulkhead::virtio {

class ControlQueue {
 public:
  /// Memory for a command and its answer, next to the ring.
  static constexpr size_t memory_bytes = 4096;

  virtual ~ControlQueue() = default;
  ControlQueue(const ControlQueue&) = delete;
  ControlQueue& operator=(const ControlQueue&) = delete;
  ControlQueue(ControlQueue&&) = delete;
  ControlQueue& operator=(ControlQueue&&) = delete;

  // Errors of all of them: `unsupported` if the device refuses, `timeout` if it does not answer
  // within seconds, `hostile_device` for an answer to something else, and then for every later one.

  Result<> set_promiscuous(bool on);
  Result<> set_all_multicast(bool on);
  /// Errors: `no_memory` for more addresses than a command holds.
  Result<> set_addresses(std::span<const driver::MacAddress> unicast,
                         std::span<const driver::MacAddress> multicast);
  Result<> set_mac(driver::MacAddress address);
  Result<> set_queue_pairs(uint16_t count);

 protected:
  /// `memory_at` is where the device sees `memory`.
  ControlQueue(std::span<std::byte, memory_bytes> memory, Iova memory_at)
      : memory_(memory), memory_at_(memory_at) {}

  /// Gives the device the request in the first `length` bytes of the memory, and waits until it has
  /// written its answer to the byte at answer_at.
  virtual Result<> run(uint32_t length) = 0;

  static constexpr size_t answer_at = memory_bytes - 64;
  [[nodiscard]] Iova memory_at() const { return memory_at_; }

 private:
  Result<> command(uint8_t command_class, uint8_t command, std::span<const std::byte> data);

  std::span<std::byte, memory_bytes> memory_;
  Iova memory_at_;
};

template <class Ring>
class ControlQueueOn final : public ControlQueue {
 public:
  ControlQueueOn(Ring ring, Notifier notifier, std::span<std::byte, memory_bytes> memory,
                 Iova memory_at);

 private:
  Result<> run(uint32_t length) override;

  Ring ring_;
  Notifier notifier_;
  bool stopped_ = false;  ///< a command is with the device for good, or it lied
};

}  // namespace bulkhead::virtio

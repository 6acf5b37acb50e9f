// What a worker can reach of an 82599: its rings, and the two pages of registers of queues 0 to 63.
// Offsets are those of the datasheet, 8.2.3.8 and 8.2.3.9, written down without the driver.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "bulkhead/base/shared_words.hpp"

#include "tests/hostile/attempt.hpp"

namespace bulkhead::hostile {

/// In a queue's block of 64 bytes, in either page.
struct QueueRegister {
  static constexpr size_t base_low = 0x00;
  static constexpr size_t base_high = 0x04;
  static constexpr size_t length = 0x08;
  static constexpr size_t receive_control = 0x14;  ///< SRRCTL
  static constexpr size_t tail = 0x18;
  static constexpr size_t control = 0x28;
  static constexpr size_t head_report_low = 0x38;
  static constexpr size_t head_report_high = 0x3C;
};
inline constexpr uint32_t queue_enable = 1U << 25U;

class QueuePage {
 public:
  explicit QueuePage(std::span<std::byte> page) : page_(page) {}
  [[nodiscard]] uint32_t get(uint32_t queue, size_t place) const {
    return shared::load_acquire<uint32_t>(page_, queue * stride + place);
  }
  void set(uint32_t queue, size_t place, uint32_t value) {
    shared::store_release<uint32_t>(page_, queue * stride + place, value);
  }
  void set_base(uint32_t queue, uint64_t address) {
    set(queue, QueueRegister::base_low, static_cast<uint32_t>(address));
    set(queue, QueueRegister::base_high, static_cast<uint32_t>(address >> 32U));
  }
  [[nodiscard]] uint64_t base(uint32_t queue) const {
    return get(queue, QueueRegister::base_low) | uint64_t{get(queue, QueueRegister::base_high)}
                                                     << 32U;
  }

 private:
  static constexpr size_t stride = 0x40;
  std::span<std::byte> page_;
};

/// Port A's first queue pair, and what lies around it.
class Queues {
 public:
  explicit Queues(Scene& scene)
      : rx{scene.equipment.ports[0].pages[0].bytes()},
        tx{scene.equipment.ports[0].pages[1].bytes()},
        buffers_at{scene.job.ports[0].pairs[0].plan.buffers_at},
        buffers_end{buffers_at + scene.job.pools[0].size},
        rings_(scene.equipment.ports[0].rings.bytes()),
        plan_(scene.job.ports[0].pairs[0].plan) {}

  /// The device writes the next frame that arrives to `address`.
  void receive_to(uint64_t address) {
    write_descriptor(plan_.rx.ring, 0, address, 0);
    rx.set(0, QueueRegister::tail, 1);
  }
  /// The device sends `length` bytes from `address`, or tries.
  void send_from(uint64_t address, uint32_t length, uint32_t number = 0) {
    constexpr uint64_t whole_frame = 0x2B30'0000;  // DEXT, RS, IFCS, EOP, data (7.2.3.2.4)
    write_descriptor(plan_.tx.ring, number, address,
                     uint64_t{length} << 46U | whole_frame | length);
    tx.set(0, QueueRegister::tail, number + 1);
  }
  void write_descriptor(uint64_t ring, size_t number, uint64_t address, uint64_t command) {
    shared::store_release<uint64_t>(rings_, ring + number * 16, address);
    shared::store_release<uint64_t>(rings_, ring + number * 16 + 8, command);
  }
  [[nodiscard]] uint64_t second_word(uint64_t ring, size_t number) const {
    return shared::load_acquire<uint64_t>(rings_, ring + number * 16 + 8);
  }

  QueuePage rx;
  QueuePage tx;
  uint64_t buffers_at;  ///< as the device sees them
  uint64_t buffers_end;

 private:
  std::span<std::byte> rings_;
  const driver::QueuePairPlan& plan_;
};

}  // namespace bulkhead::hostile

// Which buffer each id of a virtqueue stands for while the device has it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "bulkhead/base/index.hpp"
#include "bulkhead/base/require.hpp"
#include "bulkhead/base/units.hpp"
#include "bulkhead/queue/device_value.hpp"

namespace bulkhead::virtio {

/// The driver's own table: a device gives buffers back by id, in any order, and may lie. An id that
/// is not the device's at the time, whether never given, given back already or out of range, yields
/// nothing.
template <uint32_t N>
class InFlight {
 public:
  using Id = Index<N>;

  InFlight() {
    slots_.fill(nobody);
    for (uint32_t i = 0; i < N; ++i) free_[i] = Id::wrap(i);
  }

  /// How many buffers the device has.
  [[nodiscard]] uint32_t count() const { return count_; }
  [[nodiscard]] uint32_t room() const { return N - count_; }
  /// The id under which the device gets this buffer; there must be room (a trap otherwise).
  [[nodiscard]] Id add(Slot slot) {
    require(count_ < N);
    const Id id = free_[count_];
    slots_[id.value()] = slot;
    ++count_;
    return id;
  }
  /// The buffer that the device gave back.
  [[nodiscard]] std::optional<Slot> remove(queue::DeviceValue<uint32_t> id) {
    const auto checked = id.in_ring<N>();
    if (!checked) return std::nullopt;
    const Slot slot = std::exchange(slots_[checked->value()], nobody);
    if (slot == nobody) return std::nullopt;
    free_[--count_] = *checked;
    return slot;
  }
  /// Takes all of them back from a device that is at rest: `take` is called with each slot.
  template <class Take>
  void remove_all(Take take) {
    for (const Slot slot : slots_)
      if (slot != nobody) take(slot);
    *this = {};
  }

 private:
  static constexpr Slot nobody{~0U};  ///< where no buffer fits any more
  std::array<Slot, N> slots_;
  std::array<Id, N> free_;  ///< [count_, N) are free ids
  uint32_t count_ = 0;
};

}  // namespace bulkhead::virtio

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
  [[nodiscard]] uint32_t count() const { return added_ - removed_; }
  [[nodiscard]] uint32_t room() const { return N - count(); }
  /// The id under which the device gets this buffer; there must be room (a trap otherwise).
  [[nodiscard]] Id add(Slot slot) {
    require(room() > 0);
    const Id id = free_[Id::wrap(added_).value()];
    slots_[id.value()] = slot;
    ++added_;
    return id;
  }
  /// The buffer that the device gave back.
  [[nodiscard]] std::optional<Slot> remove(queue::DeviceValue<uint32_t> id) {
    const auto checked = id.in_ring<N>();
    if (!checked) return std::nullopt;
    const Slot slot = std::exchange(slots_[checked->value()], nobody);
    if (slot == nobody) return std::nullopt;
    free_[Id::wrap(removed_).value()] = *checked;
    ++removed_;
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
  // First out, first in: the ids of a device that keeps the order stay in the ring's order, and it
  // reads one descriptor after the other. Both counters run freely, modulo 2^32.
  std::array<Id, N> free_;  ///< [added_, removed_ + N) modulo N are free ids
  uint32_t added_ = 0;
  uint32_t removed_ = 0;
};

}  // namespace bulkhead::virtio

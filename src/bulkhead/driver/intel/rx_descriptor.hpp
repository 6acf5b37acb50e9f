// What a device writes back to an rx descriptor's second word when it has filled a buffer, and the
// one order in which the rx queue looks at it.
#pragma once

#include <bit>
#include <cstdint>

#include "bulkhead/base/bits.hpp"
#include "bulkhead/queue/descriptor_ring.hpp"
#include "bulkhead/regs/window.hpp"

namespace bulkhead::intel {

/// Status and errors in the low half, the frame's length in bits 47:32. The extended descriptors of
/// the gigabit families and the advanced ones of the 10-gigabit families have these in common.
namespace rx_descriptor {
inline constexpr uint64_t DD = bit64(0);   ///< descriptor done
inline constexpr uint64_t EOP = bit64(1);  ///< end of packet: the frame's last descriptor
inline constexpr unsigned length_shift = 32;
inline constexpr uint64_t length_mask = 0xFFFF;
}  // namespace rx_descriptor

/// Legacy descriptors are the other way round: the length in bits 15:0, status and errors in the
/// two low bytes of the high half. The length is below the flags, so that one comparison says
/// whether all of it is good: the queue brings every format into this order.
namespace legacy_rx_descriptor {
inline constexpr uint64_t DD = bit64(32);
inline constexpr uint64_t EOP = bit64(33);
inline constexpr uint64_t length_mask = 0xFFFF;
}  // namespace legacy_rx_descriptor

// A format has report(), the second word in the order of legacy descriptors, and the bits in it
// with which the family marks a frame that the MAC found bad. `mac_errors` are these bits as they
// stand in the word. Tail is what a queue of the format writes its tail with: a test counts there.

template <uint64_t mac_errors>
struct ExtendedRxDescriptors {
  using Tail = regs::Doorbell;
  static constexpr uint64_t errors = mac_errors << 32U;
  static constexpr uint64_t report(uint64_t word) { return std::rotl(word, 32); }
};

template <uint64_t mac_errors>
struct LegacyRxDescriptors {
  using Tail = regs::Doorbell;
  static constexpr uint64_t errors = mac_errors;
  static constexpr uint64_t report(uint64_t word) { return word; }
};

/// What is looked at of a descriptor, in the order of legacy ones.
template <class Format>
struct RxStatus {
  static constexpr uint64_t DD = legacy_rx_descriptor::DD;
  static constexpr uint64_t EOP = legacy_rx_descriptor::EOP;
  static constexpr uint64_t errors = Format::errors;
  static constexpr uint64_t good = DD | EOP;
  static constexpr uint64_t looked_at = good | errors | legacy_rx_descriptor::length_mask;

  static uint64_t of(const queue::Descriptor& descriptor) {
    return Format::report(descriptor.load_high()) & looked_at;
  }
  static constexpr bool is_done(uint64_t status) { return (status & DD) != 0; }
};

}  // namespace bulkhead::intel

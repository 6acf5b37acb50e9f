// The feature bits that this driver knows (virtio 1.2, 6 and 5.1.3).
#pragma once

#include <cstdint>

#include "bulkhead/base/bits.hpp"

namespace bulkhead::virtio::feature {

inline constexpr uint64_t MTU = bit64(3);               ///< the device names its largest MTU
inline constexpr uint64_t MAC = bit64(5);               ///< the device has an address
inline constexpr uint64_t MRG_RXBUF = bit64(15);        ///< a frame may spread over rx buffers
inline constexpr uint64_t STATUS = bit64(16);           ///< the device tells its link's state
inline constexpr uint64_t CTRL_VQ = bit64(17);          ///< there is a control queue
inline constexpr uint64_t CTRL_RX = bit64(18);          ///< promiscuous, all-multicast, MAC table
inline constexpr uint64_t MQ = bit64(22);               ///< several queue pairs
inline constexpr uint64_t CTRL_MAC_ADDR = bit64(23);    ///< the address can be set
inline constexpr uint64_t EVENT_IDX = bit64(29);        ///< notifications from a position on
inline constexpr uint64_t VERSION_1 = bit64(32);        ///< not the legacy interface
inline constexpr uint64_t ACCESS_PLATFORM = bit64(33);  ///< addresses go through the IOMMU
inline constexpr uint64_t RING_PACKED = bit64(34);      ///< one ring instead of three areas
inline constexpr uint64_t ORDER_PLATFORM = bit64(36);   ///< memory as hardware devices see it
inline constexpr uint64_t SPEED_DUPLEX = bit64(63);     ///< the device tells its link's speed

}  // namespace bulkhead::virtio::feature

// The messages of vhost-user that a front end needs, with the specification's numbers (QEMU,
// docs/interop/vhost-user.rst). All fields have the machine's byte order.
#pragma once

#include <cstddef>
#include <cstdint>

#include "bulkhead/base/bits.hpp"

namespace bulkhead::vhost_user {

enum class Request : uint32_t {
  get_features = 1,
  set_features = 2,
  set_owner = 3,
  set_mem_table = 5,
  set_vring_num = 8,
  set_vring_addr = 9,
  set_vring_base = 10,
  get_vring_base = 11,
  set_vring_kick = 12,
  set_vring_call = 13,
  get_protocol_features = 15,
  set_protocol_features = 16,
  set_vring_enable = 18,
};

struct Header {
  Request request;
  uint32_t flags;
  uint32_t size;  ///< of the payload that follows
};
static_assert(sizeof(Header) == 12);

inline constexpr uint32_t version = 1;  ///< bits 0 and 1 of the flags
inline constexpr uint32_t flag_reply = 1U << 2U;
inline constexpr uint32_t flag_need_reply = 1U << 3U;

/// Among the virtio features: there are protocol features, and rings start disabled.
inline constexpr uint64_t feature_protocol_features = bit64(30);
/// Among the protocol features: every message is answered that asks for it.
inline constexpr uint64_t protocol_reply_ack = bit64(3);

/// Regions that a back end takes without protocol features that are not used here.
inline constexpr size_t most_regions = 8;

struct MemoryRegion {
  uint64_t guest_address;  ///< as descriptors name it
  uint64_t size;
  uint64_t user_address;  ///< as set_vring_addr names it
  uint64_t mmap_offset;
};
static_assert(sizeof(MemoryRegion) == 32);

struct MemoryTable {
  uint32_t regions;
  uint32_t padding = 0;
};
static_assert(sizeof(MemoryTable) == 8);

struct VringState {
  uint32_t index;
  uint32_t value;
};
static_assert(sizeof(VringState) == 8);

struct VringAddress {
  uint32_t index;
  uint32_t flags = 0;
  uint64_t descriptors;
  uint64_t used;
  uint64_t available;
  uint64_t log = 0;
};
static_assert(sizeof(VringAddress) == 40);

/// set_vring_kick and set_vring_call: a queue's number, and whether no descriptor comes with it.
inline constexpr uint64_t no_descriptor = bit64(8);

}  // namespace bulkhead::vhost_user

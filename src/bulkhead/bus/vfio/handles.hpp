// What the kernel hands out when a function is opened, by either of its two interfaces.
#pragma once

#include <memory>

#include "bulkhead/base/error.hpp"
#include "bulkhead/base/owned_fd.hpp"
#include "bulkhead/bus/vfio/address_space.hpp"
#include "bulkhead/bus/vfio/sysfs_facts.hpp"

namespace bulkhead::vfio {

/// Closed from the last member to the first: the device, its group, its address space.
struct Handles {
  std::unique_ptr<AddressSpace> memory;
  OwnedFd group;  ///< none with the character device
  OwnedFd device;
};

/// By the character device where the kernel has one that this user may open, otherwise by the
/// group. Errors, each with what to do: `not_found` without VFIO, `permission` on a node or for a
/// group whose other functions the kernel drives, `io` for one that is in use.
Result<Handles> open_handles(const SysfsFacts& facts);

Result<Handles> open_by_group(const SysfsFacts& facts);
Result<Handles> open_by_character_device(const SysfsFacts& facts);

}  // namespace bulkhead::vfio

// What one function's DMA reaches: an IOMMU's translation that belongs to it alone.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "bulkhead/base/error.hpp"
#include "bulkhead/base/units.hpp"
#include "bulkhead/bus/iova_allocator.hpp"

namespace bulkhead::vfio {

/// The kernel pins what is mapped, and counts it against RLIMIT_MEMLOCK.
class AddressSpace {
 public:
  AddressSpace() = default;
  virtual ~AddressSpace() = default;
  AddressSpace(const AddressSpace&) = delete;
  AddressSpace& operator=(const AddressSpace&) = delete;
  AddressSpace(AddressSpace&&) = delete;
  AddressSpace& operator=(AddressSpace&&) = delete;

  /// What the IOMMU translates, without what it reserves (the MSI window). Asked once a function is
  /// attached. Errors: `unsupported` for pages above 2 MiB, `protocol`.
  virtual Result<std::vector<bus::IovaRange>> usable() = 0;
  /// Errors: `no_memory` with the limit and the command that raises it; what the kernel says.
  virtual Result<> map(std::span<std::byte> memory, Iova address) = 0;
  /// Errors: `io` if the kernel took away something else than this range.
  virtual Result<> unmap(Iova address, Bytes length) = 0;
  [[nodiscard]] virtual int fd() const = 0;
};

}  // namespace bulkhead::vfio

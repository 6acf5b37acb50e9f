// What a function's DMA met at the IOMMU: the kernel tells it in its log, and nowhere else.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bulkhead/base/error.hpp"
#include "bulkhead/base/owned_fd.hpp"
#include "bulkhead/base/units.hpp"

namespace bulkhead::bus {

/// An access that the IOMMU did not let through.
struct DmaFault {
  /// Not every IOMMU tells: QEMU's virtio-iommu does not.
  enum class Access : uint8_t { unknown, read, write };

  Iova address;
  Access access = Access::unknown;
};

/// "read", "write", or "access" where it is not known which.
std::string_view to_string(DmaFault::Access access);

/// The fault of this function ("0000:00:05.0") that a message of the kernel's log reports, as the
/// drivers of Intel's (drivers/iommu/intel/dmar.c), AMD's (amd/iommu.c) and virtio's
/// (virtio-iommu.c) IOMMUs write them.
std::optional<DmaFault> parse_dma_fault(std::string_view message, std::string_view function);

/// Follows the kernel's log for faults of one function.
class IommuFaults {
 public:
  /// Faults from now on. Errors: `permission` where the log is not for everybody to read.
  static Result<IommuFaults> follow(std::string function);

  /// Follows anything that gives a record of the log for each read, as /dev/kmsg does.
  IommuFaults(OwnedFd log, std::string function)
      : log_(std::move(log)), function_(std::move(function)) {}

  /// The next fault that has been reported; never waits.
  std::optional<DmaFault> next();
  [[nodiscard]] int fd() const { return log_.get(); }

 private:
  OwnedFd log_;
  std::string function_;
};

}  // namespace bulkhead::bus

// VFIO's container: the IOMMU's side of the group interface (Linux, Documentation/driver-api/
// vfio.rst), type 1 version 2.
#pragma once

#include "bulkhead/base/owned_fd.hpp"
#include "bulkhead/bus/vfio/address_space.hpp"

namespace bulkhead::vfio {

class Container final : public AddressSpace {
 public:
  /// An open /dev/vfio/vfio in which a group is, with its IOMMU set.
  explicit Container(OwnedFd container) : container_(std::move(container)) {}

  Result<std::vector<bus::IovaRange>> usable() override;
  Result<> map(std::span<std::byte> memory, Iova address) override;
  Result<> unmap(Iova address, Bytes length) override;
  [[nodiscard]] int fd() const override { return container_.get(); }

 private:
  OwnedFd container_;
};

/// Of a complete struct vfio_iommu_type1_info. A kernel that does not tell has the usual range.
/// Errors: `unsupported` for pages above 2 MiB, `protocol`.
Result<std::vector<bus::IovaRange>> parse_iommu_info(std::span<const std::byte> info);

}  // namespace bulkhead::vfio

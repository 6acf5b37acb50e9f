// IOMMUFD's address space: the IOMMU's side of the character device interface (Linux,
// Documentation/userspace-api/iommufd.rst).
#pragma once

#include <cstdint>
#include <memory>

#include "bulkhead/base/owned_fd.hpp"
#include "bulkhead/bus/vfio/address_space.hpp"

namespace bulkhead::vfio {

class Ioas final : public AddressSpace {
 public:
  /// A new, empty one in an open /dev/iommu.
  static Result<std::unique_ptr<Ioas>> create(OwnedFd iommufd);

  [[nodiscard]] int fd() const override { return iommufd_.get(); }
  [[nodiscard]] uint32_t id() const { return id_; }

  Result<std::vector<bus::IovaRange>> usable() override;
  Result<> map(std::span<std::byte> memory, Iova address) override;
  Result<> unmap(Iova address, Bytes length) override;

 private:
  Ioas(OwnedFd iommufd, uint32_t id) : iommufd_(std::move(iommufd)), id_(id) {}

  OwnedFd iommufd_;
  uint32_t id_;
};

}  // namespace bulkhead::vfio

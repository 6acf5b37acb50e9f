// A function's device descriptor: its regions, its interrupts, its reset.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "bulkhead/base/error.hpp"
#include "bulkhead/base/owned_fd.hpp"
#include "bulkhead/bus/capabilities.hpp"
#include "bulkhead/bus/function.hpp"

namespace bulkhead::vfio {

/// A region as the kernel describes it.
struct DeviceRegion {
  uint64_t size = 0;
  uint64_t offset = 0;  ///< in the device descriptor
  std::vector<bus::Area> mappable;
};

/// Of a complete struct vfio_region_info. Errors: `protocol`.
Result<DeviceRegion> parse_region_info(std::span<const std::byte> info);

class Device {
 public:
  /// Asks the kernel about everything. Errors: what it says, `unsupported` for no PCI device.
  static Result<Device> learn(OwnedFd device);

  [[nodiscard]] const DeviceRegion& region(bus::RegionId id) const {
    return regions_.at(static_cast<size_t>(id));
  }
  [[nodiscard]] uint32_t interrupts(bus::InterruptKind kind) const {
    return interrupts_.at(static_cast<size_t>(kind));
  }

  [[nodiscard]] int fd() const { return device_.get(); }

  /// `offset` and size were checked to be inside of the region. Errors: what the kernel says.
  Result<> read(bus::RegionId id, uint64_t offset, std::span<std::byte> data) const;
  Result<> write(bus::RegionId id, uint64_t offset, std::span<const std::byte> data) const;
  [[nodiscard]] Result<bus::BarPages> map(bus::RegionId bar, Bytes offset, Bytes length) const;
  /// The same pages, for another process to map.
  [[nodiscard]] Result<bus::BarFile> file(bus::RegionId bar, Bytes offset, Bytes length) const;
  /// No eventfds switch the kind off.
  Result<> set_interrupts(bus::InterruptKind kind, uint32_t first,
                          std::span<const int> eventfds) const;
  /// Of INTx, which must be connected.
  [[nodiscard]] Result<> set_intx_unmask(int eventfd) const;
  /// Errors: `unsupported` if the function has no reset.
  Result<> reset() const;

 private:
  explicit Device(OwnedFd device) : device_(std::move(device)) {}

  OwnedFd device_;
  bool can_reset_ = false;
  std::array<DeviceRegion, 8> regions_;
  std::array<uint32_t, 3> interrupts_{};
};

}  // namespace bulkhead::vfio

// A PCIe function of this machine, reached over VFIO.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "bulkhead/base/error.hpp"
#include "bulkhead/base/owned_fd.hpp"
#include "bulkhead/bus/function.hpp"
#include "bulkhead/bus/iommu_faults.hpp"
#include "bulkhead/bus/iova_allocator.hpp"
#include "bulkhead/bus/vfio/address_space.hpp"
#include "bulkhead/bus/vfio/device.hpp"
#include "bulkhead/bus/vfio/handles.hpp"
#include "bulkhead/bus/vfio/interrupts.hpp"

namespace bulkhead::vfio {

class VfioFunction final : public bus::Function {
 public:
  /// Opens the function at "0000:03:00.0", which is its name, too. `root` stands for "/", for
  /// tests. Errors: those of look_up() and open_handles(); `device_gone` for a function whose
  /// configuration space answers with ones only.
  static Result<std::shared_ptr<bus::Function>> open(const std::string& address,
                                                     const std::filesystem::path& root = "/");

  VfioFunction(std::string name, Handles handles, Device device,
               const std::vector<bus::IovaRange>& iovas)
      : name_(std::move(name)),
        memory_(std::move(handles.memory)),
        group_(std::move(handles.group)),
        device_(std::move(device)),
        iovas_(iovas) {}

  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] Bytes region_size(bus::RegionId region) const override {
    return Bytes{device_.region(region).size};
  }
  Result<> read(bus::RegionId region, uint64_t offset, std::span<std::byte> data) override;
  Result<> write(bus::RegionId region, uint64_t offset, std::span<const std::byte> data) override;
  Result<bus::BarPages> map_bar(bus::RegionId bar, Bytes offset, Bytes length) override;
  Result<bus::BarFile> bar_file(bus::RegionId bar, Bytes offset, Bytes length) override;
  Result<Iova> map_dma(const memory::Region& memory) override;
  Result<> unmap_dma(Iova address, Bytes length) override;
  [[nodiscard]] uint32_t interrupt_count(bus::InterruptKind kind) const override {
    return device_.interrupts(kind);
  }
  Result<> set_interrupts(bus::InterruptKind kind, uint32_t first,
                          std::span<const int> eventfds) override;
  Result<> set_intx_unmask(int eventfd) override { return named(device_.set_intx_unmask(eventfd)); }
  Result<> reset() override;
  /// Besides what Function promises: `hostile_device` if the IOMMU has stopped an access of the
  /// function, with its address, where the kernel's log is for us to read.
  Result<> check_alive() override;
  [[nodiscard]] std::vector<int> descriptors() const override;

 private:
  /// Errors: `device_gone`.
  Result<> check_presence();
  /// An outcome that begins with this function's name.
  template <class T>
  Result<T> named(Result<T> result) const {
    if (result) return result;
    return std::unexpected(std::move(result).error().within(name_));
  }

  // Closed from the last to the first.
  std::string name_;
  std::unique_ptr<AddressSpace> memory_;
  OwnedFd group_;
  Device device_;
  Interrupts interrupts_;
  bus::IovaAllocator iovas_;
  std::optional<bus::IommuFaults> faults_;
};

}  // namespace bulkhead::vfio

// A PCIe function of this machine, reached through files of sysfs: without an IOMMU.
#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <string>

#include "bulkhead/base/error.hpp"
#include "bulkhead/base/owned_fd.hpp"
#include "bulkhead/bus/function.hpp"
#include "bulkhead/bus/sysfs/resources.hpp"

namespace bulkhead::sysfs {

/// Its DMA goes to physical addresses, and nothing keeps it from any of them. No interrupts.
class SysfsFunction final : public bus::Function {
 public:
  /// Opens the function at "0000:03:00.0", which is its name, too. `root` stands for "/", for
  /// tests. Errors: `not_found`; `unsupported` for a function that VFIO can reach; `permission` for
  /// one that the kernel drives, and for anyone but root; `device_gone` for one whose configuration
  /// space answers with ones only.
  static Result<std::shared_ptr<bus::Function>> open(const std::string& address,
                                                     const std::filesystem::path& root = "/");

  SysfsFunction(std::string name, std::filesystem::path folder, OwnedFd config, Bytes config_size,
                const std::array<Resource, 7>& resources)
      : name_(std::move(name)),
        folder_(std::move(folder)),
        config_(std::move(config)),
        config_size_(config_size),
        resources_(resources) {}

  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] Bytes region_size(bus::RegionId region) const override;
  Result<> read(bus::RegionId region, uint64_t offset, std::span<std::byte> data) override;
  Result<> write(bus::RegionId region, uint64_t offset, std::span<const std::byte> data) override;
  Result<bus::BarPages> map_bar(bus::RegionId bar, Bytes offset, Bytes length) override;
  Result<Iova> map_dma(const memory::Region& memory) override;
  Result<> unmap_dma(Iova /*address*/, Bytes /*length*/) override { return {}; }
  [[nodiscard]] memory::Placement placement() const override { return memory::Placement::physical; }
  [[nodiscard]] uint32_t interrupt_count(bus::InterruptKind /*kind*/) const override { return 0; }
  Result<> set_interrupts(bus::InterruptKind kind, uint32_t first,
                          std::span<const int> eventfds) override;
  Result<> reset() override;
  Result<> check_alive() override;
  [[nodiscard]] std::vector<int> descriptors() const override;

 private:
  Result<int> file(bus::RegionId region);
  /// All of a memory BAR, mapped when it is first accessed.
  Result<std::span<std::byte>> registers(bus::RegionId bar);

  std::string name_;
  std::filesystem::path folder_;
  OwnedFd config_;
  Bytes config_size_;
  std::array<Resource, 7> resources_;
  std::array<OwnedFd, 7> files_;
  std::array<Mapping, 7> mappings_;
};

}  // namespace bulkhead::sysfs

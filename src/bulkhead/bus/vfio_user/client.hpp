// A PCIe function in another process, reached over vfio-user.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "bulkhead/base/error.hpp"
#include "bulkhead/base/owned_fd.hpp"
#include "bulkhead/bus/function.hpp"
#include "bulkhead/bus/iova_allocator.hpp"
#include "bulkhead/bus/vfio_user/connection.hpp"
#include "bulkhead/bus/vfio_user/regions.hpp"
#include "bulkhead/bus/vfio_user/version.hpp"

namespace bulkhead::vfio_user {

class Client final : public bus::Function {
 public:
  /// How long the server may take for a reply.
  static constexpr std::chrono::milliseconds default_patience{5000};

  /// Connects to the server at a socket's path; the function's name is "vfio-user:PATH". Errors:
  /// those of connect_socket(), `unsupported` for another protocol version or no PCI device,
  /// `timeout`, `protocol`, `device_gone`.
  static Result<std::shared_ptr<bus::Function>> connect(
      const std::string& path, std::chrono::milliseconds patience = default_patience);

  /// The same over a socket that is connected already, as a broker hands it on.
  static Result<std::shared_ptr<bus::Function>> adopt(
      OwnedFd connected, std::string name, std::chrono::milliseconds patience = default_patience);

  explicit Client(Connection connection) : connection_(std::move(connection)) {}

  [[nodiscard]] const std::string& name() const override { return connection_.name(); }
  [[nodiscard]] Bytes region_size(bus::RegionId region) const override;
  Result<> read(bus::RegionId region, uint64_t offset, std::span<std::byte> data) override;
  Result<> write(bus::RegionId region, uint64_t offset, std::span<const std::byte> data) override;
  Result<bus::BarPages> map_bar(bus::RegionId bar, Bytes offset, Bytes length) override;
  Result<Iova> map_dma(const memory::Region& memory) override;
  Result<> unmap_dma(Iova address, Bytes length) override;
  [[nodiscard]] uint32_t interrupt_count(bus::InterruptKind kind) const override;
  Result<> set_interrupts(bus::InterruptKind kind, uint32_t first,
                          std::span<const int> eventfds) override;
  Result<> reset() override;
  Result<> check_alive() override { return connection_.check_alive(); }
  [[nodiscard]] std::vector<int> descriptors() const override { return {connection_.fd()}; }

 private:
  static constexpr size_t region_count = 8;
  static constexpr size_t interrupt_kinds = 3;

  Result<> introduce();
  Result<> negotiate();
  Result<> learn_regions();
  Result<RegionDescription> learn_region(uint32_t index);
  Result<> learn_interrupts(uint32_t kinds);
  [[nodiscard]] const RegionDescription& region(bus::RegionId id) const;
  Result<> set_same(bus::InterruptKind kind, uint32_t first, std::span<const int> eventfds);

  Connection connection_;
  Limits limits_;
  bool can_reset_ = false;
  std::array<RegionDescription, region_count> regions_;
  std::array<uint32_t, interrupt_kinds> interrupts_{};
  bus::IovaAllocator iovas_;
};

}  // namespace bulkhead::vfio_user

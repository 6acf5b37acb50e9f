// One of QEMU's device models as a bus::Function, without a guest: configuration space and
// registers by the qtest protocol, DMA into the very memory that is mapped for it.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "bulkhead/bus/function.hpp"

#include "tests/qtest/doorbell_pages.hpp"
#include "tests/qtest/msix.hpp"
#include "tests/qtest/pci.hpp"
#include "tests/qtest/qemu.hpp"

namespace bulkhead::qtest {

/// A thread forwards what is stored into mapped BAR pages, within some ten microseconds, and before
/// any other access (as a read pushes posted writes: PCIe 3.0, 2.4.1), and signals interrupts.
/// Mapped pages are for doorbells: they cannot be read.
class Function final : public bus::Function {
 public:
  struct Options {
    std::string device{};                  ///< after -device: "e1000e,netdev=n1"
    std::vector<std::string> arguments{};  ///< others, as a wire's
    std::vector<int> inherited{};          ///< descriptors that the arguments name
  };
  /// Errors: `not_found` if QEMU is not installed.
  static Result<std::shared_ptr<Function>> start(const Options& options);
  ~Function() override;

  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] Bytes region_size(bus::RegionId region) const override;
  Result<> read(bus::RegionId region, uint64_t offset, std::span<std::byte> data) override;
  Result<> write(bus::RegionId region, uint64_t offset, std::span<const std::byte> data) override;
  Result<bus::BarPages> map_bar(bus::RegionId bar, Bytes offset, Bytes length) override;
  Result<bus::BarFile> bar_file(bus::RegionId bar, Bytes offset, Bytes length) override;
  Result<Iova> map_dma(const memory::Region& memory) override;
  Result<> unmap_dma(Iova address, Bytes length) override;
  [[nodiscard]] uint32_t interrupt_count(bus::InterruptKind kind) const override;
  Result<> set_interrupts(bus::InterruptKind kind, uint32_t first,
                          std::span<const int> eventfds) override;
  Result<> reset() override;
  Result<> check_alive() override;

  /// As if the device were pulled out.
  void kill();
  /// A command of the qtest protocol, past the function.
  Result<uint64_t> command(std::string_view line);

 private:
  Function(Qemu qemu, std::string name);
  Result<> find_out();
  Result<std::string> access(bus::RegionId region, uint64_t offset, size_t size, bool write) const;
  void pump();

  mutable std::mutex mutex_;  ///< of everything below, which the thread uses as well
  Qemu qemu_;
  std::string name_;
  Pci pci_;
  std::array<BarPlace, 6> bars_;
  DoorbellPages doorbells_;
  std::optional<Msix> msix_;
  std::array<Bytes, Qemu::memory_slots> mapped_;  ///< how much memory each slot holds
  std::atomic<bool> stop_{false};
  std::thread pump_;
};

}  // namespace bulkhead::qtest

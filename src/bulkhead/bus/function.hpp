// What a PCIe function offers to its driver, whichever way the function is reached.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "bulkhead/base/error.hpp"
#include "bulkhead/base/mapping.hpp"
#include "bulkhead/base/owned_fd.hpp"
#include "bulkhead/base/units.hpp"
#include "bulkhead/memory/region.hpp"

namespace bulkhead::bus {

/// BARs 0 to 5 and the configuration space, numbered as VFIO numbers its regions.
enum class RegionId : uint8_t { bar0, bar1, bar2, bar3, bar4, bar5, rom, config };
enum class InterruptKind : uint8_t { intx, msi, msix };

/// Vendor and device id, from the configuration space (PCI 3.0, 6.2.1).
struct Identity {
  uint16_t vendor;
  uint16_t device;
};

/// Mapped pages of a BAR.
struct BarPages {
  Mapping pages;
  Bytes offset;  ///< of the first mapped byte in its BAR
};

/// Pages of a BAR for another process to map: the descriptor and the place in it. Where the
/// descriptor is the device's own, whoever has it can do more than map these pages: it goes only to
/// a process that closes it before it looks at anything that others wrote.
struct BarFile {
  OwnedFd fd;
  uint64_t file_offset = 0;
  Bytes length;
  Bytes offset;  ///< of the first of these bytes in their BAR
};

/// One PCIe function, opened for exclusive use. Not thread-safe: it is the control path.
class Function {
 public:
  Function() = default;
  virtual ~Function() = default;
  Function(const Function&) = delete;
  Function& operator=(const Function&) = delete;
  Function(Function&&) = delete;
  Function& operator=(Function&&) = delete;

  /// As the user named it: "vfio-user:/run/a.sock", "0000:03:00.0".
  [[nodiscard]] virtual const std::string& name() const = 0;

  /// The size of a region, 0 if there is none.
  [[nodiscard]] virtual Bytes region_size(RegionId region) const = 0;
  /// Reads or writes 1, 2, 4 or 8 aligned bytes of a region. Errors: `invalid_argument` outside of
  /// the region, `device_gone`, `timeout`, `protocol`.
  virtual Result<> read(RegionId region, uint64_t offset, std::span<std::byte> data) = 0;
  virtual Result<> write(RegionId region, uint64_t offset, std::span<const std::byte> data) = 0;
  /// Maps the pages of a BAR that hold [offset, offset + length), only those. Errors: `unsupported`
  /// if the function does not let them be mapped.
  virtual Result<BarPages> map_bar(RegionId bar, Bytes offset, Bytes length) = 0;

  /// What map_bar() would map, for another process to do. Errors: those of map_bar(), and
  /// `unsupported` for a bus whose BARs only the process that opened them can map.
  virtual Result<BarFile> bar_file(RegionId /*bar*/, Bytes /*offset*/, Bytes /*length*/) {
    return cannot_share();
  }

  /// Lets the function reach a region, at an address that the bus chooses; linear and contiguous as
  /// the function sees it. `unmap_dma` takes back its address and size, and returns when the
  /// function can no longer reach it.
  virtual Result<Iova> map_dma(const memory::Region& memory) = 0;
  virtual Result<> unmap_dma(Iova address, Bytes length) = 0;
  /// Where memory for map_dma() must lie.
  [[nodiscard]] virtual memory::Placement placement() const { return memory::Placement::anywhere; }

  [[nodiscard]] virtual uint32_t interrupt_count(InterruptKind kind) const = 0;
  /// Signals eventfds[i] for interrupt `first + i`; -1 takes one away. Errors: `invalid_argument`
  /// if the function has fewer. A function takes one kind at a time; INTx is masked when it has
  /// fired, since the device holds it until it is served.
  virtual Result<> set_interrupts(InterruptKind kind, uint32_t first,
                                  std::span<const int> eventfds) = 0;
  /// Whatever is written to this eventfd unmasks INTx, which is connected; it fires at once if the
  /// device holds it still. Errors: `unsupported` for a bus other than VFIO, of which none has
  /// INTx.
  virtual Result<> set_intx_unmask(int /*eventfd*/) { return cannot_unmask(); }

  /// A function-level reset; DMA mappings stay.
  virtual Result<> reset() = 0;
  /// Whether the device is still there, without waiting: `device_gone` or `protocol` if it is not.
  virtual Result<> check_alive() = 0;
  /// The descriptors that the function is reached through: who closes all others keeps these.
  [[nodiscard]] virtual std::vector<int> descriptors() const { return {}; }

  // Made of the above, the same for every bus.
  Result<uint32_t> read32(RegionId region, uint64_t offset);
  Result<> write32(RegionId region, uint64_t offset, uint32_t value);
  Result<uint16_t> read_config16(uint16_t offset);
  Result<> write_config16(uint16_t offset, uint16_t value);
  Result<Identity> identity();
  /// Sets or clears the command register's bus master bit, without which the function does no DMA
  /// (PCI 3.0, 6.2.2). Sets its memory space bit in either case: registers can be reached.
  Result<> set_bus_master(bool enabled);

 protected:
  /// Errors: `invalid_argument` for an access that read() and write() do not do.
  [[nodiscard]] Result<> check_access(RegionId region, uint64_t offset, size_t size) const;
  [[nodiscard]] std::unexpected<Error> cannot_share() const;
  [[nodiscard]] std::unexpected<Error> cannot_unmask() const;
  /// Errors: `unsupported` for physical memory whose pages do not follow each other.
  [[nodiscard]] Result<> check_linear(const memory::Region& memory) const;
};

struct OpenOptions {
  /// Reach functions of this machine without an IOMMU, where there is none: their DMA can then read
  /// and write all of this machine's memory. For root only; without interrupts.
  bool no_iommu = false;
};

/// Opens a function by name: `vfio-user:PATH` for a device served by another process, and
/// `0000:03:00.0` for one of this machine, over VFIO. Errors: `invalid_argument` for a name of no
/// known form, otherwise what opening it met.
Result<std::shared_ptr<Function>> open(const std::string& name, OpenOptions options = {});

/// Memory that is mapped for a function's DMA for as long as this object lives.
class DmaMapping {
 public:
  static Result<DmaMapping> create(std::shared_ptr<Function> function,
                                   const memory::Region& memory);

  DmaMapping() = default;
  DmaMapping(DmaMapping&& other) noexcept = default;
  DmaMapping& operator=(DmaMapping&& other) noexcept {
    std::swap(function_, other.function_);
    std::swap(address_, other.address_);
    std::swap(length_, other.length_);
    return *this;
  }
  DmaMapping(const DmaMapping&) = delete;
  DmaMapping& operator=(const DmaMapping&) = delete;
  ~DmaMapping();

  [[nodiscard]] Iova address() const { return address_; }
  [[nodiscard]] Bytes length() const { return length_; }

 private:
  DmaMapping(std::shared_ptr<Function> function, Iova address, Bytes length)
      : function_(std::move(function)), address_(address), length_(length) {}

  std::shared_ptr<Function> function_;
  Iova address_;
  Bytes length_;
};

}  // namespace bulkhead::bus

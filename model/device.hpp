// What a device model is to the server that offers it over vfio-user: regions, interrupts, reset,
// and a turn of work. A model is run by one thread: the server calls it between messages.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bulkhead/base/error.hpp"
#include "bulkhead/base/owned_fd.hpp"
#include "bulkhead/base/units.hpp"
#include "bulkhead/bus/vfio_user/protocol.hpp"

namespace bulkhead::model {

/// A region as the client sees it. `shared` is a sealed memory file that backs the parts listed in
/// `mappable` at the same offsets; -1 where nothing can be mapped.
struct Region {
  uint64_t size = 0;
  uint32_t flags = 0;  ///< vfio_user::region_flag_read, _write
  int shared = -1;
  std::vector<vfio_user::SparseArea> mappable;
};

class Device {
 public:
  Device() = default;
  virtual ~Device() = default;
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;
  Device(Device&&) = delete;
  Device& operator=(Device&&) = delete;

  /// A PCI region (0 to vfio_user::pci_region_count - 1); size 0 where there is none.
  [[nodiscard]] virtual Region region(uint32_t index) const = 0;
  /// Reads or writes within a region. The server has checked that the range lies inside it; any
  /// length and alignment can come. Errors are reported to the client as EINVAL.
  virtual Result<> read_region(uint32_t index, uint64_t offset, std::span<std::byte> data) = 0;
  virtual Result<> write_region(uint32_t index, uint64_t offset,
                                std::span<const std::byte> data) = 0;

  /// How many interrupts of a kind (vfio_user::irq_intx, ...) there are.
  [[nodiscard]] virtual uint32_t interrupt_count(uint32_t kind) const = 0;
  /// Gives interrupt `number` of a kind its eventfd, or takes it away (an empty OwnedFd).
  /// The server has checked kind and number.
  virtual void set_interrupt(uint32_t kind, uint32_t number, OwnedFd eventfd) = 0;

  /// Memory of the client that the device may reach from now on: [address, address + size).
  /// `fd` is empty if the client keeps the memory to itself. Errors (overlap, not sealed, too many)
  /// go back to the client.
  virtual Result<> map_dma(uint64_t address, uint64_t size, uint32_t flags, OwnedFd fd,
                           uint64_t fd_offset) = 0;
  virtual Result<> unmap_dma(uint64_t address, uint64_t size) = 0;
  virtual void unmap_all_dma() = 0;

  /// A function-level reset.
  virtual void reset() = 0;
  /// The client has gone: stop DMA, drop its memory and its eventfds, go back to the power-on
  /// state.
  virtual void disconnected() = 0;

  /// Does a bounded piece of work (some frames on every queue); false if there was nothing to do.
  virtual bool work() = 0;
  /// A descriptor that becomes readable when an idle device has work again, -1 if there is none.
  /// (Doorbells in mapped pages make no descriptor readable: the server looks for those by itself.)
  [[nodiscard]] virtual int wake_fd() const = 0;

  /// What the device has counted, as a JSON object's text.
  [[nodiscard]] virtual std::string report() const { return "{}"; }
};

}  // namespace bulkhead::model

// A vhost-user back end: a virtio device without PCI, in another process, that is told of memory,
// rings and eventfds over a socket.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bulkhead/base/error.hpp"
#include "bulkhead/base/owned_fd.hpp"
#include "bulkhead/bus/function.hpp"
#include "bulkhead/bus/iova_allocator.hpp"
#include "bulkhead/bus/vhost_user/connection.hpp"
#include "bulkhead/bus/vhost_user/protocol.hpp"

namespace bulkhead::vhost_user {

/// Where a ring's parts lie, and what it is started with.
struct RingStart {
  uint32_t number;
  uint32_t entries;
  uint32_t base;  ///< where both sides begin, as SET_VRING_BASE has it
  Iova descriptors;
  Iova driver_area;
  Iova device_area;
  int kick;                       ///< what the back end reads eight bytes of for each notification
  std::optional<uint16_t> event;  ///< of those that set_interrupts() connected, for one ring each
};

/// To its driver's queues it is a function that has no registers: DMA mappings, and events in the
/// place of MSI-X vectors. It reaches what was mapped, and, because it has the memory's
/// descriptors, keeps that until it ends: a back end is trusted with the frames' memory, and no
/// more.
class BackEnd final : public bus::Function {
 public:
  /// How long the back end may take for an answer.
  static constexpr std::chrono::milliseconds default_patience{5000};
  /// Queue pairs, and so events: more would need a control queue, which is no back end's business.
  static constexpr uint32_t queue_pairs = 1;

  /// Connects to the back end that listens at a socket's path; the name is "vhost-user:PATH".
  /// Errors: those of vfio_user::connect_socket(), `unsupported` for a back end that does not
  /// acknowledge messages, `timeout`, `protocol`, `device_gone`.
  static Result<std::shared_ptr<BackEnd>> connect(
      const std::string& path, std::chrono::milliseconds patience = default_patience);
  /// The same over a socket that is connected already.
  static Result<std::shared_ptr<BackEnd>> adopt(
      OwnedFd connected, std::string name, std::chrono::milliseconds patience = default_patience);

  explicit BackEnd(Connection connection) : connection_(std::move(connection)) {}

  /// The virtio features that it offers.
  Result<uint64_t> features();
  Result<> set_features(uint64_t features);
  /// Tells it of a ring, and before the first of the memory; the ring rests until it is enabled.
  /// Errors: `invalid_argument` for an event that is not connected, and for memory that has changed
  /// in part since it was told: its descriptors are not kept.
  Result<> start_ring(const RingStart& ring);
  Result<> enable_ring(uint32_t number);
  /// Returns when it has stopped working on the ring. Errors: `protocol` if it says so of another.
  Result<> stop_ring(uint32_t number);

  [[nodiscard]] const std::string& name() const override { return connection_.name(); }
  [[nodiscard]] Bytes region_size(bus::RegionId /*region*/) const override { return {}; }
  Result<> read(bus::RegionId region, uint64_t offset, std::span<std::byte> data) override;
  Result<> write(bus::RegionId region, uint64_t offset, std::span<const std::byte> data) override;
  Result<bus::BarPages> map_bar(bus::RegionId bar, Bytes offset, Bytes length) override;
  /// Errors: also `no_memory` for more regions than a back end takes.
  Result<Iova> map_dma(const memory::Region& memory) override;
  Result<> unmap_dma(Iova address, Bytes length) override;
  [[nodiscard]] uint32_t interrupt_count(bus::InterruptKind kind) const override;
  Result<> set_interrupts(bus::InterruptKind kind, uint32_t first,
                          std::span<const int> eventfds) override;
  Result<> reset() override;
  Result<> check_alive() override { return connection_.check_alive(); }
  [[nodiscard]] std::vector<int> descriptors() const override { return {connection_.fd()}; }

 private:
  struct Mapped {
    Iova address;
    Bytes length;
    OwnedFd fd;  ///< the region's, until the back end has got it
  };

  Result<> introduce();
  Result<> send_memory_table();
  Result<> send_event(const RingStart& ring);
  Result<> send_eventfd(Request request, uint32_t ring, std::optional<int> eventfd);
  [[nodiscard]] std::unexpected<Error> no_registers() const;

  Connection connection_;
  std::vector<Mapped> memory_;
  bool memory_is_known_ = false;             ///< to the back end, as it is now
  std::array<OwnedFd, queue_pairs> events_;  ///< until the back end has got them
  bus::IovaAllocator iovas_;
};

}  // namespace bulkhead::vhost_user

#include "bulkhead/bus/vhost_user/back_end.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "bulkhead/base/bytes.hpp"
#include "bulkhead/bus/vfio_user/socket.hpp"

namespace bulkhead::vhost_user {

Result<std::shared_ptr<BackEnd>> BackEnd::connect(const std::string& path,
                                                  std::chrono::milliseconds patience) {
  const auto name = fmt::format("vhost-user:{}", path);
  auto socket = vfio_user::connect_socket(path, Deadline::after(patience));
  if (!socket) return std::unexpected(std::move(socket).error().within(name));
  return adopt(*std::move(socket), name, patience);
}

Result<std::shared_ptr<BackEnd>> BackEnd::adopt(OwnedFd connected, std::string name,
                                                std::chrono::milliseconds patience) {
  auto back_end =
      std::make_shared<BackEnd>(Connection{std::move(connected), std::move(name), patience});
  BULKHEAD_TRY(back_end->introduce());
  return back_end;
}

// Acknowledgements make every refusal one of the message that was refused; without them a front end
// learns of it when the socket is closed, if at all.
Result<> BackEnd::introduce() {
  const auto unfit = [this] {
    return fail(ErrorCode::unsupported,
                fmt::format("{}: the back end does not acknowledge messages", name()),
                "it needs vhost-user's protocol feature REPLY_ACK, as DPDK's and QEMU's have");
  };
  BULKHEAD_TRY_ASSIGN(const auto offered, connection_.ask<uint64_t>(Request::get_features));
  if ((offered & feature_protocol_features) == 0) return unfit();
  BULKHEAD_TRY_ASSIGN(const auto protocol,
                      connection_.ask<uint64_t>(Request::get_protocol_features));
  if ((protocol & protocol_reply_ack) == 0) return unfit();
  BULKHEAD_TRY(
      connection_.tell_blindly(Request::set_protocol_features, to_bytes(protocol_reply_ack)));
  return connection_.tell(Request::set_owner, {});
}

Result<uint64_t> BackEnd::features() {
  BULKHEAD_TRY_ASSIGN(const auto offered, connection_.ask<uint64_t>(Request::get_features));
  return offered & ~feature_protocol_features;
}

Result<> BackEnd::set_features(uint64_t features) {
  return connection_.tell(Request::set_features, to_bytes(features | feature_protocol_features));
}

// DMA addresses serve as user addresses, too: both only name bytes of the shared memory, and so the
// back end never learns where anything lies in this process.
Result<> BackEnd::send_memory_table() {
  if (!std::ranges::all_of(memory_, [](const Mapped& region) { return bool{region.fd}; }))
    return fail(ErrorCode::invalid_argument,
                fmt::format("{}: only part of the memory that it has was mapped anew", name()));
  std::vector<std::byte> payload;
  std::vector<int> fds;
  append(payload, MemoryTable{.regions = static_cast<uint32_t>(memory_.size())});
  for (const auto& region : memory_) {
    append(payload, MemoryRegion{.guest_address = region.address.value(),
                                 .size = region.length.value(),
                                 .user_address = region.address.value(),
                                 .mmap_offset = 0});
    fds.push_back(region.fd.get());
  }
  BULKHEAD_TRY(connection_.tell(Request::set_mem_table, payload, fds));
  for (auto& region : memory_) region.fd.reset();
  memory_is_known_ = true;
  return {};
}

Result<> BackEnd::send_eventfd(Request request, uint32_t ring, std::optional<int> eventfd) {
  if (!eventfd) return connection_.tell(request, to_bytes(ring | no_descriptor));
  return connection_.tell(request, to_bytes(uint64_t{ring}), std::array{*eventfd});
}

Result<> BackEnd::send_event(const RingStart& ring) {
  if (!ring.event) return send_eventfd(Request::set_vring_call, ring.number, {});
  OwnedFd& event = events_[*ring.event];
  BULKHEAD_TRY(send_eventfd(Request::set_vring_call, ring.number, event.get()));
  event.reset();
  return {};
}

Result<> BackEnd::start_ring(const RingStart& ring) {
  if (ring.event && (*ring.event >= events_.size() || !events_[*ring.event]))
    return fail(ErrorCode::invalid_argument,
                fmt::format("{}: ring {} has no event {}", name(), ring.number, *ring.event));
  if (!memory_is_known_) BULKHEAD_TRY(send_memory_table());
  const auto number = [&](uint32_t value) { return to_bytes(VringState{ring.number, value}); };
  BULKHEAD_TRY(connection_.tell(Request::set_vring_num, number(ring.entries)));
  BULKHEAD_TRY(connection_.tell(Request::set_vring_base, number(ring.base)));
  const VringAddress address{.index = ring.number,
                             .descriptors = ring.descriptors.value(),
                             .used = ring.device_area.value(),
                             .available = ring.driver_area.value()};
  BULKHEAD_TRY(connection_.tell(Request::set_vring_addr, to_bytes(address)));
  BULKHEAD_TRY(send_event(ring));
  return send_eventfd(Request::set_vring_kick, ring.number, ring.kick);
}

Result<> BackEnd::enable_ring(uint32_t number) {
  return connection_.tell(Request::set_vring_enable, to_bytes(VringState{number, 1}));
}

Result<> BackEnd::stop_ring(uint32_t number) {
  BULKHEAD_TRY_ASSIGN(const auto stopped, connection_.ask<VringState>(
                                              Request::get_vring_base,
                                              to_bytes(VringState{.index = number, .value = 0})));
  if (stopped.index == number) return {};
  return fail(ErrorCode::protocol,
              fmt::format("{}: GET_VRING_BASE: asked of ring {}, it answers of ring {}", name(),
                          number, stopped.index));
}

Result<Iova> BackEnd::map_dma(const memory::Region& memory) {
  BULKHEAD_TRY(check_linear(memory));
  if (memory_.size() >= most_regions)
    return fail(
        ErrorCode::no_memory,
        fmt::format("{}: a back end takes no more than {} regions of memory", name(), most_regions),
        "let queues share their pools");
  BULKHEAD_TRY_ASSIGN(auto fd, duplicate(memory.fd()));
  BULKHEAD_TRY_ASSIGN(const auto address, iovas_.allocate(memory.size()));
  memory_.push_back({.address = address, .length = memory.size(), .fd = std::move(fd)});
  memory_is_known_ = false;
  return address;
}

// Rings are stopped before their memory is unmapped; the next one that is started brings the table.
Result<> BackEnd::unmap_dma(Iova address, Bytes length) {
  if (!iovas_.holds(address, length))
    return fail(ErrorCode::invalid_argument,
                fmt::format("{}: {:#x} bytes at {:#x} are not mapped for DMA", name(),
                            length.value(), address.value()));
  std::erase_if(memory_, [address](const Mapped& region) { return region.address == address; });
  iovas_.free(address, length);
  memory_is_known_ = false;
  return {};
}

uint32_t BackEnd::interrupt_count(bus::InterruptKind kind) const {
  return kind == bus::InterruptKind::msix ? queue_pairs : 0;
}

Result<> BackEnd::set_interrupts(bus::InterruptKind kind, uint32_t first,
                                 std::span<const int> eventfds) {
  const uint32_t count = interrupt_count(kind);
  if (first > count || eventfds.size() > count - first)
    return fail(ErrorCode::invalid_argument, fmt::format("{}: interrupts {} and {} following of {}",
                                                         name(), first, eventfds.size(), count));
  for (size_t i = 0; i < eventfds.size(); ++i) {
    OwnedFd event;
    if (eventfds[i] >= 0) {
      BULKHEAD_TRY_ASSIGN(event, duplicate(eventfds[i]));
    }
    events_[first + i] = std::move(event);
  }
  return {};
}

Result<> BackEnd::read(bus::RegionId /*region*/, uint64_t /*offset*/,
                       std::span<std::byte> /*data*/) {
  return no_registers();
}

Result<> BackEnd::write(bus::RegionId /*region*/, uint64_t /*offset*/,
                        std::span<const std::byte> /*data*/) {
  return no_registers();
}

Result<bus::BarPages> BackEnd::map_bar(bus::RegionId /*bar*/, Bytes /*offset*/, Bytes /*length*/) {
  return no_registers();
}

Result<> BackEnd::reset() {
  return no_registers();
}

std::unexpected<Error> BackEnd::no_registers() const {
  return fail(ErrorCode::unsupported,
              fmt::format("{}: a vhost-user back end has no registers", name()));
}

}  // namespace bulkhead::vhost_user

#include "bulkhead/bus/vfio_user/client.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "bulkhead/base/bytes.hpp"
#include "bulkhead/bus/vfio_user/channel.hpp"
#include "bulkhead/bus/vfio_user/socket.hpp"

namespace bulkhead::vfio_user {

const RegionDescription& Client::region(bus::RegionId id) const {
  return regions_.at(static_cast<size_t>(id));
}

Bytes Client::region_size(bus::RegionId id) const {
  return Bytes{region(id).size};
}

Result<> Client::read(bus::RegionId id, uint64_t offset, std::span<std::byte> data) {
  BULKHEAD_TRY(check_access(id, offset, data.size()));
  const RegionAccess access{.offset = offset,
                            .region = static_cast<uint32_t>(id),
                            .count = static_cast<uint32_t>(data.size())};
  BULKHEAD_TRY_ASSIGN(const auto reply,
                      connection_.request(Command::region_read, to_bytes(access)));
  BULKHEAD_TRY_ASSIGN(const auto echoed,
                      connection_.reply_as<RegionAccess>(Command::region_read, reply));
  const auto bytes = std::span{reply.payload}.subspan(sizeof(RegionAccess));
  if (echoed.count != data.size() || bytes.size() != data.size())
    return connection_.broken(Command::region_read, fmt::format("the reply has {} bytes, not {}",
                                                                bytes.size(), data.size()));
  std::ranges::copy(bytes, data.begin());
  return {};
}

Result<> Client::write(bus::RegionId id, uint64_t offset, std::span<const std::byte> data) {
  BULKHEAD_TRY(check_access(id, offset, data.size()));
  std::vector<std::byte> payload;
  append(payload, RegionAccess{.offset = offset,
                               .region = static_cast<uint32_t>(id),
                               .count = static_cast<uint32_t>(data.size())});
  payload.insert(payload.end(), data.begin(), data.end());
  BULKHEAD_TRY_ASSIGN(const auto reply, connection_.request(Command::region_write, payload));
  BULKHEAD_TRY_ASSIGN(const auto echoed,
                      connection_.reply_as<RegionAccess>(Command::region_write, reply));
  if (echoed.count == data.size()) return {};
  return connection_.broken(Command::region_write, fmt::format("the server wrote {} bytes, not {}",
                                                               echoed.count, data.size()));
}

Result<bus::BarPages> Client::map_bar(bus::RegionId bar, Bytes offset, Bytes length) {
  auto pages = map_pages(region(bar), offset.value(), length.value());
  if (!pages)
    return std::unexpected(std::move(pages).error().within(
        fmt::format("{}: mapping BAR {}", name(), static_cast<unsigned>(bar))));
  return bus::BarPages{.pages = *std::move(pages),
                       .offset = Bytes{offset.value() / bus::page_size * bus::page_size}};
}

Result<bus::BarFile> Client::bar_file(bus::RegionId bar, Bytes offset, Bytes length) {
  auto file = file_of_pages(region(bar), offset.value(), length.value());
  if (file) return file;
  return std::unexpected(std::move(file).error().within(
      fmt::format("{}: sharing BAR {}", name(), static_cast<unsigned>(bar))));
}

Result<Iova> Client::map_dma(const memory::Region& memory) {
  BULKHEAD_TRY(check_linear(memory));
  const Bytes length = memory.size();
  if (length.value() % limits_.page_size != 0)
    return fail(ErrorCode::invalid_argument,
                fmt::format("{}: {:#x} bytes for DMA are not whole pages of {:#x}", name(),
                            length.value(), limits_.page_size));
  if (iovas_.count() >= limits_.max_dma_maps)
    return fail(ErrorCode::no_memory, fmt::format("{}: the server takes no more than {} mappings",
                                                  name(), limits_.max_dma_maps));
  BULKHEAD_TRY_ASSIGN(const auto address, iovas_.allocate(length));
  const DmaMap map{.argsz = sizeof(DmaMap),
                   .flags = dma_readable | dma_writeable,
                   .offset = 0,
                   .address = address.value(),
                   .size = length.value()};
  const std::array fds{memory.fd()};
  auto reply = connection_.request(Command::dma_map, to_bytes(map), fds);
  if (reply) return address;
  iovas_.free(address, length);
  return std::unexpected(std::move(reply).error());
}

Result<> Client::unmap_dma(Iova address, Bytes length) {
  if (!iovas_.holds(address, length))
    return fail(ErrorCode::invalid_argument,
                fmt::format("{}: {:#x} bytes at {:#x} are not mapped for DMA", name(),
                            length.value(), address.value()));
  const DmaUnmap unmap{
      .argsz = sizeof(DmaUnmap), .flags = 0, .address = address.value(), .size = length.value()};
  // The address is used again only if the server has let go of it.
  BULKHEAD_TRY(connection_.request(Command::dma_unmap, to_bytes(unmap)));
  iovas_.free(address, length);
  return {};
}

uint32_t Client::interrupt_count(bus::InterruptKind kind) const {
  // Not to be unmasked from here, and so of no use: devices that are programs have messages.
  if (kind == bus::InterruptKind::intx) return 0;
  return interrupts_.at(static_cast<size_t>(kind));
}

Result<> Client::set_interrupts(bus::InterruptKind kind, uint32_t first,
                                std::span<const int> eventfds) {
  const uint32_t count = interrupt_count(kind);
  if (first > count || eventfds.size() > count - first)
    return fail(ErrorCode::invalid_argument, fmt::format("{}: interrupts {} and {} following of {}",
                                                         name(), first, eventfds.size(), count));
  // A message assigns or takes away, and it holds a limited number of descriptors.
  while (!eventfds.empty()) {
    const bool assigns = eventfds.front() >= 0;
    const auto run = static_cast<size_t>(
        std::ranges::find_if(eventfds, [assigns](int fd) { return (fd >= 0) != assigns; }) -
        eventfds.begin());
    const size_t length = assigns ? std::min<size_t>(run, limits_.max_msg_fds) : run;
    if (length == 0)
      return fail(ErrorCode::unsupported, fmt::format("{}: the server takes no eventfds", name()));
    BULKHEAD_TRY(set_same(kind, first, eventfds.first(length)));
    first += static_cast<uint32_t>(length);
    eventfds = eventfds.subspan(length);
  }
  return {};
}

Result<> Client::set_same(bus::InterruptKind kind, uint32_t first, std::span<const int> eventfds) {
  const IrqSet set{.argsz = sizeof(IrqSet),
                   .flags = irq_set_data_eventfd | irq_set_action_trigger,
                   .index = static_cast<uint32_t>(kind),
                   .start = first,
                   .count = static_cast<uint32_t>(eventfds.size())};
  const auto fds = eventfds.front() >= 0 ? eventfds : std::span<const int>{};
  BULKHEAD_TRY(connection_.request(Command::device_set_irqs, to_bytes(set), fds));
  return {};
}

Result<> Client::reset() {
  if (!can_reset_)
    return fail(ErrorCode::unsupported, fmt::format("{}: the device has no reset", name()));
  BULKHEAD_TRY(connection_.request(Command::device_reset, {}));
  return {};
}

}  // namespace bulkhead::vfio_user

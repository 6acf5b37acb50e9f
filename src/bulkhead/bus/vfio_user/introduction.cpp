// How a client gets to know its server: version, device, regions, interrupts.
#include <utility>

#include <fmt/format.h>

#include "bulkhead/bus/vfio_user/channel.hpp"
#include "bulkhead/bus/vfio_user/client.hpp"
#include "bulkhead/bus/vfio_user/socket.hpp"

namespace bulkhead::vfio_user {
namespace {

// PCI 3.0, 6.1, and PCI Express 3.0, 7.2.2.
constexpr uint64_t smallest_config_space = 256;
constexpr uint64_t largest_config_space = 4096;
// PCI 3.0, 2.2.6, 6.8.1 and 6.8.2.
constexpr std::array<uint32_t, 3> most_interrupts{1, 32, 2048};

}  // namespace

Result<std::shared_ptr<bus::Function>> Client::connect(const std::string& path,
                                                       std::chrono::milliseconds patience) {
  auto name = fmt::format("vfio-user:{}", path);
  auto socket = connect_socket(path, Deadline::after(patience));
  if (!socket) return std::unexpected(std::move(socket).error().within(name));
  return adopt(*std::move(socket), std::move(name), patience);
}

Result<std::shared_ptr<bus::Function>> Client::adopt(OwnedFd connected, std::string name,
                                                     std::chrono::milliseconds patience) {
  BULKHEAD_TRY_ASSIGN(auto channel, Channel::adopt(std::move(connected)));
  auto client = std::make_shared<Client>(Connection{std::move(channel), std::move(name), patience});
  BULKHEAD_TRY(client->introduce());
  return client;
}

Result<> Client::introduce() {
  BULKHEAD_TRY(negotiate());
  const DeviceInfo question{
      .argsz = sizeof(DeviceInfo), .flags = 0, .num_regions = 0, .num_irqs = 0};
  BULKHEAD_TRY_ASSIGN(const auto info,
                      connection_.ask<DeviceInfo>(Command::device_get_info, question));
  if ((info.flags & device_flag_pci) == 0)
    return fail(ErrorCode::unsupported, fmt::format("{}: this is no PCI device", name()));
  if (info.num_regions < region_count)
    return connection_.broken(
        Command::device_get_info,
        fmt::format("a PCI device has {} regions, not {}", pci_region_count, info.num_regions));
  can_reset_ = (info.flags & device_flag_reset) != 0;
  BULKHEAD_TRY(learn_regions());
  return learn_interrupts(info.num_irqs);
}

Result<> Client::negotiate() {
  const VersionMessage ours{.version = {.major = version_major, .minor = version_minor},
                            .capabilities = {.max_msg_fds = our_max_msg_fds,
                                             .max_data_xfer_size = max_data_xfer_size,
                                             .max_dma_maps = default_max_dma_maps,
                                             .pgsizes = default_pgsizes,
                                             .write_multiple = {}}};
  auto reply = connection_.request(Command::version, encode_version(ours));
  if (!reply) {
    auto error = std::move(reply).error();
    error.remedy =
        error.code == ErrorCode::device_gone
            ? "a server takes one client at a time: does it have another?"
            : fmt::format("this client speaks vfio-user {}.{}", version_major, version_minor);
    return std::unexpected(std::move(error));
  }
  const auto theirs = decode_version(reply->payload);
  if (!theirs) return connection_.broken(Command::version, theirs.error().what);
  const auto [major, minor] = theirs->version;
  if (major != version_major || minor > version_minor)
    return fail(ErrorCode::unsupported,
                fmt::format("{}: the server speaks vfio-user {}.{}, this client {}.{}", name(),
                            major, minor, version_major, version_minor));
  const auto limits = limits_of(theirs->capabilities);
  if (!limits) return connection_.broken(Command::version, limits.error().what);
  if (limits->page_size > bus::IovaAllocator::step)
    return fail(ErrorCode::unsupported,
                fmt::format("{}: DMA mappings in pages of {:#x} bytes", name(), limits->page_size));
  limits_ = *limits;
  return {};
}

Result<> Client::learn_regions() {
  for (uint32_t index = 0; index < region_count; ++index) {
    BULKHEAD_TRY_ASSIGN(regions_.at(index), learn_region(index));
  }
  const uint64_t config = regions_.at(region_config).size;
  if (config < smallest_config_space || config > largest_config_space)
    return connection_.broken(Command::device_get_region_info,
                              fmt::format("a configuration space of {} bytes", config));
  return {};
}

Result<RegionDescription> Client::learn_region(uint32_t index) {
  constexpr auto command = Command::device_get_region_info;
  const auto ask = [&](uint32_t argsz) {
    const RegionInfo question{
        .argsz = argsz, .flags = 0, .index = index, .cap_offset = 0, .size = 0, .offset = 0};
    return connection_.request(command, to_bytes(question));
  };
  constexpr uint32_t usually_enough = 1024;
  BULKHEAD_TRY_ASSIGN(auto reply, ask(usually_enough));
  const auto needed = needed_argsz(reply);
  if (needed && *needed > usually_enough) {
    BULKHEAD_TRY_ASSIGN(reply, ask(*needed));
  }
  auto region = parse_region(std::move(reply), index);
  if (region) return region;
  return connection_.broken(command, fmt::format("region {}: {}", index, region.error().what));
}

Result<> Client::learn_interrupts(uint32_t kinds) {
  for (uint32_t index = 0; index < std::min<uint32_t>(kinds, interrupt_kinds); ++index) {
    const IrqInfo question{.argsz = sizeof(IrqInfo), .flags = 0, .index = index, .count = 0};
    BULKHEAD_TRY_ASSIGN(const auto info,
                        connection_.ask<IrqInfo>(Command::device_get_irq_info, question));
    if (info.index != index || info.count > most_interrupts.at(index))
      return connection_.broken(
          Command::device_get_irq_info,
          fmt::format("{} interrupts of kind {}, at most {} of kind {} are possible", info.count,
                      info.index, most_interrupts.at(index), index));
    // Without eventfds there is no way to be told.
    interrupts_.at(index) = (info.flags & irq_flag_eventfd) != 0 ? info.count : 0;
  }
  return {};
}

}  // namespace bulkhead::vfio_user

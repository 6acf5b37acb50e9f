// What a client asks before it uses the device: version, device, regions, interrupts.
#include <algorithm>
#include <cerrno>

#include <fmt/format.h>

#include "model/vfio_user/session.hpp"

namespace bulkhead::model {

using vfio_user::Capabilities;

namespace {

// 4 KiB, 2 MiB and 1 GiB. Only the smallest matters: DMA mappings are multiples of it.
constexpr uint64_t our_pgsizes = 0x4020'1000;

// "The capability list must be a subset of those proposed" (specification, VFIO_USER_VERSION).
Capabilities answer_to(const Capabilities& proposed) {
  Capabilities ours;
  if (proposed.max_msg_fds) ours.max_msg_fds = vfio_user::our_max_msg_fds;
  if (proposed.max_data_xfer_size) ours.max_data_xfer_size = vfio_user::max_data_xfer_size;
  if (proposed.max_dma_maps) ours.max_dma_maps = vfio_user::default_max_dma_maps;
  if (proposed.pgsizes) ours.pgsizes = our_pgsizes;
  if (proposed.write_multiple) ours.write_multiple = *proposed.write_multiple;
  return ours;
}

void append_areas(Reply& reply, const std::vector<vfio_user::SparseArea>& areas) {
  append(reply.payload, vfio_user::CapabilityHeader{
                            .id = vfio_user::capability_sparse_mmap, .version = 1, .next = 0});
  append(reply.payload,
         vfio_user::SparseMmap{.nr_areas = static_cast<uint32_t>(areas.size()), .reserved = 0});
  for (const auto& area : areas) append(reply.payload, area);
}

}  // namespace

Result<Reply> Session::version(const Message& message) {
  BULKHEAD_TRY_ASSIGN(const auto theirs, vfio_user::decode_version(message.payload));
  if (theirs.version.major != vfio_user::version_major)
    return fail(
        ErrorCode::unsupported,
        fmt::format("the client speaks vfio-user {}.{}, this server {}.{}", theirs.version.major,
                    theirs.version.minor, vfio_user::version_major, vfio_user::version_minor));
  BULKHEAD_TRY_ASSIGN(client_, vfio_user::limits_of(theirs.capabilities));
  introduced_ = true;
  Reply reply;
  reply.payload = vfio_user::encode_version(
      {.version = {.major = vfio_user::version_major,
                   .minor = std::min(theirs.version.minor, vfio_user::version_minor)},
       .capabilities = answer_to(theirs.capabilities)});
  return reply;
}

Result<Reply> Session::device_info(const Message& message) const {
  BULKHEAD_TRY_ASSIGN(const auto asked, request_as<vfio_user::DeviceInfo>(message));
  if (asked.argsz < sizeof(vfio_user::DeviceInfo)) return Reply::refuse(EINVAL);
  return Reply::with(
      vfio_user::DeviceInfo{.argsz = sizeof(vfio_user::DeviceInfo),
                            .flags = vfio_user::device_flag_pci | vfio_user::device_flag_reset,
                            .num_regions = vfio_user::pci_region_count,
                            .num_irqs = vfio_user::pci_irq_count});
}

Result<Reply> Session::region_info(const Message& message) const {
  BULKHEAD_TRY_ASSIGN(const auto asked, request_as<vfio_user::RegionInfo>(message));
  if (asked.argsz < sizeof(vfio_user::RegionInfo) || asked.index >= vfio_user::pci_region_count)
    return Reply::refuse(EINVAL);
  const auto region = device_.region(asked.index);
  vfio_user::RegionInfo info{.argsz = sizeof(vfio_user::RegionInfo),
                             .flags = region.flags,
                             .index = asked.index,
                             .cap_offset = 0,
                             .size = region.size,
                             .offset = 0};
  if (region.shared < 0 || region.mappable.empty() || client_.max_msg_fds == 0)
    return Reply::with(info);
  info.flags |= vfio_user::region_flag_mmap;
  info.argsz +=
      static_cast<uint32_t>(sizeof(vfio_user::CapabilityHeader) + sizeof(vfio_user::SparseMmap) +
                            region.mappable.size() * sizeof(vfio_user::SparseArea));
  // Too little room: argsz says how much is needed, and the client asks again.
  if (asked.argsz < info.argsz) return Reply::with(info);
  info.flags |= vfio_user::region_flag_caps;
  info.cap_offset = sizeof(vfio_user::RegionInfo);
  auto reply = Reply::with(info);
  append_areas(reply, region.mappable);
  reply.fds.push_back(region.shared);
  return reply;
}

Result<Reply> Session::region_io_fds(const Message& message) const {
  BULKHEAD_TRY_ASSIGN(const auto asked, request_as<vfio_user::RegionIoFds>(message));
  if (asked.argsz < sizeof(vfio_user::RegionIoFds) || asked.flags != 0 || asked.count != 0 ||
      asked.index >= vfio_user::pci_region_count)
    return Reply::refuse(EINVAL);
  return Reply::with(vfio_user::RegionIoFds{
      .argsz = sizeof(vfio_user::RegionIoFds), .flags = 0, .index = asked.index, .count = 0});
}

Result<Reply> Session::irq_info(const Message& message) const {
  BULKHEAD_TRY_ASSIGN(const auto asked, request_as<vfio_user::IrqInfo>(message));
  if (asked.argsz < sizeof(vfio_user::IrqInfo) || asked.index >= vfio_user::pci_irq_count)
    return Reply::refuse(EINVAL);
  return Reply::with(vfio_user::IrqInfo{.argsz = sizeof(vfio_user::IrqInfo),
                                        .flags = vfio_user::irq_flag_eventfd,
                                        .index = asked.index,
                                        .count = device_.interrupt_count(asked.index)});
}

}  // namespace bulkhead::model

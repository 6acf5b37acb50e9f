#include "bulkhead/bus/vfio/device.hpp"

#include <array>
#include <cerrno>

#include <fmt/format.h>
#include <linux/vfio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "bulkhead/base/bytes.hpp"
#include "bulkhead/bus/vfio/described.hpp"

namespace bulkhead::vfio {
namespace {

/// A transfer's outcome, as read(2) and write(2) give it.
Result<> check_transfer(ssize_t done, size_t wanted) {
  if (done < 0) return fail_errno("the access");
  if (static_cast<size_t>(done) == wanted) return {};
  return fail(ErrorCode::io, fmt::format("{} bytes of {} were accessed", done, wanted));
}

/// What ioctl(2) returns.
int set_irqs(int device, uint32_t action, uint32_t kind, uint32_t first,
             std::span<const int> eventfds) {
  // vfio.h, VFIO_DEVICE_SET_IRQS: count 0 without data switches the interrupts off.
  const uint32_t data = eventfds.empty() ? VFIO_IRQ_SET_DATA_NONE : VFIO_IRQ_SET_DATA_EVENTFD;
  vfio_irq_set set{};
  set.argsz = static_cast<uint32_t>(sizeof set + eventfds.size_bytes());
  set.flags = data | action;
  set.index = kind;
  set.start = first;
  set.count = static_cast<uint32_t>(eventfds.size());
  std::vector<std::byte> request;
  append(request, set);
  for (const int eventfd : eventfds) append(request, eventfd);
  return ::ioctl(device, VFIO_DEVICE_SET_IRQS, request.data());
}

}  // namespace

Result<DeviceRegion> parse_region_info(std::span<const std::byte> info) {
  const auto fixed = from_bytes<vfio_region_info>(info);
  DeviceRegion region{.size = fixed.size, .offset = fixed.offset, .mappable = {}};
  if ((fixed.flags & VFIO_REGION_INFO_FLAG_MMAP) == 0) return region;
  const bool has_capabilities = (fixed.flags & VFIO_REGION_INFO_FLAG_CAPS) != 0;
  const bus::CapabilityList list{.description = info,
                                 .fixed_size = sizeof fixed,
                                 .first = has_capabilities ? fixed.cap_offset : 0};
  BULKHEAD_TRY_ASSIGN(region.mappable, bus::mappable_areas(list, fixed.size));
  return region;
}

Result<Device> Device::learn(OwnedFd descriptor) {
  Device device{std::move(descriptor)};
  const int fd = device.device_.get();
  BULKHEAD_TRY_ASSIGN(const auto info_bytes, describe(fd, VFIO_DEVICE_GET_INFO, vfio_device_info{},
                                                      "asking what device it is"));
  const auto info = from_bytes<vfio_device_info>(info_bytes);
  if ((info.flags & VFIO_DEVICE_FLAGS_PCI) == 0)
    return fail(ErrorCode::unsupported, "this is no PCI device");
  device.can_reset_ = (info.flags & VFIO_DEVICE_FLAGS_RESET) != 0;

  for (uint32_t index = 0; index < device.regions_.size(); ++index) {
    const vfio_region_info question{
        .argsz = 0, .flags = 0, .index = index, .cap_offset = 0, .size = 0, .offset = 0};
    BULKHEAD_TRY_ASSIGN(const auto region, describe(fd, VFIO_DEVICE_GET_REGION_INFO, question,
                                                    "asking about a region"));
    BULKHEAD_TRY_ASSIGN(device.regions_.at(index), parse_region_info(region));
  }
  for (uint32_t index = 0; index < device.interrupts_.size(); ++index) {
    const vfio_irq_info question{.argsz = 0, .flags = 0, .index = index, .count = 0};
    BULKHEAD_TRY_ASSIGN(const auto irq, describe(fd, VFIO_DEVICE_GET_IRQ_INFO, question,
                                                 "asking about interrupts"));
    device.interrupts_.at(index) = from_bytes<vfio_irq_info>(irq).count;
  }
  return device;
}

Result<> Device::read(bus::RegionId id, uint64_t offset, std::span<std::byte> data) const {
  const auto at = static_cast<off_t>(region(id).offset + offset);
  return check_transfer(::pread(device_.get(), data.data(), data.size(), at), data.size());
}

Result<> Device::write(bus::RegionId id, uint64_t offset, std::span<const std::byte> data) const {
  const auto at = static_cast<off_t>(region(id).offset + offset);
  return check_transfer(::pwrite(device_.get(), data.data(), data.size(), at), data.size());
}

Result<bus::BarPages> Device::map(bus::RegionId bar, Bytes offset, Bytes length) const {
  const auto& there = region(bar);
  BULKHEAD_TRY_ASSIGN(const auto pages, bus::pages_to_map(there.mappable, there.size,
                                                          offset.value(), length.value()));
  BULKHEAD_TRY_ASSIGN(auto mapping,
                      Mapping::map(device_.get(), there.offset + pages.offset, Bytes{pages.size}));
  return bus::BarPages{.pages = std::move(mapping), .offset = Bytes{pages.offset}};
}

Result<bus::BarFile> Device::file(bus::RegionId bar, Bytes offset, Bytes length) const {
  const auto& there = region(bar);
  BULKHEAD_TRY_ASSIGN(const auto pages, bus::pages_to_map(there.mappable, there.size,
                                                          offset.value(), length.value()));
  BULKHEAD_TRY_ASSIGN(auto fd, duplicate(device_.get()));
  return bus::BarFile{.fd = std::move(fd),
                      .file_offset = there.offset + pages.offset,
                      .length = Bytes{pages.size},
                      .offset = Bytes{pages.offset}};
}

Result<> Device::set_interrupts(bus::InterruptKind kind, uint32_t first,
                                std::span<const int> eventfds) const {
  const int result = set_irqs(device_.get(), VFIO_IRQ_SET_ACTION_TRIGGER,
                              static_cast<uint32_t>(kind), first, eventfds);
  if (result == 0) return {};
  if (result > 0)
    return fail(ErrorCode::no_memory, fmt::format("connecting {} interrupts: the machine has {}",
                                                  eventfds.size(), result));
  return fail_errno(errno, "connecting interrupts",
                    errno == EINVAL ? "one kind at a time: is another one connected?" : "");
}

Result<> Device::set_intx_unmask(int eventfd) const {
  if (set_irqs(device_.get(), VFIO_IRQ_SET_ACTION_UNMASK, VFIO_PCI_INTX_IRQ_INDEX, 0,
               std::array{eventfd}) == 0)
    return {};
  return fail_errno("preparing to unmask INTx");
}

Result<> Device::reset() const {
  if (!can_reset_) return fail(ErrorCode::unsupported, "the function has no reset");
  if (::ioctl(device_.get(), VFIO_DEVICE_RESET) != 0) return fail_errno("resetting it");
  return {};
}

}  // namespace bulkhead::vfio

#include "bulkhead/bus/vfio/handles.hpp"

#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/vfio.h>
#include <sys/ioctl.h>

#include "bulkhead/bus/text_files.hpp"
#include "bulkhead/bus/vfio/abi.hpp"
#include "bulkhead/bus/vfio/container.hpp"
#include "bulkhead/bus/vfio/explain.hpp"
#include "bulkhead/bus/vfio/ioas.hpp"

namespace bulkhead::vfio {
namespace {

constexpr const char* container_node = "dev/vfio/vfio";
constexpr const char* iommufd_node = "dev/iommu";

Result<OwnedFd> open_node(const SysfsFacts& facts, const std::filesystem::path& node) {
  OwnedFd fd{::open((facts.root / node).c_str(), O_RDWR | O_CLOEXEC)};
  if (fd) return fd;
  return std::unexpected(explain_open(errno, facts.address, fmt::format("/{}", node.c_str())));
}

std::unexpected<Error> not_attached(int error_number, const SysfsFacts& facts) {
  return std::unexpected(explain_attach(error_number, facts.address, companions_in_group(facts)));
}

Result<> check_viable(const SysfsFacts& facts, int group) {
  vfio_group_status status{.argsz = sizeof status, .flags = 0};
  if (::ioctl(group, VFIO_GROUP_GET_STATUS, &status) != 0)
    return fail_errno(
        fmt::format("{}: asking about IOMMU group {}", facts.address, facts.iommu_group));
  if ((status.flags & VFIO_GROUP_FLAGS_VIABLE) != 0) return {};
  return std::unexpected(explain_group(facts.address, facts.iommu_group, others_in_group(facts)));
}

Result<> check_container(const SysfsFacts& facts, int container) {
  if (::ioctl(container, VFIO_GET_API_VERSION) == VFIO_API_VERSION &&
      ::ioctl(container, VFIO_CHECK_EXTENSION, VFIO_TYPE1v2_IOMMU) == 1)
    return {};
  return fail(ErrorCode::unsupported,
              fmt::format("{}: this kernel's VFIO has no type 1 IOMMU", facts.address),
              "sudo modprobe vfio_iommu_type1");
}

}  // namespace

Result<Handles> open_by_group(const SysfsFacts& facts) {
  BULKHEAD_TRY_ASSIGN(auto container, open_node(facts, container_node));
  BULKHEAD_TRY(check_container(facts, container.get()));
  BULKHEAD_TRY_ASSIGN(auto group,
                      open_node(facts, std::filesystem::path{"dev/vfio"} / facts.iommu_group));
  BULKHEAD_TRY(check_viable(facts, group.get()));
  int container_fd = container.get();
  if (::ioctl(group.get(), VFIO_GROUP_SET_CONTAINER, &container_fd) != 0 ||
      ::ioctl(container_fd, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU) != 0)
    return not_attached(errno, facts);
  OwnedFd device{::ioctl(group.get(), VFIO_GROUP_GET_DEVICE_FD, facts.address.c_str())};
  if (!device)
    return std::unexpected(
        explain_open(errno, facts.address, fmt::format("/dev/vfio/{}", facts.iommu_group)));
  return Handles{.memory = std::make_unique<Container>(std::move(container)),
                 .group = std::move(group),
                 .device = std::move(device)};
}

Result<Handles> open_by_character_device(const SysfsFacts& facts) {
  BULKHEAD_TRY_ASSIGN(auto iommufd, open_node(facts, iommufd_node));
  BULKHEAD_TRY_ASSIGN(auto device, open_node(facts, std::filesystem::path{"dev/vfio/devices"} /
                                                        facts.character_device));
  auto made = Ioas::create(std::move(iommufd));
  if (!made) return std::unexpected(std::move(made).error().within(facts.address));
  auto ioas = *std::move(made);
  abi::BindIommufd bind{.argsz = sizeof bind, .flags = 0, .iommufd = ioas->fd(), .out_devid = 0};
  if (::ioctl(device.get(), abi::device_bind_iommufd, &bind) != 0) {
    const int error = errno;
    // The kernel checks the group when it is bound, and does not say which function is in the way.
    if (const auto others = others_in_group(facts); !others.empty())
      return std::unexpected(explain_group(facts.address, facts.iommu_group, others));
    // A device that is open already is answered with EINVAL (vfio_main.c, vfio_df_open).
    return not_attached(error == EINVAL ? EBUSY : error, facts);
  }
  abi::AttachIommufdPt attach{.argsz = sizeof attach, .flags = 0, .pt_id = ioas->id()};
  if (::ioctl(device.get(), abi::device_attach_iommufd_pt, &attach) != 0)
    return not_attached(errno, facts);
  return Handles{.memory = std::move(ioas), .group = {}, .device = std::move(device)};
}

Result<Handles> open_handles(const SysfsFacts& facts) {
  const bool has_group = bus::is_there(facts.root / "dev/vfio" / facts.iommu_group);
  if (!facts.character_device.empty() && bus::is_there(facts.root / iommufd_node)) {
    auto handles = open_by_character_device(facts);
    const bool refused = !handles && (handles.error().code == ErrorCode::permission ||
                                      handles.error().code == ErrorCode::not_found);
    if (!refused || !has_group) return handles;
  }
  return open_by_group(facts);
}

}  // namespace bulkhead::vfio

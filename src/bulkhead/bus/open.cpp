#include <string_view>

#include <fmt/format.h>

#include "bulkhead/bus/function.hpp"
#include "bulkhead/bus/pci_address.hpp"
#include "bulkhead/bus/sysfs/sysfs_function.hpp"
#include "bulkhead/bus/vfio/vfio_function.hpp"
#include "bulkhead/bus/vfio_user/client.hpp"

namespace bulkhead::bus {

Result<std::shared_ptr<Function>> open(const std::string& name, OpenOptions options) {
  constexpr std::string_view vfio_user_prefix = "vfio-user:";
  if (name.starts_with(vfio_user_prefix) && name.size() > vfio_user_prefix.size())
    return vfio_user::Client::connect(name.substr(vfio_user_prefix.size()));
  if (const auto address = pci_address_of(name))
    return options.no_iommu ? sysfs::SysfsFunction::open(*address)
                            : vfio::VfioFunction::open(*address);
  return fail(
      ErrorCode::invalid_argument, fmt::format("'{}' names no device", name),
      "known forms: vfio-user:PATH (the socket of a device's server), and a PCI function's address "
      "as `bulkhead list` shows it, such as 0000:03:00.0");
}

}  // namespace bulkhead::bus

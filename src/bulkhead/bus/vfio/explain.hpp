// What to do about the refusals of VFIO.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bulkhead/base/error.hpp"
#include "bulkhead/base/units.hpp"
#include "bulkhead/bus/group.hpp"

namespace bulkhead::vfio {

/// `node` could not be opened to reach the function at `address`.
Error explain_open(int error_number, const std::string& address, const std::string& node);

/// The IOMMU did not take a function. `companions` of its group could be open.
Error explain_attach(int error_number, const std::string& address,
                     const std::vector<bus::GroupMember>& companions);

/// The function is in a group together with `members`, which the kernel drives.
Error explain_group(const std::string& address, const std::string& group,
                    const std::vector<bus::GroupMember>& members);

/// RLIMIT_MEMLOCK and how much of it is used.
struct LockedMemory {
  std::optional<uint64_t> limit;  ///< none: unlimited
  uint64_t locked;
};
/// What the kernel counts for VFIO's container, and for IOMMUFD: lines of /proc/self/status.
inline constexpr std::string_view by_container = "VmLck:";
inline constexpr std::string_view by_iommufd = "VmPin:";
/// Of this process. `root` stands for "/", for tests.
LockedMemory locked_memory(std::string_view counted_as, const std::filesystem::path& root = "/");

Error explain_map(int error_number, Bytes length, const LockedMemory& memory);

}  // namespace bulkhead::vfio

// What to do about the refusals of VFIO.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "bulkhead/base/error.hpp"
#include "bulkhead/base/units.hpp"
#include "bulkhead/bus/group.hpp"

namespace bulkhead::vfio {

/// `node` could not be opened to reach the function at `address`.
Error explain_open(int error_number, const std::string& address, const std::string& node);

/// The IOMMU did not take a function.
Error explain_attach(int error_number, const std::string& address);

/// The function is in a group together with `members`, which the kernel drives.
Error explain_group(const std::string& address, const std::string& group,
                    const std::vector<bus::GroupMember>& members);

/// RLIMIT_MEMLOCK and how much of it is used.
struct LockedMemory {
  std::optional<uint64_t> limit;  ///< none: unlimited
  uint64_t locked;
};
/// Of this process. `root` stands for "/", for tests.
LockedMemory locked_memory(const std::filesystem::path& root = "/");

Error explain_map(int error_number, Bytes length, const LockedMemory& memory);

}  // namespace bulkhead::vfio

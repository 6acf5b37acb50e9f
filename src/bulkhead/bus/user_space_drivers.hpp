// Drivers that do nothing with a function but leave it to a process.
#pragma once

#include <string_view>

namespace bulkhead::bus {

/// vfio-pci, and its variants for single devices, which are called mlx5_vfio_pci and the like.
bool is_vfio_driver(std::string_view driver);

/// Those, the UIO drivers, and pci-stub, which only keeps others away.
bool is_for_user_space(std::string_view driver);

}  // namespace bulkhead::bus

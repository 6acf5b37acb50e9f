// What belongs to a frame besides its payload.
#pragma once

#include <cstddef>

namespace bulkhead::model::ixgbe {

inline constexpr size_t ethernet_header = 14;  ///< of an untagged frame
inline constexpr size_t crc_size = 4;          ///< on the wire, not in memory

}  // namespace bulkhead::model::ixgbe

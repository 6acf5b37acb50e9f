// Receive side scaling: the Toeplitz hash over addresses and ports (7.1.2.8).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "model/ixgbe/register_file.hpp"

namespace bulkhead::model::ixgbe {

struct RssHash {
  uint32_t value = 0;
  uint32_t type = 0;   ///< the write-back's RSS type; 0: no hash
  uint32_t queue = 0;  ///< by RETA; 0 without a hash
};

/// By RSSRK, RETA and the fields that MRQC selects, for an untagged frame of at least 60 bytes.
RssHash rss_hash(const RegisterFile& registers, std::span<const std::byte> frame);

}  // namespace bulkhead::model::ixgbe

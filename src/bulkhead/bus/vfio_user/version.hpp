// The version message, which opens every connection and is the same in both directions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "bulkhead/base/error.hpp"
#include "bulkhead/bus/vfio_user/protocol.hpp"

namespace bulkhead::vfio_user {

/// What the sender supports. What is left out has the specification's default.
struct Capabilities {
  std::optional<uint64_t> max_msg_fds;
  std::optional<uint64_t> max_data_xfer_size;
  std::optional<uint64_t> max_dma_maps;
  std::optional<uint64_t> pgsizes;
  std::optional<bool> write_multiple;
};

struct VersionMessage {
  Version version{};
  Capabilities capabilities;
};

/// A peer's limits, defaults filled in and cut down to what Bulkhead uses.
struct Limits {
  uint32_t max_msg_fds = 0;
  uint32_t max_data_xfer_size = 0;
  uint64_t max_dma_maps = 0;
  uint64_t page_size = 0;  ///< the smallest that DMA mappings can have
};

[[nodiscard]] std::vector<std::byte> encode_version(const VersionMessage& message);

/// Errors: `protocol` for a payload that is too short, has no NUL at its end, is no JSON or says
/// what cannot be. Capabilities that Bulkhead does not know are passed over.
Result<VersionMessage> decode_version(std::span<const std::byte> payload);

/// Errors: `protocol` for limits that allow nothing (no data in a transfer, no page size).
Result<Limits> limits_of(const Capabilities& capabilities);

}  // namespace bulkhead::vfio_user

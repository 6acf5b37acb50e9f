// What a TAP interface's own descriptor does not tell: how many there are.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace bulkhead::net {

/// How many descriptors the TAP or TUN interface of this name has now, in all programs together, if
/// it was made for several. None for any other, and where nobody may ask (a service without
/// AF_NETLINK).
[[nodiscard]] std::optional<uint32_t> tap_queues(const std::string& name);

}  // namespace bulkhead::net

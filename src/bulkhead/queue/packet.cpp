#include "bulkhead/queue/packet.hpp"

namespace bulkhead::queue {

std::optional<Packet> Packet::allocate(Pool& pool, uint32_t length) {
  const auto free = pool.next_free(1);
  if (free.empty()) return std::nullopt;
  const auto handle = pool.buffers().handle(free.front(), DeviceValue<uint32_t>{length});
  if (!handle) return std::nullopt;
  pool.take(1);
  return Packet{pool, *handle};
}

}  // namespace bulkhead::queue

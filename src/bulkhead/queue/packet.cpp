#include "bulkhead/queue/packet.hpp"

namespace bulkhead::queue {

std::optional<Packet> Packet::allocate(Pool& pool, uint32_t length) {
  if (!pool.has(1)) return std::nullopt;
  const Slot slot = pool.next_free(1).front();
  const auto handle = pool.buffers().handle(slot, DeviceValue<uint32_t>{length});
  if (!handle) return std::nullopt;
  pool.take(1);
  return Packet{pool, *handle};
}

}  // namespace bulkhead::queue

#include "bulkhead/queue/batch.hpp"

#include <algorithm>

namespace bulkhead::queue {

void Batch::clear() {
  for (const Handle handle : handles()) pool_->give(std::array{handle.slot()});
  release_all();
}

void Batch::add(Packet packet) {
  require(packet.pool_ == pool_);
  unused().front() = packet.handle_;  // a trap if there is no room
  packet.pool_ = nullptr;
  grow(1);
}

Packet Batch::take_first() {
  Packet packet{*pool_, handles().front()};
  release_first(1);
  return packet;
}

void Batch::close_gap(uint32_t count) {
  const auto left = handles().subspan(count);
  std::ranges::copy(left, handles_.begin());
  size_ -= count;
}

}  // namespace bulkhead::queue

#include "bulkhead/queue/batch.hpp"

#include <algorithm>

namespace bulkhead::queue {

void Batch::clear() {
  for (const Handle handle : handles()) pool_->give(std::array{handle.slot()});
  begin_ = end_ = 0;
}

void Batch::add(Packet packet) {
  require(packet.pool_ == pool_.get());
  unused().front() = packet.handle_;  // a trap if there is no room
  packet.pool_ = nullptr;
  grow(1);
}

Packet Batch::take_first() {
  Packet packet{*pool_, handles().front()};
  release_first(1);
  return packet;
}

void Batch::close_gap() {
  std::ranges::copy(handles(), handles_.begin());
  end_ -= begin_;
  begin_ = 0;
}

}  // namespace bulkhead::queue

// Sending single frames, besides what all tests of NIC drivers have.
#pragma once

#include <algorithm>
#include <memory>

#include "tests/driver/frames.hpp"

namespace bulkhead::virtio {

using driver::Frame;
using driver::frame_to;
using driver::receive_for_a_while;
using driver::stranger;

/// Sends one frame, waiting for room for at most five seconds; false if there was none.
inline bool send(driver::Nic& nic, const std::shared_ptr<queue::Pool>& pool, const Frame& frame,
                 QueueId queue = QueueId{0}) {
  queue::Batch batch{pool};
  auto packet = queue::Packet::allocate(*pool, static_cast<uint32_t>(frame.size()));
  if (!packet) return false;
  std::ranges::copy(frame, packet->bytes().begin());
  batch.add(*std::move(packet));
  return wait_until(
      [&] {
        nic.tx(queue).reclaim();
        return nic.tx(queue).send(batch) == 1;
      },
      std::chrono::seconds{5});
}

}  // namespace bulkhead::virtio

// Frames that tell where they belong: to make, send and receive.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <vector>

#include "bulkhead/base/deadline.hpp"
#include "bulkhead/driver/nic.hpp"
#include "bulkhead/queue/batch.hpp"

namespace bulkhead::virtio {

using Frame = std::vector<std::byte>;

/// From a station of ours to `destination`, of a protocol that nobody knows, filled from `seed`.
inline Frame frame_to(const driver::MacAddress& destination, size_t size, unsigned seed = 1) {
  Frame frame(size);
  for (size_t i = 0; i < size; ++i) frame[i] = static_cast<std::byte>(seed + i * 7);
  for (size_t i = 0; i < 6; ++i) frame[i] = static_cast<std::byte>(destination.octets.at(i));
  frame[6] = std::byte{2};
  frame[12] = std::byte{0x88};
  frame[13] = std::byte{0xB5};
  return frame;
}

/// Receives until there are `wanted` frames, for at most five seconds.
inline std::vector<Frame> receive(driver::Nic& nic, const std::shared_ptr<queue::Pool>& pool,
                                  size_t wanted, QueueId queue = QueueId{0}) {
  std::vector<Frame> frames;
  wait_until(
      [&] {
        queue::Batch batch{pool};
        nic.rx(queue).receive(batch);
        for (const auto bytes : batch) frames.emplace_back(bytes.begin(), bytes.end());
        return frames.size() >= wanted;
      },
      std::chrono::seconds{5});
  return frames;
}

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

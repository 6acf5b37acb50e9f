// Frames for the tests of NIC drivers.
#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "bulkhead/base/deadline.hpp"
#include "bulkhead/driver/nic.hpp"
#include "bulkhead/net/waiter.hpp"
#include "bulkhead/queue/batch.hpp"

namespace bulkhead::driver {

using Frame = std::vector<std::byte>;

inline std::shared_ptr<queue::Pool> make_pool(Bytes buffer_size = 2_KiB) {
  return *queue::Pool::create({.buffers = 2048, .buffer_size = buffer_size});
}

/// To `destination`, from a station of ours, of the EtherType for local experiments (IEEE 802,
/// 9.2.4), filled from `seed`.
inline Frame frame_to(const MacAddress& destination, size_t size, unsigned seed = 1) {
  Frame frame(size);
  for (size_t i = 0; i < size; ++i) frame[i] = static_cast<std::byte>(seed + i * 7);
  for (size_t i = 0; i < 6; ++i) frame[i] = static_cast<std::byte>(destination.octets.at(i));
  frame[6] = std::byte{2};
  frame[12] = std::byte{0x88};
  frame[13] = std::byte{0xB5};
  return frame;
}

inline std::vector<Frame> receive_for_a_while(Nic& nic, const std::shared_ptr<queue::Pool>& pool,
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

/// False if the sleep lasted to its end, half a minute.
inline bool sleeps_and_receives(net::Waiter& waiter, Nic& nic,
                                const std::shared_ptr<queue::Pool>& pool,
                                std::vector<Frame>& frames) {
  constexpr std::chrono::seconds longest{30};
  const auto start = std::chrono::steady_clock::now();
  waiter.wait(longest);
  if (std::chrono::steady_clock::now() - start >= longest) return false;
  queue::Batch batch{pool};
  nic.rx(QueueId{0}).receive(batch);
  for (const auto bytes : batch) frames.emplace_back(bytes.begin(), bytes.end());
  return true;
}

inline constexpr MacAddress broadcast{{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}};
inline constexpr MacAddress stranger{{0x02, 0x99, 0, 0, 0, 9}};

/// Whether frames to an address arrive at a port whose cable takes frames by `put`.
template <class Put>
auto arrives_at(Nic& nic, const std::shared_ptr<queue::Pool>& pool, Put put) {
  return [&nic, pool, put](const MacAddress& destination) {
    put(frame_to(destination, 60));
    put(frame_to(nic.mac(), 61));  // arrives in any case, and last
    size_t frames = 0;
    for (bool last = false; !last;) {
      const auto received = receive_for_a_while(nic, pool, 1);
      if (received.empty()) return false;
      for (const auto& frame : received) last |= frame.size() == 61;
      frames += received.size();
    }
    return frames == 2;
  };
}

/// Of a port that is not promiscuous, and is in the end.
template <class Arrives>
void expect_only_chosen_addresses(Nic& nic, Arrives arrives) {
  const MacAddress group{{0x01, 0, 0x5E, 0, 0, 0xFB}};
  EXPECT_FALSE(arrives(stranger));
  EXPECT_TRUE(arrives(broadcast));
  EXPECT_FALSE(arrives(group));

  ASSERT_TRUE(nic.set_multicast_addresses(std::array{group}));
  EXPECT_TRUE(arrives(group));
  ASSERT_TRUE(nic.set_multicast_addresses({}));
  EXPECT_FALSE(arrives(group));
  ASSERT_TRUE(nic.set_all_multicast(true));
  EXPECT_TRUE(arrives(group));

  ASSERT_TRUE(nic.set_unicast_addresses(std::array{stranger}));
  EXPECT_TRUE(arrives(stranger));
  ASSERT_TRUE(nic.set_unicast_addresses({}));
  EXPECT_FALSE(arrives(stranger));
  ASSERT_TRUE(nic.set_promiscuous(true));
  EXPECT_TRUE(arrives(stranger));
}

}  // namespace bulkhead::driver

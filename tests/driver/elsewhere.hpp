// The other process that runs a NIC's queues, in this one.
#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "bulkhead/base/deadline.hpp"
#include "bulkhead/driver/attach.hpp"
#include "bulkhead/driver/nic.hpp"

#include "tests/driver/frames.hpp"

namespace bulkhead::driver {

/// What another process has: a mapping of everything, and a pool of its own on the same memory.
class Elsewhere {
 public:
  Elsewhere(Nic& nic, const queue::Pool& pool) : plans_(*nic.queue_plans()) {
    rings_ = *memory::Region::adopt(*duplicate(plans_.rings.get()), plans_.rings_size);
    for (const auto& page : plans_.pages) {
      mapped_.push_back(*Mapping::map(page.fd.get(), page.file_offset, page.length));
      pages_.push_back(mapped_.back().bytes());
    }
    pool_ =
        *queue::Pool::adopt(*duplicate(pool.region().fd()), pool.region().size(),
                            {.buffers = pool.capacity(), .buffer_size = Bytes{pool.buffer_size()}});
    auto attached =
        attach(plans_.pairs.front(), {.rings = rings_.bytes(), .pages = pages_}, pool_, OwnedFd{});
    EXPECT_TRUE(attached) << attached.error().message();
    queues_ = *std::move(attached);
  }

  void start() { queues_->start(); }
  std::vector<Frame> receive(size_t wanted) {
    std::vector<Frame> frames;
    wait_until(
        [&] {
          queue::Batch batch{pool_};
          queues_->rx().receive(batch);
          for (const auto bytes : batch) frames.emplace_back(bytes.begin(), bytes.end());
          return frames.size() >= wanted;
        },
        std::chrono::seconds{10});
    return frames;
  }
  void send(const Frame& frame) {
    queue::Batch batch{pool_};
    auto packet = queue::Packet::allocate(*pool_, static_cast<uint32_t>(frame.size()));
    std::ranges::copy(frame, packet->bytes().begin());
    batch.add(*std::move(packet));
    EXPECT_EQ(queues_->tx().send(batch), 1U);
  }
  queue::TxQueue& tx() { return queues_->tx(); }
  std::span<std::byte> page(size_t number) { return pages_[number]; }

 private:
  QueuePlans plans_;
  memory::Region rings_;
  std::vector<Mapping> mapped_;
  std::vector<std::span<std::byte>> pages_;
  std::shared_ptr<queue::Pool> pool_;
  std::unique_ptr<AttachedQueues> queues_;
};

}  // namespace bulkhead::driver

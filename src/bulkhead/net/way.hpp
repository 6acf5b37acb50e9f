// A direction that frames are moved in, by queues or in place.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "bulkhead/net/forward.hpp"

namespace bulkhead::net {

/// One virtual call a batch. Its functions are those of Forwarder, which says what they do. Ways of
/// different threads share no cache line.
class alignas(64) Way {
 public:
  using Step = Forwarder::Step;
  using Stopped = Forwarder::Stopped;

  Way() = default;
  Way(const Way&) = delete;
  Way& operator=(const Way&) = delete;
  Way(Way&&) = delete;
  Way& operator=(Way&&) = delete;
  virtual ~Way() = default;

  virtual Step step() = 0;
  virtual uint32_t flush() = 0;
  [[nodiscard]] virtual bool empty() const = 0;
  [[nodiscard]] virtual Stopped stopped() const = 0;
  /// What was received, and sent.
  [[nodiscard]] virtual queue::QueueCounters rx_counters() const = 0;
  [[nodiscard]] virtual queue::QueueCounters tx_counters() const = 0;
};

/// From one queue to another. A forwarder itself has no virtual functions: that would cost it
/// instructions where it is used alone.
class ByQueues final : public Way {
 public:
  ByQueues(queue::RxQueue& rx, queue::TxQueue& tx, std::shared_ptr<queue::Pool> pool,
           uint32_t batch_size, Handling handling)
      : rx_(rx), tx_(tx), forwarder_(rx, tx, std::move(pool), batch_size, handling) {}

  Step step() override { return forwarder_.step(); }
  uint32_t flush() override { return forwarder_.flush(); }
  [[nodiscard]] bool empty() const override { return forwarder_.empty(); }
  [[nodiscard]] Stopped stopped() const override { return forwarder_.stopped(); }
  [[nodiscard]] queue::QueueCounters rx_counters() const override { return rx_.counters(); }
  [[nodiscard]] queue::QueueCounters tx_counters() const override { return tx_.counters(); }

 private:
  queue::RxQueue& rx_;
  queue::TxQueue& tx_;
  Forwarder forwarder_;
};

}  // namespace bulkhead::net

// The two ends of a NIC's data path, whichever NIC it is: one virtual call a batch.
#pragma once

#include <cstdint>
#include <utility>

#include "bulkhead/base/owned_fd.hpp"
#include "bulkhead/queue/batch.hpp"

namespace bulkhead::queue {

/// What a queue has counted, and what its device did wrong.
struct QueueCounters {
  uint64_t frames = 0;
  uint64_t bad_length = 0;  ///< rx: a length that no frame in a buffer has; it was dropped
  uint64_t bad_frame = 0;   ///< rx: marked as an error, or spread over descriptors; dropped
  uint64_t bad_index = 0;   ///< a position or a buffer that the device cannot mean: see stopped()

  QueueCounters& operator+=(const QueueCounters& more) {
    frames += more.frames;
    bad_length += more.bad_length;
    bad_frame += more.bad_frame;
    bad_index += more.bad_index;
    return *this;
  }
};

/// Free buffers that a pool may have and an rx queue not go on, since it takes many at a time.
inline constexpr uint32_t buffers_to_go_on = 32;

/// On lines of its own, as is a TxQueue and a Pool: no thread's writes reach another thread's.
class alignas(64) RxQueue {
 public:
  RxQueue() = default;
  virtual ~RxQueue() = default;
  RxQueue(const RxQueue&) = delete;
  RxQueue& operator=(const RxQueue&) = delete;
  RxQueue(RxQueue&&) = delete;
  RxQueue& operator=(RxQueue&&) = delete;

  /// Appends the frames that have arrived to the batch, as many as it has room and the pool has
  /// free buffers for (buffers_to_go_on of them at times); returns how many. The batch must be of
  /// this queue's pool (a trap otherwise).
  virtual uint32_t receive(Batch& batch) = 0;

  // For sleeping until frames arrive, as net::Waiter does.

  /// The eventfd that is signalled when frames arrive while the queue is armed; -1 if its port has
  /// no interrupts.
  [[nodiscard]] int event() const { return event_.get(); }
  void set_event(OwnedFd event) { event_ = std::move(event); }
  /// From now on the next arrival is signalled. False if frames are there already: then receive
  /// them instead of sleeping.
  [[nodiscard]] virtual bool arm() = 0;
  /// Arrivals need no signal any more, though some may still come.
  virtual void disarm() {}

  /// The device broke the queue's rules: nothing is received any more. Such a queue can be armed:
  /// there is nothing to stay awake for.
  [[nodiscard]] virtual bool stopped() const = 0;
  [[nodiscard]] virtual QueueCounters counters() const = 0;

 private:
  OwnedFd event_;
};

class alignas(64) TxQueue {
 public:
  TxQueue() = default;
  virtual ~TxQueue() = default;
  TxQueue(const TxQueue&) = delete;
  TxQueue& operator=(const TxQueue&) = delete;
  TxQueue(TxQueue&&) = delete;
  TxQueue& operator=(TxQueue&&) = delete;

  /// Takes frames off the batch's front and sends them; returns how many. What did not fit stays in
  /// the batch. The batch must be of this queue's pool (a trap otherwise).
  virtual uint32_t send(Batch& batch) = 0;
  /// Takes back the buffers of frames that have left, which send() does only now and then: for when
  /// the pool has run dry.
  virtual void reclaim() = 0;
  /// The device broke the queue's rules: nothing is sent any more, and no buffer comes back.
  [[nodiscard]] virtual bool stopped() const = 0;
  [[nodiscard]] virtual QueueCounters counters() const = 0;
};

}  // namespace bulkhead::queue

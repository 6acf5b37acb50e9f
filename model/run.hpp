// The loop that serves several devices in one thread: busy while there is work, nearly idle when
// there is none.
#pragma once

#include <atomic>
#include <chrono>
#include <span>
#include <vector>

#include <poll.h>

#include "bulkhead/base/error.hpp"

namespace bulkhead::model {

/// Something that the loop drives: a server with its device.
class Service {
 public:
  Service() = default;
  virtual ~Service() = default;
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;
  Service(Service&&) = delete;
  Service& operator=(Service&&) = delete;

  /// Does a bounded piece of work without waiting; false if there was nothing to do.
  virtual bool service() = 0;
  /// Appends what to poll(2) for, descriptors and events: one is ready when there is work again.
  /// They may change from call to call; -1 is ignored.
  virtual void wake_fds(std::vector<pollfd>& fds) const = 0;
};

struct Idling {
  /// How long to go on asking after the last work: a driver that polls would notice a sleep.
  std::chrono::microseconds spin{50};
  /// Then this many turns that give the processor to others in between.
  int yields = 50;
  /// Then sleeps, from the shortest to the longest: doorbells in mapped pages wake nobody.
  std::chrono::microseconds shortest_sleep{100};
  std::chrono::microseconds longest_sleep{1000};
};

/// Runs until `stop` is set, which a signal handler or another thread may do. Errors: what ppoll(2)
/// says.
Result<> run(std::span<Service* const> services, const std::atomic<bool>& stop,
             const Idling& idling = {});

}  // namespace bulkhead::model

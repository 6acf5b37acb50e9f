#include "bulkhead/confine/compartment/forward_job.hpp"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bulkhead/base/ticks.hpp"
#include "bulkhead/confine/compartment/message.hpp"
#include "bulkhead/confine/compartment/process.hpp"

namespace bulkhead::confine {
namespace {

constexpr uint32_t rounds_before_sleep = 4'000;
/// Between two looks at the queues' counters.
constexpr uint64_t rounds_between_counts = 1'024;
/// A signal that never comes delays a frame by no more than this.
constexpr std::chrono::milliseconds longest_sleep{100};

/// Frames that wait for one port to send them must not starve the rx ring of the other.
Result<> check_pool(const queue::Pool& pool, const std::vector<PortEquipment>& ports,
                    uint32_t batch) {
  uint32_t pairs = 0;
  uint32_t needed = 0;
  for (const auto& port : ports)
    for (size_t pair = 0; pair < port.pairs.size(); ++pair)
      if (port.pools[pair].get() == &pool) {
        ++pairs;
        needed += port.pairs[pair]->most_buffers() + batch;
      }
  return check_room(pool, {.pairs = pairs, .batch = batch, .buffers = needed});
}

}  // namespace

Result<ForwardJob> ForwardJob::create(Equipment& equipment, ForwardWork work) {
  auto& ports = equipment.ports;
  if (ports.size() != 2 || ports[0].pairs.size() != ports[1].pairs.size())
    return fail(ErrorCode::protocol, "forwarding takes two ports of as many queues");
  const auto handling = work.touch != 0 ? net::Handling::touch : net::Handling::unchanged;
  std::vector<Direction> directions;
  std::vector<queue::RxQueue*> arrivals;
  for (size_t pair = 0; pair < ports[0].pairs.size(); ++pair) {
    if (ports[0].pools[pair] != ports[1].pools[pair])
      return fail(ErrorCode::protocol, "forwarding takes one pool for both ends");
    BULKHEAD_TRY(check_pool(*ports[0].pools[pair], ports, equipment.options.batch));
    for (const size_t from : {size_t{0}, size_t{1}}) {
      auto& rx = ports[from].pairs[pair]->rx();
      directions.push_back({.from = from,
                            .forwarder = std::make_unique<net::Forwarder>(
                                rx, ports[1 - from].pairs[pair]->tx(), ports[from].pools[pair],
                                equipment.options.batch, handling)});
      arrivals.push_back(&rx);
    }
  }
  return ForwardJob{equipment, std::move(directions),
                    net::Waiter::create(std::move(arrivals), std::move(equipment.wake))};
}

void ForwardJob::run() {
  for (auto& port : equipment_.ports)
    for (const auto& pair : port.pairs) pair->start();
  uint32_t idle_rounds = 0;
  auto& control = equipment_.control;
  while (!control.must_stop()) {
    control.beat(++heartbeat_);
    if (step_all()) {
      idle_rounds = 0;
      control.write_progress(counts_);
      if (equipment_.options.misbehaviour != Misbehaviour::none) [[unlikely]]
        misbehave();
    } else if (++idle_rounds > rounds_before_sleep) {
      sleep();
    }
    if (heartbeat_ % rounds_between_counts == 0) publish();
  }
  flush();
  publish();
}

bool ForwardJob::step_all() {
  bool moved = false;
  for (const auto& direction : directions_) {
    const uint64_t before = ticks();
    const auto step = direction.forwarder->step();
    if (step.received + step.sent > 0) {
      moved = true;
      counts_.frames.at(direction.from) += step.sent;
      counts_.batches += step.received > 0 ? 1 : 0;
      counts_.busy_ticks += ticks() - before;
    } else if (const auto stopped = direction.forwarder->stopped(); stopped.rx || stopped.tx) {
      counts_.rx_stopped.at(direction.from) = stopped.rx ? 1 : 0;
      counts_.tx_stopped.at(direction.from) = stopped.tx ? 1 : 0;
    }
  }
  return moved;
}

void ForwardJob::sleep() {
  publish();
  const bool all_sent = std::ranges::all_of(
      directions_, [](const auto& direction) { return direction.forwarder->empty(); });
  if (all_sent) {
    arrivals_.wait(longest_sleep);
  } else {
    net::Waiter::take_a_nap();
  }
}

/// Without a clock, which is a system call where the kernel's clock source wants one: the broker
/// does not wait for ever. In turn: a queue that is stuck keeps no other's frames.
void ForwardJob::flush() {
  for (bool left = true; left;) {
    left = false;
    for (const auto& direction : directions_) {
      if (direction.forwarder->empty() || direction.forwarder->stopped().tx) continue;
      left = true;
      equipment_.control.beat(++heartbeat_);
      counts_.frames.at(direction.from) += direction.forwarder->flush();
      equipment_.control.write_progress(counts_);
    }
  }
}

void ForwardJob::publish() {
  for (size_t i = 0; i < equipment_.ports.size(); ++i) {
    counts_.rx.at(i) = {};
    counts_.tx.at(i) = {};
    for (const auto& pair : equipment_.ports[i].pairs) {
      counts_.rx.at(i) += pair->rx().counters();
      counts_.tx.at(i) += pair->tx().counters();
    }
  }
  equipment_.control.write(counts_);
}

void ForwardJob::misbehave() {
  if (counts_.frames[0] + counts_.frames[1] < equipment_.options.misbehave_after) return;
  publish();
  switch (equipment_.options.misbehaviour) {
    case Misbehaviour::none:
      return;
    case Misbehaviour::hang:
      while (!equipment_.control.must_stop()) continue;
      return;
    case Misbehaviour::trap:
      __builtin_trap();
    case Misbehaviour::forbidden_call:
      static_cast<void>(::syscall(SYS_socket, 0, 0, 0));
      return;
    case Misbehaviour::blame:
      counts_.tx_stopped = {1, 1};
      return publish();
    case Misbehaviour::boast:
      counts_.frames = {uint64_t{1} << 40U, uint64_t{1} << 40U};
      return publish();
    case Misbehaviour::complain: {
      const auto words = encode(Error{ErrorCode::io, "cannot begin", {}});
      if (::write(Process::channel_number, words.data(), words.size()) < 0) return;
      ::_exit(EXIT_FAILURE);
    }
  }
}

}  // namespace bulkhead::confine

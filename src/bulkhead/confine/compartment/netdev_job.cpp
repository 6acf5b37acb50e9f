#include "bulkhead/confine/compartment/netdev_job.hpp"

#include <fmt/format.h>

#include "bulkhead/base/ticks.hpp"

namespace bulkhead::confine {
namespace {

// As Counts has them.
constexpr size_t to_interface = 0;
constexpr size_t to_device = 1;

/// Each look at the interface is a system call, so there are fewer of them than looks at queues.
constexpr uint32_t idle_rounds_before_sleep = 100;
/// Between two looks at the queues' counters.
constexpr uint64_t rounds_between_looks = 256;
/// A signal that never comes delays a frame by no more than this.
constexpr std::chrono::milliseconds longest_wait{100};

}  // namespace

Result<NetdevJob> NetdevJob::create(Equipment& equipment, NetdevWork work) {
  auto& ports = equipment.ports;
  if (ports.size() != 1 || ports[0].pairs.size() != 1)
    return fail(ErrorCode::protocol, "a network interface takes one port with one queue pair");
  if (equipment.options.misbehaviour != Misbehaviour::none)
    return fail(ErrorCode::protocol, "a network interface's worker does nothing wrong on purpose");
  const auto& pool = ports[0].pools[0];
  if (work.longest_frame > pool->buffer_size())
    return fail(ErrorCode::protocol, fmt::format("buffers of {} bytes for frames of {}",
                                                 pool->buffer_size(), work.longest_frame));
  auto& pair = *ports[0].pairs[0];
  const uint32_t batch = equipment.options.batch;
  BULKHEAD_TRY(
      check_room(*pool, {.pairs = 1, .batch = batch, .buffers = pair.most_buffers() + 2 * batch}));
  const int tap = equipment.interface.get();
  auto arrivals = net::Waiter::create({&pair.rx()}, std::move(equipment.wake));
  arrivals.wait_also_for(tap);
  return NetdevJob{equipment,
                   std::make_unique<net::TapExchange>(
                       pair.rx(), pair.tx(), pool,
                       net::TapExchange::Options{
                           .tap = tap, .batch = batch, .longest_frame = work.longest_frame}),
                   std::move(arrivals)};
}

void NetdevJob::run() {
  equipment_.ports[0].pairs[0]->start();
  auto& control = equipment_.control;
  uint32_t idle_rounds = 0;
  while (!control.must_stop()) {
    control.beat(++heartbeat_);
    if (step()) {
      idle_rounds = 0;
      control.write_progress(counts_);
    } else if (++idle_rounds > idle_rounds_before_sleep) {
      sleep();
    }
    if (heartbeat_ % rounds_between_looks == 0) publish();
  }
  flush();
  publish();
}

bool NetdevJob::step() {
  const uint64_t before = ticks();
  bool moved = count(to_interface, exchange_->to_interface());
  moved |= count(to_device, exchange_->to_device());
  if (moved) {
    counts_.busy_ticks += ticks() - before;
    ++counts_.batches;
  }
  return moved;
}

bool NetdevJob::count(size_t direction, net::TapExchange::Moved moved) {
  counts_.frames.at(direction) += moved.frames;
  counts_.dropped.at(direction) += moved.dropped;
  return moved.frames + moved.dropped > 0;
}

void NetdevJob::sleep() {
  publish();
  if (exchange_->interface_gone()) arrivals_.wait_also_for(-1);
  if (exchange_->waits_for_room()) {
    net::Waiter::take_a_nap();
  } else {
    arrivals_.wait(longest_wait);
  }
}

/// Without a clock, which is a system call where the kernel's clock source wants one: the broker
/// does not wait for ever.
void NetdevJob::flush() {
  while (exchange_->waits_for_room() && !exchange_->tx_stopped()) {
    equipment_.control.beat(++heartbeat_);
    counts_.frames.at(to_device) += exchange_->flush();
    equipment_.control.write_progress(counts_);
  }
}

void NetdevJob::publish() {
  auto& pair = *equipment_.ports[0].pairs[0];
  counts_.rx.at(0) = pair.rx().counters();
  counts_.tx.at(0) = pair.tx().counters();
  counts_.rx_stopped.at(0) = exchange_->rx_stopped() ? 1 : 0;
  counts_.tx_stopped.at(0) = exchange_->tx_stopped() ? 1 : 0;
  equipment_.control.write(counts_);
}

}  // namespace bulkhead::confine

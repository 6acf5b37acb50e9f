#include "bulkhead/confine/compartment/netdev_job.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "bulkhead/base/ticks.hpp"

namespace bulkhead::confine {
namespace {

// As Counts has them.
constexpr size_t to_interface = 0;
constexpr size_t to_device = 1;

/// Each look at a queue of the interface is a system call, so there are fewer of them than of looks
/// at the device's.
constexpr size_t idle_looks_before_sleep = 100;
/// Between two looks at the queues' counters.
constexpr uint64_t rounds_between_looks = 256;
/// A signal that never comes delays a frame by no more than this.
constexpr std::chrono::milliseconds longest_wait{100};

Result<> check_pair(const PortEquipment& port, size_t pair, uint32_t batch,
                    const NetdevWork& work) {
  const auto& pool = port.pools[pair];
  if (std::ranges::count(port.pools, pool) != 1)
    return fail(ErrorCode::protocol, "a network interface takes a pool for each queue pair");
  if (work.longest_frame > pool->buffer_size())
    return fail(ErrorCode::protocol, fmt::format("buffers of {} bytes for frames of {}",
                                                 pool->buffer_size(), work.longest_frame));
  return check_room(
      *pool, {.pairs = 1, .batch = batch, .buffers = port.pairs[pair]->most_buffers() + 2 * batch});
}

}  // namespace

Result<NetdevJob> NetdevJob::create(Equipment& equipment, const NetdevWork& work) {
  if (equipment.ports.size() != 1 || equipment.interface_queues.empty() ||
      equipment.ports[0].pairs.size() != equipment.interface_queues.size())
    return fail(ErrorCode::protocol,
                "a network interface takes one port, with as many queue pairs as it has queues");
  if (equipment.options.misbehaviour != Misbehaviour::none)
    return fail(ErrorCode::protocol, "a network interface's worker does nothing wrong on purpose");
  auto& port = equipment.ports[0];
  const uint32_t batch = equipment.options.batch;
  Exchanges exchanges;
  std::vector<queue::RxQueue*> queues;
  for (size_t i = 0; i < port.pairs.size(); ++i) {
    BULKHEAD_TRY(check_pair(port, i, batch, work));
    auto& pair = *port.pairs[i];
    const net::TapExchange::Options options{.tap = equipment.interface_queues[i].get(),
                                            .batch = batch,
                                            .longest_frame = work.longest_frame};
    exchanges.push_back(
        std::make_unique<net::TapExchange>(pair.rx(), pair.tx(), port.pools[i], options));
    queues.push_back(&pair.rx());
  }
  auto arrivals = net::Waiter::create(std::move(queues), std::move(equipment.wake));
  for (const auto& queue : equipment.interface_queues) arrivals.wait_also_for(queue.get());
  return NetdevJob{equipment, std::move(exchanges), std::move(arrivals)};
}

void NetdevJob::run() {
  for (const auto& pair : equipment_.ports[0].pairs) pair->start();
  auto& control = equipment_.control;
  size_t idle_looks = 0;
  for (uint64_t round = 1; !control.must_stop(); ++round) {
    const bool moved = step_all();
    idle_looks = moved ? 0 : idle_looks + exchanges_.size();
    if (moved) {
      control.write_progress(counts_);
    } else if (idle_looks > idle_looks_before_sleep) {
      sleep();
    }
    if (round % rounds_between_looks == 0) publish();
  }
  flush();
  publish();
}

bool NetdevJob::step_all() {
  bool moved = false;
  for (const auto& exchange : exchanges_) moved |= step(*exchange);
  return moved;
}

/// A round of many pairs, a system call for each frame, would be long between two beats.
bool NetdevJob::step(net::TapExchange& exchange) {
  equipment_.control.beat(++heartbeat_);
  const uint64_t before = ticks();
  bool moved = count(to_interface, exchange.to_interface());
  moved |= count(to_device, exchange.to_device());
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
  if (exchanges_[0]->interface_gone()) arrivals_.forget_others();
  if (std::ranges::any_of(exchanges_, [](const auto& one) { return one->waits_for_room(); })) {
    net::Waiter::take_a_nap();
  } else {
    arrivals_.wait(longest_wait);
  }
}

/// Without a clock, which is a system call where the kernel's clock source wants one: the broker
/// does not wait for ever. In turn: a pair that is stuck keeps no other's frames.
void NetdevJob::flush() {
  for (bool left = true; left;) {
    left = false;
    for (const auto& exchange : exchanges_) {
      if (!exchange->waits_for_room() || exchange->tx_stopped()) continue;
      left = true;
      equipment_.control.beat(++heartbeat_);
      counts_.frames.at(to_device) += exchange->flush();
      equipment_.control.write_progress(counts_);
    }
  }
}

void NetdevJob::publish() {
  counts_.rx.at(0) = {};
  counts_.tx.at(0) = {};
  counts_.rx_stopped.at(0) = 0;
  counts_.tx_stopped.at(0) = 0;
  for (const auto& pair : equipment_.ports[0].pairs) {
    counts_.rx.at(0) += pair->rx().counters();
    counts_.tx.at(0) += pair->tx().counters();
    counts_.rx_stopped.at(0) |= pair->rx().stopped() ? 1U : 0U;
    counts_.tx_stopped.at(0) |= pair->tx().stopped() ? 1U : 0U;
  }
  equipment_.control.write(counts_);
}

}  // namespace bulkhead::confine

// `bulkhead forward A B`: frames that arrive at one port leave through the other.
#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "bulkhead/app/command.hpp"
#include "bulkhead/app/forward_options.hpp"
#include "bulkhead/app/forward_report.hpp"
#include "bulkhead/app/forward_threads.hpp"
#include "bulkhead/app/port_pair.hpp"
#include "bulkhead/app/sandbox.hpp"
#include "bulkhead/app/stop_signal.hpp"

namespace bulkhead::app {
namespace {

using Clock = std::chrono::steady_clock;

struct Options : ForwardOptions {
  SandboxOptions sandbox;
  uint32_t threads = 1;
  double idle = 0;
};

/// From a port's queue pair to the same one of the other port.
Result<std::unique_ptr<net::Way>> way_from(PortPair& ports, size_t from, uint16_t number,
                                           const Options& options) {
  const auto handling = options.touch ? net::Handling::touch : net::Handling::unchanged;
  const QueueId queue{number};
  net::Port& in = *ports.port.at(from);
  net::Port& out = *ports.port.at(1 - from);
  if (ports.frames) {
    const auto input = static_cast<uint32_t>(2U * number + from);
    BULKHEAD_TRY_ASSIGN(const auto relay,
                        net::make_relay<1>(in, {&out}, queue, *ports.frames, input));
    return std::make_unique<net::InPlace>(relay, options.batch, handling);
  }
  return std::make_unique<net::ByQueues>(in.rx(queue), out.tx(queue), ports.pools[number],
                                         options.batch, handling);
}

/// A queue pair belongs to one thread with both of its directions, which share a pool.
Result<Share> share_of(PortPair& ports, uint32_t thread, const Options& options) {
  Directions directions;
  for (uint32_t i = thread; i < options.ports.queues; i += options.threads) {
    for (const size_t from : {size_t{0}, size_t{1}}) {
      BULKHEAD_TRY_ASSIGN(auto way, way_from(ports, from, static_cast<uint16_t>(i), options));
      directions.push_back({.way = std::move(way), .number = from});
    }
  }
  BULKHEAD_TRY_ASSIGN(auto arrivals,
                      arrivals_at(ports, {.first = thread, .step = options.threads}));
  return Share{.directions = std::move(directions), .arrivals = std::move(arrivals)};
}

Result<std::vector<Share>> share_out(PortPair& ports, const Options& options) {
  std::vector<Share> shares;
  for (uint32_t thread = 0; thread < options.threads; ++thread) {
    BULKHEAD_TRY_ASSIGN(auto share, share_of(ports, thread, options));
    shares.push_back(std::move(share));
  }
  return shares;
}

/// What the directions have counted, for the ports that they begin and end at.
std::array<PortTotals, 2> totals_of(const PortPair& ports, const ForwardThreads& threads) {
  std::array<PortTotals, 2> totals;
  for (size_t i = 0; i < totals.size(); ++i) totals.at(i).name = ports.port.at(i)->description();
  for (const auto& worker : threads.workers()) {
    for (const auto& direction : worker->directions()) {
      totals.at(direction.number).rx += direction.way->rx_counters();
      totals.at(1 - direction.number).tx += direction.way->tx_counters();
    }
  }
  return totals;
}

/// Watches over the threads until there is a reason to stop; an error if the reason is one.
Result<> watch(PortPair& ports, const ForwardThreads& threads, const Options& options,
               StopSignal& signal) {
  const auto start = Clock::now();
  auto last_frame = start;
  uint64_t frames = 0;
  LiveStatistics statistics{options.quiet};
  while (!signal.wait(std::chrono::milliseconds{100}) && !threads.finished()) {
    BULKHEAD_TRY(check_ports(ports, {threads.stopped(0), threads.stopped(1)}));
    const auto passed = threads.passed();
    if (statistics.update(passed)) BULKHEAD_TRY(read_statistics(ports));
    const auto now = Clock::now();
    if (passed.total() != frames) {
      frames = passed.total();
      last_frame = now;
    }
    const auto longer_than = [&](Clock::time_point since, double seconds) {
      return seconds > 0 && now - since >= std::chrono::duration<double>{seconds};
    };
    if (longer_than(start, options.seconds) || longer_than(last_frame, options.idle)) break;
  }
  return {};
}

/// What a worker asks the kernel for.
confine::SystemCalls calls_of_worker(const PortPair& ports, Idle idle) {
  const auto ringing = std::max(ports.port[0]->doorbell_call(), ports.port[1]->doorbell_call());
  if (ringing == driver::DoorbellCall::pwrite) return confine::SystemCalls::port_io;
  return idle == Idle::spin && ringing == driver::DoorbellCall::none
             ? confine::SystemCalls::none
             : confine::SystemCalls::interrupts;
}

/// What the threads' sandbox has to leave to them.
confine::Policy policy_of(PortPair& ports, const StopSignal& signal,
                          const std::vector<Share>& shares, confine::SystemCalls calls) {
  std::vector<int> wakers;
  size_t polled = 0;
  for (const Share& share : shares) {
    wakers.push_back(share.arrivals.woken_by());
    polled = std::max(polled, share.arrivals.descriptors());
  }
  return {.keep = descriptors_to_keep(ports, signal, wakers),
          .threads = static_cast<uint32_t>(shares.size()),
          .thread_calls = calls,
          .polled = static_cast<uint32_t>(polled)};
}

/// A worker still uses the ports: nothing is destroyed.
[[noreturn]] void end_without_worker(const PortPair& ports) {
  static_cast<void>(
      report({ErrorCode::hostile_device, "the data path hangs in a call to the kernel",
              fmt::format("the other side of {} or {} holds one of its events up: do not trust it",
                          ports.port[0]->description(), ports.port[1]->description())}));
  ::_exit(exit_failure);
}

/// The ports stay open, for the error to be reported first: the kernel may need a minute to close a
/// device that has gone.
Result<> forward(const Options& options, PortPair& ports) {
  BULKHEAD_TRY_ASSIGN(ports, open_ports(options.ports));
  BULKHEAD_TRY_ASSIGN(auto signal, StopSignal::create());
  BULKHEAD_TRY(wait_for_links(ports, signal));
  BULKHEAD_TRY_ASSIGN(auto shares, share_out(ports, options));
  const auto idle = options.ports.poll ? Idle::spin : Idle::sleep;
  const auto calls = calls_of_worker(ports, idle);
  BULKHEAD_TRY_ASSIGN(auto sandbox,
                      enter_sandbox(options.sandbox, policy_of(ports, signal, shares, calls)));
  if (options.sandbox.show) return show_confinement(*sandbox, options.json);
  const auto start = Clock::now();
  ForwardThreads threads{std::move(shares),
                         {.limit = options.count, .idle = idle, .calls = calls},
                         sandbox ? &*sandbox : nullptr};
  auto result = watch(ports, threads, options, signal);
  if (!threads.stop()) end_without_worker(ports);
  if (result) result = threads.outcome();
  Totals totals{.time = Clock::now() - start,
                .passed = threads.passed(),
                .frames_by_thread = threads.frames_by_thread(),
                .ports = totals_of(ports, threads),
                .lives = {}};
  for (size_t i = 0; i < ports.port.size() && result; ++i) {
    auto device = ports.port.at(i)->statistics();
    if (device) {
      totals.ports.at(i).device = *std::move(device);
    } else {
      result = std::unexpected(std::move(device).error());
    }
  }
  print_totals(totals, options.json);
  return result;
}

}  // namespace

void add_forward(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("forward", "Forward frames between two ports, both ways");
  add_forward_options(*command, *options);
  add_no_iommu_option(*command, options->ports);
  command
      ->add_option("--threads", options->threads,
                   "Threads that share the --queues pairs out between them, each for a core")
      ->check(CLI::Range(1U, 64U))
      ->capture_default_str();
  command
      ->add_flag("--relay", options->ports.in_place,
                 "Send every frame from the buffer that it came into: fewer instructions, for "
                 "82599, X520, X540 and X550 that are polled, and an --mtu of at most 2030")
      ->needs("--poll")
      ->excludes("--no-iommu-i-know-dma-can-write-anywhere");
  add_sandbox_options(*command, options->sandbox);
  command
      ->add_option("--idle", options->idle, "Stop when no frame has passed for this many seconds")
      ->check(check_time, "POSITIVE");
  command->footer(
      "Frames pass unchanged and in order. Statistics go to stderr once a second, totals "
      "to stdout at the end. Ctrl-C ends it cleanly.");
  command->callback([options, &exit_code] {
    if (options->ports.in_place && options->ports.mtu > net::RelayFrames::largest_mtu)
      throw CLI::ValidationError{
          fmt::format("--relay takes an --mtu of at most {}", net::RelayFrames::largest_mtu)};
    if (options->threads > options->ports.queues)
      throw CLI::ValidationError{fmt::format("--threads {} are more than the --queues {} give work",
                                             options->threads, options->ports.queues)};
    PortPair ports;
    const auto result = forward(*options, ports);
    exit_code = result ? exit_success : report(result.error());
  });
}

}  // namespace bulkhead::app

// `bulkhead forward A B`: frames that arrive at one port leave through the other.
#include <algorithm>
#include <memory>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "bulkhead/app/command.hpp"
#include "bulkhead/app/forward_options.hpp"
#include "bulkhead/app/forward_report.hpp"
#include "bulkhead/app/forward_worker.hpp"
#include "bulkhead/app/port_pair.hpp"
#include "bulkhead/app/sandbox.hpp"
#include "bulkhead/app/stop_signal.hpp"

namespace bulkhead::app {
namespace {

using Clock = std::chrono::steady_clock;

struct Options : ForwardOptions {
  SandboxOptions sandbox;
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

Result<Directions> directions_between(PortPair& ports, const Options& options) {
  Directions directions;
  for (uint16_t i = 0; i < options.ports.queues; ++i) {
    for (const size_t from : {size_t{0}, size_t{1}}) {
      BULKHEAD_TRY_ASSIGN(auto way, way_from(ports, from, i, options));
      directions.push_back({.way = std::move(way), .number = from});
    }
  }
  return directions;
}

/// What the directions have counted, for the ports that they begin and end at.
std::array<PortTotals, 2> totals_of(const PortPair& ports, const Directions& directions) {
  std::array<PortTotals, 2> totals;
  for (size_t i = 0; i < totals.size(); ++i) totals.at(i).name = ports.port.at(i)->description();
  for (const auto& direction : directions) {
    totals.at(direction.number).rx += direction.way->rx_counters();
    totals.at(1 - direction.number).tx += direction.way->tx_counters();
  }
  return totals;
}

/// Watches over the worker until there is a reason to stop; an error if the reason is one.
Result<> watch(PortPair& ports, const ForwardWorker& worker, const Progress& progress,
               const Options& options, StopSignal& signal) {
  const auto start = Clock::now();
  auto last_frame = start;
  uint64_t frames = 0;
  LiveStatistics statistics{progress, options.quiet};
  while (!signal.wait(std::chrono::milliseconds{100}) && !worker.finished()) {
    BULKHEAD_TRY(check_ports(ports, {progress.stopped(0), progress.stopped(1)}));
    if (statistics.update()) BULKHEAD_TRY(read_statistics(ports));
    const auto now = Clock::now();
    if (progress.total() != frames) {
      frames = progress.total();
      last_frame = now;
    }
    const auto longer_than = [&](Clock::time_point since, double seconds) {
      return seconds > 0 && now - since >= std::chrono::duration<double>{seconds};
    };
    if (longer_than(start, options.seconds) || longer_than(last_frame, options.idle)) break;
  }
  return {};
}

/// What the worker asks the kernel for.
confine::SystemCalls calls_of_worker(const PortPair& ports, Idle idle) {
  const auto ringing = std::max(ports.port[0]->doorbell_call(), ports.port[1]->doorbell_call());
  if (ringing == driver::DoorbellCall::pwrite) return confine::SystemCalls::port_io;
  return idle == Idle::spin && ringing == driver::DoorbellCall::none
             ? confine::SystemCalls::none
             : confine::SystemCalls::interrupts;
}

/// The worker still uses the ports: nothing is destroyed.
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
  BULKHEAD_TRY_ASSIGN(auto directions, directions_between(ports, options));
  BULKHEAD_TRY_ASSIGN(auto arrivals, arrivals_at(ports));
  const auto idle = options.ports.poll ? Idle::spin : Idle::sleep;
  const auto calls = calls_of_worker(ports, idle);
  BULKHEAD_TRY_ASSIGN(
      auto sandbox,
      enter_sandbox(options.sandbox, {.keep = descriptors_to_keep(ports, signal, arrivals),
                                      .threads = 1,
                                      .thread_calls = calls,
                                      .polled = static_cast<uint32_t>(arrivals.descriptors())}));
  if (options.sandbox.show) return show_confinement(*sandbox, options.json);
  Progress progress;
  const auto start = Clock::now();
  ForwardWorker worker{std::move(directions),
                       {.limit = options.count, .idle = idle, .calls = calls},
                       progress,
                       std::move(arrivals),
                       sandbox ? &*sandbox : nullptr};
  auto result = watch(ports, worker, progress, options, signal);
  if (!worker.stop()) end_without_worker(ports);
  if (result) result = worker.outcome();
  Totals totals{
      .time = Clock::now() - start, .ports = totals_of(ports, worker.directions()), .lives = {}};
  for (size_t i = 0; i < ports.port.size() && result; ++i) {
    auto device = ports.port.at(i)->statistics();
    if (device) {
      totals.ports.at(i).device = *std::move(device);
    } else {
      result = std::unexpected(std::move(device).error());
    }
  }
  print_totals(totals, progress, options.json);
  return result;
}

}  // namespace

void add_forward(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("forward", "Forward frames between two ports, both ways");
  add_forward_options(*command, *options);
  add_no_iommu_option(*command, options->ports);
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
    PortPair ports;
    const auto result = forward(*options, ports);
    exit_code = result ? exit_success : report(result.error());
  });
}

}  // namespace bulkhead::app

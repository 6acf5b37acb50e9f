// `bulkhead exchange A B`: numbered frames of all sizes between two ports on one cable, verified.
#include <array>
#include <memory>
#include <random>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bulkhead/app/command.hpp"
#include "bulkhead/app/passage.hpp"
#include "bulkhead/app/port_pair.hpp"
#include "bulkhead/app/sandbox.hpp"
#include "bulkhead/app/stop_signal.hpp"

namespace bulkhead::app {
namespace {

using Clock = std::chrono::steady_clock;
using Passages = std::array<Passage, 2>;

struct ExchangeOptions {
  PortPairOptions ports;
  SandboxOptions sandbox;
  uint64_t frames = 100'000;
  bool json = false;
};

/// A frame that takes longer is lost.
constexpr std::chrono::seconds peer_patience{5};
/// Steps without anything to do before sleeping until frames arrive.
constexpr uint32_t steps_before_sleep = 1'000;
constexpr std::chrono::milliseconds longest_wait{100};

/// Of the queues that frames from this port arrive at, if there were a way on through the other.
net::Forwarder::Stopped stopped(PortPair& ports, size_t port) {
  return {.rx = ports.port.at(port)->rx(QueueId{0}).stopped(),
          .tx = ports.port.at(1 - port)->tx(QueueId{0}).stopped()};
}

/// Errors: a device that is gone, or one that broke the rules.
Result<> run(Passages& passages, PortPair& ports, net::Waiter& arrivals, StopSignal& signal) {
  auto last_frame = Clock::now();
  for (uint32_t idle_steps = 0; !passages[0].finished() || !passages[1].finished();) {
    const bool there = passages[0].step();
    if (passages[1].step() || there) {
      idle_steps = 0;
      last_frame = Clock::now();
    } else if (++idle_steps > steps_before_sleep) {
      BULKHEAD_TRY(check_ports(ports, {stopped(ports, 0), stopped(ports, 1)}));
      if (Clock::now() - last_frame > peer_patience || signal.wait(std::chrono::milliseconds{0}))
        break;
      arrivals.wait(longest_wait);
    }
  }
  return {};
}

nlohmann::json as_json(const Passage::Counts& counts) {
  return {{"sent", counts.sent},
          {"received", counts.received},
          {"corrupted", counts.corrupted},
          {"out_of_order", counts.out_of_order},
          {"duplicated", counts.duplicated},
          {"foreign", counts.foreign}};
}

void print(const Passages& passages, std::chrono::duration<double> time, bool json) {
  const auto there = passages[0].counts();
  const auto back = passages[1].counts();
  if (json) {
    const nlohmann::json report{
        {"seconds", time.count()}, {"a_to_b", as_json(there)}, {"b_to_a", as_json(back)}};
    fmt::print("{}\n", report.dump(2));
    return;
  }
  for (const auto& [direction, counts] : {std::pair{"A to B", there}, std::pair{"B to A", back}})
    fmt::print(
        "{}: {} of {} frames arrived in {:.1f} s, {} corrupted, {} out of order, {} "
        "duplicated; {} foreign\n",
        direction, counts.received, counts.sent, time.count(), counts.corrupted,
        counts.out_of_order, counts.duplicated, counts.foreign);
}

/// Errors: anything but every frame once, in order and intact.
Result<> judge(const Passages& passages, uint64_t frames) {
  for (const auto& passage : passages) {
    const auto counts = passage.counts();
    if (counts.received != frames || counts.corrupted != 0 || counts.out_of_order != 0 ||
        counts.duplicated != 0)
      return fail(ErrorCode::io, "not every frame arrived once, in order and unchanged",
                  "are A and B on the same cable, with nothing else between them?");
  }
  return {};
}

/// The ports stay open, for the error to be reported first: the kernel may need a minute to close a
/// device that has gone.
Result<> exchange(const ExchangeOptions& options, PortPair& ports) {
  BULKHEAD_TRY_ASSIGN(ports, open_ports(options.ports));
  BULKHEAD_TRY_ASSIGN(auto signal, StopSignal::create());
  BULKHEAD_TRY(wait_for_links(ports, signal));
  BULKHEAD_TRY_ASSIGN(auto arrivals, arrivals_at(ports));
  const auto stream = static_cast<uint32_t>(std::random_device{}());
  BULKHEAD_TRY_ASSIGN(
      const auto sandbox,
      enter_sandbox(options.sandbox,
                    {.keep = descriptors_to_keep(ports, signal, std::array{arrivals.woken_by()}),
                     .polled = static_cast<uint32_t>(arrivals.descriptors())}));
  if (options.sandbox.show) return show_confinement(*sandbox, options.json);
  auto& [a, b] = ports.port;
  const auto& pool = ports.pools.front();
  Passages passages{Passage{*a, *b, pool, {.frames = options.frames, .stream = stream}},
                    Passage{*b, *a, pool, {.frames = options.frames, .stream = stream + 1}}};
  const auto start = Clock::now();
  const auto result = run(passages, ports, arrivals, signal);
  print(passages, Clock::now() - start, options.json);
  if (!result) return result;
  return judge(passages, options.frames);
}

}  // namespace

void add_exchange(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<ExchangeOptions>();
  auto* command = app.add_subcommand(
      "exchange", "Check two ports on one cable: send frames both ways and verify them");
  add_port_options(*command, options->ports);
  add_no_iommu_option(*command, options->ports);
  add_sandbox_options(*command, options->sandbox);
  command->add_option("--frames", options->frames, "How many, each way")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_flag("--json", options->json, "Print the totals as JSON");
  command->footer(
      "Frames have all sizes that the MTU allows, a number and a checksum. The exit code is 0 only "
      "if each has arrived once, in order and unchanged.");
  command->callback([options, &exit_code] {
    PortPair ports;
    const auto result = exchange(*options, ports);
    exit_code = result ? exit_success : report(result.error());
  });
}

}  // namespace bulkhead::app

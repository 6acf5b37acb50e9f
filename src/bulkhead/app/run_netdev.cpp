// A network interface of this machine whose driver is a compartment.
#include "bulkhead/app/run_netdev.hpp"

#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "bulkhead/app/command.hpp"
#include "bulkhead/app/compartment_options.hpp"
#include "bulkhead/app/interface_keeper.hpp"
#include "bulkhead/app/lines.hpp"
#include "bulkhead/app/port_report.hpp"
#include "bulkhead/app/port_warnings.hpp"
#include "bulkhead/app/ready_notice.hpp"
#include "bulkhead/app/stop_signal.hpp"
#include "bulkhead/bus/pci_address.hpp"
#include "bulkhead/confine/compartment/compartment.hpp"
#include "bulkhead/confine/compartment/privileges.hpp"
#include "bulkhead/net/tap.hpp"

namespace bulkhead::app {
namespace {

using Clock = std::chrono::steady_clock;

constexpr uint32_t usual_mtu = 1500;
/// What networks with long frames use, and most devices can do.
constexpr uint32_t jumbo_mtu = 9000;

struct RunNetdevOptions {
  std::string port;
  std::string name;
  uint32_t queues = 1;
  uint32_t mtu = 0;  ///< 0: jumbo_mtu where the device can, usual_mtu otherwise
  uint32_t batch = 64;
  bool poll = false;
  bool json = false;
  CompartmentOptions compartment;
};

struct OpenedPort {
  std::vector<std::shared_ptr<queue::Pool>> pools;  ///< one a queue pair
  std::array<std::unique_ptr<net::Port>, 1> port;
};

Result<OpenedPort> open_with(const RunNetdevOptions& options, uint32_t mtu) {
  OpenedPort opened;
  const auto buffer_size = round_up(Bytes{driver::largest_frame(mtu)}, 1_KiB);
  for (uint32_t i = 0; i < options.queues; ++i) {
    BULKHEAD_TRY_ASSIGN(auto pool, queue::Pool::create({.buffer_size = buffer_size}));
    opened.pools.push_back(std::move(pool));
  }
  // The kernel looks at addresses itself, and so bridges and further addresses work.
  BULKHEAD_TRY_ASSIGN(opened.port[0], net::open_port(options.port, {.pools = opened.pools,
                                                                    .mtu = mtu,
                                                                    .promiscuous = true,
                                                                    .interrupts = !options.poll,
                                                                    .elsewhere = true}));
  return opened;
}

Result<OpenedPort> open_netdev_port(const RunNetdevOptions& options) {
  auto opened = open_with(options, options.mtu == 0 ? jumbo_mtu : options.mtu);
  if (!opened && opened.error().code == ErrorCode::invalid_argument && options.mtu == 0)
    opened = open_with(options, usual_mtu);
  if (!opened) return opened;
  if (bus::pci_address_of(options.port)) {
    warn_of_small_pages(opened->pools);
    warn_of_unreadable_log();
  }
  if (!options.poll) BULKHEAD_TRY(warn_of_naps(opened->port, true));
  return opened;
}

Result<confine::JobKit> make_kit(const RunNetdevOptions& options, const OpenedPort& opened,
                                 const net::Tap& tap) {
  const uint32_t longest = driver::largest_frame(opened.port[0]->mtu());
  BULKHEAD_TRY_ASSIGN(const auto job, job_options(options.compartment, options.batch));
  return confine::JobKit::create(
      job, confine::NetdevTask{.queues = tap.queues(), .longest_frame = longest}, opened.port,
      opened.pools);
}

/// Until there is a reason to stop; an error if the reason is one.
Result<> watch(confine::Supervisor& supervisor, InterfaceKeeper& keeper, StopSignal& signal) {
  constexpr std::chrono::milliseconds between_looks{100};
  BULKHEAD_TRY(keeper.look());
  auto looked = Clock::now();
  while (!signal.wait(std::chrono::milliseconds{0})) {
    BULKHEAD_TRY(supervisor.watch(between_looks, signal.fd()));
    if (Clock::now() - looked < between_looks) continue;
    looked = Clock::now();
    BULKHEAD_TRY(keeper.look());
  }
  return {};
}

void print_netdev_totals(const PortTotals& port, const confine::Supervisor& supervisor, bool json) {
  const auto counts = supervisor.counts();
  if (json) {
    const nlohmann::json object{
        {"to_interface", {{"frames", counts.frames[0]}, {"dropped", counts.dropped[0]}}},
        {"to_device", {{"frames", counts.frames[1]}, {"dropped", counts.dropped[1]}}},
        {"deaths", supervisor.deaths()},
        {"hangs", supervisor.hangs()},
        {"port", to_json(port)}};
    fmt::print("{}\n", object.dump(2));
    return;
  }
  fmt::print(
      "{} frames to the interface ({} dropped: it was down or full), {} to the device "
      "({} dropped: too long for it, or malformed)\n",
      counts.frames[0], counts.dropped[0], counts.frames[1], counts.dropped[1]);
  print_lives({.deaths = supervisor.deaths(), .hangs = supervisor.hangs()});
  print_port(port);
}

Result<> print_end(net::Port& port, const confine::Supervisor& supervisor, bool json) {
  const auto counts = supervisor.counts();
  PortTotals totals{
      .name = port.description(), .device = {}, .rx = counts.rx[0], .tx = counts.tx[0]};
  BULKHEAD_TRY_ASSIGN(totals.device, port.statistics());
  print_netdev_totals(totals, supervisor, json);
  return {};
}

/// The port stays open, for the error to be reported first: the kernel may need a minute to close a
/// device that has gone.
Result<> run_netdev(const RunNetdevOptions& options, OpenedPort& opened) {
  warn_of_no_sandbox(options.compartment);
  confine::raise_descriptor_limit();
  BULKHEAD_TRY(confine::check_workers(options.compartment.workers, options.queues));
  BULKHEAD_TRY_ASSIGN(const auto program,
                      confine::Program::this_one({"bulkhead", std::string{worker_command}}));
  BULKHEAD_TRY_ASSIGN(auto tap, net::Tap::open(options.name, options.queues));
  BULKHEAD_TRY_ASSIGN(opened, open_netdev_port(options));
  auto& port = *opened.port[0];
  BULKHEAD_TRY_ASSIGN(auto signal, StopSignal::create());
  BULKHEAD_TRY_ASSIGN(const auto kit, make_kit(options, opened, tap));
  Lines lines;
  const auto say = [&](const std::string& line) { lines.say(fmt::format("bulkhead: {}\n", line)); };
  InterfaceKeeper keeper{
      port, tap, [&](const std::string& line) { say(fmt::format("{}: {}", options.name, line)); }};
  BULKHEAD_TRY(keeper.begin());
  tell_that_we_are_ready();
  BULKHEAD_TRY(confine::drop_privileges());
  say(fmt::format("{}: {}, {}, MTU up to {}", options.name, port.description(),
                  port.mac().to_string(), port.mtu()));
  confine::PortsCharge charge{opened.port};
  confine::Clock clock;
  confine::Supervisor supervisor{charge,
                                 [&] { return kit.start(program, options.compartment.workers); },
                                 supervision(options.compartment, lines), clock};
  auto result = supervisor.start();
  if (result) result = watch(supervisor, keeper, signal);
  keeper.end();
  if (auto stopped = supervisor.stop(); !stopped && result) result = std::move(stopped);
  auto printed = print_end(port, supervisor, options.json);
  return result ? printed : result;
}

}  // namespace

void add_run_netdev(CLI::App& run, int& exit_code) {
  auto options = std::make_shared<RunNetdevOptions>();
  auto* command = run.add_subcommand(
      "netdev", "Make a port a network interface of this machine, for ip, ping, and everybody");
  command->add_option("A", options->port, "The port: vfio-user:PATH, or a PCI address (03:00.0)")
      ->required();
  command->add_option("--name", options->name, "The interface's name")->required();
  command
      ->add_option("--queues", options->queues,
                   "Queues of the interface, a queue pair of the port for each")
      ->check(CLI::Range(1U, 64U))
      ->capture_default_str();
  command
      ->add_option("--mtu", options->mtu,
                   "The largest MTU that the interface may be given (9000, or 1500 where the "
                   "device cannot)")
      ->check(CLI::Range(68U, 9728U));
  command->add_option("--batch", options->batch, "Frames handled at a time")
      ->check(CLI::Range(1U, queue::Batch::most))
      ->capture_default_str();
  command->add_flag("--poll", options->poll, "Never wait for the device's interrupts");
  command->add_flag("--json", options->json, "Print the totals as JSON");
  add_compartment_options(*command, options->compartment);
  add_workers_option(*command, options->compartment);
  command->footer(
      "The interface has the device's address, its carrier follows the device's link, and it is "
      "gone when this ends, unless it was there before (ip tuntap add dev NAME mode tap user "
      "USER; for several queues, multi_queue user USER): then no privilege is needed. When the "
      "worker dies or hangs, what lay in the rings is lost, the next one goes on, and connections "
      "stay. Ctrl-C ends it cleanly.");
  command->callback([options, &exit_code] {
    OpenedPort opened;
    const auto result = run_netdev(*options, opened);
    exit_code = result ? exit_success : report(result.error());
  });
}

}  // namespace bulkhead::app

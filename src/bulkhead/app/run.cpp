// `bulkhead run forward A B`: the same job as `bulkhead forward`, in a compartment: the data path
// is a process that can do nothing else, and that is replaced when it dies.
#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "bulkhead/app/command.hpp"
#include "bulkhead/app/compartment_options.hpp"
#include "bulkhead/app/forward_options.hpp"
#include "bulkhead/app/forward_report.hpp"
#include "bulkhead/app/lines.hpp"
#include "bulkhead/app/port_pair.hpp"
#include "bulkhead/app/run_netdev.hpp"
#include "bulkhead/app/stop_signal.hpp"
#include "bulkhead/confine/compartment/compartment.hpp"
#include "bulkhead/confine/compartment/privileges.hpp"

namespace bulkhead::app {
namespace {

using Clock = std::chrono::steady_clock;
using confine::Misbehaviour;

struct RunForwardOptions : ForwardOptions {
  CompartmentOptions compartment;
  Misbehaviour misbehaviour = Misbehaviour::none;
  uint32_t misbehave_after = 0;
};

Passed passed(const confine::Counts& counts) {
  return {.frames = counts.frames, .batches = counts.batches, .busy_ticks = counts.busy_ticks};
}

/// Frames that the devices say they have sent; of a device that does not count (virtio), those that
/// the workers say it has.
Result<uint64_t> frames_sent(PortPair& ports, const confine::Counts& counts) {
  uint64_t sent = 0;
  for (size_t i = 0; i < ports.port.size(); ++i) {
    BULKHEAD_TRY_ASSIGN(const auto statistics, ports.port.at(i)->statistics());
    const auto counter = std::ranges::find(statistics, "tx_packets", &driver::Statistic::name);
    sent += counter != statistics.end() ? counter->value : counts.frames.at(1 - i);
  }
  return sent;
}

/// A worker's count alone does not end the run: it may be anybody's.
Result<bool> have_passed(uint64_t frames, PortPair& ports, const confine::Counts& counts) {
  if (frames == 0 || counts.frames[0] + counts.frames[1] < frames) return false;
  BULKHEAD_TRY_ASSIGN(const auto sent, frames_sent(ports, counts));
  return sent >= frames;
}

/// Watches over the workers and the ports until there is a reason to stop; an error if the reason
/// is one.
Result<> watch(confine::Supervisor& supervisor, PortPair& ports, const RunForwardOptions& options,
               StopSignal& signal, Lines& lines) {
  constexpr std::chrono::milliseconds between_looks{100};
  const auto start = Clock::now();
  auto looked = start;
  LiveStatistics statistics{options.quiet, [&](std::string line) { lines.say(std::move(line)); }};
  while (!signal.wait(std::chrono::milliseconds{0})) {
    BULKHEAD_TRY(supervisor.watch(between_looks, signal.fd()));
    const auto counts = supervisor.counts();
    const auto now = Clock::now();
    if (now - looked >= between_looks) {
      BULKHEAD_TRY(check_alive(ports));
      looked = now;
      BULKHEAD_TRY_ASSIGN(const bool enough, have_passed(options.count, ports, counts));
      if (enough) break;
    }
    if (statistics.update(passed(counts))) BULKHEAD_TRY(read_statistics(ports));
    if (options.seconds > 0 && now - start >= std::chrono::duration<double>{options.seconds}) break;
  }
  return {};
}

Result<confine::JobOptions> job_of(const RunForwardOptions& options) {
  BULKHEAD_TRY(confine::check_workers(options.compartment.workers, options.ports.queues));
  BULKHEAD_TRY_ASSIGN(auto job, job_options(options.compartment, options.batch));
  job.misbehaviour = options.misbehaviour;
  job.misbehave_after = options.misbehave_after;
  return job;
}

Result<Totals> totals_of(PortPair& ports, const confine::Counts& counts,
                         std::chrono::duration<double> time) {
  Totals totals{
      .time = time, .passed = passed(counts), .frames_by_thread = {}, .ports = {}, .lives = {}};
  for (size_t i = 0; i < ports.port.size(); ++i) {
    auto& port = *ports.port.at(i);
    totals.ports.at(i) = {
        .name = port.description(), .device = {}, .rx = counts.rx.at(i), .tx = counts.tx.at(i)};
    BULKHEAD_TRY_ASSIGN(totals.ports.at(i).device, port.statistics());
  }
  return totals;
}

/// The ports stay open, for the error to be reported first: the kernel may need a minute to close a
/// device that has gone.
Result<> run_forward(RunForwardOptions options, PortPair& ports) {
  warn_of_no_sandbox(options.compartment);
  confine::raise_descriptor_limit();
  BULKHEAD_TRY_ASSIGN(const auto program,
                      confine::Program::this_one({"bulkhead", std::string{worker_command}}));
  BULKHEAD_TRY_ASSIGN(const auto job, job_of(options));
  BULKHEAD_TRY_ASSIGN(ports, open_ports(options.ports));
  BULKHEAD_TRY_ASSIGN(auto signal, StopSignal::create());
  BULKHEAD_TRY(wait_for_links(ports, signal));
  BULKHEAD_TRY_ASSIGN(
      const auto kit,
      confine::JobKit::create(job, confine::ForwardWork{.touch = options.touch ? 1U : 0U},
                              ports.port, ports.pools));
  BULKHEAD_TRY(confine::drop_privileges());
  // From here on there are deaths to see to, whatever becomes of stderr.
  Lines lines;
  confine::PortsCharge charge{ports.port};
  confine::Clock clock;
  confine::Supervisor supervisor{charge,
                                 [&] { return kit.start(program, options.compartment.workers); },
                                 supervision(options.compartment, lines), clock};
  const auto start = Clock::now();
  auto result = supervisor.start();
  if (result) result = watch(supervisor, ports, options, signal, lines);
  if (auto stopped = supervisor.stop(); !stopped && result) result = std::move(stopped);
  const auto counts = supervisor.counts();
  auto totals = totals_of(ports, counts, Clock::now() - start);
  if (!totals) return result ? std::unexpected(std::move(totals).error()) : result;
  totals->lives = Lives{.deaths = supervisor.deaths(), .hangs = supervisor.hangs()};
  print_totals(*totals, options.json);
  return result;
}

void add_run_forward(CLI::App& run, int& exit_code) {
  auto options = std::make_shared<RunForwardOptions>();
  auto* command = run.add_subcommand("forward", "Forward frames between two ports, both ways");
  options->ports.elsewhere = true;
  add_forward_options(*command, *options);
  add_compartment_options(*command, options->compartment);
  add_workers_option(*command, options->compartment);
  const std::map<std::string, Misbehaviour> ways{{"hang", Misbehaviour::hang},
                                                 {"trap", Misbehaviour::trap},
                                                 {"forbidden-call", Misbehaviour::forbidden_call},
                                                 {"blame", Misbehaviour::blame},
                                                 {"boast", Misbehaviour::boast},
                                                 {"complain", Misbehaviour::complain}};
  command
      ->add_option("--misbehave", options->misbehaviour,
                   "What each worker does wrong on purpose: to try out what becomes of it")
      ->transform(CLI::CheckedTransformer(ways))
      ->group("");
  command->add_option("--misbehave-after", options->misbehave_after, "...after so many frames")
      ->group("");
  command->footer(
      "Frames pass unchanged and in order. When a worker dies or hangs, what lay in the rings is "
      "lost, and the next one goes on, or the next ones: where several share the queues they are "
      "replaced together. Each death is told on stderr. Ctrl-C ends it cleanly.");
  command->callback([options, &exit_code] {
    PortPair ports;
    const auto result = run_forward(*options, ports);
    exit_code = result ? exit_success : report(result.error());
  });
}

}  // namespace

void add_run(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand(
      "run", "Do a job in a compartment: a sandboxed process that is replaced when it dies");
  command->require_subcommand(1);
  add_run_forward(*command, exit_code);
  add_run_netdev(*command, exit_code);
}

}  // namespace bulkhead::app

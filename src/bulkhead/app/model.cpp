// `bulkhead model ixgbe`: serves modelled NICs to drivers in other processes.
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <poll.h>

#include "bulkhead/app/command.hpp"
#include "bulkhead/app/model_summary.hpp"
#include "bulkhead/app/stop_signal.hpp"

#include "model/ixgbe/ixgbe_model.hpp"
#include "model/message_times.hpp"
#include "model/run.hpp"
#include "model/vfio_user/server.hpp"
#include "model/wire.hpp"

namespace bulkhead::app {
namespace {

struct ModelOptions {
  std::vector<std::string> sockets;
  std::vector<std::string> wires;
  uint16_t device_id = 0x10FB;
  model::ixgbe::Spread spread = model::ixgbe::Spread::queue_0;
  bool trap = false;
  bool once = false;
  bool json = false;
};

/// One modelled NIC and the socket that it is offered at.
class ServedPort final : public model::Service {
 public:
  ServedPort(std::string socket, std::unique_ptr<model::ixgbe::Ixgbe> device)
      : socket_(std::move(socket)),
        device_(std::move(device)),
        server_(*device_, [this](std::string_view line) {
          // Called by code that may not throw, as fmt::print() does when stderr has no reader.
          std::fputs(fmt::format("bulkhead: {}: {}\n", socket_, line).c_str(), stderr);
        }) {}

  Result<> listen() { return server_.listen(socket_); }
  void announce() const {
    fmt::print("listening on {}\n", socket_);
    std::fflush(stdout);
  }
  bool service() override {
    const bool busy = device_->work();
    if (!message_times_.due(busy, model::MessageTimes::Clock::now())) return busy;
    const bool served = server_.service();
    was_connected_ |= server_.connected();
    return busy || served;
  }
  void wake_fds(std::vector<pollfd>& fds) const override {
    std::ranges::copy(server_.fds(), std::back_inserter(fds));
    fds.push_back({.fd = device_->wake_fd(), .events = POLLIN, .revents = 0});
  }
  /// Its client has come and gone.
  [[nodiscard]] bool over() const { return was_connected_ && !server_.connected(); }

  Result<> finish() {
    auto result = device_->wire().finish();
    if (!result) return std::unexpected(std::move(result).error().within(socket_));
    return {};
  }
  [[nodiscard]] nlohmann::json report() const {
    auto report = nlohmann::json::parse(device_->report());
    report["socket"] = socket_;
    return report;
  }

 private:
  std::string socket_;
  std::unique_ptr<model::ixgbe::Ixgbe> device_;
  model::Server server_;
  bool was_connected_ = false;
  model::MessageTimes message_times_;
};

/// Sets the stop flag when a signal comes, or when every port's client has come and gone.
class Watcher {
 public:
  Watcher(StopSignal signal, std::atomic<bool>& stop)
      : signal_(std::move(signal)), stop_(stop), thread_([this] { run(); }) {}
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;
  Watcher(Watcher&&) = delete;
  Watcher& operator=(Watcher&&) = delete;
  ~Watcher() {
    stop_.store(true);
    thread_.join();
  }

 private:
  void run() {
    while (!stop_.load() && !signal_.wait(std::chrono::milliseconds{50})) {
    }
    stop_.store(true);
    // One that came while the run ended by itself is not the second of its kind.
    signal_.wait(std::chrono::milliseconds{0});
  }

  StopSignal signal_;
  std::atomic<bool>& stop_;
  std::thread thread_;
};

/// With --once: the last of the services, which ends the run when all ports are over.
class EndWhenOver final : public model::Service {
 public:
  EndWhenOver(const std::vector<std::unique_ptr<ServedPort>>& ports, std::atomic<bool>& stop)
      : ports_(ports), stop_(stop) {}
  bool service() override {
    if (std::ranges::all_of(ports_, [](const auto& port) { return port->over(); }))
      stop_.store(true);
    return false;
  }
  void wake_fds(std::vector<pollfd>& /*fds*/) const override {}

 private:
  const std::vector<std::unique_ptr<ServedPort>>& ports_;
  std::atomic<bool>& stop_;
};

Result<std::vector<std::unique_ptr<ServedPort>>> make_ports(const ModelOptions& options) {
  if (options.sockets.size() != options.wires.size())
    return fail(
        ErrorCode::invalid_argument,
        fmt::format("{} sockets and {} wires", options.sockets.size(), options.wires.size()),
        "each port needs a --socket and a --wire");
  std::vector<std::unique_ptr<ServedPort>> ports;
  for (size_t i = 0; i < options.sockets.size(); ++i) {
    model::ixgbe::Options device;
    device.device_id = options.device_id;
    device.spread = options.spread;
    device.trap = options.trap;
    device.mac.back() = static_cast<std::byte>(i + 1);
    BULKHEAD_TRY_ASSIGN(auto wire, model::open_wire(options.wires[i]));
    BULKHEAD_TRY_ASSIGN(auto ixgbe, model::ixgbe::make_ixgbe(device, std::move(wire)));
    ports.push_back(std::make_unique<ServedPort>(options.sockets[i], std::move(ixgbe)));
  }
  for (const auto& port : ports) BULKHEAD_TRY(port->listen());
  for (const auto& port : ports) port->announce();
  return ports;
}

/// Completes every wire's output, and reports; an error if one could not be completed.
Result<> finish(const std::vector<std::unique_ptr<ServedPort>>& ports, bool json) {
  Result<> result;
  nlohmann::json reports = nlohmann::json::array();
  for (const auto& port : ports) {
    auto finished = port->finish();
    if (!finished && result) result = std::move(finished);
    reports.push_back(port->report());
  }
  if (json) {
    fmt::print("{}\n", nlohmann::json{{"ports", reports}}.dump(2));
  } else {
    for (const auto& report : reports) std::fputs(model_summary(report).c_str(), stderr);
  }
  return result;
}

Result<> serve(const ModelOptions& options) {
  BULKHEAD_TRY_ASSIGN(auto signal, StopSignal::create());
  BULKHEAD_TRY_ASSIGN(const auto ports, make_ports(options));
  std::atomic<bool> stop{false};
  std::vector<model::Service*> services;
  for (const auto& port : ports) services.push_back(port.get());
  EndWhenOver end{ports, stop};
  if (options.once) services.push_back(&end);
  Result<> ran;
  {
    const Watcher watcher{std::move(signal), stop};
    ran = model::run(services, stop);
  }
  StopSignal::let_the_next_one_end_us();
  auto finished = finish(ports, options.json);
  return ran ? finished : ran;
}

}  // namespace

void add_model(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("model", "Serve a modelled device over vfio-user");
  command->require_subcommand(1);
  auto options = std::make_shared<ModelOptions>();
  auto* ixgbe = command->add_subcommand("ixgbe", "An Intel 82599 10-gigabit Ethernet controller");
  ixgbe->add_option("--socket", options->sockets, "Unix socket to serve a port at; repeat for more")
      ->required();
  ixgbe
      ->add_option("--wire", options->wires,
                   "What is plugged into the port: tap:NAME, pcap:IN[,OUT], generate:SIZE[@RATE], "
                   "reflect, link:PATH; one for each socket")
      ->required();
  ixgbe->add_option("--device-id", options->device_id, "PCI device id to show, in any base")
      ->capture_default_str();
  ixgbe
      ->add_flag_callback(
          "--spread", [options] { options->spread = model::ixgbe::Spread::addresses; },
          "Spread frames that RSS does not over the enabled rx queues, by their MAC addresses")
      ->configurable(false);
  ixgbe->add_flag("--trap", options->trap,
                  "Let no registers be mapped: slower, but each access has all its effects");
  ixgbe->add_flag("--once", options->once, "End when the client of every port has come and gone");
  ixgbe->add_flag("--json", options->json, "Print the final report as JSON on stdout");
  ixgbe->footer(
      "A line \"listening on PATH\" says when a port is ready. Ctrl-C completes the wires' "
      "outputs, "
      "prints what was counted, and removes the sockets.");
  ixgbe->callback([options, &exit_code] {
    const auto result = serve(*options);
    exit_code = result ? exit_success : report(result.error());
  });
}

}  // namespace bulkhead::app

// How long a compartment takes from a worker's death to the first frame that the next one forwards,
// and what the death costs. The worker is killed again and again at random moments while two
// modelled ports, in a thread of this process, generate and verify frames.
//
//   recovery [KILLS [FRAMES_A_SECOND [WORKERS]]]
//
// 1,000 kills; 0 frames a second: as many as are taken; 1 worker: of several, each with a queue
// pair of both ports, one is killed, and all are replaced.
#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <iterator>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <sys/socket.h>

#include "bulkhead/bus/vfio_user/client.hpp"
#include "bulkhead/confine/compartment/compartment.hpp"
#include "bulkhead/confine/compartment/privileges.hpp"
#include "bulkhead/confine/compartment/worker.hpp"
#include "bulkhead/net/port.hpp"

#include "model/ixgbe/ixgbe_model.hpp"
#include "model/vfio_user/server.hpp"
#include "model/wires/generate.hpp"

namespace bulkhead {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::string_view worker_argument = "worker";

double in_ms(Clock::duration time) {
  return std::chrono::duration<double, std::milli>{time}.count();
}

/// When the first frame came that was sent after arm(): rings are empty then.
class FirstFrame {
 public:
  void arm() {
    at_.store(0);
    armed_.store(true, std::memory_order_release);
  }
  void saw() {
    if (!armed_.load(std::memory_order_acquire)) return;
    armed_.store(false);
    at_.store(Clock::now().time_since_epoch().count(), std::memory_order_release);
  }
  [[nodiscard]] std::optional<Clock::time_point> at() const {
    const auto ticks = at_.load(std::memory_order_acquire);
    if (ticks == 0) return std::nullopt;
    return Clock::time_point{Clock::duration{ticks}};
  }

 private:
  std::atomic<bool> armed_{false};
  std::atomic<Clock::rep> at_{0};
};

/// A generator and verifier that notes the first frame.
class TimedWire final : public model::Wire {
 public:
  TimedWire(uint64_t rate, FirstFrame& first) : generate_(64, rate), first_(first) {}
  std::span<const std::byte> peek() override { return generate_.peek(); }
  void consume() override { generate_.consume(); }
  [[nodiscard]] bool can_wait() const override { return true; }
  bool transmit(std::span<const std::byte> frame) override {
    first_.saw();
    return generate_.transmit(frame);
  }
  void set_port_address(std::span<const std::byte, 6> address) override {
    generate_.set_port_address(address);
  }
  [[nodiscard]] std::string report() const override { return generate_.report(); }
  [[nodiscard]] const model::Generate& generate() const { return generate_; }

 private:
  model::Generate generate_;
  FirstFrame& first_;
};

/// Two modelled ports in a thread.
class Ports {
 public:
  Ports(uint64_t rate, FirstFrame& first) {
    for (size_t i = 0; i < ports_.size(); ++i) {
      auto wire = std::make_unique<TimedWire>(rate, first);
      ports_[i].wire = wire.get();
      model::ixgbe::Options options;
      options.mac.back() = static_cast<std::byte>(i + 1);
      options.spread = model::ixgbe::Spread::addresses;
      ports_[i].device = *model::ixgbe::make_ixgbe(options, std::move(wire));
      ports_[i].server = std::make_unique<model::Server>(*ports_[i].device);
      std::array<int, 2> ends{};
      if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) return;
      static_cast<void>(ports_[i].server->adopt(OwnedFd{ends[0]}));
      ports_[i].client = OwnedFd{ends[1]};
    }
    thread_ = std::thread{[this] { serve(); }};
  }
  Ports(const Ports&) = delete;
  Ports& operator=(const Ports&) = delete;
  Ports(Ports&&) = delete;
  Ports& operator=(Ports&&) = delete;
  ~Ports() { stop(); }

  OwnedFd take_client(size_t port) { return std::move(ports_[port].client); }
  void stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }
  /// When stopped.
  void print() const {
    for (const auto& port : ports_) {
      const auto& wire = port.wire->generate();
      const auto counts = wire.sequence_counts();
      fmt::print(
          "  {} received, {} lost with the dead, {} out of order, {} duplicated, {} "
          "corrupted, {} foreign; {} DMA violations\n",
          wire.received(), counts.lost, counts.out_of_order, counts.duplicated, wire.corrupted(),
          wire.foreign(), port.device->trouble().dma_violations);
    }
  }
  [[nodiscard]] bool all_well() const {
    return std::ranges::all_of(ports_, [](const auto& port) {
      const auto counts = port.wire->generate().sequence_counts();
      return counts.out_of_order == 0 && counts.duplicated == 0 &&
             port.wire->generate().corrupted() == 0 && port.device->trouble().dma_violations == 0;
    });
  }

 private:
  struct Port {
    TimedWire* wire = nullptr;
    std::unique_ptr<model::ixgbe::Ixgbe> device;
    std::unique_ptr<model::Server> server;
    OwnedFd client;
  };

  void serve() {
    for (uint32_t turn = 0; !stop_; ++turn) {
      bool busy = false;
      for (auto& port : ports_) busy |= port.device->work();
      // As `bulkhead model` does: looking for messages takes system calls.
      if (turn % 64 == 0 || !busy)
        for (auto& port : ports_) busy |= port.server->service();
      if (!busy) std::this_thread::yield();
    }
  }

  std::array<Port, 2> ports_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

/// What the parts of a recovery took.
struct Recovery {
  double noticed;
  double halted;
  double resumed;
  double first_frame;
  double all;
};

/// The ports, with a stopwatch.
class TimedCharge final : public confine::Charge {
 public:
  TimedCharge(confine::PortsCharge& ports, FirstFrame& first) : ports_(ports), first_(first) {}
  Result<> halt(driver::Rest rest) override {
    noticed = Clock::now();
    auto result = ports_.halt(rest);
    halted = Clock::now();
    return result;
  }
  Result<> resume() override {
    const auto start = Clock::now();
    auto result = ports_.resume();
    first_.arm();
    resumed = Clock::now();
    resuming = resumed - start;
    return result;
  }

  Clock::time_point noticed;
  Clock::time_point halted;
  Clock::time_point resumed;
  Clock::duration resuming{};

 private:
  confine::PortsCharge& ports_;
  FirstFrame& first_;
};

void print_percentiles(std::string_view what, const std::vector<Recovery>& recoveries,
                       double Recovery::* part) {
  std::vector<double> sorted;
  for (const auto& recovery : recoveries) sorted.push_back(recovery.*part);
  std::ranges::sort(sorted);
  // The nearest rank: of few kills, too, the slowest is not hidden.
  const auto at = [&](size_t percent) { return sorted[(percent * sorted.size() + 99) / 100 - 1]; };
  fmt::print("  {:<32} p50 {:7.2f}  p90 {:7.2f}  p99 {:7.2f}  max {:7.2f} ms\n", what, at(50),
             at(90), at(99), sorted.back());
}

using Pools = std::vector<std::shared_ptr<queue::Pool>>;

Result<Pools> make_pools(uint32_t count) {
  Pools pools;
  for (uint32_t i = 0; i < count; ++i) {
    BULKHEAD_TRY_ASSIGN(auto pool, queue::Pool::create({.buffers = 4096}));
    pools.push_back(std::move(pool));
  }
  return pools;
}

Result<std::array<std::unique_ptr<net::Port>, 2>> open(Ports& ports, const Pools& pools) {
  std::array<std::unique_ptr<net::Port>, 2> opened;
  for (size_t i = 0; i < opened.size(); ++i) {
    BULKHEAD_TRY_ASSIGN(auto function,
                        vfio_user::Client::adopt(ports.take_client(i), fmt::format("model {}", i)));
    BULKHEAD_TRY_ASSIGN(opened.at(i),
                        net::open_port(std::move(function),
                                       {.pools = pools, .interrupts = true, .elsewhere = true}));
  }
  return opened;
}

Result<> await_worker(confine::Supervisor& supervisor) {
  const auto patience = Clock::now() + std::chrono::seconds{30};
  while (supervisor.workers().empty()) {
    BULKHEAD_TRY(supervisor.watch(milliseconds{1}));
    if (Clock::now() > patience) return fail(ErrorCode::timeout, "nobody works after 30 s");
  }
  return {};
}

/// One worker's life and its successor's first frame.
Result<Recovery> kill_one(confine::Supervisor& supervisor, TimedCharge& charge,
                          const FirstFrame& first, Clock::duration life) {
  const auto end = Clock::now() + life;
  while (Clock::now() < end) BULKHEAD_TRY(supervisor.watch(milliseconds{5}));
  // On a busy machine it may have died of itself, or not have begun.
  BULKHEAD_TRY(await_worker(supervisor));
  const auto deaths = supervisor.deaths();
  const auto killed = Clock::now();
  if (::kill(supervisor.workers().front(), SIGKILL) != 0) return fail_errno("killing a worker");
  const auto patience = killed + std::chrono::seconds{30};
  while (supervisor.deaths() == deaths || supervisor.workers().empty() || !first.at() ||
         *first.at() < killed) {
    BULKHEAD_TRY(supervisor.watch(milliseconds{1}));
    if (Clock::now() > patience) return fail(ErrorCode::timeout, "no frame within 30 s");
  }
  return Recovery{.noticed = in_ms(charge.noticed - killed),
                  .halted = in_ms(charge.halted - charge.noticed),
                  .resumed = in_ms(charge.resuming),
                  .first_frame = in_ms(*first.at() - charge.resumed),
                  .all = in_ms(*first.at() - killed)};
}

Result<bool> measure(uint32_t kills, uint64_t rate, uint32_t workers) {
  BULKHEAD_TRY_ASSIGN(const auto program,
                      confine::Program::this_one({"recovery", std::string{worker_argument}}));
  BULKHEAD_TRY_ASSIGN(const auto pools, make_pools(workers));
  FirstFrame first;
  Ports ports{rate, first};
  const auto opening = Clock::now();
  BULKHEAD_TRY_ASSIGN(auto opened, open(ports, pools));
  fmt::print("opening both ports, resets included, took {:.1f} ms\n",
             in_ms(Clock::now() - opening));
  BULKHEAD_TRY_ASSIGN(const auto kit, confine::JobKit::create({}, {}, opened, pools));
  BULKHEAD_TRY(confine::drop_privileges());
  std::vector<Recovery> recoveries;
  {
    confine::PortsCharge inner{opened};
    TimedCharge charge{inner, first};
    confine::Clock clock;
    confine::Supervisor supervisor{charge, [&] { return kit.start(program, workers); }, {}, clock};
    BULKHEAD_TRY(supervisor.start());
    std::mt19937 random{1};
    std::uniform_int_distribution<int> lives{110, 160};
    for (uint32_t i = 0; i < kills; ++i) {
      BULKHEAD_TRY_ASSIGN(const auto recovery,
                          kill_one(supervisor, charge, first, milliseconds{lives(random)}));
      recoveries.push_back(recovery);
    }
    BULKHEAD_TRY(supervisor.stop());
  }
  opened = {};
  ports.stop();
  fmt::print("{} kills, {} worker{} at a time\n", kills, workers, workers > 1 ? "s" : "");
  print_percentiles("until the death is noticed", recoveries, &Recovery::noticed);
  print_percentiles("bringing both ports to rest", recoveries, &Recovery::halted);
  print_percentiles("starting them again", recoveries, &Recovery::resumed);
  print_percentiles("until the next worker's first", recoveries, &Recovery::first_frame);
  print_percentiles("death to first frame forwarded", recoveries, &Recovery::all);
  ports.print();
  return ports.all_well();
}

std::optional<uint64_t> number(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.begin(), text.end(), value);
  if (error != std::errc{} || end != text.end()) return std::nullopt;
  return value;
}

}  // namespace
}  // namespace bulkhead

int main(int argc, char** argv) {
  using namespace bulkhead;
  const std::vector<std::string_view> arguments{argv, std::next(argv, argc)};
  if (arguments.size() == 2 && arguments[1] == worker_argument)
    confine::run_worker(confine::Process::channel_number);
  const auto kills = arguments.size() > 1 ? number(arguments[1]) : 1000;
  const auto rate = arguments.size() > 2 ? number(arguments[2]) : 0;
  const auto workers = arguments.size() > 3 ? number(arguments[3]) : 1;
  if (!kills || *kills == 0 || !rate || !workers || *workers == 0 || *workers > 16) {
    std::fputs("recovery [KILLS [FRAMES_A_SECOND [WORKERS]]]\n", stderr);
    return 2;
  }
  const auto result =
      measure(static_cast<uint32_t>(*kills), *rate, static_cast<uint32_t>(*workers));
  if (!result) std::fputs(fmt::format("{}\n", result.error().message()).c_str(), stderr);
  return result && *result ? 0 : 1;
}

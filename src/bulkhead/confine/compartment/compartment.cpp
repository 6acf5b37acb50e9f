#include "bulkhead/confine/compartment/compartment.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "bulkhead/base/deadline.hpp"
#include "bulkhead/confine/compartment/control_page.hpp"
#include "bulkhead/confine/compartment/transfer.hpp"

namespace bulkhead::confine {
namespace {

constexpr uint32_t control_place = 0;
constexpr uint32_t wake_place = 1;
constexpr uint32_t own_places = 2;
/// For a killed process to end.
constexpr std::chrono::seconds patience{5};
/// A worker says one thing or two before its turn.
constexpr int most_words = 4;

class WorkerProcess final : public Worker {
 public:
  WorkerProcess(Process process, OwnedFd channel, ControlPage control, OwnedFd wake)
      : process_(std::move(process)),
        channel_(std::move(channel)),
        control_(std::move(control)),
        wake_(std::move(wake)) {}

  [[nodiscard]] pid_t pid() const override { return process_.pid(); }
  [[nodiscard]] int fd() const override { return channel_.get(); }
  // The worker keeps its end of the channel to its end, as its sandbox lets it close nothing. The
  // kernel closes it when it has taken the process's memory apart, registers included, and before
  // it has undone its namespaces, which can take very long: nobody has to wait for that. One that
  // shuts down its half of it has nothing more to say, and is ended.
  [[nodiscard]] std::optional<Death> death() override {
    auto death = process_.death();
    if (!death) {
      pollfd other{.fd = channel_.get(), .events = POLLRDHUP, .revents = 0};
      if (::poll(&other, 1, 0) <= 0) return std::nullopt;
      process_.kill();
      death = Death{.kind = Death::Kind::leaving, .number = 0};
    }
    listen();
    death->said = said_;
    return death;
  }
  [[nodiscard]] bool ready() override {
    listen();
    return ready_;
  }
  [[nodiscard]] std::string lacks() const override { return lacks_; }
  Result<Death> end() override {
    if (!death()) process_.kill();
    std::optional<Death> known;
    if (wait_until([&] { return (known = death()).has_value(); }, patience)) return *known;
    return process_.end();
  }
  [[nodiscard]] std::chrono::nanoseconds processor_time() const override {
    return process_.processor_time();
  }
  [[nodiscard]] uint64_t heartbeat() const override { return control_.heartbeat(); }
  [[nodiscard]] Counts counts() const override { return control_.counts(); }
  void go() override {
    has_turn_ = true;
    control_.set_go();
    wake();
  }
  void stop() override {
    control_.set_stop();
    wake();
  }

 private:
  // From its turn on it meets frames, and what it says may be somebody else's word.
  void listen() {
    for (int words = 0; words < most_words && !has_turn_; ++words) {
      const auto word = received_word(channel_.get());
      if (!word) return;
      if (*word) {
        ready_ = true;
        lacks_ = **word;
      } else {
        said_ = word->error().message();
      }
    }
  }
  void wake() const {
    const uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);
  }

  Process process_;
  OwnedFd channel_;
  ControlPage control_;
  OwnedFd wake_;
  bool has_turn_ = false;
  bool ready_ = false;
  std::string lacks_;
  std::string said_;
};

}  // namespace

Result<JobKit> JobKit::create(JobOptions options, const Task& task,
                              std::span<const std::unique_ptr<net::Port>> ports,
                              std::span<const std::shared_ptr<queue::Pool>> pools) {
  JobKit kit;
  kit.job_.options = options;
  kit.job_.options.control = control_place;
  kit.job_.options.wake = wake_place;
  BULKHEAD_TRY_ASSIGN(kit.job_.work, kit.add_task(task));
  for (const auto& pool : pools) {
    BULKHEAD_TRY_ASSIGN(const auto place, kit.add(pool->region().fd()));
    kit.job_.pools.push_back({.size = pool->region().size().value(),
                              .buffer_size = pool->buffer_size(),
                              .buffers = pool->capacity(),
                              .descriptor = place});
  }
  for (const auto& port : ports) {
    BULKHEAD_TRY_ASSIGN(auto plans, port->queue_plans());
    BULKHEAD_TRY(kit.add_port(std::move(plans)));
  }
  return kit;
}

Result<uint32_t> JobKit::add(int fd) {
  BULKHEAD_TRY_ASSIGN(auto copy, duplicate(fd));
  descriptors_.push_back(std::move(copy));
  return static_cast<uint32_t>(own_places + descriptors_.size() - 1);
}

Result<Work> JobKit::add_task(const Task& task) {
  if (const auto* forward = std::get_if<ForwardWork>(&task)) return *forward;
  const auto& interface = std::get<NetdevTask>(task);
  NetdevWork netdev{.longest_frame = interface.longest_frame, .queues = {}};
  for (const auto& queue : interface.queues) {
    BULKHEAD_TRY_ASSIGN(const auto place, add(queue.get()));
    netdev.queues.push_back(place);
  }
  return netdev;
}

Result<> JobKit::add_port(driver::QueuePlans plans) {
  PortPart port{.rings_size = plans.rings_size.value(), .rings = 0, .pages = {}, .pairs = {}};
  BULKHEAD_TRY_ASSIGN(port.rings, add(plans.rings.get()));
  for (const auto& page : plans.pages) {
    BULKHEAD_TRY_ASSIGN(const auto place, add(page.fd.get()));
    port.pages.push_back(
        {.file_offset = page.file_offset, .length = page.length.value(), .descriptor = place});
  }
  for (uint32_t pair = 0; pair < plans.pairs.size(); ++pair) {
    PairPart part{.plan = plans.pairs[pair], .pool = pair, .event = 0};
    if (!plans.events.empty()) {
      part.plan.has_event = 1;
      BULKHEAD_TRY_ASSIGN(part.event, add(plans.events[pair].get()));
    }
    port.pairs.push_back(part);
  }
  job_.ports.push_back(std::move(port));
  return {};
}

Result<std::unique_ptr<Worker>> JobKit::start(const Program& program) const {
  BULKHEAD_TRY_ASSIGN(auto control, ControlPage::create());
  OwnedFd wake{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  if (!wake) return fail_errno("eventfd");
  BULKHEAD_TRY_ASSIGN(auto channel, make_channel());
  BULKHEAD_TRY_ASSIGN(auto process, Process::start(program, channel.second.get()));
  channel.second.reset();
  std::vector<int> descriptors{control.fd(), wake.get()};
  for (const auto& descriptor : descriptors_) descriptors.push_back(descriptor.get());
  // One that was killed already is no error here: its death is for the supervisor to see.
  auto sent = send_job(channel.first.get(), job_, descriptors);
  if (!sent && sent.error().code != ErrorCode::device_gone)
    return std::unexpected(std::move(sent).error());
  return std::make_unique<WorkerProcess>(std::move(process), std::move(channel.first),
                                         std::move(control), std::move(wake));
}

Result<> PortsCharge::halt(driver::Rest rest) {
  // All of them, whatever the first meets: none may go on with DMA.
  Result<> result;
  for (const auto& port : ports_)
    if (auto halted = port->halt(rest); !halted && result)
      result = std::unexpected(std::move(halted).error().within(port->description()));
  return result;
}

Result<> PortsCharge::resume() {
  for (const auto& port : ports_)
    if (auto resumed = port->resume(); !resumed)
      return std::unexpected(std::move(resumed).error().within(port->description()));
  return {};
}

}  // namespace bulkhead::confine

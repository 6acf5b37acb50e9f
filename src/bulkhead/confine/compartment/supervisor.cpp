#include "bulkhead/confine/compartment/supervisor.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <poll.h>

#include "bulkhead/base/deadline.hpp"

namespace bulkhead::confine {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds finishing{2000};
/// So many workers in a row that cannot begin, and say why, are no accident.
constexpr uint32_t most_failed_starts = 2;

double in_ms(Supervisor::Clock::duration time) {
  return std::chrono::duration<double, std::milli>{time}.count();
}

}  // namespace

Result<> Supervisor::start() {
  BULKHEAD_TRY(start_spare());
  return bring_next();
}

Result<> Supervisor::start_spare() {
  BULKHEAD_TRY_ASSIGN(spare_, start_worker_());
  return {};
}

Result<> Supervisor::bring_next() {
  if (!spare_) BULKHEAD_TRY(start_spare());
  active_ = std::move(spare_);
  active_->go();
  since_ = Clock::now();
  watchdog_ = Watchdog{options_.hang_limit};
  // The next one is ready before it is needed.
  return start_spare();
}

void Supervisor::wait(milliseconds time, int also) const {
  std::array<pollfd, 3> events{pollfd{.fd = also, .events = POLLIN, .revents = 0},
                               pollfd{.fd = -1, .events = 0, .revents = 0},
                               pollfd{.fd = -1, .events = 0, .revents = 0}};
  if (active_) {
    events[1].fd = active_->fd();
    const auto between_looks = std::chrono::ceil<milliseconds>(options_.hang_limit) / 4;
    time = std::min(time, std::max(between_looks, milliseconds{1}));
  } else {
    const auto pause = std::chrono::ceil<milliseconds>(next_after_ - Clock::now());
    time = std::clamp(pause, milliseconds{0}, time);
  }
  if (spare_) events[2].fd = spare_->fd();
  // Interrupted or timed out: the caller looks in any case.
  static_cast<void>(::poll(events.data(), events.size(), static_cast<int>(time.count())));
}

Result<> Supervisor::watch(milliseconds time, int also) {
  wait(time, also);
  if (active_) BULKHEAD_TRY(look_at_active());
  BULKHEAD_TRY(look_at_spare());
  look_at_leaving();
  if (active_ || Clock::now() < next_after_) return {};
  BULKHEAD_TRY(charge_.resume());
  BULKHEAD_TRY(bring_next());
  log(fmt::format("worker {} took over, {:.1f} ms after the death", active_->pid(),
                  in_ms(since_ - died_)));
  return {};
}

Result<> Supervisor::look_at_active() {
  if (const auto death = active_->death()) return take_over(*death);
  if (!watchdog_.hangs([this] { return active_->heartbeat(); },
                       [this] { return active_->processor_time(); }))
    return {};
  ++hangs_;
  BULKHEAD_TRY(active_->end());
  return take_over({.kind = Death::Kind::hung, .number = 0, .said = {}});
}

Result<> Supervisor::look_at_spare() {
  const auto death = spare_ ? spare_->death() : std::nullopt;
  if (!death) return {};
  ++deaths_;
  leave(std::move(spare_), *death);
  if (!death->said.empty() && ++failed_starts_ >= most_failed_starts)
    return fail(ErrorCode::io, fmt::format("workers cannot begin: {}", death->to_string()));
  return start_spare();
}

Result<> Supervisor::take_over(const Death& death) {
  died_ = Clock::now();
  ++deaths_;
  BULKHEAD_TRY(charge_.halt());
  before_ += active_->counts();
  const auto pause = backoff_.after(died_ - since_);
  next_after_ = died_ + pause;
  leave(std::move(active_), death);
  if (pause.count() > 0)
    log(fmt::format("{} workers have died at once: {} ms until the next", backoff_.at_once(),
                    pause.count()));
  if (!death.said.empty() && ++failed_starts_ >= most_failed_starts)
    return fail(ErrorCode::io, fmt::format("workers cannot begin: {}", death.to_string()));
  if (death.said.empty()) failed_starts_ = 0;
  return {};
}

void Supervisor::leave(std::unique_ptr<Worker> worker, const Death& death) {
  const bool told = death.kind != Death::Kind::leaving || !death.said.empty();
  if (told) log(fmt::format("worker {}: {}", worker->pid(), death.to_string()));
  leaving_.push_back({.worker = std::move(worker), .told = told});
  look_at_leaving();
}

void Supervisor::look_at_leaving() {
  std::erase_if(leaving_, [this](const Leaving& leaving) {
    const auto death = leaving.worker->death();
    if (!death || death->kind == Death::Kind::leaving) return false;
    if (!leaving.told) log(fmt::format("worker {}: {}", leaving.worker->pid(), death->to_string()));
    return true;
  });
}

Result<> Supervisor::stop() {
  wait_until(
      [this] {
        look_at_leaving();
        return leaving_.empty();
      },
      finishing);
  if (spare_) BULKHEAD_TRY(spare_->end());
  spare_.reset();
  if (!active_) return {};
  active_->stop();
  const auto deadline = Deadline::after(finishing);
  while (!active_->death() && !deadline.reached()) {
    pollfd ended{.fd = active_->fd(), .events = 0, .revents = 0};
    static_cast<void>(::poll(&ended, 1, deadline.remaining_ms()));
  }
  BULKHEAD_TRY(active_->end());
  before_ += active_->counts();
  active_.reset();
  return {};
}

Counts Supervisor::counts() const {
  Counts all = before_;
  if (active_) all += active_->counts();
  return all;
}

}  // namespace bulkhead::confine

#include "bulkhead/confine/compartment/supervisor.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <poll.h>

namespace bulkhead::confine {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds finishing{2000};
/// A life is counted from the first heartbeat, which is looked for so often.
constexpr milliseconds between_looks_for_a_beat{5};

double in_ms(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::milli>{time}.count();
}

bool blames_a_device(const Counts& counts) {
  constexpr std::array<uint64_t, 2> none{};
  return counts.rx_stopped != none || counts.tx_stopped != none;
}

}  // namespace

Result<> Supervisor::start() {
  spare_started_ = clock_.now();
  BULKHEAD_TRY_ASSIGN(spare_, start_worker_());
  BULKHEAD_TRY(look_at_spare());
  return spare_ready_ ? give_turn() : Result<>{};
}

Result<> Supervisor::start_spare() {
  spare_started_ = clock_.now();
  auto started = start_worker_();
  if (!started) return fail_to_start(started.error().message());
  spare_ = *std::move(started);
  return {};
}

void Supervisor::wait(milliseconds time, int also) {
  std::array<pollfd, 3> events{pollfd{.fd = also, .events = POLLIN, .revents = 0},
                               pollfd{.fd = -1, .events = 0, .revents = 0},
                               pollfd{.fd = -1, .events = 0, .revents = 0}};
  const auto now = clock_.now();
  const auto no_later_than = [&](Clock::TimePoint point) {
    if (point > now) time = std::min(time, std::chrono::ceil<milliseconds>(point - now));
  };
  if (active_) {
    events[1].fd = active_->fd();
    const auto between_looks = std::chrono::ceil<milliseconds>(options_.hang_limit) / 4;
    time = std::min(time, std::max(between_looks, milliseconds{1}));
    if (!began_) time = std::min(time, between_looks_for_a_beat);
  } else {
    no_later_than(next_after_);
  }
  if (spare_) {
    events[2].fd = spare_->fd();
    // One that is ready has nothing more to say that would be listened to.
    if (!spare_ready_) events[2].events = POLLIN;
  } else {
    no_later_than(spare_after_);
  }
  clock_.wait(events, time);
}

Result<> Supervisor::watch(milliseconds time, int also) {
  wait(time, also);
  if (active_) BULKHEAD_TRY(look_at_active());
  BULKHEAD_TRY(look_at_spare());
  look_at_leaving();
  if (active_ || !spare_ready_ || clock_.now() < next_after_) return {};
  return give_turn();
}

Result<> Supervisor::give_turn() {
  const bool again = at_rest_;
  if (at_rest_) BULKHEAD_TRY(charge_.resume());
  at_rest_ = false;
  active_ = std::move(spare_);
  spare_ready_.reset();
  active_->go();
  began_.reset();
  watchdog_ = Watchdog{options_.hang_limit};
  if (again)
    log(fmt::format("worker {} took over, {:.1f} ms after the death", active_->pid(),
                    in_ms(clock_.now() - died_)));
  // The next one is ready before it is needed.
  return start_spare();
}

Result<> Supervisor::look_at_active() {
  const bool blames = blames_a_device(active_->counts());
  const auto rest = blames ? driver::Rest::by_reset : driver::Rest::by_its_queues;
  if (const auto death = active_->death()) return take_over(*death, rest);
  if (!began_ && active_->heartbeat() != 0) began_ = clock_.now();
  if (blames) {
    BULKHEAD_TRY(active_->end());
    return take_over({.kind = Death::Kind::blamed_a_device, .number = 0, .said = {}}, rest);
  }
  if (!watchdog_.hangs([this] { return active_->heartbeat(); },
                       [this] { return active_->processor_time(); }))
    return {};
  ++hangs_;
  BULKHEAD_TRY(active_->end());
  return take_over({.kind = Death::Kind::hung, .number = 0, .said = {}}, rest);
}

Result<> Supervisor::take_over(const Death& death, driver::Rest rest) {
  died_ = clock_.now();
  ++deaths_;
  BULKHEAD_TRY(charge_.halt(rest));
  at_rest_ = true;
  before_ += active_->counts();
  const auto pause = backoff_.after(began_ ? died_ - *began_ : std::chrono::nanoseconds{0});
  next_after_ = died_ + pause;
  // What kept others from being ready while this one worked may have been its doing.
  failed_starts_ = 0;
  leave(std::move(active_), death);
  if (pause.count() > 0)
    log(fmt::format("{} workers have died at once: {} ms until the next", backoff_.at_once(),
                    pause.count()));
  return {};
}

Result<> Supervisor::look_at_spare() {
  if (!spare_) return clock_.now() < spare_after_ ? Result<>{} : start_spare();
  look_whether_ready();
  if (const auto death = spare_->death()) return lose_spare(*death);
  if (spare_ready_ || clock_.now() - spare_started_ < options_.start_limit) return {};
  ++hangs_;
  BULKHEAD_TRY(spare_->end());
  return lose_spare({.kind = Death::Kind::hung, .number = 0, .said = {}});
}

void Supervisor::look_whether_ready() {
  if (spare_ready_ || !spare_->ready()) return;
  spare_ready_ = clock_.now();
  failed_starts_ = 0;
  const auto lacking = spare_->lacks();
  if (!lacking.empty() && !told_what_lacks_)
    log(fmt::format("warning: the workers' sandbox lacks: {}", lacking));
  told_what_lacks_ |= !lacking.empty();
}

Result<> Supervisor::lose_spare(const Death& death) {
  ++deaths_;
  const bool was_ready = spare_ready_.has_value();
  if (was_ready) spare_after_ = clock_.now() + spare_backoff_.after(clock_.now() - *spare_ready_);
  spare_ready_.reset();
  leave(std::move(spare_), death);
  if (!was_ready) BULKHEAD_TRY(fail_to_start(death.to_string()));
  return clock_.now() < spare_after_ ? Result<>{} : start_spare();
}

/// While somebody works there is time: what is in the way may pass.
Result<> Supervisor::fail_to_start(const std::string& why) {
  spare_after_ = clock_.now() + spare_backoff_.after(std::chrono::nanoseconds{0});
  if (active_ || ++failed_starts_ < options_.most_failed_starts) return {};
  return fail(ErrorCode::io, fmt::format("workers cannot begin: {}", why));
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

bool Supervisor::wait_for(const std::function<bool()>& condition, int fd) {
  const auto end = clock_.now() + finishing;
  while (!condition()) {
    const auto left = std::chrono::ceil<milliseconds>(end - clock_.now());
    if (left.count() <= 0) return false;
    std::array<pollfd, 1> ended{pollfd{.fd = fd, .events = 0, .revents = 0}};
    clock_.wait(ended, fd >= 0 ? left : milliseconds{1});
  }
  return true;
}

Result<> Supervisor::stop() {
  const auto all_are_gone = [this] {
    look_at_leaving();
    return leaving_.empty();
  };
  static_cast<void>(wait_for(all_are_gone, -1));
  if (spare_) BULKHEAD_TRY(spare_->end());
  spare_.reset();
  if (!active_) return {};
  active_->stop();
  static_cast<void>(wait_for([this] { return active_->death().has_value(); }, active_->fd()));
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

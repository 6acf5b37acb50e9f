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

std::string line_about(const Worker& worker, const Death& death) {
  return fmt::format("worker {}: {}", worker.pid(), death.to_string());
}

std::unexpected<Error> cannot_begin(const std::string& why) {
  return fail(ErrorCode::io, fmt::format("workers cannot begin: {}", why));
}

}  // namespace

Result<> Supervisor::start() {
  spare_started_ = clock_.now();
  BULKHEAD_TRY_ASSIGN(auto started, start_workers_());
  spare_ = std::make_unique<Crew>(std::move(started), options_.hang_limit);
  BULKHEAD_TRY(look_at_spare());
  return spare_ready_ ? give_turn() : Result<>{};
}

Result<> Supervisor::start_spare() {
  spare_started_ = clock_.now();
  auto started = start_workers_();
  if (!started) {
    const auto why = started.error().message();
    if (!told_why_none_starts_) log(fmt::format("no worker can be started: {}", why));
    told_why_none_starts_ = true;
    return fail_to_start(why);
  }
  told_why_none_starts_ = false;
  spare_ = std::make_unique<Crew>(*std::move(started), options_.hang_limit);
  return {};
}

void Supervisor::wait(milliseconds time, int also) {
  std::vector<pollfd> events{{.fd = also, .events = POLLIN, .revents = 0}};
  const auto now = clock_.now();
  const auto no_later_than = [&](Clock::TimePoint point) {
    if (point > now) time = std::min(time, std::chrono::ceil<milliseconds>(point - now));
  };
  if (active_) {
    active_->append_to(events);
    const auto between_looks = std::chrono::ceil<milliseconds>(options_.hang_limit) / 4;
    time = std::min(time, std::max(between_looks, milliseconds{1}));
    if (!began_) time = std::min(time, between_looks_for_a_beat);
  } else {
    no_later_than(next_after_);
  }
  if (spare_) {
    spare_->append_to(events);
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
  if (again)
    log(fmt::format("{} took over, {:.1f} ms after the death", active_->name(),
                    in_ms(clock_.now() - died_)));
  // The next one is ready before it is needed.
  return start_spare();
}

Result<> Supervisor::look_at_active() {
  const auto loss = active_->lost();
  if (!began_ && active_->has_begun()) began_ = clock_.now();
  return loss ? take_over(*loss) : Result<>{};
}

Result<> Supervisor::take_over(const Loss& loss) {
  died_ = clock_.now();
  ++deaths_;
  if (loss.death.kind == Death::Kind::hung) ++hangs_;
  // Whoever is left of the crew could go on with what is brought to rest.
  BULKHEAD_TRY(active_->end());
  const bool blames = blames_a_device(active_->counts());
  BULKHEAD_TRY(charge_.halt(blames ? driver::Rest::by_reset : driver::Rest::by_its_queues));
  at_rest_ = true;
  before_ += active_->counts();
  const auto pause = backoff_.after(began_ ? died_ - *began_ : std::chrono::nanoseconds{0});
  next_after_ = died_ + pause;
  // What kept others from being ready while this one worked may have been its doing.
  failed_starts_ = 0;
  leave(std::move(active_), loss);
  if (pause.count() > 0)
    log(fmt::format("{} deaths at once: {} ms until the next", backoff_.at_once(), pause.count()));
  return {};
}

Result<> Supervisor::look_at_spare() {
  if (!spare_) return clock_.now() < spare_after_ ? Result<>{} : start_spare();
  auto* const awaited = look_whether_ready();
  if (const auto loss = spare_->ended()) return lose_spare(*loss);
  if (awaited == nullptr || clock_.now() - spare_started_ < options_.start_limit) return {};
  ++hangs_;
  return lose_spare({.who = awaited, .death = {.kind = Death::Kind::hung}});
}

Worker* Supervisor::look_whether_ready() {
  if (spare_ready_) return nullptr;
  if (auto* const awaited = spare_->awaited()) return awaited;
  spare_ready_ = clock_.now();
  any_was_ready_ = true;
  failed_starts_ = 0;
  const auto lacking = spare_->lacks();
  if (!lacking.empty() && !told_what_lacks_)
    log(fmt::format("warning: the workers' sandbox lacks: {}", lacking));
  told_what_lacks_ |= !lacking.empty();
  return nullptr;
}

Result<> Supervisor::lose_spare(const Loss& loss) {
  ++deaths_;
  BULKHEAD_TRY(spare_->end());
  if (loss.death.lasting && !any_was_ready_) return cannot_begin(loss.death.to_string());
  const bool was_ready = spare_ready_.has_value();
  if (was_ready) spare_after_ = clock_.now() + spare_backoff_.after(clock_.now() - *spare_ready_);
  spare_ready_.reset();
  leave(std::move(spare_), loss);
  if (!was_ready) BULKHEAD_TRY(fail_to_start(loss.death.to_string()));
  return clock_.now() < spare_after_ ? Result<>{} : start_spare();
}

/// While somebody works there is time: what is in the way may pass.
Result<> Supervisor::fail_to_start(const std::string& why) {
  spare_after_ = clock_.now() + spare_backoff_.after(std::chrono::nanoseconds{0});
  if (active_ || ++failed_starts_ < options_.most_failed_starts) return {};
  return cannot_begin(why);
}

void Supervisor::leave(std::unique_ptr<Crew> crew, const Loss& loss) {
  const bool told = loss.death.kind != Death::Kind::leaving || !loss.death.said.empty();
  if (told) log(line_about(*loss.who, loss.death));
  leaving_.push_back({.crew = std::move(crew), .lost = loss.who, .told = told});
  look_at_leaving();
}

void Supervisor::look_at_leaving() {
  std::erase_if(leaving_, [this](const Leaving& leaving) {
    if (!leaving.crew->all_gone()) return false;
    if (!leaving.told) log(line_about(*leaving.lost, *leaving.lost->death()));
    return true;
  });
}

void Supervisor::wait_until_all_are_gone() {
  const auto end = clock_.now() + finishing;
  for (look_at_leaving(); !leaving_.empty() && clock_.now() < end; look_at_leaving())
    clock_.wait({}, milliseconds{1});
}

void Supervisor::wait_until_all_have_finished() {
  const auto end = clock_.now() + finishing;
  while (const auto* worker = active_->living()) {
    const auto left = std::chrono::ceil<milliseconds>(end - clock_.now());
    if (left.count() <= 0) return;
    std::array<pollfd, 1> ended{pollfd{.fd = worker->fd(), .events = 0, .revents = 0}};
    clock_.wait(ended, left);
  }
}

Result<> Supervisor::stop() {
  wait_until_all_are_gone();
  if (spare_) BULKHEAD_TRY(spare_->end());
  spare_.reset();
  if (!active_) return {};
  active_->stop();
  wait_until_all_have_finished();
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

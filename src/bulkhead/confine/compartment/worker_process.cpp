#include "bulkhead/confine/compartment/worker_process.hpp"

#include <vector>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "bulkhead/base/deadline.hpp"
#include "bulkhead/confine/compartment/transfer.hpp"

namespace bulkhead::confine {
namespace {

/// For a killed process to end.
constexpr std::chrono::seconds patience{5};
/// A worker says one thing or two before its turn.
constexpr int most_words = 4;

}  // namespace

Result<std::unique_ptr<Worker>> WorkerProcess::start(const Program& program, const Share& share) {
  BULKHEAD_TRY_ASSIGN(auto control, ControlPage::create());
  OwnedFd wake{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  if (!wake) return fail_errno("eventfd");
  BULKHEAD_TRY_ASSIGN(auto channel, make_channel());
  BULKHEAD_TRY_ASSIGN(auto process, Process::start(program, channel.second.get()));
  channel.second.reset();
  std::vector<int> descriptors{control.fd(), wake.get()};
  descriptors.insert(descriptors.end(), share.descriptors.begin(), share.descriptors.end());
  // One that was killed already is no error here: its death is for the supervisor to see.
  auto sent = send_job(channel.first.get(), share.job, descriptors);
  if (!sent && sent.error().code != ErrorCode::device_gone)
    return std::unexpected(std::move(sent).error());
  return std::make_unique<WorkerProcess>(std::move(process), std::move(channel.first),
                                         std::move(control), std::move(wake));
}

bool WorkerProcess::ready() {
  listen();
  return ready_;
}

// The worker keeps its end of the channel to its end, as its sandbox lets it close nothing. The
// kernel closes it when it has taken the process's memory apart, registers included, and before it
// has undone its namespaces, which can take very long: nobody has to wait for that. One that shuts
// down its half of it has nothing more to say, and is ended.
std::optional<Death> WorkerProcess::death() {
  auto death = process_.death();
  if (!death) {
    pollfd other{.fd = channel_.get(), .events = POLLRDHUP, .revents = 0};
    if (::poll(&other, 1, 0) <= 0) return std::nullopt;
    process_.kill();
    death = Death{.kind = Death::Kind::leaving, .number = 0};
  }
  listen();
  death->said = said_;
  death->lasting = lasting_;
  return death;
}

Result<Death> WorkerProcess::end() {
  if (!death()) process_.kill();
  std::optional<Death> known;
  if (wait_until([&] { return (known = death()).has_value(); }, patience)) return *known;
  return process_.end();
}

void WorkerProcess::go() {
  has_turn_ = true;
  control_.set_go();
  wake();
}

void WorkerProcess::stop() {
  control_.set_stop();
  wake();
}

// From its turn on it meets frames, and what it says may be somebody else's word.
void WorkerProcess::listen() {
  for (int words = 0; words < most_words && !has_turn_; ++words) {
    const auto word = received_word(channel_.get());
    if (!word) return;
    if (*word) {
      ready_ = true;
      lacks_ = **word;
    } else {
      said_ = word->error().message();
      lasting_ = word->error().code == ErrorCode::unsupported;
    }
  }
}

void WorkerProcess::wake() const {
  const uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);
}

}  // namespace bulkhead::confine

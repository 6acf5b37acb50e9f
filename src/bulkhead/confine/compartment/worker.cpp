#include "bulkhead/confine/compartment/worker.hpp"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <optional>
#include <string>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "bulkhead/confine/compartment/equipment.hpp"
#include "bulkhead/confine/compartment/forward_job.hpp"
#include "bulkhead/confine/compartment/process.hpp"
#include "bulkhead/confine/compartment/transfer.hpp"
#include "bulkhead/confine/layers.hpp"
#include "bulkhead/confine/sandbox.hpp"

namespace bulkhead::confine {
namespace {

constexpr std::chrono::seconds job_limit{5};

/// What is needed while working: everything else that came with the job is closed.
std::vector<Kept> kept(const Equipment& equipment, int wake, int channel) {
  std::vector<Kept> keep{{.fd = STDERR_FILENO, .purpose = "words of the last resort"},
                         {.fd = wake, .purpose = "the broker's signal"},
                         {.fd = channel, .purpose = "tells the broker of our end"}};
  for (const auto& port : equipment.ports)
    for (const auto& pair : port.pairs)
      if (pair->rx().event() >= 0)
        keep.push_back({.fd = pair->rx().event(), .purpose = "a queue's interrupt"});
  return keep;
}

Policy policy_for(const Equipment& equipment, int wake, int channel) {
  Policy policy{.keep = kept(equipment, wake, channel), .calls = SystemCalls::interrupts};
  policy.polled = static_cast<uint32_t>(policy.keep.size());
  return policy;
}

/// Until it is our turn: the worker before us lives.
void wait_for_turn(const ControlPage& control, int wake) {
  while (!control.may_go() && !control.must_stop()) {
    pollfd signal{.fd = wake, .events = POLLIN, .revents = 0};
    static_cast<void>(::ppoll(&signal, 1, nullptr, nullptr));
  }
}

/// The broker may have died before we could ask for a signal when it does.
bool is_alone(int channel) {
  pollfd other{.fd = channel, .events = 0, .revents = 0};
  return ::poll(&other, 1, 0) > 0;
}

Result<> work(int channel) {
  // Without a broker nobody keeps the device, and nobody ends us. The kernel forgets about it when
  // a process changes its user, so that comes first; enter() says it if it could not be.
  static_cast<void>(drop_identity());
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return fail_errno("PR_SET_PDEATHSIG");
  BULKHEAD_TRY_ASSIGN(auto received, receive_job(channel, Deadline::after(job_limit)));
  if (is_alone(channel)) return fail(ErrorCode::device_gone, "the broker has gone");
  BULKHEAD_TRY_ASSIGN(auto equipment, equip(received.job, std::move(received.descriptors)));
  BULKHEAD_TRY_ASSIGN(auto job, ForwardJob::create(equipment));
  // Nothing of this is let go before the end: that would be a system call, too.
  const auto policy = policy_for(equipment, job.wake_fd(), channel);
  std::optional<Result<Confinement>> confinement;
  if (equipment.options.confined != 0) {
    confinement = enter(policy);
    if (!*confinement) return std::unexpected(std::move(*confinement).error());
  }
  wait_for_turn(equipment.control, job.wake_fd());
  job.run();
  ::_exit(EXIT_SUCCESS);  // what takes this apart would make further system calls
}

}  // namespace

int run_worker(int channel) {
  ::close(Process::program_number);
  const auto result = work(channel);
  if (!result) send_failure(channel, result.error());
  return EXIT_FAILURE;
}

}  // namespace bulkhead::confine

#include "bulkhead/confine/compartment/worker.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iterator>
#include <optional>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "bulkhead/confine/compartment/equipment.hpp"
#include "bulkhead/confine/compartment/process.hpp"
#include "bulkhead/confine/compartment/transfer.hpp"
#include "bulkhead/confine/compartment/worker_job.hpp"
#include "bulkhead/confine/compartment/worker_policy.hpp"
#include "bulkhead/confine/layers.hpp"
#include "bulkhead/confine/sandbox.hpp"

namespace bulkhead::confine {
namespace {

constexpr std::chrono::seconds job_limit{5};

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
  BULKHEAD_TRY_ASSIGN(const auto job, make_job(equipment));
  // Nothing of this is let go before the end: that would be a system call, too.
  auto policy = worker_policy(equipment.events(), job->arrivals(), channel);
  keep_interface(policy, equipment.interface_queues);
  std::ranges::move(layers_of(equipment.options.required), std::back_inserter(policy.required));
  policy.last_word = [channel](const Report& report) {
    send_ready(channel, what_is_lacking(report));
  };
  std::optional<Result<Confinement>> confinement;
  if (equipment.options.confined != 0) {
    confinement = enter(policy);
    if (!*confinement) return std::unexpected(std::move(*confinement).error());
  } else {
    send_ready(channel, {});
  }
  wait_for_turn(equipment.control, job->arrivals().woken_by());
  job->run();
  ::_exit(EXIT_SUCCESS);  // what takes this apart would make further system calls
}

}  // namespace

void run_worker(int channel) {
  ::close(Process::program_number);
  const auto result = work(channel);
  if (!result) send_failure(channel, result.error());
  // Half of the sandbox may be on: what takes a process apart makes calls that it forbids.
  ::_exit(EXIT_FAILURE);
}

}  // namespace bulkhead::confine

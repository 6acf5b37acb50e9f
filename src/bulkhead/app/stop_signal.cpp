#include "bulkhead/app/stop_signal.hpp"

#include <array>
#include <csignal>

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace bulkhead::app {

constexpr std::array stop_signals{SIGINT, SIGTERM, SIGHUP};

Result<StopSignal> StopSignal::create() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : stop_signals) sigaddset(&signals, signal);
  if (pthread_sigmask(SIG_BLOCK, &signals, nullptr) != 0) return fail_errno("blocking signals");
  OwnedFd fd{::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK)};
  if (!fd) return fail_errno("signalfd");
  return StopSignal{std::move(fd)};
}

bool StopSignal::wait(std::chrono::milliseconds time) {
  if (came_) return true;
  pollfd wanted{.fd = fd_.get(), .events = POLLIN, .revents = 0};
  if (::poll(&wanted, 1, static_cast<int>(time.count())) <= 0) return false;
  signalfd_siginfo taken{};
  came_ = ::read(fd_.get(), &taken, sizeof taken) == sizeof taken;
  if (came_) {
    sigset_t signals;
    sigfillset(&signals);
    pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  }
  return came_;
}

void StopSignal::let_the_next_one_end_us() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : stop_signals) {
    std::signal(signal, SIG_DFL);
    sigaddset(&signals, signal);
  }
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

}  // namespace bulkhead::app

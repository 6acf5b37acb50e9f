#include "bulkhead/confine/compartment/process.hpp"

#include <array>
#include <csignal>
#include <ctime>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bulkhead/base/deadline.hpp"
#include "bulkhead/confine/runtime.hpp"

namespace bulkhead::confine {
namespace {

constexpr std::chrono::seconds end_patience{5};

/// posix_spawn(3)'s two objects.
class SpawnSetup {
 public:
  SpawnSetup() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
  }
  SpawnSetup(const SpawnSetup&) = delete;
  SpawnSetup& operator=(const SpawnSetup&) = delete;
  SpawnSetup(SpawnSetup&&) = delete;
  SpawnSetup& operator=(SpawnSetup&&) = delete;
  ~SpawnSetup() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }

  void give_descriptors(int channel, int program) {
    // A duplicate onto its own number would stay closed on exec: glibc clears that flag then.
    ::posix_spawn_file_actions_adddup2(&actions_, channel, Process::channel_number);
    ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    if (!sanitized)
      ::posix_spawn_file_actions_addopen(&actions_, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    // It must be there until it is executed, so it comes along.
    ::posix_spawn_file_actions_adddup2(&actions_, program, Process::program_number);
    ::posix_spawn_file_actions_addclosefrom_np(&actions_, Process::program_number + 1);
  }
  void reset_signals() {
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    // A group of its own: Ctrl-C is for the broker, which lets its workers finish.
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    ::posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  [[nodiscard]] const posix_spawn_file_actions_t* actions() const { return &actions_; }
  [[nodiscard]] const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

}  // namespace

Result<Program> Program::this_one(std::vector<std::string> arguments) {
  Program program;
  const OwnedFd opened{::open("/proc/self/exe", O_PATH | O_CLOEXEC)};
  if (!opened) return fail_errno("opening /proc/self/exe", "is /proc mounted?");
  // Out of the way of the numbers that a worker's descriptors get.
  program.fd_ = OwnedFd{::fcntl(opened.get(), F_DUPFD_CLOEXEC, Process::program_number + 1)};
  if (!program.fd_) return fail_errno("duplicating a descriptor");
  program.arguments_ = std::move(arguments);
  return program;
}

Result<Process> Process::start(const Program& program, int channel) {
  SpawnSetup setup;
  setup.give_descriptors(channel, program.fd());
  setup.reset_signals();
  auto arguments = program.arguments();
  std::vector<char*> pointers;
  for (auto& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  std::array<char*, 1> environment{nullptr};
  const auto path = fmt::format("/proc/self/fd/{}", Process::program_number);
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, path.c_str(), setup.actions(), setup.attributes(),
                                  pointers.data(), environment.data());
  if (error != 0) return fail_errno(error, "starting a worker process");
  OwnedFd pidfd{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
  if (pidfd) return Process{pid, std::move(pidfd)};
  auto failure = fail_errno("pidfd_open");
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
  return failure;
}

Process::Process(Process&& other) noexcept {
  swap(other);
}

Process& Process::operator=(Process&& other) noexcept {
  swap(other);
  return *this;
}

void Process::swap(Process& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(pidfd_, other.pidfd_);
  std::swap(death_, other.death_);
}

Process::~Process() {
  if (pidfd_) static_cast<void>(end());
}

std::optional<Death> Process::death() {
  if (death_ || !pidfd_) return death_;
  siginfo_t info{};
  if (::waitid(P_PIDFD, static_cast<id_t>(pidfd_.get()), &info, WEXITED | WNOHANG) != 0 ||
      info.si_pid == 0)
    return std::nullopt;
  death_ = Death::of(info);
  pidfd_.reset();
  return death_;
}

void Process::kill() const {
  ::syscall(SYS_pidfd_send_signal, pidfd_.get(), SIGKILL, nullptr, 0);
}

Result<Death> Process::end() {
  if (const auto known = death()) return *known;
  kill();
  const auto deadline = Deadline::after(end_patience);
  do {
    pollfd ended{.fd = pidfd_.get(), .events = POLLIN, .revents = 0};
    ::poll(&ended, 1, deadline.remaining_ms());
    if (const auto known = death()) return *known;
  } while (!deadline.reached());
  return fail(ErrorCode::timeout, fmt::format("process {} does not end though it was killed", pid_),
              "the kernel holds it: look at its state in /proc");
}

std::chrono::nanoseconds Process::processor_time() const {
  clockid_t clock{};
  timespec time{};
  if (::clock_getcpuclockid(pid_, &clock) != 0 || ::clock_gettime(clock, &time) != 0)
    return std::chrono::nanoseconds{0};
  return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

}  // namespace bulkhead::confine

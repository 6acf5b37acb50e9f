// The same as system calls would allow, were there no filter: each layer holds by itself. A worker
// tries it when all other layers are on.
#include <csignal>

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "tests/hostile/attempt.hpp"
#include "tests/hostile/forbidden.hpp"

namespace bulkhead::hostile {
namespace {

using confine::Layer;

Attempt held_by(Layer layer, std::string_view contained, std::string_view name,
                std::string_view what, std::function<Seen(Scene&)> run) {
  return {.name = name,
          .what = what,
          .contained = contained,
          .phase = Phase::unfiltered,
          .outcome = Outcome::fails,
          .layers = {layer},
          .run = std::move(run)};
}

Seen fork_once(Scene&) {
  const long child = ::syscall(SYS_clone, long{SIGCHLD}, 0L, 0L, 0L, 0L);
  if (child == 0) ::_exit(0);
  return failed(child);
}

Seen read_broker_unfiltered(Scene& scene) {
  char byte = 0;
  const iovec here{.iov_base = &byte, .iov_len = 1};
  // Refused before it matters whether something is there.
  const iovec there{.iov_base = std::bit_cast<void*>(uintptr_t{0x400000}), .iov_len = 1};
  const auto result = ::process_vm_readv(scene.broker, &here, 1, &there, 1, 0);
  return {.held = result < 0 && (errno == EPERM || errno == ESRCH), .error = errno};
}

Seen write_and_execute(Scene&) {
  void* page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return {.held = true, .error = errno};
  return failed(::mprotect(page, 4096, PROT_READ | PROT_EXEC));
}

Seen raise_limit(Scene&) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return {.held = false, .error = errno};
  limit.rlim_max += 1;
  limit.rlim_cur = limit.rlim_max;
  return failed(::setrlimit(RLIMIT_NOFILE, &limit));
}

/// Of what a worker is given nothing leads to a file: there is no way back to the old root.
Seen open_by_descriptors(Scene&) {
  for (int fd = 0; fd < 4096; ++fd)
    if (::openat(fd, "..", O_RDONLY | O_DIRECTORY) >= 0) return {.held = false, .error = fd};
  return {.held = true, .error = errno};
}

Attempt signals_broker() {
  auto attempt = held_by(Layer::landlock, "landlock: no signal leaves (from ABI 6 on)",
                         "unfiltered-signal-broker", "signals the broker, without the filter",
                         [](Scene& scene) { return failed(::kill(scene.broker, 0)); });
  attempt.landlock_abi = 6;
  return attempt;
}

}  // namespace

std::vector<Attempt> unfiltered_attempts() {
  return {
      held_by(Layer::empty_root, "empty-root: there is no file", "unfiltered-open-file",
              "opens /proc/self/mem, without the filter",
              [](Scene&) { return failed(::open("/proc/self/mem", O_RDWR)); }),
      held_by(Layer::landlock, "landlock: no file may be opened", "unfiltered-open-root",
              "opens its own empty root, without the filter",
              [](Scene&) { return failed(::open("/", O_RDONLY | O_DIRECTORY)); }),
      held_by(Layer::descriptors, "descriptors: none is a folder", "unfiltered-old-root",
              "looks for the old root behind every descriptor, without the filter",
              open_by_descriptors),
      held_by(Layer::no_files, "no-files: no descriptor is added", "unfiltered-socket",
              "opens a socket, without the filter",
              [](Scene&) { return failed(::socket(AF_INET, SOCK_DGRAM, 0)); }),
      held_by(Layer::no_files, "no-files: no descriptor is added", "unfiltered-copies",
              "copies its channel, without the filter",
              [](Scene& scene) { return failed(::dup(scene.channel)); }),
      held_by(Layer::no_processes, "no-processes: none is made", "unfiltered-fork",
              "forks, without the filter", fork_once),
      held_by(Layer::empty_root, "empty-root: there is no program", "unfiltered-execute",
              "executes a program, without the filter",
              [](Scene&) { return failed(::execl("/proc/self/exe", "x", nullptr)); }),
      held_by(Layer::not_dumpable, "not-dumpable: the broker is not either",
              "unfiltered-trace-broker", "attaches to the broker as a debugger, without the filter",
              [](Scene& scene) { return failed(::ptrace(PTRACE_ATTACH, scene.broker, 0, 0)); }),
      held_by(Layer::not_dumpable, "not-dumpable: the broker is not either",
              "unfiltered-read-broker", "reads the broker's memory, without the filter",
              read_broker_unfiltered),
      signals_broker(),
      held_by(Layer::no_new_code, "no-new-code: what was writable is not executed",
              "unfiltered-new-code", "writes code and makes it executable, without the filter",
              write_and_execute),
      held_by(Layer::capabilities, "capabilities: there is none", "unfiltered-raise-limits",
              "raises its hard limits, without the filter", raise_limit),
      held_by(Layer::capabilities, "capabilities: there is none", "unfiltered-mount",
              "mounts a file system, without the filter",
              [](Scene&) {
                return failed(::syscall(SYS_mount, address_of("none"), address_of("/"),
                                        address_of("tmpfs"), 0L, 0L));
              }),
      held_by(Layer::capabilities, "capabilities: there is none", "unfiltered-become-root",
              "becomes root, without the filter",
              [](Scene&) { return failed(::syscall(SYS_setuid, 0L)); }),
  };
}

}  // namespace bulkhead::hostile

// What the kernel offers to a process: other processes, memory, privilege.
#include <bit>
#include <csignal>

#include <linux/bpf.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/uio.h>

#include "tests/hostile/attempt.hpp"
#include "tests/hostile/forbidden.hpp"

namespace bulkhead::hostile {
namespace {

constexpr long code = PROT_READ | PROT_WRITE | PROT_EXEC;
constexpr long no_fd = -1;
constexpr long own = MAP_PRIVATE | MAP_ANONYMOUS;
constexpr long gigabyte = 1L << 30;

long fork_for_ever(Scene&) {
  while (::syscall(SYS_clone, long{SIGCHLD}, 0L, 0L, 0L, 0L) >= 0) continue;
  return -1;
}

long take_all_memory(Scene&) {
  while (::syscall(SYS_mmap, 0L, gigabyte, long{PROT_READ | PROT_WRITE}, own | MAP_POPULATE, no_fd,
                   0L) > 0)
    continue;
  return -1;
}

long read_the_broker(Scene& scene) {
  char byte = 0;
  const iovec here{.iov_base = &byte, .iov_len = 1};
  const iovec there{.iov_base = &byte, .iov_len = 1};
  return ::syscall(SYS_process_vm_readv, long{scene.broker}, address_of(&here), 1L,
                   address_of(&there), 1L, 0L);
}

long raise_limits(Scene&) {
  const rlimit more{.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};
  return ::syscall(SYS_prlimit64, 0L, long{RLIMIT_NOFILE}, address_of(&more), 0L);
}

std::vector<Attempt> of_processes() {
  return {
      forbidden("execute", "executes a program",
                [](Scene&) { return ::syscall(SYS_execve, address_of("/bin/sh"), 0L, 0L); }),
      forbidden("fork-bomb", "makes processes without end", fork_for_ever),
      forbidden("thread", "starts a thread",
                [](Scene&) {
                  return ::syscall(
                      SYS_clone,
                      long{CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD}, 0L,
                      0L, 0L, 0L);
                }),
      forbidden("trace-broker", "attaches to the broker as a debugger",
                [](Scene& scene) {
                  return ::syscall(SYS_ptrace, long{PTRACE_ATTACH}, long{scene.broker}, 0L, 0L);
                }),
      forbidden("read-broker", "reads the broker's memory", read_the_broker),
      forbidden(
          "kill-broker", "kills the broker",
          [](Scene& scene) { return ::syscall(SYS_kill, long{scene.broker}, long{SIGKILL}); }),
      forbidden("kill-all", "kills every process that it may",
                [](Scene&) { return ::syscall(SYS_kill, -1L, long{SIGKILL}); }),
      forbidden("stop-itself", "stops itself, so that it never counts as hung",
                [](Scene&) { return ::syscall(SYS_kill, 0L, long{SIGSTOP}); }),
      forbidden("take-descriptor", "takes the device's descriptor out of the broker",
                [](Scene& scene) { return ::syscall(SYS_pidfd_open, long{scene.broker}, 0L); }),
      forbidden("real-time", "asks for a real-time priority",
                [](Scene&) {
                  const sched_param highest{.sched_priority = 99};
                  return ::syscall(SYS_sched_setscheduler, 0L, long{SCHED_FIFO},
                                   address_of(&highest));
                }),
  };
}

std::vector<Attempt> of_memory() {
  return {
      forbidden("new-code", "maps memory to write code to",
                [](Scene&) { return ::syscall(SYS_mmap, 0L, 4096L, code, own, no_fd, 0L); }),
      forbidden("change-code", "makes its own code writable",
                [](Scene&) {
                  return ::syscall(SYS_mprotect, std::bit_cast<long>(&fork_for_ever) & ~4095L,
                                   4096L, code);
                }),
      forbidden("all-memory", "maps memory until there is none", take_all_memory),
      forbidden("userfaultfd", "handles page faults itself",
                [](Scene&) { return ::syscall(SYS_userfaultfd, 0L); }),
      forbidden("memfd", "makes a memory file",
                [](Scene&) { return ::syscall(SYS_memfd_create, address_of("x"), 0L); }),
  };
}

std::vector<Attempt> of_privilege() {
  return {
      forbidden("user-namespace", "makes a user namespace, in which it has all capabilities",
                [](Scene&) { return ::syscall(SYS_unshare, long{CLONE_NEWUSER}); }),
      forbidden("mount", "mounts /proc",
                [](Scene&) {
                  return ::syscall(SYS_mount, address_of("proc"), address_of("/"),
                                   address_of("proc"), 0L, 0L);
                }),
      forbidden("other-namespace", "joins a namespace by a descriptor that it has",
                [](Scene& scene) { return ::syscall(SYS_setns, long{scene.channel}, 0L); }),
      forbidden("bpf", "loads a BPF program",
                [](Scene&) {
                  const bpf_attr attributes{};
                  return ::syscall(SYS_bpf, long{BPF_PROG_LOAD}, address_of(&attributes),
                                   long{sizeof attributes});
                }),
      forbidden("io-uring", "makes a queue of system calls that no filter sees",
                [](Scene&) { return ::syscall(SYS_io_uring_setup, 8L, 0L); }),
      forbidden("performance-events", "opens a performance counter of the kernel",
                [](Scene&) { return ::syscall(SYS_perf_event_open, 0L, 0L, -1L, -1L, 0L); }),
      forbidden("keys", "makes a keyring",
                [](Scene&) { return ::syscall(SYS_keyctl, 1L, 0L, 0L, 0L, 0L); }),
      forbidden("dumpable", "lets processes of the same user debug it",
                [](Scene&) { return ::syscall(SYS_prctl, long{PR_SET_DUMPABLE}, 1L, 0L, 0L, 0L); }),
      forbidden(
          "outlive-broker", "asks not to be killed when the broker dies",
          [](Scene&) { return ::syscall(SYS_prctl, long{PR_SET_PDEATHSIG}, 0L, 0L, 0L, 0L); }),
      forbidden("raise-limits", "raises its limits", raise_limits),
      forbidden("other-filter", "puts a filter of its own on",
                [](Scene&) { return ::syscall(SYS_seccomp, 1L, 0L, 0L); }),
      forbidden("become-root", "becomes root", [](Scene&) { return ::syscall(SYS_setuid, 0L); }),
  };
}

}  // namespace

std::vector<Attempt> kernel_attempts() {
  auto all = of_processes();
  for (auto& attempt : of_memory()) all.push_back(std::move(attempt));
  for (auto& attempt : of_privilege()) all.push_back(std::move(attempt));
  return all;
}

}  // namespace bulkhead::hostile

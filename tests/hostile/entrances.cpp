// Files, sockets, and the less known ways into the kernel.
#include <bit>

#include <fcntl.h>
#include <sys/socket.h>

#include "tests/hostile/attempt.hpp"
#include "tests/hostile/forbidden.hpp"

namespace bulkhead::hostile {
namespace {

constexpr long x32 = 0x4000'0000;
constexpr uint64_t vsyscall_time = 0xFFFF'FFFF'FF60'0400;
constexpr long uretprobe = 335;

/// getpid(2) by its number of 32 bits, through the gate of 32-bit programs.
long enter_as_32_bits(Scene&) {
  long result = 20;
#if defined(__x86_64__)
  asm volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
#endif
  return result;
}

long ask_vsyscall(Scene&) {
  return std::bit_cast<long (*)(long*)>(vsyscall_time)(nullptr);
}

}  // namespace

std::vector<Attempt> entrance_attempts() {
  std::vector<Attempt> all{
      forbidden("open-file", "opens /etc/passwd",
                [](Scene&) {
                  return ::syscall(SYS_openat, long{AT_FDCWD}, address_of("/etc/passwd"),
                                   long{O_RDONLY}, 0L);
                }),
      forbidden("open-memory", "opens /proc/self/mem",
                [](Scene&) {
                  return ::syscall(SYS_open, address_of("/proc/self/mem"), long{O_RDWR}, 0L);
                }),
      forbidden("remove-file", "removes a file",
                [](Scene&) { return ::syscall(SYS_unlink, address_of("stage")); }),
      forbidden("tcp", "opens a TCP socket",
                [](Scene&) { return ::syscall(SYS_socket, long{AF_INET}, long{SOCK_STREAM}, 0L); }),
      forbidden("raw-packets", "opens a raw packet socket",
                [](Scene&) { return ::syscall(SYS_socket, long{AF_PACKET}, long{SOCK_RAW}, 0L); }),
      forbidden("netlink", "opens a netlink socket",
                [](Scene&) { return ::syscall(SYS_socket, long{AF_NETLINK}, long{SOCK_RAW}, 0L); }),
      forbidden("system-call-of-32-bits", "makes a system call of 32-bit programs (int 0x80)",
                enter_as_32_bits, "(SIGSYS|SIGSEGV)"),
      forbidden("system-call-of-x32", "makes a system call of the x32 ABI",
                [](Scene&) { return ::syscall(x32 | SYS_getpid); }),
      forbidden("unknown-system-call", "makes a system call that there is not",
                [](Scene&) { return ::syscall(0x1234'5678L); }),
      forbidden("vsyscall", "calls the kernel's page of old system calls", ask_vsyscall,
                "(SIGSYS|SIGSEGV)"),
      forbidden(
          "uretprobe", "makes the system call that no filter is asked about",
          [](Scene&) { return ::syscall(uretprobe); }, "(SIGSYS|SIGILL)"),
  };
  all.back().contained = "kernel: uretprobe(2) ends who calls it without a probe";
  return all;
}

}  // namespace bulkhead::hostile

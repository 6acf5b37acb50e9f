#include "bulkhead/confine/system_calls.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <memory>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/seccomp.h>
#include <linux/vfio.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bulkhead/bus/vfio/abi.hpp"
#include "bulkhead/confine/dispatch.hpp"

namespace bulkhead::confine {
namespace {

constexpr uint64_t whole_int = 0xFFFFFFFF;

/// The kernel takes the argument as an int.
constexpr Condition is(unsigned argument, uint64_t value) {
  return {.argument = argument, .mask = whole_int, .value = value & whole_int};
}
constexpr Condition lacks_bits(unsigned argument, uint64_t bits) {
  return {.argument = argument, .mask = bits, .value = 0};
}
constexpr Condition has_bits(unsigned argument, uint64_t bits) {
  return {.argument = argument, .mask = bits, .value = bits};
}

void allow(std::vector<Rule>& rules, std::initializer_list<int> numbers) {
  for (const int number : numbers) rules.push_back({.number = number});
}

/// Devices that are open: their messages, registers and interrupts; never new mappings for DMA.
void allow_devices(std::vector<Rule>& rules) {
  allow(rules, {SYS_sendmsg, SYS_recvmsg, SYS_pread64, SYS_pwrite64, SYS_shutdown, SYS_close});
  constexpr std::array<unsigned long, 4> requests{VFIO_DEVICE_SET_IRQS, VFIO_DEVICE_RESET,
                                                  VFIO_IOMMU_UNMAP_DMA, vfio::abi::ioas_unmap};
  for (const unsigned long request : requests)
    rules.push_back({.number = SYS_ioctl, .conditions = {is(1, request)}});
}

/// stdio asks what its descriptors are before it writes to them.
void allow_output(std::vector<Rule>& rules) {
  allow(rules, {SYS_read, SYS_write, SYS_writev, SYS_lseek, SYS_fstat});
  rules.push_back({.number = SYS_newfstatat, .conditions = {is(3, AT_EMPTY_PATH)}});
  rules.push_back({.number = SYS_ioctl, .conditions = {is(1, TCGETS)}});
}

void allow_waiting(std::vector<Rule>& rules) {
  // poll(2), a sleep or a futex that SIGCONT interrupts goes on as restart_syscall(2).
  allow(rules, {SYS_poll, SYS_ppoll, SYS_nanosleep, SYS_clock_nanosleep, SYS_futex, SYS_sched_yield,
                SYS_restart_syscall, SYS_clock_gettime, SYS_gettimeofday});
}

/// What malloc(3) does. Nothing that can be executed, and no file.
void allow_memory(std::vector<Rule>& rules) {
  allow(rules, {SYS_brk, SYS_munmap, SYS_mremap, SYS_madvise});
  rules.push_back(
      {.number = SYS_mmap, .conditions = {lacks_bits(2, PROT_EXEC), has_bits(3, MAP_ANONYMOUS)}});
  rules.push_back({.number = SYS_mprotect, .conditions = {lacks_bits(2, PROT_EXEC)}});
}

/// Signals, and abort(3): a process signals itself only.
void allow_ending(std::vector<Rule>& rules) {
  allow(rules,
        {SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_getpid, SYS_gettid, SYS_exit, SYS_exit_group});
  rules.push_back({.number = SYS_tgkill, .conditions = {is(0, static_cast<uint64_t>(::getpid()))}});
}

/// Gives up all further ones.
Rule last_call() {
  return {.number = SYS_prctl,
          .conditions = {is(0, dispatch::set), is(1, dispatch::on), is(2, 0), is(3, 0)}};
}

void allow_threads(std::vector<Rule>& rules) {
  // What pthread_create(3) asks for: threads only. What clone3(2) asks for lies in memory, which no
  // filter sees; the C library takes its absence for an old kernel's.
  constexpr uint64_t thread = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
                              CLONE_SYSVSEM | CLONE_SETTLS | CLONE_PARENT_SETTID |
                              CLONE_CHILD_CLEARTID;
  rules.push_back({.number = SYS_clone, .conditions = {is(0, thread)}});
  rules.push_back({.number = SYS_clone3, .error = ENOSYS});
  rules.push_back(
      {.number = SYS_seccomp, .conditions = {is(0, SECCOMP_SET_MODE_FILTER), is(1, 0)}});
  rules.push_back(last_call());
  // The C library's own two signals, below SIGRTMIN.
  for (const uint64_t signal : {32U, 33U})
    rules.push_back({.number = SYS_rt_sigaction, .conditions = {is(0, signal)}});
  allow(rules, {SYS_set_robust_list, SYS_rseq, SYS_sched_getaffinity});
}

}  // namespace

std::string_view to_string(SystemCalls calls) {
  switch (calls) {
    case SystemCalls::control:
      return "control";
    case SystemCalls::interrupts:
      return "interrupts";
    case SystemCalls::port_io:
      return "port_io";
    case SystemCalls::polling:
      return "polling";
    case SystemCalls::none:
      return "none";
  }
  return "unknown";
}

bool can_refuse_all_calls() {
  return ::prctl(dispatch::set, dispatch::off, 0UL, 0UL, 0UL) == 0;
}

std::vector<Rule> rules_for(SystemCalls calls, bool threads) {
  std::vector<Rule> rules;
  switch (calls) {
    case SystemCalls::none:
      rules.push_back(last_call());  // Filter::load() makes it after the filter
      break;
    case SystemCalls::polling:
      allow(rules, {SYS_exit_group});
      break;
    case SystemCalls::port_io:
      allow(rules, {SYS_exit_group, SYS_read, SYS_write, SYS_ppoll, SYS_pwrite64});
      break;
    case SystemCalls::interrupts:
      allow(rules, {SYS_exit_group, SYS_read, SYS_write, SYS_ppoll});
      break;
    case SystemCalls::control:
      allow_devices(rules);
      allow_output(rules);
      allow_waiting(rules);
      allow_memory(rules);
      allow_ending(rules);
      if (threads) allow_threads(rules);
      break;
  }
  return rules;
}

std::string name_of_system_call(int number) {
  const std::unique_ptr<char, decltype(&std::free)> name{
      ::seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number), &std::free};
  // Since Linux 6.11 and 6.18; libraries may be older.
  if (number == 335) return "uretprobe";
  if (number == 336) return "uprobe";
  return name ? std::string{name.get()} : std::to_string(number);
}

}  // namespace bulkhead::confine

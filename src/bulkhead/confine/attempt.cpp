#include "bulkhead/confine/attempt.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include <fmt/format.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace bulkhead::confine {
namespace {

/// No address, no descriptor, no length and no flags are like this.
constexpr uint64_t useless = ~uint64_t{0};
/// A call that passes and waits for ever is ended by SIGALRM, and has passed.
constexpr unsigned patience_s = 10;

struct Attempt {
  std::span<Filter* const> filters;
  int number;
  std::array<uint64_t, 6> arguments;
  bool confined = false;
  bool returned = false;
  int error = 0;
};

/// rt_sigreturn(2) takes all registers from the stack, and goes on wherever they lead. In memory
/// that is shared that must be nowhere: on a stack of zeros it ends in SIGSEGV.
[[noreturn]] void return_from_no_signal() {
  constexpr size_t frame = 4096;  // more than it reads
  alignas(16) static constinit std::array<std::byte, frame> zeros{};
  asm volatile("mov %0, %%rsp\n\tsyscall" ::"r"(zeros.data()), "a"(SYS_rt_sigreturn) : "memory");
  __builtin_trap();
}

/// In the other process, which ends here: by the call itself, by a filter, or by exit(2), which a
/// filter turns into a death.
int make_call(void* what) {
  auto& attempt = *static_cast<Attempt*>(what);
  ::alarm(patience_s);
  for (Filter* filter : attempt.filters)
    if (!filter->load()) return 1;
  attempt.confined = true;
  if (attempt.number == SYS_rt_sigreturn) return_from_no_signal();
  const auto& a = attempt.arguments;
  const long result = ::syscall(attempt.number, a[0], a[1], a[2], a[3], a[4], a[5]);
  attempt.error = result == -1 ? errno : 0;
  attempt.returned = true;
  return 0;
}

/// Whether the call went past the filters.
Result<bool> passes(Attempt& attempt, std::span<std::byte> stack) {
  attempt.confined = attempt.returned = false;
  // clone(2), CLONE_VFORK: this thread goes on when the process has ended, which uses its memory.
  const int pid =
      ::clone(make_call, std::to_address(stack.end()), CLONE_VM | CLONE_VFORK, &attempt);
  if (pid < 0) return fail_errno("a process to try a system call in");
  int status = 0;
  while (::waitpid(pid, &status, __WALL) < 0)
    if (errno != EINTR) return fail_errno("waiting for a system call that was tried");
  if (!attempt.confined) return fail(ErrorCode::io, "a filter could not be loaded to be tried");
  return attempt.returned || !WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS;
}

std::array<uint64_t, 6> arguments_for(const Rule& rule) {
  std::array<uint64_t, 6> arguments{};
  arguments.fill(useless);
  for (const auto& condition : rule.conditions) {
    auto& argument = arguments.at(condition.argument);
    argument = (argument & ~condition.mask) | condition.value;
  }
  return arguments;
}

class Attempts {
 public:
  Attempts(std::span<Filter* const> filters, std::span<const Rule> rules)
      : filters_(filters), rules_(rules), stack_(size_t{64} * 1024) {}

  Result<> make(int number, PassingCalls& found) {
    const Rule anything{.number = number};
    BULKHEAD_TRY_ASSIGN(bool passed, get_past(anything));
    bool conditional = false;
    for (const Rule& rule : rules_) {
      if (rule.number != number || rule.conditions.empty()) continue;
      BULKHEAD_TRY_ASSIGN(const bool fulfilled, get_past(rule));
      conditional = conditional || fulfilled;
      passed = passed && !fulfilled;
    }
    if (passed) found.passing.push_back(number);
    if (conditional) found.conditional.push_back(number);
    return {};
  }

 private:
  /// A call that a rule makes fail does nothing: it has not passed.
  [[nodiscard]] bool is_made_to_fail(int number, int error) const {
    return error != 0 && std::ranges::any_of(rules_, [&](const Rule& rule) {
             return rule.number == number && rule.error == error;
           });
  }
  Result<bool> get_past(const Rule& rule) {
    Attempt attempt{.filters = filters_, .number = rule.number, .arguments = arguments_for(rule)};
    BULKHEAD_TRY_ASSIGN(const bool passed, passes(attempt, stack_));
    return passed && !(attempt.returned && is_made_to_fail(rule.number, attempt.error));
  }

  std::span<Filter* const> filters_;
  std::span<const Rule> rules_;
  std::vector<std::byte> stack_;
};

}  // namespace

Result<PassingCalls> try_system_calls(std::string whose, std::span<Filter* const> filters,
                                      std::span<const Rule> rules) {
  PassingCalls found{
      .whose = std::move(whose), .passing = {}, .conditional = {}, .of_the_kernel = {}};
  BULKHEAD_TRY_ASSIGN(auto closed, Filter::build({}));
  const std::array closed_filters{&closed};
  PassingCalls of_the_kernel{};
  Attempts attempts{filters, rules};
  Attempts closed_attempts{closed_filters, {}};
  for (int number = 0; number < end_of_system_calls; ++number) {
    BULKHEAD_TRY(attempts.make(number, found));
    // What passes a filter that lets nothing pass is the kernel's doing.
    if (std::ranges::find(found.passing, number) != found.passing.end())
      BULKHEAD_TRY(closed_attempts.make(number, of_the_kernel));
  }
  found.of_the_kernel = std::move(of_the_kernel.passing);
  return found;
}

}  // namespace bulkhead::confine

#include "bulkhead/confine/filter.hpp"

#include <memory>

#include <fmt/format.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bulkhead/base/owned_fd.hpp"
#include "bulkhead/confine/dispatch.hpp"

namespace bulkhead::confine {
namespace {

using Context = std::unique_ptr<void, decltype(&::seccomp_release)>;

std::unexpected<Error> failed(int error, std::string_view doing) {
  return fail_errno(-error, fmt::format("libseccomp, {}", doing));
}

Result<> add(const Context& context, const Rule& rule) {
  std::vector<scmp_arg_cmp> conditions;
  for (const auto& condition : rule.conditions)
    conditions.push_back({.arg = condition.argument,
                          .op = SCMP_CMP_MASKED_EQ,
                          .datum_a = condition.mask,
                          .datum_b = condition.value});
  const uint32_t action =
      rule.error == 0 ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO(static_cast<uint32_t>(rule.error));
  const int result =
      ::seccomp_rule_add_array(context.get(), action, rule.number,
                               static_cast<unsigned>(conditions.size()), conditions.data());
  if (result == 0) return {};
  return failed(result, fmt::format("a rule for {}", name_of_system_call(rule.number)));
}

/// libseccomp writes a program to a descriptor only.
Result<std::vector<sock_filter>> program_of(const Context& context) {
  const OwnedFd file{::memfd_create("filter", MFD_CLOEXEC)};
  if (!file) return fail_errno("memory for a filter");
  if (const int result = ::seccomp_export_bpf(context.get(), file.get()); result != 0)
    return failed(result, "making the program");
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) return fail_errno("the size of a filter");
  std::vector<sock_filter> program(static_cast<size_t>(status.st_size) / sizeof(sock_filter));
  if (::pread(file.get(), program.data(), program.size() * sizeof(sock_filter), 0) !=
      status.st_size)
    return fail_errno("reading a filter");
  return program;
}

}  // namespace

Result<Filter> Filter::build(std::span<const Rule> rules) {
  const Context context{::seccomp_init(SCMP_ACT_KILL_PROCESS), &::seccomp_release};
  if (!context)
    return fail(ErrorCode::no_memory, "libseccomp makes no filter",
                "free memory, and let services call seccomp(2)");
  int result = ::seccomp_attr_set(context.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
  if (result != 0) return failed(result, "killing for other architectures");
  for (const Rule& rule : rules) BULKHEAD_TRY(add(context, rule));
  Filter filter;
  BULKHEAD_TRY_ASSIGN(filter.program_, program_of(context));
  return filter;
}

Result<Filter> Filter::build(SystemCalls calls, bool threads) {
  BULKHEAD_TRY_ASSIGN(auto filter, build(rules_for(calls, threads)));
  filter.refuses_all_ = calls == SystemCalls::none;
  return filter;
}

Result<> Filter::load() {
  const sock_fprog program{.len = static_cast<unsigned short>(program_.size()),
                           .filter = program_.data()};
  if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0U, &program) != 0)
    return fail_errno("seccomp");
  if (refuses_all_ && ::prctl(dispatch::set, dispatch::on, 0UL, 0UL, 0UL) != 0)
    return fail_errno("PR_SET_SYSCALL_USER_DISPATCH");
  return {};
}

}  // namespace bulkhead::confine

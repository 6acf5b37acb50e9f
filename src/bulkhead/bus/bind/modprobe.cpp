#include "bulkhead/bus/bind/modprobe.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <optional>

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>

#include "bulkhead/base/deadline.hpp"
#include "bulkhead/bus/text_files.hpp"

namespace bulkhead::bus {
namespace {

std::optional<std::string> find_program(const Machine& machine) {
  for (const auto* path : {"/usr/sbin/modprobe", "/sbin/modprobe"})
    if (is_there(machine.at(path))) return machine.at(path).string();
  return std::nullopt;
}

}  // namespace

Result<> load_module(const Machine& machine, const std::string& module) {
  auto program = find_program(machine);
  if (!program) return fail(ErrorCode::not_found, "there is no modprobe in /usr/sbin or /sbin");
  std::string name = module;
  const std::array<char*, 3> arguments{program->data(), name.data(), nullptr};
  const std::array<char*, 1> environment{nullptr};
  pid_t child = 0;
  if (const int error = ::posix_spawn(&child, program->c_str(), nullptr, nullptr, arguments.data(),
                                      environment.data());
      error != 0)
    return fail_errno(error, *program);
  int status = 0;
  const bool ended = wait_until([&] { return ::waitpid(child, &status, WNOHANG) == child; },
                                std::chrono::seconds{30}, std::chrono::milliseconds{5});
  if (!ended)
    return fail(ErrorCode::timeout, fmt::format("modprobe {} has not ended in 30 seconds", module));
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return fail(ErrorCode::io, fmt::format("modprobe {} failed", module));
}

}  // namespace bulkhead::bus

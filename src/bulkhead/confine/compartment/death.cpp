#include "bulkhead/confine/compartment/death.hpp"

#include <cstring>

#include <fmt/format.h>

namespace bulkhead::confine {
namespace {

std::string name_of_signal(int number) {
  const char* name = ::sigabbrev_np(number);
  if (name == nullptr) return fmt::format("signal {}", number);
  if (number == SIGSYS) return "SIGSYS (a system call that the sandbox does not let through)";
  if (number == SIGILL) return "SIGILL (a check of the hardened program failed)";
  return fmt::format("SIG{} ({})", name, ::sigdescr_np(number));
}

}  // namespace

Death Death::of(const siginfo_t& info) {
  return {.kind = info.si_code == CLD_EXITED ? Kind::exited : Kind::killed,
          .number = info.si_status,
          .said = {}};
}

std::string Death::to_string() const {
  if (!said.empty()) return said;
  switch (kind) {
    case Kind::hung:
      return "hung";
    case Kind::blamed_a_device:
      return "said that a device broke the rules of a queue";
    case Kind::leaving:
      return "has ended";
    case Kind::killed:
      return "killed by " + name_of_signal(number);
    case Kind::exited:
      break;
  }
  return fmt::format("exited with {} though nobody had asked", number);
}

}  // namespace bulkhead::confine

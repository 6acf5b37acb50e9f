#include <array>
#include <cerrno>
#include <cstdint>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bulkhead/base/owned_fd.hpp"
#include "bulkhead/confine/layers.hpp"

namespace bulkhead::confine {
namespace {

// landlock(7) and linux/landlock.h. The headers may be older than the kernel, so they stand here.
constexpr long create_ruleset_call = 444;
constexpr long restrict_self_call = 446;
constexpr uint32_t create_ruleset_version = 1;

struct RulesetAttributes {
  uint64_t handled_access_fs;
  uint64_t handled_access_net;  // since ABI 4
  uint64_t scoped;              // since ABI 6
};

/// Rights on files, one bit each, by the ABI that came with them: 13 at first, then REFER,
/// TRUNCATE, and IOCTL_DEV with ABI 5.
constexpr std::array<uint64_t, 6> file_rights_of_abi{0, 13, 14, 15, 15, 16};
constexpr uint64_t bind_and_connect_tcp = 0b11;
constexpr uint64_t abstract_sockets_and_signals = 0b11;

/// What is handled and then allowed by no rule is denied.
RulesetAttributes everything(int abi) {
  const auto known = std::min(static_cast<size_t>(abi), file_rights_of_abi.size() - 1);
  return {.handled_access_fs = (uint64_t{1} << file_rights_of_abi.at(known)) - 1,
          .handled_access_net = abi >= 4 ? bind_and_connect_tcp : 0,
          .scoped = abi >= 6 ? abstract_sockets_and_signals : 0};
}

/// The kernel refuses a structure longer than its own unless the rest is zero.
constexpr size_t size_of_attributes = sizeof(RulesetAttributes);

std::string scope(int abi) {
  if (abi >= 6) return fmt::format("ABI {}: files, TCP, abstract sockets, signals", abi);
  if (abi >= 4) return fmt::format("ABI {}: files, TCP", abi);
  return fmt::format("ABI {}: files", abi);
}

}  // namespace

int landlock_abi() {
  const long abi = ::syscall(create_ruleset_call, nullptr, size_t{0}, create_ruleset_version);
  return abi > 0 ? static_cast<int>(abi) : 0;
}

LayerState deny_by_landlock() {
  const int abi = landlock_abi();
  if (abi == 0)
    return lacks(Layer::landlock,
                 errno == EOPNOTSUPP
                     ? "it is switched off: the kernel's parameter lsm= lacks landlock"
                     : "this kernel has none: it came with Linux 5.13");
  const auto attributes = everything(abi);
  const OwnedFd ruleset{static_cast<int>(
      ::syscall(create_ruleset_call, &attributes, size_of_attributes, uint32_t{0}))};
  if (!ruleset) return lacks(Layer::landlock, fail_errno("landlock_create_ruleset").error().what);
  if (::syscall(restrict_self_call, ruleset.get(), uint32_t{0}) != 0)
    return lacks(Layer::landlock, fail_errno("landlock_restrict_self").error().what);
  return is_on(Layer::landlock, scope(abi));
}

}  // namespace bulkhead::confine

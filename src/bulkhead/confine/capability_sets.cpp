#include "bulkhead/confine/capability_sets.hpp"

#include <array>

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace bulkhead::confine {
namespace {

// capget(2): version 3 takes two words a set.
using Sets = std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3>;

/// More than any kernel has: prctl(2) says EINVAL from the first that it does not have.
constexpr unsigned long end_of_capabilities = 64;

bool read_sets(Sets& sets) {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  return ::syscall(SYS_capget, &header, sets.data()) == 0;
}

bool write_sets(const Sets& sets) {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  return ::syscall(SYS_capset, &header, sets.data()) == 0;
}

uint64_t joined(uint32_t low, uint32_t high) {
  return uint64_t{high} << 32U | low;
}

template <class IsIn>
uint64_t bits_of(IsIn is_in) {
  uint64_t bits = 0;
  for (unsigned long capability = 0; capability < end_of_capabilities; ++capability)
    if (is_in(capability) == 1) bits |= uint64_t{1} << capability;
  return bits;
}

}  // namespace

bool use_permitted_capabilities() {
  Sets sets{};
  if (!read_sets(sets)) return false;
  for (auto& set : sets) set.effective = set.permitted;
  return write_sets(sets);
}

bool clear_capabilities() {
  return write_sets(Sets{});
}

bool clear_bounding_set() {
  for (unsigned long capability = 0; capability < end_of_capabilities; ++capability)
    if (::prctl(PR_CAPBSET_READ, capability) == 1 && ::prctl(PR_CAPBSET_DROP, capability) != 0)
      return false;
  return true;
}

std::vector<CapabilitySet> capability_sets() {
  Sets sets{};
  read_sets(sets);
  const auto& [low, high] = sets;
  return {{"effective", joined(low.effective, high.effective)},
          {"permitted", joined(low.permitted, high.permitted)},
          {"inheritable", joined(low.inheritable, high.inheritable)},
          {"bounding", bits_of([](unsigned long c) { return ::prctl(PR_CAPBSET_READ, c); })},
          {"ambient", bits_of([](unsigned long c) {
             return ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, c, 0UL, 0UL);
           })}};
}

}  // namespace bulkhead::confine

#include "bulkhead/bus/vfio/interrupts.hpp"

#include <algorithm>

#include <fcntl.h>

namespace bulkhead::vfio {
namespace {

Result<std::vector<OwnedFd>> duplicates_of(std::span<const int> eventfds) {
  std::vector<OwnedFd> copies;
  for (const int eventfd : eventfds) {
    copies.emplace_back(eventfd < 0 ? -1 : ::fcntl(eventfd, F_DUPFD_CLOEXEC, 0));
    if (eventfd >= 0 && !copies.back()) return fail_errno("keeping an eventfd");
  }
  return copies;
}

}  // namespace

Result<> Interrupts::connect(bus::InterruptKind kind, uint32_t first, std::span<const int> eventfds,
                             const Set& set) {
  auto& connected = connected_.at(static_cast<size_t>(kind));
  BULKHEAD_TRY_ASSIGN(auto copies, duplicates_of(eventfds));

  std::vector<int> wanted;
  for (const OwnedFd& fd : connected) wanted.push_back(fd.get());
  const size_t enabled = wanted.size();
  wanted.resize(std::max(enabled, first + eventfds.size()), -1);
  std::ranges::copy(eventfds, std::span{wanted}.subspan(first).begin());

  const bool none = std::ranges::all_of(wanted, [](int fd) { return fd < 0; });
  if (!none && wanted.size() == enabled) {
    BULKHEAD_TRY(set(kind, first, eventfds));
  } else {
    if (enabled > 0) BULKHEAD_TRY(set(kind, 0, {}));
    auto before = std::exchange(connected, {});
    if (none) return {};
    BULKHEAD_TRY(set(kind, 0, wanted));
    connected = std::move(before);
    connected.resize(wanted.size());
  }
  std::ranges::move(copies, std::span{connected}.subspan(first).begin());
  return {};
}

}  // namespace bulkhead::vfio

#include "bulkhead/bus/vfio/explain.hpp"

#include <cerrno>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/resource.h>

#include "bulkhead/bus/text_files.hpp"

namespace bulkhead::vfio {

namespace {

/// One of two causes, if there is anything that could be open.
std::string perhaps_open(const std::vector<bus::GroupMember>& companions) {
  if (companions.empty()) return {};
  std::vector<std::string> addresses;
  for (const auto& companion : companions) addresses.push_back(companion.address);
  return fmt::format(
      "either {} of its IOMMU group is open, and the group is driven by one opening "
      "at a time, or ",
      fmt::join(addresses, " or "));
}

}  // namespace

Error explain_open(int error_number, const std::string& address, const std::string& node) {
  const auto what = fmt::format("{}: opening {}", address, node);
  switch (error_number) {
    case ENOENT:
    case ENODEV:
      return fail_errno(error_number, what, "load VFIO: sudo modprobe vfio-pci").error();
    case EACCES:
    case EPERM:
      // These two are nobody's: bind gives away what belongs to one function.
      if (node == "/dev/iommu" || node == "/dev/vfio/vfio")
        return fail_errno(error_number, what, fmt::format("sudo chmod 0666 {}", node)).error();
      return fail_errno(
                 error_number, what,
                 fmt::format("{} belongs to another user: sudo bulkhead bind {} --user $USER", node,
                             address))
          .error();
    case EBUSY:
      return fail_errno(
                 error_number, what,
                 fmt::format("another process has it, or this one has a function of the same "
                             "IOMMU group: sudo fuser -v {}",
                             node))
          .error();
    default:
      return fail_errno(error_number, what).error();
  }
}

Error explain_attach(int error_number, const std::string& address,
                     const std::vector<bus::GroupMember>& companions) {
  const auto what = fmt::format("{}: attaching it to the IOMMU", address);
  // vfio_iommu_type1.c and iommufd's device.c answer so if a device could forge interrupts, and
  // iommu.c if the group belongs to somebody else's address spaces.
  if (error_number == EPERM)
    return fail_errno(error_number, what,
                      fmt::format("{}this machine does not remap interrupts, so the device could "
                                  "forge them: switch interrupt remapping on in the firmware's "
                                  "setup",
                                  perhaps_open(companions)))
        .error();
  if (error_number == EBUSY)
    return fail_errno(error_number, what,
                      "a process has it, or another function of its IOMMU group")
        .error();
  return fail_errno(error_number, what).error();
}

Error explain_group(const std::string& address, const std::string& group,
                    const std::vector<bus::GroupMember>& members) {
  std::vector<std::string> held;
  std::vector<std::string> addresses;
  for (const auto& member : members) {
    held.push_back(fmt::format("{} ({})", member.address, member.driver));
    addresses.push_back(member.address);
  }
  return {ErrorCode::permission,
          fmt::format("{}: the kernel still drives other functions of IOMMU group {}: {}", address,
                      group, fmt::join(held, ", ")),
          fmt::format("the IOMMU cannot tell them apart; bind all of them, or move the card to "
                      "another slot: sudo bulkhead bind {}",
                      fmt::join(addresses, " "))};
}

LockedMemory locked_memory(std::string_view counted_as, const std::filesystem::path& root) {
  LockedMemory memory{.limit = std::nullopt, .locked = 0};
  rlimit limit{};
  if (::getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
    memory.limit = limit.rlim_cur;
  for (const auto& line : bus::read_lines(root / "proc/self/status"))  // proc(5): "VmLck: 4 kB"
    if (const auto words = bus::words_of(line); words.size() == 3 && words[0] == counted_as)
      memory.locked = std::strtoull(words[1].c_str(), nullptr, 10) * 1024;
  return memory;
}

Error explain_map(int error_number, Bytes length, const LockedMemory& memory) {
  const auto what = fmt::format("mapping {} bytes for DMA", length.value());
  if (error_number != ENOMEM || !memory.limit) return fail_errno(error_number, what).error();
  const uint64_t needed = memory.locked + length.value();
  return {
      ErrorCode::no_memory,
      fmt::format("{}: this process may lock {} KiB of memory and has locked {} KiB", what,
                  *memory.limit / 1024, memory.locked / 1024),
      fmt::format("it needs {} KiB for this, and more for what follows (`bulkhead doctor` tells "
                  "what forward needs in all): ulimit -l, or LimitMEMLOCK= in a systemd unit, "
                  "or memlock in /etc/security/limits.conf",
                  needed / 1024)};
}

}  // namespace bulkhead::vfio

#include "bulkhead/bus/iommu_faults.hpp"

#include <array>
#include <cerrno>
#include <charconv>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace bulkhead::bus {
namespace {

constexpr const char* kernel_log = "/dev/kmsg";
constexpr std::string_view domain_0 = "0000:";
using Access = DmaFault::Access;

/// What follows the first `mark` in a text; nothing if it is not there.
std::optional<std::string_view> after(std::string_view text, std::string_view mark) {
  const auto found = text.find(mark);
  if (found == std::string_view::npos) return std::nullopt;
  return text.substr(found + mark.size());
}

std::optional<uint64_t> hexadecimal(std::string_view text) {
  if (text.starts_with("0x")) text.remove_prefix(2);
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.begin(), text.end(), number, 16);
  if (error != std::errc{}) return std::nullopt;
  return number;
}

std::optional<DmaFault> fault_at(std::optional<std::string_view> address, Access access) {
  const auto number = address ? hexadecimal(*address) : std::nullopt;
  if (!number) return std::nullopt;
  return DmaFault{.address = Iova{*number}, .access = access};
}

// DMAR: [DMA Write NO_PASID] Request device [00:05.0] fault addr 0x7700000000 [fault reason ...
std::optional<DmaFault> parse_intel(std::string_view message, std::string_view function) {
  if (!message.starts_with("DMAR: [DMA ")) return std::nullopt;
  // The PCI domain is not named, and is 0 on nearly every machine.
  if (!function.starts_with(domain_0)) return std::nullopt;
  const auto device = fmt::format("device [{}]", function.substr(domain_0.size()));
  const auto rest = after(message, device);
  if (!rest) return std::nullopt;
  const bool write = message.starts_with("DMAR: [DMA Write");
  return fault_at(after(*rest, "fault addr "), write ? Access::write : Access::read);
}

// vfio-pci 0000:05:00.0: AMD-Vi: Event logged [IO_PAGE_FAULT domain=0x000e address=0xfe000000
// flags=0x0020]; or with "device=0000:05:00.0" inside of the brackets.
std::optional<DmaFault> parse_amd(std::string_view message, std::string_view function) {
  constexpr uint64_t is_write = 0x20;
  const auto event = after(message, "AMD-Vi: Event logged [IO_PAGE_FAULT ");
  if (!event || !after(message, function)) return std::nullopt;
  const auto flags = after(*event, "flags=");
  const auto bits = flags ? hexadecimal(*flags) : std::nullopt;
  const bool write = bits && (*bits & is_write) != 0;
  return fault_at(after(*event, "address="), write ? Access::write : Access::read);
}

/// The requester id of "0000:00:05.0", which virtio-iommu calls its endpoint (PCIe 6.0, 2.2.6.2).
std::optional<uint64_t> requester_of(std::string_view function) {
  if (!function.starts_with(domain_0)) return std::nullopt;
  const auto bus = hexadecimal(function.substr(5, 2));
  const auto device = hexadecimal(function.substr(8, 2));
  const auto number = hexadecimal(function.substr(11));
  if (!bus || !device || !number) return std::nullopt;
  return *bus << 8U | *device << 3U | *number;
}

// virtio_iommu virtio0: page fault from EP 40 at 0x7700000000 [W]
std::optional<DmaFault> parse_virtio(std::string_view message, std::string_view function) {
  const auto requester = requester_of(function);
  if (!requester) return std::nullopt;
  const auto rest = after(message, fmt::format("page fault from EP {} at ", *requester));
  if (!rest) return std::nullopt;
  const auto flags = after(*rest, "[").value_or("");
  const auto access = flags.starts_with('W')   ? Access::write
                      : flags.starts_with('R') ? Access::read
                                               : Access::unknown;
  return fault_at(rest, access);
}

}  // namespace

std::string_view to_string(DmaFault::Access access) {
  if (access == Access::unknown) return "access";
  return access == Access::write ? "write" : "read";
}

std::optional<DmaFault> parse_dma_fault(std::string_view message, std::string_view function) {
  for (const auto parse : {parse_intel, parse_amd, parse_virtio})
    if (const auto fault = parse(message, function)) return fault;
  return std::nullopt;
}

Result<IommuFaults> IommuFaults::follow(std::string function) {
  OwnedFd log{::open(kernel_log, O_RDONLY | O_NONBLOCK | O_CLOEXEC)};
  if (!log)
    return fail_errno(kernel_log,
                      "IOMMU faults are told there; sysctl kernel.dmesg_restrict=0 lets everybody "
                      "read it");
  if (::lseek(log.get(), 0, SEEK_END) < 0) return fail_errno(kernel_log);
  return IommuFaults{std::move(log), std::move(function)};
}

std::optional<DmaFault> IommuFaults::next() {
  // A record, which is less than a KiB (CONSOLE_EXT_LOG_MAX): "6,339,5140900,-;message\n KEY=...".
  std::array<char, 8192> record{};
  for (;;) {
    const auto size = ::read(log_.get(), record.data(), record.size());
    // EPIPE: records that we have not read were overwritten by newer ones, which follow.
    if (size < 0 && (errno == EPIPE || errno == EINTR)) continue;
    if (size <= 0) return std::nullopt;
    const std::string_view text{record.data(), static_cast<size_t>(size)};
    const auto message = after(text, ";");
    if (!message) continue;
    if (const auto fault = parse_dma_fault(message->substr(0, message->find('\n')), function_))
      return fault;
  }
}

}  // namespace bulkhead::bus

#include "tests/qtest/msix.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "tests/qtest/exchange.hpp"

namespace bulkhead::qtest {
namespace {

// PCI 3.0, 6.8.2: the capability, and a vector's entry in the table.
constexpr uint8_t capability_id = 0x11;
constexpr uint32_t enabled = 1U << 15U;
constexpr uint64_t entry_size = 16;
constexpr uint32_t masked = 1;

/// Where in QEMU's memory the vectors' messages go.
constexpr uint64_t messages_at = 1U << 20U;
constexpr uint32_t message = 1;

}  // namespace

Result<Msix> Msix::find(Qemu& qemu, Pci pci, std::span<const BarPlace> bars) {
  Msix msix{qemu, pci};
  BULKHEAD_TRY_ASSIGN(msix.capability_, pci.find_capability(capability_id));
  if (msix.capability_ == 0) return msix;
  BULKHEAD_TRY_ASSIGN(const uint32_t control, pci.read(msix.capability_ + 2, 2));
  BULKHEAD_TRY_ASSIGN(const uint32_t table, pci.read(msix.capability_ + 4, 4));
  msix.table_ = bars[table & 0b111U].address + (table & ~0b111U);
  msix.events_.resize((control & 0x7FFU) + 1);
  return msix;
}

Result<> Msix::connect(uint32_t first, std::span<const int> eventfds) {
  for (size_t i = 0; i < eventfds.size(); ++i) {
    const size_t vector = first + i;
    const bool wanted = eventfds[i] >= 0;
    events_[vector] = OwnedFd{wanted ? ::fcntl(eventfds[i], F_DUPFD_CLOEXEC, 0) : -1};
    const std::array<uint64_t, 4> entry{messages_at + 4 * vector, 0, message, wanted ? 0U : masked};
    for (size_t word = 0; word < entry.size(); ++word)
      BULKHEAD_TRY(qemu_->command(fmt::format(
          "writel {:#x} {:#x}", table_ + vector * entry_size + 4 * word, entry.at(word))));
  }
  return pci_.write(capability_ + 2, 2, enabled);
}

void Msix::forward() const {
  for (size_t vector = 0; vector < events_.size(); ++vector) {
    if (!events_[vector]) continue;
    if (exchange(qemu_->memory(), messages_at + 4 * vector, 0) == 0) continue;
    const uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(events_[vector].get(), &one, sizeof one);
  }
}

}  // namespace bulkhead::qtest

#include "model/ixgbe/interrupts.hpp"

#include <bit>

#include <unistd.h>

#include "bulkhead/base/bits.hpp"
#include "bulkhead/bus/vfio_user/protocol.hpp"

#include "model/ixgbe/registers.hpp"

namespace bulkhead::model::ixgbe {
namespace {

constexpr uint32_t low_vectors = 0xFFFF;
constexpr uint32_t other_causes = 0x7FFF0000;
// With GPIE.OCD set, reading EICR clears these only.
constexpr uint32_t cleared_by_reading = mask(29, 16);
constexpr uint32_t link_status_change = bit(20);
constexpr uint32_t gpie_msix_mode = bit(4);
constexpr uint32_t gpie_other_clear_disable = bit(5);
constexpr uint32_t gpie_auto_mask = bit(30);
constexpr uint32_t ivar_valid = bit(7);

void signal(const OwnedFd& eventfd) {
  if (!eventfd) return;
  const uint64_t one = 1;
  // A full counter means that the client has not even looked: nothing is lost.
  [[maybe_unused]] const auto written = ::write(eventfd.get(), &one, sizeof one);
}

}  // namespace

uint32_t Interrupts::count(uint32_t kind) {
  if (kind == vfio_user::irq_msix) return ConfigSpace::msix_vectors;
  return kind == vfio_user::irq_msi || kind == vfio_user::irq_intx ? 1 : 0;
}

void Interrupts::set_eventfd(uint32_t kind, uint32_t number, OwnedFd eventfd) {
  if (kind == vfio_user::irq_intx) {
    intx_ = std::move(eventfd);
  } else if (kind == vfio_user::irq_msi) {
    msi_ = std::move(eventfd);
  } else if (kind == vfio_user::irq_msix && number < msix_.size()) {
    msix_.at(number) = std::move(eventfd);
  }
}

void Interrupts::drop_eventfds() {
  intx_.reset();
  msi_.reset();
  for (auto& eventfd : msix_) eventfd.reset();
}

void Interrupts::reset() {
  pending_ = enabled_ = delayed_ = 0;
  other_pending_ = other_enabled_ = 0;
  earliest_ = {};
}

bool Interrupts::msix_mode() const {
  return (registers_.get(reg::GPIE) & gpie_msix_mode) != 0;
}

bool Interrupts::owns(uint32_t offset) {
  switch (offset) {
    case reg::EICR:
    case reg::EICS:
    case reg::EIMS:
    case reg::EIMC:
    case reg::EICS_EX:
    case reg::EICS_EX + 4:
    case reg::EIMS_EX:
    case reg::EIMS_EX + 4:
    case reg::EIMC_EX:
    case reg::EIMC_EX + 4:
      return true;
    default:
      return false;
  }
}

uint32_t Interrupts::read(uint32_t offset) {
  switch (offset) {
    case reg::EICR: {
      const bool keep_queues = (registers_.get(reg::GPIE) & gpie_other_clear_disable) != 0;
      const uint32_t value = static_cast<uint32_t>(pending_ & low_vectors) | other_pending_;
      clear_causes(keep_queues ? cleared_by_reading : ~0U);
      return value;
    }
    case reg::EIMS:
      return static_cast<uint32_t>(enabled_ & low_vectors) | other_enabled_;
    case reg::EIMS_EX:
      return static_cast<uint32_t>(enabled_);
    case reg::EIMS_EX + 4:
      return static_cast<uint32_t>(enabled_ >> 32U);
    default:
      return 0;  // write-only
  }
}

void Interrupts::write(uint32_t offset, uint32_t value) {
  switch (offset) {
    case reg::EICR:
      clear_causes(value);
      break;
    case reg::EICS:
      raise_vectors(value & low_vectors);
      raise_others(value & other_causes);
      break;
    case reg::EICS_EX:
      raise_vectors(value);
      break;
    case reg::EICS_EX + 4:
      raise_vectors(static_cast<uint64_t>(value) << 32U);
      break;
    case reg::EIMS:
      enable(value & low_vectors, value & other_causes);
      break;
    case reg::EIMS_EX:
      enable(value, 0);
      break;
    case reg::EIMS_EX + 4:
      enable(static_cast<uint64_t>(value) << 32U, 0);
      break;
    case reg::EIMC:
      enabled_ &= ~static_cast<uint64_t>(value & low_vectors);
      other_enabled_ &= ~value;
      break;
    case reg::EIMC_EX:
      enabled_ &= ~static_cast<uint64_t>(value);
      break;
    case reg::EIMC_EX + 4:
      enabled_ &= ~(static_cast<uint64_t>(value) << 32U);
      break;
    default:
      break;
  }
}

/// Clears causes; without MSI-X, touching EICR also masks what EIAM says (8.2.3.5.6).
void Interrupts::clear_causes(uint32_t causes) {
  pending_ &= ~static_cast<uint64_t>(causes & low_vectors);
  other_pending_ &= ~causes;
  if (!msix_mode()) {
    const uint32_t masked = registers_.get(reg::EIAM);
    enabled_ &= ~static_cast<uint64_t>(masked & low_vectors);
    other_enabled_ &= ~masked;
  }
}

void Interrupts::enable(uint64_t vectors, uint32_t others) {
  const uint64_t newly = vectors & ~enabled_;
  const uint32_t newly_others = others & ~other_enabled_;
  enabled_ |= vectors;
  other_enabled_ |= others;
  for (uint64_t due = newly & pending_; due != 0; due &= due - 1)
    request(static_cast<uint32_t>(std::countr_zero(due)));
  if ((newly_others & other_pending_) != 0) signal_other();
}

void Interrupts::queue_cause(uint32_t queue, uint32_t direction_shift) {
  const uint32_t ivar = registers_.get(reg::IVAR + queue / 2 * 4);
  const uint32_t entry = ivar >> (16 * (queue % 2) + direction_shift) & 0xFFU;
  if ((entry & ivar_valid) == 0) return;
  raise_vectors(bit64(entry & (msix_mode() ? 0x3FU : 0xFU)));
}

void Interrupts::raise_vectors(uint64_t vectors) {
  const uint64_t newly = vectors & ~pending_;
  pending_ |= vectors;
  for (uint64_t due = newly & enabled_; due != 0; due &= due - 1)
    request(static_cast<uint32_t>(std::countr_zero(due)));
}

void Interrupts::raise_others(uint32_t causes) {
  const uint32_t newly = causes & ~other_pending_;
  other_pending_ |= causes;
  if ((newly & other_enabled_) != 0) signal_other();
}

void Interrupts::link_changed() {
  raise_others(link_status_change);
}

void Interrupts::signal_other() {
  if (!msix_mode()) return fire(0);
  const uint32_t entry = registers_.get(reg::IVAR_MISC) >> 8U & 0xFFU;
  if ((entry & ivar_valid) != 0) fire(entry & 0x3FU);
}

/// EITR.ITR_INTERVAL counts in 2 us at 10 Gb/s (8.2.3.5.12).
std::chrono::microseconds Interrupts::interval(uint32_t vector) const {
  const uint32_t offset = vector < 24 ? reg::EITR + vector * 4 : reg::EITR_HIGH + (vector - 24) * 4;
  return std::chrono::microseconds{2} * (registers_.get(offset) >> 3U & 0x1FFU);
}

void Interrupts::request(uint32_t vector) {
  const auto pause = interval(vector);
  if (pause.count() == 0) return fire(vector);
  const auto now = Clock::now();
  if (now < earliest_.at(vector)) {
    delayed_ |= bit64(vector);
    return;
  }
  earliest_.at(vector) = now + pause;
  fire(vector);
}

void Interrupts::send_delayed() {
  if (delayed_ == 0) return;
  const auto now = Clock::now();
  for (uint64_t rest = delayed_; rest != 0; rest &= rest - 1) {
    const auto vector = static_cast<uint32_t>(std::countr_zero(rest));
    if (now < earliest_.at(vector)) continue;
    delayed_ &= ~bit64(vector);
    if ((pending_ & enabled_ & bit64(vector)) == 0) continue;
    earliest_.at(vector) = now + interval(vector);
    fire(vector);
  }
}

void Interrupts::fire(uint32_t vector) {
  if (!msix_mode()) return signal(msix_[0] ? msix_[0] : msi_ ? msi_ : intx_);
  signal(msix_.at(vector));
  const uint32_t clear = registers_.get(reg::EIAC);
  uint64_t masks = static_cast<uint64_t>(registers_.get(reg::EIAM_EX)) |
                   static_cast<uint64_t>(registers_.get(reg::EIAM_EX + 4)) << 32U;
  masks |= registers_.get(reg::EIAM) & low_vectors;
  // Vectors above 15 have no bit in EIAC; their causes clear by themselves.
  if (vector >= 16 || (clear & bit(vector)) != 0) pending_ &= ~bit64(vector);
  if ((registers_.get(reg::GPIE) & gpie_auto_mask) != 0) enabled_ &= ~(masks & bit64(vector));
}

}  // namespace bulkhead::model::ixgbe

// Numbers that must not be mixed up: an address is not a length, a slot is not a queue.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>

namespace bulkhead {

/// A device-visible address: what a descriptor holds, translated by the IOMMU where there is one.
class Iova {
 public:
  constexpr Iova() = default;
  constexpr explicit Iova(uint64_t value) : value_(value) {}
  [[nodiscard]] constexpr uint64_t value() const { return value_; }
  [[nodiscard]] constexpr uint32_t low() const { return static_cast<uint32_t>(value_); }
  [[nodiscard]] constexpr uint32_t high() const { return static_cast<uint32_t>(value_ >> 32U); }
  friend constexpr auto operator<=>(Iova, Iova) = default;

 private:
  uint64_t value_ = 0;
};

/// A length or an offset in bytes.
class Bytes {
 public:
  constexpr Bytes() = default;
  constexpr explicit Bytes(size_t value) : value_(value) {}
  [[nodiscard]] constexpr size_t value() const { return value_; }
  friend constexpr auto operator<=>(Bytes, Bytes) = default;
  friend constexpr Bytes operator+(Bytes a, Bytes b) { return Bytes{a.value_ + b.value_}; }
  friend constexpr Bytes operator*(Bytes a, size_t n) { return Bytes{a.value_ * n}; }

 private:
  size_t value_ = 0;
};

constexpr Iova operator+(Iova address, Bytes offset) {
  return Iova{address.value() + offset.value()};
}

constexpr Bytes operator""_B(unsigned long long n) {
  return Bytes{n};
}
constexpr Bytes operator""_KiB(unsigned long long n) {
  return Bytes{n << 10U};
}
constexpr Bytes operator""_MiB(unsigned long long n) {
  return Bytes{n << 20U};
}

/// The smallest multiple of `step` (a power of two) that is at least `value`.
constexpr Bytes round_up(Bytes value, Bytes step) {
  return Bytes{(value.value() + step.value() - 1) & ~(step.value() - 1)};
}

/// The number of a queue pair within its device.
enum class QueueId : uint16_t {};
constexpr uint16_t value_of(QueueId queue) {
  return static_cast<uint16_t>(queue);
}

/// Where a packet buffer lies within its pool, in units that queue::Buffers knows.
enum class Slot : uint32_t {};
constexpr uint32_t value_of(Slot slot) {
  return static_cast<uint32_t>(slot);
}

}  // namespace bulkhead

// Index<N>: a position in a ring of N entries that cannot be out of it.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace bulkhead {

/// A position in [0, N). Every way to make or to move one masks it, so array<T, N>[index] needs no
/// check and the compiler emits none. N is a power of two.
template <uint32_t N>
class Index {
  static_assert(std::has_single_bit(N), "a ring's extent is a power of two");

 public:
  constexpr Index() = default;
  /// `value` modulo N.
  [[nodiscard]] static constexpr Index wrap(uint32_t value) { return Index{value & (N - 1)}; }
  [[nodiscard]] constexpr uint32_t value() const { return value_ & (N - 1); }
  [[nodiscard]] constexpr Index operator+(uint32_t n) const { return wrap(value_ + n); }
  constexpr Index& operator++() { return *this = *this + 1; }
  /// How far `*this` lies ahead of `other`, going around: [0, N).
  [[nodiscard]] constexpr uint32_t distance_from(Index other) const {
    return (value_ - other.value_) & (N - 1);
  }
  friend constexpr bool operator==(Index, Index) = default;

 private:
  constexpr explicit Index(uint32_t value) : value_(value) {}
  uint32_t value_ = 0;
};

}  // namespace bulkhead

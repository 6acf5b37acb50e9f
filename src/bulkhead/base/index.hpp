// Index<N>: a position in a ring of N entries that cannot be out of it.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace bulkhead {

/// A position in [0, N): value() masks, so array<T, N>[index.value()] needs no check and the
/// compiler emits none. N is a power of two.
template <uint32_t N>
class Index {
  static_assert(std::has_single_bit(N), "a ring's extent is a power of two");

 public:
  constexpr Index() = default;
  /// `number` modulo N.
  [[nodiscard]] static constexpr Index wrap(uint32_t number) { return Index{number}; }
  [[nodiscard]] constexpr uint32_t value() const { return count_ & (N - 1); }
  [[nodiscard]] constexpr Index operator+(uint32_t n) const { return Index{count_ + n}; }
  constexpr Index& operator++() { return *this = *this + 1; }
  /// How far `*this` lies ahead of `other`, going around: [0, N).
  [[nodiscard]] constexpr uint32_t distance_from(Index other) const {
    return (count_ - other.count_) & (N - 1);
  }
  friend constexpr bool operator==(Index a, Index b) { return a.value() == b.value(); }

 private:
  constexpr explicit Index(uint32_t count) : count_(count) {}
  uint32_t count_ = 0;  ///< runs freely; only its low bits count
};

}  // namespace bulkhead

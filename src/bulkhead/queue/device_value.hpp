// A number that a device wrote: of no use until it has been checked against a bound.
#pragma once

#include <concepts>
#include <optional>

#include "bulkhead/base/index.hpp"

namespace bulkhead::queue {

/// Copied once out of memory that the device can write. There is no way to the number itself but
/// through a check, so that forgetting the check does not compile.
template <std::unsigned_integral T>
class DeviceValue {
 public:
  constexpr explicit DeviceValue(T raw) : raw_(raw) {}

  /// The number, if it lies in [0, limit].
  [[nodiscard]] constexpr std::optional<T> at_most(T limit) const {
    if (raw_ > limit) return std::nullopt;
    return raw_;
  }
  /// The number, if it lies in [low, high]; low is not above high.
  [[nodiscard]] constexpr std::optional<T> between(T low, T high) const {
    if (!above(low, static_cast<T>(high - low))) return std::nullopt;
    return raw_;
  }
  /// The same without an optional, which g++ builds even where a loop looks only at one half of it:
  /// false, and `checked` as it was, if it does not.
  [[nodiscard]] constexpr bool between(T low, T high, T& checked) const {
    if (static_cast<T>(raw_ - low) > static_cast<T>(high - low)) return false;
    checked = raw_;
    return true;
  }
  /// By how much it is above `low`, if that is at most `limit`. One comparison: what is below `low`
  /// wraps around to more than any limit.
  [[nodiscard]] constexpr std::optional<T> above(T low, T limit) const {
    const auto distance = static_cast<T>(raw_ - low);
    if (distance > limit) return std::nullopt;
    return distance;
  }
  /// The number as a position, if it lies in a ring of N.
  template <uint32_t N>
  [[nodiscard]] constexpr std::optional<Index<N>> in_ring() const {
    if (raw_ >= N) return std::nullopt;
    return Index<N>::wrap(static_cast<uint32_t>(raw_));
  }

 private:
  T raw_;
};

}  // namespace bulkhead::queue

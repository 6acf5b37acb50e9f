// Chooses the addresses at which a function sees memory.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "bulkhead/base/error.hpp"
#include "bulkhead/base/units.hpp"

namespace bulkhead::bus {

/// Addresses that a function can use, both ends included.
struct IovaRange {
  uint64_t first;
  uint64_t last;
};

/// First fit, in steps of 2 MiB, with a gap behind every range, so that DMA past an end hits
/// nothing. All addresses are above 4 GiB if any there can be used, so that a truncated one hits
/// nothing either; address 0 is never given away.
class IovaAllocator {
 public:
  static constexpr uint64_t step = uint64_t{2} << 20U;
  /// What small IOMMUs translate; for a bus that does not tell.
  static constexpr IovaRange usual{.first = 0, .last = (uint64_t{1} << 39U) - 1};

  explicit IovaAllocator(const std::vector<IovaRange>& usable = {usual});

  /// Errors: `invalid_argument` for no bytes, `no_memory` if no gap is large enough.
  Result<Iova> allocate(Bytes length);
  void free(Iova address, Bytes length);
  /// Whether this very range was allocated and is not freed.
  [[nodiscard]] bool holds(Iova address, Bytes length) const;
  [[nodiscard]] size_t count() const { return taken_.size(); }

 private:
  struct Taken {
    uint64_t address;
    uint64_t length;
    friend bool operator==(const Taken&, const Taken&) = default;
  };

  [[nodiscard]] std::optional<uint64_t> first_fit(const IovaRange& usable, uint64_t length) const;

  std::vector<IovaRange> usable_;
  std::vector<Taken> taken_;  ///< sorted by address
};

}  // namespace bulkhead::bus

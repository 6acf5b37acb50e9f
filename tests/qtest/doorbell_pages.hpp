// Pages that stand for a BAR's write-only registers: what a data path stores there is taken out
// and written to the real ones.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "bulkhead/base/error.hpp"
#include "bulkhead/bus/function.hpp"

namespace bulkhead::qtest {

class DoorbellPages {
 public:
  /// Pages for [offset, offset + length) of a BAR.
  Result<bus::BarPages> add(bus::RegionId bar, Bytes offset, Bytes length);
  /// The same, for another process to map.
  Result<bus::BarFile> add_file(bus::RegionId bar, Bytes offset, Bytes length);

  /// `size` is 2 or 4 bytes.
  using Ring = std::function<void(bus::RegionId bar, uint64_t offset, size_t size, uint32_t value)>;
  /// Calls `ring` for each word that was stored since the last call; one that was stored several
  /// times has its last value only.
  void forward(const Ring& ring) const;

 private:
  struct Page {
    bus::RegionId bar;
    uint64_t offset;
    Mapping pages;
  };
  std::vector<Page> pages_;
};

}  // namespace bulkhead::qtest

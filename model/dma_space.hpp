// The memory of a client that a device may reach: an IOMMU's page table, in ranges.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "bulkhead/base/error.hpp"
#include "bulkhead/base/mapping.hpp"
#include "bulkhead/base/owned_fd.hpp"

namespace bulkhead::model {

class DmaSpace {
 public:
  enum class Access : uint8_t { read, write };
  static constexpr size_t max_ranges = 65'535;
  /// Of all ranges with a descriptor: what one client may take of this process's address space.
  static constexpr uint64_t max_mapped = uint64_t{64} << 30U;

  /// Adds [address, address + size). Without a descriptor the range is known but not reachable.
  /// Errors: `invalid_argument` for an empty range, one that wraps, overlaps or is
  /// not made of whole 4 KiB pages; `no_memory` for too many, or more than max_mapped together;
  /// what check_sealed_memory and Mapping::map say.
  Result<> map(uint64_t address, uint64_t size, uint32_t flags, OwnedFd fd, uint64_t fd_offset);
  /// Takes away all ranges inside [address, address + size). Errors: `invalid_argument` if there is
  /// none, or if one is only partly inside.
  Result<> unmap(uint64_t address, uint64_t size);
  void clear();

  /// The bytes at [address, address + length), an empty span if they are not all in one range that
  /// allows the access.
  [[nodiscard]] std::span<std::byte> translate(uint64_t address, uint64_t length, Access access) {
    const Hot& hot = hot_[static_cast<size_t>(access)];
    const uint64_t offset = address - hot.address;
    if (offset <= hot.bytes.size() && length <= hot.bytes.size() - offset)
      return hot.bytes.subspan(offset).first(length);
    return translate_slowly(address, length, access);
  }

  /// The same, of addresses that may cross from one range into the next: as a device sees them, one
  /// behind the other. For the few things that are looked at again and again, as rings; valid until
  /// unmap() or clear(). Empty as well when there are too many of them.
  std::span<std::byte> translate_across(uint64_t address, uint64_t length, Access access);

  /// Copies from or to addresses that may cross from one range into the next. False, and nothing
  /// was copied, if some of them cannot be reached.
  bool read(uint64_t address, std::span<std::byte> to);
  bool write(uint64_t address, std::span<const std::byte> from);

  [[nodiscard]] size_t range_count() const { return ranges_.size(); }

 private:
  struct Range {
    uint64_t address = 0;
    uint64_t size = 0;
    uint32_t flags = 0;
    Mapping memory;
  };
  struct Hot {
    uint64_t address = 0;
    std::span<std::byte> bytes;
  };

  /// Parts of ranges, mapped a second time without a gap. Whole pages.
  struct Joined {
    uint64_t address = 0;
    uint32_t flags = 0;  ///< what all of the ranges allow
    Mapping memory;
  };
  static constexpr size_t max_joined = 512;

  static Result<Mapping> map_file(const OwnedFd& fd, uint64_t offset, uint64_t size,
                                  uint32_t flags);
  const Range* find(uint64_t address) const;
  bool reachable(uint64_t address, uint64_t length, Access access) const;
  std::span<std::byte> translate_slowly(uint64_t address, uint64_t length, Access access);

  std::vector<Range> ranges_;  ///< sorted by address, disjoint
  uint64_t mapped_ = 0;        ///< bytes of ranges with a descriptor, at most max_mapped
  std::vector<Joined> joined_;
  std::array<Hot, 2> hot_{};  ///< the last range that each kind of access hit
};

}  // namespace bulkhead::model

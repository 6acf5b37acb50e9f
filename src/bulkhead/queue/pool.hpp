// Packet buffers of one size in one piece of memory, and a stack of the free ones.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "bulkhead/base/error.hpp"
#include "bulkhead/base/require.hpp"
#include "bulkhead/base/units.hpp"
#include "bulkhead/memory/region.hpp"
#include "bulkhead/queue/buffers.hpp"

namespace bulkhead::queue {

/// Belongs to one thread. Only payload lies in the memory that devices can write; the stack of free
/// slots does not.
class Pool {
 public:
  /// 16,384 buffers of 2 KiB take 33 MiB.
  struct Options {
    uint32_t buffers = 4096;    ///< 1 to 1,048,576
    Bytes buffer_size = 2_KiB;  ///< the longest frame that fits: 1 KiB to 16 KiB
    /// bus::Function::placement() of those that shall use it
    memory::Placement placement = memory::Placement::anywhere;
  };
  /// Errors: `invalid_argument` outside of these ranges, `no_memory`.
  static Result<std::shared_ptr<Pool>> create(Options options);

  /// A pool over memory that another process made with create(), by the same options but without
  /// `placement`: here all of its buffers are free. Errors: `invalid_argument` outside of those
  /// ranges and for memory of another size, what mapping it meets.
  static Result<std::shared_ptr<Pool>> adopt(OwnedFd memory, Bytes size, Options options);

  [[nodiscard]] uint32_t capacity() const { return static_cast<uint32_t>(free_.size()); }
  [[nodiscard]] uint32_t available() const { return available_; }
  [[nodiscard]] uint32_t buffer_size() const { return buffers_.size(); }
  [[nodiscard]] const memory::Region& region() const [[clang::lifetimebound]] { return region_; }
  [[nodiscard]] const Buffers& buffers() const [[clang::lifetimebound]] { return buffers_; }

  /// Free slots, at most `limit` of them; take() removes them from the end of this span. Valid
  /// until the next give().
  [[nodiscard]] std::span<const Slot> next_free(size_t limit) const [[clang::lifetimebound]] {
    return std::span<const Slot>{free_}
        .first(available_)
        .last(limit < available_ ? limit : available_);
  }
  /// The last `count` of the slots that next_free() showed are the caller's from now on.
  void take(uint32_t count) {
    require(count <= available_);
    available_ -= count;
  }
  /// Takes slots back. Giving a slot twice, or one that is not this pool's, is the caller's
  /// mistake; giving more than the pool has is a trap.
  void give(std::span<const Slot> slots);
  /// The same for a number of them that is known when this is compiled.
  template <size_t count>
    requires(count != std::dynamic_extent)
  void give(std::span<const Slot, count> slots) {
    // A copy, so that the compiler need not think of an overlap, and moves four slots at a time.
    std::array<Slot, count> given;
    std::ranges::copy(slots, given.begin());
    std::ranges::copy(given, std::span{free_}.subspan(available_).template first<count>().begin());
    available_ += count;
  }

 private:
  Pool(memory::Region region, const Options& options, std::vector<Slot> free);

  memory::Region region_;
  Buffers buffers_;
  std::vector<Slot> free_;  ///< [0, available_) are free
  uint32_t available_;
};

}  // namespace bulkhead::queue

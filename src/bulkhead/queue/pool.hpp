// Packet buffers of one size in one piece of memory, and stacks of the free ones, one a core.
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
#include "bulkhead/queue/depot.hpp"

namespace bulkhead::queue {

/// Belongs to one thread. Only payload lies in the memory that devices can write; the stack of free
/// slots does not.
///
/// Several threads that exchange frames (Handover) have a pool each, over one memory: a buffer may
/// come back to another one than it was taken from. A pool keeps as many free ones as it began
/// with; what comes back beyond that goes, a bundle at a time, where the others fetch some when
/// they run out.
class alignas(64) Pool {
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

  static constexpr uint32_t most_cores = 64;
  /// Pools over one memory for so many threads (1 to most_cores), each with `buffers` free ones of
  /// its own to begin with, and at least 64. Errors: `invalid_argument` outside of these ranges and
  /// for too many buffers in all, `no_memory`.
  static Result<std::vector<std::shared_ptr<Pool>>> create_for_cores(Options options,
                                                                     uint32_t cores);

  /// A pool over memory that another process made with create(), by the same options but without
  /// `placement`: here all of its buffers are free. Errors: `invalid_argument` outside of those
  /// ranges and for memory of another size, what mapping it meets.
  static Result<std::shared_ptr<Pool>> adopt(OwnedFd memory, Bytes size, Options options);

  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  Pool(Pool&&) = delete;
  Pool& operator=(Pool&&) = delete;
  /// What is free here goes to the other threads' pools.
  ~Pool();

  [[nodiscard]] uint32_t capacity() const { return static_cast<uint32_t>(free_.size()); }
  [[nodiscard]] uint32_t available() const { return available_; }
  [[nodiscard]] uint32_t buffer_size() const { return buffers_.size(); }
  [[nodiscard]] const memory::Region& region() const [[clang::lifetimebound]] { return *region_; }
  /// Whether both are of one create_for_cores(), or the same.
  [[nodiscard]] bool shares_memory_with(const Pool& other) const {
    return region_ == other.region_;
  }
  [[nodiscard]] const Buffers& buffers() const [[clang::lifetimebound]] { return buffers_; }

  /// Whether so many slots are free here: if not, once what other threads have given up was
  /// fetched.
  [[nodiscard]] bool has(uint32_t count) { return available_ >= count || fetch(count); }
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
    requires(count <= Depot::bundle)
  void give(std::span<const Slot, count> slots) {
    if (free_.size() - available_ < count) [[unlikely]]
      spill();
    // A copy, so that the compiler need not think of an overlap, and moves four slots at a time.
    std::array<Slot, count> given;
    std::ranges::copy(slots, given.begin());
    std::ranges::copy(given, std::span{free_}.subspan(available_).template first<count>().begin());
    available_ += count;
  }

 private:
  Pool(std::shared_ptr<const memory::Region> region, const Options& options, std::vector<Slot> free,
       std::shared_ptr<Depot> depot);

  struct Made;
  static Result<Made> make(const Options& options);
  [[nodiscard]] bool fetch(uint32_t count);
  void spill();

  std::shared_ptr<const memory::Region> region_;
  Buffers buffers_;
  std::vector<Slot> free_;  ///< [0, available_) are free
  uint32_t available_;
  std::shared_ptr<Depot> depot_;  ///< none if this is the only pool of its memory
};

}  // namespace bulkhead::queue

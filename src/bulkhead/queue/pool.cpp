#include "bulkhead/queue/pool.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace bulkhead::queue {
namespace {

constexpr uint32_t most_buffers = 1U << 20U;
constexpr Bytes smallest_buffer = 1_KiB;
constexpr Bytes largest_buffer = 16_KiB;

// A stride that is a multiple of 4 KiB, or half of it, would put the first line of every frame into
// the same few sets of the L1 cache; one line more, the headroom, spreads them over all sets.
constexpr uint32_t stride_of(Bytes buffer_size) {
  return static_cast<uint32_t>(round_up(buffer_size, 64_B).value()) + Buffers::headroom;
}

/// Every physical page may be an extent of its own, whose last buffer, and first, are cut.
Bytes memory_for(const Pool::Options& options, uint32_t stride) {
  if (options.placement == memory::Placement::anywhere) return Bytes{stride} * options.buffers;
  const size_t in_a_page = (2_MiB).value() / stride - 1;
  return 2_MiB * ((options.buffers + in_a_page - 1) / in_a_page);
}

/// The slots of `count` buffers that no extent's end cuts. The first ones to be taken, at the end,
/// are those with the lowest addresses.
std::vector<Slot> slots_inside(std::span<const memory::Extent> extents, uint32_t stride,
                               uint32_t count) {
  std::vector<Slot> slots;
  for (const auto& extent : extents) {
    const uint64_t end = extent.offset + extent.length;
    for (uint64_t begin = extent.offset; begin + stride <= end && slots.size() < count;
         begin += stride)
      slots.push_back(Slot{static_cast<uint32_t>(begin / Buffers::slot_unit)});
  }
  std::ranges::reverse(slots);
  return slots;
}

static_assert(memory::largest_spread / Buffers::slot_unit - 1 <= ~uint32_t{0});
static_assert(most_buffers * uint64_t{stride_of(largest_buffer)} <= memory::largest_spread);

}  // namespace

static Result<> check(const Pool::Options& options) {
  if (options.buffers == 0 || options.buffers > most_buffers)
    return fail(ErrorCode::invalid_argument, fmt::format("a pool of {} buffers", options.buffers),
                fmt::format("take 1 to {}", most_buffers));
  if (options.buffer_size < smallest_buffer || options.buffer_size > largest_buffer)
    return fail(ErrorCode::invalid_argument,
                fmt::format("a pool's buffers of {} bytes", options.buffer_size.value()),
                fmt::format("take {} to {}", smallest_buffer.value(), largest_buffer.value()));
  return {};
}

Result<std::shared_ptr<Pool>> Pool::create(Options options) {
  BULKHEAD_TRY(check(options));
  const uint32_t stride = stride_of(options.buffer_size);
  BULKHEAD_TRY_ASSIGN(
      auto region, memory::Region::allocate_in_extents("bulkhead-pool", memory_for(options, stride),
                                                       options.placement));
  auto free = slots_inside(region.extents(), stride, options.buffers);
  return std::shared_ptr<Pool>{new Pool{std::move(region), options, std::move(free)}};
}

Result<std::shared_ptr<Pool>> Pool::adopt(OwnedFd memory, Bytes size, Options options) {
  BULKHEAD_TRY(check(options));
  options.placement = memory::Placement::anywhere;
  const uint32_t stride = stride_of(options.buffer_size);
  if (size < memory_for(options, stride))
    return fail(ErrorCode::invalid_argument,
                fmt::format("{} bytes for a pool of {} buffers of {}", size.value(),
                            options.buffers, options.buffer_size.value()));
  BULKHEAD_TRY_ASSIGN(auto region, memory::Region::adopt(std::move(memory), size));
  auto free = slots_inside(region.extents(), stride, options.buffers);
  return std::shared_ptr<Pool>{new Pool{std::move(region), options, std::move(free)}};
}

Pool::Pool(memory::Region region, const Options& options, std::vector<Slot> free)
    : region_(std::move(region)),
      buffers_(region_.bytes(), static_cast<uint32_t>(options.buffer_size.value())),
      free_(std::move(free)),
      available_(static_cast<uint32_t>(free_.size())) {}

void Pool::give(std::span<const Slot> slots) {
  const auto room = std::span{free_}.subspan(available_);
  std::ranges::copy(slots, room.first(slots.size()).begin());
  available_ += static_cast<uint32_t>(slots.size());
}

}  // namespace bulkhead::queue

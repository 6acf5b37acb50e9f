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

}  // namespace

Result<std::shared_ptr<Pool>> Pool::create(Options options) {
  if (options.buffers == 0 || options.buffers > most_buffers)
    return fail(ErrorCode::invalid_argument, fmt::format("a pool of {} buffers", options.buffers),
                fmt::format("take 1 to {}", most_buffers));
  if (options.buffer_size < smallest_buffer || options.buffer_size > largest_buffer)
    return fail(ErrorCode::invalid_argument,
                fmt::format("a pool's buffers of {} bytes", options.buffer_size.value()),
                fmt::format("take {} to {}", smallest_buffer.value(), largest_buffer.value()));
  const uint32_t stride = stride_of(options.buffer_size);
  BULKHEAD_TRY_ASSIGN(auto region,
                      memory::Region::allocate("bulkhead-pool", Bytes{stride} * options.buffers));
  return std::shared_ptr<Pool>{new Pool{std::move(region), options, stride}};
}

Pool::Pool(memory::Region region, Options options, uint32_t stride)
    : region_(std::move(region)),
      buffers_(region_.bytes(), options.buffers, static_cast<uint32_t>(options.buffer_size.value()),
               stride),
      free_(options.buffers),
      available_(options.buffers) {
  // The first ones to be taken are those with the lowest addresses.
  for (uint32_t i = 0; i < options.buffers; ++i) free_[i] = Slot{options.buffers - 1 - i};
}

void Pool::give(std::span<const Slot> slots) {
  const auto room = std::span{free_}.subspan(available_);
  std::ranges::copy(slots, room.first(slots.size()).begin());
  available_ += static_cast<uint32_t>(slots.size());
}

}  // namespace bulkhead::queue

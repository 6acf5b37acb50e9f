#include "bulkhead/driver/ixgbe/config.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "bulkhead/driver/ixgbe/registers.hpp"
#include "bulkhead/driver/ixgbe/rx_queue.hpp"

namespace bulkhead::ixgbe {
namespace {

constexpr uint32_t smallest_mtu = 68;    // RFC 791
constexpr uint32_t largest_mtu = 9'728;  // within the 15.5 KiB of 1.3 (feature summary)

// SRRCTL.BSIZEPACKET counts KiB (8.2.3.8.7): what a buffer has beyond that stays unused.
constexpr uint32_t usable(uint32_t buffer_size) {
  return buffer_size / 1024 * 1024;
}

Result<> check_pool(const queue::Pool* pool, uint32_t mtu) {
  if (pool == nullptr) return fail(ErrorCode::invalid_argument, "a queue pair without a pool");
  if (usable(pool->buffer_size()) < largest_frame(mtu))
    return fail(ErrorCode::invalid_argument,
                fmt::format("buffers of {} bytes do not hold the frames of an MTU of {}",
                            pool->buffer_size(), mtu),
                fmt::format("make the pool's buffers a multiple of 1,024 bytes, at least {}",
                            largest_frame(mtu)));
  return {};
}

}  // namespace

Result<> check(const driver::Config& config) {
  if (config.pools.empty() || config.pools.size() > most_queues)
    return fail(ErrorCode::invalid_argument, fmt::format("{} queue pairs", config.pools.size()),
                fmt::format("take 1 to {}", most_queues));
  if (config.mtu < smallest_mtu || config.mtu > largest_mtu)
    return fail(ErrorCode::invalid_argument, fmt::format("an MTU of {}", config.mtu),
                fmt::format("take {} to {}", smallest_mtu, largest_mtu));
  for (const auto& pool : config.pools) BULKHEAD_TRY(check_pool(pool.get(), config.mtu));
  for (const auto& pool : config.pools) {
    const auto users = static_cast<uint32_t>(std::ranges::count(config.pools, pool));
    const uint32_t needed = users * 2 * ring_size;
    if (pool->available() < needed)
      return fail(ErrorCode::invalid_argument,
                  fmt::format("a pool with {} free buffers for {} queue pairs of two rings of {}",
                              pool->available(), users, ring_size),
                  fmt::format("it needs {}, and more for what the program keeps", needed));
  }
  return {};
}

}  // namespace bulkhead::ixgbe

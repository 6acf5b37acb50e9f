#include "bulkhead/driver/config.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace bulkhead::driver {
namespace {

constexpr uint32_t smallest_mtu = 68;  // RFC 791

Result<> check_buffers(const queue::Pool* pool, uint32_t mtu, const Limits& limits) {
  if (pool == nullptr) return fail(ErrorCode::invalid_argument, "a queue pair without a pool");
  const auto step = static_cast<uint32_t>(limits.buffer_step.value());
  if (pool->buffer_size() / step * step < largest_frame(mtu))
    return fail(ErrorCode::invalid_argument,
                fmt::format("buffers of {} bytes do not hold the frames of an MTU of {}",
                            pool->buffer_size(), mtu),
                fmt::format("make the pool's buffers a multiple of {} bytes, at least {}", step,
                            largest_frame(mtu)));
  return {};
}

Result<> check_in_place(const Config& config, const Limits& limits) {
  if (!limits.in_place)
    return fail(ErrorCode::unsupported, "this device's driver does not forward in place",
                "open the port with queues, as `forward` does without --relay");
  if (config.interrupts || config.elsewhere)
    return fail(ErrorCode::invalid_argument,
                "a port in place with interrupts, or with its queues elsewhere",
                "poll it, in this process");
  return {};
}

}  // namespace

Result<> check(const Config& config, const Limits& limits) {
  if (config.pools.empty() || config.pools.size() > limits.queue_pairs)
    return fail(ErrorCode::invalid_argument, fmt::format("{} queue pairs", config.pools.size()),
                fmt::format("take 1 to {}", limits.queue_pairs));
  if (config.mtu < smallest_mtu || config.mtu > limits.mtu)
    return fail(ErrorCode::invalid_argument, fmt::format("an MTU of {}", config.mtu),
                fmt::format("take {} to {}", smallest_mtu, limits.mtu));
  for (const auto& pool : config.pools) BULKHEAD_TRY(check_buffers(pool.get(), config.mtu, limits));
  if (config.in_place) return check_in_place(config, limits);
  for (const auto& pool : config.pools) {
    const auto users = static_cast<uint32_t>(std::ranges::count(config.pools, pool));
    const uint32_t needed = users * (limits.rx_ring + limits.tx_ring);
    if (pool->available() < needed)
      return fail(ErrorCode::invalid_argument,
                  fmt::format("a pool with {} free buffers for {} queue pairs with rings of {} and "
                              "{}",
                              pool->available(), users, limits.rx_ring, limits.tx_ring),
                  fmt::format("it needs {}, and more for what the program keeps", needed));
  }
  return {};
}

}  // namespace bulkhead::driver

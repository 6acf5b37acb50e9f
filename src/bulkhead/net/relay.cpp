#include "bulkhead/net/relay.hpp"

#include <fmt/format.h>

namespace bulkhead::net {

Result<RelayFrames> RelayFrames::create(uint32_t inputs) {
  if (inputs == 0 || inputs > most_inputs)
    return fail(ErrorCode::invalid_argument, fmt::format("frames of {} relays", inputs),
                fmt::format("take 1 to {}", most_inputs));
  // One buffer more: the frames begin behind the first one's headroom.
  BULKHEAD_TRY_ASSIGN(auto pool,
                      queue::Pool::create({.buffers = inputs * ixgbe::ring_size + 1,
                                           .buffer_size = Bytes{Frames::longest_frame}}));
  pool->take(pool->available());
  return RelayFrames{std::move(pool)};
}

RelayFrames::Frames RelayFrames::of(uint32_t input) const {
  const auto memory = pool_->region().bytes().subspan(queue::Buffers::headroom);
  return Frames{memory.subspan(input * Frames::size_in_bytes).first<Frames::size_in_bytes>()};
}

InPlace::Step InPlace::step() {
  const auto relayed =
      handling_ == Handling::touch
          ? relay_.run(
                [](std::span<std::byte> frame) {
                  touch(frame);
                  return To::output(0);
                },
                batch_size_)
          : relay_.run([](std::span<std::byte>) { return To::output(0); }, batch_size_);
  return {.received = relayed, .sent = relayed};
}

}  // namespace bulkhead::net

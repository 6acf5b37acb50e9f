#include "bulkhead/net/tap_exchange.hpp"

#include <algorithm>
#include <cerrno>
#include <span>

#include <unistd.h>

namespace bulkhead::net {
namespace {

/// Without its CRC (IEEE 802.3, 4.2.3.3): not every device pads what is shorter.
constexpr uint32_t shortest_on_the_wire = 60;

}  // namespace

TapExchange::Moved TapExchange::to_interface() {
  Moved moved;
  if (rx_.receive(in_) == 0) {
    // The pool may be dry because its buffers wait to be taken back from the way out.
    if (in_.pool().available() < queue::buffers_to_go_on) tx_.reclaim();
    return moved;
  }
  for (const std::span<std::byte> frame : in_) {
    const bool written = ::write(options_.tap, frame.data(), frame.size()) >= 0;
    ++(written ? moved.frames : moved.dropped);
  }
  in_.clear();
  return moved;
}

TapExchange::Moved TapExchange::to_device() {
  Moved moved;
  if (out_.empty() && !interface_gone_) moved.dropped = read_batch();
  if (!out_.empty()) moved.frames = tx_.send(out_);
  return moved;
}

uint32_t TapExchange::read_batch() {
  uint32_t dropped = 0;
  while (out_.room() > 0) {
    if (out_.pool().available() == 0) {
      tx_.reclaim();
      break;
    }
    const auto got = ::read(options_.tap, scratch_.data(), scratch_.size());
    if (got < 0) {
      interface_gone_ = errno != EAGAIN && errno != EINTR && errno != EIO;
      break;
    }
    if (!take(std::span{scratch_}.first(static_cast<size_t>(got)))) ++dropped;
  }
  return dropped;
}

bool TapExchange::take(std::span<const std::byte> frame) {
  if (frame.size() < queue::shortest_frame || frame.size() > options_.longest_frame) return false;
  const auto length = std::max(static_cast<uint32_t>(frame.size()), shortest_on_the_wire);
  auto packet = queue::Packet::allocate(out_.pool(), length);
  if (!packet) return false;
  const auto bytes = packet->bytes();
  // What the buffer held before stays here.
  const auto padding = std::ranges::copy(frame, bytes.begin()).out;
  std::fill(padding, bytes.end(), std::byte{0});
  out_.add(*std::move(packet));
  return true;
}

}  // namespace bulkhead::net

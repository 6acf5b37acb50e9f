#include "bulkhead/net/tap_exchange.hpp"

#include <algorithm>
#include <cerrno>
#include <optional>

#include <unistd.h>

namespace bulkhead::net {
namespace {

/// Without its CRC (IEEE 802.3, 4.2.3.3): not every device pads what is shorter.
constexpr uint32_t shortest_on_the_wire = 60;

/// Makes the packet the frame of the first `length` bytes, with zeros behind a short one: what the
/// buffer held before stays here. None if it is too short for a frame.
std::optional<queue::Packet> shape([[clang::param_typestate(unconsumed)]] queue::Packet packet,
                                   uint32_t length) {
  const uint32_t padded = std::max(length, shortest_on_the_wire);
  if (length < queue::shortest_frame || !packet.trim(padded)) return std::nullopt;
  std::ranges::fill(packet.bytes().subspan(length), std::byte{0});
  return packet;
}

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
    // One byte more tells of a frame that is too long: the kernel cuts it off.
    auto packet = queue::Packet::allocate(out_.pool(), options_.longest_frame + 1);
    if (!packet) {
      tx_.reclaim();
      break;
    }
    const auto bytes = packet->bytes();
    const auto got = ::read(options_.tap, bytes.data(), bytes.size());
    if (got < 0) {
      interface_gone_ = errno != EAGAIN && errno != EINTR && errno != EIO;
      break;
    }
    const auto length = static_cast<uint32_t>(got);
    auto frame = length > options_.longest_frame ? std::nullopt : shape(*std::move(packet), length);
    if (frame) {
      out_.add(*std::move(frame));
    } else {
      ++dropped;
    }
  }
  return dropped;
}

}  // namespace bulkhead::net

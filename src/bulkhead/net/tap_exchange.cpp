#include "bulkhead/net/tap_exchange.hpp"

#include <algorithm>
#include <cerrno>
#include <span>
#include <utility>

#include <unistd.h>

namespace bulkhead::net {
namespace {

/// Without its CRC (IEEE 802.3, 4.2.3.3): not every device pads what is shorter.
constexpr uint32_t shortest_on_the_wire = 60;
/// What the kernel makes of TCP's data: IP's longest packet, behind a VLAN's tag or two.
constexpr size_t longest_segment = ethernet::header + 2 * ethernet::tag + 65536;

}  // namespace

TapExchange::TapExchange(queue::RxQueue& rx, queue::TxQueue& tx, std::shared_ptr<queue::Pool> pool,
                         Options options)
    : options_(options),
      rx_(rx),
      tx_(tx),
      in_(pool, options.batch),
      joined_(pool->buffer_size()),
      out_(std::move(pool), options.batch),
      scratch_(VnetHeader::size + longest_segment + 1) {}

TapExchange::Moved TapExchange::to_interface() {
  Moved moved;
  if (rx_.receive(in_) == 0) {
    // The pool may be dry because its buffers wait to be taken back from the way out.
    if (in_.pool().available() < queue::buffers_to_go_on) tx_.reclaim();
    return moved;
  }
  for (const std::span<const std::byte> frame : in_) {
    if (joined_.join(frame)) continue;
    write_joined(moved);
    joined_.begin(frame);
  }
  write_joined(moved);
  in_.clear();
  return moved;
}

void TapExchange::write_joined(Moved& moved) {
  const uint32_t frames = joined_.frames();
  if (frames == 0) return;
  const auto packet = joined_.take();
  const bool written = ::write(options_.tap, packet.data(), packet.size()) >= 0;
  (written ? moved.frames : moved.dropped) += frames;
}

TapExchange::Moved TapExchange::to_device() {
  Moved moved;
  if (out_.empty()) moved.dropped = fill_batch(!interface_gone_);
  if (!out_.empty()) moved.frames = tx_.send(out_);
  return moved;
}

uint32_t TapExchange::flush() {
  if (out_.empty()) static_cast<void>(fill_batch(false));
  return out_.empty() ? 0 : tx_.send(out_);
}

uint32_t TapExchange::fill_batch(bool may_read) {
  uint32_t dropped = 0;
  // Whoever sends nothing but what is dropped does not keep anybody here.
  while (out_.room() > 0 && dropped < options_.batch) {
    if (!out_.pool().has(1)) {
      tx_.reclaim();
      break;
    }
    bool taken = false;
    if (segments_) {
      taken = add_segment();
    } else {
      const auto packet = may_read ? read_packet() : std::nullopt;
      if (!packet) break;
      taken = take(*packet);
    }
    if (!taken) ++dropped;
  }
  return dropped;
}

std::optional<std::span<std::byte>> TapExchange::read_packet() {
  const auto got = ::read(options_.tap, scratch_.data(), scratch_.size());
  if (got >= 0) return std::span{scratch_}.first(static_cast<size_t>(got));
  interface_gone_ = errno == EBADFD || errno == EBADF;
  if (interface_gone_ || errno == EAGAIN || errno == EINTR || errno == EIO) return std::nullopt;
  // One that the kernel had and could not describe (EINVAL): it is lost.
  return std::span<std::byte>{};
}

bool TapExchange::take(std::span<std::byte> packet) {
  // One that fills the buffer may have been cut off.
  if (packet.size() < VnetHeader::size || packet.size() == scratch_.size()) return false;
  const auto header = VnetHeader::parse(packet.first<VnetHeader::size>());
  const auto frame = packet.subspan(VnetHeader::size);
  if (!header) return false;
  if (header->kind == VnetHeader::Kind::frame) return add_frame(*header, frame);
  segments_ = Segmentation::plan(*header, frame, options_.longest_frame);
  return segments_.has_value();
}

bool TapExchange::add_frame(const VnetHeader& header, std::span<std::byte> frame) {
  if (frame.size() < queue::shortest_frame || frame.size() > options_.longest_frame) return false;
  if (header.needs_checksum &&
      !complete_checksum(frame, {header.checksum_start, header.checksum_offset}))
    return false;
  auto packet = allocate(frame.size());
  if (!packet) return false;
  std::ranges::copy(frame, packet->bytes().begin());
  out_.add(*std::move(packet));
  return true;
}

bool TapExchange::add_segment() {
  const auto length = segments_->next_length();
  auto packet = allocate(length);
  if (!packet) {
    segments_.reset();
    return false;
  }
  segments_->next(packet->bytes().first(length));
  out_.add(*std::move(packet));
  if (segments_->done()) segments_.reset();
  return true;
}

/// There is one: nobody else takes from the pool meanwhile, and its buffers hold any frame.
std::optional<queue::Packet> TapExchange::allocate(size_t length) {
  auto packet = queue::Packet::allocate(
      out_.pool(), std::max(static_cast<uint32_t>(length), shortest_on_the_wire));
  // What the buffer held before stays here.
  if (packet) std::ranges::fill(packet->bytes().subspan(length), std::byte{0});
  return packet;
}

}  // namespace bulkhead::net

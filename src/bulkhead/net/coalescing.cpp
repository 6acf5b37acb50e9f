#include "bulkhead/net/coalescing.hpp"

#include <algorithm>

#include "bulkhead/base/require.hpp"
#include "bulkhead/net/fields.hpp"

namespace bulkhead::net {
namespace {

/// The length in IPv4's header, if TCP follows, at its usual place, and never to be cut.
std::optional<size_t> ipv4_packet(std::span<const std::byte> packet) {
  constexpr uint8_t version_and_length = 0x45;
  if (packet.size() < ipv4::header || field<uint8_t>(packet, 0) != version_and_length ||
      field<uint16_t>(packet, ipv4::fragment) != ipv4::dont_fragment ||
      field<uint8_t>(packet, ipv4::protocol) != tcp::protocol)
    return std::nullopt;
  return field<uint16_t>(packet, ipv4::length);
}

std::optional<size_t> ipv6_packet(std::span<const std::byte> packet) {
  if (packet.size() < ipv6::header || field<uint8_t>(packet, ipv6::next_header) != tcp::protocol)
    return std::nullopt;
  return ipv6::header + field<uint16_t>(packet, ipv6::length);
}

void clear(std::span<std::byte> headers, size_t at, size_t size) {
  std::ranges::fill(headers.subspan(at, size), std::byte{0});
}

}  // namespace

Coalescing::Coalescing(uint32_t longest_frame)
    : buffer_(VnetHeader::size +
              std::max<size_t>(longest_frame, ethernet::header + longest_ip_packet)),
      arrived_(longest_frame) {}

void Coalescing::begin(std::span<const std::byte> frame) {
  require(frames_ == 0);
  length_ = frame.size();
  frames_ = 1;
  std::ranges::copy(frame, held().begin());
  const auto segment = look_at(held());
  open_ = segment && !segment->pushed && segment->bytes.size() == frame.size();
  if (!open_) return;
  places_ = segment->places;
  headers_ = common_headers(*segment);
  segment_size_ = segment->data();
  next_sequence_ = segment->sequence + static_cast<uint32_t>(segment_size_);
  pushed_ = false;
  first_is_right_ = false;
}

bool Coalescing::join(std::span<const std::byte> frame) {
  if (!open_) return false;
  // A device may change what lies in its memory: it is read once.
  const auto arrived = std::span{arrived_}.first(frame.size());
  std::ranges::copy(frame, arrived.begin());
  const auto segment = look_at(arrived);
  if (!segment || !belongs(*segment)) return false;
  if (!first_is_right_) {
    const auto first = look_at(held());
    first_is_right_ = first && checksums_are_right(*first);
    open_ = first_is_right_;
  }
  if (!open_ || !checksums_are_right(*segment)) return false;
  const auto data = segment->bytes.subspan(segment->places.data);
  const size_t before = length_;
  length_ += data.size();
  std::ranges::copy(data, held().subspan(before).begin());
  ++frames_;
  next_sequence_ += static_cast<uint32_t>(data.size());
  pushed_ = segment->pushed;
  open_ = !pushed_ && data.size() == segment_size_;
  return true;
}

std::span<const std::byte> Coalescing::take() {
  VnetHeader header;
  if (frames_ > 1) {
    finish();
    header = {.kind = places_.is_ipv4 ? VnetHeader::Kind::tcp4 : VnetHeader::Kind::tcp6,
              .needs_checksum = true,
              .header_length = static_cast<uint16_t>(places_.data),
              .segment_size = static_cast<uint16_t>(segment_size_),
              .checksum_start = static_cast<uint16_t>(places_.tcp),
              .checksum_offset = tcp::checksum};
  }
  std::ranges::copy(header.encode(), buffer_.begin());
  frames_ = 0;
  open_ = false;
  return std::span{buffer_}.first(VnetHeader::size + length_);
}

std::optional<Coalescing::Segment> Coalescing::look_at(std::span<const std::byte> frame) {
  auto segment = tcp_behind_ip(frame);
  if (!segment || segment->data() == 0) return std::nullopt;
  const auto header = segment->bytes.subspan(segment->places.tcp);
  const unsigned reserved = field<uint8_t>(header, tcp::data_offset) & 0x0FU;
  const unsigned flags = field<uint8_t>(header, tcp::flags);
  if (reserved != 0 || (flags & ~unsigned{tcp::push}) != tcp::ack) return std::nullopt;
  segment->sequence = field<uint32_t>(header, tcp::sequence);
  segment->pushed = (flags & tcp::push) != 0;
  return segment;
}

std::optional<Coalescing::Segment> Coalescing::tcp_behind_ip(std::span<const std::byte> frame) {
  if (frame.size() < ethernet::header) return std::nullopt;
  const auto type = field<uint16_t>(frame, ethernet::type);
  if (type != ethernet::ipv4 && type != ethernet::ipv6) return std::nullopt;
  const bool is_ipv4 = type == ethernet::ipv4;
  const auto packet = frame.subspan(ethernet::header);
  const auto length = is_ipv4 ? ipv4_packet(packet) : ipv6_packet(packet);
  if (!length || *length > packet.size()) return std::nullopt;
  const auto bytes = frame.first(ethernet::header + *length);
  const auto places = TcpHeaders::at(bytes, is_ipv4, ethernet::header,
                                     ethernet::header + (is_ipv4 ? ipv4::header : ipv6::header));
  if (!places) return std::nullopt;
  return Segment{.places = *places, .bytes = bytes, .sequence = 0, .pushed = false};
}

bool Coalescing::checksums_are_right(const Segment& segment) {
  const auto& places = segment.places;
  const auto ip = segment.bytes.subspan(places.ip, places.tcp - places.ip);
  if (places.is_ipv4 && ChecksumSum{}.add(ip).sum() != ChecksumSum::all_ones) return false;
  return pseudo_header(segment.bytes, places).add(segment.bytes.subspan(places.tcp)).sum() ==
         ChecksumSum::all_ones;
}

/// The headers without what is each segment's own.
Coalescing::Headers Coalescing::common_headers(const Segment& segment) {
  const auto& places = segment.places;
  Headers headers{};
  std::ranges::copy(segment.bytes.first(places.data), headers.begin());
  const std::span<std::byte> all{headers};
  const auto ip = all.subspan(places.ip);
  if (places.is_ipv4) {
    clear(ip, ipv4::length, 2);
    clear(ip, ipv4::identification, 2);
    clear(ip, ipv4::checksum, 2);
  } else {
    clear(ip, ipv6::length, 2);
  }
  const auto segments_own = all.subspan(places.tcp);
  clear(segments_own, tcp::sequence, 4);
  clear(segments_own, tcp::flags, 1);
  clear(segments_own, tcp::checksum, 2);
  return headers;
}

bool Coalescing::belongs(const Segment& segment) const {
  return segment.sequence == next_sequence_ && segment.data() <= segment_size_ &&
         segment.places.data == places_.data &&
         length_ + segment.data() <= ethernet::header + longest_ip_packet &&
         common_headers(segment) == headers_;
}

std::span<std::byte> Coalescing::held() {
  return std::span{buffer_}.subspan(VnetHeader::size).first(length_);
}

/// The first segment's headers become those of all.
void Coalescing::finish() {
  const auto frame = held();
  const auto header = frame.subspan(places_.tcp);
  if (pushed_) {
    const auto flags = field<uint8_t>(header, tcp::flags);
    set_field(header, tcp::flags, static_cast<uint8_t>(flags | tcp::push));
  }
  // What is held has not grown longer than this allows.
  static_cast<void>(set_ip_length(frame, places_));
  set_field(header, tcp::checksum, pseudo_header(frame, places_).sum());
}

}  // namespace bulkhead::net

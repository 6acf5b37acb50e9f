#include "bulkhead/net/segmentation.hpp"

#include <algorithm>

#include "bulkhead/net/fields.hpp"

namespace bulkhead::net {
namespace {

constexpr int most_tags = 2;
constexpr uint16_t customer_tag = 0x8100;  // 802.1Q, 9.6
constexpr uint16_t service_tag = 0x88A8;

/// Where the header of IP of this version begins, behind a VLAN's tag or two.
std::optional<size_t> find_ip(std::span<const std::byte> frame, bool is_ipv4) {
  size_t type_at = ethernet::type;
  for (int tags = 0; type_at + sizeof(uint16_t) <= frame.size(); ++tags, type_at += ethernet::tag) {
    const auto type = field<uint16_t>(frame, type_at);
    if (type == (is_ipv4 ? ethernet::ipv4 : ethernet::ipv6)) return type_at + sizeof(uint16_t);
    if (tags == most_tags || (type != customer_tag && type != service_tag)) break;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Segmentation> Segmentation::plan(const VnetHeader& header,
                                               std::span<const std::byte> packet,
                                               uint32_t longest_frame) {
  const bool is_ipv4 = header.kind == VnetHeader::Kind::tcp4;
  const bool is_segment = is_ipv4 || header.kind == VnetHeader::Kind::tcp6;
  if (!is_segment || !header.needs_checksum || header.checksum_offset != tcp::checksum ||
      header.segment_size == 0)
    return std::nullopt;
  const auto ip = find_ip(packet, is_ipv4);
  if (!ip) return std::nullopt;
  const auto places = TcpHeaders::at(packet, is_ipv4, *ip, header.checksum_start);
  if (!places || places->data == packet.size()) return std::nullopt;
  Segmentation segmentation{*places, packet, header.segment_size};
  if (segmentation.next_length() > longest_frame) return std::nullopt;
  return segmentation;
}

size_t Segmentation::next_data() const {
  return std::min(segment_size_, data_.size() - begun_);
}

void Segmentation::next(std::span<std::byte> frame) {
  const auto piece = data_.subspan(begun_, next_data());
  std::ranges::copy(headers_, frame.begin());
  std::ranges::copy(piece, frame.subspan(headers_.size()).begin());
  adapt_ip(frame);
  adapt_tcp(frame);
  begun_ += piece.size();
  ++pieces_;
}

void Segmentation::adapt_ip(std::span<std::byte> frame) const {
  if (places_.is_ipv4) {
    const auto place = places_.ip + ipv4::identification;
    set_field(frame, place, static_cast<uint16_t>(field<uint16_t>(frame, place) + pieces_));
  }
  // A piece is no longer than a frame.
  static_cast<void>(set_ip_length(frame, places_));
}

void Segmentation::adapt_tcp(std::span<std::byte> frame) const {
  const auto segment = frame.subspan(places_.tcp);
  set_field(segment, tcp::sequence,
            field<uint32_t>(segment, tcp::sequence) + static_cast<uint32_t>(begun_));
  unsigned flags = field<uint8_t>(segment, tcp::flags);
  if (begun_ + next_data() != data_.size()) flags &= ~unsigned{tcp::fin | tcp::push};
  // RFC 3168, 6.1.2: said once.
  if (begun_ != 0) flags &= ~unsigned{tcp::window_reduced};
  set_field(segment, tcp::flags, static_cast<uint8_t>(flags));

  // The pseudo header's sum is there, with the whole segment's length.
  const size_t whole = places_.data - places_.tcp + data_.size();
  ChecksumSum pseudo;
  pseudo.add(uint32_t{field<uint16_t>(segment, tcp::checksum)});
  pseudo.add(~static_cast<uint32_t>(whole));
  pseudo.add(static_cast<uint32_t>(segment.size()));
  set_field(segment, tcp::checksum, pseudo.sum());
  static_cast<void>(complete_checksum(frame, {.start = places_.tcp, .offset = tcp::checksum}));
}

}  // namespace bulkhead::net

#include "bulkhead/net/tcp_headers.hpp"

#include "bulkhead/net/fields.hpp"

namespace bulkhead::net {
namespace {

/// The number of four-byte words in the half byte at the top or the bottom of a byte, in bytes.
size_t words(unsigned half) {
  return size_t{half & 0xFU} * 4;
}

bool ends_at(std::span<const std::byte> ip, bool is_ipv4, size_t end) {
  if (end > ip.size() || end < (is_ipv4 ? ipv4::header : ipv6::header)) return false;
  const auto first = field<uint8_t>(ip, 0);
  // IPv6's further headers may lie in between.
  return is_ipv4 ? first >> 4U == 4U && words(first) == end : first >> 4U == 6U;
}

}  // namespace

std::optional<TcpHeaders> TcpHeaders::at(std::span<const std::byte> frame, bool is_ipv4, size_t ip,
                                         size_t tcp) {
  if (ip > tcp || tcp > frame.size() || frame.size() - tcp < tcp::header ||
      !ends_at(frame.subspan(ip), is_ipv4, tcp - ip))
    return std::nullopt;
  const size_t length = words(field<uint8_t>(frame, tcp + tcp::data_offset) >> 4U);
  if (length < tcp::header || length > frame.size() - tcp) return std::nullopt;
  return TcpHeaders{.is_ipv4 = is_ipv4, .ip = ip, .tcp = tcp, .data = tcp + length};
}

bool set_ip_length(std::span<std::byte> frame, const TcpHeaders& headers) {
  const auto packet = frame.subspan(headers.ip);
  const size_t length = packet.size() - (headers.is_ipv4 ? 0 : ipv6::header);
  if (length > longest_ip_packet) return false;
  if (!headers.is_ipv4) {
    set_field(packet, ipv6::length, static_cast<uint16_t>(length));
    return true;
  }
  const auto header = packet.first(headers.tcp - headers.ip);
  set_field(header, ipv4::length, static_cast<uint16_t>(length));
  set_field(header, ipv4::checksum, uint16_t{0});
  set_field(header, ipv4::checksum, ChecksumSum{}.add(header).checksum());
  return true;
}

ChecksumSum pseudo_header(std::span<const std::byte> frame, const TcpHeaders& headers) {
  const auto ip = frame.subspan(headers.ip);
  const auto addresses = headers.is_ipv4
                             ? ip.subspan(ipv4::addresses, ipv4::header - ipv4::addresses)
                             : ip.subspan(ipv6::addresses, ipv6::header - ipv6::addresses);
  ChecksumSum sum;
  sum.add(addresses);
  sum.add(uint32_t{tcp::protocol});
  sum.add(static_cast<uint32_t>(frame.size() - headers.tcp));
  return sum;
}

}  // namespace bulkhead::net

#include "model/ixgbe/segmentation.hpp"

#include <algorithm>

#include "bulkhead/base/byte_order.hpp"
#include "bulkhead/base/bytes.hpp"

#include "model/copy_bytes.hpp"
#include "model/ixgbe/engine.hpp"
#include "model/ixgbe/packet_type.hpp"

namespace bulkhead::model::ixgbe {
namespace {

constexpr size_t ip_header = 20;    // the least that is looked at, of both versions
constexpr size_t ipv6_header = 40;  // what its payload length leaves out
constexpr size_t smallest_udp = 8;
constexpr size_t smallest_tcp = 20;

template <typename T>
T get(std::span<const std::byte> bytes, size_t at) {
  return big_endian(from_bytes<T>(bytes.subspan(at)));
}

template <typename T>
void put(std::span<std::byte> bytes, size_t at, T value) {
  std::ranges::copy(to_bytes(big_endian(value)), bytes.subspan(at, sizeof(T)).begin());
}

}  // namespace

std::optional<Segmentation> Segmentation::plan(const Offload& offload,
                                               std::span<const std::byte> request) {
  const Context& context = offload.context;
  const size_t headers = size_t{context.mac_length} + context.ip_length + context.l4_length;
  const size_t smallest_l4 = context.is_tcp() ? smallest_tcp : smallest_udp;
  if (context.mac_length < 14 || context.ip_length < ip_header || context.l4_length < smallest_l4 ||
      (!context.is_tcp() && !context.is_udp()) || context.segment_size == 0 ||
      headers >= request.size() || headers + context.segment_size > maximum_frame)
    return std::nullopt;
  const auto payload = request.subspan(headers);
  const auto count = (payload.size() + context.segment_size - 1) / context.segment_size;
  return Segmentation{offload, request.first(headers), payload, static_cast<uint32_t>(count)};
}

size_t Segmentation::make(uint32_t index, const TcpFlags& flags, std::span<std::byte> frame) const {
  const Context& context = offload_.context;
  const auto rest = payload_.subspan(size_t{index} * context.segment_size);
  const auto piece = rest.first(std::min<size_t>(rest.size(), context.segment_size));
  copy_bytes(headers_, frame);
  copy_bytes(piece, frame.subspan(headers_.size()));
  frame = frame.first(headers_.size() + piece.size());

  adapt_ip(index, frame.subspan(context.mac_length));
  const auto l4 = frame.subspan(size_t{context.mac_length} + context.ip_length);
  if (context.is_tcp()) {
    adapt_tcp(index, flags, l4);
  } else {
    put(l4, 4, static_cast<uint16_t>(l4.size()));
  }
  // Software has put the pseudo header's sum into the field, without the length: that differs.
  const size_t checksum = context.is_tcp() ? 16 : 6;
  const uint32_t sum = get<uint16_t>(l4, checksum) + static_cast<uint32_t>(l4.size());
  put(l4, checksum, checksum_fold(sum));
  apply_checksums(offload_, frame);
  return frame.size();
}

void Segmentation::adapt_ip(uint32_t index, std::span<std::byte> frame) const {
  if (offload_.context.ipv4) {
    put(frame, 2, static_cast<uint16_t>(frame.size()));
    put(frame, 4, static_cast<uint16_t>(get<uint16_t>(frame, 4) + index));
  } else {
    put(frame, 4, static_cast<uint16_t>(frame.size() - std::min(ipv6_header, frame.size())));
  }
}

void Segmentation::adapt_tcp(uint32_t index, const TcpFlags& flags, std::span<std::byte> l4) const {
  put(l4, 4, get<uint32_t>(l4, 4) + index * offload_.context.segment_size);
  const uint16_t kept = index + 1 == count_ ? flags.last : index == 0 ? flags.first : flags.middle;
  // The 12 bits of flags share their word with the header's length.
  put(l4, 12, static_cast<uint16_t>(get<uint16_t>(l4, 12) & (kept | 0xF000U)));
}

}  // namespace bulkhead::model::ixgbe

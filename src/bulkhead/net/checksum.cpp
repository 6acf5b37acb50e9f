#include "bulkhead/net/checksum.hpp"

#include <algorithm>
#include <array>

#include "bulkhead/base/byte_order.hpp"
#include "bulkhead/base/bytes.hpp"
#include "bulkhead/net/fields.hpp"

namespace bulkhead::net {
namespace {

constexpr size_t step = sizeof(uint64_t);

/// Both halves of eight bytes: no carry is lost as long as fewer than 2^31 are added.
uint64_t halves(std::span<const std::byte, step> bytes) {
  const auto word = from_bytes<uint64_t>(bytes);
  return (word & 0xFFFFFFFFU) + (word >> 32U);
}

}  // namespace

ChecksumSum& ChecksumSum::add(std::span<const std::byte> bytes) {
  constexpr size_t stride = 4 * step;
  for (; bytes.size() >= stride; bytes = bytes.subspan(stride)) {
    const auto block = bytes.first<stride>();
    sum_ += halves(block.subspan<0, step>()) + halves(block.subspan<step, step>()) +
            halves(block.subspan<2 * step, step>()) + halves(block.subspan<3 * step, step>());
  }
  while (!bytes.empty()) {
    // An odd byte is followed by a zero.
    std::array<std::byte, step> last{};
    const auto piece = bytes.first(std::min(bytes.size(), step));
    std::ranges::copy(piece, last.begin());
    sum_ += halves(last);
    bytes = bytes.subspan(piece.size());
  }
  return *this;
}

ChecksumSum& ChecksumSum::add(uint32_t number) {
  sum_ += big_endian(number);
  return *this;
}

uint16_t ChecksumSum::sum() const {
  uint64_t sum = sum_;
  while (sum > all_ones) sum = (sum & all_ones) + (sum >> 16U);
  return big_endian(static_cast<uint16_t>(sum));
}

bool complete_checksum(std::span<std::byte> packet, ChecksumPlace place) {
  const auto [start, offset] = place;
  if (start > packet.size() || offset + sizeof(uint16_t) > packet.size() - start) return false;
  const auto covered = packet.subspan(start);
  const uint16_t checksum = ChecksumSum{}.add(covered).checksum();
  // Zero would mean none to UDP (RFC 768); to everybody else the two are the same.
  set_field(covered, offset, checksum == 0 ? ChecksumSum::all_ones : checksum);
  return true;
}

}  // namespace bulkhead::net

// What a worker reads from its interface and from its device. The first byte says which: a packet
// behind a VnetHeader, or frames that may be joined. What is joined is cut into the same frames.
#include <algorithm>
#include <vector>

#include "bulkhead/net/checksum.hpp"
#include "bulkhead/net/coalescing.hpp"
#include "bulkhead/net/fields.hpp"
#include "bulkhead/net/segmentation.hpp"
#include "bulkhead/net/vnet_header.hpp"

#include "fuzz/input.hpp"
#include "tests/net/tcp_frames.hpp"

namespace bulkhead::net {
namespace {

constexpr uint32_t longest_frame = 1518;

void expect(bool condition) {
  if (!condition) __builtin_trap();
}

std::vector<Frame> pieces_of(const VnetHeader& header, std::span<const std::byte> packet) {
  // Of just its size, so that a sanitizer sees a step beyond it.
  const Frame copy{packet.begin(), packet.end()};
  std::vector<Frame> pieces;
  auto segmentation = Segmentation::plan(header, copy, longest_frame);
  while (segmentation && !segmentation->done()) {
    pieces.emplace_back(segmentation->next_length());
    expect(!pieces.back().empty() && pieces.back().size() <= longest_frame);
    segmentation->next(pieces.back());
  }
  return pieces;
}

void try_packet(std::span<const std::byte> bytes) {
  if (bytes.size() < VnetHeader::size) return;
  const auto header = VnetHeader::parse(bytes.first<VnetHeader::size>());
  if (!header) return;
  const auto packet = bytes.subspan(VnetHeader::size);
  const auto pieces = pieces_of(*header, packet);
  size_t data = 0;
  for (const auto& piece : pieces) data += piece.size();
  expect(pieces.empty() || data >= packet.size());
  Frame frame{packet.begin(), packet.end()};
  const ChecksumPlace place{.start = header->checksum_start, .offset = header->checksum_offset};
  if (complete_checksum(frame, place)) {
    expect(field<uint16_t>(std::span{frame}.subspan(place.start), place.offset) != 0);
  } else {
    expect(std::ranges::equal(frame, packet));
  }
}

/// The frame without what pads it, IPv4's identification, and those checksums that have two forms.
Frame comparable(Frame frame, bool is_ipv4) {
  const auto ip = std::span{frame}.subspan(14);
  const size_t length = is_ipv4 ? number_at(ip, 2) : size_t{40} + number_at(ip, 4);
  frame.resize(14 + length);
  if (is_ipv4) put_number(frame, 14 + 4, 0);
  if (is_ipv4) put_number(frame, 14 + 10, 0);
  put_number(frame, (is_ipv4 ? 34 : 54) + 16, 0);
  return frame;
}

void expect_same(std::span<const std::byte> taken, const std::vector<Frame>& frames) {
  const auto header = VnetHeader::parse(taken.first<VnetHeader::size>());
  const auto packet = taken.subspan(VnetHeader::size);
  expect(header.has_value());
  if (frames.size() == 1) return expect(std::ranges::equal(packet, frames[0]));
  const bool is_ipv4 = header->kind == VnetHeader::Kind::tcp4;
  const auto pieces = pieces_of(*header, packet);
  expect(pieces.size() == frames.size());
  const TcpFrame what{.ipv4 = is_ipv4};
  for (size_t i = 0; i < pieces.size(); ++i) {
    expect(is_sound(what, pieces[i]));
    expect(comparable(pieces[i], is_ipv4) == comparable(frames[i], is_ipv4));
  }
}

/// A flow's next frame, with a few of its bytes changed.
Frame next_frame(TcpFrame& flow, std::span<const std::byte>& bytes) {
  const auto take = [&] {
    const auto byte = bytes.empty() ? std::byte{0} : bytes.front();
    bytes = bytes.subspan(std::min<size_t>(bytes.size(), 1));
    return std::to_integer<uint8_t>(byte);
  };
  const auto what = take();
  flow.flags = (what & 1U) != 0 ? 0x18 : 0x10;
  if ((what & 2U) != 0) flow.options = static_cast<uint8_t>(take() % 11 * 4);
  flow.data = random_bytes((what & 4U) != 0 ? size_t{take()} : 100, what);
  auto frame = make_frame(flow);
  flow.sequence += static_cast<uint32_t>(flow.data.size());
  for (unsigned changes = what >> 6U; changes > 0; --changes) {
    const size_t place = take();
    frame[place % frame.size()] = std::byte{take()};
  }
  if ((what & 8U) != 0) frame.resize(take());
  return frame;
}

void try_frames(std::span<const std::byte> bytes, bool is_ipv4) {
  TcpFrame flow{.ipv4 = is_ipv4};
  Coalescing coalescing{longest_frame};
  std::vector<Frame> held;
  while (!bytes.empty()) {
    const auto frame = next_frame(flow, bytes);
    if (!coalescing.join(frame)) {
      if (!held.empty()) expect_same(coalescing.take(), held);
      held.clear();
      coalescing.begin(frame);
    }
    held.push_back(frame);
    expect(coalescing.frames() == held.size());
  }
  if (!held.empty()) expect_same(coalescing.take(), held);
}

}  // namespace
}  // namespace bulkhead::net

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace bulkhead;
  const auto bytes = fuzz::input(data, size);
  if (bytes.empty()) return 0;
  const auto rest = bytes.subspan(1);
  switch (std::to_integer<unsigned>(bytes.front()) % 3) {
    case 0:
      net::try_packet(rest);
      break;
    case 1:
      net::try_frames(rest, true);
      break;
    default:
      net::try_frames(rest, false);
  }
  return 0;
}

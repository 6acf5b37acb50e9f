#include "bulkhead/net/segmentation.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "tests/net/tcp_frames.hpp"

namespace bulkhead::net {
namespace {

constexpr uint32_t longest_piece = 1518;

std::vector<Frame> pieces_of(const VnetHeader& header, const Frame& packet) {
  std::vector<Frame> pieces;
  auto segmentation = Segmentation::plan(header, packet, longest_piece);
  EXPECT_TRUE(segmentation);
  while (segmentation && !segmentation->done()) {
    pieces.emplace_back(segmentation->next_length(), std::byte{0xEE});
    segmentation->next(pieces.back());
  }
  return pieces;
}

/// What a host without any offload would have sent.
std::vector<Frame> expected_pieces(TcpFrame what, size_t segment_size) {
  constexpr unsigned last_only = 0x09;
  constexpr unsigned first_only = 0x80;
  std::vector<Frame> pieces;
  const auto data = what.data;
  const auto flags = what.flags;
  for (size_t begun = 0; begun < data.size(); begun += segment_size) {
    const auto piece =
        std::span{data}.subspan(begun).first(std::min(segment_size, data.size() - begun));
    what.data.assign(piece.begin(), piece.end());
    what.flags = static_cast<uint8_t>(flags & ~(begun == 0 ? 0U : first_only) &
                                      ~(begun + segment_size < data.size() ? last_only : 0U));
    pieces.push_back(make_frame(what));
    what.sequence += static_cast<uint32_t>(piece.size());
    ++what.identification;
  }
  return pieces;
}

TEST(Segmentation, PiecesAreWhatAHostWithoutOffloadsSends) {
  for (const bool ipv4 : {true, false})
    for (const unsigned tags : {0U, 1U, 2U})
      for (const size_t size : {1U, 1447U, 1448U, 1449U, 2896U, 64000U}) {
        const TcpFrame what{.ipv4 = ipv4,
                            .flags = 0x10,
                            .tags = static_cast<uint8_t>(tags),
                            .data = random_bytes(size, 3)};
        const size_t segment_size = 1448 - 4U * tags - (ipv4 ? 0 : 20);
        EXPECT_EQ(pieces_of(header_of(what, segment_size), make_frame(what, true)),
                  expected_pieces(what, segment_size))
            << ipv4 << " " << tags << " " << size;
      }
}

TEST(Segmentation, FlagsAreSaidOnceAndNumbersWrapAround) {
  const TcpFrame what{.sequence = 0xFFFFFF00,
                      .flags = 0x99,  // CWR, ACK, PSH, FIN
                      .identification = 0xFFFF,
                      .options = 0,
                      .data = random_bytes(2500, 3)};
  const auto pieces = pieces_of(header_of(what, 1000), make_frame(what, true));
  EXPECT_EQ(pieces, expected_pieces(what, 1000));
  ASSERT_EQ(pieces.size(), 3U);
  EXPECT_EQ(pieces[0][what.tcp() + 13], std::byte{0x90});
  EXPECT_EQ(pieces[1][what.tcp() + 13], std::byte{0x10});
  EXPECT_EQ(pieces[2][what.tcp() + 13], std::byte{0x19});
}

TEST(Segmentation, AllOptionsAndTheSmallestPieces) {
  const TcpFrame what{.options = 40, .data = random_bytes(5, 3)};
  EXPECT_EQ(pieces_of(header_of(what, 1), make_frame(what, true)), expected_pieces(what, 1));
}

TEST(Segmentation, PiecesAreNoLongerThanTheLongestFrame) {
  const TcpFrame what{.data = random_bytes(5000, 3)};
  const auto packet = make_frame(what, true);
  const size_t most = longest_piece - what.headers();
  EXPECT_TRUE(Segmentation::plan(header_of(what, most), packet, longest_piece));
  EXPECT_FALSE(Segmentation::plan(header_of(what, most + 1), packet, longest_piece));
  EXPECT_FALSE(Segmentation::plan(header_of(what, 0xFFFF), packet, longest_piece));
}

TEST(Segmentation, ATruncatedPacketIsRefusedUpToItsFirstByteOfData) {
  for (const bool ipv4 : {true, false}) {
    const TcpFrame what{.ipv4 = ipv4, .tags = 1, .data = random_bytes(100, 3)};
    const auto packet = make_frame(what, true);
    for (size_t length = 0; length <= packet.size(); ++length)
      EXPECT_EQ(
          Segmentation::plan(header_of(what, 50), std::span{packet}.first(length), longest_piece)
              .has_value(),
          length > what.headers())
          << length;
  }
}

TEST(Segmentation, AHeaderThatIsNotTrueIsRefused) {
  const TcpFrame what{.data = random_bytes(3000, 3)};
  const auto packet = make_frame(what, true);
  const auto right = header_of(what, 1000);
  const auto refused = [&](const VnetHeader& header) {
    return !Segmentation::plan(header, packet, longest_piece);
  };
  EXPECT_FALSE(refused(right));
  auto wrong = right;
  wrong.segment_size = 0;
  EXPECT_TRUE(refused(wrong));
  wrong = right;
  wrong.needs_checksum = false;
  EXPECT_TRUE(refused(wrong));
  wrong = right;
  wrong.kind = VnetHeader::Kind::tcp6;
  EXPECT_TRUE(refused(wrong));
  wrong.kind = VnetHeader::Kind::frame;
  EXPECT_TRUE(refused(wrong));
  wrong = right;
  wrong.checksum_offset = 6;
  EXPECT_TRUE(refused(wrong));
  for (uint32_t start = 0; start <= 0xFFFF; ++start) {
    wrong = right;
    wrong.checksum_start = static_cast<uint16_t>(start);
    EXPECT_EQ(refused(wrong), start != what.tcp()) << start;
  }
}

TEST(Segmentation, WhatIsBehindThreeTagsOrNoIpIsRefused) {
  const TcpFrame three{.tags = 3, .data = random_bytes(3000, 3)};
  EXPECT_FALSE(Segmentation::plan(header_of(three, 1000), make_frame(three, true), longest_piece));
  const TcpFrame what{.data = random_bytes(3000, 3)};
  auto packet = make_frame(what, true);
  put_number(packet, 12, 0x88B5);
  EXPECT_FALSE(Segmentation::plan(header_of(what, 1000), packet, longest_piece));
}

/// IPv6's further headers stay, and count as what follows the first.
TEST(Segmentation, AnExtensionHeaderIsInEachPiece) {
  const TcpFrame what{.ipv4 = false, .data = random_bytes(1500, 3)};
  auto packet = make_frame(what, true);
  const Frame extension{std::byte{6}, std::byte{0}, std::byte{1}, std::byte{4}, {}, {}, {}, {}};
  packet.insert(packet.begin() + static_cast<ptrdiff_t>(what.tcp()), extension.begin(),
                extension.end());
  packet[what.ip() + 6] = std::byte{0};
  put_number(packet, what.ip() + 4, packet.size() - what.tcp());
  auto header = header_of(what, 1000);
  header.checksum_start = static_cast<uint16_t>(what.tcp() + 8);
  auto pieces = pieces_of(header, packet);
  ASSERT_EQ(pieces.size(), 2U);
  for (auto& piece : pieces) {
    const auto begin = piece.begin() + static_cast<ptrdiff_t>(what.tcp());
    EXPECT_TRUE(std::ranges::equal(std::span{piece}.subspan(what.tcp(), 8), extension));
    EXPECT_EQ(number_at(piece, what.ip() + 4), piece.size() - what.tcp());
    piece.erase(begin, begin + 8);
    piece[what.ip() + 6] = std::byte{6};
    put_number(piece, what.ip() + 4, piece.size() - what.tcp());
  }
  EXPECT_EQ(pieces, expected_pieces(what, 1000));
}

}  // namespace
}  // namespace bulkhead::net

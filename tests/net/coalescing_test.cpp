#include "bulkhead/net/coalescing.hpp"

#include <gtest/gtest.h>

#include "bulkhead/net/segmentation.hpp"

#include "tests/net/tcp_frames.hpp"

namespace bulkhead::net {
namespace {

constexpr uint32_t longest_joined = 9018;

struct Joined {
  VnetHeader header;
  Frame frame;
};

Joined taken(Coalescing& coalescing) {
  const auto packet = coalescing.take();
  const auto frame = packet.subspan(VnetHeader::size);
  return {.header = *VnetHeader::parse(packet.first<VnetHeader::size>()),
          .frame = {frame.begin(), frame.end()}};
}

std::vector<Joined> joined(const std::vector<Frame>& frames) {
  Coalescing coalescing{longest_joined};
  std::vector<Joined> all;
  for (const auto& frame : frames) {
    if (coalescing.join(frame)) continue;
    if (coalescing.frames() > 0) all.push_back(taken(coalescing));
    coalescing.begin(frame);
  }
  if (coalescing.frames() > 0) all.push_back(taken(coalescing));
  return all;
}

std::vector<Frame> cut_again(const std::vector<Joined>& all) {
  std::vector<Frame> frames;
  for (const auto& [header, frame] : all) {
    if (header.kind == VnetHeader::Kind::frame) {
      frames.push_back(frame);
      continue;
    }
    auto segmentation = Segmentation::plan(header, frame, longest_joined);
    EXPECT_TRUE(segmentation);
    while (segmentation && !segmentation->done()) {
      frames.emplace_back(segmentation->next_length());
      segmentation->next(frames.back());
    }
  }
  return frames;
}

/// Segments of a flow with `sizes` bytes of data each.
std::vector<Frame> flow(const TcpFrame& begin, std::initializer_list<size_t> sizes) {
  std::vector<Frame> frames;
  TcpFrame what = begin;
  for (const size_t size : sizes) {
    what.data = random_bytes(size, what.sequence);
    frames.push_back(make_frame(what));
    what.sequence += static_cast<uint32_t>(size);
    ++what.identification;
  }
  return frames;
}

/// Whether a second segment, changed in this way, is joined to the first.
template <typename Change>
bool joins(bool ipv4, Change change) {
  const TcpFrame first{.ipv4 = ipv4, .data = random_bytes(100, 1)};
  TcpFrame second = first;
  second.sequence += 100;
  change(second);
  return joined({make_frame(first), make_frame(second)}).size() == 1;
}

TEST(Coalescing, SegmentsThatFollowEachOtherAreOne) {
  for (const bool ipv4 : {true, false}) {
    const TcpFrame what{.ipv4 = ipv4, .sequence = 0xFFFFFF00};
    const auto frames = flow(what, {1400, 1400, 1400, 77});
    const auto all = joined(frames);
    ASSERT_EQ(all.size(), 1U);
    const auto& [header, frame] = all[0];
    EXPECT_EQ(header.kind, ipv4 ? VnetHeader::Kind::tcp4 : VnetHeader::Kind::tcp6);
    EXPECT_TRUE(header.needs_checksum);
    EXPECT_EQ(header.segment_size, 1400);
    EXPECT_EQ(header.header_length, what.headers());
    EXPECT_EQ(header.checksum_start, what.tcp());
    EXPECT_EQ(header.checksum_offset, 16);
    TcpFrame whole = what;
    for (const auto& one : frames)
      whole.data.insert(whole.data.end(), one.begin() + static_cast<ptrdiff_t>(what.headers()),
                        one.end());
    EXPECT_EQ(frame, make_frame(whole, true));
    EXPECT_EQ(cut_again(all), frames);
  }
}

TEST(Coalescing, WhateverIsJoinedIsCutIntoTheSameFrames) {
  for (uint32_t round = 0; round < 200; ++round) {
    std::vector<Frame> frames;
    const auto choices = random_bytes(40, round);
    TcpFrame what{.ipv4 = round % 2 == 0, .sequence = round * 77777777U};
    for (const auto choice : choices) {
      const auto number = std::to_integer<unsigned>(choice);
      const size_t size = number % 4 == 0 ? number : 1448;
      what.data = random_bytes(size, number);
      what.flags = number % 7 == 0 ? 0x18 : number % 31 == 0 ? 0x11 : 0x10;
      what.timestamp = number % 11 == 0 ? 2 : 1;
      frames.push_back(make_frame(what));
      what.sequence += static_cast<uint32_t>(number % 13 == 0 ? size + 1 : size);
      ++what.identification;
    }
    const auto all = joined(frames);
    EXPECT_LT(all.size(), frames.size());
    EXPECT_EQ(cut_again(all), frames) << round;
  }
}

TEST(Coalescing, AFrameAloneStaysAsItIs) {
  auto padded = make_frame({.options = 0, .data = random_bytes(2, 1)});
  padded.resize(60);
  const auto ping = random_bytes(98, 1);
  const auto empty = make_frame({});
  const auto all = joined({ping, empty, empty, padded, padded, ping});
  ASSERT_EQ(all.size(), 6U);
  for (const auto& one : all) EXPECT_EQ(one.header.encode(), VnetHeader{}.encode());
  EXPECT_EQ(cut_again(all), (std::vector<Frame>{ping, empty, empty, padded, padded, ping}));
}

TEST(Coalescing, OnlyWhatContinuesTheFlowIsJoined) {
  for (const bool ipv4 : {true, false}) {
    EXPECT_TRUE(joins(ipv4, [](TcpFrame&) {}));
    EXPECT_FALSE(joins(ipv4, [](TcpFrame& next) { ++next.sequence; }));
    EXPECT_FALSE(joins(ipv4, [](TcpFrame& next) { next.sequence -= 100; }));
    EXPECT_FALSE(joins(ipv4, [](TcpFrame& next) { next.timestamp = 2; }));
    EXPECT_FALSE(joins(ipv4, [](TcpFrame& next) { next.options = 16; }));
    EXPECT_FALSE(joins(ipv4, [](TcpFrame& next) { next.options = 0; }));
    EXPECT_FALSE(joins(ipv4, [](TcpFrame& next) { next.tags = 1; }));
    EXPECT_FALSE(joins(ipv4, [](TcpFrame& next) { next.data.clear(); }));
    EXPECT_FALSE(joins(ipv4, [](TcpFrame& next) { next.data = random_bytes(101, 1); }));
    EXPECT_FALSE(joins(ipv4, [=](TcpFrame& next) { next.ipv4 = !ipv4; }));
    for (unsigned flags = 0; flags < 256; ++flags)
      EXPECT_EQ(joins(ipv4, [=](TcpFrame& next) { next.flags = static_cast<uint8_t>(flags); }),
                flags == 0x10 || flags == 0x18)
          << flags;
  }
}

/// Addresses, ports, the window, the time to live: whatever both must have in common.
TEST(Coalescing, AByteOfTheHeadersThatDiffersKeepsThemApart) {
  for (const bool ipv4 : {true, false}) {
    const TcpFrame what{.ipv4 = ipv4};
    const auto frames = flow(what, {100, 100});
    for (size_t at = 0; at < what.headers(); ++at) {
      if (ipv4 && at >= what.ip() + 4 && at < what.ip() + 6) continue;  // IP's identification
      auto next = frames[1];
      next[at] ^= std::byte{0x40};
      // With checksums that are right again, wherever they can be.
      const auto ip = std::span{next}.subspan(what.ip());
      const bool checksum = at == what.ip() + 10 || at == what.ip() + 11;
      if (ipv4 && !checksum) {
        put_number(ip, 10, 0);
        put_number(ip, 10, 0xFFFFU - plain_sum(ip.first(20)));
      }
      const auto tcp = std::span{next}.subspan(what.tcp());
      if (at < what.tcp() + 16 || at >= what.tcp() + 18) {
        put_number(tcp, 16, plain_pseudo_sum(what, next));
        put_number(tcp, 16, 0xFFFFU - plain_sum(tcp));
      }
      EXPECT_EQ(joined({frames[0], next}).size(), 2U) << ipv4 << " " << at;
    }
  }
}

TEST(Coalescing, AWrongChecksumIsLeftToTheKernelToFind) {
  const TcpFrame what{};
  const auto frames = flow(what, {100, 100, 100});
  for (const size_t at : {what.ip() + 10, what.tcp() + 17, what.headers() + 50}) {
    for (const size_t wrong : {0U, 1U}) {
      auto broken = frames;
      broken[wrong][at] ^= std::byte{1};
      const auto all = joined(broken);
      EXPECT_GE(all.size(), 2U) << at;
      EXPECT_EQ(all[wrong].header.kind, VnetHeader::Kind::frame);
      EXPECT_EQ(all[wrong].frame, broken[wrong]);
    }
  }
}

TEST(Coalescing, WhatMayBeCutOnItsWayIsNotJoined) {
  const auto frames = flow({}, {100, 100});
  for (const unsigned fragment : {0x0000U, 0x6000U, 0x4001U, 0x2000U}) {
    auto cut = frames;
    for (auto& frame : cut) {
      const auto ip = std::span{frame}.subspan(14);
      put_number(ip, 6, fragment);
      put_number(ip, 10, 0);
      put_number(ip, 10, 0xFFFFU - plain_sum(ip.first(20)));
    }
    EXPECT_EQ(joined(cut).size(), 2U) << fragment;
  }
}

TEST(Coalescing, PushAndAShorterSegmentEndWhatIsJoined) {
  TcpFrame what{};
  auto frames = flow(what, {100, 100});
  what.sequence += 200;
  what.identification += 2;
  what.flags = 0x18;
  what.data = random_bytes(100, 1);
  frames.push_back(make_frame(what));
  what.sequence += 100;
  ++what.identification;
  what.flags = 0x10;
  for (const auto& frame : flow(what, {100, 99, 99})) frames.push_back(frame);
  const auto all = joined(frames);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].frame[what.tcp() + 13], std::byte{0x18});
  EXPECT_EQ(cut_again(all), frames);
}

TEST(Coalescing, NothingGrowsLongerThanIpAllows) {
  for (const bool ipv4 : {true, false}) {
    TcpFrame what{.ipv4 = ipv4};
    std::vector<Frame> frames;
    for (int i = 0; i < 200; ++i) {
      what.data = random_bytes(1448, what.sequence);
      frames.push_back(make_frame(what));
      what.sequence += 1448;
      ++what.identification;
    }
    const auto all = joined(frames);
    EXPECT_EQ(all.size(), 5U);
    for (const auto& one : all) EXPECT_LE(one.frame.size(), 14U + 65535U);
    EXPECT_EQ(cut_again(all), frames);
  }
}

TEST(Coalescing, TheLastOnesPaddingIsLeftOut) {
  const TcpFrame what{.options = 0};
  auto frames = flow(what, {100, 2});
  const auto last = frames[1];
  frames[1].resize(60, std::byte{0xEE});
  const auto all = joined(frames);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(cut_again(all), (std::vector<Frame>{frames[0], last}));
}

TEST(Coalescing, ATruncatedFrameIsNotJoined) {
  for (const bool ipv4 : {true, false}) {
    const auto frames = flow({.ipv4 = ipv4}, {100, 100});
    for (size_t length = 0; length < frames[1].size(); ++length) {
      auto cut = frames;
      cut[1].resize(length);
      EXPECT_EQ(joined(cut).size(), 2U) << length;
    }
  }
}

}  // namespace
}  // namespace bulkhead::net

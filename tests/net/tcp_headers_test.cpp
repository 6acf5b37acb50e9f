#include "bulkhead/net/tcp_headers.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "tests/net/tcp_frames.hpp"

namespace bulkhead::net {
namespace {

std::optional<TcpHeaders> find(const TcpFrame& what, std::span<const std::byte> frame) {
  return TcpHeaders::at(frame, what.ipv4, what.ip(), what.tcp());
}

TEST(TcpHeaders, OfBothVersions) {
  for (const bool ipv4 : {true, false}) {
    const TcpFrame what{.ipv4 = ipv4, .data = random_bytes(10, 1)};
    const auto headers = find(what, make_frame(what));
    ASSERT_TRUE(headers);
    EXPECT_EQ(headers->is_ipv4, ipv4);
    EXPECT_EQ(headers->ip, 14U);
    EXPECT_EQ(headers->tcp, ipv4 ? 34U : 54U);
    EXPECT_EQ(headers->data, what.headers());
    EXPECT_FALSE(TcpHeaders::at(make_frame(what), !ipv4, what.ip(), what.tcp()));
  }
}

TEST(TcpHeaders, TruncatedAnywhereTheyAreNone) {
  for (const bool ipv4 : {true, false}) {
    const TcpFrame what{.ipv4 = ipv4};
    const auto frame = make_frame(what);
    for (size_t length = 0; length < frame.size(); ++length)
      EXPECT_FALSE(find(what, std::span{frame}.first(length))) << length;
    EXPECT_TRUE(find(what, frame));
  }
}

TEST(TcpHeaders, OnlyWhereTheyCanBe) {
  // Nothing else in it looks like a header.
  const TcpFrame what{.options = 0, .data = Frame(100)};
  auto frame = make_frame(what);
  std::ranges::fill(std::span{frame}.first(12), std::byte{0});
  for (size_t ip = 0; ip < 200; ++ip)
    for (size_t tcp = 0; tcp < 200; ++tcp)
      EXPECT_EQ(TcpHeaders::at(frame, true, ip, tcp).has_value(), ip == 14 && tcp == 34)
          << ip << " " << tcp;
}

TEST(TcpHeaders, ALengthThatIsTooShortOrTooLong) {
  const TcpFrame what{.data = random_bytes(10, 1)};
  auto frame = make_frame(what);
  for (unsigned words = 0; words < 16; ++words) {
    frame[what.tcp() + 12] = static_cast<std::byte>(words << 4U);
    // The frame has 20 bytes of header, 12 of options and 10 of data.
    EXPECT_EQ(find(what, frame).has_value(), words >= 5 && words <= 10) << words;
  }
}

TEST(TcpHeaders, TheLengthIsMadeTrue) {
  for (const bool ipv4 : {true, false}) {
    const TcpFrame what{.ipv4 = ipv4, .data = random_bytes(10, 1)};
    const auto right = make_frame(what);
    auto frame = right;
    put_number(frame, what.ip() + (ipv4 ? 2 : 4), 9999);
    EXPECT_FALSE(is_sound(what, frame));
    ASSERT_TRUE(set_ip_length(frame, *find(what, frame)));
    EXPECT_EQ(frame, right);
    frame.resize(what.ip() + 65535 + (ipv4 ? 0 : 40));
    EXPECT_TRUE(set_ip_length(frame, *find(what, frame)));
    frame.resize(frame.size() + 1);
    EXPECT_FALSE(set_ip_length(frame, *find(what, frame)));
  }
}

TEST(TcpHeaders, ThePseudoHeader) {
  for (const bool ipv4 : {true, false}) {
    const TcpFrame what{.ipv4 = ipv4, .data = random_bytes(10, 1)};
    const auto frame = make_frame(what);
    EXPECT_EQ(pseudo_header(frame, *find(what, frame)).sum(), plain_pseudo_sum(what, frame));
  }
}

}  // namespace
}  // namespace bulkhead::net

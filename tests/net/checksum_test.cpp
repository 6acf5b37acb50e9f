#include "bulkhead/net/checksum.hpp"

#include <gtest/gtest.h>

#include "tests/net/tcp_frames.hpp"

namespace bulkhead::net {
namespace {

Frame checksum_bytes(std::initializer_list<unsigned> numbers) {
  Frame frame;
  for (const unsigned number : numbers) frame.push_back(static_cast<std::byte>(number));
  return frame;
}

TEST(Checksum, TheExampleOfRfc1071) {
  const auto bytes = checksum_bytes({0x00, 0x01, 0xF2, 0x03, 0xF4, 0xF5, 0xF6, 0xF7});
  EXPECT_EQ(ChecksumSum{}.add(bytes).sum(), 0xDDF2);
  EXPECT_EQ(ChecksumSum{}.add(bytes).checksum(), 0x220D);
}

TEST(Checksum, AnIpHeader) {
  auto header = checksum_bytes({0x45, 0x00, 0x00, 0x73, 0x00, 0x00, 0x40, 0x00, 0x40, 0x11,
                                0x00, 0x00, 0xC0, 0xA8, 0x00, 0x01, 0xC0, 0xA8, 0x00, 0xC7});
  EXPECT_EQ(ChecksumSum{}.add(header).checksum(), 0xB861);
  put_number(header, 10, 0xB861);
  EXPECT_EQ(ChecksumSum{}.add(header).sum(), ChecksumSum::all_ones);
}

TEST(Checksum, EveryLengthIsAddedAsTheDefinitionHasIt) {
  const auto bytes = random_bytes(300, 5);
  for (size_t length = 0; length <= bytes.size(); ++length) {
    const auto some = std::span{bytes}.first(length);
    EXPECT_EQ(ChecksumSum{}.add(some).sum(), plain_sum(some)) << length;
  }
}

TEST(Checksum, CarriesOfTheLargestNumbersAreNotLost) {
  const Frame ones(65535, std::byte{0xFF});
  EXPECT_EQ(ChecksumSum{}.add(ones).sum(), plain_sum(ones));
  EXPECT_EQ(ChecksumSum{}.add(ones).add(ones).sum(), plain_sum(ones, plain_sum(ones)));
}

TEST(Checksum, PiecesAndNumbersAddUp) {
  const auto bytes = random_bytes(100, 6);
  const std::span all{bytes};
  EXPECT_EQ(ChecksumSum{}.add(all.first(38)).add(all.subspan(38)).sum(), plain_sum(bytes));
  EXPECT_EQ(ChecksumSum{}.add(0x12345678U).add(bytes).sum(), plain_sum(bytes, 0x1234 + 0x5678));
}

TEST(Checksum, CompletedFromWhatStandsInItsPlace) {
  auto packet = random_bytes(61, 7);
  put_number(packet, 20 + 6, 0x1234);
  const auto before = packet;
  ASSERT_TRUE(complete_checksum(packet, {.start = 20, .offset = 6}));
  const auto expected = 0xFFFFU - plain_sum(std::span{before}.subspan(20));
  EXPECT_EQ(number_at(packet, 26), expected);
  put_number(packet, 26, 0x1234);
  EXPECT_EQ(packet, before);
}

TEST(Checksum, ZeroIsWrittenAsItsOtherForm) {
  auto packet = checksum_bytes({0, 0, 0xFF, 0xFF});
  ASSERT_TRUE(complete_checksum(packet, {.start = 0, .offset = 0}));
  EXPECT_EQ(number_at(packet, 0), 0xFFFF);
}

TEST(Checksum, APlaceOutsideOfThePacketIsRefused) {
  auto packet = random_bytes(60, 8);
  const auto before = packet;
  for (const ChecksumPlace place :
       {ChecksumPlace{59, 0}, {58, 1}, {0, 59}, {60, 0}, {61, 0}, {65535, 65535}, {0, 65535}})
    EXPECT_FALSE(complete_checksum(packet, place)) << place.start << " " << place.offset;
  EXPECT_EQ(packet, before);
  EXPECT_TRUE(complete_checksum(packet, {.start = 58, .offset = 0}));
  EXPECT_TRUE(complete_checksum(packet, {.start = 0, .offset = 58}));
}

}  // namespace
}  // namespace bulkhead::net

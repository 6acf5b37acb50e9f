#include "bulkhead/bus/vfio_user/version.hpp"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "tests/bus/vfio_user/wire.hpp"

namespace bulkhead::vfio_user {
namespace {

std::vector<std::byte> message(std::string_view json, Version version = {0, 1}) {
  auto payload = payload_of(version);
  for (const char c : json) payload.push_back(static_cast<std::byte>(c));
  payload.push_back(std::byte{0});
  return payload;
}

TEST(Version, WhatIsEncodedIsDecoded) {
  const auto decoded = decode_version(encode_version({.version = {0, 1},
                                                      .capabilities = {.max_msg_fds = 8,
                                                                       .max_data_xfer_size = 4096,
                                                                       .max_dma_maps = {},
                                                                       .pgsizes = 0x201000,
                                                                       .write_multiple = true}}));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->version.minor, 1);
  EXPECT_EQ(decoded->capabilities.max_msg_fds, 8U);
  EXPECT_EQ(decoded->capabilities.max_data_xfer_size, 4096U);
  EXPECT_FALSE(decoded->capabilities.max_dma_maps);
  EXPECT_EQ(decoded->capabilities.pgsizes, 0x201000U);
  EXPECT_EQ(decoded->capabilities.write_multiple, true);
}

TEST(Version, JsonIsOptional) {
  const auto decoded = decode_version(payload_of(Version{0, 0}));
  ASSERT_TRUE(decoded);
  const auto limits = limits_of(decoded->capabilities);
  ASSERT_TRUE(limits);
  EXPECT_EQ(limits->max_msg_fds, 1U);
  EXPECT_EQ(limits->max_data_xfer_size, 1U << 20U);
  EXPECT_EQ(limits->max_dma_maps, 65535U);
  EXPECT_EQ(limits->page_size, 4096U);
}

TEST(Version, CapabilitiesOfOthersArePassedOver) {
  const auto decoded = decode_version(message(
      R"({"capabilities":{"max_msg_fds":3,"twin_socket":{"supported":false},"migration":{}},"x":1})"));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->capabilities.max_msg_fds, 3U);
}

TEST(Version, NonsenseIsAProtocolError) {
  for (const std::string_view json :
       {"", "{", "[]", "7", R"({"capabilities":[]})", R"({"capabilities":{"max_msg_fds":-1}})",
        R"({"capabilities":{"max_msg_fds":"1"}})", R"({"capabilities":{"max_msg_fds":1.5}})",
        R"({"capabilities":{"pgsizes":99999999999999999999999}})",
        R"({"capabilities":{"write_multiple":1}})"}) {
    const auto decoded = decode_version(message(json));
    ASSERT_FALSE(decoded) << json;
    EXPECT_EQ(decoded.error().code, ErrorCode::protocol) << json;
  }
}

TEST(Version, JsonThatDoesNotEndOrNeverEndsIsAProtocolError) {
  auto unterminated = message("{}");
  unterminated.pop_back();
  EXPECT_FALSE(decode_version(unterminated));
  EXPECT_FALSE(decode_version(message(std::string(100'000, '['))));
  EXPECT_FALSE(decode_version(message(std::string(4000, '['))));
  EXPECT_FALSE(decode_version(std::vector<std::byte>(3)));
}

TEST(Version, LimitsAreCutDownToOurs) {
  const auto limits = limits_of({.max_msg_fds = ~0ULL,
                                 .max_data_xfer_size = ~0ULL,
                                 .max_dma_maps = ~0ULL,
                                 .pgsizes = 1ULL << 63U,
                                 .write_multiple = {}});
  ASSERT_TRUE(limits);
  EXPECT_EQ(limits->max_msg_fds, our_max_msg_fds);
  EXPECT_EQ(limits->max_data_xfer_size, max_data_xfer_size);
  EXPECT_EQ(limits->page_size, 1ULL << 63U);
}

TEST(Version, LimitsThatAllowNothingAreAProtocolError) {
  Capabilities no_data;
  no_data.max_data_xfer_size = 0;
  EXPECT_FALSE(limits_of(no_data));
  Capabilities no_pages;
  no_pages.pgsizes = 0;
  EXPECT_FALSE(limits_of(no_pages));
}

}  // namespace
}  // namespace bulkhead::vfio_user

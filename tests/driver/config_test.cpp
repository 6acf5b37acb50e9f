#include "bulkhead/driver/config.hpp"

#include <gtest/gtest.h>

namespace bulkhead::driver {
namespace {

constexpr uint32_t ring_size = 512;
constexpr Limits limits{.queue_pairs = 64,
                        .rx_ring = ring_size,
                        .tx_ring = ring_size,
                        .mtu = 9728,
                        .buffer_step = 1_KiB};

std::shared_ptr<queue::Pool> pool(uint32_t buffers = 2 * ring_size, Bytes size = 2_KiB) {
  return *queue::Pool::create({.buffers = buffers, .buffer_size = size});
}

std::string complaint(const Config& config) {
  const auto result = check(config, limits);
  EXPECT_FALSE(result);
  if (result) return {};
  EXPECT_EQ(result.error().code, ErrorCode::invalid_argument);
  return result.error().message();
}

TEST(Config, AcceptsWhatTheDeviceCanDo) {
  EXPECT_TRUE(check({.pools = {pool()}}, limits));
  EXPECT_TRUE(check({.pools = {pool(2 * ring_size, 10_KiB)}, .mtu = 9728}, limits));
  EXPECT_TRUE(check({.pools = std::vector(64, pool(128 * ring_size))}, limits));
}

TEST(Config, NamesWhatItRefuses) {
  EXPECT_NE(complaint({}).find("0 queue pairs"), std::string::npos);
  EXPECT_NE(complaint({.pools = std::vector(65, pool())}).find("65 queue pairs"),
            std::string::npos);
  EXPECT_NE(complaint({.pools = {pool()}, .mtu = 67}).find("MTU of 67"), std::string::npos);
  EXPECT_NE(complaint({.pools = {pool()}, .mtu = 9729}).find("68 to 9728"), std::string::npos);
  EXPECT_NE(complaint({.pools = {nullptr}}).find("without a pool"), std::string::npos);
}

TEST(Config, RefusesBuffersThatDoNotHoldAFrame) {
  EXPECT_NE(complaint({.pools = {pool()}, .mtu = 2031}).find("buffers of 2048 bytes"),
            std::string::npos);
  EXPECT_TRUE(check({.pools = {pool()}, .mtu = 2030}, limits));
  // The device counts a buffer in KiB: the last 1,000 bytes cannot be used.
  EXPECT_NE(complaint({.pools = {pool(2 * ring_size, Bytes{3000})}, .mtu = 2500}).find("3000"),
            std::string::npos);
}

TEST(Config, RefusesAPoolThatCannotFillTheRings) {
  EXPECT_NE(complaint({.pools = {pool(2 * ring_size - 1)}}).find("1023 free buffers"),
            std::string::npos);
  EXPECT_NE(complaint({.pools = std::vector(2, pool(2 * ring_size))}).find("for 2 queue pairs"),
            std::string::npos);
}

TEST(Config, InPlaceTakesADriverThatCanAndNoFreeBuffers) {
  const auto dry = pool(2 * ring_size);
  dry->take(dry->available());
  EXPECT_EQ(check({.pools = {dry}, .in_place = true}, limits).error().code, ErrorCode::unsupported);
  Limits able = limits;
  able.in_place = true;
  EXPECT_TRUE(check({.pools = {dry}, .in_place = true}, able));
  EXPECT_EQ(check({.pools = {dry}, .elsewhere = true, .in_place = true}, able).error().code,
            ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace bulkhead::driver
